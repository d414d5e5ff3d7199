"""Protocols of estimators; any object with the methods is an estimator.

Each quantity requires one of these protocols (`infoscope._validate.capable`). An estimator
supports a quantity by having the method, without registration.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.estimators._samples import Samples
from infoscope.estimators.estimate import NATS_PER_BIT, Estimate


@runtime_checkable
class MutualInformation(Protocol):
    """Estimates mutual information or conditional mutual information from samples."""

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y), or I(X; Y | Z) if the samples have a condition Z."""
        ...


@runtime_checkable
class Entropy(Protocol):
    """Estimates the entropy of one block of samples."""

    def entropy(self, x: Floats, random: np.random.Generator, n_jobs: int | None) -> Estimate:
        """Estimate H(X) from samples x (n, d)."""
        ...


@runtime_checkable
class SetEntropies(Protocol):
    """Estimates the entropies of sets of coordinates, from which multivariate measures follow."""

    def set_entropies(self, data: Floats, sets: Sequence[NDArray[np.int64]]) -> Floats:
        """Estimate, in nats, the entropy of the coordinates of data (n, d) in each set."""
        ...


@runtime_checkable
class TotalCorrelations(Protocol):
    """Estimates total and dual total correlation directly: biases of entropies would add up."""

    def set_informations(
        self, data: Floats, random: np.random.Generator, n_jobs: int | None
    ) -> tuple[float, float]:
        """Estimate total and dual total correlation of the columns of data (n, d), in nats."""
        ...


@runtime_checkable
class PrefixEntropies(Protocol):
    """Estimates the entropies of growing sets of coordinates."""

    def prefix_entropies(
        self,
        x: Floats,
        prefixes: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
        random: np.random.Generator,
        n_jobs: int | None,
    ) -> list[Floats]:
        """Estimate, in nats, the entropies of the first coordinates of x (n, d) in each order."""
        ...


@runtime_checkable
class GroupPairs(Protocol):
    """Estimates the information between all pairs of groups of columns at once."""

    def group_pairs(
        self,
        sources: Floats,
        targets: Floats,
        wanted: NDArray[np.bool_],
        random: np.random.Generator,
        n_jobs: int | None,
        near: tuple[NDArray[Any] | None, NDArray[Any] | None],
        reasons: dict[tuple[int, int], str],
    ) -> Floats:
        """Estimate, in nats, the wanted pairs of groups; ``reasons`` receives why one is NaN."""
        ...


@runtime_checkable
class Bounded(Protocol):
    """Has a largest possible value, which depends on the number of samples."""

    def ceiling_nats(self, n: int) -> float:
        """Return the largest value that n samples of two scalars can give, in nats."""
        ...


@runtime_checkable
class TakesLabels(Protocol):
    """Treats label codes as values without order or distance."""

    takes_labels: ClassVar[bool]


@runtime_checkable
class Jittered(Protocol):
    """Adds noise of this size to samples, so that no coordinate is constant."""

    @property
    def jitter(self) -> float:
        """Size of the noise."""
        ...


@runtime_checkable
class Windowed(Protocol):
    """Excludes rows within a Theiler window from the neighbours of a row."""

    @property
    def theiler(self) -> float:
        """Length of the Theiler window."""
        ...


def ceiling_bits(estimator: object, n: int) -> float:
    """Return the largest value that n samples of two scalars can give, in bits; inf if none.

    Examples
    --------
    >>> from infoscope import KSG, Gaussian
    >>> round(ceiling_bits(KSG(k=4), 1000), 2), ceiling_bits(Gaussian(), 1000)
    (8.15, inf)
    """
    return estimator.ceiling_nats(n) / NATS_PER_BIT if isinstance(estimator, Bounded) else np.inf
