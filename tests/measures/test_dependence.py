"""Effective rows against the slow twin, closed forms and the scatter they stand for."""

import numpy as np
import pytest
from scipy.signal import lfilter

from infoscope import KSG, Estimate, Gaussian, entropy, mutual_information, transfer_entropy
from reference import series as twin

SEEDS = range(40)


def remembering(n, memory, seed, columns=2):
    """Columns of AR(1) series, independent of one another and stationary from the start."""
    noise = np.random.default_rng(seed).normal(size=(n + 200, columns))
    return lfilter([1.0], [1.0, -memory], noise, axis=0)[200:]


def worth(x, y, **options):
    return mutual_information(x, y, estimator=Gaussian(), **options).n_effective


TRIALS = [
    np.zeros(90, int),
    np.repeat(np.arange(9), 10),
    np.repeat(["c", "a", "b"], [50, 3, 37]),
    np.arange(90) % 4,
    np.arange(90),
]


@pytest.mark.parametrize("memory", [0.0, 0.6, 0.97, -0.8])
@pytest.mark.parametrize("trials", TRIALS, ids=["one", "equal", "unequal", "mixed", "single"])
@pytest.mark.parametrize("widths", [(1, 1), (3, 2)])
def test_effective_rows_equal_the_twin(memory: float, trials, widths) -> None:
    data = remembering(90, memory, 1, sum(widths))
    x, y = data[:, : widths[0]], data[:, widths[0] :]
    times = np.random.default_rng(2).permutation(90).astype(float)
    expected = twin.effective_rows(x, y, twin.in_trials(trials.tolist(), times))
    assert worth(x, y, trials=trials, times=times) == pytest.approx(expected, rel=1e-10)
    expected = twin.effective_rows(x, y, twin.in_trials(trials.tolist(), range(90)))
    assert worth(x, y, trials=trials) == pytest.approx(expected, rel=1e-10)


def test_many_lags_equal_the_twin() -> None:
    """A trend is remembered for a hundred rows and more, which are summed another way."""
    x = np.arange(300.0)[:, np.newaxis] ** [1, 2] + remembering(300, 0.0, 0)
    expected = twin.effective_rows(x[:, :1], x[:, 1:], [list(range(300))])
    assert expected < 5
    assert worth(x[:, 0], x[:, 1]) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (0.8, 0.8), (0.9, 0.4), (-0.8, -0.8)])
def test_effective_rows_of_linear_series_have_their_closed_form(a: float, b: float) -> None:
    found = [worth(remembering(4000, a, s, 1), remembering(4000, b, s + 99, 1)) for s in SEEDS]
    # Sum of (ab)^l. What is cut off of it is of the order of its noise, some per cent.
    share = (1 - a * b) / (1 + a * b)
    error = np.std(found, ddof=1) / len(SEEDS) ** 0.5 / 4000
    assert abs(np.mean(found) / 4000 - share) < 4 * error + 0.03 * share


def test_correlations_scatter_as_those_of_as_many_independent_rows() -> None:
    """What the number is for: the variance of a correlation of independent series."""
    samples = [remembering(500, 0.8, seed) for seed in range(400)]
    scatter = np.mean([np.corrcoef(s.T)[0, 1] ** 2 for s in samples])
    expected = np.mean([1 / worth(*s.T) for s in samples[:100]])
    # The mean of 400 squares of a normal variable is known to sqrt(2 / 400) of itself.
    assert scatter == pytest.approx(expected, rel=4 * (2 / 400) ** 0.5 + 0.05)


def test_independent_rows_are_worth_themselves_and_flagged_hardly_ever() -> None:
    for widths in ((1, 1), (5, 5)):
        samples = [np.random.default_rng(s).normal(size=(100, sum(widths))) for s in range(300)]
        found = [
            mutual_information(s[:, : widths[0]], s[:, widths[0] :], estimator=Gaussian())
            for s in samples
        ]
        assert np.median([e.n_effective for e in found]) > 90
        # The rate is below 1 in 200: more than 6 of 300 have a chance of 1 in 1000.
        assert sum("dependent" in e.flags for e in found) <= 6
        assert max(e.n_effective for e in found) <= 100


def test_copies_of_one_series_are_not_more_dependent_than_it_is() -> None:
    x = np.random.default_rng(0).normal(size=1000)
    assert worth(x, 2 * x + 1e-3 * np.random.default_rng(1).normal(size=1000)) > 950
    assert entropy(x).n_effective > 950
    assert entropy(remembering(1000, 0.9, 0, 1)).n_effective < 300


def test_rows_that_follow_one_another_are_flagged() -> None:
    x, y = remembering(400, 0.8, 0).T
    assert "dependent" in mutual_information(x, y).flags
    assert "dependent" in transfer_entropy(x, y).flags
    assert "dependent" in entropy(x).flags
    order = np.random.default_rng(0).permutation(400)
    shuffled = mutual_information(x[order], y[order])
    assert "dependent" not in shuffled.flags
    assert shuffled.nats == pytest.approx(mutual_information(x, y).nats, abs=1e-12)
    in_time = mutual_information(x[order], y[order], times=np.arange(400)[order])
    assert in_time.n_effective == pytest.approx(worth(x, y), rel=1e-12)


def test_one_slow_coordinate_among_many_is_seen() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 500, 20))
    assert worth(x, y) > 450
    x[:, 7], y[:, 3] = remembering(500, 0.95, 1).T
    assert worth(x, y) < 100


def test_rows_of_different_trials_do_not_follow_one_another() -> None:
    x, y = remembering(400, 0.9, 0).T
    assert worth(x, y, trials=np.arange(400)) == 400
    assert worth(x, y) < worth(x, y, trials=np.arange(400) // 4) < 400


def test_a_constant_has_no_memory() -> None:
    x = remembering(100, 0.9, 0, 1)[:, 0]
    assert mutual_information(np.full(100, 0.1), x).n_effective == 100
    assert mutual_information(np.full(100, 1e9 + 0.1), x, estimator=KSG(k=3)).n_effective == 100


def test_transfer_entropy_counts_rows_of_the_source_past_and_the_target() -> None:
    x, y = remembering(200, 0.8, 3).T
    expected = twin.effective_rows(x[:-1, None], y[1:, None], [list(range(199))])
    assert transfer_entropy(x, y).n_effective == pytest.approx(expected, rel=1e-10)


def test_an_estimate_carries_what_bears_on_its_trust() -> None:
    x, y = remembering(100, 0.9, 0).T
    estimator = KSG(k=3, scale="rank", theiler=2)
    estimate = mutual_information(x, y, estimator=estimator, standard_error=True)
    assert (estimate.k, estimate.scale, estimate.theiler) == (3, "rank", 2)
    row = estimate.to_frame().iloc[0]
    assert (row["k"], row["scale"], row["theiler"], row["n"]) == (3, "rank", 2, 100)
    assert row["n_effective"] == estimate.n_effective < 70
    assert row["flags"] == " ".join(estimate.flags)
    assert "dependent" in estimate.flags
    assert row["standard_error_bits"] == estimate.standard_error_bits > 0
    assert row["ceiling_bits"] == estimate.ceiling_bits
    closed = mutual_information(x, y, estimator=Gaussian())
    assert (closed.k, closed.scale, closed.theiler) == (None, None, None)
    assert np.isnan(Estimate(0.0, 100, Gaussian()).n_effective)
