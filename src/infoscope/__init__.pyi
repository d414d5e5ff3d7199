from . import graphs, learning, models, nulls, results, weather
from ._errors import EstimationError, InputError, MissingDependency
from .analysis.analyze import analyze
from .description.describe import describe
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
from .flow.connectivity.one_step import one_step_influence
from .flow.edge_scores import score_edges
from .flow.flow_measures import flow_measures
from .flow.information_flow import FlowMatrix, information_flow
from .flow.lag_scan import lag_scan
from .flow.mutual_information import mutual_information
from .flow.transfer_entropy import transfer_entropy
from .graphs.ranking import Ranking, rank_nodes
from .learning.held_out.held_out_plane import held_out_plane
from .learning.indicators import learning_indicators
from .learning.plane import information_plane
from .measures.complexity import tse_complexity
from .measures.information import entropy, pairwise_information
from .measures.multivariate import (
    dual_total_correlation,
    o_information,
    s_information,
    total_correlation,
)
from .measures.reliability import ceiling_check, data_processing_check, subsampling_drift
from .monitor.check import check
from .monitor.influence import influence
from .monitor.knockout import knockout
from .monitor.record import record
from .monitor.watch import watch
from .networks.influence import network_influence
from .recordings.reading.read import read
from .recordings.recording import Recording
from .recordings.storage import RecordingWriter
from .significance import FlowSignificance
from .synthetic import synthetic_systems

__version__: str

__all__ = [
    "KSG",
    "Binned",
    "Discrete",
    "Estimate",
    "EstimationError",
    "FlowMatrix",
    "FlowSignificance",
    "Gaussian",
    "InputError",
    "KozachenkoLeonenko",
    "LabelDecoder",
    "LinearDecoder",
    "MissingDependency",
    "MixedKSG",
    "NoiseProbe",
    "Ranking",
    "Recording",
    "RecordingWriter",
    "Ross",
    "analyze",
    "ceiling_check",
    "check",
    "data_processing_check",
    "describe",
    "dual_total_correlation",
    "entropy",
    "flow_measures",
    "graphs",
    "held_out_plane",
    "influence",
    "information_flow",
    "information_plane",
    "knockout",
    "lag_scan",
    "learning",
    "learning_indicators",
    "models",
    "mutual_information",
    "network_influence",
    "nulls",
    "o_information",
    "one_step_influence",
    "pairwise_information",
    "rank_nodes",
    "read",
    "record",
    "results",
    "s_information",
    "score_edges",
    "subsampling_drift",
    "synthetic_systems",
    "total_correlation",
    "transfer_entropy",
    "tse_complexity",
    "watch",
    "weather",
]
