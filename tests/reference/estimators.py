"""Slow twins of the estimators, written from the formulas; they import nothing of infoscope.

Everything is in nats, in the max norm, and costs n^2 memory. KSG: Kraskov, Stögbauer,
Grassberger, Phys. Rev. E 69, 066138 (2004), equations (8) and (9); Kozachenko-Leonenko:
equation (20) there.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_EULER_GAMMA = 0.57721566490153286060651209008240243


def psi(m: ArrayLike) -> NDArray:
    """Digamma of whole numbers >= 1, as a harmonic sum."""
    m = np.asarray(m)
    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, m.max() + 1))])
    return harmonic[m - 1] - _EULER_GAMMA


def block(samples: ArrayLike) -> NDArray:
    """Samples (n,) or (n, d) as (n, d)."""
    samples = np.asarray(samples, float)
    return samples.reshape(len(samples), -1)


def distances(samples: ArrayLike) -> NDArray:
    """Max-norm distances (n, n) between all samples."""
    samples = block(samples)
    return np.abs(samples[:, np.newaxis] - samples[np.newaxis]).max(axis=2)


def without_self(matrix: NDArray) -> NDArray:
    """Set the distance of each sample to itself to infinity: no sample is its own neighbour."""
    matrix = matrix.copy()
    np.fill_diagonal(matrix, np.inf)
    return matrix


def kth_distances(matrix: NDArray, k: int) -> NDArray:
    """Distance from each sample to its k-th neighbour."""
    return np.sort(without_self(matrix), axis=1)[:, k - 1]


def counts_within(matrix: NDArray, eps: NDArray) -> NDArray:
    """Count the other samples strictly nearer than eps."""
    return (without_self(matrix) < eps[:, np.newaxis]).sum(axis=1)


def counts_up_to(matrix: NDArray, eps: NDArray) -> NDArray:
    """Count the other samples no farther than eps."""
    return (without_self(matrix) <= eps[:, np.newaxis]).sum(axis=1)


def ksg1_counts(blocks: list[ArrayLike], k: int) -> NDArray:
    """Neighbours strictly within the k-th joint distance, (block, sample)."""
    apart = [distances(b) for b in blocks]
    eps = kth_distances(np.maximum.reduce(apart), k)
    return np.array([counts_within(d, eps) for d in apart])


def ksg2_counts(blocks: list[ArrayLike], k: int) -> NDArray:
    """Neighbours within the rectangle of the k joint neighbours, (block, sample).

    Of several neighbours at the k-th distance, those of the lowest index are taken.
    """
    apart = [distances(b) for b in blocks]
    joint = without_self(np.maximum.reduce(apart))
    nearest = np.argsort(joint, axis=1, kind="stable")[:, :k]
    return np.array(
        [counts_up_to(d, np.take_along_axis(d, nearest, axis=1).max(axis=1)) for d in apart]
    )


def ksg1(x: ArrayLike, y: ArrayLike, k: int) -> float:
    """Equation (8): psi(k) + psi(N) - < psi(n_x + 1) + psi(n_y + 1) >."""
    counts = ksg1_counts([x, y], k)
    return float(psi(k) + psi(counts.shape[1]) - psi(counts + 1).sum(axis=0).mean())


def ksg2(x: ArrayLike, y: ArrayLike, k: int) -> float:
    """Equation (9): psi(k) - 1/k + psi(N) - < psi(n_x) + psi(n_y) >."""
    counts = ksg2_counts([x, y], k)
    return float(psi(k) - 1.0 / k + psi(counts.shape[1]) - psi(counts).sum(axis=0).mean())


KSG = {1: ksg1, 2: ksg2}


def kl_entropy(x: ArrayLike, k: int) -> float:
    """psi(N) - psi(k) + d ln 2 + (d / N) sum_i ln eps_i; minus infinity if an eps_i is 0."""
    samples = block(x)
    n, d = samples.shape
    eps = kth_distances(distances(samples), k)
    if (eps == 0.0).any():
        return -np.inf
    return float(psi(n) - psi(k) + d * np.log(2.0) + d / n * np.log(eps).sum())


def subset_entropies(x: ArrayLike, order: ArrayLike, sizes: ArrayLike, k: int) -> NDArray:
    """Entropy of the first coordinates of an order, for each size, each from scratch."""
    samples, order = block(x), np.asarray(order)
    return np.array([kl_entropy(samples[:, order[:size]], k) for size in np.asarray(sizes)])


def lagged_rows(n: int, lag: int, trials: ArrayLike | None) -> list[tuple[int, int]]:
    """Rows (t, t + lag) that both exist and belong to one trial."""
    labels = [0] * n if trials is None else list(np.asarray(trials))
    rows = [(t, t + lag) for t in range(n) if t + lag < n]
    return [(t, later) for t, later in rows if labels[t] == labels[later]]


def pairwise(
    data: ArrayLike, k: int, lag: int = 0, trials: ArrayLike | None = None, variant: int = 1
) -> NDArray:
    """I(source_t; target_{t + lag}) for all pairs, one at a time; NaN on the diagonal at lag 0."""
    data = block(data)
    rows = lagged_rows(len(data), lag, trials)
    now, later = [t for t, _ in rows], [t for _, t in rows]
    nodes = data.shape[1]
    matrix = np.full((nodes, nodes), np.nan)
    for source in range(nodes):
        for target in range(nodes):
            if lag > 0 or source != target:
                matrix[source, target] = KSG[variant](data[now, source], data[later, target], k)
    return matrix
