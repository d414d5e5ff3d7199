"""What importers exchange: the options of a reading, and the arrays that they find."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats

# Axes of an array, in the order in which it is stored.
AXES = ("trial", "time", "unit")


@dataclass(frozen=True)
class Options:
    """How to read a source; each None is guessed, and the guess is noted.

    Parameters
    ----------
    variables : list of str, optional
        Arrays of a file, or columns of a table, that are units.
    axes : tuple of str, optional
        Axes of arrays without names, from `AXES`.
    trials, times : str, sequence, False or None
        Name of a column or array, labels and times of rows or trials, or False for none.
    bin_width : float, optional
        Seconds of a bin for spike times.
    """

    variables: list[str] | None = None
    axes: tuple[str, ...] | None = None
    trials: Any = None
    times: Any = None
    bin_width: float | None = None


@dataclass(frozen=True)
class Part:
    """One array: the same units in every trial.

    Parameters
    ----------
    trials : list of array, each (time, unit)
        Values, NaN where missing.
    names : list of str, optional
        Names of the units.
    roles, layers : mapping from str to str
        Role and layer of units, where the source states them.
    units : str
        Units of the values, such as "mV".
    """

    trials: list[Floats]
    names: list[str] | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, Any] = field(default_factory=dict)
    units: str = ""


@dataclass(frozen=True)
class Raw:
    """The arrays of a source.

    Parameters
    ----------
    parts : dict from str to Part
        Arrays by name; a single array may have the empty name.
    times : list of array, optional
        Times of the rows of each trial: numbers in seconds, or dates.
    labels : sequence, optional
        A label for each trial.
    sampling_interval : float, optional
        Seconds from row to row, if the source states it.
    notes : list of str
        What was guessed, converted or left out, a sentence each.
    """

    parts: dict[str, Part]
    times: list[NDArray[Any]] | None = None
    labels: Sequence[Any] | None = None
    sampling_interval: float | None = None
    notes: list[str] = field(default_factory=list)


@runtime_checkable
class Importer(Protocol):
    """Reads one format; list it in `catalogue`, or as an entry point ``infoscope.importers``."""

    name: str
    """Short name."""
    reads: str
    """What it reads, in words, for messages and the documentation."""

    def recognises(self, source: Any) -> bool:
        """Whether a source, a path or an object, has this format; cheap and without imports."""
        ...

    def read(self, source: Any, options: Options) -> Any:
        """Return the `Raw` arrays of a source, or a whole `Recording`."""
        ...


# Names of columns and arrays of times and of trials, perhaps with the unit of time.
_TIME = re.compile(
    r"(time|times|t|timestamp|timestamps|date|dates|datetime|day|days)"
    r"(?:[\s_.(\[]+(s|sec|seconds|ms|msec|milliseconds|us|min|minutes|h|hours)[)\]]*)?",
    re.IGNORECASE,
)
_SECONDS = {"ms": 1e-3, "msec": 1e-3, "milliseconds": 1e-3, "us": 1e-6, "min": 60.0,
            "minutes": 60.0, "h": 3600.0, "hours": 3600.0}  # fmt: skip
_TRIAL = re.compile(
    r"(trial|episode|sequence|sweep|repetition|repeat|session|subject)s?[\s_.]*(id|nr|no|number|index)?",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(unit|neuron|cell|channel|electrode|sensor|node|roi|region|variable)s?[\s_.]*(id|name|label)?",
    re.IGNORECASE,
)


def means_time(name: object) -> bool:
    """Whether a column or array of this name holds times."""
    return _TIME.fullmatch(str(name).strip()) is not None


def means_trial(name: object) -> bool:
    """Whether a column or array of this name holds trials."""
    return _TRIAL.fullmatch(str(name).strip()) is not None


def means_unit(name: object) -> bool:
    """Whether a column or array of this name holds names of units."""
    return _UNIT.fullmatch(str(name).strip()) is not None


def seconds_of(name: object) -> float:
    """Return the seconds in the unit of time that a name states, 1 by default.

    >>> seconds_of("time_ms"), seconds_of("t")
    (0.001, 1.0)
    """
    found = _TIME.fullmatch(str(name).strip())
    return _SECONDS.get((found.group(2) or "").lower(), 1.0) if found else 1.0


def in_seconds(times: NDArray[Any], name: object) -> NDArray[Any]:
    """Return times in seconds, by the unit that their name states; dates unchanged."""
    if times.dtype.kind == "m":
        return times / np.timedelta64(1, "s")
    return times if times.dtype.kind == "M" else times * seconds_of(name)
