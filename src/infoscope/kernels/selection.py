"""Selection of the k-th smallest value."""

import numba as nb
import numpy as np

from infoscope.kernels.compiled import kernel

# Up to this count, selection by counting ranks, with few branches, beats quickselect.
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


# Most guesses before plain selection.
_GUESSES = 12


@nb.njit(nogil=True, inline="always")
def kth_from_guess(values, bits, count, k, guess, spare, spare_bits):
    """Return the k-th smallest of ``values[:count]``, infinity if there are fewer than k.

    For non-negative values, such as distances, with a good guess: counting values up to the guess
    is a loop without branches, cheaper than selection. The count grows with the square of the
    distance in the plane, which serves to correct the guess. A bad guess only costs time.

    ``bits`` and ``spare_bits`` are integer views of values and of a work array. The bit patterns
    of non-negative floats have the same order, and the maximum of integers compiles to vector
    instructions, unlike that of floats. The views are made outside: making one counts a
    reference, which takes as long as a search.
    """
    infinite = np.int64(0x7FF0000000000000)
    low, high, limit, found = 0.0, np.inf, guess, -1.0
    for _ in range(_GUESSES):
        reached = 0
        largest, smallest = np.int64(0), infinite
        for j in range(count):
            within = values[j] <= limit
            reached += within
            largest = max(largest, bits[j] if within else np.int64(0))
            smallest = min(smallest, infinite if within else bits[j])
        spare_bits[0] = largest
        spare_bits[1] = smallest
        if reached >= k:
            high = spare[0]
        else:
            low = limit
        if reached == k:
            found = high
            break
        if reached == k - 1 or (reached < k and spare[1] == high):
            found = spare[1]
            break
        # Continue from the nearest value: clusters of values may be far apart.
        limit = (spare[1] if reached < k else high) * np.sqrt((k - 0.5) / max(reached, 0.5))
        if not low < limit < high:
            limit = 0.5 * (low + high)
            limit = limit if limit < high else low
    if found < 0.0:
        for j in range(count):
            spare[j] = values[j] if values[j] <= np.inf else np.inf  # NaN is no neighbour
        found = kth_smallest(spare, count, k) if k <= count else np.inf
    return found
