"""The curves of learning of a recording of any network."""

from collections.abc import Sequence

import pandas as pd
import xarray as xr

from infoscope.analysis.stage import Done, Stage
from infoscope.analysis.study import Study
from infoscope.monitor.watching.curves import training_curves
from infoscope.monitor.watching.kept import dataset_of


def _learning(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return the curves of `training_curves` (epoch,), and whether each point is valid."""
    found = training_curves(
        study.recording,
        pd.DataFrame({"step": [], "loss": []}),
        random_state=study.settings.generator("planes"),
    )
    return dataset_of(found)


def _learns(study: Study) -> bool:
    hidden = (study.recording.nodes["role"] == "hidden").any()
    return bool(hidden) and len(study.recording.epochs) > 1


LEARNING = Stage("learning", _learning, _learns)
