"""Recordings on disk: Zarr, one group per snapshot, each whole or not there."""

import json
from pathlib import Path

import xarray as xr

from infoscope._errors import InputError, require
from infoscope._files import clear_partial, write_whole
from infoscope._validate import instance, path_of, whole_number

FORMAT = {"format": "infoscope recording", "version": 1}
_SNAPSHOTS = "snapshots"
# Where a group notes the order of its variables.
_ORDER = "variables"


class RecordingWriter:
    """Writes a recording while it grows: one Zarr group per snapshot, each whole or not there.

    Parameters
    ----------
    root : Path
        Folder of a recording that `create` made.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = path_of(root, "root")
        must_be_recording(self.root)
        clear_partial(self.root / _SNAPSHOTS)

    @classmethod
    def create(cls, path: str | Path, fixed: xr.Dataset) -> "RecordingWriter":
        """Begin a recording with what does not change while the network learns."""
        require("zarr", "writing a recording")
        root = path_of(path, "path")
        instance(fixed, xr.Dataset, "fixed", "give xarray.Dataset() if nothing is fixed")
        if root.exists():
            raise InputError(f"path must be free, got {root}, which exists; choose another")

        def write(passing: Path) -> None:
            write_zarr(xr.Dataset(attrs=FORMAT), passing)
            write_zarr(fixed, passing / "fixed")
            write_zarr(xr.Dataset(), passing / _SNAPSHOTS)

        write_whole(root, write)
        return cls(root)

    @property
    def epochs(self) -> tuple[int, ...]:
        """The epochs written so far."""
        return epochs_in(self.root)

    def append(self, epoch: int, snapshot: xr.Dataset) -> None:
        """Write the snapshot of an epoch, replacing an earlier one of the same epoch."""
        epoch = whole_number(epoch, "epoch", 0)
        instance(snapshot, xr.Dataset, "snapshot", "pass for example Recording.snapshot()")
        write_whole(snapshot_path(self.root, epoch), lambda passing: write_zarr(snapshot, passing))


def write_zarr(dataset: xr.Dataset, path: Path) -> None:
    """Write a Dataset as one Zarr group, all at once."""
    # Zarr specifies text of variable length only: names go in as objects.
    texts = {str(n): v.astype(object) for n, v in dataset.coords.items() if v.dtype.kind in "UT"}
    dataset = dataset.assign_coords(texts).assign_attrs({_ORDER: [str(n) for n in dataset]})
    dataset.to_zarr(path, mode="w", zarr_format=3, consolidated=False)


def read_zarr(path: Path) -> xr.Dataset:
    """Read a Dataset that `write_zarr` wrote, its variables in their order.

    Zarr lists a group in the order of the file system, which differs from folder to folder; sums
    and tables would differ with it.
    """
    try:
        dataset = xr.open_zarr(path, consolidated=False).load()
        ordered = dataset[dataset.attrs[_ORDER]]
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise InputError(
            f"{path} cannot be read: {type(error).__name__}: {error}; it is damaged: delete that "
            "folder and, if a run made it, finish the run with --resume"
        ) from error
    del ordered.attrs[_ORDER]
    return ordered


def must_be_recording(root: Path) -> None:
    """Check that a folder is a recording of this format, before any of it is believed."""
    try:
        attributes = json.loads((root / "zarr.json").read_text(encoding="utf-8"))["attributes"]
        whole = all((root / part / "zarr.json").is_file() for part in ("fixed", _SNAPSHOTS))
    except (OSError, ValueError, KeyError, TypeError):
        attributes, whole = {}, False
    if not whole or any(attributes.get(name) != value for name, value in FORMAT.items()):
        raise InputError(
            f"path must be a recording, got {root}, which is none of this version; name the "
            "folder that Recording.save or a run wrote, such as runs/replication/recording.zarr"
        )


def epochs_in(root: Path) -> tuple[int, ...]:
    """Return the epochs of which a recording holds a whole snapshot, in order."""
    names = [path.name for path in (root / _SNAPSHOTS).iterdir()]
    return tuple(sorted(int(name) for name in names if name.isdigit()))


def snapshot_path(root: Path, epoch: int) -> Path:
    """Return where a recording keeps the snapshot of an epoch."""
    return root / _SNAPSHOTS / f"{epoch:06d}"
