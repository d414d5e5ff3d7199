"""Neighbour counts of rows with many copies, from weighted distinct points.

The caller must validate the arrays. Points are (coordinate, point).
"""

import numba as nb
import numpy as np

from infoscope.kernels.compiled import kernel
from infoscope.kernels.leaves import EVEN, LEVELS, collect, distances_from, fill_up

# Most rows of one leaf that share a search. They are sorted by edge, so that one far edge does not
# widen the search of many rows.
_SHARED = 64


@kernel
def weighted_counts(tree, weights, places, leaf_of, asked, start, stop, blocks, edges, counts):
    """Count, for the rows ``asked[start:stop]``, the other rows strictly within their edges.

    The tree holds every distinct point once; ``weights`` is the number of rows at each of its
    places, ``places[i]`` and ``leaf_of[i]`` are the place and the leaf of row i. Rows of one leaf
    are consecutive in ``asked``. Block b has the coordinates ``blocks[b]`` up to
    ``blocks[b + 1]``, ``edges[b, i]`` is the edge of row i in it, and ``counts[i]`` becomes the
    number of other rows within all edges.
    """
    d, m = tree.points.shape
    leaves = len(tree.first) // 2
    stack, runs = np.empty(2 * LEVELS, np.uint64), np.empty((leaves, 2), np.int64)
    near, at = np.empty((d, m + EVEN)), np.empty(m, np.int64)
    weight, left = np.empty(m + EVEN, np.int64), np.empty(m + EVEN, np.int64)
    distances = np.empty(m + EVEN)
    first = start
    while first < stop:
        leaf, reach = leaf_of[asked[first]], 0.0
        last = first
        while last < min(stop, first + _SHARED) and leaf_of[asked[last]] == leaf:
            for b in range(len(blocks) - 1):
                reach = max(reach, edges[b, asked[last]])
            last += 1
        found, _ = collect(tree, leaf, reach, stack, runs, distances, near, at)
        even = fill_up(found, near)
        for j in range(even):
            weight[j] = weights[at[j]] if j < found else 0
        for a in range(first, last):
            i = asked[a]
            if a > first and _asks_the_same(places, edges, i, asked[a - 1]):
                counts[i] = counts[asked[a - 1]]
            else:
                counts[i] = _weight_within(
                    tree, places[i], blocks, edges[:, i], near, even, weight, left, distances
                )  # fmt: skip
        first = last


@nb.njit(nogil=True, inline="always")
def _asks_the_same(places, edges, i, other):
    """Return whether two rows are copies with the same edges."""
    same = places[i] == places[other]
    for b in range(len(edges)):
        same &= edges[b, i] == edges[b, other]
    return same


@kernel
def _weight_within(tree, place, blocks, edges, near, count, weight, left, distances):
    """Sum the weights of candidates strictly within the edges of a place, minus the row itself."""
    total = 0
    itself = 1
    for b in range(len(edges)):
        edge = edges[b]
        itself = itself if edge > 0.0 else 0
        distances_from(tree, place, blocks[b], blocks[b + 1], near, count, distances)
        before = weight if b == 0 else left
        if b + 1 < len(edges):
            for j in range(count):
                left[j] = before[j] if distances[j] < edge else 0
        else:
            for j in range(count):
                total += before[j] if distances[j] < edge else 0
    return total - itself
