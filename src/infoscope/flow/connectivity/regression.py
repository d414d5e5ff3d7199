"""Regression of the nodes of a layer on their sources, on the scale of a link."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.flow.connectivity.links import Link
from infoscope.flow.connectivity.ridge import Design, Fit, combined
from infoscope.flow.connectivity.step_rows import StepRows

# Ratios of recording to process noise that are tried, in units of the median squared slope.
_RATIOS = np.concatenate([[0.0], np.logspace(-6, 6, 13)])
_FINER = 10.0 ** np.array([-0.75, -0.5, -0.25, 0.25, 0.5, 0.75])
# They are fitted to at most this many rows, evenly chosen.
_ROWS = 2000
# Fits with weights from the residuals of the fit before.
_ROUNDS = 3
# Weighted fits factorise the sources for every target: up to this many operations.
_WEIGHED = 2e11
# Rows for each column that coefficients without a penalty need.
_ROWS_PER_COLUMN = 2
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
        free = free_columns(rows, x, self.link, self.history)
        return x @ self.fit.weights + combined(free, self.fit.free)

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


def affordable(rows: StepRows) -> bool:
    """Whether the sources can be factorised for every target, as weighted fits need."""
    n, p = rows.before.shape
    return n * p**2 * rows.after.shape[1] <= _WEIGHED


def fit_links(
    rows: StepRows, link: Link, history: bool, weigh: bool, design: Design | None = None
) -> LinkFit:
    """Fit every target of a layer on all sources, its own past unpenalised.

    ``design`` holds the standardised sources if they are factorised already.

    The error of a row has the variance of the process and of the recording: p + r (d link/dy)^2,
    by maximum likelihood from the residuals. With ``weigh``, rows are weighted accordingly.
    """
    center, spread = rows.before.mean(axis=0), rows.before.std(axis=0)
    x = (rows.before - center) / spread
    y = link.link(rows.after)
    free = free_columns(rows, x, link, history)
    shared = (Design(x) if design is None else design).fit(y, free, rows.own)
    process, recording = _variances(y - shared.fitted, 1.0 / link.slope(link.value(shared.fitted)))
    weighted = weigh and link.name != "identity"
    if weighted:
        fits = []
        for j in range(y.shape[1]):
            found = _weighed(
                x, y[:, [j]], free[:, :, [j]], link, shared.fitted[:, [j]],
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
        fit = Design(x * weight).fit(y * weight, free * weight)
        fitted = x @ fit.weights + combined(free, fit.free)
        process, recording = _variances(y - fitted, 1.0 / link.slope(link.value(fitted)))
        found = replace(fit, fitted=fitted), process, recording
    return found


def free_columns(rows: StepRows, x: Floats, link: Link, history: bool) -> Floats:
    """Return the columns without penalty, (k, n, target): one, the own past's link, and itself."""
    has = rows.own >= 0
    columns = [np.ones(rows.after.shape)]
    if history:
        columns.append(np.where(has, link.link(rows.before[:, rows.own]), 0.0))
    columns.append(np.where(has, x[:, rows.own], 0.0))
    return np.stack(columns)


def _variances(left: Floats, slope: Floats) -> tuple[Floats, Floats]:
    """Return the variances p and r of residuals of variance p + r slope^2, (target,) each."""
    step = -(-len(left) // _ROWS)
    squares, slopes = left[::step] ** 2, slope[::step] ** 2
    typical = np.median(slopes, axis=0)
    slopes /= typical
    best = np.full(left.shape[1], np.inf)
    process, ratio = np.zeros((2, left.shape[1]))

    def compare(tried: Floats) -> None:
        """Keep the ratios (target,) that are likelier than those before."""
        nonlocal best, process, ratio
        shape = 1.0 + tried * slopes
        scale = np.maximum((squares / shape).mean(axis=0), 1e-300)
        cost = np.log(scale) + np.log(shape).mean(axis=0)
        better = cost < best
        best = np.where(better, cost, best)
        process, ratio = np.where(better, scale, process), np.where(better, tried, ratio)

    for each in _RATIOS:
        compare(np.full(len(best), each))
    around = ratio
    for factor in _FINER:
        compare(around * factor)
    return process, process * ratio / typical


def scores(model: LinkFit, rows: StepRows) -> dict[str, Floats]:
    """Return effect, standard error, t and bits of each source on each target, (source, target).

    Effects are in standard deviations of the target for one of the source: the coefficient times
    the mean slope of the target.
    """
    slope = model.link.slope(model.link.value(model.fit.fitted)).mean(axis=0)
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


def robust_t(model: LinkFit, rows: StepRows) -> Floats:
    """Return t of each source on each target, (source, target), without penalty.

    A penalty moves coefficients towards zero, and others with them, so that pairs without an edge
    have a t. Standard errors allow for unequal variances. With too few rows the t of the ridge.
    """
    x = (rows.before - model.center) / model.spread
    # The own past, the last of the free columns, is a source too.
    free = free_columns(rows, x, model.link, model.history)[:-1]
    sources = len(rows.sources)
    if len(x) < _ROWS_PER_COLUMN * (x.shape[1] + len(free)):
        return scores(model, rows)["t"]
    y = model.link.link(rows.after)
    if not model.weighted:
        return Design(x).unpenalised_t(y, free)[:sources]
    weights = model.row_weights(rows)
    found = np.zeros((sources, y.shape[1]))
    for j in range(y.shape[1]):
        w = weights[:, [j]]
        of_target = Design(x * w).unpenalised_t(y[:, [j]] * w, free[:, :, [j]] * w)
        found[:, j] = of_target[:sources, 0]
    return found


def held_out(rows: StepRows, parts: int = 9) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows to fit and rows held out, every third of equal stretches."""
    places = np.arange(len(rows)) * parts // len(rows)
    out = places % 3 == 1
    return np.flatnonzero(~out), np.flatnonzero(out)
