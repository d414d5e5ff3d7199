"""Recordings on disk: Zarr, one group per snapshot, each written atomically.

The recording lists its epochs, so that a lost snapshot is noticed.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from infoscope._errors import DamagedError, InputError
from infoscope._files import clear_partial, write_text, write_whole
from infoscope._validate import instance, path_of, whole_number
from infoscope.recordings.groups import (
    FINITE,
    METADATA,
    metadata_of,
    read_zarr,
    slabs,
    write_zarr,
)  # fmt: skip

FORMAT = {"format": "infoscope recording", "version": 2}
_SNAPSHOTS = "snapshots"
# Attribute: the epochs of a recording.
_EPOCHS = "epochs"
_EARLIER = "end the recording at an earlier epoch, or train again with smaller steps"


class RecordingWriter:
    """Write a recording incrementally: one Zarr group per snapshot, each written atomically.

    Parameters
    ----------
    root : Path
        Folder of a recording that `create` made.

    Raises
    ------
    InputError
        If the folder is not a recording, or has lost a snapshot before its last.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from infoscope import Recording
    >>> rec = Recording.from_arrays(hidden=np.zeros((2, 5, 3)))
    >>> with TemporaryDirectory() as folder:
    ...     writer = RecordingWriter.create(Path(folder) / "rec.zarr", rec.fixed)
    ...     writer.append(10, rec.snapshot())
    ...     writer.epochs
    (10,)
    """

    def __init__(self, root: str | Path) -> None:
        self.root = path_of(root, "root")
        must_be_recording(self.root)
        for folder in (self.root, self.root / _SNAPSHOTS):
            clear_partial(folder)
        # Training resumes after the last complete snapshot and records later ones again.
        self._list(epochs_in(self.root, growing=True))

    @classmethod
    def create(cls, path: str | Path, fixed: xr.Dataset) -> "RecordingWriter":
        """Create a recording from the variables that do not change during training."""
        instance(fixed, xr.Dataset, "fixed", "give xarray.Dataset() if nothing is fixed")
        return cls._new(path, lambda passing: write_zarr(fixed, passing / "fixed"))

    @classmethod
    def begin(
        cls, path: str | Path, epoch: int, write: Callable[[Path, Path], object]
    ) -> "RecordingWriter":
        """Create a recording with its first snapshot, written together by a function.

        Parameters
        ----------
        path : str or Path
            Its folder.
        epoch : int
            Epoch of the snapshot.
        write : callable
            Writes the group of fixed variables to its first argument, and the snapshot's to its
            second.
        """
        return cls._new(path, lambda root: write(root / "fixed", snapshot_path(root, epoch)))

    @classmethod
    def _new(cls, path: str | Path, write: Callable[[Path], object]) -> "RecordingWriter":
        root = path_of(path, "path")
        if root.exists():
            raise InputError(f"path must be free, got {root}, which exists; choose another")

        def whole(passing: Path) -> None:
            for folder, attributes in ((passing, FORMAT), (passing / _SNAPSHOTS, {})):
                folder.mkdir()
                (folder / METADATA).write_text(_group(attributes), encoding="utf-8")
            write(passing)

        write_whole(root, whole)
        return cls(root)

    @property
    def epochs(self) -> tuple[int, ...]:
        """The epochs written so far."""
        return epochs_in(self.root)

    def append(self, epoch: int, snapshot: xr.Dataset) -> None:
        """Write the snapshot of an epoch, replacing an earlier one of the same epoch.

        Raises
        ------
        InputError
            If the epoch is not a whole number, a variable holds NaN or infinity, or the folder
            cannot be written.
        """
        epoch = whole_number(epoch, "epoch", 0)
        instance(snapshot, xr.Dataset, "snapshot", "pass for example Recording.snapshot()")
        must_be_finite(snapshot, f"snapshot of epoch {epoch}", _EARLIER)
        self.append_by(epoch, lambda passing: write_zarr(snapshot, passing))

    def append_by(self, epoch: int, write: Callable[[Path], object]) -> None:
        """Add the snapshot of an epoch, whose group a function writes to its argument."""
        write_whole(snapshot_path(self.root, epoch), write)
        # If killed before this line, the recording has an unlisted snapshot, which is harmless.
        self._list(epochs_in(self.root))

    def _list(self, epochs: tuple[int, ...]) -> None:
        """Write the list of epochs."""
        if metadata_of(self.root)["attributes"].get(_EPOCHS) != list(epochs):
            write_text(self.root / METADATA, _group(FORMAT | {_EPOCHS: list(epochs)}))


def read_fixed(root: Path) -> xr.Dataset:
    """Read the fixed variables of a recording."""
    return read_zarr(root / "fixed", _record_again(root), lazily=True)


def read_snapshot(root: Path, epoch: int) -> xr.Dataset:
    """Read the snapshot of an epoch."""
    return read_zarr(snapshot_path(root, epoch), _record_again(root), lazily=True)


def must_be_recording(root: Path) -> None:
    """Check that a folder is a recording of this format."""
    try:
        found = metadata_of(root)["attributes"]
        whole = all((root / part / METADATA).is_file() for part in ("fixed", _SNAPSHOTS))
        named = found["format"] == FORMAT["format"]
    except (OSError, ValueError, KeyError, TypeError):
        found, whole, named = {}, False, False
    if named and found.get("version") != FORMAT["version"]:
        raise InputError(
            f"path must be a recording of format version {FORMAT['version']}, got {root} of "
            f"version {found.get('version')}; read it with the infoscope that wrote it, or "
            f"{_record_again(root)}"
        )
    if named and not whole:
        raise DamagedError(
            f"path must be a whole recording, got {root} without its folder fixed or "
            f"{_SNAPSHOTS}; {_record_again(root)}"
        )
    if not named:
        raise InputError(
            f"path must be a recording, got {root}, which is not one or is damaged; pass a folder "
            "written by Recording.save or a run, such as runs/replication/recording.zarr"
        )


def must_be_finite(dataset: xr.Dataset, what: str, remedy: str) -> None:
    """Check that no variable holds NaN or infinity; the error says which one and where."""
    for name, values in dataset.data_vars.items():
        if values.dtype.kind != "f" or values.encoding.get(FINITE):
            continue
        count, first, value = _not_finite(values)
        if not count:
            continue
        where = ", ".join(
            f"{dim} {values[dim].to_numpy()[i] if dim in values.coords else i}"
            for dim, i in zip(values.dims, first, strict=True)
        )
        raise InputError(
            f"{name} in the {what} must be finite, got {value} at index "
            f"{first} ({where}; {count} such entries of {values.size}): the network has "
            f"diverged, or a value is missing; {remedy}"
        )


def _not_finite(values: xr.DataArray) -> tuple[int, tuple[int, ...], float]:
    """Return the number of entries that are not finite, and index and value of the first."""
    count, first, value = 0, (), 0.0
    for where in slabs(values.shape):
        part = values[where].to_numpy()
        bad = ~np.isfinite(part)
        if not count and bad.any():
            place = tuple(int(i) for i in np.argwhere(bad)[0])
            first = tuple(i + axis.start for i, axis in zip(place, where, strict=True))
            value = part[place]
        count += int(bad.sum())
    return count, first, value


def epochs_in(root: Path, growing: bool = False) -> tuple[int, ...]:
    """Return the epochs with a complete snapshot, in order.

    A recording that is still ``growing`` may lack its last snapshots.

    Raises
    ------
    DamagedError
        If a listed snapshot is missing.
    """
    names = [path.name for path in (root / _SNAPSHOTS).iterdir()]
    epochs = {int(name) for name in names if name.isdigit()}
    listed = metadata_of(root)["attributes"].get(_EPOCHS, [])
    if not isinstance(listed, list) or not all(type(epoch) is int for epoch in listed):
        raise DamagedError(
            f"{root} must list its epochs as whole numbers, got {listed!r}; {_record_again(root)}"
        )
    lost = sorted(set(listed) - epochs)
    if growing:
        lost = [epoch for epoch in lost if epoch < max(epochs, default=0)]
    if lost:
        raise DamagedError(
            f"{root} must hold the snapshots that were written, got none of epoch "
            f"{', '.join(map(str, lost))}; {_record_again(root)}"
        )
    return tuple(sorted(epochs))


def snapshot_path(root: Path, epoch: int) -> Path:
    """Return the path of the snapshot of an epoch."""
    return root / _SNAPSHOTS / f"{epoch:06d}"


def _record_again(root: Path) -> str:
    return (
        f"delete {root} and record again; if a run made it, the same command with --resume "
        "trains the network again"
    )


def _group(attributes: Mapping[str, Any]) -> str:
    """Return the metadata of a Zarr group without arrays."""
    group = {"zarr_format": 3, "node_type": "group", "attributes": dict(attributes)}
    return json.dumps(group, indent=2)
