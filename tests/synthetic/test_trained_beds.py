"""Test beds that are trained: small networks, most of them for a moment only."""

from dataclasses import replace

import numpy as np
import pytest

from infoscope._errors import InputError
from infoscope.synthetic import ContextDecisionNetwork, GatedFlipFlop, WeatherNetwork
from infoscope.synthetic.beds import context_decision, flip_flop, weather_network


@pytest.fixture
def hurried(monkeypatch):
    """Trainings of a moment, which miss their criterion."""
    modules = (context_decision, flip_flop, weather_network)
    for module in modules:
        monkeypatch.setattr(module, "_EPOCHS", 1)
        module._trained.cache_clear()
    monkeypatch.setattr(flip_flop, "_TRIALS", 20)
    monkeypatch.setattr(context_decision, "_TRIALS", 20)
    yield
    for module in modules:
        module._trained.cache_clear()


def spreads(blocks):
    return np.concatenate([blocks[name].std(axis=(0, 1)) for name in blocks])


def test_a_decision_network_reaches_its_criterion(monkeypatch):
    # Fewer trials, larger steps.
    monkeypatch.setattr(context_decision, "_TRIALS", 400)
    monkeypatch.setattr(context_decision, "_EPOCHS", 4)
    monkeypatch.setattr(context_decision, "_RATE", 0.01)
    context_decision._trained.cache_clear()
    bed = ContextDecisionNetwork(size=20, rows=600)
    assert bed.error <= bed.criterion == 0.05
    rec = bed.recording()
    assert rec.notes == ()
    assert rec["hidden"].shape == (20, 30, 20)
    assert float(abs(rec["hidden"]).max()) < 1.0
    # Beds that differ in recording share the network.
    assert replace(bed, noise=0.1, hidden_share=0.5).network is bed.network
    assert replace(bed, process_noise=0.0).network is not bed.network
    context_decision._trained.cache_clear()


def test_connections_of_the_decision_network_are_where_a_step_has_a_derivative(hurried):
    bed = ContextDecisionNetwork(size=12, rows=60, process_noise=0.0)
    assert bed.mask[:6, :6].sum() + bed.mask[6:, 6:].sum() > bed.mask.sum() / 2
    w, rec = bed.network.arrays(), bed.recording()
    x, h = rec["inputs"].to_numpy()[0], rec["hidden"].to_numpy()[0]

    def step(row, before):
        v = 0.8 * np.arctanh(before) + 0.2 * (row @ w["W_in"] + before @ w["W"] + w["b_h"])
        return np.tanh(v)

    assert step(x[5], h[4]) == pytest.approx(h[5], abs=1e-10)
    truth = bed.truth.sel(source=bed.names["hidden"], target=bed.names["hidden"]).to_numpy()
    for source in range(12):
        move = 1e-6 * np.eye(12)[source]
        found = np.abs(step(x[5], h[4] + move) - step(x[5], h[4] - move)) / 2e-6 > 1e-9
        found[source] = False
        assert np.array_equal(found, truth[source])
    assert bed.truth.sel(source="x3", target=bed.names["hidden"]).all()


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_truth_of_gated_units_is_in_standard_deviations(hurried, cell):
    bed = GatedFlipFlop(cell=cell, size=6, rows=50)
    visited = bed._simulate(np.random.default_rng([bed.seed, 3]))
    into = np.abs(bed.network.jacobians(visited["inputs"])).mean(axis=0)
    spread = spreads(visited)
    truth = bed.truth.to_numpy()
    for a, b in ((0, 4), (3, 4), (8, 5)):
        assert truth[a, b] == pytest.approx(into[a, b - 3] * spread[a] / spread[b])
    assert np.isnan(np.diag(truth)).all()
    assert bed.truth.attrs["kind"] == "mean absolute Jacobian"
    part = replace(bed, hidden_share=0.5)
    names = part.truth["source"].to_numpy().tolist()
    assert names == list(part.recording().nodes.index)
    assert part.truth.equals(bed.truth.sel(source=names, target=names))
    # The inputs in a row are those that its state was computed from.
    rec = replace(bed, noise=0.0).recording()
    assert rec["hidden"].to_numpy() == pytest.approx(bed.network.run(rec["inputs"])[0])


def test_a_missed_criterion_is_noted(hurried):
    bed = GatedFlipFlop(size=4, rows=50)
    assert bed.error > bed.criterion
    (note,) = bed.recording().notes
    assert "misses the criterion" in note
    assert f"{bed.error:.3g}" in note


def test_the_weather_network_is_recorded_on_its_own_windows(hurried):
    bed = WeatherNetwork(size=6, rows=200, noise=0.0)
    rec = bed.recording(random_state=1)
    x, h = rec["inputs"].to_numpy(), rec["hidden"].to_numpy()
    assert x.shape == (20, 10, 18)
    w = bed.network
    before = np.concatenate([np.broadcast_to(w.h_0, h[:, :1].shape), h[:, :-1]], axis=1)
    assert h == pytest.approx(np.tanh(x @ w.W_in + before @ w.W + w.b_h), abs=1e-12)
    # The derivative is a weight times the slope of tanh.
    visited = bed._blocks()
    slope = 1.0 - np.square(visited["hidden"][..., 2]).mean()
    spread = spreads(visited)
    expected = abs(w.W[1, 2]) * slope * spread[19] / spread[20]
    assert float(bed.truth.sel(source="h1", target="h2")) == pytest.approx(expected)
    assert list(rec.nodes.index) == bed.truth["source"].to_numpy().tolist()
    assert np.array_equal(rec["hidden"], bed.recording(random_state=2)["hidden"])
    with pytest.raises(InputError, match="rows must be at most 1"):
        replace(bed, rows=5000).recording()


def test_what_cannot_be_is_refused():
    for kind, given, message in (
        (GatedFlipFlop, {"cell": "rnn"}, "cell must be"),
        (GatedFlipFlop, {"rows": 30}, "rows must be a multiple of 25"),
        (ContextDecisionNetwork, {"rows": 100}, "rows must be a multiple of 30"),
        (ContextDecisionNetwork, {"leak": 0.0}, "leak must be"),
        (WeatherNetwork, {"rows": 15}, "rows must be a multiple of 10"),
    ):
        with pytest.raises(InputError, match=message):
            kind(**given)
