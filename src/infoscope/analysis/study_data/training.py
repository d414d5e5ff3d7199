"""Recorded, resumable training of the published network."""

import time
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from infoscope import networks
from infoscope._errors import InputError
from infoscope.analysis.settings import Settings
from infoscope.networks import Snapshot, TrainingState
from infoscope.recordings.blocks import activation_dataset
from infoscope.recordings.recording import Recording
from infoscope.recordings.storage import RecordingWriter, read_fixed
from infoscope.recordings.weights import arrays_in
from infoscope.runs.run_folder import RunFolder
from infoscope.weather import DailySeries, Windows

# Tolerance between normalised values of the same windows.
_SAME = 1e-9
# Columns of the forecast error table other than targets.
_RESERVED = ("model", "split")


def training_settings(settings: Settings) -> "networks.TrainingSettings":
    """Return the training settings."""
    return networks.TrainingSettings(
        epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        learning_rate_decay=settings.learning_rate_decay,
        momentum=settings.momentum,
        final_momentum=settings.final_momentum,
        momentum_switch_epoch=settings.momentum_switch_epoch,
        snapshot_every=settings.snapshot_every,
    )


def new_network(settings: Settings, windows: Windows) -> "networks.FullyRecurrent":
    """Return the untrained network of a run."""
    return networks.FullyRecurrent(
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


def record_training(run: RunFolder, windows: Windows, progress: bool) -> Recording:
    """Train the network, writing each snapshot at once; resume an earlier start.

    Raises
    ------
    InputError
        If the folder holds a recording of other windows.
    """
    inputs, targets, days = windows.split("train")
    names = {"inputs": windows.input_names, "targets": windows.target_names}
    fixed = Recording.from_arrays(inputs=inputs, targets=targets, days=days, names=names).fixed
    recorder = Recorder(run, windows, fixed)
    if not recorder.is_complete:
        member = recorder.member()
        networks.train(
            member.network,
            inputs,
            targets,
            settings=member.settings,
            state=member.state,
            on_snapshot=recorder.write,
            progress=progress,
        )
    return Recording.load(run.recording)


class Recorder:
    """The growing recording of a run, new or resumed.

    Parameters
    ----------
    run : RunFolder
        Folder and settings.
    windows : Windows
        The network is trained on all except test windows.
    fixed : Dataset
        The part of the recording that is the same in every snapshot.

    Raises
    ------
    InputError
        If the folder holds a recording of other data.
    """

    def __init__(self, run: RunFolder, windows: Windows, fixed: xr.Dataset) -> None:
        self._run, self._windows = run, windows
        self._names = node_names(run.settings, windows.target_names)
        if run.recording.exists():
            self._writer = RecordingWriter(run.recording)
            self._must_be_of(fixed)
        else:
            self._writer = RecordingWriter.create(run.recording, fixed)
        self._began = time.monotonic()

    @property
    def is_complete(self) -> bool:
        """Whether the last epoch is recorded."""
        return self._writer.epochs[-1:] == (self._run.settings.epochs,)

    def member(self) -> "networks.EnsembleMember":
        """Return the remaining training, for `train_ensemble`."""
        settings, state = self._run.settings, None
        inputs, targets, _ = self._windows.split("train")
        if self._writer.epochs:
            last = self._writer.epochs[-1]
            snapshot = Recording.load(self._run.recording).read(last)
            arrays = (arrays_in(snapshot, kind) for kind in ("parameter", "velocity"))
            state = TrainingState(last, *arrays)
        network = new_network(settings, self._windows)
        return networks.EnsembleMember(network, inputs, targets, training_settings(settings), state)

    def write(self, snapshot: Snapshot) -> None:
        """Add a snapshot with the seconds since the last one, its writing included."""
        now = time.monotonic()
        dataset = _snapshot_dataset(snapshot, self._names)
        dataset.attrs["seconds"], self._began = now - self._began, now
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
                f"the data must be those of the recording {self._run.recording}, got others; "
                "pass the same data, or choose another folder"
            )


def fixed_part(windows: Windows, part: str) -> xr.Dataset:
    """Return inputs, targets and days of the "train" or "test" windows, for a recording."""
    inputs, targets, days = windows.split(part)
    names = {"inputs": windows.input_names, "targets": windows.target_names}
    return Recording.from_arrays(inputs=inputs, targets=targets, days=days, names=names).fixed


def _snapshot_dataset(snapshot: Snapshot, names: dict[str, list[str]]) -> xr.Dataset:
    """Return a snapshot for the recording; names are those of the hidden and output nodes."""
    extra = weight_variables(
        parameter=snapshot.parameters,
        velocity=snapshot.velocities,
        gradient=snapshot.gradients or {},
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
