"""Feedback within a row and between rows, delays and drift, against systems of known truth."""

from pathlib import Path

import numpy as np
import pytest

import infoscope as isc
from infoscope.description.delays import delays_of
from infoscope.description.drift import drift_of
from infoscope.description.facts import Facts
from infoscope.measures.feedback import feedback_of

# Beside the checkout, or above it.
ABOVE = [folder / "shared" / "data" / "graphs" for folder in Path(__file__).parents[2:]]
GRAPHS = next(filter(Path.is_dir, ABOVE), ABOVE[0])


def one_stretch(rows: int) -> np.ndarray:
    return np.zeros(rows, int)


def autoregression(phi: float, rows: int, columns: int, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(rows + 200, columns))
    for t in range(1, len(noise)):
        noise[t] += phi * noise[t - 1]
    return noise[200:]


def test_feedback_of_a_linear_pair_is_known() -> None:
    """y(t) = x(t-1) + e(t), e correlated by r with x(t): both parts have a closed form."""
    rows, r = 20000, 0.6
    x, noise = np.random.default_rng(1).normal(size=(2, rows))
    y = np.concatenate([[0.0], x[:-1]]) + r * x + np.sqrt(1 - r**2) * noise
    found = feedback_of(np.stack([x, y], 1), one_stretch(rows))
    # y is a moving average with autocovariances 2 and r: of variance s given its own past, and of 1
    # given the past of x too.
    s = 1.0 + np.sqrt(1.0 - r**2)
    assert found.directed == pytest.approx(0.5 * np.log2(s), abs=0.02)
    assert found.instantaneous == pytest.approx(-0.5 * np.log2(1 - r**2), abs=0.02)


def test_independent_units_have_no_feedback_on_average() -> None:
    found = [feedback_of(autoregression(0.8, 500, 6, seed), one_stretch(500)) for seed in range(40)]
    within = np.array([each.instantaneous for each in found])
    between = np.array([each.directed for each in found])
    assert abs(within.mean()) < 4 * within.std() / np.sqrt(len(within))
    assert abs(between.mean()) < 5 * between.std() / np.sqrt(len(between))
    assert not any(each.within_row for each in found)


def test_too_few_rows_have_no_feedback() -> None:
    assert feedback_of(autoregression(0.0, 20, 12), one_stretch(20)).rows == 0
    assert feedback_of(np.ones((100, 3)), one_stretch(100)).rows == 0


@pytest.mark.parametrize("name", [n for n in isc.synthetic_systems() if n != "S0"])
def test_systems_that_act_between_rows_are_not_taken_for_slow_sampling(name: str) -> None:
    for rows in (300, 2000):
        recording = isc.synthetic_systems()[name].recording(rows, random_state=4)
        assert not Facts.of(recording).feedback.within_row


@pytest.mark.parametrize("every", [5, 10])
def test_undersampled_systems_are_recognised(every: int) -> None:
    fast = isc.synthetic_systems()["S3"].sample(1500 * every, random_state=2).to_numpy()
    kept = isc.Recording.from_arrays(hidden=fast[np.newaxis, ::every])
    assert Facts.of(kept).feedback.within_row


@pytest.mark.skipif(not GRAPHS.is_dir(), reason="the public recordings are not on this machine")
def test_public_fmri_is_slow_and_lorenz_is_not() -> None:
    series = np.load(GRAPHS / "netsim_sim3.npz")["series"]
    for subjects in (series, series[:1], series[7:8]):
        assert Facts.of(isc.Recording.from_arrays(hidden=subjects)).feedback.within_row
    series = np.load(GRAPHS / "lorenz96_F10_T250.npz")["series"]
    assert not Facts.of(isc.Recording.from_arrays(hidden=series)).feedback.within_row


@pytest.mark.parametrize("delay", [1, 2, 5, 9])
def test_the_delay_of_most_transfer_is_found(delay: int) -> None:
    x, noise = np.random.default_rng(delay).normal(size=(2, 3000))
    series = np.stack([x, np.roll(x, delay) + noise], axis=1)
    found = delays_of(series, one_stretch(3000))
    assert found.best == delay
    # A half of the variance of the target, minus what the target's past tells: nothing.
    assert found.bits[delay - 1] == pytest.approx(0.5, abs=0.05)


def test_no_delay_is_chosen_for_independent_units() -> None:
    best = [
        delays_of(autoregression(0.0, 400, 5, seed), one_stretch(400)).best for seed in range(30)
    ]
    assert best.count(1) >= 29


def test_delays_do_not_cross_stretches() -> None:
    series = np.random.default_rng(0).normal(size=(600, 2))
    trials = np.repeat(np.arange(60), 10)
    # The target repeats the source ten rows earlier, which is in another trial.
    series[10:, 1] = series[:-10, 0]
    assert len(delays_of(series, trials).bits) == 5
    assert max(delays_of(series, trials).bits) < 0.05


# With a hundred effective rows, the last, the approximation is liberal.
@pytest.mark.parametrize(("phi", "level"), [(0.0, 0.05), (0.5, 0.05), (0.9, 0.1)])
def test_drift_keeps_its_level(phi: float, level: float) -> None:
    p = drift_of(autoregression(phi, 2000, 400), one_stretch(2000)).p
    assert (p < 0.05).mean() <= level + 3 * np.sqrt(level * (1 - level) / 400)
    assert (p < 0.001).mean() <= 0.01


def test_trend_and_step_are_shares_of_variance() -> None:
    rows = 4000
    noise = np.random.default_rng(3).normal(size=(rows, 2))
    place = np.linspace(-1, 1, rows)
    line = np.sqrt(3) * place  # of variance 1
    level = np.where(np.arange(rows) < 1000, -1.5, 0.5) / np.sqrt(0.75)  # of variance 1
    found = drift_of(noise + np.stack([line, level], 1), one_stretch(rows))
    assert found.trend[0] == pytest.approx(0.5, abs=0.04)
    assert found.step[1] == pytest.approx(0.5, abs=0.04)
    assert found.at[1] == 1000
    assert (found.p < 1e-6).all()
