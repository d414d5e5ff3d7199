"""The signatures of `watch` on trainings that are made to have one fault, or none."""

from functools import cache

import pytest

pytest.importorskip("torch")

from infoscope.monitor.diagnosis import diagnoses_of
from infoscope.paper.misconfiguration.setups import SETUPS
from infoscope.paper.misconfiguration.training import features_of, trial_of

_UPDATES = 100


def optimiser_of(setup: str, seed: int) -> str:
    return trial_of(setup, seed, False)[0].draw.optimiser


@cache
def numbers(setup: str, seed: int, faulty: bool) -> dict[str, float]:
    return features_of(setup, seed, faulty, _UPDATES)[1.0]


@pytest.mark.parametrize("setup", SETUPS)
def test_a_fault_is_found(setup: str) -> None:
    assert setup in diagnoses_of(numbers(setup, 1001, True)).present


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_nothing_shows_on_a_healthy_training(optimiser: str) -> None:
    seed = next(seed for seed in range(1000, 1020) if optimiser_of("M12", seed) == optimiser)
    found = diagnoses_of(numbers("M12", seed, False))
    assert found.present == []
    assert found.numbers["loss.skill"] > 0.3
