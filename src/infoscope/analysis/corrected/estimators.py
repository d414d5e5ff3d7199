"""Which estimators the corrected pipeline uses, as its switches say."""

from infoscope.analysis.corrected.settings import CorrectedSettings
from infoscope.estimators import KSG, Gaussian, KozachenkoLeonenko, LinearDecoder

# The reference beside the nearest neighbours: no tuning, deterministic, blind to what is not
# monotone.
REFERENCE = Gaussian(copula=True)


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
