"""Recordings that are written, and read, piece by piece."""

import gc
import hashlib
import json
import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from infoscope import InputError, Recording, RecordingWriter
from infoscope._errors import DamagedError
from infoscope.recordings import groups
from infoscope.recordings.pieces import Piece, Pieces

CHUNK = 1000


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "CHUNK", CHUNK)


def arrays(sequences: int = 3, steps: int = 300) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=(sequences, steps, 4)) for name in ("inputs", "a", "b")}


def recording(whole: dict[str, np.ndarray], lengths: tuple[int, ...] | None = None) -> Recording:
    return Recording.from_arrays(
        whole["inputs"], blocks={"a": whole["a"], "b": whole["b"]}, lengths=lengths
    )


def cut(whole: dict[str, np.ndarray], lengths: tuple[int, ...] | None = None, size: int = 70):
    sequences, steps = whole["a"].shape[:2]

    def parts():
        for s in range(sequences):
            for t in range(0, steps, size):
                own = {name: v[s : s + 1, t : t + size] for name, v in whole.items()}
                yield Piece(s, t, recording(own))

    return Pieces(sequences, steps, parts, lengths)


@pytest.mark.parametrize("lengths", [None, (300, 20, 150)])
@pytest.mark.parametrize("single", [False, True])
def test_pieces_make_the_recording_of_the_whole(tmp_path: Path, lengths, single: bool) -> None:
    whole = arrays()
    if single:  # fits into single precision, all but one late value
        whole = {n: v.astype(np.float32).astype(np.float64) for n, v in whole.items()}
        whole["a"][0, 290, 1] = 0.1
    expected = recording(whole, lengths)
    cut(whole, lengths).begin(tmp_path / "rec.zarr", 0, {})
    for found in (cut(whole, lengths).recording(), Recording.load(tmp_path / "rec.zarr")):
        xr.testing.assert_identical(found.fixed.load(), expected.fixed)
        xr.testing.assert_identical(found.snapshot().load(), expected.snapshot())


def test_blocks_on_disk_are_read_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = arrays()
    cut(whole).begin(tmp_path / "rec.zarr", 0, {})
    sizes = list[int]()
    read = groups.Stored._read
    monkeypatch.setattr(groups.Stored, "_read", lambda s, k: _counted(read(s, k), sizes))
    rec = Recording.load(tmp_path / "rec.zarr")
    part = rec["a"][:, 100:150]
    assert sizes == []  # values were checked when they were written
    np.testing.assert_array_equal(part, whole["a"][:, 100:150])
    np.testing.assert_array_equal(rec["a"][1, ::-7, [3, 0]], whole["a"][1, ::-7, [3, 0]].T)
    np.testing.assert_array_equal(rec.rows("a", limit=310), whole["a"].reshape(-1, 4)[:310])
    assert max(sizes) <= 2 * CHUNK + 400
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(rec))["a"], whole["a"])
    rec.save(tmp_path / "copy.zarr")
    np.testing.assert_array_equal(Recording.load(tmp_path / "copy.zarr")["a"], whole["a"])


def _counted(values: np.ndarray, sizes: list[int]) -> np.ndarray:
    sizes.append(values.size)
    return values


def earlier(root: Path, rec: Recording, chunks: dict[str, tuple[int, ...]]) -> None:
    """Write a recording as an earlier version did: other chunks, no note of finite values."""
    for folder, group, attributes in (
        (root, None, {"format": "infoscope recording", "version": 2, "epochs": [0]}),
        (root / "snapshots", None, {}),
        (root / "fixed", rec.fixed, {}),
        (root / "snapshots" / "000000", rec.read(0), {}),
    ):
        whole = xr.Dataset() if group is None else group.copy()
        order = [str(name) for name in whole.variables]
        texts = {n: v.astype(object) for n, v in whole.variables.items() if v.dtype.kind in "UT"}
        whole = whole.assign(texts)
        single = {
            name: values.astype(np.float32).assign_attrs(double=True)
            for name, values in whole.data_vars.items()
            if values.dtype == np.float64
            and np.array_equal(values.astype(np.float32), values, equal_nan=True)
        }
        whole = whole.assign(single)
        sizes = {name: {"chunks": size} for name, size in chunks.items() if name in whole}
        whole.to_zarr(folder, encoding=sizes, zarr_format=3, consolidated=False)
        metadata = json.loads((folder / "zarr.json").read_text())
        metadata["attributes"] |= attributes
        if group is not None:
            metadata["attributes"]["variables"] = order
            digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
            for file in sorted(p for p in folder.rglob("*") if p.is_file()):
                if file != folder / "zarr.json":
                    content = file.read_bytes()
                    name = file.relative_to(folder).as_posix()
                    digest.update(f"{name} {len(content)} ".encode() + content)
            metadata["attributes"]["sha256"] = digest.hexdigest()
        (folder / "zarr.json").write_text(json.dumps(metadata))


def test_a_recording_of_an_earlier_layout_is_read(tmp_path: Path) -> None:
    whole = arrays()
    whole["b"] = whole["b"].astype(np.float32).astype(np.float64)
    expected, path = recording(whole), tmp_path / "rec.zarr"
    earlier(path, expected, {"a": (1, 250, 4), "b": (3, 300, 4)})
    rec = Recording.load(path)
    xr.testing.assert_identical(rec.fixed.load(), expected.fixed)
    xr.testing.assert_identical(rec.snapshot().load(), expected.snapshot())
    chunk = next(p for p in (path / "snapshots/000000/a/c").rglob("*") if p.is_file())
    content = bytearray(chunk.read_bytes())
    content[-1] ^= 1
    chunk.write_bytes(content)
    with pytest.raises(DamagedError, match="000000 cannot be read"):
        Recording.load(path).snapshot()


@pytest.mark.parametrize("now", [False, True])
def test_a_value_on_disk_that_is_not_finite_is_named(tmp_path: Path, now: bool) -> None:
    whole = arrays()
    rec, path = recording(whole), tmp_path / "rec.zarr"
    rec.read(0)["a"].to_numpy()[1, 203, 2] = np.nan  # of the array itself
    assert np.isnan(rec.read(0)["a"]).any()
    if now:

        def write(fixed: Path, snapshot: Path) -> None:
            groups.write_zarr(rec.fixed, fixed)
            groups.write_zarr(rec.read(0), snapshot)

        RecordingWriter.begin(path, 0, write)
    else:
        earlier(path, rec, {"a": (1, 300, 4)})
    with pytest.raises(InputError, match=r"a in the snapshot of epoch 0 .*\(1, 203, 2\)"):
        Recording.load(path)["a"]


@pytest.mark.parametrize("sequences", [1, 3])
def test_pieces_to_disk_and_back_need_two_chunks_of_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sequences: int
) -> None:
    monkeypatch.setattr(groups, "CHUNK", 2**20)
    steps, size = 24_000 // sequences, 2**20 // groups.PARTS // 256

    def parts(until: int):
        rng = np.random.default_rng(0)
        for s in range(sequences):
            for t in range(0, until, size):
                values = rng.normal(size=(1, min(size, until - t), 256)).astype(np.float32)
                yield Piece(s, t, Recording.from_arrays(hidden=values))

    def there_and_back(name: str, until: int) -> float:
        Pieces(sequences, until, lambda: parts(until)).begin(tmp_path / name, 0, {})
        hidden = Recording.load(tmp_path / name)["hidden"]
        slabs = (slice(t, t + size) for t in range(0, until, size))
        return sum(float(hidden[s, slab].sum()) for slab in slabs for s in range(sequences))

    there_and_back("warm", 4 * size)
    gc.collect()
    tracemalloc.start()
    try:
        found = there_and_back("rec", steps)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * 2**20 * np.float32().nbytes
    expected = sum(float(piece.recording.rows("hidden").sum()) for piece in parts(steps))
    assert found == pytest.approx(expected, rel=1e-9)


def test_a_piece_that_fails_leaves_nothing(tmp_path: Path) -> None:
    whole = arrays()

    def parts():
        yield from list(cut(whole).parts())[:2]
        raise InputError("stopped")

    with pytest.raises(InputError, match="stopped"):
        Pieces(3, 300, parts).begin(tmp_path / "rec.zarr", 0, {})
    assert list(tmp_path.iterdir()) == []


def test_the_regions_of_an_array_cover_it_once() -> None:
    for shape in ((), (7,), (3, 50, 40), (1, 2000, 3), (2000, 2, 3), (2, 3, 5000), (0, 4, 2)):
        count = np.zeros(shape, int)
        for where in groups.slabs(shape):
            count[where] += 1
            assert count[where].size <= max(CHUNK, int(np.prod(shape[2:])))
        assert (count == 1).all()
