"""How much better than climatology and persistence a network forecasts."""

import numpy as np

from infoscope._errors import EstimationError
from infoscope._validate import Floats
from infoscope.learning.held_out.rows import DailyRows


def skills(outputs: Floats, rows: DailyRows, climatology: Floats) -> tuple[float, float]:
    """Return 1 - MSE / MSE of the climatology, and of persistence, of outputs (n, target).

    Persistence forecasts the target before, and is compared on rows that have one; NaN if none
    has.

    Raises
    ------
    EstimationError
        If the baseline makes no error.
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
            f"skill over {name} is not defined: {name} makes no error; give targets that change"
        )
    return 1.0 - float(((targets - outputs) ** 2).mean()) / worst
