"""Alignment of layers in time: shift layers that are computed within the same step.

A flow compares a row of the source with the next row of the target. In a network that reads its
input and answers in the same step, a layer and the layer computed from it are in the same row,
and the flow between them would have the wrong sign. Reading the earlier layer a step ahead
corrects this. Simultaneously recorded brain areas need no shift.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats, one_of
from infoscope.estimators._samples import scaled, zscored
from infoscope.recordings.blocks import Layer

WORDS = ("auto", "layers", "none")
# Parts of the jackknife, and the significant difference in its standard errors: one in a hundred
# pairs of independent layers exceeds two.
_PARTS, _CLEAR = 10, 2.0
# This many rows suffice to compare the two.
_ROWS = 4000
# Below this product of variances a column is constant.
_CONSTANT = 1e-12
# Up to this ratio of same-step to later information, the same-step information is negligible.
_NOTHING = 0.25
_LARGEST = 1.0 - 1e-12


@dataclass(frozen=True)
class Alignment:
    """Shift of each layer in time, with the reason.

    Parameters
    ----------
    shifts : tuple of int
        Steps by which each layer is read ahead, in order; 0 for the last.
    reason : str
        Reason in words.
    flags : tuple of str
        ``alignment-unclear``: the data do not show whether a layer acts within a step or a step
        later. ``within-step``: nodes of one layer share more information within a step than
        between steps, so that flow between them is negative. ``anticipation``: a layer shares more
        with the next step of an earlier layer than with the same step, so that flow to it is too
        low.
    """

    shifts: tuple[int, ...]
    reason: str
    flags: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the reason."""
        return self.reason


class Shared(NamedTuple):
    """Information between layers in the same step and later, summed over pairs, in bits."""

    same: float
    later: float
    error: float

    @property
    def within_step(self) -> bool:
        """Whether the same-step information is significantly larger."""
        return self.same - self.later > _CLEAR * self.error

    @property
    def between_steps(self) -> bool:
        """Whether the later information is significantly larger."""
        return self.later - self.same > _CLEAR * self.error


@dataclass(frozen=True)
class _Layer:
    """Normal scores (n, node) of a layer, now and some steps later."""

    name: str
    now: Floats
    later: Floats

    @cached_property
    def features_now(self) -> Floats:
        """The scores and their squares, for non-monotone relations, (n, 2 node)."""
        return np.hstack([self.now, zscored(self.now**2)[0]])

    @cached_property
    def features_later(self) -> Floats:
        """The same later."""
        return np.hstack([self.later, zscored(self.later**2)[0]])

    @property
    def within(self) -> Shared:
        """Information between its nodes."""
        return shared(self.now, self.now, self.later, ~np.eye(self.now.shape[1], dtype=bool))


class Hop(NamedTuple):
    """Two layers and their information: first with the later second, and the reverse."""

    names: tuple[str, str]
    forward: Shared
    backward: Shared

    @property
    def between_steps(self) -> bool:
        """Whether one of the two clearly acts on the other a step later.

        Backward information may come from a forecast. It counts only if the same-step information
        is negligible.
        """
        forecast = self.backward.same > _NOTHING * self.backward.later
        return self.forward.between_steps or (self.backward.between_steps and not forecast)

    @property
    def clear(self) -> bool:
        """Whether the data decide between the same step and a step later."""
        return self.between_steps or self.forward.within_step

    @property
    def anticipates(self) -> bool:
        """Whether the second shares more with the next step of the first."""
        return self.backward.between_steps and not self.between_steps


def alignment_word(aligned: object) -> str:
    """Return one of `WORDS`; True and False mean "layers" and "none"."""
    if isinstance(aligned, (bool, np.bool_)):
        return "layers" if aligned else "none"
    return one_of(aligned, "aligned", WORDS)


def alignment_of(
    layers: Sequence[Layer], stretches: NDArray[np.int64], lag: int, asked: str, own: str
) -> Alignment:
    """Return the requested alignment, or else that of the recording, or else that of the data."""
    word, who = (own, "the recording says") if asked == "auto" else (asked, "asked")
    if word == "auto":
        return alignment_shown(layers, stretches, lag)
    return alignment_in_words(word, [layer.name for layer in layers], who)


def alignment_in_words(word: str, layers: Sequence[str], who: str) -> Alignment:
    """Return the alignment "layers" or "none" of these layers; ``who`` is its source."""
    if word == "none" or len(layers) == 1:
        return Alignment((0,) * len(layers), f"No shift between layers, as {who}.")
    shifts = tuple(range(len(layers) - 1, -1, -1))
    ahead = ", ".join(f"{name} {shift}" for name, shift in zip(layers, shifts, strict=True))
    return Alignment(
        shifts, f"Each layer is computed within a step, as {who}; steps read ahead: {ahead}."
    )


def alignment_shown(layers: Sequence[Layer], stretches: NDArray[np.int64], lag: int) -> Alignment:
    """Decide from the data whether each layer acts on the next within a step or a step later.

    A layer acts within the step, as in a network, unless the information ``lag`` steps later
    exceeds that in the same step by two jackknife standard errors of the difference. Information
    is the Gaussian information of all pairs of nodes, from normal scores and their squares.

    Parameters
    ----------
    layers : sequence of Layer
        Role, name and activations (sequence, time, node) of each layer, in order.
    stretches : array of int, shape (sequence, time)
        Unbroken stretch of each row.
    lag : int
        Steps between source and target.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(50, 20, 2))
    >>> layers = [Layer("input", "x", ["x0", "x1"], x), Layer("hidden", "h", ["h0", "h1"], x**3)]
    >>> alignment_shown(layers, np.zeros((50, 20), int), 1).shifts
    (1, 0)
    """
    names = [layer.name for layer in layers]
    current, later = _compared_rows(stretches, lag)
    if len(current) < 2 * _PARTS:
        return alignment_in_words("layers", names, "too few rows can show otherwise")
    scored = [
        _Layer(layer.name, _scores(rows[current]), _scores(rows[later]))
        for layer in layers
        for rows in (layer.values.reshape(stretches.size, -1),)
    ]
    hops = _hops(scored)
    shifts = tuple(sum(not hop.between_steps for hop in hops[i:]) for i in range(len(names)))
    hidden = [
        scores for layer, scores in zip(layers, scored, strict=True) if layer.role == "hidden"
    ]
    crowded = [(scores.name, scores.within) for scores in hidden]
    crowded = [(name, found) for name, found in crowded if found.within_step]
    flags = {
        "alignment-unclear": not all(hop.clear for hop in hops),
        "anticipation": any(hop.anticipates for hop in hops),
        "within-step": bool(crowded),
    }
    said = "; ".join(dict.fromkeys(_hop_said(hop, lag) for hop in hops))
    sentences = [said or "No shift: all nodes are of one layer"]
    sentences += [_layer_said(name, found, lag) for name, found in crowded]
    chosen = tuple(flag for flag, holds in flags.items() if holds)
    return Alignment(shifts, ". ".join(sentences) + ".", chosen)


def _compared_rows(
    stretches: NDArray[np.int64], lag: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and the rows ``lag`` later in the same stretch: all, or `_ROWS` evenly spaced."""
    joined = np.flatnonzero(stretches[:, :-lag] == stretches[:, lag:])
    if len(joined) > _ROWS:
        joined = joined[np.linspace(0, len(joined) - 1, _ROWS).astype(int)]
    rows = np.arange(stretches.size).reshape(stretches.shape)
    return rows[:, :-lag].ravel()[joined], rows[:, lag:].ravel()[joined]


def _hops(layers: list[_Layer]) -> list[Hop]:
    """Return, for each hop between layers, the nearest pair of layers whose data are clear.

    A layer may act on one beyond the next, so that a pair around the hop may decide.
    """

    @cache
    def between(i: int, j: int) -> Hop:
        a, b = layers[i], layers[j]
        forward = shared(a.features_now, b.features_now, b.features_later)
        backward = shared(b.features_now, a.features_now, a.features_later)
        return Hop((a.name, b.name), forward, backward)

    n = len(layers)
    decided = []
    for hop in range(n - 1):
        around = [(i, j) for i in range(hop + 1) for j in range(hop + 1, n)]
        nearest = sorted(around, key=lambda pair: pair[1] - pair[0])
        clear = (between(*pair) for pair in nearest if between(*pair).clear)
        decided.append(next(clear, between(hop, hop + 1)))
    return decided


def shared(
    source: Floats, now: Floats, later: Floats, wanted: NDArray[np.bool_] | bool = True
) -> Shared:
    """Compare the information of a source (n, node) about a target now and later.

    The standard error is from a jackknife over ten consecutive blocks of rows, which accounts for
    autocorrelation.
    """
    parts = np.array_split(np.arange(len(source)), _PARTS)
    every, left_out = [], []
    for target in (now, later):
        whole = _moments(source, target)
        every.append(_bits(whole, wanted))
        for part in parts:
            of_part = _moments(source[part], target[part])
            left = [all_of - some for all_of, some in zip(whole, of_part, strict=True)]
            left_out.append(_bits(left, wanted))
    differences = np.subtract(left_out[:_PARTS], left_out[_PARTS:])
    return Shared(*every, error=float(np.sqrt((_PARTS - 1) * np.var(differences))))


def _moments(a: Floats, b: Floats) -> list[Any]:
    """Return the sums over rows from which correlations follow."""
    return [len(a), a.sum(0), b.sum(0), (a**2).sum(0), (b**2).sum(0), a.T @ b]


def _bits(moments: list[Any], wanted: NDArray[np.bool_] | bool) -> float:
    """Return the Gaussian information of all wanted pairs in bits; 0 if one is constant."""
    n, sum_a, sum_b, squares_a, squares_b, products = moments
    variances = np.outer(squares_a - sum_a**2 / n, squares_b - sum_b**2 / n)
    covariances = products - np.outer(sum_a, sum_b) / n
    moving = variances > _CONSTANT * n**2
    squared = np.divide(covariances**2, variances, out=np.zeros_like(variances), where=moving)
    return float((-0.5 * np.log2(1.0 - np.minimum(squared, _LARGEST))).sum(where=wanted))


def _scores(rows: Floats) -> Floats:
    """Return the normal scores of each column (n, node), standardised."""
    return zscored(scaled(rows, "rank"))[0]


def _hop_said(hop: Hop, lag: int) -> str:
    first, second = hop.names
    between, numbers = f"{first} to {second}", _bits_said(hop.forward, lag)
    if hop.forward.between_steps:
        return f"{between} is from step to step ({numbers}): no shift"
    if hop.between_steps:
        return (
            f"{second} to {first} is from step to step ({_bits_said(hop.backward, lag)}): no shift"
        )
    said = f"{between} is {'within a step' if hop.clear else 'not clear'} ({numbers}): "
    said += f"{first} read a step ahead"
    if not hop.clear:
        said += ", as in a network; if one acts on the next step of the other, take aligned='none'"
    if hop.anticipates:
        said += (
            f"; {second} shares more with the next step of {first} "
            f"({_bits_said(hop.backward, lag)}), so that flow from {first} is too low: take "
            "transfer_entropy of flow_measures"
        )
    return said


def _layer_said(name: str, found: Shared, lag: int) -> str:
    return (
        f"Nodes of {name} share more within a step ({_bits_said(found, lag)}), where flow is "
        "negative: if they are layers computed one after another, give "
        "hidden={'first': array, 'second': array}; if they receive the same input, take "
        "transfer_entropy of flow_measures"
    )


def _bits_said(found: Shared, lag: int) -> str:
    later = "a step" if lag == 1 else f"{lag} steps"
    return f"{found.same:.2g} bits in the same step, {found.later:.2g} {later} later"
