"""k-th neighbour distances and counts of points in any number of dimensions, by brute force.

Max norm throughout. In the tens of dimensions of a layer's state a tree visits nearly every
point, so every distance is computed, coordinate by coordinate over all points: the inner loops
run over contiguous memory and compile to vector instructions.

The caller must validate the arrays. Points are (coordinate, point).
"""

import numpy as np

from infoscope.kernels.compiled import kernel
from infoscope.kernels.selection import kth_smallest

# Points within a guess of the k-th distance, as a multiple of k: rarely fewer than k, rarely so
# many that selecting among them takes longer than another guess.
_AIM = 2.0
_GUESSES = 8
# The count grows as a power of the distance: the dimension, but at most this, since coordinates
# may be dependent.
_STEEPEST = 6


@kernel
def _widen(points, first, last, i, distances, spare):
    """Update the max-norm distances from point i by the coordinates ``first:last``.

    Returns the work array with the result, then the other. Each step writes into the other array,
    because an update in place compiles to masked stores, three times slower; four coordinates per
    step save most of the memory traffic.
    """
    n = points.shape[1]
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


@kernel
def _kth_distance(distances, k, guess, bound, dimension, candidates, places, nearest):
    """Return the k-th smallest of many distances; ``nearest`` becomes the places of the k.

    At least k distances must be at most ``bound``. The search is among distances up to a guess.
    Counting is far cheaper than selecting, so the guess is first corrected by its count. A bad
    guess only costs time.
    """
    n = len(distances)
    power = 1.0 / min(dimension, _STEEPEST)
    low, high = 0.0, bound
    limit = min(guess, bound)
    for _ in range(_GUESSES):
        if not 0.0 < limit < np.inf:
            break
        count = 0
        for j in range(n):
            count += distances[j] <= limit
        if count < k:
            low = limit
        elif count > 3 * k:
            high = limit
        else:
            break
        limit *= (_AIM * k / max(count, 1)) ** power
        if not low < limit < high:
            limit = 0.5 * (low + high)
    count = 0
    for _ in range(2):
        count = 0
        for j in range(n):
            if distances[j] <= limit:
                candidates[count] = distances[j]
                places[count] = j
                count += 1
        if count >= k:
            break
        limit = high
    radius = kth_smallest(candidates, count, k) if count >= k else np.inf  # distances may be NaN
    # Selection may have moved the candidates: compare the distances at their places.
    found = 0
    for near in range(2):  # nearer ones first, then those at the radius as needed
        for c in range(count):
            distance = distances[places[c]]
            if found < k and (distance < radius if near == 0 else distance == radius):
                nearest[found] = places[c]
                found += 1
    return radius


@kernel
def joint_neighbours(
    points, blocks, spaces, k, start, stop, rectangles, trials, times, window, radius, counts
):
    """Compute k-th joint distances of points ``start:stop`` and near counts in each space.

    Block b is ``points[blocks[b]:blocks[b + 1]]``, space s the blocks ``spaces[s, 0]`` up to
    ``spaces[s, 1]``. ``radius[i]`` becomes the max-norm distance from point i to its k-th
    neighbour over all blocks. ``counts[s, i]`` is the number of other points that are near in
    space s alone: strictly within that radius or, with rectangles, in each block up to the
    farthest of the k neighbours in that block.

    With a window of 0 or more, points of the same trial whose times differ by at most the window
    are neither neighbours nor counted (Theiler's correction).
    """
    n = points.shape[1]
    n_blocks = len(blocks) - 1
    within = np.empty((n_blocks, n))
    edges = np.empty(n_blocks)
    distances = np.empty(n)
    spare = np.empty(n)
    joint = np.empty(n)
    candidates = np.empty(n)
    places = np.empty(n, np.int64)
    nearest = np.zeros(k, np.int64)
    eps = np.inf
    for i in range(start, stop):
        joint[:] = 0.0
        for b in range(n_blocks):
            distances[:] = 0.0
            distances[i] = np.inf
            if window >= 0.0:
                for j in range(n):
                    if trials[j] == trials[i] and abs(times[j] - times[i]) <= window:
                        distances[j] = np.inf
            distances, spare = _widen(points, blocks[b], blocks[b + 1], i, distances, spare)
            within[b] = distances
            for j in range(n):
                spare[j] = distances[j] if distances[j] > joint[j] else joint[j]
            joint, spare = spare, joint
        eps = _kth_distance(
            joint, k, eps, np.inf, points.shape[0], candidates, places, nearest
        )  # fmt: skip
        radius[i] = eps
        edges[:] = eps
        if rectangles:
            for b in range(n_blocks):
                edges[b] = 0.0
                for m in range(k):
                    edges[b] = max(edges[b], within[b, nearest[m]])
        for s in range(len(spaces)):
            counts[s, i] = _count(within, spaces[s, 0], spaces[s, 1], edges, rectangles, spare)


@kernel
def _count(within, first, last, edges, closed, spare):
    """Count the points whose distance is below (or, closed, at most) the edge in every block."""
    n = within.shape[1]
    inside = 0
    edge = edges[first]
    if last == first + 1:
        for j in range(n):
            inside += (within[first, j] <= edge) if closed else (within[first, j] < edge)
        return inside
    for j in range(n):
        spare[j] = (within[first, j] <= edge) if closed else (within[first, j] < edge)
    for b in range(first + 1, last):
        edge = edges[b]
        for j in range(n):
            near = (within[b, j] <= edge) if closed else (within[b, j] < edge)
            spare[j] = spare[j] if near else 0.0
    for j in range(n):
        inside += spare[j] > 0.0
    return inside


@kernel
def prefix_log_distances(points, order, sizes, k, totals):
    """Sum over all points of the log k-th distance in the first coordinates of an order.

    ``totals[s]`` is the sum for the first ``sizes[s]`` coordinates; the sizes increase. A
    max-norm distance can only grow with another coordinate, so the farthest of the k neighbours
    for one size bounds the search for the next; the growth of the k-th distance for the previous
    point gives the first guess.
    """
    n = points.shape[1]
    ordered = points[order]
    distances = np.empty(n)
    spare = np.empty(n)
    candidates = np.empty(n)
    places = np.empty(n, np.int64)
    nearest = np.zeros(k, np.int64)
    growth = np.full(len(sizes), np.inf)
    totals[:] = 0.0
    first_radius = np.inf
    for i in range(n):
        distances[:] = 0.0
        distances[i] = np.inf
        first = 0
        before = 0.0
        for s in range(len(sizes)):
            distances, spare = _widen(ordered, first, sizes[s], i, distances, spare)
            first = sizes[s]
            guess = first_radius
            bound = np.inf
            if s > 0:
                guess = before * growth[s] if before > 0.0 else np.inf
                bound = 0.0
                for m in range(k):
                    bound = max(bound, distances[nearest[m]])
            radius = _kth_distance(
                distances, k, guess, bound, sizes[s], candidates, places, nearest
            )  # fmt: skip
            if s == 0:
                first_radius = radius
            elif before > 0.0:
                growth[s] = radius / before
            before = radius
            totals[s] += np.log(radius)
