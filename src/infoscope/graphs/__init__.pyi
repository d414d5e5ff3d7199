from .graph import degree_correlation, degrees, neighbour_similarity
from .graph_files import read_graph, write_graph
from .node_order import node_order
from .rank_comparison import compare_rankings, rank_agreement
from .rank_nulls import RankSignificance, rank_significance
from .ranking import Ranking, class_order, rank_nodes

__all__ = [
    "RankSignificance",
    "Ranking",
    "class_order",
    "compare_rankings",
    "degree_correlation",
    "degrees",
    "neighbour_similarity",
    "node_order",
    "rank_agreement",
    "rank_nodes",
    "rank_significance",
    "read_graph",
    "write_graph",
]
