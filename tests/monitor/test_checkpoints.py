import numpy as np
import pytest
import torch
from torch import nn

import infoscope as isc
from monitor.models import Readout

X = torch.randn(6, 5, 3, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def trained(tmp_path):
    """Weights of three epochs, on disk in three forms, and the state h of each."""
    states = {}
    for epoch, form in (
        (0, lambda d: d),
        (20, lambda d: {"epoch": 20, "model_state_dict": {f"module.{k}": v for k, v in d.items()}}),
        (100, lambda d: {"state_dict": {f"model.{k}": v for k, v in d.items()}, "lr": 0.1}),
    ):
        torch.manual_seed(epoch)
        model = Readout()
        torch.save(form(model.state_dict()), tmp_path / f"net_v2-{epoch}.pt")
        states[epoch] = isc.record(model, X)["rnn.l1.h"].to_numpy()
    return tmp_path, states


@pytest.mark.parametrize("on_disk", [False, True])
def test_each_checkpoint_is_a_snapshot(trained, on_disk) -> None:
    folder, states = trained
    path = folder / "rec.zarr" if on_disk else None
    rec = isc.record(Readout(), X, checkpoints=f"{folder}/*.pt", path=path)
    assert rec.epochs == (0, 20, 100)
    for epoch, wanted in states.items():
        np.testing.assert_array_equal(rec.block("rnn.l1.h", epoch), wanted)


def test_the_model_keeps_its_own_weights(trained) -> None:
    folder, _ = trained
    model = Readout()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    isc.record(model, X, checkpoints=folder)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_state_dicts_and_safetensors(trained, tmp_path) -> None:
    folder, states = trained
    weights = torch.load(folder / "net_v2-0.pt", weights_only=True)
    rec = isc.record(Readout(), X, checkpoints={7: weights})
    np.testing.assert_array_equal(rec.block("rnn.l1.h", 7), states[0])
    safe = pytest.importorskip("safetensors.torch")
    safe.save_file(weights, tmp_path / "step-3.safetensors")
    rec = isc.record(Readout(), X, checkpoints=[tmp_path / "step-3.safetensors"])
    np.testing.assert_array_equal(rec.block("rnn.l1.h", 3), states[0])


def test_files_that_could_run_code_are_refused(trained) -> None:
    folder, _ = trained
    torch.save(Readout(), folder / "net-300.pt")
    with pytest.raises(isc.InputError, match="state_dict"):
        isc.record(Readout(), X, checkpoints=folder)


@pytest.mark.parametrize(
    ("checkpoints", "says"),
    [
        ("nothing/*.pt", "none"),
        ([], "none"),
        (3, "pattern"),
        ({-1: {}}, "checkpoints"),
        ({0: {}}, "encoder.weight"),
        (["missing-1.pt"], "does not exist"),
        ({0: nn.GRU(3, 4).state_dict()}, "encoder.weight"),
        ({0: Readout(nn.GRU).state_dict()}, "rnn.weight_ih_l0"),
    ],
)
def test_bad_checkpoints_are_named(checkpoints, says) -> None:
    with pytest.raises(isc.InputError, match=says):
        isc.record(Readout(), X, checkpoints=checkpoints)


def test_a_cut_off_or_foreign_file_is_named(tmp_path) -> None:
    file = tmp_path / "net-1.pt"
    torch.save(Readout().state_dict(), file)
    file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(isc.InputError, match=r"net-1\.pt"):
        isc.record(Readout(), X, checkpoints=[file])
    torch.save(torch.zeros(3), file)
    with pytest.raises(isc.InputError, match="state dict"):
        isc.record(Readout(), X, checkpoints=[file])
