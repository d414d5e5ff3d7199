"""The curves of learning of a recording of any network."""

from collections.abc import Sequence

import pandas as pd
import xarray as xr

from infoscope.analysis.stage import Done, Stage
from infoscope.analysis.study import Study
from infoscope.monitor.watching.curves import training_curves

# Suffix of the validity of each curve; attributes with the block and the notes.
VALID, LAYER, NOTES = "_valid", "layer", "notes"


def _learning(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return the curves of `training_curves` (epoch,), and whether each point is valid."""
    found = training_curves(
        study.recording,
        pd.DataFrame({"step": [], "loss": []}),
        random_state=study.settings.generator("planes"),
    )
    valid = found.valid.rename({str(name): f"{name}{VALID}" for name in found.valid})
    return found.data.assign(valid.data_vars).assign_attrs(
        {LAYER: found.layer, NOTES: list(found.notes)}
    )


def _learns(study: Study) -> bool:
    hidden = (study.recording.nodes["role"] == "hidden").any()
    return bool(hidden) and len(study.recording.epochs) > 1


LEARNING = Stage("learning", _learning, _learns)
