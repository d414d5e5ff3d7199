"""Reasons why pairs of nodes have no estimate: constant nodes, copies, estimation errors."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.estimators._collinearity import constant_columns, copies
from infoscope.estimators.estimate import SATURATED, listed
from infoscope.estimators.protocols import Bounded, ceiling_bits

Pair = tuple[int, int]

INFINITE = "one determines the other, so that their information is infinite; leave one of them out"
# Reasons why a value is only the ceiling for the number of samples.
COPY = (
    "one is a copy of the other: their information is infinite, the number is only the ceiling "
    "for this number of samples; leave one of them out"
)
LIMITED = (
    "near the ceiling for this number of samples, so that the information may be larger; one may "
    "determine the other: leave it out, or give more samples"
)
_STILL: tuple[str, str] = ("the source is constant", "the target is constant")


def reasons_of(missing: NDArray[np.bool_], sources: Floats, targets: Floats) -> dict[Pair, str]:
    """Return the reason of each pair of columns that has no estimate.

    Parameters
    ----------
    missing : array of bool, shape (source, target)
        Pairs without an estimate: a column is constant, or the information is infinite.
    sources, targets : array, shape (n, source) and (n, target)
        Values of the columns.
    """
    if not missing.any():
        return {}
    of_source, of_target = _STILL
    source, target = constant_columns(sources), constant_columns(targets)
    return {
        (int(a), int(b)): of_source if source[a] else of_target if target[b] else INFINITE
        for a, b in np.argwhere(missing)
    }


def limits_of(found: Floats, ceilings: Floats, sources: Floats, targets: Floats) -> dict[Pair, str]:
    """Return the reason of each pair whose estimate is limited by the number of samples.

    Parameters
    ----------
    found, ceilings : array, shape (source, target)
        Estimates, NaN where there is none, and their ceilings, in one unit.
    sources, targets : array, shape (n, source) and (n, target)
        Values of the columns; for each pair, rows with NaN are left out.

    Examples
    --------
    >>> x = np.array([[0.1], [0.7], [0.4]])
    >>> limits_of(np.array([[2.0]]), np.array([[2.0]]), x, x)[0, 0] == COPY
    True
    """
    reasons = {}
    for a, b in np.argwhere(found > SATURATED * ceilings):
        x, y = sources[:, a], targets[:, b]
        copied = ((x == y) | np.isnan(x) | np.isnan(y)).all()
        reasons[int(a), int(b)] = COPY if copied else LIMITED
    return reasons


def ceilings_of(estimator: Any, counts: NDArray[np.int64]) -> Floats:
    """Return the ceiling of each pair in nats, from its number of rows; inf if unbounded."""
    if not isinstance(estimator, Bounded):
        return np.full(counts.shape, np.inf)
    sizes, which = np.unique(counts, return_inverse=True)
    known = [estimator.ceiling_nats(int(n)) if n > 1 else np.inf for n in sizes]
    return np.array(known)[which].reshape(counts.shape)


def both_ways(reasons: Mapping[Pair, str]) -> dict[Pair, str]:
    """Return the reasons of a symmetric measure for both directions of each pair."""
    turned: dict[str, str] = dict(zip(_STILL, reversed(_STILL), strict=True))
    return {(b, a): turned.get(why, why) for (a, b), why in reasons.items()} | dict(reasons)


def sentences(names: Sequence[str], reasons: Mapping[Pair, str], of: str = "") -> list[str]:
    """Return one sentence for each reason, with its nodes or pairs.

    >>> values = np.array([[1.0, 2.0, 9.0], [2.0, 4.0, 9.0], [4.0, 8.0, 9.0]])
    >>> found = reasons_of(~np.eye(3, dtype=bool), values, values)
    >>> sentences(["a", "b", "c"], found)[0]
    'c is constant'
    >>> sentences(["a", "b", "c"], found)[1].split(",")[:2]
    ['a→b', ' b→a: one determines the other']
    """
    constant = {pair[_STILL.index(why)] for pair, why in reasons.items() if why in _STILL}
    verb = "is" if len(constant) == 1 else "are"
    told = [f"{listed([names[c] for c in sorted(constant)])} {verb} constant"] if constant else []
    pairs: dict[str, list[str]] = {}
    for (a, b), why in sorted(reasons.items()):
        if why not in _STILL:
            pairs.setdefault(why, []).append(f"{names[a]}→{names[b]}")
    prefix = f"{of} " if of else ""
    return told + [f"{prefix}{listed(among)}: {why}" for why, among in pairs.items()]


def doubts(names: list[str], table: Floats, estimator: Any, n: int) -> dict[str, Any]:
    """Return the ceiling in bits, and the columns that are constant, have ties or are copies."""
    ordered = np.sort(table, axis=0)  # NaN (missing) are last and equal nothing
    tied = (ordered[1:] == ordered[:-1]).any(axis=0)
    known = np.flatnonzero(~np.isnan(table).any(axis=0))
    return {
        "ceiling_bits": ceiling_bits(estimator, n),
        "constant": [names[c] for c in np.flatnonzero(constant_columns(table))],
        "ties": [names[c] for c in np.flatnonzero(tied)],
        "copies": [listed([names[known[c]] for c in g]) for g in copies(table[:, known])],
    }
