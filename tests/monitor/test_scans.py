import numpy as np
import pytest
import scan_models as models
import torch
from torch import nn

from infoscope._errors import EstimationError, InputError
from infoscope.monitor.record import record
from infoscope.networks.replay.diagonal import family_of
from infoscope.networks.replay.scan import in_blocks, in_order, scan


def close(rec, name, expected, tolerance):
    """Whether recorded states are those of the loop, in their own size."""
    parts = {name: expected.real}
    if np.iscomplexobj(expected):
        parts = {f"{name}.re": expected.real, f"{name}.im": expected.imag}
    for part, values in parts.items():
        values = values.reshape(*values.shape[:2], -1)
        np.testing.assert_allclose(rec[part], values, atol=tolerance * np.abs(expected).max())


CASES = {
    "LRU": (models.LRU, {}, 3),
    "LRU, matrix D": (models.LRU, {"matrix": True}, 3),
    "LRU, pairs": (models.LRU, {"factor": 2}, 3),
    "S5": (models.S5, {}, 3),
    "S5, bilinear": (models.S5, {"bilinear": True}, 3),
    "minGRU": (models.MinGRU, {}, 3),
    "minLSTM": (models.MinLSTM, {}, 3),
    "minLSTM, as it is": (models.MinLSTM, {"normalised": False}, 3),
    "Mamba": (models.Mamba, {}, 4),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-4), ("float64", 1e-10)])
def test_states_of_anyones_recurrence_are_those_of_a_loop(name, dtype, tolerance):
    torch.manual_seed(len(name))
    make, options, features = CASES[name]
    layer, x = make(**options), torch.randn(5, 90, features)
    rec = record(layer, x, dtype=dtype)
    layer, x = layer.double(), x.double()
    with torch.no_grad():
        close(rec, f"{type(layer).__name__.lower()}.h", layer.states(x), tolerance)
        own = layer(x)
    # The output of a module that returns its states is no block of its own.
    output = rec["outputs"] if "outputs" in rec.blocks else rec["minlstm.h"]
    np.testing.assert_allclose(output, own, atol=1e-3)
    assert rec.fixed.attrs["notes"] == []


@pytest.mark.parametrize("bare", [False, True], ids=["with its output layer", "bare"])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-4), ("float64", 1e-10)])
def test_s4d_with_channels_before_time(bare, dtype, tolerance):
    torch.manual_seed(1)
    layer = models.S4D(bare=bare)

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = layer

        def forward(self, x):
            return self.layer(x.transpose(1, 2))[0].transpose(1, 2)

    x = torch.randn(5, 64, 4)
    rec = record(Network(), x, dtype=dtype)
    with torch.no_grad():
        close(rec, "layer.h", layer.double().states(x.double().transpose(1, 2)), tolerance)
    assert rec.fixed.attrs["notes"] == []


def test_time_first_with_a_given_state():
    torch.manual_seed(2)
    layer, x, h = models.PlainMinGRU(), torch.randn(20, 5, 3), torch.randn(5, 6)
    rec = record(layer, x, state=h, batch_first=False)
    with torch.no_grad():
        np.testing.assert_allclose(rec["plainmingru.h"], layer(x, h).transpose(0, 1), atol=1e-5)
    gates = record(layer, x, state=h, batch_first=False, gates=True)
    with torch.no_grad():
        z = layer.linear_z(x).sigmoid().transpose(0, 1)
    np.testing.assert_allclose(gates["plainmingru.z"], z, atol=1e-6)
    assert "plainmingru.n" in gates.blocks


def test_long_sequences_in_logarithms_are_within_their_own_rounding():
    torch.manual_seed(0)
    layer, x = models.MinGRU(), torch.randn(3, 3000, 3)
    rec = record(layer, x)
    with torch.no_grad():
        close(rec, "mingru.h", layer.double().states(x.double()), 1e-5)


def test_a_model_that_computes_in_half_precision_by_itself():
    class Half(nn.Module):
        def __init__(self):
            super().__init__()
            self.ssm = models.MinGRU()

        def forward(self, x):
            with torch.autocast("cpu"):
                return self.ssm(x)

    torch.manual_seed(0)
    network, x = Half(), torch.randn(4, 20, 3)
    rec = record(network, x)
    with torch.no_grad():
        close(rec, "ssm.h", network.ssm.states(x), 1e-4)
    assert any("half precision" in note for note in rec.fixed.attrs["notes"])


def test_states_within_a_network_have_names_and_layers():
    torch.manual_seed(3)
    network, x = models.Wrapped(models.LRU(), 3), torch.randn(4, 30, 2)
    rec = record(network, x)
    assert list(rec.blocks) == ["inputs", "ssm.h.re", "ssm.h.im", "outputs"]
    assert {rec.blocks[name].layer for name in ("ssm.h.re", "ssm.h.im")} == {"ssm"}
    with torch.no_grad():
        close(rec, "ssm.h", network.ssm.states(network.encoded(x)), 1e-4)
    assert set(record(network, x, units="ssm.h.re").blocks) == {"inputs", "ssm.h.re"}


def test_patterns_do_not_record_the_replay_itself():
    torch.manual_seed(3)
    network, x = models.Wrapped(models.Mamba(), 4), torch.randn(4, 30, 2)
    rec = record(network, x, units=["encoder", "ssm", "ssm.in_proj"])
    with torch.no_grad():
        close(rec, "ssm.h", network.ssm.states(network.encoded(x)), 1e-4)
        np.testing.assert_allclose(rec["encoder"], network.encoder(x), atol=1e-6)
        np.testing.assert_allclose(
            rec["ssm.in_proj"], network.ssm.in_proj(network.encoded(x)), atol=1e-6
        )


def test_states_of_channels_are_reduced_to_their_mean():
    torch.manual_seed(4)
    layer, x = models.Mamba(), torch.randn(3, 20, 4)
    rec = record(layer, x, units="channels")
    assert rec["mamba.h"].shape == (3, 20, 6)
    with torch.no_grad():
        np.testing.assert_allclose(rec["mamba.h"], layer.states(x).mean(-1), atol=1e-5)
    wide = models.Mamba(channels=300, states=16)
    with pytest.raises(InputError, match="4800 units"):
        record(wide, x)


class Reset(models.MinGRU):
    """Has the names of a minGRU, but its state decays twice."""

    def forward(self, x):
        hidden, gate = self.to_hidden_and_gate(x).chunk(2, -1)
        h, found = torch.zeros_like(hidden[:, 0]), []
        for t in range(x.shape[1]):
            h = 0.5 * (1 - gate[:, t].sigmoid()) * h + gate[:, t].sigmoid() * hidden[:, t]
            found.append(h)
        return self.to_out(torch.stack(found, 1))


def test_other_equations_under_known_names_are_not_recorded_as_states():
    torch.manual_seed(5)
    network, x = models.Wrapped(Reset(), 3), torch.randn(4, 30, 2)
    assert family_of(network.ssm) is not None
    rec = record(network, x)
    assert not [name for name in rec.blocks if name.endswith(".h")]
    with torch.no_grad():
        np.testing.assert_allclose(rec["ssm.to_out"], network.ssm(network.encoder(x)), atol=1e-6)
        np.testing.assert_allclose(rec["encoder"], network.encoder(x), atol=1e-6)
    (note,) = [note for note in rec.fixed.attrs["notes"] if "ssm" in note]
    assert "not recomputed" in note


def test_a_known_recurrence_beside_an_unknown_one_is_kept():
    torch.manual_seed(5)
    network = nn.Sequential(models.MinGRU(), Reset(), models.MinGRU())
    x = torch.randn(4, 30, 3)
    rec = record(network, x)
    assert {"0.h", "1", "2.h"} <= set(rec.blocks)
    with torch.no_grad():
        close(rec, "2.h", network[2].states(network[1](network[0](x))), 1e-4)


def test_an_output_that_does_not_depend_on_the_state_verifies_nothing():
    layer = models.LRU()
    nn.init.zeros_(layer.C_re)
    nn.init.zeros_(layer.C_im)
    rec = record(layer, torch.randn(4, 30, 3))
    assert not [name for name in rec.blocks if ".h" in name]
    assert any("does not depend on the state" in note for note in rec.fixed.attrs["notes"])


class Leaky(nn.Module):
    """A recurrence of no known family: a decay per head, (batch, time, head, unit)."""

    def __init__(self):
        super().__init__()
        self.decay, self.into = nn.Parameter(torch.tensor([0.5, 0.9])), nn.Linear(3, 8)
        self.out = nn.Linear(8, 3)

    def terms(self, x):
        return self.decay[:, None], self.into(x).reshape(*x.shape[:2], 2, 4)

    def forward(self, x):
        a, b = self.terms(x)
        h, found = torch.zeros_like(b[:, 0]), []
        for t in range(x.shape[1]):
            h = a * h + b[:, t]
            found.append(self.out(h.flatten(1)))
        return torch.stack(found, 1)


def coefficients(module, x):
    return module.terms(x)


def readout(module, h, x):
    return module.out(h.flatten(2))


def test_coefficients_can_be_given():
    torch.manual_seed(6)
    network, x = models.Wrapped(Leaky(), 3), torch.randn(4, 30, 2)
    with torch.no_grad():
        expected = models.loop(*network.ssm.terms(network.encoder(x))).real
    checked = record(network, x, scans={"ssm": (coefficients, readout)})
    close(checked, "ssm.h", expected, 1e-5)
    assert checked.fixed.attrs["notes"] == []
    unchecked = record(network, x, scans={"ssm": coefficients})
    close(unchecked, "ssm.h", expected, 1e-5)
    assert "without a check" in unchecked.fixed.attrs["notes"][0]
    heads = record(network, x, scans={"ssm": coefficients}, units="heads")
    np.testing.assert_allclose(heads["ssm.h"], expected.mean(-1), atol=1e-5)


def test_given_coefficients_that_are_wrong_are_refused():
    network, x = models.Wrapped(Leaky(), 3), torch.randn(4, 30, 2)

    def wrong(module, x):
        a, b = module.terms(x)
        return a**2, b

    with pytest.raises(EstimationError, match=r"ssm: .* own output"):
        record(network, x, scans={"ssm": (wrong, readout)})


@pytest.mark.parametrize(
    ("scans", "word"),
    [
        ({"smm": coefficients}, "near it are ssm"),
        ({"ssm": 3}, "scans"),
        ([coefficients], "mapping"),
        ({"ssm": lambda module, x: x}, r"\(a, b\)"),
        ({"ssm": lambda module, x: (x[0, 0], x[0])}, "batch, time, unit"),
    ],
)
def test_bad_scans_are_named(scans, word):
    with pytest.raises(InputError, match=word):
        record(models.Wrapped(Leaky(), 3), torch.randn(4, 30, 2), scans=scans)


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128])
@pytest.mark.parametrize("steps", [1, 2, 64, 101])
def test_blocks_of_a_scan_equal_its_definition(dtype, steps):
    torch.manual_seed(7)
    a = torch.rand(steps, 3, 4, dtype=torch.float64).to(dtype) * 1.2
    b, start = torch.randn(steps, 3, 4, dtype=dtype), torch.randn(3, 4, dtype=dtype)
    expected = in_order(a, b, start)
    h = start
    for t in range(steps):
        h = a[t] * h + b[t]
        torch.testing.assert_close(expected[t], h)
    torch.testing.assert_close(in_blocks(a, b, start), expected, rtol=1e-12, atol=1e-12)


def test_a_constant_recurrence_is_a_geometric_series():
    a = torch.tensor([0.9, -0.5], dtype=torch.float64)
    h = scan(a, torch.ones(1, 1000, 2, dtype=torch.float64))
    k = torch.arange(1, 1001).double()
    torch.testing.assert_close(h[0, :, 0], (1 - 0.9**k) / (1 - 0.9))
    torch.testing.assert_close(h[0, :, 1], (1 - (-0.5) ** k) / 1.5)


def test_growing_products_do_not_spoil_a_state_of_zero():
    # The product of a over a block overflows, and inf times a state of zero would be NaN.
    a, b = torch.full((1, 400, 1), 1e30), torch.zeros(1, 400, 1)
    assert (scan(a, b) == 0).all()
