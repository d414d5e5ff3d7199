"""Solve the equations of a graph's Laplacian, to rounding, by the method its structure asks for."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import diags_array
from scipy.sparse.linalg import splu

from infoscope._errors import EstimationError
from infoscope._validate import Floats

Solver = Callable[[Floats], Floats]

# Elimination of a dense component of this size takes 30 ms, and its fill does not matter yet.
_SMALL = 500
# Conjugate gradients need some 10 rounds on a dense random graph, 50 on a sparse one, 500 on a
# grid of 150 x 150, and n on a path. Where the thousand below is not enough, a graph with few
# edges a node is long and thin, so that elimination fills in little (a path of 10,000 nodes: 10
# ms). One with many edges a node is several dense parts held by thin bridges: elimination fills
# in each part (3,000 nodes: seconds), and patience is cheaper.
_ROUNDS_THIN, _ROUNDS_THICK, _THICK = 1_000, 20_000, 20.0
# Two solves, the second of what the first left, reach rounding.
_TOLERANCE, _REFINEMENTS = 1e-8, 2
# Largest distance of a solution from the weighted mean that each equation says it is, relative
# to the largest entry.
_EXACT = 1e-10


def laplacian_solver(skeleton: Any, component: NDArray[np.int64]) -> Solver:
    """Return a function that solves L r = b, with mean 0 in each component.

    L = diag(strength) - skeleton. The skeleton is symmetric, positive and without diagonal,
    ``component`` numbers the connected component of each node from 0 on, and b (n,) must sum to
    zero over each of them.

    The function raises EstimationError if a solution is further than 1e-10, relative to its
    largest entry, from the mean that defines it.
    """
    size = np.bincount(component)
    small = size[component] <= _SMALL
    pieces: list[tuple[NDArray[np.int64], Solver]] = []
    if small.any():
        nodes = np.flatnonzero(small)
        pieces.append((nodes, _eliminated(_part(skeleton, nodes), component[nodes])))
    for number in np.flatnonzero(size > _SMALL):
        nodes = np.flatnonzero(component == number)
        pieces.append((nodes, _iterated(_part(skeleton, nodes))))

    def solve(balance: Floats) -> Floats:
        solution = np.zeros(len(component))
        for nodes, piece in pieces:
            solution[nodes] = piece(balance[nodes])
        solution -= (np.bincount(component, solution) / size)[component]
        left = departure(skeleton, balance, solution)
        if left > _EXACT * _size(solution):
            raise EstimationError(
                f"ranks are not determined to 1e-10: the equations are left by {left:.2g}; the "
                "weights span too many orders of size, so drop the weakest edges"
            )
        return solution

    return solve


def departure(skeleton: Any, balance: Floats, solution: Floats) -> float:
    """Largest distance of an entry from the mean of its equation: (b + skeleton r) / strength."""
    strength = skeleton.sum(axis=1)
    linked = strength > 0.0
    left = (balance - strength * solution + skeleton @ solution)[linked] / strength[linked]
    return float(np.abs(left).max(initial=0.0))


def _size(solution: Floats) -> float:
    """What rounding is relative to; an edge is a climb of one."""
    return max(1.0, float(np.abs(solution).max(initial=0.0)))


def _part(skeleton: Any, nodes: NDArray[np.int64]) -> Any:
    """Rows and columns of some nodes; the graph itself, uncopied, where these are all."""
    return skeleton if len(nodes) == skeleton.shape[0] else skeleton[nodes][:, nodes]


def _eliminated(skeleton: Any, component: NDArray[np.int64]) -> Solver:
    """Factorise once, one node of each component grounded; solve and refine on each call."""
    n = skeleton.shape[0]
    _, grounded = np.unique(component, return_index=True)
    free = np.setdiff1d(np.arange(n), grounded)
    if len(free) == 0:
        return np.zeros_like
    laplacian = (diags_array(skeleton.sum(axis=1)) - skeleton).tocsr()
    # Symmetric and diagonally dominant: the diagonal will do as pivot, whatever the order.
    factors: Any = splu(
        laplacian[free][:, free].tocsc(),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )

    def solve(balance: Floats) -> Floats:
        solution = np.zeros(n)
        for _ in range(_REFINEMENTS):
            left = balance - laplacian @ solution
            solution[free] += factors.solve(left[free])
        return solution

    return solve


def _iterated(skeleton: Any) -> Solver:
    """Conjugate gradients with Jacobi's preconditioner, or elimination where they are slow."""
    n = skeleton.shape[0]
    strength = skeleton.sum(axis=1)
    # Scaled from both sides, which is that preconditioner, the residual counts each node alike.
    scale = 1.0 / np.sqrt(strength)
    rounds = _ROUNDS_THICK if skeleton.nnz > _THICK * n else _ROUNDS_THIN

    def scaled(vector: Floats) -> Floats:
        return vector - scale * (skeleton @ (scale * vector))

    @cache
    def elimination() -> Solver:
        return _eliminated(skeleton, np.zeros(n, np.int64))

    def solve(balance: Floats) -> Floats:
        solution = np.zeros(n)
        for _ in range(_REFINEMENTS):
            left = balance - strength * solution + skeleton @ solution
            # What rounding adds along the constant, no solution can take away.
            left -= strength * (left.sum() / strength.sum())
            step = _conjugate_gradients(scaled, scale * left, rounds)
            if step is None:
                return elimination()(balance)
            solution += scale * step
        precise = departure(skeleton, balance, solution) <= _EXACT / 10 * _size(solution)
        return solution if precise else elimination()(balance)

    return solve


def _conjugate_gradients(operator: Solver, balance: Floats, rounds: int) -> Floats | None:
    """Solve a positive semidefinite system (Hestenes, Stiefel 1952), or None if it takes longer.

    Not scipy's: its inner products go through BLAS threads, which on busy cores take thirty times
    longer than the work, and round differently with their number.
    """
    solution, left = np.zeros(len(balance)), balance.copy()
    direction, square = left.copy(), float(np.sum(left * left))
    goal = _TOLERANCE**2 * square
    for _ in range(rounds):
        if square <= goal:
            return solution
        image = operator(direction)
        length = square / float(np.sum(direction * image))
        solution += length * direction
        left -= length * image
        before, square = square, float(np.sum(left * left))
        direction = left + square / before * direction
    return None
