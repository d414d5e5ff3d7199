"""Recorded, resumable training of the published network."""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr

from infoscope._errors import InputError
from infoscope.analysis.settings import Settings
from infoscope.networks import (
    EnsembleMember,
    FullyRecurrent,
    Snapshot,
    TrainingSettings,
    TrainingState,
    train,
    train_ensemble,
)
from infoscope.recordings.blocks import activation_dataset
from infoscope.recordings.recording import Recording
from infoscope.recordings.storage import RecordingWriter, read_fixed
from infoscope.recordings.weights import RecurrentWeights, arrays_in
from infoscope.runs.run_folder import RunFolder
from infoscope.weather import DailySeries, Windows

# Tolerance between normalised values of the same windows.
_SAME = 1e-9
# Columns of the forecast error table other than targets.
_RESERVED = ("model", "split")


def training_settings(settings: Settings) -> TrainingSettings:
    """Return the training settings."""
    return TrainingSettings(
        epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        learning_rate_decay=settings.learning_rate_decay,
        momentum=settings.momentum,
        final_momentum=settings.final_momentum,
        momentum_switch_epoch=settings.momentum_switch_epoch,
        snapshot_every=settings.snapshot_every,
    )


def new_network(settings: Settings, windows: Windows) -> FullyRecurrent:
    """Return the untrained network of a run."""
    return FullyRecurrent(
        len(windows.input_names),
        settings.hidden_nodes,
        len(windows.target_names),
        initial_scale=settings.initial_scale,
        random_state=settings.generator("weights"),
    )


def node_names(settings: Settings, targets: Sequence[str]) -> dict[str, list[str]]:
    """Return the names of hidden and output nodes; input nodes have the column names."""
    return {
        "hidden": [f"h{i}" for i in range(settings.hidden_nodes)],
        "outputs": [f"{name} forecast" for name in targets],
    }


def check_names(data: Windows | DailySeries, settings: Settings) -> None:
    """Check, before hours of work, that no column has the name of a node or result.

    Raises
    ------
    InputError
        If one does.
    """
    names = node_names(settings, data.target_names)
    taken = {*names["hidden"], *names["outputs"]}
    found = [repr(name) for name in data.input_names if name in taken]
    if found:
        raise InputError(
            f"columns must not have the names of the network's other nodes (h0 to "
            f"{names['hidden'][-1]}, {', '.join(names['outputs'])}), got {', '.join(found)}; "
            f"rename them in {settings.data}, or omit them with --drop"
        )
    reserved = [repr(name) for name in data.target_names if name in _RESERVED]
    if reserved:
        raise InputError(
            f"targets must not be named {' or '.join(_RESERVED)}, as columns of the table of "
            f"errors are, got {', '.join(reserved)}; rename them in {settings.data}"
        )


def trained_network(recording: Recording, epoch: int | None = None) -> FullyRecurrent:
    """Return the network of a snapshot, by default the last."""
    return FullyRecurrent.from_weights(RecurrentWeights.in_snapshot(recording.snapshot(epoch)))


def record_training(run: RunFolder, windows: Windows, progress: bool) -> Recording:
    """Train the network, writing each snapshot at once; resume an earlier start."""
    settings, recorder = run.settings, _Recorder(run, windows)
    if recorder.last == settings.epochs:
        return Recording.load(run.recording)
    clock = _Clock()
    inputs, targets, _ = windows.split("train")
    train(
        new_network(settings, windows),
        inputs,
        targets,
        settings=training_settings(settings),
        state=recorder.state(),
        on_snapshot=lambda snapshot: recorder.write(snapshot, clock.lap()),
        progress=progress,
    )
    return Recording.load(run.recording)


def record_ensemble(
    runs: Sequence[RunFolder],
    windows: Sequence[Windows],
    *,
    schedule: Callable[[int], bool] | None = None,
    n_jobs: int | None = -1,
    progress: bool = False,
) -> list[Recording]:
    """Train the networks of many runs at once, writing snapshots into the folder of each run.

    Results equal `record_training` up to rounding, and training is ten times faster
    (`train_ensemble`). Called again after an interruption, every run resumes from its own last
    snapshot with bit-identical results.

    Parameters
    ----------
    runs : sequence of RunFolder
        Folders and settings; any setting may differ between runs.
    windows : sequence of Windows
        The data of each run.
    schedule : callable or None
        Whether a snapshot follows an epoch, such as `early_and_every` returns; None is every
        ``snapshot_every``-th epoch. Epoch 0 and the last epoch always have one.
    n_jobs : int or None
        Threads; -1 for one per core. Results do not depend on it.
    progress : bool
        Show progress on standard error.

    Returns
    -------
    list of Recording
        In the order of the runs. The seconds in a snapshot's attributes count from the last
        snapshot of any run.

    Raises
    ------
    InputError
        If runs is empty, runs and windows differ in number, two runs share a folder, or a folder
        holds a recording of other windows.
    DivergenceError
        If some diverge; training and recording of the others complete.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from infoscope.weather import load_chicago, make_windows
    >>> windows = make_windows(load_chicago(), start="2015-05-01", end="2015-10-04")
    >>> with TemporaryDirectory() as folder:
    ...     runs = [
    ...         RunFolder(Path(folder) / f"seed-{seed}", Settings(seed=seed, epochs=2))
    ...         for seed in range(3)
    ...     ]
    ...     recordings = record_ensemble(runs, [windows] * 3)
    ...     [recording.epochs for recording in recordings]
    [(0, 2), (0, 2), (0, 2)]
    """
    if len(runs) != len(windows) or len({run.root.resolve() for run in runs}) < len(runs):
        folders = ", ".join(str(run.root) for run in runs)
        raise InputError(
            f"runs must have a folder and windows each, got {len(runs)} runs ({folders}) and "
            f"{len(windows)} windows; give every run its own folder and windows"
        )
    recorders = [_Recorder(run, data) for run, data in zip(runs, windows, strict=True)]
    clock = _Clock()
    train_ensemble(
        [recorder.member() for recorder in recorders],
        schedule=schedule,
        on_snapshot=lambda place, snapshot: recorders[place].write(snapshot, clock.lap()),
        n_jobs=n_jobs,
        progress=progress,
    )
    return [Recording.load(run.recording) for run in runs]


class _Clock:
    """Seconds from one snapshot to the next; writing counts towards the next."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def lap(self) -> float:
        began, self._began = self._began, time.monotonic()
        return self._began - began


class _Recorder:
    """The growing recording of a run, new or resumed."""

    def __init__(self, run: RunFolder, windows: Windows) -> None:
        self._run, self._windows = run, windows
        self._names = node_names(run.settings, windows.target_names)
        fixed = fixed_part(windows, "train")
        if run.recording.exists():
            self._writer = RecordingWriter(run.recording)
            self._must_be_of(fixed)
        else:
            self._writer = RecordingWriter.create(run.recording, fixed)

    @property
    def last(self) -> int | None:
        """The epoch of the last complete snapshot."""
        return self._writer.epochs[-1] if self._writer.epochs else None

    def state(self) -> TrainingState | None:
        """The state to resume from, or None at the start."""
        if self.last is None:
            return None
        return state_of(Recording.load(self._run.recording).read(self.last), self.last)

    def member(self) -> EnsembleMember:
        """The remaining training, for `train_ensemble`."""
        settings = self._run.settings
        inputs, targets, _ = self._windows.split("train")
        network = new_network(settings, self._windows)
        return EnsembleMember(network, inputs, targets, training_settings(settings), self.state())

    def write(self, snapshot: Snapshot, seconds: float) -> None:
        """Add a snapshot."""
        dataset = snapshot_dataset(snapshot, self._names)
        dataset.attrs["seconds"] = seconds
        self._writer.append(snapshot.epoch, dataset)

    def _must_be_of(self, fixed: xr.Dataset) -> None:
        found = read_fixed(self._run.recording)
        # Not bit-identical: another version of a library may round the normalisation differently.
        same = found.sizes == fixed.sizes and all(
            np.allclose(found[block], fixed[block], rtol=0.0, atol=_SAME)
            for block in ("inputs", "targets")
        )
        if not same:
            raise InputError(
                f"the windows must be those of the recording {self._run.recording}, got others; "
                "pass the same data, or choose another folder"
            )


def fixed_part(windows: Windows, part: str) -> xr.Dataset:
    """Return inputs, targets and days of the "train" or "test" windows, for a recording."""
    inputs, targets, days = windows.split(part)
    names = {"inputs": windows.input_names, "targets": windows.target_names}
    return Recording.from_arrays(inputs=inputs, targets=targets, days=days, names=names).fixed


def snapshot_dataset(snapshot: Snapshot, names: dict[str, list[str]]) -> xr.Dataset:
    """Return a snapshot for the recording; names are those of the hidden and output nodes."""
    extra = weight_variables(
        parameter=snapshot.parameters, velocity=snapshot.velocities, gradient=snapshot.gradients
    )
    extra["training_loss"] = (["epoch_since_last"], np.asarray(snapshot.losses, float))
    # All at once: one by one, xarray would realign the whole for every array.
    return activation_dataset(snapshot.hidden, snapshot.outputs, names).assign(extra)


def weight_variables(
    **kinds: Mapping[str, np.ndarray],
) -> dict[str, tuple[Sequence[str], np.ndarray]]:
    """Return the variables ``<kind>_<name>`` of a snapshot; kind as in `arrays_in`."""
    return {
        f"{kind}_{name}": ([f"{name}_axis{axis}" for axis in range(values.ndim)], values)
        for kind, arrays in kinds.items()
        for name, values in arrays.items()
    }


def state_of(dataset: xr.Dataset, epoch: int) -> TrainingState:
    """Return the training state of a recorded snapshot."""
    return TrainingState(epoch, arrays_in(dataset, "parameter"), arrays_in(dataset, "velocity"))
