"""Knockouts against networks whose weights are changed by hand."""

import pickle
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from infoscope import InputError
from infoscope.monitor.knockout import knockout

STEPS = 6


class Net(nn.Module):
    def __init__(self, kind: type[nn.Module] = nn.GRU, outputs: int = 2, layers: int = 2) -> None:
        super().__init__()
        self.rnn = kind(3, 4, layers, batch_first=True)  # pyright: ignore[reportCallIssue]
        self.out = nn.Linear(4, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.rnn(x)[0])


class Label(Net):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)[:, -1]


def made(model: Any = Net, **options: Any) -> Any:
    torch.manual_seed(0)
    return model(**options).double()


def probe(width: int = 3, seed: int = 0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(9, STEPS, width, generator=random).double()


def test_a_held_input_is_a_constant_input() -> None:
    model, x, y = made(), probe(), probe(2, 1)
    found = knockout(model, x, y, nodes=["x1"]).to_frame().loc["x1"]
    held = x.clone()
    held[..., 1] = x[..., 1].mean()
    with torch.no_grad():
        base, after = model(x), model(held)
    losses = [((out - y) ** 2).mean((1, 2)).numpy() for out in (base, after)]
    change = losses[1] - losses[0]
    assert found.change == pytest.approx(change.mean(), rel=1e-9)
    assert found.standard_error == pytest.approx(change.std(ddof=1) / 3, rel=1e-9)
    assert found.lower < found.change < found.upper
    sd = base.flatten(0, 1).std(0, correction=0)
    assert found.outputs == pytest.approx(float((((after - base) / sd) ** 2).mean().sqrt()))


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM, nn.RNN])
def test_a_unit_heard_by_nobody_changes_exactly_nothing(kind: type[nn.Module]) -> None:
    model = made(kind=kind)
    with torch.no_grad():
        model.rnn.weight_hh_l0[:, 2] = 0.0
        model.rnn.weight_ih_l1[:, 2] = 0.0
    found = knockout(model, probe(), probe(2, 1)).to_frame()
    still = found.loc["rnn.l0.h.2"]
    assert (still.change, still.outputs, still.p) == (0.0, 0.0, 1.0)
    assert found.loc["rnn.l0.h.1", "outputs"] > 0.0
    assert list(found.index[:4]) == ["x0", "x1", "x2", "rnn.l0.h.0"]


def test_units_held_at_zero_equal_a_network_without_them() -> None:
    """Hold at the mean; moved into the biases it is the network without the units."""
    model, x = made(kind=nn.RNN, layers=1), probe()
    found = knockout(model, x, probe(2, 1), groups={"pair": ["rnn.l0.h.0", "rnn.l0.h.3"]})
    with torch.no_grad():
        h = model.rnn(x)[0]
        base, rnn = model(x), model.rnn
        for unit in (0, 3):
            mean = h[..., unit].mean()
            rnn.bias_hh_l0 += mean * rnn.weight_hh_l0[:, unit]
            model.out.bias += mean * model.out.weight[:, unit]
        rnn.weight_hh_l0[:, [0, 3]] = 0.0
        model.out.weight[:, [0, 3]] = 0.0
        after = model(x)
        change = ((after - probe(2, 1)) ** 2).mean() - ((base - probe(2, 1)) ** 2).mean()
    assert found.table.loc["pair", "change"] == pytest.approx(float(change), rel=1e-9)
    assert found.table.loc["pair", "kind"] == "group"


@pytest.mark.parametrize(
    ("edge", "weight", "row", "column"),
    [
        (("x1", "rnn.l0.h.2"), "weight_ih_l0", 2, 1),
        (("rnn.l0.h.1", "rnn.l0.h.2"), "weight_hh_l0", 2, 1),
        (("rnn.l0.h.3", "rnn.l1.h.0"), "weight_ih_l1", 0, 3),
    ],
)
def test_a_held_connection_is_a_weight_moved_into_the_bias(
    edge: tuple[str, str], weight: str, row: int, column: int
) -> None:
    model, x, y = made(kind=nn.GRU), probe(), probe(2, 1)
    found = knockout(model, x, y, edges=[edge]).table.iloc[0]
    with torch.no_grad():
        base = model(x)
        lower = nn.GRU(3, 4, batch_first=True).double()
        lower.load_state_dict({k: v for k, v in model.rnn.state_dict().items() if "l0" in k})
        sent = x if edge[0].startswith("x") else lower(x)[0]
        mean, own = sent[..., column].mean(), getattr(model.rnn, weight)
        bias = getattr(model.rnn, weight.replace("weight", "bias"))
        for gate in range(3):
            bias[gate * 4 + row] += mean * own[gate * 4 + row, column]
            own[gate * 4 + row, column] = 0.0
        change = ((model(x) - y) ** 2).mean() - ((base - y) ** 2).mean()
    assert found["change"] == pytest.approx(float(change), rel=1e-8)
    assert found["kind"] == "edge"


def test_a_connection_to_the_output_changes_that_output_alone() -> None:
    model, x, y = made(), probe(), probe(2, 1)
    found = knockout(model, x, y, edges=[("rnn.l1.h.1", "o0")]).table.iloc[0]
    with torch.no_grad():
        h = model.rnn(x)[0]
        out = model(x)
        after = out.clone()
        after[..., 0] += (h[..., 1].mean() - h[..., 1]) * model.out.weight[0, 1]
        change = ((after - y) ** 2).mean() - ((out - y) ** 2).mean()
    assert found["change"] == pytest.approx(float(change), rel=1e-8)


def test_classes_of_steps_and_of_sequences() -> None:
    x, random = probe(), torch.Generator().manual_seed(2)
    for kind, shape in ((Net, (9, STEPS)), (Label, (9,))):
        model, classes = made(kind), torch.randint(0, 2, shape, generator=random)
        result = knockout(model, x, classes, nodes="x*")
        with torch.no_grad():
            out = model(x).flatten(0, -2)
        wanted = nn.functional.cross_entropy(out, classes.flatten())
        assert result.loss == pytest.approx(float(wanted), rel=1e-9)
        assert result.loss_name == "cross_entropy"
        by_function = knockout(
            model, x, classes, nodes="x*",
            loss=lambda o, t: nn.functional.cross_entropy(o.flatten(0, -2), t.long().flatten()),
        )  # fmt: skip
        np.testing.assert_allclose(by_function.table.change, result.table.change, rtol=1e-9)


def test_padded_steps_do_not_count() -> None:
    model, x, y = made(), probe(), probe(2, 1)
    lengths = [6, 4, 6, 2, 6, 6, 3, 6, 5]
    packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), True, False)

    class Packed(Net):
        def forward(self, x: Any) -> Tensor:
            return self.out(nn.utils.rnn.pad_packed_sequence(self.rnn(x)[0], True)[0])

    other = made(Packed)
    one, two = knockout(model, x, y, lengths=lengths), knockout(other, packed, y)
    np.testing.assert_allclose(one.table.change, two.table.change, rtol=1e-8, atol=1e-12)
    junk = y.clone()
    for s, n in enumerate(lengths):
        junk[s, n:] = 1e3
    again = knockout(model, x, junk, lengths=lengths)
    np.testing.assert_array_equal(again.table.change, one.table.change)


def test_resampled_values_come_from_other_steps_and_are_reproducible() -> None:
    model, x, y = made(), probe(), probe(2, 1)
    one, two = (knockout(model, x, y, how="resample", random_state=s) for s in (0, 0))
    np.testing.assert_array_equal(one.table.change, two.table.change)
    part = knockout(model, x, y, how="resample", nodes=["x0"], random_state=0)
    assert part.table.loc["x0", "change"] == one.table.loc["x0", "change"]
    mean = knockout(model, x, y)
    assert one.table.outputs.mean() > mean.table.outputs.mean()


def test_a_loop_over_a_cell_and_a_step_function_equal_the_module() -> None:
    model, x, y = made(kind=nn.RNN, layers=1), probe(), probe(2, 1)
    cell = nn.RNNCell(3, 4).double()
    with torch.no_grad():
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(cell, name).copy_(getattr(model.rnn, f"{name}_l0"))

    class Loop(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.out = cell, model.out

        def forward(self, x: Tensor) -> Tensor:
            h, found = None, []
            for t in range(STEPS):
                h = self.cell(x[:, t], h)
                found.append(self.out(h))
            return torch.stack(found, 1)

    def step(x: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with torch.no_grad():
            h_after = cell(torch.from_numpy(x), torch.from_numpy(h))
            return model.out(h_after).numpy(), h_after.numpy()

    known = knockout(model, x, y).table
    looped = knockout(Loop(), x, y).table
    np.testing.assert_allclose(looped.change, known.change, rtol=1e-9)
    # A step function's output is computed inside its call, before the state is held.
    stepped = knockout(step, x.numpy(), y.numpy(), state=np.zeros((9, 4))).table
    np.testing.assert_allclose(stepped.change[:3], known.change[:3], rtol=1e-9)
    edge = ("x0", "cell.h.1")
    one = knockout(Loop(), x, y, edges=[edge]).table.change
    two = knockout(model, x, y, edges=[("x0", "rnn.l0.h.1")]).table.change
    np.testing.assert_allclose(one, two, rtol=1e-9)


def test_the_result_prints_and_pickles() -> None:
    result = knockout(made(), probe(), probe(2, 1), nodes=["x0", "x1"])
    again = pickle.loads(pickle.dumps(result))
    assert again.to_frame().equals(result.to_frame())
    assert len(repr(result)) < 120
    assert result.to_dict()["loss"] == result.loss


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"nodes": ["h9"]}, "nodes"), ({"nodes": []}, "nodes"), ({"groups": {}}, "groups"),
        ({"edges": [("o0", "x0")]}, "edges"), ({"edges": [("x0", "rnn.l1.h.0")]}, "edges"),
        ({"edges": ["x0"]}, "edges"), ({"how": "zero"}, "how"), ({"loss": "hinge"}, "loss"),
        ({"targets": torch.zeros(9, STEPS, 3)}, "targets"),
        ({"targets": torch.full((9, STEPS), 7)}, "targets"),
    ],
)  # fmt: skip
def test_bad_input_is_named(wrong: dict[str, Any], named: str) -> None:
    given = {"targets": probe(2, 1), **wrong}
    with pytest.raises(InputError, match=named):
        knockout(made(), probe(), given.pop("targets"), **given)


class Heads(nn.Module):
    """Returns the last state first, then a prediction for each step."""

    def __init__(self, outputs: int = 1) -> None:
        super().__init__()
        self.rnn, self.out = nn.GRU(2, 3, batch_first=True), nn.Linear(3, outputs)

    def forward(self, x: Tensor) -> Any:
        states = self.rnn(x)[0]
        return {"last": states[:, -1], "prediction": self.out(states)}


def test_the_loss_is_of_the_output_that_is_recorded() -> None:
    torch.manual_seed(0)
    model, x, targets = Heads(), torch.randn(6, 5, 2), torch.randn(6, 5, 1)
    found = knockout(model, x, targets, nodes="x0")
    wanted = ((model(x)["prediction"] - targets) ** 2).mean()
    np.testing.assert_allclose(found.loss, wanted.detach(), rtol=1e-5)


class Classes(Heads):
    """Classes after the last step, from inputs that it changes in place."""

    def forward(self, x: Tensor) -> Any:
        return self.out(self.rnn(x.mul_(2.0))[0][:, -1])


def test_as_many_classes_as_steps_are_classes() -> None:
    torch.manual_seed(0)
    model, x, labels = Classes(5), torch.randn(6, 5, 2), torch.arange(6) % 5
    found = knockout(model, x, labels, nodes="x0")
    wanted = nn.functional.cross_entropy(model(x.clone()), labels)
    np.testing.assert_allclose(found.loss, wanted.detach(), rtol=1e-5)


class Sorts(Heads):
    """Sorts its sequences by length."""

    def forward(self, x: Tensor, lengths: Tensor) -> Any:  # pyright: ignore
        lengths, order = lengths.sort(descending=True)
        packed = nn.utils.rnn.pack_padded_sequence(x[order], lengths, batch_first=True)
        states, _ = nn.utils.rnn.pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return self.out(states[order.argsort()])


def test_a_model_that_sorts_unequal_sequences_is_refused() -> None:
    x, lengths = torch.randn(6, 5, 2), torch.tensor([2, 5, 3, 4, 5, 1])
    with pytest.raises(InputError, match="enforce_sorted=False"):
        knockout(Sorts(), (x, lengths), torch.randn(6, 5, 1), nodes="rnn.l0.h.0")
