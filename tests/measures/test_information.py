"""The front door: shapes, names, lags, trials, and the errors that each bad input meets."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from infoscope import (
    KSG,
    InputError,
    KozachenkoLeonenko,
    entropy,
    mutual_information,
    pairwise_information,
)
from reference import estimators as twin

LN2 = np.log(2.0)


def walks(n: int = 120, nodes: int = 4, seed: int = 0) -> np.ndarray:
    """Columns that follow each other one row later, without ties."""
    noise = np.random.default_rng(seed).normal(size=(n, nodes))
    noise[1:, 1:] += noise[:-1, :-1]
    return noise


def bits(data, k=10, lag=0, trials=None, variant=1):
    return twin.pairwise(data, k, lag, trials, variant) / LN2


def test_one_column_may_come_in_any_container() -> None:
    x, y = walks(80, 2).T
    expected = mutual_information(x, y, estimator=KSG()).nats
    assert expected == pytest.approx(twin.ksg1(x, y, 4), abs=1e-10)
    for form in (list, tuple, pd.Series, xr.DataArray, np.asfortranarray, lambda v: v[:, None]):
        assert mutual_information(form(x), form(y), estimator=KSG()).nats == expected
        assert entropy(form(x)).nats == entropy(x).nats
    assert mutual_information(pd.DataFrame({"a": x}), y, estimator=KSG()).nats == expected
    assert mutual_information(np.repeat(x, 2)[::2], y[::-1][::-1], estimator=KSG()).nats == expected


def test_rows_are_samples_and_columns_coordinates() -> None:
    data = walks(80, 5)
    estimate = mutual_information(data[:, :3].tolist(), pd.DataFrame(data[:, 3:]), estimator=KSG())
    assert estimate.nats == pytest.approx(twin.ksg1(data[:, :3], data[:, 3:], 4), abs=1e-10)
    assert entropy(data).nats == pytest.approx(twin.kl_entropy(data, 4), abs=1e-10)


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64, np.float16, np.float32, bool])
def test_real_numbers_of_any_type_count_as_the_same_numbers(dtype) -> None:
    x = (np.random.default_rng(0).integers(0, 9, 60) % (2 if dtype is bool else 9)).astype(dtype)
    y = np.arange(60) ** 1.5
    assert (
        mutual_information(x, y, estimator=KSG()).nats
        == mutual_information(x.astype(float), y, estimator=KSG()).nats
    )


def test_input_is_left_as_it_was() -> None:
    data = walks(60, 3)
    before = data.copy()
    mutual_information(data[:, :2], data[:, 2], estimator=KSG(scale="zscore", jitter=0.1))
    entropy(data, estimator=KozachenkoLeonenko(jitter=0.1))
    pairwise_information(data, lag=1, estimator=KSG(scale="rank", jitter=0.1))
    np.testing.assert_array_equal(data, before)


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("lag", [0, 1, 7])
def test_pairwise_equals_the_twin(lag: int, variant: int) -> None:
    data = walks()
    found = pairwise_information(data, lag=lag, estimator=KSG(k=3, variant=variant))
    np.testing.assert_allclose(found, bits(data, 3, lag, None, variant), rtol=0, atol=1e-10)
    assert found.dims == ("source", "target")
    assert found.attrs["units"] == "bit"
    assert (found.attrs["lag"], found.attrs["n"]) == (lag, 120 - lag)


def test_source_leads_target_by_the_lag() -> None:
    found = pairwise_information(walks(400), lag=1, estimator="published")
    assert found[0, 1] > 0.2
    assert abs(found[1, 0]) < 0.1


def test_pairwise_at_lag_zero_is_symmetric_and_has_no_value_on_the_diagonal() -> None:
    found = pairwise_information(walks(), estimator="published").to_numpy()
    assert np.isnan(np.diag(found)).all()
    np.testing.assert_array_equal(found, found.T)
    assert np.isfinite(found[~np.eye(4, dtype=bool)]).all()
    assert np.isfinite(pairwise_information(walks(), lag=1, estimator="published")).all()


def test_a_single_node_has_information_only_about_its_own_past() -> None:
    data = walks(60, 1)
    assert np.isnan(pairwise_information(data, estimator="published")).all()
    assert pairwise_information(data, lag=2, estimator="published")[0, 0] == pytest.approx(
        bits(data, lag=2)[0, 0]
    )


@pytest.mark.parametrize("lag", [0, 2])
def test_pairwise_follows_the_order_of_the_nodes(lag: int) -> None:
    data, order = walks(), np.array([2, 0, 3, 1])
    straight = pairwise_information(data, lag=lag, estimator="published").to_numpy()
    permuted = pairwise_information(data[:, order], lag=lag, estimator="published").to_numpy()
    np.testing.assert_allclose(permuted, straight[np.ix_(order, order)], rtol=0, atol=1e-12)


def test_pairwise_at_lag_zero_does_not_depend_on_row_order() -> None:
    data = walks()
    shuffled = np.random.default_rng(3).permutation(data)
    expected = pairwise_information(data, estimator="published")
    np.testing.assert_allclose(
        pairwise_information(shuffled, estimator="published"), expected, rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("lag", [0, 1, 4])
@pytest.mark.parametrize(
    "trials",
    [
        np.repeat([0, 1, 2], 40),
        np.repeat(["a", "b", "a"], 40),
        np.repeat([7, 3, 5, 9], [5, 60, 3, 52]),
        [True] * 60 + [False] * 60,
        pd.Series(pd.date_range("2020-01-01", periods=3)).repeat(40),
    ],
    ids=["equal", "label comes again", "some too short", "list", "dates"],
)
def test_a_pair_of_rows_enters_only_within_one_trial(trials, lag: int) -> None:
    data = walks()
    found = pairwise_information(data, lag=lag, trials=trials, estimator=KSG(k=3))
    np.testing.assert_allclose(found, bits(data, 3, lag, trials), rtol=0, atol=1e-10)
    assert found.attrs["n"] == len(twin.lagged_rows(120, lag, trials))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=30, max_size=30), st.integers(1, 3))
def test_any_trials_give_the_rows_counted_one_by_one(trials, lag: int) -> None:
    data = walks(30, 2)
    n = len(twin.lagged_rows(30, lag, trials))
    if n <= 2:
        with pytest.raises(InputError, match=f"k = 2 with {n} samples|^lag must leave"):
            pairwise_information(data, lag=lag, trials=trials, estimator=KSG(k=2))
        return
    found = pairwise_information(data, lag=lag, trials=trials, estimator=KSG(k=2))
    np.testing.assert_allclose(found, bits(data, 2, lag, trials), rtol=0, atol=1e-10)


def test_names_come_from_frames_and_arrays() -> None:
    data = walks(60, 3)
    frame = pd.DataFrame(data, columns=["rain", 5, ("wind", "max")])
    named = xr.DataArray(data, dims=("time", "node"), coords={"node": ["h1", "h2", "h3"]})
    for given_data, names in [
        (data, ["0", "1", "2"]),
        (data.tolist(), ["0", "1", "2"]),
        (frame, ["rain", "5", "('wind', 'max')"]),
        (named, ["h1", "h2", "h3"]),
        (named.drop_vars("node"), ["0", "1", "2"]),
    ]:
        found = pairwise_information(given_data, estimator="published")
        assert found["source"].to_numpy().tolist() == names
        assert found["target"].to_numpy().tolist() == names
        np.testing.assert_array_equal(found, pairwise_information(data, estimator="published"))


def test_pairs_are_scaled_and_jittered_once_before_they_are_lagged() -> None:
    data = walks() * [1, 10, 100, 1000]
    noisy = (data - data.mean(axis=0)) / data.std(axis=0)
    noisy = noisy + 0.3 * np.random.default_rng(5).random(data.shape)
    estimator = KSG(k=3, scale="zscore", jitter=0.3)
    found = pairwise_information(data, lag=1, estimator=estimator, random_state=5)
    np.testing.assert_allclose(found, bits(noisy, 3, 1), rtol=0, atol=1e-10)
    again = pairwise_information(data, lag=1, estimator=estimator, random_state=5)
    np.testing.assert_array_equal(again, found)
    other = pairwise_information(data, lag=1, estimator=estimator, random_state=6)
    assert (other != found).all()


@pytest.mark.parametrize("variant", [1, 2])
def test_progress_is_told_and_changes_no_value(variant: int, capsys) -> None:
    data = walks(60, 3)
    estimator = KSG(k=3, variant=variant)
    quiet = pairwise_information(data, lag=1, estimator=estimator)
    assert capsys.readouterr() == ("", "")
    np.testing.assert_array_equal(
        pairwise_information(data, lag=1, estimator=estimator, progress=True), quiet
    )
    assert "mutual informations: 9/9" in capsys.readouterr().err


X = np.arange(20.0)
BAD = [
    (np.where(X == 3, np.nan, X), r"^{0} must be finite, got nan at index \(3,.*1 such.*; fill"),
    (np.where(X > 17, np.inf, X), r"^{0} must be finite, got inf at index \(18,.*2 such.*; fill"),
    (np.where(X == 0, -np.inf, X), r"^{0} must be finite, got -inf at index \(0,"),
    (X * 1j, r"^{0} must be an array of real numbers, got dtype complex128; pass"),
    (X.astype(str), r"^{0} must be an array of real numbers, got dtype <U"),
    (np.append(X[1:], [None]), r"^{0} must be an array of real numbers, got None at index \(19,"),
    (X.astype("datetime64[D]"), r"^{0} must be an array of real numbers, got dtype datetime64"),
]


@pytest.mark.parametrize(("bad", "message"), BAD, ids=[str(message)[5:60] for _, message in BAD])
def test_values_that_are_not_finite_numbers_are_refused_by_name(bad, message) -> None:
    with pytest.raises(InputError, match=message.format("x")):
        mutual_information(bad, X, estimator=KSG())
    with pytest.raises(InputError, match=message.format("y")):
        mutual_information(X, bad, estimator=KSG())
    with pytest.raises(InputError, match=message.format("x")):
        entropy(bad)
    with pytest.raises(InputError, match=message.format("data")):
        pairwise_information(bad[:, np.newaxis], estimator="published")


@pytest.mark.parametrize("bad", [3.0, np.zeros((5, 0)), np.zeros((5, 2, 2)), np.zeros((1, 1, 1))])
def test_arrays_of_other_shapes_are_refused_by_name(bad) -> None:
    shape = np.shape(bad)
    found = rf"got {shape}; rows are samples".replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(InputError, match=r"^x must have shape \(n,\) or \(n, d\) .*" + found):
        mutual_information(bad, X, estimator=KSG())
    with pytest.raises(InputError, match=r"^y must have shape \(n,\) or \(n, d\) .*" + found):
        mutual_information(X, bad, estimator=KSG())
    with pytest.raises(InputError, match=r"^x must have shape \(n,\) or \(n, d\) .*" + found):
        entropy(bad)
    with pytest.raises(InputError, match=r"^data must have shape \(n, nodes\) .*" + found):
        pairwise_information(bad, estimator="published")


def test_one_column_of_data_must_be_a_table() -> None:
    with pytest.raises(InputError, match=r"^data must have shape \(n, nodes\) .* got \(20,\); "):
        pairwise_information(X, estimator="published")


def test_unequal_lengths_are_refused_with_both() -> None:
    with pytest.raises(InputError, match=r"equal numbers of rows, got x 20, y 19; pair them"):
        mutual_information(X, X[1:], estimator=KSG())


@pytest.mark.parametrize("n", [1, 4])
def test_k_must_be_below_the_number_of_samples(n: int) -> None:
    message = rf"^k must be below the number of samples, got k = 4 with {n} samples; lower k"
    for estimator in (KSG(), KSG(variant=2), KSG(scale="zscore"), KSG(scale="rank")):
        with pytest.raises(InputError, match=message):
            mutual_information(X[:n], X[:n], estimator=estimator)
        with pytest.raises(InputError, match=message):
            pairwise_information(np.zeros((n, 2)), estimator=estimator)
        with pytest.raises(InputError, match=message):
            pairwise_information(np.zeros((n + 3 if n else 0, 2)), lag=3, estimator=estimator)
    with pytest.raises(InputError, match=message):
        entropy(X[:n], estimator=KozachenkoLeonenko())


@pytest.mark.parametrize("lag", [-1, 1.0, "1", None, True, np.nan])
def test_lag_is_checked(lag) -> None:
    with pytest.raises(InputError, match=r"^lag must be a whole number >= 0, got .*; choose"):
        pairwise_information(walks(), lag=lag, estimator="published")


@pytest.mark.parametrize("lag", [20, 21, 10**9])
def test_a_lag_that_leaves_no_rows_is_refused(lag: int) -> None:
    with pytest.raises(InputError, match=r"^lag must leave rows, got lag = .* for 20 rows"):
        pairwise_information(walks(20), lag=lag, estimator=KSG())


@pytest.mark.parametrize("trials", [[0] * 119, [0] * 121, np.zeros((120, 1)), 0, []])
def test_trials_must_label_every_row(trials) -> None:
    with pytest.raises(InputError, match=r"^trials must have .* shape \(120,\), got \("):
        pairwise_information(walks(), lag=1, trials=trials, estimator="published")


def test_a_missing_trial_label_is_refused() -> None:
    trials = np.where(np.arange(120) < 60, 1.0, np.nan)
    with pytest.raises(InputError, match=r"^trials must .*nan.*; "):
        pairwise_information(walks(), lag=1, trials=trials, estimator="published")


def test_a_pair_of_copies_has_a_reason_for_its_number() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 200))
    table = np.column_stack([x, y, x, x**3])
    for estimator in ("auto", KSG(k=4)):
        found = pairwise_information(table, estimator=estimator)
        assert found.attrs["not_estimated"] == []
        copied, *determined = found.attrs["saturated"]
        assert copied.startswith("0→2, 2→0: one is a copy of the other")
        # Without ranks the cube is a nonlinear function whose tails are wide apart.
        pairs = ["0→3, 2→3, 3→0, 3→2"] if estimator == "auto" else []
        assert [sentence.partition(":")[0] for sentence in determined] == pairs
        assert float(found[0, 2]) == pytest.approx(found.attrs["ceiling_bits"])
    later = pairwise_information(np.column_stack([x[1:], x[:-1]]), lag=1)
    (sentence,) = later.attrs["saturated"]
    assert sentence.startswith("0→1: one is a copy")
    assert pairwise_information(table[:, :2]).attrs["saturated"] == []


def test_copies_with_holes_are_told_by_the_rows_that_are_known() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 100))
    holed = np.where(np.arange(100) % 4 == 0, np.nan, x)
    found = pairwise_information(np.column_stack([x, y, holed]), missing="pairwise")
    (sentence,) = found.attrs["saturated"]
    assert sentence.startswith("0→2, 2→0: one is a copy")


@pytest.mark.parametrize(
    ("column", "missing"),
    [
        (["north", "south"] * 20, "refuse"),
        (["north", None] * 20, "pairwise"),
        ([1.0, np.nan] * 20, "refuse"),
        ([1.0, np.inf] * 20, "pairwise"),
        (pd.date_range("2020-01-01", periods=40), "refuse"),
    ],
)
def test_a_column_that_is_no_numbers_is_named_with_what_to_do(column, missing) -> None:
    x = np.random.default_rng(0).normal(size=40)
    data = pd.DataFrame({"x": x, "wind side": column, "y": x[::-1]})
    with pytest.raises(InputError, match=r"data\['wind side'\] .*drop\(columns=\['wind side'\]"):
        pairwise_information(data, missing=missing)
