"""Compilation of kernels."""

from collections.abc import Callable
from typing import Any

import numba as nb


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a kernel that releases the interpreter lock, cached on disk if possible."""
    try:
        return nb.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no writable cache folder
        return nb.njit(nogil=True)(function)
