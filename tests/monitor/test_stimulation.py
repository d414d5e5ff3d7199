"""What an experimenter finds who kicks a model, against its derivatives."""

import numpy as np
import pytest
import torch
from torch import nn

import infoscope as isc
from infoscope import InputError
from infoscope.models import GatedFlipFlop, WeatherNetwork


def found_edges(bed: isc.models.Bed, found: isc.results.Influence) -> float:
    """AUPRC of the kicks' effects for the upper quarter of the derivatives."""
    truth = bed.truth.sel(source=bed.names["hidden"], target=bed.names["hidden"])
    names = [name for name in found.source.to_numpy() if name[0] not in "xo"]
    effect = np.abs(found.stimulated.sel(source=names, target=names).to_numpy())
    off = ~np.eye(len(names), dtype=bool)
    wanted = truth.to_numpy()[off] >= np.quantile(truth.to_numpy()[off], 0.75)
    ranked = wanted[np.argsort(-effect[off])]
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return float(precision[ranked].mean())


def test_kicks_find_the_strong_connections_of_a_weather_network() -> None:
    bed = WeatherNetwork()
    net, x = bed.network, bed.recording()["inputs"].to_numpy()

    def step(x: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        h = np.tanh(x @ net.W_in + h @ net.W + net.b_h)
        return h @ net.W_out + net.b_o, h

    state = np.zeros((len(x), 25)) + net.h_0
    found = isc.influence(
        step, x, state=state, measures="causal", contexts=1064, stimulate=1.0
    )  # fmt: skip
    assert found_edges(bed, found) > 0.9


def test_kicks_find_the_strong_connections_of_a_gated_network() -> None:
    bed = GatedFlipFlop()
    x = bed.recording()["inputs"].to_numpy()
    found = isc.influence(bed.network, x, measures="causal", contexts=1064, stimulate=1.0)
    assert found_edges(bed, found) > 0.85


def probe() -> torch.Tensor:
    return torch.randn(30, 10, 2, generator=torch.Generator().manual_seed(0))


def test_effects_of_a_linear_network_are_its_weights() -> None:
    torch.manual_seed(0)
    rnn = nn.RNN(2, 3, nonlinearity="relu", batch_first=True).double()
    with torch.no_grad():
        rnn.bias_ih_l0.fill_(50.0)  # far above zero relu is linear
        rnn.weight_hh_l0.mul_(0.3)
    found = isc.influence(rnn, probe(), measures="jacobian", stimulate=1.0)
    inside = found.sel(source=slice("rnn.l0.h.0", None), target=slice("rnn.l0.h.0", None))
    sign = np.sign(rnn.weight_hh_l0.detach().numpy().T)
    np.testing.assert_allclose(inside.stimulated, sign * inside.jacobian, rtol=1e-6)
    inputs = found.sel(source=["x0", "x1"], target=slice("rnn.l0.h.0", None))
    sign = np.sign(rnn.weight_ih_l0.detach().numpy().T)
    np.testing.assert_allclose(inputs.stimulated, sign * inputs.jacobian, rtol=1e-6)


def test_no_hop_no_effect() -> None:
    model = nn.GRU(2, 3, batch_first=True)
    found = isc.influence(model, probe(), measures="causal", stimulate=0.5)
    for name in ("stimulated", "stimulated_t"):
        values = found[name]
        assert (values.sel(source=["gru.l0.h.0"], target=["x0", "x1"]) == 0.0).all()
        assert float(values.sel(source="x0", target="x1")) == 0.0
        assert np.isnan(np.diag(values)).all()
        assert float(values.sel(source="x0", target="gru.l0.h.1")) != 0.0
    again = isc.influence(model, probe(), measures="causal")
    np.testing.assert_array_equal(again.causal, found.causal)


def test_bad_stimulation_is_named() -> None:
    model = nn.GRU(2, 3, batch_first=True)
    with pytest.raises(InputError, match="stimulate"):
        isc.influence(model, probe(), stimulate=0.0)
    with pytest.raises(InputError, match="groups"):
        isc.influence(model, probe(), stimulate=1.0, groups="layers")
    with pytest.raises(InputError, match="contexts"):
        isc.influence(model, probe()[:2, :4], stimulate=1.0, measures="causal")
    both = nn.GRU(2, 3, batch_first=True, bidirectional=True)
    with pytest.raises(InputError, match="bidirectional"):
        isc.influence(both, probe(), stimulate=1.0, measures="causal")
