"""Slow twins of the k-NN estimators, written from the formulas; they import nothing of infoscope.

Everything is in nats, in the max norm, and costs n^2 memory. KSG: Kraskov, Stögbauer,
Grassberger, Phys. Rev. E 69, 066138 (2004), equations (8) and (9), for more variables (23) and
(30); Kozachenko-Leonenko: equation (20) there. Conditional: Frenzel, Pompe, Phys. Rev. Lett. 99,
204101 (2007), and Wibral, Vicente, Lindner (2014). Mixed: Gao and others, NeurIPS 2017, and the
counting of their public code; Mesner, Shalizi, arXiv:1912.03387, likewise. Ross, PLoS ONE 9,
e87357 (2014).
"""

from math import gamma, pi

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


def euclidean_kl_entropy(x: ArrayLike, k: int) -> float:
    """Kozachenko and Leonenko, with the volume of the unit ball pi^(d/2) / Gamma(d/2 + 1)."""
    x = block(x)
    n, d = x.shape
    apart = np.sqrt(((x[:, np.newaxis] - x[np.newaxis]) ** 2).sum(axis=2))
    eps = kth_distances(apart, k)
    ball = pi ** (d / 2) / gamma(d / 2 + 1)
    return float(psi(n) - psi(k) + np.log(ball) + d * np.log(eps).mean())


def subset_entropies(x: ArrayLike, order: ArrayLike, sizes: ArrayLike, k: int) -> NDArray:
    """Entropy of the first coordinates of an order, for each size, each from scratch."""
    samples, order = block(x), np.asarray(order)
    return np.array([kl_entropy(samples[:, order[:size]], k) for size in np.asarray(sizes)])


def lagged_rows(n: int, lag: int, trials: ArrayLike | None) -> list[tuple[int, int]]:
    """Rows (t, t + lag) that both exist, with no change of trial from the one to the other."""
    labels = [0] * n if trials is None else list(np.asarray(trials))
    return [
        (t, t + lag)
        for t in range(n - lag)
        if all(labels[between] == labels[t] for between in range(t, t + lag + 1))
    ]


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


def near_in_time(trials: ArrayLike, times: ArrayLike, window: float) -> NDArray:
    """Whether two rows (n, n) are of one trial and no farther apart in time than the window."""
    trials, times = np.asarray(trials), np.asarray(times, float)
    together = trials[:, np.newaxis] == trials
    return together & (np.abs(times[:, np.newaxis] - times) <= window)


def rows_in_time(n: int, trials: ArrayLike | None, times: ArrayLike | None) -> tuple:
    """Trial of each row, one for all by default, and its time, by default its place therein."""
    labels = [0] * n if trials is None else list(np.asarray(trials))
    if times is None:
        times = [labels[:i].count(labels[i]) for i in range(n)]
    return np.unique(labels, return_inverse=True)[1], np.asarray(times, float)


def counts_in_spaces(
    blocks: list[ArrayLike], spaces: list, k: int, variant: int, near: NDArray | None = None
) -> tuple[NDArray, NDArray]:
    """Joint k-th distances, and neighbours (space, sample) in every space, a list of blocks.

    Rows that are near in time are neither neighbours nor counted.
    """
    apart = [without_self(distances(b)) for b in blocks]
    if near is not None:
        apart = [np.where(near, np.inf, d) for d in apart]
    joint = np.maximum.reduce(apart)
    nearest = np.argsort(joint, axis=1, kind="stable")[:, :k]
    eps = np.take_along_axis(joint, nearest, axis=1)[:, -1]
    counts = []
    for space in spaces:
        inside = np.ones(joint.shape, bool)
        for b in space:
            if variant == 1:
                inside &= apart[b] < eps[:, np.newaxis]
            else:
                edge = np.take_along_axis(apart[b], nearest, axis=1).max(axis=1)
                inside &= apart[b] <= edge[:, np.newaxis]
        counts.append(inside.sum(axis=1))
    return eps, np.array(counts)


def information(
    x: ArrayLike,
    y: ArrayLike,
    z: ArrayLike | None = None,
    k: int = 4,
    variant: int = 1,
    window: float = 0.0,
    trials: ArrayLike | None = None,
    times: ArrayLike | None = None,
) -> float:
    """I(X; Y) or I(X; Y | Z), with a Theiler window above 0; psi(N) is of all samples."""
    n = len(block(x))
    near = near_in_time(*rows_in_time(n, trials, times), window) if window > 0 else None
    if z is None:
        counts = counts_in_spaces([x, y], [[0], [1]], k, variant, near)[1]
        if variant == 1:
            return float(psi(k) + psi(n) - psi(counts + 1).sum(axis=0).mean())
        return float(psi(k) - 1.0 / k + psi(n) - psi(counts).sum(axis=0).mean())
    xz, yz, alone = counts_in_spaces([x, y, z], [[0, 2], [1, 2], [2]], k, variant, near)[1]
    if variant == 1:
        return float(psi(k) - np.mean(psi(xz + 1) + psi(yz + 1) - psi(alone + 1)))
    terms = psi(alone) - psi(xz) + 1.0 / xz - psi(yz) + 1.0 / yz
    return float(psi(k) - 2.0 / k + terms.mean())


def embedding(
    source: ArrayLike,
    target: ArrayLike,
    lag: int = 1,
    history: int = 1,
    source_history: int = 1,
    other: ArrayLike | None = None,
    other_lag: int = 1,
    trials: ArrayLike | None = None,
    history_delay: int = 1,
    source_history_delay: int = 1,
) -> tuple[NDArray, NDArray, NDArray | None, list[int]]:
    """Source past, target, what is given, and the rows of the target value, one row at a time."""
    source, target = block(source), block(target)
    n = len(source)
    labels = [0] * n if trials is None else list(np.asarray(trials))
    xs, ys, zs, rows = [], [], [], []
    for t in range(n):
        of_source = [t - lag - back * source_history_delay for back in range(source_history)]
        of_target = [t - 1 - back * history_delay for back in range(history)]
        of_other = [] if other is None else [t - other_lag]
        first = min([t, *of_source, *of_target, *of_other])
        if first < 0 or any(labels[u] != labels[t] for u in range(first, t)):
            continue
        xs.append(np.concatenate([source[u] for u in of_source]))
        ys.append(target[t])
        past = [target[u] for u in of_target] + [block(other)[u] for u in of_other]
        zs.append(np.concatenate(past) if past else np.zeros(0))
        rows.append(t)
    given = np.array(zs) if zs and len(zs[0]) else None
    return np.array(xs), np.array(ys), given, rows


def total_correlation(data: ArrayLike, k: int, variant: int = 1) -> float:
    """Equations (23) and (30) of Kraskov and others, for the columns of data."""
    columns = list(np.asarray(data, float).T)
    m, n = len(columns), len(columns[0])
    counts = counts_in_spaces(columns, [[c] for c in range(m)], k, variant)[1]
    if variant == 1:
        return float(psi(k) + (m - 1) * psi(n) - psi(counts + 1).sum(axis=0).mean())
    return float(psi(k) - (m - 1) / k + (m - 1) * psi(n) - psi(counts).sum(axis=0).mean())


def dual_total_correlation(data: ArrayLike, k: int) -> float:
    """Sum of H(all but one) less (d - 1) H(all), every entropy at the joint k-th distance."""
    columns = list(np.asarray(data, float).T)
    d, n = len(columns), len(columns[0])
    others = [[c for c in range(d) if c != left] for left in range(d)]
    eps, counts = counts_in_spaces(columns, others, k, 1)
    size = np.log(2.0 * eps).mean()
    whole = psi(n) - psi(k) + d * size
    parts = [psi(n) - psi(counted + 1).mean() + (d - 1) * size for counted in counts]
    return float(sum(parts) - (d - 1) * whole)


def mixed_ksg(x: ArrayLike, y: ArrayLike, k: int, form: str = "paper") -> float:
    """Gao and others, algorithm 1, sample by sample.

    The paper: copies of others where the k-th distance is 0, counts up to the distance, ln. The
    code: balls with the sample itself in them, also where copies are counted; open where the
    distance is not 0; psi.
    """
    apart_x, apart_y = distances(x), distances(y)
    joint = np.maximum(apart_x, apart_y)
    n = len(joint)
    eps = kth_distances(joint, k)
    total = 0.0
    for i in range(n):
        if form == "paper":
            copies = (joint[i] == 0.0).sum() - 1 if eps[i] == 0.0 else k
            in_x, in_y = (apart_x[i] <= eps[i]).sum(), (apart_y[i] <= eps[i]).sum()
            total += psi(copies) + np.log(n) - np.log(in_x) - np.log(in_y)
        else:
            closed = eps[i] == 0.0
            in_xy, in_x, in_y = (
                (apart[i] <= 0.0).sum() if closed else (apart[i] < eps[i]).sum()
                for apart in (joint, apart_x, apart_y)
            )
            total += psi(in_xy if closed else k) + np.log(n) - psi(in_x) - psi(in_y)
    return float(total / n)


def mesner_shalizi(
    x: ArrayLike, y: ArrayLike, z: ArrayLike | None, k: int, form: str = "code"
) -> float:
    """Mesner and Shalizi, sample by sample, with a condition or without.

    The code: all others up to the k-th distance, however many. The paper: k, or the copies where
    that distance is 0. Counts of others up to it, and of all samples where there is no condition.
    """
    n = len(block(x))
    apart_z = np.zeros((n, n)) if z is None else distances(z)
    in_xz, in_yz = np.maximum(distances(x), apart_z), np.maximum(distances(y), apart_z)
    joint = np.maximum(in_xz, in_yz)
    eps = kth_distances(joint, k)
    total = 0.0
    for i in range(n):
        within, xz, yz, near_z = (
            sum(apart[i, j] <= eps[i] for j in range(n) if j != i)
            for apart in (joint, in_xz, in_yz, apart_z)
        )
        used = within if form == "code" or eps[i] == 0.0 else k
        total += psi(used) - psi(xz) - psi(yz) + psi(n if z is None else near_z)
    return float(total / n)


def ross(classes: ArrayLike, values: ArrayLike, k: int) -> float:
    """Equation (2) of Ross, after leaving out single members; m counts the sample itself."""
    classes, values = list(classes), block(values)
    kept = [i for i, c in enumerate(classes) if classes.count(c) > 1]
    classes, apart = [classes[i] for i in kept], distances(values[kept])
    n, total = len(kept), 0.0
    for i in range(n):
        same = sorted(apart[i][j] for j in range(n) if j != i and classes[j] == classes[i])
        used = min(k, len(same))
        within = 1 + sum(j != i and apart[i][j] < same[used - 1] for j in range(n))
        total += psi(n) + psi(used) - psi(len(same) + 1) - psi(within)
    return float(total / n)
