"""Estimators: frozen parameters in front, kernels behind."""

from infoscope.estimators.kl_entropy import KozachenkoLeonenko
from infoscope.estimators.ksg import KSG

__all__ = ["KSG", "KozachenkoLeonenko"]
