"""Poisson regression of counts, such as binned spikes, on filtered counts of all others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve1d, gaussian_filter1d
from scipy.signal import lfilter

from infoscope._validate import Floats
from infoscope.flow.connectivity.step_rows import StepRows

# Time constants of the sources' filters that are compared, and those of the own history, steps.
_TAUS = (0.5, 1.0, 2.0, 4.0, 8.0)
HISTORY = (1.0, 4.0, 16.0)
# Width of the smoothing that shows the slow activity of all nodes, in steps. Steps within so many
# time constants of the filter are omitted, because they hold what a count receives and sends.
_SLOW, _NEAR = 30.0, 4.0
# Penalty on standardised sources, as that many rows of the mean rate would weigh.
_PENALTY = 1.0
_ROUNDS, _CLOSE = 25, 1e-8
# A linear predictor is kept below this: a rate above exp(20) is divergence.
_STEEP = 20.0


@dataclass(frozen=True)
class CountFit:
    """Poisson regressions of the nodes of a layer.

    log rate = a + sum over sources of w f(source) + history of the node + b slow, with f the counts
    of the source filtered by an exponential, and slow the first principal component of the activity
    of all nodes, smoothed: it stands for what drives all of them and was not recorded.

    Parameters
    ----------
    tau : float
        Time constant of the filter in steps, by held-out likelihood.
    weights, errors : array, shape (source, target)
        Of standardised filtered counts, and their standard errors by the Fisher information.
    rate : array, shape (target,)
        Mean fitted rate.
    deviance : array, shape (target,)
        Held-out deviance as a share of that of a constant rate.
    freedom : int
        Rows less parameters.
    """

    tau: float
    weights: Floats
    errors: Floats
    rate: Floats
    deviance: Floats
    freedom: int


def are_counts(values: Floats) -> bool:
    """Whether values are counts of events: whole, not negative, and mostly small."""
    return bool((values >= 0).all() and (values == np.round(values)).all() and values.any())


def filtered(values: Floats, tau: float) -> Floats:
    """Filter values (sequence, time, node) by a causal exponential, 1 at no delay."""
    return lfilter([1.0], [1.0, -np.exp(-1.0 / tau)], values, axis=1)


def slow_activity(rows: StepRows, tau: float) -> Floats:
    """Return the first principal component of a layer's activity, smoothed, (n,).

    Steps nearer than four time constants of the sources' filter are left out.
    """
    values = rows.values[:, :, rows.targets]
    spread = values.std(axis=(0, 1))
    scaled = values / np.where(spread > 0.0, spread, 1.0)
    table = gaussian_filter1d(scaled, _SLOW, axis=1).reshape(-1, values.shape[2])
    table = table - table.mean(axis=0)
    together = scaled @ np.linalg.eigh(table.T @ table)[1][:, -1]
    steps = np.arange(-4 * int(_SLOW), 4 * int(_SLOW) + 1)
    kernel = np.where(np.abs(steps) > _NEAR * tau, np.exp(-0.5 * (steps / _SLOW) ** 2), 0.0)
    found = convolve1d(together, kernel / kernel.sum(), axis=1)
    found = found - found.mean()
    return (found / max(found.std(), 1e-300))[rows.sequence, rows.step]


def fit_counts(rows: StepRows, parts: tuple[NDArray[np.int64], NDArray[np.int64]]) -> CountFit:
    """Fit every target of a layer; ``parts`` are rows to fit and rows held out."""
    smoothed = {tau: filtered(rows.values, tau) for tau in (*_TAUS, *HISTORY)}
    sources = {tau: rows.sources_in(smoothed[tau]) for tau in _TAUS}
    history = np.stack([
        smoothed[tau][rows.sequence, rows.step - 1][:, rows.targets] for tau in HISTORY
    ], axis=2)  # fmt: skip
    slow = {tau: slow_activity(rows, tau) for tau in _TAUS}
    train, out = parts
    likely, left = {}, {}
    for tau, x in sources.items():
        x = _standardised(x)
        scores = []
        for j in range(rows.after.shape[1]):
            columns, penalty = _columns(rows, x, history, slow[tau], j)
            y = rows.after[:, j]
            weights, _ = poisson(columns[train], y[train], penalty)
            eta = np.minimum(columns[out] @ weights, _STEEP)
            scores.append([
                float((y[out] * eta - np.exp(eta)).mean()), _deviance(y[out], np.exp(eta)),
                _deviance(y[out], np.full(len(out), max(y[train].mean(), 1e-12))),
            ])  # fmt: skip
        table = np.array(scores)
        likely[tau] = table[:, 0].sum()
        left[tau] = table[:, 1] / np.maximum(table[:, 2], 1e-300)
    tau = max(likely, key=lambda each: likely[each])
    x = _standardised(sources[tau])
    size = (x.shape[1], rows.after.shape[1])
    found, errors, rate = np.zeros(size), np.full(size, np.nan), np.zeros(size[1])
    for j in range(size[1]):
        columns, penalty = _columns(rows, x, history, slow[tau], j)
        weights, covariance = poisson(columns, rows.after[:, j], penalty)
        others = np.flatnonzero(np.arange(size[0]) != rows.own[j])
        found[others, j] = weights[: len(others)]
        errors[others, j] = np.sqrt(covariance.diagonal()[: len(others)])
        rate[j] = np.exp(np.minimum(columns @ weights, _STEEP)).mean()
    freedom = len(rows) - size[0] - history.shape[2] - 2
    return CountFit(tau, found, errors, rate, left[tau], freedom)


def poisson(x: Floats, y: Floats, penalty: Floats) -> tuple[Floats, Floats]:
    """Return the coefficients of a log-linear Poisson regression and their covariance.

    Newton's method; ``penalty`` (column,) is that of the squared coefficients, halved.
    """
    weights = np.zeros(x.shape[1])
    weights[-1] = np.log(max(y.mean(), 1e-12))
    eta = x @ weights
    value = -np.inf
    fisher = np.eye(len(weights))
    for _ in range(_ROUNDS):
        rate = np.exp(np.minimum(eta, _STEEP))
        fisher = (x * rate[:, np.newaxis]).T @ x + np.diag(penalty + 1e-9)
        step = np.linalg.solve(fisher, x.T @ (y - rate) - penalty * weights)
        size = 1.0
        while True:
            tried = weights + size * step
            eta = x @ tried
            gained = float(y @ eta - np.exp(np.minimum(eta, _STEEP)).sum())
            gained -= 0.5 * float(penalty @ tried**2)
            if gained >= value or size < 1e-4:
                break
            size /= 2.0
        done = gained - value < _CLOSE * max(abs(gained), 1.0)
        weights, value = tried, gained
        if done:
            break
    return weights, np.asarray(np.linalg.inv(fisher), np.float64)


def _columns(
    rows: StepRows, x: Floats, history: Floats, slow: Floats, j: int
) -> tuple[Floats, Floats]:
    """Return the columns of a target, sources first and the constant last, and penalties."""
    others = np.flatnonzero(np.arange(x.shape[1]) != rows.own[j])
    own = _standardised(history[:, j])
    columns = np.column_stack([x[:, others], own, slow, np.ones(len(x))])
    penalty = np.zeros(columns.shape[1])
    penalty[: len(others)] = _PENALTY * max(float(rows.after[:, j].mean()), 1e-12)
    return columns, penalty


def _standardised(x: Floats) -> Floats:
    spread = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)


def _deviance(y: Floats, rate: Floats) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(y > 0, y * np.log(y / rate), 0.0)
    return float(2.0 * (log - y + rate).mean())


def count_scores(model: CountFit, rows: StepRows) -> dict[str, Floats]:
    """Return effect, standard error, t and bits of each source on each target, (source, target).

    The effect is the coefficient times the mean rate, in standard deviations of the target.
    """
    scale = model.rate / rows.after.std(axis=0)
    effect, error = model.weights * scale, model.errors * scale
    t = effect / error
    return {
        "score": np.abs(effect) - error,
        "effect": effect,
        "standard_error": error,
        "t": t,
        "bits": 0.5 * np.log2(1.0 + t**2 / model.freedom),
    }
