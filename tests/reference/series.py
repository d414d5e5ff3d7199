"""Slow twins of what infoscope says of rows in time; they import nothing of infoscope.

Effective rows: Bartlett, J. R. Stat. Soc. 98, 536 (1935), each autocorrelation cut off as in
Geyer, Stat. Sci. 7, 473 (1992), section 3.3: before the first two lags, 2m and 2m + 1, whose sum
is not positive.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np


def in_trials(trials: Sequence[Any], times: Sequence[float]) -> list[list[int]]:
    """Rows of each trial in the order of time."""
    labels = sorted(set(trials))
    rows = [[i for i in range(len(trials)) if trials[i] == label] for label in labels]
    return [sorted(members, key=lambda i: times[i]) for members in rows]


def autocorrelation(values: Any, stretches: list[list[int]], least: float) -> list[float]:
    """r(1), r(2), ... of rows that are so far apart in one stretch, until they end."""
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / len(values)
    if max(values) == min(values):
        return []
    found: list[float] = [1.0]
    for lag in range(1, len(values)):
        products = [
            (values[rows[t]] - mean) * (values[rows[t + lag]] - mean)
            for rows in stretches
            for t in range(len(rows) - lag)
        ]
        if not products:
            break
        found.append(sum(products) / len(products) / variance)
        if lag % 2 == 1 and found[-2] + found[-1] <= least:
            return found[1:-2]
    return found[1:]


def effective_rows(x: Any, y: Any, stretches: list[list[int]]) -> float:
    """n / (1 + 2 sum (pairs of rows / n) r_x r_y), of the coordinates for which it is least."""
    n, worth = len(x), [float(len(x))]
    ends = [
        [
            autocorrelation(column, stretches, 2 * (np.log(part.shape[1]) / n) ** 0.5)
            for column in part.T
        ]
        for part in (x, y)
    ]
    for of_x in ends[0]:
        for of_y in ends[1]:
            total = 0.0
            for lag, (a, b) in enumerate(zip(of_x, of_y, strict=False), 1):
                pairs = sum(max(0, len(rows) - lag) for rows in stretches)
                total += pairs / n * a * b
            if total > 0:
                worth.append(n / (1 + 2 * total))
    return min(worth)


def standard_error(estimates: list[list[float]]) -> float:
    """Of the whole, by Var(1 of m parts) = m Var(whole), levels weighted by m - 1."""
    total, weights = 0.0, 0
    for values in estimates:
        m = len(values)
        mean = sum(values) / m
        total += sum((v - mean) ** 2 for v in values) / m
        weights += m - 1
    return (total / weights) ** 0.5
