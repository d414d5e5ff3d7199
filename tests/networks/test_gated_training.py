"""Training of many gated networks at once against torch's own loop on each."""

import numpy as np
import pytest
import torch

from infoscope._errors import InputError
from infoscope.networks.gated import CELLS, Gated
from infoscope.networks.gated_training import AdamSettings, train_gated

SETTINGS = AdamSettings(epochs=3, learning_rate=0.02, batch=4)


def problem(seed: int) -> tuple[np.ndarray, np.ndarray]:
    inputs = np.random.default_rng(seed).normal(size=(10, 6, 2))
    return inputs, np.tanh(np.cumsum(inputs, axis=1))


def trained(cell: str, seeds: list[int], settings: AdamSettings = SETTINGS) -> dict:
    kept = {}
    train_gated(
        [Gated(cell, 2, 4, 2, random_state=seed) for seed in seeds],
        [problem(seed)[0] for seed in seeds],
        [problem(seed)[1] for seed in seeds],
        settings=settings,
        random_states=[np.random.default_rng(seed) for seed in seeds],
        on_epoch=lambda epoch, weights: kept.update({epoch: weights}),
    )
    return kept


@pytest.mark.parametrize("cell", CELLS)
def test_each_network_is_trained_as_by_torchs_own_loop(cell: str) -> None:
    found = trained(cell, [0, 1, 2])
    assert list(found) == [0, 1, 2, 3]
    for place in range(3):
        network = Gated(cell, 2, 4, 2, random_state=place)
        assert np.array_equal(found[0][place], network.flat())
        inputs, targets = (torch.tensor(array) for array in problem(place))
        adam = torch.optim.Adam(network.parameters(), SETTINGS.learning_rate)
        random = np.random.default_rng(place)
        for epoch in range(1, 4):
            for batch in torch.tensor(random.permutation(10)).split(4):
                adam.zero_grad()
                (network(inputs[batch])[1] - targets[batch]).square().mean().backward()
                adam.step()
            assert found[epoch][place] == pytest.approx(network.flat(), abs=1e-10)


def test_a_network_is_what_it_is_alone() -> None:
    together = trained("gru", [0, 1, 2])[3]
    for place in range(3):
        assert np.array_equal(trained("gru", [place])[3], together[place : place + 1])


def test_a_diverged_network_leaves_the_others_as_they_are() -> None:
    def weights(first: float) -> np.ndarray:
        kept = {}
        networks = [Gated("lstm", 2, 4, 2, random_state=seed) for seed in (0, 1)]
        with torch.no_grad():
            networks[0].readout.bias.fill_(first)
        train_gated(
            networks, [problem(0)[0]] * 2, [problem(0)[1]] * 2, settings=SETTINGS,
            random_states=[np.random.default_rng(0) for _ in range(2)],
            on_epoch=lambda epoch, weights: kept.update({epoch: weights}),
        )  # fmt: skip
        return kept[3]

    lost, kept = weights(np.nan), weights(0.0)
    assert np.isnan(lost[0]).any()
    assert np.array_equal(lost[1], kept[1])


def test_what_does_not_fit_is_refused() -> None:
    def train(networks: list[Gated], inputs: list[np.ndarray], targets: list[np.ndarray]) -> None:
        train_gated(
            networks, inputs, targets, settings=SETTINGS, on_epoch=lambda epoch, weights: None,
            random_states=[np.random.default_rng(0) for _ in networks],
        )  # fmt: skip

    x, y = problem(0)
    unlike = [Gated("gru", 2, 4, 2), Gated("lstm", 2, 4, 2)]
    with pytest.raises(InputError, match="networks must be one or more of one cell and size"):
        train(unlike, [x, x], [y, y])
    with pytest.raises(InputError, match="networks must be one or more"):
        train([], [], [])
    with pytest.raises(InputError, match="inputs must hold 1 arrays"):
        train(unlike[:1], [x, x], [y])
    with pytest.raises(InputError, match="targets must hold 2 arrays"):
        train(unlike[:1] * 2, [x, x], [y, y[:5]])
    for given in ({"epochs": 0}, {"batch": 0}, {"learning_rate": -1.0}):
        with pytest.raises(InputError, match=f"{next(iter(given))} must be"):
            AdamSettings(**({"epochs": 1, "learning_rate": 0.1} | given))
