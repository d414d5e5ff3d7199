import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest

from infoscope._errors import EstimationError, InputError
from infoscope.monitor.record import record

RNG = np.random.default_rng(3)
W = RNG.normal(size=(5, 5)) / 3
V = RNG.normal(size=(2, 5))
X = RNG.normal(size=(6, 7, 2))


def step(x, h):
    """A step of an Elman network, of one sequence or of a batch."""
    h = np.tanh(h @ W + x @ V)
    return h[..., :3], h


def by_hand(x):
    """States of one sequence (time, feature), by a loop of its own."""
    h, found = np.zeros(5), []
    for row in x:
        h = np.array([np.tanh(sum(W[i, j] * h[i] for i in range(5)) + row @ V[:, j])
                      for j in range(5)])  # fmt: skip
        found.append(h)
    return np.array(found)


@pytest.mark.parametrize("state", [np.zeros(5), np.zeros((6, 5))], ids=["one", "batch"])
def test_states_of_a_step_are_those_of_a_loop(state):
    rec = record(step, X, state=state, targets=X[..., :1])
    expected = np.stack([by_hand(x) for x in X])
    np.testing.assert_allclose(rec["h"], expected, atol=1e-12)
    np.testing.assert_allclose(rec["outputs"], expected[..., :3], atol=1e-12)
    np.testing.assert_array_equal(rec["inputs"], X)
    np.testing.assert_array_equal(rec.targets, X[..., :1])
    assert list(rec.blocks) == ["inputs", "h", "outputs", "targets"]


def test_one_sequence_needs_no_axis_of_sequences():
    rec = record(step, X[0], state=np.zeros(5), targets=X[0, :, :1])
    np.testing.assert_allclose(rec["h"][0], by_hand(X[0]), atol=1e-12)
    assert rec.targets.shape == (1, 7, 1)


@pytest.mark.parametrize("state", [np.zeros(5), np.zeros((3, 5))], ids=["one", "batch"])
def test_sequences_of_unequal_length(state):
    parts = [X[0], X[1, :4], X[2, :5]]
    rec = record(step, parts, state=state)
    for i, part in enumerate(parts):
        np.testing.assert_allclose(rec["h"][i, : len(part)], by_hand(part), atol=1e-12)
    assert rec.mask.sum("time").to_numpy().tolist() == [7, 4, 5]
    padded = record(step, X[:3], state=state, lengths=[7, 4, 5])
    np.testing.assert_allclose(padded["h"], rec["h"], atol=1e-12)


def test_targets_per_sequence_hold_at_every_step():
    rec = record(step, X, state=np.zeros(5), targets=np.arange(6))
    np.testing.assert_array_equal(rec.targets[:, :, 0], np.arange(6)[:, None] + np.zeros(7))


class Both(NamedTuple):
    h: np.ndarray
    c: np.ndarray


def update(x, h, c):
    c = 0.9 * c + x.sum(-1, keepdims=True) * np.ones(5)
    return np.tanh(c), c


@pytest.mark.parametrize(
    ("state", "names", "layers"),
    [
        ((np.zeros(5), np.zeros(5)), ["state.0", "state.1"], {"state"}),
        ([np.zeros(5), np.zeros(5)], ["state.0", "state.1"], {"state"}),
        ({"h": np.zeros(5), "c": np.zeros(5)}, ["h", "c"], {"state"}),
        (Both(np.zeros(5), np.zeros(5)), ["h", "c"], {"state"}),
        ({"a": (np.zeros(5),), "b/x": {"c": np.zeros(5)}}, ["a.0", "b.x.c"], {"a", "b.x"}),
        (((np.zeros(5),), (np.zeros(5),)), ["state.0.0", "state.1.0"], {"state.0", "state.1"}),
        ({"outputs": np.zeros(5), "c": np.zeros(5)}, ["state.outputs", "c"], {"state"}),
    ],
)
def test_states_in_any_container(state, names, layers):
    def rebuilt(like, values):
        if isinstance(like, np.ndarray):
            return next(values)
        if isinstance(like, dict):
            return {key: rebuilt(part, values) for key, part in like.items()}
        if hasattr(like, "_fields"):
            return type(like)(*(rebuilt(part, values) for part in like))
        return type(like)(rebuilt(part, values) for part in like)

    def leaves(value):
        if isinstance(value, np.ndarray):
            return [value]
        parts = value.values() if isinstance(value, dict) else value
        return [leaf for part in parts for leaf in leaves(part)]

    def stepping(x, state):
        return None, rebuilt(state, iter(update(x, *leaves(state))))

    rec = record(stepping, X, state=state)
    assert list(rec.blocks) == ["inputs", *names]
    assert {rec.blocks[name].layer for name in names} == layers
    c = np.zeros(6)
    for t in range(7):
        c = 0.9 * c + X[:, t].sum(-1)
        np.testing.assert_allclose(rec[names[1]][:, t, 2], c, atol=1e-12)
        np.testing.assert_allclose(rec[names[0]][:, t, 2], np.tanh(c), atol=1e-12)


def test_a_complex_state_has_two_parts():
    turn = 0.8 * np.exp(1j)
    rec = record(lambda x, h: (None, turn * h + x), X, state=np.zeros(2, complex))
    h = sum(turn**k * X[:, 6 - k] for k in range(7))
    np.testing.assert_allclose(rec["h.re"][:, 6], h.real, atol=1e-12)
    np.testing.assert_allclose(rec["h.im"][:, 6], h.imag, atol=1e-12)


def test_scalars_and_states_of_more_dimensions():
    def stepping(x, state):
        return x.sum(), {"n": state["n"] + 1.0, "map": state["map"] + x}

    state = {"n": 0.0, "map": np.zeros((3, 2))}
    rec = record(stepping, X, state=state)
    assert rec["map"].shape == (6, 7, 6)
    assert rec["outputs"].shape == rec["n"].shape == (6, 7, 1)
    mean = record(stepping, X, state=state, units="channels")["map"]
    assert mean.shape == (6, 7, 3)
    np.testing.assert_allclose(mean[:, :, 0], np.cumsum(X, 1).mean(-1), atol=1e-12)
    assert list(record(stepping, X, state=state, units="map").blocks) == ["inputs", "map"]


def test_a_closed_loop_receives_its_own_output():
    # y_t = x_t / 2, x_{t+1} = y_t + given: x_t is the sum of given x_{t-k} / 2^k.
    rec = record(
        lambda x, h: (x / 2, x), X, state=np.zeros(2), feedback=lambda y, following: y + following
    )
    expected = sum(X[:, 6 - k] / 2**k for k in range(7))
    np.testing.assert_allclose(rec["inputs"][:, 6], expected, atol=1e-12)
    np.testing.assert_allclose(rec["h"], rec["inputs"], atol=1e-12)


def test_a_step_that_writes_into_its_state():
    state = np.zeros(2)

    def in_place(x, h):
        h += x
        return h, h

    rec = record(in_place, X, state=state)
    np.testing.assert_allclose(rec["h"], np.cumsum(X, 1), atol=1e-12)
    assert (state == 0).all()


def test_tensors_reach_the_step_as_tensors():
    torch = pytest.importorskip("torch")
    cell = torch.nn.GRUCell(2, 4)
    x = torch.from_numpy(X).float()

    def stepping(x, h):
        h = cell(x, h)
        assert not h.requires_grad
        return None, h

    with torch.no_grad():
        expected, h = [], torch.zeros(6, 4)
        for t in range(7):
            h = cell(x[:, t], h)
            expected.append(h)
    rec = record(stepping, x, state=torch.zeros(6, 4))
    np.testing.assert_allclose(rec["h"], torch.stack(expected, 1), atol=1e-6)
    parts = record(stepping, [x[0], x[1, :3]], state=torch.zeros(2, 4))
    np.testing.assert_allclose(parts["h"][1, :3], torch.stack(expected, 1)[1, :3], atol=1e-6)


def changing(after, how):
    """A step that changes its state at one step."""
    calls = []

    def stepping(x, h):
        calls.append(0)
        return None, how(h) if len(calls) > after else h

    return stepping


@pytest.mark.parametrize(
    ("how", "word"),
    [
        (lambda h: h[:-1], "shape"),
        (lambda h: h.astype(np.float32), "dtype"),
        (lambda h: (h, h), "structure"),
        (lambda h: {"h2": h}, "structure"),
    ],
)
def test_a_state_that_changes_is_refused(how, word):
    with pytest.raises(InputError, match=rf"keep its {word}.* step 3"):
        record(changing(3, how), X, state=np.zeros((6, 5)))
    with pytest.raises(InputError, match=rf"keep its {word}.* sequence 1, step 2"):
        record(changing(9, how), X, state=np.zeros(5))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({}, "state must be the state before"),
        ({"state": np.zeros(5), "gates": True}, "gates must be left out"),
        ({"state": np.zeros(5), "dtype": "float64"}, "dtype must be left out"),
        ({"state": np.zeros(5), "batch": True}, "state must have one row"),
        ({"state": np.zeros(5), "batch": "yes"}, "batch must be"),
        ({"state": np.zeros(4)}, "step must accept .* step 0"),
        ({"state": np.zeros(5), "units": "nothing"}, "units must match .* h"),
        ({"state": np.zeros(5), "lengths": [9] * 6}, "lengths must have"),
        ({"state": np.zeros(5), "targets": np.zeros((2, 2))}, "targets must have"),
        ({"state": "zeros"}, "must be an array"),
        ({"state": {}}, "state must hold an array"),
        ({"state": np.zeros(5), "feedback": 3}, "feedback must be a function"),
        ({"state": np.zeros(5), "feedback": lambda y, x: y}, "same shape at every step .* step 1"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(arguments, word):
    word = word.replace(" .*", "(?s:.*)")
    with pytest.raises(InputError, match=word):
        record(step, X, **arguments)


@pytest.mark.parametrize(
    ("inputs", "word"),
    [
        (np.zeros(4), "shape"),
        ([np.zeros((3, 2)), np.zeros((2, 3))], "same nodes"),
        (np.full((2, 3, 2), np.nan), "finite"),
    ],
)
def test_bad_inputs_are_named(inputs, word):
    with pytest.raises(InputError, match=word):
        record(step, inputs, state=np.zeros(5))


@pytest.mark.parametrize("returned", [np.zeros(5), (1, 2, 3), None])
def test_a_step_must_return_a_pair(returned):
    with pytest.raises(InputError, match=r"step must return \(y, state\)"):
        record(lambda x, h: returned, X, state=np.zeros(5))


def test_output_for_some_steps_only_is_refused():
    calls = []

    def stepping(x, h):
        calls.append(0)
        return (x if len(calls) == 1 else None), h

    with pytest.raises(InputError, match="outputs must have the same shape"):
        record(stepping, X, state=np.zeros(5))


def test_an_activation_that_is_not_finite_is_found():
    def stepping(x, h):
        return None, np.where(x[0] == X[2, 4, 0], np.array([0, np.nan]), h)

    with pytest.raises(EstimationError, match=r"h .* sequence 2, step 4, unit 1"):
        record(stepping, X, state=np.zeros(2))


@pytest.mark.parametrize("model", [np.ones(3), "model", int, None])
def test_what_is_no_model_is_refused(model):
    with pytest.raises(InputError, match="model must be"):
        record(model, X, state=np.zeros(2))


def test_a_module_closes_its_own_loop():
    torch = pytest.importorskip("torch")
    with pytest.raises(InputError, match="feedback"):
        record(torch.nn.GRU(2, 3), torch.zeros(4, 5, 2), feedback=lambda y, x: y)


def test_a_step_is_recorded_without_torch():
    code = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
sys.meta_path.insert(0, Blocked())
import numpy as np
from infoscope.monitor.record import record
rec = record(lambda x, h: (h, h + x), np.ones((2, 3, 1)), state=np.zeros(1))
assert rec["h"].values[:, :, 0].tolist() == [[1, 2, 3]] * 2
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
