"""What is on disk is read as it was written, or refused; nothing on disk is run."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numcodecs
import numpy as np
import pytest
import xarray as xr

from infoscope import InputError, Recording, RecordingWriter, information_flow
from infoscope._errors import DamagedError
from infoscope.flow.paired_rows import PairedRows
from infoscope.recordings import groups, storage


def recorded(root: Path, epochs: tuple[int, ...] = (0, 30, 60)) -> Path:
    """A recording on disk. Half of an array is zero, which Zarr does not write by itself."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(len(epochs), 4, 10, 3))
    hidden[..., 2] = 0.0
    path = root / "rec.zarr"
    Recording.from_arrays(inputs=rng.normal(size=(4, 10, 2)), hidden=hidden, epochs=epochs).save(
        path
    )
    return path


def lost(chunk: Path) -> None:
    chunk.unlink()


def emptied(chunk: Path) -> None:
    chunk.write_bytes(b"")


def cut(chunk: Path) -> None:
    chunk.write_bytes(chunk.read_bytes()[:-3])


def flipped(chunk: Path) -> None:
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    chunk.write_bytes(bytes(content))


def other_attribute(chunk: Path) -> None:
    """Change a number in the attributes of the group, which stay readable."""
    metadata = next(p for p in chunk.parents if (p / "zarr.json").exists() and p.name != "hidden")
    text = (metadata / "zarr.json").read_text()
    found = json.loads(text)
    found["attributes"]["seconds"] = 1.0
    (metadata / "zarr.json").write_text(json.dumps(found))


DAMAGES: list[Callable[[Path], None]] = [lost, emptied, cut, flipped, other_attribute]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("part", ["snapshots/000030/hidden", "fixed/inputs"])
def test_a_damaged_chunk_is_never_read_as_numbers(
    tmp_path: Path, damage: Callable[[Path], None], part: str
) -> None:
    path = recorded(tmp_path)
    damage(next(p for p in (path / part / "c").rglob("*") if p.is_file()))
    group = part.rpartition("/")[0]
    with pytest.raises(DamagedError, match=rf"{group} cannot be read.*damaged: delete .*rec\.zarr"):
        Recording.load(path).rows("all", epoch=30)


@pytest.mark.parametrize("name", ["zarr.json", "hidden/zarr.json", "hidden_node/zarr.json"])
@pytest.mark.parametrize("damage", [lost, emptied, flipped])
def test_damaged_metadata_is_named(
    tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    path = recorded(tmp_path)
    damage(path / "snapshots" / "000030" / name)
    with pytest.raises(DamagedError, match=r"snapshots/000030 cannot be read"):
        Recording.load(path).snapshot(30)
    assert Recording.load(path).rows("hidden", epoch=0).shape == (40, 3)


@pytest.mark.parametrize("epoch", [0, 30, 60])
def test_a_lost_snapshot_is_missed(tmp_path: Path, epoch: int) -> None:
    path = recorded(tmp_path)
    shutil.rmtree(path / "snapshots" / f"{epoch:06d}")
    for use in (Recording.load, RecordingWriter)[: 1 if epoch == 60 else 2]:
        with pytest.raises(DamagedError, match=rf"none of epoch {epoch}; delete .*--resume"):
            use(path)


def test_a_training_goes_on_where_the_last_snapshots_are_lost(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    last = Recording.load(path).snapshot()
    for epoch in (30, 60):
        shutil.rmtree(path / "snapshots" / f"{epoch:06d}")
    writer = RecordingWriter(path)
    assert writer.epochs == Recording.load(path).epochs == (0,)
    writer.append(60, last)
    assert Recording.load(path).epochs == (0, 60)


def test_a_snapshot_that_is_not_listed_yet_counts(tmp_path: Path) -> None:
    """A kill between writing a snapshot and listing it harms nothing."""
    path = recorded(tmp_path)
    metadata = json.loads((path / "zarr.json").read_text())
    assert metadata["attributes"]["epochs"] == [0, 30, 60]
    metadata["attributes"]["epochs"] = [0, 30]
    (path / "zarr.json").write_text(json.dumps(metadata))
    assert Recording.load(path).epochs == RecordingWriter(path).epochs == (0, 30, 60)


def test_recordings_without_checksums_are_told_by_their_version(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    metadata = json.loads((path / "zarr.json").read_text())
    metadata["attributes"]["version"] = 1
    (path / "zarr.json").write_text(json.dumps(metadata))
    with pytest.raises(InputError, match=r"format version 2, got .*rec\.zarr of version 1"):
        Recording.load(path)


def test_hidden_files_of_the_system_are_no_damage(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    (path / "snapshots" / "000030" / ".DS_Store").write_text("mine")
    assert Recording.load(path).rows("hidden", epoch=30).shape == (40, 3)


class Payload:
    """What an attacker pickles: unpickling it raises the test's own error."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return _run, ("payload",)


class HasRunError(BaseException):
    """Code that came from a recording has run."""


def _run(name: str) -> object:
    raise HasRunError(name)


OBJECTS = [
    {"filters": [{"id": "vlen-utf8"}, {"id": "pickle", "protocol": 5}], "compressor": None},
    {"filters": [{"id": "pickle", "protocol": 5}], "compressor": None},
    {"filters": [{"id": "vlen-utf8"}], "compressor": {"id": "pickle", "protocol": 5}},
]


def array_of_format_2(folder: Path, codecs: dict[str, object]) -> None:
    """Write an array of objects in Zarr format 2, whose one chunk is a pickle."""
    folder.mkdir(parents=True)
    metadata = {
        "zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "|O", "fill_value": None,
        "order": "C", **codecs,
    }  # fmt: skip
    (folder / ".zarray").write_text(json.dumps(metadata))
    (folder / ".zattrs").write_text(json.dumps({"_ARRAY_DIMENSIONS": ["a"]}))
    (folder / "0").write_bytes(pickle.dumps(Payload()))


@pytest.mark.parametrize("codecs", OBJECTS)
@pytest.mark.parametrize("checked", [True, False])
def test_loading_runs_no_code_from_a_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codecs: dict[str, object], checked: bool
) -> None:
    """Whatever numcodecs would do with a pickle, and even if the checksum were believed."""
    monkeypatch.setattr(numcodecs.pickles.Pickle, "decode", lambda *_: _run("codec"))
    path = recorded(tmp_path)
    snapshot = path / "snapshots" / "000060"
    shutil.rmtree(snapshot)
    array_of_format_2(snapshot / "hidden", codecs)
    (snapshot / ".zgroup").write_text('{"zarr_format": 2}')
    (snapshot / ".zattrs").write_text('{"variables": ["hidden"]}')
    if not checked:
        monkeypatch.setattr(groups, "metadata_of", lambda _: {"attributes": {}})
        monkeypatch.setattr(groups, "checksum", lambda *_: "none")
    with pytest.raises(DamagedError, match=r"snapshots/000060 cannot be read"):
        storage.read_snapshot(path, 60)


NAN_AT = (3, 4, 1)


def broken(rec: Recording, value: float) -> xr.Dataset:
    snapshot = rec.snapshot().copy(deep=True)
    snapshot["hidden"][NAN_AT] = value
    return snapshot


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_not_written(tmp_path: Path, value: float) -> None:
    rec = Recording.from_arrays(hidden=np.zeros((4, 10, 3)))
    writer = RecordingWriter.create(tmp_path / "rec.zarr", rec.fixed)
    said = rf"hidden in the snapshot of epoch 5 .*got {value} at index \(3, 4, 1\) .*node h1;"
    with pytest.raises(InputError, match=said):
        writer.append(5, broken(rec, value))
    assert writer.epochs == ()


def test_what_is_no_dataset_is_not_written(tmp_path: Path) -> None:
    rec = Recording.from_arrays(hidden=np.zeros((4, 10, 3)))
    writer = RecordingWriter.create(tmp_path / "rec.zarr", rec.fixed)
    with pytest.raises(InputError, match="snapshot must be a Dataset, got 'x'"):
        writer.append(0, "x")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("on_disk", [False, True])
def test_a_network_that_diverged_is_named_and_analysed_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_disk: bool
) -> None:
    hidden = np.random.default_rng(0).normal(size=(2, 4, 10, 3))
    whole = Recording.from_arrays(hidden=hidden, epochs=[10, 20])

    def read(epoch: int) -> xr.Dataset:
        return broken(whole, np.nan) if epoch == 20 else whole.read(epoch)

    rec = Recording(whole.fixed, whole.epochs, read)
    if on_disk:
        # As a recorder that does not look would have written it.
        monkeypatch.setattr(storage, "must_be_finite", lambda *_: None)
        rec.save(tmp_path / "rec.zarr")
        monkeypatch.undo()
        rec = Recording.load(tmp_path / "rec.zarr")
    said = r"hidden in the snapshot of epoch 20 .*got nan at index \(3, 4, 1\).*earlier epoch"
    for use in (information_flow, lambda r: PairedRows.of(r, 1), lambda r: r.rows("hidden")):
        with pytest.raises(InputError, match=said):
            use(rec)
    assert information_flow(rec, epoch=10).n == 36


def test_inputs_that_are_no_numbers_are_named() -> None:
    rec = Recording.from_arrays(inputs=np.zeros((2, 5, 1)), hidden=np.ones((2, 5, 1)))
    rec.fixed["inputs"][1, 2, 0] = np.nan
    with pytest.raises(InputError, match=r"inputs in the recording must be finite, got nan at"):
        information_flow(rec)


@pytest.mark.parametrize("content", ["[]", "3", "null", '{"attributes": []}', "{}", "not JSON"])
@pytest.mark.parametrize("group", ["", "fixed", "snapshots/000030"])
def test_metadata_of_another_shape_is_damage_with_its_place(
    tmp_path: Path, content: str, group: str
) -> None:
    path = recorded(tmp_path)
    (path / group / "zarr.json").write_text(content)
    with pytest.raises(InputError) as refused:
        Recording.load(path).snapshot(30)
    assert str(path / group) in str(refused.value)
    assert "object" not in str(refused.value)
    assert "indices" not in str(refused.value)


@pytest.mark.parametrize("small", [True, False])
def test_values_that_fit_single_precision_take_half_the_space(tmp_path: Path, small: bool) -> None:
    values = np.random.default_rng(0).normal(size=(4, 500, 50))
    values = values.astype(np.float32).astype(np.float64) if small else values
    rec = Recording.from_arrays(hidden=values)
    rec.save(tmp_path / "rec.zarr")
    again = Recording.load(tmp_path / "rec.zarr").snapshot()["hidden"]
    assert again.dtype == np.float64
    assert again.attrs == {}
    np.testing.assert_array_equal(again, values)
    written = sum(file.stat().st_size for file in (tmp_path / "rec.zarr").rglob("*"))
    assert (written < 5 * values.size) is small
