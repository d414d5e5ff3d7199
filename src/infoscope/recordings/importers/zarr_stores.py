"""Zarr stores: recordings of `Recording.save`, Datasets of xarray, and other arrays."""

import json
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr

from infoscope._errors import InputError
from infoscope.recordings.importers.arrays import raw_of_arrays
from infoscope.recordings.importers.labelled import raw_of_dataset
from infoscope.recordings.reading.raw import Options, Raw
from infoscope.recordings.recording import Recording
from infoscope.recordings.storage import FORMAT

_METADATA = ("zarr.json", ".zgroup", ".zarray")
# Where a run keeps its recording.
_OF_RUN = "recording.zarr"


class ZarrStores:
    """Folders in Zarr format, and runs of infoscope."""

    name = "zarr"
    reads = "Zarr stores (of Recording.save, of xarray, or arrays) and folders of runs"

    def recognises(self, source: Any) -> bool:
        """Whether it is a folder with metadata of Zarr, or an array or group of zarr."""
        if isinstance(source, (str, PathLike)):
            path = Path(source)
            return any((path / name).is_file() for name in _METADATA) or (path / _OF_RUN).is_dir()
        return isinstance(source, (zarr.Array, zarr.Group))

    def read(self, source: Any, options: Options) -> Raw | Recording:
        """Read a store; recordings are opened and read when they are used."""
        if isinstance(source, (zarr.Array, zarr.Group)):
            return _raw(source, options, "the Zarr store")
        path = Path(source)
        if (path / _OF_RUN).is_dir() and not any((path / name).is_file() for name in _METADATA):
            path = path / _OF_RUN
        if _is_recording(path):
            return Recording.load(path)
        _must_be_plain(path)
        try:
            store = zarr.open(path, mode="r")
            if isinstance(store, zarr.Group) and _of_xarray(store):
                consolidated = None if (path / ".zmetadata").is_file() else False
                with xr.open_zarr(path, consolidated=consolidated) as dataset:
                    return raw_of_dataset(dataset.load(), options)
            return _raw(store, options, str(path))
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                f"{path} must be a Zarr store, got {type(error).__name__}: {error}; write it again"
            ) from error


def _is_recording(path: Path) -> bool:
    try:
        found = json.loads((path / "zarr.json").read_text(encoding="utf-8"))
        return found["attributes"]["format"] == FORMAT["format"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _must_be_plain(path: Path) -> None:
    """Refuse arrays of Python objects, whose pickles run code when they are read."""
    for metadata in sorted(path.rglob(".zarray")):
        found = json.loads(metadata.read_text(encoding="utf-8"))
        codecs = [found.get("compressor"), *(found.get("filters") or [])]
        ids = [str((codec or {}).get("id", "")) for codec in codecs]
        if "pickle" in ids:
            raise _refused(path, metadata.parent.name)
    for metadata in sorted(path.rglob("zarr.json")):
        found = json.loads(metadata.read_text(encoding="utf-8"))
        if any("pickle" in str(codec.get("name", "")) for codec in found.get("codecs") or []):
            raise _refused(path, metadata.parent.name)


def _refused(path: Path, array: str) -> InputError:
    return InputError(
        f"{path} must hold arrays of numbers, got pickled objects in {array!r}, which run code "
        "when they are read; write numbers instead"
    )


def _of_xarray(group: zarr.Group) -> bool:
    """Whether the arrays of a group name their dimensions, as xarray writes them."""
    arrays = [array for _, array in group.arrays()]
    named = [
        bool(
            array.attrs.get("_ARRAY_DIMENSIONS") or getattr(array.metadata, "dimension_names", None)
        )
        for array in arrays
    ]
    return bool(named) and all(named)


def _raw(store: Any, options: Options, what: str) -> Raw:
    if isinstance(store, zarr.Array):
        return raw_of_arrays({"": np.asarray(store[...])}, options, what)
    arrays = {name: np.asarray(array[...]) for name, array in store.arrays()}
    return raw_of_arrays(arrays, options, what)
