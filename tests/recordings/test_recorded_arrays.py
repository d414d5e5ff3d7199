"""Arrays as people have them: dimensions by name, sequences of unequal length."""

import itertools
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from infoscope import (
    KSG,
    Gaussian,
    InputError,
    Recording,
    flow_measures,
    information_flow,
    information_plane,
)

VALUES = np.random.default_rng(0).normal(size=(7, 50, 3))
ROWS = VALUES.reshape(-1, 3)
NAMES = ["v1", "v4", "it"]


def array(dims: tuple[str, ...] = ("sequence", "time", "node"), **coords: Any) -> xr.DataArray:
    return xr.DataArray(VALUES, dims=dims, coords=coords)


@pytest.mark.parametrize("order", list(itertools.permutations(("sequence", "time", "node"))))
def test_dimensions_may_stand_in_any_order(order: tuple[str, ...]) -> None:
    rec = Recording.from_arrays(hidden=array(node=NAMES).transpose(*order))
    np.testing.assert_array_equal(rec.rows("hidden"), ROWS)
    assert rec.nodes.index.tolist() == NAMES


@pytest.mark.parametrize(
    "dims",
    [
        ("trial", "time", "unit"),
        ("trials", "times", "neurons"),
        ("Trial", "Time", "Channel"),
        ("trial_id", "time_bin", "unit_id"),
        ("batch", "step", "hidden_unit"),
        ("window", "frame", "roi"),
        ("episode", "t", "cell"),
    ],
)
def test_dimensions_have_the_names_that_people_give_them(dims: tuple[str, ...]) -> None:
    named = array(dims, **{dims[2]: NAMES}).transpose(dims[2], dims[0], dims[1])
    rec = Recording.from_arrays(hidden=named)
    np.testing.assert_array_equal(rec.rows("hidden"), ROWS)
    assert rec.nodes.index.tolist() == NAMES


def test_a_recording_without_trials_is_one_sequence() -> None:
    named = xr.DataArray(VALUES[0].T, dims=("neuron", "time"), coords={"neuron": NAMES})
    rec = Recording.from_arrays(hidden=named)
    assert rec.activations().shape == (1, 50, 3)
    np.testing.assert_array_equal(rec.rows("hidden"), VALUES[0])


def test_snapshots_are_found_by_name_too() -> None:
    values = np.stack([VALUES, 2 * VALUES])
    named = xr.DataArray(values, dims=("epoch", "sequence", "time", "node"))
    rec = Recording.from_arrays(hidden=named.transpose("time", "epoch", "node", ...), epochs=[3, 8])
    np.testing.assert_array_equal(rec.rows("hidden", epoch=3), ROWS)
    np.testing.assert_array_equal(rec.rows("hidden", epoch=8), 2 * ROWS)


def test_dimensions_without_names_are_taken_as_they_stand() -> None:
    rec = Recording.from_arrays(hidden=xr.DataArray(VALUES))
    np.testing.assert_array_equal(rec.rows("hidden"), ROWS)
    assert rec.nodes.index.tolist() == ["h0", "h1", "h2"]


def test_numbered_nodes_get_the_letter_of_their_block() -> None:
    numbered = array(node=[4, 7, 9], session="monday")
    rec = Recording.from_arrays(inputs=numbered, hidden=numbered, targets=numbered)
    assert rec.nodes.index.tolist() == ["x4", "x7", "x9", "h4", "h7", "h9"]
    assert rec.targets is not None
    assert rec.targets["target_node"].to_numpy().tolist() == ["y4", "y7", "y9"]


def test_given_names_come_before_coordinates() -> None:
    rec = Recording.from_arrays(hidden=array(node=NAMES), names={"hidden": ["a", "b", "c"]})
    assert rec.nodes.index.tolist() == ["a", "b", "c"]


def test_days_are_read_by_name_too() -> None:
    days = np.arange(350).reshape(7, 50)
    rec = Recording.from_arrays(hidden=array(), days=xr.DataArray(days.T, dims=("time", "trial")))
    assert rec.times is not None
    np.testing.assert_array_equal(rec.times, days)


def test_a_table_is_read_by_name_too() -> None:
    table = xr.DataArray(VALUES[0], dims=("time", "unit"), coords={"unit": NAMES})
    expected = flow_measures(table, measures=["flow"])
    found = flow_measures(table.transpose(), measures=["flow"])
    xr.testing.assert_identical(found["flow"], expected["flow"])


@pytest.mark.parametrize(
    ("dims", "said"),
    [
        (("foo", "time", "node"), r"got \('foo', 'time', 'node'\), of which 'foo' .*'sequence'"),
        (("unit", "time", "node"), r"'unit', 'node' cannot be identified.*'unit': 'sequence'"),
        (
            ("sequence", "sample", "node"),
            r"'sample' cannot be identified; rename.*'sample': 'time'",
        ),
        (("epochs", "time", "node"), r"'epochs' cannot be identified; give epochs.*'sequence'"),
        (("unit_time", "trial", "node"), r"'unit_time' cannot be identified.*'time'"),
    ],
)
def test_dimensions_that_cannot_be_told_are_named_with_a_remedy(
    dims: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError, match=r"hidden must have one dimension for each .*" + said):
        Recording.from_arrays(hidden=array(dims))


def test_the_remedy_works() -> None:
    odd = array(("foo", "time", "node"))
    with pytest.raises(InputError, match=r"hidden\.rename\(\{'foo': 'sequence'\}\)"):
        Recording.from_arrays(hidden=odd)
    rec = Recording.from_arrays(hidden=odd.rename({"foo": "sequence"}))
    np.testing.assert_array_equal(rec.rows("hidden"), ROWS)


def test_blocks_in_another_order_of_rows_are_refused() -> None:
    one = array(sequence=list("abcdefg"), time=np.arange(50))
    two = one.isel(sequence=[1, 0, 2, 3, 4, 5, 6])
    with pytest.raises(InputError, match=r"hidden must have the sequence coordinates of inputs"):
        Recording.from_arrays(inputs=one, hidden=two)
    same = Recording.from_arrays(inputs=one, hidden=one * 2)
    np.testing.assert_array_equal(same.rows("hidden"), 2 * ROWS)


LENGTHS = (30, 17, 42, 25, 60)


def trials(seed: int, nodes: int = 2) -> list[np.ndarray]:
    """Trials of unequal length in which node 0 drives node 1."""
    rng = np.random.default_rng(seed)
    made = [rng.normal(size=(n, nodes)) for n in LENGTHS]
    for trial in made:
        trial[1:, 1] += trial[:-1, 0]
    return made


def joined(lag: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """The current and later rows of all trials, by hand."""
    rows = trials(0)
    return np.concatenate([t[:-lag] for t in rows]), np.concatenate([t[lag:] for t in rows])


AS_OBJECTS = np.empty(len(LENGTHS), object)
AS_OBJECTS[:] = trials(0)


@pytest.mark.parametrize(
    "given",
    [
        trials(0),
        tuple(trials(0)),
        AS_OBJECTS,
        [trial.tolist() for trial in trials(0)],
        [xr.DataArray(trial.T, dims=("unit", "time")) for trial in trials(0)],
    ],
    ids=["list", "tuple", "objects", "lists", "DataArrays"],
)
@pytest.mark.parametrize("lag", [1, 2])
def test_flow_joins_no_rows_of_two_trials(given: Any, lag: int) -> None:
    rec = Recording.from_arrays(hidden=given)
    now, later = joined(lag)
    found = information_flow(rec, lag=lag, estimator=Gaussian(bias_correction=False))
    assert found.n == sum(LENGTHS) - lag * len(LENGTHS) == len(now)
    for term, target in ((found.delayed, later), (found.instantaneous, now)):
        r = np.corrcoef(now[:, 0], target[:, 1])[0, 1]
        assert float(term[0, 1]) == pytest.approx(-0.5 * np.log2(1 - r**2), abs=1e-10)


def test_trials_have_rows_stretches_and_nodes() -> None:
    rec = Recording.from_arrays(hidden=trials(0), targets=[t[:, :1] for t in trials(1)])
    np.testing.assert_array_equal(rec.rows("hidden"), np.concatenate(trials(0)))
    np.testing.assert_array_equal(rec.rows("targets")[:, 0], np.concatenate(trials(1))[:, 0])
    of_row = np.repeat(np.arange(len(LENGTHS)), LENGTHS)
    np.testing.assert_array_equal(rec.stretches, [of_row])
    np.testing.assert_array_equal(rec.trials, [of_row])
    assert rec.nodes.index.tolist() == ["h0", "h1"]
    assert Recording.from_arrays(hidden=VALUES).trials is None


def test_trials_of_several_snapshots_survive_the_disk(tmp_path) -> None:
    snapshots = [trials(0), trials(1)]
    rec = Recording.from_arrays(hidden=snapshots, epochs=[5, 9])
    rec.save(tmp_path / "rec.zarr")
    for made in (rec, Recording.load(tmp_path / "rec.zarr")):
        np.testing.assert_array_equal(made.rows("hidden", epoch=5), np.concatenate(snapshots[0]))
        np.testing.assert_array_equal(made.rows("hidden"), np.concatenate(snapshots[1]))
        np.testing.assert_array_equal(made.stretches, rec.stretches)


def test_surrogates_know_the_trials() -> None:
    rec = Recording.from_arrays(hidden=trials(0))
    flow = information_flow(rec, estimator=Gaussian())
    found = flow.significance("circular-shift", surrogates=99)
    assert float(found.p.sel(source="h0", target="h1")) <= 0.02
    assert flow.rows is not None
    grid = flow.rows.layout.grid
    assert grid.shape == (len(LENGTHS), max(LENGTHS))
    assert ((grid >= 0).sum(axis=1) == LENGTHS).all()


def test_a_theiler_window_stays_within_its_trial() -> None:
    rec = Recording.from_arrays(hidden=trials(0))
    apart = [np.arange(n) + 1000.0 * i for i, n in enumerate(LENGTHS)]
    timed = Recording.from_arrays(hidden=trials(0), days=apart)
    for theiler in (0, 3):
        flows = [
            information_flow(one, estimator=KSG(k=4, theiler=theiler)).flow for one in (rec, timed)
        ]
        np.testing.assert_allclose(flows[0], flows[1], rtol=0, atol=1e-12)


def test_a_gap_within_a_trial_is_not_crossed() -> None:
    days = [np.arange(n, dtype=float) for n in LENGTHS]
    days[2][20:] += 5
    rec = Recording.from_arrays(hidden=trials(0), days=days)
    assert rec.stretches.max() == len(LENGTHS)
    assert information_flow(rec, estimator=Gaussian()).n == sum(LENGTHS) - len(LENGTHS) - 1


def test_one_row_a_day_of_trials_has_the_longest_history() -> None:
    """Days 10 to 12 and 12 to 15: day 12 is kept from the first trial, the later in its own."""
    begin = date(2020, 1, 1)
    days = [[begin + timedelta(n) for n in run] for run in ([10, 11, 12], [12, 13, 14, 15])]
    hidden = [np.array([[10.0], [11.0], [12.0]]), np.array([[-12.0], [13.0], [14.0], [15.0]])]
    rec = Recording.from_arrays(hidden=hidden, days=days).unique_days()
    assert rec.rows("hidden").ravel().tolist() == [10.0, 11.0, 12.0, 13.0, 14.0, 15.0]
    assert rec.stretches.tolist() == [[0] * 6]


def test_other_measures_take_the_rows_of_trials() -> None:
    made = trials(0, nodes=3)
    ragged = Recording.from_arrays(
        inputs=[t[:, :1] for t in made], hidden=[t[:, 1:2] for t in made],
        outputs=[t[:, 2:] for t in made], targets=[t[:, :1] for t in made],
    )  # fmt: skip
    whole = np.concatenate(made)[np.newaxis]
    single = Recording.from_arrays(
        inputs=whole[..., :1],
        hidden=whole[..., 1:2],
        outputs=whole[..., 2:],
        targets=whole[..., :1],
    )
    planes = [information_plane(rec, estimator=KSG(k=3)).data for rec in (ragged, single)]
    xr.testing.assert_identical(*planes)


def test_trials_of_equal_length_are_an_array() -> None:
    rec = Recording.from_arrays(hidden=list(VALUES))
    assert rec.trials is None
    np.testing.assert_array_equal(rec.activations(), VALUES)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"inputs": [t[:-1] for t in trials(0)]},
            r"equal numbers .*inputs 5 sequences of 29, .*hidden 5 sequences of 30, 17, 42",
        ),
        ({"inputs": VALUES}, r"equal numbers .*inputs \(7, 50\), hidden 5 sequences of"),
        ({"hidden": [np.zeros((3, 2)), np.zeros((4, 3))]}, r"hidden\[1\] must have the 2 nodes"),
        ({"hidden": [np.zeros(3), np.zeros(4)]}, r"hidden\[0\] must have shape \(time, node\)"),
        ({"hidden": [np.zeros((3, 2)), np.full((4, 2), np.nan)]}, r"hidden\[1\] must be finite"),
        ({"days": [np.arange(n - 1) for n in LENGTHS]}, r"days must have a day for each step of 5"),
        ({"days": np.arange(5)}, r"days must have shape \(sequence, time\) = \(1, 174\)"),
        ({"days": np.full((1, 174), np.inf)}, "days must be finite, got infinity"),
        ({"days": np.zeros((1, 174), complex)}, "days must be numbers or dates, got dtype complex"),
        ({"hidden": VALUES[..., None]}, r"hidden must have shape .*reshape\(\.\.\., -1\)"),
        ({"hidden": VALUES[..., 0]}, r"hidden must have shape .*a single sequence needs an axis"),
        ({"inputs": {"a": VALUES, "b": VALUES}}, "inputs must be one array, got a mapping of 2"),
        ({"hidden": {"a": VALUES, "b": VALUES[:5]}}, r"equal numbers .*a \(7, 50\), b \(5, 50\)"),
        ({"names": {"hidden": 3}}, r"names\['hidden'\] must be a sequence of names, got 3"),
        (
            {"hidden": array().isel(node=0)},
            r"none of them for node; add it, by hidden\.expand_dims",
        ),
        ({"epochs": 3}, "epochs must be increasing whole numbers from 0 on, got 3"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Recording.from_arrays(**({"hidden": trials(0)} | changes))


def test_pandas_dates_of_trials_are_days() -> None:
    days = [pd.date_range("2020-01-01", periods=n) for n in LENGTHS]
    rec = Recording.from_arrays(hidden=trials(0), days=days)
    assert rec.times is not None
    assert rec.times.max() == max(LENGTHS) - 1


STEPS = np.array([0.0, 1.0, 2.0, 3.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0])
DATES = np.datetime64("2020-01-01", "ns") + STEPS.astype(int) * np.timedelta64(1, "D")


@pytest.mark.parametrize("times", [STEPS, DATES, STEPS.astype(int)], ids=["float", "date", "int"])
@pytest.mark.parametrize("epochs", [None, (0, 10)])
def test_a_coordinate_of_time_is_the_times_of_a_series(times, epochs) -> None:
    values = np.random.default_rng(0).normal(size=(2, 10, 3))
    axes = ("epoch", "time", "unit")
    values = values if epochs else values[0]
    named = xr.DataArray(values, dims=axes[-values.ndim :], coords={"time": times})
    found = Recording.from_arrays(hidden=named, epochs=epochs)
    given = Recording.from_arrays(
        hidden=values[..., np.newaxis, :, :], days=times[np.newaxis], epochs=epochs
    )
    assert found.times is not None
    assert np.array_equal(found.times, given.times)
    assert found.stretches.tolist() == given.stretches.tolist() == [[0] * 4 + [1] * 6]
    flows = [information_flow(rec, estimator=KSG(k=2)) for rec in (found, given)]
    assert flows[0].n == flows[1].n == 8
    assert flows[0].flow.equals(flows[1].flow)
    assert found.unique_days().rows("hidden").shape == (10, 3)


def test_days_that_are_given_go_before_the_coordinate_of_time() -> None:
    named = xr.DataArray(np.zeros((10, 2)), dims=("time", "unit"), coords={"time": STEPS})
    found = Recording.from_arrays(hidden=named, days=[np.arange(10)])
    assert found.stretches.max() == 0


def test_numbers_of_several_sequences_count_from_their_onset() -> None:
    values = np.random.default_rng(0).normal(size=(3, 10, 2))
    named = xr.DataArray(values, dims=("trial", "time", "unit"), coords={"time": np.arange(10)})
    assert Recording.from_arrays(hidden=named).times is None
    with pytest.raises(InputError, match=r"time .*3 sequences.*days"):
        Recording.from_arrays(hidden=named.assign_coords(time=STEPS))
    dated = Recording.from_arrays(hidden=named.assign_coords(time=DATES))
    assert dated.times is not None
    assert np.array_equal(dated.times, np.tile(STEPS, (3, 1)))
