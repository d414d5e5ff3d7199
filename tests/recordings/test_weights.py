"""The forward pass against loops written out, and what it must be equal to."""

import math
import pickle

import numpy as np
import pytest
import xarray as xr

from infoscope import InputError
from infoscope.recordings.weights import RecurrentWeights, joined, shapes, split

NODES = (3, 4, 2)
INPUTS = np.random.default_rng(1).normal(size=(5, 6, 3))


def weights(seed: int = 0) -> RecurrentWeights:
    rng = np.random.default_rng(seed)
    return RecurrentWeights(**{n: rng.normal(0, 0.5, s) for n, s in shapes(*NODES).items()})


def written_out(w: RecurrentWeights, inputs: np.ndarray, first, reset: bool = False):
    """One sequence, node by node."""
    state, hidden, outputs = list(first), [], []
    for x in inputs:
        before = list(first) if reset else state
        state = [
            math.tanh(
                w.b_h[j]
                + sum(x[i] * w.W_in[i, j] for i in range(3))
                + sum(before[i] * w.W[i, j] for i in range(4))
            )
            for j in range(4)
        ]
        hidden.append(state)
        outputs.append(
            [w.b_o[k] + sum(state[i] * w.W_out[i, k] for i in range(4)) for k in range(2)]
        )
    return np.array(hidden), np.array(outputs)


def assert_runs_as(found, expected) -> None:
    for values, known in zip(found, expected, strict=True):
        np.testing.assert_allclose(values, known, rtol=0, atol=1e-14)


def test_runs_as_loops_written_out() -> None:
    w = weights()
    hidden, outputs = w.run(INPUTS)
    for n, x in enumerate(INPUTS):
        assert_runs_as((hidden[n], outputs[n]), written_out(w, x, w.h_0))
        assert_runs_as(w.run(x), written_out(w, x, w.h_0))


def test_a_run_can_begin_in_any_state() -> None:
    w, states = weights(), np.random.default_rng(2).normal(size=(5, 4))
    hidden, outputs = w.run(INPUTS, states)
    for n, x in enumerate(INPUTS):
        assert_runs_as((hidden[n], outputs[n]), written_out(w, x, states[n]))
    np.testing.assert_array_equal(w.run(INPUTS, states[0])[0][1:], w.run(INPUTS[1:], states[0])[0])
    # To the bit, what follows a step follows from its state.
    whole = w.run(INPUTS)
    rest = w.run(INPUTS[:, 2:], whole[0][:, 1])
    for values, known in zip(rest, whole, strict=True):
        np.testing.assert_array_equal(values, known[:, 2:])


def test_reset_forgets_at_every_step() -> None:
    w = weights()
    hidden, outputs = w.run(INPUTS, reset=True)
    for n, x in enumerate(INPUTS):
        assert_runs_as((hidden[n], outputs[n]), written_out(w, x, w.h_0, reset=True))
    alone = [w.run(INPUTS[:, t : t + 1])[0] for t in range(6)]
    np.testing.assert_array_equal(hidden, np.concatenate(alone, axis=1))


def test_without_recurrence_only_the_step_counts() -> None:
    w = weights()
    bare = w.without_recurrence()
    assert not bare.W.any()
    assert w.W.any()
    expected = np.tanh(INPUTS @ w.W_in + w.b_h)
    assert_runs_as(bare.run(INPUTS), (expected, expected @ w.W_out + w.b_o))
    # A state that is 0 does the same as a matrix that is.
    assert_runs_as(w.run(INPUTS, np.zeros(4), reset=True), bare.run(INPUTS))


def test_holding_a_node_is_hearing_a_constant() -> None:
    w = weights()
    hidden, outputs = w.holding(2, 0.7).run(INPUTS)
    for n, x in enumerate(INPUTS):
        state = w.h_0
        for t in range(6):
            heard = np.where(np.arange(4) == 2, 0.7, state)
            state = np.tanh(x[t] @ w.W_in + heard @ w.W + w.b_h)
            np.testing.assert_allclose(hidden[n, t], state, atol=1e-14)
            read = np.where(np.arange(4) == 2, 0.7, state)
            np.testing.assert_allclose(outputs[n, t], read @ w.W_out + w.b_o, atol=1e-14)


def test_vector_and_arrays_hold_the_same_numbers() -> None:
    w = weights()
    vector = w.flat()
    np.testing.assert_array_equal(vector[:12].reshape(3, 4), w.W_in)
    np.testing.assert_array_equal(vector[-4:], w.h_0)
    again = RecurrentWeights.from_flat(vector, *NODES)
    np.testing.assert_array_equal(again.flat(), vector)
    np.testing.assert_array_equal(joined(split(vector, *NODES)), vector)
    assert again.nodes == NODES
    backwards = dict(reversed(w.arrays().items()))
    np.testing.assert_array_equal(RecurrentWeights.of(backwards).flat(), vector)
    assert RecurrentWeights.of(w) is w


def test_matrix_places_each_weight_between_its_nodes() -> None:
    w = weights()
    matrix = w.matrix(np.nan)
    assert matrix[1, 3 + 2] == w.W_in[1, 2]
    assert matrix[3 + 3, 3 + 1] == w.W[3, 1]
    assert matrix[3 + 2, 7 + 1] == w.W_out[2, 1]
    assert np.isfinite(matrix).sum() == 3 * 4 + 4 * 4 + 4 * 2
    assert (w.matrix() != 0.0).sum() == np.isfinite(matrix).sum()


def test_weights_are_data() -> None:
    w = weights()
    again = pickle.loads(pickle.dumps(w))
    np.testing.assert_array_equal(again.run(INPUTS)[1], w.run(INPUTS)[1])
    with pytest.raises(ValueError, match="read-only"):
        w.W[0, 0] = 1.0
    w.arrays()["W"][:] = 0.0
    assert w.W.any()
    snapshot = xr.Dataset(
        {f"parameter_{n}": ([f"{n}{i}" for i in range(a.ndim)], a) for n, a in w.arrays().items()}
    )
    np.testing.assert_array_equal(RecurrentWeights.in_snapshot(snapshot).flat(), w.flat())


def test_torch_makes_the_same_of_them() -> None:
    torch = pytest.importorskip("torch")
    from infoscope.networks import FullyRecurrent

    w = weights()
    network = FullyRecurrent.from_weights(w)
    np.testing.assert_array_equal(network.weights.flat(), w.flat())
    assert [name for name, _ in network.named_parameters()] == list(RecurrentWeights.names)
    found = (values.detach().numpy() for values in network(torch.tensor(INPUTS)))
    assert_runs_as(found, w.run(INPUTS))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda w: w.run(INPUTS[..., :2]), r"inputs must be \(sequence, time, 3\) .* got \(5, 6,"),
        (lambda w: w.run(INPUTS[:, :0]), "with at least one step"),
        (lambda w: w.run(INPUTS[0, 0]), r"got \(3,\)"),
        (lambda w: w.run(INPUTS, np.zeros((4, 4))), r"state must be \(4,\) or \(5, 4\), got"),
        (lambda w: w.run(INPUTS, reset=1), "reset must be True or False"),
        (lambda w: RecurrentWeights.from_flat(np.zeros(9), *NODES), r"vector must have shape \("),
        (lambda w: RecurrentWeights.of({"W": w.W}), "got none for W_in, b_h"),
        (lambda w: RecurrentWeights(**{**w.arrays(), "b_h": np.zeros(3)}), "must have the shapes"),
        (lambda w: RecurrentWeights(**{**w.arrays(), "W_in": np.zeros(3)}), "must be matrices"),
        (lambda w: RecurrentWeights(**{**w.arrays(), "b_o": [np.nan, 0]}), "b_o must be finite"),
        (
            lambda w: w.must_lead_to(INPUTS, np.zeros((5, 6, 4)), np.zeros((5, 6, 2))),
            "weights must lead to the recorded states",
        ),
        (lambda w: RecurrentWeights.in_snapshot(xr.Dataset()), "weights must have W_in"),
    ],
)
def test_what_does_not_fit_is_refused(call, match: str) -> None:
    with pytest.raises(InputError, match=match):
        call(weights())
