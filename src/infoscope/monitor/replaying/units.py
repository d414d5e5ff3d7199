"""Which units are recorded, how larger states are reduced to them, and whether they are finite."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from infoscope._arrays import described
from infoscope._errors import EstimationError, InputError
from infoscope._validate import several

REDUCTIONS = ("heads", "channels")
# Wider states must be reduced before they are stored.
WIDEST = 4096


@dataclass(frozen=True, eq=False)
class Units:
    """Which units are recorded.

    Parameters
    ----------
    patterns : list of str, optional
        Names, or patterns such as ``encoder.lstm*``, of modules or blocks; all by default.
    reduce : str or callable, optional
        How states with several dimensions a unit are reduced.
    """

    patterns: list[str] | None = None
    reduce: str | Callable[[Any], Any] | None = None

    @classmethod
    def of(cls, units: Any) -> "Units":
        """Read the argument ``units``."""
        if units is None:
            return cls()
        if (callable(units) and not isinstance(units, type)) or (
            isinstance(units, str) and units in REDUCTIONS
        ):
            return cls(reduce=units)
        patterns = several(units, "units", "['encoder.lstm*']")
        if wrong := [one for one in patterns if not isinstance(one, str)]:
            raise InputError(
                f"units must be names of modules, got {described(wrong[0])}; write for example "
                "units=['encoder.lstm*']"
            )
        if not patterns:
            raise InputError("units is empty; name at least one module, or omit it")
        return cls(patterns)

    def want(self, module: str, block: str) -> bool:
        """Whether a block of a module is recorded."""
        return self.patterns is None or any(
            fnmatchcase(name, pattern) for name in (module, block) for pattern in self.patterns
        )


def reduced(values: np.ndarray, name: str, reduce: str | Callable[[Any], Any] | None) -> np.ndarray:
    """Return (sequence, time, unit) of a state with more dimensions, reduced if asked.

    ``reduce`` is "heads" or "channels" (the mean over all dimensions after the first of a unit), or
    a function of the array.

    Raises
    ------
    InputError
        If the state is too wide, or the function returns another shape.
    """
    if callable(reduce):
        found = np.asarray(reduce(values))
        if found.ndim != 3 or found.shape[:2] != values.shape[:2]:
            raise InputError(
                f"units must return (sequence, time, unit) with {values.shape[:2]} rows, got "
                f"{found.shape} for {name}; reduce the axes after the second only"
            )
        return found
    if reduce is not None and values.ndim > 3:
        return values.reshape(*values.shape[:3], -1).mean(-1)
    width = int(np.prod(values.shape[2:]))
    if width > WIDEST and values.ndim > 3:
        raise InputError(
            f"{name} has {width} units at each step, shape {values.shape}; reduce them with "
            "units='heads' or 'channels' (the mean of each), or a function of the array"
        )
    return values.reshape(*values.shape[:2], width)


def must_be_finite(
    blocks: Mapping[str, np.ndarray],
    lengths: Sequence[int] | None,
    offset: tuple[int, int] = (0, 0),
) -> None:
    """Check that activations (sequence, time, unit) are finite up to the end of each sequence.

    ``offset`` is the first sequence and step of a piece of a longer probe.

    Raises
    ------
    EstimationError
        If one is not; the message has the first sequence, step and unit.
    """
    for name, values in blocks.items():
        bad = ~np.isfinite(values)
        if lengths is not None:
            bad &= np.arange(values.shape[1])[:, None] < np.array(lengths)[:, None, None]
        if bad.any():
            first = tuple(int(i) for i in np.argwhere(bad)[0])
            raise EstimationError(
                f"{name} must be finite, got {values[first]} at sequence "
                f"{offset[0] + first[0]}, step {offset[1] + first[1]}, unit {first[2]} first "
                f"({int(bad.sum())} such values): the network diverges on this probe; "
                "scale the inputs as in training, or record an earlier checkpoint"
            )
