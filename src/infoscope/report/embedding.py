"""Turn matrices, tables and activity into what the page carries: short, rounded, free of markup."""

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._escaping import printable
from infoscope._validate import Floats, array_of_numbers
from infoscope.report.document import Document, MatrixView, NetworkView, Picture
from infoscope.report.orders import orders_of, role_numbers
from infoscope.report.rounding import Grid, grid_for, rounded

# Beyond this number of cells in one matrix, or in all, only the largest edges of each are kept.
MOST_CELLS, MOST_CELLS_OF_ALL = 250_000, 1_500_000
MOST_EDGES = 20_000
MOST_NODES = 2_000
# Steps per factor of ten of p: six per cent apart, less than the error of a p from surrogates.
_P_STEPS = 40
_POINTS = 200
# Codes that are no values, counted from the smallest integer: no estimate, left out.
_NONE, _LEFT_OUT = 0, 1
_POSSIBLE = 64
_ACTIVITY = 254
_DIGITS = 4


@dataclass(frozen=True)
class Kept:
    """Which nodes and edges of a network the page carries.

    Parameters
    ----------
    nodes : array of int
        Positions of the nodes.
    edges : int or None
        Number of the largest edges of each matrix; None for all cells.
    """

    nodes: NDArray[np.intp]
    edges: int | None


def embedded(document: Document) -> dict[str, Any]:
    """Return networks and learning as numbers, lists and text for JSON.

    Names are one line without control characters. Arrays are base64 of little-endian integers:
    see `rounding` for values; p is in steps of a fortieth of a power of ten, 255 where unknown.
    """
    cells = sum(len(net.nodes) ** 2 * len(net.measures) for net in document.networks)
    found: dict[str, Any] = {
        "title": printable(document.title),
        "networks": [_network(net, cells) for net in document.networks],
    }
    if document.pictures:
        found["pictures"] = [_picture(picture) for picture in document.pictures]
    if document.learning is not None:
        tables = ("curves", "planes", "onsets")
        found["learning"] = {
            **{name: table(getattr(document.learning, name)) for name in tables},
            "step": printable(document.learning.step),
        }
    return found


def kept_of(network: NetworkView, cells: int) -> Kept:
    """Decide which nodes and edges to carry, by the cells of the network and of all matrices."""
    n = len(network.nodes)
    if n**2 <= MOST_CELLS and cells <= MOST_CELLS_OF_ALL:
        return Kept(np.arange(n), None)
    if n <= MOST_NODES:
        return Kept(np.arange(n), MOST_EDGES)
    strength = np.zeros(n)
    for view in network.measures:
        values, possible = _values(view), _possible(view)
        size = np.where(possible & np.isfinite(values), np.abs(values), 0.0)
        # Measures differ in unit; each counts by its share.
        strength += (size.sum(0) + size.sum(1)) / max(size.sum(), np.finfo(float).tiny)
    strongest = np.argsort(-strength, kind="stable")[:MOST_NODES]
    return Kept(np.sort(strongest), MOST_EDGES)


def _network(network: NetworkView, cells: int) -> dict[str, Any]:
    kept = kept_of(network, cells)
    nodes = network.nodes.iloc[kept.nodes]
    matrices = [_matrix(view, kept, nodes.index) for view in network.measures]
    within = np.ix_(kept.nodes, kept.nodes)
    first = _values(network.measures[0])[within] if network.measures else None
    roles = [printable(str(r)) for r in nodes["role"]] if "role" in nodes else [""] * len(nodes)
    found: dict[str, Any] = {
        "name": printable(network.name),
        "description": printable(network.description),
        "names": _distinct([printable(str(name)) for name in nodes.index]),
        "roles": roles,
        "roleNumbers": role_numbers(roles),
        "columns": table(nodes),
        "orders": orders_of(nodes, first),
        "matrices": matrices,
        "nodesOfAll": len(network.nodes),
    }
    if network.activity is not None:
        found["activity"] = _activity(array_of_numbers(network.activity, "activity")[kept.nodes])
    return found


def _distinct(names: list[str]) -> list[str]:
    """Number names that differ only in what a page cannot show, such as line ends."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def _matrix(view: MatrixView, kept: Kept, names: pd.Index) -> dict[str, Any]:
    within = np.ix_(kept.nodes, kept.nodes)
    values, possible = _values(view)[within], _possible(view)[within]
    known = possible & ~np.isnan(values)
    thresholds = _thresholds(view)
    finite = known & np.isfinite(values)
    largest = float(np.abs(values[finite]).max(initial=0.0))
    grid = grid_for(view.error, max([largest, *map(abs, thresholds)]), thresholds)
    codes = np.zeros(values.shape, dtype=np.int64)
    codes[finite] = rounded(values[finite], grid, thresholds)
    infinite = known & np.isinf(values)
    # An infinite value is above all finite ones by one step; the page shows it as infinite.
    top = int(codes[finite].max(initial=0)) + 1
    codes[infinite] = top
    chosen = np.ones(values.shape, bool) if kept.edges is None else _largest(values, known, kept)
    flags = np.where(possible, _POSSIBLE, 0)
    for bit, level in enumerate(view.levels):
        flags |= np.where(_passes(view, level.correction, level.level)[within] & known, 1 << bit, 0)
    found = {
        "measure": view.measure,
        "title": printable(view.title),
        "unit": printable(view.unit),
        "lag": int(view.lag),
        "question": printable(view.question),
        "multiple": grid.multiple,
        "digits": grid.digits,
        "infinite": top if infinite.any() else None,
        "edgesOfAll": int(known.sum()),
        "levels": [_level(level, grid) for level in view.levels],
        "marks": [
            {"name": printable(mark.name), "code": grid.reaching(mark.threshold)}
            for mark in view.marks
        ],
        "falseEdges": _false_edges(view, grid),
        "reasons": _reasons(view, possible & ~known, names),
    }
    return found | _cells(view, within, codes, known, chosen, flags, kept.edges is not None)


def _cells(
    view: MatrixView,
    within: tuple[Any, ...],
    codes: NDArray[np.int64],
    known: NDArray[np.bool_],
    chosen: NDArray[np.bool_],
    flags: NDArray[np.int64],
    sparse: bool,
) -> dict[str, Any]:
    """Return the arrays of a matrix: of all cells, or of the chosen ones and their places."""
    small = np.abs(codes).max(initial=0) < 2**15 - 10
    kind = np.int16 if small else np.int32
    lowest = np.iinfo(kind).min
    values = np.where(known, codes, lowest + _NONE)
    pick = np.flatnonzero(chosen) if sparse else slice(None)
    found: dict[str, Any] = {
        "bits": 16 if small else 32,
        "values": _text(values.ravel()[pick], kind),
        "flags": _text(flags.ravel()[pick], np.uint8),
    }
    if sparse:
        found["places"] = _text(np.flatnonzero(chosen), np.uint32)
    for name in ("p", "q", "p_fwer"):
        given = getattr(view, name)
        if given is not None:
            steps = _p_steps(array_of_numbers(given, name)[within])
            found[name] = _text(steps.ravel()[pick], np.uint8)
    return found


def _values(view: MatrixView) -> Floats:
    values = array_of_numbers(view.values, "values")
    if np.isneginf(values).any():
        raise InputError(
            f"values of {view.measure!r} must not be -inf, got {int(np.isneginf(values).sum())} "
            "such entries; give NaN and the reason"
        )
    return values


def _possible(view: MatrixView) -> NDArray[np.bool_]:
    if view.possible is None:
        return ~np.eye(np.shape(view.values)[0], dtype=bool)
    return np.asarray(view.possible, bool)


def _thresholds(view: MatrixView) -> list[float]:
    """Return the thresholds with a name, in the order of the levels and marks."""
    every = [level.threshold for level in view.levels] + [mark.threshold for mark in view.marks]
    return [float(t) for t in every if np.isfinite(t)]


def _passes(view: MatrixView, correction: str, level: float) -> NDArray[np.bool_]:
    given = view.p_fwer if correction == "fwer" else view.q
    p = array_of_numbers(given, correction)  # pyright: ignore[reportArgumentType] - a MatrixView has it
    return ~np.isnan(p) & (p <= level)


def _largest(values: Floats, known: NDArray[np.bool_], kept: Kept) -> NDArray[np.bool_]:
    """Return where the largest known values are."""
    places = np.flatnonzero(known)
    size = values.ravel()[places]
    chosen = np.zeros(values.size, bool)
    chosen[places[np.argsort(-size, kind="stable")[: kept.edges]]] = True
    return chosen.reshape(values.shape)


def _level(level: Any, grid: Grid) -> dict[str, Any]:
    return {
        "name": printable(level.name),
        "correction": level.correction,
        "level": level.level,
        "code": grid.reaching(level.threshold) if np.isfinite(level.threshold) else None,
    }


def _false_edges(view: MatrixView, grid: Grid) -> list[list[float]] | None:
    """Return place on the grid and expected number, in rising order, of some 200 thresholds."""
    if view.false_edges is None:
        return None
    points = array_of_numbers(view.false_edges, "false_edges")
    points = points[np.isfinite(points).all(axis=1)]
    points = points[np.argsort(points[:, 0], kind="stable")]
    at = np.unique(np.linspace(0, len(points) - 1, min(len(points), _POINTS)).astype(int))
    step = grid.multiple / 10.0**grid.digits
    return [[float(f"{t / step:.4g}"), float(f"{k:.4g}")] for t, k in points[at]]


def _reasons(view: MatrixView, lacking: NDArray[np.bool_], names: pd.Index) -> dict[str, Any]:
    """Return the reasons for missing estimates: texts, and of single pairs the place and text."""
    given = view.reasons
    found: dict[str, Any] = {"lacking": int(lacking.sum()), "texts": []}
    if not isinstance(given, Mapping):
        return found | {"texts": [printable(str(reason)) for reason in given]}
    at = {name: place for place, name in enumerate(names)}
    pairs = [(p, why) for p, why in given.items() if p[0] in at and p[1] in at]
    texts = {why: i for i, why in enumerate(dict.fromkeys(str(why) for _, why in pairs))}
    places = [at[source] * len(names) + at[target] for (source, target), _ in pairs]
    return found | {
        "texts": [printable(why) for why in texts],
        "places": _text(places, np.uint32),
        "which": _text([texts[str(why)] for _, why in pairs], np.uint16),
    }


def _p_steps(p: Floats) -> NDArray[np.int64]:
    """Return -40 log10 p as a whole number up to 254; 255 for NaN."""
    known = np.isfinite(p)
    steps = np.full(p.shape, 255)
    smallest = 10.0 ** (-254 / _P_STEPS)
    clipped = np.clip(p[known], smallest, 1.0)
    steps[known] = np.round(-_P_STEPS * np.log10(clipped)).astype(int)
    return steps


def _activity(activity: Floats) -> dict[str, Any]:
    """Return activity in 254 steps between the extremes of each node; 255 where missing."""
    finite = np.where(np.isfinite(activity), activity, np.nan)
    known = ~np.isnan(finite)
    low = np.where(known, finite, np.inf).min(axis=1, initial=np.inf)
    high = np.where(known, finite, -np.inf).max(axis=1, initial=-np.inf)
    some = known.any(axis=1)
    low, high = np.where(some, low, 0.0), np.where(some, high, 0.0)
    span = np.where(high > low, high - low, 1.0)
    steps = np.where(known, np.round((finite - low[:, None]) / span[:, None] * _ACTIVITY), 255)
    return {
        "rows": activity.shape[1],
        "low": [short(v) for v in low],
        "high": [short(v) for v in high],
        "values": _text(steps, np.uint8),
    }


def _picture(picture: Picture) -> dict[str, str]:
    """Return a picture compressed: an SVG takes a sixth."""
    data = base64.b64encode(zlib.compress(picture.data, 9)).decode("ascii")
    return {"type": picture.media_type, "data": data}


def table(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Return the columns of a table: numbers with four digits, None for missing, else text."""
    return {printable(str(name)): column(frame[name].tolist()) for name in frame}


def column(values: Sequence[Any]) -> list[Any]:
    """Return values for JSON."""
    return [short(value) for value in values]


def short(value: Any) -> Any:
    """Return a number with four digits, None if missing, a truth value, or printable text."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return None
        return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else ("∞" if value > 0 else "-∞")
    return None if value is None or value is pd.NA or value is pd.NaT else printable(str(value))


def _text(values: Any, kind: Any) -> str:
    """Return an array as base64 of little-endian integers."""
    array = np.ascontiguousarray(np.asarray(values), dtype=np.dtype(kind).newbyteorder("<"))
    return base64.b64encode(array.tobytes()).decode("ascii")
