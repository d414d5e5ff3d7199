"""Choice of the analysed snapshot, and the gates of its network."""

from typing import Any

import numpy as np

from infoscope.analysis.settings import Settings
from infoscope.learning.early_stopping import best_epoch
from infoscope.networks.gates import network_gates
from infoscope.networks.of_snapshot import Weights
from infoscope.recordings.recording import Recording
from infoscope.weather import Windows


def analysed_epoch(validation: Recording, patience: int) -> int:
    """Return the analysed epoch, by early stopping on the validation rows."""
    targets = validation.rows("targets")
    errors = [np.abs(validation.rows("outputs", e) - targets).mean() for e in validation.epochs]
    return best_epoch(validation.epochs, np.array(errors, float), patience=patience)


def until(recording: Recording, epoch: int) -> Recording:
    """Return the recording up to the analysed snapshot."""
    kept = recording.epochs[: recording.epochs.index(epoch) + 1]
    return Recording(recording.fixed, kept, recording.read)


def gates_of(weights: Weights, windows: Windows, settings: Settings) -> dict[str, Any]:
    """Return the gates of the analysed network on test windows."""
    data_set = settings.data_set
    return network_gates(
        weights,
        windows,
        error=data_set.error,
        reference=data_set.reference,
        block=min(data_set.block, int(windows.is_test.sum())),
        unit=data_set.error_unit(windows.target_names),
    )
