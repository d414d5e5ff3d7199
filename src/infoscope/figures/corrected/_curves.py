"""What the corrected figures of curves over training share: no scaling, failed points hollow."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from infoscope.analysis.results import Results
from infoscope.figures._curves import change
from infoscope.figures._graphs import correlation, number
from infoscope.figures._planes import name_ends
from infoscope.figures._style import ACCENTS, FAINT, new_figure


@dataclass(frozen=True)
class Quantity:
    """One row of the planes, as a figure shows it."""

    column: str
    label: str
    colour: str = ACCENTS[0]

    @property
    def error(self) -> str:
        """The column of its standard errors."""
        return "tse_standard_error" if self.column == "tse_complexity" else f"{self.column}_error"


HIDDEN_TARGET = Quantity("hidden_target_information", "I(h; y)")
OUTPUT_TARGET = Quantity("output_target_information", "I(o; y)", ACCENTS[2])
HIDDEN_INPUT = Quantity("hidden_input_information", "I(h; x)")
HIDDEN_ABSOLUTE = Quantity("hidden_input_absolute", "I(h; x), fixed noise", ACCENTS[5])
OUTPUT_INPUT = Quantity("output_input_information", "I(o; x)", ACCENTS[2])
COMPLEXITY = Quantity("tse_complexity", "TSE complexity", ACCENTS[3])


def known(results: Results, *quantities: Quantity) -> list[Quantity]:
    """Return the quantities that this run estimated."""
    return [quantity for quantity in quantities if quantity.column in results.planes]


def curve(results: Results, quantity: Quantity) -> pd.DataFrame:
    """Return epoch, bits, standard error (NaN if none) and whether the point passes its checks."""
    planes = results.planes
    valid = planes.get(f"{quantity.column}_valid")
    error = planes.get(quantity.error)
    return pd.DataFrame(
        {
            "epoch": planes["epoch"].to_numpy(),
            "bits": planes[quantity.column].to_numpy(),
            "error": np.nan if error is None else error.to_numpy(),
            "valid": True if valid is None else valid.to_numpy().astype(bool),
        }
    )


def error(results: Results, part: str = "held-out") -> pd.Series:
    """Return the error of a part, by epoch, in normalised units."""
    return results.curves["error"].sel(part=part, drop=True).to_series()


def curve_table(results: Results, *quantities: Quantity) -> pd.DataFrame:
    """Return each curve in bits, whether its points pass, and the error of both parts."""
    table = pd.DataFrame({"epoch": results.planes["epoch"].to_numpy()})
    for quantity in known(results, *quantities):
        found = curve(results, quantity)
        table[f"{quantity.column}_bits"] = found["bits"]
        if found["error"].notna().any():
            table[f"{quantity.column}_standard_error_bits"] = found["error"]
        table[f"{quantity.column}_valid"] = found["valid"]
    for part in results.curves["part"].to_numpy():
        name = f"error_{str(part).replace('-', '_')}_normalised_units"
        table[name] = error(results, str(part)).reindex(table["epoch"]).to_numpy()
    return table


def curve_figure(results: Results, title: str, *quantities: Quantity) -> Figure:
    """Draw each curve in bits on a row of its own, the error of both parts below."""
    shown = known(results, *quantities)
    figure = new_figure(7.5, 1.4 + 1.5 * (len(shown) + 1))
    panels = figure.subplots(len(shown) + 1, 1, sharex=True)
    for axes, quantity in zip(panels, shown, strict=False):
        information_panel(axes, results, quantity)
    error_panel(panels[-1], results)
    panels[0].set_title(title)
    epoch_axis(panels[-1])
    for axes in panels:
        axes.axvline(results.best_epoch, color=FAINT, lw=1.0, ls=(0, (4, 2)), zorder=0)
    panels[-1].set_xlabel(f"{_EPOCH}; upright: smallest held-out error{_marks(results, shown)}")
    return figure


def information_panel(axes: Axes, results: Results, quantity: Quantity) -> None:
    """Draw one curve in bits, two standard errors as a band, points that fail hollow."""
    found = curve(results, quantity)
    off = 2.0 * found["error"]
    axes.fill_between(
        found["epoch"], found["bits"] - off, found["bits"] + off, color=quantity.colour,
        alpha=0.18, lw=0.0, zorder=1,
    )  # fmt: skip
    axes.plot(found["epoch"], found["bits"], color=quantity.colour, lw=1.2, zorder=2)
    for valid, face in ((True, quantity.colour), (False, "white")):
        here = found[found["valid"] == valid]
        axes.plot(here["epoch"], here["bits"], ls="", marker="o", ms=4.5, mfc=face,
                  mec=quantity.colour, zorder=3)  # fmt: skip
    axes.set_ylabel(f"{quantity.label}\n(bits)")
    from_zero(axes)


def error_panel(axes: Axes, results: Results) -> None:
    """Draw the error on the days that were learned from, and on those that were not."""
    for part, line, width in (("train", (0, (1, 1)), 1.2), ("held-out", (0, (5, 2)), 1.5)):
        found = error(results, part)
        axes.plot(found.index, found.to_numpy(), color=ACCENTS[1], ls=line, lw=width, label=part)
    axes.set_ylabel("error\n(normalised units)")
    from_zero(axes)
    axes.legend(loc="best", ncols=2)


def from_zero(axes: Axes) -> None:
    """Let an axis upwards begin at zero, where what it shows has one: no change looks larger."""
    low, high = axes.get_ylim()
    axes.set_ylim(min(0.0, low), max(high, 0.0) + 0.04 * (high - low))


_EPOCH = "epoch, logarithmic from 1"


def _marks(results: Results, shown: list[Quantity]) -> str:
    """Say what bands and hollow points are, where there are some."""
    found = [curve(results, quantity) for quantity in shown]
    said = ""
    if any(table["error"].notna().any() for table in found):
        said += "; bands: two standard errors"
    if not all(table["valid"].all() for table in found):
        said += "; hollow: fails a check"
    return said


def epoch_axis(axes: Axes) -> None:
    """Make the epochs of an axis logarithmic from 1 on, with 0 beside them."""
    axes.set_xscale("symlog", linthresh=1.0)
    last = max(1.0, axes.dataLim.xmax)
    axes.set_xlim(-0.15, 1.2 * last)
    places = [0, *(10**power for power in range(int(np.log10(last)) + 1))]
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(_EPOCH)


def path_figure(
    results: Results, across: dict[str, Quantity], up: Quantity, labels: tuple[str, ...]
) -> Figure:
    """Draw paths through information planes, one panel per title and quantity across."""
    figure = new_figure(1.2 + 4.6 * len(across), 4.3)
    panels = figure.subplots(1, len(across), squeeze=False, sharey=True)[0]
    points: Any = None
    for axes, (title, quantity), label in zip(panels, across.items(), labels, strict=True):
        points = path_panel(axes, results, quantity, up)
        axes.set_title(title)
        axes.set_xlabel(f"{label} (bits)")
    bars = "" if _bars(curve(results, up)) is None else "; bars: two standard errors"
    panels[0].set_ylabel(f"{up.label} (bits){bars}")
    epoch_bar(figure, points, results, list(panels))
    return figure


def path_panel(axes: Axes, results: Results, across: Quantity, up: Quantity) -> Any:
    """Draw one path, coloured by the order of the snapshots, two standard errors as bars."""
    x, y = curve(results, across), curve(results, up)
    axes.plot(x["bits"], y["bits"], color=FAINT, lw=0.8, zorder=1)
    axes.errorbar(
        x["bits"], y["bits"], xerr=_bars(x), yerr=_bars(y), ls="", ecolor=FAINT, elinewidth=0.5,
        zorder=0,
    )  # fmt: skip
    order = np.arange(len(x))
    points = axes.scatter(x["bits"], y["bits"], c=order, cmap="viridis", s=26, zorder=2)
    failed = ~(x["valid"] & y["valid"])
    axes.plot(x["bits"][failed], y["bits"][failed], ls="", marker="o", ms=3.2, mfc="white",
              mec="white", zorder=3)  # fmt: skip
    axes.margins(x=0.14, y=0.1)
    name_ends(axes, x["epoch"], x["bits"], y["bits"], [0, len(x) - 1])
    return points


def _bars(found: pd.DataFrame) -> Any:
    return 2.0 * found["error"] if found["error"].notna().any() else None


def epoch_bar(figure: Figure, points: Any, results: Results, axes: list[Axes]) -> None:
    """Add the bar that says which epoch a colour is; colours are evenly spread over snapshots."""
    epochs = results.planes["epoch"].to_numpy()
    bar = figure.colorbar(points, ax=axes, label="epoch", pad=0.02, aspect=30)
    ticks = np.unique(np.linspace(0, len(epochs) - 1, 6).astype(int))
    bar.set_ticks(ticks.tolist(), labels=[str(epochs[tick]) for tick in ticks])


def course(results: Results, quantity: Quantity) -> str:
    """Return where a curve starts, peaks and ends, for a caption."""
    found = curve(results, quantity)
    bits, epochs = found["bits"].to_numpy(float), found["epoch"].to_numpy()
    return change(
        {
            "first": bits[0],
            "last": bits[-1],
            "max": bits.max(),
            "start": epochs[0],
            "end": epochs[-1],
            "at": epochs[int(np.argmax(bits))],
        }
    )


def with_error(results: Results, quantity: Quantity) -> float:
    """Pearson correlation of a curve and the held-out error; NaN if one is constant."""
    found = curve(results, quantity).set_index("epoch")["bits"]
    return correlation(found, error(results).reindex(found.index))


def between(results: Results, one: Quantity, other: Quantity) -> float:
    """Pearson correlation of two curves; NaN if one is constant."""
    return correlation(curve(results, one)["bits"], curve(results, other)["bits"])


def failing(results: Results, *quantities: Quantity) -> str:
    """Say how many points fail their checks, for a caption."""
    found = [curve(results, quantity) for quantity in known(results, *quantities)]
    failed = sum(int((~table["valid"]).sum()) for table in found)
    total = sum(len(table) for table in found)
    if not failed:
        return "No point fails a check"
    return f"{failed} of {total} points {'fails' if failed == 1 else 'fail'} a check (hollow)"


def held_out_course(results: Results) -> str:
    """Say when the held-out error is smallest and where it ends, for a caption."""
    found = error(results)
    return (
        f"the held-out error, in normalised units, is smallest, {number(float(found.min()))}, at "
        f"epoch {results.best_epoch} and ends at {number(float(found.iloc[-1]))}"
    )


def decoded(results: Results) -> bool:
    """Whether decoders and a noisy layer stand behind the planes, or nearest neighbours."""
    return "decoded_target" in results.planes


def about_history(results: Results) -> str:
    """Say what I(h; x) is, for a caption."""
    if not decoded(results):
        return "(by nearest neighbours of inputs and hidden layer)"
    return (
        "(a lower bound of what the hidden layer tells of all inputs up to the day through noise "
        f"of {max(results.settings.noise):g} standard deviations of each node; "
        f"{results.planes.attrs['rows']} training days)"
    )


def about_target(results: Results) -> str:
    """Say what I(h; y) and I(o; y) are, for a caption."""
    if decoded(results):
        return "(what a linear decoder finds of the true targets on held-out days)"
    target = "the true targets" if results.settings.true_targets else "the final outputs"
    return f"(by nearest neighbours of the layer and {target})"
