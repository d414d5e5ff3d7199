"""Information in bits from the held-out residuals of a linear decoder."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import EstimationError
from infoscope._validate import Floats
from infoscope.estimators import LinearDecoder
from infoscope.estimators.estimate import NATS_PER_BIT
from infoscope.estimators.label_decoder import label_gains, labels_in


class Decoded(ABC):
    """Predictions of rows that a decoder was not fitted on, in bits."""

    @abstractmethod
    def bits(self, rows: NDArray[np.int64] | None = None) -> float:
        """Return the information of all rows or some, bits."""

    def replicates(self, kept: Sequence[NDArray[np.int64]]) -> Floats:
        """Return the bits of each choice of rows, without refitting."""
        return np.array([self.bits(rows) for rows in kept])


@dataclass(frozen=True)
class Decoding(Decoded):
    """Residuals of a decoder on rows it was not fitted on.

    Parameters
    ----------
    plain : array, shape (n, d)
        Residuals of y from the mean of the fitted rows.
    left : array, shape (n, d)
        Residuals of y from the decoder.

    References
    ----------
    D. Barber, F. Agakov, NeurIPS 2003, equation (3), with a linear Gaussian decoder.
    """

    plain: Floats
    left: Floats

    def bits(self, rows: NDArray[np.int64] | None = None) -> float:
        """Return 1/2 log2 (|plain' plain| / |left' left|), of all rows or some."""
        chosen = slice(None) if rows is None else rows
        nats = 0.5 * (_log_determinant(self.plain[chosen]) - _log_determinant(self.left[chosen]))
        return nats / NATS_PER_BIT

    def columns(self, chosen: slice) -> "Decoding":
        """Return the decoding of some coordinates of y, each predicted separately."""
        return Decoding(self.plain[:, chosen], self.left[:, chosen])


@dataclass(frozen=True)
class LabelDecoding(Decoded):
    """Log losses of a classifier on rows it was not fitted on.

    Parameters
    ----------
    plain : array, shape (n,)
        -ln p(label) with the label frequencies of the fitted rows.
    left : array, shape (n,)
        -ln q(label | x) by the classifier.

    References
    ----------
    D. Barber, F. Agakov, NeurIPS 2003, equation (3), with linear discriminants.
    """

    plain: Floats
    left: Floats

    def bits(self, rows: NDArray[np.int64] | None = None) -> float:
        """Return the mean of log2 (q / p), of all rows or some."""
        gained = self.plain - self.left
        return float((gained if rows is None else gained[rows]).mean() / NATS_PER_BIT)


def target_decoding(
    x: Floats, y: Floats, decoder: LinearDecoder,
    new: tuple[Floats, Floats] | None = None,
) -> Decoded:  # fmt: skip
    """Decode numbers or labels y (n, d_y) from x (n, d_x), by folds or in ``new`` rows (x, y).

    Numbers are decoded by `cross_decoding` and `held_out_decoding`. Labels (few values that occur
    often) are decoded by a linear classifier, whose information cannot exceed the entropy of the
    label, as a Gaussian's can.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> bit = np.sign(random.normal(size=(2000, 1)))
    >>> x = bit + 0.01 * random.normal(size=(2000, 3))
    >>> round(target_decoding(x, bit, LinearDecoder()).bits(), 2)
    1.0
    """
    every = y if new is None else np.vstack([y, new[1]])
    labels = labels_in(every)
    if labels is None:
        if new is None:
            return cross_decoding(x, y, decoder)
        return held_out_decoding(x, y, *new, decoder)
    if new is not None:
        n = len(x)
        return LabelDecoding(*label_gains(x, labels[:n], new[0], labels[n:]))
    parts = [
        label_gains(x[rest], labels[rest], x[held], labels[held])
        for rest, held in _folds(len(x), decoder)
    ]
    return LabelDecoding(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def cross_decoding(x: Floats, y: Floats, decoder: LinearDecoder) -> Decoding:
    """Decode y (n, d_y) from x (n, d_x) by cross-validation over the decoder's folds.

    Its bits equal ``mutual_information(x, y, estimator=decoder)``.

    Examples
    --------
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 5000, 1))
    >>> round(cross_decoding(x, 0.6 * x + 0.8 * noise, LinearDecoder()).bits(), 1)
    0.3
    """
    parts = [
        held_out_decoding(x[rest], y[rest], x[held], y[held], decoder)
        for rest, held in _folds(len(x), decoder)
    ]
    return Decoding(np.vstack([p.plain for p in parts]), np.vstack([p.left for p in parts]))


def held_out_decoding(
    x: Floats, y: Floats, new_x: Floats, new_y: Floats, decoder: LinearDecoder
) -> Decoding:
    """Decode new rows of y from new rows of x with a decoder fitted on rows (x, y).

    The baseline is the mean of the fitted rows, the only one a forecaster has: zero bits for an
    uninformative x, below zero for a misleading one.

    Examples
    --------
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 8000, 1))
    >>> y = 0.6 * x + 0.8 * noise
    >>> halves = x[:4000], y[:4000], x[4000:], y[4000:]
    >>> round(held_out_decoding(*halves, LinearDecoder()).bits(), 1)
    0.3
    """
    return Decoding(new_y - y.mean(axis=0), new_y - _predicted(x, y, new_x, decoder.ridge))


def _folds(n: int, decoder: LinearDecoder) -> Iterator[tuple[Any, Any]]:
    """Yield the rows to fit and the rows to predict, one fold after another."""
    for held in np.array_split(np.arange(n), decoder.folds):
        yield np.setdiff1d(np.arange(n), held), held


def _predicted(x: Floats, y: Floats, new: Floats, ridge: float) -> Floats:
    """Predictions of `LinearDecoder`; one factor of x serves all targets of a memory curve."""
    centre, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 0.0, spread, 1.0)
    left, sizes, right = np.linalg.svd((x - centre) / spread, full_matrices=False)
    # Drop directions that exist only by rounding, as least squares does.
    there = sizes > sizes.max(initial=0.0) * max(x.shape) * np.finfo(np.float64).eps
    weights = np.where(there, sizes / np.where(there, sizes**2 + ridge * len(x), 1.0), 0.0)
    inner = weights[:, np.newaxis] * (left.T @ (y - y.mean(axis=0)))
    return (new - centre) / spread @ (right.T @ inner) + y.mean(axis=0)


def _log_determinant(residuals: Floats) -> float:
    sign, value = np.linalg.slogdet(residuals.T @ residuals)
    if sign <= 0.0 or not np.isfinite(value):
        raise EstimationError(
            "the decoder's information is not defined: y or its residuals are constant or have "
            "linearly dependent coordinates in these rows; drop those, or give more rows"
        )
    return float(value)
