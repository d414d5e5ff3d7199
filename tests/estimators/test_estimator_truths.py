"""KSG and Kozachenko-Leonenko against hand calculation, identities and known truths."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma

from infoscope import KSG, KozachenkoLeonenko, entropy, mutual_information

LN2 = np.log(2.0)
SEEDS = range(20)


def related(n, d_x, d_y, seed=0):
    """Samples without ties: y follows x, with noise of its own."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d_x))
    y = x[:, :1] * np.ones(d_y) + rng.normal(size=(n, d_y))
    return x, y


def gaussian_pair(n, rho, seed):
    x, noise = np.random.default_rng(seed).normal(size=(2, n))
    return x, rho * x + np.sqrt(1 - rho**2) * noise


# By hand, three samples. Algorithm 1: all three k-th distances are 2, n_x = (1, 1, 0),
# n_y = (1, 1, 2). Algorithm 2: n_x = (1, 1, 1), n_y = (2, 2, 2).
@pytest.mark.parametrize(
    ("variant", "x", "y", "nats"),
    [(1, [0.0, 1.0, 3.0], [0.0, 2.0, 1.0], -1 / 3), (2, [0.0, 1.0, 3.5], [0.0, 2.0, 1.0], -1 / 2)],
)
def test_ksg_equals_a_calculation_by_hand(variant, x, y, nats) -> None:
    estimate = mutual_information(x, y, estimator=KSG(k=1, variant=variant))
    assert estimate.nats == pytest.approx(nats, abs=1e-14)


def test_kl_equals_a_calculation_by_hand() -> None:
    # Distances to the nearest: 1, 1, 2; psi(3) - psi(1) = 3/2.
    estimate = entropy([0.0, 1.0, 3.0], estimator=KozachenkoLeonenko(k=1))
    assert estimate.nats == pytest.approx(1.5 + 4 / 3 * LN2, abs=1e-14)


@pytest.mark.parametrize("variant", [1, 2])
def test_gaussian_information_is_within_two_hundredths_of_a_bit(variant: int) -> None:
    truth = -0.5 * np.log2(1 - 0.6**2)
    estimator = KSG(k=4, variant=variant)
    bits = [
        mutual_information(*gaussian_pair(5000, 0.6, s), estimator=estimator).bits for s in SEEDS
    ]
    assert np.mean(bits) == pytest.approx(truth, abs=0.02)


@pytest.mark.parametrize("estimator", [KSG(), KSG(k=10), KSG(variant=2)], ids=str)
def test_independent_variables_share_nothing_on_average(estimator: KSG) -> None:
    rng = np.random.default_rng(2)
    nats = [
        mutual_information(*rng.normal(size=(2, 400)), estimator=estimator).nats for _ in range(100)
    ]
    assert abs(np.mean(nats)) < 4 * np.std(nats, ddof=1) / np.sqrt(len(nats))
    assert min(nats) < 0.0  # never clipped


@pytest.mark.parametrize("k", [1, 4, 10])
def test_a_copy_reaches_the_ceiling(k: int) -> None:
    x = np.random.default_rng(3).normal(size=300)
    first = mutual_information(x, x, estimator=KSG(k=k))
    assert first.nats == pytest.approx(digamma(300) - digamma(k), abs=1e-12)
    second = mutual_information(x, x, estimator=KSG(k=k, variant=2))
    assert second.nats == pytest.approx(digamma(300) - digamma(k) - 1 / k, abs=1e-12)
    for estimate in (first, second):
        assert estimate.ceiling_nats == pytest.approx(estimate.nats, abs=1e-12)
        assert estimate.flags == ("saturated",)


@pytest.mark.parametrize("k", [1, 4, 10])
def test_a_copy_with_slight_noise_stays_between_the_ends_of_the_ceiling(k: int) -> None:
    x, noise = np.random.default_rng(4).normal(size=(2, 300))
    nats = mutual_information(x, x + 1e-9 * noise, estimator=KSG(k=k)).nats
    assert digamma(300) - digamma(k + 1) - 1e-12 <= nats <= digamma(300) - digamma(k) + 1e-12


@pytest.mark.parametrize("variant", [1, 2])
def test_more_copies_of_a_value_than_neighbours_are_set_apart(variant: int) -> None:
    """The information is then what it is, one bit, where the strict count describes nothing."""
    coin = np.repeat([0.0, 1.0], 50)  # one bit, exactly
    found = mutual_information(coin, coin, estimator=KSG(variant=variant))
    assert "ties-broken" in found.flags
    assert found.bits == pytest.approx(1.0, abs=0.1)
    few = np.repeat(np.arange(25.0), 4)  # three copies besides itself, of four neighbours
    of_few = mutual_information(few, few, estimator=KSG(k=4, variant=variant))
    assert "ties-broken" not in of_few.flags
    noisy = KSG(variant=variant, jitter=1e-10)
    estimate = mutual_information(coin, coin, estimator=noisy)
    assert "ties-broken" not in estimate.flags
    assert estimate.nats <= estimate.ceiling_nats


@pytest.mark.parametrize("estimator", [KSG(scale="rank"), KSG(scale="rank", variant=2)], ids=str)
@pytest.mark.parametrize("transform", [np.exp, np.cbrt, lambda v: v**5, lambda v: 1e9 + 7 * v])
def test_rank_scaling_ignores_increasing_transforms_exactly(estimator, transform) -> None:
    x, y = related(250, 2, 1)
    expected = mutual_information(x, y, estimator=estimator).nats
    assert mutual_information(transform(x), y, estimator=estimator).nats == expected
    assert mutual_information(x, transform(y), estimator=estimator).nats == expected


def test_zscored_information_ignores_the_unit_and_the_raw_max_norm_does_not() -> None:
    x, y = related(300, 3, 2)
    rescaled = x * [1.0, 1e3, 1e-3] + 5.0
    zscore, raw = KSG(scale="zscore"), KSG()
    expected = mutual_information(x, y, estimator=zscore).nats
    assert mutual_information(rescaled, y, estimator=zscore).nats == pytest.approx(
        expected, abs=1e-10
    )
    assert (
        abs(
            mutual_information(rescaled, y, estimator=raw).nats
            - mutual_information(x, y, estimator=raw).nats
        )
        > 0.1
    )


@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (lambda rng: rng.uniform(-3, 5, size=2000), np.log(8)),
        (lambda rng: rng.normal(2, 0.1, size=2000), 0.5 * np.log(2 * np.pi * np.e * 0.01)),
        (lambda rng: rng.exponential(3, size=2000), 1 + np.log(3)),
        (
            lambda rng: rng.multivariate_normal([0, 0], [[2.0, 1.2], [1.2, 1.0]], size=2000),
            np.log(2 * np.pi * np.e) + 0.5 * np.log(2.0 - 1.2**2),
        ),
    ],
    ids=["uniform", "normal", "exponential", "correlated plane"],
)
def test_kl_finds_known_entropies_on_average(draw, truth) -> None:
    nats = [entropy(draw(np.random.default_rng(seed))).nats for seed in SEEDS]
    # The border of a density adds a bias of the order k / n, or sqrt(k / n) / n in the plane.
    assert np.mean(nats) == pytest.approx(truth, abs=4 * np.std(nats, ddof=1) / 20**0.5 + 0.01)


@pytest.mark.parametrize("d", [1, 3, 6])
def test_kl_follows_scaling_and_translation(d: int) -> None:
    x = related(300, d, 1)[0]
    nats = entropy(x).nats
    assert entropy(8.0 * x).nats == pytest.approx(nats + d * np.log(8), abs=1e-12)
    assert entropy(0.003 * x).nats == pytest.approx(nats + d * np.log(0.003), abs=1e-10)
    assert entropy(x + 17.0).nats == pytest.approx(nats, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 9), st.sampled_from(["none", "zscore", "rank"]))
def test_a_constant_variable_shares_nothing(seed: int, k: int, scale: str) -> None:
    y = np.random.default_rng(seed).normal(size=40)
    for variant in (1, 2):
        estimate = mutual_information(np.full(40, 0.1), y, estimator=KSG(k, variant, scale))
        # Algorithm 2 counts k in y alone and everything in x: psi(k) - 1/k + psi(n) -
        # psi(n - 1) - psi(k), which is 1/(n - 1) - 1/k.
        expected = 0.0 if variant == 1 else 1 / 39 - 1 / k
        assert estimate.nats == pytest.approx(expected, abs=1e-12)


def test_scikit_learn_finds_the_same() -> None:
    feature_selection = pytest.importorskip("sklearn.feature_selection")
    x, y = gaussian_pair(500, 0.8, 0)
    # It divides x and y by their standard deviation and adds noise of 1e-10, which moves no
    # sample past another; it is algorithm 1, clipped at 0.
    expected = feature_selection.mutual_info_regression(
        x[:, np.newaxis], y, n_neighbors=4, random_state=0
    )[0]
    found = mutual_information(x / x.std(), y / y.std(), estimator=KSG(k=4)).nats
    assert found == pytest.approx(expected, abs=1e-10)
