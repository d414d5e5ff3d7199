from collections import Counter
from collections.abc import Callable
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

from infoscope import EstimationError, InputError, KozachenkoLeonenko, tse_complexity
from reference import networks as twin


class KnownEntropies:
    """Stands in for an estimator: the entropy of every subset, in bits, is a known function."""

    def __init__(self, entropy: Callable[[tuple[int, ...]], float]) -> None:
        self.entropy = entropy
        self.drawn: list[tuple[int, ...]] = []
        self.served: list[tuple[int, ...]] = []

    def prefix_entropies(self, x: Any, prefixes: Any, random: Any, n_jobs: Any) -> list[np.ndarray]:
        found = []
        for order, sizes in prefixes:
            subsets = [tuple(sorted(int(i) for i in order[:size])) for size in sizes]
            self.drawn += subsets
            self.served.append(tuple(int(size) for size in sizes))
            found.append(np.log(2) * np.array([self.entropy(subset) for subset in subsets]))
        return found


def complexity_of(entropy: Callable[[tuple[int, ...]], float], d: int, **arguments: Any) -> Any:
    return tse_complexity(np.zeros((3, d)), estimator=KnownEntropies(entropy), **arguments)


def gaussian(covariance: np.ndarray) -> Callable[[tuple[int, ...]], float]:
    return lambda subset: 0.5 * float(np.linalg.slogdet(covariance[np.ix_(subset, subset)])[1])


def equicorrelated(d: int, rho: float) -> np.ndarray:
    return (1 - rho) * np.eye(d) + rho


def uneven(d: int, seed: int = 0) -> np.ndarray:
    """A covariance whose subsets of one size differ much in entropy."""
    mixing = np.random.default_rng(seed).normal(size=(d, d))
    return mixing @ np.diag(np.geomspace(0.05, 5, d)) @ mixing.T


def mixed_samples(n: int = 60, d: int = 5, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d))


# Where subsets of one size have equal entropies, no sampling error is left. Bits.
KNOWN = [
    (lambda subset: min(len(subset), 2), 3, 1.0),  # exclusive or: any two bits decide the third
    (lambda subset: 1.0, 3, 1.0),  # three copies of one bit
    (lambda subset: 2.5 * len(subset), 6, 0.0),  # independent
    # Gaussians, by the closed form of METHODS 5.
    (lambda subset: gaussian(equicorrelated(3, 0.5))(subset) / np.log(2), 3, 0.29248),
    (lambda subset: gaussian(equicorrelated(6, 0.3))(subset) / np.log(2), 6, 0.55085),
]


@pytest.mark.parametrize(("entropy", "d", "expected"), KNOWN)
@pytest.mark.parametrize("subsets", [1, 4])
def test_complexity_of_exchangeable_variables_is_known(
    entropy: Callable[[tuple[int, ...]], float], d: int, expected: float, subsets: int
) -> None:
    estimate = complexity_of(entropy, d, subsets=subsets)
    assert estimate.bits == pytest.approx(expected, abs=1e-5)
    assert estimate.bits == pytest.approx(twin.tse_complexity(entropy, d), abs=1e-12)
    if subsets > 1:
        assert estimate.standard_error_bits == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("d", [2, 3, 5, 6, 9, 14, 45])
@pytest.mark.parametrize("subsets", [1, 5])
def test_each_size_has_its_number_of_subsets(d: int, subsets: int) -> None:
    covariance = uneven(d)
    known = KnownEntropies(gaussian(covariance))
    estimate = tse_complexity(np.zeros((3, d)), subsets=subsets, estimator=known)
    sizes = Counter(len(subset) for subset in known.drawn)
    assert sizes == {**dict.fromkeys(range(1, d), subsets), d: 1}
    whole, expected = known.entropy(tuple(range(d))), 0.0
    for k in range(1, d):
        of_size = [known.entropy(subset) for subset in known.drawn if len(subset) == k]
        expected += sum(of_size) / subsets - k / d * whole
    assert estimate.bits == pytest.approx(expected, rel=1e-10)


def test_one_order_serves_two_sizes_far_apart() -> None:
    known = KnownEntropies(gaussian(uneven(45)))
    tse_complexity(np.zeros((3, 45)), subsets=2, estimator=known)
    assert known.served.count((3, 25)) == 2
    assert {sizes for sizes in known.served if len(sizes) != 2} == {(45,)}
    assert {b - a for sizes in known.served for a, b in pairwise(sizes)} == {22}


@pytest.mark.parametrize("seed", range(4))
def test_complexity_equals_the_sum_over_the_subsets_drawn(seed: int) -> None:
    data = mixed_samples(n=40, d=7, seed=seed)
    slow = KnownEntropies(lambda subset: twin.kl_entropy(data[:, list(subset)], 3))
    expected = tse_complexity(data, subsets=2, estimator=slow, random_state=seed)
    found = tse_complexity(data, subsets=2, estimator=KozachenkoLeonenko(k=3), random_state=seed)
    assert found.bits == pytest.approx(expected.bits, abs=1e-9)
    assert found.standard_error_bits == pytest.approx(expected.standard_error_bits, abs=1e-9)
    assert found.n == 40


@pytest.mark.parametrize("d", [5, 6])
def test_every_subset_of_a_size_is_equally_likely(d: int) -> None:
    known = KnownEntropies(lambda subset: 0.0)
    tse_complexity(np.zeros((3, d)), subsets=4000, estimator=known, random_state=1)
    times = Counter(known.drawn)
    for size in range(1, d):
        counts = [times[subset] for subset in combinations(range(d), size)]
        assert sum(counts) == 4000
        assert chisquare(counts).pvalue > 1e-5


@pytest.mark.parametrize("d", [2, 3, 5])
def test_sampling_is_unbiased(d: int) -> None:
    data = mixed_samples(n=50, d=d)
    exact = twin.tse_complexity(lambda subset: twin.kl_entropy(data[:, list(subset)], 4), d)
    estimator = KozachenkoLeonenko(k=4)
    found = np.array(
        [
            tse_complexity(data, subsets=3, estimator=estimator, random_state=s, n_jobs=1).bits
            for s in range(300)
        ]
    )
    assert found.std() > 0
    assert abs(found.mean() - exact) < 4.5 * found.std(ddof=1) / np.sqrt(300)


@pytest.mark.parametrize(("d", "subsets"), [(5, 2), (5, 8), (10, 5), (14, 3)])
def test_standard_error_is_the_spread_over_draws(d: int, subsets: int) -> None:
    # Nested subsets of one order are dependent: errors that ignored it would miss the spread.
    entropy = gaussian(uneven(d))
    found = [complexity_of(entropy, d, subsets=subsets, random_state=s) for s in range(400)]
    spread = np.std([estimate.bits for estimate in found], ddof=1)
    reported = np.sqrt(np.mean([estimate.standard_error_bits**2 for estimate in found]))
    # A standard deviation from 400 draws has a relative error of 3.5 %, the other of less.
    assert reported == pytest.approx(spread, rel=0.2)


def test_one_subset_has_no_standard_error() -> None:
    assert np.isnan(complexity_of(gaussian(uneven(4)), 4, subsets=1).standard_error_nats)


def test_random_state_decides_the_subsets() -> None:
    data = mixed_samples()
    first, same, other = (
        tse_complexity(data, random_state=seed).nats for seed in (0, np.random.default_rng(0), 1)
    )
    assert first == same
    assert first != other


@pytest.mark.parametrize("n_jobs", [1, 2, 3, None])
def test_complexity_does_not_depend_on_the_number_of_threads(n_jobs: int | None) -> None:
    data = mixed_samples(n=80, d=12)
    assert (
        tse_complexity(data, subsets=3, n_jobs=n_jobs).nats == tse_complexity(data, subsets=3).nats
    )


@pytest.mark.parametrize("factor", [1e-3, 40.0])
def test_a_common_unit_of_all_variables_cancels(factor: float) -> None:
    # Each entropy shifts by |S| log(factor), whose sum over sizes is zero.
    data, estimator = mixed_samples(), KozachenkoLeonenko(k=4)
    expected = tse_complexity(data, estimator=estimator).nats
    found = tse_complexity(factor * data + 3.0, estimator=estimator).nats
    assert found == pytest.approx(expected, abs=1e-8)


def test_order_of_variables_does_not_matter() -> None:
    data, estimator = mixed_samples(n=50, d=4), KozachenkoLeonenko(k=4)
    means, errors = [], []
    for columns in ([0, 1, 2, 3], [2, 0, 3, 1]):
        found = [
            tse_complexity(
                data[:, columns], subsets=3, estimator=estimator, random_state=s, n_jobs=1
            ).bits
            for s in range(200)
        ]
        means.append(np.mean(found))
        errors.append(np.std(found, ddof=1) / np.sqrt(200))
    assert abs(means[0] - means[1]) < 4.5 * np.hypot(*errors)


def test_the_preset_is_the_published_estimator() -> None:
    tied = np.round(mixed_samples(n=90))
    preset = tse_complexity(tied, estimator="published")
    estimator = KozachenkoLeonenko(k=10, jitter=1e-10, jitter_unit="sd")
    assert preset.estimator == estimator
    published = tse_complexity(tied, subsets=5, estimator=estimator, random_state=0)
    assert np.isfinite(preset.nats)
    assert preset.nats == published.nats
    assert preset.standard_error_nats == published.standard_error_nats
    assert "ties" in preset.flags


def test_ties_without_noise_are_an_error() -> None:
    data = np.column_stack([np.repeat([0.0, 1.0], 30), mixed_samples(n=60, d=2)])
    with pytest.raises(EstimationError, match=r"entropy is minus infinity: .* k = 5 .* jitter"):
        tse_complexity(data, estimator=KozachenkoLeonenko(k=5))


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        (lambda data: np.vstack([data, data]), "duplicates"),
        (lambda data: np.column_stack([data, np.ones(len(data))]), "constant"),
        (lambda data: np.hstack([data, np.cos(data), np.sin(3 * data)]), "high-dimensional"),
    ],
)
def test_doubtful_samples_are_flagged(
    change: Callable[[np.ndarray], np.ndarray], flag: str
) -> None:
    data = mixed_samples()
    assert flag not in tse_complexity(data).flags
    estimate = tse_complexity(change(data))
    assert flag in estimate.flags
    assert np.isfinite(estimate.nats)


def test_negative_complexity_is_kept_and_flagged() -> None:
    # Of entropies |S|², which no variables have: (1 - 3) + (4 - 6).
    estimate = complexity_of(lambda subset: float(len(subset) ** 2), 3)
    assert estimate.bits == pytest.approx(-4.0)
    assert "negative-tse" in estimate.flags
    assert "negative-tse" not in complexity_of(lambda subset: 1.0, 3).flags


@pytest.mark.parametrize(
    ("data", "arguments", "match"),
    [
        (np.zeros(30), {}, "data must have two variables or more, got 1"),
        (np.zeros((30, 2, 2)), {}, r"data must have shape \(n,\) or \(n, d\).*, got \(30, 2, 2\)"),
        (np.full((30, 2), np.nan), {}, r"data must be finite, got nan at index \(0, 0\)"),
        (
            np.zeros((10, 2)),
            {"estimator": "published"},
            "k must be below the number of samples, got k = 10 with 10",
        ),
        (np.zeros((30, 2)), {"subsets": 0}, "subsets must be a whole number >= 1, got 0"),
        (np.zeros((30, 2)), {"subsets": 2.5}, r"subsets must be a whole number >= 1, got 2\.5"),
        (np.zeros((30, 2)), {"random_state": "a"}, "random_state must be an int >= 0"),
        (np.zeros((30, 2)), {"n_jobs": 0}, "n_jobs must be a whole number other than 0"),
    ],
)
def test_wrong_arguments_are_refused(
    data: np.ndarray, arguments: dict[str, Any], match: str
) -> None:
    with pytest.raises(InputError, match=match):
        tse_complexity(data, **arguments)
