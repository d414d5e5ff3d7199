"""KSG and Kozachenko-Leonenko against their slow twins: values, invariances, jitter and flags."""

import dataclasses

import numpy as np
import pytest
from scipy.special import ndtri

from infoscope import (
    KSG,
    Estimate,
    EstimationError,
    InputError,
    KozachenkoLeonenko,
    entropy,
    mutual_information,
    pairwise_information,
)
from reference import estimators as twin

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


def normal_scores(column):
    return ndtri((np.argsort(np.argsort(column)) + 1) / (len(column) + 1))


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("k", [1, 4, 10])
@pytest.mark.parametrize(("d_x", "d_y"), [(1, 1), (1, 2), (3, 1), (2, 5), (11, 2)])
def test_ksg_equals_the_twin(d_x: int, d_y: int, k: int, variant: int) -> None:
    x, y = related(300, d_x, d_y)
    estimate = mutual_information(x, y, estimator=KSG(k=k, variant=variant))
    assert estimate.nats == pytest.approx(twin.KSG[variant](x, y, k), abs=1e-10)


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize(("n", "k"), [(2, 1), (12, 11), (130, 129), (1000, 3), (1000, 200)])
def test_ksg_equals_the_twin_for_few_and_many_samples(n: int, k: int, variant: int) -> None:
    x, y = related(n, 1, 1)
    estimate = mutual_information(x, y, estimator=KSG(k=k, variant=variant))
    assert estimate.nats == pytest.approx(twin.KSG[variant](x, y, k), abs=1e-10)


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("d", [1, 3])
def test_ksg_scales_each_coordinate(variant: int, d: int) -> None:
    x, y = related(200, d, d)
    x[:, 0] = np.exp(3 * x[:, 0])
    zscores = [(b - b.mean(axis=0)) / b.std(axis=0) for b in (x, y)]
    ranks = [np.column_stack([normal_scores(column) for column in b.T]) for b in (x, y)]
    found = {}
    for scale, (a, b) in {"none": (x, y), "zscore": zscores, "rank": ranks}.items():
        found[scale] = mutual_information(x, y, estimator=KSG(scale=scale, variant=variant)).nats
        assert found[scale] == pytest.approx(twin.KSG[variant](a, b, 4), abs=1e-10)
    assert len(set(found.values())) == 3


@pytest.mark.parametrize("k", [1, 4, 199])
@pytest.mark.parametrize("d", [1, 2, 5, 13])
def test_kl_equals_the_twin(d: int, k: int) -> None:
    x = related(200, d, 1)[0] * 10.0 ** np.arange(-3, d - 3)
    estimate = entropy(x, estimator=KozachenkoLeonenko(k=k))
    assert estimate.nats == pytest.approx(twin.kl_entropy(x, k), abs=1e-10)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_prefix_entropies_equal_the_twin(n_jobs: int) -> None:
    x = related(150, 7, 1)[0]
    rng = np.random.default_rng(5)
    prefixes = [(rng.permutation(7), np.array(s)) for s in ([1, 2, 3, 4, 5, 6, 7], [2, 5], [7])]
    found = KozachenkoLeonenko(k=3).prefix_entropies(x, prefixes, rng, n_jobs)
    assert len(found) == len(prefixes)
    for entropies, (order, sizes) in zip(found, prefixes, strict=True):
        expected = twin.subset_entropies(x, order, sizes, 3)
        np.testing.assert_allclose(entropies, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("norm", ["max", "euclidean"])
def test_prefix_entropies_of_copies_are_refused(norm: str) -> None:
    x = np.column_stack([np.repeat([0.0, 1.0], 5), np.arange(10.0)])
    prefixes = [(np.array([0, 1]), np.array([1, 2]))]
    estimator = KozachenkoLeonenko(k=2, norm=norm)
    with pytest.raises(EstimationError, match=r"minus infinity: in some coordinates of x, .*k = 2"):
        estimator.prefix_entropies(x, prefixes, np.random.default_rng(0), 1)
    with pytest.raises(EstimationError, match=r"minus infinity: 10 of 10 samples have k = 2 iden"):
        entropy(x[:, 0], estimator=estimator)


@pytest.mark.parametrize("k", [1, 4])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_euclidean_kl_equals_the_twin(d: int, k: int) -> None:
    x = related(80, d, 1)[0]
    estimator = KozachenkoLeonenko(k=k, norm="euclidean")
    assert entropy(x, estimator=estimator).nats == pytest.approx(
        twin.euclidean_kl_entropy(x, k), abs=1e-10
    )
    order, sizes = np.arange(d)[::-1], np.arange(1, d + 1)
    found = estimator.prefix_entropies(x, [(order, sizes)], np.random.default_rng(0), 1)[0]
    expected = [twin.euclidean_kl_entropy(x[:, order[:size]], k) for size in sizes]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


def test_the_norm_is_one_of_two_words() -> None:
    with pytest.raises(InputError, match=r"^norm must be one of 'max', 'euclidean', got 2; pick"):
        KozachenkoLeonenko(norm=2)


@pytest.mark.parametrize("estimator", [KSG(), KSG(variant=2), KSG(scale="rank")], ids=str)
@pytest.mark.parametrize("d", [1, 4])
def test_ksg_does_not_depend_on_row_order_or_on_which_variable_is_first(estimator, d) -> None:
    x, y = related(300, d, 1)
    order = np.random.default_rng(1).permutation(300)
    nats = mutual_information(x, y, estimator=estimator).nats
    shuffled = mutual_information(x[order], y[order], estimator=estimator).nats
    assert shuffled == pytest.approx(nats, abs=1e-12)
    assert mutual_information(y, x, estimator=estimator).nats == pytest.approx(nats, abs=1e-12)
    backwards = mutual_information(x[:, ::-1], y, estimator=estimator).nats
    assert backwards == pytest.approx(nats, abs=1e-12)


def test_kl_does_not_depend_on_row_or_column_order() -> None:
    x = related(300, 4, 1)[0]
    order = np.random.default_rng(1).permutation(300)
    assert entropy(x[order][:, ::-1]).nats == pytest.approx(entropy(x).nats, abs=1e-12)


@pytest.mark.parametrize("n_jobs", [2, -1, None])
def test_results_are_the_same_bits_for_any_number_of_threads(n_jobs: int | None) -> None:
    x, y = related(400, 3, 2)
    data = np.hstack([x, y, x**2, y**3])  # 45 pairs: more than one thread takes at a time
    for variant in (1, 2):
        one = mutual_information(x, y, estimator=KSG(variant=variant), n_jobs=1).nats
        assert mutual_information(x, y, estimator=KSG(variant=variant), n_jobs=n_jobs).nats == one
    assert entropy(x, n_jobs=n_jobs).nats == entropy(x, n_jobs=1).nats
    np.testing.assert_array_equal(
        pairwise_information(data, lag=1, n_jobs=n_jobs, estimator="published"),
        pairwise_information(data, lag=1, n_jobs=1, estimator="published"),
    )


def test_kl_of_copies_is_refused_and_says_how_many() -> None:
    x = np.append(np.zeros(5), np.arange(1.0, 16.0))
    assert np.isfinite(entropy(x, estimator=KozachenkoLeonenko(k=5)).nats)
    with pytest.raises(EstimationError, match=r"5 of 20 samples .*k = 4 identical .*raise k, or"):
        entropy(x, estimator=KozachenkoLeonenko(k=4))


@pytest.mark.parametrize("estimator", [KSG(jitter=0.01), KSG(jitter=0.01, variant=2)], ids=str)
def test_ksg_jitter_repeats_and_is_drawn_for_x_then_y(estimator: KSG) -> None:
    x, y = related(200, 2, 1)
    rng = np.random.default_rng(7)
    noisy = [samples + 0.01 * rng.random(samples.shape) for samples in (x, y)]
    expected = twin.KSG[estimator.variant](*noisy, 4)
    found = [mutual_information(x, y, estimator=estimator, random_state=s).nats for s in (7, 7, 8)]
    assert found[0] == pytest.approx(expected, abs=1e-10)
    assert found[0] == found[1] != found[2]
    by_generator = mutual_information(
        x, y, estimator=estimator, random_state=np.random.default_rng(7)
    ).nats
    assert by_generator == found[0]


def test_jitter_is_added_after_scaling() -> None:
    x, y = 1e4 * np.column_stack(related(200, 1, 1)).T
    rng = np.random.default_rng(7)
    noisy = [(v - v.mean()) / v.std() + 0.5 * rng.random((200, 1))[:, 0] for v in (x, y)]
    found = mutual_information(x, y, estimator=KSG(scale="zscore", jitter=0.5), random_state=7).nats
    assert found == pytest.approx(twin.ksg1(*noisy, 4), abs=1e-10)


@pytest.mark.parametrize("unit", [1e-8, 1.0, 1e12])
def test_jitter_in_deviations_follows_the_scale_of_the_data(unit: float) -> None:
    random = np.random.default_rng(4)
    x, y = random.integers(0, 5, (2, 150)) * unit
    estimator = KSG(k=3, jitter=1e-3, jitter_unit="sd")
    found = mutual_information(x, 100 * y, estimator=estimator, random_state=1)
    again = np.random.default_rng(1)
    noisy = [v + 1e-3 * v.std() * again.random((150, 1))[:, 0] for v in (x, 100 * y)]
    assert found.nats == pytest.approx(twin.ksg1(*noisy, 3), abs=1e-12)
    assert "coincident" not in found.flags
    entropies = KozachenkoLeonenko(k=3, jitter=1e-3, jitter_unit="sd")
    shift = entropy(x, estimator=entropies).nats - entropy(x / unit, estimator=entropies).nats
    assert shift == pytest.approx(np.log(unit), abs=1e-6)


@pytest.mark.parametrize("kind", [KSG, KozachenkoLeonenko])
def test_the_unit_of_jitter_is_one_of_two_words(kind) -> None:
    with pytest.raises(InputError, match=r"jitter_unit must be one of 'absolute', 'sd', got 'V'"):
        kind(jitter_unit="V")


def test_kl_jitter_repeats_and_makes_copies_finite() -> None:
    x = np.repeat(np.arange(10.0), 10)
    estimator = KozachenkoLeonenko(k=4, jitter=1.0)
    found = [entropy(x, estimator=estimator, random_state=s).nats for s in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    noisy = x[:, np.newaxis] + np.random.default_rng(0).random((100, 1))
    assert found[0] == pytest.approx(twin.kl_entropy(noisy, 4), abs=1e-10)


def test_without_jitter_no_random_number_is_drawn() -> None:
    x, y = related(50, 1, 1)
    rng = np.random.default_rng(9)
    mutual_information(x, y, random_state=rng, estimator=KSG())
    entropy(x, random_state=rng)
    assert rng.random() == np.random.default_rng(9).random()


def flagged(x, y=None, estimator=None):
    if y is None:
        return set(entropy(x, estimator=estimator or KozachenkoLeonenko()).flags)
    return set(mutual_information(x, y, estimator=estimator or KSG()).flags)


def test_flags_name_what_makes_an_estimate_doubtful() -> None:
    rng = np.random.default_rng(10)
    x, y = gaussian_pair(400, 0.6, 0)
    assert flagged(x, y) == set()
    assert flagged(10 * x) == set()
    assert flagged(np.full(400, 0.1), y) >= {"constant", "ties"}
    assert flagged(np.append(x[:-1], x[0]), y) == {"ties"}
    assert "constant" not in flagged(np.round(x, 1), y)
    # One tied column does not make duplicated rows; more than every tenth row repeated does.
    assert "duplicates" not in flagged(np.round(x, 1), y)
    rows = np.append(np.arange(355), np.arange(45))
    assert flagged(x[rows], y[rows]) == {"ties", "duplicates"}
    assert "duplicates" not in flagged(x[np.arange(400) % 360], y[np.arange(400) % 360])
    assert "high-dimensional" in flagged(rng.normal(size=(400, 10)), y)
    assert "high-dimensional" not in flagged(rng.normal(size=(400, 9)), y)
    assert "high-dimensional" in flagged(rng.normal(size=(400, 11)))
    assert flagged(x, x + 1e-6 * y) == {"saturated"}
    # A differential entropy may be negative: that of a narrow distribution is.
    assert flagged(0.01 * x) == set()


def test_signed_zeros_are_copies_of_each_other() -> None:
    # 17 of 20 rows are distinct, fewer than nine in ten; told apart by sign there would be 18.
    x = np.maximum(np.arange(20.0) - 3, 0.0)
    signed = np.where(np.arange(20) < 2, -0.0, x)
    assert flagged(signed, signed) == flagged(x, x) >= {"ties", "duplicates"}


@pytest.mark.parametrize("seed", range(4))
def test_negative_and_saturated_flags_follow_the_numbers(seed: int) -> None:
    for rho in (0.0, 0.9, 0.999999):
        estimate = mutual_information(*gaussian_pair(60, rho, seed), estimator=KSG())
        assert ("negative" in estimate.flags) == (estimate.nats < 0)
        assert ("saturated" in estimate.flags) == (estimate.nats > 0.9 * estimate.ceiling_nats)


@pytest.mark.parametrize("kind", [KSG, KozachenkoLeonenko])
def test_estimators_are_frozen_values(kind) -> None:
    assert kind(k=3) == kind(k=3) != kind(k=4)
    assert hash(kind(k=3)) == hash(kind(k=3))
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'k'"):
        kind().k = 5


def test_an_estimate_knows_its_units() -> None:
    estimate = Estimate(3 * LN2, 10, KSG(), 4 * LN2, ("ties", "saturated"), 0.5 * LN2)
    assert (estimate.bits, estimate.ceiling_bits, estimate.standard_error_bits) == (3, 4, 0.5)
    row = estimate.to_frame().iloc[0]
    assert (row["bits"], row["ceiling_bits"], row["standard_error_bits"], row["n"]) == (
        3,
        4,
        0.5,
        10,
    )
    assert row["flags"] == "ties saturated"
    assert row["estimator"] == str(KSG())
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'nats'"):
        estimate.nats = 0.0


def test_an_estimate_says_what_it_came_from() -> None:
    x, y = related(60, 1, 1)
    estimate = mutual_information(x, y, estimator=KSG(k=3))
    assert (estimate.n, estimate.estimator) == (60, KSG(k=3))
    assert estimate.bits * LN2 == pytest.approx(estimate.nats, rel=1e-15)
    assert np.isnan(estimate.standard_error_nats)
    assert entropy(x).ceiling_bits == np.inf


def test_fewer_than_ten_samples_per_coordinate_are_flagged() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 20))
    assert "few-samples" in mutual_information(x[:19], y[:19], estimator=KSG(k=3)).flags
    assert "few-samples" not in mutual_information(x, y, estimator=KSG(k=3)).flags
