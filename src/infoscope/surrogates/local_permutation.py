"""Surrogates for conditional measures: sources are permuted among rows of similar condition."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from infoscope._errors import InputError
from infoscope._validate import Floats, neighbours_fit, whole_number
from infoscope.estimators._samples import scaled
from infoscope.surrogates.layout import Integers, Layout, Pairing
from infoscope.surrogates.surrogate import RowSurrogate, Sampler, child

# Below the difference of any two distinct normal scores of fewer than a million rows.
_TIE = 1e-9


@dataclass(frozen=True)
class LocalPermutation(RowSurrogate):
    """Give each row the source of one of the rows with the nearest conditions.

    In random order, each row takes the first of its shuffled neighbours that is not yet taken, or
    the last if all are. Neighbours include the row itself and are nearest in the max norm between
    normal scores of the condition; among equal conditions they are random, not the next in time.

    Parameters
    ----------
    neighbours : int
        Number of neighbours to draw from.

    References
    ----------
    J. Runge, AISTATS 2018, PMLR 84, 938, arXiv:1709.01447, algorithm 1.

    Examples
    --------
    >>> z = np.arange(12.0)[:, np.newaxis]
    >>> seed = np.random.SeedSequence(0)
    >>> sampler = LocalPermutation(3).sampler(Layout.of_rows(12), z, seed, given=z)
    >>> drawn = sampler.draw(0)
    >>> int(np.abs(drawn.source - drawn.now).max()) <= 2
    True
    """

    neighbours: int = 5

    needs_condition = True
    name = "local-permutation"
    keeps = "the dependence between source and condition, and between target and condition"
    tests = "no information or transfer beyond the condition"
    caveat = (
        "rows are assumed independent given the condition; too liberal if neighbours are far "
        "apart, so that the condition must be low-dimensional"
    )

    def __post_init__(self) -> None:
        """Check the parameter."""
        whole_number(self.neighbours, "neighbours", 2)

    def sampler(
        self,
        layout: Layout,
        table: Floats,
        seed: np.random.SeedSequence,
        given: Floats | None = None,
    ) -> Sampler[Pairing]:
        """Search the neighbours once and return a sampler."""
        if given is None:
            raise InputError(
                "given must be the condition of a local permutation, got None; pass its values "
                "(row, d) to its sampler, or take CircularShift() or LagSwap() for a measure "
                "without condition, such as flow"
            )
        current = layout.current
        nearest = nearest_rows(given[current], self.neighbours, np.random.default_rng(seed))

        def draw(index: int) -> Pairing:
            chosen = _taken(nearest, child(seed, index))
            return Pairing(current[chosen], current, layout.later)

        return Sampler(draw, settings={"neighbours": self.neighbours})


def nearest_rows(condition: Floats, neighbours: int, random: np.random.Generator) -> Integers:
    """Return the rows with the nearest conditions (n, d) to each row, itself first.

    In the max norm between normal scores; random among equal conditions. Shape (n, neighbours).

    Examples
    --------
    >>> nearest_rows(np.array([[0.0], [4.0], [1.0]]), 2, np.random.default_rng(0)).tolist()
    [[0, 2], [1, 2], [2, 0]]
    """
    neighbours_fit(neighbours, len(condition))
    scores = scaled(condition, "rank")
    scores += _TIE * random.random(scores.shape)
    return np.asarray(KDTree(scores).query(scores, neighbours, p=np.inf)[1], np.int64)


def _taken(nearest: Integers, random: np.random.Generator) -> Integers:
    preferred = random.permuted(nearest, axis=1).tolist()
    chosen, used = np.empty(len(nearest), np.int64), set()
    for row in random.permutation(len(nearest)).tolist():
        free = (other for other in preferred[row] if other not in used)
        chosen[row] = next(free, preferred[row][-1])
        used.add(int(chosen[row]))
    return chosen
