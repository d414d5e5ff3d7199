import copy

import numpy as np
import pytest
import recurrent_twin as twin
import torch

from infoscope._errors import EstimationError, InputError
from infoscope.networks import (
    BackPropagation,
    FullyRecurrent,
    TrainingSettings,
    TrainingState,
    train,
)


def data(n_windows=5, n_steps=6, n_inputs=3, n_outputs=2, seed=0):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(n_windows, n_steps, n_inputs))
    return inputs, rng.normal(size=(n_windows, n_steps, n_outputs))


def small_network(seed=0):
    return FullyRecurrent(3, 4, 2, initial_scale=0.5, random_state=seed)


def recorded(network, inputs, targets, settings, state=None):
    snapshots = []
    end = train(
        network, inputs, targets, settings=settings, state=state, on_snapshot=snapshots.append
    )
    return snapshots, end


def contents(value):
    """Everything in a state or snapshot as (path, array)."""
    for name, part in vars(value).items():
        for key, array in part.items() if isinstance(part, dict) else [("", part)]:
            yield f"{name}.{key}", np.asarray(array)


def assert_same_bits(one, other):
    one, other = dict(contents(one)), dict(contents(other))
    assert one.keys() == other.keys()
    for path, array in one.items():
        assert array.dtype == other[path].dtype, path
        np.testing.assert_array_equal(array, other[path], err_msg=path)


def test_training_equals_the_twin():
    inputs, targets = data()
    network = small_network()
    start = network.arrays()
    # The rate and its decay are large, so that each epoch's share of the result is visible.
    settings = TrainingSettings(
        epochs=8, learning_rate=0.05, learning_rate_decay=0.9, snapshot_every=3
    )
    snapshots, end = recorded(network, inputs, targets, settings)
    parameters, velocities, gradient, losses = twin.train(
        start, inputs, targets, 8, rate=0.05, decay=0.9, momentum=0.5, final_momentum=0.9, switch=5
    )
    for name in parameters:
        for ours, expected in (
            (end.parameters, parameters),
            (end.velocities, velocities),
            (snapshots[-1].gradients, gradient),
            (network.arrays(), parameters),
        ):
            np.testing.assert_allclose(ours[name], expected[name], rtol=0, atol=1e-10, err_msg=name)
    ours = np.concatenate([snapshot.losses for snapshot in snapshots])
    np.testing.assert_allclose(ours, losses, rtol=0, atol=1e-10)


@pytest.mark.parametrize("epoch", [3, 6, 8])
def test_snapshot_has_the_activations_of_the_weights_at_its_epoch(epoch):
    inputs, targets = data()
    network = small_network()
    start = network.arrays()
    settings = TrainingSettings(epochs=8, learning_rate=0.05, snapshot_every=3)
    snapshots, _ = recorded(network, inputs, targets, settings)
    snapshot = {snapshot.epoch: snapshot for snapshot in snapshots}[epoch]
    parameters, velocities, gradient, _ = twin.train(
        start, inputs, targets, epoch, 0.05, 0.999, momentum=0.5, final_momentum=0.9, switch=5
    )
    for i, one in enumerate(inputs):
        hidden, outputs = twin.forward(parameters, one)
        np.testing.assert_allclose(snapshot.hidden[i], hidden[1:], rtol=0, atol=1e-10)
        np.testing.assert_allclose(snapshot.outputs[i], outputs, rtol=0, atol=1e-10)
    for name in parameters:
        np.testing.assert_allclose(snapshot.parameters[name], parameters[name], rtol=0, atol=1e-10)
        np.testing.assert_allclose(snapshot.velocities[name], velocities[name], rtol=0, atol=1e-10)
        np.testing.assert_allclose(snapshot.gradients[name], gradient[name], rtol=0, atol=1e-10)


def test_published_settings():
    published = TrainingSettings()
    assert (published.epochs, published.snapshot_every) == (1200, 10)
    rates = [published.learning_rate_at(epoch) for epoch in (1, 2, 1200)]
    assert rates == pytest.approx([0.005, 0.005 * 0.999, 0.005 * 0.999**1199], rel=1e-14)
    assert [published.momentum_at(epoch) for epoch in (1, 5, 6, 1200)] == [0.5, 0.5, 0.9, 0.9]


def test_epoch_zero_is_the_untrained_network():
    inputs, targets = data()
    network = small_network()
    untrained = copy.deepcopy(network)
    first = recorded(network, inputs, targets, TrainingSettings(epochs=2))[0][0]
    assert first.epoch == 0
    assert first.gradients == {}
    assert first.losses.size == 0
    for name, array in untrained.arrays().items():
        np.testing.assert_array_equal(first.parameters[name], array)
        assert not first.velocities[name].any()
    hidden, outputs = untrained(torch.tensor(inputs))
    np.testing.assert_array_equal(first.hidden, hidden.detach())
    np.testing.assert_array_equal(first.outputs, outputs.detach())


@pytest.mark.parametrize(
    ("epochs", "every", "expected"),
    [(7, 3, [0, 3, 6, 7]), (6, 3, [0, 3, 6]), (2, 10, [0, 2]), (3, 1, [0, 1, 2, 3])],
)
def test_snapshot_schedule(epochs, every, expected):
    settings = TrainingSettings(epochs=epochs, snapshot_every=every)
    snapshots, end = recorded(small_network(), *data(), settings)
    assert [snapshot.epoch for snapshot in snapshots] == expected
    assert [snapshot.losses.size for snapshot in snapshots] == list(np.diff(expected, prepend=0))
    assert end.epoch == epochs


@pytest.mark.parametrize("size", [(5, 6, 3, 4, 2), (8, 10, 18, 25, 2)])
def test_resumed_training_has_the_same_bits(size):
    n_windows, n_steps, n_inputs, n_hidden, n_outputs = size
    inputs, targets = data(n_windows, n_steps, n_inputs, n_outputs)
    settings = TrainingSettings(epochs=13, snapshot_every=3)
    network = FullyRecurrent(n_inputs, n_hidden, n_outputs, random_state=0)
    undisturbed, end = recorded(network, inputs, targets, settings)
    for done, snapshot in enumerate(undisturbed):
        other = FullyRecurrent(n_inputs, n_hidden, n_outputs, random_state=99)
        later, other_end = recorded(other, inputs, targets, settings, state=snapshot.state)
        assert len(later) == len(undisturbed) - done - 1
        for ours, expected in zip(later, undisturbed[done + 1 :], strict=True):
            assert_same_bits(ours, expected)
        assert_same_bits(other_end, end)
        assert torch.equal(other.W, network.W)


def test_longer_training_goes_on_from_a_shorter_one():
    inputs, targets = data()
    network = small_network()
    half = train(network, inputs, targets, settings=TrainingSettings(epochs=4))
    whole = train(network, inputs, targets, settings=TrainingSettings(epochs=9), state=half)
    at_once = train(small_network(), inputs, targets, settings=TrainingSettings(epochs=9))
    assert_same_bits(whole, at_once)


def test_going_on_does_not_change_the_state_it_started_from():
    inputs, targets = data()
    state = train(small_network(), inputs, targets, settings=TrainingSettings(epochs=2))
    before = copy.deepcopy(state)
    train(small_network(), inputs, targets, settings=TrainingSettings(epochs=5), state=state)
    assert_same_bits(state, before)


def test_seed_decides_the_training():
    settings = TrainingSettings(epochs=3)
    first, again, other = (train(small_network(s), *data(), settings=settings) for s in (0, 0, 1))
    assert_same_bits(first, again)
    assert not np.array_equal(first.parameters["W"], other.parameters["W"])


@pytest.fixture
def _restore_threads():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("_restore_threads")
def test_number_of_threads_changes_no_bit_and_is_kept():
    inputs, targets = data(200, 10, 18, 2)
    runs = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        seen = []
        network = FullyRecurrent(18, 25, 2, random_state=0)
        train(
            network,
            inputs,
            targets,
            settings=TrainingSettings(epochs=1),
            on_snapshot=lambda s, seen=seen: seen.append((s, torch.get_num_threads())),
        )
        assert [during for _, during in seen] == [threads, threads]
        assert torch.get_num_threads() == threads
        runs.append(seen[-1][0])
    assert_same_bits(*runs)


@pytest.mark.usefixtures("_restore_threads")
def test_gradients_and_activations_are_computed_on_one_thread(monkeypatch):
    threads = []

    def spied(method):
        def call(*arguments):
            threads.append(torch.get_num_threads())
            return method(*arguments)

        return call

    for owner, name in ((BackPropagation, "__call__"), (FullyRecurrent, "forward")):
        monkeypatch.setattr(owner, name, spied(getattr(owner, name)))
    torch.set_num_threads(2)
    inputs, targets = data(n_windows=5)
    recorded(small_network(), inputs, targets, TrainingSettings(epochs=1))
    assert threads == [1] * (5 + 2)  # five updates, two snapshots


@pytest.mark.usefixtures("_restore_threads")
def test_number_of_threads_is_kept_when_training_fails():
    torch.set_num_threads(2)
    inputs, targets = data()
    with pytest.raises(EstimationError, match="training diverged"):
        train(
            small_network(),
            inputs,
            targets,
            settings=TrainingSettings(epochs=50, learning_rate=1e30),
        )
    assert torch.get_num_threads() == 2


def test_single_precision_follows_double():
    inputs, targets = data()
    settings = TrainingSettings(epochs=5)
    single = FullyRecurrent(3, 4, 2, initial_scale=0.5, random_state=0, dtype=torch.float32)
    ours = train(single, inputs, targets, settings=settings)
    double = train(small_network(), inputs, targets, settings=settings)
    assert ours.parameters["W"].dtype == np.float32
    np.testing.assert_allclose(ours.parameters["W"], double.parameters["W"], rtol=0, atol=1e-5)


def test_network_learns_an_autoregressive_process():
    rng = np.random.default_rng(0)
    coefficient, noise = 0.9, 0.2
    series = np.zeros(700)
    for t in range(1, series.size):
        series[t] = coefficient * series[t - 1] + noise * rng.normal()
    series = series[100:]  # the start at zero is forgotten
    windows = np.lib.stride_tricks.sliding_window_view(series, 11)[::10, :, None]
    inputs, targets = windows[:, :-1], windows[:, 1:]
    network = FullyRecurrent(1, 5, 1, random_state=0)
    snapshots, _ = recorded(network, inputs, targets, TrainingSettings(epochs=150))
    untrained = np.mean((snapshots[0].outputs - targets) ** 2)
    trained = np.mean((snapshots[-1].outputs - targets) ** 2)
    residual = np.mean((targets - coefficient * inputs) ** 2)
    # What the best forecast leaves is the noise; a network of 40 weights cannot fit 600 noises.
    assert untrained == pytest.approx(np.mean(targets**2), rel=0.05)
    assert 0.8 * residual < trained < 1.2 * residual < targets.var()


def test_diverging_training_names_epoch_and_remedy():
    inputs, targets = data()
    network, snapshots = small_network(), []
    settings = TrainingSettings(epochs=50, learning_rate=1e30, snapshot_every=1)
    with pytest.raises(EstimationError, match=r"diverged in epoch \d+: .*lower learning_rate") as e:
        train(network, inputs, targets, settings=settings, on_snapshot=snapshots.append)
    assert f"epoch {snapshots[-1].epoch + 1}:" in str(e.value)
    np.testing.assert_array_equal(network.arrays()["W"], snapshots[-1].parameters["W"])


@pytest.mark.parametrize(
    ("setting", "value", "requirement"),
    [
        ("epochs", 0, "an integer ≥ 1"),
        ("epochs", 1.5, "an integer ≥ 1"),
        ("learning_rate", 0.0, "a number > 0 and ≤ 1e30"),
        ("learning_rate", float("inf"), "a number > 0 and ≤ 1e30"),
        ("learning_rate", float("nan"), "a number > 0 and ≤ 1e30"),
        ("learning_rate", "0.1", "a number > 0 and ≤ 1e30"),
        ("learning_rate_decay", 0, "a number > 0 and ≤ 1"),
        ("learning_rate_decay", 1.1, "a number > 0 and ≤ 1"),
        ("momentum", -0.1, "a number ≥ 0 and < 1"),
        ("final_momentum", 1, "a number ≥ 0 and < 1"),
        ("momentum_switch_epoch", -1, "an integer ≥ 0"),
        ("snapshot_every", 0, "an integer ≥ 1"),
    ],
)
def test_settings_are_checked(setting, value, requirement):
    with pytest.raises(InputError, match=f"{setting} must be {requirement}, got {value!r}; "):
        TrainingSettings(**{setting: value})


def with_nan(array):
    array = array.copy()
    array[1, 2, 0] = np.nan
    return array


@pytest.mark.parametrize(
    ("change_inputs", "change_targets", "match"),
    [
        (lambda x: x[0], lambda y: y, r"inputs must be \(window, time, 3\)"),
        (lambda x: x[..., :2], lambda y: y, r"inputs must be \(window, time, 3\).*\(5, 6, 2\)"),
        (lambda x: x[:0], lambda y: y[:0], "inputs must be .* no axis empty"),
        (lambda x: x, lambda y: y[..., 0], r"targets must be \(window, time, 2\)"),
        (lambda x: x, lambda y: y[:, 1:], r"\(5, 6\), got \(5, 5\); give one target row"),
        (with_nan, lambda y: y, "inputs must be finite, got nan in window 1, step 2, node 0"),
        (lambda x: x, with_nan, "targets must be finite, got nan in window 1, step 2, node 0"),
        (lambda x: [["a"]], lambda y: y, "inputs must be an array of real numbers, got dtype"),
    ],
)
def test_arrays_are_checked(change_inputs, change_targets, match):
    inputs, targets = data()
    with pytest.raises(InputError, match=match):
        train(small_network(), change_inputs(inputs), change_targets(targets))


def test_state_must_fit_the_network():
    inputs, targets = data()
    state = train(small_network(), inputs, targets, settings=TrainingSettings(epochs=1))
    with pytest.raises(InputError, match=r"state\.parameters must hold arrays of the shapes"):
        train(
            FullyRecurrent(3, 5, 2),
            inputs,
            targets,
            settings=TrainingSettings(epochs=2),
            state=state,
        )
    incomplete = TrainingState(state.epoch, state.parameters, {})
    with pytest.raises(InputError, match=r"state\.velocities must hold .* got \{\}"):
        train(
            small_network(), inputs, targets, settings=TrainingSettings(epochs=2), state=incomplete
        )


def test_state_must_not_be_past_the_last_epoch():
    inputs, targets = data()
    state = train(small_network(), inputs, targets, settings=TrainingSettings(epochs=3))
    with pytest.raises(InputError, match=r"settings\.epochs = 2, got 3; raise settings\.epochs"):
        train(small_network(), inputs, targets, settings=TrainingSettings(epochs=2), state=state)


def test_network_must_be_on_the_cpu():
    with pytest.raises(InputError, match=r"network must be on the CPU, got meta"):
        train(small_network().to("meta"), *data())


def test_progress_counts_epochs_and_not_those_done_before(capsys):
    inputs, targets = data()
    state = train(small_network(), inputs, targets, settings=TrainingSettings(epochs=3))
    assert capsys.readouterr().err == ""
    train(
        small_network(),
        inputs,
        targets,
        settings=TrainingSettings(epochs=5),
        state=state,
        progress=True,
    )
    assert "training: 5/5" in capsys.readouterr().err


@pytest.mark.parametrize("rate", [1e31, 1e300, np.inf, np.nan, 0.0, "fast"])
def test_a_learning_rate_that_no_training_survives_is_refused_with_its_range(rate):
    with pytest.raises(InputError, match=r"^learning_rate must be .* ≤ 1e30"):
        TrainingSettings(learning_rate=rate)
