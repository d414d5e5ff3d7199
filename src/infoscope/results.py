"""The classes of all results."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from infoscope.description.describe import Description
from infoscope.description.nearest_bed import NearestBed
from infoscope.description.recommend import Recommendations
from infoscope.estimators.estimate import Estimate
from infoscope.flow.connectivity.influence_result import OneStepInfluence
from infoscope.flow.flow_measures import FlowMeasures
from infoscope.flow.information_flow import FlowMatrix
from infoscope.flow.lag_scan import LagScan
from infoscope.graphs.rank_nulls import RankSignificance
from infoscope.graphs.ranking import Ranking
from infoscope.learning.held_out.plane_result import HeldOutPlane
from infoscope.learning.indicators import LearningIndicators
from infoscope.learning.plane import InformationPlane
from infoscope.learning.seeds import SeedTest
from infoscope.measures.reliability import Check, SubsamplingDrift
from infoscope.significance import FlowSignificance
from infoscope.significance.closed_form_flow import ClosedFormFlow
from infoscope.significance.measure_significance import MeasureSignificance

if TYPE_CHECKING:
    from infoscope.monitor.check import ModelCheck
    from infoscope.monitor.diagnosis import Diagnoses
    from infoscope.monitor.knockout import Knockout
    from infoscope.monitor.watching.curves import Curves
    from infoscope.networks.influence import Influence

# Results about torch modules, imported when they are used.
_OF_TORCH = {
    "Curves": "infoscope.monitor.watching.curves",
    "Diagnoses": "infoscope.monitor.diagnosis",
    "Influence": "infoscope.networks.influence",
    "Knockout": "infoscope.monitor.knockout",
    "ModelCheck": "infoscope.monitor.check",
}

__all__ = [
    "Check",
    "ClosedFormFlow",
    "Curves",
    "Description",
    "Diagnoses",
    "Estimate",
    "FlowMatrix",
    "FlowMeasures",
    "FlowSignificance",
    "HeldOutPlane",
    "Influence",
    "InformationPlane",
    "Knockout",
    "LagScan",
    "LearningIndicators",
    "MeasureSignificance",
    "ModelCheck",
    "NearestBed",
    "OneStepInfluence",
    "RankSignificance",
    "Ranking",
    "Recommendations",
    "SeedTest",
    "SubsamplingDrift",
]


def __getattr__(name: str) -> Any:
    """Return a class that needs torch."""
    if name in _OF_TORCH:
        return getattr(import_module(_OF_TORCH[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
