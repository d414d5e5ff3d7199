"""Which snapshot is analysed, and whether its network does its job."""

from typing import Any

import numpy as np

from infoscope.analysis.corrected.settings import CorrectedSettings
from infoscope.analysis.corrected.training import validation_part
from infoscope.learning.early_stopping import best_epoch
from infoscope.networks import FullyRecurrent
from infoscope.networks.gates import network_gates
from infoscope.recordings.recording import Recording
from infoscope.weather import CHICAGO_FAHRENHEIT, Windows
from infoscope.weather.baselines import BLOCK


def analysed_epoch(recording: Recording, settings: CorrectedSettings) -> int:
    """Return the epoch that is analysed: by early stopping, or the last where flaw 11 is kept."""
    if not settings.fitted_network:
        return recording.epochs[-1]
    rows = validation_part(recording)
    targets = rows.rows("targets")
    errors = [float(np.abs(rows.rows("outputs", e) - targets).mean()) for e in rows.epochs]
    return best_epoch(rows.epochs, np.array(errors), patience=settings.patience)


def until(recording: Recording, epoch: int) -> Recording:
    """Return a recording that ends with a snapshot, so that its last one is the analysed one."""
    kept = recording.epochs[: recording.epochs.index(epoch) + 1]
    return Recording(recording.fixed, kept, recording.read)


def gates_of(
    network: FullyRecurrent, windows: Windows, settings: CorrectedSettings
) -> dict[str, Any] | None:
    """Return the gates of the analysed network on test windows; None where flaw 11 is kept."""
    if not settings.fitted_network:
        return None
    ours = settings.data == "chicago" and set(windows.target_names) <= set(CHICAGO_FAHRENHEIT)
    block = min(BLOCK, int(windows.is_test.sum()))
    return network_gates(network, windows, block=block, unit="°F" if ours else "")
