"""Transfer entropy: rows and histories against loops, identities, closed forms and errors."""

import numpy as np
import pytest

from infoscope import (
    KSG,
    Binned,
    Discrete,
    Gaussian,
    InputError,
    Ross,
    mutual_information,
    transfer_entropy,
)
from reference import estimators as twin
from reference import parametric

SEEDS = range(20)
TRIALS = [
    None,
    np.repeat([0, 1, 2], 40),
    np.repeat(["a", "b", "a"], [50, 20, 50]),
    np.repeat([7, 3, 5, 9], [5, 60, 3, 52]),
]


def coupled(n=120, seed=0, coupling=0.6):
    """A source, and a target that follows it two rows later and itself one row later."""
    rng = np.random.default_rng(seed)
    source, target = rng.normal(size=(2, n))
    for t in range(1, n):
        source[t] += 0.5 * source[t - 1]
        target[t] += 0.4 * target[t - 1] + (coupling * source[t - 2] if t > 1 else 0.0)
    return source, target


def naive(source, target, k=4, variant=1, window=0.0, times=None, **embedding):
    trials = embedding.get("trials")
    x, y, z, rows = twin.embedding(source, target, **embedding)
    of, when = twin.rows_in_time(len(target), trials, times)
    return twin.information(x, y, z, k, variant, window, of[rows], when[rows])


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize(
    ("lag", "history", "source_history"),
    [(1, 1, 1), (2, 1, 1), (1, 3, 1), (1, 1, 2), (0, 1, 1), (3, 2, 4), (2, 0, 1), (0, 0, 3)],
)
def test_transfer_entropy_equals_the_twin(lag, history, source_history, variant) -> None:
    source, target = coupled()
    found = transfer_entropy(
        source,
        target,
        lag=lag,
        history=history,
        source_history=source_history,
        estimator=KSG(variant=variant),
    )
    embedding = {"lag": lag, "history": history, "source_history": source_history}
    assert found.nats == pytest.approx(naive(source, target, 4, variant, **embedding), abs=1e-10)
    assert found.n == 120 - max(lag + source_history - 1, history)


@pytest.mark.parametrize("theiler", [0, 1, 7])
@pytest.mark.parametrize("times", [None, "irregular"])
@pytest.mark.parametrize("trials", TRIALS, ids=["none", "equal", "again", "short"])
def test_trials_times_and_windows_are_those_of_the_target_value(trials, times, theiler) -> None:
    source, target = coupled()
    if times is not None:
        times = np.random.default_rng(2).uniform(1.0, 1.4, 120).cumsum()  # no step is a gap
    for embedding in ({}, {"lag": 3, "history": 2}, {"source_history": 3}):
        found = transfer_entropy(
            source, target, **embedding, trials=trials, times=times, estimator=KSG(theiler=theiler)
        )
        expected = naive(source, target, 4, 1, theiler, times, trials=trials, **embedding)
        assert found.nats == pytest.approx(expected, abs=1e-10)
        assert found.n == len(twin.embedding(source, target, trials=trials, **embedding)[3])


@pytest.mark.parametrize("trials", TRIALS, ids=["none", "equal", "again", "short"])
@pytest.mark.parametrize(
    "embedding",
    [
        {"history": 3, "history_delay": 2},
        {"source_history": 2, "source_history_delay": 5, "lag": 0},
        {"history": 2, "history_delay": 4, "source_history": 3, "source_history_delay": 2},
        {"history": 0, "history_delay": 9, "source_history_delay": 9},
    ],
)
def test_histories_take_every_so_many_rows(embedding, trials) -> None:
    source, target = coupled()
    found = transfer_entropy(source, target, trials=trials, **embedding, estimator=KSG())
    expected = naive(source, target, trials=trials, **embedding)
    assert found.nats == pytest.approx(expected, abs=1e-10)
    assert found.n == len(twin.embedding(source, target, trials=trials, **embedding)[3])


@pytest.mark.parametrize("given_lag", [0, 1, 4])
@pytest.mark.parametrize("history", [0, 1, 2])
def test_a_third_series_is_given_at_its_lag(history: int, given_lag: int) -> None:
    source, target = coupled()
    other = np.random.default_rng(5).normal(size=(120, 2)) + source[:, None]
    found = transfer_entropy(
        source, target, lag=1, history=history, given=other, given_lag=given_lag, estimator=KSG()
    )
    embedding = {"history": history, "other": other, "other_lag": given_lag}
    assert found.nats == pytest.approx(naive(source, target, **embedding), abs=1e-10)
    assert found.n == 120 - max(1, history, given_lag)


def test_series_may_be_vectors() -> None:
    source, target = coupled()
    sources = np.column_stack([source, source**2])
    targets = np.column_stack([target, np.roll(target, 5)])
    found = transfer_entropy(
        sources, targets, lag=2, history=2, source_history=2, estimator=KSG(k=3, variant=2)
    )
    embedding = {"lag": 2, "history": 2, "source_history": 2}
    assert found.nats == pytest.approx(naive(sources, targets, 3, 2, **embedding), abs=1e-10)


@pytest.mark.parametrize("n_jobs", [2, -1, None])
def test_threads_change_no_bit(n_jobs: int | None) -> None:
    source, target = coupled(500)
    for estimator in (KSG(), KSG(variant=2), KSG(theiler=3)):
        one = transfer_entropy(source, target, estimator=estimator, n_jobs=1).nats
        assert transfer_entropy(source, target, estimator=estimator, n_jobs=n_jobs).nats == one


def test_order_of_whole_trials_does_not_matter() -> None:
    source, target = coupled()
    trials, order = np.repeat([0, 1, 2], 40), np.r_[80:120, 0:40, 40:80]
    expected = transfer_entropy(source, target, history=2, trials=trials, estimator=KSG()).nats
    shuffled = transfer_entropy(
        source[order], target[order], history=2, trials=trials[order], estimator=KSG()
    ).nats
    assert shuffled == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("lag", "history", "source_history"), [(1, 1, 1), (2, 3, 2), (0, 1, 1)])
@pytest.mark.parametrize("estimator", [Gaussian(), Discrete(), Binned(bins=3)], ids=str)
def test_every_estimator_gets_the_same_rows(estimator, lag, history, source_history) -> None:
    source, target = (np.digitize(v, [-1, 0, 1]) * 1.0 for v in coupled())
    x, y, z, _ = twin.embedding(source, target, lag, history, source_history)
    data = np.hstack([x, z, y])
    if isinstance(estimator, Binned):
        data = np.column_stack([np.minimum((c - c.min()) * 3 // np.ptp(c), 2) for c in data.T])
    entropy = (
        parametric.gaussian(data, True)
        if isinstance(estimator, Gaussian)
        else parametric.discrete(data)
    )
    a, c = x.shape[1], x.shape[1] + z.shape[1]
    expected = parametric.information(entropy, tuple(range(a)), (c,), tuple(range(a, c)))
    found = transfer_entropy(
        source, target, lag=lag, history=history, source_history=source_history, estimator=estimator
    )
    assert found.nats == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_flow_is_transfer_entropy_less_redundancy(seed: int) -> None:
    """F = I(X; Y+) - I(X; Y) = TE - R with R = I(X; Y | Y+): exact where values are counted."""
    x, y = (np.digitize(v, [-0.5, 0.5]) * 1.0 for v in coupled(300, seed))
    now, past, later = x[:-1], y[:-1], y[1:]

    def information(a, b, c=None):
        return mutual_information(a, b, given=c, estimator=Discrete()).nats

    flow = information(now, later) - information(now, past)
    transfer = transfer_entropy(x, y, estimator=Discrete()).nats
    assert flow == pytest.approx(transfer - information(now, past, later), abs=1e-12)
    assert transfer > flow


def gaussian_truth(a: np.ndarray, q: np.ndarray) -> float:
    """TE from 0 to 1 of x' = A x + noise of covariance Q, history 1: variances of residuals."""
    s = np.linalg.solve(np.eye(4) - np.kron(a, a), q.ravel()).reshape(2, 2)
    later = a @ s  # covariance of x_{t+1} with x_t
    own = s[1, 1] - later[1, 1] ** 2 / s[1, 1]
    return 0.5 * np.log(own / q[1, 1])


VAR = np.array([[0.5, 0.0], [0.6, 0.3]]), np.array([[1.0, 0.3], [0.3, 0.8]])


def simulated(a, q, n, seed):
    noise = np.random.default_rng(seed).multivariate_normal([0, 0], q, size=n + 50)
    x = np.zeros((n + 50, 2))
    for t in range(1, n + 50):
        x[t] = a @ x[t - 1] + noise[t]
    return x[50:].T


@pytest.mark.parametrize(("estimator", "bias"), [(Gaussian(), 0.0), (KSG(), 0.02)], ids=str)
def test_transfer_entropy_of_a_linear_system_has_its_closed_form(estimator, bias) -> None:
    truth = gaussian_truth(*VAR)
    found = [transfer_entropy(*simulated(*VAR, 2000, s), estimator=estimator).nats for s in SEEDS]
    assert truth > 0.1
    assert abs(np.mean(found) - truth) < 4 * np.std(found, ddof=1) / 20**0.5 + bias
    back = [
        transfer_entropy(*simulated(*VAR, 2000, s)[::-1], estimator=estimator).nats for s in SEEDS
    ]
    assert abs(np.mean(back)) < 4 * np.std(back, ddof=1) / 20**0.5 + bias


def test_a_common_driver_explains_what_is_given() -> None:
    """Z drives X a row later and Y two rows later: X tells of Y, but nothing beyond Z."""
    plain, beyond = [], []
    for seed in SEEDS:
        z, a, b = np.random.default_rng(seed).normal(size=(3, 1000))
        x, y = 0.5 * a, 0.5 * b
        x[1:] += z[:-1]
        y[2:] += z[:-2]
        plain.append(transfer_entropy(x, y, estimator=Gaussian()).nats)
        beyond.append(transfer_entropy(x, y, given=z, given_lag=2, estimator=Gaussian()).nats)
    # Both are Z plus noise of variance 1/4: correlation .8.
    truth = -0.5 * np.log(1 - 0.8**2)
    assert abs(np.mean(plain) - truth) < 4 * np.std(plain, ddof=1) / 20**0.5
    assert abs(np.mean(beyond)) < 4 * np.std(beyond, ddof=1) / 20**0.5


def test_a_copy_of_coins_transfers_one_bit() -> None:
    source = np.random.default_rng(0).integers(0, 2, size=4001)
    target = np.roll(source, 2)
    found = transfer_entropy(source, target, lag=2, estimator=Discrete())
    # Plug-in: of at most 8 codes in 4,000 rows, biased by some 8 / 8,000 nats.
    assert found.bits == pytest.approx(1.0, abs=0.003)
    assert transfer_entropy(source, target, lag=1, estimator=Discrete()).bits < 0.003


X = np.random.default_rng(0).normal(size=20)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lag": -1}, r"^lag must be a whole number >= 0, got -1; "),
        ({"lag": 1.0}, r"^lag must be a whole number >= 0, got 1.0; "),
        ({"history": -1}, r"^history must be a whole number >= 0, got -1; "),
        ({"history": None}, r"^history must be a whole number >= 0, got None; "),
        ({"source_history": 0}, r"^source_history must be a whole number >= 1, got 0; "),
        ({"given_lag": -1}, r"^given_lag must be a whole number >= 0, got -1; "),
        ({"given": X, "given_lag": 0.5}, r"^given_lag must be a whole number >= 0, got 0.5; "),
        ({"lag": 20}, r"^source and target must have more rows than the 20 .* got 20 in all; "),
        ({"history": 99}, r"^source and target must have more rows than the 99 .* got 20 in all"),
        ({"lag": 10, "source_history": 11}, r"must have more rows than the 20 that lag and hist"),
        ({"given": X, "given_lag": 25}, r"^source and target must have more rows than the 25 "),
        ({"lag": 10**30}, r"lag must be a whole number >= 0, got 1000"),
        ({"history": 17}, r"^k must be below the number of samples, got k = 4 with 3 samples"),
        ({"trials": np.arange(20)}, r"^source and target must have more rows .* longer trials"),
        ({"trials": [0] * 19}, r"^trials must have one label per row .* got \(19,\)"),
        ({"times": X[1:]}, r"^times must have one number per row, shape \(20,\), got \(19,\)"),
        ({"given": X[1:]}, r"equal numbers of rows, got source 20, target 20, given 19; "),
        ({"given": X + np.inf}, r"^given must be finite, got inf"),
        ({"estimator": KSG(theiler=8)}, r"^theiler must leave every row k = 4 .* of 19 rows"),
        ({"estimator": Ross()}, r"^given must be None with Ross, got a condition; use KSG"),
        ({"history_delay": 0}, r"^history_delay must be a whole number >= 1, got 0; choose one"),
        ({"source_history_delay": 1.5}, r"^source_history_delay must be a whole number >= 1, got"),
        ({"estimator": "ksg"}, r"^estimator must be 'auto', 'published' .*, got 'ksg'; "),
        ({"estimator": KSG}, r"^estimator must offer mutual_information, got "),
        ({"n_jobs": 0}, r"^n_jobs must be a whole number other than 0"),
        ({"random_state": -1}, r"^random_state must be an int >= 0"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(arguments, message) -> None:
    with pytest.raises(InputError, match=message):
        transfer_entropy(X, -X, **{"estimator": KSG(), **arguments})


def test_bad_series_are_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"^source must be finite, got nan at index \(3,"):
        transfer_entropy(np.where(X[3] == X, np.nan, X), X, estimator=KSG())
    with pytest.raises(InputError, match=r"^target must have shape \(n,\) or \(n, d\)"):
        transfer_entropy(X, np.zeros((20, 0)), estimator=KSG())
    with pytest.raises(InputError, match=r"equal numbers of rows, got source 20, target 19; "):
        transfer_entropy(X, X[1:], estimator=KSG())
