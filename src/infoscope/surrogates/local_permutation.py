"""Surrogates for conditional measures: sources change places where the condition is alike."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from infoscope._errors import InputError
from infoscope._validate import Floats, neighbours_fit, whole_number
from infoscope.estimators._samples import scaled
from infoscope.surrogates.layout import Integers, Layout, Pairing
from infoscope.surrogates.surrogate import RowSurrogate, Sampler, child

# Less than any two different normal scores differ by, of fewer than a million rows.
_TIE = 1e-9


@dataclass(frozen=True)
class LocalPermutation(RowSurrogate):
    """Give each row the source of one of the rows whose condition is nearest to its own.

    Rows take, in random order, the first in a random order of their neighbours that no row has
    taken before, or the last of them where all are taken. Neighbours are found in the max norm
    between normal scores of the condition, the row itself among them; of rows whose condition is
    equal they are random ones, not the next in time.

    Parameters
    ----------
    neighbours : int
        How many rows each may take from.

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
    keeps = "how source and condition depend on one another, and target and condition"
    tests = "no information or transfer beyond the condition"
    caveat = (
        "rows count as independent but for the condition; where neighbours are far apart it is "
        "too liberal, and it needs a low-dimensional condition"
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
        """Find the neighbours once and return what draws."""
        if given is None:
            raise InputError(
                "given must be the condition of a local permutation, got None; pass its values "
                "(row, d) to its sampler, or take another null for a measure without condition, as "
                "a flow is: CircularShift() or LagSwap()"
            )
        current = layout.current
        nearest = nearest_rows(given[current], self.neighbours, np.random.default_rng(seed))

        def draw(index: int) -> Pairing:
            chosen = _taken(nearest, child(seed, index))
            return Pairing(current[chosen], current, layout.later)

        return Sampler(draw, settings={"neighbours": self.neighbours})


def nearest_rows(condition: Floats, neighbours: int, random: np.random.Generator) -> Integers:
    """Return the rows whose condition (n, d) is nearest to that of each, itself first.

    In the max norm between normal scores; of rows with an equal condition random ones. Shape
    (n, neighbours).

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
