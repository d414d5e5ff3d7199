"""Significance of one estimate: p-values against loops by hand, their level, and their power."""

import json
import pickle

import numpy as np
import pytest

from infoscope import (
    KSG,
    Discrete,
    Estimate,
    Gaussian,
    InputError,
    MixedKSG,
    Ross,
    mutual_information,
    transfer_entropy,
)
from infoscope.surrogates import CircularShift, LagSwap, Layout, LocalPermutation, TrialShift


def coupled(n=300, seed=7):
    """A white source, and a target that copies it a row later with as much noise."""
    source, noise = np.random.default_rng(seed).normal(size=(2, n))
    return source, np.r_[0.0, source[:-1]] + noise


def slow(n, seed, coefficient=0.9, series=2):
    """Independent autoregressive series, after they have forgotten how they began."""
    values = np.random.default_rng(seed).normal(size=(n + 100, series))
    for t in range(1, n + 100):
        values[t] += coefficient * values[t - 1]
    return values[100:].T


def rejections(p_of, seeds=40):
    return sum(p_of(seed) <= 0.05 for seed in range(seeds))


# Of 40 tests at 5 %, 8 or more reject with a probability of 0.0007.
AT_MOST = 7


def test_coupled_series_have_the_smallest_p_there_is() -> None:
    source, target = coupled()
    for found in (
        transfer_entropy(source, target, significance=99, n_jobs=1),
        transfer_entropy(source, target, significance="circular-shift", surrogates=99, n_jobs=1),
        mutual_information(source[:-1], target[1:], significance=99, n_jobs=1),
    ):
        assert found.p == 0.01
        assert found.surrogates == 99
        assert found.effective_bits == pytest.approx(found.bits - found.null_mean_bits, abs=1e-12)
        # The truth is 0.5 bits; the error of KSG at 300 rows about 0.06.
        assert found.effective_bits == pytest.approx(0.5, abs=0.2)


def test_without_a_test_there_is_no_p() -> None:
    for significance in (None, False):
        found = mutual_information(*coupled(), significance=significance)
        assert np.isnan([found.p, found.null_mean_bits, found.effective_bits]).all()
        assert (found.null, found.surrogates) == ("", 0)


@pytest.mark.parametrize("estimator", [Gaussian(), KSG(jitter=0.01), MixedKSG()], ids=str)
def test_a_test_does_not_move_the_estimate(estimator) -> None:
    source, target = coupled(80)
    for random in (3, np.random.default_rng(3)):
        alone = mutual_information(source, target, estimator=estimator, random_state=3)
        tested = mutual_information(
            source, target, estimator=estimator, random_state=random, significance=5
        )
        assert tested.nats == alone.nats
    again = mutual_information(source, target, estimator=estimator, random_state=3, significance=5)
    assert repr(again.to_dict()) == repr(tested.to_dict())


def test_a_circular_shift_is_numpys_roll() -> None:
    """With more surrogates than shifts each shift is drawn once: p and mean are those by hand."""
    x, y = np.random.default_rng(1).normal(size=(2, 40))
    found = mutual_information(x, y, significance=CircularShift(minimum=5), surrogates=1000)
    by_hand = [mutual_information(np.roll(x, shift), y).nats for shift in range(5, 36)]
    assert found.surrogates == 31
    assert found.p == pytest.approx((1 + np.sum(by_hand >= np.float64(found.nats))) / 32)
    assert found.null_mean_nats == pytest.approx(np.mean(by_hand), abs=1e-12)


def test_a_shift_of_transfer_entropy_moves_source_pasts_against_target_and_its_past() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 41))
    found = transfer_entropy(x, y, significance=CircularShift(minimum=5), surrogates=1000)
    by_hand = [
        mutual_information(np.roll(x[:-1], shift), y[1:], given=y[:-1]).nats
        for shift in range(5, 36)
    ]
    assert found.p == pytest.approx((1 + np.sum(by_hand >= np.float64(found.nats))) / 32)
    assert found.null_mean_nats == pytest.approx(np.mean(by_hand), abs=1e-12)


def test_rows_are_shifted_in_the_order_of_time() -> None:
    x, y = slow(60, 0)
    order = np.random.default_rng(0).permutation(60)
    test = {"significance": CircularShift(), "surrogates": 99}
    expected = mutual_information(x, y, times=np.arange(60), **test)
    shuffled = mutual_information(x[order], y[order], times=order, **test)
    assert (shuffled.p, shuffled.surrogates) == (expected.p, expected.surrogates)
    assert shuffled.null_mean_nats == pytest.approx(expected.null_mean_nats, abs=1e-12)


@pytest.mark.parametrize("coefficient", [0.0, 0.9])
def test_independent_series_are_significant_as_rarely_as_they_should(coefficient) -> None:
    def p_of(seed, quantity):
        x, y = slow(300, seed, coefficient)
        return quantity(x, y, estimator=Gaussian(), significance=19, n_jobs=1).p

    for quantity in (mutual_information, transfer_entropy):
        assert rejections(lambda seed, q=quantity: p_of(seed, q)) <= AT_MOST


def test_a_common_drift_is_flagged_and_nothing_else() -> None:
    def flagged(x, y):
        found = mutual_information(x, y, estimator=Gaussian(), significance=1, n_jobs=1)
        return "drift" in found.flags

    for seed in range(10):
        walks = np.random.default_rng(seed).normal(size=(2, 300)).cumsum(axis=1)
        noise = np.random.default_rng(seed).normal(size=(2, 300))
        trend = np.linspace(0, 2, 300)
        assert flagged(*walks)
        assert flagged(*(noise + trend))
        assert not flagged(*(noise + np.outer([1, 0], trend)))
    # A trend of 2.5 standard errors in both of two independent series: once in 6,000.
    assert sum(flagged(*slow(400, seed, 0.5)) for seed in range(40)) <= 1
    assert not flagged(*coupled())


def locked(seed, trials=20, steps=15, coupling=0.0, ragged=False):
    """Trials in which both variables follow the stimulus, and one another by ``coupling``."""
    rng = np.random.default_rng(seed)
    mean = 2.0 * np.sin(np.arange(steps))
    x, y = rng.normal(size=(2, trials, steps))
    y += coupling * x
    kept = np.ones((trials, steps), bool)
    if ragged:
        kept = np.arange(steps) < rng.integers(steps // 2, steps + 1, trials)[:, np.newaxis]
    labels = np.repeat(np.arange(trials), steps).reshape(trials, steps)
    return (x + mean)[kept], (y + mean)[kept], labels[kept]


@pytest.mark.parametrize("ragged", [False, True])
def test_many_trials_keep_what_all_of_them_share(ragged: bool) -> None:
    def p_of(seed, coupling):
        x, y, trials = locked(seed, coupling=coupling, ragged=ragged)
        found = mutual_information(
            x, y, trials=trials, estimator=Gaussian(), significance=19, n_jobs=1
        )
        assert found.null == "sequence-permutation"
        return found.p

    assert rejections(lambda seed: p_of(seed, 0.0)) <= AT_MOST
    assert rejections(lambda seed: p_of(seed, 0.8), 10) == 10


def test_trials_that_follow_one_another_are_shifted_whole() -> None:
    x, y = slow(400, 0, 0.95)
    trials = np.repeat(np.arange(100), 4)
    found = mutual_information(x, y, trials=trials, estimator=Gaussian(), significance=39)
    assert found.null == "circular-shift"
    assert found.surrogates == 39


@pytest.mark.parametrize("quantity", [mutual_information, transfer_entropy])
def test_few_trials_of_any_length_are_shifted_within(quantity) -> None:
    """Trials differ in level, in both variables at random, which is no coupling within them."""
    trials = np.repeat([0, 1, 2], [60, 80, 110])

    def p_of(seed, coupling, spread):
        x, y = slow(250, seed, 0.5)
        x, y = x[:-1], y[1:] + coupling * x[:-1]
        levels = np.random.default_rng(1000 + seed).normal(0, spread, (2, 3))[:, trials[:-1]]
        if quantity is transfer_entropy:
            x = np.r_[x[1:], 0.0]
        found = quantity(
            *np.add([x, y], levels),
            trials=trials[:-1],
            estimator=Gaussian(),
            significance=19,
            n_jobs=1,
        )
        assert found.null == "trial-shift"
        return found.p

    assert rejections(lambda seed: p_of(seed, 0.0, 5.0)) <= AT_MOST
    assert rejections(lambda seed: p_of(seed, 1.0, 0.0), 10) == 10


def test_trial_shifts_keep_every_row_and_its_trial() -> None:
    trials = np.repeat([0, 1, 2], [1, 20, 33])
    layout = Layout.of_rows(54, trials=trials)
    table = np.random.default_rng(0).normal(size=(54, 2))
    sampler = TrialShift(minimum=5).sampler(layout, table, np.random.SeedSequence(0))
    for s in range(20):
        drawn = sampler.draw(s)
        np.testing.assert_array_equal(np.sort(drawn.source), layout.current)
        np.testing.assert_array_equal(trials[drawn.source], trials[drawn.now])
        last = trials[drawn.now] == 2
        steps = np.unique((drawn.source - drawn.now)[last] % last.sum())
        assert len(steps) == 1
        assert 5 <= steps[0] <= last.sum() - 5


def driven(seed, n=300, coupling=0.0):
    z, a, b = np.random.default_rng(seed).normal(size=(3, n))
    x = z + a
    return x, z + b + coupling * a, z


@pytest.mark.parametrize("levels", [None, 4])
def test_beyond_a_common_driver_there_is_nothing_more_often_than_by_chance(levels) -> None:
    def p_of(seed, coupling, given=True):
        x, y, z = driven(seed, coupling=coupling)
        estimator = Gaussian()
        if levels:
            z = np.floor(2.0 * z).clip(-2, 1)
            x, y, estimator = (x - z > 0.5) + 0.0, (y - z > 0.5) + z, Discrete()
            y, x = np.round(y), x + z
        return mutual_information(
            x, y, given=z if given else None, estimator=estimator, significance=19, n_jobs=1
        ).p

    if levels is None:
        assert rejections(lambda seed: p_of(seed, 0.0)) <= AT_MOST
        assert rejections(lambda seed: p_of(seed, 0.8), 10) == 10
    assert rejections(lambda seed: p_of(seed, 0.0, given=False), 10) == 10


def test_a_driver_of_few_values_is_exchanged_within_each_value() -> None:
    """X and Y depend on Z alone, all of few values: the plug-in bias is that of the surrogates."""

    def p_of(seed, coupling):
        rng = np.random.default_rng(seed)
        z = rng.integers(0, 3, 300)
        x = (rng.random(300) < 0.2 + 0.3 * z) + 0
        y = (rng.random(300) < 0.8 - 0.3 * z + coupling * (x - 0.5) * (z == 1)) + 0
        return mutual_information(x, y, given=z, estimator=Discrete(), significance=19, n_jobs=1).p

    assert rejections(lambda seed: p_of(seed, 0.0)) <= AT_MOST
    assert rejections(lambda seed: p_of(seed, 0.9), 10) == 10


@pytest.mark.parametrize("estimator", ["auto", Ross(), MixedKSG()], ids=str)
def test_labels_vectors_and_ties_are_tested_like_numbers(estimator) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 120)
    x = rng.normal(size=(120, 2)) + labels[:, np.newaxis]
    found = mutual_information(labels, x, estimator=estimator, significance=39)
    assert found.p == 0.025
    x[:40] = 0.0
    labels[:40] = rng.integers(0, 2, 40)
    if not isinstance(estimator, Ross):
        assert mutual_information(labels, x, estimator=estimator, significance=39).p <= 0.1


def test_ties_between_observed_and_surrogates_count_against_it() -> None:
    constant = np.ones(40)
    found = mutual_information(
        constant, np.arange(40) % 3, estimator=Discrete(), significance=CircularShift(minimum=10)
    )
    assert (found.nats, found.p) == (0.0, 1.0)


def test_standard_error_and_p_come_together() -> None:
    source, target = coupled(200)
    both = transfer_entropy(source, target, significance=19, standard_error=True)
    assert both.p == transfer_entropy(source, target, significance=19).p
    alone = transfer_entropy(source, target, standard_error=True)
    assert both.standard_error_bits == alone.standard_error_bits


X, Y = np.random.default_rng(0).normal(size=(2, 30))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"significance": 0}, r"^significance must be a whole number >= 1, got 0; "),
        ({"significance": 0.05}, r"^significance must be None, True, .* got 0.05; use True"),
        ({"significance": "shuffle"}, r"^significance must be one of .*got 'shuffle'"),
        ({"significance": "lag-swap"}, r"^significance must be one of .*got 'lag-swap'"),
        ({"significance": LagSwap()}, r"^significance must be .*got LagSwap\(.*use True"),
        ({"significance": CircularShift}, r"^significance must be .*got <class "),
        ({"significance": LocalPermutation()}, r"^significance .* got local-permutation; .* given"),
        ({"significance": True, "surrogates": 0}, r"^surrogates must be a whole number >= 1, got"),
        ({"significance": CircularShift(16)}, r"must have shifts longer .* set minimum"),
        ({"significance": "trial-shift", "trials": np.arange(30) // 3}, r"got 3; detrend"),
    ],
)
def test_what_cannot_be_tested_is_refused_by_name(arguments, message) -> None:
    with pytest.raises(InputError, match=message):
        mutual_information(X, Y, **arguments)


def test_an_estimate_says_itself_in_one_line_a_table_and_a_dict() -> None:
    found = mutual_information(*coupled(80), significance=19, standard_error=True)
    text = repr(found)
    assert "\n" not in text
    for part in (" ± ", " bits", f"p = {found.p:.3g}", "n = 80, KSG k = 4"):
        assert part in text
    entries = json.loads(json.dumps(found.to_dict()))
    assert entries["p"] == found.p
    assert entries["effective_bits"] == found.effective_bits
    frame = found.to_frame()
    assert len(frame) == 1
    assert set(entries) == set(frame.columns)
    assert "circular-shift" in found._repr_html_()
    assert repr(pickle.loads(pickle.dumps(found))) == text
    assert repr(Estimate(nats=np.log(2.0), n=3, estimator=None)) == "1 bits (n = 3, None)"
