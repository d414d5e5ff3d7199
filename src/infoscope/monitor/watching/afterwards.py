"""What can be read from a watched training afterwards: snapshots, recording, curves, diagnoses."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from torch import Tensor, nn

from infoscope._errors import InputError
from infoscope._validate import epochs_among, one_of, path_of
from infoscope.monitor.diagnosis import Diagnoses, diagnose
from infoscope.monitor.replaying.assembly import How, recording_of_states
from infoscope.monitor.watching.curves import Curves, training_curves
from infoscope.monitor.watching.kept import Kept, Session
from infoscope.monitor.watching.live import Live
from infoscope.monitor.watching.store import GRADIENT, Store
from infoscope.monitor.watching.weights import weight_numbers
from infoscope.recordings.recording import Recording


class Watched(ABC):
    """A training whose snapshots are on disk, with the model and the data to replay them.

    Attributes
    ----------
    path : Path
        Folder of the store.
    """

    path: Path
    _model: nn.Module
    _data: dict[str, tuple[Any, Any]]
    _how: How
    _store: Store
    _live: Live
    _replayed: dict[Any, Recording]
    _temporary: bool

    @abstractmethod
    def _settle(self) -> None:
        """Wait until all snapshots are written."""

    @abstractmethod
    def _session(self) -> Session | None:
        """Return how watching went so far; None before it began."""

    @property
    def steps(self) -> list[int]:
        """Updates after which there is a snapshot."""
        self._settle()
        return self._store.recorded

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

    def report(self, path: str | Path | None = None, **options: Any) -> Path:
        """Compute curves and diagnoses, and show the training as one HTML file; return its path.

        Curves and diagnoses stay in the store, where ``infoscope report`` finds them. It takes as
        long as `curves` and `diagnose`.

        Parameters
        ----------
        path : path, optional
            The file, by default ``report.html`` in the folder of the store.
        **options
            Of `curves`.

        Raises
        ------
        InputError
            If there are no snapshots, path is omitted and the store is temporary, or the file
            cannot be written.
        """
        if path is None and self._temporary:
            raise InputError(
                "path must be given where the store is temporary, got none; pass "
                "watch.report('report.html'), or a folder to watch(..., path=...)"
            )
        curves, diagnoses = self.curves(**options), self.diagnose()
        Kept(self.path).put(self._session(), curves, diagnoses)
        # Pages know trainings, not the reverse: found by name when asked.
        pages: Any = import_module("infoscope.report.files")
        return pages.write_watch(self.path, None if path is None else path_of(path, "path"))

    def _held_out(self, steps: Sequence[int] | None = None) -> Recording | None:
        return self.recording(of="held_out", steps=steps) if "held_out" in self._data else None

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
