"""Base class of test beds that are trained, and their criterion."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from infoscope._errors import InputError
from infoscope.synthetic.beds.bed import Bed


@dataclass(frozen=True, kw_only=True)
class TrainedBed(Bed):
    """A network that is trained when it is first used, and shared by beds that record it otherwise.

    Using it, but not making the object, needs torch.
    """

    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    criterion: ClassVar[float]
    # Largest error of a trained network, and its unit.
    unit: ClassVar[str]

    @abstractmethod
    def _error(self) -> float:
        """Return `error`."""

    @cached_property
    def error(self) -> float:
        """Error of the trained network in its task, in `unit`."""
        return self._error()

    @property
    def notes(self) -> tuple[str, ...]:
        """Whether the criterion was missed."""
        if self.error <= self.criterion:
            return ()
        return (
            f"The network misses the criterion of its task: {self.error:.3g} {self.unit}, at most "
            f"{self.criterion:g} wanted; use another seed.",
        )


def sequences_in(rows: int, length: int) -> int:
    """Return the number of trials that these rows are."""
    if rows % length:
        raise InputError(
            f"rows must be a multiple of {length}, the steps of a trial, got {rows}; try "
            f"{max(rows // length, 1) * length}"
        )
    return rows // length
