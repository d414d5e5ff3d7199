"""Which estimator suits some samples, and why."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

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
# With more rows than this, all distances between points of several coordinates take a minute.
_LONG = 50_000
# Tied values have several neighbours at one distance, which the other forms do not allow for:
# for two normal variables with 0.22 nats, rounded to a tenth of their deviation, this one finds
# 0.25 from 400 rows, the form "code" 0.49 and the form "paper" -0.03 (20 samples, error 0.01).
_OF_TIES = MixedKSG(form="mesner-shalizi", scale="zscore")


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
    """Return the estimator for samples, conditional or not, and why as words for its flags.

    Few values in every coordinate: `Discrete` (``few-values``). Some coordinates with fewer
    distinct values than a fifth of the samples: `MixedKSG` in its form for ties
    (``tied-values``). More than ten coordinates (``many-coordinates``), or more than two and
    more than 50,000 rows (``many-rows``): the Gaussian copula. Otherwise `KSG` of
    normal scores, which neither outliers nor units disturb (``continuous``).
    """
    one_of(word, "estimator", ("auto",))
    parts = [samples.x, samples.y, *([] if samples.given is None else [samples.given])]
    distinct = [_fewest_values(part) for part in parts]
    n, coordinates = samples.n, sum(part.shape[1] for part in parts)
    tied = [few for few in distinct if few < _CONTINUOUS * n]
    if len(tied) == len(distinct) and _all_values(parts) * _OFTEN <= n:
        return Chosen(Discrete(), ("auto-discrete", "few-values"))
    if tied:
        return Chosen(_OF_TIES, ("auto-mixed", "tied-values"))
    if coordinates > _MANY:
        return Chosen(Gaussian(copula=True), ("auto-gaussian-copula", "many-coordinates"))
    if coordinates > 2 and n > _LONG:
        return Chosen(Gaussian(copula=True), ("auto-gaussian-copula", "many-rows"))
    return Chosen(KSG(k=4, scale="rank"), ("auto-ksg", "continuous"))


def _fewest_values(part: Floats) -> int:
    return min(len(np.unique(column)) for column in part.T)


def _all_values(parts: list[Floats]) -> float:
    """Return how many combinations of values there could be."""
    return float(np.prod([float(len(np.unique(column))) for part in parts for column in part.T]))
