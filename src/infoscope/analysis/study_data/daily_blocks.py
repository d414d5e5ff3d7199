"""Corrected data: days as a series, each counted once, with a later held-out block."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import methodcaller
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope import networks
from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.analysis.fitted import gates_of
from infoscope.analysis.settings import Settings
from infoscope.analysis.study_data.sliding_windows import network_outputs
from infoscope.analysis.study_data.training import Recorder, check_names, node_names
from infoscope.flow.paired_rows import PairedRows
from infoscope.networks import Snapshot, early_and_every
from infoscope.networks.of_snapshot import Weights, weights_in
from infoscope.recordings.blocks import activation_dataset
from infoscope.recordings.recording import Recording
from infoscope.recordings.snapshots import Changed, Rerun
from infoscope.recordings.weights import RecurrentWeights
from infoscope.runs.run_folder import RunFolder
from infoscope.surrogates import null_of
from infoscope.surrogates.networks import Run, activations_in_place_of
from infoscope.surrogates.surrogate_statistics import available
from infoscope.weather import DailySeries, Windows, forecast_errors
from infoscope.weather.baselines import baselines_of

# Rows of a window in a published flow: the alignment costs two and the lag one.
_LOST = 3
# Number of others that standardise each surrogate (`significance_of`).
_FEWEST = 2
# The null that needs the most days.
_SHIFT = "circular-shift"


@dataclass(frozen=True, eq=False)
class DailyBlocks:
    """Days of one or all years, in two parts.

    Parameters
    ----------
    settings : Settings
        Settings of the split.
    series : DailySeries
        The days.
    """

    settings: Settings
    series: DailySeries

    @classmethod
    def of(cls, settings: Settings) -> "DailyBlocks":
        """Cut the data set of the settings, or draw it.

        Raises
        ------
        InputError
            If it cannot be read, or too few days remain for the estimates.
        """
        series = settings.data_set.series(settings)
        check_names(series, settings)
        data = cls(settings, series)
        data.check()
        return data

    def check(self) -> None:
        """Check, before hours of work, that the days suffice for the estimates.

        Raises
        ------
        InputError
            If there are too few.
        """
        _ = self.windows, self.recorded
        self._check_rows()
        if self.settings.significant_edges:
            self._check_shifts()

    @property
    def windows(self) -> Windows:
        """Training windows by the settings: blocked or random, disjoint or sliding."""
        return self._training_windows

    @cached_property
    def _training_windows(self) -> Windows:
        return self._windows(self.settings.window_stride if self.settings.distinct_days else 1)

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on the days."""
        return self.series.notes

    def record(self, run: RunFolder[Settings], progress: bool) -> Recording:
        """Train the network, recording its run through the series at each snapshot.

        Each stretch runs from the learned initial state, without its first days, and each day is
        one row; all rows form one sequence, in time order. The variable ``held_out`` (sequence,
        time), and ``validation`` with three parts, give the part of each row. If days recur as
        published, sequences are windows of either part instead, as many of each as give the rows of
        the held-out part. Called again after an interruption, training resumes from the last
        snapshot with bit-identical results.
        """
        recorder = Recorder(run, self.windows, self._fixed())

        def write(_: int, snapshot: Snapshot) -> None:
            hidden, outputs = self._recorded(RecurrentWeights(**snapshot.parameters))
            recorder.write(replace(snapshot, hidden=hidden, outputs=outputs))

        if not recorder.is_complete:
            networks.train_ensemble(
                [recorder.member()],
                schedule=early_and_every(run.settings.snapshot_every),
                on_snapshot=write,
                progress=progress,
            )
        return Recording.load(run.recording)

    def replayed(self, snapshots: Mapping[int, xr.Dataset]) -> Recording:
        """Return the recording of known weights, run through the series like `record`."""
        return Recording(self._fixed(), tuple(snapshots), Rerun(snapshots, self._activations))

    def _activations(self, snapshot: xr.Dataset) -> xr.Dataset:
        hidden, outputs = self._recorded(weights_in(snapshot))
        names = node_names(self.settings, self.series.target_names)
        return activation_dataset(hidden, outputs, names)

    def parts(self, recording: Recording) -> dict[str, Recording]:
        """Return the training rows, the validation rows, if any, and the held-out rows."""
        held = recording.fixed["held_out"].to_numpy()
        if "validation" not in recording.fixed:
            chosen = {"train": ~held, "held-out": held}
        else:
            validation = recording.fixed["validation"].to_numpy()
            chosen = {"train": ~held & ~validation, "validation": validation, "held-out": held}
        return {name: _rows_where(recording, rows) for name, rows in chosen.items()}

    def analysed(self, recording: Recording) -> Recording:
        """Return the held-out rows."""
        return _rows_where(recording, recording.fixed["held_out"].to_numpy())

    @property
    def every_window(self) -> Windows:
        """Windows that slide by a day, split like the training windows."""
        return self._windows(1)

    def forecast(
        self, network: "networks.FullyRecurrent", last: "networks.FullyRecurrent | None"
    ) -> pd.DataFrame:
        """Score the network on every window, and in a run through the series."""
        every = self.every_window
        place = np.searchsorted(self.series.days, every.days[:, -1])
        _, running = self.run_through(network.weights)
        outputs = {
            "network": network_outputs(network, every),
            "network, run through": running[place],
        }
        if last is None:
            return forecast_errors(every, outputs)
        outputs["network, last epoch"] = network_outputs(last, every)
        return forecast_errors(every, outputs, baselines=baselines_of(every))

    def gates(self, weights: Weights) -> dict[str, Any]:
        """Return whether the network does its task on the test days and needs recurrence."""
        return gates_of(weights, self.every_window, self.settings)

    def replay(self, analysed: Recording) -> Run:
        """Return a function that records other weights on the held-out days, like `record`."""
        series, places, put = self.series, self.held_out_days, activations_in_place_of(analysed)
        if self.settings.distinct_days:
            stretches = [s for s in series.stretches if series.held_out[s.start]]
            runs = [np.arange(s.start, s.stop) for s in stretches]
            kept = np.searchsorted(np.concatenate(runs), places)
        else:
            runs, kept = [places], np.arange(len(places))

        def run(weights: Mapping[str, Floats]) -> Recording:
            hidden, outputs = self._run_days(RecurrentWeights.of(weights), runs)
            return put(hidden[kept], outputs[kept])

        return run

    def facts(self, analysed: Recording) -> Mapping[str, Any]:
        """Return number and range of the days, omitted columns, filled values and notes."""
        series = self.series
        days, data_set = [str(day) for day in series.days], self.settings.data_set
        of_part = {part: np.flatnonzero(series.part == part) for part in series.parts}
        validation = of_part.get("validation")
        sizes = analysed.fixed.sizes
        span = {
            "first_day": days[0],
            "last_training_day": days[of_part["train"][-1]],
            "first_held_out_day": days[of_part["test"][0]],
            "last_day": days[-1],
        }
        return {
            "rows_are": data_set.words.days,
            "days_train": len(of_part["train"]),
            **({} if validation is None else {"days_validation": len(validation)}),
            "days_held_out": len(of_part["test"]),
            "windows_train": int((~self.windows.is_test).sum()),
            "rows_analysed": int(sizes["time"]) * int(sizes["sequence"]),
            **(span if data_set.dated else {}),
            "constant_columns": list(series.constant),
            "dropped_columns": list(series.dropped),
            "tied_columns": dict(series.tied),
            "filled_values": dict(series.filled),
            "notes": list(series.notes),
        }

    def run_through(self, weights: Weights) -> tuple[Floats, Floats]:
        """Return hidden and output activations (day, node) of a run through each stretch."""
        runs = [np.arange(s.start, s.stop) for s in self.series.stretches]
        return self._run_days(weights, runs)

    @cached_property
    def recorded(self) -> NDArray[np.int64]:
        """Indices in the series (sequence, time) of the recorded days."""
        settings, series = self.settings, self.series
        counted = [np.arange(s.start + settings.burn_in, s.stop) for s in series.stretches]
        rows = np.concatenate(counted).astype(np.int64)
        for part in series.parts:
            if not (series.part[rows] == part).any():
                raise InputError(
                    f"the {part} part must have more than burn_in = {settings.burn_in} consecutive "
                    "days, got fewer; use more days or a shorter burn_in"
                )
        if settings.distinct_days:
            return rows[np.newaxis]
        length = settings.window_length
        series.windows(length)  # raises if a part has no window
        starts = np.concatenate([np.arange(s.start, s.stop - length + 1) for s in series.stretches])
        as_many = max(1, round(int(series.held_out[rows].sum()) / max(1, length - _LOST)))
        of_each = [starts[series.part[starts] == part][:as_many] for part in series.parts]
        return np.concatenate(of_each)[:, np.newaxis] + np.arange(length)

    @property
    def held_out_days(self) -> NDArray[np.int64]:
        """The held-out days of `recorded`, (sequence, time)."""
        held = self.series.held_out[self.recorded]
        one = len(self.recorded) == 1
        return self.recorded[:, held[0]] if one else self.recorded[held[:, 0]]

    def _windows(self, stride: int) -> Windows:
        settings = self.settings
        if settings.blocked_split:
            return self.series.windows(settings.window_length, stride)
        return self.series.leaking_windows(
            settings.window_length, stride, settings.test_fraction, settings.generator("split")
        )

    def _recorded(self, weights: Weights) -> tuple[Floats, Floats]:
        if self.settings.distinct_days:
            hidden, outputs = self.run_through(weights)
            return hidden[self.recorded], outputs[self.recorded]
        return self._run_days(weights, [self.recorded])

    def _run_days(
        self, weights: Weights, runs: Sequence[NDArray[np.int64]]
    ) -> tuple[Floats, Floats]:
        """Run days (time,), or one array of sequences (sequence, time), from the initial state.

        Runs of equal length are sequences of one call, because calls of small networks cost more
        than their arithmetic.
        """
        if runs[0].ndim == 2:
            return weights.run(self.series.inputs[runs[0]])
        parts: dict[int, tuple[Floats, Floats]] = {}
        for length in dict.fromkeys(map(len, runs)):
            places = [place for place, days in enumerate(runs) if len(days) == length]
            found = weights.run(self.series.inputs[np.stack([runs[i] for i in places])])
            parts |= dict(zip(places, zip(*found, strict=True), strict=True))
        hidden, outputs = (
            np.concatenate([parts[place][i] for place in range(len(runs))]) for i in (0, 1)
        )
        return hidden, outputs

    def _fixed(self) -> xr.Dataset:
        series, rows = self.series, self.recorded
        fixed = Recording.from_arrays(
            inputs=series.inputs[rows],
            targets=series.targets[rows],
            days=series.days[rows],
            names={"inputs": series.input_names, "targets": series.target_names},
        ).fixed
        labels = {"held_out": (("sequence", "time"), series.held_out[rows])}
        if "validation" in series.parts:
            labels["validation"] = (("sequence", "time"), series.part[rows] == "validation")
        return fixed.assign(labels)

    def _check_rows(self) -> None:
        settings, series = self.settings, self.series
        rows = sum(
            max(0, s.stop - s.start - settings.burn_in - 3)
            for s in series.stretches
            if series.held_out[s.start]
        )
        needed = max(settings.k, 2 * settings.hidden_nodes)
        if rows <= needed:
            raise InputError(
                f"the held-out part must have more than {needed} rows (k, and twice the hidden "
                f"nodes), got {rows} of {int(series.held_out.sum())} days; use more days, or "
                "--mode published"
            )

    def _check_shifts(self) -> None:
        """Check that the inputs' held-out days allow shifts."""
        inputs, days = self.series.inputs[self.held_out_days], self.series.days[self.held_out_days]
        rows = PairedRows.of(Recording.from_arrays(inputs=inputs, days=days), 1, aligned="none")
        try:
            sampler = null_of(_SHIFT).sampler(rows.layout, rows.table, np.random.SeedSequence(0))
            alike = sampler.alike(available(sampler, self.settings.surrogates))
            if (~alike).sum(axis=1).min() < _FEWEST:
                raise InputError(
                    f"{_SHIFT} must have shifts further apart than the memory of the slowest "
                    f"input, {sampler.settings['memory']} days, got too few"
                )
        except InputError as error:
            raise InputError(
                f"the held-out part is too short for significance: {error}; use more days, or "
                "--keep-flaws significant_edges, or --mode published"
            ) from error


def _rows_where(recording: Recording, rows: NDArray[np.bool_]) -> Recording:
    """Return the chosen rows (sequence, time) of a recording: days, or whole sequences."""
    axis = "time" if len(rows) == 1 else "sequence"
    chosen = {axis: np.flatnonzero(rows[0] if axis == "time" else rows[:, 0])}
    return Recording(
        recording.fixed.isel(chosen),
        recording.epochs,
        Changed(recording.read, methodcaller("isel", chosen)),
    )
