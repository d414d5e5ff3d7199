from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from infoscope import InputError, Recording, RecordingWriter
from infoscope.learning import gradient_statistics
from reference import networks as twin

SHAPES = {"W_in": (2, 3), "W": (3, 3), "b_h": (3,), "W_out": (3, 1), "b_o": (1,), "h_0": (3,)}


def gradients(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(scale=1 + i, size=s) for i, (name, s) in enumerate(SHAPES.items())}


def recording_of(snapshots: dict[int, dict[str, np.ndarray]]) -> Recording:
    def read(epoch: int) -> xr.Dataset:
        of_epoch = {
            f"gradient_{name}": ([f"{name}_{axis}" for axis in range(values.ndim)], values)
            for name, values in snapshots[epoch].items()
        }
        return xr.Dataset({"hidden": (("sequence", "time", "hidden_node"), [[[9.0]]]), **of_epoch})

    return Recording(xr.Dataset(), tuple(snapshots), read)


def test_mean_and_spread_equal_the_twin() -> None:
    snapshots = {10: gradients(1), 20: gradients(2)}
    table = gradient_statistics(recording_of(snapshots))
    assert table.columns.tolist() == ["epoch", "parameter", "mean", "spread"]
    assert len(table) == 2 * (len(SHAPES) + 2)
    table = table.set_index(["epoch", "parameter"])
    for epoch, parts in snapshots.items():
        groups = {name: [values] for name, values in parts.items()}
        groups["all"] = list(parts.values())
        groups["published"] = [values for name, values in parts.items() if name != "W"]
        for name, group in groups.items():
            mean, spread = twin.mean_and_spread(group)
            assert table.loc[(epoch, name), "mean"] == pytest.approx(mean, rel=1e-12)
            assert table.loc[(epoch, name), "spread"] == pytest.approx(spread, rel=1e-12)


def test_signs_do_not_cancel() -> None:
    parts = {"W_in": np.array([[3.0, -3.0]]), "W": np.array([[-1.0]])}
    table = gradient_statistics(recording_of({1: parts})).set_index("parameter")
    assert table.loc["W_in", ["mean", "spread"]].tolist() == [3.0, 0.0]
    assert table.loc["W", ["mean", "spread"]].tolist() == [1.0, 0.0]
    assert table.loc["published", ["mean", "spread"]].tolist() == [3.0, 0.0]
    assert table.loc["all", "mean"] == pytest.approx(7 / 3)
    assert table.loc["all", "spread"] == pytest.approx(np.sqrt(8) / 3)


def test_published_leaves_out_the_recurrent_matrix_and_nothing_else() -> None:
    before, after = gradients(1), gradients(1)
    after["W"] = 100.0 + after["W"]
    tables = [
        gradient_statistics(recording_of({1: parts})).set_index("parameter")
        for parts in (before, after)
    ]
    assert tables[0].loc["published"].equals(tables[1].loc["published"])
    assert tables[1].loc["all", "mean"] > tables[0].loc["all", "mean"] + 10
    for name in set(SHAPES) - {"W"}:
        changed = {**before, name: 100.0 + before[name]}
        table = gradient_statistics(recording_of({1: changed})).set_index("parameter")
        assert table.loc["published", "mean"] > tables[0].loc["published", "mean"]


def test_epochs_without_a_gradient_are_left_out() -> None:
    table = gradient_statistics(recording_of({0: {}, 10: gradients(1)}))
    assert set(table["epoch"]) == {10}


def test_gradients_come_back_from_disk(tmp_path: Path) -> None:
    rec = recording_of({10: gradients(1), 20: gradients(2)})
    writer = RecordingWriter.create(tmp_path / "rec.zarr", rec.fixed)
    for epoch in rec.epochs:
        writer.append(epoch, rec.read(epoch))
    found = gradient_statistics(Recording.load(tmp_path / "rec.zarr"))
    assert found.equals(gradient_statistics(rec))


def test_recording_without_gradients_is_refused() -> None:
    with pytest.raises(InputError, match="recording must hold gradients, got snapshots without"):
        gradient_statistics(recording_of({1: {}, 2: {}}))
