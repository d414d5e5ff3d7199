"""Linear decoding: a lower bound of mutual information from held-out predictions."""

from dataclasses import dataclass

import numpy as np

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, real_number, whole_number
from infoscope.estimators._samples import Samples, scaled, unconditional
from infoscope.estimators.estimate import Estimate
from infoscope.estimators.label_decoder import LabelDecoder, labels_in

# Residuals of z-scores below this are rounding.
_NOTHING_LEFT = 1e-10


@dataclass(frozen=True)
class LinearDecoder:
    """Held-out information about y from a ridge regression on x.

    I = 1/2 ln(|S| / |R|), with S the covariance of y and R that of the held-out residuals: for
    Gaussian y a lower bound of I(X; Y), up to sampling error. Folds are unbroken stretches of
    rows in the order of trials and times, so that neighbours in time stay together. A y with few
    values, each of which occurs often, is a label and not Gaussian: the linear classifier of
    `LabelDecoder` then decodes it.

    Parameters
    ----------
    folds : int
        Number of folds; each is predicted from all others.
    ridge : float
        Penalty on the squared weights of z-scored x, per training row.

    References
    ----------
    D. Barber, F. Agakov, NeurIPS 2003, equation (3), with a linear Gaussian decoder.

    Examples
    --------
    >>> from infoscope import mutual_information
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 5000))
    >>> round(mutual_information(x, 0.6 * x + 0.8 * noise, estimator=LinearDecoder()).bits, 1)
    0.3
    """

    folds: int = 5
    ridge: float = 1e-3

    def __post_init__(self) -> None:
        """Check every parameter."""
        whole_number(self.folds, "folds", 2)
        real_number(self.ridge, "ridge", 0.0)

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate the information about Y that a linear decoder extracts from X."""
        unconditional(samples, "LinearDecoder")
        if labels_in(samples.y) is not None:
            found = LabelDecoder(self.folds, extrapolate=False).mutual_information(
                samples, random, n_jobs
            )
            flags = (*found.flags, "label-decoded")
            return Estimate(found.nats, found.n, self, found.ceiling_nats, flags)
        n = samples.n
        if n < 2 * self.folds:
            raise InputError(
                f"folds must leave two rows in each, got {self.folds} folds and {n} rows; lower "
                "folds or give more rows"
            )
        # The information has no unit; z-scores avoid that squares of tiny numbers become 0.
        in_order = np.lexsort((samples.times, samples.trials))
        x, y = (scaled(part[in_order], "zscore") for part in (samples.x, samples.y))
        _must_have_density(y)
        left, plain = np.empty_like(y), np.empty_like(y)
        for held in np.array_split(np.arange(n), self.folds):
            rest = np.setdiff1d(np.arange(n), held)
            left[held] = y[held] - self._predict(x[rest], y[rest], x[held])
            plain[held] = y[held] - y[rest].mean(axis=0)
        if (np.abs(left).max(axis=0) < _NOTHING_LEFT).any():
            raise EstimationError(
                "the decoder's information is infinite: y is a linear function of x; add noise "
                "to y, or raise ridge"
            )
        nats = 0.5 * (_log_determinant(plain) - _log_determinant(left))
        flags = ("negative",) if nats < 0.0 else ()
        return Estimate(float(nats), n, self, flags=flags)

    def _predict(self, x: Floats, y: Floats, new: Floats) -> Floats:
        centre, spread = x.mean(axis=0), x.std(axis=0)
        spread = np.where(spread > 0.0, spread, 1.0)
        z = (x - centre) / spread
        penalty = np.sqrt(self.ridge * len(z)) * np.eye(z.shape[1])
        stacked = np.vstack([z, penalty])
        targets = np.vstack([y - y.mean(axis=0), np.zeros((z.shape[1], y.shape[1]))])
        weights = np.linalg.lstsq(stacked, targets, rcond=None)[0]
        return (new - centre) / spread @ weights + y.mean(axis=0)


def _must_have_density(y: Floats) -> None:
    """Refuse z-scored y with a constant coordinate or a linear dependence."""
    if np.linalg.eigvalsh(y.T @ y / len(y))[0] < 1e-12:
        raise EstimationError(
            "the decoder's information is not defined: y has constant or linearly dependent "
            "coordinates; drop these"
        )


def _log_determinant(residuals: Floats) -> float:
    moments = residuals.T @ residuals / len(residuals)
    sign, value = np.linalg.slogdet(moments)
    if sign <= 0.0 or not np.isfinite(value):
        raise EstimationError(
            "the decoder's information is not defined: y or its residuals are constant or have "
            "linearly dependent coordinates; drop these"
        )
    return float(value)
