"""k-th neighbour distances and counts of points in any number of dimensions, by brute force.

Max norm throughout. In the tens of dimensions of a layer's state a tree visits nearly every
point, so every distance is computed, coordinate by coordinate over all points: the inner loops
run over contiguous memory and compile to vector instructions.

The kernels check nothing: the caller has validated its arrays. Points are (coordinate, point).
"""

import numba as nb
import numpy as np

# Points per stretch that is first asked as a whole whether any of it is near enough.
_STRETCH = 16
# The growth of the k-th distance with a coordinate scatters between points; measured flat
# between 1.02 and 1.1.
_SLACK = 1.05


@nb.njit(cache=True, nogil=True)
def _block_distances(points, first, last, i, distances, spare):
    """Max-norm distances from point i to all points in coordinates ``first:last``.

    Returns whichever of the two work arrays holds them, then the other. Each step writes into
    the other array, because the compiler turns an update in place into masked stores, three
    times slower; four coordinates a step save most of the traffic.
    """
    n = points.shape[1]
    distances[:] = 0.0
    c = first
    while c + 4 <= last:
        x0, x1, x2, x3 = points[c], points[c + 1], points[c + 2], points[c + 3]
        p0, p1, p2, p3 = x0[i], x1[i], x2[i], x3[i]
        for j in range(n):
            d0, d1, d2, d3 = abs(x0[j] - p0), abs(x1[j] - p1), abs(x2[j] - p2), abs(x3[j] - p3)
            before = distances[j]
            d0 = d0 if d0 > d1 else d1
            d2 = d2 if d2 > d3 else d3
            d0 = d0 if d0 > d2 else d2
            spare[j] = d0 if d0 > before else before
        distances, spare = spare, distances
        c += 4
    while c < last:
        x0 = points[c]
        p0 = x0[i]
        for j in range(n):
            d0 = abs(x0[j] - p0)
            before = distances[j]
            spare[j] = d0 if d0 > before else before
        distances, spare = spare, distances
        c += 1
    return distances, spare


@nb.njit(cache=True, nogil=True, inline="always")
def _nearest(distances, bound, nearest, index):
    """Fill nearest and index with the k smallest of distances, in order, and where they are.

    Distances beyond ``bound`` are passed over; with fewer than k left, inf stands at the end.
    """
    k = len(nearest)
    n = len(distances)
    nearest[:] = np.inf
    for first in range(0, n, _STRETCH):
        last = min(first + _STRETCH, n)
        hits = 0
        for j in range(first, last):
            hits += distances[j] <= bound
        if hits == 0:
            continue
        for j in range(first, last):
            distance = distances[j]
            if distance <= bound and distance < nearest[k - 1]:
                place = k - 1
                while place > 0 and nearest[place - 1] > distance:
                    nearest[place] = nearest[place - 1]
                    index[place] = index[place - 1]
                    place -= 1
                nearest[place] = distance
                index[place] = j
                if nearest[k - 1] < bound:
                    bound = nearest[k - 1]


@nb.njit(cache=True, nogil=True)
def joint_neighbours(points, blocks, k, start, stop, rectangles, radius, counts):
    """k-th joint distance of points ``start:stop``, and how many are near in each block.

    Block b is ``points[blocks[b]:blocks[b + 1]]``. ``radius[i]`` becomes the max-norm distance
    from point i to its k-th neighbour over all blocks. ``counts[b, i]`` is the number of other
    points that are near in block b alone: strictly within that radius or, with rectangles, up
    to the farthest of the k neighbours in that block.
    """
    n = points.shape[1]
    n_blocks = len(blocks) - 1
    within = np.empty((n_blocks, n))
    distances = np.empty(n)
    spare = np.empty(n)
    joint = np.empty(n)
    nearest = np.empty(k)
    index = np.empty(k, np.int64)
    for i in range(start, stop):
        for b in range(n_blocks):
            distances, spare = _block_distances(
                points, blocks[b], blocks[b + 1], i, distances, spare
            )
            within[b] = distances
            if b == 0:
                joint[:] = distances
            else:
                for j in range(n):
                    spare[j] = distances[j] if distances[j] > joint[j] else joint[j]
                joint, spare = spare, joint
        joint[i] = np.inf
        _nearest(joint, np.inf, nearest, index)
        radius[i] = nearest[k - 1]
        for b in range(n_blocks):
            inside = 0
            if rectangles:
                edge = 0.0
                for m in range(k):
                    edge = max(edge, within[b, index[m]])
                for j in range(n):
                    inside += within[b, j] <= edge
                counts[b, i] = inside - 1
            else:
                edge = nearest[k - 1]
                for j in range(n):
                    inside += within[b, j] < edge
                counts[b, i] = inside - (edge > 0.0)


@nb.njit(cache=True, nogil=True)
def prefix_log_distances(points, k, start, stop, totals):
    """Sum over points ``start:stop`` of the log k-th distance in the first c + 1 coordinates.

    ``totals[c]`` is the sum for the prefix that ends with coordinate c. A distance in the max
    norm can only grow with a coordinate, so the farthest of the k neighbours found before
    bounds the search for the next prefix. The bound is loose; what the point before this one
    needed is tried first.
    """
    dimensions, n = points.shape
    distances = np.empty(n)
    spare = np.empty(n)
    nearest = np.empty(k)
    index = np.empty(k, np.int64)
    growth = np.full(dimensions, np.inf)
    totals[:] = 0.0
    for i in range(start, stop):
        distances[:] = 0.0
        distances[i] = np.inf
        before = 0.0
        for c in range(dimensions):
            coordinate = points[c]
            centre = coordinate[i]
            for j in range(n):
                distance = abs(coordinate[j] - centre)
                previous = distances[j]
                spare[j] = distance if distance > previous else previous
            distances, spare = spare, distances
            bound = np.inf
            if c > 0:
                bound = 0.0
                for m in range(k):
                    bound = max(bound, distances[index[m]])
            guess = min(bound, before * growth[c]) if before > 0.0 else bound
            _nearest(distances, guess, nearest, index)
            if nearest[k - 1] == np.inf:
                _nearest(distances, bound, nearest, index)
            radius = nearest[k - 1]
            if before > 0.0:
                growth[c] = _SLACK * radius / before
            before = radius
            totals[c] += np.log(radius)
