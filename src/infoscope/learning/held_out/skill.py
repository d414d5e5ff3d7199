"""Forecast skill relative to climatology and persistence."""

import numpy as np

from infoscope._errors import EstimationError
from infoscope._validate import Floats
from infoscope.learning.held_out.rows import DailyRows


def skills(outputs: Floats, rows: DailyRows, climatology: Floats) -> tuple[float, float]:
    """Return 1 - MSE / MSE of climatology, and of persistence, for outputs (n, target).

    Persistence forecasts the previous target, on rows that have one; NaN without such rows.

    Raises
    ------
    EstimationError
        If the error of the baseline is 0.
    """
    targets = rows.targets
    known = np.isfinite(rows.before).all(axis=1)
    against_mean = _skill(outputs, climatology, targets, "climatology")
    if not known.any():
        return against_mean, float("nan")
    return against_mean, _skill(outputs[known], rows.before[known], targets[known], "persistence")


def _skill(outputs: Floats, baseline: Floats, targets: Floats, name: str) -> float:
    worst = float(((targets - baseline) ** 2).mean())
    if worst == 0.0:
        raise EstimationError(
            f"skill over {name} is not defined: {name} makes no error; pass targets that vary"
        )
    return 1.0 - float(((targets - outputs) ** 2).mean()) / worst
