"""Influence and knockouts in diagonal recurrences: closed forms, autograd, and runs by hand."""

from typing import Any

import numpy as np
import pytest
import torch
from scan_models import LRU, S4D, S5, Mamba, MinGRU, MinLSTM, positive
from torch import Tensor, nn
from torch.autograd.functional import jacobian

import infoscope as isc


class Net(nn.Module):
    """A recurrence between an encoder and a readout, which S4D hears with time last."""

    def __init__(self, layer: nn.Module, features: int) -> None:
        super().__init__()
        self.encoder, self.ssm = nn.Linear(2, features), layer
        self.last = isinstance(layer, S4D)
        self.readout = nn.Linear(6 if isinstance(layer, MinLSTM) else features, 1)

    def forward(self, x: Tensor) -> Tensor:
        u = self.encoder(x)
        return self.readout(self.ssm(u.mT)[0].mT if self.last else self.ssm(u))


def made(layer: Any) -> Net:
    torch.manual_seed(0)
    features = 3 if layer in (LRU, S5, MinGRU, MinLSTM) else 4
    return Net(layer(), features).double().eval()


def probe(sequences: int = 4, steps: int = 12) -> Tensor:
    return torch.randn(sequences, steps, 2, generator=torch.Generator().manual_seed(1)).double()


def coefficients(net: Net, x: Tensor) -> tuple[Tensor, Tensor]:
    """Factor and term of each step, (sequence, time, ...), differentiable."""
    u, layer = net.encoder(x), net.ssm
    if isinstance(layer, S4D):
        a, b = layer.kernel.coefficients()
        return a, b * u[..., None]
    if isinstance(layer, MinGRU):
        n, z = layer.to_hidden_and_gate(u).chunk(2, -1)
        return 1 - z.sigmoid(), z.sigmoid() * positive(n)
    if isinstance(layer, MinLSTM):
        f, i = layer.gates(u)
        return f, i * positive(layer.linear_h(u))
    return layer.inner(u)[:2] if isinstance(layer, Mamba) else layer.coefficients(u)  # pyright: ignore


def spreads(net: nn.Module, x: Tensor) -> dict[str, np.ndarray]:
    rec = isc.record(net, x, dtype="float64")
    return {name: rec.rows(name).std(axis=0) for name in rec.blocks}


def between(values: Any, source: str, target: str) -> np.ndarray:
    """The matrix (source unit, target unit) between two blocks."""
    names = [str(name) for name in values.source.to_numpy()]
    stems = {"inputs": "x", "outputs": "o"}
    chosen = [
        [n for n in names if n.rstrip("0123456789") == stems.get(one, f"{one}.")]
        for one in (source, target)
    ]
    return values.sel(source=chosen[0], target=chosen[1]).to_numpy()


@pytest.mark.parametrize("layer", [LRU, S4D, S5])
def test_linear_recurrences_have_the_powers_of_their_factors(layer: Any) -> None:
    net, x, lags = made(layer), probe(), [1, 2, 5]
    with torch.no_grad():
        a, b = coefficients(net, x)
    factor, sd = a.expand(b.shape)[0, 0].flatten().numpy(), spreads(net, x)
    found = isc.influence(net, x, lags=lags, measures="jacobian").jacobian
    re, im = sd["ssm.h.re"], sd["ssm.h.im"]
    known = (re > 1e-9) & (im > 1e-9)  # a real eigenvalue has no imaginary part
    for lag in lags:
        size = np.abs((factor**lag).imag)
        values = between(found.sel(lag=lag), "ssm.h.re", "ssm.h.im")
        np.testing.assert_allclose(
            np.diag(values)[known], size[known] * re[known] / im[known], rtol=1e-6
        )
        values = between(found.sel(lag=lag), "ssm.h.im", "ssm.h.re")
        np.testing.assert_allclose(
            np.diag(values)[known], size[known] * im[known] / re[known], rtol=1e-6
        )
        off = values[~np.eye(len(size), dtype=bool)]
        assert (off[np.isfinite(off)] == 0.0).all()  # states do not hear each other


@pytest.mark.parametrize("layer", [LRU, S4D, S5, MinGRU, MinLSTM])
def test_jacobians_are_those_of_autograd(layer: Any) -> None:
    net, x = made(layer), probe(2, 9)
    rec, sd = isc.record(net, x, dtype="float64"), spreads(net, x)
    states = [name for name in rec.blocks if name.startswith("ssm.h")]
    found = isc.influence(net, x, measures="jacobian").jacobian
    with torch.no_grad():
        a, b = coefficients(net, x)
        h = torch.zeros_like(b[:, 0])
        before = [h := a.expand(b.shape)[:, t] * h + b[:, t] for t in range(b.shape[1])]
    before = torch.stack([torch.zeros_like(h), *before[:-1]], 1).flatten(0, 1)

    def after(x_t: Tensor, row: Tensor) -> Tensor:
        a, b = coefficients(net, x_t[None, None])
        h = (a * row + b)[0, 0].flatten()
        return torch.cat([h.real, h.imag]) if h.is_complex() else h

    slopes = torch.stack([
        jacobian(lambda one, row=row: after(one, row), x_t)
        for x_t, row in zip(x.flatten(0, 1), before, strict=True)
    ])  # fmt: skip
    scale = np.concatenate([sd[name] for name in states])
    expected = slopes.abs().mean(0).T.numpy() * sd["inputs"][:, None]
    values = np.concatenate([between(found, "inputs", name) for name in states], 1)
    known = scale > 1e-9
    np.testing.assert_allclose(values[:, known], expected[:, known] / scale[known], rtol=1e-6)


def test_a_selective_recurrence_hears_inputs_through_its_convolution() -> None:
    net, x = made(Mamba), probe()
    found = isc.influence(net, x, measures="ablation").ablation
    sd = spreads(net, x)
    with torch.no_grad():
        h = torch.tensor(net.ssm.states(net.encoder(x)))
        before = torch.cat([torch.zeros_like(h[:, :1]), h[:, :-1]], 1)
        for unit in range(2):
            held = x.clone()
            held[..., unit] = x[..., unit].mean()
            a, b = coefficients(net, held)
            change = (a * before + b - h).flatten(2).pow(2).mean((0, 1)).sqrt().numpy()
            values = between(found, "inputs", "ssm.h")[unit]
            np.testing.assert_allclose(values, change / sd["ssm.h"], rtol=1e-6)


@pytest.mark.parametrize("layer", [LRU, S4D, S5, MinGRU, MinLSTM, Mamba])
def test_states_reach_the_output_as_by_autograd(layer: Any) -> None:
    net, x = made(layer), probe(1, 7)
    sd = spreads(net, x)
    found = isc.influence(net, x, measures="jacobian").jacobian
    with torch.no_grad():
        a, b = coefficients(net, x)
    unit = torch.zeros(b.shape[2:]).flatten()
    unit[1] = 1e-4
    unit = unit.reshape(b.shape[2:])

    # An impulse to one state at one step, by a term that is added to b there.
    sizes = []
    for t in range(7):
        shifted = {}
        for sign in (1, -1):
            moved = b.clone()
            moved[:, t] += sign * unit
            if t + 1 < 7:  # and taken back, so that only the state of this step differs
                moved[:, t + 1] -= a.expand(b.shape)[:, t + 1] * sign * unit
            shifted[sign] = emitted(net, x, a, moved)
        sizes.append(float((shifted[1] - shifted[-1])[0, t, 0].abs()) / 2e-4)
    block = "ssm.h" if "ssm.h" in sd else "ssm.h.re"
    expected = np.mean(sizes) * sd[block][1] / sd["outputs"][0]
    value = between(found, block, "outputs")[1, 0]
    np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-12)


@torch.no_grad()
def emitted(net: Net, x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Output of the network for other coefficients, from the definitions of the papers."""
    a, states = a.expand(b.shape), []
    h = torch.zeros_like(b[:, 0])
    for t in range(b.shape[1]):
        h = a[:, t] * h + b[:, t]
        states.append(h)
    h, layer, u = torch.stack(states, 1), net.ssm, net.encoder(x)
    if isinstance(layer, LRU):
        y = (h @ torch.complex(layer.C_re, layer.C_im).T).real + u * layer.D
    elif isinstance(layer, S5):
        y = 2 * (h @ torch.view_as_complex(layer.C).T).real + u * layer.D
    elif isinstance(layer, S4D):
        y = 2 * (h * torch.view_as_complex(layer.kernel.C)).sum(-1).real + u * layer.D
        y = layer.output_linear(layer.activation(y).mT).mT
    elif isinstance(layer, MinGRU):
        y = layer.to_out(h)
    elif isinstance(layer, Mamba):
        _, _, C, v, z = layer.inner(u)
        y = torch.einsum("bldn,bln->bld", h, C) + layer.D * v
        y = layer.out_proj(y * torch.nn.functional.silu(z))
    else:
        y = h
    return net.readout(y)


def test_a_held_state_is_a_state_that_stays() -> None:
    net, x = made(MinGRU), probe()
    targets = torch.zeros(4, 12, 1)
    found = isc.knockout(net, x, targets, nodes="ssm.h.2", loss="mse").table
    with torch.no_grad():
        a, b = coefficients(net, x)
        mean = torch.tensor(isc.record(net, x, dtype="float64").rows("ssm.h")[:, 2].mean())
        a[..., 2], b[..., 2] = 0.0, mean
        change = emitted(net, x, a, b).pow(2).mean() - net(x).pow(2).mean()
    np.testing.assert_allclose(found["change"].iloc[0], float(change), rtol=1e-9)


class Decay(nn.Module):
    """A recurrence of no known family."""

    def __init__(self) -> None:
        super().__init__()
        self.rate = nn.Parameter(torch.tensor([0.5, 0.8]))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h, found = torch.zeros_like(x[:, 0]), []
        for t in range(x.shape[1]):
            h = self.rate * h + x[:, t]
            found.append(h)
        return torch.stack(found, 1).tanh(), h


def test_given_coefficients_need_a_readout() -> None:
    model, x = Decay(), probe()
    pair = (lambda m, x: (m.rate, x)), (lambda m, h, x: h.tanh())
    found = isc.influence(model, x, scans={"decay": pair}, lags=2, measures=["jacobian", "causal"])
    sd = spreads_of(isc.record(model, x, scans={"decay": pair}, dtype="float64"))
    direct = between(found.jacobian.sel(lag=1), "inputs", "decay.h")
    np.testing.assert_allclose(np.diag(direct), sd["inputs"] / sd["decay.h"], rtol=1e-6)
    later = between(found.jacobian.sel(lag=2), "inputs", "decay.h")
    np.testing.assert_allclose(np.diag(later), [0.5, 0.8] * sd["inputs"] / sd["decay.h"], rtol=1e-6)
    with pytest.raises(isc.InputError, match="readout"):
        isc.influence(model, x, scans={"decay": pair[0]})


def spreads_of(rec: isc.Recording) -> dict[str, np.ndarray]:
    return {name: rec.rows(name).std(axis=0) for name in rec.blocks}


@pytest.mark.parametrize("units", ["heads", "channels", lambda values: values])
def test_reduced_units_have_no_influence(units: Any) -> None:
    with pytest.raises(isc.InputError, match="undefined"):
        isc.influence(made(LRU), probe(), units=units)


def test_connections_within_a_scan_cannot_be_held() -> None:
    net, x = made(MinGRU), probe()
    with pytest.raises(isc.InputError, match="diagonal recurrence"):
        isc.knockout(net, x, torch.zeros(4, 12, 1), edges=[("x0", "ssm.h.1")])
