"""Section 9, corrected: how fast the activations change, from the first epoch on."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import minor_activation_change as published_figure
from infoscope.figures._graphs import number, percent
from infoscope.figures._style import ACCENTS, new_figure
from infoscope.figures.corrected._curves import epoch_axis

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return change, spread and saturation of the activations per snapshot, held-out days.

    The first snapshot has none before it, and so no change.
    """
    found = results.curves.sel(part="held-out", drop=True).to_dataframe().reset_index()
    names = {"activation_change": "activation_change_per_epoch"}
    columns = ["epoch", "activation_change_per_epoch", "spread", "saturation"]
    return found.rename(columns=names)[columns]


def draw(results: Results) -> Figure:
    """Draw the change, and below it how many activations are saturated."""
    found = table(results)
    figure = new_figure(7.0, 4.6)
    top, bottom = figure.subplots(2, 1, sharex=True)
    top.plot(found["epoch"], found["activation_change_per_epoch"], "-o", color=ACCENTS[0], lw=1.3,
             ms=3)  # fmt: skip
    if (found["activation_change_per_epoch"] > 0.0).any():
        top.set_yscale("log")
    top.set_ylabel("mean absolute change per\nepoch (hidden and outputs)")
    top.set_title("Change and saturation of the activations")
    labels = {
        "spread": ("standard deviation", ACCENTS[2], "-"),
        "saturation": ("share beyond ±0.95", ACCENTS[3], (0, (5, 2))),
    }
    for column, (label, colour, line) in labels.items():
        bottom.plot(found["epoch"], found[column], color=colour, ls=line, lw=1.4, label=label)
    bottom.set_ylabel("hidden activations")
    bottom.legend()
    epoch_axis(bottom)
    return figure


def caption(results: Results) -> str:
    """State how the change ends, and what the activations have become."""
    found = table(results).dropna()
    change = found["activation_change_per_epoch"].to_numpy()
    last = found.iloc[-1]
    return (
        f"On held-out days activations change by {change[0]:.2g} per epoch up to epoch "
        f"{found['epoch'].iloc[0]} and by {change[-1]:.2g} at the end, when "
        f"{percent(float(last['saturation']))} of the hidden ones are beyond 0.95 or -0.95; the "
        f"standard deviation of a hidden node ends at {number(float(last['spread']))}."
    )


def changed(published: Results, results: Results) -> str:
    """Say what the early snapshots show."""
    before, after = published_figure.table(published), table(results).dropna()
    early = after[after["epoch"] < before["epoch"].iloc[0]]
    if early.empty:
        return "There are no earlier snapshots than the published ones."
    fastest = early.loc[early["activation_change_per_epoch"].idxmax()]
    return (
        f"Before epoch {before['epoch'].iloc[0]}, the first published snapshot, activations change "
        f"by up to {fastest['activation_change_per_epoch']:.2g} an epoch, at epoch "
        f"{fastest['epoch']:.0f}; all that was published of this time is its mean, "
        f"{before['activation_change_per_epoch'].iloc[0]:.2g} an epoch."
    )
