"""Base classes and protocols of surrogates, and surrogates of whole recordings."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats, function, generator
from infoscope.recordings.recording import Recording
from infoscope.surrogates.layout import Layout, Pairing, Values

Drawn = TypeVar("Drawn", covariant=True)


@dataclass(frozen=True)
class Sampler(Generic[Drawn]):
    """Surrogates by number: the s-th does not depend on how many are drawn, or in what order.

    Parameters
    ----------
    draw : callable
        Returns the surrogate with a number from 0 on.
    distinct : int, optional
        Number of surrogates that differ from one another and from the data; None if practically
        unlimited.
    settings : mapping
        Parameters chosen from the data, for reports.
    alike : callable
        Takes a number n and returns, for the data and the first n surrogates, (1 + n, 1 + n),
        which pairs are too similar to compare; for independent surrogates only the diagonal.
    """

    draw: Callable[[int], Drawn]
    distinct: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    alike: Callable[[int], NDArray[np.bool_]] = lambda n: np.eye(1 + n, dtype=bool)


@runtime_checkable
class Described(Protocol):
    """A null with a description in words; a report prints all four fields."""

    @property
    def name(self) -> str:
        """Name of the null."""
        ...

    @property
    def keeps(self) -> str:
        """Properties of the data that surrogates keep."""
        ...

    @property
    def tests(self) -> str:
        """Null hypothesis, rejected if a statistic exceeds its surrogates."""
        ...

    @property
    def caveat(self) -> str:
        """Conditions in which the test is unreliable."""
        ...


class RowSurrogate(ABC):
    """A null that pairs rows in a different way; subclasses are frozen dataclasses.

    Its surrogates are rows (`Pairing`), or values made from them (`Values`), so that they work for
    arrays (row, node) and (sequence, time, node), and all sources move together.
    """

    name: str
    keeps: str
    tests: str
    caveat: str
    # Whether it needs a condition.
    needs_condition: ClassVar[bool] = False

    @abstractmethod
    def sampler(
        self,
        layout: Layout,
        table: Floats,
        seed: np.random.SeedSequence,
        given: Floats | None = None,
    ) -> Sampler[Pairing] | Sampler[Values]:
        """Return a sampler of surrogates for the data.

        Parameters
        ----------
        layout : Layout
            Layout of the rows, and the rows that a flow compares.
        table : array, shape (row, node)
            All series, from which the memory is estimated.
        seed : SeedSequence
            Its children are the seeds of the surrogates.
        given : array, shape (row, d), optional
            The condition of a conditional measure, at the row of the source.

        Raises
        ------
        InputError
            If the data allow no surrogates, or too few distinct ones.
        """


@runtime_checkable
class Shift(Protocol):
    """A null that shifts series by ``minimum`` or more; None chooses it from their memory."""

    @property
    def minimum(self) -> int | None:
        """Smallest shift."""
        ...

    def at_least(self, minimum: int) -> RowSurrogate:
        """Return the same null with another minimum shift."""
        ...

    def axis_of(self, layout: Layout) -> int:
        """Return the axis of the shift: 0 for sequences, 1 for time."""
        ...


@dataclass(frozen=True)
class RecordingSurrogate:
    """A null of whole recordings, such as untrained networks or shuffled weights.

    Parameters
    ----------
    name, keeps, tests, caveat : str
        As in `Described`.
    make : callable
        Takes a recording and a Generator, and returns another recording of the same nodes.

    Examples
    --------
    >>> def negated(recording, random):
    ...     return Recording.from_arrays(hidden=-recording.activations().to_numpy())
    >>> null = RecordingSurrogate("negation", "size", "nothing", "an example", negated)
    >>> rec = Recording.from_arrays(hidden=np.ones((1, 2, 1)))
    >>> null.sampler(rec, np.random.SeedSequence(0)).draw(3).rows("hidden").ravel().tolist()
    [-1.0, -1.0]
    """

    name: str
    keeps: str
    tests: str
    caveat: str
    make: Callable[[Recording, np.random.Generator], Recording] = field(repr=False)

    def __post_init__(self) -> None:
        """Check ``make``."""
        function(self.make, "make", "one that takes a Recording and a Generator")

    def sampler(self, recording: Recording, seed: np.random.SeedSequence) -> Sampler[Recording]:
        """Return a sampler of recordings."""
        return Sampler(lambda index: self.make(recording, child(seed, index)))


def root_seed(random_state: object) -> np.random.SeedSequence:
    """Return the root seed of the surrogates."""
    return np.random.SeedSequence(int(generator(random_state).integers(2**63)))


def child(seed: np.random.SeedSequence, index: int) -> np.random.Generator:
    """Return the Generator of one surrogate, independent of which others are drawn."""
    key = (*seed.spawn_key, index)
    return np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=key))
