"""Greedy choice of sources against least squares."""

import numpy as np
import pytest
from scipy.stats import f as fisher

from infoscope.flow.connectivity.greedy import Products, greedy


def _products(free, x, y):
    others = np.column_stack([free, y])
    return Products(x.T @ x, x.T @ others, others.T @ others)


def _rest(columns, y):
    return float(((y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]) ** 2).sum())


def _slow(free, x, y, level):
    """The same choice by a least-squares fit for every candidate."""
    n, m = x.shape
    chosen: list[int] = []

    def given(sources):
        return np.column_stack([free, x[:, sources]])

    def p_of(source, others):
        without, withal = _rest(given(others), y), _rest(given([*others, source]), y)
        left = n - free.shape[1] - len(others) - 1
        return float(fisher.sf((without - withal) / withal * left, 1, left))

    while len(chosen) < m:
        p = {s: p_of(s, chosen) for s in range(m) if s not in chosen}
        best = min(p, key=lambda s: p[s])
        if p[best] * m > level:
            break
        chosen.append(best)
    while chosen:
        p = {s: p_of(s, [c for c in chosen if c != s]) for s in chosen}
        worst = max(p, key=lambda s: p[s])
        if p[worst] * m <= level:
            break
        chosen.remove(worst)
    every = [p_of(s, [c for c in chosen if c != s]) for s in range(m)]
    bits = [
        0.5 * np.log2(_rest(given([c for c in chosen if c != s]), y)
                      / _rest(given([*[c for c in chosen if c != s], s]), y))
        for s in range(m)
    ]  # fmt: skip
    return set(chosen), np.array(every), np.array(bits)


@pytest.mark.parametrize("seed", range(6))
def test_greedy_equals_least_squares(seed):
    random = np.random.default_rng(seed)
    n, m = 150, 8
    x = random.normal(size=(n, m)) @ (np.eye(m) + 0.5 * random.normal(size=(m, m)))
    free = np.column_stack([np.ones(n), random.normal(size=n)])
    y = x[:, :3] @ np.array([0.5, -0.4, 0.2]) + free[:, 1] + random.normal(size=n)
    found = greedy(_products(free, x, y), -1, n, 0.1)
    chosen, p, bits = _slow(free, x, y, 0.1)
    assert set(np.flatnonzero(found.sources)) == chosen
    np.testing.assert_allclose(found.p, p, rtol=1e-6, atol=1e-200)
    np.testing.assert_allclose(found.bits, bits, rtol=1e-6, atol=1e-12)


def test_false_sources_are_rare_for_independent_noise():
    random = np.random.default_rng(0)
    wrong = 0
    for _ in range(1500):
        x, y = random.normal(size=(60, 7)), random.normal(size=60)
        wrong += greedy(_products(np.ones(60), x, y), -1, 60, 0.1).sources.any()
    expected = 1.0 - (1.0 - 0.1 / 7) ** 7
    assert abs(wrong / 1500 - expected) < 3.0 * (expected * (1.0 - expected) / 1500) ** 0.5


def test_a_copy_of_a_chosen_source_is_not_chosen():
    random = np.random.default_rng(1)
    x = random.normal(size=(80, 3))
    y = 2.0 * x[:, 0] + random.normal(size=80)
    x = np.column_stack([x, x[:, 0]])
    found = greedy(_products(np.ones(80), x, y), -1, 80, 0.05)
    assert found.sources[[0, 3]].sum() == 1


def test_a_target_is_no_source_of_its_own():
    random = np.random.default_rng(2)
    x = random.normal(size=(80, 4))
    y = 2.0 * x[:, 0] + x[:, 2] + 0.1 * random.normal(size=80)
    found = greedy(_products(np.column_stack([np.ones(80), x[:, 2]]), x, y), 2, 80, 0.05)
    without = greedy(
        _products(np.column_stack([np.ones(80), x[:, 2]]), x[:, [0, 1, 3]], y), -1, 80, 0.05
    )
    assert np.isnan(found.p[2])
    assert not found.sources[2]
    np.testing.assert_allclose(found.p[[0, 1, 3]], without.p)


def test_an_exact_relation_needs_its_sources_and_no_others():
    random = np.random.default_rng(3)
    x = random.normal(size=(200, 6))
    y = 2.0 * x[:, 1] - 0.5 * x[:, 4]
    with np.errstate(all="raise"):
        found = greedy(_products(np.ones((200, 1)), x, y), -1, 200, 0.1)
    assert set(np.flatnonzero(found.sources)) == {1, 4}
    assert np.isfinite(found.bits).all()
    assert found.bits[[1, 4]].min() > 10.0
    assert found.bits[[0, 2, 3, 5]].max() < 0.1
