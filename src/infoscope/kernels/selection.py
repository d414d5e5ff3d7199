"""The k-th smallest of some numbers."""

import numpy as np

from infoscope.kernels.compiled import kernel

# Up to here selection by counting ranks, which has few branches, beats quickselect.
_FEW = 32


@kernel
def kth_smallest(values, count, k):
    """Return the k-th smallest (k = 1: the smallest) of ``values[:count]``; may reorder them."""
    if count <= _FEW:
        for i in range(count):
            value = values[i]
            below = 0
            reached = 0
            for j in range(count):
                below += values[j] < value
                reached += values[j] <= value
            if below < k and reached >= k:
                return value
        return np.inf
    low, high, wanted = 0, count - 1, k - 1
    while low < high:
        pivot = values[(low + high) >> 1]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if wanted <= j:
            high = j
        elif wanted >= i:
            low = i
        else:
            break
    return values[wanted]
