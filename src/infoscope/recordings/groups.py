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
# Larger arrays are never in memory as a whole: 2^22 values, 16 MiB in single precision.
CHUNK = 2**22
# They are written and read in parts of `CHUNK` / `PARTS` values, which are the chunks on disk, so
# that all copies of a part in conversion, checks and compression fit into two of `CHUNK`.
PARTS = 16
# Bytes of a file in memory at a time.
_READ = 2**20
# Attributes: the variable order and checksum of a group.
_ORDER, _CHECKSUM = "variables", "sha256"
# Attribute of variables in double precision that are written in single.
_DOUBLE = "double"
# Attribute of variables written piece by piece that hold no NaN and no infinity.
FINITE = "all_finite"
# Kinds of numbers that xarray writes as they are.
_PLAIN = "fiu"

Region = tuple[slice, ...]


def slabs(shape: tuple[int, ...], sizes: tuple[int, ...] | None = None) -> Iterator[Region]:
    """Yield regions that cover an array, of given ``sizes`` or those of a part (`part_of`).

    >>> list(slabs((2, 3)))
    [(slice(0, 2, None), slice(0, 3, None))]
    """
    sizes = sizes or part_of(shape)
    starts = (range(0, length, size) for length, size in zip(shape, sizes, strict=True))
    for start in product(*starts):
        yield tuple(
            slice(a, min(a + size, length))
            for a, size, length in zip(start, sizes, shape, strict=True)
        )


def part_of(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a part of an array, cut along its first two axes: rows of whole units.

    >>> part_of((10, 100_000, 256)), part_of((10_000, 100, 256))
    ((1, 1024, 256), (10, 100, 256))
    """
    sizes = [max(length, 1) for length in shape]
    for axis in range(min(2, len(sizes))):
        inner = max(1, int(np.prod(shape[axis + 1 :], dtype=np.int64)))
        sizes[axis] = min(sizes[axis], max(1, CHUNK // PARTS // inner))
    return tuple(sizes)


def rows_of_piece(width: int, sequences: int) -> int:
    """Return the rows of a piece that is computed at once, of ``width`` values each.

    A sequence gets those of a part (`part_of`). Sequences are computed side by side in the time of
    one, so that a piece of several has more rows, up to those of `CHUNK`.

    >>> rows_of_piece(256, 1), rows_of_piece(256, 1000)
    (1024, 16384)
    """
    return CHUNK * min(sequences, PARTS) // (PARTS * max(width, 1))


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
        self._arrays: dict[str, _Growing] = {}
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
        double = values.dtype == np.float64
        single = _single(values) if double else None
        growing = self._arrays.get(name)
        if growing is None:
            dtype = values.dtype if single is None else single.dtype
            chunks = _chunks(self._shapes[name], values.shape)
            array = self._made(self._path / name, name, dtype, single is not None, chunks)
            whole = values.shape[1] == array.shape[1]
            growing = self._arrays[name] = _Growing(array, axis=0 if whole else 1)
        elif _DOUBLE in growing.array.attrs and single is None:
            growing.widen(self._widened(name, growing.array))
        growing.put(where, values if single is None else single)

    def close(self) -> None:
        """Add the checksum."""
        for growing in self._arrays.values():
            growing.close()
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
        for where in slabs(small.shape, small.chunks):
            wide[where] = np.asarray(small[where], np.float64)
        shutil.rmtree(self._path / name)
        passing.rename(self._path / name)
        return zarr.open_array(self._path / name, mode="r+")


class _Growing:
    """An array on disk that grows along an axis; each chunk is written once, when it is complete.

    Zarr compresses all chunks of an assignment side by side, and reads a chunk back to change a
    part of it. So values wait in a buffer until they fill a chunk, and chunks are written one by
    one.
    """

    def __init__(self, array: Any, axis: int) -> None:
        self.array, self._axis, self._finite = array, axis, True
        self._waiting: Region | None = None
        self._buffer = np.empty((0,) * array.ndim, array.dtype)

    def put(self, where: Region, values: NDArray[Any]) -> None:
        """Take values of a region."""
        self._finite &= values.dtype.kind in _PLAIN and bool(np.isfinite(values).all())
        axis, size = self._axis, self.array.chunks[self._axis]
        begin = first = where[axis].start
        while begin < where[axis].stop:
            end = min(where[axis].stop, begin - begin % size + size)
            inside = (slice(None),) * axis + (slice(begin - first, end - first),)
            self._wait(_moved(where, axis, begin, end), values[inside])
            begin = end

    def widen(self, array: Any) -> None:
        """Go on with a copy of the array in double precision."""
        self.array, self._buffer = array, self._buffer.astype(array.dtype)

    def close(self) -> None:
        """Write what waits, and note whether all values are finite."""
        self._write()
        if self._finite:
            self.array.update_attributes({FINITE: True})

    def _wait(self, where: Region, values: NDArray[Any]) -> None:
        """Take values of a region inside a chunk, and write the chunk if they complete it."""
        axis, begin, end = self._axis, where[self._axis].start, where[self._axis].stop
        if self._waiting is not None:
            last = self._waiting[axis].stop
            if begin != last or _moved(where, axis, 0, 0) != _moved(self._waiting, axis, 0, 0):
                self._write()
        first = begin if self._waiting is None else self._waiting[axis].start
        self._waiting = _moved(where, axis, first, end)
        self._make_room(values.shape)
        self._buffer[(*map(slice, values.shape[:axis]), slice(begin - first, end - first),
                      *map(slice, values.shape[axis + 1 :]))] = values  # fmt: skip
        if end % self.array.chunks[axis] == 0 or end == self.array.shape[axis]:
            self._write()

    def _make_room(self, shape: tuple[int, ...]) -> None:
        """Make the buffer hold a chunk of regions of this shape."""
        wanted = list(shape)
        wanted[self._axis] = self.array.chunks[self._axis]
        if any(now < size for now, size in zip(self._buffer.shape, wanted, strict=True)):
            self._buffer = np.empty(wanted, self.array.dtype)

    def _write(self) -> None:
        if self._waiting is None:
            return
        sizes = tuple(at.stop - at.start for at in self._waiting)
        for part in slabs(sizes, self.array.chunks):
            place = tuple(
                slice(at.start + own.start, at.start + own.stop)
                for at, own in zip(self._waiting, part, strict=True)
            )
            self.array[place] = self._buffer[part]
        self._waiting = None


def _moved(where: Region, axis: int, begin: int, end: int) -> Region:
    """Return a region with another extent along an axis."""
    return (*where[:axis], slice(begin, end), *where[axis + 1 :])


def _chunks(shape: tuple[int, ...], piece: tuple[int, ...]) -> tuple[int, ...]:
    """Return the chunks of an array that is written in pieces.

    Whole sequences fill a chunk one after another. Of longer ones, those of a piece arrive
    together, and share a chunk.
    """
    if piece[1] == shape[1]:
        return part_of(shape)
    most = max(1, CHUNK // PARTS // max(1, int(np.prod(shape[2:], dtype=np.int64))))
    sequences = min(piece[0], most)
    return (sequences, min(shape[1], most // sequences), *shape[2:])


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
            size = file.stat().st_size
            digest.update(f"{file.relative_to(path).as_posix()} {size} ".encode())
            with file.open("rb") as content:
                while part := content.read(_READ):
                    digest.update(part)
    return digest.hexdigest()


def _stored(path: Path, name: str, values: xr.Variable) -> xr.Variable:
    """Return a variable whose values stay on disk."""
    array = zarr.open_array(path / name, mode="r")
    attributes = dict(values.attrs)
    double = attributes.pop(_DOUBLE, False)
    dtype = np.dtype(np.float64) if double else values.dtype
    lazy = indexing.LazilyIndexedArray(Stored(array, dtype))
    # An earlier version did not note it.
    known = {FINITE: attributes.pop(FINITE, False)}
    return xr.Variable(values.dims, lazy, attributes, known)


def _narrow(values: xr.DataArray) -> xr.DataArray:
    """Return values in single precision if that is exact, as for networks that compute in it."""
    single = _single(values.to_numpy()) if values.dtype == np.float64 and values.size else None
    if single is None:
        return values
    return values.copy(data=single).assign_attrs({_DOUBLE: True})


def _single(values: NDArray[Any]) -> NDArray[np.float32] | None:
    """Return values in double precision as single ones if that is exact, otherwise None."""
    with np.errstate(over="ignore", under="ignore"):
        single = values.astype(np.float32)
    exact = np.array_equal(single, values) or np.array_equal(single, values, equal_nan=True)
    return single if exact else None


def _wide(values: xr.Variable) -> xr.Variable:
    """Return values in the precision in which they were given."""
    values.attrs.pop(FINITE, None)
    if _DOUBLE not in values.attrs:
        return values
    wide = values.astype(np.float64)
    del wide.attrs[_DOUBLE]
    return wide
