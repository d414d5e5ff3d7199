"""Neighbours of points some of whose coordinates are discrete, by brute force, in the max norm.

The kernels check nothing: the caller has validated its arrays. Points are (coordinate, point).
"""

import numpy as np

from infoscope.kernels.compiled import kernel
from infoscope.kernels.selection import kth_smallest


@kernel
def _distances(points, i, distances):
    """Max-norm distances from point i to every point."""
    distances[:] = 0.0
    for c in range(points.shape[0]):
        here = points[c, i]
        for j in range(points.shape[1]):
            distance = abs(points[c, j] - here)
            distances[j] = distance if distance > distances[j] else distances[j]


@kernel
def mixed_neighbours(x, y, k, start, stop, strict, counts):
    """For points ``start:stop``: the neighbours to reckon with, and those near in x and in y.

    ``counts[0]`` is k or, where the k-th neighbour is a copy, the number of copies, with
    ``strict`` the point itself among them;
    ``counts[1]`` and ``counts[2]`` are the other points within the k-th distance in x and in y,
    or strictly within with ``strict`` where that distance is not zero.
    """
    n = x.shape[1]
    in_x, in_y, joint = np.empty(n), np.empty(n), np.empty(n)
    for i in range(start, stop):
        _distances(x, i, in_x)
        _distances(y, i, in_y)
        in_x[i] = np.inf
        for j in range(n):
            joint[j] = max(in_x[j], in_y[j])
        copies = 0
        for j in range(n):
            copies += joint[j] == 0.0
        radius = kth_smallest(joint, n, k)
        in_y[i] = np.inf
        counts[0, i] = copies + strict if radius == 0.0 else k
        open_ball = strict and radius > 0.0
        near_x, near_y = 0, 0
        for j in range(n):
            near_x += (in_x[j] < radius) if open_ball else (in_x[j] <= radius)
            near_y += (in_y[j] < radius) if open_ball else (in_y[j] <= radius)
        counts[1, i] = near_x
        counts[2, i] = near_y


@kernel
def class_neighbours(points, classes, k, start, stop, counts):
    """For points ``start:stop``: neighbours of the same class reckoned with, and points near.

    ``counts[0]`` is k, or one less than the size of a class that is no larger than k;
    ``counts[1]`` the points of all classes strictly within the distance to the last of these,
    the point itself among them.
    """
    n = points.shape[1]
    distances, same = np.empty(n), np.empty(n)
    for i in range(start, stop):
        _distances(points, i, distances)
        members = 0
        for j in range(n):
            if classes[j] == classes[i] and j != i:
                same[members] = distances[j]
                members += 1
        used = min(k, members)
        radius = kth_smallest(same, members, used)
        within = 0
        for j in range(n):
            within += distances[j] < radius or distances[j] == 0.0
        counts[0, i] = used
        counts[1, i] = within
