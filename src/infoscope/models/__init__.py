"""Networks to look into, and the training that the published pipeline gave them. Needs torch."""

from infoscope.models.recurrent import BackPropagation, FullyRecurrent
from infoscope.models.training import Snapshot, TrainingSettings, TrainingState, train

__all__ = [
    "BackPropagation",
    "FullyRecurrent",
    "Snapshot",
    "TrainingSettings",
    "TrainingState",
    "train",
]
