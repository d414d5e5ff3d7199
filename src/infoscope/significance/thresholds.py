"""Thresholds from surrogates: for p, and for a false discovery rate."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import InputError
from infoscope._validate import Floats, one_of, real_number
from infoscope.significance.multiplicity import edge_classes
from infoscope.significance.p_values import EQUAL


def critical(drawn: Floats, level: float) -> float:
    """Return the threshold above which (1 + number as large) / (1 + number) is within a level.

    Infinite where no value suffices.

    >>> critical(np.arange(19.0), 0.05), critical(np.arange(19.0), 0.1)
    (18.0, 17.0)
    """
    rank = int(level * (1 + len(drawn)) * (1 + EQUAL))
    return float(np.sort(drawn)[-rank]) if rank else float("inf")


def share_threshold(observed: Floats, draws: Floats, level: float) -> float:
    """Return the lowest threshold at which expected false edges are within a share of the edges.

    If there is none, return the largest observed value, which no edge exceeds.

    >>> share_threshold(np.array([9.0, 1.0]), np.array([[1.5, 0.0], [0.1, 0.6]]), 0.1)
    1.5
    """
    values, drawn = np.sort(observed)[::-1], np.sort(draws, axis=None)
    found = np.searchsorted(-values, -values, "right")
    false = (drawn.size - np.searchsorted(drawn, values, "left")) / len(draws)
    passing = np.flatnonzero(false <= level * found)
    if len(passing) == 0:
        return float(values[0])
    lowest, count = values[passing[-1]], found[passing[-1]]
    # Down to the next edge, or to the first surrogate beyond the limit.
    allowed = int(level * count * len(draws) * (1 + EQUAL))
    below = np.concatenate([values[values < lowest][:1], drawn[::-1][allowed : allowed + 1]])
    return float(below.max()) if len(below) else float(np.nextafter(lowest, -np.inf))


def highest(limits: list[Any]) -> Any:
    """Return the highest of several thresholds, each a number or one for every edge."""
    if isinstance(limits[0], xr.DataArray):
        return limits[0].copy(data=np.max([limit.to_numpy() for limit in limits], axis=0))
    return max(limits)


def over_edges(edges: xr.DataArray, values: Floats, name: str = "threshold") -> xr.DataArray:
    """Return one value of each chosen edge as a matrix (source, target), NaN elsewhere."""
    matrix = np.full(edges.shape, np.nan)
    matrix[edges.to_numpy()] = values
    return edges.copy(data=matrix).rename(name)


def critical_of_classes(
    scores: Floats, tested: xr.DataArray, nodes: pd.DataFrame, level: float
) -> Floats:
    """Return the threshold of the class of each edge, by its standardised surrogates together.

    ``scores`` has the shape (surrogate, edge).
    """
    classes = edge_classes(nodes)[tested.to_numpy()]
    limits = {c: critical(scores[:, classes == c].ravel(), level) for c in np.unique(classes)}
    return np.array([limits[c] for c in classes])


def threshold_table(
    limits: Mapping[str, float | xr.DataArray],
    observed: Floats,
    tested: xr.DataArray,
    expected_false_edges: Callable[[float | xr.DataArray], float],
) -> pd.DataFrame:
    """Compare thresholds; see `FlowSignificance.thresholds`."""
    rows = {}
    for name, limit in limits.items():
        bits = limits_of(limit, tested)
        found, false = int((observed > bits).sum()), expected_false_edges(limit)
        rows[name] = (float(np.median(bits)), found, false, false / found if found else 0.0)
    columns = ["threshold", "edges", "expected_false_edges", "implied_fdr"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("name")


def limits_of(threshold: float | xr.DataArray, tested: xr.DataArray) -> float | Floats:
    """Return a threshold as a number, or one for each tested edge.

    Raises
    ------
    InputError
        If it is neither.
    """
    if not isinstance(threshold, xr.DataArray):
        return real_number(threshold, "threshold")
    if threshold.dims != tested.dims or threshold.shape != tested.shape:
        raise InputError(
            f"threshold must be a number or have shape (source, target) = {tested.shape}, got "
            f"{threshold.dims} {threshold.shape}; pass what threshold_fwer() returns"
        )
    return threshold.to_numpy()[tested.to_numpy()]


def checked_unit(unit: str, parts: int, alternative: str) -> None:
    """Check that a significance has thresholds in this unit."""
    one_of(unit, "unit", ("edge", "bits", "standardised"))
    if parts and unit == "standardised":
        raise InputError(
            f"unit must be 'edge' or 'bits' where an edge passes {parts} nulls, got "
            "'standardised'; use it on each of the parts"
        )
    if alternative == "two-sided" and unit != "standardised":
        raise InputError(
            f"unit must be 'standardised' for a two-sided test, got {unit!r}; use "
            "alternative='greater' for thresholds in bits"
        )
