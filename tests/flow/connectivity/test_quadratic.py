"""Quadratic models against a known polynomial, explicit features and differences."""

import numpy as np

from infoscope import Recording
from infoscope.flow.connectivity.one_step import one_step_influence
from infoscope.flow.connectivity.quadratic import _PENALTIES, fit_quadratic
from infoscope.flow.connectivity.step_rows import steps_of


def _rows(values):
    return next(iter(steps_of(values, None, "none")))


def _polynomial_network(steps, noise, seed=0):
    """Each node follows a product of two others: no effect is left at the mean of the other."""
    random = np.random.default_rng(seed)
    h = np.zeros((steps, 6))
    h[0] = random.normal(size=6)
    for t in range(1, steps):
        a, b, c, d, e, f = h[t - 1]
        new = [1.5 * b * c, 0.8 * f, 0.9 * d, -1.5 * a * e, 0.7 * a, 1.2 * d * f + 0.5 * b]
        h[t] = np.tanh(new) + noise * random.normal(size=6)
    edges = np.zeros((6, 6), bool)
    for source, target in [(1, 0), (2, 0), (5, 1), (3, 2), (0, 3), (4, 3), (0, 4), (3, 5), (5, 5),
                           (1, 5)]:  # fmt: skip
        edges[source, target] = True
    return h, edges


def test_the_dual_form_equals_ridge_on_all_monomials():
    random = np.random.default_rng(1)
    rows = _rows(random.normal(size=(90, 3)))
    fit = fit_quadratic(rows)
    u = (rows.before - fit.center) / fit.spread
    # (1 + u.v / p)^2 is the inner product of these features.
    p = 3
    pairs = [(i, j) for i in range(p) for j in range(i + 1, p)]
    features = np.column_stack([
        np.ones(len(u)), u * np.sqrt(2.0 / p), u**2 / p,
        *(np.sqrt(2.0) * u[:, i] * u[:, j] / p for i, j in pairs),
    ])  # fmt: skip
    y = rows.after - fit.mean
    n = len(u)
    predictions = []
    for j in range(y.shape[1]):
        best = (np.inf, None)
        for penalty in _PENALTIES * n:
            hat = features @ np.linalg.solve(
                features.T @ features + penalty * np.eye(features.shape[1]), features.T
            )
            left = y[:, j] - hat @ y[:, j]
            score = (left**2).sum() / (n - np.trace(hat)) ** 2
            if score < best[0]:
                best = (score, hat @ y[:, j] + fit.mean[j])
        predictions.append(best[1])
    np.testing.assert_allclose(fit.predicted(rows), np.column_stack(predictions), atol=1e-6)


def test_jacobians_equal_differences():
    rows = _rows(np.random.default_rng(2).normal(size=(60, 4)))
    fit = fit_quadratic(rows)
    found = fit.jacobian(rows)
    step = 1e-5
    for source in range(4):
        changes = []
        for sign in (1.0, -1.0):
            before = rows.before.copy()
            before[:, source] += sign * step * fit.spread[source]
            u = (before - fit.center) / fit.spread
            kernel = (1.0 + u @ fit.sources.T / 4) ** 2
            changes.append(kernel @ fit.weights)
        slopes = np.abs(changes[0] - changes[1]).mean(axis=0) / (2 * step)
        np.testing.assert_allclose(found[source], slopes / rows.after.std(axis=0), rtol=1e-5)


def test_products_of_sources_are_found_where_a_linear_model_sees_little():
    values, edges = _polynomial_network(1500, 0.5)
    found = one_step_influence(values)
    assert found.attrs["models"] == {"0": "quadratic"}
    linear = one_step_influence(values, model="linear")
    off = ~np.eye(6, dtype=bool)
    score = found["score"].to_numpy()
    assert score[edges & off].min() > score[~edges & off].max()
    t = np.abs(linear["t"].to_numpy())
    assert t[edges & off].min() < t[~edges & off].max()


def test_a_tanh_network_keeps_its_link():
    random = np.random.default_rng(3)
    weights = 0.6 * random.normal(size=(8, 8))
    h = np.zeros((6, 200, 8))
    for t in range(1, 200):
        h[:, t] = np.tanh(h[:, t - 1] @ weights + 0.3 * random.normal(size=(6, 8)))
    found = one_step_influence(Recording.from_arrays(hidden=h))
    assert found.attrs["models"] == {"0": "tanh"} or found.attrs["models"] == {"1": "tanh"}
