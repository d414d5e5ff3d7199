import shutil
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from infoscope import InputError, Recording, RecordingWriter
from infoscope.recordings import storage

SEQUENCES, STEPS = 3, 4


def telling(block: int, width: int, snapshot: int = 0) -> np.ndarray:
    """Values whose digits are snapshot, block, sequence, time and node."""
    s, t, n = np.meshgrid(np.arange(SEQUENCES), np.arange(STEPS), np.arange(width), indexing="ij")
    return 10000.0 * snapshot + 1000 * block + 100 * s + 10 * t + n


def full(**changes: Any) -> Recording:
    blocks = {
        "inputs": telling(1, 2),
        "hidden": telling(2, 3),
        "outputs": telling(3, 1),
        "targets": telling(4, 1),
    }
    return Recording.from_arrays(**{**blocks, **changes})


def growing(epochs: list[int]) -> Recording:
    return Recording.from_arrays(
        inputs=telling(1, 2),
        hidden=np.stack([telling(2, 3, i) for i in range(len(epochs))]),
        outputs=np.stack([telling(3, 1, i) for i in range(len(epochs))]),
        epochs=epochs,
        names={"inputs": ["rain", "wind"]},
    )


def test_nodes_stand_in_the_order_inputs_hidden_outputs_with_role_and_layer() -> None:
    nodes = full().nodes
    assert nodes.index.tolist() == ["x0", "x1", "h0", "h1", "h2", "o0"]
    assert nodes["role"].tolist() == ["input"] * 2 + ["hidden"] * 3 + ["output"]
    assert nodes["layer"].tolist() == [0, 0, 1, 1, 1, 2]


@pytest.mark.parametrize(
    ("left_out", "roles", "layers"),
    [
        (["inputs"], ["hidden"] * 3 + ["output"], [0, 0, 0, 1]),
        (["hidden"], ["input"] * 2 + ["output"], [0, 0, 1]),
        (["inputs", "outputs"], ["hidden"] * 3, [0, 0, 0]),
    ],
)
def test_layers_count_the_blocks_that_are_there(
    left_out: list[str], roles: list[str], layers: list[int]
) -> None:
    nodes = full(**dict.fromkeys(left_out)).nodes
    assert nodes["role"].tolist() == roles
    assert nodes["layer"].tolist() == layers


def test_given_names_replace_the_letters() -> None:
    rec = full(names={"inputs": ["rain", "wind"], "targets": ["max"]})
    assert rec.nodes.index.tolist() == ["rain", "wind", "h0", "h1", "h2", "o0"]
    assert rec.targets is not None
    assert rec.targets["target_node"].to_numpy().tolist() == ["max"]


def test_unaligned_activations_are_those_of_the_same_step() -> None:
    values = full().activations()
    assert values.dims == ("sequence", "time", "node")
    assert values.sizes == {"sequence": 3, "time": 4, "node": 6}
    assert values[2, 3].to_numpy().tolist() == [1230, 1231, 2230, 2231, 2232, 3230]


def test_published_alignment_holds_x_two_steps_and_h_one_step_later() -> None:
    values = full().activations(aligned=True)
    assert values.sizes == {"sequence": 3, "time": 2, "node": 6}
    assert values[0, 0].to_numpy().tolist() == [1020, 1021, 2010, 2011, 2012, 3000]
    assert values[2, 1].to_numpy().tolist() == [1230, 1231, 2220, 2221, 2222, 3210]
    assert values["role"].to_numpy().tolist() == ["input"] * 2 + ["hidden"] * 3 + ["output"]
    assert values["layer"].to_numpy().tolist() == [0, 0, 1, 1, 1, 2]


def test_two_blocks_are_aligned_by_one_step() -> None:
    values = full(outputs=None).activations(aligned=True)
    assert values.sizes["time"] == 3
    assert values[1, 0].to_numpy().tolist() == [1110, 1111, 2100, 2101, 2102]


def test_too_short_sequences_cannot_be_aligned() -> None:
    short = full(**{key: np.ones((3, 2, 1)) for key in ("inputs", "hidden", "outputs", "targets")})
    with pytest.raises(InputError, match=r"must have more than 2 steps .* got 2; record"):
        short.activations(aligned=True)


def test_rows_run_through_one_sequence_after_another() -> None:
    rec = full()
    assert rec.rows("inputs")[:, 0].tolist() == [
        1000 + 100 * s + 10 * t for s in range(3) for t in range(4)
    ]
    assert rec.rows("outputs", limit=5).ravel().tolist() == [3000, 3010, 3020, 3030, 3100]
    assert rec.rows("targets", limit=1).tolist() == [[4000]]
    assert rec.rows("all", limit=6)[5].tolist() == [1110, 1111, 2110, 2111, 2112, 3110]
    assert rec.rows("hidden", limit=10**6).shape == (12, 3)


@pytest.mark.parametrize(
    ("request_", "match"),
    [
        ({"block": "targets"}, "must have targets, got one without; give Recording"),
        ({"block": "weights"}, r"block must be one of 'inputs', .* got 'weights'"),
        ({"block": "inputs", "limit": -1}, "limit must be a whole number >= 0, got -1"),
    ],
)
def test_rows_that_are_not_there_are_refused(request_: dict[str, Any], match: str) -> None:
    with pytest.raises(InputError, match=match):
        full(targets=None).rows(**request_)


def test_each_epoch_has_its_own_activations() -> None:
    rec = growing([2, 5, 9])
    assert rec.epochs == (2, 5, 9)
    assert rec.rows("hidden", epoch=5, limit=1).tolist() == [[12000, 12001, 12002]]
    assert rec.rows("outputs", limit=1).tolist() == [[23000]]
    assert rec.activations(2)[0, 0].to_numpy().tolist() == [1000, 1001, 2000, 2001, 2002, 3000]


def test_unknown_epoch_names_those_that_exist() -> None:
    with pytest.raises(InputError, match=r"epoch must be one that was recorded, got 3; .* 2, 5, 9"):
        growing([2, 5, 9]).snapshot(3)


@pytest.mark.parametrize("epochs", [[5, 2], [2, 2], [-1, 3], [0.5, 1.5]])
def test_epochs_are_increasing_whole_numbers(epochs: list[int]) -> None:
    with pytest.raises(InputError, match=r"epochs must be .*increasing.*, got \["):
        growing(epochs)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        (dict.fromkeys(["inputs", "hidden", "outputs"]), "inputs, hidden or outputs must be given"),
        (
            {"inputs": np.zeros((4, 2))},
            r"inputs must have shape \(sequence, time, node\).*\(4, 2\)",
        ),
        ({"hidden": np.zeros((3, 4, 0))}, r"hidden must have shape .* no empty axis.*\(3, 4, 0\)"),
        ({"outputs": np.zeros((3, 5, 1))}, r"equal numbers of .*outputs \(3, 5\).*cut them"),
        ({"targets": np.zeros((2, 4, 1))}, r"equal numbers of .*targets \(2, 4\)"),
        ({"hidden": np.full((3, 4, 1), np.nan)}, r"hidden must be finite, got nan at index"),
        ({"inputs": np.full((3, 4, 1), np.inf)}, r"inputs must be finite, got inf at index"),
        ({"targets": np.full((3, 4, 1), "warm")}, "targets must be an array of real numbers, got"),
        ({"hidden": [[[1.0], [2.0]], [[1.0]]]}, "hidden 2 sequences of 2, 1 steps, outputs"),
        ({"days": np.zeros((3, 3))}, r"days must have shape \(sequence, time\) = \(3, 4\), got"),
        ({"days": np.full((3, 4), "warm")}, "days must be numbers or dates, got"),
        ({"days": np.full((3, 4), np.nan)}, "days must be known for every row, got some missing"),
        ({"days": np.full((3, 4), np.datetime64("NaT"))}, "days must be known for every row"),
        ({"names": {"hidden": ["a", "b"]}}, r"names\['hidden'\] must have 3 names, got 2"),
        (
            {"names": {"states": ["a"]}},
            r"names must have blocks as keys, such as inputs, .* got \['states'\]; give",
        ),
        ({"names": {"inputs": ["a", "h0"]}}, "names must differ between nodes, got h0 more"),
        (
            {"epochs": [1], "hidden": np.zeros((2, 3, 4, 1)), "outputs": None},
            "one snapshot per epoch, got 2",
        ),
        ({"epochs": [1]}, r"hidden must have shape \(snapshot, sequence, time, node\)"),
    ],
)
def test_wrong_arrays_are_refused(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(InputError, match=match):
        full(**changes)


DAYS: list[Any] = [
    np.arange(12).reshape(3, 4),
    np.datetime64("2015-05-01") + np.arange(12).reshape(3, 4),
    [[date(2015, 5, 1 + 4 * s + t) for t in range(4)] for s in range(3)],
]


@pytest.mark.parametrize("days", DAYS, ids=["numbers", "datetime64", "dates"])
def test_saved_recording_comes_back(tmp_path: Path, days: Any) -> None:
    saved = full(days=days)
    saved.save(tmp_path / "rec.zarr")
    loaded = Recording.load(tmp_path / "rec.zarr")
    assert loaded.epochs == saved.epochs
    assert loaded.nodes.equals(saved.nodes)
    xr.testing.assert_equal(loaded.fixed, saved.fixed)
    xr.testing.assert_equal(loaded.snapshot(), saved.snapshot())


# Windows of four days that begin on days 10, 12 and 19: two days twice, and a gap.
WINDOWS = np.array([[10], [12], [19]]) + np.arange(4)


def rows_of_days(block: int, node: int = 0, snapshot: int = 0) -> list[int]:
    """Days 10, 11, 12, 13, 14, 15, 19 ... 22; 12 and 13 with two days of history or more."""
    kept = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 0), (2, 1), (2, 2), (2, 3)]
    return [10000 * snapshot + 1000 * block + 100 * s + 10 * t + node for s, t in kept]


@pytest.mark.parametrize("dates", [False, True])
def test_one_row_a_day_has_the_longest_history(dates: bool) -> None:
    days = np.datetime64("2015-05-01") + WINDOWS if dates else WINDOWS
    rec = full(days=days).unique_days()
    assert rec.nodes.equals(full().nodes)
    for block, name in enumerate(("inputs", "hidden", "outputs", "targets"), 1):
        assert rec.rows(name)[:, 0].tolist() == rows_of_days(block)
    assert rec.rows("hidden")[:, 2].tolist() == rows_of_days(2, 2)
    assert rec.activations().dims == ("sequence", "time", "node")
    assert rec.activations().shape == (1, 10, 6)
    assert rec.fixed["days"].shape == (1, 10)
    assert rec.times is not None
    kept = np.array([10, 11, 12, 13, 14, 15, 19, 20, 21, 22])
    assert rec.times.tolist() == [(kept - 10 if dates else kept).tolist()]
    assert rec.stretches.tolist() == [[0] * 6 + [1] * 4]
    xr.testing.assert_equal(rec.unique_days().activations(), rec.activations())


def test_of_copies_with_equal_history_the_first_is_kept() -> None:
    days = [[5, 6, 7, 8], [9, 6, 10, 11], [1, 2, 3, 8]]
    rec = full(days=days).unique_days()
    first = {1: 200, 2: 210, 3: 220, 5: 0, 6: 10, 7: 20, 8: 30, 9: 100, 10: 120, 11: 130}
    assert rec.rows("inputs")[:, 0].tolist() == [1000 + row for row in first.values()]


def test_every_snapshot_has_its_unique_days_read_when_they_are_used(tmp_path: Path) -> None:
    rec = growing([2, 5, 9])
    rec.fixed["days"] = (("sequence", "time"), WINDOWS)
    for made in (rec.unique_days(), _saved(rec, tmp_path / "all").unique_days()):
        assert made.epochs == (2, 5, 9)
        for i, epoch in enumerate(made.epochs):
            assert made.rows("hidden", epoch)[:, 1].tolist() == rows_of_days(2, 1, i)
        again = _saved(made, tmp_path / f"unique-{made is rec}-{len(list(tmp_path.iterdir()))}")
        xr.testing.assert_equal(again.activations(5), made.activations(5))
        assert again.stretches.tolist() == made.stretches.tolist()


def _saved(rec: Recording, path: Path) -> Recording:
    rec.save(path)
    return Recording.load(path)


def test_what_has_no_rows_stays_with_the_unique_days() -> None:
    rec = full(days=WINDOWS)
    weights = xr.DataArray(np.eye(3), dims=("a", "b"))
    whole = Recording(rec.fixed, rec.epochs, lambda epoch: rec.read(epoch).assign(w=weights))
    snapshot = whole.unique_days().snapshot()
    xr.testing.assert_equal(snapshot["w"], weights.rename("w"))
    assert snapshot["hidden"].dims == ("sequence", "time", "hidden_node")
    labelled = rec.fixed.assign_coords(time=np.arange(4), sequence=np.arange(3))
    again = Recording(labelled, rec.epochs, rec.read).unique_days()
    xr.testing.assert_equal(again.activations(), rec.unique_days().activations())


def test_unique_days_need_days() -> None:
    with pytest.raises(InputError, match=r"must have days, got one without; give Recording\.from"):
        full().unique_days()


@pytest.mark.parametrize(
    ("days", "stretches"),
    [
        (None, [[0] * 4, [1] * 4, [2] * 4]),
        (WINDOWS, [[0] * 4, [1] * 4, [2] * 4]),
        (7 * WINDOWS, [[0] * 4, [1] * 4, [2] * 4]),
        (0.1 * WINDOWS, [[0] * 4, [1] * 4, [2] * 4]),
        (np.zeros((3, 4)), [[0] * 4, [1] * 4, [2] * 4]),
        ([[1, 2, 4, 5], [1, 2, 3, 4], [9, 8, 7, 8]], [[0, 0, 1, 1], [2] * 4, [3, 4, 5, 5]]),
        ([[1, 1, 2, 2], [3, 5, 5, 6], [6, 6, 6, 7]], [[0] * 4, [1, 2, 2, 2], [3] * 4]),
    ],
    ids=["no days", "days", "weeks", "tenths", "one day", "gaps", "several rows a day"],
)
def test_stretches_end_at_sequences_and_gaps(days: Any, stretches: list[list[int]]) -> None:
    assert full(days=days).stretches.tolist() == stretches


def test_times_are_numbers_as_given_or_days_since_the_first() -> None:
    assert full().times is None
    for days in (WINDOWS, np.datetime64("2015-05-01") + WINDOWS - 10):
        times = full(days=days).times
        assert times is not None
        assert (times - times.min()).tolist() == (WINDOWS - 10.0).tolist()


def test_every_saved_snapshot_comes_back(tmp_path: Path) -> None:
    saved = growing([0, 10, 200])
    saved.save(str(tmp_path / "rec.zarr"))
    loaded = Recording.load(str(tmp_path / "rec.zarr"))
    assert loaded.epochs == (0, 10, 200)
    for epoch in loaded.epochs:
        xr.testing.assert_equal(loaded.activations(epoch), saved.activations(epoch))


def test_a_taken_path_is_not_overwritten(tmp_path: Path) -> None:
    full().save(tmp_path / "rec.zarr")
    with pytest.raises(InputError, match=r"path must be free, got .*rec\.zarr, which exists"):
        growing([1]).save(tmp_path / "rec.zarr")
    assert Recording.load(tmp_path / "rec.zarr").nodes.index[0] == "x0"


def test_epochs_are_sorted_whatever_the_order_of_writing(tmp_path: Path) -> None:
    rec = growing([2, 10, 1000000])
    writer = RecordingWriter.create(tmp_path / "rec.zarr", rec.fixed)
    for epoch in (1000000, 2, 10):
        writer.append(epoch, rec.snapshot(epoch))
    assert writer.epochs == (2, 10, 1000000)
    assert Recording.load(tmp_path / "rec.zarr").epochs == (2, 10, 1000000)


def test_appending_an_epoch_again_replaces_it(tmp_path: Path) -> None:
    rec = growing([1, 2])
    writer = RecordingWriter.create(tmp_path / "rec.zarr", rec.fixed)
    writer.append(1, rec.snapshot(1))
    writer.append(1, rec.snapshot(2))
    loaded = Recording.load(tmp_path / "rec.zarr")
    assert loaded.epochs == (1,)
    xr.testing.assert_equal(loaded.snapshot(1), rec.snapshot(2))


def test_negative_epoch_cannot_be_appended(tmp_path: Path) -> None:
    writer = RecordingWriter.create(tmp_path / "rec.zarr", full().fixed)
    with pytest.raises(InputError, match="epoch must be a whole number >= 0, got -1"):
        writer.append(-1, full().snapshot())


def test_resumed_writer_goes_on_and_clears_what_was_half_written(tmp_path: Path) -> None:
    rec = growing([1, 2])
    RecordingWriter.create(tmp_path / "rec.zarr", rec.fixed).append(1, rec.snapshot(1))
    half = tmp_path / "rec.zarr" / "snapshots" / ".partial-0a1b2c3d-000002"
    (half / "hidden").mkdir(parents=True)
    assert Recording.load(tmp_path / "rec.zarr").epochs == (1,)
    resumed = RecordingWriter(tmp_path / "rec.zarr")
    assert not half.exists()
    assert resumed.epochs == (1,)
    resumed.append(2, rec.snapshot(2))
    xr.testing.assert_equal(Recording.load(tmp_path / "rec.zarr").snapshot(2), rec.snapshot(2))


def test_snapshot_that_fails_half_way_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rec = growing([1, 2])
    writer = RecordingWriter.create(tmp_path / "rec.zarr", rec.fixed)
    writer.append(1, rec.snapshot(1))
    whole = storage.write_zarr

    def breaks(dataset: xr.Dataset, path: Path) -> None:
        whole(dataset, path)
        raise KeyboardInterrupt("stopped")

    monkeypatch.setattr(storage, "write_zarr", breaks)
    with pytest.raises(KeyboardInterrupt, match="stopped"):
        writer.append(1, rec.snapshot(2))
    with pytest.raises(KeyboardInterrupt, match="stopped"):
        writer.append(2, rec.snapshot(2))
    loaded = Recording.load(tmp_path / "rec.zarr")
    assert loaded.epochs == (1,)
    xr.testing.assert_equal(loaded.snapshot(1), rec.snapshot(1))


def test_recording_without_a_snapshot_cannot_be_read(tmp_path: Path) -> None:
    RecordingWriter.create(tmp_path / "rec.zarr", full().fixed)
    with pytest.raises(InputError, match=r"path must hold a snapshot, got .* without one; record"):
        Recording.load(tmp_path / "rec.zarr")


def test_recording_without_the_folder_of_snapshots_is_refused(tmp_path: Path) -> None:
    full().save(tmp_path / "rec.zarr")
    shutil.rmtree(tmp_path / "rec.zarr" / "snapshots")
    with pytest.raises(InputError, match=r"path must .* got .*rec\.zarr"):
        Recording.load(tmp_path / "rec.zarr")


@pytest.mark.parametrize("name", ["none", "empty", "file", "folder", "zarr"])
def test_what_is_no_recording_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder" / "fixed").mkdir(parents=True)
    (tmp_path / "folder" / "snapshots" / "000001").mkdir(parents=True)
    for group in ("fixed", "snapshots/000001"):
        foreign = xr.Dataset({"a": ("b", [1.0])})
        foreign.to_zarr(tmp_path / "zarr" / group, zarr_format=3, consolidated=False)
    with pytest.raises(InputError, match=rf"path must be a recording, got .*{name}"):
        Recording.load(tmp_path / name)


def test_only_an_existing_recording_is_written_on(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must be a recording, got .*none\.zarr"):
        RecordingWriter(tmp_path / "none.zarr")


def test_the_line_counts_sequences() -> None:
    values = np.random.default_rng(0).normal(size=(2, 10, 3))
    for number, words in ((1, "1 sequence of 10 steps"), (2, "2 sequences of 10 steps")):
        assert words in repr(Recording.from_arrays(hidden=values[:number]))
