"""Agreement of ranks with ordered classes of nodes, such as roles or layers."""

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.recordings.blocks import ROLES

Integers = NDArray[np.int64]

# Measures in addition to tau-b and the probabilities for neighbouring classes.
FURTHER = (
    "kendall_tau_max",
    "kendall_tau_share",
    "gamma",
    "somers_d",
    "jonckheere",
    "jonckheere_share",
    "p_value",
)

# Ranks closer than this, relative to the largest, differ only by rounding.
_TIED = 1e-9


def classes_of(table: pd.DataFrame, by: str) -> tuple[list[str], Integers]:
    """Return the classes in order, and the index of each node's class; -1 for none.

    Raises
    ------
    InputError
        If the nodes have no such attribute.
    """
    if by not in table:
        wanted = "to input, hidden or output" if by == "role" else "to a number"
        raise InputError(
            f"ranking must come from a graph whose nodes have a {by}, got one without; set the "
            f"node attribute {by!r} {wanted}"
        )
    given = table[by]
    order = list(ROLES) if by == "role" else sorted(given.dropna().unique())
    names = order if by == "role" else [f"{by}_{value:g}" for value in order]
    return [str(name) for name in names], pd.Index(order).get_indexer(pd.Index(given))


def class_scores(
    table: pd.DataFrame,
    ranks: Floats,
    by: str,
    permutations: int,
    random: np.random.Generator,
) -> dict[str, float]:
    """Return all measures below for the ranked nodes; the trend test needs permutations.

    All except `ordering` are NaN if a class has no ranked node.
    """
    names, places = classes_of(table, by)
    used = np.isfinite(ranks) & (places >= 0)
    whole = np.isin(places[places >= 0], places[used]).all()
    component = table["component"].to_numpy(np.int64)
    scores = association(ranks[used], places[used])
    if permutations:
        scores |= jonckheere(ranks[used], places[used], component[used], permutations, random)
    if not whole:
        scores = dict.fromkeys(scores, float("nan"))
    return ordering(ranks[used], places[used], names) | scores


def ordering(ranks: Floats, places: Integers, names: list[str]) -> dict[str, float]:
    """Return, for neighbouring classes, the probability that the later outranks the earlier.

    Ties count half; NaN if one of the two has no node. Ranks are finite, places 0, 1, ...
    """
    above, tied, sizes = _compare(levels(ranks), places, len(names))
    return {
        f"{names[b]}_over_{names[a]}": float((above[a, b] + tied[a, b] / 2) / (sizes[a] * sizes[b]))
        if sizes[a] and sizes[b]
        else float("nan")
        for a, b in pairwise(range(len(names)))
    }


def association(ranks: Floats, places: Integers) -> dict[str, float]:
    """Return measures of ordinal association of rank and class, over all pairs of nodes.

    Returns
    -------
    dict
        With P and Q the numbers of concordant and discordant pairs of different classes:
        ``kendall_tau`` (tau-b: (P - Q) / sqrt of pairs untied in class times pairs untied in
        rank), ``kendall_tau_max`` (tau-b of the same ranks sorted by class: ties within a class
        keep it below 1), ``kendall_tau_share`` (the ratio of the two), ``gamma`` (Goodman and
        Kruskal: (P - Q) / (P + Q)), ``somers_d`` (of rank given class: (P - Q) / pairs of
        different classes). NaN if all ranks or classes are equal.
    """
    names = ("kendall_tau", "kendall_tau_max", "kendall_tau_share", "gamma", "somers_d")
    level = levels(ranks)
    if len(level) < 2 or np.ptp(level) == 0 or np.ptp(places) == 0:
        return dict.fromkeys(names, float("nan"))
    above, tied, sizes = _compare(level, places, int(places.max()) + 1)
    different = float(np.triu(np.outer(sizes, sizes), 1).sum())
    concordant = float(np.triu(above, 1).sum())
    decided = different - float(np.triu(tied, 1).sum())
    lead = 2.0 * concordant - decided
    within_rank = _pairs_within(level)
    all_pairs = len(level) * (len(level) - 1) / 2
    norm = np.sqrt(different * (all_pairs - within_rank))
    # Sorted, no pair is discordant; pairs tied in both are pairs of equal couples.
    both = _pairs_within(np.sort(level) * (places.max() + 1) + np.sort(places))
    best = different - within_rank + both
    values = (
        lead / norm,
        best / norm,
        lead / best if best else float("nan"),
        lead / decided if decided else float("nan"),
        lead / different,
    )
    return dict(zip(names, (float(value) for value in values), strict=True))


def jonckheere(
    ranks: Floats,
    places: Integers,
    component: Integers,
    permutations: int,
    random: np.random.Generator,
) -> dict[str, float]:
    """Return the Jonckheere-Terpstra trend test, by permuting classes within components.

    Returns
    -------
    dict
        ``jonckheere``: number of concordant pairs of different classes within a component, ties
        count half; ``jonckheere_share``: share of all such pairs; ``p_value``: (1 + permutations
        with as many or more) / (1 + permutations). NaN if no component has two classes.

    References
    ----------
    Jonckheere, Biometrika 41, 133 (1954); Terpstra, Indag. Math. 14, 327 (1952); Phipson and
    Smyth, Stat. Appl. Genet. Mol. Biol. 9, 39 (2010).
    """
    order = np.lexsort((ranks, component))
    level, places = levels(ranks)[order], places[order]
    component = np.unique(component[order], return_inverse=True)[1]
    start = np.searchsorted(component, component)
    # Node j of a component is above those from its start to first[j], tied with those to last[j].
    key = component * (level.max(initial=0) + 1) + level
    first, last = np.searchsorted(key, key), np.searchsorted(key, key, side="right")
    k = int(places.max(initial=0)) + 1

    def statistic(labels: Integers) -> float:
        earlier = np.zeros((len(labels) + 1, k), np.int64)
        np.cumsum(labels[:, np.newaxis] < np.arange(k), axis=0, out=earlier[1:])
        below = earlier[first, labels] - earlier[start, labels]
        return float((below + (earlier[last, labels] - earlier[first, labels]) / 2).sum())

    sizes = np.zeros((component.max(initial=-1) + 1, k))
    np.add.at(sizes, (component, places), 1)
    pairs = float(((sizes.sum(axis=1) ** 2 - (sizes**2).sum(axis=1)) / 2).sum())
    if pairs == 0:
        return dict.fromkeys(("jonckheere", "jonckheere_share", "p_value"), float("nan"))
    found = statistic(places)
    reached = sum(
        statistic(places[np.lexsort((random.random(len(places)), component))]) >= found
        for _ in range(permutations)
    )
    return {
        "jonckheere": found,
        "jonckheere_share": found / pairs,
        "p_value": (1 + reached) / (1 + permutations),
    }


def levels(ranks: Floats) -> Integers:
    """Return the index of each rank among the distinct ones: 0, 1, ...

    Nodes with the same neighbours have the same rank, up to rounding.
    """
    order = np.argsort(ranks, kind="stable")
    gap = _TIED * np.abs(ranks).max(initial=0.0)
    level = np.zeros(len(ranks), np.int64)
    level[order[1:]] = np.cumsum(np.diff(ranks[order]) > gap)
    return level


def _compare(level: Integers, places: Integers, k: int) -> tuple[Floats, Floats, Floats]:
    """Count, for classes (a, b), pairs with b above a and ties; also return the class sizes."""
    groups = [np.sort(level[places == a]) for a in range(k)]
    above, tied = np.zeros((k, k)), np.zeros((k, k))
    for a, lower in enumerate(groups):
        for b, upper in enumerate(groups):
            below = np.searchsorted(lower, upper).sum()
            above[a, b] = below
            tied[a, b] = np.searchsorted(lower, upper, side="right").sum() - below
    return above, tied, np.array([len(group) for group in groups], float)


def _pairs_within(labels: Integers) -> float:
    counts = np.unique(labels, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1) / 2).sum())
