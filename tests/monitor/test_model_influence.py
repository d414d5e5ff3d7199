"""Influence of anyone's network: against autograd, closed forms, and the paper's network."""

from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from torch import Tensor, nn

from infoscope import InputError, Recording, network_influence, score_edges
from infoscope.monitor.influence import influence
from infoscope.monitor.record import record


class Readout(nn.Module):
    """Encoder, recurrent layers, a nonlinear head."""

    def __init__(self, kind: type[nn.Module], layers: int = 1, head: bool = True) -> None:
        super().__init__()
        self.rnn = kind(3, 5, layers, batch_first=True)  # pyright: ignore[reportCallIssue]
        self.head = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 2)) if head else None

    def forward(self, x: Tensor) -> Tensor:
        h = self.rnn(x)[0]
        return h if self.head is None else self.head(h)


class Loop(nn.Module):
    """The same network as a loop over a cell, with the state passed on by the caller."""

    def __init__(self, cell: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.cell, self.head = cell, head

    def forward(self, x: Tensor) -> Tensor:
        state, found = None, []
        for t in range(x.shape[1]):
            state = self.cell(x[:, t], state)
            found.append(self.head(state[0] if isinstance(state, tuple) else state))
        return torch.stack(found, 1)


class Fused(nn.Module):
    """Several modules in a row, the second with an encoder before it."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.GRU(2, 3, batch_first=True)
        self.between = nn.Linear(3, 4)
        self.second = nn.RNN(4, 3, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(torch.tanh(self.between(self.first(x)[0])))[0]


def probe(sequences: int = 7, steps: int = 6, width: int = 3, seed: int = 1) -> Tensor:
    return torch.randn(sequences, steps, width, generator=torch.Generator().manual_seed(seed))


def seeded(make: Any, *args: Any, **options: Any) -> Any:
    torch.manual_seed(0)
    return make(*args, **options).double()


def off_diagonal(values: xr.DataArray) -> np.ndarray:
    array = values.to_numpy()
    return array[~np.eye(len(array), dtype=bool)]


def spreads(model: nn.Module, x: Tensor) -> dict[str, float]:
    rec = record(model, x, dtype="float64")
    blocks = [rec[name].to_numpy().reshape(-1, rec[name].sizes["unit"]) for name in rec.blocks]
    return dict(zip(rec.nodes.index, np.concatenate(blocks, axis=1).std(axis=0), strict=True))


def test_nodes_stand_as_in_the_recording_and_feed_score_edges() -> None:
    model, x = seeded(Readout, nn.LSTM, 2), probe()
    found, rec = influence(model, x), record(model, x)
    assert list(found.source.values) == list(found.target.values) == list(rec.nodes.index)
    scores = score_edges(found.causal, found.jacobian_rms, nodes=rec.nodes)
    assert set(scores.block) == {"x→h", "h→h", "h→o", "all"}


def test_the_fully_recurrent_network_has_the_influence_of_its_weights() -> None:
    torch.manual_seed(3)
    rnn, out = nn.RNN(2, 4, batch_first=True), nn.Linear(4, 1)
    x = probe(6, 5, 2).double()

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn, self.out = rnn, out

        def forward(self, x: Tensor) -> Tensor:
            return self.out(self.rnn(x)[0])

    net = Net().double()
    targets = probe(6, 5, 1, seed=9).double()
    weights = {
        "W_in": rnn.weight_ih_l0.T, "W": rnn.weight_hh_l0.T, "W_out": out.weight.T,
        "b_h": rnn.bias_ih_l0 + rnn.bias_hh_l0, "b_o": out.bias, "h_0": torch.zeros(4),
    }  # fmt: skip
    recording = Recording.from_arrays(
        inputs=x.numpy(), hidden=rnn(x)[0].detach().numpy(), outputs=net(x).detach().numpy(),
        targets=targets.numpy(),
    )  # fmt: skip
    arrays = {name: part.detach().double().numpy() for name, part in weights.items()}
    known = network_influence(recording, weights=arrays, draws=20)
    found = influence(net, x, draws=20, targets=targets)
    np.testing.assert_allclose(found.loss_change[:6], known.ablation_error[:6], atol=1e-12)
    assert np.isnan(found.loss_change[6])
    for name in ("jacobian", "ablation"):
        np.testing.assert_allclose(found[name].to_numpy(), known[name].to_numpy(), rtol=1e-8)
    np.testing.assert_allclose(
        found.noise_injection.to_numpy(), known.noise_injection.to_numpy(), rtol=0.2, atol=1e-5
    )


def test_a_linear_network_has_its_weights_and_the_closed_form_of_causal_flow() -> None:
    torch.manual_seed(0)

    class Linear(nn.Module):
        """relu far above zero is linear."""

        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.RNN(2, 3, nonlinearity="relu", batch_first=True)
            nn.init.constant_(self.rnn.bias_ih_l0, 50.0)
            with torch.no_grad():
                self.rnn.weight_hh_l0.mul_(0.3)

        def forward(self, x: Tensor) -> Tensor:
            return self.rnn(x)[0]

    model, x = Linear().double(), probe(40, 50, 2)
    found, sd = influence(model, x, contexts=None), spreads(model, x)
    w = model.rnn.weight_ih_l0.detach().numpy()
    for a in range(2):
        for b in range(3):
            cell = found.sel(source=f"x{a}", target=f"rnn.l0.h.{b}")
            size = abs(w[b, a]) * sd[f"x{a}"] / sd[f"rnn.l0.h.{b}"]
            assert float(cell.jacobian) == pytest.approx(size, rel=1e-7)
            assert float(cell.jacobian_rms) == pytest.approx(size, rel=1e-7)
            assert float(cell.ablation) == pytest.approx(size, rel=1e-7)
            bits = 0.5 * np.log2(1.0 + size**2)
            assert abs(float(cell.causal) - bits) < 5.0 * float(cell.causal_error)
            assert 0.0 < float(cell.causal_error) < 0.1 * bits + 1e-4
            assert float(cell.ablation_resampled) == pytest.approx(size * 2**0.5, rel=0.1)


@pytest.mark.parametrize("kind", [nn.GRUCell, nn.LSTMCell, nn.RNNCell])
def test_jacobians_are_those_of_autograd(kind: type[nn.Module]) -> None:
    cell = seeded(kind, 2, 3)
    head = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    model, x = Loop(cell, head), probe(4, 5, 2).double()
    found, sd = influence(model, x, measures=["jacobian", "jacobian_rms"]), spreads(model, x)
    names = ["h", "c"] if kind is nn.LSTMCell else ["h"]
    state = {name: torch.zeros(4, 3).double() for name in names}
    sums: dict[tuple[str, str], np.ndarray] = {}

    def called(x: Tensor, *parts: Tensor) -> tuple[Tensor, ...]:
        after = cell(x, parts if len(parts) > 1 else parts[0])
        return after if isinstance(after, tuple) else (after,)

    for t in range(5):
        for s in range(4):
            given = (x[s, t], *(state[name][s] for name in names))
            slopes = torch.autograd.functional.jacobian(called, given)
            for b, of_target in zip(names, slopes, strict=True):
                for a, slope in zip(["x", *names], of_target, strict=True):
                    sums[a, b] = sums.get((a, b), 0.0) + slope.abs().numpy() / 20  # pyright: ignore
        after = called(x[:, t], *state.values())
        state = {name: part.detach() for name, part in zip(names, after, strict=True)}
        for s in range(4):
            slope = torch.autograd.functional.jacobian(head, state["h"][s])
            sums["h", "o"] = sums.get(("h", "o"), 0.0) + slope.abs().numpy() / 20  # pyright: ignore
    label = {"x": "x{}", "h": "cell.h.{}", "c": "cell.c.{}", "o": "o{}"}
    for (a, b), slope in sums.items():
        for i, j in np.ndindex(*slope.shape):
            source, target = label[a].format(j), label[b].format(i)
            if source != target:
                wanted = slope[i, j] * sd[source] / sd[target]
                cell_found = float(found.jacobian.sel(source=source, target=target))
                assert cell_found == pytest.approx(wanted, rel=1e-6, abs=1e-12), (source, target)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_a_loop_over_a_cell_equals_the_fused_module(kind: type[nn.Module]) -> None:
    fused = seeded(Readout, kind)
    cell = {nn.LSTM: nn.LSTMCell, nn.GRU: nn.GRUCell, nn.RNN: nn.RNNCell}[kind](3, 5).double()
    with torch.no_grad():
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(cell, name).copy_(getattr(fused.rnn, f"{name}_l0"))
    one = influence(fused, probe(), lags=2)
    other = influence(Loop(cell, fused.head), probe(), lags=2)
    for name in one.data_vars:
        if name != "route":
            np.testing.assert_allclose(
                one[name].to_numpy(), other[name].to_numpy(), rtol=1e-6, atol=1e-9
            )


def test_routes_that_do_not_exist_have_exactly_no_influence() -> None:
    model = seeded(Readout, nn.LSTM, 2)
    with torch.no_grad():
        model.rnn.weight_ih_l0[:, 1] = 0.0  # x1 is not heard
        model.rnn.weight_hh_l1[:, 2] = 0.0
        model.head[0].weight[:, 2] = 0.0  # unit 2 of the top layer is heard by nobody
    found = influence(model, probe())
    role = [name[0] if name[0] in "xo" else name.split(".")[1] for name in found.source.values]
    for name in ("jacobian", "causal", "ablation", "ablation_resampled", "noise_injection"):
        values = found[name].to_numpy()
        for a, b in [("l0", "x"), ("l1", "x"), ("l1", "l0"), ("o", "l0"), ("o", "l1"), ("x", "l1"),
                     ("x", "o"), ("l0", "o")]:  # fmt: skip
            block = values[np.ix_([r == a for r in role], [r == b for r in role])]
            assert (block == 0.0).all(), (name, a, b)
        off = found[name].sel(source="x1").drop_sel(target="x1")
        assert (off == 0.0).all()
        assert float(found[name].sel(source="x0", target="rnn.l0.h.0")) > 0.0
        assert float(found[name].sel(source="rnn.l0.h.0", target="rnn.l1.h.0")) > 0.0
        assert (found[name].sel(source="rnn.l1.h.2").drop_sel(target="rnn.l1.h.2") == 0.0).all()
        own = found[name].sel(source="rnn.l0.c.1")
        assert set(own.target.values[own.to_numpy() > 0.0]) == {"rnn.l0.h.1"}
        assert np.isnan(np.diag(values)).all()


def test_modules_in_a_row_hear_each_other_through_the_code_between() -> None:
    model, x = seeded(Fused), probe(width=2).double()
    found, sd = influence(model, x, measures="jacobian"), spreads(model, x)
    h1 = model.first(x)[0].detach()
    h2 = model.second(torch.tanh(model.between(h1)))[0].detach()
    before = torch.cat([torch.zeros(7, 1, 3).double(), h2[:, :-1]], 1)

    def after(h: Tensor, b: Tensor) -> Tensor:
        return model.second(torch.tanh(model.between(h))[None, None], b[None, None])[0][0, 0]

    slope = np.zeros((3, 3))
    for s in range(7):
        for t in range(6):
            one = torch.autograd.functional.jacobian(
                lambda h, b=before[s, t]: after(h, b), h1[s, t]
            )
            slope += one.abs().numpy() / 42  # pyright: ignore[reportAttributeAccessIssue]
    for i, j in np.ndindex(3, 3):
        a, b = f"first.l0.h.{j}", f"second.l0.h.{i}"
        wanted = slope[i, j] * sd[a] / sd[b]
        assert float(found.jacobian.sel(source=a, target=b)) == pytest.approx(wanted, rel=1e-6)


def test_causal_flow_ranks_as_the_mean_squared_jacobian_of_a_tanh_network() -> None:
    from infoscope.measures.statistics import spearman

    torch.manual_seed(1)
    model = Readout(nn.RNN, head=False)
    model.rnn = nn.RNN(3, 20, batch_first=True)
    with torch.no_grad():
        model.rnn.weight_hh_l0.mul_(3.0)
    found = influence(model, probe(30, 20), measures=["causal", "jacobian_rms"], contexts=None)
    inside = found.sel(source=slice("rnn.l0.h.0", None), target=slice("rnn.l0.h.0", None))
    assert spearman(off_diagonal(inside.causal), off_diagonal(inside.jacobian_rms)) > 0.99


def test_later_lags_are_the_products_of_jacobians() -> None:
    torch.manual_seed(0)
    model, x = Readout(nn.RNN, head=False).double(), probe(5, 6).double()
    found, sd = influence(model, x, lags=[1, 3], contexts=None), spreads(model, x)
    h = model.rnn(x)[0].detach()
    w = model.rnn.weight_hh_l0.detach()
    slope = torch.zeros(5, 5).double()
    for s in range(5):
        for t in range(3):
            product = torch.eye(5).double()
            for k in (1, 2, 3):
                product = (1.0 - h[s, t + k] ** 2)[:, None] * w @ product
            slope += product.abs() / 15
    for i, j in np.ndindex(5, 5):
        if i != j:
            cell = found.jacobian.sel(source=f"rnn.l0.h.{j}", target=f"rnn.l0.h.{i}", lag=3)
            wanted = float(slope[i, j]) * sd[f"rnn.l0.h.{j}"] / sd[f"rnn.l0.h.{i}"]
            assert float(cell) == pytest.approx(wanted, rel=1e-6)
    assert list(found.route.values) == ["direct", "total"]


def test_packed_and_bidirectional_and_projected_layers() -> None:
    torch.manual_seed(0)
    model = nn.LSTM(3, 6, 2, proj_size=4, bidirectional=True).double()
    lengths = torch.tensor([6, 3, 5, 2])
    padded = probe(4, 6).transpose(0, 1).double()
    packed = nn.utils.rnn.pack_padded_sequence(padded, lengths, enforce_sorted=False)
    one = influence(model, packed, measures="jacobian")
    whole = influence(model, padded, measures="jacobian")
    assert one.attrs["contexts"] == 16
    assert whole.attrs["contexts"] == 24
    for found in (one, whole):
        back = found.jacobian.sel(source="lstm.l0_reverse.h.0", target="lstm.l0_reverse.h.1")
        across = found.jacobian.sel(source="lstm.l0_reverse.h.0", target="lstm.l0.h.1")
        above = found.jacobian.sel(source="lstm.l0_reverse.h.0", target="lstm.l1.h.1")
        assert float(back) > 0.0
        assert float(above) > 0.0
        assert float(across) == 0.0


def test_results_do_not_depend_on_measures_or_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = seeded(Readout, nn.GRU), probe()
    whole = influence(model, x)
    part = influence(model, x, measures=["causal"])
    np.testing.assert_array_equal(part.causal.to_numpy(), whole.causal.to_numpy())
    monkeypatch.setattr("infoscope.monitor.interventions.rows._CHUNK", 100)
    pieces = influence(model, x)
    for name in whole.data_vars:
        np.testing.assert_allclose(
            pieces[name].to_numpy(), whole[name].to_numpy(), rtol=1e-9, atol=1e-15
        )


def test_constant_nodes_have_no_influence_that_could_be_measured() -> None:
    model, x = seeded(Readout, nn.GRU), probe()
    x[..., 2] = 1.0
    found = influence(model, x)
    assert found.attrs["constant"] == ["x2"]
    assert np.isnan(found.jacobian.sel(source="x2")).all()
    assert np.isnan(found.jacobian.sel(target="x2")).all()


def test_tokens_have_resets_but_no_derivative() -> None:
    class Words(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words, self.rnn = nn.Embedding(5, 3), nn.GRU(3, 4, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            return self.rnn(self.words(x))[0]

    torch.manual_seed(0)
    found = influence(Words(), torch.randint(0, 5, (6, 8)))
    assert np.isnan(found.jacobian.sel(source="x0", target="rnn.l0.h.0"))
    assert float(found.causal.sel(source="x0", target="rnn.l0.h.0")) > 0.0


def test_the_model_and_random_states_stay_as_they_are() -> None:
    model, x = seeded(Readout, nn.LSTM).train(), probe()
    before = {name: part.clone() for name, part in model.state_dict().items()}
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    influence(model, x, measures="causal")
    assert torch.equal(torch.rand(3), wanted)
    assert model.training
    assert all(torch.equal(part, before[name]) for name, part in model.state_dict().items())
    assert all("forward" not in vars(module) for module in model.modules())


def test_a_step_function_has_the_influence_of_its_module() -> None:
    model, x = seeded(Readout, nn.RNN, head=False), probe().double()
    w, u = model.rnn.weight_ih_l0.detach().numpy(), model.rnn.weight_hh_l0.detach().numpy()
    b = (model.rnn.bias_ih_l0 + model.rnn.bias_hh_l0).detach().numpy()

    def step(x: np.ndarray, h: np.ndarray) -> tuple[None, np.ndarray]:
        return None, np.tanh(x @ w.T + h @ u.T + b)

    known = influence(model, x, lags=2)
    for state in (np.zeros((7, 5)), np.zeros(5)):
        found = influence(step, x.numpy(), state=state, lags=2)
        assert [name.replace("rnn.l0.", "") for name in known.source.values] == [
            name if name[0] == "x" else name.replace("h", "h.", 1).replace("..", ".")
            for name in found.source.values
        ]
        for name in known.data_vars:
            if name != "route":
                np.testing.assert_allclose(
                    found[name].to_numpy(), known[name].to_numpy(), rtol=1e-6, atol=1e-9
                )


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"measures": ["F"]}, "measures"), ({"lags": 0}, "lags"), ({"contexts": 0}, "contexts"),
        ({"noise": 0.0}, "noise"), ({"lags": 6}, "lags"), ({"units": "channels"}, "units"),
        ({"units": ["head"]}, "interventions"),
    ],
)  # fmt: skip
def test_bad_input_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        influence(seeded(Readout, nn.GRU), probe(), **wrong)


class Attention(nn.Module):
    """A decoder that attends to all steps of an encoder, and starts from its last state."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.GRU(3, 4, batch_first=True), nn.GRUCell(4, 4)
        self.query = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        encoded, last = self.encoder(x)
        h, found = last[0], []
        for _ in range(x.shape[1]):
            weights = torch.softmax((self.query(h)[:, None] * encoded).sum(-1), -1)
            h = self.decoder((weights[..., None] * encoded).sum(1), h)
            found.append(h)
        return torch.stack(found, 1)


def test_states_reach_others_through_attention_and_as_first_states() -> None:
    found = influence(seeded(Attention), probe())
    for name in ("jacobian", "causal", "ablation"):
        values = found[name]
        forth = values.sel(source="encoder.l0.h.1", target=[f"decoder.h.{i}" for i in range(4)])
        back = values.sel(source="decoder.h.1", target=[f"encoder.l0.h.{i}" for i in range(4)])
        assert (forth > 0.0).all()
        assert (back == 0.0).all()
        assert (values.sel(source="x0", target="decoder.h.0") == 0.0).all()


def test_a_state_that_the_model_changes_between_steps_is_followed() -> None:
    """Twice the state with half the weights is the same network."""

    class Doubled(nn.Module):
        def __init__(self, cell: nn.RNNCell, factor: float) -> None:
            super().__init__()
            self.cell, self.factor = cell, factor

        def forward(self, x: Tensor) -> Tensor:
            h, found = torch.zeros(len(x), 4).to(x), []
            for t in range(x.shape[1]):
                h = self.cell(x[:, t], self.factor * h)
                found.append(h)
            return torch.stack(found, 1)

    one = Doubled(seeded(nn.RNNCell, 3, 4), 2.0)
    other = Doubled(seeded(nn.RNNCell, 3, 4), 1.0)
    with torch.no_grad():
        other.cell.weight_hh.mul_(2.0)
    a, b = (influence(model, probe(), measures="jacobian").jacobian for model in (one, other))
    inside = [f"cell.h.{i}" for i in range(4)]
    # At the first step the source is the argument itself, twice the state.
    np.testing.assert_allclose(
        off_diagonal(a.sel(source=inside, target=inside)),
        off_diagonal(b.sel(source=inside, target=inside)), rtol=0.2,
    )  # fmt: skip
    np.testing.assert_allclose(a.sel(source="x0"), b.sel(source="x0"), rtol=1e-6)


def test_injected_noise_does_not_cancel_where_the_derivative_changes_sign() -> None:
    """Of a product, noise s z on one factor makes a variance s^2 times the other's square."""

    def step(x: np.ndarray, h: np.ndarray) -> tuple[None, np.ndarray]:
        return None, x[:, :1] * x[:, 1:] + 0.0 * h

    x = np.random.default_rng(0).normal(size=(50, 40, 2))
    found = influence(step, x, state=np.zeros((50, 1)), measures="noise_injection", draws=5)
    for place in range(2):
        made = 0.01 * x[..., place].var() * (x[..., 1 - place] ** 2).mean()
        wanted = 0.5 * np.log2(1.0 + made / np.prod(x, axis=-1).var())
        assert float(found.noise_injection[place, 2]) == pytest.approx(wanted, rel=0.05)


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM])
def test_injected_noise_ranks_as_the_rms_jacobian_of_gated_cells(kind: type[nn.Module]) -> None:
    from infoscope.measures.statistics import spearman

    torch.manual_seed(1)
    model = Readout(kind, head=False)
    model.rnn = kind(3, 16, batch_first=True)  # pyright: ignore[reportCallIssue]
    with torch.no_grad():
        for weight in model.rnn.parameters():
            weight.mul_(4.0)
    found = influence(
        model, probe(20, 20), measures=["noise_injection", "jacobian_rms"], draws=5, contexts=None
    )
    inside = found.sel(source=slice("rnn.l0.h.0", "rnn.l0.h.15"))
    inside = inside.sel(target=slice("rnn.l0.h.0", "rnn.l0.h.15"))
    rank = spearman(off_diagonal(inside.noise_injection), off_diagonal(inside.jacobian_rms))
    assert rank > 0.99
