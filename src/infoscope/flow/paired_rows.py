"""Pairs of rows, some lag apart, that flows compare."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats, described, whole_number
from infoscope.measures.information import named_columns
from infoscope.recordings.alignment import Alignment, alignment_word
from infoscope.recordings.arrays import table_in_order
from infoscope.recordings.blocks import ROLES
from infoscope.recordings.recording import Recording
from infoscope.recordings.rows import trial_grid
from infoscope.surrogates import Layout

_SERIES = Alignment((0,), "No shift: a table is compared as it stands.")


@dataclass(frozen=True, eq=False)
class PairedRows:
    """Activations of all nodes, and the pairs of rows to compare.

    Parameters
    ----------
    table : array, shape (row, node)
        Sequences one after another.
    nodes : DataFrame
        Role and layer of every node, indexed by name.
    current, later : array of int, shape (n,)
        Rows of the table, and those ``lag`` later in the same unbroken stretch.
    joined : array of bool, shape (sequence, step)
        Which rows are current, in order; the last ``lag`` steps of a sequence have no later row and
        are omitted.
    near : mapping
        ``trials`` or ``times`` (row,): rows near in time.
    lag : int
        Rows between the two.
    recording : Recording, optional
        Their recording, reduced to one snapshot; None for a table.
    alignment : Alignment
        How far ahead each layer was read, and why.
    """

    table: Floats
    nodes: pd.DataFrame
    current: NDArray[np.int64]
    later: NDArray[np.int64]
    joined: NDArray[np.bool_]
    near: Mapping[str, Any]
    lag: int
    recording: Recording | None = field(default=None, repr=False, compare=False)
    alignment: Alignment = _SERIES

    @classmethod
    def of(
        cls,
        data: Any,
        lag: int,
        epoch: int | None = None,
        aligned: str | bool | Alignment = "auto",
    ) -> "PairedRows":
        """Pair the rows of a `Recording`, or of a table (row, node) in time order.

        Layers of a recording are aligned as by `Recording.alignment`. Nodes of a table are hidden,
        unless it is a DataArray whose second dimension has the coordinates ``role`` and ``layer``.

        Raises
        ------
        InputError
            If the sequences or their unbroken stretches are too short for the lag, or an
            activation is NaN or infinite.
        """
        lag = whole_number(lag, "lag", 1)
        if not isinstance(aligned, Alignment):
            alignment_word(aligned)
        if isinstance(data, Recording):
            if not isinstance(aligned, Alignment):
                aligned = data.alignment(epoch, aligned, lag)
            return cls._of_recording(data, lag, epoch, aligned)
        data = table_in_order(data)
        names, table = named_columns(data)
        if len(table) <= lag:
            raise InputError(
                f"data must have more than lag = {lag} rows, got {len(table)}; give a longer series"
            )
        rows = np.arange(len(table))
        joined = np.ones((1, len(table) - lag), bool)
        nodes = _nodes_of(data, names)
        return cls(
            table, nodes, rows[:-lag], rows[lag:], joined, {"times": rows.astype(float)}, lag
        )

    @classmethod
    def _of_recording(
        cls, recording: Recording, lag: int, epoch: int | None, alignment: Alignment
    ) -> "PairedRows":
        activations = recording.activations(epoch, alignment)
        if activations.sizes["time"] <= lag:
            raise InputError(
                f"sequences must have more than lag = {lag} aligned steps, got "
                f"{activations.sizes['time']}; record longer sequences"
            )
        everything = activations.to_numpy()
        sequences, steps, width = everything.shape
        rows = np.arange(sequences * steps).reshape(sequences, steps)
        joined = _joined(recording.stretches, steps, lag)
        if recording.times is not None:
            near = {"times": recording.times[:, :steps].ravel()}
        elif recording.trials is not None:
            near = {"trials": recording.trials[:, :steps].ravel()}
        else:
            near = {"trials": np.repeat(np.arange(sequences), steps)}
        current, later = rows[:, :-lag][joined], rows[:, lag:][joined]
        taken = Recording(
            recording.fixed, recording.epochs[-1:] if epoch is None else (epoch,), recording.read
        )
        table = everything.reshape(-1, width)
        return cls(table, recording.nodes, current, later, joined, near, lag, taken, alignment)

    @property
    def layout(self) -> Layout:
        """Layout of the rows, for surrogates."""
        if self.recording is not None and self.recording.trials is not None:
            grid = trial_grid(self.recording.trials[0, : len(self.table)])
            return Layout(grid, self.current, self.later)
        sequences, pairs = self.joined.shape
        return Layout.of_sequences(sequences, pairs + self.lag, self.lag, self.joined)

    def recorded(self, null: str) -> Recording:
        """Return the recording from which a null draws others.

        Raises
        ------
        InputError
            If the rows are of a table.
        """
        if self.recording is None:
            raise InputError(
                f"data must be a Recording for the null {null!r}, got a table; record the network, "
                "or choose a null of describe_nulls that rearranges rows"
            )
        return self.recording

    def again(self, recording: Any, null: str) -> "PairedRows":
        """Pair the rows of a recording drawn by a null in the same way.

        Raises
        ------
        InputError
            If it is not a recording, or has other nodes or another number of rows.
        """
        if not isinstance(recording, Recording):
            raise InputError(
                f"the null {null!r} must draw a Recording, got {type(recording).__name__}; let its "
                "run return Recording.from_arrays(...)"
            )
        if not recording.nodes.equals(self.nodes[["role", "layer"]]):
            raise InputError(
                f"the null {null!r} must draw recordings of the same nodes, {_said(self.nodes)}, "
                f"got {_said(recording.nodes)}; use the names and blocks of the observed recording"
            )
        rows = PairedRows.of(recording, self.lag, aligned=self.alignment)
        if len(rows.current) != len(self.current):
            raise InputError(
                f"the null {null!r} must draw recordings with {len(self.current)} compared rows, "
                f"got {len(rows.current)}; run it on the observed inputs"
            )
        return rows

    @property
    def constant(self) -> NDArray[np.bool_]:
        """Return which nodes are constant, (node,)."""
        return np.ptp(self.table, axis=0) == 0.0

    def matrix(self, values: Floats, name: str, unit: str = "bit") -> xr.DataArray:
        """Return a matrix (source, target) labelled with the node names."""
        return matrix_of(values, self.nodes.index, name, unit)


def snapshots_for(data: Any, epoch: object) -> None:
    """Refuse an epoch of a table, which has no snapshots."""
    if epoch is not None and not isinstance(data, Recording):
        raise InputError(
            f"epoch must be None for a table, which has no snapshots, got {described(epoch)}; "
            "leave it out"
        )


def matrix_of(values: Floats, nodes: Iterable[str], name: str, unit: str = "bit") -> xr.DataArray:
    """Return a matrix (source, target) between nodes."""
    names = list(nodes)
    return xr.DataArray(
        values,
        dims=("source", "target"),
        coords={"source": names, "target": names},
        name=name,
        attrs={"units": unit},
    )


def _said(nodes: pd.DataFrame) -> str:
    """Describe the nodes: their number and the first few."""
    first = ", ".join(f"{name} ({role})" for name, role in nodes["role"].head(3).items())
    return f"{len(nodes)} of them beginning with {first}"


def _joined(stretches: NDArray[np.int64], steps: int, lag: int) -> NDArray[np.bool_]:
    """Return which aligned rows share an unbroken stretch with their rows ``lag`` later."""
    reach = stretches.shape[1] - steps + lag
    joined = stretches[:, :-reach] == stretches[:, reach:]
    if not joined.any():
        raise InputError(
            f"days must have stretches of more than {reach} without a gap, for lag = {lag} and the "
            "alignment, got none; record consecutive days"
        )
    return joined


def _nodes_of(data: Any, names: list[str]) -> pd.DataFrame:
    roles, layers = ["hidden"] * len(names), [0] * len(names)
    if isinstance(data, xr.DataArray) and {"role", "layer"} <= set(data.coords):
        roles = [str(role) for role in data["role"].to_numpy()]
        layers = data["layer"].to_numpy().tolist()
    if unknown := set(roles) - set(ROLES):
        raise InputError(
            f"data must have the roles {', '.join(ROLES)}, got {', '.join(sorted(unknown))}; "
            "rename them, or drop the coordinate role"
        )
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise InputError(
            f"data must have a name for each node, got {', '.join(twice)} more than once; rename "
            "the columns"
        )
    return pd.DataFrame({"role": roles, "layer": layers}, index=pd.Index(names, name="node"))
