"""Figure 3: histograms of in- and out-degree at each threshold, stacked by role."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import figure_02_degrees
from infoscope.figures._graphs import (
    ROLES,
    at_thresholds,
    role_legend,
    threshold_graphs,
    whole_ticks,
)
from infoscope.figures._style import ROLE_COLOURS, new_figure
from infoscope.graphs.graph import degrees

NAME = "figure-03-degree-histograms"


def table(results: Results) -> pd.DataFrame:
    """Return in- and out-degree of every node at every threshold."""
    return figure_02_degrees.table(results)


def draw(results: Results) -> Figure:
    """Draw two rows, in- and out-degree, and a column per threshold."""
    points = table(results)
    columns = len(threshold_graphs(results))
    figure = new_figure(0.6 + 3.4 * columns, 5.2)
    panels = figure.subplots(2, columns, squeeze=False, sharey="col")
    for column, threshold in enumerate(threshold_graphs(results)):
        here = points[points["threshold_bits"] == threshold]
        degree_histograms(panels[:, column].tolist(), here)
        panels[0, column].set_title(f"flow above {threshold:g} bits")
    for row in panels:
        row[0].set_ylabel("nodes")
    role_legend(figure, list(points["role"]), loc="outside lower center", ncols=3)
    return figure


def caption(results: Results) -> str:
    """State mean and spread of the degrees at each threshold."""
    tables = {t: degrees(graph) for t, graph in threshold_graphs(results).items()}
    mean = {t: float(d["in_degree"].mean()) for t, d in tables.items()}
    into = {t: float(d["in_degree"].std(ddof=0)) for t, d in tables.items()}
    out = {t: float(d["out_degree"].std(ddof=0)) for t, d in tables.items()}
    return (
        f"Figure 3. Degree histograms. Mean degree {at_thresholds(mean, 1)}; standard deviation "
        f"of the in-degree {at_thresholds(into, 1)}, of the out-degree {at_thresholds(out, 1)}. "
        "Colour shows the roles, which such histograms hide. No threshold has an error rate "
        "(flaw 7)."
    )


def degree_histograms(panels: Sequence[Axes], here: pd.DataFrame) -> None:
    """Draw the histograms of in- and out-degree, stacked by role, in the same bins."""
    present = [role for role in ROLES if (here["role"] == role).any()]
    top = int(here[["in_degree", "out_degree"]].to_numpy().max())
    width = max(1, round((top + 1) / 20))
    bins = np.arange(-0.5, top + 0.5 + width, width)
    for axes, kind in zip(panels, ("in", "out"), strict=True):
        axes.hist(
            [here.loc[here["role"] == role, f"{kind}_degree"].to_numpy() for role in present],
            bins=list(bins),
            stacked=True,
            color=[ROLE_COLOURS[role] for role in present],
            edgecolor="white",
            linewidth=0.6,
        )
        axes.set_xlabel(f"{kind}-degree")
        whole_ticks(axes)
