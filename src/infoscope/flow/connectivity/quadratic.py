"""Quadratic regression of the nodes of a layer on all sources and their products."""

from dataclasses import dataclass

import numpy as np

from infoscope._validate import Floats
from infoscope.flow.connectivity.step_rows import StepRows, evenly

# Rows of a fit, whose time grows with their cube, and rows over which Jacobians are averaged.
_ROWS, _JACOBIANS = 1500, 500
# Penalties tried, for each row.
_PENALTIES = np.logspace(-9, 3, 25)


@dataclass(frozen=True)
class QuadraticFit:
    """Polynomials of second degree in all sources, one for each target of a layer.

    Parameters
    ----------
    sources : array, shape (n, source)
        Standardised sources of the fitted rows.
    weights : array, shape (n, target)
        f(u) = mean + sum_i weights_i (1 + u . sources_i / p)^2 over p sources.
    mean, center, spread : array
        Of the targets, and mean and standard deviation of the sources.
    """

    sources: Floats
    weights: Floats
    mean: Floats
    center: Floats
    spread: Floats

    def predicted(self, rows: StepRows) -> Floats:
        """Return the predicted values of each target, (n, target)."""
        u = (rows.before - self.center) / self.spread
        return _kernel(u, self.sources) @ self.weights + self.mean

    def unexplained(self, rows: StepRows) -> Floats:
        """Return the mean squared error of each target as a share of its variance."""
        return ((rows.after - self.predicted(rows)) ** 2).mean(axis=0) / rows.after.var(axis=0)

    def jacobian(self, rows: StepRows) -> Floats:
        """Return the mean absolute Jacobian in standard deviations, (source, target)."""
        some = rows.of(evenly(len(rows), _JACOBIANS))
        u = (some.before - self.center) / self.spread
        p = u.shape[1]
        slopes = 2.0 / p * (1.0 + u @ self.sources.T / p)
        total = np.zeros((p, self.weights.shape[1]))
        for slope in slopes:
            total += np.abs(self.sources.T @ (slope[:, np.newaxis] * self.weights))
        return total / len(some) / rows.after.std(axis=0)


def fit_quadratic(rows: StepRows) -> QuadraticFit:
    """Fit by ridge regression in its dual form, the penalty by generalised cross-validation.

    Of many rows an even selection.

    References
    ----------
    Polynomial kernel: B. Scholkopf, A. J. Smola, Learning with Kernels (2002), section 2.3.
    Cross-validation: G. H. Golub, M. Heath, G. Wahba, Technometrics 21, 215 (1979).
    """
    rows = rows.of(evenly(len(rows), _ROWS))
    center, spread = rows.before.mean(axis=0), rows.before.std(axis=0)
    u = (rows.before - center) / np.where(spread > 0.0, spread, 1.0)
    mean = rows.after.mean(axis=0)
    values, vectors = np.linalg.eigh(_kernel(u, u))
    values = np.maximum(values, 0.0)
    y = vectors.T @ (rows.after - mean)
    n = len(rows)
    best, weights = np.full(y.shape[1], np.inf), np.zeros_like(y)
    for penalty in _PENALTIES * n:
        kept = penalty / (values + penalty)
        score = ((kept[:, np.newaxis] * y) ** 2).sum(axis=0) / kept.sum() ** 2
        better = score < best
        best[better] = score[better]
        weights[:, better] = (y / (values + penalty)[:, np.newaxis])[:, better]
    return QuadraticFit(u, vectors @ weights, mean, center, np.where(spread > 0.0, spread, 1.0))


def _kernel(one: Floats, other: Floats) -> Floats:
    return np.asarray((1.0 + one @ other.T / one.shape[1]) ** 2)
