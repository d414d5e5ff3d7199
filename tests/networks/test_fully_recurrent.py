import sys

import numpy as np
import pytest
import recurrent_twin as twin
import torch

from infoscope._errors import InputError, MissingDependency
from infoscope.networks import BackPropagation, FullyRecurrent

NAMES = ["W_in", "W", "b_h", "W_out", "b_o", "h_0"]
SHAPES = [(3, 4, 2, 6), (1, 1, 1, 1), (1, 5, 3, 2), (18, 25, 2, 10)]


def random_network(n_inputs, n_hidden, n_outputs, seed=0):
    """No parameter is zero, so that every term of the gradient counts."""
    network = FullyRecurrent(n_inputs, n_hidden, n_outputs, random_state=seed)
    rng = np.random.default_rng(seed)
    network.load_arrays({k: rng.normal(0, 0.5, v.shape) for k, v in network.arrays().items()})
    return network


def window(n_inputs, n_outputs, n_steps, seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_steps, n_inputs)), rng.normal(size=(n_steps, n_outputs))


def analytic_gradient(network, inputs, targets):
    backward = BackPropagation(network, n_steps=len(inputs))
    loss = backward(torch.tensor(inputs), torch.tensor(targets))
    gradient = backward.split(backward.gradient)
    return loss.item(), {name: part.numpy() for name, part in gradient.items()}


@pytest.mark.parametrize(("n_inputs", "n_hidden", "n_outputs", "n_steps"), SHAPES)
def test_forward_equals_the_twin(n_inputs, n_hidden, n_outputs, n_steps):
    network = random_network(n_inputs, n_hidden, n_outputs)
    inputs, _ = window(n_inputs, n_outputs, n_steps)
    expected_hidden, expected_outputs = twin.forward(network.arrays(), inputs)
    hidden, outputs = network(torch.tensor(inputs))
    np.testing.assert_allclose(hidden.detach(), expected_hidden[1:], rtol=0, atol=1e-12)
    np.testing.assert_allclose(outputs.detach(), expected_outputs, rtol=0, atol=1e-12)


def test_windows_do_not_influence_each_other():
    network = random_network(3, 4, 2)
    inputs = torch.tensor(np.random.default_rng(2).normal(size=(5, 7, 3)))
    hidden, outputs = network(inputs)
    for i, single in enumerate(inputs):
        hidden_alone, outputs_alone = network(single)
        torch.testing.assert_close(hidden[i], hidden_alone, rtol=0, atol=1e-14)
        torch.testing.assert_close(outputs[i], outputs_alone, rtol=0, atol=1e-14)


@pytest.mark.parametrize(("n_inputs", "n_hidden", "n_outputs", "n_steps"), SHAPES)
def test_gradient_equals_the_twin(n_inputs, n_hidden, n_outputs, n_steps):
    network = random_network(n_inputs, n_hidden, n_outputs)
    inputs, targets = window(n_inputs, n_outputs, n_steps)
    loss, gradient = analytic_gradient(network, inputs, targets)
    assert loss == pytest.approx(twin.loss(network.arrays(), inputs, targets), rel=1e-12)
    for name, expected in twin.gradient(network.arrays(), inputs, targets).items():
        np.testing.assert_allclose(gradient[name], expected, rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize(("n_inputs", "n_hidden", "n_outputs", "n_steps"), SHAPES)
def test_gradient_equals_autograd(n_inputs, n_hidden, n_outputs, n_steps):
    network = random_network(n_inputs, n_hidden, n_outputs)
    inputs, targets = window(n_inputs, n_outputs, n_steps)
    _, gradient = analytic_gradient(network, inputs, targets)
    outputs = network(torch.tensor(inputs))[1]
    torch.nn.functional.mse_loss(outputs, torch.tensor(targets)).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None
        np.testing.assert_allclose(gradient[name], parameter.grad, rtol=0, atol=1e-12, err_msg=name)


def test_gradient_equals_finite_differences():
    network = random_network(2, 3, 2)
    inputs, targets = window(2, 2, 5)
    _, gradient = analytic_gradient(network, inputs, targets)
    parameters, step = network.arrays(), 1e-5
    for name, values in parameters.items():
        for index in np.ndindex(values.shape):
            middle = values[index]
            values[index] = middle + step
            above = twin.loss(parameters, inputs, targets)
            values[index] = middle - step
            below = twin.loss(parameters, inputs, targets)
            values[index] = middle
            assert gradient[name][index] == pytest.approx((above - below) / (2 * step), abs=1e-8)


def test_gradient_starts_afresh_with_every_window():
    network = random_network(3, 4, 2)
    first, second = window(3, 2, 6, seed=1), window(3, 2, 6, seed=2)
    backward = BackPropagation(network, n_steps=6)
    for inputs, targets in (first, second):
        backward(torch.tensor(inputs), torch.tensor(targets))
    _, alone = analytic_gradient(network, *second)
    for name, part in backward.split(backward.gradient).items():
        np.testing.assert_array_equal(part.numpy(), alone[name], err_msg=name)


def test_initial_weights_are_uniform_and_the_rest_is_zero():
    network = FullyRecurrent(30, 40, 20, initial_scale=0.5, random_state=3)
    assert [name for name, _ in network.named_parameters()] == NAMES
    for name in ("W_in", "W", "W_out"):
        weights = network.arrays()[name]
        assert np.abs(weights).max() <= 0.5
        # Mean and spread of a uniform law, within five standard errors.
        assert abs(weights.mean()) < 5 * 0.5 / np.sqrt(3 * weights.size)
        assert weights.var() == pytest.approx(
            0.25 / 3, abs=5 * 0.25 * np.sqrt(4 / 45 / weights.size)
        )
    for name in ("b_h", "b_o", "h_0"):
        assert not network.arrays()[name].any()


def test_seed_decides_the_weights():
    def drawn(seed):
        return torch.cat(
            [p.flatten() for p in FullyRecurrent(3, 4, 2, random_state=seed).parameters()]
        )

    assert torch.equal(drawn(0), drawn(0))
    assert torch.equal(drawn(0), drawn(np.random.default_rng(0)))
    assert not torch.equal(drawn(0), drawn(1))


def test_torch_global_state_is_neither_read_nor_changed():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = FullyRecurrent(3, 4, 2, random_state=0)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(FullyRecurrent(3, 4, 2, random_state=0).W, first.W)


def test_single_precision_is_the_rounded_double():
    double = FullyRecurrent(3, 4, 2, random_state=0)
    single = FullyRecurrent(3, 4, 2, random_state=0, dtype=torch.float32)
    assert single.W.dtype == torch.float32
    assert torch.equal(single.W, double.W.to(torch.float32))


def test_arrays_are_copies_and_come_back():
    network = random_network(3, 4, 2)
    arrays, before = network.arrays(), network.W.detach().clone()
    arrays["W"][:] = 7.0
    assert torch.equal(network.W, before)
    network.load_arrays(arrays)
    assert (network.W == 7.0).all()


@pytest.mark.parametrize("argument", ["n_inputs", "n_hidden", "n_outputs"])
@pytest.mark.parametrize("nodes", [0, -1, 2.5, "3"])
def test_number_of_nodes_is_checked(argument, nodes):
    numbers = {"n_inputs": 3, "n_hidden": 4, "n_outputs": 2, argument: nodes}
    with pytest.raises(InputError, match=rf"{argument} must be a whole number >= 1, got"):
        FullyRecurrent(**numbers)


@pytest.mark.parametrize("scale", [-0.1, float("nan"), float("inf"), None])
def test_initial_scale_is_checked(scale):
    with pytest.raises(InputError, match="initial_scale must be a finite number >= 0, got"):
        FullyRecurrent(3, 4, 2, initial_scale=scale)


@pytest.mark.parametrize("random_state", [-1, "seed"])
def test_random_state_is_checked(random_state):
    with pytest.raises(InputError, match="random_state must be an int >= 0"):
        FullyRecurrent(3, 4, 2, random_state=random_state)


@pytest.mark.parametrize("shape", [(3,), (10, 4), (0, 3), (2, 5, 10, 3)])
def test_shape_of_inputs_is_checked(shape):
    with pytest.raises(InputError, match=r"inputs must be \(window, time, 3\) or \(time, 3\)"):
        FullyRecurrent(3, 4, 2)(torch.zeros(shape, dtype=torch.float64))


def test_dtype_of_inputs_is_checked():
    with pytest.raises(InputError, match=r"inputs\.to\(torch\.float64\)"):
        FullyRecurrent(3, 4, 2)(torch.zeros(10, 3, dtype=torch.float32))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"b_h": np.zeros(5)}, "arrays must hold arrays of the shapes"),
        ({"b_x": np.zeros(4)}, "arrays must hold arrays of the shapes"),
        ({"b_h": np.array([0, 0, np.inf, 0])}, r"arrays\['b_h'\] must be finite, got inf"),
        (
            {"b_h": ["a", "b", "c", "d"]},
            r"arrays\['b_h'\] must be an array of real numbers, got dtype",
        ),
    ],
)
def test_loaded_arrays_are_checked(change, match):
    network = FullyRecurrent(3, 4, 2)
    with pytest.raises(InputError, match=match):
        network.load_arrays({**network.arrays(), **change})


def test_missing_torch_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("infoscope.networks")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingDependency, match=r"pip install 'infoscope\[torch\]'"):
        from infoscope.networks import FullyRecurrent  # noqa: F401
