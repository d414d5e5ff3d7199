"""Estimators: frozen parameters in front, kernels behind."""

from infoscope.estimators._samples import Samples
from infoscope.estimators.auto import PUBLISHED, Auto, choose, resolved
from infoscope.estimators.decoder import LinearDecoder
from infoscope.estimators.discrete import Binned, Discrete
from infoscope.estimators.gaussian import Gaussian
from infoscope.estimators.kl_entropy import KozachenkoLeonenko
from infoscope.estimators.ksg import KSG
from infoscope.estimators.label_decoder import LabelDecoder
from infoscope.estimators.mixed import MixedKSG, Ross
from infoscope.estimators.noise_probe import NoiseProbe

__all__ = [
    "KSG",
    "PUBLISHED",
    "Auto",
    "Binned",
    "Discrete",
    "Gaussian",
    "KozachenkoLeonenko",
    "LabelDecoder",
    "LinearDecoder",
    "MixedKSG",
    "NoiseProbe",
    "Ross",
    "Samples",
    "choose",
    "resolved",
]
