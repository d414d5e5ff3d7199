"""p-values and multiple testing."""

from infoscope.significance.edge_significance import significance_of
from infoscope.significance.flow_significance import FlowSignificance
from infoscope.significance.p_values import monte_carlo_p, surrogates_needed
from infoscope.significance.several_nulls import by_all

__all__ = [
    "FlowSignificance",
    "by_all",
    "monte_carlo_p",
    "significance_of",
    "surrogates_needed",
]
