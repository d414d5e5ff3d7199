import json

import numpy as np
import pytest

from infoscope._errors import InputError
from infoscope.networks.gates import NEEDED, NO_WORSE, gates

MEANS = {"network": 2.0, "persistence": 3.0, "ridge, 1 day": 2.5, "ridge, 2 days": 2.1,
         "W = 0": 2.0, "h reset": 2.0}  # fmt: skip


def errors(n=400, **means):
    # Of equal noise: differences are exact.
    noise = np.random.default_rng(0).normal(size=n)
    return {name: means.get(name.replace(" ", "_"), mean) + noise for name, mean in MEANS.items()}


def test_facts_are_the_means_and_plain_numbers():
    facts = gates(errors(), block=14, unit="°F")
    mean = float(np.random.default_rng(0).normal(size=400).mean())
    assert facts["test_error"] == pytest.approx(2.0 + mean)
    assert facts["best_ridge"] == "ridge, 2 days"
    assert facts["difference_to_reference"] == pytest.approx({"mean": -1, "low": -1, "high": -1})
    assert facts["difference_to_ridge"]["mean"] == pytest.approx(-0.1)
    assert facts["does_its_job"]
    assert not facts["needs_recurrence"]
    assert json.loads(json.dumps(facts)) == facts


@pytest.mark.parametrize(("persistence", "beats"), [(1.999, False), (2.001, True)])
def test_persistence_must_be_beaten(persistence, beats):
    facts = gates(errors(persistence=persistence), block=5)
    assert facts["beats_reference"] == facts["does_its_job"] == beats


def test_an_interval_that_holds_zero_beats_nothing():
    found = errors()
    noise = np.random.default_rng(1).normal(0.0, 20.0, 400)
    found["persistence"] = found["persistence"] + noise - noise.mean()
    facts = gates(found, block=1)
    assert facts["difference_to_reference"]["mean"] == pytest.approx(-1.0)
    assert not facts["beats_reference"]


@pytest.mark.parametrize("side", [-1e-3, 1e-3])
def test_ridge_leaves_a_margin(side):
    ridge = 2.0 / (1.0 + NO_WORSE) + side
    found = {name: np.full(50, mean) for name, mean in MEANS.items()}
    found["ridge, 2 days"] = np.full(50, ridge)
    assert gates(found, block=1)["no_worse_than_ridge"] == (side > 0)


@pytest.mark.parametrize("ablation", ["W = 0", "h reset"])
def test_recurrence_is_needed_if_the_error_rises_by_both_ablations(ablation):
    found = {name: np.full(50, mean) for name, mean in MEANS.items()}
    for name in ("W = 0", "h reset"):
        found[name] = np.full(50, 2.0 * (1.0 + NEEDED) + 1e-3)
    assert gates(found, block=1)["needs_recurrence"]
    found[ablation] = np.full(50, 2.0 * (1.0 + NEEDED) - 1e-3)
    assert not gates(found, block=1)["needs_recurrence"]


def test_missing_and_unequal_errors_are_named():
    without = {name: values for name, values in errors().items() if not name.startswith("ridge")}
    with pytest.raises(InputError, match="errors must have a baseline named 'ridge"):
        gates(without, block=1)
    with pytest.raises(InputError, match="errors must have network, climatology"):
        gates(errors(), reference="climatology", block=1)
    with pytest.raises(InputError, match="errors must have one number per test row each"):
        gates(errors() | {"W = 0": np.zeros(3)}, block=1)
