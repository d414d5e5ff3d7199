"""The one-step model of a layer: which it is, fitted, and what it says of each pair."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.flow.connectivity.counts import CountFit, are_counts, count_scores, fit_counts
from infoscope.flow.connectivity.links import Link, candidates
from infoscope.flow.connectivity.quadratic import QuadraticFit, fit_quadratic
from infoscope.flow.connectivity.regression import LinkFit, affordable, fit_links, held_out, scores
from infoscope.flow.connectivity.ridge import Design
from infoscope.flow.connectivity.step_rows import StepRows, evenly
from infoscope.flow.connectivity.student import GatedStudent, fit_student

MODELS = ("best", "linear", "tanh", "logistic", "exponential", "quadratic", "gated", "counts")
_LINKS = {"linear": "identity", "tanh": "atanh", "logistic": "logit", "exponential": "log"}
_WORDS = {link: model for model, link in _LINKS.items()}
# The link is chosen on this many nodes of a layer, and a gated cell tried on that many.
_TRIED, _TAUGHT = 32, 12
# A model without a link must leave this share less of the error than the best before it, or explain
# this share more, and at least so much of the variance.
_CLEARLY, _MORE = 0.2, 0.02
# Fewest rows with which "best" tries them: a third is held out of what they are compared on.
_FEWEST = 100
# Fits of such a layer, to other sequences and from other first parameters.
_REFITS = 3
# Pairs of a layer beyond which a gated cell is only fitted if asked for.
_LARGEST = 60_000
# A source is not identifiable if this share of it is in linear relations with others.
_RELATED = 1e-6


Curved = GatedStudent | QuadraticFit
Model = LinkFit | CountFit | list[Curved]
# Models without a link, the simpler first; the second only if the first beats the best link.
_CURVED: dict[str, Callable[[StepRows, np.random.Generator], Curved]] = {
    "quadratic": lambda rows, _: fit_quadratic(rows),
    "gated": lambda rows, random: fit_student(rows, _past(rows), random),
}


@dataclass(frozen=True)
class Layer:
    """The rows of a layer, and its sources factorised once: of all rows, and of those to fit."""

    rows: StepRows

    @cached_property
    def parts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows to fit and rows held out."""
        return held_out(self.rows)

    @property
    def weigh(self) -> bool:
        """Whether every target can have weights of its own."""
        return affordable(self.rows)

    @cached_property
    def design(self) -> Design:
        """The standardised sources in all rows."""
        return _standardised(self.rows)

    @cached_property
    def training(self) -> Design:
        """The standardised sources in the rows to fit."""
        return _standardised(self.rows.of(self.parts[0]))


def _standardised(rows: StepRows) -> Design:
    return Design((rows.before - rows.before.mean(axis=0)) / rows.before.std(axis=0))


def layer_model(
    layer: Layer, model: str, random: np.random.Generator
) -> tuple[Model, dict[str, float]]:
    """Return the fitted model of a layer, and the held-out errors of those compared."""
    rows, (fitted, out) = layer.rows, layer.parts
    if model == "counts" or (model == "best" and are_counts(rows.after)):
        counts = fit_counts(rows, (fitted, out))
        return counts, {"counts": float(counts.deviance.mean())}
    if model in _CURVED:
        fit = _CURVED[model]
        return _refitted(fit, rows, random), {
            model: _error(fit, _some(rows, _TAUGHT), layer.parts, random)
        }
    some = _some(rows, _TRIED)
    train, test = some.of(fitted), some.of(out)
    links = candidates(rows.after)
    if model in _LINKS:
        links = [link for link in links if link.name == _LINKS[model]] or [Link(_LINKS[model])]
    tried: list[tuple[float, Floats, Link, bool]] = []
    for link in links:
        for history in (False, True) if link.name != "identity" else (False,):
            found = fit_links(train, link, history, layer.weigh, layer.training)
            likely = float(found.log_likelihood(test).mean())
            tried.append((likely, found.unexplained(test), link, history))
    tried.sort(key=lambda each: each[0])
    errors = {_WORDS[link.name]: float(left.mean()) for _, left, link, _ in tried}
    _, left, link, history = tried[-1]
    if model == "best" and len(rows) >= _FEWEST:
        # On the same nodes.
        few = evenly(len(some.targets), _TAUGHT)
        of_link = least = float(left[few].mean())
        chosen = None
        for name, fit in _CURVED.items():
            if name == "gated" and not (
                errors["quadratic"] < of_link
                and rows.before.shape[1] * rows.after.shape[1] <= _LARGEST
                and (rows.own >= 0).all()
            ):
                break
            errors[name] = _error(fit, some.among(few), layer.parts, random)
            if _clearly_less(errors[name], least):
                chosen, least = fit, errors[name]
        if chosen is not None:
            return _refitted(chosen, rows, random), errors
    return fit_links(rows, link, history, layer.weigh, layer.design), errors


def _clearly_less(error: float, other: float) -> bool:
    # A model that fails explains nothing, not less than nothing.
    explained = (1.0 + _CLEARLY) * max(1.0 - other, 0.0) + _MORE
    return error < (1.0 - _CLEARLY) * other or 1.0 - error > explained


def _error(
    fit: Callable[[StepRows, np.random.Generator], Curved],
    rows: StepRows,
    parts: tuple[NDArray[np.int64], NDArray[np.int64]],
    random: np.random.Generator,
) -> float:
    """Return the held-out error of a model without a link."""
    return float(fit(rows.of(parts[0]), random).unexplained(rows.of(parts[1])).mean())


def _refitted(
    fit: Callable[[StepRows, np.random.Generator], Curved],
    rows: StepRows,
    random: np.random.Generator,
) -> list[Curved]:
    """Fit a model several times, each without another part of the sequences or of the steps."""
    labels = np.unique(rows.sequence)
    if len(labels) < 2 * _REFITS:
        part = np.arange(len(rows)) * 7 * _REFITS // len(rows) % _REFITS
    else:
        part = random.permutation(np.arange(len(labels)) % _REFITS)
        part = part[np.searchsorted(labels, rows.sequence)]
    return [fit(rows.of(np.flatnonzero(part != left)), random) for left in range(_REFITS)]


def _past(rows: StepRows) -> NDArray[np.bool_]:
    """Which sources and covariates belong to an earlier step."""
    return rows.back > 0


def _some(rows: StepRows, count: int) -> StepRows:
    """Return the rows with evenly chosen targets."""
    return rows.among(evenly(len(rows.targets), count))


def name_of(model: Model) -> str:
    """Return the name of a fitted model, one of `MODELS`."""
    if isinstance(model, LinkFit):
        return _WORDS[model.link.name]
    if isinstance(model, CountFit):
        return "counts"
    return "quadratic" if isinstance(model[0], QuadraticFit) else "gated"


def related(layer: Layer) -> NDArray[np.bool_]:
    """Which sources are linear functions of others, so that theirs is no effect of their own."""
    return layer.design.unidentified[: len(layer.rows.sources)] > _RELATED


def values_of(layer: Layer, found: Model) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return the matrices of a layer, (source, target), and its values of each target."""
    rows = layer.rows
    train, out = (rows.of(part) for part in layer.parts)
    size = (len(rows.sources), len(rows.targets))
    if isinstance(found, LinkFit):
        again = fit_links(train, found.link, found.history, layer.weigh, layer.training)
        return scores(found, rows), {
            "unexplained": again.unexplained(out),
            "freedom": found.fit.freedom,
            "penalty": found.fit.penalty,
        }
    if isinstance(found, CountFit):
        return count_scores(found, rows), {
            "unexplained": found.deviance,
            "freedom": np.full(size[1], float(found.freedom)),
            "penalty": np.full(size[1], np.nan),
        }
    every = np.stack([one.jacobian(rows) for one in found])[:, : size[0]]
    # Jackknife: (g - 1) / g times the sum of squares over g refits.
    effect, error = every.mean(axis=0), every.std(axis=0) * (_REFITS - 1) ** 0.5
    nothing = np.full(size, np.nan)
    return {
        "score": effect - error,
        "effect": effect,
        "standard_error": error,
        "t": nothing,
        "bits": nothing,
    }, {
        "unexplained": np.mean([one.unexplained(out) for one in found], axis=0),
        "freedom": np.full(size[1], np.nan),
        "penalty": np.full(size[1], np.nan),
    }
