"""A gated cell fitted to one-step prediction: the model of GRU- and LSTM-like nodes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from infoscope._validate import Floats
from infoscope.flow.connectivity.step_rows import StepRows, evenly

_STEPS, _BATCH, _RATE = 4000, 256, 0.02
# Adam.
_FIRST, _SECOND, _TINY = 0.9, 0.999, 1e-8
_DECAY = 1e-6
# Rows over which Jacobians are averaged, and at once.
_ROWS, _AT_ONCE = 2000, 100


@dataclass(frozen=True)
class GatedStudent:
    """One gated cell for every target of a layer.

    y = z h + (1 - z) n, with z = s(A u + a), r = s(C u + c) and n = tanh(B x + b + r (D h + d)),
    where h are the sources in the step before, x those in the same step, u both, and s the logistic
    function: the equations of a GRU, each target on its own.

    Parameters
    ----------
    parameters : dict
        ``update``, ``reset``, ``new``, each (source + 1, target), the last row the bias; the rows
        of ``new`` that belong to the step before are multiplied by r, with the bias ``inner``.
    center, spread : array, shape (source,)
        Mean and standard deviation of the sources.
    past : array of bool, shape (source,)
        Sources that belong to the step before.
    """

    parameters: dict[str, Floats]
    center: Floats
    spread: Floats
    past: NDArray[np.bool_]

    def predicted(self, rows: StepRows) -> Floats:
        """Return the predicted values of each target, (n, target)."""
        u = (rows.before - self.center) / self.spread
        return _forward(self.parameters, u, _own(rows), self.past)["y"]

    def unexplained(self, rows: StepRows) -> Floats:
        """Return the mean squared error of each target as a share of its variance."""
        return ((rows.after - self.predicted(rows)) ** 2).mean(axis=0) / rows.after.var(axis=0)

    def jacobian(self, rows: StepRows) -> Floats:
        """Return the mean absolute Jacobian in standard deviations, (source, target)."""
        every = evenly(len(rows), _ROWS)
        total = np.zeros((rows.before.shape[1], rows.after.shape[1]))
        for at in range(0, len(every), _AT_ONCE):
            part = rows.of(every[at : at + _AT_ONCE])
            u = (part.before - self.center) / self.spread
            total += np.abs(_jacobians(self.parameters, u, _own(part), self.past)).sum(axis=0)
        return total / len(every) / rows.after.std(axis=0)


def fit_student(
    rows: StepRows, past: NDArray[np.bool_], random: np.random.Generator
) -> GatedStudent:
    """Fit the cell by Adam on the squared one-step error, each target weighted by its variance."""
    center, spread = rows.before.mean(axis=0), rows.before.std(axis=0)
    u, y, own = (rows.before - center) / spread, rows.after, _own(rows)
    p, m = u.shape[1], y.shape[1]
    weight = 1.0 / (y.var(axis=0) * m)
    parameters = {
        name: np.vstack([random.normal(size=(p, m)) * scale / np.sqrt(p), np.zeros((1, m))])
        for name, scale in (("update", 0.3), ("reset", 0.3), ("new", 1.0))
    }
    parameters["inner"] = np.zeros((1, m))
    moments = {name: (np.zeros_like(v), np.zeros_like(v)) for name, v in parameters.items()}
    order = np.empty(0, np.int64)
    for step in range(1, _STEPS + 1):
        if len(order) < min(_BATCH, len(u)):
            order = random.permutation(len(u))
        batch, order = order[:_BATCH], order[_BATCH:]
        gradients = _gradients(parameters, u[batch], y[batch], own[batch], past, weight)
        rate = _RATE * 0.5 * (1.0 + np.cos(np.pi * step / _STEPS))
        for name, gradient in gradients.items():
            gradient = gradient + _DECAY * parameters[name]
            first, second = moments[name]
            first += (1.0 - _FIRST) * (gradient - first)
            second += (1.0 - _SECOND) * (gradient**2 - second)
            unbiased = np.sqrt(second / (1.0 - _SECOND**step)) + _TINY
            parameters[name] = parameters[name] - rate * first / (1.0 - _FIRST**step) / unbiased
    return GatedStudent(parameters, center, spread, past)


def _own(rows: StepRows) -> Floats:
    return np.where(rows.own >= 0, rows.before[:, rows.own], 0.0)


def _forward(
    parameters: dict[str, Floats], u: Floats, own: Floats, past: NDArray[np.bool_]
) -> dict[str, Floats]:
    update, reset, new = (parameters[name] for name in ("update", "reset", "new"))
    z = expit(u @ update[:-1] + update[-1])
    r = expit(u @ reset[:-1] + reset[-1])
    inner = (u * past) @ new[:-1] + parameters["inner"][0]
    n = np.tanh((u * ~past) @ new[:-1] + new[-1] + r * inner)
    return {"z": z, "r": r, "inner": inner, "n": n, "y": z * own + (1.0 - z) * n}


def _gradients(
    parameters: dict[str, Floats],
    u: Floats,
    y: Floats,
    own: Floats,
    past: NDArray[np.bool_],
    weight: Floats,
) -> dict[str, Floats]:
    f = _forward(parameters, u, own, past)
    error = 2.0 * (f["y"] - y) * weight / len(u)
    of_z = error * (own - f["n"]) * f["z"] * (1.0 - f["z"])
    of_n = error * (1.0 - f["z"]) * (1.0 - f["n"] ** 2)
    of_r = of_n * f["inner"] * f["r"] * (1.0 - f["r"])
    of_inner = of_n * f["r"]
    return {
        "update": np.vstack([u.T @ of_z, of_z.sum(axis=0)]),
        "reset": np.vstack([u.T @ of_r, of_r.sum(axis=0)]),
        "new": np.vstack([(u * past).T @ of_inner + (u * ~past).T @ of_n, of_n.sum(axis=0)]),
        "inner": of_inner.sum(axis=0)[np.newaxis],
    }


def _jacobians(
    parameters: dict[str, Floats], u: Floats, own: Floats, past: NDArray[np.bool_]
) -> Floats:
    """Derivatives of the targets by the standardised sources, (row, source, target).

    That by the target's own past lacks the direct term z.
    """
    f = _forward(parameters, u, own, past)
    of_z = (own - f["n"]) * f["z"] * (1.0 - f["z"])
    of_n = (1.0 - f["z"]) * (1.0 - f["n"] ** 2)
    of_r = of_n * f["inner"] * f["r"] * (1.0 - f["r"])
    through = np.where(past[:, np.newaxis], f["r"][:, np.newaxis, :], 1.0) * of_n[:, np.newaxis, :]
    return (
        of_z[:, np.newaxis, :] * parameters["update"][:-1]
        + of_r[:, np.newaxis, :] * parameters["reset"][:-1]
        + through * parameters["new"][:-1]
    )
