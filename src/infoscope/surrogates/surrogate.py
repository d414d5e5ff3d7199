"""What every surrogate offers, and surrogates of whole recordings."""

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
    """Surrogates by number: the s-th is the same however many are drawn, and in what order.

    Parameters
    ----------
    draw : callable
        Returns the surrogate of a number from 0 on.
    distinct : int, optional
        How many differ from one another and from what was observed; None if too many to matter.
    settings : mapping
        What was chosen from the data, for reports.
    alike : callable
        Takes a number n and returns which of what was observed and the first n surrogates,
        (1 + n, 1 + n), are too alike to measure one another by; only each with itself where
        surrogates are drawn independently.
    """

    draw: Callable[[int], Drawn]
    distinct: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    alike: Callable[[int], NDArray[np.bool_]] = lambda n: np.eye(1 + n, dtype=bool)


@runtime_checkable
class Described(Protocol):
    """A null that says in words what it is; a report prints all four."""

    @property
    def name(self) -> str:
        """How it is called."""
        ...

    @property
    def keeps(self) -> str:
        """What of the data surrogates keep."""
        ...

    @property
    def tests(self) -> str:
        """Which hypothesis is rejected when a statistic lies above its surrogates."""
        ...

    @property
    def caveat(self) -> str:
        """When not to believe it."""
        ...


class RowSurrogate(ABC):
    """A null that compares other rows with one another; each is a frozen dataclass.

    Its surrogates are rows (`Pairing`), or values made of them (`Values`), so that they serve
    arrays (row, node) as well as (sequence, time, node), and every source moves alike.
    """

    name: str
    keeps: str
    tests: str
    caveat: str
    # Whether it compares rows whose condition is alike, and so needs one.
    needs_condition: ClassVar[bool] = False

    @abstractmethod
    def sampler(
        self,
        layout: Layout,
        table: Floats,
        seed: np.random.SeedSequence,
        given: Floats | None = None,
    ) -> Sampler[Pairing] | Sampler[Values]:
        """Look at the data once and return what draws.

        Parameters
        ----------
        layout : Layout
            Where rows lie, and which a flow compares.
        table : array, shape (row, node)
            All series, for the length of their memory.
        seed : SeedSequence
            Its children are the surrogates' own.
        given : array, shape (row, d), optional
            The condition of a conditional measure, at the row of the source.

        Raises
        ------
        InputError
            If the data leave the null no surrogate, or too few to differ.
        """


@runtime_checkable
class Shift(Protocol):
    """A null that rolls series by ``minimum`` or more; None lets it choose by their memory."""

    @property
    def minimum(self) -> int | None:
        """Smallest shift."""
        ...

    def at_least(self, minimum: int) -> RowSurrogate:
        """Return the same null with another smallest shift."""
        ...

    def axis_of(self, layout: Layout) -> int:
        """Return the axis along which it rolls: 0 sequences, 1 time."""
        ...


@dataclass(frozen=True)
class RecordingSurrogate:
    """A null of whole recordings: an untrained network, one with shuffled weights.

    Parameters
    ----------
    name, keeps, tests, caveat : str
        As every null has them.
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
        """Check what makes recordings."""
        function(self.make, "make", "one that takes a Recording and a Generator")

    def sampler(self, recording: Recording, seed: np.random.SeedSequence) -> Sampler[Recording]:
        """Return what draws recordings."""
        return Sampler(lambda index: self.make(recording, child(seed, index)))


def root_seed(random_state: object) -> np.random.SeedSequence:
    """Return the seed whose children the surrogates are."""
    return np.random.SeedSequence(int(generator(random_state).integers(2**63)))


def child(seed: np.random.SeedSequence, index: int) -> np.random.Generator:
    """Return the Generator of one surrogate, whatever others have been drawn."""
    key = (*seed.spawn_key, index)
    return np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=key))
