"""Laplacian solver to rounding accuracy, with a method chosen by the graph's structure."""

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

# Elimination of a dense component of this size takes 30 ms; fill-in is not yet a problem.
_SMALL = 500
# Conjugate gradients need about 10 iterations on a dense random graph, 50 on a sparse one, 500 on
# a grid of 150 x 150, and n on a path. If the thousand below do not suffice, a graph with few
# edges per node is long and thin, with little fill-in (a path of 10,000 nodes: 10 ms). A graph
# with many edges per node is several dense parts joined by thin bridges: elimination fills in each
# part (3,000 nodes: seconds), and more iterations are cheaper.
_ROUNDS_THIN, _ROUNDS_THICK, _THICK = 1_000, 20_000, 20.0
# Two solves, the second for the residual of the first, reach rounding accuracy.
_TOLERANCE, _REFINEMENTS = 1e-8, 2
# Largest deviation of a solution from the weighted mean in each equation, relative to the largest
# entry.
_EXACT = 1e-10


def laplacian_solver(skeleton: Any, component: NDArray[np.int64]) -> Solver:
    """Return a function that solves L r = b, with mean 0 in each component.

    L = diag(strength) - skeleton. The skeleton is symmetric and positive, with a zero diagonal.
    ``component`` is the connected component of each node, counted from 0; b (n,) must sum to zero
    over each component.

    The function raises EstimationError if a solution deviates by more than 1e-10, relative to its
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
                f"ranks are not determined to 1e-10: the residual is {left:.2g}, because the "
                "weights span too many orders of magnitude; drop the weakest edges"
            )
        return solution

    return solve


def departure(skeleton: Any, balance: Floats, solution: Floats) -> float:
    """Return the largest deviation of r from its equation, r = (b + skeleton r) / strength."""
    strength = skeleton.sum(axis=1)
    linked = strength > 0.0
    left = (balance - strength * solution + skeleton @ solution)[linked] / strength[linked]
    return float(np.abs(left).max(initial=0.0))


def _size(solution: Floats) -> float:
    """Return the scale for rounding errors, at least 1 (the climb of an edge)."""
    return max(1.0, float(np.abs(solution).max(initial=0.0)))


def _part(skeleton: Any, nodes: NDArray[np.int64]) -> Any:
    """Return rows and columns of some nodes; the graph itself, uncopied, for all nodes."""
    return skeleton if len(nodes) == skeleton.shape[0] else skeleton[nodes][:, nodes]


def _eliminated(skeleton: Any, component: NDArray[np.int64]) -> Solver:
    """Factorise once, one node of each component grounded; solve and refine on each call."""
    n = skeleton.shape[0]
    _, grounded = np.unique(component, return_index=True)
    free = np.setdiff1d(np.arange(n), grounded)
    if len(free) == 0:
        return np.zeros_like
    laplacian = (diags_array(skeleton.sum(axis=1)) - skeleton).tocsr()
    # Symmetric and diagonally dominant: diagonal pivots are stable in any order.
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
    """Return a conjugate-gradient solver with Jacobi preconditioner, or elimination if slow."""
    n = skeleton.shape[0]
    strength = skeleton.sum(axis=1)
    # Two-sided scaling is that preconditioner, and the residual weights all nodes equally.
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
            # Remove rounding errors along the constant, which no solution can reduce.
            left -= strength * (left.sum() / strength.sum())
            step = _conjugate_gradients(scaled, scale * left, rounds)
            if step is None:
                return elimination()(balance)
            solution += scale * step
        precise = departure(skeleton, balance, solution) <= _EXACT / 10 * _size(solution)
        return solution if precise else elimination()(balance)

    return solve


def _conjugate_gradients(operator: Solver, balance: Floats, rounds: int) -> Floats | None:
    """Solve a positive semidefinite system (Hestenes, Stiefel 1952); None after ``rounds``.

    Not scipy's, whose inner products use BLAS threads: thirty times slower on busy cores, with
    rounding that depends on the number of threads.
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
