"""Unbroken stretches of rows in time, and the definition of a gap."""

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats

# A step of more than this many shortest steps is a gap: rounded time stamps differ by less.
_GAP = 1.5


def gaps(steps: Floats) -> NDArray[np.bool_]:
    """Return which time steps, of any shape, go back or exceed 1.5 times the shortest.

    Steps of 0 are not gaps.

    Examples
    --------
    >>> gaps(np.array([1.0, 1.0, 3.0, -1.0, 0.0])).tolist()
    [False, False, True, True, False]
    """
    shortest = np.min(steps, where=steps > 0.0, initial=np.inf)
    return (steps < 0.0) | (steps > _GAP * shortest)


def stretches(labels: NDArray[np.int64], times: Floats | None) -> NDArray[np.int64]:
    """Return the number of the unbroken stretch of each row (n,), counted from 0 in row order.

    A stretch ends where another trial begins and, if times are given, at a gap between two
    rows of a trial.

    Parameters
    ----------
    labels : array of int, shape (n,)
        Trial of each row.
    times : array, shape (n,), optional
        Time of each row.

    Raises
    ------
    InputError
        If times do not increase within a trial.

    Examples
    --------
    >>> stretches(np.array([0, 0, 0, 0, 1]), np.array([0.0, 1.0, 5.0, 6.0, 7.0])).tolist()
    [0, 0, 1, 1, 2]
    """
    begins = labels[1:] != labels[:-1]
    if times is not None:
        steps = np.where(begins, 0.0, np.diff(times))
        back = np.flatnonzero(~begins & (steps <= 0.0))
        if len(back):
            row = int(back[0])
            raise InputError(
                f"times must increase from row to row of a trial, got {times[row + 1]:g} after "
                f"{times[row]:g} in row {row + 1}; sort the rows by trial and time first"
            )
        begins |= gaps(steps)
    return np.concatenate([[0], np.cumsum(begins)])[: len(labels)]
