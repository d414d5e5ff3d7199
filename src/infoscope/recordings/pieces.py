"""Recordings that are computed piece by piece: some sequences and some steps at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infoscope.recordings.blocks import ROW
from infoscope.recordings.groups import Group, Region
from infoscope.recordings.recording import Recording
from infoscope.recordings.snapshots import InMemory
from infoscope.recordings.storage import RecordingWriter


class Piece(NamedTuple):
    """Consecutive sequences and steps: the first of each, and a recording of them alone."""

    sequence: int
    step: int
    recording: Recording


class Store(Protocol):
    """Takes the values of variables that grow, such as a `Group` on disk."""

    def put(self, name: str, where: Region, values: NDArray[Any]) -> None:
        """Take values of a region of a variable."""
        ...

    def close(self) -> None:
        """Finish."""
        ...


# From all variables, and the shapes of those that grow, to a store.
Opens = Callable[[xr.Dataset, Mapping[str, tuple[int, ...]]], Store]


@dataclass(frozen=True, eq=False)
class Pieces:
    """One snapshot of a recording, in pieces.

    Parameters
    ----------
    sequences, steps : int
        Of the whole.
    lengths : tuple of int, optional
        Steps of each sequence, if they differ; the rest of a piece is padding.
    parts : callable
        Returns an iterable of all pieces, computed one after another. A single one may have its
        sequences of unequal length joined already.

    Examples
    --------
    >>> x = np.arange(6.0).reshape(1, 6, 1)
    >>> parts = [Piece(0, t, Recording.from_arrays(hidden=x[:, t : t + 3])) for t in (0, 3)]
    >>> Pieces(1, 6, lambda: parts).recording().rows("hidden").ravel().tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    """

    sequences: int
    steps: int
    parts: Callable[[], Iterable[Piece]]
    lengths: tuple[int, ...] | None = None

    @classmethod
    def single(cls, recording: Recording) -> "Pieces":
        """Return a recording as its only piece."""
        sizes = {**recording.fixed.sizes, **recording.snapshot().sizes}
        return cls(sizes["sequence"], sizes["time"], lambda: [Piece(0, 0, recording)])

    def recording(self) -> Recording:
        """Return the recording, in memory."""
        stores = list[_Arrays]()

        def opens(dataset: xr.Dataset, growing: Mapping[str, tuple[int, ...]]) -> _Arrays:
            stores.append(_Arrays(dataset, growing))
            return stores[-1]

        self._fill(opens, opens)
        fixed, snapshot = (store.dataset() for store in stores)
        return Recording(fixed, (0,), InMemory({0: snapshot}))

    def begin(self, path: str | Path, epoch: int, more: Mapping[str, Any]) -> RecordingWriter:
        """Write a new recording, with this snapshot and ``more`` variables of it."""
        return RecordingWriter.begin(
            path, epoch, lambda fixed, snapshot: self._fill(_at(fixed), _at(snapshot, more))
        )

    def append(self, writer: RecordingWriter, epoch: int, more: Mapping[str, Any]) -> None:
        """Add this snapshot, with ``more`` variables of it, to a recording on disk."""
        writer.append_by(epoch, lambda passing: self._fill(None, _at(passing, more)))

    def _fill(self, fixed: Opens | None, snapshot: Opens) -> None:
        """Write fixed variables and snapshot to stores that are opened with the first piece."""
        stores: list[Store | None] = []
        for piece in self.parts():
            both = self._labelled(piece), piece.recording.snapshot()
            if not stores:
                stores = [
                    None if opens is None else opens(part, self._growing(part))
                    for opens, part in zip((fixed, snapshot), both, strict=True)
                ]
            for store, part in zip(stores, both, strict=True):
                if store is not None:
                    self._put(store, part, piece)
        for store in stores:
            if store is not None:
                store.close()

    def _growing(self, part: xr.Dataset) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the whole of all variables with rows."""
        rows = (self.sequences, self.steps) if self.lengths is None else (1, sum(self.lengths))
        return {
            str(name): (*rows, *values.shape[2:]) for name, values in part.data_vars.items()
            if values.dims[:2] == ROW
        }  # fmt: skip

    def _labelled(self, piece: Piece) -> xr.Dataset:
        """Return the fixed variables, with the original sequence of each row if lengths differ."""
        fixed = piece.recording.fixed
        if self.lengths is None:
            return fixed
        sizes = {**fixed.sizes, **piece.recording.snapshot().sizes}
        trial = np.arange(sizes["sequence"])[:, np.newaxis] + piece.sequence
        return fixed.assign(trial=(ROW, np.repeat(trial, sizes["time"], axis=1)))

    def _put(self, store: Store, part: xr.Dataset, piece: Piece) -> None:
        for name in self._growing(part):
            values = part[name].to_numpy()
            inner = tuple(slice(0, size) for size in values.shape[2:])
            for rows, own in self._places(piece, values):
                store.put(name, (*rows, *inner), own)

    def _places(self, piece: Piece, values: NDArray[Any]) -> Iterator[tuple[Region, NDArray[Any]]]:
        """Yield rows of the whole, and the values of a piece that belong there."""
        (s, t, _), (sequences, steps) = piece, values.shape[:2]
        if self.lengths is None:
            yield (slice(s, s + sequences), slice(t, t + steps)), values
            return
        left = np.clip(np.array(self.lengths[s : s + sequences]) - t, 0, steps)
        begins = np.cumsum((0, *self.lengths))[s : s + sequences] + t
        if t == 0 and steps >= max(self.lengths[s : s + sequences]):
            # Whole sequences stand one after another.
            inside = np.arange(steps) < left[:, np.newaxis]
            yield (
                (slice(0, 1), slice(begins[0], begins[0] + left.sum())),
                values[inside][np.newaxis],
            )
            return
        for i, (begin, count) in enumerate(zip(begins, left, strict=True)):
            if count > 0:
                yield (slice(0, 1), slice(begin, begin + count)), values[i : i + 1, :count]


class _Arrays:
    """A Dataset in memory whose variables with rows are filled piece by piece."""

    def __init__(self, dataset: xr.Dataset, growing: Mapping[str, tuple[int, ...]]) -> None:
        self._like, self._shapes = dataset, growing
        self._values: dict[str, NDArray[Any]] = {}

    def put(self, name: str, where: Region, values: NDArray[Any]) -> None:
        """Copy values to a region of a variable."""
        shape = self._shapes[name]
        if values.shape == shape:
            self._values[name] = values
            return
        if name not in self._values:
            self._values[name] = np.empty(shape, values.dtype)
        self._values[name][where] = values

    def close(self) -> None:
        """Do nothing: what is in memory needs no checksum."""

    def dataset(self) -> xr.Dataset:
        """Return all variables."""
        like = self._like
        filled = {n: (like[n].dims, values, like[n].attrs) for n, values in self._values.items()}
        return like.drop_vars(list(filled)).assign(filled)[list(like)]


def _at(path: Path, more: Mapping[str, Any] | None = None) -> Opens:
    """Return what opens a group on disk, with ``more`` variables."""
    return lambda dataset, growing: Group(path, dataset.assign(more or {}), growing)
