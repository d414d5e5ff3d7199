"""The classes of all results."""

from infoscope.estimators.estimate import Estimate
from infoscope.flow.flow_measures import FlowMeasures
from infoscope.flow.information_flow import FlowMatrix
from infoscope.flow.lag_scan import LagScan
from infoscope.graphs.rank_nulls import RankSignificance
from infoscope.graphs.ranking import Ranking
from infoscope.learning.indicators import LearningIndicators
from infoscope.learning.plane import InformationPlane
from infoscope.learning.seeds import SeedTest
from infoscope.measures.reliability import Check, SubsamplingDrift
from infoscope.monitor.check import ModelCheck
from infoscope.monitor.knockout import Knockout
from infoscope.significance import FlowSignificance
from infoscope.significance.measure_significance import MeasureSignificance

__all__ = [
    "Check",
    "Estimate",
    "FlowMatrix",
    "FlowMeasures",
    "FlowSignificance",
    "InformationPlane",
    "Knockout",
    "LagScan",
    "LearningIndicators",
    "MeasureSignificance",
    "ModelCheck",
    "RankSignificance",
    "Ranking",
    "SeedTest",
    "SubsamplingDrift",
]
