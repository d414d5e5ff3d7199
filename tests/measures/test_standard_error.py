"""Standard errors from stretches of the rows: which rows, which law, and whether they are right."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from infoscope import (
    KSG,
    EstimationError,
    Gaussian,
    InputError,
    KozachenkoLeonenko,
    LinearDecoder,
    entropy,
    mutual_information,
    transfer_entropy,
)
from infoscope.measures.estimation import samples_of
from infoscope.measures.subsampling import parts_of, whole_variance
from reference import series as twin

SEEDS = range(200)


def gaussian_pair(n, rho, seed, memory=0.0):
    """A pair of series with correlation rho and equal memory, stationary from the start."""
    x, noise = np.random.default_rng(seed).normal(size=(2, n + 100))
    both = np.array([x, rho * x + (1 - rho**2) ** 0.5 * noise])
    return lfilter([1.0], [1.0, -memory], both, axis=1)[:, 100:]


X, Y = gaussian_pair(200, 0.6, 0)


def labelled(trials, times=None):
    n = len(trials)
    return samples_of(np.zeros(n), np.zeros(n), None, trials, times)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=12, max_size=60), st.integers(2, 10))
def test_parts_are_all_rows_once_in_the_order_of_time(trials, parts: int) -> None:
    samples = labelled(trials)
    found = parts_of(samples, parts)
    assert len(found) == parts
    expected = [i for rows in twin.in_trials(trials, range(len(trials))) for i in rows]
    assert np.concatenate(found).tolist() == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=30, max_size=60), st.integers(2, 10))
def test_parts_are_whole_trials_where_there_are_enough(lengths, parts: int) -> None:
    trials = np.repeat(np.arange(len(lengths)), lengths)
    found = parts_of(labelled(trials), parts)
    if 2 * parts * max(lengths) <= len(trials):
        ends = [trials[rows[-1]] for rows in found]
        assert all(a != trials[rows[0]] for a, rows in zip(ends[:-1], found[1:], strict=True))
        assert min(len(rows) for rows in found) >= len(trials) / parts / 2
    else:
        assert {len(rows) for rows in found} <= {len(trials) // parts, len(trials) // parts + 1}


def test_parts_of_one_trial_are_equal_stretches_of_time() -> None:
    found = parts_of(labelled(np.zeros(10), np.arange(10.0)[::-1]), 3)
    assert [rows.tolist() for rows in found] == [[9, 8, 7], [6, 5, 4], [3, 2, 1, 0]]


def test_law_is_that_of_the_twin_and_finds_a_variance_that_is_there() -> None:
    rng = np.random.default_rng(0)
    found = []
    for _ in range(200):
        levels = [rng.normal(3.0, 0.7 * m**0.5, size=m) for m in range(2, 11)]
        found.append(whole_variance(levels))
        expected = twin.standard_error([level.tolist() for level in levels]) ** 2
        assert found[-1] == pytest.approx(expected, rel=1e-12)
    # A mean of sample variances with 45 degrees of freedom in all.
    assert np.mean(found) == pytest.approx(0.49, rel=4 * (2 / 45 / 200) ** 0.5)


@pytest.mark.parametrize("estimator", [KSG(k=3), KSG(k=3, scale="zscore", theiler=2), Gaussian()])
def test_standard_error_is_that_of_estimates_of_stretches(estimator) -> None:
    options = {"estimator": estimator}
    whole = mutual_information(X, Y, standard_error=True, **{"estimator": KSG(), **options})
    levels = [
        [
            mutual_information(X[a:b], Y[a:b], **{"estimator": KSG(), **options}).nats
            for a, b in pairwise(np.arange(m + 1) * 200 // m)
        ]
        for m in range(2, 11)
    ]
    assert whole.standard_error_nats == pytest.approx(twin.standard_error(levels), rel=1e-10)
    plain = mutual_information(X, Y, **{"estimator": KSG(), **options})
    assert (whole.nats, whole.n_effective, whole.flags) == (
        plain.nats,
        plain.n_effective,
        plain.flags,
    )
    assert np.isnan(plain.standard_error_nats)


def calibration(draw, estimate):
    """Root mean square of the estimated standard errors over the spread that there is.

    The spread of 200 numbers is known to 5 %, the root mean square of as many errors, each known
    to a quarter, to 2 %: together 5.4 %.
    """
    found = [estimate(*draw(seed)) for seed in SEEDS]
    errors = np.array([e.standard_error_nats for e in found])
    return (errors**2).mean() ** 0.5 / np.std([e.nats for e in found], ddof=1)


# Parts of 60 rows do not quite obey the law of many: up to a tenth is left for that.
@pytest.mark.parametrize("estimator", [KSG(), Gaussian()], ids=str)
@pytest.mark.parametrize("memory", [0.0, 0.8])
def test_standard_error_is_the_spread_over_repetitions(estimator, memory: float) -> None:
    ratio = calibration(
        lambda seed: gaussian_pair(600, 0.6, seed, memory),
        lambda x, y: mutual_information(x, y, estimator=estimator, standard_error=True, n_jobs=1),
    )
    assert ratio == pytest.approx(1.0, abs=4 * 0.054 + 0.1)


@pytest.mark.parametrize("memory", [0.0, 0.5])
def test_standard_error_of_a_gaussian_information_has_its_closed_form(memory: float) -> None:
    """Var I = rho^2 / n (1 + a^2) / (1 - a^2): the delta method on r, of memory a in both."""
    n, rho = 1000, 0.6
    truth = rho**2 / n * (1 + memory**2) / (1 - memory**2)
    found = [
        mutual_information(
            *gaussian_pair(n, rho, s, memory), estimator=Gaussian(), standard_error=True
        ).standard_error_nats
        ** 2
        for s in SEEDS[:100]
    ]
    # Each square is known to half of itself.
    assert np.mean(found) == pytest.approx(truth, rel=4 * 0.5 / 100**0.5 + 0.1)


def test_standard_error_of_a_gaussian_entropy_has_its_closed_form() -> None:
    """Var H = 1 / (2 n): half the logarithm of a variance of n independent rows."""
    found = [
        entropy(X, estimator=Gaussian(), standard_error=True).standard_error_nats ** 2
        for X in np.random.default_rng(0).normal(size=(100, 600))
    ]
    assert np.mean(found) == pytest.approx(1 / 1200, rel=4 * 0.5 / 100**0.5 + 0.1)


def test_standard_error_of_transfer_entropy_is_the_spread_over_repetitions() -> None:
    def pair(seed):
        source, target = np.random.default_rng(seed).normal(size=(2, 600))
        target[1:] += source[:-1]
        return source, target

    ratio = calibration(
        pair, lambda x, y: transfer_entropy(x, y, estimator=Gaussian(), standard_error=True)
    )
    assert ratio == pytest.approx(1.0, abs=4 * 0.054 + 0.1)


def test_dependent_rows_have_the_larger_error() -> None:
    """Rows in the order of time keep together what belongs together; shuffled they do not."""
    ordered, shuffled = [], []
    for seed in range(40):
        x, y = gaussian_pair(600, 0.6, seed, 0.9)
        order = np.random.default_rng(seed).permutation(600)
        for pair, found in (((x, y), ordered), ((x[order], y[order]), shuffled)):
            estimate = mutual_information(*pair, estimator=Gaussian(), standard_error=True)
            found.append(estimate.standard_error_nats)
    assert np.mean(ordered) > 1.5 * np.mean(shuffled)


@pytest.mark.parametrize("n_jobs", [2, None])
def test_standard_error_does_not_depend_on_threads(n_jobs) -> None:
    options = {"estimator": KSG(jitter=0.1), "random_state": 3, "standard_error": True}
    one = mutual_information(X, Y, n_jobs=1, **options).to_dict()
    several = mutual_information(X, Y, n_jobs=n_jobs, **options).to_dict()
    assert repr(one) == repr(several)


def test_the_estimator_chosen_for_all_rows_is_that_of_the_parts() -> None:
    found = mutual_information(X, Y, estimator="auto", standard_error=True)
    named = mutual_information(X, Y, estimator=found.estimator, standard_error=True)
    assert found.standard_error_nats == named.standard_error_nats > 0


def test_what_does_not_fit_is_refused_by_name() -> None:
    for call in (
        lambda **o: mutual_information(X, Y, **{"estimator": KSG(), **o}),
        lambda **o: transfer_entropy(X, Y, **{"estimator": KSG(), **o}),
        lambda **o: entropy(X, **o),
    ):
        with pytest.raises(InputError, match=r"^standard_error must be True or False, got 1; "):
            call(standard_error=1)
    message = r"^the 20 rows must be enough for estimates of 4 parts, .*got k = 5 .*give more ro"
    with pytest.raises(InputError, match=message):
        mutual_information(X[:20], Y[:20], estimator=KSG(k=5), standard_error=True)
    halves = np.where(np.arange(200) < 60, 0.0, X)
    with pytest.raises(EstimationError, match=r"^the 200 rows must be enough .* constant"):
        mutual_information(X, halves, estimator=LinearDecoder(folds=2), standard_error=True)


def test_entropy_of_stretches_is_that_of_the_twin() -> None:
    found = entropy(X, estimator=KozachenkoLeonenko(k=3), standard_error=True)
    levels = [
        [entropy(part, estimator=KozachenkoLeonenko(k=3)).nats for part in _stretches(X, m)]
        for m in range(2, 11)
    ]
    assert found.standard_error_nats == pytest.approx(twin.standard_error(levels), rel=1e-10)


def _stretches(values, parts):
    cuts = np.arange(parts + 1) * len(values) // parts
    return [values[a:b] for a, b in pairwise(cuts)]
