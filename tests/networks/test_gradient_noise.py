from itertools import combinations

import numpy as np
import pytest
import torch

from infoscope import InputError
from infoscope.networks import (
    BackPropagation,
    FullyRecurrent,
    gradient_noise,
    gradient_signal_to_noise,
)
from infoscope.networks.gradient_noise import window_gradients


def example(windows, seed=0, shape=(3, 4, 2, 6)):
    n_inputs, n_hidden, n_outputs, steps = shape
    rng = np.random.default_rng(seed)
    network = FullyRecurrent(n_inputs, n_hidden, n_outputs, random_state=seed)
    network.load_arrays({k: rng.normal(0, 0.5, v.shape) for k, v in network.arrays().items()})
    inputs = rng.normal(size=(windows, steps, n_inputs))
    return network, inputs, rng.normal(size=(windows, steps, n_outputs))


def by_autograd(network, inputs, targets):
    """Every window's gradient, one call of autograd each."""
    found = {name: [] for name, _ in network.named_parameters()}
    for x, y in zip(torch.tensor(inputs), torch.tensor(targets), strict=True):
        network.zero_grad()
        torch.nn.functional.mse_loss(network(x)[1], y).backward()
        for name, parameter in network.named_parameters():
            found[name].append(parameter.grad.numpy().copy())
    return {name: np.stack(each) for name, each in found.items()}


@pytest.mark.parametrize("shape", [(3, 4, 2, 6), (1, 1, 1, 1), (2, 5, 1, 2)])
def test_gradients_of_all_windows_equal_autograd(shape):
    network, inputs, targets = example(7, shape=shape)
    found = window_gradients(network, torch.tensor(inputs), torch.tensor(targets))
    backward = BackPropagation(network, n_steps=inputs.shape[1])
    for name, expected in by_autograd(network, inputs, targets).items():
        np.testing.assert_allclose(found[name], expected, rtol=0, atol=1e-12, err_msg=name)
    backward(torch.tensor(inputs[3]), torch.tensor(targets[3]))
    for name, one in backward.split(backward.gradient).items():
        np.testing.assert_allclose(found[name][3], one, rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("at_once", [1, 4, 256])
def test_statistics_equal_those_of_gradients_by_autograd(at_once, monkeypatch):
    monkeypatch.setattr(gradient_noise, "_WINDOWS_AT_ONCE", at_once)
    network, inputs, targets = example(13)
    table = gradient_signal_to_noise(network, inputs, targets).set_index("parameter")
    assert table.index.tolist() == list(network.arrays())
    for name, each in by_autograd(network, inputs, targets).items():
        size = np.linalg.norm(network.arrays()[name])
        m = np.linalg.norm(each.mean(axis=0)) / size
        s = np.linalg.norm(each.std(axis=0, ddof=1)) / size
        row = table.loc[name]
        assert row["mean"] == pytest.approx(m, rel=1e-10)
        assert row["spread"] == pytest.approx(s, rel=1e-10)
        assert row["snr"] == pytest.approx(m / s, rel=1e-10)
        assert row["signal_square"] == pytest.approx(m**2 - s**2 / 13, rel=1e-9, abs=1e-12)
        assert row["floor"] == pytest.approx(13**-0.5)
        assert row["weight_norm"] == pytest.approx(size)


def test_signal_is_unbiased_over_all_choices_of_windows():
    network, inputs, targets = example(6)
    whole = gradient_signal_to_noise(network, inputs, targets).set_index("parameter")
    parts = [
        gradient_signal_to_noise(network, inputs[list(some)], targets[list(some)])
        for some in combinations(range(6), 2)
    ]
    mean = sum(part.set_index("parameter")["signal_square"] for part in parts) / len(parts)
    # Of draws without replacement the expectation is that of all six, exactly.
    np.testing.assert_allclose(mean, whole["signal_square"], rtol=1e-9, atol=1e-12)


def test_ratio_falls_to_the_floor_where_there_is_no_signal():
    network, inputs, targets = example(400)
    network.load_arrays({name: 0 * array for name, array in network.arrays().items()})
    # A dead network that is to give noise: its only gradient is at b_o, of mean zero.
    table = gradient_signal_to_noise(network, inputs, targets).set_index("parameter")
    assert table.loc["b_o", "floor"] == 0.05
    # Two entries of about unit variance over 400 windows: the ratio is a Rayleigh variable.
    assert table.loc["b_o", "snr"] < 0.05 * 3
    assert np.isnan(table.loc["b_o", ["mean", "spread", "signal_square"]].astype(float)).all()
    assert np.isnan(table.loc["W", "snr"])


def test_equal_windows_have_no_noise():
    network, inputs, targets = example(1)
    table = gradient_signal_to_noise(
        network, np.repeat(inputs, 4, axis=0), np.repeat(targets, 4, axis=0)
    )
    assert (table["snr"] > 1e10).all()
    assert table["signal_square"].to_numpy() == pytest.approx(table["mean"].to_numpy() ** 2)


def test_network_is_not_changed():
    network, inputs, targets = example(5)
    before = network.arrays()
    gradient_signal_to_noise(network, inputs, targets)
    for name, array in network.arrays().items():
        np.testing.assert_array_equal(array, before[name])
    assert all(p.grad is None for p in network.parameters())


def test_wrong_windows_are_refused():
    network, inputs, targets = example(5)
    with pytest.raises(InputError, match="inputs must have two windows or more, got 1"):
        gradient_signal_to_noise(network, inputs[:1], targets[:1])
    with pytest.raises(InputError, match="targets must have the windows and steps of inputs"):
        gradient_signal_to_noise(network, inputs, targets[:, 1:])
