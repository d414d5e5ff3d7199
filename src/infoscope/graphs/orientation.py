"""Mean and variance of the directedness of a graph under random orientations of its edges.

1 - F0 = x' Q x / sum w for signs x of the edges, see `rank_significance`. Its moments need tr Q,
|Q|^2 and sum_e Q_ee^2, each a sum over components. Q_ee = w_e^2 R_e with R_e the effective
resistance between the ends of e; without weights Q is a projection of rank n - 1.
"""

from typing import Any

import numpy as np
from scipy.sparse import diags_array

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats
from infoscope.graphs.adjacency import Adjacency, balance_of
from infoscope.graphs.laplacian import laplacian_solver

# Largest component whose Laplacian is inverted, in nodes: a few seconds and 0.3 GB.
_DENSE = 3_000
# Random projections for the leverages of a larger component; each takes one solve.
_PROBES = 64
# A variance below this, relative to the squared mean, is 0 up to rounding: a forest.
_NONE = 1e-12


def orientation_moments(
    adjacency: Adjacency, random: np.random.Generator
) -> tuple[float, float, float]:
    """Return mean, standard deviation (sd) of 1 - F0 over all orientations, and the sd's error.

    The error is 0 unless a component has more than 3,000 nodes.

    Raises
    ------
    InputError
        If such a component has weights.
    EstimationError
        If its leverages cannot be distinguished from 1.
    """
    component, total = adjacency.component, float(adjacency.matrix.sum())
    size = np.bincount(component)
    trace = spread = noise = 0.0
    for number in np.flatnonzero(size > 1):
        nodes = np.flatnonzero(component == number)
        part = adjacency.matrix[nodes][:, nodes]
        if size[number] <= _DENSE:
            part_trace, part_spread = _exact(part)
        else:
            part_trace, part_spread, part_noise = _projected(part, random)
            noise += part_noise
        trace, spread = trace + part_trace, spread + part_spread
    if abs(spread) <= _NONE * trace**2:
        return trace / total, 0.0, 0.0
    if spread < 0.0:
        raise EstimationError(
            "the variance over orientations is below the error of the estimated leverages: the "
            "graph is nearly a tree; try surrogates=999"
        )
    sd = float(np.sqrt(2.0 * spread)) / total
    return trace / total, sd, float(np.sqrt(noise)) / (total**2 * sd)


def _exact(matrix: Any) -> tuple[float, float]:
    """Return tr Q and |Q|^2 - sum_e Q_ee^2 of one component."""
    laplacian = _laplacian(matrix).toarray()
    # The constant that makes it invertible cancels in every difference below.
    inverse = np.linalg.inv(laplacian + np.diag(laplacian).mean() / len(laplacian))
    edges = matrix.tocoo()
    at = np.diag(inverse)
    resistance = at[edges.row] + at[edges.col] - 2.0 * inverse[edges.row, edges.col]
    leverage = edges.data**2 * resistance
    product = _laplacian(matrix.power(2)) @ inverse
    spread = np.sum(product * product.T) - np.sum(leverage**2)
    return float(leverage.sum()), float(spread)


def _projected(matrix: Any, random: np.random.Generator) -> tuple[float, float, float]:
    """Return tr Q, |Q|^2 - sum_e Q_ee^2 and the variance of its error, without weights.

    For random signs g of the edges, let s_e be the squared climb over edge e of the least-squares
    ranks for g. It has mean P_ee, so that s_e t_e of two independent fits has mean P_ee^2.
    """
    if matrix.data.min() < 1.0:
        raise InputError(
            f"graph with weights must have no component above {_DENSE} nodes, got one of "
            f"{matrix.shape[0]}, for the closed form; try surrogates=999 for random orientations"
        )
    n = matrix.shape[0]
    edges = matrix.tocoo()
    solve = laplacian_solver((matrix + matrix.T).tocsr(), np.zeros(n, np.int64))
    fits = []
    for _ in range(_PROBES):
        signs = random.choice([-1.0, 1.0], matrix.nnz)
        fits.append(solve(balance_of(edges.row, edges.col, signs, n)))

    def squares(fit: Floats) -> Floats:
        return (fit[edges.col] - fit[edges.row]) ** 2

    summed, own = np.zeros(matrix.nnz), 0.0
    for fit in fits:
        square = squares(fit)
        summed += square
        own += float(np.sum(square**2))
    diagonal = (float(np.sum(summed**2)) - own) / (_PROBES * (_PROBES - 1))
    # First-order term of Hoeffding's decomposition of this U-statistic.
    shares = np.array([np.sum(squares(fit) * summed) / _PROBES for fit in fits])
    return n - 1.0, n - 1.0 - diagonal, float(4.0 * shares.var(ddof=1) / _PROBES)


def _laplacian(matrix: Any) -> Any:
    skeleton = matrix + matrix.T
    return (diags_array(skeleton.sum(axis=1)) - skeleton).tocsr()
