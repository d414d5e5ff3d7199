"""Plug-in information of discrete or binned variables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from infoscope._parallel import run_spans, spans
from infoscope._progress import Progress
from infoscope._validate import Floats, one_of, whole_number
from infoscope.estimators._samples import ROUNDING, Samples, distinct_rows, some_rows
from infoscope.estimators.estimate import Estimate

# If more than this share of samples have a unique code, entropy measures the sample size.
_MOST_SINGLE = 0.2
_PAIRS_AT_ONCE = 64


@dataclass(frozen=True)
class Discrete:
    """Plug-in information of discrete variables: each distinct row is a value.

    H = -sum p ln p with p the share of each value; every other quantity is a sum of entropies.

    Parameters
    ----------
    correction : {"none", "miller-madow"}
        Add (values - 1) / (2 n) nats to each entropy, the first-order bias. The entropy of nearly
        uniform values may then exceed the logarithm of the number of values observed, its maximum
        if no others exist: flag ``above-uniform``.

    References
    ----------
    G. A. Miller, in Information Theory in Psychology, Free Press (1955), for the correction.

    Examples
    --------
    >>> from infoscope import mutual_information
    >>> coins = np.random.default_rng(0).integers(0, 2, size=(1000, 2))
    >>> xor = coins[:, 0] ^ coins[:, 1]
    >>> round(mutual_information(coins, xor, estimator=Discrete()).bits, 2)
    1.0
    """

    takes_labels: ClassVar[bool] = True

    correction: str = "none"

    def __post_init__(self) -> None:
        """Check the parameter."""
        one_of(self.correction, "correction", ("none", "miller-madow"))

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y), or I(X; Y | Z)."""
        return plug_in(samples, self, self.correction)

    def entropy(self, x: Floats, random: np.random.Generator, n_jobs: int | None) -> Estimate:
        """Estimate the entropy H(X) of the values, not a differential one."""
        some_rows(len(x))
        nats = float(self.set_entropies(x, [np.arange(x.shape[1])])[0])
        flags = _flags(x, entropy=nats)
        return Estimate(nats, len(x), self, _most(len(x), self.correction), tuple(flags))

    def pairs(
        self,
        sources: Floats,
        targets: Floats,
        wanted: NDArray[np.bool_],
        n_jobs: int | None,
        progress: Progress,
    ) -> Floats:
        """Estimate I(source; target) for many pairs of scalars, in nats.

        sources (n, p) and targets (n, q) hold the columns; wanted (p, q) says which pairs.
        Returns (p, q), NaN where not wanted.
        """
        some_rows(len(sources))
        pairs = np.argwhere(wanted)
        of_sources = {a: _coded(sources[:, a]) for a in np.unique(pairs[:, 0])}
        of_targets = {b: _coded(targets[:, b]) for b in np.unique(pairs[:, 1])}

        def part(start: int, stop: int) -> list[float]:
            found = []
            for a, b in pairs[start:stop]:
                (x, p_x), (y, p_y) = of_sources[a], of_targets[b]
                joint = np.bincount(x * len(p_y) + y)
                nats = [_of_counts(c[c > 0], self.correction) for c in (p_x, p_y, joint)]
                found.append(nats[0] + nats[1] - nats[2])
            return found

        parts = run_spans(part, spans(len(pairs), _PAIRS_AT_ONCE), n_jobs, progress)
        matrix = np.full(wanted.shape, np.nan)
        matrix[wanted] = [nats for found in parts for nats in found]
        return matrix

    def set_entropies(self, data: Floats, sets: Sequence[NDArray[np.int64]]) -> Floats:
        """Return the entropy in nats of each set of columns of data (n, d)."""
        return np.array([_entropy(data[:, members], self.correction) for members in sets])

    def prefix_entropies(
        self,
        x: Floats,
        prefixes: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
        random: np.random.Generator,
        n_jobs: int | None,
    ) -> list[Floats]:
        """Entropies, in nats, of growing sets of the coordinates of x (n, d)."""
        return [
            self.set_entropies(x, [order[:size] for size in sizes]) for order, sizes in prefixes
        ]


@dataclass(frozen=True)
class Binned:
    """Plug-in information of variables cut into bins, coordinate by coordinate.

    Parameters
    ----------
    bins : int
        Bins per coordinate.
    by : {"width", "mass"}
        Bins of equal width from the smallest to the largest value, or with equally many samples.
    correction : {"none", "miller-madow"}
        As for `Discrete`.

    References
    ----------
    R. Shwartz-Ziv, N. Tishby, arXiv:1703.00810 (2017), with 30 bins of equal width.

    Examples
    --------
    >>> from infoscope import entropy
    >>> round(entropy(np.arange(1000), estimator=Binned(bins=8)).bits, 2)
    3.0
    """

    bins: int = 30
    by: str = "width"
    correction: str = "none"

    def __post_init__(self) -> None:
        """Check every parameter."""
        whole_number(self.bins, "bins", 2)
        one_of(self.by, "by", ("width", "mass"))
        one_of(self.correction, "correction", ("none", "miller-madow"))

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y), or I(X; Y | Z), of the bins."""
        given = None if samples.given is None else self._codes(samples.given)
        x, y = self._codes(samples.x), self._codes(samples.y)
        return plug_in(Samples(x, y, given, samples.trials, samples.times), self, self.correction)

    def entropy(self, x: Floats, random: np.random.Generator, n_jobs: int | None) -> Estimate:
        """Estimate the entropy H(X) of the bins, not a differential one."""
        codes = self._codes(x)
        nats = _entropy(codes, self.correction)
        flags = _flags(codes, entropy=nats)
        return Estimate(nats, len(x), self, _most(len(x), self.correction), tuple(flags))

    def set_entropies(self, data: Floats, sets: Sequence[NDArray[np.int64]]) -> Floats:
        """Return the entropy in nats of each set of columns of data (n, d)."""
        return Discrete(self.correction).set_entropies(self._codes(data), sets)

    def prefix_entropies(
        self,
        x: Floats,
        prefixes: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
        random: np.random.Generator,
        n_jobs: int | None,
    ) -> list[Floats]:
        """Entropies, in nats, of growing sets of the coordinates of x (n, d)."""
        return Discrete(self.correction).prefix_entropies(self._codes(x), prefixes, random, n_jobs)

    def _codes(self, data: Floats) -> Floats:
        some_rows(len(data))
        codes = np.empty(data.shape)
        for c, column in enumerate(data.T):
            if self.by == "width":
                edges = np.linspace(column.min(), column.max(), self.bins + 1)[1:-1]
            else:
                edges = np.quantile(column, np.linspace(0.0, 1.0, self.bins + 1)[1:-1])
            codes[:, c] = np.searchsorted(edges, column, side="right")
        return codes


def plug_in(samples: Samples, estimator: object, correction: str) -> Estimate:
    """Return the plug-in I(X; Y), or I(X; Y | Z), with each distinct row a value."""
    some_rows(samples.n)
    x, y = samples.x, samples.y
    z = np.zeros((samples.n, 0)) if samples.given is None else samples.given
    h_x, h_y = (_entropy(part, correction) for part in (x, y))
    h_xz, h_yz = (_entropy(np.hstack([part, z]), correction) for part in (x, y))
    both = samples.together
    nats = h_xz + h_yz - _entropy(both, correction) - _entropy(z, correction)
    # An information of 0 is not limited by the number of samples.
    flags = [f for f in _flags(both, nats) if f != "saturated" or nats > ROUNDING]
    return Estimate(nats, samples.n, estimator, min(h_x, h_y), tuple(flags))


def _entropy(data: Floats, correction: str) -> float:
    if data.shape[1] == 0:
        return 0.0
    return _of_counts(distinct_rows(data, return_counts=True)[1], correction)


def _coded(column: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return codes 0, 1, ... of the values of a column, and the count of each."""
    _, codes, counts = np.unique(column, return_inverse=True, return_counts=True)
    return codes, counts


def _of_counts(counts: NDArray[np.int64], correction: str) -> float:
    share = counts / counts.sum()
    entropy = float(-(share * np.log(share)).sum())
    if correction == "miller-madow":
        entropy += (len(counts) - 1) / (2.0 * counts.sum())
    return entropy + 0.0  # not -0.0 for a constant


def _most(n: int, correction: str) -> float:
    """Return the entropy of n distinct values."""
    return float(np.log(n)) + ((n - 1) / (2.0 * n) if correction == "miller-madow" else 0.0)


def _flags(data: Floats, nats: float = 0.0, entropy: float = 0.0) -> list[str]:
    counts = distinct_rows(data, return_counts=True)[1]
    found = []
    if (data == data[0]).all(axis=0).any():
        found.append("constant")
    if (counts == 1).sum() > _MOST_SINGLE * len(data):
        found.append("saturated")
    if nats < -ROUNDING:
        found.append("negative")
    if entropy > np.log(len(counts)) + ROUNDING:
        found.append("above-uniform")
    return found
