"""Reading: the same numbers come back from every format, and every guess is noted."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import zarr
from scipy.io import savemat

import infoscope as isc
from optional import optional

ROWS, UNITS = 60, 3
X = np.random.default_rng(0).normal(size=(ROWS, UNITS)).round(3)
NAMES = ["a", "b", "c"]
TIMES = np.arange(ROWS) * 0.01
FRAME = pd.DataFrame(X, columns=NAMES)
TRIALS = np.random.default_rng(1).normal(size=(4, 25, UNITS))


def saved(path: Path, write: Callable[[Path], Any]) -> Path:
    write(path)
    return path


def text(path: Path, content: str) -> Path:
    return saved(path, lambda p: p.write_text(content, encoding="utf-8"))


def lines(separator: str = ",", decimal: str = ".") -> str:
    rows = [[f"{t:.2f}", *(f"{v:.3f}" for v in row)] for t, row in zip(TIMES, X, strict=True)]
    return "".join(separator.join(row).replace(".", decimal) + "\n" for row in rows)


ONE_SERIES: dict[str, Callable[[Path], Any]] = {
    "array": lambda _: X,
    "transposed": lambda _: (X.T, {"axes": ("unit", "time")}),
    "nested lists": lambda _: X.tolist(),
    "objects": lambda _: X.astype(object),
    "single precision": lambda _: (X.astype(np.float32), {}),
    "clock": lambda _: np.column_stack([TIMES, X]),
    "mapping": lambda _: {"x": X, "time": TIMES},
    "columns": lambda _: {"time": TIMES, **{n: X[:, i] for i, n in enumerate(NAMES)}},
    "table": lambda _: FRAME,
    "table with times": lambda _: FRAME.assign(time=TIMES),
    "table with text": lambda _: FRAME.assign(site="A", day=pd.Timestamp("2020-01-01")),
    "table of nullable numbers": lambda _: FRAME.convert_dtypes(),
    "table of text numbers": lambda _: FRAME.astype(str),
    "table transposed": lambda _: (pd.DataFrame(X.T), {"axes": ("unit", "time")}),
    "records": lambda _: FRAME.to_records(index=False),
    "tidy table": lambda _: FRAME.assign(time=TIMES).melt("time", NAMES, "neuron", "rate"),
    "DataArray": lambda _: xr.DataArray(X.T, dims=("channel", "time"), coords={"channel": NAMES}),
    "Dataset": lambda _: xr.Dataset({n: ("time", X[:, i]) for i, n in enumerate(NAMES)}),
    "npy": lambda d: saved(d / "x.npy", lambda p: np.save(p, X)),
    "npz": lambda d: saved(d / "x.npz", lambda p: np.savez(p, x=X, time=TIMES, names=NAMES)),
    "npz of several": lambda d: (
        saved(d / "x.npz", lambda p: np.savez(p, x=X, graph=np.eye(3))), {"variables": "x"}
    ),
    "csv": lambda d: text(d / "x.csv", "time,a,b,c\n" + lines()),
    "csv of pandas": lambda d: saved(d / "x.csv", FRAME.to_csv),
    "csv without header": lambda d: text(d / "x.csv", lines()),
    "csv with comments": lambda d: text(d / "x.csv", "# a site, 2020\n# b\ntime,a,b,c\n" + lines()),
    "csv with byte order mark": lambda d: text(d / "x.csv", "\ufefftime,a,b,c\n" + lines()),
    "csv with decimal commas": lambda d: text(d / "x.csv", "t;a;b;c\n" + lines(";", ",")),
    "csv with empty column": lambda d: text(
        d / "x.csv", "t,a,b,c,\n" + lines().replace("\n", ",\n")
    ),
    "tsv": lambda d: text(d / "x.tsv", "time\ta\tb\tc\n" + lines("\t")),
    "white space": lambda d: text(d / "x.txt", "time a b c\n" + lines(" ")),
    "utf-16": lambda d: saved(
        d / "x.csv", lambda p: p.write_bytes(("time,a,b,c\n" + lines()).encode("utf-16"))
    ),
    "gzip": lambda d: saved(
        d / "x.csv.gz", lambda p: p.write_bytes(gzip.compress(("t,a,b,c\n" + lines()).encode()))
    ),
    "mat": lambda d: saved(d / "x.mat", lambda p: savemat(p, {"X": X, "t": TIMES})),
    "mat structure": lambda d: saved(d / "x.mat", lambda p: savemat(p, {"S": {"r": X, "id": "q"}})),
    "zarr array": lambda d: saved(d / "x.zarr", lambda p: zarr.save(str(p), X)),
    "zarr of xarray": lambda d: saved(
        d / "x.zarr",
        lambda p: xr.Dataset({"r": (("time", "unit"), X)}).to_zarr(p, consolidated=False),
    ),
    "netCDF 3": lambda d: saved(
        d / "x.nc", lambda p: xr.Dataset({"r": (("time", "unit"), X)}).to_netcdf(p, engine="scipy")
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", ONE_SERIES)
def test_the_same_series_comes_from_every_form(form: str, tmp_path: Path) -> None:
    made = ONE_SERIES[form](tmp_path)
    source, options = made if isinstance(made, tuple) else (made, {})
    recording = isc.read(source, **options)
    np.testing.assert_allclose(recording.rows("hidden"), X, atol=1e-6)
    assert recording.mask.shape == (1, ROWS)
    labels = list(recording.nodes.index)
    numbered = [[f"{stem}{i}" for i in range(UNITS)] for stem in ("h", "", "r.", "x.")]
    assert labels in (NAMES, *numbered, ["1", "2", "3"])
    if recording.sampling_interval is not None:
        assert recording.sampling_interval == pytest.approx(0.01)
    assert any("roles" in note for note in recording.notes)


def cell() -> np.ndarray:
    trials = np.empty(len(TRIALS), object)
    trials[:] = list(TRIALS)
    return trials


LONG = pd.DataFrame(TRIALS.reshape(-1, UNITS), columns=NAMES)
LABELLED = LONG.assign(trial=np.repeat(["p", "q", "r", "s"], 25), time=np.tile(np.arange(25), 4))

SEVERAL_TRIALS: dict[str, Callable[[Path], Any]] = {
    "array": lambda _: TRIALS,
    "axes": lambda _: (TRIALS.transpose(2, 0, 1), {"axes": ("unit", "trial", "time")}),
    "list": lambda _: list(TRIALS),
    "nested lists": lambda _: TRIALS.tolist(),
    "objects": lambda _: cell(),
    "labels of rows": lambda _: (TRIALS.reshape(-1, 3), {"trials": np.repeat(np.arange(4), 25)}),
    "times start again": lambda _: (TRIALS.reshape(-1, 3), {"times": np.tile(np.arange(25), 4)}),
    "table": lambda _: LABELLED,
    "table in turns": lambda _: LABELLED.sort_values("time", kind="stable"),
    "table without labels": lambda _: LABELLED.drop(columns="trial"),
    "tidy table": lambda _: LABELLED.melt(["trial", "time"], NAMES, "unit", "value"),
    "tables": lambda _: [LONG.iloc[25 * i : 25 * (i + 1)] for i in range(4)],
    "DataArray": lambda _: xr.DataArray(TRIALS, dims=("trial", "time", "unit")).transpose(),
    "DataArrays": lambda _: [xr.DataArray(t, dims=("time", "unit")) for t in TRIALS],
    "npz": lambda d: saved(d / "x.npz", lambda p: np.savez(p, x=TRIALS, trial=list("pqrs"))),
    "mat cell": lambda d: saved(d / "x.mat", lambda p: savemat(p, {"X": cell()})),
    "zarr": lambda d: saved(d / "x.zarr", lambda p: zarr.save(str(p), TRIALS)),
}


@pytest.mark.parametrize("form", SEVERAL_TRIALS)
def test_the_same_trials_come_from_every_form(form: str, tmp_path: Path) -> None:
    made = SEVERAL_TRIALS[form](tmp_path)
    source, options = made if isinstance(made, tuple) else (made, {})
    recording = isc.read(source, **options)
    assert recording.mask.shape == (4, 25)
    np.testing.assert_array_equal(recording["hidden"].to_numpy(), TRIALS)
    assert recording.trial_labels in (None, list("pqrs"), [0, 1, 2, 3])


def test_tensors_are_read() -> None:
    torch = optional("torch")
    recording = isc.read(torch.from_numpy(TRIALS).requires_grad_())
    np.testing.assert_array_equal(recording["hidden"].to_numpy(), TRIALS)
    unequal = isc.read([torch.ones(3, 2).bfloat16(), torch.zeros(5, 2)])
    assert unequal.mask.to_numpy().sum(axis=1).tolist() == [3, 5]


def test_parquet_and_netcdf_4_are_read(tmp_path: Path) -> None:
    optional("pyarrow")
    optional("h5netcdf")
    FRAME.to_parquet(tmp_path / "x.parquet")
    dataset = xr.Dataset({"r": (("time", "unit"), X)}, coords={"unit": NAMES})
    dataset.to_netcdf(tmp_path / "x.nc", engine="h5netcdf")
    for name in ("x.parquet", "x.nc"):
        recording = isc.read(tmp_path / name)
        np.testing.assert_array_equal(recording.rows("hidden"), X)
        assert list(recording.nodes.index) == NAMES


def test_unequal_trials_stay_apart() -> None:
    recording = isc.read([X[:20], X[20:50], X[50:]])
    assert recording.mask.to_numpy().sum(axis=1).tolist() == [20, 30, 10]
    np.testing.assert_array_equal(recording.rows("hidden"), X)
    assert len(np.unique(recording.stretches)) == 3


def test_own_recordings_are_opened_whole(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    recording = isc.Recording.from_arrays(
        inputs=TRIALS, hidden=np.stack([TRIALS] * 2), epochs=[0, 5]
    )
    recording.save(run / "recording.zarr")
    for source in (recording, run / "recording.zarr", str(run)):
        again = isc.read(source)
        assert again.epochs == (0, 5)
        np.testing.assert_array_equal(again.rows("inputs"), recording.rows("inputs"))
    with pytest.raises(isc.InputError, match="roles must be left out"):
        isc.read(run, roles={"h0": "input"})


def test_roles_layers_groups_and_names() -> None:
    roles = {"a": "input", "c": "target"}
    recording = isc.read(FRAME, roles=roles, groups={"first": ["a", "b"]})
    assert recording.nodes["role"].to_dict() == {"a": "input", "b": "hidden"}
    assert recording.rows("targets").ravel().tolist() == X[:, 2].tolist()
    assert recording.groups == {"first": ["a", "b"]}
    layered = isc.read(X, names=NAMES, layers={"a": 1, "b": 0, "c": 1})
    assert list(layered.nodes.index) == ["b", "a", "c"]
    assert layered.nodes["layer"].tolist() == [0, 1, 1]
    np.testing.assert_array_equal(layered.rows("all"), X[:, [1, 0, 2]])
    arrays = isc.read({"cortex": TRIALS, "cue": TRIALS[..., :1]}, roles={"cue": "input"})
    assert arrays.nodes["role"].tolist() == ["input", "hidden", "hidden", "hidden"]
    assert arrays.blocks["cue" if "cue" in arrays.blocks else "inputs"].role == "input"
    system = isc.synthetic_systems()["S8"]
    assert isc.read(system.sample(50)).nodes["role"].tolist() == system.nodes["role"].tolist()


def test_times_give_the_interval_and_the_gaps() -> None:
    with_gap = np.delete(TIMES, [20, 21])
    recording = isc.read(X[: len(with_gap)], times=with_gap)
    assert recording.sampling_interval == pytest.approx(0.01)
    assert len(np.unique(recording.stretches)) == 2
    assert isc.read(FRAME.assign(time_ms=1000 * TIMES)).sampling_interval == pytest.approx(0.01)
    assert isc.read(FRAME.assign(time=TIMES), sampling_interval=2.0).sampling_interval == 2.0
    dated = isc.read(FRAME.set_index(pd.date_range("2020-01-01", periods=ROWS, freq="D")))
    assert dated.sampling_interval == 86400.0
    assert dated.times is not None
    assert dated.times.ravel().tolist() == list(range(ROWS))
    hours = pd.date_range("2020-03-28", periods=ROWS, freq="h", tz="Europe/Vienna")
    assert isc.read(FRAME.set_index(hours)).sampling_interval == 3600.0
    assert isc.read(FRAME.assign(time=TIMES), times=False).nodes.index.tolist() == [*NAMES, "time"]


def test_slightly_irregular_times_are_regular() -> None:
    jitter = np.random.default_rng(0).uniform(-0.2, 0.2, size=ROWS)
    recording = isc.read(X, times=np.arange(ROWS) + jitter)
    assert len(np.unique(recording.stretches)) == 1
    assert any("regular" in note for note in recording.notes)


def test_names_are_kept_whatever_they_are() -> None:
    names = ["<script>alert(1)</script>", 'a "quoted"\nname', "c/d|e"]
    recording = isc.read(FRAME.set_axis(names, axis=1))
    assert list(recording.nodes.index) == names
    assert "<script>" not in isc.information_flow(recording, estimator=isc.Gaussian())._repr_html_()


def test_a_recording_without_roles_has_flow_graph_and_ranks() -> None:
    system = isc.synthetic_systems()["S3"]
    recording = isc.read(system.sample(1500).to_numpy(), names=list(system.nodes.index))
    flow = isc.information_flow(recording, estimator=isc.Gaussian(copula=True))
    assert int(np.isfinite(flow.flow).sum()) == 20 * 19
    scores = isc.score_edges(flow.flow, system.edges).set_index("block")
    assert scores.loc["all", "auroc"] > 0.8
    assert len(isc.rank_nodes(flow.graph(0.05)).ranks) == 20
