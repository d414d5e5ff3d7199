"""Schedules of snapshots: functions from the number of updates to True or False."""

import math
from collections.abc import Callable
from typing import Any

from infoscope._arrays import described
from infoscope._errors import InputError
from infoscope._validate import whole_number

Schedule = Callable[[int], bool]

# Snapshots of the default schedule, per decade of updates.
PER_DECADE = 10


def log_spaced(per_decade: int = PER_DECADE) -> Schedule:
    """Return a schedule evenly spaced on a logarithmic axis, with update 0.

    Parameters
    ----------
    per_decade : int
        Snapshots per decade; the first ones coincide, because updates are whole numbers.

    Examples
    --------
    >>> due = log_spaced()
    >>> [step for step in range(102) if due(step)]
    [0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 63, 79, 100]
    """
    whole_number(per_decade, "per_decade", 1)

    def due(step: int) -> bool:
        if step < 1:
            return True
        near = round(per_decade * math.log10(step))
        return any(
            round(10 ** (place / per_decade)) == step for place in (near - 1, near, near + 1)
        )

    return due


def schedule_of(every: Any) -> Schedule:
    """Return the schedule that the argument ``every`` means.

    Raises
    ------
    InputError
        If it is neither None, a whole number nor a function.

    Examples
    --------
    >>> [step for step in range(9) if schedule_of(4)(step)]
    [0, 4, 8]
    """
    if every is None:
        return log_spaced()
    if callable(every) and not isinstance(every, type):
        return lambda step: bool(every(step))
    if isinstance(every, str | bytes | type) or not hasattr(every, "__index__"):
        raise InputError(
            f"every must be a number of updates or a function step -> bool, got "
            f"{described(every)}; omit it for snapshots evenly spaced on a logarithmic axis"
        )
    number = whole_number(every, "every", 1)
    return lambda step: step % number == 0
