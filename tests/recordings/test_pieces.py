"""Recordings that are written, and read, piece by piece."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from infoscope import InputError, Recording
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
    assert max(sizes) <= CHUNK  # the check for values that are not finite
    sizes.clear()
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
