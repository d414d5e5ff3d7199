from ._errors import EstimationError, InputError, MissingDependency
from .complexity import tse_complexity
from .dynamics.corrected_plane import corrected_plane
from .dynamics.leads import indicator_leads
from .dynamics.phases import change_point, compression, crossing_epoch, turn_count
from .dynamics.seeds import SeedTest, seed_band, seed_test, stack_seeds
from .dynamics.specificity import auroc, partial_spearman
from .edge_scores import score_edges
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
from .flow import FlowMatrix, information_flow
from .flow_measures import FlowMeasures, flow_measures
from .gradients import gradient_statistics
from .graph import degree_correlation, degrees, neighbour_similarity
from .indicators import LearningIndicators, learning_indicators
from .influence import network_influence
from .information import entropy, pairwise_information
from .lags import LagScan, lag_scan
from .measure_significance import MeasureSignificance
from .multivariate import (
    dual_total_correlation,
    o_information,
    s_information,
    total_correlation,
)
from .mutual import mutual_information
from .nulls import (
    BlockPermutation,
    CircularShift,
    FlowSignificance,
    IIDShuffle,
    LagSwap,
    LocalPermutation,
    RecordingSurrogate,
    SequencePermutation,
    TrialShift,
    describe_nulls,
    shuffled_weights,
    significance_of,
    surrogates_needed,
    untrained_networks,
)
from .plane import InformationPlane, information_plane
from .rank_comparison import compare_rankings, rank_agreement
from .rank_nulls import RankSignificance, rank_significance
from .ranking import Ranking, class_order, rank_nodes
from .recording import Recording
from .reliability import (
    Check,
    SubsamplingDrift,
    ceiling_check,
    data_processing_check,
    subsampling_drift,
)
from .results import Estimate
from .storage import RecordingWriter
from .synthetic import SyntheticSystem, synthetic_systems
from .transfer import transfer_entropy

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
