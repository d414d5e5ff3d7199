"""Which estimators an analysis uses, as its switches say."""

from infoscope.analysis.settings import Settings
from infoscope.estimators import KSG, Gaussian, KozachenkoLeonenko, LinearDecoder

# The reference next to nearest neighbours: nothing to tune, deterministic, blind to relations that
# are not monotone.
REFERENCE = Gaussian(copula=True)


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
