"""Greedy multivariate transfer entropy: the sources that each target needs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.stats import f as fisher

from infoscope._validate import Floats

# A variance below this share of its own beginning is rounding: a source linear in the chosen.
_NOTHING = 1e-10
# Less of the target's sum of squares than this share is rounding: the chosen determine the target.
_ROUNDING = 1e-13


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


@dataclass(frozen=True)
class Products:
    """Cross-products of the columns of one target over the rows.

    Parameters
    ----------
    sources : array, shape (source, source)
        Of the sources among themselves.
    across : array, shape (source, free + 1)
        Of the sources with the free columns, which are always given, and with the target.
    others : array, shape (free + 1, free + 1)
        Of the free columns and the target.
    """

    sources: Floats
    across: Floats
    others: Floats

    def row(self, place: int) -> Floats:
        """Return the products of a column with all; sources first, the target last."""
        if place < len(self.sources):
            return np.concatenate([self.sources[place], self.across[place]])
        place -= len(self.sources)
        return np.concatenate([self.across[:, place], self.others[place]])

    def among(self, places: NDArray[np.int64]) -> "Products":
        """Return the products of some of the sources."""
        inner = self.sources[np.ix_(places, places)]
        return Products(inner, self.across[places], self.others)

    @property
    def squares(self) -> Floats:
        """Squares of all columns."""
        return np.concatenate([self.sources.diagonal(), self.others.diagonal()])


class Given:
    """The columns given so far, orthonormal, and what they leave of all columns."""

    def __init__(self, products: Products) -> None:
        self.products = products
        self.whole = products.squares
        self.left = self.whole.copy()
        self.with_target = products.row(len(self.whole) - 1)
        self.basis: list[Floats] = []

    def take(self, place: int) -> None:
        """Give one more column, unless those given determine it."""
        if not self.left[place] > _NOTHING * self.whole[place]:
            return
        row = self.products.row(place)
        for earlier in self.basis:
            row -= earlier[place] * earlier
        row /= np.sqrt(self.left[place])
        self.basis.append(row)
        self.left -= row**2
        self.with_target -= row[-1] * row

    def gains(self) -> Floats:
        """Return the sum of squares of the target that each source would explain."""
        sources = slice(len(self.products.sources))
        left, known = self.left[sources], self.with_target[sources]
        there = left > _NOTHING * self.whole[sources]
        return np.divide(known**2, left, out=np.zeros_like(left), where=there)

    def losses(self, chosen: list[int], free: int) -> Floats:
        """Return the sum of squares that only each of the chosen explains."""
        of_chosen = np.array([row[chosen] for row in self.basis[free:]])
        on_target = np.array([row[-1] for row in self.basis[free:]])
        inverse = solve_triangular(of_chosen, np.eye(len(chosen)), check_finite=False)
        return (inverse @ on_target) ** 2 / (inverse**2).sum(axis=1)

    @property
    def least(self) -> float:
        """Sum of squares of the target that cannot be told from rounding; above zero."""
        return max(_ROUNDING * float(self.whole[-1]), np.finfo(float).tiny)

    @property
    def rest(self) -> float:
        """Sum of squares of the target that is left, no less than rounding."""
        return max(float(self.left[-1]), self.least)

    def without(self, explained: Floats) -> Floats:
        """Return what each source would leave of the target, no less than rounding."""
        return np.maximum(self.rest - explained, self.least)


def greedy(products: Products, own: int, n: int, level: float) -> Chosen:
    """Choose the sources of one target from the cross-products of its columns.

    Sources are added by their information given the free columns and the chosen ones, as long as
    its p, times the number of sources, is at most the level; then those are removed that the
    others make superfluous by the same rule.

    Parameters
    ----------
    products : Products
    own : int
        Place of the target among the sources, which is none of its own; -1 if it is not there.
    n : int
        Rows.
    level : float
        Family-wise error rate of the target.

    References
    ----------
    L. Faes, G. Nollo, A. Porta, Phys. Rev. E 83, 051112 (2011); L. Novelli et al., Netw. Neurosci.
    3, 827 (2019), who correct for all sources and prune. Of Gaussian variables the test is F's.
    """
    size = len(products.sources)
    allowed = np.arange(size) != own
    count = int(allowed.sum())
    given, free = given_by(products, [])
    chosen: list[int] = []
    while len(chosen) < count and free + len(chosen) < n - 3:
        gains = given.gains()
        gains[~allowed], gains[chosen] = -1.0, -1.0
        best = int(np.argmax(gains))
        gain = gains[[best]]
        p = _p_of(gain, given.without(gain), n - free - len(chosen) - 1)[0]
        if not p * count <= level:
            break
        given.take(best)
        chosen.append(best)
    while chosen:
        left = n - free - len(chosen)
        p = _p_of(given.losses(chosen, free), given.rest, left)
        worst = int(np.argmax(p))
        if p[worst] * count <= level:
            break
        del chosen[worst]
        given, _ = given_by(products, chosen)
    gains, rest = given.gains(), given.rest
    left = given.without(gains)
    p = _p_of(gains, left, n - free - len(chosen) - 1)
    bits = np.log(rest / left)
    if chosen:
        losses = given.losses(chosen, free)
        p[chosen] = _p_of(losses, rest, n - free - len(chosen))
        bits[chosen] = np.log1p(losses / rest)
    p[~allowed], bits[~allowed] = np.nan, np.nan
    return Chosen(np.isin(np.arange(size), chosen), p, 0.5 * bits / np.log(2.0))


def given_by(products: Products, chosen: list[int]) -> tuple[Given, int]:
    """Return what is left after the free columns and the chosen sources; how many free ones."""
    given = Given(products)
    for column in range(products.others.shape[0] - 1):
        given.take(len(products.sources) + column)
    free = len(given.basis)
    for source in chosen:
        given.take(source)
    return given, free


def _p_of(explained: Floats, left: Floats | float, freedom: int) -> Floats:
    """Return p of what each source explains, beside what is left with it."""
    freedom = max(freedom, 1)
    return np.array(fisher.sf(explained / left * freedom, 1, freedom), np.float64)
