"""Recordings on disk: Zarr, one group per snapshot, each written atomically.

Zarr reads a lost chunk as NaN, and a chunk with a flipped bit as other numbers. Every group
therefore has a checksum of all its files, which is verified on reading. The recording lists its
epochs, so that a lost snapshot is noticed.
"""

import hashlib
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from infoscope._errors import DamagedError, InputError
from infoscope._files import clear_partial, write_text, write_whole
from infoscope._validate import instance, path_of, whole_number

FORMAT = {"format": "infoscope recording", "version": 2}
_SNAPSHOTS = "snapshots"
_METADATA = "zarr.json"
# Attributes: the epochs of a recording; the variable order and checksum of a group.
_EPOCHS, _ORDER, _CHECKSUM = "epochs", "variables", "sha256"
# Attribute of variables in double precision that are written in single.
_DOUBLE = "double"
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
        root = path_of(path, "path")
        instance(fixed, xr.Dataset, "fixed", "give xarray.Dataset() if nothing is fixed")
        if root.exists():
            raise InputError(f"path must be free, got {root}, which exists; choose another")

        def write(passing: Path) -> None:
            for folder, attributes in ((passing, FORMAT), (passing / _SNAPSHOTS, {})):
                folder.mkdir()
                (folder / _METADATA).write_text(_group(attributes), encoding="utf-8")
            write_zarr(fixed, passing / "fixed")

        write_whole(root, write)
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
        write_whole(snapshot_path(self.root, epoch), lambda passing: write_zarr(snapshot, passing))
        # If killed before this line, the recording has an unlisted snapshot, which is harmless.
        self._list(epochs_in(self.root))

    def _list(self, epochs: tuple[int, ...]) -> None:
        """Write the list of epochs."""
        if _metadata(self.root)["attributes"].get(_EPOCHS) != list(epochs):
            write_text(self.root / _METADATA, _group(FORMAT | {_EPOCHS: list(epochs)}))


def write_zarr(dataset: xr.Dataset, path: Path) -> None:
    """Write a Dataset atomically as one Zarr group, with its checksum."""
    # Zarr specifies only text of variable length: names are stored as objects.
    texts = {str(n): v.astype(object) for n, v in dataset.variables.items() if v.dtype.kind in "UT"}
    dataset = dataset.assign(texts).assign_attrs({_ORDER: [str(n) for n in dataset]})
    dataset = dataset.assign({name: _narrow(values) for name, values in dataset.data_vars.items()})
    dataset.to_zarr(path, mode="w", zarr_format=3, consolidated=False)
    metadata = _metadata(path)
    metadata["attributes"][_CHECKSUM] = _checksum(path, metadata)
    (path / _METADATA).write_text(json.dumps(metadata, indent=2), encoding="utf-8")


def read_zarr(path: Path, remedy: str) -> xr.Dataset:
    """Read a Dataset written by `write_zarr`, its variables in their original order.

    Zarr lists a group in the order of the file system, which varies between folders and would
    change the order of sums and tables.

    Raises
    ------
    DamagedError
        If it differs from what was written; ``remedy`` is the advice.
    """
    try:
        metadata = _metadata(path)
        written = metadata["attributes"].pop(_CHECKSUM, "none")
        if _checksum(path, metadata) != written:
            raise ValueError(f"its files do not have the recorded checksum {written}")
        # Format 3 only: arrays of format 2 can hold pickles, which run code when read.
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Object at ", UserWarning)  # such as .DS_Store
            dataset = xr.open_zarr(path, consolidated=False, zarr_format=3).load()
        ordered = dataset[dataset.attrs[_ORDER]]
        ordered = ordered.assign({name: _wide(values) for name, values in ordered.items()})
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(
            f"{path} cannot be read: {type(error).__name__}: {error}; it is damaged: {remedy}"
        ) from error
    for name in (_ORDER, _CHECKSUM):
        del ordered.attrs[name]
    return ordered


def read_fixed(root: Path) -> xr.Dataset:
    """Read the fixed variables of a recording."""
    return read_zarr(root / "fixed", _record_again(root))


def read_snapshot(root: Path, epoch: int) -> xr.Dataset:
    """Read the snapshot of an epoch."""
    return read_zarr(snapshot_path(root, epoch), _record_again(root))


def must_be_recording(root: Path) -> None:
    """Check that a folder is a recording of this format."""
    try:
        found = _metadata(root)["attributes"]
        whole = all((root / part / _METADATA).is_file() for part in ("fixed", _SNAPSHOTS))
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
        if values.dtype.kind != "f" or np.isfinite(values.to_numpy()).all():
            continue
        bad = ~np.isfinite(values.to_numpy())
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        where = ", ".join(
            f"{dim} {values[dim].to_numpy()[i] if dim in values.coords else i}"
            for dim, i in zip(values.dims, first, strict=True)
        )
        raise InputError(
            f"{name} in the {what} must be finite, got {values.to_numpy()[first]} at index "
            f"{first} ({where}; {int(bad.sum())} such entries of {bad.size}): the network has "
            f"diverged, or a value is missing; {remedy}"
        )


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
    listed = _metadata(root)["attributes"].get(_EPOCHS, [])
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


def _narrow(values: xr.DataArray) -> xr.DataArray:
    """Return values in single precision if that is exact, as for networks that compute in it."""
    if values.dtype != np.float64 or not values.size:
        return values
    with np.errstate(over="ignore", under="ignore"):
        small = values.to_numpy().astype(np.float32)
    if not np.array_equal(small, values.to_numpy(), equal_nan=True):
        return values
    return values.copy(data=small).assign_attrs({_DOUBLE: True})


def _wide(values: xr.DataArray) -> xr.DataArray:
    """Return values in the precision in which they were given."""
    if _DOUBLE not in values.attrs:
        return values
    wide = values.astype(np.float64)
    del wide.attrs[_DOUBLE]
    return wide


def _record_again(root: Path) -> str:
    return (
        f"delete {root} and record again; if a run made it, the same command with --resume "
        "trains the network again"
    )


def _metadata(path: Path) -> dict[str, Any]:
    metadata = json.loads((path / _METADATA).read_text(encoding="utf-8"))
    if not isinstance(metadata, dict) or not isinstance(metadata.get("attributes"), dict):
        raise ValueError(f"its {_METADATA} is not the metadata of a Zarr group")
    return metadata


def _group(attributes: Mapping[str, Any]) -> str:
    """Return the metadata of a Zarr group without arrays."""
    group = {"zarr_format": 3, "node_type": "group", "attributes": dict(attributes)}
    return json.dumps(group, indent=2)


def _checksum(path: Path, metadata: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the names and contents of a group's files and of its metadata."""
    digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for file in sorted(path.rglob("*")):
        hidden = file.name.startswith(".")  # such as .DS_Store
        if file.is_file() and not hidden and file != path / _METADATA:
            content = file.read_bytes()
            digest.update(f"{file.relative_to(path).as_posix()} {len(content)} ".encode())
            digest.update(content)
    return digest.hexdigest()
