"""Sources of a recording's snapshots: memory, disk, or the snapshots of another recording.

Classes instead of closures, so that recordings can be pickled for process pools, joblib and dask.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infoscope.recordings.blocks import ROW
from infoscope.recordings.storage import read_snapshot


@dataclass(frozen=True, eq=False)
class InMemory:
    """Snapshots by epoch."""

    snapshots: Mapping[int, xr.Dataset]

    def __call__(self, epoch: int) -> xr.Dataset:
        """Return a copy of the snapshot of an epoch, to which variables can be added."""
        return self.snapshots[epoch].copy()


class OnDisk:
    """Snapshots of a recording on disk, read when they are used."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # An analysis reads a snapshot several times, block by block, or two snapshots in turn.
        self._latest = lru_cache(maxsize=2)(self._read)

    def _read(self, epoch: int) -> xr.Dataset:
        return read_snapshot(self.root, epoch)

    def __call__(self, epoch: int) -> xr.Dataset:
        """Return a copy of the snapshot of an epoch."""
        return self._latest(epoch).copy(deep=True)

    def __reduce__(self) -> tuple[type, tuple[Path]]:
        """Pickle the path only, without cached snapshots."""
        return OnDisk, (self.root,)


class Rerun:
    """Snapshots without activations, which are computed when they are read.

    Parameters
    ----------
    snapshots : mapping of int to Dataset
        Epoch → weights, and other variables of the snapshot.
    run : callable
        Returns the activations of such a snapshot.
    """

    def __init__(
        self, snapshots: Mapping[int, xr.Dataset], run: Callable[[xr.Dataset], xr.Dataset]
    ) -> None:
        self.snapshots, self.run = snapshots, run
        self._latest = lru_cache(maxsize=2)(self._read)

    def _read(self, epoch: int) -> xr.Dataset:
        known = self.snapshots[epoch]
        return self.run(known).assign(known.data_vars)

    def __call__(self, epoch: int) -> xr.Dataset:
        """Return a copy of the snapshot of an epoch."""
        return self._latest(epoch).copy(deep=True)

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        """Pickle without cached activations."""
        return Rerun, (self.snapshots, self.run)


@dataclass(frozen=True, eq=False)
class Changed:
    """Snapshots of another source, each changed in the same way."""

    read: Callable[[int], xr.Dataset]
    change: Callable[[xr.Dataset], xr.Dataset]

    def __call__(self, epoch: int) -> xr.Dataset:
        """Return the changed snapshot of an epoch."""
        return self.change(self.read(epoch))


def rows_in_one_sequence(
    dataset: xr.Dataset, sequence: NDArray[np.int64], position: NDArray[np.int64]
) -> xr.Dataset:
    """Return the chosen rows as one sequence, with all variables that have no rows."""
    where = {"sequence": xr.DataArray(sequence, dims="time"), "time": ("time", position)}
    kept = {}
    for name, values in dataset.data_vars.items():
        if set(values.dims) >= set(ROW):
            rows = values.isel(where).drop_vars(ROW, errors="ignore")
            kept[name] = rows.expand_dims("sequence").transpose("sequence", "time", ...)
        elif not set(values.dims) & set(ROW):
            kept[name] = values
    return xr.Dataset(kept, attrs=dataset.attrs)
