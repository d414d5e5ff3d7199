"""Learning curves of a study of claims: bands over seeds, and controls."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope.figures._save import save
from infoscope.paper.claims.study import MODES, SeedStudy
from infoscope.plots.style import ACCENTS, FAINT, INK, new_figure, style

NAME = "claims-curves"
Studies = Mapping[str, Sequence[SeedStudy]]
# Rows of panels: label, and the curves of each mode with their names.
_ROWS: tuple[tuple[str, Mapping[str, Mapping[str, str]]], ...] = (
    ("error", {"published": {"error": "from its own final output, training windows"},
               "corrected": {"error": "from the true target, held-out days"}}),
    ("I(X; H), bits", {"published": {"hidden_input_information": "200 rows, raw scale"},
                       "corrected": {"probe_relative": "I(past; H), noise of 3 deviations",
                                     "probe_absolute": "I(past; H), noise of 1"}}),
    ("I(H; Y), bits", {"published": {"hidden_target_information": "Y: its own final output"},
                       "corrected": {"hidden_target_information": "Y: true, decoded"}}),
    ("I(O; Y), bits", {"published": {"output_target_information": "Y: its own final output"},
                       "corrected": {"output_target_information": "Y: true, decoded"}}),
    ("TSE complexity, bits", {"published": {"tse_complexity": "nearest neighbours, all nodes"},
                              "corrected": {"tse_complexity": "Gaussian, hidden nodes"}}),
)  # fmt: skip
_BAND = (0.05, 0.95)


def write_curve_figure(studies: Studies, folder: Path) -> None:
    """Write the curves of all seeds as PNG and SVG, with their bands as CSV.

    Parameters
    ----------
    studies : mapping of str to sequence of SeedStudy
        Mode → one study per seed.
    folder : Path
        Created if missing.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    with style():
        save(draw(studies), table(studies), folder, NAME)


def table(studies: Studies) -> pd.DataFrame:
    """Return median and band over seeds of every curve at every epoch.

    Runs with shuffled targets are included at their first and last epoch.
    """
    rows = []
    for mode in MODES:
        for _, curves in _ROWS:
            for name in curves[mode]:
                for targets, part in (("true", "learning-curves"), ("shuffled", "shuffled")):
                    rows += _bands(studies.get(mode, ()), mode, name, targets, part)
    columns = ["mode", "curve", "targets", "epoch", "median", "low", "high", "seeds"]
    return pd.DataFrame(rows, columns=columns)


def draw(studies: Studies) -> Figure:
    """Draw each quantity, published and corrected side by side."""
    modes = [mode for mode in MODES if studies.get(mode)] or list(MODES)
    figure = new_figure(5.0 * len(modes), 2.0 * len(_ROWS) + 0.8)
    axes = figure.subplots(len(_ROWS), len(modes), sharex="col", squeeze=False)
    analysed = {mode: _analysed(studies.get(mode, ())) for mode in modes}
    found = table(studies)
    for row, (label, curves) in zip(axes, _ROWS, strict=True):
        for axis, mode in zip(row, modes, strict=True):
            shown = found[found["mode"] == mode]
            _panel(axis, shown, curves[mode])
            if analysed[mode]:
                axis.axvspan(min(analysed[mode]), max(analysed[mode]), color=FAINT, alpha=0.4, lw=0)
            axis.set_ylabel(label)
    for axis, mode in zip(axes[0], modes, strict=True):
        axis.set_title(mode)
    for axis in axes[-1]:
        axis.set_xlabel("epoch")
    figure.supxlabel(
        "Lines and bands: median and 5 to 95 % of the seeds. Grey bar at the right: the same with "
        "shuffled targets, where nothing can be learned. Grey band: epochs that are analysed.",
        fontsize=8, x=0.0, ha="left",
    )  # fmt: skip
    return figure


def _analysed(studies: Sequence[SeedStudy]) -> list[int]:
    """Return the analysed epochs, if early stopping chooses them."""
    name = "learning-curves"
    curves = (study.parts[name].attrs for study in studies if name in study.parts)
    return [int(attrs["analysed_epoch"]) for attrs in curves if "analysed_epoch" in attrs]


def _bands(
    studies: Sequence[SeedStudy], mode: str, name: str, targets: str, part: str
) -> list[tuple[object, ...]]:
    known = [s.parts[part][name].dropna("epoch") for s in studies
             if part in s.parts and name in s.parts[part]]  # fmt: skip
    if not known:
        return []
    epochs = known[0]["epoch"].to_numpy()
    values = np.array([curve.to_numpy() for curve in known])
    low, middle, high = np.quantile(values, [_BAND[0], 0.5, _BAND[1]], axis=0)
    return [
        (mode, name, targets, int(epoch), *map(float, numbers), len(known))
        for epoch, *numbers in zip(epochs, middle, low, high, strict=True)
    ]


def _panel(axis: Axes, shown: pd.DataFrame, curves: Mapping[str, str]) -> None:
    axis.set_xscale("symlog", linthresh=1.0)
    for (name, label), colour in zip(curves.items(), ACCENTS, strict=False):
        of_curve = shown[shown["curve"] == name]
        true = of_curve[of_curve["targets"] == "true"]
        if true.empty:
            continue
        axis.fill_between(true["epoch"], true["low"], true["high"], color=colour, alpha=0.2, lw=0)
        axis.plot(true["epoch"], true["median"], color=colour, label=label)
        control = of_curve[of_curve["targets"] == "shuffled"].tail(1)
        if not control.empty:
            place = 1.25 * float(control["epoch"].iloc[0])
            axis.vlines(place, control["low"], control["high"], color=FAINT, lw=4)
            axis.plot(place, control["median"], "_", color=colour, ms=8, mew=2)
    if axis.lines:
        axis.legend(fontsize=7)
    else:
        axis.text(0.5, 0.5, "no seed has it", color=INK, ha="center", transform=axis.transAxes)
