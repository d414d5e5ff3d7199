"""Reasons why pairs of nodes have no estimate: constant nodes, copies, an estimator's errors."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.estimators._collinearity import constant_columns, copies
from infoscope.estimators.estimate import listed
from infoscope.estimators.protocols import ceiling_bits

Pair = tuple[int, int]

INFINITE = "one determines the other, so that their information is infinite; leave one of them out"
_STILL: tuple[str, str] = ("the source is constant", "the target is constant")


def reasons_of(missing: NDArray[np.bool_], sources: Floats, targets: Floats) -> dict[Pair, str]:
    """Return the reason of each pair of columns that has no estimate.

    Parameters
    ----------
    missing : array of bool, shape (source, target)
        Pairs without an estimate: a column is constant, or their information is infinite.
    sources, targets : array, shape (n, source) and (n, target)
        Their values.
    """
    if not missing.any():
        return {}
    of_source, of_target = _STILL
    source, target = constant_columns(sources), constant_columns(targets)
    return {
        (int(a), int(b)): of_source if source[a] else of_target if target[b] else INFINITE
        for a, b in np.argwhere(missing)
    }


def both_ways(reasons: Mapping[Pair, str]) -> dict[Pair, str]:
    """Return the reasons of a symmetric measure for both directions of each pair."""
    turned: dict[str, str] = dict(zip(_STILL, reversed(_STILL), strict=True))
    return {(b, a): turned.get(why, why) for (a, b), why in reasons.items()} | dict(reasons)


def sentences(names: Sequence[str], reasons: Mapping[Pair, str], of: str = "") -> list[str]:
    """Return one sentence for each reason, with the nodes or the pairs that it holds for.

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
    """Return the ceiling in bits, and which columns are constant, have ties or are copies."""
    ordered = np.sort(table, axis=0)  # NaN, where values are missing, go last and equal nothing
    tied = (ordered[1:] == ordered[:-1]).any(axis=0)
    known = np.flatnonzero(~np.isnan(table).any(axis=0))
    return {
        "ceiling_bits": ceiling_bits(estimator, n),
        "constant": [names[c] for c in np.flatnonzero(constant_columns(table))],
        "ties": [names[c] for c in np.flatnonzero(tied)],
        "copies": [listed([names[known[c]] for c in g]) for g in copies(table[:, known])],
    }
