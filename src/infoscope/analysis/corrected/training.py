"""Training on blocks of days, recorded as the network runs through the whole series."""

import time
from collections.abc import Sequence
from dataclasses import replace
from operator import methodcaller
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.analysis.corrected.settings import CorrectedSettings
from infoscope.analysis.training import (
    new_network,
    node_names,
    snapshot_dataset,
    state_of,
    training_settings,
)
from infoscope.kernels.recurrent import activate
from infoscope.networks import EnsembleMember, FullyRecurrent, early_and_every, train_ensemble
from infoscope.recordings.recording import Recording
from infoscope.recordings.snapshots import Changed
from infoscope.recordings.storage import RecordingWriter
from infoscope.runs.run_folder import RunFolder
from infoscope.weather import DailySeries, Windows

# Rows of a window that a published flow uses: two for the alignment and one for the lag are lost.
_LOST = 3


def training_windows(series: DailySeries, settings: CorrectedSettings) -> Windows:
    """Return the windows to train on: as settings say, blocks or at random, once or sliding."""
    stride = settings.window_stride if settings.distinct_days else 1
    if settings.blocked_split:
        return series.windows(settings.window_length, stride)
    return series.leaking_windows(
        settings.window_length, stride, settings.test_fraction, settings.generator("split")
    )


def record_series(
    run: RunFolder, series: DailySeries, windows: Windows, progress: bool
) -> Recording:
    """Train the network, recording at each snapshot how it runs through the series.

    Each stretch is run through from the learned first state on, its first days are left out, and
    each day is then one row; all rows stand in one sequence, in the order of days. The variable
    ``held_out`` (sequence, time) says which part a row belongs to. Where days are to recur as
    published, sequences are windows of either part instead, of the held-out part as many as give
    the same number of rows. Called again after a kill, training goes on from the last snapshot, to
    the bit.

    Raises
    ------
    InputError
        If no stretch of a part is longer than the burn-in.
    """
    settings = run.settings
    assert isinstance(settings, CorrectedSettings)
    layout = recorded_days(series, settings)
    if run.recording.exists():
        writer = RecordingWriter(run.recording)
    else:
        writer = RecordingWriter.create(run.recording, _fixed(series, layout))
    last = writer.epochs[-1] if writer.epochs else None
    if last == settings.epochs:
        return Recording.load(run.recording)
    network = new_network(settings, windows)
    state = None if last is None else state_of(Recording.load(run.recording).read(last), last)
    names = node_names(settings, series.target_names)
    began = time.monotonic()

    def write(_: int, snapshot: object) -> None:
        nonlocal began
        network.load_arrays(snapshot.parameters)  # pyright: ignore[reportAttributeAccessIssue]
        if settings.distinct_days:
            hidden, outputs = (values[layout] for values in run_through(network, series))
        else:
            hidden, outputs = run_days(network, series, [layout])
        seen = replace(snapshot, hidden=hidden, outputs=outputs)  # pyright: ignore[reportArgumentType, reportCallIssue]
        dataset = snapshot_dataset(seen, names)
        # The writing counts with the next.
        dataset.attrs["seconds"], began = time.monotonic() - began, time.monotonic()
        writer.append(seen.epoch, dataset)

    inputs, targets, _ = windows.split("train")
    member = EnsembleMember(network, inputs, targets, training_settings(settings), state)
    train_ensemble(
        [member],
        schedule=early_and_every(settings.snapshot_every),
        on_snapshot=write,
        progress=progress,
    )
    return Recording.load(run.recording)


def run_through(network: FullyRecurrent, series: DailySeries) -> tuple[Floats, Floats]:
    """Return hidden and output activations (day, node) as the network runs through each stretch."""
    return run_days(network, series, [np.arange(s.start, s.stop) for s in series.stretches])


def run_days(
    network: FullyRecurrent, series: DailySeries, runs: Sequence[Any]
) -> tuple[Floats, Floats]:
    """Run through days (time,) or sequences of them (sequence, time), each from the first state."""
    weights = np.concatenate([array.ravel() for array in network.arrays().values()])
    found = []
    for days in runs:
        inputs = series.inputs[np.atleast_2d(days)]
        shape = inputs.shape[:2]
        hidden, outputs = (np.empty((*shape, n)) for n in (network.n_hidden, network.n_outputs))
        activate(inputs, weights, hidden, outputs)
        found.append((hidden, outputs) if days.ndim > 1 else (hidden[0], outputs[0]))
    hidden, outputs = (np.concatenate([part[i] for part in found]) for i in (0, 1))
    return hidden, outputs


def part_of(recording: Recording, held_out: bool) -> Recording:
    """Return the training rows, or the held-out rows, of a recording that `record_series` made."""
    held = recording.fixed["held_out"].to_numpy()
    axis = "time" if len(held) == 1 else "sequence"
    of_row = held[0] if axis == "time" else held[:, 0]
    chosen = {axis: np.flatnonzero(of_row == held_out)}
    return Recording(
        recording.fixed.isel(chosen),
        recording.epochs,
        Changed(recording.read, methodcaller("isel", chosen)),
    )


def held_out_days(series: DailySeries, settings: CorrectedSettings) -> NDArray[np.int64]:
    """Return those of `recorded_days` that are held out, (sequence, time)."""
    places = recorded_days(series, settings)
    held = series.held_out[places]
    return places[:, held[0]] if len(places) == 1 else places[held[:, 0]]


def recorded_days(series: DailySeries, settings: CorrectedSettings) -> NDArray[np.int64]:
    """Return the places in the series (sequence, time) of the days that are recorded.

    Raises
    ------
    InputError
        If no stretch of a part is longer than the burn-in.
    """
    counted = [np.arange(s.start + settings.burn_in, s.stop) for s in series.stretches]
    rows = np.concatenate(counted).astype(np.int64)
    for part, held in (("training", False), ("held-out", True)):
        if not (series.held_out[rows] == held).any():
            raise InputError(
                f"the {part} part must have more than burn_in = {settings.burn_in} consecutive "
                "days, got fewer; use more days or a shorter burn_in"
            )
    if settings.distinct_days:
        return rows[np.newaxis]
    length = settings.window_length
    starts = np.searchsorted(series.days, series.windows(length).days[:, 0])
    as_many = max(1, round(int(series.held_out[rows].sum()) / max(1, length - _LOST)))
    both = [starts[series.held_out[starts] == part][:as_many] for part in (False, True)]
    return np.concatenate(both)[:, np.newaxis] + np.arange(length)


def _fixed(series: DailySeries, rows: np.ndarray) -> xr.Dataset:
    fixed = Recording.from_arrays(
        inputs=series.inputs[rows],
        targets=series.targets[rows],
        days=series.days[rows],
        names={"inputs": series.input_names, "targets": series.target_names},
    ).fixed
    return fixed.assign(held_out=(("sequence", "time"), series.held_out[rows]))
