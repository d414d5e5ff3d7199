"""Minor result 8: change of the activations during training."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._captions import Facts, plain
from infoscope.figures._curves import epoch_axis
from infoscope.plots.style import ACCENTS, new_figure

NAME = "minor-8-activation-change"

CAPTION = """
Minor result 8. Change of the activations. Activations change by {first:.2g} per epoch up to epoch
{first_epoch} and by {last:.2g} at the end. The change grows over {growing} of {steps} steps
between snapshots.
[repairs] At the end, {saturation:share} of the hidden activations on held-out {days} lie beyond
±0.95, and a hidden node has a standard deviation of {spread:.2f}.
"""
CHANGE = """
As published, the first snapshot shows a mean change of {published[first]:.2g} per epoch up to
epoch {published[first_epoch]}; corrected snapshots begin at epoch {first_epoch} and show at most
{max:.2g} per epoch, at epoch {max_epoch}.
"""
_COLUMN = "activation_change_per_epoch"
_STATES = {
    "spread": ("standard deviation", ACCENTS[2], "-"),
    "saturation": ("share beyond ±0.95", ACCENTS[3], (0, (5, 2))),
}


def facts(results: Results) -> Facts:
    """Return the change at the first, last and fastest snapshot, and the state at the end."""
    found = table(results).dropna()
    change = found[_COLUMN].to_numpy()
    fastest = int(np.argmax(change))
    held_out = "saturation" in found
    return plain(
        results,
        first=change[0],
        first_epoch=found["epoch"].iloc[0],
        last=change[-1],
        max=change[fastest],
        max_epoch=found["epoch"].iloc[fastest],
        growing=(change[1:] > change[:-1]).sum(),
        steps=len(change) - 1,
        saturation=float(found["saturation"].iloc[-1]) if held_out else None,
        spread=float(found["spread"].iloc[-1]) if held_out else None,
    )


def table(results: Results) -> pd.DataFrame:
    """Return the mean absolute change per epoch since the previous snapshot.

    Corrected, also spread and saturation of the activations on held-out days, and the first
    snapshot, which has no change.
    """
    names = {"activation_change": _COLUMN}
    if not results.settings.repairs:
        found = results.indicators.to_frame()[["epoch", "activation_change"]].dropna()
        return found.rename(columns=names)
    curves = results.curves.sel(part="held-out", drop=True).to_dataframe().reset_index()
    return curves.rename(columns=names)[["epoch", _COLUMN, *_STATES]]


def draw(results: Results) -> Figure:
    """Draw the change and, where known, spread and saturation below it."""
    found = table(results)
    states = "saturation" in found
    figure = new_figure(7.0, 4.6 if states else 3.9)
    panels: list[Axes] = list(figure.subplots(1 + states, 1, sharex=True, squeeze=False)[:, 0])
    top = panels[0]
    top.plot(found["epoch"], found[_COLUMN], "-o", color=ACCENTS[0], lw=1.3, ms=3)
    if (found[_COLUMN] > 0.0).any():
        top.set_yscale("log")
    top.set_ylabel("mean absolute change per\nepoch (hidden and outputs)")
    top.set_title("Change and saturation of the activations" if states else
                  "Change of the activations")  # fmt: skip
    for column, (label, colour, line) in (_STATES if states else {}).items():
        panels[-1].plot(found["epoch"], found[column], color=colour, ls=line, lw=1.4, label=label)
        panels[-1].set_ylabel("hidden activations")
        panels[-1].legend()
    epoch_axis(panels[-1], results)
    return figure
