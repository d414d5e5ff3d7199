"""Linear decoding of a label: a lower bound of mutual information from held-out rows."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, one_of, truth, whole_number
from infoscope.estimators._samples import (
    SCALES,
    Samples,
    distinct_rows,
    flags_of,
    scaled,
    unconditional,
)
from infoscope.estimators.estimate import Estimate

# A variable is a label, not a rounded number, if it has at most this many values, each of which
# occurs this often on average.
_CLASSES, _OFTEN = 16, 20
# Range of the log temperature of the softmax.
_TEMPERATURES = (-20.0, 4.0)


@dataclass(frozen=True)
class LabelDecoder:
    """Held-out information about a label from linear discriminant analysis.

    I(X; label) >= H(label) - E[-ln q(label | x)], with q from discriminants trained on other
    rows: class means and a common covariance, shrunk towards a multiple of the identity. One
    number, the scale factor of the scores, is fitted to the held-out rows; it keeps the bound
    from falling below 0 where there is nothing to learn. Folds are unbroken stretches of the rows
    of each class in the order of trials and times, so that neighbours in time stay together.

    A classifier trained on few rows underestimates: 26 classes, 250 dimensions and 1,000 rows
    lose a third of the information. The loss E[-ln q] is therefore measured with all and with
    half of the other folds, and extrapolated to unlimited rows as log-linear in 1 / rows. The
    result cannot exceed H(label). It estimates the bound of a classifier with unlimited rows;
    with ``extrapolate=False`` it is the bound from these rows alone.

    Parameters
    ----------
    folds : int
        Number of folds; each is predicted from all others.
    extrapolate : bool
        Extrapolate the learning curve to unlimited rows.
    scale : {"none", "zscore", "rank"}
        Rescaling of each coordinate of x, as for `KSG`.

    References
    ----------
    The bound: D. Barber, F. Agakov, NeurIPS 2003, equation (3). Shrinkage: O. Ledoit, M. Wolf, J.
    Multivar. Anal. 88, 365 (2004). A loss linear in 1 / rows: S. Amari,
    N. Murata, Neural Comput. 5, 140 (1993).

    Examples
    --------
    A hundred dimensions; two classes four standard deviations apart in one direction.

    >>> from infoscope import mutual_information
    >>> random = np.random.default_rng(0)
    >>> label = random.integers(0, 2, size=2000)
    >>> layer = 0.2 * (2 * label[:, None] - 1) + random.normal(size=(2000, 100))
    >>> bool(0.8 < mutual_information(layer, label, estimator=LabelDecoder()).bits < 0.95)
    True
    """

    takes_labels: ClassVar[bool] = True

    folds: int = 10
    extrapolate: bool = True
    scale: str = "rank"

    def __post_init__(self) -> None:
        """Check the parameters."""
        whole_number(self.folds, "folds", 2)
        truth(self.extrapolate, "extrapolate")
        one_of(self.scale, "scale", SCALES)

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y); the one with fewer distinct rows is the label."""
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
        stretches = _stretches(label, samples.trials[kept], samples.times[kept], 2 * self.folds)
        data = x, label, stretches, self.folds
        loss = _held_out_loss(*data, slice(None))
        if self.extrapolate:
            half = self.folds - 1
            parts = slice(half), slice(half, None)
            halves = np.prod([_held_out_loss(*data, part) for part in parts])
            # ln loss = a + b / n: at 0 = 1 / n it is twice the log at n minus that at n / 2
            loss = loss**2 / np.sqrt(halves) if halves > 0.0 else loss
        nats = entropy - float(loss)
        flags = [flag for flag in flags_of(values) if flag == "constant"]
        if len(label) < samples.n:
            flags.append("single-members")
        return Estimate(nats, len(label), self, entropy, tuple(flags))


def labels_in(y: Floats) -> NDArray[np.int64] | None:
    """Return rows (n, d) as labels 0, 1, ..., or None if they are numbers, not labels."""
    values, of = distinct_rows(y, return_inverse=True)
    few = 1 < len(values) <= _CLASSES and len(y) >= _OFTEN * len(values)
    return of.astype(np.int64) if few else None


def label_gains(
    x: Floats, label: NDArray[np.int64], new_x: Floats, new_label: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return -ln p(label) and -ln q(label | x), nats, of new rows, trained on rows (x, label).

    x is (n, d) and label (n,), with values 0, 1, ...; new rows have the same columns.

    An unseen label gets the probability of one additional row. As in `LabelDecoder`, the scale
    factor of the scores is fitted to the new rows.
    """
    classes = int(max(label.max(), new_label.max())) + 1
    counts = np.bincount(label, minlength=classes) + 1.0
    log_share = np.log(counts / counts.sum())
    spread = x.std(axis=0)
    z, new_z = (
        (part - x.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0) for part in (x, new_x)
    )
    scores = _discriminants(z, label, new_z, classes)
    return -log_share[new_label], _losses(scores, new_label, log_share)


def _label_and_values(samples: Samples) -> tuple[NDArray[np.int64], Floats]:
    """Return labels 0, 1, ... of the variable with fewer distinct rows, and the other variable."""
    sides = [distinct_rows(side, return_inverse=True) for side in (samples.x, samples.y)]
    few, other = (0, samples.y) if len(sides[0][0]) < len(sides[1][0]) else (1, samples.x)
    values, of = sides[few]
    if len(values) == samples.n:
        raise InputError(
            f"y must be a label for LabelDecoder, got {samples.n} distinct rows of {samples.n}; "
            "use KSG, Gaussian or LinearDecoder for two continuous variables"
        )
    return of.astype(np.int64), other


def _stretches(
    label: NDArray[np.int64], trials: NDArray[np.int64], times: Floats, many: int
) -> NDArray[np.int64]:
    """Return the stretch of each row; the rows of each label are cut into equal stretches."""
    in_order = np.lexsort((times, trials, label))
    first = np.searchsorted(label[in_order], label[in_order])
    place = np.arange(len(label)) - first
    found = np.empty(len(label), np.int64)
    found[in_order] = place * many // np.bincount(label)[label[in_order]]
    return found


def _held_out_loss(
    x: Floats, label: NDArray[np.int64], stretches: NDArray[np.int64], folds: int, part: slice
) -> float:
    """Return E[-ln q(label | x)] of each fold's rows, with q trained on a part of the other folds.

    A fold is two stretches; ``part`` selects among the others in cyclic order.
    """
    share = np.bincount(label) / len(label)
    scores = np.empty((len(x), len(share)))
    for held in range(0, 2 * folds, 2):
        others = np.arange(held + 2, held + 2 * folds)[part] % (2 * folds)
        learn, rows = np.isin(stretches, others), stretches // 2 == held // 2
        scores[rows] = _discriminants(x[learn], label[learn], x[rows], len(share))
    return _cross_entropy(scores, label, np.log(share))


def _discriminants(x: Floats, label: NDArray[np.int64], new: Floats, classes: int) -> Floats:
    """Return the linear discriminants (row, class) of new rows, without the class prior."""
    sizes = np.bincount(label, minlength=classes)
    onto = np.equal(label, np.arange(classes)[:, np.newaxis])
    means = onto @ x / np.maximum(sizes, 1)[:, np.newaxis]
    covariance = _shrunk(x - means[label])
    weights = np.linalg.solve(covariance, means.T)
    return new @ weights - 0.5 * (means * weights.T).sum(axis=1)


def _shrunk(residuals: Floats) -> Floats:
    """Return the covariance of centred rows, shrunk towards a multiple of the identity."""
    n, d = residuals.shape
    covariance = residuals.T @ residuals / n
    size = np.trace(covariance) / d or 1.0
    unit = size * np.eye(d)
    apart = ((covariance - unit) ** 2).sum()
    error = ((residuals**2).sum(axis=1) ** 2).sum() / n**2 - (covariance**2).sum() / n
    share = min(1.0, max(error / apart, 1e-6)) if apart > 0.0 else 1.0
    return (1.0 - share) * covariance + share * unit


def _cross_entropy(scores: Floats, label: NDArray[np.int64], log_share: Floats) -> float:
    """Return the mean of -ln q(label | scores) with the best scale factor of the scores."""
    return float(_losses(scores, label, log_share).mean())


def _losses(scores: Floats, label: NDArray[np.int64], log_share: Floats) -> Floats:
    """Return -ln q(label | scores) of each row, with the scale factor that minimises the mean."""
    from scipy.optimize import minimize_scalar  # slow to import, rarely needed

    own = np.arange(len(label))

    def losses(log_factor: float) -> Floats:
        logits = log_share + np.exp(log_factor) * scores
        return logsumexp(logits, axis=1) - logits[own, label]

    best: Any = minimize_scalar(lambda f: losses(f).mean(), bounds=_TEMPERATURES, method="bounded")
    return losses(best.x)
