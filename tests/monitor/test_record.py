import copy

import numpy as np
import pytest
import torch
from torch import nn

import infoscope as isc
from monitor.models import Cells, KeepsState, LeakyReadout, Readout

X = torch.randn(20, 15, 3, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def test_blocks_equal_what_the_layers_return() -> None:
    model = Readout().eval()
    rec = isc.record(model, X, targets=X[..., :2])
    assert list(rec.blocks) == [
        "inputs", "rnn.l0.h", "rnn.l0.c", "rnn.l1.h", "rnn.l1.c", "outputs", "targets",
    ]  # fmt: skip
    with torch.no_grad():
        encoded = torch.relu(model.encoder(X))
        first = nn.LSTM(5, 8, batch_first=True)
        first.load_state_dict({k: v for k, v in model.rnn.state_dict().items() if "l0" in k})
        wanted = {
            "rnn.l0.h": first(encoded)[0],
            "rnn.l1.h": model.rnn(encoded)[0],
            "outputs": model(X),
            "inputs": X,
        }
    for name, values in wanted.items():
        np.testing.assert_allclose(rec[name], values, atol=1e-6)
    assert rec.alignment().shifts == (3, 2, 1, 0)
    roles = {name: block.role for name, block in rec.blocks.items()}
    assert roles["rnn.l1.c"] == "hidden"
    assert roles["outputs"] == "output"


def test_nothing_of_the_model_is_touched() -> None:
    model = Readout(dropout=0.5).train()
    model(X).sum().backward()
    calls = []
    model.rnn.register_forward_hook(lambda *_: calls.append(1))
    before, gradients = copy.deepcopy(model.state_dict()), [p.grad.clone() for p in
                                                            model.parameters()]  # fmt: skip
    state, python = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    isc.record(model, X, gates=True)
    isc.check(model, X)
    assert model.training
    assert model.rnn.training
    assert not calls
    assert all(torch.equal(a, b) for a, b in zip(before.values(), model.state_dict().values(),
                                                 strict=True))  # fmt: skip
    assert all(torch.equal(p.grad, g) for p, g in zip(model.parameters(), gradients, strict=True))
    assert all(p.requires_grad for p in model.parameters())
    assert torch.equal(state, torch.get_rng_state())
    assert np.array_equal(python, np.random.get_state()[1])  # noqa: NPY002
    assert "forward" not in vars(model.rnn)


def test_gates_of_an_lstm_make_its_state() -> None:
    rec = isc.record(Readout(), X, gates=True, dtype="float64")
    i, f, g, o, c, h = (rec[f"rnn.l1.{name}"].to_numpy() for name in "ifgoch")
    np.testing.assert_allclose(c[:, 1:], f[:, 1:] * c[:, :-1] + i[:, 1:] * g[:, 1:], atol=1e-12)
    np.testing.assert_allclose(h, o * np.tanh(c), atol=1e-12)


@pytest.mark.parametrize(
    ("units", "blocks"),
    [
        ("rnn", ["rnn.l0.h", "rnn.l0.c", "rnn.l1.h", "rnn.l1.c"]),
        ("*.l0.h", ["rnn.l0.h"]),
        (["encoder", "rnn.l1.h"], ["encoder", "rnn.l1.h"]),
        ("read*", ["readout"]),
    ],
)
def test_units_name_modules_or_blocks(units, blocks) -> None:
    rec = isc.record(Readout(), X, units=units)
    assert [name for name, block in rec.blocks.items() if block.role == "hidden"] == blocks


def test_cells_in_a_loop_become_a_time_axis() -> None:
    model = Cells()
    rec = isc.record(model, X)
    assert list(rec.blocks) == ["inputs", "low.h", "low.c", "high.h", "outputs"]
    with torch.no_grad():
        low, high = None, None
        for t in range(X.shape[1]):
            low = model.low(X[:, t], low)
            high = model.high(low[0], high)
            np.testing.assert_allclose(rec["low.c"][:, t], low[1], atol=1e-6)
            np.testing.assert_allclose(rec["high.h"][:, t], high, atol=1e-6)


def test_a_network_with_its_own_loop_is_recorded_time_first() -> None:
    model = LeakyReadout()
    rec = isc.record(model, X)
    assert list(rec.blocks) == ["inputs", "rnn", "outputs"]
    with torch.no_grad():
        outputs, states = model(X)
    np.testing.assert_allclose(rec["rnn"], states.transpose(0, 1))
    np.testing.assert_allclose(rec["outputs"], outputs.transpose(0, 1))
    np.testing.assert_allclose(rec["inputs"], X.transpose(0, 1))


def test_packed_sequences_and_lengths_are_masked_alike() -> None:
    gru, lengths = nn.GRU(3, 4), [5, 9, 2]
    sequences = [torch.randn(n, 3) for n in lengths]
    packed = isc.record(gru, nn.utils.rnn.pack_sequence(sequences, enforce_sorted=False))
    padded = isc.record(gru, nn.utils.rnn.pad_sequence(sequences), lengths=lengths)
    for rec in (packed, padded):
        assert rec.mask.sum("time").to_numpy().tolist() == lengths
        alone = np.concatenate([gru(s)[0].detach() for s in sequences])
        np.testing.assert_allclose(rec.rows("gru.l0.h"), alone, atol=1e-6)
        np.testing.assert_allclose(rec.rows("inputs"), np.concatenate(sequences))


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("shape", [(6, 6, 3), (4, 6, 3)])
def test_sequences_and_time_are_told_apart(first, shape) -> None:
    x = torch.randn(shape)
    rec = isc.record(nn.RNN(3, 4, batch_first=first), x)
    np.testing.assert_allclose(rec["inputs"], x if first else x.transpose(0, 1))


def test_steps_called_one_by_one_are_joined_in_time() -> None:
    class Stepwise(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(3, 4, batch_first=True)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            state, found = None, []
            for t in range(x.shape[1]):
                output, state = self.lstm(x[:, t : t + 1], state)
                found.append(output)
            return torch.cat(found, 1)

    model = Stepwise()
    rec = isc.record(model, X)
    np.testing.assert_allclose(rec["lstm.l0.h"], model.lstm(X)[0].detach(), atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")  # torch.compile's
def test_wrappers_half_precision_and_kept_states_are_recorded() -> None:
    plain = Readout()
    wanted = isc.record(plain, X)["rnn.l1.h"].to_numpy()
    for model in (torch.compile(plain), nn.DataParallel(plain)):
        np.testing.assert_array_equal(isc.record(model, X)["rnn.l1.h"], wanted)
    half = copy.deepcopy(plain).to(torch.bfloat16)
    np.testing.assert_allclose(isc.record(half, X)["rnn.l1.h"], wanted, atol=0.02)
    keeps = KeepsState()
    keeps(X)
    rec = isc.record(keeps, X)
    state = keeps.state.detach().clone()
    np.testing.assert_allclose(rec["rnn.l0.h"], keeps.rnn(X, state)[0].detach(), atol=1e-6)
    assert torch.equal(state, keeps.state)


def test_weight_norm_is_kept() -> None:
    model = nn.GRU(3, 4, batch_first=True)
    nn.utils.parametrizations.weight_norm(model, "weight_hh_l0")
    np.testing.assert_allclose(isc.record(model, X)["gru.l0.h"], model(X)[0].detach(), atol=1e-6)


def test_feed_forward_layers_follow_the_nonlinearity() -> None:
    model = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 1))
    rec = isc.record(model, X)
    assert list(rec.blocks) == ["inputs", "1", "3", "outputs"]
    np.testing.assert_allclose(rec["3"], model[:4](X).detach(), atol=1e-6)


def test_from_a_network_to_a_graph_with_error_rates_in_three_lines() -> None:
    rec = isc.record(nn.LSTM(3, 4, batch_first=True), X)
    found = isc.information_flow(rec, estimator=isc.Gaussian()).significance(surrogates=19)
    assert found.graph().number_of_nodes() == 3 + 8


class Returns(nn.Module):
    def __init__(self, value: object) -> None:
        super().__init__()
        self.rnn, self.value = nn.GRU(3, 4, batch_first=True), value

    def forward(self, x: torch.Tensor) -> object:
        self.rnn(x)
        return self.value


@pytest.mark.parametrize("value", [None, "text", {"loss": torch.tensor(1.0)}, [object()]])
def test_outputs_of_any_kind_leave_the_states(value) -> None:
    rec = isc.record(Returns(value), X)
    assert "rnn.l0.h" in rec.blocks
    assert "outputs" not in rec.blocks


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: isc.record(None, X), isc.InputError, "model"),
        (lambda: isc.record(nn.GRU, X), isc.InputError, "model"),
        (lambda: isc.record(nn.Sequential(), X), isc.InputError, "no parameters"),
        (lambda: isc.record(Readout(), X, units="rmn"), isc.InputError, "rnn"),
        (lambda: isc.record(Readout(), X, units=[]), isc.InputError, "units"),
        (lambda: isc.record(Readout(), X, units=3), isc.InputError, "units"),
        (lambda: isc.record(Readout(), X[..., :2]), isc.InputError, "inputs"),
        (lambda: isc.record(Readout(), "x"), isc.InputError, "inputs"),
        (lambda: isc.record(Readout(), X * np.inf), isc.EstimationError, "step 0"),
        (lambda: isc.record(Readout(), X, dtype="float16"), isc.InputError, "dtype"),
        (lambda: isc.record(Readout(), X, lengths=[3]), isc.InputError, "lengths"),
        (lambda: isc.record(Readout(), X, lengths=[16] * 20), isc.InputError, "lengths"),
        (lambda: isc.record(Readout(), X, targets=X[:3]), isc.InputError, "targets"),
        (lambda: isc.record(Readout(), X, gates=1), isc.InputError, "gates"),
        (lambda: isc.record(torch.jit.script(nn.GRU(3, 4)), X), isc.InputError, "scripted"),
        (lambda: isc.record(nn.GRU(3, 4, device="meta"), X), isc.InputError, "meta"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")
def test_bad_input_is_named(call, error, says) -> None:
    with pytest.raises(error, match=says):
        call()


def test_not_finite_weights_and_overflow_are_named() -> None:
    model = Readout()
    with torch.no_grad():
        model.readout.weight.fill_(torch.nan)
    with pytest.raises(isc.InputError, match=r"readout\.weight"):
        isc.record(model, X)
    relu = nn.RNN(3, 4, nonlinearity="relu", batch_first=True)
    with torch.no_grad():
        relu.weight_hh_l0.fill_(1e30)
        relu.bias_hh_l0.fill_(1.0)
    with pytest.raises(isc.EstimationError, match="step 2"):
        isc.record(relu, X)


def test_a_recording_survives_disk_and_pickle(tmp_path) -> None:
    import pickle

    rec = isc.record(Readout(), X[:, :4], path=tmp_path / "rec.zarr", gates=True)
    again = pickle.loads(pickle.dumps(rec))
    wanted = isc.record(Readout(), X[:, :4], gates=True)
    assert list(again.blocks) == list(wanted.blocks)
    assert again.notes == wanted.notes


class Mixed(nn.Module):
    """A forward pass that turns autocast on by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.readout = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return self.readout(self.rnn(x)[0])


def test_half_precision_within_a_model_is_noted_as_quantised() -> None:
    model = Mixed()
    rec = isc.record(model, X)
    assert any("outputs is quantised" in note for note in rec.notes)
    wanted = nn.Module.__call__(model.rnn, X)[0].detach()
    np.testing.assert_allclose(rec["rnn.l0.h"], wanted, atol=0.02)
    assert any("rnn computes in half precision" in note for note in rec.notes)


@pytest.mark.parametrize("autocast", [False, True])
def test_a_probe_under_autocast_is_recorded_in_full_precision(autocast) -> None:
    model = Readout()
    wanted = isc.record(model, X)["rnn.l1.h"].to_numpy()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
        np.testing.assert_array_equal(isc.record(model, X)["rnn.l1.h"], wanted)


class Sorting(nn.Module):
    """Sorts sequences by length before packing, and returns outputs in the given order."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.readout = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 1)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        lengths, order = lengths.sort(descending=True)
        packed = nn.utils.rnn.pack_padded_sequence(x[order], lengths, batch_first=True)
        states, _ = nn.utils.rnn.pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return self.readout(states[order.argsort()])


def test_sequences_that_a_model_sorts_are_put_back_in_order() -> None:
    model, lengths = Sorting(), torch.randint(5, 16, (20,))
    lengths[7] = 15
    rec = isc.record(model, (X, lengths))
    assert rec.mask.sum("time").to_numpy().tolist() == lengths.tolist()
    states = model.rnn(X)[0].detach().numpy()
    for place, steps in enumerate(lengths):
        np.testing.assert_allclose(rec["rnn.l0.h"][place, :steps], states[place, :steps], atol=1e-6)
        np.testing.assert_array_equal(rec["inputs"][place, :steps], X[place, :steps])


class Backward(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(3, 4, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rnn(x.flip(1))[0].flip(1)


def test_a_module_that_runs_backwards_is_put_in_the_order_of_time() -> None:
    model = Backward()
    rec = isc.record(model, X)
    np.testing.assert_allclose(rec["rnn.l0.h"], model(X).detach(), atol=1e-6)
    assert any("backwards" in note for note in rec.notes)
    assert isc.record(Readout(), X).notes == ()


class TimeFirstInside(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rnn(x.transpose(0, 1))[0].transpose(0, 1)


@pytest.mark.parametrize("sequences", [15, 16])
def test_the_axes_of_a_square_probe_are_found(sequences) -> None:
    model, x = TimeFirstInside(), torch.randn(sequences, 15, 3)
    rec = isc.record(model, x)
    np.testing.assert_array_equal(rec["inputs"], x)
    np.testing.assert_allclose(rec["rnn.l0.h"], model(x).detach(), atol=1e-6)


class LastStep(nn.Module):
    def __init__(self, last: bool) -> None:
        super().__init__()
        self.rnn, self.readout, self.last = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 15), last

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states = self.rnn(x)[0]
        return self.readout(states[:, -1]) if self.last else self.readout(states)[..., 0]


@pytest.mark.parametrize("last", [True, False])
def test_as_many_classes_as_steps_are_no_time_series(last) -> None:
    rec = isc.record(LastStep(last), X)
    assert ("outputs" in rec.blocks) is not last


def test_the_last_states_of_as_many_layers_as_steps_are_no_outputs() -> None:
    assert "outputs" not in isc.record(nn.GRU(3, 4, num_layers=7), torch.randn(7, 12, 3)).blocks


def test_a_kept_state_does_not_pass_from_one_snapshot_to_the_next() -> None:
    model = KeepsState()
    model(X)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    rec = isc.record(model, X, checkpoints={0: weights, 1: weights})
    np.testing.assert_array_equal(rec.block("rnn.l0.h", 0), rec.block("rnn.l0.h", 1))
    assert rec.notes == ()


class InPlace(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(3, 4, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rnn(x.mul_(2.0))[0]


def test_a_model_that_works_in_place_leaves_the_probe() -> None:
    x = X.clone()
    rec = isc.record(InPlace(), x)
    assert torch.equal(x, X)
    np.testing.assert_array_equal(rec["inputs"], X)


class TwoHeads(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.one, self.two = (
            nn.GRU(3, 4, batch_first=True),
            nn.Linear(4, 2),
            nn.Linear(4, 2),
        )

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        states = self.rnn(x)[0]
        return {"states": states, "value": self.one(states), "policy": self.two(states)}


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_states_are_those_before_the_model_changes_them_in_place(kind) -> None:
    class Erasing(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = kind(3, 8, bidirectional=True, batch_first=True)

        def forward(self, x):
            y = self.rnn(x)[0]
            return y.zero_() + 1.0

    model, x = Erasing(), torch.randn(4, 6, 3)
    found, expected = isc.record(model, x), model.rnn(x)[0].detach()
    np.testing.assert_allclose(found["rnn.l0.h"], expected[..., :8], atol=1e-6)
    np.testing.assert_allclose(found["rnn.l0_reverse.h"], expected[..., 8:], atol=1e-6)


def test_a_second_head_is_noted() -> None:
    model = TwoHeads()
    rec = isc.record(model, X)
    np.testing.assert_allclose(rec["outputs"], model(X)["value"].detach(), atol=1e-6)
    assert any("2 outputs" in note for note in rec.notes)
