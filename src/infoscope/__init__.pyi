from ._errors import EstimationError, InputError, MissingDependency
from .complexity import tse_complexity
from .estimators import (
    KSG,
    Binned,
    Discrete,
    Gaussian,
    KozachenkoLeonenko,
    LinearDecoder,
    MixedKSG,
    NoiseProbe,
    Ross,
)
from .flow import FlowMatrix, information_flow
from .gradients import gradient_statistics
from .graph import degree_correlation, degrees, neighbour_similarity
from .indicators import LearningIndicators, learning_indicators
from .information import (
    entropy,
    mutual_information,
    pairwise_information,
    transfer_entropy,
)
from .multivariate import (
    dual_total_correlation,
    o_information,
    s_information,
    total_correlation,
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

__all__ = [
    "KSG",
    "Binned",
    "Check",
    "Discrete",
    "Estimate",
    "EstimationError",
    "FlowMatrix",
    "Gaussian",
    "InformationPlane",
    "InputError",
    "KozachenkoLeonenko",
    "LearningIndicators",
    "LinearDecoder",
    "MissingDependency",
    "MixedKSG",
    "NoiseProbe",
    "RankSignificance",
    "Ranking",
    "Recording",
    "RecordingWriter",
    "Ross",
    "SubsamplingDrift",
    "SyntheticSystem",
    "ceiling_check",
    "class_order",
    "compare_rankings",
    "data_processing_check",
    "degree_correlation",
    "degrees",
    "dual_total_correlation",
    "entropy",
    "gradient_statistics",
    "information_flow",
    "information_plane",
    "learning_indicators",
    "mutual_information",
    "neighbour_similarity",
    "o_information",
    "pairwise_information",
    "rank_agreement",
    "rank_nodes",
    "rank_significance",
    "s_information",
    "subsampling_drift",
    "synthetic_systems",
    "total_correlation",
    "transfer_entropy",
    "tse_complexity",
]
