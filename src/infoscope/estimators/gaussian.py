"""Closed-form information of jointly Gaussian variables, or of their Gaussian copula."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, truth
from infoscope.estimators._collinearity import (
    SINGLE,
    Independent,
    Relation,
    constant_columns,
    resolutions,
    unit_columns,
)
from infoscope.estimators._samples import (
    ROUNDING,
    SAMPLES_PER_COORDINATE,
    Samples,
    flags_of,
    scaled,
)
from infoscope.estimators.estimate import Estimate, listed

# An unexplained share of variance below this is rounding, for given correlations.
SINGULAR = 1e-12
# Columns with a smaller squared correlation are not copies, whatever their rounding.
_CLOSE = 0.9


@dataclass(frozen=True)
class Gaussian:
    """Information from the covariance matrix, exact for jointly Gaussian variables.

    I(X; Y) = 1/2 ln(|S_x| |S_y| / |S_xy|), and likewise for every other quantity that is a sum
    of entropies H = 1/2 ln((2 pi e)^d |S|). Coordinates that carry no further information are
    left out: constant ones, and linear functions of given or of others of the same variable. A
    relation is linear if its residual, as a share of the standard deviation, is within rounding:
    1.2e-7, or the resolution of single-precision numbers of that size.

    Parameters
    ----------
    copula : bool
        Transform each coordinate to normal scores first: the information of the Gaussian copula,
        invariant to strictly increasing transforms of a coordinate, and a lower bound if
        coordinates are continuous.
    bias_correction : bool
        Subtract the expected error of each log-determinant for Gaussian samples.

    References
    ----------
    R. A. A. Ince et al., Hum. Brain Mapp. 38, 1541 (2017), equations (4) to (7); the bias as in
    N. R. Goodman, Ann. Math. Stat. 34, 152 (1963).

    Examples
    --------
    >>> from infoscope import mutual_information
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 5000))
    >>> round(mutual_information(x, 0.6 * x + 0.8 * noise, estimator=Gaussian()).bits, 1)
    0.3
    """

    copula: bool = False
    bias_correction: bool = True

    def __post_init__(self) -> None:
        """Check both parameters."""
        for name in ("copula", "bias_correction"):
            truth(getattr(self, name), name)

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y), or I(X; Y | Z).

        Coordinates that are constant, or linear functions of Z or of others of the same variable,
        are left out, which does not change the information; the flag "redundant" and ``left_out``
        report them. Only a linear relation between X and Y given Z makes it infinite.
        """
        data, sides = samples.together, _Sides.of(samples)
        self._enough_rows(samples.n, 2, data.shape[1])
        columns, moving = self._columns(data)
        x, y, z = ([int(i) for i in part if moving[i]] for part in sides.places)
        given = columns.plus(z)
        of_x, of_y = given.plus(x), given.plus(y)
        new_x, new_y = of_x.kept[len(given.kept) :], of_y.kept[len(given.kept) :]
        both = of_x.plus(new_y) if new_x and new_y else of_x
        self._enough_rows(samples.n, max(len(both.kept), 2), data.shape[1])
        nats = 0.0
        if new_x and new_y:
            if determined := both.left_out[len(of_x.left_out) :]:
                raise _infinite(determined[0], sides)
            nats = float(of_y.log_lengths + of_x.log_lengths - both.log_lengths)
            nats -= given.log_lengths
            nats -= self._lost(samples.n, len(given.kept), len(new_x), len(new_y))
        redundant = {relation.column for relation in (*of_x.left_out, *of_y.left_out)}
        left_out = sorted({*redundant, *np.flatnonzero(~moving).tolist()})
        flags = self._flags(data, moving, nats, len(both.kept)) + (
            ("redundant",) if redundant else ()
        )
        named = tuple(sides.name(place) for place in left_out)
        return Estimate(nats, samples.n, self, flags=flags, left_out=named)

    def entropy(self, x: Floats, random: np.random.Generator, n_jobs: int | None) -> Estimate:
        """Estimate the differential entropy H(X); not defined for the copula, which has no unit."""
        if self.copula:
            raise InputError(
                "estimator must be Gaussian(copula=False) for an entropy, got copula=True; normal "
                "scores have no unit, on which a differential entropy depends"
            )
        nats = float(self.set_entropies(x, [np.arange(x.shape[1])])[0])
        moving = ~constant_columns(x)
        if not moving.all():
            raise EstimationError(
                f"a Gaussian entropy is minus infinity: coordinate {int(moving.argmin())} of the "
                "samples is constant; drop it"
            )
        # A differential entropy may be negative.
        return Estimate(nats, len(x), self, flags=self._flags(x, moving, 0.0, x.shape[1]))

    def set_entropies(self, data: Floats, sets: Sequence[NDArray[np.int64]]) -> Floats:
        """Return the entropy in nats of each set of columns of data (n, d).

        A constant column adds 0 to every set, so that it cancels in differences of entropies.
        """
        steps = self._entropy_steps(data)
        return np.array([steps(np.asarray(members, np.int64))[-1] for members in sets])

    def prefix_entropies(
        self,
        x: Floats,
        prefixes: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
        random: np.random.Generator,
        n_jobs: int | None,
    ) -> list[Floats]:
        """Entropies, in nats, of growing sets of the coordinates of x (n, d)."""
        steps = self._entropy_steps(x)
        return [steps(order[: sizes.max()])[sizes] for order, sizes in prefixes]

    def pairs(
        self,
        sources: Floats,
        targets: Floats,
        wanted: NDArray[np.bool_],
        scores: tuple[Floats, Floats] | None = None,
    ) -> Floats:
        """Estimate I(source; target) for many pairs of scalars, in nats.

        sources (n, p) and targets (n, q) hold the columns, scores their normal scores if these are
        known; wanted (p, q) says which pairs. Returns (p, q), as `mutual_information` of each; NaN
        where not wanted, where a column is constant, and where one is a linear function of the
        other.
        """
        matrix = np.full(wanted.shape, np.nan)
        rows = wanted.any(axis=1) & ~constant_columns(sources)
        columns = wanted.any(axis=0) & ~constant_columns(targets)
        a, b = sources[:, rows], targets[:, columns]
        if scores is None:
            units = self.unit_columns(a), self.unit_columns(b)
        else:
            units = unit_columns(scores[0][:, rows]), unit_columns(scores[1][:, columns])
        squared = (units[0].T @ units[1]) ** 2
        matrix[np.ix_(rows, columns)] = self.nats(
            squared, len(sources), singular=self.rounding(squared, a, b)
        )
        matrix[~wanted] = np.nan
        return matrix

    def unit_columns(self, data: Floats) -> Floats:
        """Return columns (n, d), none constant, with mean 0 and length 1.

        Their dot products are correlations.
        """
        return unit_columns(scaled(data, "rank") if self.copula else data)

    def nats(
        self, squared: Floats, n: int, given: int = 0, singular: Floats | float = SINGULAR
    ) -> Floats:
        """Return the information of scalars from their squared partial correlations.

        Of n samples; ``given`` is the number of conditioning coordinates. NaN where it is
        infinite: where the unexplained share of a variance is at most ``singular``.
        """
        self._enough_rows(n, given + 2, given + 2)
        infinite = squared >= 1.0 - singular
        nats = -0.5 * np.log1p(-np.where(infinite, 0.0, squared))
        return np.where(infinite, np.nan, nats - self._lost(n, given, 1, 1))

    def rounding(self, squared: Floats, sources: Floats, targets: Floats) -> Floats | float:
        """Return the largest rounding error of 1 - r^2 for copies, (p, q)."""
        if self.copula or squared.max(initial=0.0) < _CLOSE:
            return 2.0 * SINGLE**2
        return resolutions(sources)[:, np.newaxis] ** 2 + resolutions(targets) ** 2

    def _columns(self, data: Floats) -> tuple[Independent, NDArray[np.bool_]]:
        """Return the columns of data (n, d) with none taken yet, and which are not constant."""
        resolution = resolutions(data)
        moving = resolution < 1.0
        unit = np.zeros(data.shape)
        unit[:, moving] = self.unit_columns(data[:, moving])
        return Independent.of(
            unit, np.full(len(moving), SINGLE) if self.copula else resolution
        ), moving

    def _entropy_steps(self, data: Floats) -> Callable[[NDArray[np.int64]], Floats]:
        """Return a function that computes the entropies of the first 0, 1, 2, ... columns."""
        n, d = data.shape
        self._enough_rows(n, d, d)
        columns, moving = self._columns(data)
        prepared = scaled(data, "rank") if self.copula else data
        width = np.where(moving, np.ptp(prepared, axis=0), 1.0)
        log_spread = np.log((prepared / width).std(axis=0, ddof=1)[moving]) + np.log(width[moving])
        log_spreads = np.zeros(d)
        log_spreads[moving] = log_spread
        of_one = 0.5 * np.log(2 * np.pi * np.e) - self._lost_by_each(n, d)

        def steps(members: NDArray[np.int64]) -> Floats:
            of = members[moving[members]]
            added = np.zeros(len(members))
            added[moving[members]] = (
                columns.log_lengths_of(of) + log_spreads[of] + of_one[: len(of)]
            )
            return np.concatenate([[0.0], np.cumsum(added)])

        return steps

    def _lost_by_each(self, n: int, d: int) -> Floats:
        """Expected error of the entropy of the 1st, 2nd, ... coordinate given those before it."""
        if not self.bias_correction:
            return np.zeros(d)
        i = np.arange(1, d + 1)
        return 0.5 * (np.log(2.0 / (n - 1)) + digamma((n - i) / 2.0))

    def _lost(self, n: int, given: int, x: int, y: int) -> float:
        """Expected error of the information between x and y coordinates, from four entropies."""
        lost = np.concatenate([[0.0], np.cumsum(self._lost_by_each(n, given + x + y))])
        return float(lost[given + x] + lost[given + y] - lost[given + x + y] - lost[given])

    def _enough_rows(self, n: int, independent: int, coordinates: int) -> None:
        """Check that there are two more rows than independent coordinates."""
        if n < independent + 2:
            raise InputError(
                f"data must have more rows than the {coordinates} coordinates and one, got {n}; "
                "give more rows or fewer coordinates, for example the first principal components"
            )

    def _flags(
        self, data: Floats, moving: NDArray[np.bool_], nats: float, independent: int
    ) -> tuple[str, ...]:
        found = [] if moving.all() else ["constant"]
        found += [flag for flag in flags_of(data) if flag in ("ties", "duplicates")]
        if len(data) < SAMPLES_PER_COORDINATE * independent:
            found.append("few-samples")
        if nats < -ROUNDING:
            found.append("negative")
        return tuple(found)


@dataclass(frozen=True)
class _Sides:
    """The columns of x, y and given in the joint samples, and their names."""

    places: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]

    @classmethod
    def of(cls, samples: Samples) -> "_Sides":
        """Columns are in the order x, given, y."""
        sizes = samples.x.shape[1], samples.together.shape[1] - samples.y.shape[1]
        x, z, y = np.split(np.arange(samples.together.shape[1]), sizes)
        return cls((x, y, z))

    def name(self, place: int) -> str:
        """Return for example "x[0]"."""
        for part, word in zip(self.places, ("x", "y", "given"), strict=True):
            if place in part:
                return f"{word}[{place - int(part[0])}]"
        raise AssertionError(place)


def _infinite(relation: Relation, sides: _Sides) -> EstimationError:
    others = listed([sides.name(place) for place in relation.others])
    return EstimationError(
        f"a Gaussian information is infinite: {sides.name(relation.column)} is a linear function "
        f"of {others}; leave one of them out, or add independent noise to x or y"
    )
