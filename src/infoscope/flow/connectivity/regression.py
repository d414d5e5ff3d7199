"""Regression of the nodes of a layer on their sources, on the scale of a link."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.flow.connectivity.greedy import Chosen, greedy
from infoscope.flow.connectivity.links import Link
from infoscope.flow.connectivity.ridge import Design, Fit
from infoscope.flow.connectivity.step_rows import StepRows

# Ratios of recording to process noise that are tried, in units of the median squared slope.
_RATIOS = np.concatenate([[0.0], np.logspace(-6, 6, 49)])
# They are fitted to about this many rows, or twice that.
_ROWS = 2000
# Fits with weights from the residuals of the fit before.
_ROUNDS = 3
# Weighted fits factorise the sources for every target: up to this many operations.
_WEIGHED = 2e11
# Weights that vary by less than this factor change nothing.
_EVEN = 1.05


@dataclass(frozen=True)
class LinkFit:
    """A fitted one-step model of a layer.

    Parameters
    ----------
    link : Link
        Scale on which sources add up.
    history : bool
        Whether each node also has its own past on that scale, as leaky nodes need.
    fit : Fit
        Coefficients of standardised sources.
    center, spread : array, shape (source,)
        Mean and standard deviation of the sources.
    process, recording : array, shape (target,)
        Variances of the noise that a step adds, on the scale of the link, and of the recording.
    weighted : bool
        Whether rows were weighted by these variances.
    """

    link: Link
    history: bool
    fit: Fit
    center: Floats
    spread: Floats
    process: Floats
    recording: Floats
    weighted: bool

    def predicted(self, rows: StepRows) -> Floats:
        """Return the expected link of each target, (n, target)."""
        x = (rows.before - self.center) / self.spread
        free = _free(rows, x, self.link, self.history)
        return x @ self.fit.weights + np.einsum("nmk,km->nm", free, self.fit.free)

    def log_likelihood(self, rows: StepRows) -> Floats:
        """Return the mean log-likelihood of each target's values, (target,)."""
        linked = self.predicted(rows)
        mean = self.link.value(linked)
        variance = self.link.slope(mean) ** 2 * self.process + self.recording
        variance = np.maximum(variance, 1e-300)
        return -0.5 * (np.log(2.0 * np.pi * variance) + (rows.after - mean) ** 2 / variance).mean(
            axis=0
        )

    def unexplained(self, rows: StepRows) -> Floats:
        """Return the mean squared error of each target as a share of its variance."""
        error = rows.after - self.link.value(self.predicted(rows))
        return (error**2).mean(axis=0) / rows.after.var(axis=0)

    def row_weights(self, rows: StepRows) -> Floats:
        """Return the square roots of the weights of the rows, (n, target)."""
        if not self.weighted:
            return np.ones_like(rows.after)
        slope = 1.0 / self.link.slope(self.link.value(self.predicted(rows)))
        variance = np.maximum(self.process + self.recording * slope**2, 1e-300)
        return np.sqrt(variance.mean(axis=0) / variance)


def fit_links(rows: StepRows, link: Link, history: bool, design: Design | None = None) -> LinkFit:
    """Fit every target of a layer on all sources, its own past unpenalised.

    ``design`` holds the standardised sources if they are factorised already.

    The error of a row has the variance of the process and of the recording: p + r (d link/dy)^2,
    by maximum likelihood from the residuals. Rows are weighted accordingly where this is
    affordable.
    """
    center, spread = rows.before.mean(axis=0), rows.before.std(axis=0)
    x = (rows.before - center) / spread
    y = link.link(rows.after)
    free = _free(rows, x, link, history)
    shared = (Design(x) if design is None else design).fit(y, free)
    process, recording = _variances(y - shared.fitted, 1.0 / link.slope(link.value(shared.fitted)))
    n, p = x.shape
    weighted = link.name != "identity" and n * p**2 * y.shape[1] <= _WEIGHED
    if weighted:
        fits = []
        for j in range(y.shape[1]):
            found = _weighed(
                x, y[:, [j]], free[:, [j]], link, shared.fitted[:, [j]],
                process[[j]], recording[[j]],
            )  # fmt: skip
            if found is None:
                fits.append(shared.of(j))
            else:
                fits.append(found[0])
                process[j], recording[j] = found[1][0], found[2][0]
        shared = Fit.joined(fits)
    return LinkFit(link, history, shared, center, spread, process, recording, weighted)


def _weighed(
    x: Floats, y: Floats, free: Floats, link: Link, fitted: Floats,
    process: Floats, recording: Floats,
) -> tuple[Fit, Floats, Floats] | None:  # fmt: skip
    """Return the weighted fit of one target and its variances; None if weights are even."""
    found = None
    for _ in range(_ROUNDS):
        slope = 1.0 / link.slope(link.value(fitted))
        variance = process + recording * slope**2
        if variance.max() < _EVEN * variance.min() or not (variance > 0.0).all():
            return found
        weight = np.sqrt(variance.mean() / variance)
        fit = Design(x * weight).fit(y * weight, free * weight[:, :, np.newaxis])
        fitted = x @ fit.weights + np.einsum("nmk,km->nm", free, fit.free)
        process, recording = _variances(y - fitted, 1.0 / link.slope(link.value(fitted)))
        found = replace(fit, fitted=fitted), process, recording
    return found


def _free(rows: StepRows, x: Floats, link: Link, history: bool) -> Floats:
    """Return the columns without penalty, (n, target, k): one, the own past, and its link."""
    n, m = rows.after.shape
    has = rows.own >= 0
    past = np.where(has, x[:, rows.own], 0.0)
    columns = [np.ones((n, m)), past]
    if history:
        columns.append(np.where(has, link.link(rows.before[:, rows.own]), 0.0))
    return np.stack(columns, axis=2)


def _variances(left: Floats, slope: Floats) -> tuple[Floats, Floats]:
    """Return the variances p and r of residuals of variance p + r slope^2, (target,) each."""
    step = max(1, len(left) // _ROWS)
    left, slope = left[::step], slope[::step]
    best = np.full(left.shape[1], np.inf)
    process, recording = np.zeros((2, left.shape[1]))
    typical = np.median(slope**2, axis=0)
    for ratio in _RATIOS:
        shape = 1.0 + ratio * slope**2 / typical
        scale = np.maximum((left**2 / shape).mean(axis=0), 1e-300)
        cost = np.log(scale) + np.log(shape).mean(axis=0)
        better = cost < best
        best = np.where(better, cost, best)
        process = np.where(better, scale, process)
        recording = np.where(better, scale * ratio / typical, recording)
    return process, recording


def scores(model: LinkFit, rows: StepRows) -> dict[str, Floats]:
    """Return effect, standard error, t and bits of each source on each target, (source, target).

    Effects are in standard deviations of the target for one of the source: the coefficient times
    the mean slope of the target.
    """
    slope = model.link.slope(model.link.value(model.predicted(rows))).mean(axis=0)
    scale = slope / rows.after.std(axis=0)
    sources = len(rows.sources)
    effect, error = model.fit.weights[:sources] * scale, model.fit.errors[:sources] * scale
    t = np.divide(effect, error, out=np.zeros_like(effect), where=error > 0.0)
    return {
        "score": np.abs(effect) - error,
        "effect": effect,
        "standard_error": error,
        "t": t,
        "bits": 0.5 * np.log2(1.0 + t**2 / model.fit.freedom),
    }


def chosen_sources(model: LinkFit, rows: StepRows, level: float) -> Iterator[Chosen]:
    """Choose the sources of each target greedily, of all sources but itself."""
    x = (rows.before - model.center) / model.spread
    free = _free(rows, x, model.link, model.history)
    y, weights = model.link.link(rows.after), model.row_weights(rows)
    covariates = np.arange(len(rows.sources), x.shape[1])
    shared = None if model.weighted else x.T @ x
    for j in range(y.shape[1]):
        others = np.flatnonzero(np.arange(len(rows.sources)) != rows.own[j])
        given = np.column_stack([free[:, j], x[:, covariates]])
        w = weights[:, [j]]
        edge = np.column_stack([given, y[:, j]]) * w
        inner = (x * w).T @ (x * w) if shared is None else shared
        across = (x * w)[:, others].T @ edge
        outer = edge.T @ edge
        k = given.shape[1]
        gram = np.empty((k + len(others) + 1,) * 2)
        gram[:k, :k], gram[:k, -1], gram[-1, :k] = outer[:k, :k], outer[:k, -1], outer[-1, :k]
        gram[-1, -1] = outer[-1, -1]
        gram[k:-1, k:-1] = inner[np.ix_(others, others)]
        gram[k:-1, :k], gram[k:-1, -1] = across[:, :k], across[:, -1]
        gram[:k, k:-1], gram[-1, k:-1] = across[:, :k].T, across[:, -1]
        yield greedy(gram, k, len(x), level)


def held_out(rows: StepRows, parts: int = 9) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows to fit and rows held out, every third of equal stretches."""
    places = np.arange(len(rows)) * parts // len(rows)
    out = places % 3 == 1
    return np.flatnonzero(~out), np.flatnonzero(out)
