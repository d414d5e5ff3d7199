"""What a linear classifier can tell of a label: a lower bound of information, on held-out rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, one_of, whole_number
from infoscope.estimators._samples import (
    SCALES,
    Samples,
    distinct_rows,
    flags_of,
    scaled,
    unconditional,
)
from infoscope.results import Estimate

# Between these powers of e the scores are multiplied to make probabilities of them.
_TEMPERATURES = (-20.0, 4.0)


@dataclass(frozen=True)
class LabelDecoder:
    """Held-out information about a label that linear discriminant analysis finds.

    I(X; label) >= H(label) - E[-ln q(label | x)], with q from discriminants that were learned on
    other rows: class means and one covariance, shrunk towards a multiple of the unit matrix. One
    number for all rows, the factor of the scores, is fitted to the held-out rows; it keeps the
    bound from falling below 0 where there is nothing to learn. Folds are unbroken stretches of
    the rows of each class in the order of trials and times, so that neighbours in time stay
    together.

    Parameters
    ----------
    folds : int
        Stretches; each is predicted from all others.
    scale : {"none", "zscore", "rank"}
        What is done to each coordinate of x first, as for `KSG`.

    References
    ----------
    The bound: D. Barber, F. Agakov, NeurIPS 2003, equation (3). Shrinkage: O. Ledoit, M. Wolf, J.
    Multivar. Anal. 88, 365 (2004).

    Examples
    --------
    A hundred dimensions, in one direction of which two classes lie four deviations apart.

    >>> from infoscope import mutual_information
    >>> random = np.random.default_rng(0)
    >>> label = random.integers(0, 2, size=2000)
    >>> layer = 0.2 * (2 * label[:, None] - 1) + random.normal(size=(2000, 100))
    >>> bool(0.8 < mutual_information(layer, label, estimator=LabelDecoder()).bits < 0.92)
    True
    """

    folds: int = 10
    scale: str = "rank"

    def __post_init__(self) -> None:
        """Check both parameters."""
        whole_number(self.folds, "folds", 2)
        one_of(self.scale, "scale", SCALES)

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y) where one of them, of fewer different rows, is the label."""
        unconditional(samples, "LabelDecoder")
        label, values = _label_and_values(samples)
        sizes = np.bincount(label)
        kept = sizes[label] > 1
        if not kept.any():
            raise EstimationError("no label has two samples; give more samples of each label")
        label = np.unique(label[kept], return_inverse=True)[1]
        x = scaled(values[kept], self.scale)
        share = np.bincount(label) / len(label)
        entropy = float(-(share * np.log(share)).sum())
        folds = _folds(label, samples.trials[kept], samples.times[kept], self.folds)
        scores = np.empty((len(x), len(share)))
        for fold in range(self.folds):
            held = folds == fold
            scores[held] = _discriminants(x[~held], label[~held], x[held], len(share))
        nats = entropy - _cross_entropy(scores, label, np.log(share))
        flags = [flag for flag in flags_of(values) if flag == "constant"]
        if len(label) < samples.n:
            flags.append("single-members")
        return Estimate(nats, len(label), self, entropy, tuple(flags))


def _label_and_values(samples: Samples) -> tuple[NDArray[np.int64], Floats]:
    """Return labels 0, 1, ... of the side with fewer different rows, and the other side."""
    sides = [distinct_rows(side, return_inverse=True) for side in (samples.x, samples.y)]
    few, other = (0, samples.y) if len(sides[0][0]) < len(sides[1][0]) else (1, samples.x)
    values, of = sides[few]
    if len(values) == samples.n:
        raise InputError(
            f"y must be a label for LabelDecoder, got {samples.n} different rows of {samples.n}; "
            "use KSG, Gaussian or LinearDecoder for two continuous variables"
        )
    return of.astype(np.int64), other


def _folds(
    label: NDArray[np.int64], trials: NDArray[np.int64], times: Floats, folds: int
) -> NDArray[np.int64]:
    """Return the fold of each row: stretches of equal size of the rows of each label."""
    in_order = np.lexsort((times, trials, label))
    first = np.searchsorted(label[in_order], label[in_order])
    place = np.arange(len(label)) - first
    found = np.empty(len(label), np.int64)
    found[in_order] = place * folds // np.bincount(label)[label[in_order]]
    return found


def _discriminants(x: Floats, label: NDArray[np.int64], new: Floats, classes: int) -> Floats:
    """Return the linear discriminants (row, class) of new rows, without the share of a class."""
    sizes = np.bincount(label, minlength=classes)
    onto = np.equal(label, np.arange(classes)[:, np.newaxis])
    means = onto @ x / np.maximum(sizes, 1)[:, np.newaxis]
    covariance = _shrunk(x - means[label])
    weights = np.linalg.solve(covariance, means.T)
    return new @ weights - 0.5 * (means * weights.T).sum(axis=1)


def _shrunk(residuals: Floats) -> Floats:
    """Return the covariance of centred rows, shrunk towards a multiple of the unit matrix."""
    n, d = residuals.shape
    covariance = residuals.T @ residuals / n
    size = np.trace(covariance) / d or 1.0
    unit = size * np.eye(d)
    apart = ((covariance - unit) ** 2).sum()
    error = ((residuals**2).sum(axis=1) ** 2).sum() / n**2 - (covariance**2).sum() / n
    share = min(1.0, max(error / apart, 1e-6)) if apart > 0.0 else 1.0
    return (1.0 - share) * covariance + share * unit


def _cross_entropy(scores: Floats, label: NDArray[np.int64], log_share: Floats) -> float:
    """Return the mean of -ln q(label | scores) with the factor of the scores that suits best."""
    from scipy.optimize import minimize_scalar  # slow to import, and seldom needed

    own = np.arange(len(label))

    def loss(log_factor: float) -> float:
        logits = log_share + np.exp(log_factor) * scores
        return float((logsumexp(logits, axis=1) - logits[own, label]).mean())

    return float(minimize_scalar(loss, bounds=_TEMPERATURES, method="bounded").fun)
