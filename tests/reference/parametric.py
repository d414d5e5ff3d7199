"""Slow twins of the estimators that count or take moments; they import nothing of infoscope.

Everything is in nats. Discrete: every entropy from a dictionary of counts. Gaussian: logarithms
of determinants; bias of each by N. R. Goodman, Ann. Math. Stat. 34, 152 (1963). Mixtures:
Kolchinsky, Tracey, Entropy 19, 361 (2017).
"""

from collections import Counter
from collections.abc import Callable
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Entropy = Callable[[tuple[int, ...]], float]


def columns(samples: ArrayLike) -> NDArray:
    """Samples (n,) or (n, d) as (n, d)."""
    samples = np.asarray(samples)
    return samples.reshape(len(samples), -1)


def plug_in_entropy(samples: ArrayLike, miller_madow: bool = False) -> float:
    """-sum p ln p over the values of a row, with (values - 1) / (2 n) more on request."""
    rows = [tuple(row) for row in columns(samples).tolist()]
    n = len(rows)
    counts = Counter(rows).values()
    entropy = -sum(c / n * np.log(c / n) for c in counts)
    return float(entropy + (len(counts) - 1) / (2 * n) * miller_madow)


def discrete(data: ArrayLike, miller_madow: bool = False) -> Entropy:
    """The plug-in entropy of any columns of data, 0 for none."""
    data = columns(data)
    return lambda s: plug_in_entropy(data[:, list(s)], miller_madow) if s else 0.0


def gaussian(data: ArrayLike, bias_correction: bool = False) -> Entropy:
    """The entropy of any columns of Gaussian data, 0 for none."""
    data = columns(data).astype(float)
    n = len(data)

    def entropy(s: tuple[int, ...]) -> float:
        if not s:
            return 0.0
        d = len(s)
        centred = data[:, list(s)] - data[:, list(s)].mean(axis=0)
        covariance = centred.T @ centred / (n - 1)
        h = 0.5 * np.log(np.linalg.det(covariance)) + 0.5 * d * np.log(2 * np.pi * np.e)
        # E ln |S| = ln |Sigma| + sum of psi((n - i) / 2) + d ln(2 / (n - 1)).
        bias = sum(_psi_of_half(n - i) for i in range(1, d + 1)) + d * np.log(2 / (n - 1))
        return float(h - 0.5 * bias * bias_correction)

    return entropy


def _psi_of_half(m: int) -> float:
    """Digamma of m / 2, by psi(x + 1) = psi(x) + 1/x from psi(1) or psi(1/2)."""
    value, at = (-_EULER_GAMMA, 1.0) if m % 2 == 0 else (-_EULER_GAMMA - 2 * np.log(2), 0.5)
    while at < m / 2:
        value += 1 / at
        at += 1
    return value


_EULER_GAMMA = 0.57721566490153286060651209008240243


def information(entropy: Entropy, x: tuple, y: tuple, z: tuple = ()) -> float:
    """I(X; Y | Z) = H(X, Z) + H(Y, Z) - H(X, Y, Z) - H(Z)."""
    return entropy(x + z) + entropy(y + z) - entropy(x + y + z) - entropy(z)


def total_correlation(entropy: Entropy, d: int) -> float:
    """Sum of H(X_i) minus H(X)."""
    return sum(entropy((i,)) for i in range(d)) - entropy(tuple(range(d)))


def dual_total_correlation(entropy: Entropy, d: int) -> float:
    """H(X) less the sum of H(X_i | all others)."""
    whole = entropy(tuple(range(d)))
    return whole - sum(
        whole - entropy(tuple(j for j in range(d) if j != left)) for left in range(d)
    )


def tse_complexity(entropy: Entropy, d: int) -> float:
    """Half the sum over sizes of the mean information between a part and all others.

    Tononi, Sporns, Edelman, PNAS 91, 5033 (1994), equation (4): not the form of the library.
    """
    every, found = range(d), 0.0
    for size in range(1, d):
        parts = list(combinations(every, size))
        rest = [tuple(i for i in every if i not in part) for part in parts]
        found += np.mean([information(entropy, a, b) for a, b in zip(parts, rest, strict=True)])
    return float(found / 2)


def mixture_bounds(states: ArrayLike, sigma: float) -> tuple[float, float]:
    """Bounds of the information between n states and a state with normal noise."""
    states = columns(states).astype(float)
    n = len(states)
    found = []
    for width in (8.0, 2.0):
        total = 0.0
        for i in range(n):
            kernel = [
                np.exp(-np.sum((states[i] - states[j]) ** 2) / (width * sigma**2)) for j in range(n)
            ]
            total -= np.log(np.mean(kernel))
        found.append(float(total / n))
    return found[0], found[1]


def held_out_information(x: ArrayLike, y: ArrayLike, folds: int, ridge: float) -> float:
    """1/2 ln(|S| / |R|) of held-out errors without and with a ridge regression, per fold."""
    x, y = columns(x).astype(float), columns(y).astype(float)
    n = len(x)
    size, more = divmod(n, folds)
    without, left, first = [], [], 0
    for fold in range(folds):
        last = first + size + (fold < more)
        train = [i for i in range(n) if not first <= i < last]
        mean, spread = x[train].mean(axis=0), x[train].std(axis=0)
        z, held = (x[train] - mean) / spread, (x[first:last] - mean) / spread
        normal = z.T @ z + ridge * len(train) * np.eye(z.shape[1])
        weights = np.linalg.solve(normal, z.T @ (y[train] - y[train].mean(axis=0)))
        without.append(y[first:last] - y[train].mean(axis=0))
        left.append(without[-1] - held @ weights)
        first = last
    s, r = (np.vstack(parts).T @ np.vstack(parts) / n for parts in (without, left))
    return float(0.5 * np.log(np.linalg.det(s) / np.linalg.det(r)))
