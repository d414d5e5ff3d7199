"""One-step influence of networks whose influence is known."""

import numpy as np
import pytest

from infoscope import Gaussian, InputError, Recording, information_flow, score_edges
from infoscope.flow.connectivity.links import Link
from infoscope.flow.connectivity.one_step import one_step_influence
from infoscope.flow.connectivity.regression import fit_links
from infoscope.flow.connectivity.step_rows import steps_of


def _network(seed, *, activation=np.tanh, noise=0.0, inputs=2, units=12, leak=1.0, size=(60, 12)):
    """A recording, and its mean absolute Jacobian in standard deviations."""
    random = np.random.default_rng(seed)
    mask = random.random((units, units)) < 0.25
    w = mask * random.normal(size=(units, units))
    w *= 0.9 / np.abs(np.linalg.eigvals(w)).max()
    w_in = 0.5 * random.normal(size=(inputs, units))
    x = random.normal(size=(*size, inputs))
    h, drive, slope = np.zeros((*size, units)), random.normal(size=(size[0], units)), []
    for t in range(size[1]):
        fresh = activation(drive) @ w + x[:, t] @ w_in + noise * random.normal(size=drive.shape)
        drive = (1.0 - leak) * drive + leak * fresh
        h[:, t] = activation(drive)
        slope.append((activation(drive + 1e-6) - activation(drive - 1e-6)) / 2e-6)
    mean = np.abs(np.mean(slope, axis=(0, 1)))
    everything = np.vstack([w_in, w])
    sd = np.concatenate([x.std(axis=(0, 1)), h.std(axis=(0, 1))])
    truth = everything * leak * mean * sd[:, np.newaxis] / h.std(axis=(0, 1))
    return Recording.from_arrays(inputs=x, hidden=h, aligned="layers"), truth


def _off(units, inputs):
    off = np.ones((inputs + units, units), bool)
    off[inputs + np.arange(units), np.arange(units)] = False
    return off


@pytest.mark.parametrize(
    ("activation", "model"),
    [(np.tanh, "tanh"), (lambda v: 1 / (1 + np.exp(-v)), "logistic"), (lambda v: v, "linear")],
)
def test_noiseless_networks_are_found_exactly(activation, model):
    rec, truth = _network(0, activation=activation, size=(8, 150))
    found = one_step_influence(rec)
    assert found.attrs["models"] == {"1": model}
    assert set(found.attrs["errors"]["1"]) >= {"linear", "quadratic", model}
    effect = found["effect"].to_numpy()[:, 2:]
    off = _off(12, 2)
    np.testing.assert_allclose(effect[off], truth[off], rtol=0.05, atol=5e-3)
    assert float(found["unexplained"].max()) < 1e-10


def test_impossible_pairs_and_self_pairs_have_no_value():
    rec, _ = _network(1)
    found = one_step_influence(rec, model="tanh")
    effect = found["effect"]
    assert np.isnan(effect.sel(target=["x0", "x1"])).all()
    assert np.isnan(effect.to_numpy().diagonal()).all()
    assert effect.sel(target=rec.nodes.index[2:]).notnull().sum() == 14 * 12 - 12


def test_scores_and_tests_of_a_noisy_network():
    rec, truth = _network(2, noise=0.3, size=(1, 3000))
    found = one_step_influence(rec, model="tanh")
    np.testing.assert_allclose(
        found["score"], np.abs(found["effect"]) - found["standard_error"], equal_nan=True
    )
    t = found["t"].to_numpy()[:, 2:]
    off = _off(12, 2)
    assert np.abs(t[off & (truth == 0.0)]).mean() == pytest.approx(np.sqrt(2 / np.pi), abs=0.15)
    edges = found.significance().significant(0.1, correction="fdr").to_numpy()[:, 2:]
    strong = np.abs(truth) > 0.05
    assert edges[off & strong].mean() > 0.95
    assert edges[off & (truth == 0.0)].mean() < 0.1
    graph = found.edges(0.1)
    names = list(rec.nodes.index)
    chosen = np.zeros((14, 14), bool)
    for source, target, attributes in graph.edges(data=True):
        chosen[names.index(source), names.index(target)] = True
        assert attributes["p"] * 13 <= 0.1
        assert attributes["flow"] > 0.0
    assert chosen[:, 2:][off & strong].mean() > 0.95
    assert chosen[:, 2:][off & (truth == 0.0)].mean() < 0.05


def test_leaky_units_are_given_their_own_history():
    rec, truth = _network(3, noise=0.2, leak=0.2, size=(30, 100))
    rows = next(iter(steps_of(rec, None, "auto")))
    off = _off(12, 2)
    errors = {}
    for history in (True, False):
        model = fit_links(rows, Link("atanh"), history, True)
        scale = model.link.slope(rows.after).mean(axis=0) / rows.after.std(axis=0)
        errors[history] = np.abs((model.fit.weights * scale - truth)[off]).mean()
    assert errors[True] < 0.7 * errors[False]
    found = one_step_influence(rec, model="tanh")["effect"].to_numpy()[:, 2:]
    assert np.abs((found - truth)[off]).mean() < 1.1 * errors[True]


def test_noise_of_process_and_recording_are_told_apart():
    for process, recorded in ((0.2, 0.0), (0.0, 0.05)):
        rec, _ = _network(4, noise=process, size=(40, 100))
        random = np.random.default_rng(0)
        h = rec["hidden"].to_numpy()
        noisy = h + recorded * random.normal(size=h.shape)
        again = Recording.from_arrays(
            inputs=rec["inputs"].to_numpy(), hidden=noisy, aligned="layers"
        )
        model = fit_links(next(iter(steps_of(again, None, "auto"))), Link("atanh"), False, True)
        if process:
            np.testing.assert_allclose(np.sqrt(model.process), process, rtol=0.1)
            assert np.median(model.recording) < 1e-4
        else:
            # That of the sources adds to the process; that of the target remains.
            assert np.median(np.sqrt(model.recording)) == pytest.approx(recorded, rel=0.2)


def test_linear_relations_between_inputs_are_not_identifiable():
    rec, _ = _network(5, inputs=3)
    x = rec["inputs"].to_numpy().copy()
    x[..., 2] = x[..., 0] - x[..., 1]
    found = one_step_influence(
        Recording.from_arrays(inputs=x, hidden=rec["hidden"].to_numpy(), aligned="layers"),
        model="tanh",
    )
    hidden = rec.nodes.index[3:]
    assert np.isnan(found["effect"].sel(source=["x0", "x1", "x2"])).all()
    assert found["effect"].sel(source=hidden, target=hidden).notnull().sum() == 12 * 11
    assert any("x0, x1, x2" in line for line in found.attrs["not_estimated"])


def test_order_of_edges_beats_flow_on_an_echo_state_network():
    random = np.random.default_rng(6)
    mask = random.random((30, 30)) < 0.15
    w = mask * random.normal(size=(30, 30))
    w *= 0.95 / np.abs(np.linalg.eigvals(w)).max()
    h = np.zeros((1500, 30))
    x = np.zeros(1500)
    for t in range(1, 1500):
        x[t] = 0.8 * x[t - 1] + 0.6 * random.normal()
        h[t] = np.tanh(h[t - 1] @ w + x[t] * np.linspace(-1, 1, 30) + 0.05 * random.normal(size=30))
    rec = Recording.from_arrays(inputs=x[None, :, None], hidden=h[None], aligned="layers")
    found = one_step_influence(rec, model="tanh")
    hidden = rec.nodes.index[1:]
    truth = found["effect"].sel(source=hidden, target=hidden).copy(data=mask)
    flow = information_flow(rec, estimator=Gaussian()).flow
    scored = [
        float(score_edges(each.sel(source=hidden, target=hidden), truth).loc[0, "auprc"])
        for each in (found["score"], found["t"].copy(data=np.abs(found["t"])), flow)
    ]
    assert min(scored[:2]) > 0.8
    assert scored[2] < 0.4


def test_arguments():
    with pytest.raises(InputError, match="model"):
        one_step_influence(np.zeros((50, 2)), model="cubic")
    rec, _ = _network(7)
    result = one_step_influence(rec, model="linear")
    with pytest.raises(InputError, match="one_step_influence"):
        result.isel(source=slice(None)).edges()


def test_constant_nodes_have_no_value():
    rec, _ = _network(8)
    h = rec["hidden"].to_numpy().copy()
    h[..., 3] = 0.5
    found = one_step_influence(
        Recording.from_arrays(inputs=rec["inputs"].to_numpy(), hidden=h, aligned="layers"),
        model="tanh",
    )
    assert found.attrs["not_estimated"] == ["h3 is constant"]
    assert found["effect"].sel(source="h3").isnull().all()
    assert found["effect"].sel(target="h3").isnull().all()
    assert found["effect"].sel(source="h2", target="h4").notnull()


def test_spike_counts_take_the_poisson_model():
    random = np.random.default_rng(9)
    mask = random.random((8, 8)) < 0.2
    np.fill_diagonal(mask, False)
    weights = np.where(mask, 0.7, 0.0)
    counts, trace = np.zeros((6000, 8)), np.zeros(8)
    for t in range(1, 6000):
        trace = counts[t - 1] + np.exp(-1.0) * trace
        counts[t] = random.poisson(0.05 * np.exp(np.minimum(trace @ weights, 3.0)))
    found = one_step_influence(counts)
    assert found.attrs["models"] == {"0": "counts"}
    names = found["source"].to_numpy()
    edges = found.significance().significant(0.1, correction="fdr").to_numpy()
    assert names.tolist() == [str(i) for i in range(8)]
    assert edges[mask].mean() > 0.9
    off = ~mask & ~np.eye(8, dtype=bool)
    assert edges[off].mean() < 0.1
    needed = {(int(a), int(b)) for a, b in found.edges(0.1).edges}
    true = set(map(tuple, np.argwhere(mask)))
    assert len(needed & true) > 0.9 * len(true)
    assert len(needed - true) <= 0.1 * len(needed)


def test_few_rows_are_given_to_links_alone():
    random = np.random.default_rng(8)
    h = np.zeros((90, 3))
    for t in range(1, 90):
        h[t] = 0.8 * np.sin(3.0 * h[t - 1, [1, 2, 0]]) + 0.1 * random.normal(size=3)
    errors = one_step_influence(h).attrs["errors"]["0"]
    assert "linear" in errors
    assert "quadratic" not in errors


def test_the_t_without_penalty_is_that_of_least_squares():
    random = np.random.default_rng(9)
    weights = np.where(random.random((6, 6)) < 0.4, 0.3, 0.0)
    h = np.zeros((400, 6))
    for t in range(1, 400):
        h[t] = h[t - 1] @ weights + random.normal(size=6) * (1.0 + 0.5 * np.abs(h[t - 1]))
    found = one_step_influence(h, model="linear")
    t = found.robust_t().to_numpy()
    x = np.column_stack([h[:-1], np.ones(399)])
    inverse = np.linalg.inv(x.T @ x)
    leverage = ((x @ inverse) * x).sum(axis=1)
    for j in range(6):
        coefficients = inverse @ x.T @ h[1:, j]
        scores = x * ((h[1:, j] - x @ coefficients) / (1.0 - leverage))[:, np.newaxis]
        errors = np.sqrt((inverse @ (scores.T @ scores) @ inverse).diagonal())
        others = np.arange(6) != j
        np.testing.assert_allclose(t[others, j], (coefficients / errors)[:6][others], rtol=1e-8)
    assert np.isnan(t.diagonal()).all()
    with pytest.raises(InputError, match="one_step_influence"):
        found.isel(source=slice(3), target=slice(3)).robust_t()


def test_noise_alone_has_no_polynomial_of_its_own():
    for seed in range(5):
        h = np.random.default_rng(seed).normal(size=(300, 6))
        assert one_step_influence(h).attrs["models"] == {"0": "linear"}


def test_where_no_effect_is_identifiable_there_is_no_order():
    random = np.random.default_rng(3)
    turn = np.linalg.qr(random.normal(size=(2, 2)))[0] * 0.9
    state = np.zeros((300, 2))
    for t in range(1, 300):
        state[t] = state[t - 1] @ turn + random.normal(size=2)
    h = state @ random.normal(size=(2, 4))  # four nodes, two dimensions
    with np.errstate(all="raise"):
        order = one_step_influence(h).order()
    assert np.isnan(order).all()
