"""Each statistic against scipy, or all cases written out."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from infoscope.estimators._collinearity import independent_columns
from infoscope.measures.statistics import (
    bootstrap_interval,
    informational_correlation,
    pearson,
    pearson_test,
    spearman,
    spearman_test,
    wilson_interval,
)


@pytest.mark.parametrize("seed", range(20))
def test_correlations_are_those_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 40))
    a = np.round(rng.normal(size=n), seed % 3)  # with ties
    b = np.round(a + rng.normal(size=n), 1)
    assert pearson(a, b) == pytest.approx(pearsonr(a, b)[0], abs=1e-14)
    assert spearman(a, b) == float(np.asarray(spearmanr(a, b))[0])
    assert pearson_test(a, b) == tuple(pearsonr(a, b))
    assert spearman_test(a, b) == tuple(spearmanr(a, b))


@pytest.mark.parametrize("correlation", [pearson, spearman, pearson_test, spearman_test])
@pytest.mark.parametrize(
    ("a", "b"),
    [([1.0, 2.0], [2.0, 1.0]), ([1.0, 2.0, 3.0], [5.0] * 3), ([5.0] * 4, [1.0, 2.0, 3.0, 4.0]),
     ([], []), ([1.0, 2.0, np.nan], [1.0, 2.0, 3.0])],
)  # fmt: skip
def test_a_correlation_that_is_not_defined_is_nan(correlation, a: list, b: list) -> None:
    assert np.isnan(correlation(a, b)).all()


def test_ranks_of_infinite_values_are_ranks() -> None:
    assert spearman([1.0, 2.0, np.inf], [1.0, 2.0, 3.0]) == 1.0


@pytest.mark.parametrize("r", [0.0, 0.3, -0.9])
def test_informational_correlation_is_that_of_gaussian_variables(r: float) -> None:
    bits = -0.5 * np.log2(1.0 - r**2)
    assert float(informational_correlation(bits)) == pytest.approx(abs(r), abs=1e-12)
    assert float(informational_correlation(-bits)) == pytest.approx(-abs(r), abs=1e-12)


def test_wilson_interval_solves_its_equation() -> None:
    """The limits are the shares that lie 1.96 of their own standard errors from the one seen."""
    for hits, n in ((0, 5), (3, 7), (20, 20)):
        for limit in wilson_interval(hits, n):
            error = np.sqrt(limit * (1.0 - limit) / n)
            assert abs(hits / n - limit) == pytest.approx(1.959963984540054 * error, abs=1e-12)


def test_bootstrap_interval_is_that_of_all_samples() -> None:
    """Of four values there are 256 samples with replacement."""
    values = np.array([0.0, 1.0, 5.0, np.inf])
    every = np.sort([np.median(sample) for sample in product(values, repeat=4)])
    found = bootstrap_interval(
        values, lambda draws: np.median(draws, axis=1), 20_000, np.random.default_rng(0), 0.8
    )
    assert found == (every[int(0.1 * 256)], every[int(0.9 * 256)])


def test_independent_columns_span_all_and_are_fewest() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        rank, width = int(rng.integers(1, 5)), int(rng.integers(5, 9))
        data = rng.normal(size=(60, rank)) @ rng.integers(-2, 3, size=(rank, width)) + 7.0
        kept = independent_columns(data, 1e-5)
        centred = data - data.mean(axis=0)
        assert len(kept) == np.linalg.matrix_rank(centred, tol=1e-8)
        assert np.linalg.matrix_rank(centred[:, kept], tol=1e-8) == len(kept)
        # Those before the first that is left out are all kept.
        ranks = [np.linalg.matrix_rank(centred[:, :c], tol=1e-8) for c in range(width + 1)]
        assert kept == [c for c in range(width) if ranks[c + 1] > ranks[c]]
