"""Many networks at once: each must be what it is alone."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import recurrent_twin as twin
import torch

from infoscope._errors import InputError
from infoscope.networks import (
    DivergenceError,
    EnsembleMember,
    FullyRecurrent,
    TrainingSettings,
    early_and_every,
    train,
    train_ensemble,
)
from infoscope.weather import load_chicago, make_windows

SETTINGS = TrainingSettings(epochs=7, learning_rate=0.05, learning_rate_decay=0.9, snapshot_every=3)


def member(seed=0, n_windows=5, sizes=(3, 4, 2, 6), settings=SETTINGS):
    n_inputs, n_hidden, n_outputs, n_steps = sizes
    rng = np.random.default_rng(seed)
    network = FullyRecurrent(n_inputs, n_hidden, n_outputs, initial_scale=0.5, random_state=seed)
    inputs = rng.normal(size=(n_windows, n_steps, n_inputs))
    return EnsembleMember(
        network, inputs, rng.normal(size=(n_windows, n_steps, n_outputs)), settings
    )


def members():
    """Unlike in everything that may differ."""
    return [
        member(0),
        member(1, n_windows=4, settings=replace(SETTINGS, learning_rate=0.02, final_momentum=0.8)),
        member(2, n_windows=6, sizes=(2, 3, 1, 4), settings=replace(SETTINGS, epochs=4)),
    ]


def recorded(given, **arguments):
    """Snapshots of each member, and the ends."""
    snapshots = [[] for _ in given]
    ends = train_ensemble(given, on_snapshot=lambda i, s: snapshots[i].append(s), **arguments)
    return snapshots, ends


def contents(value):
    """Everything in a state or snapshot as (path, array)."""
    for name, part in vars(value).items():
        for key, array in part.items() if isinstance(part, dict) else [("", part)]:
            yield f"{name}.{key}", np.asarray(array)


def assert_close(one, other, tolerance=0.0):
    one, other = dict(contents(one)), dict(contents(other))
    assert one.keys() == other.keys()
    for path, array in one.items():
        np.testing.assert_allclose(array, other[path], rtol=0, atol=tolerance, err_msg=path)


def test_every_member_equals_the_twin():
    given = members()
    snapshots, ends = recorded(given)
    for one, seen, end in zip(given, snapshots, ends, strict=True):
        s = one.settings
        parameters, velocities, gradient, losses = twin.train(
            one.network.arrays(), one.inputs, one.targets, s.epochs, s.learning_rate,
            s.learning_rate_decay, s.momentum, s.final_momentum, s.momentum_switch_epoch,
        )  # fmt: skip
        for name, expected in parameters.items():
            np.testing.assert_allclose(end.parameters[name], expected, rtol=0, atol=1e-10)
            np.testing.assert_allclose(end.velocities[name], velocities[name], rtol=0, atol=1e-10)
            np.testing.assert_allclose(seen[-1].gradients[name], gradient[name], rtol=0, atol=1e-10)
        ours = np.concatenate([snapshot.losses for snapshot in seen])
        np.testing.assert_allclose(ours, losses, rtol=0, atol=1e-10)
        for n, inputs in enumerate(one.inputs):
            hidden, outputs = twin.forward(parameters, inputs)
            np.testing.assert_allclose(seen[-1].hidden[n], hidden[1:], rtol=0, atol=1e-10)
            np.testing.assert_allclose(seen[-1].outputs[n], outputs, rtol=0, atol=1e-10)


def test_published_networks_equal_those_trained_alone():
    """2660 updates whose sums are rounded in another order: 1e-16 each, if all errors add up."""
    settings = TrainingSettings(epochs=20, snapshot_every=5)
    given = []
    for seed in range(3):
        windows = make_windows(
            load_chicago(), start="2015-05-01", end="2015-10-04", random_state=seed
        )
        network = FullyRecurrent(18, 25, 2, random_state=seed)
        given.append(EnsembleMember(network, *windows.split("train")[:2], settings))
    assert len({len(one.inputs) for one in given}) > 1  # pyright: ignore[reportArgumentType]
    snapshots, ends = recorded(given)
    for one, seen, end in zip(given, snapshots, ends, strict=True):
        alone = []
        expected = train(
            one.network, one.inputs, one.targets, settings=settings, on_snapshot=alone.append
        )
        assert_close(end, expected, 1e-12)
        for ours, theirs in zip(seen, alone, strict=True):
            assert_close(ours, theirs, 1e-12)


def test_members_do_not_influence_each_other_nor_threads_any():
    together, ends = recorded(members(), n_jobs=2)
    backwards, _ = recorded(members()[::-1], n_jobs=1)
    for place in range(3):
        alone, end = recorded(members()[place : place + 1])
        assert_close(ends[place], end[0])
        for one, other, third in zip(together[place], alone[0], backwards[2 - place], strict=True):
            assert_close(one, other)
            assert_close(one, third)


def test_resumed_members_have_the_same_bits_wherever_each_of_them_was():
    undisturbed, ends = recorded(members())
    for places in [(0, 0, 0), (1, 2, 0), (2, 0, 1), (3, 3, 2)]:
        given = [
            replace(one, network=replace_network(one.network), state=seen[place].state)
            for one, seen, place in zip(members(), undisturbed, places, strict=True)
        ]
        later, other_ends = recorded(given)
        for seen, expected, place in zip(later, undisturbed, places, strict=True):
            for one, other in zip(seen, expected[place + 1 :], strict=True):
                assert_close(one, other)
        for one, other in zip(other_ends, ends, strict=True):
            assert_close(one, other)


def replace_network(network):
    """Other weights, of which nothing may be seen once there is a state."""
    return FullyRecurrent(network.n_inputs, network.n_hidden, network.n_outputs, random_state=99)


def test_networks_and_states_are_not_changed():
    given = members()
    before = [one.network.arrays() for one in given]
    ends = train_ensemble(given)
    for one, arrays in zip(given, before, strict=True):
        for name, array in one.network.arrays().items():
            np.testing.assert_array_equal(array, arrays[name])
    kept = ends[0].parameters["W"].copy()
    longer = replace(given[0], state=ends[0], settings=replace(SETTINGS, epochs=9))
    train_ensemble([longer])
    np.testing.assert_array_equal(ends[0].parameters["W"], kept)


def test_snapshots_are_of_the_settings_or_of_the_schedule():
    snapshots, _ = recorded(members())
    assert [[s.epoch for s in seen] for seen in snapshots] == [
        [0, 3, 6, 7],
        [0, 3, 6, 7],
        [0, 3, 4],
    ]
    snapshots, _ = recorded(members(), schedule=lambda epoch: epoch in (0, 1, 5))
    assert [[s.epoch for s in seen] for seen in snapshots] == [
        [0, 1, 5, 7],
        [0, 1, 5, 7],
        [0, 1, 4],
    ]
    assert [s.losses.size for s in snapshots[0]] == [0, 1, 4, 2]


def test_stretches_without_a_snapshot_change_no_bit():
    """More epochs than are trained at once."""
    one = member(settings=TrainingSettings(epochs=34, snapshot_every=34))
    often, _ = recorded([one], schedule=lambda epoch: True)
    seldom, _ = recorded([one])
    assert [s.epoch for s in seldom[0]] == [0, 34]
    assert seldom[0][-1].losses.size == 34
    np.testing.assert_array_equal(
        seldom[0][-1].losses, np.concatenate([s.losses for s in often[0]])
    )
    np.testing.assert_array_equal(seldom[0][-1].hidden, often[0][-1].hidden)


def test_single_training_takes_a_schedule_too():
    one, seen = member(), []
    train(
        one.network, one.inputs, one.targets, settings=SETTINGS,
        schedule=early_and_every(4), on_snapshot=seen.append,
    )  # fmt: skip
    assert [s.epoch for s in seen] == [0, 1, 2, 3, 4, 5, 7]


def test_early_schedule_is_the_fibonacci_numbers_and_every_nth():
    is_snapshot = early_and_every(10)
    fibonacci = {0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987}
    expected = fibonacci | set(range(0, 1201, 10))
    assert {epoch for epoch in range(1201) if is_snapshot(epoch)} == expected


@pytest.mark.parametrize("every", [0, 2.5, "10"])
def test_early_schedule_is_checked(every):
    with pytest.raises(InputError, match="every must be a whole number >= 1, got"):
        early_and_every(every)


def test_snapshots_come_in_order_in_the_calling_thread():
    seen, callers = [], set()

    def note(place, snapshot):
        seen.append((snapshot.epoch, place))
        callers.add(threading.current_thread())

    train_ensemble([member(seed) for seed in range(3)], on_snapshot=note, n_jobs=2)
    assert seen == sorted(seen)
    assert callers == {threading.current_thread()}


def test_an_error_in_what_is_done_with_a_snapshot_comes_out():
    def fail(place, snapshot):
        if snapshot.epoch == 3:
            raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        train_ensemble(members(), on_snapshot=fail)


def test_a_member_that_diverges_is_named_and_stops_no_other():
    wild = replace(SETTINGS, learning_rate=1e30)
    given = [members()[0], member(5, settings=wild), members()[1]]
    snapshots = [[] for _ in given]
    with pytest.raises(DivergenceError, match=r"member 1 in epoch \d+; lower learning_rate") as e:
        train_ensemble(given, on_snapshot=lambda i, s: snapshots[i].append(s))
    with pytest.raises(ArithmeticError, match="diverged in epoch") as alone:
        train(given[1].network, given[1].inputs, given[1].targets, settings=wild)
    assert f"epoch {e.value.epochs[1]}:" in str(alone.value)
    assert [s.epoch for s in snapshots[1]] == [0]
    expected, _ = recorded(members()[:2])
    for seen, wanted in zip((snapshots[0], snapshots[2]), expected, strict=True):
        for one, other in zip(seen, wanted, strict=True):
            assert_close(one, other)


def test_members_are_checked():
    good = member()
    with pytest.raises(InputError, match="members must hold at least one EnsembleMember, got none"):
        train_ensemble([])
    single = FullyRecurrent(3, 4, 2, dtype=torch.float32)
    with pytest.raises(InputError, match=r"members\[1\]: network must be in double precision, got"):
        train_ensemble([good, replace(good, network=single)])
    with pytest.raises(InputError, match=r"members\[1\]: targets must have the windows and steps"):
        train_ensemble([good, replace(good, targets=good.targets[:-1])])
    with pytest.raises(InputError, match=r"members\[0\]: schedule must be a function from an epo"):
        train_ensemble([good], schedule=10)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="n_jobs must be a whole number other than 0"):
        train_ensemble([good], n_jobs=0)


def test_progress_counts_the_epochs_of_all(capsys):
    given = members()
    ends = train_ensemble(given)
    assert capsys.readouterr().err == ""
    longer = [
        replace(one, state=end, settings=replace(SETTINGS, epochs=10))
        for one, end in zip(given, ends, strict=True)
    ]
    train_ensemble(longer, progress=True)
    assert "training networks: 30/30" in capsys.readouterr().err
