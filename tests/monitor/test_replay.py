import itertools

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from infoscope import EstimationError
from infoscope.networks.replay.cells import replay_cell
from infoscope.networks.replay.fused import replay_fused
from reference import cells

STEPS = {nn.RNN: cells.rnn_step, nn.LSTM: cells.lstm_step, nn.GRU: cells.gru_step}
KINDS = [
    (nn.RNN, {}),
    (nn.RNN, {"nonlinearity": "relu"}),
    (nn.LSTM, {}),
    (nn.LSTM, {"proj_size": 3}),
    (nn.GRU, {}),
]
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-12}


def weights(module: nn.Module, suffix: str) -> dict[str, object]:
    names = {"w_ih": "weight_ih", "w_hh": "weight_hh", "b_ih": "bias_ih", "b_hh": "bias_hh"}
    found = {key: getattr(module, f"{name}_{suffix}", None) for key, name in names.items()}
    return {key: None if part is None else part.tolist() for key, part in found.items()}


@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_every_layer_direction_and_gate_equals_a_loop_over_units(kind, options, dtype) -> None:
    torch.manual_seed(1)
    module = kind(3, 4, 2, bidirectional=True, batch_first=True, **options).to(dtype).eval()
    x = torch.randn(2, 6, 3, dtype=dtype)
    found = replay_fused(module, x, None, module(x)).values
    step = STEPS[kind]
    extra = {"relu": True} if options.get("nonlinearity") == "relu" else {}
    h_size = options.get("proj_size", 4)
    for sequence in range(2):
        below = x[sequence].tolist()
        for number in range(2):
            outputs = []
            for suffix, order in ((f"l{number}", 1), (f"l{number}_reverse", -1)):
                here = dict(extra)
                if "proj_size" in options:
                    here["projection"] = getattr(module, f"weight_hr_{suffix}").tolist()
                start = {"h": [0.0] * h_size} | ({"c": [0.0] * 4} if kind is nn.LSTM else {})

                def one(w, values, here=here, **state):
                    return step(w, values, **state, **here)

                wanted = cells.layer(one, weights(module, suffix), below[::order], start)
                for name, values in wanted.items():
                    got = found[f"{suffix}.{name}"][:, sequence].numpy()
                    np.testing.assert_allclose(got, values[::order], atol=TOLERANCE[dtype])
                outputs.append(wanted["h"][::order])
            below = np.concatenate(outputs, axis=1).tolist()


@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")
@pytest.mark.parametrize(("kind", "options"), KINDS)
@pytest.mark.parametrize(
    ("both", "first", "bias"), list(itertools.product([False, True], repeat=3)), ids=str
)
def test_packed_sequences_equal_each_sequence_alone(kind, options, both, first, bias) -> None:
    torch.manual_seed(0)
    module = kind(3, 4, 2, bidirectional=both, batch_first=first, bias=bias, **options).eval()
    lengths = [4, 7, 1]
    sequences = [torch.randn(n, 3) for n in lengths]
    padded = nn.utils.rnn.pad_sequence(sequences, batch_first=first)
    packed = pack_padded_sequence(padded, lengths, batch_first=first, enforce_sorted=False)
    found = replay_fused(module, packed, None, module(packed))
    assert found.lengths.tolist() == lengths
    for place, alone in enumerate(sequences):
        wanted = replay_fused(module, alone, None, module(alone)).values
        for name, values in wanted.items():
            got = found.values[name][: len(alone), place]
            torch.testing.assert_close(got, values[:, 0], atol=1e-6, rtol=0)
            assert not found.values[name][len(alone) :, place].any()


def test_a_given_state_continues_a_sequence() -> None:
    torch.manual_seed(0)
    module, x = nn.LSTM(3, 4, 2), torch.randn(8, 2, 3)
    whole = replay_fused(module, x).values
    _, state = module(x[:5])
    rest = replay_fused(module, x[5:], state, module(x[5:], state)).values
    for name, values in rest.items():
        torch.testing.assert_close(values, whole[name][5:], atol=1e-6, rtol=0)


def test_a_difference_from_the_own_output_is_an_error_that_says_where() -> None:
    module, x = nn.GRU(3, 4), torch.randn(5, 2, 3)
    output, state = module(x)
    output = output.detach().clone()
    output[3, 1, 2] += 1e-3
    with pytest.raises(EstimationError, match=r"first at \(3, 1, 2\)"):
        replay_fused(module, x, None, (output, state))


def test_a_chaotic_network_is_replayed_for_thousands_of_steps() -> None:
    torch.manual_seed(0)
    module, x = nn.RNN(1, 50, batch_first=True), torch.randn(1, 5000, 1)
    with torch.no_grad():
        module.weight_hh_l0.copy_(torch.randn(50, 50) * 3.0 / 50**0.5)
    found = replay_fused(module, x, None, module(x))
    assert found.difference <= 1e-5


@pytest.mark.parametrize("kind", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
def test_a_cell_equals_a_loop_over_units(kind) -> None:
    torch.manual_seed(0)
    cell, x = kind(3, 4).double(), torch.randn(2, 3, dtype=torch.float64)
    state = [torch.randn(2, 4, dtype=torch.float64) for _ in range(1 + (kind is nn.LSTMCell))]
    given = tuple(state) if len(state) > 1 else state[0]
    found = replay_cell(cell, x, given, cell(x, given))
    step = {nn.RNNCell: cells.rnn_step, nn.LSTMCell: cells.lstm_step, nn.GRUCell: cells.gru_step}
    names = {"w_ih": "weight_ih", "w_hh": "weight_hh", "b_ih": "bias_ih", "b_hh": "bias_hh"}
    of_cell = {key: getattr(cell, name).tolist() for key, name in names.items()}
    for row in range(2):
        wanted = step[kind](of_cell, x[row].tolist(), *(part[row].tolist() for part in state))
        for name, values in wanted.items():
            np.testing.assert_allclose(found[name][row], values, atol=1e-12)
