"""Threads around kernels that release the interpreter lock."""

from collections.abc import Callable, Sequence
from typing import Any

from joblib import Parallel, delayed, effective_n_jobs

from infoscope._errors import InputError
from infoscope._progress import Progress


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
    try:
        workers = effective_n_jobs(n_jobs)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"n_jobs must be a whole number other than 0, or None, got {n_jobs!r}; -1 uses all cores"
        ) from error
    if workers == 1 or len(pieces) == 1:
        outcomes = (function(*piece) for piece in pieces)
    else:
        pool = Parallel(n_jobs=workers, backend="threading", return_as="generator")
        outcomes = pool(delayed(function)(*piece) for piece in pieces)
    collected = []
    for piece, outcome in zip(pieces, outcomes, strict=True):
        collected.append(outcome)
        if progress is not None:
            progress.advance(piece[1] - piece[0])
    return collected
