"""Estimators of an analysis, by its switches."""

from infoscope.analysis.switches import AnalysisSettings
from infoscope.estimators import KSG, Auto, Gaussian, KozachenkoLeonenko, LinearDecoder

# No parameters, deterministic, and surrogates scatter little; but blind to non-monotone relations.
COPULA = Gaussian(copula=True)


def reference_of(settings: AnalysisSettings) -> str:
    """Return the reference target, as named by `information_plane`."""
    return "targets" if settings.true_targets else "final-output"


def flow_estimator(settings: AnalysisSettings) -> KSG | Gaussian | Auto:
    """Return the estimator of flows."""
    chosen = {"copula": COPULA, "auto": Auto(), "neighbours": neighbours(settings)}
    return chosen[settings.flow_by]


def reference_by(settings: AnalysisSettings) -> str:
    """Return `flow_by` of the flows that stand next to those that decide edges."""
    return "neighbours" if settings.flow_by == "copula" else "copula"


def reference_estimator(settings: AnalysisSettings) -> KSG | Gaussian:
    """Return the estimator of those flows."""
    return neighbours(settings) if reference_by(settings) == "neighbours" else COPULA


def neighbours(settings: AnalysisSettings) -> KSG:
    """Return the estimator of information by nearest neighbours."""
    return KSG(
        k=settings.k,
        scale="rank" if settings.free_of_scale else "none",
        jitter=0.0 if settings.no_noise else settings.jitter,
    )


def decoded(settings: AnalysisSettings) -> bool:
    """Return whether planes come from decoders on held-out rows (`held_out_plane`)."""
    return settings.true_targets and settings.free_of_scale


def layer_estimator(settings: AnalysisSettings) -> LinearDecoder | KSG:
    """Return the estimator of information between vectors."""
    return LinearDecoder() if settings.free_of_scale else neighbours(settings)


def entropy_estimator(settings: AnalysisSettings) -> KozachenkoLeonenko:
    """Return the published entropy estimator with its noise, which ties require."""
    return KozachenkoLeonenko(k=settings.k, jitter=settings.jitter)


def complexity_estimator(settings: AnalysisSettings) -> Gaussian | KozachenkoLeonenko:
    """Return the estimator of the complexity."""
    return COPULA if settings.gaussian_complexity else entropy_estimator(settings)
