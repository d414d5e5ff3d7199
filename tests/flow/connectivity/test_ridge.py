"""Ridge with free columns against explicit matrices."""

import numpy as np
import pytest

from infoscope.flow.connectivity.ridge import _PENALTIES, Design


def _explicit(x, y, z, share):
    """Coefficients, standard errors, free coefficients, residual freedom: one linear system."""
    largest = np.linalg.eigvalsh(x.T @ x).max()
    both = np.column_stack([x, z])
    penalty = np.diag([share * largest] * x.shape[1] + [0.0] * z.shape[1])
    solve = np.linalg.solve(both.T @ both + penalty, both.T)
    found, hat = solve @ y, both @ solve
    freedom = len(y) - np.trace(hat)
    rest = ((y - hat @ y) ** 2).sum()
    errors = np.sqrt((solve**2).sum(axis=1) * rest / freedom)
    p = x.shape[1]
    return found[:p], errors[:p], found[p:], freedom, len(y) * rest / freedom**2


@pytest.mark.parametrize("rows", [200, 40])
def test_fit_equals_the_penalised_normal_equations(rows):
    random = np.random.default_rng(rows)
    x = random.normal(size=(rows, 12)) @ random.normal(size=(12, 12))
    y = x[:, :3] @ random.normal(size=(3, 4)) + random.normal(size=(rows, 4))
    z = np.stack([np.ones((rows, 4)), random.normal(size=(rows, 4))], axis=0)
    fit = Design(x).fit(y, z)
    for j in range(4):
        tried = [_explicit(x, y[:, j], z[:, :, j].T, share) for share in _PENALTIES]
        best = int(np.argmin([score for *_, score in tried]))
        weights, errors, free, freedom, _ = tried[best]
        assert fit.penalty[j] == _PENALTIES[best]
        np.testing.assert_allclose(fit.weights[:, j], weights, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(fit.errors[:, j], errors, rtol=1e-6)
        np.testing.assert_allclose(fit.free[:, j], free, rtol=1e-6, atol=1e-9)
        assert fit.freedom[j] == pytest.approx(freedom)


def test_a_source_that_is_a_free_column_is_not_penalised():
    random = np.random.default_rng(0)
    x = random.normal(size=(100, 5))
    y = 3.0 * x[:, [2]] + random.normal(size=(100, 1))
    z = np.stack([np.ones((100, 1)), x[:, [2]]])
    found = Design(x).fit(y, z)
    others = Design(np.delete(x, 2, axis=1)).fit(y, z)
    at = found.penalty[0]
    weights, errors, *_ = _explicit(
        np.delete(x, 2, axis=1), y[:, 0], z[:, :, 0].T,
        at * np.linalg.eigvalsh(x.T @ x).max()
        / np.linalg.eigvalsh(np.delete(x, 2, axis=1).T @ np.delete(x, 2, axis=1)).max(),
    )  # fmt: skip
    np.testing.assert_allclose(np.delete(found.weights[:, 0], 2), weights, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(np.delete(found.errors[:, 0], 2), errors, rtol=1e-6)
    assert others.weights.shape == (4, 1)
    assert found.weights[2, 0] + found.free[1, 0] == pytest.approx(others.free[1, 0], abs=0.05)


def test_exact_relations_are_found_exactly():
    random = np.random.default_rng(1)
    x, true = random.normal(size=(80, 6)), random.normal(size=(6, 2))
    fit = Design(x).fit(x @ true + 2.0, np.ones((1, 80, 2)))
    np.testing.assert_allclose(fit.weights, true, rtol=1e-10)
    np.testing.assert_allclose(fit.free, 2.0)


def test_linear_relations_between_sources():
    random = np.random.default_rng(2)
    x = random.normal(size=(60, 4))
    x = np.column_stack([x, x[:, 0] - x[:, 1]])
    share = Design(x).unidentified
    np.testing.assert_allclose(share, [1 / 3, 1 / 3, 0, 0, 1 / 3], atol=1e-12)


def test_many_targets_are_fitted_as_each_alone():
    random = np.random.default_rng(3)
    x, y = random.normal(size=(90, 5)), random.normal(size=(90, 70))
    z = np.stack([np.ones((90, 70)), random.normal(size=(90, 70))])
    design = Design(x)
    together = design.fit(y, z)
    for j in (0, 63, 64, 69):
        alone = design.fit(y[:, [j]], z[:, :, [j]])
        np.testing.assert_allclose(together.weights[:, j], alone.weights[:, 0], rtol=1e-9)
        np.testing.assert_allclose(together.errors[:, j], alone.errors[:, 0], rtol=1e-9)


@pytest.mark.parametrize("alike", [True, False])
def test_unpenalised_t_is_that_of_least_squares_with_hc3(alike):
    random = np.random.default_rng(5)
    n, p, m = 300, 6, 4
    x = random.normal(size=(n, p)) @ (np.eye(p) + 0.4 * random.normal(size=(p, p)))
    more = random.normal(size=(n, 1 if alike else m)) + x[:, :1]
    free = np.stack([np.ones((n, m)), np.broadcast_to(more, (n, m)), np.zeros((n, m))])
    y = x @ random.normal(size=(p, m)) + (1.0 + np.abs(x[:, :1])) * random.normal(size=(n, m))
    found = Design(x).unpenalised_t(y, free)
    for j in range(m):
        columns = np.column_stack([x, free[:2, :, j].T])
        inverse = np.linalg.inv(columns.T @ columns)
        weights = inverse @ columns.T @ y[:, j]
        leverage = ((columns @ inverse) * columns).sum(axis=1)
        left = (y[:, j] - columns @ weights) / (1.0 - leverage)
        scores = columns * left[:, np.newaxis]
        covariance = inverse @ (scores.T @ scores) @ inverse
        expected = (weights / np.sqrt(covariance.diagonal()))[:p]
        np.testing.assert_allclose(found[:, j], expected, rtol=1e-9)
