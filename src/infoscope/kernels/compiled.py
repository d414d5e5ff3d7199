"""How kernels are compiled."""

from collections.abc import Callable
from typing import Any

import numba as nb


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a kernel that holds no interpreter lock, and keep it on disk where that can be."""
    try:
        return nb.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # neither the package's folder nor the user's can be written
        return nb.njit(nogil=True)(function)
