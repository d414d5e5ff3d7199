"""Threads around kernels that release the interpreter lock."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from joblib import cpu_count

from infoscope._progress import Progress
from infoscope._system import after_fork
from infoscope._validate import threads


def spans(count: int, size: int) -> list[tuple[int, int]]:
    """Cut ``range(count)`` into spans of at most size.

    The size must not depend on the number of threads: sums over a span would then round
    differently on another machine.

    >>> spans(5, 2)
    [(0, 2), (2, 4), (4, 5)]
    """
    return [(start, min(start + size, count)) for start in range(0, count, size)]


@lru_cache
def _pool(workers: int) -> ThreadPoolExecutor:
    """Return the thread pool, kept because starting it can take longer than an estimate."""
    return ThreadPoolExecutor(workers, "infoscope", lambda: setattr(_here, "working", True))


_cores = lru_cache(cpu_count)
after_fork(_pool.cache_clear)
_here = threading.local()


def run_spans(
    function: Callable[[int, int], Any],
    pieces: Sequence[tuple[int, int]],
    n_jobs: int | None,
    progress: Progress | None = None,
) -> list[Any]:
    """Call ``function(start, stop)`` for every piece on threads; return results in order.

    A piece uses no further threads: it would deadlock.
    """
    threads(n_jobs)
    workers = 1 if n_jobs is None else n_jobs
    if workers < 0:  # as in joblib, but only for threads
        workers = max(1, _cores() + 1 + workers)
    threaded = workers > 1 and len(pieces) > 1 and not getattr(_here, "working", False)
    outcomes = (_pool(workers).map if threaded else map)(lambda piece: function(*piece), pieces)
    collected = []
    for piece, outcome in zip(pieces, outcomes, strict=True):
        collected.append(outcome)
        if progress is not None:
            progress.advance(piece[1] - piece[0])
    return collected
