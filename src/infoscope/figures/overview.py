"""Published and corrected on one page: what informs what, the hidden plane, and the error.

The graphs and the planes are those of figures 1 and 8, the curves those of figure 10; the two
sides of a row share the axis upwards.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope.analysis.page import OVERVIEW
from infoscope.analysis.results import Results
from infoscope.figures._curves import ERROR, HIDDEN_INPUT, HIDDEN_TARGET, absolute_curve
from infoscope.figures._graphs import role_legend
from infoscope.figures._planes import draw_path
from infoscope.figures._style import new_figure
from infoscope.figures.corrected import _curves as corrected_curves
from infoscope.figures.corrected._graphs import loosest
from infoscope.figures.figure_01_flow_graphs import graph_panel
from infoscope.figures.figure_08_hidden_plane import table as published_path

NAME = OVERVIEW

_QUANTITIES = (corrected_curves.HIDDEN_INPUT, corrected_curves.HIDDEN_TARGET)


def table(published: Results, corrected: Results) -> pd.DataFrame:
    """Return the curves of both sides, in bits and normalised units, one row per snapshot."""
    before = published.indicators.to_frame()
    after = corrected_curves.curve_table(corrected, *_QUANTITIES)
    names = {
        f"{HIDDEN_INPUT.column}_bits": before[HIDDEN_INPUT.column],
        f"{HIDDEN_TARGET.column}_bits": before[HIDDEN_TARGET.column],
        "error_normalised_units": before[ERROR.column],
    }
    first = pd.DataFrame({"mode": "published", "epoch": before["epoch"], **names})
    after = after.rename(columns={"error_held_out_normalised_units": "error_normalised_units"})
    second = after[["epoch", *names]].assign(mode="corrected")
    return pd.concat([first, second], ignore_index=True)


def draw(published: Results, corrected: Results) -> Figure:
    """Draw four rows, published on the left and corrected on the right."""
    figure = new_figure(12.0, 12.5)
    panels = figure.subplots(4, 2, height_ratios=(1.5, 1.3, 0.8, 0.8), sharey="row")
    _graphs(panels[0].tolist(), published, corrected)
    _planes(figure, panels[1].tolist(), published, corrected)
    corrected_curves.information_panel(panels[2, 1], corrected, corrected_curves.HIDDEN_TARGET)
    corrected_curves.error_panel(panels[3, 1], corrected)
    found = published.indicators.to_frame()
    for axes, curve in zip(panels[2:, 0].tolist(), (HIDDEN_TARGET, ERROR), strict=True):
        absolute_curve(axes, found, curve)
        # The axis is shared, and set already by the other side.
        axes.set_ylim(top=max(axes.get_ylim()[1], 1.04 * float(found[curve.column].max())))
        axes.set_ylabel(f"{curve.label}\n({curve.unit})")
    for above, below in panels[2:].T:
        above.sharex(below)
        above.tick_params(labelbottom=False)
        corrected_curves.epoch_axis(below)
    for axes in panels[:, 1]:
        axes.set_ylabel("")
    role_legend(figure, list(published.flow.nodes["role"]), loc="outside upper right", ncols=3)
    return figure


def _graphs(panels: list[Axes], published: Results, corrected: Results) -> None:
    threshold, graph = loosest(published)
    graph_panel(panels[0], graph, published.variants[f"jacobi {threshold:g}"], named=False)
    panels[0].set_title(
        f"Published: {graph.number_of_edges()} edges, flow above {threshold:g} bits"
    )
    main = corrected.graphs[corrected.main]
    graph_panel(panels[1], main, corrected.rankings[corrected.main], named=False)
    panels[1].set_title(f"Corrected: {main.number_of_edges()} edges, {corrected.main}")
    for axes in panels:
        axes.set_xlabel("rank")


def _planes(figure: Figure, panels: list[Axes], published: Results, corrected: Results) -> None:
    draw_path(panels[0], published_path(published), "bits")
    points = corrected_curves.path_panel(panels[1], corrected, *_QUANTITIES)
    decoded = corrected_curves.decoded(corrected)
    targets = "true targets" if corrected.settings.true_targets else "final outputs"
    panels[0].set_title("Hidden layer, inputs and final outputs")
    panels[1].set_title(f"Hidden layer{', with noise,' if decoded else ','} inputs and {targets}")
    for axes in panels:
        axes.set_xlabel("I(h; x) (bits)")
    panels[0].set_ylabel("I(h; y) (bits)")
    corrected_curves.epoch_bar(figure, points, corrected, [panels[1]])
