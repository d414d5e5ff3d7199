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
from .ranking import Ranking, class_order, rank_nodes
from .recording import Recording
from .results import Estimate
from .storage import RecordingWriter

__all__ = [
    "KSG",
    "Binned",
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
    "Ranking",
    "Recording",
    "RecordingWriter",
    "Ross",
    "class_order",
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
    "rank_nodes",
    "s_information",
    "total_correlation",
    "transfer_entropy",
    "tse_complexity",
]
