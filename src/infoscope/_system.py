"""Differences between operating systems: locks, peak memory, forks."""

import os
import sys
from collections.abc import Callable
from typing import TextIO


def lock(file: TextIO) -> bool:
    """Lock an open file for this process until it is closed; return False if another holds it.

    The system releases the lock whichever way the process ends.
    """
    try:
        _lock(file)
    except (BlockingIOError, PermissionError):  # of POSIX, of Windows
        return False
    return True


def _lock(file: TextIO) -> None:
    try:
        import fcntl
    except ImportError:  # Windows locks bytes, also those past the end of a file
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # pyright: ignore[reportAttributeAccessIssue]
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def peak_memory_mb() -> float:
    """Return the peak resident memory of this process in MB (10^6 bytes); 0.0 on Windows."""
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def after_fork(function: Callable[[], object]) -> None:
    """Call a function in every process forked from this one; Windows has no forks."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=function)
