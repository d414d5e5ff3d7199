"""Choice of the snapshots that are replayed for a diagnosis at the end of a training."""

from collections.abc import Sequence

import numpy as np

# Snapshots, and bytes that all of them may take.
_MOST, _LARGEST = 16, 500_000_000


def steps_to_diagnose(steps: Sequence[int], bytes_each: int) -> list[int]:
    """Choose snapshots, the first and the last among them; none if two are too large.

    Parameters
    ----------
    steps : sequence of int
        Updates after which there is a snapshot.
    bytes_each : int
        Size of the recordings of one snapshot.

    Examples
    --------
    >>> steps_to_diagnose(range(31), 1000)
    [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30]
    >>> steps_to_diagnose(range(31), 10**9)
    []
    """
    count = min(_MOST, _LARGEST // max(bytes_each, 1), len(steps))
    if count < 2:
        return []
    places = np.linspace(0, len(steps) - 1, count).round().astype(int)
    return [int(steps[place]) for place in places]
