"""Unbroken stretches of rows in time: the one rule of what a gap is."""

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats

# A step of more than so many of the shortest is a gap: rounded time stamps differ by less.
_GAP = 1.5


def gaps(steps: Floats) -> NDArray[np.bool_]:
    """Return which steps of time, of any shape, go back or are longer than 1.5 of the shortest.

    Steps of 0 are no gaps.

    Examples
    --------
    >>> gaps(np.array([1.0, 1.0, 3.0, -1.0, 0.0])).tolist()
    [False, False, True, True, False]
    """
    shortest = np.min(steps, where=steps > 0.0, initial=np.inf)
    return (steps < 0.0) | (steps > _GAP * shortest)


def stretches(labels: NDArray[np.int64], times: Floats | None) -> NDArray[np.int64]:
    """Number the unbroken stretches that rows (n,) belong to, in their order, from 0.

    A stretch ends where another trial begins and, where times are known, at a gap between two
    rows of a trial.

    Parameters
    ----------
    labels : array of int, shape (n,)
        Trial of each row.
    times : array, shape (n,), optional
        When each row was.

    Raises
    ------
    InputError
        If rows that follow one another in a trial do not follow one another in time.

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
