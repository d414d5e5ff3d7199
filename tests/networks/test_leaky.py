"""Leaky networks against their equation, and their training against torch's own loop."""

import numpy as np
import pytest
import torch

from infoscope._errors import InputError
from infoscope.networks.gated_training import AdamSettings, train_gated
from infoscope.networks.leaky import Leaky

MASK = np.random.default_rng(0).random((5, 5)) < 0.5
WINDOWS = np.random.default_rng(1).normal(size=(7, 6, 2 + 5))


def network() -> Leaky:
    return Leaky(2, 1, mask=MASK, leak=0.3, random_state=2)


def test_states_and_outputs_are_those_of_the_equation() -> None:
    of = network()
    w = of.arrays()
    with torch.no_grad():
        of.W += 1.0  # what the mask leaves out has no effect
    hidden, outputs = of.run(WINDOWS)
    w["W"] += MASK
    for window, h, o in zip(WINDOWS, hidden, outputs, strict=True):
        v = np.zeros(5)
        for t, row in enumerate(window):
            v = 0.7 * v + 0.3 * (np.tanh(v) @ w["W"] + row[:2] @ w["W_in"] + w["b_h"]) + row[2:]
            assert h[t] == pytest.approx(np.tanh(v), abs=1e-12)
            assert o[t] == pytest.approx(np.tanh(v) @ w["W_out"] + w["b_o"], abs=1e-12)


def test_it_is_trained_as_by_torchs_own_loop() -> None:
    targets = np.tanh(WINDOWS[:, :, :1])
    kept = {}
    train_gated(
        [network()], [WINDOWS], [targets], settings=AdamSettings(3, 0.02, 4),
        random_states=[np.random.default_rng(3)],
        on_epoch=lambda epoch, weights: kept.update({epoch: weights[0]}),
    )  # fmt: skip
    own, random = network(), np.random.default_rng(3)
    adam = torch.optim.Adam(own.parameters(), 0.02)
    x, y = torch.tensor(WINDOWS), torch.tensor(targets)
    for epoch in range(1, 4):
        for batch in torch.tensor(random.permutation(7)).split(4):
            adam.zero_grad()
            found = own.outputs(dict(own.named_parameters()), x[batch])
            (found - y[batch]).square().mean().backward()
            adam.step()
        assert kept[epoch] == pytest.approx(own.flat(), abs=1e-10)
    again = network()
    again.load_flat(kept[3])
    assert again.run(WINDOWS)[1] == pytest.approx(own.run(WINDOWS)[1], abs=1e-10)
    # No connection appears.
    assert not again.arrays()["W"][~MASK].any()
    assert again.nodes == (2, 5, 1)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="mask must be square"):
        Leaky(2, 1, mask=MASK[:3], leak=0.3)
    with pytest.raises(InputError, match="mask must be an array of bool"):
        Leaky(2, 1, mask=np.ones((3, 3)), leak=0.3)
    with pytest.raises(InputError, match="leak must be"):
        Leaky(2, 1, mask=MASK, leak=0.0)
