"""Error, skill and the state of the activations in every snapshot."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from infoscope._progress import Progress
from infoscope._validate import Floats
from infoscope.analysis.estimators import reference_of
from infoscope.analysis.stage import Done, Stage
from infoscope.analysis.study import Study
from infoscope.learning.indicators import activation_change
from infoscope.learning.plane import reference_rows
from infoscope.recordings.recording import Recording

CURVES = ("error", "skill", "spread", "saturation", "activation_change")
# Beyond this an activation is saturated and hardly responds to input.
_SATURATED = 0.95


def _curves(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return error, skill and the state of the activations of some snapshots, (part, epoch)."""
    parts, reference = study.parts, reference_of(study.settings)
    values = np.full((len(CURVES), len(parts), len(epochs)), np.nan)
    climatology = parts["train"].rows("targets").mean(axis=0)
    with Progress(len(epochs), "curves", progress) as bar:
        for e, epoch in enumerate(epochs):
            for p, part in enumerate(parts.values()):
                state = _at(part, reference, epoch, climatology)
                values[:, p, e] = [state[name] for name in CURVES]
            bar.advance()
    return xr.Dataset(
        {name: (("part", "epoch"), values[i]) for i, name in enumerate(CURVES)},
        coords={"part": list(parts), "epoch": list(epochs)},
        attrs={f"rows_{name}": len(part.rows("hidden")) for name, part in parts.items()},
    )


def _at(part: Recording, reference: str, epoch: int, climatology: Floats) -> dict[str, float]:
    hidden, outputs = part.rows("hidden", epoch), part.rows("outputs", epoch)
    target = reference_rows(part, reference)
    worst = np.square(target - climatology).mean()
    return {
        "error": float(np.abs(outputs - target).mean()),
        "skill": float(1.0 - np.square(outputs - target).mean() / worst),
        "spread": float(hidden.std(axis=0).mean()),
        "saturation": float((np.abs(hidden) > _SATURATED).mean()),
        "activation_change": activation_change(part, epoch),
    }


LEARNING_CURVES = Stage(
    "curves", _curves, lambda study: study.has_targets, lambda study: study.recording.epochs
)
