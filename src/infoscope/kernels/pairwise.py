"""k nearest neighbours in the plane and marginal counts, for all pairs of scalar variables.

One pair is one sweep along x over strips of y. The strips hold equal numbers of points, each
strip in the order of x; a position per strip follows the sweep, so the candidates for the
neighbours of a point lie left and right of that position in the few strips that its radius
reaches. The radius is guessed from the last point that was swept in the same strip, whose
neighbourhood is as dense; a guess that holds fewer than k points is doubled. Work per point
does not grow with n, except for the counts in the marginals (log n).

The kernels check nothing: the caller has validated its arrays.
"""

import numba as nb
import numpy as np

from infoscope.kernels.compiled import kernel
from infoscope.kernels.selection import kth_smallest

# The k-th distance in the plane scatters by about 1/(2 sqrt k) around its mean, 16 % at k = 10:
# a quarter more than the last one holds k points about nine times in ten. Measured flat
# between 1.2 and 1.4.
_MARGIN = 1.25
# Strips per sqrt(n / k): a neighbourhood of k independent points is then about 1.25 strips
# high. Measured flat between 1 and 2.
_STRIPS = 1.25
# The smallest number: the start radius of a range of a few of these is 0, and so is its double.
_SMALLEST = 5e-324


def strip_count(n: int, k: int) -> int:
    """Return how many strips a sweep over n points with k neighbours uses."""
    return max(1, int(_STRIPS * np.sqrt(n / k)))


@nb.njit(nogil=True, inline="always")
def _count_within(ordered, rank, radius, guess):
    """Count the entries of a sorted array nearer than radius (strictly) to entry ``rank``.

    The entry itself is not counted. Each border is sought outwards or inwards from ``guess``
    entries away, in doubling steps and then by halving. The comparison is
    |difference| < radius, the expression that gave the radius: ``centre - radius`` rounds
    differently and miscounts a neighbour at exactly that distance.
    """
    n = len(ordered)
    centre = ordered[rank]
    if not radius > 0.0:
        return 0
    near = max(rank - guess, 0)
    step = 1
    if abs(ordered[near] - centre) < radius:
        far = near - step
        while far >= 0 and abs(ordered[far] - centre) < radius:
            near = far
            step *= 2
            far -= step
        far = max(far, -1)
    else:
        far = near
        near = far + step
        while near < rank and abs(ordered[near] - centre) >= radius:
            far = near
            step *= 2
            near += step
        near = min(near, rank)
    while near - far > 1:
        middle = (near + far) >> 1
        if abs(ordered[middle] - centre) < radius:
            near = middle
        else:
            far = middle
    first = near
    near = min(rank + guess, n - 1)
    step = 1
    if abs(ordered[near] - centre) < radius:
        far = near + step
        while far < n and abs(ordered[far] - centre) < radius:
            near = far
            step *= 2
            far += step
        far = min(far, n)
    else:
        far = near
        near = far - step
        while near > rank and abs(ordered[near] - centre) >= radius:
            far = near
            step *= 2
            near -= step
        near = max(near, rank)
    while far - near > 1:
        middle = (near + far) >> 1
        if abs(ordered[middle] - centre) < radius:
            near = middle
        else:
            far = middle
    return near - first


@nb.njit(nogil=True, inline="always")
def _collect(strip_x, strip_y, first, here, after, last, xi, yi, radius, candidates, count):
    """Append the distances up to radius from (xi, yi) to the points of one strip.

    The strip stands in the order of x at ``first:last``; the search runs left from ``here``
    and right from ``after``.
    """
    j = here
    while j >= first and abs(strip_x[j] - xi) <= radius:
        distance = max(abs(strip_x[j] - xi), abs(strip_y[j] - yi))
        candidates[count] = distance
        count += distance <= radius
        j -= 1
    j = after
    while j < last and abs(strip_x[j] - xi) <= radius:
        distance = max(abs(strip_x[j] - xi), abs(strip_y[j] - yi))
        candidates[count] = distance
        count += distance <= radius
        j += 1
    return count


@kernel
def _sweep(x, y, y_rank, strip, y_sorted, k, digamma, strips, work, work_int):
    """Sum of digamma(n_x + 1) + digamma(n_y + 1) over all points of one pair (KSG-1).

    x is sorted; y, y_rank and strip stand in the order of x; digamma[m] holds digamma(m).
    """
    n = len(x)
    strip_x, strip_y, candidates, last = work[0], work[1], work[2], work[3]
    begin, position, guess_x, guess_y = work_int[0], work_int[1], work_int[2], work_int[3]
    start_radius = 0.5 * max(x[n - 1] - x[0], y_sorted[n - 1] - y_sorted[0]) * np.sqrt(k / n)
    for s in range(strips + 1):
        begin[s] = (s * n + strips - 1) // strips
    for s in range(strips):
        position[s] = begin[s]
        last[s] = start_radius
        guess_x[s] = guess_y[s] = k
    for i in range(n):
        s = strip[i]
        strip_x[position[s]] = x[i]
        strip_y[position[s]] = y[i]
        position[s] += 1
    for s in range(strips):
        position[s] = begin[s]
    total = 0.0
    for i in range(n):
        xi = x[i]
        yi = y[i]
        own = strip[i]
        radius = last[own] * _MARGIN
        while True:
            here = position[own]
            count = _collect(
                strip_x, strip_y, begin[own], here - 1, here + 1, begin[own + 1],
                xi, yi, radius, candidates, 0,
            )  # fmt: skip
            s = own - 1
            while s >= 0 and abs(y_sorted[begin[s + 1] - 1] - yi) <= radius:
                here = position[s]
                count = _collect(
                    strip_x, strip_y, begin[s], here - 1, here, begin[s + 1],
                    xi, yi, radius, candidates, count,
                )  # fmt: skip
                s -= 1
            s = own + 1
            while s < strips and abs(y_sorted[begin[s]] - yi) <= radius:
                here = position[s]
                count = _collect(
                    strip_x, strip_y, begin[s], here - 1, here, begin[s + 1],
                    xi, yi, radius, candidates, count,
                )  # fmt: skip
                s += 1
            if count >= k:
                break
            radius = max(2.0 * radius, start_radius, _SMALLEST)
        position[own] += 1
        eps = kth_smallest(candidates, count, k)
        last[own] = eps
        n_x = _count_within(x, i, eps, guess_x[own])
        n_y = _count_within(y_sorted, y_rank[i], eps, guess_y[own])
        guess_x[own] = n_x >> 1
        guess_y[own] = n_y >> 1
        total += digamma[n_x + 1] + digamma[n_y + 1]
    return total


@kernel
def ksg1_pairs(
    sources, source_orders, targets, target_ranks, sorted_targets, pairs, k, strips, digamma, out
):
    """Mean of digamma(n_x + 1) + digamma(n_y + 1) for each pair (row of sources, row of targets).

    ``source_orders[a]`` sorts source a; ``target_ranks[b]`` are the ranks of target b, and
    ``sorted_targets[b]`` is it sorted. ``out[p]`` belongs to ``pairs[p]``.
    """
    n = sources.shape[1]
    x = np.empty(n)
    y = np.empty(n)
    y_rank = np.empty(n, np.int64)
    strip = np.empty(n, np.int64)
    work = np.empty((4, n + 1))
    work_int = np.empty((4, strips + 1), np.int64)
    for p in range(len(pairs)):
        a, b = pairs[p, 0], pairs[p, 1]
        for i in range(n):
            row = source_orders[a, i]
            x[i] = sources[a, row]
            y[i] = targets[b, row]
            y_rank[i] = target_ranks[b, row]
            strip[i] = y_rank[i] * strips // n
        total = _sweep(
            x, y, y_rank, strip, sorted_targets[b], k, digamma, strips, work, work_int
        )  # fmt: skip
        out[p] = total / n
