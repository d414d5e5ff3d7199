"""Gaps in times and missing values: never joined, never estimated from, always counted."""

import numpy as np
import pandas as pd
import pytest

from infoscope import (
    KSG,
    Gaussian,
    InputError,
    Recording,
    information_flow,
    mutual_information,
    pairwise_information,
    transfer_entropy,
)

NAN = float("nan")


def walks(n=120, nodes=3, seed=0):
    """Columns that follow each other one row later."""
    noise = np.random.default_rng(seed).normal(size=(n, nodes))
    noise[1:, 1:] += noise[:-1, :-1]
    return noise


# Day 40 to 49 and 90 are not there.
DAYS = np.delete(np.arange(131.0), [*range(40, 50), 90])
BROKEN = np.repeat([0, 1, 2], [40, 40, 40])


@pytest.mark.parametrize(
    "embedding", [{}, {"lag": 3}, {"history": 2, "source_history": 3}, {"lag": 0, "history": 4}]
)
def test_a_gap_in_time_ends_a_stretch_as_a_trial_does(embedding) -> None:
    source, target, _ = walks().T
    expected = transfer_entropy(source, target, trials=BROKEN, **embedding)
    for times in (DAYS, 0.1 * DAYS, pd.Timestamp("2020-01-01") + pd.to_timedelta(DAYS, "D")):
        found = transfer_entropy(source, target, times=times, **embedding)
        assert (found.nats, found.n) == (expected.nats, expected.n)
    # Rounded time stamps have no gap: steps are 0.9 and 1.1.
    rounded = np.arange(120) + 0.05 * (-1.0) ** np.arange(120)
    whole = transfer_entropy(source, target, **embedding)
    assert transfer_entropy(source, target, times=rounded, **embedding).nats == whole.nats


def test_a_gap_is_one_in_either_trial() -> None:
    source, target, _ = walks().T
    trials = np.repeat(["b", "a"], 60)
    times = np.r_[0:30, 31:61, 0:20, 50:90]
    found = transfer_entropy(source, target, trials=trials, times=times)
    parts = np.repeat([0, 1, 2, 3], [30, 30, 20, 40])
    assert found.nats == transfer_entropy(source, target, trials=parts).nats
    assert found.n == 116


def test_pairs_of_nodes_and_flow_leave_out_the_same_rows() -> None:
    data = walks()
    found = pairwise_information(data, lag=2, times=DAYS)
    np.testing.assert_array_equal(found, pairwise_information(data, lag=2, trials=BROKEN))
    assert found.attrs["n"] == 120 - 3 * 2
    recording = Recording.from_arrays(hidden=data[np.newaxis], days=DAYS[np.newaxis])
    flow = information_flow(recording, estimator=KSG(k=10, jitter=1e-10, jitter_unit="sd"))
    delayed = pairwise_information(data, lag=1, times=DAYS, estimator="published").to_numpy()
    apart = ~np.eye(3, dtype=bool)
    np.testing.assert_allclose(flow.delayed.to_numpy()[apart], delayed[apart], atol=1e-12)


def test_rows_that_are_not_in_the_order_of_time_are_refused() -> None:
    source, target, _ = walks().T
    message = r"^times must increase from row to row of a trial, got 0 after 119 in row 1; sort"
    times = np.roll(np.arange(120), 1)
    with pytest.raises(InputError, match=message):
        transfer_entropy(source, target, times=times)
    with pytest.raises(InputError, match=message):
        pairwise_information(walks(), lag=1, times=times)
    with pytest.raises(InputError, match=r"got 5 after 5 in row 1; sort the rows"):
        transfer_entropy(source, target, times=np.full(120, 5.0))
    with pytest.raises(InputError, match=r"^source and target must have more rows .* without gaps"):
        transfer_entropy(source, target, times=2.0 ** np.arange(120), history=2)


@pytest.mark.parametrize("kind", ["array", "list", "series", "nullable", "masked"])
def test_rows_with_a_missing_value_are_left_out_and_counted(kind: str) -> None:
    x, y, z = walks().T
    lost = np.zeros((2, 120), bool)
    lost[0, 5:15], lost[1, 12:20] = True, True
    made = {
        "array": lambda v, gone: np.where(gone, NAN, v),
        "list": lambda v, gone: [None if g else float(e) for e, g in zip(v, gone, strict=True)],
        "series": lambda v, gone: pd.Series(np.where(gone, NAN, v)),
        "nullable": lambda v, gone: pd.Series(v).mask(gone).astype("Float64"),
        "masked": lambda v, gone: np.ma.masked_array(v, gone),
    }[kind]
    kept = ~lost.any(axis=0)
    found = mutual_information(made(x, lost[0]), y, given=made(z, lost[1]), missing="pairwise")
    assert found.nats == mutual_information(x[kept], y[kept], given=z[kept]).nats
    assert (found.n, found.n_missing) == (105, 15)
    assert "15 missing" in repr(found)


def test_a_missing_value_leaves_out_every_row_whose_history_has_it() -> None:
    source, target, other = walks().T
    source[50], target[70], other[90] = NAN, NAN, NAN
    options = {"history": 2, "given": other, "given_lag": 0, "estimator": Gaussian()}
    found = transfer_entropy(source, target, missing="pairwise", significance=19, **options)
    t = np.arange(2, 120)
    past = np.column_stack([target[t - 1], target[t - 2], other[t]])
    known = np.isfinite(np.column_stack([source[t - 1], target[t], past])).all(axis=1)
    expected = mutual_information(
        source[t - 1][known], target[t][known], given=past[known], estimator=Gaussian()
    )
    assert found.nats == pytest.approx(expected.nats, abs=1e-12)
    assert (found.n, found.n_missing) == (118 - 5, 1 + 3 + 1)
    assert found.p == 0.05


@pytest.mark.parametrize("lag", [0, 1])
@pytest.mark.parametrize("estimator", [KSG(k=3), KSG(k=3, theiler=2), Gaussian()], ids=str)
def test_each_pair_is_estimated_from_the_rows_that_both_have(estimator, lag: int) -> None:
    data, trials = walks(120, 4), np.repeat([0, 1], 60)
    data[10:30, 1], data[25:40, 2] = NAN, NAN
    found = pairwise_information(
        data, lag=lag, estimator=estimator, trials=trials, missing="pairwise", n_jobs=1
    )
    now = np.concatenate([np.arange(60 - lag), np.arange(60, 120 - lag)])
    for a in range(4):
        for b in range(4):
            x, y = data[now, a], data[now + lag, b]
            known = np.isfinite(x) & np.isfinite(y)
            assert int(found["n"][a, b]) == known.sum()
            if a == b and lag == 0:
                continue
            first, second = (a, b) if lag or a < b else (b, a)
            alone = mutual_information(
                data[now, first][known],
                data[now + lag, second][known],
                estimator=estimator,
                trials=trials[now][known],
                times=now[known],
            )
            assert float(found[a, b]) == pytest.approx(alone.bits, abs=1e-12)
    assert found.attrs["not_estimated"] == []


def test_a_pair_without_enough_common_rows_stops_no_other() -> None:
    data = walks(60)
    data[4:, 2] = NAN
    found = pairwise_information(data, missing="pairwise")
    whole = pairwise_information(data[:, :2])
    assert float(found[0, 1]) == float(whole[0, 1])
    assert np.isnan(found.to_numpy()[2]).all()
    assert [reason.split(":")[0] for reason in found.attrs["not_estimated"]] == [
        "0→2, 1→2, 2→0, 2→1"
    ]
    assert "k = 4 with 4 samples" in found.attrs["not_estimated"][0]


def test_nothing_missing_changes_nothing() -> None:
    data = walks()
    found = pairwise_information(data, lag=1, missing="pairwise")
    np.testing.assert_array_equal(found, pairwise_information(data, lag=1))
    assert (found["n"] == 119).all()
    x, y, given = data.T
    whole = mutual_information(x, y, given=given, missing="pairwise")
    assert repr(whole) == repr(mutual_information(x, y, given=given))


def test_missing_values_are_refused_with_the_way_out_and_infinite_ones_always() -> None:
    data = walks()
    data[3, 1] = NAN
    x, y, _ = data.T
    for of in (
        lambda **more: mutual_information(x, y, **more),
        lambda **more: transfer_entropy(x, y, **more),
        lambda **more: pairwise_information(data, **more),
    ):
        with pytest.raises(InputError, match=r"got nan at index \(3.* pass missing='pairwise'"):
            of()
        with pytest.raises(InputError, match=r"^missing must be one of 'refuse', 'pairwise', got"):
            of(missing="drop")
    data[4, 1] = np.inf
    with pytest.raises(InputError, match=r"got inf at index \(4,.*not infinity"):
        mutual_information(x, y, missing="pairwise")
    with pytest.raises(InputError, match=r"got NaN in each of 120; leave out the column"):
        mutual_information(np.full(120, NAN), walks()[:, 0], missing="pairwise")


@pytest.mark.parametrize("absent", [None, np.nan, pd.NA])
@pytest.mark.parametrize("kind", [object, "string", "category"])
def test_labels_that_are_missing_are_left_out(absent, kind) -> None:
    rng = np.random.default_rng(0)
    labels = rng.choice(["a", "b", "c"], 200)
    y = rng.normal(size=200) + (labels == "a")
    gone = np.arange(200) % 10 == 0
    holed = pd.Series(np.where(gone, absent, labels.astype(object))).astype(kind)
    found = mutual_information(holed, y, missing="pairwise")
    complete = mutual_information(labels[~gone], y[~gone])
    assert (found.nats, found.n, found.n_missing) == (complete.nats, 180, 20)
    assert "labels" in found.flags
    for side in ({"x": holed, "y": y}, {"x": y, "y": holed}):
        with pytest.raises(InputError, match=r"row 0 \(20 .*missing='pairwise'"):
            mutual_information(**side)


def test_numbers_and_labels_of_two_columns_can_be_missing_in_each() -> None:
    labels = np.array([["a", "u"], [None, "v"], ["b", None], ["a", "v"]] * 20, object)
    y = np.random.default_rng(1).normal(size=80)
    assert mutual_information(labels, y, missing="pairwise").n_missing == 40
