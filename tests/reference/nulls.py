"""Slow twins of the statistics of edges; they import nothing of infoscope.

p: Phipson, Smyth, Stat. Appl. Genet. Mol. Biol. 9, 39 (2010). False discoveries: Benjamini,
Hochberg, J. R. Stat. Soc. B 57, 289 (1995); Benjamini, Yekutieli, Ann. Stat. 29, 1165 (2001).
Largest statistic: Westfall, Young, Resampling-Based Multiple Testing, Wiley (1993).
"""

from collections.abc import Sequence
from fractions import Fraction
from statistics import NormalDist, mean, stdev
from typing import Any

import numpy as np


def monte_carlo_p(observed: float, surrogates: Sequence[float], alternative: str) -> float:
    upper = Fraction(1 + sum(s >= observed for s in surrogates), 1 + len(surrogates))
    lower = Fraction(1 + sum(s <= observed for s in surrogates), 1 + len(surrogates))
    p = {"greater": upper, "less": lower, "two-sided": min(Fraction(1), 2 * min(upper, lower))}
    return float(p[alternative])


def benjamini_hochberg(p: Sequence[float], any_dependence: bool = False) -> list[float]:
    """The smallest level at which the step-up procedure rejects each."""
    m = len(p)
    times = sum(1 / i for i in range(1, m + 1)) if any_dependence else 1.0
    ranked = sorted(p)
    found = []
    for own in p:
        # Rejected with all up to rank i as soon as the level reaches m p_(i) / i.
        levels = [times * m * ranked[i] / (i + 1) for i in range(m) if ranked[i] >= own]
        found.append(min(1.0, min(levels)))
    return found


def standardised(together: Any) -> list[list[float]]:
    """Each value by mean and standard deviation of the others of its edge."""
    rows, edges = len(together), len(together[0])
    found = []
    for i in range(rows):
        others = [[together[j][e] for j in range(rows) if j != i] for e in range(edges)]
        found.append([(together[i][e] - mean(others[e])) / stdev(others[e]) for e in range(edges)])
    return found


def single_step_p(scores: Any) -> list[float]:
    maxima = [max(row) for row in scores[1:]]
    return [(1 + sum(m >= t for m in maxima)) / len(scores) for t in scores[0]]


def step_down_p(scores: Any) -> list[float]:
    found = []
    for t in scores[0]:
        worst = 0.0
        # No edge is significant before all above it are.
        for above in [s for s in scores[0] if s >= t]:
            left = [e for e, s in enumerate(scores[0]) if s <= above]
            maxima = [max(row[e] for e in left) for row in scores[1:]]
            worst = max(worst, (1 + sum(m >= above for m in maxima)) / len(scores))
        found.append(worst)
    return found


def memory(series: Any) -> int:
    """First lag at which the autocorrelations of all columns have been below 1/e, (time, node)."""
    lags = []
    for column in np.asarray(series).T:
        centred = [v - column.mean() for v in column]
        for lag in range(1, len(column)):
            products = [a * b for a, b in zip(centred, centred[lag:], strict=False)]
            if sum(products) / len(products) < column.var() / np.e:
                lags.append(lag)
                break
        else:
            lags.append(len(column))
    return max(lags)


def local_permutation_is_allowed(chosen: Any, z: Any, neighbours: int) -> bool:
    """Whether every row took one of the rows whose normal score of z is nearest to its own."""
    n = len(z)
    scores = [NormalDist().inv_cdf((1 + sum(b < a for b in z)) / (n + 1)) for a in z]
    for row, other in enumerate(chosen):
        distance = abs(scores[other] - scores[row])
        if sum(abs(s - scores[row]) < distance - 1e-12 for s in scores) >= neighbours:
            return False
    return True
