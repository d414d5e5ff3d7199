"""Total, dual, O-, S-information and complete TSE against twins, identities and closed forms."""

from functools import partial
from itertools import product

import numpy as np
import pytest

from infoscope import (
    KSG,
    Binned,
    Discrete,
    EstimationError,
    Gaussian,
    InputError,
    KozachenkoLeonenko,
    LinearDecoder,
    MixedKSG,
    dual_total_correlation,
    mutual_information,
    o_information,
    s_information,
    total_correlation,
    tse_complexity,
)
from reference import estimators as twin
from reference import parametric

ALL = {
    "total": total_correlation,
    "dual": dual_total_correlation,
    "o": o_information,
    "s": s_information,
}
OFFERING = [KSG(), Gaussian(), Gaussian(False, False), Gaussian(copula=True), Discrete(),
            Discrete("miller-madow"), Binned(bins=3)]  # fmt: skip


def related(n=150, d=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ (np.eye(d) + 0.3 * rng.normal(size=(d, d)))


def few(n=200, d=4, seed=0):
    return np.digitize(related(n, d, seed), [-0.7, 0.7]) * 1.0


def combined(total, dual):
    return {"total": total, "dual": dual, "o": total - dual, "s": total + dual}


def equicorrelated(n, d, rho, seed):
    noise = np.random.default_rng(seed).normal(size=(n, d + 1))
    return np.sqrt(1 - rho) * noise[:, :d] + np.sqrt(rho) * noise[:, d:]


@pytest.mark.parametrize("k", [1, 4, 10])
@pytest.mark.parametrize("d", [2, 3, 5, 7])
def test_ksg_equals_the_twins(d: int, k: int) -> None:
    data = related(d=d)
    expected = combined(twin.total_correlation(data, k), twin.dual_total_correlation(data, k))
    for name, of in ALL.items():
        assert of(data, estimator=KSG(k)).nats == pytest.approx(expected[name], abs=1e-10)
    second = total_correlation(data, estimator=KSG(k, variant=2)).nats
    assert second == pytest.approx(twin.total_correlation(data, k, 2), abs=1e-10)


def test_ksg_under_ties_equals_the_twins() -> None:
    for seed in range(20):
        data = np.random.default_rng(seed).integers(0, 4, size=(30, 3)) * 0.1
        expected = twin.total_correlation(data, 3)
        assert total_correlation(data, estimator=KSG(3, ties="strict")).nats == pytest.approx(
            expected, abs=1e-10
        )


@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("d", [2, 3, 6])
def test_gaussian_and_discrete_equal_the_twins(d: int, corrected: bool) -> None:
    cases = [
        (related(d=d), Gaussian(bias_correction=corrected), parametric.gaussian),
        (few(d=d), Discrete("miller-madow" if corrected else "none"), parametric.discrete),
    ]
    for data, estimator, known in cases:
        entropy = known(data, corrected)
        total = parametric.total_correlation(entropy, d)
        dual = parametric.dual_total_correlation(entropy, d)
        for name, of in ALL.items():
            found = of(data, estimator=estimator)
            assert found.nats == pytest.approx(combined(total, dual)[name], abs=1e-10)
            assert (found.n, found.estimator) == (len(data), estimator)
        complexity = tse_complexity(data, subsets="all", estimator=estimator)
        assert complexity.nats == pytest.approx(parametric.tse_complexity(entropy, d), abs=1e-10)
        assert complexity.standard_error_nats == 0.0


@pytest.mark.parametrize("estimator", OFFERING, ids=str)
def test_of_two_variables_all_is_their_information(estimator) -> None:
    data = few(d=2) if isinstance(estimator, Discrete) else related(d=2)
    expected = mutual_information(data[:, 0], data[:, 1], estimator=estimator).nats
    assert total_correlation(data, estimator=estimator).nats == pytest.approx(expected, abs=1e-10)
    assert dual_total_correlation(data, estimator=estimator).nats == pytest.approx(
        expected, abs=1e-10
    )
    assert o_information(data, estimator=estimator).nats == pytest.approx(0.0, abs=1e-10)
    assert s_information(data, estimator=estimator).nats == pytest.approx(2 * expected, abs=1e-10)
    if hasattr(estimator, "prefix_entropies"):
        # Half of I, over the one size.
        assert tse_complexity(data, subsets="all", estimator=estimator).nats == pytest.approx(
            expected / 2, abs=1e-10
        )


def test_two_variables_by_algorithm_two() -> None:
    data = related(d=2)
    expected = mutual_information(data[:, 0], data[:, 1], estimator=KSG(variant=2)).nats
    assert total_correlation(data, estimator=KSG(variant=2)).nats == pytest.approx(
        expected, abs=1e-10
    )


@pytest.mark.parametrize("estimator", OFFERING, ids=str)
def test_identities_and_order(estimator) -> None:
    data = few() if isinstance(estimator, Discrete) else related()
    found = {name: of(data, estimator=estimator).nats for name, of in ALL.items()}
    assert found["o"] == pytest.approx(found["total"] - found["dual"], abs=1e-12)
    assert found["s"] == pytest.approx(found["total"] + found["dual"], abs=1e-12)
    rows = np.random.default_rng(0).permutation(len(data))
    for name, of in ALL.items():
        shuffled = of(data[rows][:, [2, 0, 3, 1]], estimator=estimator).nats
        assert shuffled == pytest.approx(found[name], abs=1e-10)


@pytest.mark.parametrize("n_jobs", [2, -1, None])
def test_threads_change_no_bit(n_jobs: int | None) -> None:
    data = related(500, 5)
    for estimator in (KSG(), Gaussian()):
        for of in ALL.values():
            assert (
                of(data, estimator=estimator, n_jobs=n_jobs).nats
                == of(data, estimator=estimator, n_jobs=1).nats
            )


COINS = np.array(list(product([0, 1], repeat=2)))
XOR = np.column_stack([COINS, COINS[:, 0] ^ COINS[:, 1]])
GIANT = np.repeat([[0, 0, 0], [1, 1, 1]], 2, axis=0)
FREE = np.array(list(product([0, 1], repeat=3)))
PARITY = np.column_stack([FREE, FREE.sum(axis=1) % 2])


@pytest.mark.parametrize(
    ("data", "total", "dual", "complexity"),
    [(XOR, 1, 2, 1), (GIANT, 2, 1, 1), (FREE, 0, 0, 0), (PARITY, 1, 3, 1.5)],
    ids=["xor", "giant bit", "independent", "parity of three"],
)
def test_gates_have_their_known_bits(data, total, dual, complexity) -> None:
    # The parity of three: of each size 1, 2 or 3 the mean of |S| - 3/4 |S|, so 1/4 + 2/4 + 3/4.
    for name, of in ALL.items():
        expected = combined(total, dual)[name]
        assert of(data, estimator=Discrete()).bits == pytest.approx(expected, abs=1e-12)
    found = tse_complexity(data, subsets="all", estimator=Discrete())
    assert found.bits == pytest.approx(complexity, abs=1e-12)
    # Synergy makes an O-information negative: that is no error.
    assert "negative" not in o_information(data, estimator=Discrete()).flags


@pytest.mark.parametrize(("d", "rho", "bits"), [(3, 0.5, 0.29248), (6, 0.3, 0.55085)])
def test_equicorrelated_gaussians_have_their_closed_forms(d: int, rho: float, bits: float) -> None:
    """METHODS 5. |R| = (1 - rho)^(d - 1) (1 + (d - 1) rho); DTC by the same of d - 1."""

    def log_det(m):
        return (m - 1) * np.log(1 - rho) + np.log(1 + (m - 1) * rho)

    total = -0.5 * log_det(d)
    dual = 0.5 * (d * log_det(d - 1) - (d - 1) * log_det(d))
    truths = {**combined(total, dual), "tse": bits * np.log(2)}
    found = {name: [] for name in truths}
    for seed in range(20):
        data = equicorrelated(4000, d, rho, seed)
        for name, of in ALL.items():
            found[name].append(of(data).nats)
        found["tse"].append(tse_complexity(data, subsets="all", estimator=Gaussian()).nats)
    for name, truth in truths.items():
        error = np.std(found[name], ddof=1) / 20**0.5
        assert abs(np.mean(found[name]) - truth) < 4 * error + 1e-5


def test_ksg_finds_the_gaussian_forms() -> None:
    total = -0.5 * np.log(1 - 3 * 0.25 + 2 * 0.125)
    dual = 0.5 * (3 * np.log(0.75) - 2 * np.log(0.5))
    for of, truth in ((total_correlation, total), (dual_total_correlation, dual)):
        nats = [of(equicorrelated(2000, 3, 0.5, s), estimator=KSG()).nats for s in range(20)]
        assert abs(np.mean(nats) - truth) < 4 * np.std(nats, ddof=1) / 20**0.5 + 0.02


@pytest.mark.parametrize("estimator", [Gaussian(), KSG(), KSG(k=10)], ids=str)
def test_independent_variables_share_nothing_on_average(estimator) -> None:
    for of in ALL.values():
        nats = [
            of(np.random.default_rng(s).normal(size=(300, 3)), estimator=estimator).nats
            for s in range(50)
        ]
        assert abs(np.mean(nats)) < 4 * np.std(nats, ddof=1) / 50**0.5 + 0.005


def test_every_subset_is_what_many_draws_tend_to() -> None:
    data = related(200, 5)
    exact = tse_complexity(data, subsets="all", estimator=Gaussian()).nats
    drawn = tse_complexity(data, subsets=2000, estimator=Gaussian())
    assert abs(drawn.nats - exact) < 4 * drawn.standard_error_nats
    slow = KozachenkoLeonenko(k=3)
    assert tse_complexity(data[:, :2], subsets="all", estimator=slow).nats == pytest.approx(
        tse_complexity(data[:, :2], subsets=2000, estimator=slow).nats, abs=1e-2
    )


def test_scale_jitter_and_flags() -> None:
    data = related() * [1, 10, 100, 1000]
    rng = np.random.default_rng(3)
    noisy = (data - data.mean(axis=0)) / data.std(axis=0) + 0.1 * rng.random(data.shape)
    estimator = KSG(scale="zscore", jitter=0.1)
    found = total_correlation(data, estimator=estimator, random_state=3)
    assert found.nats == pytest.approx(twin.total_correlation(noisy, 4), abs=1e-10)
    assert found.flags == ()
    assert "ties" in total_correlation(np.round(data), estimator=KSG()).flags
    assert "constant" in total_correlation(few() * [1, 1, 1, 0], estimator=Discrete()).flags


def test_more_copies_than_neighbours_are_set_apart_and_keep_the_information() -> None:
    """Three copies of a coin: two bits; with independent ones none."""
    coin = np.random.default_rng(0).integers(0, 2, size=(2000, 1)) * 1.0
    copies = total_correlation(np.repeat(coin, 3, axis=1), estimator=KSG())
    assert copies.bits == pytest.approx(2.0, abs=0.05)
    coins = np.random.default_rng(1).integers(0, 2, size=(2000, 3))
    assert total_correlation(coins, estimator=KSG()).bits == pytest.approx(0.0, abs=0.05)


X = np.random.default_rng(0).normal(size=(20, 3))


@pytest.mark.parametrize("of", ALL.values(), ids=ALL)
@pytest.mark.parametrize(
    ("data", "estimator", "message"),
    [
        (X[:, 0], Gaussian(), r"^data must have two variables or more, got 1; "),
        (X[:, None], Gaussian(), r"^data must have shape \(n,\) or \(n, d\)"),
        (X * np.nan, Gaussian(), r"^data must be finite, got nan"),
        (X[:4], Gaussian(), r"^data must have more rows than the 3 coordinates and one, got 4"),
        (X[:4], KSG(), r"^k must be below the number of samples, got k = 4 with 4 samples"),
        (X, KozachenkoLeonenko(), r"^estimator must offer .*, got Kozachenko.*; use for example"),
        (X, LinearDecoder(), r"^estimator must offer .*, got LinearDecoder"),
        (X, MixedKSG(), r"^estimator must offer .*, got MixedKSG"),
        (X, Gaussian, r"^estimator must offer set_entropies, got the class"),
        (X, KSG, r"^estimator must offer set_entropies, got the class"),
        (X, "ksg", r"^estimator must be 'auto', 'published' .*, got 'ksg'"),
        (X, None, r"^estimator must offer .*, got None"),
        (X, KSG(theiler=3), r"^(theiler|estimator) must .* got .*; "),
        (X[:0], Discrete(), r"^data must .* got .*; "),
    ],
)
def test_unsuitable_input_is_refused(of, data, estimator, message) -> None:
    with pytest.raises(InputError, match=message):
        of(data, estimator=estimator)


@pytest.mark.parametrize("of", [dual_total_correlation, o_information, s_information])
def test_algorithm_two_has_no_dual(of) -> None:
    with pytest.raises(InputError, match=r"^estimator must have a dual total correlation, got KSG"):
        of(X, estimator=KSG(variant=2))


@pytest.mark.parametrize("of", [*ALL.values(), partial(tse_complexity, subsets="all")])
def test_linear_dependence_is_infinite(of) -> None:
    with pytest.raises(EstimationError, match=r"coordinate 3 .* function of coordinates 0, 1, 2: "):
        of(np.column_stack([X, X.sum(axis=1)]), estimator=Gaussian())


@pytest.mark.parametrize("of", [*ALL.values(), partial(tse_complexity, subsets="all")])
def test_a_constant_is_as_a_variable_that_shares_nothing(of) -> None:
    """One that happens to correlate with no other adds as much to both sides of all of these."""
    known = np.column_stack([np.ones(20), X])
    noise = np.random.default_rng(5).normal(size=20)
    noise -= known @ np.linalg.lstsq(known, noise)[0]
    estimator = Gaussian(bias_correction=False)
    still, apart = (of(np.column_stack([X, c]), estimator=estimator) for c in (np.ones(20), noise))
    assert still.nats == pytest.approx(apart.nats, abs=1e-12)
    assert "constant" in still.flags


@pytest.mark.parametrize("of", ALL.values(), ids=ALL)
def test_threads_and_random_state_are_checked(of) -> None:
    with pytest.raises(InputError, match=r"^n_jobs must be a whole number other than 0"):
        of(X, n_jobs=0)
    with pytest.raises(InputError, match=r"^random_state must be an int >= 0"):
        of(X, random_state=-1)


def test_complete_complexity_is_for_few_variables() -> None:
    wide = np.random.default_rng(0).normal(size=(40, 17))
    with pytest.raises(InputError, match=r"^subsets must be a number above 16 .* 'all' for 17, "):
        tse_complexity(wide, subsets="all", estimator=Gaussian())
    with pytest.raises(InputError, match=r"^subsets must be a whole number >= 1, got 'every'; "):
        tse_complexity(wide, subsets="every", estimator=Gaussian())


def test_threads_of_a_complexity_are_checked_for_every_estimator() -> None:
    with pytest.raises(InputError, match=r"^n_jobs must be a whole number other than 0"):
        tse_complexity(X, subsets="all", estimator=Gaussian(), n_jobs=0)
