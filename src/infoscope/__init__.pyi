from ._errors import EstimationError, InputError, MissingDependency
from .estimators import (
    KSG,
    Binned,
    Discrete,
    Gaussian,
    KozachenkoLeonenko,
    LabelDecoder,
    LinearDecoder,
    MixedKSG,
    NoiseProbe,
    Ross,
)
from .estimators.estimate import Estimate
from .flow.edge_scores import score_edges
from .flow.flow_measures import FlowMeasures, flow_measures
from .flow.information_flow import FlowMatrix, information_flow
from .flow.lag_scan import LagScan, lag_scan
from .flow.mutual_information import mutual_information
from .flow.transfer_entropy import transfer_entropy
from .graphs.graph import degree_correlation, degrees, neighbour_similarity
from .graphs.rank_comparison import compare_rankings, rank_agreement
from .graphs.rank_nulls import RankSignificance, rank_significance
from .graphs.ranking import Ranking, class_order, rank_nodes
from .learning.gradients import gradient_statistics
from .learning.held_out.corrected_plane import corrected_plane
from .learning.indicators import LearningIndicators, learning_indicators
from .learning.leads import indicator_leads
from .learning.phases import change_point, compression, crossing_epoch, turn_count
from .learning.plane import InformationPlane, information_plane
from .learning.seeds import SeedTest, seed_band, seed_test, stack_seeds
from .learning.specificity import auroc, partial_spearman
from .measures.complexity import tse_complexity
from .measures.information import entropy, pairwise_information
from .measures.multivariate import (
    dual_total_correlation,
    o_information,
    s_information,
    total_correlation,
)
from .measures.reliability import (
    Check,
    SubsamplingDrift,
    ceiling_check,
    data_processing_check,
    subsampling_drift,
)
from .networks.influence import network_influence
from .recordings.recording import Recording
from .recordings.storage import RecordingWriter
from .significance import FlowSignificance, significance_of, surrogates_needed
from .significance.measure_significance import MeasureSignificance
from .surrogates import (
    BlockPermutation,
    CircularShift,
    IIDShuffle,
    LagSwap,
    LocalPermutation,
    RecordingSurrogate,
    SequencePermutation,
    TrialShift,
    describe_nulls,
    shuffled_weights,
    untrained_networks,
)
from .synthetic import SyntheticSystem, synthetic_systems

__version__: str

__all__ = [
    "KSG",
    "Binned",
    "BlockPermutation",
    "Check",
    "CircularShift",
    "Discrete",
    "Estimate",
    "EstimationError",
    "FlowMatrix",
    "FlowMeasures",
    "FlowSignificance",
    "Gaussian",
    "IIDShuffle",
    "InformationPlane",
    "InputError",
    "KozachenkoLeonenko",
    "LabelDecoder",
    "LagScan",
    "LagSwap",
    "LearningIndicators",
    "LinearDecoder",
    "LocalPermutation",
    "MeasureSignificance",
    "MissingDependency",
    "MixedKSG",
    "NoiseProbe",
    "RankSignificance",
    "Ranking",
    "Recording",
    "RecordingSurrogate",
    "RecordingWriter",
    "Ross",
    "SeedTest",
    "SequencePermutation",
    "SubsamplingDrift",
    "SyntheticSystem",
    "TrialShift",
    "auroc",
    "ceiling_check",
    "change_point",
    "class_order",
    "compare_rankings",
    "compression",
    "corrected_plane",
    "crossing_epoch",
    "data_processing_check",
    "degree_correlation",
    "degrees",
    "describe_nulls",
    "dual_total_correlation",
    "entropy",
    "flow_measures",
    "gradient_statistics",
    "indicator_leads",
    "information_flow",
    "information_plane",
    "lag_scan",
    "learning_indicators",
    "mutual_information",
    "neighbour_similarity",
    "network_influence",
    "o_information",
    "pairwise_information",
    "partial_spearman",
    "rank_agreement",
    "rank_nodes",
    "rank_significance",
    "s_information",
    "score_edges",
    "seed_band",
    "seed_test",
    "shuffled_weights",
    "significance_of",
    "stack_seeds",
    "subsampling_drift",
    "surrogates_needed",
    "synthetic_systems",
    "total_correlation",
    "transfer_entropy",
    "tse_complexity",
    "turn_count",
    "untrained_networks",
]
