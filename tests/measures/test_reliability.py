"""Drift with the sample size, and the checks of planes, on cases whose answer is known."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from infoscope import (
    KSG,
    EstimationError,
    Gaussian,
    InputError,
    ceiling_check,
    data_processing_check,
    mutual_information,
    subsampling_drift,
)
from infoscope.results import Check


def related(n, d_x, d_y, seed, rho=0.6):
    """Each coordinate of y follows one of x with correlation rho."""
    x, noise = np.random.default_rng(seed).normal(size=(2, n, d_x))
    return x, (rho * x + (1 - rho**2) ** 0.5 * noise)[:, :d_y]


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_scalars_of_moderate_dependence_do_not_drift(rho: float) -> None:
    said = [subsampling_drift(*related(500, 1, 1, s, rho)).drifts for s in range(40)]
    # At most 4 in 100 by the documentation: more than 6 of 40 have a chance of 1 in 1000.
    assert sum(said) <= 6


@pytest.mark.parametrize("k", [4, 10])
def test_neighbours_in_43_dimensions_drift(k: int) -> None:
    for seed in range(4):
        drift = subsampling_drift(*related(400, 25, 18, seed), estimator=KSG(k=k))
        assert drift.drifts
        assert drift.statistic > drift.threshold == 3.0
        # The truth is 18 times 0.32 bits; fewer rows are farther from it.
        means = drift.table["mean_bits"]
        assert means[0] > means[4] > means[9]
        assert means[0] < -9 * np.log2(1 - 0.6**2)


def test_an_estimator_that_is_right_in_many_dimensions_does_not_drift() -> None:
    for seed in range(5):
        assert not subsampling_drift(*related(600, 10, 8, seed), estimator=Gaussian()).drifts


def test_a_condition_and_trials_are_taken_along() -> None:
    x, y = related(600, 1, 1, 0)
    z = np.random.default_rng(1).normal(size=600)
    drift = subsampling_drift(x, y, given=z, parts=4, trials=np.repeat(np.arange(60), 10))
    plain = mutual_information(x, y, given=z, trials=np.repeat(np.arange(60), 10), estimator=KSG())
    assert drift.estimate.nats == plain.nats
    halves = [
        mutual_information(x[a : a + 300], y[a : a + 300], given=z[a : a + 300], estimator=KSG())
        for a in (0, 300)
    ]
    assert drift.table["mean_bits"][1] == pytest.approx(np.mean([e.bits for e in halves]))


def test_table_holds_the_estimates_of_stretches_and_the_law() -> None:
    x, y = related(300, 1, 1, 0)
    drift = subsampling_drift(x, y, parts=5)
    table = drift.to_frame()
    assert table["parts"].tolist() == [1, 2, 3, 4, 5]
    assert table["rows"].tolist() == [300, 150, 100, 75, 60]
    whole = mutual_information(x, y, estimator=KSG())
    assert table["mean_bits"][0] == whole.bits == drift.estimate.bits
    weighted = 0.0
    for place, m in enumerate(range(2, 6), 1):
        bits = [
            mutual_information(x[i : i + 300 // m], y[i : i + 300 // m], estimator=KSG()).bits
            for i in range(0, 300, 300 // m)
        ]
        row = table.iloc[place]
        assert row["mean_bits"] == pytest.approx(np.mean(bits), rel=1e-12)
        assert row["spread_bits"] == pytest.approx(np.std(bits, ddof=1), rel=1e-12)
        assert row["standard_error_bits"] == pytest.approx(row["spread_bits"] / m**0.5)
        weighted += (m - 1) * np.var(bits, ddof=1) / m
    assert drift.standard_error_bits == pytest.approx((weighted / 10) ** 0.5, rel=1e-12)
    np.testing.assert_allclose(
        table["fitted_spread_bits"], drift.standard_error_bits * np.arange(1, 6) ** 0.5
    )
    assert np.isnan(table["spread_bits"][0])
    assert table["standard_error_bits"][0] == drift.standard_error_bits
    slope = np.polyfit(table["parts"], table["mean_bits"], 1)[0]
    expected = abs(slope) * 10**0.5 / drift.standard_error_bits
    assert drift.statistic == pytest.approx(expected, rel=1e-9)
    assert drift.estimate.flags == whole.flags


def test_standard_error_is_that_of_the_information() -> None:
    x, y = related(300, 1, 1, 2)
    asked = mutual_information(x, y, standard_error=True, estimator=KSG())
    assert repr(subsampling_drift(x, y).estimate.to_dict()) == repr(asked.to_dict())


def test_threshold_decides() -> None:
    x, y = related(300, 3, 3, 0)
    statistic = subsampling_drift(x, y).statistic
    assert not subsampling_drift(x, y, threshold=statistic + 1e-9).drifts
    drift = subsampling_drift(x, y, threshold=statistic - 1e-9)
    assert drift.drifts
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'threshold'"):
        drift.threshold = 0.0
    copied = drift.to_frame()
    copied["mean_bits"] = 0.0
    assert (drift.table["mean_bits"] != 0.0).all()


X = np.random.default_rng(0).normal(size=40)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"parts": 2}, r"^parts must be a whole number >= 3, got 2; "),
        ({"parts": 10.0}, r"^parts must be a whole number >= 3, got 10.0; "),
        ({"threshold": -1}, r"^threshold must be a finite number >= 0, got -1; "),
        ({"estimator": KSG(k=10)}, r"^the 40 rows must be enough for estimates of 4 parts, "),
        ({"estimator": KSG(k=50)}, r"^k must be below the number of samples, got k = 50 with 40"),
        ({"estimator": KSG}, r"^estimator must offer mutual_information, got "),
        ({"trials": [0] * 39}, r"^trials must have one label per row .* got \(39,\)"),
        ({"random_state": -1}, r"^random_state must be an int >= 0"),
    ],
)
def test_drifts_that_cannot_be_are_refused(arguments, message) -> None:
    with pytest.raises(InputError, match=message):
        subsampling_drift(X, -X, **arguments)


def test_constants_have_no_drift_to_test() -> None:
    with pytest.raises(EstimationError, match=r"^the drift is not defined: .*; drop constant"):
        subsampling_drift(np.zeros(40), X, parts=3)


def test_ceiling_of_an_estimate_is_its_own() -> None:
    copy = mutual_information(X, X, estimator=KSG())
    check = ceiling_check(copy)
    assert (check.name, check.all_hold, check.holds.shape) == ("ceiling", False, ())
    assert float(check.limits) == pytest.approx(0.9 * copy.ceiling_bits)
    assert ceiling_check(copy, share=1.001).all_hold
    assert ceiling_check(mutual_information(X, np.roll(X, 1), estimator=KSG())).all_hold
    assert ceiling_check(mutual_information(X, X + np.roll(X, 1), estimator=Gaussian())).all_hold


def test_curves_are_held_below_one_ceiling_or_each_below_its_own() -> None:
    curve = [1.0, 6.2, 6.9]
    assert ceiling_check(curve, ceiling=6.95).holds.tolist() == [True, True, False]
    assert ceiling_check(curve, ceiling=[1.0, 7.0, 8.0]).holds.tolist() == [False, True, True]
    assert ceiling_check(curve, ceiling=np.inf).all_hold
    table = ceiling_check(pd.Series(curve), ceiling=6.95, share=0.5).to_frame()
    assert table.columns.tolist() == ["check", "value", "limit", "holds"]
    assert table["check"].tolist() == ["ceiling"] * 3
    assert table["limit"].tolist() == [0.5 * 6.95] * 3
    assert table["holds"].tolist() == [True, False, False]


def test_processing_adds_no_information() -> None:
    """H = y + noise, O = H + more noise; and an O that knows y itself breaks the inequality."""
    noise = np.random.default_rng(1).normal(size=(2, 1000))
    y = np.random.default_rng(0).normal(size=1000)
    hidden = y + noise[0]
    known, less, more = (
        mutual_information(of, y, estimator=Gaussian(), standard_error=True)
        for of in (hidden, hidden + noise[1], y + 0.2 * noise[1])
    )
    check = data_processing_check(less, known)
    assert check.name == "data-processing"
    assert check.all_hold
    assert not data_processing_check(more, known).all_hold
    error = np.hypot(more.standard_error_bits, known.standard_error_bits)
    assert float(data_processing_check(more, known).limits) == known.bits + 2 * error
    enough = (more.bits - known.bits) / error
    assert data_processing_check(more, known, errors=enough + 1e-9).all_hold
    assert not data_processing_check(more, known, errors=enough - 1e-9).all_hold


def test_curves_of_a_plane_are_compared_epoch_by_epoch() -> None:
    outputs, hidden = np.array([1.0, 1.5, 1.3]), np.array([1.2, 1.2, 1.2])
    assert data_processing_check(outputs, hidden, standard_error=0.1).holds.tolist() == [
        True,
        False,
        True,
    ]
    each = data_processing_check(outputs, hidden, standard_error=[0.0, 0.2, 0.0])
    assert each.holds.tolist() == [True, True, False]
    assert data_processing_check(
        outputs, hidden, standard_error=0.1, errors=0.0
    ).holds.tolist() == [
        True,
        False,
        False,
    ]
    assert each.to_frame()["value"].tolist() == outputs.tolist()
    assert isinstance(each, Check)


ESTIMATE = mutual_information(X, np.roll(X, 1), estimator=KSG())


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: ceiling_check([1.0, 2.0]), r"^ceiling must be given for an array, got none; "),
        (lambda: ceiling_check([np.nan], ceiling=1.0), r"^values must be finite, got nan"),
        (lambda: ceiling_check([1.0], ceiling=np.nan), r"^ceiling must be finite, got nan"),
        (
            lambda: ceiling_check([1.0, 2.0], ceiling=[1.0] * 3),
            r"one shape, .*values \(2,\), ceiling \(3",
        ),
        (lambda: ceiling_check(ESTIMATE, share=-1), r"^share must be a finite number >= 0"),
        (lambda: data_processing_check([1.0], [2.0]), r"^standard_error must be given, got none"),
        (
            lambda: data_processing_check(ESTIMATE, ESTIMATE),
            r"^standard_error must be given, .*; estimate both with standard_error=True",
        ),
        (
            lambda: data_processing_check([1.0], [2.0], standard_error=-0.1),
            r"^standard_error must be >= 0, got -",
        ),
        (
            lambda: data_processing_check([1.0], [np.inf], standard_error=0.1),
            r"^original must be finite, got inf",
        ),
        (
            lambda: data_processing_check([1.0] * 2, [1.0] * 3, standard_error=0.1),
            r"^arrays must have one shape, .* processed \(2,\), original \(3,\), standard_error \(",
        ),
        (
            lambda: data_processing_check([1.0], [2.0], standard_error=0.1, errors=-2),
            r"^errors must be a finite ",
        ),
    ],
)
def test_checks_that_cannot_be_are_refused(check, message) -> None:
    with pytest.raises(InputError, match=message):
        check()
