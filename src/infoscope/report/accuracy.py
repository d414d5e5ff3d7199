"""How well measures find influence: known from the model, or by the nearest test bed."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from infoscope.analysis.calibration import Calibration
from infoscope.analysis.results import Results
from infoscope.description.nearest_bed import NearestBed
from infoscope.graphs.connections import CONNECTIONS
from infoscope.report.document import Accuracy, Captioned
from infoscope.report.networks import TITLES

_TITLE = "How far to trust the wiring"
# Measures of calibrations and of test beds by the words of the page.
_STEP = "One-step influence"
_WORDS = {
    **{name: title for name, (title, _) in TITLES.items()},
    "one_step_score": f"{_STEP} (|effect| less its error)",
    "one_step_effect": f"{_STEP} (|effect|)",
    "one_step_t": f"{_STEP} (|t|)",
    "one_step_order": f"{_STEP} (order suited to the data)",
    "F": TITLES["flow"][0],
    "TDMI": TITLES["delayed"][0],
    "MI": TITLES["instantaneous"][0],
    "TE": TITLES["transfer_entropy"][0],
    "TE given inputs": TITLES["conditional_transfer_entropy"][0],
    "given all": TITLES["full_conditional"][0],
    "score": f"{_STEP} (|effect| less its error)",
    "effect": f"{_STEP} (|effect|)",
    "t": f"{_STEP} (|t|)",
    "bits": f"{_STEP} (bits given all)",
    "greedy": f"{_STEP} (needed sources)",
    "knockoffs": f"{_STEP} (against knockoffs)",
    "best": f"{_STEP} (order suited to the data)",
}
_FEATURES = {
    "counts": "counts of events",
    "model": "one-step model",
    "dimension": "dimension, share of the units",
    "saturation": "share of values at the ends of their range",
    "unexplained": "error of one step, share of the variance",
    "rows_per_source": "rows for each source",
}
_BLOCKS = {"x→h": "input to hidden", "h→h": "hidden to hidden", "h→o": "hidden to output"}


def accuracy_of(results: Results) -> Accuracy | None:
    """Return how well measures recover causal flow, or did on the nearest bed; None if unknown."""
    if results.calibration is not None:
        return _known(results.calibration)
    if results.nearest_bed is not None:
        return _by_bed(results.nearest_bed, results.settings.unrecorded)
    return None


def calibration_reading(found: Calibration) -> str:
    """Return in words which measure recovers causal flow best, and how far flow does."""
    blocks = _by_block(found.scores)
    best = {str(row["block"]): row for row in found.best.to_dict("records")}
    if not best:
        return "No block has pairs with and without causal flow, so that no measure can be scored."
    block = "h→h" if "h→h" in best else next(iter(best))
    first = best[block]
    said = (
        f"From {_BLOCKS[block]} nodes, {_small(first['measure'])} recovers causal flow best: "
        f"average precision {_with_interval(first)}, where chance has {first['prevalence']:.2f}."
    )
    flow = blocks[block].get("flow")
    if first["measure"] == "flow" or flow is None:
        return said
    chance = ", no better than chance" if flow["auprc_low"] <= flow["prevalence"] else ""
    return f"{said} Information flow has {_with_interval(flow)}{chance}."


def _by_block(scores: pd.DataFrame) -> dict[str, dict[str, dict[Any, Any]]]:
    """Return block → measure → its row."""
    found: dict[str, dict[str, dict[Any, Any]]] = {}
    for row in scores.to_dict("records"):
        found.setdefault(str(row["block"]), {})[str(row["measure"])] = row
    return found


def _known(found: Calibration) -> Accuracy:
    pairs = found.pairs
    columns = {
        "source": pairs["source"],
        "target": pairs["target"],
        "connection": pairs["block"],
        "causal flow C, bits": pairs["causal"].round(4),
    }
    if "causal_error" in pairs:
        columns["standard error"] = pairs["causal_error"].round(4)
    columns |= {
        "information flow F, bits": pairs["flow"].round(4),
        "rank by C": pairs["causal_rank"],
        "rank by F": pairs["flow_rank"],
    }
    bars = ("causal flow C, bits", "information flow F, bits")
    return Accuracy(
        _TITLE,
        calibration_reading(found),
        (
            Captioned(
                "Average precision (AUPRC, with 95 % interval over targets) of each measure from "
                "activity in finding the quarter of the pairs with most causal flow C. C is what a "
                "reset of the source reveals about the target, computed from the network itself.",
                _precision(found.scores),
            ),
            Captioned(
                "Causal flow C and information flow F of the pairs that are strongest by either.",
                pd.DataFrame(columns),
                bars,
            ),
        ),
    )


def _precision(scores: pd.DataFrame) -> pd.DataFrame:
    """Return a row per measure and a column per block, the best measure between hidden first."""
    found = _by_block(scores)
    blocks = [block for block in dict.fromkeys(["h→h", *CONNECTIONS]) if block in found]
    first = found[blocks[0]]
    names = sorted(first, key=lambda name: -np.nan_to_num(first[name]["auprc"]))
    names += [name for name in dict.fromkeys(scores["measure"]) if name not in first]
    columns: dict[str, list[str]] = {"measure": [*map(_word, names), "Chance"]}
    for block in blocks:
        rows = found[block]
        any_row = next(iter(rows.values()))
        cells = [_with_interval(rows[name]) if name in rows else "–" for name in names]
        title = f"{_BLOCKS[block]}, {any_row['n']} pairs"
        columns[title] = [*cells, f"{any_row['prevalence']:.2f}"]
    return pd.DataFrame(columns)


def _by_bed(found: NearestBed, unrecorded: bool) -> Accuracy:
    features = found.features
    compared = pd.DataFrame(
        {
            "feature": [_FEATURES[name] for name in features.index],
            "this recording": [_value(value) for value in features["recording"]],
            f"test bed {found.bed}": [_value(value) for value in features["bed"]],
            "part of the distance": features["difference"].abs().to_numpy(float).round(2),
        }
    )
    tables = [
        Captioned(
            f"This recording and the nearest test bed, {found.bed}; a distance of up to 1 is near.",
            compared,
        )
    ]
    if found.near:
        tables.insert(0, _of_bed(found))
    reading = _bed_reading(found)
    if unrecorded and "half" not in found.bed:
        reading += " That bed was recorded whole; with units missing, expect less."
    return Accuracy(_TITLE, reading, tuple(tables))


def _of_bed(found: NearestBed) -> Captioned:
    table = found.table.sort_values("auprc", ascending=False, kind="stable")
    rows = pd.DataFrame(
        {
            "measure": [_word(name) for name in table.index],
            "AUPRC": table["auprc"].map("{:.2f}".format),
            "smallest and largest": [
                f"{low:.2f}–{high:.2f}" for low, high in table[["low", "high"]].to_numpy()
            ],
            "chance": table["prevalence"].map("{:.2f}".format),
            "false edges at 10 %": _shares(table["false_edges"]),
            "edges found": _shares(table["power"]),
        }
    )
    return Captioned(
        f"Test bed {found.bed}, whose connections are known: average precision of each measure "
        f"over {int(table['networks'].max())} networks, and, where edges are tested at a nominal "
        "false discovery rate of 10 %, the share of them that is false and the share of "
        "connections found.",
        rows,
    )


def _bed_reading(found: NearestBed) -> str:
    """Return in words what is known of the accuracy without the model."""
    start = "The share of true edges cannot be estimated from a recording alone."
    if not found.near:
        return (
            f"{start} No test bed of known connections resembles it: the nearest, "
            f"{found.bed}, is at a distance of {found.distance:.1f}, so that the accuracy here is "
            "unknown."
        )
    table = found.table.sort_values("auprc", ascending=False, kind="stable")
    first = table.iloc[0]
    said = (
        f"{start} On the test bed most like it, {found.bed}, "
        f"{_small(str(first.name))} finds the known connections best: average precision "
        f"{first['auprc']:.2f}, where chance has {first['prevalence']:.2f}"
    )
    if "F" in table.index:
        said += f" and information flow {table.loc['F', 'auprc']:.2f}"
    false = float(table["false_edges"].get("greedy", np.nan))
    if np.isfinite(false):
        said += f"; of the needed sources, {false:.0%} are false there"
    return f"{said}."


def _with_interval(row: Mapping[Any, Any]) -> str:
    if not np.isfinite(row["auprc"]):
        return "–"
    said = f"{row['auprc']:.2f}"
    if np.isfinite(row["auprc_low"]):
        said += f" ({row['auprc_low']:.2f}–{row['auprc_high']:.2f})"
    return said


def _word(name: str) -> str:
    measure, _, given = name.partition(", ")
    word = _WORDS.get(measure, measure)
    return f"{word}, {given}" if given else word


def _small(name: str) -> str:
    word = _word(name)
    return word[:1].lower() + word[1:] if not word[:2].isupper() else word


def _shares(values: Iterable[float]) -> list[str]:
    return [f"{value:.0%}" if np.isfinite(value) else "–" for value in values]


def _value(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:.2g}"
