"""Which estimators the corrected pipeline uses, as its switches say."""

import numpy as np

from infoscope.analysis.corrected.settings import CorrectedSettings
from infoscope.estimators import KSG, Gaussian, KozachenkoLeonenko, LinearDecoder
from infoscope.recordings.recording import Recording

# The reference beside the nearest neighbours: no tuning, deterministic, blind to what is not
# monotone.
REFERENCE = Gaussian(copula=True)
# Of a column that is linear in others nothing is left but rounding.
_LINEAR = 1e-6


def reference_of(settings: CorrectedSettings) -> str:
    """Return what counts as the target, as `information_plane` calls it."""
    return "targets" if settings.true_targets else "final-output"


def flow_estimator(settings: CorrectedSettings) -> KSG:
    """Return what flows are estimated with."""
    return KSG(
        k=settings.k,
        scale="rank" if settings.free_of_scale else "none",
        jitter=0.0 if settings.no_noise else settings.jitter,
    )


def layer_estimator(settings: CorrectedSettings) -> LinearDecoder | KSG:
    """Return what informations of vectors are estimated with."""
    return LinearDecoder() if settings.free_of_scale else flow_estimator(settings)


def complexity_estimator(settings: CorrectedSettings) -> Gaussian | KozachenkoLeonenko:
    """Return what the complexity is estimated with."""
    if settings.gaussian_complexity:
        return Gaussian(copula=True)
    return KozachenkoLeonenko(k=settings.k, jitter=settings.jitter)


def independent_inputs(recording: Recording) -> Recording:
    """Return the recording without inputs that are linear in those before them, or constant.

    What is known of the others is known of these too, while a decoder of all of them would find
    no limit to what it knows.
    """
    inputs = recording.rows("inputs")
    kept: list[int] = []
    for column in range(inputs.shape[1]):
        before = np.column_stack([np.ones(len(inputs)), inputs[:, kept]])
        fitted = before @ np.linalg.lstsq(before, inputs[:, column], rcond=None)[0]
        left = np.linalg.norm(inputs[:, column] - fitted)
        if left > _LINEAR * np.linalg.norm(inputs[:, column] - inputs[:, column].mean()):
            kept.append(column)
    fixed = recording.fixed.isel(input_node=kept)
    return Recording(fixed, recording.epochs, recording.read)
