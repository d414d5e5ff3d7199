"""Section 9: flow divided by the smaller of the two nodes' entropies."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._graphs import at_thresholds, draw_ranks_against, ranks_against, tau_of

NAME = "minor-3-entropy-normalised-flow"


def table(results: Results) -> pd.DataFrame:
    """Return the rank of every node with and without the division."""
    return ranks_against(results, _ranking(results))


def draw(results: Results) -> Figure:
    """Draw the ranks with the division, and them against the ranks without."""
    return draw_ranks_against(results, _ranking(results), _label(results))


def caption(results: Results) -> str:
    """State how well either ranking orders the roles, and how many entropies are negative."""
    entropies = results.flow.nodes["entropy"]
    return (
        "Minor result 3. Flow over the smaller entropy, in graphs of as many edges, ranks with "
        f"Kendall tau {at_thresholds(tau_of(results, 'normalised'))}; flow itself with "
        f"{at_thresholds(tau_of(results, 'exact'))}. {int((entropies < 0).sum())} of "
        f"{len(entropies)} entropies are negative, and turn the sign of the flow (flaw 8). Tau is "
        "not defined where a role has no node with an edge."
    )


def _label(results: Results) -> str:
    return f"flow over entropy, as dense as flow above {results.settings.main_threshold:g} bits"


def _ranking(results: Results) -> str:
    return f"normalised {results.settings.main_threshold:g}"
