"""Treatment of missing values: keep, interpolate, fill, leave out or refuse."""

import numpy as np
import pandas as pd

from infoscope._validate import Floats
from infoscope.weather.tables.findings import Finding, places_of, plural
from infoscope.weather.tables.obstacles import Obstacles
from infoscope.weather.tables.quantities import is_circular, means_of
from infoscope.weather.tables.text_table import names_of

REMEDIES = ("keep", "interpolate", "mean", "drop", "refuse")
# Longest gap to interpolate, in days: the weather changes within a week.
_LONGEST_STEP = 8.0


def without_missing(
    values: pd.DataFrame, how: str, lines: pd.Index, obstacles: Obstacles
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return values with missing ones treated, and the findings.

    Parameters
    ----------
    values : DataFrame
        Days in order, NaN where missing.
    how : {"keep", "interpolate", "mean", "drop", "refuse"}
        Treatment.
    lines : Index
        Line of the file of each day.
    obstacles : Obstacles
        Receives missing values that are refused.
    """
    missing = values.isna()
    if how == "keep" or not missing.to_numpy().any():
        return values, []
    if how == "drop":
        rows = missing.any(axis=1).to_numpy()
        found = [Finding.at("dropped", lines[rows])]
        if rows.all():
            obstacles.add(
                f"missing must leave some days, got {how!r}, but every day lacks a value; leave "
                f"columns out with drop (--drop), of which {missing.sum().idxmax()!r} lacks most"
            )
        return values[~rows], found
    values, findings = values.copy(), list[Finding]()
    for name in (n for n in names_of(values) if missing[n].any()):
        gone = missing[name].to_numpy()
        where = tuple(lines[gone])
        if how == "refuse":
            obstacles.add(
                f"column {name!r} must have no missing value, got {len(where)} "
                f"({places_of(where)}); choose another remedy with missing (--missing), or leave "
                f"the column out with drop (--drop {name!r})"
            )
        elif how == "mean":
            mean = float(means_of(values[[name]]).iloc[0])
            values[name] = values[name].fillna(mean)
            kind = "circular-mean" if is_circular(name) else "mean"
            findings.append(Finding.at(kind, where, name, f"{mean:.4g}"))
        else:
            values[name] = _interpolated(values[name], circular=is_circular(name))
            filled = gone & values[name].notna().to_numpy()
            if filled.any():
                findings.append(Finding.at("interpolated", lines[filled], name))
    return values, findings


def filled_with_mean(name: str, count: int) -> str:
    """Return in words how many values of a column were filled with `means_of` it."""
    mean = "circular mean" if is_circular(name) else "mean"
    return f"filled {plural(count, 'missing value')} of {name} with its {mean}"


def _interpolated(column: pd.Series, circular: bool) -> pd.Series:
    """Fill gaps of up to a week linearly in time; degrees the shorter way round."""
    day = pd.DatetimeIndex(column.index).to_numpy().astype("datetime64[D]").astype(float)
    known = column.notna().to_numpy()
    at, values = day[known], column.to_numpy(float)[known]
    after = np.searchsorted(at, day)
    inside = (after > 0) & (after < len(at)) & ~known
    near = np.zeros(len(day), bool)
    near[inside] = at[after[inside]] - at[after[inside] - 1] <= _LONGEST_STEP
    filled = column.to_numpy(float).copy()
    filled[near] = _between(day[near], at, values, circular)
    return pd.Series(filled, index=column.index)


def _between(day: Floats, at: Floats, values: Floats, circular: bool) -> Floats:
    if not circular:
        return np.interp(day, at, values)
    angle = np.unwrap(values, period=360.0)
    return np.interp(day, at, angle) % 360.0
