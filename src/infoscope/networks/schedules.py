"""Snapshot schedules: functions from an epoch to True or False."""

from collections.abc import Callable

from infoscope._validate import whole_number


def early_and_every(every: int = 10) -> Callable[[int], bool]:
    """Return a schedule that is dense early in training, where a network changes fastest.

    Snapshots follow epochs 0, 1, 2, 3, 5, 8, 13, 21, ... (the Fibonacci numbers, about evenly
    spaced on a logarithmic axis), and every multiple of `every`.

    Parameters
    ----------
    every : int
        Largest number of epochs between snapshots.

    Raises
    ------
    InputError
        If every is not a whole number >= 1.

    Examples
    --------
    >>> is_snapshot = early_and_every(10)
    >>> [epoch for epoch in range(41) if is_snapshot(epoch)]
    [0, 1, 2, 3, 5, 8, 10, 13, 20, 21, 30, 34, 40]
    """
    whole_number(every, "every", 1)

    def is_snapshot(epoch: int) -> bool:
        return epoch % every == 0 or _is_fibonacci(epoch)

    return is_snapshot


def _is_fibonacci(number: int) -> bool:
    small, large = 0, 1
    while small < number:
        small, large = large, small + large
    return small == number
