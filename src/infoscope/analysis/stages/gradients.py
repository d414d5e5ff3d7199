"""The gradient over a whole pass at the fixed weights of each snapshot."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from infoscope import networks
from infoscope._progress import Progress
from infoscope.analysis.stage import Done, Stage
from infoscope.analysis.study import Study

# Name of the pooled weight matrices.
MATRICES = "matrices"
_MATRICES = ("W_in", "W", "W_out")


def _gradients(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return mean and spread of the gradient in every snapshot, (epoch, parameter).

    Per parameter as in `gradient_signal_to_noise`; ``matrices`` pools the three weight matrices.
    """
    assert study.data is not None
    windows = study.data.windows
    inputs, targets, _ = windows.split("train")
    tables = []
    with Progress(len(study.recording.epochs), "gradients", progress) as bar:
        for epoch in study.recording.epochs:
            found = networks.gradient_signal_to_noise(study.network(epoch), inputs, targets)
            whole = pd.DataFrame([{"parameter": MATRICES, **_as_one(found)}])
            tables.append(pd.concat([found, whole]).assign(epoch=epoch))
            bar.advance()
    of_all = pd.concat(tables).set_index(["epoch", "parameter"])[["mean", "spread"]].to_xarray()
    return of_all.assign_attrs(windows=len(inputs))


def _as_one(found: pd.DataFrame) -> dict[str, float]:
    """Return mean and spread of the three matrices as one vector."""
    three = found.set_index("parameter").loc[list(_MATRICES)]
    size = np.linalg.norm(three["weight_norm"])
    return {
        part: float(np.linalg.norm(three[part] * three["weight_norm"]) / size)
        for part in ("mean", "spread")
    }


GRADIENTS = Stage(
    "gradients", _gradients, lambda study: study.has_network and study.settings.whole_gradient
)
