"""Which estimator suits some samples, and why."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import Floats, one_of
from infoscope.estimators._samples import Samples
from infoscope.estimators.discrete import Discrete
from infoscope.estimators.gaussian import Gaussian
from infoscope.estimators.ksg import KSG
from infoscope.estimators.mixed import MixedKSG
from infoscope.results import Estimate

# A coordinate with fewer distinct values than this share of the samples is not continuous.
_CONTINUOUS = 0.2
# All variables discrete, and so few values that each occurs this often: counting is exact.
_OFTEN = 5.0
# Above this many coordinates neighbours are all equally far.
_MANY = 10


@dataclass(frozen=True)
class Chosen:
    """An estimator with the reasons for it, which it adds to the flags of what it estimates."""

    estimator: Any
    reasons: tuple[str, ...]

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y), or I(X; Y | Z)."""
        found = self.estimator.mutual_information(samples, random, n_jobs)
        return replace(found, flags=(*found.flags, *self.reasons))


def choose(samples: Samples, word: str = "auto") -> Chosen:
    """Return the estimator for samples.

    Few values in every coordinate: `Discrete`. Some coordinates with fewer distinct values than a
    fifth of the samples: `MixedKSG`. More than ten coordinates: the Gaussian copula. Otherwise
    `KSG` of z-scores.

    Raises
    ------
    InputError
        If samples are conditional and of a kind for which there is no conditional estimator.
    """
    one_of(word, "estimator", ("auto",))
    parts = [samples.x, samples.y, *([] if samples.given is None else [samples.given])]
    distinct = [_fewest_values(part) for part in parts]
    n = samples.n
    tied = [few for few in distinct if few < _CONTINUOUS * n]
    if len(tied) == len(distinct) and _all_values(parts) * _OFTEN <= n:
        return Chosen(Discrete(), ("auto-discrete", "few-values"))
    if tied and samples.given is None:
        return Chosen(MixedKSG(scale="zscore"), ("auto-mixed", "tied-values"))
    if tied:
        raise InputError(
            "estimator must be named for conditional information of tied values, got 'auto'; use "
            "Discrete() or Binned(), or KSG with a stated jitter"
        )
    if sum(part.shape[1] for part in parts) > _MANY:
        return Chosen(Gaussian(copula=True), ("auto-gaussian-copula", "many-coordinates"))
    return Chosen(KSG(k=4, scale="zscore"), ("auto-ksg", "continuous"))


def _fewest_values(part: Floats) -> int:
    return min(len(np.unique(column)) for column in part.T)


def _all_values(parts: list[Floats]) -> float:
    """Return how many combinations of values there could be."""
    return float(np.prod([float(len(np.unique(column))) for part in parts for column in part.T]))
