"""Knockoffs: exchangeable with their sources, and few false edges among those they accept."""

import networkx as nx
import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from infoscope import InputError, one_step_influence
from infoscope.flow.connectivity import knockoffs
from infoscope.flow.connectivity.columns import Columns
from infoscope.flow.connectivity.greedy import Products
from infoscope.flow.connectivity.knockoffs import (
    _bits,
    compared,
    gaussian_knockoffs,
    separation,
    threshold,
)


def _correlation(seed, size, factors=2, noise=0.5):
    """A correlation matrix of a few common factors and noise."""
    random = np.random.default_rng(seed)
    loads = random.normal(size=(size, factors))
    covariance = loads @ loads.T + noise**2 * np.eye(size)
    sd = np.sqrt(covariance.diagonal())
    return covariance / np.outer(sd, sd)


def _autoregression(seed, *, size=15, steps=400, links=2, strength=0.35):
    """Rows of a stationary vector autoregression of one step, and which connections it has."""
    random = np.random.default_rng(seed)
    true = np.zeros((size, size), bool)
    for target in range(size):
        others = np.delete(np.arange(size), target)
        true[random.choice(others, links, replace=False), target] = True
    weights = true * random.choice([-strength, strength], (size, size)) + 0.3 * np.eye(size)
    weights *= min(1.0, 0.95 / np.abs(np.linalg.eigvals(weights)).max())
    h = np.zeros((steps + 100, size))
    for t in range(1, len(h)):
        h[t] = h[t - 1] @ weights + random.normal(size=size)
    return h[100:], true


def _called(graph: nx.DiGraph):
    return nx.to_numpy_array(graph, nodelist=list(graph.nodes), weight=None) > 0


@pytest.mark.parametrize("noise", [1e-4, 0.3, 3.0])
def test_the_joint_covariance_is_positive_semidefinite(noise):
    correlation = _correlation(0, 8, noise=noise)
    s = separation(correlation)
    assert (s > 0.0).all()
    assert (s <= 1.0 + 1e-9).all() or noise < 1.0
    off = correlation - np.diag(s)
    joint = np.block([[correlation, off], [off, correlation]])
    assert np.linalg.eigvalsh(joint).min() > -1e-12


def test_no_single_separation_can_be_improved():
    correlation = _correlation(1, 6)
    s = separation(correlation)

    def loss(value, place):
        tried = s.copy()
        tried[place] = value
        values = np.linalg.eigvalsh(2.0 * correlation - np.diag(tried))
        return (1.0 / tried).sum() + (1.0 / values).sum() if values.min() > 0.0 else np.inf

    for place in range(6):
        near = s[place] * np.array([0.7, 1.3])
        best = minimize_scalar(loss, bounds=near, args=(place,), method="bounded")
        assert s[place] == pytest.approx(best.x, rel=0.01)


def test_knockoffs_have_the_covariances_of_their_sources():
    random = np.random.default_rng(2)
    covariates = random.normal(size=(300, 2))
    x = random.normal(size=(300, 6)) @ random.normal(size=(6, 6)) + covariates[:, [0]]
    copies = gaussian_knockoffs(x, covariates, random)
    own, other = np.cov(x.T), np.cov(copies.T)
    across = np.cov(x.T, copies.T)[:6, 6:]
    np.testing.assert_allclose(other, own, atol=1e-6 * own.max())
    off = ~np.eye(6, dtype=bool)
    np.testing.assert_allclose(across[off], own[off], atol=1e-6 * own.max())
    assert (across.diagonal() < own.diagonal()).all()
    np.testing.assert_allclose(copies.mean(axis=0), x.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(covariates.T @ copies, covariates.T @ x, atol=1e-6)


def test_a_swap_of_sources_and_knockoffs_changes_the_sign_alone():
    random = np.random.default_rng(3)
    both = random.normal(size=(200, 12))
    y = both[:, 0] - both[:, 7] + random.normal(size=200)

    def bits(columns):
        inner, across = columns.T @ columns, columns.T @ y[:, np.newaxis]
        return _bits(Products(inner, across, np.array([[y @ y]])), 200)

    places = np.arange(12)
    swapped = [0, 2, 3]
    places[swapped], places[np.add(swapped, 6)] = places[np.add(swapped, 6)], places[swapped]
    before, after = bits(both), bits(both[:, places])
    np.testing.assert_allclose(after[:, swapped], before[::-1, swapped], rtol=1e-9)
    kept = [1, 4, 5]
    np.testing.assert_allclose(after[:, kept], before[:, kept], rtol=1e-9)
    assert before[0, 0] > 0.1
    assert before[1, 1] > 0.1


def test_the_statistic_is_a_ratio_of_likelihoods(monkeypatch):
    monkeypatch.setattr(knockoffs, "_ENTRY", 1e-6)  # so that the needed sources are the true ones
    h, true = _autoregression(4, size=6, steps=2000, strength=0.5)
    layers = one_step_influence(h, model="linear").layers
    ratio, bits = compared(layers, np.random.default_rng(5))
    x = Columns.of(*layers[0]).sources
    copies = gaussian_knockoffs(x, np.empty((len(x), 0)), np.random.default_rng(5))

    def rest(target, columns):
        design = np.column_stack([np.ones(len(x)), x[:, target], *columns])
        return np.linalg.lstsq(design, h[1:, target])[1][0]

    for source, target in np.argwhere(true):
        others = [x[:, a] for a in np.flatnonzero(true[:, target]) if a != source]
        alone, with_it = rest(target, others), rest(target, [*others, x[:, source]])
        with_copy = rest(target, [*others, copies[:, source]])
        wanted = 0.5 * len(x) * np.log(with_copy / with_it)
        assert ratio[source, target] == pytest.approx(wanted, rel=1e-6)
        assert bits[source, target] == pytest.approx(0.5 * np.log2(alone / with_it), rel=1e-6)


def test_the_threshold_is_the_least_that_holds():
    random = np.random.default_rng(6)
    for level in (0.05, 0.2, 0.5):
        ratios = random.normal(size=60) + 2.0 * (random.random(60) < 0.4)
        passing = [
            t for t in np.abs(ratios)
            if (1 + (ratios <= -t).sum()) / max((ratios >= t).sum(), 1) <= level
        ]  # fmt: skip
        assert threshold(ratios, level) == min(passing, default=np.inf)
    assert threshold(np.full(4, np.nan), 0.1) == np.inf
    assert threshold(np.zeros(4), 0.1) == np.inf


def test_false_edges_are_as_rare_as_asked():
    false, power = [], []
    for seed in range(24):
        h, true = _autoregression(seed)
        called = _called(one_step_influence(h, model="linear").knockoffs(0.1, seed))
        false.append((called & ~true).sum() / max(called.sum(), 1))
        power.append((called & true).sum() / true.sum())
    assert np.mean(false) < 0.1 + 2.0 * np.std(false) / np.sqrt(24)
    assert np.mean(power) > 0.9


def test_without_sources_there_are_no_edges():
    with_edges = 0
    for seed in range(20):
        h = np.random.default_rng(seed).normal(size=(200, 8))
        with_edges += one_step_influence(h, model="linear").knockoffs(0.2, seed).size() > 0
    # At most a fifth of the networks: 4 of 20, and two standard errors.
    assert with_edges <= 4 + 2.0 * np.sqrt(20 * 0.2 * 0.8)


@pytest.mark.parametrize("model", ["tanh", "quadratic", "counts"])
def test_every_model_has_knockoffs(model):
    random = np.random.default_rng(7)
    true = np.zeros((8, 8), bool)
    for target in range(8):
        true[[(target + 1) % 8, (target + 3) % 8], target] = True
    h = np.zeros((3000 if model == "counts" else 1500, 8))
    for t in range(1, len(h)):
        if model == "counts":
            h[t] = random.poisson(np.exp(-1.5 + np.minimum(h[t - 1] @ (0.4 * true), 2.0)))
        else:
            h[t] = np.tanh(h[t - 1] @ (0.6 * true) + 0.4 * random.normal(size=8))
    found = one_step_influence(h, model=model)
    graph = found.knockoffs(0.2)
    called = _called(graph)
    assert (called & true).sum() > 12
    assert (called & ~true).sum() <= 6
    for source, target, about in graph.edges(data=True):
        assert about["flow"] > 0.0
        assert about["statistic"] > 0.0
        assert about["effect"] == float(found["effect"].sel(source=source, target=target))
    assert graph.graph["correction"] == "fdr"
    assert graph.graph["null"] == "knockoffs"
    assert graph.graph["level"] == 0.2


def test_sources_that_are_the_same_have_no_edges():
    h, true = _autoregression(8)
    h[:, 14] = h[:, 13]
    found = one_step_influence(h, model="linear")
    ratio, bits = compared(found.layers, np.random.default_rng(0))
    off = ~np.eye(15, dtype=bool)
    assert np.isfinite(ratio[off]).all()
    assert np.isfinite(bits[off]).all()
    called = _called(found.knockoffs())
    assert not called[13:].any()
    assert called[:13, :13][true[:13, :13]].mean() > 0.7


def test_errors():
    h, _ = _autoregression(9, steps=28)
    found = one_step_influence(h, model="linear")
    with pytest.raises(InputError, match="31 or more rows"):
        found.knockoffs()
    with pytest.raises(InputError, match="level"):
        found.knockoffs(1.5)
    with pytest.raises(InputError, match="random_state"):
        found.knockoffs(random_state="no")
    with pytest.raises(InputError, match="as one_step_influence returned it"):
        found.isel(source=slice(0, 3)).knockoffs()
