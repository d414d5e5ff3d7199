"""Section 9: how fast the activations change during training."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._style import ACCENTS, new_figure

NAME = "minor-8-activation-change"


def table(results: Results) -> pd.DataFrame:
    """Return the mean absolute change per epoch since the snapshot before."""
    found = results.indicators.to_frame()[["epoch", "activation_change"]].dropna()
    return found.rename(columns={"activation_change": "activation_change_per_epoch"})


def draw(results: Results) -> Figure:
    """Draw the change over training on a logarithmic axis."""
    found = table(results)
    figure = new_figure(7.0, 3.9)
    axes = figure.subplots()
    axes.plot(
        found["epoch"], found["activation_change_per_epoch"], "-o", color=ACCENTS[0], lw=1.3, ms=3
    )
    if (found["activation_change_per_epoch"] > 0.0).any():
        axes.set_yscale("log")
    axes.set_xlabel("epoch")
    axes.set_ylabel("mean absolute change per epoch\n(hidden and outputs)")
    axes.set_title("Change of the activations")
    return figure


def caption(results: Results) -> str:
    """State how the change begins and ends, and how often it grows."""
    found = table(results)
    change = found["activation_change_per_epoch"].to_numpy()
    grows = int((change[1:] > change[:-1]).sum())
    return (
        f"Minor result 8. Activations change by {change[0]:.2g} per epoch up to epoch "
        f"{found['epoch'].iloc[0]} and by {change[-1]:.2g} at the end; from one snapshot to the "
        f"next the rate grows in {grows} of {len(change) - 1} cases."
    )
