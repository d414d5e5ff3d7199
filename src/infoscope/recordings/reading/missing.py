"""Missing values of a recording: refuse them, drop their rows, or interpolate in time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats, one_of
from infoscope.estimators.estimate import listed

MISSING = ("refuse", "drop rows", "interpolate")


def complete(
    trials: list[Floats],
    places: list[NDArray[np.int64]],
    missing: str,
    names: Sequence[str],
    notes: list[str],
) -> tuple[list[Floats], list[NDArray[np.int64]], list[int]]:
    """Return trials (time, unit) without missing values, their places in time, and which remain.

    Dropped rows leave a gap in ``places``, so that their neighbours are not taken for consecutive.

    Raises
    ------
    InputError
        If values are missing and refused, a unit is missing throughout, or no row remains.
    """
    one_of(missing, "missing", MISSING)
    absent = [np.isnan(trial) for trial in trials]
    total = int(sum(each.sum() for each in absent))
    everyone = list(range(len(trials)))
    if total == 0:
        return trials, places, everyone
    per_unit = np.sum([each.sum(axis=0) for each in absent], axis=0)
    rows = sum(len(trial) for trial in trials)
    gone = [names[unit] for unit in np.flatnonzero(per_unit == rows).tolist()]
    where = _where(absent, per_unit, names, total, rows)
    if missing == "refuse":
        raise InputError(
            f"values must be known in every row, got {where}; pass missing='drop rows', which "
            "leaves gaps in time, or missing='interpolate'"
            + (f", after leaving out {listed(gone)}, which has no value at all" if gone else "")
        )
    if gone:
        raise InputError(
            f"every unit must have some value, got none for {listed(gone)}; leave it out with "
            "variables=[...]"
        )
    notes.append(f"Missing: {where}; {_DONE[missing]}.")
    if missing == "interpolate":
        trials = [_interpolated(trial, place) for trial, place in zip(trials, places, strict=True)]
    kept = [~np.isnan(trial).any(axis=1) for trial in trials]
    left = sum(int((~rows).sum()) for rows in kept)
    if missing == "interpolate" and left:
        notes.append(
            f"{left} rows before the first or after the last value of a unit were dropped."
        )
    remaining = [trial for trial, rows in enumerate(kept) if rows.any()]
    if not remaining:
        raise InputError(
            f"some row must be complete, got {where}; pass missing='interpolate', or leave out "
            "units with variables=[...]"
        )
    if len(remaining) < len(trials):
        notes.append(f"{len(trials) - len(remaining)} trials without a complete row were left out.")
    return (
        [trials[trial][kept[trial]] for trial in remaining],
        [places[trial][kept[trial]] for trial in remaining],
        remaining,
    )


_DONE = {
    "drop rows": "rows with a missing value were dropped, and measures do not cross the gaps",
    "interpolate": "they were interpolated linearly in time, which adds dependence between rows",
}


def _interpolated(trial: Floats, places: NDArray[np.int64]) -> Floats:
    """Return a trial with inner missing values on straight lines; the ends remain missing."""
    filled = trial.copy()
    for unit in np.flatnonzero(np.isnan(trial).any(axis=0)):
        known = ~np.isnan(trial[:, unit])
        if known.any():
            filled[:, unit] = np.interp(
                places, places[known], trial[known, unit], left=np.nan, right=np.nan
            )
    return filled


def _where(
    absent: list[NDArray[np.bool_]], per_unit: NDArray[np.int64], names: Sequence[str],
    total: int, rows: int,
) -> str:  # fmt: skip
    """Describe which values are missing."""
    units = np.flatnonzero(per_unit).tolist()
    counts = [f"{names[unit]} ({per_unit[unit]})" for unit in units]
    trial = next(i for i, each in enumerate(absent) if each.any())
    row = int(np.argmax(absent[trial].any(axis=1)))
    place = f"row {row}" + (f" of trial {trial}" if len(absent) > 1 else "")
    values = "1 value" if total == 1 else f"{total} values"
    return f"{values} missing in {rows} rows, first in {place}: {listed(counts)}"
