"""Rows of a recording, or of a table, that have a row some lag later: what flows compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats, whole_number
from infoscope.information import named_columns
from infoscope.recording import ROLES, Recording


@dataclass(frozen=True)
class PairedRows:
    """Activations of all nodes, and which rows are compared with which.

    Parameters
    ----------
    table : array, shape (row, node)
        Sequences one after another.
    nodes : DataFrame
        Role and layer of every node, indexed by name.
    current, later : array of int, shape (n,)
        Rows of the table, and those ``lag`` later in the same unbroken stretch.
    joined : array of bool, shape (sequence, step)
        Which rows are current, in their order; the last ``lag`` steps of a sequence have no
        later row, and are left out.
    near : mapping
        ``trials`` or ``times`` (row,): which rows are near in time.
    lag : int
        Rows between the two.
    """

    table: Floats
    nodes: pd.DataFrame
    current: NDArray[np.int64]
    later: NDArray[np.int64]
    joined: NDArray[np.bool_]
    near: Mapping[str, Any]
    lag: int

    @classmethod
    def of(
        cls, data: Any, lag: int, epoch: int | None = None, aligned: bool = True
    ) -> "PairedRows":
        """Pair the rows of a `Recording`, or of a table (row, node) in the order of time.

        Nodes of a table are hidden, unless it is a DataArray whose second dimension has the
        coordinates ``role`` and ``layer``, as synthetic systems have.

        Raises
        ------
        InputError
            If the sequences or their unbroken stretches are too short for the lag.
        """
        lag = whole_number(lag, "lag", 1)
        if isinstance(data, Recording):
            return cls._of_recording(data, lag, epoch, aligned)
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
        cls, recording: Recording, lag: int, epoch: int | None, aligned: bool
    ) -> "PairedRows":
        activations = recording.activations(epoch, aligned=aligned)
        if activations.sizes["time"] <= lag:
            raise InputError(
                f"sequences must have more than lag = {lag} aligned steps, got "
                f"{activations.sizes['time']}; record longer sequences"
            )
        everything = activations.to_numpy()
        sequences, steps, width = everything.shape
        rows = np.arange(sequences * steps).reshape(sequences, steps)
        joined = _joined(recording.stretches, steps, lag)
        if recording.times is None:
            near = {"trials": np.repeat(np.arange(sequences), steps)}
        else:
            near = {"times": recording.times[:, :steps].ravel()}
        current, later = rows[:, :-lag][joined], rows[:, lag:][joined]
        return cls(
            everything.reshape(-1, width), recording.nodes, current, later, joined, near, lag
        )

    @property
    def constant(self) -> NDArray[np.bool_]:
        """Which nodes never change, (node,)."""
        return np.ptp(self.table, axis=0) == 0.0

    def matrix(self, values: Floats, name: str, unit: str = "bit") -> xr.DataArray:
        """Return a number for every pair (source, target) with the names of the nodes."""
        names = list(self.nodes.index)
        return xr.DataArray(
            values,
            dims=("source", "target"),
            coords={"source": names, "target": names},
            name=name,
            attrs={"units": unit},
        )


def _joined(stretches: NDArray[np.int64], steps: int, lag: int) -> NDArray[np.bool_]:
    """Say which aligned rows, and theirs ``lag`` later, come from one unbroken stretch."""
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
