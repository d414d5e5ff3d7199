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
def mixed_neighbours(x, y, z, k, start, stop, strict, counts):
    """For points ``start:stop``: how many others are copies, joint neighbours, and near in parts.

    ``counts[0]`` is the number of copies, ``counts[1]`` of points within the distance to the k-th
    neighbour in the joint space; ``counts[2]``, ``counts[3]`` and ``counts[4]`` of those within
    it in (x, z), (y, z) and z, or strictly within with ``strict`` where that distance is not
    zero. A z without coordinates has all points near.
    """
    n = x.shape[1]
    in_xz, in_yz, in_z, joint = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    ordered = np.empty(n)
    for i in range(start, stop):
        _distances(x, i, in_xz)
        _distances(y, i, in_yz)
        _distances(z, i, in_z)
        in_z[i] = np.inf
        for j in range(n):
            in_xz[j] = max(in_xz[j], in_z[j])
            in_yz[j] = max(in_yz[j], in_z[j])
            joint[j] = max(in_xz[j], in_yz[j])
            ordered[j] = joint[j]
        radius = kth_smallest(ordered, n, k)
        open_ball = strict and radius > 0.0
        copies, within, near_xz, near_yz, near_z = 0, 0, 0, 0, 0
        for j in range(n):
            copies += joint[j] == 0.0
            within += joint[j] <= radius
            near_xz += (in_xz[j] < radius) if open_ball else (in_xz[j] <= radius)
            near_yz += (in_yz[j] < radius) if open_ball else (in_yz[j] <= radius)
            near_z += (in_z[j] < radius) if open_ball else (in_z[j] <= radius)
        counts[0, i] = copies
        counts[1, i] = within
        counts[2, i] = near_xz
        counts[3, i] = near_yz
        counts[4, i] = near_z


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
