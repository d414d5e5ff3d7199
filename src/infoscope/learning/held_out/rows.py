"""The rows that corrected estimates use: one a day, each with what the network saw before."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, whole_number
from infoscope.estimators._collinearity import independent_columns
from infoscope.recordings.recording import Recording

# A memory curve goes back so many steps by default.
_DEEPEST = 10
# What a column has beyond a linear function of others, in its standard deviations: below this
# the decoder's determinants are those of rounding errors.
_INDEPENDENT = 1e-5


@dataclass(frozen=True)
class DailyRows:
    """One row a day, in the order of days: the one with the longest history of its copies.

    Parameters
    ----------
    recording : Recording
        One row a day (all rows, of a recording without days).
    history : array, shape (n, lag, input)
        Inputs of the day itself and of days before; NaN where the network did not see them.
    before : array, shape (n, target)
        Targets of the row before, which persistence forecasts; NaN where there is none.
    """

    recording: Recording
    history: Floats
    before: Floats

    @classmethod
    def of(cls, recording: Recording, lags: int, name: str) -> "DailyRows":
        """Choose the rows, or say what a recording of this name lacks."""
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
        """Rows whose inputs are known at every lag."""
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
    """Return the rows of "train" and, if there are some, of "held-out", which fit each other.

    Raises
    ------
    InputError
        If a block is missing, the two have other nodes, or no row saw all lags.
    """
    _must_have(recording, "inputs", "recording")
    steps = recording.mask.shape[1]
    depth = min(steps, _DEEPEST) if lags is None else whole_number(lags, "lags", 1, steps)
    rows = {"train": DailyRows.of(recording, depth, "recording")}
    width, targets = (recording.rows(b, limit=1).shape[1] for b in ("outputs", "targets"))
    if targets != width:
        raise InputError(
            f"targets must be as many as the outputs, got {targets} targets and {width} outputs; "
            "record the outputs that the targets belong to"
        )
    if len(rows["train"].whole_history) == 0:
        raise InputError(
            f"lags must leave rows that saw them all, got {depth} lags and none; lower lags"
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
    """Count the held-out days that are days of training rows too; 0 where days are unknown."""
    known = [of.recording.fixed for of in rows.values() if "days" in of.recording.fixed]
    if len(known) < 2:
        return 0
    train, held_out = (fixed["days"].to_numpy().ravel() for fixed in known)
    return int(np.isin(held_out, train).sum())


def independent_inputs(rows: DailyRows) -> NDArray[np.int64]:
    """Return the inputs that are neither constant nor linear in those before them, at any lag.

    Raises
    ------
    EstimationError
        If there is none.
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
    """Return the recording without inputs that are constant, or linear in those before them.

    What is known of the others is known of these too, while a decoder of all of them would find
    no limit to what it knows.
    """
    kept = independent_columns(recording.rows("inputs"), _INDEPENDENT)
    return Recording(recording.fixed.isel(input_node=kept), recording.epochs, recording.read)


def _lagged(values: Floats, stretches: NDArray[np.int64], lag: int) -> Floats:
    """Return what stood some steps before in the same stretch, NaN where nothing did."""
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
