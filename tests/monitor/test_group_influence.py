"""Influence between groups, reset together: closed forms, single units, and copies."""

from typing import Any

import numpy as np
import pytest
import torch
from scan_models import LRU
from torch import Tensor, nn

import infoscope as isc
from infoscope import InputError


def probe(sequences: int = 8, steps: int = 9, width: int = 2, seed: int = 1) -> Tensor:
    return torch.randn(sequences, steps, width, generator=torch.Generator().manual_seed(seed))


class Net(nn.Module):
    """Recurrent layers between an encoder and a head."""

    def __init__(self, kind: type[nn.Module] = nn.GRU, layers: int = 1, **options: Any) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encoder = nn.Linear(2, 3)
        self.rnn = kind(3, 4, layers, batch_first=True, **options)  # pyright: ignore
        self.head = nn.Linear(8 if options.get("bidirectional") else 4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.tanh(self.rnn(self.encoder(x))[0]))


def either(x: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two units that copy the input; the output is 1 if either was 1, and so is a third unit."""
    one = np.maximum(h[:, :1], h[:, 1:2])
    return one, np.concatenate([x, x, one], axis=1)


def test_copies_either_of_which_suffices_show_in_a_joint_reset_only() -> None:
    p = 0.9
    x = (np.random.default_rng(0).random((60, 40, 1)) < p).astype(float)
    state = np.zeros((60, 3))
    one, other, reader = isc.record(either, x, state=state).nodes.index[1:4]
    of = {"state": state, "measures": "causal", "contexts": None}
    single = isc.influence(either, x, **of).causal
    joint = isc.influence(either, x, **of, groups={"copies": [one, other], "reader": [reader]})
    both = float(joint.causal.sel(source="copies", target="reader"))
    # A joint reset redraws the reader: T = 1. A single one is heard only where the other is 0.
    assert both == pytest.approx(0.5, abs=5.0 * float(joint.causal_error[0, 1]) + 0.02)
    for copy in (one, other):
        alone = float(single.sel(source=copy, target=reader))
        assert alone == pytest.approx(0.5 * np.log2(2.0 - p), abs=0.03)
        assert both > 5.0 * alone
    assert joint.attrs["contexts"] == 60 * 40


def test_groups_of_one_are_nodes() -> None:
    model, x = Net(nn.LSTM), probe()
    nodes = isc.record(model, x).nodes.index
    single = isc.influence(model, x, lags=2)
    groups = isc.influence(model, x, lags=2, groups={f"<{n}>": [n] for n in nodes})
    assert groups.matrices == [
        "causal", "ablation", "ablation_resampled", "noise_injection", "causal_error"
    ]  # fmt: skip
    for name in groups.matrices:
        np.testing.assert_allclose(groups[name], single[name], rtol=1e-9, atol=1e-14)


def test_a_linear_layer_has_the_trace_of_its_squared_weights() -> None:
    """T of independent sources is the sum over both groups of squared weights and variances."""
    x = np.random.default_rng(1).normal(size=(50, 40, 4)) * [1.0, 2.0, 0.5, 1.0]
    weights = np.random.default_rng(2).normal(size=(4, 3))
    step = lambda x, h: (None, x @ weights + 0.0 * h)  # noqa: E731
    names = isc.record(step, x, state=np.zeros(3)).nodes.index
    groups = {"a": ["x0", "x1"], "b": ["x2", "x3"], "h": list(names[4:6])}
    found = isc.influence(step, x, state=np.zeros(3), groups=groups, contexts=None)
    variance, own = x.var(axis=(0, 1)), weights[:, :2]
    of_target = (x @ own).var(axis=(0, 1)).sum()
    for group, places in (("a", [0, 1]), ("b", [2, 3])):
        share = (own[places] ** 2 * variance[places, None]).sum() / of_target
        cell = found.sel(source=group, target="h")
        wanted = 0.5 * np.log2(1.0 + share)
        assert float(cell.causal) == pytest.approx(wanted, abs=4.0 * float(cell.causal_error))
        assert float(cell.causal_error) < 0.05 * wanted
        assert float(cell.ablation) == pytest.approx(np.sqrt(share), rel=0.01)
        assert float(cell.ablation_resampled) == pytest.approx(np.sqrt(2.0 * share), rel=0.1)
        noisy = 0.5 * np.log2(1.0 + 0.01 * share)
        assert float(cell.noise_injection) == pytest.approx(noisy, rel=0.1)


@pytest.mark.parametrize(
    "model", [Net(nn.RNN, 2), Net(nn.LSTM, 2, bidirectional=True), Net(nn.GRU)]
)
def test_a_joint_reset_changes_all_parts_of_a_group_by_every_route(model: Net) -> None:
    """With all other nodes as a source, an output is redrawn: T is 1."""
    x = probe(30, 20)
    rest = [n for n in isc.record(model, x).nodes.index if n not in ("o0", "o1")]
    groups = {"rest": rest, "out": ["o0"]}
    found = isc.influence(model, x, groups=groups, contexts=None, measures="causal")
    bits, error = found.causal.sel(source="rest", target="out"), found.causal_error[0, 1]
    assert float(bits) == pytest.approx(0.5, abs=4.0 * float(error))
    assert float(error) < 0.06
    assert float(found.causal.sel(source="out", target="rest")) == 0.0


def test_impossible_pairs_of_groups_are_exactly_zero() -> None:
    model, x = Net(nn.GRU, 2), probe()
    found = isc.influence(model, x, groups="layers", lags=[1, 3])
    inputs, low, high, out = found.source.values
    for name in found.matrices:
        values = found[name]
        for a, b in ((low, inputs), (high, inputs), (high, low), (out, inputs), (out, low),
                     (out, high)):  # fmt: skip
            assert (values.sel(source=a, target=b) == 0.0).all(), (name, a, b)
        assert (values.sel(source=inputs, target=low) > 0.0).all()
        assert (values.sel(source=low, target=high) > 0.0).all()
        assert np.isnan(values.sel(source=low, target=low)).all()
    direct = found.causal.sel(lag=1)
    assert float(direct.sel(source=inputs, target=high)) == 0.0
    assert float(found.causal.sel(lag=3).sel(source=inputs, target=high)) > 0.0


def test_layers_of_a_diagonal_recurrence_are_groups() -> None:
    layer = LRU(3)
    found = isc.influence(layer, probe(width=3), groups="blocks", measures="causal")
    names = list(found.source.values)
    assert float(found.causal.sel(source=names[0], target=names[1])) > 0.0
    assert float(found.causal.sel(source=names[1], target=names[0])) == 0.0


def test_constant_nodes_of_a_group_are_left_out() -> None:
    model, x = Net(), probe(width=2)
    x[..., 1] = 3.0
    found = isc.influence(
        model, x, groups={"moving": ["x0"], "both": ["rnn.l0.h.0"], "still": ["x1"]}
    )
    assert np.isnan(found.causal.sel(source="still")).all()
    assert np.isfinite(float(found.causal.sel(source="moving", target="both")))
    assert found.attrs["constant"] == ["x1"]


def test_the_loss_of_groups_is_that_of_their_knockout() -> None:
    model, x, y = Net(), probe(), probe(seed=3)
    groups = {"units": ["rnn.l0.h.0", "rnn.l0.h.2"], "inputs": ["x0"], "outputs": ["o1"]}
    found = isc.influence(model, x, targets=y, groups=groups, measures="causal")
    held = isc.knockout(model, x, y, groups={"units": groups["units"]}).to_frame()
    assert float(found.loss_change.sel(source="units")) == held.loc["units", "change"]
    assert np.isnan(found.loss_change.sel(source="outputs"))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"groups": {"a": ["x0"]}}, "groups"), ({"groups": {"a": ["x0"], "b": ["none"]}}, "groups"),
        ({"groups": "somehow"}, "groups"), ({"groups": "given"}, "groups"),
        ({"groups": "layers", "measures": "jacobian"}, "measures"),
    ],
)  # fmt: skip
def test_bad_groups_are_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        isc.influence(Net(), probe(), **wrong)
