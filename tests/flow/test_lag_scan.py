"""Lag scans: the rows that lags share, the band of surrogates, and the lag that is found."""

import json
import pickle

import numpy as np
import pytest

from infoscope import KSG, Gaussian, InputError, lag_scan, mutual_information, transfer_entropy
from infoscope.surrogates import CircularShift


def echo(lag=3, n=203, seed=0, noise=1.0):
    """A white source, and a target that repeats it so many rows later."""
    rng = np.random.default_rng(seed)
    source = rng.normal(size=n + lag)
    return source[lag:], source[:n] + noise * rng.normal(size=n)


def test_every_lag_is_the_information_of_the_rows_that_all_share() -> None:
    source, target = echo()
    lags = [-2, 0, 3, 5]
    scan = lag_scan(source, target, lags=lags, estimator=KSG(), significance=None)
    rows = np.arange(5, 201)
    assert scan.data.attrs["n"] == len(rows)
    for lag in lags:
        alone = mutual_information(source[rows - lag], target[rows], estimator=KSG())
        assert float(scan.bits.sel(lag=lag)) == alone.bits
    assert scan.peak == 3
    assert np.isnan([scan.p, scan.threshold_bits]).all()


def test_transfer_entropy_of_the_longest_lag_is_that_of_all_its_rows() -> None:
    source, target = echo()
    other = np.random.default_rng(5).normal(size=203)
    options = {"given": other, "given_lag": 2, "source_history": 2, "history": 3}
    scan = lag_scan(
        source, target, lags=range(1, 5), quantity="transfer_entropy", estimator=Gaussian(),
        significance=None, standard_error=True, **options,
    )  # fmt: skip
    alone = transfer_entropy(
        source, target, lag=4, estimator=Gaussian(), standard_error=True, **options
    )
    assert scan.bits.to_numpy()[-1] == alone.bits
    assert scan.data["standard_error_bits"].to_numpy()[-1] == alone.standard_error_bits
    assert scan.data.attrs["n"] == alone.n


def test_the_band_is_that_of_shifts_by_hand() -> None:
    """All shifts longer than the lags, each once: p of a lag, and of the largest of all lags."""
    source, target = echo(n=43, noise=3.0)
    lags = range(4)
    scan = lag_scan(
        source, target, lags=lags, estimator=Gaussian(), significance=CircularShift(minimum=6),
        surrogates=999, level=0.1,
    )  # fmt: skip
    rows = np.arange(3, 43)
    pasts = [source[rows - lag] for lag in lags]
    drawn = np.array(
        [
            [
                mutual_information(np.roll(past, s), target[rows], estimator=Gaussian()).bits
                for past in pasts
            ]
            for s in range(6, 35)
        ]
    )
    bits = scan.bits.to_numpy()
    assert scan.data.attrs["surrogates"] == 29
    np.testing.assert_allclose(scan.data["p"], (1 + (drawn >= bits).sum(axis=0)) / 30)
    largest = drawn.max(axis=1)[:, np.newaxis]
    np.testing.assert_allclose(scan.data["p_fwer"], (1 + (largest >= bits).sum(axis=0)) / 30)
    np.testing.assert_allclose(scan.data["null_mean_bits"], drawn.mean(axis=0), atol=1e-12)
    # At a level of 10 % three of thirty, the observed one among them, may be as large.
    np.testing.assert_allclose(scan.data["band_bits"], np.sort(drawn, axis=0)[-3], atol=1e-12)
    assert scan.threshold_bits == pytest.approx(np.sort(largest.ravel())[-3], abs=1e-12)
    assert scan.p == scan.data["p_fwer"].min()


def test_an_echo_is_found_at_its_lag_and_nowhere_else() -> None:
    for seed in range(5):
        scan = lag_scan(*echo(seed=seed), lags=range(9), surrogates=99, n_jobs=1)
        assert (scan.peak, scan.p) == (3, 0.01)
        assert float(scan.bits.max()) > scan.threshold_bits >= float(scan.data["band_bits"].max())


def test_shifts_are_longer_than_the_lags() -> None:
    """Otherwise a surrogate moved by 3 has the echo at lag 0, and no peak is significant."""
    source, target = echo(n=150, noise=0.1)
    scan = lag_scan(source, target, lags=range(20), estimator=Gaussian(), surrogates=99)
    assert scan.p <= 0.05


def test_any_of_all_lags_is_significant_as_rarely_as_it_should() -> None:
    def p_of(seed):
        x, y = np.random.default_rng(seed).normal(size=(2, 120))
        return lag_scan(x, y, lags=range(8), estimator=Gaussian(), surrogates=19, n_jobs=1).p

    # Of 40 tests at 5 %, 8 or more reject with a probability of 0.0007.
    assert sum(p_of(seed) <= 0.05 for seed in range(40)) <= 7


def test_trials_gaps_and_missing_values_are_honoured() -> None:
    source, target = echo(n=200)
    trials, times = np.repeat([0, 1], 100), np.r_[0:50, 70:120, 0:100]
    scan = lag_scan(
        source, target, lags=range(5), estimator=Gaussian(), trials=trials, times=times,
        significance=None,
    )  # fmt: skip
    assert scan.data.attrs["n"] == 200 - 3 * 4
    target[[20, 150]], source[160] = np.nan, np.nan
    scan = lag_scan(
        source, target, lags=range(5), estimator=Gaussian(), trials=trials, times=times,
        surrogates=19, missing="pairwise",
    )  # fmt: skip
    assert scan.data.attrs["n_missing"] == 1 + 1 + 5
    assert scan.data.attrs["null"] == "trial-shift"
    assert (scan.peak, scan.p) == (3, 0.05)


def test_a_scan_says_itself_in_one_line_a_table_and_a_dict() -> None:
    scan = lag_scan(*echo(), lags=range(2, 5), surrogates=19)
    assert "\n" not in repr(scan)
    for part in ("mutual_information", "lags 2 to 4", "n = 199", "at lag 3", "p = 0.05"):
        assert part in repr(scan)
    assert scan.lags == [2, 3, 4]
    assert scan.to_frame().index.tolist() == [2, 3, 4]
    assert json.loads(json.dumps(scan.to_dict()))["lag"] == [2, 3, 4]
    assert "band_bits" in scan._repr_html_()
    assert repr(pickle.loads(pickle.dumps(scan))) == repr(scan)


X, Y = np.random.default_rng(0).normal(size=(2, 30))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lags": []}, r"^lags must be one or more different whole numbers, got \[\]; "),
        ({"lags": [1, 1]}, r"^lags must be one or more different whole numbers, got \[1, 1\]; "),
        ({"lags": 0.5}, r"^lags must be a whole number .* got 0.5; "),
        ({"lags": "abc"}, r"^lags must be a whole number .* got 'abc'; "),
        ({"lags": [-1], "quantity": "transfer_entropy"}, r"^lags must be .* >= 0, got -1; "),
        ({"lags": [40]}, r"must have more rows than the 40 .* got 30 in all"),
        ({"quantity": "te"}, r"^quantity must be one of 'mutual_information', .* got 'te'"),
        ({"level": 1.0}, r"^level must be above 0 and below 1, got 1.0"),
        ({"significance": 0.05}, r"^significance must be None, True"),
        ({"missing": "drop"}, r"^missing must be one of 'refuse', 'pairwise', got 'drop'"),
        ({"standard_error": 1}, r"^standard_error must be True or False, got 1"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(arguments, message) -> None:
    with pytest.raises(InputError, match=message):
        lag_scan(X, Y, **arguments)
