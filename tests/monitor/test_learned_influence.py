"""Influence beyond networks that have learned nothing."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import infoscope as isc
from infoscope import EstimationError, InputError
from infoscope.monitor.interventions.opening import Probe
from infoscope.monitor.null_networks import null_networks


class Net(nn.Module):
    """A recurrent layer and a head."""

    def __init__(self, kind: type[nn.Module] = nn.RNN, units: int = 6, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.rnn = kind(2, units, batch_first=True)  # pyright: ignore[reportCallIssue]
        self.head = nn.Linear(units, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.rnn(x)[0])


class Free(nn.Module):
    """A layer with a parameter that nothing draws again."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(2, 3, batch_first=True)
        self.start = nn.Parameter(torch.zeros(1, 1, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(x, self.start.expand(-1, len(x), -1).contiguous())[0]


def probe() -> Tensor:
    return torch.randn(10, 12, 2, generator=torch.Generator().manual_seed(1))


def planted() -> Net:
    """A network in which units 0 to 3 drive units 4 to 7, which hear little else."""
    net = Net(units=8)
    with torch.no_grad():
        net.rnn.weight_hh_l0.mul_(0.1)
        net.rnn.weight_ih_l0[4:] *= 0.05
        for unit in range(4):
            net.rnn.weight_hh_l0[4 + unit, unit] = 3.0
    return net


def nulls_of(model: Any, null: Any, x: Any = None) -> Any:
    x = probe() if x is None else x
    recording = isc.record(model, x, dtype="float64")
    return null_networks(model, null, Probe(x, None, None, None, None, 50), recording)


def test_a_planted_connection_exceeds_untrained_networks_but_not_shuffled_ones() -> None:
    hidden = [f"rnn.l0.h.{i}" for i in range(8)]
    asked: dict[str, Any] = {"measures": "causal", "surrogates": 19}
    test = isc.influence(planted(), probe(), null="untrained", **asked).significance()
    inside = (test.q.sel(source=hidden, target=hidden) <= 0.1).to_numpy()
    assert np.argwhere(inside).tolist() == [[i, i + 4] for i in range(4)]
    assert test.null == "untrained"
    # 8 x 7 pairs of hidden nodes, 16 and 8 of the others; none against the direction.
    assert int(test.tested.sum()) == 56 + 16 + 8
    assert not test.tested.sel(source="o0").any()
    assert "1064 of 56 pairs hidden→hidden" in test.notes[0]
    assert "learned nothing" in test.hypothesis
    # The same strong weights stand elsewhere in shuffled networks.
    test = isc.influence(planted(), probe(), null="weight-shuffled", **asked).significance()
    assert not (test.q.sel(source=hidden, target=hidden) <= 0.1).any()


def test_an_untrained_network_has_learned_nothing() -> None:
    shares = []
    for seed in range(4):
        found = isc.influence(
            Net(seed=seed), probe(), measures="causal", contexts=60, null="untrained", surrogates=9
        )
        test = found.significance()
        assert int((test.q <= 0.1).sum()) == 0
        shares.append(float((test.p.to_numpy()[test.tested] <= 0.1).mean()))
    assert np.mean(shares) < 0.2


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_null_networks_have_the_spread_of_the_model(kind: type[nn.Module]) -> None:
    model = Net(kind)
    with torch.no_grad():
        for weight in model.rnn.parameters():
            weight.mul_(3.0)
    for null in ("untrained", "weight-shuffled"):
        networks = nulls_of(model, null)
        with torch.no_grad():
            made, spread = networks.draw(np.random.default_rng(3))
            other, _ = networks.draw(np.random.default_rng(4))
        again = isc.record(made, probe(), dtype="float64").rows("hidden").std(axis=0).mean()
        assert spread == pytest.approx(again)
        assert spread == pytest.approx(networks.wanted, rel=0.02)
        assert not torch.equal(made.rnn.weight_hh_l0, other.rnn.weight_hh_l0)


def test_shuffled_weights_stay_in_their_gate() -> None:
    model = Net(nn.GRU)
    with torch.no_grad():
        made, _ = nulls_of(model, "weight-shuffled").draw(np.random.default_rng(3))
    for name in ("weight_ih_l0", "weight_hh_l0"):
        own, drawn = getattr(model.rnn, name), getattr(made.rnn, name)
        factors = set()
        for a, b in zip(own.chunk(3), drawn.chunk(3), strict=True):
            ordered = a.detach().flatten().sort()[0], b.detach().flatten().sort()[0]
            factors.add(round(float(ordered[1][0] / ordered[0][0]), 4))
            torch.testing.assert_close(ordered[0] * (ordered[1][0] / ordered[0][0]), ordered[1],
                                       rtol=1e-4, atol=1e-5)  # fmt: skip
        assert len(factors) == 1
    assert torch.equal(model.rnn.bias_hh_l0, made.rnn.bias_hh_l0)
    head = model.head.weight.detach().sort()[0]
    assert torch.equal(head, made.head.weight.detach().sort()[0])


def test_a_function_builds_the_null_networks_of_any_model() -> None:
    found = isc.influence(
        planted(),
        probe(),
        measures="causal",
        contexts=60,
        null=lambda: Net(units=8, seed=9),
        surrogates=2,
    )
    assert found._nulls.values.shape == (2, 11, 11, 1)

    def step(x: np.ndarray, h: np.ndarray, gain: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
        return h, np.tanh(x + gain * h[:, ::-1])

    def weak() -> Any:
        gain = float(torch.rand(()))
        return lambda x, h: step(x, h, gain)

    state = np.zeros((10, 2))
    found = isc.influence(
        step, probe().numpy(), state=state, measures="causal", null=weak, surrogates=19
    )
    test = found.significance()
    assert test.null == "weak"
    assert "not matched" in test.notes[1]


def test_draws_are_copied_and_do_not_depend_on_how_many_there_are() -> None:
    asked: dict[str, Any] = {
        "measures": "causal", "contexts": 40, "null": "untrained", "groups": "layers",
        "lags": [1, 2],
    }  # fmt: skip
    few = isc.influence(Net(), probe(), surrogates=2, **asked)
    more = isc.influence(Net(), probe(), surrogates=3, **asked)
    np.testing.assert_array_equal(few._nulls.values, more._nulls.values[:2])
    for again in (pickle.loads(pickle.dumps(few)), copy.deepcopy(few)):
        np.testing.assert_array_equal(again._nulls.values, few._nulls.values)
    first, second = few.significance(lag=1), few.significance(lag=2)
    np.testing.assert_array_equal(second.flow, few.causal.sel(lag=2))
    assert not first.tested.equals(second.tested)
    plain = isc.influence(Net(), probe(), **{**asked, "null": None})
    np.testing.assert_array_equal(plain.causal, few.causal)


def test_nulls_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="reset_parameters"):
        isc.influence(Free(), probe(), null="untrained", measures="causal")
    with pytest.raises(InputError, match="null"):
        isc.influence(Net(), probe(), null="none")
    with pytest.raises(InputError, match="measures"):
        isc.influence(Net(), probe(), null="untrained", measures="jacobian")
    with pytest.raises(InputError, match="nodes"):
        isc.influence(Net(), probe(), null=lambda: Net(units=5), measures="causal", contexts=20)
    with pytest.raises(InputError, match="null"):
        isc.influence(lambda x, h: (None, h), probe().numpy(), state=np.zeros((10, 2)),
                      null="untrained")  # fmt: skip
    with pytest.raises(InputError, match="null="):
        isc.influence(Net(), probe(), measures="causal", contexts=20).significance()
    made = isc.influence(Net(), probe(), measures="causal", contexts=20, null="untrained",
                         surrogates=2)  # fmt: skip
    with pytest.raises(InputError, match="lag"):
        made.significance(lag=3)
    with pytest.raises(EstimationError, match="spread"):
        isc.influence(Net(), probe(), null=lambda: _still(), measures="causal", surrogates=2,
                      contexts=20)  # fmt: skip


def _still() -> Net:
    """A network whose inputs are not connected, so that no scale makes it move."""
    net = Net()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
    return net
