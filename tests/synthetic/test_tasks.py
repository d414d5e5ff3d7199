"""Tasks whose answer is known from the inputs, and which only a network with a memory can do."""

import numpy as np
import pytest

from infoscope._errors import InputError
from infoscope.learning.early_stopping import best_epoch
from infoscope.networks import (
    EnsembleMember,
    FullyRecurrent,
    TrainingSettings,
    early_and_every,
    train_ensemble,
)
from infoscope.networks.gates import network_gates
from infoscope.networks.recurrence import ablated_outputs
from infoscope.synthetic.tasks import ContextDecision, FlipFlop, recurrent_tasks


def test_a_bit_is_the_sign_of_its_last_pulse():
    inputs, targets = FlipFlop(length=30, rate=0.3).draw(20, np.random.default_rng(0))
    for x, y in zip(inputs, targets, strict=True):
        state = np.zeros(3)
        for pulses, bits in zip(x, y, strict=True):
            state = np.where(np.abs(pulses) > 0.5, np.sign(pulses), state)
            assert np.array_equal(state, bits)


def test_a_decision_is_the_sign_of_the_stream_that_counts():
    task = ContextDecision(length=400, delay=3, coherence=1.0)
    inputs, targets = task.draw(50, np.random.default_rng(0))
    streams = inputs[:, :-3, :2].mean(axis=1)
    counts = (inputs[:, :, 2:].mean(axis=1) > 0.0).argmax(axis=1)
    assert np.array_equal(targets[:, -1, 0], np.sign(streams[np.arange(50), counts]))
    assert np.abs(inputs[:, -3:, :2]).max() < 1.0
    # Both contexts, and streams that disagree, occur.
    assert 10 < counts.sum() < 40
    assert 10 < (np.sign(streams[:, 0]) != np.sign(streams[:, 1])).sum() < 40


@pytest.mark.parametrize("name", recurrent_tasks())
def test_trials_are_stretches_of_three_parts(name):
    task = recurrent_tasks()[name]
    series = task.series(3)
    assert [s.stop - s.start for s in series.stretches] == [task.length] * sum(task.trials)
    windows = series.windows(task.length, task.length)
    assert windows.is_test.tolist() == [False] * task.trials[0] + [True] * task.trials[2]
    others = series.windows(task.length, task.length, tested_on="validation")
    assert len(others.split("test")[0]) == task.trials[1]
    assert np.array_equal(series.inputs, task.series(3).inputs)
    assert not np.array_equal(series.inputs, task.series(4).inputs)


@pytest.mark.parametrize("name", recurrent_tasks())
def test_a_trained_network_reaches_the_criterion_and_loses_it_without_recurrence(name):
    task = recurrent_tasks()[name]
    series = task.series(5)
    windows = series.windows(task.length, task.length)
    choosing = series.windows(task.length, task.length, tested_on="validation").split("test")
    given = dict(task.training)
    network = FullyRecurrent(
        len(task.input_names), given.pop("hidden_nodes"), len(task.target_names),
        initial_scale=given.pop("initial_scale"), random_state=5,
    )  # fmt: skip
    snapshots, errors = {}, []

    def look(_, snapshot):
        snapshots[snapshot.epoch] = snapshot.parameters
        outputs = ablated_outputs(snapshot.parameters, choosing[0])["network"]
        errors.append(np.abs(outputs - choosing[1]).mean())

    inputs, targets, _ = windows.split("train")
    train_ensemble(
        [EnsembleMember(network, inputs, targets, TrainingSettings(**given))],
        schedule=early_and_every(10),
        on_snapshot=look,
    )
    best = best_epoch(list(snapshots), errors)
    facts = network_gates(
        snapshots[best], windows, error=task.error, reference=task.reference, block=1
    )
    assert facts["test_error"] <= task.criterion
    assert facts["does_its_job"]
    assert facts["needs_recurrence"]
    # Without a memory, the bits without a pulse and all decisions are guessed.
    chance = (1.0 - task.rate) / 2.0 if isinstance(task, FlipFlop) else 0.5
    for facts_of in ("error_without_recurrence", "error_with_reset"):
        assert facts[facts_of] == pytest.approx(chance, abs=0.1)


@pytest.mark.parametrize(
    ("task", "changes", "said"),
    [
        (FlipFlop, {"length": 1}, "length must be"),
        (FlipFlop, {"rate": 0.0}, "rate must be > 0"),
        (FlipFlop, {"trials": (5, 5)}, "trials must be numbers for training, validation and test"),
        (ContextDecision, {"trials": (5, 0, 5)}, "trials must be"),
        (ContextDecision, {"delay": 15}, "delay must be"),
        (ContextDecision, {"coherence": 0.0}, "coherence must be > 0"),
        (ContextDecision, {"noise": -1.0}, "noise must be > 0"),
    ],
)
def test_bad_parameters_are_named(task, changes, said):
    with pytest.raises(InputError, match=said):
        task(**changes)
