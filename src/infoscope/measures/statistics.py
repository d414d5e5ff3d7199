"""Sample statistics: correlations, ROC and precision, confidence intervals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest, pearsonr, rankdata, spearmanr

from infoscope._validate import Floats

# Two points always lie on a line.
_FEWEST = 3


def pearson(a: ArrayLike, b: ArrayLike) -> float:
    """Pearson correlation; NaN with fewer than three rows, or if one variable is constant.

    Examples
    --------
    >>> pearson([0.0, 1.0, 2.0], [0.0, 1.0, 5.0]).__round__(3)
    0.945
    >>> pearson([0.0, 1.0, 2.0], [3.0, 3.0, 3.0])
    nan
    """
    x, y = np.asarray(a, float), np.asarray(b, float)
    return float(np.corrcoef(x, y)[0, 1]) if _correlated(x, y) else float("nan")


def spearman(a: ArrayLike, b: ArrayLike) -> float:
    """Spearman rank correlation, with mean ranks for ties; NaN as `pearson`.

    Examples
    --------
    >>> spearman([0.0, 1.0, 2.0], [0.0, 1.0, 5.0])
    1.0
    """
    x, y = np.asarray(a, float), np.asarray(b, float)
    return float(np.corrcoef(rankdata(x), rankdata(y))[1, 0]) if _correlated(x, y) else float("nan")


def pearson_test(a: ArrayLike, b: ArrayLike) -> tuple[float, float]:
    """Pearson correlation and its two-sided p-value for independent rows; NaN as `pearson`."""
    return _tested(pearsonr, a, b)


def spearman_test(a: ArrayLike, b: ArrayLike) -> tuple[float, float]:
    """Spearman correlation and its two-sided p-value for independent rows; NaN as `pearson`."""
    return _tested(spearmanr, a, b)


def _tested(test: Any, a: ArrayLike, b: ArrayLike) -> tuple[float, float]:
    x, y = np.asarray(a, float), np.asarray(b, float)
    found = test(x, y) if _correlated(x, y) else (np.nan, np.nan)
    return float(found[0]), float(found[1])


def _correlated(x: Floats, y: Floats) -> bool:
    """Whether a correlation is defined."""
    with np.errstate(invalid="ignore"):  # infinity has no range
        return len(x) >= _FEWEST and bool(np.ptp(x) > 0.0) and bool(np.ptp(y) > 0.0)


def informational_correlation(bits: ArrayLike) -> Floats:
    """Informational coefficient of correlation, sqrt(1 - 2^(-2 I)), with the sign of I.

    For two Gaussian variables it is the size of their correlation (E. H. Linfoot, Inf. Control 1,
    85 (1957)). An estimate below zero keeps its sign.

    Examples
    --------
    >>> informational_correlation([-0.5, 0.0, 0.5]).round(3).tolist()
    [-0.707, 0.0, 0.707]
    """
    information = np.asarray(bits, float)
    return np.sign(information) * np.sqrt(1.0 - 2.0 ** (-2.0 * np.abs(information)))


@dataclass(frozen=True)
class RankedPairs:
    """Cases in the order of falling scores, of which ROC and precision take any weights.

    Parameters
    ----------
    order : array of int
        The cases, largest score first.
    last : array of bool
        Whether a case is the last of its equal scores, which pass a threshold together.
    positive : array of bool
        Whether each case, in the order, is positive.
    """

    order: NDArray[np.int64]
    last: NDArray[np.bool_]
    positive: NDArray[np.bool_]

    @classmethod
    def of(cls, scores: Floats, positive: NDArray[np.bool_]) -> "RankedPairs":
        """Sort the cases."""
        order = np.argsort(-scores, kind="stable")
        return cls(order, np.append(np.diff(scores[order]) != 0.0, True), positive[order])

    def areas(self, weights: Floats | None = None) -> tuple[float, float]:
        """Return `area_under_roc` and `average_precision` of weighted cases.

        Weights stand in the order in which the cases were given; 1 by default.
        """
        w = np.ones(len(self.order)) if weights is None else weights[self.order]
        hits = np.cumsum(w * self.positive)[self.last]
        passed = np.cumsum(w)[self.last]
        misses = passed - hits
        if not hits[-1] > 0.0 or not misses[-1] > 0.0:
            return float("nan"), float("nan")
        new = np.diff(hits, prepend=0.0)
        below = misses[-1] - misses + np.diff(misses, prepend=0.0) / 2.0
        precision = np.divide(hits, passed, out=np.zeros_like(hits), where=passed > 0.0)
        roc = float((new * below).sum() / (hits[-1] * misses[-1]))
        return roc, float((new * precision).sum() / hits[-1])


def area_under_roc(scores: Floats, positive: NDArray[np.bool_]) -> float:
    """Probability that a positive scores above a negative, ties count half; NaN without either.

    Examples
    --------
    >>> area_under_roc(np.array([1.0, 2.0, 3.0]), np.array([False, True, True]))
    1.0
    """
    return RankedPairs.of(scores, positive).areas()[0]


def average_precision(scores: Floats, positive: NDArray[np.bool_]) -> float:
    """Precision averaged over the positives as the threshold falls; NaN without either kind.

    Equal scores pass the threshold together, so that their order does not matter.

    Examples
    --------
    >>> average_precision(np.array([3.0, 2.0, 1.0]), np.array([True, False, True])) * 6
    5.0
    """
    return RankedPairs.of(scores, positive).areas()[1]


def wilson_interval(hits: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Confidence interval of a proportion (E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927)).

    Examples
    --------
    >>> [round(limit, 3) for limit in wilson_interval(9, 10)]
    [0.596, 0.982]
    """
    found = binomtest(hits, n).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def bootstrap_interval(
    values: Floats,
    statistic: Callable[[Floats], Floats],
    resamples: int,
    random: np.random.Generator,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Percentile bootstrap interval (B. Efron, Ann. Stat. 7, 1 (1979)).

    ``statistic`` takes samples (resample, n) and returns one number for each. The limits are not
    interpolated, so that infinite values are allowed.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> bootstrap_interval(np.arange(9.0), lambda draws: np.median(draws, axis=1), 999, random)
    (1.0, 7.0)
    """
    draws = statistic(random.choice(values, (resamples, len(values))))
    tail = 50.0 * (1.0 - confidence)
    low, high = np.percentile(draws, [tail, 100.0 - tail], method="inverted_cdf")
    return float(low), float(high)
