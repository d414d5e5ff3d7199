"""k-th distances and counts of points in a few dimensions, with a balanced k-d tree.

Max norm throughout. The points are halved along their widest coordinate down to leaves of a few
points. The points of a leaf share one search: points of all leaves whose boxes are within a radius
of its box are copied into contiguous memory, so that distances are loops without branches. In
more than a few dimensions nearly every leaf is within reach, and `neighbours` is faster.

The caller must validate the arrays. Points are (coordinate, point).
"""

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from infoscope.kernels.compiled import kernel
from infoscope.kernels.selection import kth_from_guess

# Points per leaf; the time is nearly the same from 6 to 16.
_LEAF = 8
# Search radius of a leaf, relative to the farthest k-th neighbour in the previous leaf.
_MARGIN = 1.15
# With more candidates than this, a leaf that needs far fewer collects them again.
_CROWD = 512
# Candidates are padded to a multiple of this with points at infinity, so that loops have no
# remainder.
EVEN = 16
# Largest number of levels of a tree.
LEVELS = 64
# Smallest positive float, the least search radius: it must be positive to grow by doubling.
_SMALLEST = 5e-324


class Leaves(NamedTuple):
    """A balanced tree of points; nodes are numbered from 1, with children 2 i and 2 i + 1 of i.

    ``points`` (coordinate, place) are sorted by leaf; ``order`` gives their original index. Node i
    holds the places ``first[i]`` up to ``last[i]``, in the box from ``low[i]`` to ``high[i]``.
    """

    points: NDArray[np.float64]
    order: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @property
    def leaves(self) -> int:
        """The number of leaves (the last nodes)."""
        return len(self.first) // 2


def leaves_of(points: NDArray[np.float64]) -> Leaves:
    """Return the tree of points (coordinate, point)."""
    d, n = points.shape
    leaves = 1 << max(0, round(np.log2(max(n, 1) / _LEAF)))
    order = np.arange(n)
    first, last = np.zeros(2 * leaves, np.int64), np.zeros(2 * leaves, np.int64)
    low, high = np.zeros((2 * leaves, d)), np.zeros((2 * leaves, d))
    _halve(points, order, first, last, low, high)
    return Leaves(np.ascontiguousarray(points[:, order]), order, first, last, low, high)


@kernel
def _halve(points, order, first, last, low, high):
    """Fill a tree: places from the root down, then boxes from the leaves up.

    A node is halved along the widest coordinate of its cell, which needs no pass over its points.
    """
    d, n = points.shape
    leaves = len(first) // 2
    values = np.empty(n)
    for c in range(d):
        low[1, c], high[1, c] = points[c].min(), points[c].max()
    first[1], last[1] = 0, n
    for node in range(1, leaves):
        start, stop = first[node], last[node]
        widest = 0
        for c in range(1, d):
            if high[node, c] - low[node, c] > high[node, widest] - low[node, widest]:
                widest = c
        for j in range(start, stop):
            values[j] = points[widest, order[j]]
        middle = (start + stop) >> 1
        _part(values, order, start, stop - 1, middle)
        for child in range(2 * node, 2 * node + 2):
            low[child], high[child] = low[node], high[node]
        high[2 * node, widest] = low[2 * node + 1, widest] = values[middle]
        first[2 * node], last[2 * node] = start, middle
        first[2 * node + 1], last[2 * node + 1] = middle, stop
    for leaf in range(leaves, 2 * leaves):
        for c in range(d):
            least, most = np.inf, -np.inf
            for j in range(first[leaf], last[leaf]):
                value = points[c, order[j]]
                least, most = min(least, value), max(most, value)
            low[leaf, c], high[leaf, c] = least, most
    for node in range(leaves - 1, 0, -1):
        for c in range(d):
            low[node, c] = min(low[2 * node, c], low[2 * node + 1, c])
            high[node, c] = max(high[2 * node, c], high[2 * node + 1, c])


@kernel
def _part(values, order, low, high, middle):
    """Partition both arrays: smaller values before ``middle``, larger ones after it."""
    while low < high:
        first, between, last = values[low], values[(low + high) >> 1], values[high]
        pivot = max(min(first, between), min(max(first, between), last))
        start = _bring_forward(values, order, low, high + 1, pivot, False)
        if middle < start:
            high = start - 1
            continue
        start = _bring_forward(values, order, start, high + 1, pivot, True)
        if middle < start or start == low:  # the latter where the pivot is NaN
            break
        low = start


@nb.njit(nogil=True, inline="always")
def _bring_forward(values, order, start, stop, pivot, equal):
    """Swap values below a pivot, or equal to it, to the start; return where they end.

    Every value is swapped, needed or not: half of all branches would be mispredicted.
    """
    place = np.uint64(start)
    for j in range(np.uint64(start), np.uint64(stop)):
        value, row = values[j], order[j]
        values[j], order[j] = values[place], order[place]
        values[place], order[place] = value, row
        place += np.uint64(value == pivot if equal else value < pivot)
    return np.int64(place)


@kernel
def collect(tree, leaf, radius, stack, runs, beyond, near, at):
    """Copy the points within a radius of the box of a leaf.

    ``near`` (coordinate, candidate) receives their coordinates, ``at`` their places, in order.
    Returns their number and where the leaf's own points begin.
    """
    found = _reached_leaves(tree, leaf, radius, stack, runs)
    for c in range(len(near)):
        _measure_beyond(
            tree.points[c], runs, found, tree.low[leaf, c], tree.high[leaf, c], c == 0, beyond
        )  # fmt: skip
    count, own, seen = 0, 0, 0
    first = tree.first[leaf]
    for r in range(found):
        for place in range(runs[r, 0], runs[r, 1]):
            if place == first:
                own = count
            at[np.uint64(count)] = place
            count += beyond[np.uint64(seen)] <= radius
            seen += 1
    for c in range(len(near)):
        _copy(tree.points[c], at, count, near[c])
    return count, own


@kernel
def _reached_leaves(tree, leaf, radius, stack, runs):
    """Fill ``runs`` with the places of the leaves whose boxes are within a radius of a leaf's box.

    Consecutive leaves are one run. Returns the number of runs.
    """
    low, high = tree.low, tree.high
    d = np.uint64(len(tree.points))
    leaves, own = np.uint64(len(tree.first) // 2), np.uint64(leaf)
    found = 0
    stack[0] = 1
    depth = np.uint64(1)
    one = np.uint64(1)
    while depth > 0:
        depth -= one
        node = stack[depth]
        apart = False
        for c in range(d):
            apart |= low[node, c] - high[own, c] > radius
            apart |= low[own, c] - high[node, c] > radius
        if apart:
            continue
        if node < leaves:
            stack[depth] = node + node + one
            stack[depth + one] = node + node
            depth += one + one
        elif found > 0 and runs[found - 1, 1] == tree.first[node]:
            runs[found - 1, 1] = tree.last[node]
        else:
            runs[found, 0], runs[found, 1] = tree.first[node], tree.last[node]
            found += 1
    return found


@kernel
def _measure_beyond(row, runs, found, low, high, anew, beyond):
    """Update the distances of the points of runs from a box by one coordinate."""
    seen = np.uint64(0)
    for r in range(found):
        start = np.uint64(runs[r, 0])
        size = np.uint64(runs[r, 1] - runs[r, 0])
        for j in range(size):
            under, over = low - row[start + j], row[start + j] - high
            farther = under if under > over else over
            before = beyond[seen + j]
            beyond[seen + j] = farther if anew or farther > before else before
        seen += size


@kernel
def _copy(row, at, count, near):
    """Copy the entries of a row at some places into contiguous memory."""
    for j in range(count):
        near[j] = row[at[j]]


@nb.njit(nogil=True, inline="always")
def fill_up(count, near):
    """Pad the candidates with points at infinity to a multiple of `EVEN`; return their number."""
    even = -(-count // EVEN) * EVEN
    for c in range(len(near)):
        for j in range(count, even):
            near[c, j] = np.inf
    return even


@nb.njit(nogil=True, inline="always")
def distances_from(tree, place, first, last, near, count, distances):
    """Compute max-norm distances over the coordinates ``first:last`` from a place to candidates."""
    here = tree.points[first, place]
    next_one = min(first + 1, last - 1)  # the same if there is only one
    there = tree.points[next_one, place]
    for j in range(count):
        one, other = abs(near[first, j] - here), abs(near[next_one, j] - there)
        distances[j] = one if one > other else other
    for c in range(first + 2, last):
        here = tree.points[c, place]
        for j in range(count):
            distance = abs(near[c, j] - here)
            distances[j] = distance if distance > distances[j] else distances[j]


@nb.njit(nogil=True, inline="always")
def _exclude(place, own, at, count, trials, times, window, distances):
    """Set the distances of the point itself, and of its trial within a time window, to infinity."""
    distances[own] = np.inf
    if window >= 0.0:
        for j in range(count):
            p = at[j]
            if trials[p] == trials[place] and abs(times[p] - times[place]) <= window:
                distances[j] = np.inf


@nb.njit(nogil=True, inline="always")
def _farther(reach, width):
    """Return a larger search radius; infinity if all points are in reach or it is not finite."""
    return 2.0 * reach if reach < width < np.inf else np.inf


@kernel
def leaf_neighbours(tree, start, stop, blocks, k, trials, times, window, rectangles, edges):
    """Compute k-th joint distances of the points of some leaves, or their extents in every block.

    ``edges[b, i]`` becomes the max-norm distance from point i (original index) to its k-th
    neighbour over all coordinates or, with rectangles, the largest distance of the k nearest in
    block b, the coordinates ``blocks[b]`` up to ``blocks[b + 1]``. Ties at the k-th distance are
    taken in the original order.

    With a window of 0 or more, points of the same trial whose times differ by at most the window
    are not neighbours. Trials and times are sorted by leaf.
    """
    d, n = tree.points.shape
    leaves = len(tree.first) // 2
    stack, runs = np.empty(2 * LEVELS, np.uint64), np.empty((leaves, 2), np.int64)
    near, at = np.empty((d, n + EVEN)), np.empty(n, np.int64)
    distances, spare = np.empty(n + EVEN), np.empty(n + EVEN)
    bits, spare_bits = distances.view(np.int64), spare.view(np.int64)
    nearest = np.zeros(k, np.int64)
    width = _SMALLEST
    for c in range(d):
        width = max(width, tree.high[1, c] - tree.low[1, c])
    reach = max(_SMALLEST, width * (k / n) ** (1.0 / d))
    guess = reach
    for leaf in range(leaves + start, leaves + stop):
        found, even, own = 0, 0, 0
        farthest = 0.0
        for place in range(tree.first[leaf], tree.last[leaf]):
            self = place - tree.first[leaf]
            while True:
                if even == 0:
                    found, own = collect(tree, leaf, reach, stack, runs, distances, near, at)
                    even = fill_up(found, near)
                distances_from(tree, place, 0, d, near, even, distances)
                _exclude(place, own + self, at, found, trials, times, window, distances)
                radius = kth_from_guess(distances, bits, even, k, guess, spare, spare_bits)
                if radius <= reach or not reach < np.inf:
                    break
                # Points out of reach may be missing, but the candidates bound the distance.
                reach = radius if radius < np.inf else _farther(reach, width)
                even = 0
            guess = radius
            farthest = max(farthest, radius)
            i = tree.order[place]
            if rectangles:
                _take_nearest(distances, found, k, radius, tree.order, at, nearest)
                for b in range(len(blocks) - 1):
                    edges[b, i] = 0.0
                    for c in range(blocks[b], blocks[b + 1]):
                        here = tree.points[c, place]
                        for m in range(k):
                            edges[b, i] = max(edges[b, i], abs(near[c, nearest[m]] - here))
            else:
                for b in range(len(edges)):
                    edges[b, i] = radius
            if even > _CROWD and 4.0 * radius < reach:
                reach = max(2.0 * radius, _SMALLEST)
                even = 0
        reach = max(_MARGIN * farthest, _SMALLEST)


@kernel
def _take_nearest(distances, count, k, radius, order, at, nearest):
    """Fill ``nearest`` with the k candidates within the radius of the k-th."""
    taken, equal = 0, 0
    for j in range(count):
        if distances[j] < radius:
            nearest[taken] = j
            taken += 1
        equal += distances[j] == radius
    rows = np.empty(equal, np.int64)
    equal = 0
    for j in range(count):
        if distances[j] == radius:
            rows[equal] = order[at[j]]
            equal += 1
    rows.sort()
    last = rows[k - taken - 1] if k - taken <= equal else -1  # the latter where values are NaN
    for j in range(count):
        if distances[j] == radius and order[at[j]] <= last:
            nearest[taken] = j
            taken += 1


@kernel
def leaf_counts(tree, start, stop, blocks, trials, times, window, edges, counts):
    """Count, for the points of some leaves, the others strictly within an edge in every block.

    Block b has the coordinates ``blocks[b]`` up to ``blocks[b + 1]``, ``edges[b, i]`` is the edge
    of point i (original index), ``counts[i]`` becomes its count. The window is as in
    `leaf_neighbours`.
    """
    d, n = tree.points.shape
    leaves = len(tree.first) // 2
    n_blocks = len(blocks) - 1
    stack, runs = np.empty(2 * LEVELS, np.uint64), np.empty((leaves, 2), np.int64)
    near, at = np.empty((d, n + EVEN)), np.empty(n, np.int64)
    distances, farther = np.empty(n + EVEN), np.empty(n + EVEN)
    for leaf in range(leaves + start, leaves + stop):
        first, last = tree.first[leaf], tree.last[leaf]
        reach = 0.0
        for place in range(first, last):
            for b in range(n_blocks):
                reach = max(reach, edges[b, tree.order[place]])
        found, own = collect(tree, leaf, reach, stack, runs, distances, near, at)
        even = fill_up(found, near)
        for place in range(first, last):
            i = tree.order[place]
            total = 0
            for b in range(n_blocks):
                edge = edges[b, i]
                distances_from(tree, place, blocks[b], blocks[b + 1], near, even, distances)
                if b == 0:
                    _exclude(
                        place, own + place - first, at, found, trials, times, window, distances
                    )  # fmt: skip
                if n_blocks == 1:
                    for j in range(even):
                        total += distances[j] < edge
                    break
                for j in range(even):
                    beyond = distances[j] >= edge
                    farther[j] = np.inf if beyond or (b > 0 and farther[j] > 0.0) else 0.0
            if n_blocks > 1:
                for j in range(even):
                    total += farther[j] == 0.0
            counts[i] = total
