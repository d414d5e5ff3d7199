"""Datasets on disk: one Zarr group each, large arrays written and read in chunks.

Zarr reads a lost chunk as NaN or zero, and a chunk with a flipped bit as other numbers. Every group
therefore has a checksum of all its files, which is verified on reading.
"""

import hashlib
import json
import shutil
import warnings
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray
from xarray.backends import BackendArray
from xarray.core import indexing

from infoscope._errors import DamagedError
from infoscope.recordings.blocks import ROW

METADATA = "zarr.json"
# Values of an array in memory at a time; larger arrays have rows in several chunks.
CHUNK = 2**22
# Smaller pieces of an array share chunks of this part of `CHUNK`.
_SHARE = 16
# Attributes: the variable order and checksum of a group.
_ORDER, _CHECKSUM = "variables", "sha256"
# Attribute of variables in double precision that are written in single.
_DOUBLE = "double"
# Kinds of numbers that xarray writes as they are.
_PLAIN = "fiu"

Region = tuple[slice, ...]


def slabs(shape: tuple[int, ...]) -> Iterator[Region]:
    """Yield regions of at most `CHUNK` values that cover an array, cut along its first two axes.

    >>> list(slabs((2, 3)))
    [(slice(0, 2, None), slice(0, 3, None))]
    """
    sizes = slab_of(shape)
    starts = (range(0, length, size) for length, size in zip(shape, sizes, strict=True))
    for start in product(*starts):
        yield tuple(
            slice(a, min(a + size, length))
            for a, size, length in zip(start, sizes, shape, strict=True)
        )


def slab_of(shape: tuple[int, ...], most: int | None = None) -> tuple[int, ...]:
    """Return the shape of a region of at most ``most`` values (`CHUNK`): rows of whole units.

    >>> slab_of((10, 100_000, 256)), slab_of((10_000, 100, 256))
    ((1, 16384, 256), (163, 100, 256))
    """
    sizes, most = [max(length, 1) for length in shape], most or CHUNK
    for axis in range(min(2, len(sizes))):
        inner = max(1, int(np.prod(shape[axis + 1 :], dtype=np.int64)))
        sizes[axis] = min(sizes[axis], max(1, most // inner))
    return tuple(sizes)


def write_zarr(dataset: xr.Dataset, path: Path) -> None:
    """Write a Dataset as one Zarr group, with its checksum."""
    large = {
        str(name): values.shape for name, values in dataset.data_vars.items()
        if values.dims[:2] == ROW and values.size > CHUNK and values.dtype.kind in _PLAIN
    }  # fmt: skip
    group = Group(path, dataset, large)
    for name, shape in large.items():
        for where in slabs(shape):
            group.put(name, where, dataset[name][where].to_numpy())
    group.close()


class Group:
    """A Zarr group that is written piece by piece.

    Parameters
    ----------
    path : Path
        Its folder.
    dataset : Dataset
        All variables. Of those that grow only name, dimensions, coordinates and attributes count.
    growing : mapping of str to tuple of int
        Shapes of the variables that are written by `put`.
    """

    def __init__(
        self, path: Path, dataset: xr.Dataset, growing: Mapping[str, tuple[int, ...]]
    ) -> None:
        self._path, self._like, self._shapes = path, dataset, growing
        self._arrays: dict[str, zarr.Array] = {}
        # Zarr specifies only text of variable length: names are stored as objects.
        texts = {
            str(n): v.astype(object) for n, v in dataset.variables.items() if v.dtype.kind in "UT"
        }
        whole = dataset.assign(texts).assign_attrs({_ORDER: [str(n) for n in dataset.variables]})
        whole = whole.drop_vars(list(growing))
        whole = whole.assign({name: _narrow(values) for name, values in whole.data_vars.items()})
        whole.to_zarr(path, mode="w", zarr_format=3, consolidated=False)

    def put(self, name: str, where: Region, values: NDArray[Any]) -> None:
        """Write values of a region of a growing variable."""
        array = self._arrays.get(name)
        fits = values.dtype != np.float64 or _fits(values)
        if array is None:
            double = values.dtype == np.float64
            dtype = np.dtype(np.float32) if double and fits else values.dtype
            # Pieces are chunks, unless they are small: then several share one.
            large = CHUNK // _SHARE <= values.size <= CHUNK
            chunks = values.shape if large else slab_of(self._shapes[name], CHUNK // _SHARE)
            array = self._made(self._path / name, name, dtype, double and fits, chunks)
        elif _DOUBLE in array.attrs and not fits:
            array = self._widened(name, array)
        self._arrays[name] = array
        array[where] = values.astype(array.dtype, copy=False)

    def close(self) -> None:
        """Add the checksum."""
        metadata = metadata_of(self._path)
        metadata["attributes"][_CHECKSUM] = checksum(self._path, metadata)
        (self._path / METADATA).write_text(json.dumps(metadata, indent=2), encoding="utf-8")

    def _made(
        self, path: Path, name: str, dtype: np.dtype[Any], double: bool, chunks: tuple[int, ...]
    ) -> Any:
        like = self._like[name]
        return zarr.create_array(
            store=path, shape=self._shapes[name], dtype=dtype, chunks=chunks, zarr_format=3,
            dimension_names=[str(dim) for dim in like.dims],
            attributes={**like.attrs, _DOUBLE: True} if double else dict(like.attrs),
        )  # fmt: skip

    def _widened(self, name: str, small: Any) -> Any:
        """Write a variable again in double precision, as a later value needs it."""
        passing = self._path / f".partial-{name}"
        wide = self._made(passing, name, np.dtype(np.float64), False, small.chunks)
        for where in slabs(small.shape):
            wide[where] = np.asarray(small[where], np.float64)
        shutil.rmtree(self._path / name)
        passing.rename(self._path / name)
        return zarr.open_array(self._path / name, mode="r+")


class Stored(BackendArray):
    """An array of a Zarr group, of which parts are read, in the precision in which it was given."""

    def __init__(self, array: zarr.Array, dtype: np.dtype[Any]) -> None:
        self._array, self.shape, self.dtype = array, array.shape, dtype

    def __getitem__(self, key: Any) -> Any:
        """Return the values of a region."""
        support = indexing.IndexingSupport.BASIC
        return indexing.explicit_indexing_adapter(key, self.shape, support, self._read)

    def _read(self, key: Any) -> NDArray[Any]:
        return np.asarray(self._array[key]).astype(self.dtype, copy=False)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Stored":
        """Return itself: it cannot be changed."""
        return self


def read_zarr(path: Path, remedy: str, lazily: bool = False) -> xr.Dataset:
    """Read a Dataset written by `write_zarr`, its variables in their original order.

    Zarr lists a group in the order of the file system, which varies between folders and would
    change the order of sums and tables.

    Parameters
    ----------
    path : Path
        The group.
    remedy : str
        Advice if it is damaged.
    lazily : bool
        Whether arrays of more than `CHUNK` values stay on disk until they are used.

    Raises
    ------
    DamagedError
        If it differs from what was written.
    """
    try:
        metadata = metadata_of(path)
        written = metadata["attributes"].pop(_CHECKSUM, "none")
        if checksum(path, metadata) != written:
            raise ValueError(f"its files do not have the recorded checksum {written}")
        # Format 3 only: arrays of format 2 can hold pickles, which run code when read.
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Object at ", UserWarning)  # such as .DS_Store
            dataset = xr.open_zarr(path, chunks=None, consolidated=False, zarr_format=3)
            # Groups of an earlier version list their data alone.
            coords = sorted(str(name) for name in dataset.coords)
            names = list(dict.fromkeys([*map(str, dataset.attrs[_ORDER]), *coords]))
            ordered = {name: dataset[name].variable for name in names}
            for name, values in ordered.items():
                data = name in dataset.data_vars
                if lazily and data and values.size > CHUNK and values.dtype.kind in _PLAIN:
                    ordered[name] = _stored(path, name, values)
                else:
                    ordered[name] = _wide(values.load()) if data else values.load()
        found = xr.Dataset(ordered, attrs=dataset.attrs).set_coords(coords)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(
            f"{path} cannot be read: {type(error).__name__}: {error}; it is damaged: {remedy}"
        ) from error
    for name in (_ORDER, _CHECKSUM):
        found.attrs.pop(name, None)
    return found


def metadata_of(path: Path) -> dict[str, Any]:
    """Return the metadata of a Zarr group."""
    metadata = json.loads((path / METADATA).read_text(encoding="utf-8"))
    if not isinstance(metadata, dict) or not isinstance(metadata.get("attributes"), dict):
        raise ValueError(f"its {METADATA} is not the metadata of a Zarr group")
    return metadata


def checksum(path: Path, metadata: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the names and contents of a group's files and of its metadata."""
    digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for file in sorted(path.rglob("*")):
        hidden = file.name.startswith(".")  # such as .DS_Store
        if file.is_file() and not hidden and file != path / METADATA:
            content = file.read_bytes()
            digest.update(f"{file.relative_to(path).as_posix()} {len(content)} ".encode())
            digest.update(content)
    return digest.hexdigest()


def _stored(path: Path, name: str, values: xr.Variable) -> xr.Variable:
    """Return a variable whose values stay on disk."""
    array = zarr.open_array(path / name, mode="r")
    attributes = dict(values.attrs)
    double = attributes.pop(_DOUBLE, False)
    dtype = np.dtype(np.float64) if double else values.dtype
    lazy = indexing.LazilyIndexedArray(Stored(array, dtype))
    return xr.Variable(values.dims, lazy, attributes)


def _narrow(values: xr.DataArray) -> xr.DataArray:
    """Return values in single precision if that is exact, as for networks that compute in it."""
    if values.dtype != np.float64 or not values.size or not _fits(values.to_numpy()):
        return values
    return values.astype(np.float32).assign_attrs({_DOUBLE: True})


def _fits(values: NDArray[Any]) -> bool:
    """Whether values in double precision can be written in single."""
    with np.errstate(over="ignore", under="ignore"):
        return np.array_equal(values.astype(np.float32), values, equal_nan=True)


def _wide(values: xr.Variable) -> xr.Variable:
    """Return values in the precision in which they were given."""
    if _DOUBLE not in values.attrs:
        return values
    wide = values.astype(np.float64)
    del wide.attrs[_DOUBLE]
    return wide
