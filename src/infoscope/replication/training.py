"""Training of the published network, recorded while it goes and taken up where it stopped."""

import time
from typing import Any

import numpy as np
import xarray as xr

from infoscope.models import (
    FullyRecurrent,
    Snapshot,
    TrainingSettings,
    TrainingState,
    train,
)
from infoscope.recording import Recording, activation_dataset
from infoscope.replication.run_folder import RunFolder
from infoscope.replication.settings import Settings
from infoscope.storage import RecordingWriter
from infoscope.weather import Windows


def training_settings(settings: Settings) -> TrainingSettings:
    """Return the part of the settings that training needs."""
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


def trained_network(recording: Recording, settings: Settings, windows: Windows) -> FullyRecurrent:
    """Return the network as it was in the last snapshot."""
    network = new_network(settings, windows)
    last = recording.epochs[-1]
    network.load_arrays(_state(recording.read(last), last).parameters)
    return network


def record_training(run: RunFolder, windows: Windows, progress: bool) -> Recording:
    """Train the network, writing each snapshot as it comes; take up where an earlier start was."""
    settings = run.settings
    inputs, targets, days = windows.split("train")
    names = {
        "hidden": [f"h{i}" for i in range(settings.hidden_nodes)],
        "outputs": [f"{name} forecast" for name in windows.target_names],
    }
    if run.recording.exists():
        writer = RecordingWriter(run.recording)
    else:
        whole = Recording.from_arrays(
            inputs=inputs,
            targets=targets,
            days=days,
            names={"inputs": windows.input_names, "targets": windows.target_names},
        )
        writer = RecordingWriter.create(run.recording, whole.fixed)
    last = writer.epochs[-1] if writer.epochs else None
    if last == settings.epochs:
        return Recording.load(run.recording)
    began = time.monotonic()

    def write(snapshot: Snapshot) -> None:
        nonlocal began
        dataset = _snapshot_dataset(snapshot, names)
        # Since the last snapshot began to be written: the writing of each counts with the next.
        dataset.attrs["seconds"] = time.monotonic() - began
        began = time.monotonic()
        writer.append(snapshot.epoch, dataset)

    train(
        new_network(settings, windows),
        inputs,
        targets,
        training_settings(settings),
        state=None if last is None else _state(Recording.load(run.recording).read(last), last),
        on_snapshot=write,
        show_progress=progress,
    )
    return Recording.load(run.recording)


def _snapshot_dataset(snapshot: Snapshot, names: dict[str, list[str]]) -> xr.Dataset:
    dataset = activation_dataset(snapshot.hidden, snapshot.outputs, names)
    groups = {
        "parameter": snapshot.parameters,
        "velocity": snapshot.velocities,
        "gradient": snapshot.gradients or {},
    }
    for kind, arrays in groups.items():
        for name, values in arrays.items():
            dims = [f"{name}_axis{axis}" for axis in range(values.ndim)]
            dataset[f"{kind}_{name}"] = (dims, values)
    dataset["training_loss"] = (("epoch_since_last",), np.asarray(snapshot.losses, float))
    return dataset


def _state(dataset: xr.Dataset, epoch: int) -> TrainingState:
    def arrays(kind: str) -> dict[str, Any]:
        return {
            str(name).removeprefix(f"{kind}_"): values.to_numpy()
            for name, values in dataset.data_vars.items()
            if str(name).startswith(f"{kind}_")
        }

    return TrainingState(epoch, arrays("parameter"), arrays("velocity"))
