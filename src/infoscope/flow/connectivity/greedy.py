"""Greedy multivariate transfer entropy: the sources that each target needs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as fisher

from infoscope._validate import Floats

# A variance below this share of its own beginning is rounding: a source linear in the chosen.
_NOTHING = 1e-10


@dataclass(frozen=True)
class Chosen:
    """Sources of one target.

    Parameters
    ----------
    sources : array of bool, shape (source,)
        Which were chosen and not pruned.
    p : array, shape (source,)
        p of each source given the chosen others, uncorrected.
    bits : array, shape (source,)
        Information of each source about the target given the chosen others and the own past.
    """

    sources: NDArray[np.bool_]
    p: Floats
    bits: Floats


def greedy(gram: Floats, free: int, n: int, level: float) -> Chosen:
    """Choose the sources of one target from cross-products of its columns.

    Sources are added by their information given the free columns and the chosen ones, as long as
    its p, times the number of sources, is at most the level; then those are removed that the
    others make superfluous by the same rule.

    Parameters
    ----------
    gram : array, shape (d, d)
        Cross-products of the columns free, sources and target, in this order.
    free : int
        Number of free columns, which are always given: constant and own past.
    n : int
        Rows.
    level : float
        Family-wise error rate of the target.

    References
    ----------
    L. Faes, G. Nollo, A. Porta, Phys. Rev. E 83, 051112 (2011); L. Novelli et al., Netw. Neurosci.
    3, 827 (2019), who correct for all sources and prune. Of Gaussian variables the test is F's.
    """
    size = np.sqrt(gram.diagonal())
    size = np.where(size > 0.0, size, 1.0)
    swept = gram / size[:, np.newaxis] / size
    sources = len(swept) - free - 1
    given = 0
    for column in range(free):
        if swept[column, column] > _NOTHING:
            swept, given = _sweep(swept, column), given + 1
    chosen = np.zeros(sources, bool)
    taken = np.arange(free, free + sources)
    start = swept
    while True:
        p = _p_values(swept, taken, chosen, n - given)
        best = int(np.argmin(np.where(chosen, np.inf, p)))
        if chosen[best] or p[best] * sources > level or given >= n - 3:
            break
        chosen[best], given = True, given + 1
        swept = _sweep(swept, free + best)
    while chosen.any():
        p = _p_values(swept, taken, chosen, n - given)
        worst = int(np.argmax(np.where(chosen, p, -1.0)))
        if p[worst] * sources <= level:
            break
        chosen[worst] = False
        given -= 1
        swept = start
        for place in np.flatnonzero(chosen):
            swept = _sweep(swept, free + int(place))
    p = _p_values(swept, taken, chosen, n - given)
    return Chosen(chosen, p, _bits(swept, taken, chosen))


def _sweep(matrix: Floats, k: int) -> Floats:
    """Sweep a column: the rest becomes cross-products of residuals, the swept part the inverse."""
    pivot = matrix[k, k]
    row = matrix[k] / pivot
    found: Floats = matrix - matrix[:, [k]] * row
    found[k], found[:, k] = row, -matrix[:, k] / pivot
    found[k, k] = 1.0 / pivot
    return found


def _explained(swept: Floats, taken: NDArray[np.int64]) -> Floats:
    """Return the sum of squares that a source would add or, of a chosen one, leaves if removed."""
    diagonal, last = swept.diagonal()[taken], swept[taken, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(diagonal > _NOTHING, last**2 / diagonal, 0.0)


def _p_values(
    swept: Floats, taken: NDArray[np.int64], chosen: NDArray[np.bool_], left: int
) -> Floats:
    """Return p of each source given the chosen others; ``left`` are rows less columns given."""
    gain, rest = _explained(swept, taken), max(swept[-1, -1], 0.0)
    after = np.maximum(np.where(chosen, rest, rest - gain), 1e-300)
    freedom = np.maximum(np.where(chosen, left, left - 1), 1)
    return np.asarray(fisher.sf(gain / after * freedom, 1, freedom), np.float64)


def _bits(swept: Floats, taken: NDArray[np.int64], chosen: NDArray[np.bool_]) -> Floats:
    share = _explained(swept, taken) / max(swept[-1, -1], 1e-300)
    other = -np.log1p(-np.minimum(share, 1.0 - 1e-15))
    return 0.5 * np.where(chosen, np.log1p(share), other) / np.log(2.0)
