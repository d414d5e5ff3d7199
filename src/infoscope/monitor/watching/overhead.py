"""The time that watching takes, and whether it leaves time for another snapshot."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

# Seconds of training that the budget counts at least, so that the first snapshots, when a network
# changes fastest, fit into it.
AT_LEAST = 60.0


class Overhead:
    """Measure the time spent on watching against the time since the start.

    Parameters
    ----------
    budget : float
        Largest share of the time since the start.

    Attributes
    ----------
    elsewhere : float
        Processor seconds of the thread that writes.

    Examples
    --------
    >>> overhead = Overhead(0.02)
    >>> with overhead.counted():
    ...     pass
    >>> overhead.allows()
    True
    """

    def __init__(self, budget: float) -> None:
        self.budget = budget
        self.elsewhere = 0.0
        self._here = self._cost = 0.0
        self._snapshots = 0
        self._start: float | None = None
        self._end: float | None = None

    def begin(self) -> None:
        """Start the clock."""
        self._start, self._end = time.perf_counter(), None
        self.elsewhere = self._here = self._cost = 0.0
        self._snapshots = 0

    def end(self) -> None:
        """Stop the clock."""
        self._end = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds from the start to the end, or until now."""
        if self._start is None:
            return 0.0
        return (time.perf_counter() if self._end is None else self._end) - self._start

    @property
    def spent(self) -> float:
        """Seconds for which training waited, and processor seconds of the thread that writes."""
        return self._here + self.elsewhere

    @property
    def share(self) -> float:
        """Time spent on watching as a share of the time since the start."""
        seconds = self.seconds
        return self.spent / seconds if seconds > 0.0 else 0.0

    def now(self) -> float:
        """Return the time, for `count`."""
        return time.perf_counter()

    def count(self, begun: float, snapshot: bool = False) -> None:
        """Count the time since ``begun``: training waited, or (part of it) copied a snapshot."""
        taken = time.perf_counter() - begun
        if snapshot:
            self._snapshots += 1
            self._cost += taken
        else:
            self._here += taken

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count the time of a block of code."""
        begun = self.now()
        try:
            yield
        finally:
            self.count(begun)

    def allows(self) -> bool:
        """Whether another snapshot, as costly as those so far, stays within the budget."""
        cost = (self._cost + self.elsewhere) / max(self._snapshots, 1)
        return self.spent + cost <= self.budget * max(self.seconds, AT_LEAST)
