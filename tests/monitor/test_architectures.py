"""Traits of public architectures (docs/architectures.md), built in plain torch."""

from collections import UserDict
from typing import Any

import numpy as np
import pytest
import torch
from models import Readout
from scan_models import LRU
from torch import Tensor, nn

import infoscope as isc


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def probe(width: int = 3) -> Tensor:
    return torch.randn(4, 9, width)


class Single(nn.Module):
    """Asks for single precision by itself, as code for reinforcement learning does."""

    def __init__(self) -> None:
        super().__init__()
        self.gru, self.head = nn.GRU(3, 5, batch_first=True), nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(1, len(x), 5)
        ones = torch.ones(len(x), 1, 1, dtype=torch.float32)
        return self.head(self.gru(x.float() * ones.to(torch.float32), h)[0].float())


class Plain(Single):
    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.gru(x)[0])


def test_code_that_asks_for_single_precision_is_run_in_double() -> None:
    model, plain = Single(), Plain()
    plain.load_state_dict(model.state_dict())
    x = probe()
    found, expected = (isc.influence(one, x, measures="jacobian") for one in (model, plain))
    np.testing.assert_allclose(found.jacobian, expected.jacobian, rtol=1e-9)
    assert isc.record(model, x, dtype="float64")["outputs"].dtype == np.float64
    assert torch.get_default_dtype() == torch.float32


class Weak(LRU):
    """A state that changes the output by less than the tolerance of its comparison."""

    def __init__(self) -> None:
        super().__init__()
        with torch.no_grad():
            self.C_re *= 1e-5
            self.C_im *= 1e-5


class ComplexFirst(nn.Module):
    """Complex parameters, the first of all parameters, in the terms of S5."""

    def __init__(self) -> None:
        super().__init__()
        self.Lambda = nn.Parameter(torch.complex(-torch.ones(4), torch.arange(1.0, 5.0)))
        self.B, self.C = nn.Parameter(torch.randn(4, 3, 2)), nn.Parameter(torch.randn(3, 4, 2))
        self.D, self.log_step = nn.Parameter(torch.randn(3)), nn.Parameter(torch.rand(4) - 3)

    def states(self, u: Tensor) -> Tensor:
        """States (time, state) of one sequence (time, feature)."""
        a = torch.exp(self.Lambda * self.log_step.exp())
        b = (a - 1) / self.Lambda * (u.to(a.dtype) @ torch.view_as_complex(self.B).T)
        h, found = torch.zeros_like(b[0]), []
        for row in b:
            h = a * h + row
            found.append(h)
        return torch.stack(found)

    def forward(self, u: Tensor) -> Tensor:
        h = self.states(u) @ torch.view_as_complex(self.C).T
        return h.real + self.D * u


class Mapped(nn.Module):
    """Its layer sees one sequence at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.ssm = ComplexFirst()

    def forward(self, x: Tensor) -> Tensor:
        return torch.vmap(self.ssm)(x)


def test_a_state_that_hardly_changes_the_output_is_recorded() -> None:
    model, x = Weak(), probe()
    rec = isc.record(model, x)
    expected = model.states(x)
    np.testing.assert_allclose(rec["weak.h.re"], expected.real, atol=1e-5)
    np.testing.assert_allclose(rec["weak.h.im"], expected.imag, atol=1e-5)


def test_a_layer_under_vmap_is_recorded_and_changed() -> None:
    model, x = Mapped(), probe()
    rec = isc.record(model, x)
    with torch.no_grad():
        expected = torch.stack([model.ssm.states(row) for row in x])
        np.testing.assert_allclose(rec["ssm.h.re"], expected.real, atol=1e-6)
        np.testing.assert_allclose(rec["ssm.h.im"], expected.imag, atol=1e-6)
        found = isc.influence(model, x, lags=[1, 3], measures="jacobian").jacobian
        factor = torch.exp(model.ssm.Lambda * model.ssm.log_step.exp()).numpy()
    re, im = (rec.rows(f"ssm.h.{part}").std(axis=0) for part in ("re", "im"))
    for lag in (1, 3):
        values = [
            float(found.sel(source=f"ssm.h.re.{i}", target=f"ssm.h.im.{i}", lag=lag))
            for i in range(4)
        ]
        np.testing.assert_allclose(values, np.abs((factor**lag).imag) * re / im, rtol=1e-4)


class HandsOn(nn.Module):
    """Returns its input along with what it computes, as modules of mappings do."""

    def __init__(self) -> None:
        super().__init__()
        self.gru, self.head = nn.GRU(3, 5, batch_first=True), nn.Linear(5, 2)

    def forward(self, given: Any) -> dict[str, Tensor]:
        x = given["x"] if not isinstance(given, Tensor) else given
        return {"x": x, "y": self.head(self.gru(x)[0])}


def test_an_input_that_is_handed_on_is_no_output() -> None:
    model, x = HandsOn(), probe()
    for given in (x, (UserDict(x=x),)):
        rec = isc.record(model, given, dtype="float64")
        expected = model.double()(x.double())["y"].detach()
        np.testing.assert_allclose(rec["outputs"], expected, atol=1e-6)
        assert sum(block.role == "output" for block in rec.blocks.values()) == 1
    assert any("x0" in note for note in rec.notes)


class Unknown(LRU):
    """Not the recurrence that its names promise."""

    def forward(self, u: Tensor) -> Tensor:
        return super().forward(u).tanh()


@pytest.mark.parametrize("model", [
    nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.Linear(4, 5), nn.Tanh()), nn.Linear(5, 2)),
    nn.Sequential(nn.Linear(3, 3), Unknown(), nn.Linear(3, 2)), Readout(),
])  # fmt: skip
def test_the_table_counts_each_recorded_unit_once(model: nn.Module) -> None:
    x = probe()
    found, rec = isc.check(model, x), isc.record(model, x)
    kept = found.modules[found.modules["how"] != "not recorded"]
    assert int(kept["units"].sum()) == int((rec.nodes["role"] != "input").sum())
    scans = kept["how"] == "scan"
    assert not scans.any()


def test_steps_of_tensors_keep_their_precision() -> None:
    cell, x = nn.GRUCell(3, 5), probe()

    def step(row: Any, h: Any) -> tuple[Tensor, Tensor]:
        h = cell(torch.as_tensor(row), torch.as_tensor(h))
        return h, h

    from_numpy = isc.record(step, x.numpy(), state=np.zeros((4, 5), np.float32))
    from_torch = isc.record(step, x, state=torch.zeros(4, 5))
    np.testing.assert_array_equal(from_numpy["h"], from_torch["h"])
    assert (
        isc.influence(step, x, state=torch.zeros(4, 5), measures="jacobian").sizes["source"] == 13
    )
