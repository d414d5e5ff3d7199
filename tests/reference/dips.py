"""The dip as a linear program, mode by mode. Nothing here imports infoscope."""

import numpy as np
from scipy.optimize import linprog


def dip(values: np.ndarray) -> float:
    """Least sup|F_n - F| over F convex up to a mode and concave after it, with a jump there."""
    points, counts = np.unique(values, return_counts=True)
    after = np.cumsum(counts) / len(values)
    before = after - counts / len(values)
    return min(_with_mode(points, before, after, mode) for mode in range(len(points)))


def _with_mode(points: np.ndarray, before: np.ndarray, after: np.ndarray, mode: int) -> float:
    # Unknowns: F(x-) of the points up to the mode, F(x) of those from it on, and the distance.
    k, left = len(points), mode + 1
    width = left + (k - mode) + 1
    rows: list[np.ndarray] = []
    limits: list[float] = []

    def at_most(terms: dict[int, float], limit: float) -> None:
        row = np.zeros(width)
        for place, factor in terms.items():
            row[place] = factor
        rows.append(row)
        limits.append(limit)

    def near(place: int, level: float) -> None:
        at_most({place: 1.0, width - 1: -1.0}, level)
        at_most({place: -1.0, width - 1: -1.0}, -level)

    right = {i: left + i - mode for i in range(mode, k)}
    for i in range(left):
        near(i, before[i])
        if i < mode:  # no jump but at the mode
            near(i, after[i])
            at_most({i: 1.0, i + 1: -1.0}, 0.0)
    for i in range(mode, k):
        near(right[i], after[i])
        if i > mode:
            near(right[i], before[i])
            at_most({right[i - 1]: 1.0, right[i]: -1.0}, 0.0)
    at_most({mode: 1.0, right[mode]: -1.0}, 0.0)
    for i in range(1, mode):
        a, b = points[i] - points[i - 1], points[i + 1] - points[i]
        at_most({i - 1: -1 / a, i: 1 / a + 1 / b, i + 1: -1 / b}, 0.0)
    for i in range(mode + 1, k - 1):
        a, b = points[i] - points[i - 1], points[i + 1] - points[i]
        at_most({right[i - 1]: 1 / a, right[i]: -1 / a - 1 / b, right[i + 1]: 1 / b}, 0.0)
    cost = np.zeros(width)
    cost[-1] = 1.0
    return float(linprog(cost, A_ub=np.array(rows), b_ub=limits, bounds=(0, 1)).fun)
