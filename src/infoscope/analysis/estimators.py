"""Which estimators an analysis uses, as its switches say."""

import numpy as np

from infoscope.analysis.settings import Settings
from infoscope.estimators import KSG, Gaussian, KozachenkoLeonenko, LinearDecoder
from infoscope.recordings.recording import Recording

# The reference next to nearest neighbours: nothing to tune, deterministic, blind to relations that
# are not monotone.
REFERENCE = Gaussian(copula=True)
# Of a column that is linear in others nothing is left but rounding.
_LINEAR = 1e-6


def reference_of(settings: Settings) -> str:
    """Return what counts as the target, as `information_plane` calls it."""
    return "targets" if settings.true_targets else "final-output"


def flow_estimator(settings: Settings) -> KSG:
    """Return what flows are estimated with."""
    return KSG(
        k=settings.k,
        scale="rank" if settings.free_of_scale else "none",
        jitter=0.0 if settings.no_noise else settings.jitter,
    )


def decoded(settings: Settings) -> bool:
    """Whether planes come from decoders on held-out rows (`held_out_plane`)."""
    return settings.true_targets and settings.free_of_scale


def layer_estimator(settings: Settings) -> LinearDecoder | KSG:
    """Return what informations of vectors are estimated with."""
    return LinearDecoder() if settings.free_of_scale else flow_estimator(settings)


def entropy_estimator(settings: Settings) -> KozachenkoLeonenko:
    """Return the published estimator of entropies, noise included: ties have none without it."""
    return KozachenkoLeonenko(k=settings.k, jitter=settings.jitter)


def complexity_estimator(settings: Settings) -> Gaussian | KozachenkoLeonenko:
    """Return what the complexity is estimated with."""
    return Gaussian(copula=True) if settings.gaussian_complexity else entropy_estimator(settings)


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
