"""Recurrent networks and their training as published. Needs torch."""

from infoscope.networks.ensemble import DivergenceError, EnsembleMember, train_ensemble
from infoscope.networks.gradient_noise import gradient_signal_to_noise
from infoscope.networks.recurrent import BackPropagation, FullyRecurrent
from infoscope.networks.schedules import early_and_every
from infoscope.networks.training import Snapshot, TrainingSettings, TrainingState, train
from infoscope.recordings.weights import RecurrentWeights

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
