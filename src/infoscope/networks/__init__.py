"""Recurrent networks and their training as published.

Names that need torch are imported when they are used: a report reads weights without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from infoscope._errors import require
from infoscope.networks.schedules import early_and_every
from infoscope.networks.snapshot import Snapshot, TrainingState
from infoscope.recordings.weights import RecurrentWeights

if TYPE_CHECKING:
    from infoscope.networks.ensemble import DivergenceError, EnsembleMember, train_ensemble
    from infoscope.networks.gradient_noise import gradient_signal_to_noise
    from infoscope.networks.recurrent import BackPropagation, FullyRecurrent
    from infoscope.networks.training import TrainingSettings, train

_OF_TORCH = {
    "BackPropagation": "recurrent",
    "DivergenceError": "ensemble",
    "EnsembleMember": "ensemble",
    "FullyRecurrent": "recurrent",
    "TrainingSettings": "training",
    "gradient_signal_to_noise": "gradient_noise",
    "train": "training",
    "train_ensemble": "ensemble",
}

__all__ = [
    "BackPropagation",
    "DivergenceError",
    "EnsembleMember",
    "FullyRecurrent",
    "RecurrentWeights",
    "Snapshot",
    "TrainingSettings",
    "TrainingState",
    "early_and_every",
    "gradient_signal_to_noise",
    "train",
    "train_ensemble",
]


def __getattr__(name: str) -> Any:
    """Return a name that needs torch."""
    if name in _OF_TORCH:
        require("torch", "training a network")
        return getattr(import_module(f"{__name__}.{_OF_TORCH[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
