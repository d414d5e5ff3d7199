"""What cannot be read is refused, with the argument, what came, and what to do."""

import io
import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import zarr

import infoscope as isc
from infoscope.recordings.importers import catalogue
from infoscope.recordings.reading.raw import Importer, Options, Part, Raw

X = np.random.default_rng(0).normal(size=(40, 3))
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])


def spoilt(values: Any, row: int = 3, column: int = 1) -> np.ndarray:
    changed = X.astype(type(values)) if isinstance(values, complex) else X.copy()
    changed[row, column] = values
    return changed


REFUSED: dict[str, tuple[Callable[[], Any], dict[str, Any], str]] = {
    "nothing": (lambda: None, {}, "source must be of a known type.*numpy arrays.*Neo"),
    "a set": (lambda: {1, 2}, {}, "source must be of a known type"),
    "a number": (lambda: 3.0, {}, "known type"),
    "a class": (lambda: np.ndarray, {}, "known type"),
    "no file": (lambda: "nowhere.csv", {}, "nowhere.csv"),
    "no such type": (lambda: "nowhere.xyz", {}, "must exist"),
    "no axis": (lambda: np.array(1.0), {}, r"\(time, unit\)"),
    "four axes": (lambda: np.zeros((2, 3, 4, 5)), {}, "epochs"),
    "empty": (lambda: np.zeros((0, 3)), {}, "no empty axis"),
    "empty list": (lambda: [], {}, "no empty axis"),
    "empty mapping": (lambda: {}, {}, "must hold an array"),
    "transposed": (lambda: X.T, {}, r"more units \(40\) than times \(3\).*axes"),
    "transposed trials": (lambda: np.zeros((2, 3, 40)), {}, "axes=.'trial', 'unit', 'time'."),
    "axes twice": (lambda: X, {"axes": ("time", "time")}, "axes must name each axis once"),
    "axes too few": (lambda: X, {"axes": ("time",)}, "axes must be as many"),
    "axes unknown": (lambda: X, {"axes": ("time", "neuron")}, "axes must be one of"),
    "missing": (lambda: spoilt(np.nan), {}, r"1 value missing in 40 rows, first in row 3: unit 1"),
    "missing word": (lambda: X, {"missing": "fill"}, "missing must be one of"),
    "never a value": (lambda: FRAME.assign(z=np.nan), {"missing": "drop rows"}, "none for z"),
    "no complete row": (
        lambda: np.where(np.eye(40, 3, dtype=bool) | (np.arange(40) > 2)[:, None], np.nan, X)[:3],
        {"missing": "drop rows"}, "some row must be complete",
    ),
    "infinite": (lambda: spoilt(np.inf), {}, r"finite, got inf at index \(3, 1\)"),
    "complex": (lambda: X + 1j, {}, "real numbers"),
    "complex column": (lambda: FRAME.assign(z=1j), {}, "column 'z' must be of real numbers"),
    "text": (lambda: X.astype(str), {}, "real numbers"),
    "bad cell": (lambda: FRAME.assign(z=["1"] * 39 + ["?"]), {}, r"column 'z'.*'\?' in row 39"),
    "only text": (lambda: pd.DataFrame({"a": ["x", "y"]}), {}, "column of numbers"),
    "labels chosen": (
        lambda: FRAME.assign(z=pd.Categorical(["u", "v"] * 20)), {"variables": ["a", "z"]},
        "column 'z' must be of numbers",
    ),
    "names twice": (lambda: FRAME.set_axis(["a", "b", "a"], axis=1), {}, "different names, got a "),
    "names given twice": (lambda: X, {"names": ["a", "b", "a"]}, "names must differ"),
    "names too few": (lambda: X, {"names": ["a"]}, "names must be 3"),
    "vectors": (lambda: [X[:9, 0], X[:5, 0]], {}, "vectors of unequal lengths"),
    "widths": (lambda: [X, X[:, :2]], {}, "same units in every trial"),
    "lengths": (lambda: {"a": X, "b": X[:20]}, {}, "which arrays.*a .40, 3., b .20, 3."),
    "lengths chosen": (
        lambda: {"a": X, "b": X[:20]}, {"variables": ["a", "b"]}, "same trials and rows"
    ),
    "variables": (lambda: {"a": X, "b": X}, {"variables": "z"}, "variables must be arrays"),
    "columns": (lambda: FRAME, {"variables": "z"}, "variables must be columns"),
    "roles unknown": (lambda: FRAME, {"roles": {"z": "input"}}, "names of units or arrays"),
    "roles word": (lambda: FRAME, {"roles": {"a": "source"}}, "must be one of 'input'"),
    "roles list": (lambda: FRAME, {"roles": ["input"]}, "roles must be a mapping"),
    "layers unknown": (lambda: FRAME, {"layers": {"z": 0}}, "names of units or arrays"),
    "groups": (lambda: FRAME, {"groups": {"g": ["z"]}}, "groups"),
    "trials": (lambda: X, {"trials": [1, 2]}, "one label for each"),
    "trials column": (lambda: FRAME, {"trials": "z"}, "trials must be a column"),
    "times": (lambda: X, {"times": [1.0, 2.0]}, "a time for each row"),
    "times back": (lambda: X, {"times": np.r_[np.arange(30), np.arange(20, 30)]}, "must increase"),
    "times twice": (lambda: X, {"times": np.repeat(np.arange(20), 2)}, "must increase"),
    "times at random": (
        lambda: X, {"times": np.sort(np.random.default_rng(0).random(40))}, "must be regular"
    ),
    "times missing": (lambda: FRAME.assign(time=[np.nan, *range(39)]), {}, "times must be finite"),
    "times in words": (lambda: FRAME.assign(time=["now", *"x" * 39]), {}, "numbers or dates"),
    "interval": (lambda: X, {"sampling_interval": -1.0}, "sampling_interval must be"),
    "bins": (lambda: X, {"bin_width": 0.0}, "bin_width must be"),
    "no time": (lambda: xr.DataArray(X, dims=("trial", "unit")), {}, "dimension of time"),
    "dimensions": (lambda: xr.DataArray(X, dims=("p", "q")), {}, "cannot be identified"),
    "Dataset": (lambda: xr.Dataset({"x": (("p", "q"), X)}), {}, "variable with a dimension time"),
    "unit twice": (
        lambda: pd.DataFrame({"t": [0, 0, 1], "unit": list("aaa"), "value": [1.0, 2.0, 3.0]}), {},
        "one value at each time",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused(case: str) -> None:
    make, options, said = REFUSED[case]
    with pytest.raises(isc.InputError, match=said):
        isc.read(make(), **options)


FILES = {
    "empty.csv": (b"", "empty file"),
    "header.csv": (b"a,b\n", "only a header"),
    "ragged.csv": (b"a,b\n1,2\n1,2,3\n", "cells in each row"),
    "twice.csv": (b"a,a\n1,2\n", "different names, got a "),
    "binary.csv": (b"\0\1\2" * 9, "binary data"),
    "junk.npy": (b"junk", "file of numpy"),
    "junk.npz": (b"junk", "file of numpy"),
    "junk.mat": (b"junk", "MATLAB file"),
    "junk.nc": (b"junk", "netCDF file"),
    "seven.mat": (b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + b"\x89HDF\r\n\x1a\n", "7.3"),
    "hdf.mat": (b"\x89HDF\r\n\x1a\n", "7.3"),
    "x.xyz": (b"1", "known type.*csv"),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_cannot_be_read_are_refused(name: str, tmp_path: Path) -> None:
    content, said = FILES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(isc.InputError, match=said):
        isc.read(tmp_path / name)
    with pytest.raises(isc.InputError, match="known type"):
        isc.read(tmp_path)


class Evil:
    """An object whose pickle makes a folder when it is read."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.place),)


def test_pickles_are_never_read(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    objects = np.array([Evil(trap), 1], dtype=object)
    np.save(tmp_path / "x.npy", objects, allow_pickle=True)
    np.savez(tmp_path / "x.npz", x=objects)
    (tmp_path / "y.npy").write_bytes(pickle.dumps(Evil(trap)))
    store = tmp_path / "x.zarr"
    store.mkdir()
    codec = '{"id": "pickle", "protocol": 5}'
    (store / ".zarray").write_text(
        '{"zarr_format": 2, "shape": [2], "chunks": [2], "dtype": "|O", "fill_value": 0, '
        f'"order": "C", "compressor": null, "filters": [{codec}]}}'
    )
    (store / "0").write_bytes(pickle.dumps(Evil(trap)))
    for name in ("x.npy", "x.npz", "y.npy", "x.zarr"):
        with pytest.raises(isc.InputError, match=re.escape(name)):
            isc.read(tmp_path / name)
    assert not trap.exists()


def test_dropped_rows_leave_gaps() -> None:
    """A chain that acts a row later: dropping rows must not make others neighbours."""
    rows = 4000
    x, noise = np.random.default_rng(0).normal(size=(2, rows))
    table = np.stack([x, np.concatenate([[0.0], x[:-1]]) + 0.3 * noise], axis=1)
    table[np.random.default_rng(1).random(rows) < 0.3, 0] = np.nan
    dropped = isc.read(table, missing="drop rows")
    known = np.flatnonzero(~np.isnan(table).any(axis=1))
    np.testing.assert_array_equal(dropped.rows("hidden"), table[known])
    breaks = np.diff(dropped.stretches.ravel()) != 0
    np.testing.assert_array_equal(breaks, np.diff(known) != 1)
    kept = isc.information_flow(dropped, estimator=isc.Gaussian())
    assert kept.n == int((np.diff(known) == 1).sum())
    # As much as in all rows; in rows put together regardless of gaps, less.
    expected = 0.5 * np.log2(1 + 1 / 0.09)
    assert float(kept.delayed.sel(source="h0", target="h1")) == pytest.approx(expected, abs=0.1)
    together = isc.Recording.from_arrays(hidden=table[known][np.newaxis])
    glued = isc.information_flow(together, estimator=isc.Gaussian())
    assert float(glued.delayed.sel(source="h0", target="h1")) < expected - 0.5


def test_gaps_within_trials_are_kept_apart_from_other_trials() -> None:
    trials = np.random.default_rng(0).normal(size=(3, 10, 2))
    trials[1, 4, 0] = np.nan
    recording = isc.read(trials, missing="drop rows")
    assert recording.mask.to_numpy().sum(axis=1).tolist() == [10, 9, 10]
    assert np.bincount(recording.stretches.ravel()).tolist() == [10, 4, 5, 10]
    assert recording.times is not None
    assert len(np.unique(recording.times)) == 29


def test_interpolation_is_linear_in_time_and_never_beyond_the_ends() -> None:
    values = np.array([[np.nan, 0.0], [1.0, 1.0], [np.nan, 2.0], [4.0, np.nan], [5.0, 4.0]])
    times = np.array([0.0, 1.0, 2.0, 4.0, 5.0])
    recording = isc.read(values, times=times, missing="interpolate")
    expected = [[1.0, 1.0], [2.0, 2.0], [4.0, 10 / 3], [5.0, 4.0]]
    np.testing.assert_allclose(recording.rows("hidden"), expected)
    assert len(np.unique(recording.stretches)) == 2  # the gap from 2 to 4 remains
    whole = isc.read(np.array([[0.0], [np.nan], [4.0]]), missing="interpolate")
    assert whole.rows("hidden").ravel().tolist() == [0.0, 2.0, 4.0]


def test_other_packages_add_importers(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ours:
        name = "ours"
        reads = "streams of bytes"

        def recognises(self, source: Any) -> bool:
            return isinstance(source, io.BytesIO)

        def read(self, source: Any, options: Options) -> Raw:
            return Raw({"": Part([X])}, notes=["from bytes"])

    class Entry:
        name = "ours"

        def __init__(self, loaded: Any) -> None:
            self.load = lambda: loaded

    entries: list[Entry] = [Entry(Ours)]
    monkeypatch.setattr(catalogue, "entry_points", lambda group: entries)
    catalogue.installed.cache_clear()
    try:
        recording = isc.read(io.BytesIO())
        np.testing.assert_array_equal(recording.rows("hidden"), X)
        assert "from bytes" in recording.notes
        with pytest.raises(isc.InputError, match="streams of bytes"):
            isc.read(None)
        entries[:] = [Entry(3)]
        catalogue.installed.cache_clear()
        with pytest.raises(isc.InputError, match="entry point ours"):
            isc.read(None)
    finally:
        catalogue.installed.cache_clear()


def test_every_importer_says_what_it_reads() -> None:
    assert len({importer.name for importer in catalogue.IMPORTERS}) == len(catalogue.IMPORTERS)
    for importer in catalogue.IMPORTERS:
        assert isinstance(importer, Importer)
        assert importer.reads
        assert not importer.recognises(None)
        assert not importer.recognises("x.xyz")


def test_zarr_groups_of_arrays_need_a_choice(tmp_path: Path) -> None:
    group = zarr.open_group(str(tmp_path / "x.zarr"), mode="w")
    for name, array in (("x", X), ("weights", np.eye(3))):
        group.create_array(name, data=array)
    with pytest.raises(isc.InputError, match="variables must say"):
        isc.read(tmp_path / "x.zarr")
    chosen = isc.read(tmp_path / "x.zarr", variables="x")
    np.testing.assert_array_equal(chosen.rows("hidden"), X)
