"""The gradient over a whole pass, with the weights of each snapshot held still."""

import numpy as np
import pandas as pd
import xarray as xr

from infoscope._progress import Progress
from infoscope.analysis.corrected.settings import CorrectedSettings
from infoscope.analysis.training import trained_network
from infoscope.learning.gradients import gradient_statistics
from infoscope.networks.gradient_noise import gradient_signal_to_noise
from infoscope.recordings.recording import Recording
from infoscope.weather import Windows

# The name under which the weight matrices are taken as one.
MATRICES = "matrices"
_MATRICES = ("W_in", "W", "W_out")


def gradient_stage(
    recording: Recording, windows: Windows, settings: CorrectedSettings, progress: bool
) -> xr.Dataset:
    """Return mean and spread of the gradient in every snapshot, (epoch, parameter).

    For a parameter, as `gradient_signal_to_noise` has them; ``matrices`` takes the three weight
    matrices as one. Where the flaw is kept, ``matrices`` is the published pair: of the absolute
    entries of the last window's gradient, without the recurrent matrix.
    """
    if settings.whole_gradient:
        table = _over_a_pass(recording, windows, progress)
    else:
        published = gradient_statistics(recording)
        table = published[published["parameter"] == "published"].assign(parameter=MATRICES)
    found = table.set_index(["epoch", "parameter"])[["mean", "spread"]].to_xarray()
    return found.assign_attrs(windows=int((~windows.is_test).sum()))


def _over_a_pass(recording: Recording, windows: Windows, progress: bool) -> pd.DataFrame:
    inputs, targets, _ = windows.split("train")
    tables = []
    with Progress(len(recording.epochs), "gradients", progress) as bar:
        for epoch in recording.epochs:
            network = trained_network(recording, epoch)
            found = gradient_signal_to_noise(network, inputs, targets)
            whole = pd.DataFrame([{"parameter": MATRICES, **_as_one(found)}])
            tables.append(pd.concat([found, whole]).assign(epoch=epoch))
            bar.advance()
    return pd.concat(tables)


def _as_one(found: pd.DataFrame) -> dict[str, float]:
    """Return mean and spread of the three matrices as if they were one long vector."""
    three = found.set_index("parameter").loc[list(_MATRICES)]
    size = np.linalg.norm(three["weight_norm"])
    return {
        part: float(np.linalg.norm(three[part] * three["weight_norm"]) / size)
        for part in ("mean", "spread")
    }
