"""k nearest neighbours in the plane and marginal counts, for all pairs of scalar variables.

The plane is cut along x into slabs with equal numbers of points, each slab sorted by y, and each
slab into leaves of a few points. The points of a leaf share one search: points in the box of the
leaf, widened by the radius of the previous leaf, are copied into contiguous memory, so that
distances and the search for the k-th of them are loops that compile to vector instructions without
branches. Marginal counts start from a table of buckets, which is accurate to a few entries. Work
per point does not grow with n.

Distances are always compared as the same expression, |difference|: a rounded border, centre -
radius, miscounts a neighbour at exactly that distance.

The caller must validate the arrays.
"""

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from infoscope.kernels.compiled import kernel
from infoscope.kernels.selection import kth_from_guess

# Points that share a search. The time is nearly the same from 6 to 12: fewer share too little,
# more have too many candidates.
_LEAF = 8
# Search radius of a leaf, relative to the farthest k-th neighbour in the previous leaf.
_MARGIN = 1.15
# Entries compared at once around a border; sorted arrays are padded with this many infinities.
_LOOK = 8
# Candidates are padded to a multiple of this with points at infinity, so that loops have no
# remainder.
_EVEN = 16
# With more candidates than this, a leaf that needs far fewer collects them again.
_CROWD = 512
# Bytes per value of a variable while it is prepared: columns, slabs, two temporary arrays.
BYTES_PER_VALUE = 44
# Smallest positive float, the least search radius: it must be positive to grow by doubling.
_SMALLEST = 5e-324


class Columns(NamedTuple):
    """Scalar variables (variable, point), with their lookup tables.

    ``order`` sorts the values; ``ordered`` has the sorted values, with infinities at both ends;
    ``table[b]`` counts the values below bucket b of n of equal width, ``scale`` buckets per unit.
    """

    values: NDArray[np.float64]
    order: NDArray[np.int32]
    ordered: NDArray[np.float64]
    table: NDArray[np.int32]
    scale: NDArray[np.float64]


def columns_of(values: NDArray[np.float64]) -> Columns:
    """Prepare variables (variable, point)."""
    m, n = values.shape
    values = np.ascontiguousarray(values)
    order = np.argsort(values, axis=1).astype(np.int32)  # equal values in any order
    ordered = np.full((m, n + 2 * _LOOK), np.inf)
    ordered[:, :_LOOK] = -np.inf
    ordered[:, _LOOK:-_LOOK] = np.take_along_axis(values, order, axis=1)
    with np.errstate(over="ignore", divide="ignore"):
        scale = n / np.ptp(ordered[:, _LOOK:-_LOOK], axis=1)
    scale[~np.isfinite(scale)] = 0.0  # too narrow for buckets: bisection instead
    table = np.zeros((m, n + 1), np.int32)
    _fill_tables(ordered, scale, table)
    return Columns(values, order, ordered, table, scale)


def slab_count(n: int) -> int:
    """Return the number of slabs for n points: leaves of independent points are then square."""
    return max(1, int(np.sqrt(n / _LEAF)))


def slabs_of(columns: Columns, count: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the slab of every point (variable, point), and where slabs begin in sorted order."""
    m, n = columns.values.shape
    begin = np.arange(count + 1) * n // count
    in_order = np.repeat(np.arange(count, dtype=np.int32), np.diff(begin))
    slabs = np.empty((m, n), np.int32)
    np.put_along_axis(slabs, columns.order, np.broadcast_to(in_order, (m, n)), axis=1)
    return slabs, begin


@kernel
def _fill_tables(ordered, scale, table):
    """Count, for each bucket, the values in the buckets before it."""
    n = table.shape[1] - 1
    for c in range(len(table)):
        first = ordered[c, _LOOK]
        bucket = 0
        for j in range(n):
            of_value = min(int((ordered[c, _LOOK + j] - first) * scale[c]), n)
            while bucket < of_value:
                bucket += 1
                table[c, bucket] = j
        while bucket < n:
            bucket += 1
            table[c, bucket] = n


@nb.njit(nogil=True, inline="always")
def count_within(ordered, table, scale, centre, radius):
    """Count the values of a prepared variable that are strictly within a positive radius.

    ``centre`` is one of them and is counted. The table locates each border to a few entries; if
    the border is not among these, it is found by bisection.
    """
    end = len(table) - 1
    first, last = ordered[_LOOK], ordered[_LOOK + end - 1]
    low = np.uint64((max(centre - radius, first) - first) * scale)
    low = np.uint64(table[min(low, np.uint64(end))] + _LOOK)
    high = np.uint64((min(centre + radius, last) - first) * scale)
    high = np.uint64(table[min(high, np.uint64(end))] + _LOOK)
    outside = 0
    inside = 0
    for j in range(_LOOK):
        outside += centre - ordered[low + np.uint64(j)] >= radius
        inside += ordered[high + np.uint64(j)] - centre < radius
    held = outside < _LOOK and centre - ordered[low - np.uint64(1)] >= radius
    held = held and inside < _LOOK and ordered[high - np.uint64(1)] - centre < radius
    if held:
        return np.int64(high) + inside - np.int64(low) - outside
    return _count_by_halving(ordered, centre, radius)


@kernel
def _count_by_halving(ordered, centre, radius):
    """Count values strictly within a radius of a centre, by bisection."""
    low, high = _LOOK, len(ordered) - _LOOK
    while low < high:
        middle = (low + high) >> 1
        if centre - ordered[middle] >= radius:
            low = middle + 1
        else:
            high = middle
    first = low
    high = len(ordered) - _LOOK
    while low < high:
        middle = (low + high) >> 1
        if ordered[middle] - centre < radius:
            low = middle + 1
        else:
            high = middle
    return low - first


@kernel
def _number_lumps(x_sorted, begin, lump):
    """Number the slabs that hold a single value, by the first slab of that value; others -1.

    Returns whether such slabs exist.
    """
    found = False
    for s in range(len(begin) - 1):
        value = x_sorted[_LOOK + begin[s]]
        lump[s] = s if value == x_sorted[_LOOK + begin[s + 1] - 1] else -1
        if lump[s] == s and s > 0 and lump[s - 1] >= 0 and value == x_sorted[_LOOK + begin[s] - 1]:
            lump[s] = lump[s - 1]
        found |= lump[s] >= 0
    return found


@kernel
def _spread(x, slab_of, begin, y_order, y_sorted, fill, points):
    """Put the points into their slabs, sorted by y; slab s ends at ``fill[s]``."""
    points_x, points_y = points[0], points[1]
    for s in range(len(begin)):
        fill[s] = begin[s]
    for j in range(len(y_order)):
        row = y_order[j]
        s = slab_of[row]
        points_x[fill[s]] = x[row]
        points_y[fill[s]] = y_sorted[_LOOK + j]
        fill[s] += 1


@kernel
def _spread_lumps(x, slab_of, begin, y_order, y_sorted, fill, points, lumps, k):
    """Do the same as `_spread`, but drop copies beyond k + 1, which change no k-th distance.

    In slabs with a single value of x, equal values of y are copies. Dropped copies add to the
    weight of the last one kept; weights, ``points[2]``, are initially 1.
    """
    points_x, points_y, weight = points[0], points[1], points[2]
    lump, copies, latest = lumps[0], lumps[1], lumps[2]
    fill[:] = begin
    copies[:] = 0
    for j in range(len(y_order)):
        row = y_order[j]
        s = slab_of[row]
        y = y_sorted[_LOOK + j]
        own = lump[s]
        if own >= 0:
            is_copy = copies[own] > 0 and points_y[latest[own]] == y
            copies[own] = copies[own] + 1 if is_copy else 1
            if copies[own] > k + 1:
                weight[latest[own]] += 1.0
                continue
            latest[own] = fill[s]
        points_x[fill[s]] = x[row]
        points_y[fill[s]] = y
        fill[s] += 1


@kernel
def _collect(
    x_sorted, begin, end, points_x, points_y, own, start, stop, radius, first, last, near_x, near_y
):
    """Copy the points within a radius of the box of points ``start:stop`` of slab ``own``.

    In each slab they are a stretch in the order of y. ``first`` and ``last`` hold the previous
    stretch, where the search for the borders starts. Returns their padded number.
    """
    x_low, x_high = x_sorted[_LOOK + begin[own]], x_sorted[_LOOK + begin[own + 1] - 1]
    y_low, y_high = points_y[start], points_y[stop - 1]
    left = own
    while left > 0 and x_low - x_sorted[_LOOK + begin[left] - 1] <= radius:
        left -= 1
    right = own + 1
    while right < len(begin) - 1 and x_sorted[_LOOK + begin[right]] - x_high <= radius:
        right += 1
    count = 0
    for s in range(left, right):
        low, high = first[s], max(first[s], last[s])
        beyond = end[s]
        while low > begin[s] and y_low - points_y[low - 1] <= radius:
            low -= 1
        while low < beyond and y_low - points_y[low] > radius:
            low += 1
        high = max(low, high)
        while high < beyond and points_y[high] - y_high <= radius:
            high += 1
        while high > low and points_y[high - 1] - y_high > radius:
            high -= 1
        first[s], last[s] = low, high
        base = np.uint64(low)  # a signed index would need a branch
        for j in range(np.uint64(high - low)):
            x = points_x[base + j]
            near_x[np.uint64(count)] = x
            near_y[np.uint64(count)] = points_y[base + j]
            count += (x_low - x <= radius) & (x - x_high <= radius)
    while count % _EVEN:
        near_x[count] = near_y[count] = np.inf
        count += 1
    return count


@nb.njit(nogil=True, inline="always")
def _typical_width(ordered, n):
    """Return the range of the values, or six interquartile ranges if that is less (outliers)."""
    width = ordered[_LOOK + n - 1] - ordered[_LOOK]
    middle = 6.0 * (ordered[_LOOK + 3 * n // 4] - ordered[_LOOK + n // 4])
    return middle if 0.0 < middle < width else width


@kernel
def _sweep(
    x_sorted, x_table, x_scale, y_sorted, y_table, y_scale, begin, fill, k, digamma, work, ends
):
    """Sum of digamma(n_x + 1) + digamma(n_y + 1) over all points of one pair (KSG-1).

    ``work[0]`` and ``work[1]`` are the points in their slabs, which end at ``fill``, ``work[2]``
    their weights; digamma[m] holds digamma(m).
    """
    n = len(digamma) - 1
    points_x, points_y, weight = work[0], work[1], work[2]
    near_x, near_y, distances, spare = work[3], work[4], work[5], work[6]
    bits, spare_bits = distances.view(np.int64), spare.view(np.int64)
    first, last = ends[0], ends[1]
    end = _LOOK + n - 1
    width = max(x_sorted[end] - x_sorted[_LOOK], y_sorted[end] - y_sorted[_LOOK])
    typical = max(_typical_width(x_sorted, n), _typical_width(y_sorted, n))
    usual = max(0.5 * typical * np.sqrt(k / n), _SMALLEST)
    total = 0.0
    guess = usual
    for s in range(len(begin) - 1):
        reach = usual
        first[:] = begin
        last[:] = begin
        for start in range(begin[s], fill[s], _LEAF):
            stop = min(start + _LEAF, fill[s])
            farthest = 0.0
            count = 0
            for i in range(start, stop):
                xi, yi = points_x[i], points_y[i]
                while True:
                    if count == 0:
                        count = _collect(
                            x_sorted, begin, fill, points_x, points_y, s, start, stop, reach,
                            first, last, near_x, near_y,
                        )  # fmt: skip
                    for j in range(count):
                        in_x, in_y = abs(near_x[j] - xi), abs(near_y[j] - yi)
                        distances[j] = in_x if in_x > in_y else in_y
                    # The first neighbour is the point itself.
                    radius = kth_from_guess(
                        distances, bits, count, k + 1, guess, spare, spare_bits
                    )  # fmt: skip
                    if radius <= reach or not reach < np.inf:
                        break
                    # Points out of reach may be missing, but the candidates bound the distance.
                    # If values are not finite, there may be no neighbours at all.
                    farther = 2.0 * reach if reach < width < np.inf else np.inf
                    reach = radius if radius < np.inf else farther
                    count = 0
                guess = radius
                farthest = max(farthest, radius)
                if radius > 0.0:
                    n_x = count_within(x_sorted, x_table, x_scale, xi, radius)
                    n_y = count_within(y_sorted, y_table, y_scale, yi, radius)
                    total += weight[i] * (digamma[n_x] + digamma[n_y])
                else:
                    total += weight[i] * 2.0 * digamma[1]
                if count > _CROWD and 4.0 * radius < reach:
                    reach = max(2.0 * radius, _SMALLEST)
                    count = 0
            reach = max(_MARGIN * farthest, _SMALLEST)
    return total


@kernel
def ksg1_pairs(sources, slabs, begin, targets, pairs, k, digamma, out):
    """Compute the mean of digamma(n_x + 1) + digamma(n_y + 1) for each pair (source, target).

    Sources and targets are `Columns`; ``slabs`` and ``begin`` belong to the sources. ``out[p]``
    receives the result of ``pairs[p]``.
    """
    n = sources.values.shape[1]
    work = np.empty((7, n + _EVEN))
    ends = np.empty((2, len(begin)), np.int64)
    fill = np.empty(len(begin), np.int64)
    lumps = np.empty((3, len(begin)), np.int64)
    points, weights = work[:3], work[2]
    weights[:] = 1.0
    for p in range(len(pairs)):
        a, b = pairs[p, 0], pairs[p, 1]
        lumped = _number_lumps(sources.ordered[a], begin, lumps[0])
        if lumped:
            _spread_lumps(
                sources.values[a], slabs[a], begin, targets.order[b], targets.ordered[b],
                fill, points, lumps, k,
            )  # fmt: skip
        else:
            _spread(
                sources.values[a], slabs[a], begin, targets.order[b], targets.ordered[b],
                fill, points,
            )  # fmt: skip
        total = _sweep(
            sources.ordered[a], sources.table[a], sources.scale[a],
            targets.ordered[b], targets.table[b], targets.scale[b],
            begin, fill, k, digamma, work, ends,
        )  # fmt: skip
        if lumped:
            weights[:] = 1.0
        out[p] = total / n


@kernel
def column_counts(values, ordered, table, scale, start, stop, edges, counts):
    """Count, for values ``start:stop`` of a prepared variable, the others within their edges."""
    for i in range(start, stop):
        counts[i] = 0
        if edges[i] > 0.0:
            counts[i] = count_within(ordered, table, scale, values[i], edges[i]) - 1
