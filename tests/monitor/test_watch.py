import copy
import random
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from infoscope._errors import EstimationError, InputError
from infoscope.monitor.diagnosis import EARNED
from infoscope.monitor.record import record
from infoscope.monitor.watch import watch, watch_training
from infoscope.monitor.watching import overhead, session
from infoscope.monitor.watching.schedule import log_spaced, schedule_of
from infoscope.monitor.watching.weights import weight_numbers
from monitor.watched import data, net, trained, update


def states_equal(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(
        a[name].dtype == b[name].dtype and torch.equal(a[name], b[name]) for name in a
    )


class Clock:
    """Time that passes only when told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(overhead.time, "perf_counter", lambda: self.now)
        monkeypatch.setattr(overhead.time, "thread_time", lambda: 0.0)


# Schedules.


def test_the_default_schedule_is_even_on_a_logarithmic_axis() -> None:
    due = log_spaced()
    steps = [step for step in range(100_001) if due(step)]
    assert steps[0] == 0
    assert steps == [0, *sorted({round(10 ** (k / 10)) for k in range(51)})]


@pytest.mark.parametrize(
    ("every", "steps"), [(1, [0, 1, 2, 3]), (3, [0, 3]), (lambda s: s in (1, 2), [1, 2])]
)
def test_a_number_or_a_function_is_a_schedule(every: Any, steps: list[int]) -> None:
    due = schedule_of(every)
    assert [step for step in range(4) if due(step)] == steps


@pytest.mark.parametrize("every", [0, -1, 1.5, "10", True, int])
def test_another_schedule_is_refused(every: Any) -> None:
    with pytest.raises(InputError, match="every"):
        schedule_of(every)


# The recording.


def test_each_snapshot_equals_the_recording_of_the_weights_at_that_step() -> None:
    model, probe, kept = net(), data(), {}
    with watch(model, probe=probe, every=2, gates=True, progress=False) as watched:
        kept[0] = copy.deepcopy(model)
        for step in range(1, 7):
            watched.step(loss=update(model, step))
            kept[step] = copy.deepcopy(model)
    recording = watched.recording()
    assert recording.epochs == (0, 2, 4, 6) == tuple(watched.steps)
    for step in recording.epochs:
        wanted = record(kept[step], probe[0], targets=probe[1], gates=True)
        assert recording.blocks.keys() == wanted.blocks.keys()
        for name in wanted.blocks:
            np.testing.assert_array_equal(recording.block(name, step), wanted[name])
        assert states_equal(watched.state_dict(step), dict(kept[step].state_dict()))


def test_the_default_schedule_ends_with_the_last_update() -> None:
    watched, model = trained(7)
    assert watched.steps == [0, 1, 2, 3, 4, 5, 6, 7]
    assert trained(7, every=4)[0].steps == [0, 4]
    assert states_equal(watched.state_dict(), dict(model.state_dict()))


def test_a_recording_on_disk_equals_the_one_in_memory(tmp_path: Path) -> None:
    watched, _ = trained(3)
    here, there = watched.recording(), watched.recording(path=tmp_path / "recording.zarr")
    assert here.epochs == there.epochs
    for step in here.epochs:
        np.testing.assert_array_equal(here.rows("all", step), there.rows("all", step))
    assert watched.recording(steps=[1]).epochs == (1,)


def test_held_out_data_are_recorded_with_the_same_weights() -> None:
    model = net()
    held_out = data(30)
    with watch(model, probe=data(), held_out=held_out, every=1, progress=False) as watched:
        watched.step(loss=update(model, 1))
    found = watched.recording(of="held_out")
    np.testing.assert_array_equal(
        found.block("outputs", 1), record(model, held_out[0], targets=held_out[1])["outputs"]
    )
    with pytest.raises(InputError, match="held_out"):
        trained(1)[0].recording(of="held_out")


def test_a_snapshot_that_diverged_is_left_out_with_a_note() -> None:
    model = net()
    with watch(model, probe=data(), every=1, progress=False) as watched:
        watched.step(loss=update(model, 1))
        with torch.no_grad():
            model.out.weight.fill_(torch.nan)
        watched.step(loss=torch.tensor(torch.nan))
    recording = watched.recording()
    assert recording.epochs == (0, 1)
    assert "2" in recording.fixed.attrs["notes"][-1]
    assert watched.diagnose().numbers["loss.not_finite"] == 0.5
    with pytest.raises(EstimationError, match="finite"):
        watched.recording(steps=[2])


def test_snapshots_describe_their_weights() -> None:
    watched, _ = trained(4, every=2)
    first, last = watched.state_dict(2), watched.state_dict(4)
    apart = np.sqrt(sum(float(((last[n] - first[n]).double() ** 2).sum()) for n in first))
    norm = np.sqrt(sum(float((first[n].double() ** 2).sum()) for n in first))
    snapshot = watched.recording().read(4)
    assert float(snapshot["weight_change"]) == pytest.approx(apart / norm / 2, rel=1e-5)
    radius = weight_numbers({"rnn.weight_hh_l0": torch.diag(torch.tensor([0.5, -2.0]))}, None, 0)
    assert radius["recurrent_radius"] == pytest.approx(2.0)


def test_gradients_are_stored_if_asked() -> None:
    model = net()
    with watch(model, probe=data(), every=1, gradients=True, progress=False) as watched:
        loss = update(model, 1)
        wanted = {
            name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None
        }
        watched.step(loss=loss)
    snapshot = watched.recording().read(1)
    for name, gradient in wanted.items():
        np.testing.assert_array_equal(snapshot[f"gradient_{name}"], gradient.double().numpy())
    norm = np.sqrt(sum(float((g.double() ** 2).sum()) for g in wanted.values()))
    assert watched.to_frame()["gradient_norm"].iloc[-1] == pytest.approx(norm, rel=1e-5)


# Nothing is touched.


def test_training_is_the_same_to_the_bit_with_and_without_watch() -> None:
    runs = []
    for watching in (False, True):
        model = net()
        torch.manual_seed(3)
        random.seed(3)
        np.random.seed(3)  # noqa: NPY002 - the user's
        losses = []

        def updated(model=model) -> torch.Tensor:
            model.zero_grad()
            x, y = data()
            loss = (model(x) - y).square().mean()
            loss.backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter -= 0.1 * parameter.grad
            return loss

        if watching:
            with watch(model, probe=data(), every=1, live=True, progress=False) as watched:
                for _ in range(5):
                    losses.append(updated())
                    watched.step(loss=losses[-1])
                watched.recording()
        else:
            losses = [updated() for _ in range(5)]
        model.eval()
        runs.append({
            "losses": [loss.item() for loss in losses],
            "outputs": model(data()[0]).tolist(),
            "gradients": [parameter.grad.tolist() for parameter in model.parameters()],
            "torch": torch.get_rng_state().tolist(),
            "numpy": np.random.get_state()[1].tolist(),  # noqa: NPY002
            "python": random.getstate(),
        })  # fmt: skip
    assert runs[0] == runs[1]


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_as_before(training: bool) -> None:
    model = net().train(training)
    before = {name: id(parameter) for name, parameter in model.named_parameters()}
    attributes = {name: set(vars(module)) for name, module in model.named_modules()}
    with watch(model, probe=data(), every=1, progress=False) as watched:
        assert not any(hooks(module) for module in model.modules())
        watched.step(loss=0.5)
        watched.recording()
    assert {name: id(parameter) for name, parameter in model.named_parameters()} == before
    assert {name: set(vars(module)) for name, module in model.named_modules()} == attributes
    assert model.training is training
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert all(parameter.grad is None for parameter in model.parameters())


def hooks(module: nn.Module) -> list[Any]:
    return [*module._forward_hooks.values(), *module._forward_pre_hooks.values()]


def test_half_precision_is_stored_to_the_bit() -> None:
    for dtype in (torch.bfloat16, torch.float16, torch.float64):
        model = net().to(dtype)
        with watch(model, probe=data(), every=1, progress=False) as watched:
            pass
        assert states_equal(watched.state_dict(0), dict(model.state_dict()))
        assert np.isfinite(watched.recording().rows("hidden")).all()


def test_wrapped_models_are_unwrapped() -> None:
    plain = net()
    for wrapped in (torch.compile(plain, backend="eager"), nn.DataParallel(plain)):
        with watch(wrapped, probe=data(), every=1, progress=False) as watched:
            pass
        assert states_equal(watched.state_dict(0), dict(plain.state_dict()))
    inside = nn.Sequential()
    inside.add_module("part", torch.compile(plain, backend="eager"))
    with watch(inside, probe=data(), every=1, progress=False) as watched:
        pass
    assert set(watched.state_dict(0)) == {f"part.{name}" for name in plain.state_dict()}
    assert watched.recording().epochs == (0,)


# The log.


def test_one_row_per_update() -> None:
    model = net()
    with watch(model, probe=data(), every=2, progress=False) as watched:
        losses = [update(model, step) for step in range(1, 4)]
        watched.step(loss=losses[0], accuracy=np.float32(0.5))
        watched.step(loss=losses[1].item())
        watched.step(loss=losses[2], accuracy=torch.tensor([1]))
    frame = watched.to_frame()
    assert frame["step"].tolist() == [1, 2, 3]
    assert frame["loss"].tolist() == [loss.item() for loss in losses]
    assert frame["snapshot"].tolist() == [False, True, False]
    assert frame["seconds"].is_monotonic_increasing
    assert pd.isna(frame["accuracy"][1])
    assert frame["accuracy"][[0, 2]].tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    "values", [{"loss": torch.ones(2)}, {"loss": "low"}, {"seconds": 1.0}, {"loss": 1j}]
)
def test_a_logged_value_is_one_number(values: dict[str, Any]) -> None:
    model = net()
    with watch(model, probe=data(), progress=False) as watched:
        with pytest.raises(InputError, match=next(iter(values))):
            watched.step(**values)
        assert watched.updates == 0
    with pytest.raises(InputError, match="within"):
        watched.step(loss=1.0)


# Ends.


def test_a_loop_that_raises_keeps_everything_before() -> None:
    model = net()
    watched = watch(model, probe=data(), every=1, live=True, progress=False)

    def loop() -> None:
        with watched:
            for step in range(1, 4):
                watched.step(loss=update(model, step))
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        loop()
    assert watched.steps == [0, 1, 2, 3]
    assert watched.recording().epochs == (0, 1, 2, 3)
    assert len(watched.to_frame()) == 3
    assert not any(hooks(module) for module in model.modules())
    assert not watched.running


def test_a_full_disk_stops_the_watch_and_not_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    model = net()
    with watch(model, probe=data(), every=1, progress=False) as watched:
        watched.step(loss=update(model, 1))
        watched.recording()

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(np, "savez", full)
        watched.step(loss=update(model, 2))
        with pytest.warns(UserWarning, match="space"):
            assert watched.steps == [0, 1]
        monkeypatch.undo()
        watched.step(loss=update(model, 3))
    assert watched.steps == [0, 1]
    assert watched.to_frame()["step"].tolist() == [1, 2, 3]


def test_a_temporary_store_disappears_with_its_watch() -> None:
    watched, _ = trained(1)
    folder = watched.path
    assert folder.is_dir()
    del watched
    import gc

    gc.collect()
    assert not folder.exists()


# The budget.


def test_the_schedule_is_thinned_to_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    model = net()
    watched = watch(model, probe=data(), every=1, budget=0.02, progress=False)
    seconds_a_snapshot, seconds_an_update = 0.5, 5.0
    copied = session.weights_of

    def slow(model: nn.Module) -> Any:
        clock.now += seconds_a_snapshot
        return copied(model)

    monkeypatch.setattr(session, "weights_of", slow)
    with watched:
        for _ in range(200):
            clock.now += seconds_an_update
            watched.step(loss=1.0)
    # A minute's budget, 1.2 s, at once; then 0.5 s take 25 s: 4.9 updates and a snapshot.
    early = [step for step in watched.steps if step < 10]
    assert early[:2] == [0, 1]
    late = np.diff([step for step in watched.steps if step > 20])
    assert set(late) == {4, 5}
    assert watched.overhead <= 0.02
    assert sorted([*watched.steps, *watched.thinned]) == list(range(201))


def test_the_overhead_counts_what_happens_in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    measured = overhead.Overhead(0.1)
    measured.begin()
    clock.now += 9.0
    with measured.counted():
        clock.now += 1.0
    measured.elsewhere += 1.0
    assert measured.share == pytest.approx(0.2)
    measured.end()
    clock.now += 10.0
    assert measured.share == pytest.approx(0.2)


def test_overhead_and_snapshots_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    model = net()
    with watch(model, probe=data(), every=1, total=2) as watched:
        watched.step(loss=update(model, 1))
        watched.step(loss=update(model, 2))
    line = capsys.readouterr().err.splitlines()[-1]
    assert "2/2" in line
    assert "3 snapshots" in line
    assert f"{watched.overhead:.2%}" in line


# Live.


def test_live_batches_are_those_of_scheduled_updates() -> None:
    model, seen = net(), {}
    with watch(model, probe=data(), every=2, live=True, progress=False) as watched:
        for step in range(1, 5):
            handle = model.lstm.register_forward_hook(
                lambda _m, _a, out, step=step: seen.update({step: out[0].detach().clone()})
            )
            loss = update(model, step)
            handle.remove()
            model.eval()
            model(data()[0][:3])  # a validation pass is no training batch
            model.train()
            watched.step(loss=loss)
        assert len(hooks(model.lstm)) == 1
    assert not hooks(model.lstm)
    for step in (2, 4):
        np.testing.assert_array_equal(watched.live_batch(step)["lstm"], seen[step].numpy())
    with pytest.raises(InputError, match="2, 4"):
        watched.live_batch(1)


def test_live_cells_are_joined_in_time() -> None:
    class Loop(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.GRUCell(2, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            h = x.new_zeros(len(x), 3)
            states = []
            for t in range(x.shape[1]):
                h = self.cell(x[:, t], h)
                states.append(h)
            return torch.stack(states, 1)

    model = Loop()
    with watch(model, probe=data()[0], every=1, live=True, progress=False) as watched:
        out = model(data()[0])
        watched.step()
    np.testing.assert_array_equal(watched.live_batch(1)["cell"], out.detach().numpy())


def test_live_recording_of_compiled_models_is_off_with_a_note() -> None:
    model = net()
    with watch(
        torch.compile(model, backend="eager"), probe=data(), every=1, live=True, progress=False
    ) as watched:  # fmt: skip
        assert not any(hooks(module) for module in model.modules())
    assert "compiled" in watched.notes[0]


# The door.


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"budget": 0.0}, "budget"),
        ({"budget": 2.0}, "budget"),
        ({"start": -1}, "start"),
        ({"gates": 1}, "gates"),
        ({"trackers": [3]}, "trackers"),
        ({"probe": (1, 2, 3)}, "probe"),
        ({"probe": torch.ones(3, 4, 9)}, "inputs"),
        ({"units": "nothing*"}, "units"),
    ],
)
def test_bad_arguments_are_refused_before_training(options: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        watch(net(), **({"probe": data(), "progress": False} | options))


def test_a_function_of_one_update_is_watched() -> None:
    model = net()
    watched = watch_training(
        model,
        lambda step: {"loss": update(model, step), "rate": 0.1},
        steps=3,
        probe=data(),
        every=1,
        progress=False,
    )
    other, _ = trained(3, every=1)
    assert watched.to_frame()["rate"].tolist() == [0.1] * 3
    assert states_equal(watched.state_dict(3), other.state_dict(3))
    assert "monitor.watched" in sys.modules


def watched_with_a_copied_input(progress: bool) -> list[str]:
    """Ids of the diagnoses that a training with a copied input (M15) warns of."""
    x, y = data()
    doubled = torch.cat([x, x[..., :1]], dim=-1)
    model = torch.nn.GRU(3, 1, batch_first=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with watch(model, probe=(doubled, y), progress=progress) as watched:
            for step in range(3):
                watched.step(loss=1.0 / (step + 1))
    assert "M15" in watched.diagnose().present
    return [str(one.message).partition(":")[0] for one in caught]


def test_the_end_of_a_training_warns_of_what_has_earned_it_and_of_nothing_else(capsys) -> None:
    found = watched_with_a_copied_input(progress=True)
    assert set(found) <= EARNED
    assert ("M15" in found) == ("M15" in EARNED)
    assert watched_with_a_copied_input(progress=False) == []
    capsys.readouterr()


def test_a_failing_diagnosis_does_not_end_the_training(monkeypatch, capsys) -> None:
    def fails(*_: object, **__: object) -> None:
        raise MemoryError("too large")

    monkeypatch.setattr(session, "diagnose", fails)
    monkeypatch.setattr(session, "EARNED", frozenset({"M15"}))
    model = torch.nn.GRU(2, 1, batch_first=True)
    with (
        pytest.warns(UserWarning, match="too large"),
        watch(model, probe=data()) as watched,
    ):
        watched.step(loss=1.0)
    assert "too large" in watched.notes[-1]
    capsys.readouterr()
