"""The order that suits the data: which one is taken, and what it finds."""

from dataclasses import replace

import numpy as np
import pytest

from infoscope import InputError, flow_measures
from infoscope.flow.connectivity.one_step import one_step_influence
from infoscope.measures.statistics import area_under_roc
from infoscope.models import connectivity_beds


def _var(weights, steps, seed=0):
    random = np.random.default_rng(seed)
    h = np.zeros((steps, len(weights)))
    for t in range(1, steps):
        h[t] = h[t - 1] @ weights + random.normal(size=len(weights))
    return h


def _sparse(units, share, size, seed):
    random = np.random.default_rng(seed)
    weights = size * random.choice([-1.0, 1.0], (units, units)) * (
        random.random((units, units)) < share
    )  # fmt: skip
    np.fill_diagonal(weights, 0.3)
    return weights


def test_sparse_edges_are_the_needed_sources_first():
    weights = _sparse(10, 0.15, 0.3, 0)
    h = _var(weights, 2000)
    found = one_step_influence(h, model="linear")
    order = found.order()
    needed = found.needed(0.1)["needed"].to_numpy()
    values = order.to_numpy()
    off = ~np.eye(10, dtype=bool)
    assert values[needed].min() > values[off & ~needed].max()
    t = np.abs(found["t"].to_numpy())
    for group in (needed, off & ~needed):
        np.testing.assert_array_equal(np.argsort(values[group]), np.argsort(t[group]))
    assert np.nanmax(values) == 1.0
    assert np.isnan(values.diagonal()).all()


def test_dense_layers_are_ordered_by_strength():
    random = np.random.default_rng(1)
    weights = 0.25 * random.normal(size=(6, 6))
    found = one_step_influence(_var(weights, 20_000), model="linear")
    values, score = found.order().to_numpy(), found["score"].to_numpy()
    off = ~np.eye(6, dtype=bool)
    np.testing.assert_array_equal(np.argsort(values[off]), np.argsort(score[off]))


def test_slow_sampling_is_ordered_within_the_row():
    weights = _sparse(8, 0.2, 0.4, 2)
    fast = _var(weights, 40_000, seed=2)
    slow = fast.reshape(-1, 20, 8).mean(axis=1)
    found = flow_measures(slow, measures="best")
    values = found["best"].to_numpy()
    np.testing.assert_allclose(values, values.T)
    off = ~np.eye(8, dtype=bool)
    coupled = (weights != 0) | (weights.T != 0)
    assert area_under_roc(values[off], coupled[off]) > 0.9


def test_sources_that_cannot_be_told_apart_are_judged_one_by_one():
    # Ninety nodes that mostly follow their own past, and 150 rows.
    bed = replace(connectivity_beds()["near-critical"], size=90, rows=150)
    rec = bed.recording()
    found = flow_measures(rec, measures=["best"])
    every = [
        flow_measures(rec, measures=["transfer_entropy"], lag=lag)["transfer_entropy"].to_numpy()
        for lag in (1, 2, 3)
    ]
    largest = np.max(every, axis=0)
    expected = (largest - np.nanmean(largest, axis=0)) / np.nanstd(largest, axis=0)
    np.testing.assert_allclose(found["best"].to_numpy(), expected)


def test_best_is_for_lag_one():
    with pytest.raises(InputError, match="lag"):
        flow_measures(np.random.default_rng(0).normal(size=(50, 3)), measures="best", lag=2)


def test_best_stands_next_to_other_measures():
    h = _var(_sparse(5, 0.3, 0.3, 4), 400, seed=4)
    found = flow_measures(h, measures=["flow", "best"])
    assert set(found) == {"flow", "best"}
    alone = flow_measures(h, measures="best")
    np.testing.assert_array_equal(found["best"], alone["best"])


def test_a_constant_node_has_no_place_in_the_order_within_the_row():
    weights = _sparse(8, 0.2, 0.4, 2)
    slow = _var(weights, 40_000, seed=2).reshape(-1, 20, 8).mean(axis=1)
    still = np.column_stack([slow, np.full(len(slow), 3.0)])
    order = flow_measures(still, measures="best")["best"]

    values = order.to_numpy()
    assert np.isnan(values[8]).all()
    assert np.isnan(values[:, 8]).all()
    without = flow_measures(slow, measures="best")["best"].to_numpy()
    np.testing.assert_allclose(values[:8, :8], without)
