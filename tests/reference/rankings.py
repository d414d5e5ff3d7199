"""Slow, readable twins of rankings, their null models and their agreement with classes.

Nothing here imports infoscope.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, permutations, product
from typing import Any

import numpy as np


def least_squares_ranks(weights: Any) -> np.ndarray:
    """Least squares of r_b - r_a = 1 over all edges of a connected graph, mean 0."""
    edges = np.argwhere(weights)
    equations, wanted = np.zeros((len(edges), len(weights))), np.zeros(len(edges))
    for row, (a, b) in enumerate(edges):
        equations[row, b] += np.sqrt(weights[a, b])
        equations[row, a] -= np.sqrt(weights[a, b])
        wanted[row] = np.sqrt(weights[a, b])
    ranks = np.linalg.lstsq(equations, wanted, rcond=None)[0]
    return ranks - ranks.mean()


def eliminated_ranks(weights: Any) -> np.ndarray:
    """The same by Gaussian elimination in long double, the first node held at 0."""
    weights = np.asarray(weights, np.longdouble)
    both = weights + weights.T
    matrix = (np.diag(both.sum(axis=1)) - both)[1:, 1:]
    solution = (weights.sum(axis=0) - weights.sum(axis=1))[1:]
    n = len(matrix)
    for k in range(n):
        factors = matrix[k + 1 :, k] / matrix[k, k]
        matrix[k + 1 :, k:] -= np.outer(factors, matrix[k, k:])
        solution[k + 1 :] -= factors * solution[k]
    for k in reversed(range(n)):
        solution[k] = (solution[k] - matrix[k, k + 1 :] @ solution[k + 1 :]) / matrix[k, k]
    ranks = np.append(np.longdouble(0), solution)
    return (ranks - ranks.mean()).astype(float)


def directedness(edges: Sequence[tuple[int, int, float]], n: int) -> float:
    """1 - F0 of the least-squares ranks; edges may be parallel."""
    equations, wanted = np.zeros((len(edges), n)), np.zeros(len(edges))
    for row, (a, b, w) in enumerate(edges):
        equations[row, b] += np.sqrt(w)
        equations[row, a] -= np.sqrt(w)
        wanted[row] = np.sqrt(w)
    ranks = np.linalg.lstsq(equations, wanted, rcond=None)[0]
    return float(1.0 - np.sum((equations @ ranks - wanted) ** 2) / np.sum(wanted**2))


def orientations(weights: Any) -> list[float]:
    """Directedness of every orientation of a graph's edges."""
    edges = [(int(a), int(b), float(weights[a, b])) for a, b in np.argwhere(weights)]
    return [
        directedness(
            [(b, a, w) if t else (a, b, w) for (a, b, w), t in zip(edges, turned, strict=True)],
            len(weights),
        )
        for turned in product((False, True), repeat=len(edges))
    ]


def graphs_with_degrees(linked: Any, classes: Sequence[int]) -> Iterator[tuple]:
    """Sorted edges of every graph with these degrees and numbers of edges between classes."""
    n = len(linked)

    def signature(edges: Sequence[tuple[int, int]]) -> tuple:
        return (
            Counter(a for a, _ in edges),
            Counter(b for _, b in edges),
            Counter((classes[a], classes[b]) for a, b in edges),
        )

    own = [(int(a), int(b)) for a, b in np.argwhere(linked)]
    pairs = [(a, b) for a in range(n) for b in range(n) if a != b]
    for edges in combinations(pairs, len(own)):
        if signature(edges) == signature(own):
            yield edges


def pair_signs(ranks: Sequence[float], places: Sequence[int]) -> list[tuple[int, int]]:
    """Signs of the differences in rank and in class of every pair."""
    return [
        (int(np.sign(ranks[i] - ranks[j])), int(np.sign(places[i] - places[j])))
        for i, j in combinations(range(len(ranks)), 2)
    ]


def gamma(ranks: Sequence[float], places: Sequence[int]) -> float:
    signs = pair_signs(ranks, places)
    return sum(a * b for a, b in signs) / sum(abs(a * b) for a, b in signs)


def somers_d(ranks: Sequence[float], places: Sequence[int]) -> float:
    signs = pair_signs(ranks, places)
    return sum(a * b for a, b in signs) / sum(abs(b) for _, b in signs)


def kendall_tau_b(ranks: Sequence[float], places: Sequence[int]) -> float:
    signs = pair_signs(ranks, places)
    ties = sum(abs(a) for a, _ in signs) * sum(abs(b) for _, b in signs)
    return sum(a * b for a, b in signs) / ties**0.5


def largest_tau_b(ranks: Sequence[float], places: Sequence[int]) -> float:
    """Over every way to hand the same ranks out."""
    return max(kendall_tau_b(other, places) for other in permutations(ranks))


def jonckheere(ranks: Sequence[float], places: Sequence[int], component: Sequence[int]) -> float:
    """Pairs of one component in the order of their classes, ties half."""
    total = 0.0
    for i, j in permutations(range(len(ranks)), 2):
        if component[i] == component[j] and places[i] < places[j]:
            total += 1.0 if ranks[i] < ranks[j] else 0.5 if ranks[i] == ranks[j] else 0.0
    return total


def spring_rank(weights: Any, alpha: float) -> np.ndarray:
    """Minimum of sum_ij w_ij (r_j - r_i - 1)^2 + alpha sum_i r_i^2."""
    n = len(weights)
    rows, wanted = [np.sqrt(alpha) * np.eye(n)[i] for i in range(n)], [0.0] * n
    for a, b in np.argwhere(weights):
        rows.append(np.sqrt(weights[a, b]) * (np.eye(n)[b] - np.eye(n)[a]))
        wanted.append(np.sqrt(weights[a, b]))
    return np.linalg.lstsq(np.array(rows), np.array(wanted), rcond=None)[0]


def hodge_rank(weights: Any) -> np.ndarray:
    """Least squares of r_b - r_a = (w_ab - w_ba) / mean w over linked pairs, mean 0."""
    n, unit = len(weights), weights[weights > 0].mean()
    rows, wanted = [], []
    for a, b in combinations(range(n), 2):
        if weights[a, b] or weights[b, a]:
            rows.append(np.eye(n)[b] - np.eye(n)[a])
            wanted.append((weights[a, b] - weights[b, a]) / unit)
    ranks = np.linalg.lstsq(np.array(rows), np.array(wanted), rcond=None)[0]
    return ranks - ranks.mean()
