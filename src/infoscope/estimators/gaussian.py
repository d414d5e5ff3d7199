"""Information of Gaussian variables, or of variables made Gaussian one by one, in closed form."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, truth
from infoscope.estimators._samples import ROUNDING, Samples, flags_of, scaled
from infoscope.results import Estimate

# Below this many samples per coordinate a covariance matrix is mostly noise.
_SAMPLES_PER_COORDINATE = 10
# An eigenvalue of a correlation matrix below this is a linear dependence, not a small spread.
_SINGULAR = 1e-12


@dataclass(frozen=True)
class Gaussian:
    """Information from the covariance matrix, exact for jointly Gaussian variables.

    I(X; Y) = 1/2 ln(|S_x| |S_y| / |S_xy|), and likewise for every other quantity that is a sum
    of entropies H = 1/2 ln((2 pi e)^d |S|).

    Parameters
    ----------
    copula : bool
        Turn each coordinate to normal scores first: the information of the Gaussian copula,
        which no strictly increasing transform of a coordinate changes, and a lower bound if
        coordinates are continuous.
    bias_correction : bool
        Subtract the expected error of each log-determinant for as many Gaussian samples.

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
        """Estimate I(X; Y), or I(X; Y | Z)."""
        data = samples.together
        dx, dy = samples.x.shape[1], samples.y.shape[1]
        every = np.arange(data.shape[1])
        last = len(every) - dy
        sets = [every[:last], every[dx:], every, every[dx:last]]
        h_xz, h_zy, h_all, h_z = self.set_entropies(data, sets)
        nats = float(h_xz + h_zy - h_all - h_z)
        return Estimate(nats, samples.n, self, flags=self._flags(data, nats))

    def entropy(self, x: Floats, random: np.random.Generator, n_jobs: int | None) -> Estimate:
        """Estimate the differential entropy H(X); not of the copula, which has no unit."""
        if self.copula:
            raise InputError(
                "estimator must be Gaussian(copula=False) for an entropy, got copula=True; normal "
                "scores have lost the unit that a differential entropy is relative to"
            )
        nats = float(self.set_entropies(x, [np.arange(x.shape[1])])[0])
        # A differential entropy may well be negative.
        return Estimate(nats, len(x), self, flags=self._flags(x, 0.0))

    def set_entropies(self, data: Floats, sets: Sequence[NDArray[np.int64]]) -> Floats:
        """Return the entropy in nats of each set of columns of data (n, d)."""
        n, d = data.shape
        if n < d + 2:
            raise InputError(
                f"data must have more rows than the {d} coordinates and one, got {n}; give more "
                "rows or fewer coordinates"
            )
        prepared = scaled(data, "rank") if self.copula else data
        width = np.ptp(prepared, axis=0)
        flat = np.flatnonzero(width == 0.0)
        if len(flat):
            raise _constant(int(flat[0]))
        # In units of the range: the squares of tiny numbers are 0.
        unit = (prepared - prepared.mean(axis=0)) / width
        log_spread = np.log(unit.std(axis=0, ddof=1)) + np.log(width)
        correlation = np.corrcoef(unit.T).reshape(d, d)
        found = []
        for members in sets:
            part = correlation[np.ix_(members, members)]
            found.append(self._entropy(part, log_spread[members].sum(), n))
        return np.array(found)

    def prefix_entropies(
        self,
        x: Floats,
        prefixes: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
        random: np.random.Generator,
        n_jobs: int | None,
    ) -> list[Floats]:
        """Entropies, in nats, of growing sets of the coordinates of x (n, d)."""
        sets = [order[:size] for order, sizes in prefixes for size in sizes]
        entropies = self.set_entropies(x, sets)
        cuts = np.cumsum([len(sizes) for _, sizes in prefixes])[:-1]
        return np.split(entropies, cuts)

    def pairs(self, sources: Floats, targets: Floats, wanted: NDArray[np.bool_]) -> Floats:
        """Estimate I(source; target) for many pairs of scalars, in nats.

        sources (n, p) and targets (n, q) hold the columns; wanted (p, q) says which pairs.
        Returns (p, q), NaN where not wanted; what `mutual_information` says of each.
        """
        matrix = np.full(wanted.shape, np.nan)
        rows, columns = wanted.any(axis=1), wanted.any(axis=0)
        r = self.unit_columns(sources[:, rows]).T @ self.unit_columns(targets[:, columns])
        chosen = wanted[np.ix_(rows, columns)]
        matrix[wanted] = self.nats(r[chosen] ** 2, len(sources))
        return matrix

    def unit_columns(self, data: Floats) -> Floats:
        """Return columns (n, d) of mean 0 and length 1: correlations are their products."""
        prepared = scaled(data, "rank") if self.copula else data
        width = np.ptp(prepared, axis=0)
        if not width.all():
            raise _constant(int(np.flatnonzero(width == 0.0)[0]))
        unit = (prepared - prepared.mean(axis=0)) / width
        return unit / np.sqrt((unit**2).sum(axis=0))

    def nats(self, squared: Floats, n: int, given: int = 0) -> Floats:
        """Return the information of scalars from their squared partial correlations.

        Of n samples; ``given`` counts the coordinates that are held fixed.
        """
        if n < given + 4:
            raise InputError(
                f"data must have more rows than the {given + 2} coordinates and one, got {n}; "
                "give more rows or fewer coordinates"
            )
        if squared.size and squared.max() > 1.0 - _SINGULAR:
            raise _infinite()
        nats = -0.5 * np.log1p(-squared)
        if self.bias_correction:
            # What the four entropies of each information leave of theirs.
            lost = digamma((n - given - 1) / 2.0) - digamma((n - given - 2) / 2.0)
            nats = nats - 0.5 * lost
        return nats

    def _entropy(self, correlation: Floats, log_spread: float, n: int) -> float:
        d = len(correlation)
        if d == 0:
            return 0.0
        eigenvalues = np.linalg.eigvalsh(correlation)
        if eigenvalues[0] < _SINGULAR:
            raise _infinite()
        entropy = 0.5 * np.log(eigenvalues).sum() + log_spread + 0.5 * d * np.log(2 * np.pi * np.e)
        if self.bias_correction:
            i = np.arange(1, d + 1)
            entropy -= 0.5 * (d * np.log(2.0 / (n - 1)) + digamma((n - i) / 2.0).sum())
        return float(entropy)

    def _flags(self, data: Floats, nats: float) -> tuple[str, ...]:
        found = [flag for flag in flags_of(data) if flag in ("constant", "ties", "duplicates")]
        if len(data) < _SAMPLES_PER_COORDINATE * data.shape[1]:
            found.append("few-samples")
        if nats < -ROUNDING:
            found.append("negative")
        return tuple(found)


def _constant(coordinate: int) -> EstimationError:
    return EstimationError(
        f"a Gaussian entropy is minus infinity: coordinate {coordinate} of the samples is "
        "constant; drop it"
    )


def _infinite() -> EstimationError:
    return EstimationError(
        "a Gaussian information is infinite: some coordinates are linear functions of "
        "others; drop them, or add a stated noise"
    )
