"""Rows of corrected estimates: one per day, with the history that the network saw."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, whole_number
from infoscope.estimators._collinearity import independent_columns
from infoscope.recordings.recording import Recording

# Default number of lags of a memory curve.
_DEEPEST = 10
# Smallest residual of a column given the others, in its standard deviations: below this, rounding
# errors dominate the decoder's determinants.
_INDEPENDENT = 1e-5


@dataclass(frozen=True)
class DailyRows:
    """One row per day, in time order: of its copies the one with the longest history.

    Parameters
    ----------
    recording : Recording
        One row per day (all rows of a recording without days).
    history : array, shape (n, lag, input)
        Inputs of the day and of previous days; NaN where the network did not see them.
    before : array, shape (n, target)
        Targets of the previous row, the persistence forecast; NaN without one.
    """

    recording: Recording
    history: Floats
    before: Floats

    @classmethod
    def of(cls, recording: Recording, lags: int, name: str) -> "DailyRows":
        """Choose the rows; raise if a block of this recording is missing."""
        for block in ("inputs", "targets", "hidden", "outputs"):
            _must_have(recording, block, name)
        stretches = recording.stretches
        inputs, targets = (
            recording.rows(key).reshape(*stretches.shape, -1) for key in ("inputs", "targets")
        )
        seen = np.stack([_lagged(inputs, stretches, lag) for lag in range(lags)], axis=2)
        rows = ("sequence", "time")
        fixed = recording.fixed.assign(
            history=((*rows, "lag", "input"), seen),
            before=((*rows, "target"), _lagged(targets, stretches, 1)),
        )
        whole = Recording(fixed, recording.epochs, recording.read)
        chosen = whole if recording.times is None else whole.unique_days()
        return cls(chosen, _flat(chosen.fixed["history"], 2), _flat(chosen.fixed["before"], 1))

    @property
    def inputs(self) -> Floats:
        """Inputs of each row (n, input)."""
        return self.recording.rows("inputs")

    @property
    def targets(self) -> Floats:
        """True targets of each row (n, target)."""
        return self.recording.rows("targets")

    @property
    def whole_history(self) -> NDArray[np.int64]:
        """Rows with inputs at every lag."""
        return np.flatnonzero(np.isfinite(self.history).all(axis=(1, 2)))

    def states(self, epoch: int) -> dict[str, Floats]:
        """Return the activations of both layers (n, node) at an epoch."""
        return {
            "hidden": self.recording.rows("hidden", epoch),
            "output": self.recording.rows("outputs", epoch),
        }


def daily_splits(
    recording: Recording, held_out: Recording | None, lags: int | None
) -> dict[str, DailyRows]:
    """Return compatible rows of "train" and, if given, "held-out".

    Raises
    ------
    InputError
        If a block is missing, nodes differ, or no row has all lags.
    """
    _must_have(recording, "inputs", "recording")
    steps = recording.mask.shape[1]
    depth = min(steps, _DEEPEST) if lags is None else whole_number(lags, "lags", 1, steps)
    rows = {"train": DailyRows.of(recording, depth, "recording")}
    width, targets = (recording.rows(b, limit=1).shape[1] for b in ("outputs", "targets"))
    if targets != width:
        raise InputError(
            f"targets must have one column per output, got {targets} targets and {width} outputs; "
            "record the outputs that belong to the targets"
        )
    if len(rows["train"].whole_history) == 0:
        raise InputError(
            f"lags must leave rows with inputs at all lags, got {depth} lags and no row; lower lags"
        )
    if held_out is not None:
        rows["held-out"] = DailyRows.of(held_out, 1, "held_out")
        here, there = (_node_names(each) for each in (recording, held_out))
        if here != there:
            raise InputError(
                f"held_out must have the nodes of the recording, {here}, got {there}; record both "
                "with one network"
            )
    return rows


def shared_days(rows: Mapping[str, DailyRows]) -> int:
    """Count the held-out days that are also training days; 0 where days are unknown."""
    known = [of.recording.fixed for of in rows.values() if "days" in of.recording.fixed]
    if len(known) < 2:
        return 0
    train, held_out = (fixed["days"].to_numpy().ravel() for fixed in known)
    return int(np.isin(held_out, train).sum())


def independent_inputs(rows: DailyRows) -> NDArray[np.int64]:
    """Return the inputs that are neither constant nor linear in previous inputs, at any lag.

    Raises
    ------
    EstimationError
        If no such input exists.
    """
    history = rows.history[rows.whole_history]
    kept = np.arange(history.shape[2])
    for lag in range(history.shape[1]):
        kept = kept[independent_columns(history[:, lag, kept], _INDEPENDENT)]
    if len(kept) == 0:
        raise EstimationError(
            "memory of the inputs is not defined: every input is constant; record inputs that vary"
        )
    return kept


def with_independent_inputs(recording: Recording) -> Recording:
    """Return the recording without inputs that are constant or linear in previous inputs.

    The others determine these, and with them the decoder's information would be unbounded.
    """
    kept = independent_columns(recording.rows("inputs"), _INDEPENDENT)
    return Recording(recording.fixed.isel(input_node=kept), recording.epochs, recording.read)


def _lagged(values: Floats, stretches: NDArray[np.int64], lag: int) -> Floats:
    """Return the values some steps earlier in the same stretch, NaN where there are none."""
    found = np.full(values.shape, np.nan)
    steps = values.shape[1] - lag
    if steps > 0:
        same = stretches[:, lag:] == stretches[:, :steps]
        found[:, lag:] = np.where(same[:, :, np.newaxis], values[:, :steps], np.nan)
    return found


def _flat(values: xr.DataArray, trailing: int) -> Floats:
    array = values.transpose("sequence", "time", ...).to_numpy()
    return array.reshape(-1, *array.shape[-trailing:])


def _node_names(recording: Recording) -> list[str]:
    return [*recording.nodes.index, *map(str, recording.fixed["target_node"].to_numpy())]


def _must_have(recording: Recording, block: str, name: str) -> None:
    try:
        recording.rows(block, limit=1)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error
