"""Section 9: the ranking that weights edges with the flow instead of cutting at a threshold."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._graphs import (
    at_thresholds,
    draw_ranks_against,
    number,
    ranks_against,
    tau_of,
    threshold_graphs,
)
from infoscope.graphs.ranking import class_order

NAME = "minor-2-weighted-ranking"


def table(results: Results) -> pd.DataFrame:
    """Return weighted and thresholded rank of every node."""
    return ranks_against(results, "weighted")


def draw(results: Results) -> Figure:
    """Draw the weighted ranks, and them against the thresholded ones."""
    return draw_ranks_against(results, "weighted", "weighted by flow")


def caption(results: Results) -> str:
    """State how well the weighted and the thresholded rankings order the roles."""
    flow = results.flow.to_frame()["flow"]
    found = class_order(results.variants["weighted"])["kendall_tau"]
    lowest = min(threshold_graphs(results))
    share = float(((flow > 0) & (flow <= lowest)).sum() / max((flow > 0).sum(), 1))
    return (
        f"Minor result 2. Weighted by every positive flow, ranks follow the roles with Kendall tau "
        f"{number(found)}; cut at a threshold, with {at_thresholds(tau_of(results, 'exact'))}. "
        f"{share:.0%} of the positive flows are at most {lowest:g} bits. This is the "
        "exact weighted solution; the authors' update inverted the order."
    )
