from ._errors import EstimationError, InputError, MissingDependency
from .estimators import KSG, KozachenkoLeonenko
from .information import entropy, mutual_information, pairwise_information
from .results import Estimate

__all__ = [
    "KSG",
    "Estimate",
    "EstimationError",
    "InputError",
    "KozachenkoLeonenko",
    "MissingDependency",
    "entropy",
    "mutual_information",
    "pairwise_information",
]
