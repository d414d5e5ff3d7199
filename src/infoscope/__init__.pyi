from ._errors import EstimationError, InputError, MissingDependency
from .complexity import tse_complexity
from .estimators import KSG, KozachenkoLeonenko
from .flow import FlowMatrix, information_flow
from .gradients import gradient_statistics
from .graph import degree_correlation, degrees, neighbour_similarity
from .indicators import LearningIndicators, learning_indicators
from .information import entropy, mutual_information, pairwise_information
from .plane import InformationPlane, information_plane
from .ranking import Ranking, class_order, rank_nodes
from .recording import Recording
from .results import Estimate
from .storage import RecordingWriter

__all__ = [
    "KSG",
    "Estimate",
    "EstimationError",
    "FlowMatrix",
    "InformationPlane",
    "InputError",
    "KozachenkoLeonenko",
    "LearningIndicators",
    "MissingDependency",
    "Ranking",
    "Recording",
    "RecordingWriter",
    "class_order",
    "degree_correlation",
    "degrees",
    "entropy",
    "gradient_statistics",
    "information_flow",
    "information_plane",
    "learning_indicators",
    "mutual_information",
    "neighbour_similarity",
    "pairwise_information",
    "rank_nodes",
    "tse_complexity",
]
