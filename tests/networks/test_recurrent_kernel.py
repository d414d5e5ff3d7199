"""The training kernel against loops; CI runs this file compiled and as plain Python."""

import numpy as np
import pytest
import recurrent_twin as twin

from infoscope.kernels import recurrent

pytestmark = pytest.mark.kernel

SHAPES = [(3, 4, 2, 6), (1, 1, 1, 1), (1, 5, 3, 2), (2, 9, 1, 3)]


def parameters(n_inputs, n_hidden, n_outputs, seed=0):
    """No parameter is zero, so that every term of the gradient counts."""
    rng = np.random.default_rng(seed)
    shapes = {
        "W_in": (n_inputs, n_hidden),
        "W": (n_hidden, n_hidden),
        "b_h": (n_hidden,),
        "W_out": (n_hidden, n_outputs),
        "b_o": (n_outputs,),
        "h_0": (n_hidden,),
    }
    return {name: rng.normal(0, 0.5, shape) for name, shape in shapes.items()}


def vector(arrays):
    return np.concatenate([array.ravel() for array in arrays.values()])


def windows(n_windows, n_inputs, n_outputs, n_steps, seed=1):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(n_windows, n_steps, n_inputs))
    return inputs, rng.normal(size=(n_windows, n_steps, n_outputs))


def descended(p, inputs, targets, rates, momenta):
    weights = vector(p)
    velocity, gradient = np.zeros_like(weights), np.full_like(weights, np.nan)
    losses = np.full(len(rates), np.nan)
    done = recurrent.descend(
        inputs, targets, len(p["h_0"]), weights, velocity, gradient,
        np.array(rates), np.array(momenta), losses,
    )  # fmt: skip
    return done, weights, velocity, gradient, losses


@pytest.mark.parametrize(("n_inputs", "n_hidden", "n_outputs", "n_steps"), SHAPES)
def test_activations_equal_the_twin(n_inputs, n_hidden, n_outputs, n_steps):
    p = parameters(n_inputs, n_hidden, n_outputs)
    inputs, _ = windows(3, n_inputs, n_outputs, n_steps)
    hidden, outputs = np.empty((3, n_steps, n_hidden)), np.empty((3, n_steps, n_outputs))
    recurrent.activate(inputs, vector(p), np.tile(p["h_0"], (3, 1)), hidden, outputs)
    for n in range(3):
        expected_hidden, expected_outputs = twin.forward(p, inputs[n])
        np.testing.assert_allclose(hidden[n], expected_hidden[1:], rtol=0, atol=1e-13)
        np.testing.assert_allclose(outputs[n], expected_outputs, rtol=0, atol=1e-13)


@pytest.mark.parametrize(("n_inputs", "n_hidden", "n_outputs", "n_steps"), SHAPES)
def test_gradient_equals_the_twin(n_inputs, n_hidden, n_outputs, n_steps):
    p = parameters(n_inputs, n_hidden, n_outputs)
    inputs, targets = windows(1, n_inputs, n_outputs, n_steps)
    _, weights, velocity, gradient, losses = descended(p, inputs, targets, [0.25], [0.5])
    expected = vector(twin.gradient(p, inputs[0], targets[0]))
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(velocity, -0.25 * expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(weights, vector(p) - 0.25 * expected, rtol=0, atol=1e-12)
    assert losses == pytest.approx([twin.loss(p, inputs[0], targets[0])], rel=1e-13)


@pytest.mark.parametrize(("n_inputs", "n_hidden", "n_outputs", "n_steps"), SHAPES)
def test_training_equals_the_twin(n_inputs, n_hidden, n_outputs, n_steps):
    p = parameters(n_inputs, n_hidden, n_outputs)
    inputs, targets = windows(4, n_inputs, n_outputs, n_steps)
    rates, momenta = 0.05 * 0.9 ** np.arange(5), [0.5, 0.5, 0.8, 0.8, 0.8]
    done, *ours = descended(p, inputs, targets, rates, momenta)
    expected = twin.train(p, inputs, targets, 5, 0.05, 0.9, 0.5, 0.8, switch=2)
    assert done == 5
    for found, wanted in zip(ours[:3], expected[:3], strict=True):
        np.testing.assert_allclose(found, vector(wanted), rtol=0, atol=1e-10)
    np.testing.assert_allclose(ours[3], expected[3], rtol=0, atol=1e-10)


def test_training_in_pieces_has_the_same_bits():
    p = parameters(3, 4, 2)
    inputs, targets = windows(3, 3, 2, 5)
    rates, momenta = [0.1, 0.09, 0.08, 0.07], [0.5, 0.9, 0.9, 0.9]
    _, *whole = descended(p, inputs, targets, rates, momenta)
    _, weights, velocity, gradient, losses = descended(p, inputs, targets, rates[:1], momenta[:1])
    later = np.empty(3)
    recurrent.descend(
        inputs, targets, 4, weights, velocity, gradient, np.array(rates[1:]), np.array(momenta[1:]),
        later,
    )  # fmt: skip
    pieces = [weights, velocity, gradient, np.append(losses, later)]
    for one, other in zip(pieces, whole, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.filterwarnings("ignore:(overflow|invalid value):RuntimeWarning")
def test_an_epoch_that_diverges_is_the_last_and_does_not_count():
    p = parameters(3, 4, 2)
    inputs, targets = windows(3, 3, 2, 5)
    done, *_, losses = descended(p, inputs, targets, [1e-3, 1e-3, 1e200, 1e-3], [0.5] * 4)
    assert done == 2
    assert np.isfinite(losses[:2]).all()
    assert np.isnan(losses[3])  # as it came
