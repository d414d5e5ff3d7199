"""The set-ups of the study, as data: which fault, and on which trainings it makes sense."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from infoscope.paper.misconfiguration import faults
from infoscope.paper.misconfiguration.trial import CELLS, SOURCES, Trial

HEALTHY = "M0"
_PLAIN = ("tanh", "relu")


@dataclass(frozen=True)
class SetUp:
    """A misconfiguration.

    Parameters
    ----------
    fault : callable
        ``fault(trial, random)`` brings it about in a healthy trial.
    cells, sources : tuple of str
        Recurrent layers and data with which it can occur.
    """

    fault: Callable[[Trial, np.random.Generator], None]
    cells: tuple[str, ...] = CELLS
    sources: tuple[str, ...] = SOURCES


SETUPS: Mapping[str, SetUp] = {
    "M1": SetUp(faults.rate_too_high),
    "M2": SetUp(faults.rate_too_low),
    "M3": SetUp(faults.saturated, cells=("tanh", "gru")),
    "M4": SetUp(faults.dead_units, cells=("relu",)),
    "M5": SetUp(faults.shuffled_targets),
    "M6": SetUp(faults.no_recurrence, cells=_PLAIN),
    "M7": SetUp(faults.vanishing_gradients, cells=_PLAIN, sources=("delayed",)),
    "M8": SetUp(faults.exploding_gradients, cells=_PLAIN),
    "M9": SetUp(faults.tiny_weights),
    "M10": SetUp(faults.raw_inputs),
    "M11": SetUp(faults.leaked_target),
    "M12": SetUp(faults.leaking_split),
    "M13": SetUp(faults.present_targets, sources=("weather", "oscillators")),
    "M14": SetUp(faults.too_few_data),
    "M15": SetUp(faults.useless_inputs),
}
# The classes that a diagnosis can name.
CLASSES = (HEALTHY, *SETUPS)
