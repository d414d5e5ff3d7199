"""Conditional and Theiler-corrected KSG against their slow twins, identities and known truths."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma

from infoscope import KSG, Gaussian, InputError, mutual_information, pairwise_information
from reference import estimators as twin

LN2 = np.log(2.0)
SIZES = [(1, 1, 1), (1, 1, 3), (2, 1, 1), (1, 3, 2), (3, 2, 4), (5, 4, 6)]


def related(n, d_x, d_y, d_z, seed=0):
    """Samples without ties: x and y follow z, and y also x."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, d_z))
    x = z[:, :1] + rng.normal(size=(n, d_x))
    y = z[:, -1:] + 0.5 * x[:, :1] + rng.normal(size=(n, d_y))
    return x, y, z


def in_time(n, seed=0):
    """Rows of trials of unequal length, in an order of their own, at irregular times."""
    rng = np.random.default_rng(seed)
    trials = rng.permutation(np.repeat(["a", "b", "c"], [n - 2 * (n // 3), n // 3, n // 3]))
    return trials, np.round(rng.uniform(0, n, size=n), 1)


def estimated(x, y, z=None, trials=None, times=None, n_jobs=-1, **settings):
    return mutual_information(
        x, y, given=z, estimator=KSG(**settings), trials=trials, times=times, n_jobs=n_jobs
    ).nats


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("k", [1, 4, 10])
@pytest.mark.parametrize("sizes", SIZES)
def test_conditional_information_equals_the_twin(sizes, k: int, variant: int) -> None:
    x, y, z = related(200, *sizes)
    expected = twin.information(x, y, z, k, variant)
    assert estimated(x, y, z, k=k, variant=variant) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize(("n", "k"), [(2, 1), (12, 11), (400, 3)])
def test_conditional_information_of_few_samples_equals_the_twin(n, k, variant) -> None:
    x, y, z = related(n, 1, 1, 1)
    expected = twin.information(x, y, z, k, variant)
    assert estimated(x, y, z, k=k, variant=variant) == pytest.approx(expected, abs=1e-10)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(1, 6), st.sampled_from([0, 1.0, 3.0]))
def test_tied_samples_give_what_the_twin_gives(seed, values, k, window) -> None:
    rng = np.random.default_rng(seed)
    x, y, z = rng.integers(0, values, size=(3, 25)) * 0.1
    trials = np.repeat([0, 1], [15, 10])
    expected = twin.information(x, y, z, k, 1, window, trials)
    assert estimated(x, y, z, trials, k=k, theiler=window, ties="strict") == pytest.approx(
        expected, abs=1e-10
    )
    # Algorithm 2 depends on which of equally far neighbours are taken, so not here.
    unconditional = twin.information(x, y, None, k, 1, window, trials)
    found = estimated(x, y, None, trials, k=k, theiler=window, ties="strict")
    assert found == pytest.approx(unconditional, abs=1e-10)


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("d", [1, 3])
@pytest.mark.parametrize("theiler", [0, 1, 7, 12.5])
@pytest.mark.parametrize("times", ["places", "trials", "irregular"])
def test_rows_near_in_time_are_neither_neighbours_nor_counted(
    times: str, theiler: float, d: int, conditional: bool, variant: int
) -> None:
    x, y, z = (block.cumsum(axis=0) / 9 for block in related(120, d, 1, 2))
    trials, when = in_time(120)
    trials = None if times == "places" else trials
    when = when if times == "irregular" else None
    z = z if conditional else None
    expected = twin.information(x, y, z, 3, variant, theiler, trials, when)
    found = estimated(x, y, z, trials, when, k=3, variant=variant, theiler=theiler)
    assert found == pytest.approx(expected, abs=1e-10)
    if theiler > 1:
        assert found != estimated(x, y, z, k=3, variant=variant)


@pytest.mark.parametrize("variant", [1, 2])
def test_a_window_of_zero_excludes_nothing_even_of_the_same_time(variant: int) -> None:
    x, y, z = related(60, 1, 1, 1)
    expected = estimated(x, y, z, variant=variant)
    assert estimated(x, y, z, None, np.zeros(60), variant=variant) == expected


def test_a_window_holds_its_border_and_not_more() -> None:
    x, y, _ = related(80, 1, 1, 1)
    at = 2.0 * np.arange(80)
    found = [estimated(x, y, None, None, at, theiler=w) for w in (1.99, 2.0, 3.99, 4.0)]
    assert found[0] == pytest.approx(twin.information(x, y), abs=1e-10)
    assert found[1] == pytest.approx(twin.information(x, y, window=1), abs=1e-10)
    assert found[1] == found[2] != found[3]


@pytest.mark.parametrize("window", [0.0, 5.0])
@pytest.mark.parametrize("variant", [1, 2])
def test_order_of_rows_does_not_matter_where_times_are_told(variant: int, window: float) -> None:
    x, y, z = related(150, 2, 1, 2)
    trials, times = in_time(150)
    order = np.random.default_rng(1).permutation(150)
    settings = {"variant": variant, "theiler": window}
    expected = estimated(x, y, z, trials, times, **settings)
    shuffled = estimated(x[order], y[order], z[order], trials[order], times[order], **settings)
    assert shuffled == pytest.approx(expected, abs=1e-12)
    assert estimated(y, x, z, trials, times, **settings) == pytest.approx(expected, abs=1e-12)
    columns = estimated(x[:, ::-1], y, z[:, ::-1], trials, times, **settings)
    assert columns == pytest.approx(expected, abs=1e-12)


def test_times_may_start_anywhere_and_trials_be_called_anything() -> None:
    x, y, z = related(90, 1, 1, 1)
    expected = estimated(x, y, z, np.repeat([0, 1, 2], 30), theiler=4)
    dates = np.repeat(np.array(["2020-05-01", "2020-01-01", "2021-01-01"], "M8[D]"), 30)
    assert estimated(x, y, z, dates, np.tile(np.arange(30) + 1000, 3), theiler=4) == expected


@pytest.mark.parametrize("n_jobs", [2, -1, None])
@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("theiler", [0, 7])
def test_threads_change_no_bit(theiler: int, variant: int, n_jobs: int | None) -> None:
    x, y, z = related(400, 2, 1, 2)
    settings = {"variant": variant, "theiler": theiler}
    for given_z in (None, z):
        one = estimated(x, y, given_z, n_jobs=1, **settings)
        assert estimated(x, y, given_z, n_jobs=n_jobs, **settings) == one


# Algorithm 2 keeps a bias of some hundredths for small k, whatever the number of samples.
@pytest.mark.parametrize(
    ("estimator", "bias"), [(KSG(), 0.005), (KSG(k=8), 0.005), (KSG(variant=2), 0.05)], ids=str
)
def test_a_markov_chain_shares_nothing_beyond_its_middle(estimator: KSG, bias: float) -> None:
    nats = []
    for seed in range(40):
        a, b, c = np.random.default_rng(seed).normal(size=(3, 500))
        middle = 0.5 * a + b
        nats.append(mutual_information(a, 0.5 * middle + c, given=middle, estimator=estimator).nats)
    assert abs(np.mean(nats)) < 4 * np.std(nats, ddof=1) / 40**0.5 + bias


def test_conditioning_finds_the_gaussian_closed_form() -> None:
    # X, Y correlated .8 given Z, which adds the same to both.
    truth, nats = -0.5 * np.log(1 - 0.8**2), []
    for seed in range(20):
        x, noise, z = np.random.default_rng(seed).normal(size=(3, 2000))
        y = 0.8 * x + 0.6 * noise
        nats.append(mutual_information(x + z, y + z, given=z, estimator=KSG()).nats)
    error = np.std(nats, ddof=1) / 20**0.5
    # Shrinks to 0 by some per cent (METHODS 1.3), and must not grow.
    assert 0.93 * truth < np.mean(nats) < truth + 4 * error


def test_a_window_removes_what_neighbours_in_time_share() -> None:
    """Slow independent walks share by chance: a window longer than their memory finds less."""
    less = []
    for seed in range(80):
        x, y = np.random.default_rng(seed).normal(size=(2, 800))
        for t in range(1, 800):
            x[t] += 0.95 * x[t - 1]
            y[t] += 0.95 * y[t - 1]
        less.append(estimated(x, y) - estimated(x, y, theiler=40))
    assert np.mean(less) > 4 * np.std(less, ddof=1) / 80**0.5


def test_scale_and_jitter_reach_what_is_given() -> None:
    x, y, z = related(150, 1, 1, 2)
    z = np.exp(z) * [1.0, 1e3]
    rng = np.random.default_rng(5)
    scaled = [(b - b.mean(axis=0)) / b.std(axis=0) for b in (x, z, y)]
    a, c, b = (block + 0.1 * rng.random(block.shape) for block in scaled)
    estimator = KSG(scale="zscore", jitter=0.1)
    found = mutual_information(x, y, given=z, estimator=estimator, random_state=5)
    assert found.nats == pytest.approx(twin.information(a, b, c), abs=1e-10)
    assert found.estimator == estimator


def test_ceiling_and_flags_of_a_conditional_estimate() -> None:
    x, y, z = related(200, 1, 1, 1)
    found = mutual_information(x, y, given=z, estimator=KSG())
    assert (found.n, found.flags) == (200, ())
    assert "ties" in mutual_information(x, y, given=np.round(z, 1), estimator=KSG()).flags
    assert "constant" in mutual_information(x, y, given=np.zeros(200), estimator=KSG()).flags
    assert (
        "high-dimensional"
        in mutual_information(
            x, y, given=np.hstack([z**p for p in range(1, 10)]), estimator=KSG()
        ).flags
    )
    x, y, z = np.random.default_rng(2).normal(size=(3, 200))
    negative = mutual_information(x, y, given=z, estimator=KSG())
    assert ("negative" in negative.flags) == (negative.nats < 0)


@pytest.mark.parametrize("k", [1, 4, 10])
@pytest.mark.parametrize("variant", [1, 2])
def test_a_copy_given_a_constant_reaches_the_ceiling(variant: int, k: int) -> None:
    # All other samples are near in the constant, k - 1 or k in the rest.
    x = np.random.default_rng(4).normal(size=300)
    found = mutual_information(x, x, given=np.zeros(300), estimator=KSG(k=k, variant=variant))
    most = digamma(300 if variant == 1 else 299) - digamma(k)
    assert found.nats == pytest.approx(most, abs=1e-12)
    assert found.ceiling_nats == pytest.approx(most, abs=1e-12)
    assert "saturated" in found.flags


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("trials", [None, np.repeat([0, 1], 30)])
def test_pairs_with_a_window_equal_pairs_one_by_one(trials, variant: int) -> None:
    data = np.random.default_rng(3).normal(size=(60, 3)).cumsum(axis=0)
    estimator = KSG(k=3, variant=variant, theiler=4)
    found = pairwise_information(data, lag=1, estimator=estimator, trials=trials)
    rows = twin.lagged_rows(60, 1, trials)
    now, later = [t for t, _ in rows], [t for _, t in rows]
    of = None if trials is None else trials[now]
    for a in range(3):
        for b in range(3):
            expected = twin.information(
                data[now, a], data[later, b], None, 3, variant, 4, of, np.array(now)
            )
            assert float(found[a, b]) * LN2 == pytest.approx(expected, abs=1e-10)


X = np.random.default_rng(0).normal(size=20)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"given": X[1:]}, r"^arrays must have equal numbers .* x 20, y 20, given 19; pair"),
        ({"given": np.full(20, np.nan)}, r"^given must be finite, got nan at index \(0,"),
        ({"given": np.zeros((20, 0))}, r"^given must have shape \(n,\) or \(n, d\) .*\(20, 0\)"),
        ({"given": "z"}, r"^given must be an array of numbers, got 'z'; "),
        ({"trials": [0] * 19}, r"^trials must have one label per row .* shape \(20,\), got \(19,"),
        ({"trials": [np.nan] * 20}, r"^trials must have no missing label, got nan in row 0"),
        ({"times": X[1:]}, r"^times must have one number per row, shape \(20,\), got \(19,\); "),
        ({"times": X[:, None]}, r"^times must have one number per row, .* got \(20, 1\); "),
        ({"times": np.full(20, np.inf)}, r"^times must be finite, got inf at index \(0,"),
        (
            {"times": ["a"] * 20},
            r"^times must be numbers or dates, got text such as .*a.*; convert",
        ),
        (
            {"estimator": KSG(theiler=9)},
            r"^theiler must leave every row k = 4 .* window of 9 that ",
        ),
        ({"estimator": KSG(theiler=1e9)}, r"^theiler must .* 0 of 20 rows; lower theiler or k"),
        ({"estimator": KSG(k=20)}, r"^k must be below the number of samples, got k = 20 with 20"),
        ({"n_jobs": 0}, r"^n_jobs must be a whole number other than 0"),
    ],
)
@pytest.mark.parametrize("conditional", [False, True])
def test_what_does_not_fit_is_refused_by_name(arguments, message, conditional) -> None:
    if conditional:
        arguments = {"given": X**2, **arguments}
    with pytest.raises(InputError, match=message):
        mutual_information(X, -X, **{"estimator": KSG(), **arguments})


def test_the_window_that_is_refused_is_the_first_that_leaves_too_few() -> None:
    # Of 20 rows in time, the middle ones have 20 - 2 w - 1 others outside a window w.
    assert np.isfinite(estimated(X, X**3, theiler=7))
    with pytest.raises(InputError, match=r"^theiler must .* that leaves some row 3 of 20 rows"):
        estimated(X, X**3, theiler=8)
    trials = np.repeat([0, 1], 10)
    assert np.isfinite(estimated(X, X**3, None, trials, theiler=100))


@pytest.mark.parametrize(
    ("first", "step", "theiler"), [(0.0, 0.1, 0.2), (0.0, 0.1, 0.3), (0.1, 0.3, 1.2)]
)
def test_the_window_is_counted_as_it_is_applied(first, step, theiler) -> None:
    """Of times that are not exact in binary, either all k neighbours are there, or an error."""
    times, x = first + step * np.arange(12), X[:12]
    near = twin.near_in_time(np.zeros(12), times, theiler)
    fewest = int((~near).sum(axis=1).min())
    expected = twin.information(x, x**2, None, fewest, 1, theiler, None, times)
    found = estimated(x, x**2, None, None, times, k=fewest, theiler=theiler)
    assert found == pytest.approx(expected, abs=1e-10)
    with pytest.raises(InputError, match=r"^theiler must leave every row k = "):
        estimated(x, x**2, None, None, times, k=fewest + 1, theiler=theiler)


def test_gaussian_and_nearest_neighbours_agree_on_gaussian_data() -> None:
    rng = np.random.default_rng(11)
    z = rng.normal(size=3000)
    x = z + rng.normal(size=3000)
    y = z + 0.5 * x + rng.normal(size=3000)
    closed = mutual_information(x, y, given=z, estimator=Gaussian()).nats
    # Of var 1 given z: 1/2 ln(1 + .25), with an error of about sqrt(I / n) each.
    assert closed == pytest.approx(0.5 * np.log(1.25), abs=0.03)
    assert mutual_information(x, y, given=z, estimator=KSG()).nats == pytest.approx(
        closed, abs=0.05
    )
