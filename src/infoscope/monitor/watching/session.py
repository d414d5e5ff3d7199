"""A watched training: what is done at each update, and what can be read from it afterwards."""

import shutil
import tempfile
import warnings
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pandas as pd
import xarray as xr
from torch import Tensor, nn

from infoscope._errors import InputError
from infoscope._progress import Progress
from infoscope._validate import epochs_among, one_of, path_of
from infoscope.monitor.diagnosis import EARNED, Diagnoses, diagnose
from infoscope.monitor.replaying.assembly import How, recording_of_states
from infoscope.monitor.watching.curves import Curves, training_curves
from infoscope.monitor.watching.last_look import steps_to_diagnose
from infoscope.monitor.watching.live import Live
from infoscope.monitor.watching.log import one_number
from infoscope.monitor.watching.options import Options
from infoscope.monitor.watching.overhead import Overhead
from infoscope.monitor.watching.store import GRADIENT, Store, fingerprint
from infoscope.monitor.watching.weights import (
    OnHost,
    first_difference,
    gradient_norm,
    gradients_of,
    weight_numbers,
    weights_of,
)
from infoscope.monitor.watching.writer import Writer
from infoscope.recordings.recording import Recording


class Watch:
    """A training that is watched: made by `watch`.

    Attributes
    ----------
    updates : int
        Updates so far.
    thinned : list of int
        Scheduled snapshots that were left out to stay within the budget.
    notes : list of str
        What was left out otherwise, in sentences.
    path : Path
        Folder of the store.
    """

    def __init__(
        self,
        model: nn.Module,
        data: dict[str, tuple[Any, Any]],
        path: Path | None,
        how: How,
        options: Options,
    ) -> None:
        self._model, self._data, self._how, self._options = model, data, how, options
        # Run now what would otherwise fail after hours of training.
        self._bytes = 0  # of one snapshot
        for inputs, targets in data.values():
            self._bytes += how.record(how.plan(model, inputs), targets).snapshot().nbytes
        if path is None:
            path = Path(tempfile.mkdtemp(prefix="infoscope-watch-"))
            weakref.finalize(self, shutil.rmtree, path, True)
        self.path = path
        probe = fingerprint(*data["probe"], how.state, how.lengths)
        self._store = Store(path, weights_of(model), probe)
        self.updates = max(self._store.steps, default=0)
        self.thinned: list[int] = []
        self.notes: list[str] = []
        self._overhead = Overhead(options.budget)
        self._progress: Progress | None = None
        self._live = Live(model, path / "live")
        self._writer = Writer(self._overhead)
        self._any = False  # whether a snapshot was taken
        self._trackers = list(options.trackers)
        self._before = 0.0  # seconds of earlier sessions
        self._entered = self._stopped = False
        self._replayed: dict[Any, Recording] = {}

    def __repr__(self) -> str:
        """Return updates, snapshots and overhead in one line."""
        return f"Watch({self.updates} updates, {self._summary()})"

    def __enter__(self) -> Self:
        """Begin, or continue after the last snapshot."""
        begin = self._options.start
        if begin is None or self._entered:
            begin = self.updates if self._entered else max(self._store.steps, default=0)
        self._must_continue(begin)
        self._store.open(begin)
        self._before = self._seconds_at(begin)
        self.updates, self._entered, self._stopped = begin, True, False
        self._replayed = {}
        if self._options.live:
            self._live.attach()
            if self._live.note and self._live.note not in self.notes:
                self.notes.append(self._live.note)
        self._progress = Progress(self._options.total, "watched updates", self._options.progress)
        self._progress.__enter__()
        self._progress.skip(begin)
        self._writer.open()
        self._overhead.begin()
        with self._overhead.counted(), self._training_goes_on():
            if begin not in self._store.steps and self._options.due(begin):
                self._take()
        self._prepare_live()
        return self

    def step(self, loss: Any = None, **more: Any) -> None:
        """Log an update, after it was made, and copy the weights if the schedule says so.

        Parameters
        ----------
        loss : number or tensor of one number, optional
            The training loss.
        **more : number or tensor of one number
            Anything else: ``held_out_loss``, ``gradient_norm``, ``learning_rate``.

        Raises
        ------
        InputError
            If a value is not one number, or no loop is being watched.
        """
        if self._progress is None:
            raise InputError(
                "watch.step must be called within the block `with watch(...) as w:`, got a call "
                "outside of it; move it into the loop"
            )
        with self._overhead.counted():
            self._log_and_take({"loss": loss, **more} if loss is not None else more)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End: complete the store, remove hooks, show the overhead."""
        self._live.detach()
        with self._overhead.counted():
            with self._training_goes_on():
                self._writer.drain()
                last = self._options.with_last and self.updates not in self._store.steps
                if kind is None and last:
                    self._take(thinning=False)
            with self._training_goes_on():
                self._writer.close()
            with self._training_goes_on():
                self._store.log.close()
        self._overhead.end()
        progress, self._progress = self._progress, None
        if progress is not None:
            progress.note(self._summary())
            progress.__exit__(kind, error, trace)
        if kind is None and EARNED and self._options.progress:
            self._warn()

    @property
    def steps(self) -> list[int]:
        """Updates after which there is a snapshot."""
        self._settle()
        return self._store.recorded

    @property
    def running(self) -> bool:
        """Whether a loop is being watched now."""
        return self._progress is not None

    @property
    def overhead(self) -> float:
        """Time spent in `step` as a share of the time since the beginning."""
        return self._overhead.share

    def state_dict(self, step: int | None = None) -> dict[str, Tensor]:
        """Return the weights of a snapshot, by default the last, for ``model.load_state_dict``.

        Raises
        ------
        InputError
            If there is no such snapshot.
        DamagedError
            If its file is damaged.
        """
        known = self.steps
        if not known or (step is not None and step not in known):
            raise InputError(
                f"step must be one with a snapshot, got {step}; choose from "
                f"{', '.join(map(str, known[:12])) or 'none: nothing was watched yet'}"
            )
        return self._store.read(known[-1] if step is None else step)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per logged update: step, seconds, the values given, snapshot or not."""
        return self._store.log.rows()

    def live_batch(self, step: int) -> dict[str, np.ndarray]:
        """Return outputs of recurrent modules on the batch of an update (``live=True``)."""
        return self._live.read(step)

    def recording(
        self,
        *,
        of: str = "probe",
        steps: Sequence[int] | None = None,
        path: str | Path | None = None,
    ) -> Recording:
        """Replay the snapshots: one recording, whose epochs are numbers of updates.

        Each snapshot equals `record` of the model with the weights it had then. It also has
        numbers about the weights, such as ``weight_norm`` and ``weight_change`` per update, and
        gradients if they were stored. ``recording.fixed.attrs["notes"]`` lists what was left out.

        Parameters
        ----------
        of : {"probe", "held_out"}
            The data.
        steps : sequence of int, optional
            Snapshots; all by default.
        path : str or Path, optional
            Where to write it as it grows (Zarr); by default it stays in memory.

        Raises
        ------
        InputError
            If there are no snapshots, or no held-out data.
        DamagedError
            If a snapshot is missing or damaged.
        """
        if one_of(of, "of", ("probe", "held_out")) not in self._data:
            raise InputError(
                "of must be data given to watch, got 'held_out' without any; pass "
                "held_out=(inputs, targets) to watch"
            )
        known = self.steps
        if not known:
            raise InputError("recording needs a snapshot, got none yet; enter the training loop")
        chosen = sorted(epochs_among(steps, known, "steps"))
        key = (of, tuple(chosen))
        if path is None and key in self._replayed:
            return self._replayed[key]
        inputs, targets = self._data[of]
        plan = self._how.plan(self._model, inputs, refusing=False)
        where = None if path is None else path_of(path, "path")
        found = recording_of_states(plan, self._states(chosen), targets, self._how, where)
        if path is None:
            self._replayed = {kept: r for kept, r in self._replayed.items() if kept[0] != of}
            self._replayed[key] = found
        return found

    def curves(self, **options: Any) -> Curves:
        """Return curves of learning with their checks, and a sentence each (`training_curves`)."""
        return training_curves(self.recording(), self.to_frame(), self._held_out(), **options)

    def diagnose(self, *, share: float = 1.0) -> Diagnoses:
        """Return which known misconfigurations show in the first share of training (`diagnose`)."""
        return diagnose(self.recording(), self.to_frame(), share=share, held_out=self._held_out())

    def _warn(self) -> None:
        """Warn of diagnoses that have earned it; a failure to diagnose must not end a training."""
        if not (steps := steps_to_diagnose(self.steps, self._bytes)):
            return
        try:
            recording, held_out = self.recording(steps=steps), self._held_out(steps)
            found = diagnose(recording, self.to_frame(), held_out=held_out)
        except Exception as error:  # noqa: BLE001 - whatever it is, the training is complete
            self._note(f"no diagnosis at the end of training: {error}")
            return
        found.warn()

    def _held_out(self, steps: Sequence[int] | None = None) -> Recording | None:
        return self.recording(of="held_out", steps=steps) if "held_out" in self._data else None

    def _log_and_take(self, values: dict[str, Any]) -> None:
        """Log an update and, if it is scheduled, copy the weights."""
        row = {name: one_number(value, name) for name, value in values.items()}
        self.updates += 1
        due = bool(self._options.due(self.updates))
        if due and "gradient_norm" not in row:
            norm = gradient_norm(self._model)
            if norm is not None:
                row["gradient_norm"] = norm if norm.is_cuda else norm.item()
        seconds = self._before + self._overhead.seconds
        try:
            self._store.log.append({"step": self.updates, "seconds": seconds, **row})
            if due:
                self._take()
                self._track(row)
        except InputError as error:
            self._stop(error)
        if self._progress is not None:
            if type(shown := row.get("loss")) is float:
                self._progress.note(f"loss {shown:.4g}")
            self._progress.advance()
        if self._options.live:
            self._prepare_live()

    def _take(self, thinning: bool = True) -> None:
        """Copy the weights, if there is time, and have them written."""
        if self._stopped:
            return
        if thinning and self._any and not self._overhead.allows():
            self.thinned.append(self.updates)
            return
        begun = self._overhead.now()
        self._any = True
        step, weights = self.updates, OnHost(weights_of(self._model))
        gradients = OnHost(gradients_of(self._model)) if self._options.gradients else None

        def write() -> None:
            found = None if gradients is None else gradients.arrive()
            self._store.write(step, weights.arrive(), found)

        self._writer.submit(write)
        if self._live.active:
            self._writer.submit(self._live.keep(step))
        self._overhead.count(begun, snapshot=True)

    def _track(self, row: dict[str, Any]) -> None:
        values = {name: float(value) for name, value in row.items()}
        values["overhead"] = self._overhead.share
        for tracker in list(self._trackers):
            try:
                tracker.log(values, self.updates)
            except Exception as error:  # noqa: BLE001 - a server that fails must not end a training
                self._trackers.remove(tracker)
                self._note(f"{type(tracker).__name__} failed and gets no more numbers: {error}")

    def _prepare_live(self) -> None:
        """Make the hooks record the next batch if its update is scheduled."""
        if self._options.live:
            self._live.forget()
            self._live.active = bool(self._options.due(self.updates + 1)) and not self._stopped

    @contextmanager
    def _training_goes_on(self) -> Iterator[None]:
        """Turn failures to store into a note: the training is worth more than its record."""
        try:
            yield
        except InputError as error:
            self._stop(error)

    def _stop(self, error: InputError) -> None:
        """Store no more snapshots."""
        self._stopped = True
        self._note(f"Watching stopped at update {self.updates}: {error}")

    def _note(self, text: str) -> None:
        self.notes.append(text)
        warnings.warn(text, stacklevel=4)

    def _settle(self) -> None:
        """Wait until all snapshots are written."""
        with self._training_goes_on():
            self._writer.drain()

    def _must_continue(self, begin: int) -> None:
        """Check that the model has the weights of the snapshot at which the watch continues."""
        if begin not in self._store.steps:
            return
        name = first_difference(self._store.read(begin), weights_of(self._model))
        if name is not None:
            raise InputError(
                f"model must have the weights of the last snapshot of {self.path}, after {begin} "
                f"updates, got others in {name}; load them with model.load_state_dict(w.state_dict"
                "()) before `with w:`, give start=... for another state, or choose another path "
                "for a new training"
            )

    def _seconds_at(self, step: int) -> float:
        rows = self._store.log.rows()
        seconds = rows.loc[rows["step"] <= step, "seconds"]
        return float(seconds.max()) if len(seconds) else 0.0

    def _states(self, steps: Sequence[int]) -> Iterator[tuple[int, Any, dict[str, Any]]]:
        before, then = None, 0
        for step in steps:
            weights = self._store.read(step)
            more: dict[str, Any] = weight_numbers(weights, before, step - then)
            for name, gradient in self._store.read(step, GRADIENT).items():
                axes = [f"{name}_{axis}" for axis in range(gradient.dim())]
                more[f"gradient_{name}"] = xr.DataArray(gradient.double().numpy(), dims=axes)
            yield step, weights, more
            before, then = weights, step

    def _summary(self) -> str:
        self._settle()
        taken, left = len(self._store.steps), len(self.thinned)
        out = f", {left} left out to stay within {self._options.budget:.1%}" if left else ""
        return f"{taken} snapshots{out}, overhead {self._overhead.share:.2%}"
