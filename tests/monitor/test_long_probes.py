"""Long probes are recorded in pieces, with the same values as whole."""

from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from models import Cells, Leaky, Readout
from scan_models import LRU
from torch import nn

import infoscope as isc
from infoscope.recordings import groups

CHUNK = 4096


class Normalised(Readout):
    """Each step depends on the mean over all steps."""

    def forward(self, x):
        return super().forward(x - x.mean(1, keepdim=True))


def in_batches(x, h):
    h = np.tanh(0.5 * h + x)
    return h[..., :2], h


WEIGHTS = np.random.default_rng(0).normal(size=(3, 3))
CASES = {
    "steps": (lambda: nn.LSTM(3, 8, 2, batch_first=True), (2, 700, 3), {"gates": True}),
    "time first": (lambda: nn.GRU(3, 8), (700, 2, 3), {}),
    "sequences": (Readout, (300, 15, 3), {}),
    "cells": (Cells, (2, 700, 3), {}),
    "both ways": (lambda: nn.RNN(3, 8, bidirectional=True, batch_first=True), (40, 90, 3), {}),
    "targets": (Readout, (3, 700, 3), {"targets": np.arange(2100.0).reshape(3, 700, 1)}),
    "lengths": (Readout, (100, 50, 3), {"lengths": [10, 50, 7, 33] * 25}),
    "step": (lambda: in_batches, (2, 700, 3), {"state": np.zeros((2, 3))}),
    "one by one": (lambda: in_batches, (300, 15, 3), {"state": np.zeros(3)}),
    "unequal": (lambda: in_batches, (3, 700, 3), {"state": np.zeros((3, 3)),
                                                  "lengths": [700, 20, 351]}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_on_disk_as_in_memory_to_the_bit_and_as_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: str
) -> None:
    torch.manual_seed(0)
    make, shape, options = CASES[case]
    model, x = make(), torch.randn(shape)
    x = x if isinstance(model, nn.Module) else x.numpy().astype(np.float64)
    whole = isc.record(model, x, **options)
    monkeypatch.setattr(groups, "CHUNK", CHUNK)
    sizes = list[int]()
    put = groups.Group.put

    def counted(self, name, where, values):
        sizes.append(values.size)
        put(self, name, where, values)

    monkeypatch.setattr(groups.Group, "put", counted)
    found = isc.record(model, x, path=tmp_path / "rec.zarr", **options)
    assert len(sizes) >= 2 * len(found.blocks)
    assert max(sizes) <= 2 * CHUNK
    memory = isc.record(model, x, **options)
    xr.testing.assert_identical(found.fixed.load(), memory.fixed)
    xr.testing.assert_identical(found.snapshot().load(), memory.snapshot())
    assert list(whole.blocks) == list(found.blocks)
    for name in whole.blocks:
        np.testing.assert_allclose(found[name], whole[name], atol=1e-6)


@pytest.mark.parametrize("make", [Normalised, Leaky, LRU])
def test_what_does_not_compute_the_same_in_pieces_is_run_whole(
    monkeypatch: pytest.MonkeyPatch, make
) -> None:
    torch.manual_seed(0)
    model, x = make(), torch.randn(1, 2000, 3)
    whole = isc.record(model, x)
    monkeypatch.setattr(groups, "CHUNK", CHUNK)
    found = isc.record(model, x)
    xr.testing.assert_identical(found.snapshot(), whole.snapshot())


def test_each_checkpoint_is_written_in_pieces(monkeypatch, tmp_path: Path) -> None:
    torch.manual_seed(0)
    x = torch.randn(1, 700, 3)
    weights = {epoch: nn.GRU(3, 8, batch_first=True).state_dict() for epoch in (0, 5)}
    monkeypatch.setattr(groups, "CHUNK", CHUNK)
    model = nn.GRU(3, 8, batch_first=True)
    memory = isc.record(model, x, checkpoints=weights)
    found = isc.record(model, x, checkpoints=weights, path=tmp_path / "rec.zarr")
    assert found.epochs == memory.epochs == (0, 5)
    for epoch in found.epochs:
        xr.testing.assert_identical(found.snapshot(epoch).load(), memory.snapshot(epoch))


def test_an_error_names_the_step_of_the_whole(monkeypatch) -> None:
    monkeypatch.setattr(groups, "CHUNK", CHUNK)

    def diverges(x, h):
        return None, np.where(x > 0, h, np.nan)

    x = np.ones((1, 2000, 3))
    x[0, 1900, 1] = -1.0
    with pytest.raises(isc.EstimationError, match="step 1900, unit 1"):
        isc.record(diverges, x, state=np.zeros((1, 3)))
