"""A watched training: what is done at each update."""

import shlex
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from torch import nn

from infoscope._errors import InputError
from infoscope._progress import Progress
from infoscope._terminal import note
from infoscope.monitor.diagnosis import EARNED, diagnose
from infoscope.monitor.replaying.assembly import How
from infoscope.monitor.replaying.eager_copy import unwrap
from infoscope.monitor.watching.afterwards import Watched
from infoscope.monitor.watching.kept import Kept, Session
from infoscope.monitor.watching.last_look import steps_to_diagnose
from infoscope.monitor.watching.live import Live
from infoscope.monitor.watching.log import one_number
from infoscope.monitor.watching.options import Options
from infoscope.monitor.watching.overhead import Overhead
from infoscope.monitor.watching.store import Store, fingerprint
from infoscope.monitor.watching.weights import (
    OnHost,
    first_difference,
    gradient_norm,
    gradients_of,
    weights_of,
)
from infoscope.monitor.watching.writer import Writer
from infoscope.recordings.recording import Recording


class Watch(Watched):
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
        self._temporary = path is None
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
        if not self._stopped:
            with self._training_goes_on():
                Kept(self.path).put(self._session())
        progress, self._progress = self._progress, None
        if progress is not None:
            progress.note(self._summary())
            progress.__exit__(kind, error, trace)
        if kind is None and EARNED and self._options.progress:
            self._warn()
        if self._options.progress and not self._temporary:
            command = shlex.join(["infoscope", "report", str(self.path)])
            note(f"{command} shows the training; watch.report() adds curves and planes first")

    @property
    def running(self) -> bool:
        """Whether a loop is being watched now."""
        return self._progress is not None

    @property
    def overhead(self) -> float:
        """Time spent in `step` as a share of the time since the beginning."""
        return self._overhead.share

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
        with self._training_goes_on():
            Kept(self.path).put(diagnoses=found)
        found.warn()

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

    def _session(self) -> Session | None:
        if not self._entered:
            return None
        model = unwrap(self._model)
        return Session(
            type(model).__name__,
            sum(parameter.numel() for parameter in model.parameters()),
            self.updates,
            self._overhead.share,
            self._options.budget,
            list(self.thinned),
            list(self.notes),
        )

    def _summary(self) -> str:
        self._settle()
        taken, left = len(self._store.steps), len(self.thinned)
        out = f", {left} left out to stay within {self._options.budget:.1%}" if left else ""
        return f"{taken} snapshots{out}, overhead {self._overhead.share:.2%}"
