"""Slow, readable twins of what infoscope does to recordings and graphs.

Nothing here imports infoscope: every formula is written out from the paper, with loops and sets.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from reference import estimators

Node = Hashable
Edges = Mapping[tuple[Node, Node], float]


def ksg1(x: Any, y: Any, k: int) -> float:
    """I(X; Y) in bits."""
    return estimators.ksg1(x, y, k) / float(np.log(2))


def kl_entropy(x: Any, k: int) -> float:
    """H(X) in bits."""
    return estimators.kl_entropy(x, k) / float(np.log(2))


def aligned(inputs: Any, hidden: Any, outputs: Any) -> list[list[list[float]]]:
    """Row t of each window holds x[t+2], h[t+1], o[t]: two rows fewer than steps."""
    return [
        [[*x[t + 2], *h[t + 1], *o[t]] for t in range(len(x) - 2)]
        for x, h, o in zip(inputs, hidden, outputs, strict=True)
    ]


def information_flow(windows: Sequence[Any], k: int, lag: int = 1) -> np.ndarray:
    """F(a→b) = I(a_t; b_{t+lag}) - I(a_t; b_t) in bits, both on the same pooled rows."""
    nodes = len(windows[0][0])
    flow = np.full((nodes, nodes), np.nan)
    for a in range(nodes):
        for b in range(nodes):
            if a == b:
                continue
            a_now, b_now, b_later = [], [], []
            for rows in windows:
                for t in range(len(rows) - lag):
                    a_now.append(rows[t][a])
                    b_now.append(rows[t][b])
                    b_later.append(rows[t + lag][b])
            flow[a, b] = ksg1(a_now, b_later, k) - ksg1(a_now, b_now, k)
    return flow


def jacobi_ranks(nodes: Sequence[Node], edges: Edges, iterations: int) -> dict[Node, float]:
    """Repeat r_i = mean of r_j + 1 over sources j and r_j - 1 over sinks j, all at once."""
    ranks = dict.fromkeys(nodes, 0.0)
    for _ in range(iterations):
        updated = {}
        for i in nodes:
            votes = [(w, ranks[a] + 1) for (a, b), w in edges.items() if b == i and a != i]
            votes += [(w, ranks[b] - 1) for (a, b), w in edges.items() if a == i and b != i]
            total = sum(w for w, _ in votes)
            updated[i] = sum(w * vote for w, vote in votes) / total if votes else np.nan
        ranks = updated
    return ranks


def exact_ranks(nodes: Sequence[Node], edges: Edges) -> dict[Node, float]:
    """Least squares of r_b - r_a = 1 over weighted edges, mean 0 in each component."""
    ranks = dict.fromkeys(nodes, np.nan)
    for component in components(nodes, edges):
        if len(component) == 1:
            continue
        inside = [(a, b, w) for (a, b), w in edges.items() if a in component and a != b]
        equations = np.zeros((len(inside), len(component)))
        for row, (a, b, w) in enumerate(inside):
            equations[row, component.index(b)] += np.sqrt(w)
            equations[row, component.index(a)] -= np.sqrt(w)
        wanted = np.array([np.sqrt(w) for _, _, w in inside])
        solution = np.linalg.lstsq(equations, wanted, rcond=None)[0]
        ranks.update(zip(component, solution - solution.mean(), strict=True))
    return ranks


def components(nodes: Sequence[Node], edges: Edges) -> list[list[Node]]:
    """The nodes that edges join, whatever their direction."""
    left, found = list(nodes), []
    while left:
        component = [left.pop(0)]
        for node in component:  # which grows as the search goes on
            for a, b in edges:
                for other in {a, b} - {node} if node in (a, b) else ():
                    if other not in component:
                        component.append(other)
                        left.remove(other)
        found.append(component)
    return found


def similarity(own: set[Node], other: set[Node]) -> float:
    """The published |intersection| / (|own set| + 1)."""
    return len([node for node in own if node in other]) / (len(own) + 1)


def area_under_curve(above: Sequence[float], below: Sequence[float]) -> float:
    """Probability that one of ``above`` exceeds one of ``below``, ties half."""
    wins = [1.0 if a > b else 0.5 if a == b else 0.0 for a in above for b in below]
    return sum(wins) / len(wins)


def kendall_tau_b(x: Sequence[float], y: Sequence[float]) -> float:
    """(concordant - discordant) / sqrt(pairs untied in x * pairs untied in y)."""
    signs = [
        (np.sign(x[i] - x[j]), np.sign(y[i] - y[j])) for i, j in combinations(range(len(x)), 2)
    ]
    balance = sum(a * b for a, b in signs)
    return float(balance / np.sqrt(sum(a != 0 for a, _ in signs) * sum(b != 0 for _, b in signs)))


def tse_complexity(entropy: Callable[[tuple[int, ...]], float], d: int) -> float:
    """Sum over sizes k of the mean of H(X_S) over all subsets S of size k, less (k / d) H(X)."""
    whole = entropy(tuple(range(d)))
    total = 0.0
    for k in range(1, d):
        parts = [entropy(subset) for subset in combinations(range(d), k)]
        total += sum(parts) / len(parts) - k / d * whole
    return total


def mean_and_spread(gradients: Sequence[Any]) -> tuple[float, float]:
    """Mean and standard deviation of the absolute entries of several arrays, pooled."""
    entries = [abs(float(entry)) for array in gradients for entry in np.asarray(array).flat]
    mean = sum(entries) / len(entries)
    return mean, (sum((entry - mean) ** 2 for entry in entries) / len(entries)) ** 0.5
