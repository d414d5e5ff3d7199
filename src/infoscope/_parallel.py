"""Threads around kernels that release the interpreter lock."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from joblib import effective_n_jobs

from infoscope._progress import Progress
from infoscope._validate import threads


def spans(count: int, size: int) -> list[tuple[int, int]]:
    """Cut ``range(count)`` into stretches of at most size.

    The size must not follow from the number of threads: sums over a stretch would then round
    differently on another machine.

    >>> spans(5, 2)
    [(0, 2), (2, 4), (4, 5)]
    """
    return [(start, min(start + size, count)) for start in range(0, count, size)]


def run_spans(
    function: Callable[[int, int], Any],
    pieces: Sequence[tuple[int, int]],
    n_jobs: int | None,
    progress: Progress | None = None,
) -> list[Any]:
    """Call ``function(start, stop)`` for every piece on threads; results in the order given."""
    threads(n_jobs)
    workers = effective_n_jobs(1 if n_jobs is None else n_jobs)
    # A plain pool: starting joblib's threading backend takes longer than many an estimate.
    with ThreadPoolExecutor(max_workers=min(workers, len(pieces)) or 1) as pool:
        threaded = workers > 1 and len(pieces) > 1
        outcomes = (pool.map if threaded else map)(lambda piece: function(*piece), pieces)
        collected = []
        for piece, outcome in zip(pieces, outcomes, strict=True):
            collected.append(outcome)
            if progress is not None:
                progress.advance(piece[1] - piece[0])
    return collected
