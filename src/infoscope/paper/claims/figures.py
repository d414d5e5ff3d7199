"""Figures of the claims: values of all seeds, with the decision rule."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope._validate import Floats
from infoscope.figures._save import save
from infoscope.paper.claims.evaluation import ClaimVerdict, PartVerdict
from infoscope.paper.claims.graph_claims import GRAPH_CLAIMS
from infoscope.paper.claims.influence_claims import INFLUENCE_CLAIMS
from infoscope.paper.claims.study import MODES
from infoscope.paper.claims.table import verdict_table
from infoscope.paper.claims.training_claims import TRAINING_CLAIMS
from infoscope.plots.style import FAINT, INK, new_figure, style

Verdicts = Mapping[str, Mapping[str, ClaimVerdict]]
# One page each; unmeasured claims appear only in the table.
PAGES = {
    "claims-graphs": GRAPH_CLAIMS,
    "claims-training": TRAINING_CLAIMS,
    "claims-influence": INFLUENCE_CLAIMS,
}
_COLOURS = {
    "supported": "#009E73",
    "refuted": "#D55E00",
    "inconclusive": "#777777",
    "missing": FAINT,
}
_ROW, _WIDTH = 0.62, 12.0
_LONGEST = 94
_LEGEND = (
    "Each row shows the part of the claim that decides. Dots: seeds. Bar: their median, or share, "
    "with its 95 % interval. Dashed: the limit of the rule. Shaded: what is claimed."
)


def write_claim_figures(verdicts: Verdicts, folder: Path) -> None:
    """Write a figure of the claims about graphs, training and influence, as far as asked.

    Parameters
    ----------
    verdicts : mapping of str to mapping
        Mode → claim → verdict, as `run_claims` returns it.
    folder : Path
        Created if missing. Receives PNG and SVG, and the verdict table as CSV.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    tested = {name for of_mode in verdicts.values() for name in of_mode}
    with style():
        for name, claims in PAGES.items():
            ids = [claim.id for claim in claims if claim.parts and claim.id in tested]
            if not ids:
                continue
            save(draw(verdicts, ids), table(verdicts, ids), folder, name)


def table(verdicts: Verdicts, ids: Sequence[str]) -> pd.DataFrame:
    """Return the verdict table of some claims."""
    everything = verdict_table(verdicts)
    return everything[everything["claim"].isin(ids)]


def draw(verdicts: Verdicts, ids: Sequence[str]) -> Figure:
    """Draw the deciding part of each claim and mode: seeds, summary, interval, rule."""
    modes = [mode for mode in MODES if mode in verdicts]
    widths = [1.0, *[1.15] * len(modes)]
    figure = new_figure(_WIDTH * sum(widths) / 3.3, _ROW * len(ids) + 0.6)
    axes = figure.subplots(len(ids), len(widths), width_ratios=widths, squeeze=False)
    for row, name in zip(axes, ids, strict=True):
        _title(row[0], verdicts, name)
        for axis, mode in zip(row[1:], modes, strict=True):
            _cell(axis, verdicts.get(mode, {}).get(name))
    for axis, mode in zip(axes[0, 1:], modes, strict=True):
        axis.annotate(mode, (0.0, 1.0), (0, 14), "axes fraction", textcoords="offset points",
                      fontweight="bold", fontsize=10)  # fmt: skip
    figure.supxlabel(_LEGEND, fontsize=8, x=0.0, ha="left")
    return figure


def _title(axis: Axes, verdicts: Verdicts, name: str) -> None:
    axis.set_axis_off()
    found = next(of_mode[name] for of_mode in verdicts.values() if name in of_mode)
    axis.text(0.0, 0.5, name, fontweight="bold", va="center", transform=axis.transAxes)
    axis.text(0.16, 0.5, _wrapped(found.claim.title, 34), fontsize=8.5, va="center",
              transform=axis.transAxes)  # fmt: skip


def _cell(axis: Axes, verdict: ClaimVerdict | None) -> None:
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.tick_params(labelsize=6.5, length=2, pad=1)
    part = None if verdict is None else verdict.deciding
    if verdict is None or part is None or np.isnan(part.verdict.value):
        word = "not measured" if verdict is None or not verdict.parts else verdict.word
        _bare(axis)
        axis.text(0.5, 0.5, word, color=INK, ha="center", va="center", fontsize=8,
                  transform=axis.transAxes)  # fmt: skip
        return
    colour = _COLOURS[verdict.word]
    if np.isfinite(part.verdict.value):
        _seeds(axis, part, colour)
    else:
        _bare(axis)
        infinite = f"{'−' if part.verdict.value < 0 else ''}∞ in most seeds"
        axis.text(0.0, 0.4, infinite, fontsize=8, color=colour, va="center",
                  transform=axis.transAxes)  # fmt: skip
    gate = f", but {' and '.join(verdict.failing)} fails" if verdict.failing else ""
    axis.text(1.0, 1.02, verdict.word + gate, color=colour, fontsize=8, fontweight="bold",
              ha="right", va="bottom", transform=axis.transAxes)  # fmt: skip
    axis.text(0.0, 0.98, _shortened(part.words), fontsize=6, va="top", transform=axis.transAxes)


def _bare(axis: Axes) -> None:
    axis.set_xticks([])
    axis.spines["bottom"].set_visible(False)


def _seeds(axis: Axes, part: PartVerdict, colour: str) -> None:
    rule, (low, high) = part.rule, part.verdict.interval
    # The variation over seeds does not have the unit of a value.
    values = np.asarray(() if rule.summary == "variation" else part.values, float)
    limits = _limits(np.r_[values, low, high, rule.null - rule.width, rule.null + rule.width])
    shown = np.clip(values[~np.isnan(values)], *limits)
    heights = np.random.default_rng(0).uniform(-0.12, 0.12, len(shown))
    margin = 0.04 * (limits[1] - limits[0])
    claimed = {
        "above": (rule.null, limits[1] + margin),
        "below": (limits[0] - margin, rule.null),
        "within": (rule.null - rule.width, rule.null + rule.width),
    }
    side = rule.side.removeprefix("not ")
    if rule.absence and side != "apart":
        side = {"above": "below", "below": "above"}[side]
    if side in claimed:
        axis.axvspan(*claimed[side], 0.0, 0.65, color=FAINT, alpha=0.35, lw=0)
    axis.axvline(rule.null, 0.0, 0.65, color=INK, lw=0.8, ls=(0, (4, 2)))
    axis.plot(shown, heights, "o", ms=3, mew=0, color=colour, alpha=0.4)
    axis.plot(np.clip([low, high], *limits), [0, 0], color=colour, lw=2.5, solid_capstyle="butt")
    axis.plot(np.clip(part.verdict.value, *limits), 0, "|", ms=11, mew=2, color=colour)
    axis.set(xlim=(limits[0] - margin, limits[1] + margin), ylim=(-0.25, 0.75))


def _limits(values: Floats) -> tuple[float, float]:
    """Return the limits of an axis; infinite values are drawn at its edge."""
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    return (low - 0.5, high + 0.5) if low == high else (low, high)


def _shortened(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 2]} …"


def _wrapped(words: str, width: int) -> str:
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f"{word} "
    return "\n".join(line.rstrip() for line in lines)
