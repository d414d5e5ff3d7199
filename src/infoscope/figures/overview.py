"""Published and corrected on one page: graph, hidden plane, I(h; y) and error.

Graphs and planes are drawn as in figures 1 and 8, curves as in figure 10. Both sides of a row share
the vertical axis.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.analysis.written.page import OVERVIEW
from infoscope.figures._captions import edge_rule
from infoscope.figures._curves import (
    HIDDEN_INPUT,
    HIDDEN_TARGET,
    curve_table,
    epoch_axis,
    error_panel,
    information_panel,
)
from infoscope.figures._nodes import target_name
from infoscope.figures._planes import path_of
from infoscope.plots.graph_panel import graph_panel
from infoscope.plots.nodes import role_legend
from infoscope.plots.planes import epoch_bar, path_panel
from infoscope.plots.style import new_figure

NAME = OVERVIEW

_COLUMNS = {
    "hidden_input_information_bits": "hidden_input_information_bits",
    "hidden_target_information_bits": "hidden_target_information_bits",
    "error_held_out_normalised_units": "error_normalised_units",
}


def table(published: Results, corrected: Results) -> pd.DataFrame:
    """Return the curves of both sides, in bits and normalised units, one row per snapshot."""
    sides = {"published": published, "corrected": corrected}
    parts = []
    for mode, results in sides.items():
        curves = curve_table(results, HIDDEN_INPUT, HIDDEN_TARGET).rename(columns=_COLUMNS)
        parts.append(curves[["epoch", *_COLUMNS.values()]].assign(mode=mode))
    return pd.concat(parts, ignore_index=True)[["mode", "epoch", *_COLUMNS.values()]]


def draw(published: Results, corrected: Results) -> Figure:
    """Draw four rows, published on the left and corrected on the right."""
    figure = new_figure(12.0, 12.5)
    panels = figure.subplots(4, 2, height_ratios=(1.5, 1.3, 0.8, 0.8), sharey="row")
    # The densest published graph, and the main corrected one.
    _side(panels[:, 0].tolist(), published, "Published", next(iter(published.graphs)))
    _side(panels[:, 1].tolist(), corrected, "Corrected", corrected.main)
    for axes in panels[:, 1]:
        axes.set_ylabel("")
    role_legend(figure, list(published.flow.nodes["role"]), loc="outside upper right")
    return figure


def _side(panels: list[Axes], results: Results, side: str, graph: str) -> None:
    """Draw graph, plane and curves of one analysis, one below the other."""
    edges = results.graphs[graph].number_of_edges()
    graph_panel(panels[0], results.graphs[graph], results.rankings[graph].ranks, named=False)
    panels[0].set_title(f"{side}: {edges} edges, {edge_rule(graph)}")
    panels[0].set_xlabel("rank")
    path = path_of(results, "", HIDDEN_INPUT, HIDDEN_TARGET)
    figure = panels[1].figure
    assert isinstance(figure, Figure)
    epoch_bar(figure, path_panel(panels[1], path), path, [panels[1]])
    noise = ", with noise," if results.settings.free_of_scale else ","
    panels[1].set_title(f"Hidden layer{noise} inputs and {target_name(results)}")
    panels[1].set_xlabel(f"{HIDDEN_INPUT.label} (bits)")
    panels[1].set_ylabel(f"{HIDDEN_TARGET.label} (bits)")
    information_panel(panels[2], results, HIDDEN_TARGET)
    error_panel(panels[3], results)
    panels[2].sharex(panels[3])
    panels[2].tick_params(labelbottom=False)
    epoch_axis(panels[3], results)
