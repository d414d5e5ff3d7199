import re
from pathlib import Path

import pytest
import torch
from torch import nn

import infoscope as isc
from infoscope.monitor.replaying.pitfalls import PITFALLS, limitations
from monitor.models import Cells, KeepsState, Readout

X = torch.randn(6, 5, 3, generator=torch.Generator().manual_seed(0))


def names(found: object) -> set[str]:
    return {one.pitfall.name for one in found.pitfalls}


def test_the_table_is_what_record_does() -> None:
    for model in (Readout(), Cells(), Readout(nn.GRU, bidirectional=True)):
        for gates in (False, True):
            found, rec = isc.check(model, X, gates=gates), isc.record(model, X, gates=gates)
            listed = [
                block for row in found.modules["blocks"] for block in row.split(", ") if block
            ]
            assert set(listed) == set(rec.blocks) - {"inputs"}
            assert found.modules["units"].sum() == len(rec.nodes) - 3
            assert found.ok


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")  # torch.compile's
@pytest.mark.parametrize(
    ("model", "pitfall", "ok"),
    [
        (lambda: torch.compile(Readout()), "compiled", True),
        (lambda: nn.DataParallel(Readout()), "data parallel", True),
        (lambda: Readout().half(), "half precision", True),
        (lambda: Readout(dropout=0.1), "dropout", True),
        (lambda: Readout(bidirectional=True), "bidirectional", True),
        (lambda: nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(5)), "batch statistics", True),
        (lambda: torch.jit.script(nn.GRU(3, 4)), "scripted", False),
        (lambda: nn.GRU(3, 4, device="meta"), "parameters without values", False),
        (lambda: nn.LazyLinear(3), "lazy parameters", False),
        (lambda: torch.inference_mode()(lambda: Readout())(), "inference tensors", False),
        (lambda: nn.Tanh(), "no parameters", False),
    ],
)
def test_each_pitfall_is_found_and_refused_as_record_refuses(model, pitfall, ok) -> None:
    made = model()
    found = isc.check(made, X)
    assert pitfall in names(found)
    assert found.ok is ok
    if not ok:
        with pytest.raises(isc.InputError, match=f"^{re.escape(found.problem)}$"):
            isc.record(made, X)


def test_every_refusal_is_in_the_table() -> None:
    assert {one.name for one in PITFALLS if one.refused} >= {
        "scripted", "no parameters", "quantised", "sharded parameters",
    }  # fmt: skip
    assert all(one.means and one.way_out for one in PITFALLS)


def test_the_page_of_limitations_is_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "limitations.md"
    assert page.read_text(encoding="utf-8") == limitations()


def test_a_state_kept_between_calls_is_noted() -> None:
    assert any("Two runs" in note for note in isc.check(KeepsState(), X).notes)
    assert not any("Two runs" in note for note in isc.check(Readout(), X).notes)


def test_a_failing_forward_pass_is_a_problem_not_a_crash() -> None:
    found = isc.check(Readout(), X[..., :2])
    assert not found.ok
    assert "inputs" in found.problem
