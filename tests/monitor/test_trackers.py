import sys
import types
from typing import Any

import pytest

from infoscope._errors import MissingDependency
from infoscope.monitor import lightning
from infoscope.monitor.trackers import MLflowTracker, TensorBoardTracker, Tracker, WandbTracker
from infoscope.monitor.watch import watch
from monitor.watched import data, net, trained, update


class Kept:
    def __init__(self) -> None:
        self.rows: list[tuple[int, dict[str, float]]] = []

    def log(self, values: Any, step: int) -> None:
        self.rows.append((step, dict(values)))


def module(monkeypatch: pytest.MonkeyPatch, name: str, **content: Any) -> types.ModuleType:
    made = types.ModuleType(name)
    vars(made).update(content)
    monkeypatch.setitem(sys.modules, name, made)
    return made


def test_trackers_get_the_log_at_scheduled_updates() -> None:
    kept = Kept()
    watched, _ = trained(4, every=2, trackers=kept)
    assert isinstance(kept, Tracker)
    assert [step for step, _ in kept.rows] == [2, 4]
    frame = watched.to_frame().set_index("step")
    for step, values in kept.rows:
        assert values["loss"] == frame.loc[step, "loss"]
        assert values["gradient_norm"] == frame.loc[step, "gradient_norm"]


def test_a_tracker_that_fails_is_dropped_with_a_note() -> None:
    class Failing(Kept):
        def log(self, values: Any, step: int) -> None:
            raise ConnectionError("no server")

    kept = Kept()
    with pytest.warns(UserWarning, match="no server"):
        watched, _ = trained(4, every=1, trackers=[Failing(), kept])
    assert len(kept.rows) == 4
    assert len(watched.notes) == 1
    assert watched.steps == [0, 1, 2, 3, 4]


def test_mlflow_gets_metrics_with_their_step(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    module(monkeypatch, "mlflow", log_metrics=lambda values, step: calls.append((values, step)))
    MLflowTracker().log({"loss": 0.5}, 7)
    assert calls == [({"infoscope/loss": 0.5}, 7)]


def test_wandb_keeps_its_own_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    module(monkeypatch, "wandb", log=lambda values: calls.append(values))
    WandbTracker().log({"loss": 0.5}, 7)
    assert calls == [{"infoscope/loss": 0.5, "infoscope/step": 7}]


def test_tensorboard_gets_scalars(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    calls = []

    class SummaryWriter:
        def __init__(self, folder: str) -> None:
            self.folder = folder

        def add_scalar(self, *values: object) -> None:
            calls.append(values)

    module(monkeypatch, "tensorboard")
    module(monkeypatch, "torch.utils.tensorboard", SummaryWriter=SummaryWriter)
    tracker = TensorBoardTracker(tmp_path)
    tracker.log({"loss": 0.5}, 7)
    assert tracker.writer.folder == str(tmp_path)
    assert calls == [("infoscope/loss", 0.5, 7)]


@pytest.mark.parametrize("tracker", [MLflowTracker, WandbTracker, lambda: TensorBoardTracker("a")])
def test_a_missing_package_says_what_to_install(tracker, monkeypatch) -> None:
    for name in ("mlflow", "wandb", "tensorboard"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingDependency, match="trackers"):
        tracker()


class Trainer:
    """Calls a callback as Lightning's Trainer does; every update takes two batches."""

    is_global_zero = True

    def __init__(self, callback: Any) -> None:
        self.callback, self.global_step = callback, 0

    def fit(self, model: Any, updates: int, fail: bool = False) -> None:
        self.callback.on_fit_start(self, model)
        for step in range(1, updates + 1):
            self.callback.on_train_batch_end(self, model, {"loss": 0.0}, None, 0)
            loss = update(model, step)
            self.global_step += 1
            self.callback.on_train_batch_end(self, model, {"loss": loss.detach()}, None, 1)
        if fail:
            error = RuntimeError("mine")
            self.callback.on_exception(self, model, error)
        self.callback.on_fit_end(self, model)


@pytest.fixture
def callback(monkeypatch: pytest.MonkeyPatch) -> type:
    module(monkeypatch, "lightning")
    module(monkeypatch, "lightning.pytorch", Callback=type("Callback", (), {}))
    lightning._callback_class.cache_clear()
    yield lightning.WatchCallback
    lightning._callback_class.cache_clear()


@pytest.mark.parametrize("fail", [False, True])
def test_the_callback_watches_updates_and_not_batches(callback: type, fail: bool) -> None:
    made = callback(probe=data(), every=2, progress=False)
    Trainer(made).fit(net(), 4, fail)
    other, _ = trained(4, every=2)
    assert made.watch.steps == [0, 2, 4]
    assert not made.watch.running
    assert made.watch.to_frame()["loss"].tolist() == other.to_frame()["loss"].tolist()


def test_only_one_process_watches(callback: type) -> None:
    made = callback(probe=data(), progress=False)
    trainer = Trainer(made)
    trainer.is_global_zero = False
    trainer.fit(net(), 1)
    assert made.watch is None


def test_the_callback_needs_lightning(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("lightning", "lightning.pytorch", "pytorch_lightning"):
        monkeypatch.setitem(sys.modules, name, None)
    lightning._callback_class.cache_clear()
    with pytest.raises(MissingDependency, match="lightning"):
        _ = lightning.WatchCallback
    with pytest.raises(AttributeError, match="Another"):
        _ = lightning.Another


def test_curves_go_to_a_tracker_point_by_point() -> None:
    kept = Kept()
    with watch(net(), probe=data(40), every=1, progress=False) as watched:
        watched.step(loss=0.5)
    curves = watched.curves(layer="lstm.l0.h", n_jobs=1)
    curves.log_to(kept)
    assert [step for step, _ in kept.rows] == [0, 1]
    spread = watched.recording().rows("hidden", 0)[:, :5].std(axis=0).mean()
    assert kept.rows[0][1]["spread"] == pytest.approx(spread)
    assert set(curves.sentences) == set(curves.data.data_vars)
    frame = curves.to_frame()
    assert frame["loss"].tolist()[1] == 0.5
    assert frame["spread_valid"].all()
    assert float(curves.data["weight_change"][1]) == 0.0
    assert float(curves.data["activation_change"][1]) == 0.0
