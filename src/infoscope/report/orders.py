"""Orders in which the page shows nodes; one order serves all its views."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import pdist

from infoscope._validate import Floats

# Optimal leaf ordering takes cubic time: half a second for as many nodes.
_MOST_OPTIMAL = 200
_ROLES = ("input", "hidden", "output")
# Longer runs of digits are no counts, and Python refuses to convert thousands of them.
_LONGEST = 20
_DIGITS = re.compile(r"(\d+)")


def orders_of(nodes: pd.DataFrame, values: Floats | None) -> dict[str, list[int]]:
    """Return the possible orders of the nodes, as positions in the table.

    Parameters
    ----------
    nodes : DataFrame
        One row per node, with ``rank`` and ``role`` where known.
    values : array, shape (source, target), optional
        The matrix whose rows and columns are clustered.

    Returns
    -------
    dict of str to list of int
        ``rank`` (sources first, nodes without a rank last), ``role`` (inputs, hidden, outputs,
        others; by rank within), ``cluster`` and ``name`` (numbers in names in their order); only
        those that the table allows.

    Examples
    --------
    >>> nodes = pd.DataFrame({"rank": [0.4, -0.2, np.nan]}, index=["h10", "h9", "x"])
    >>> orders_of(nodes, None)
    {'rank': [1, 0, 2], 'name': [1, 0, 2]}
    """
    found = {}
    names = [_natural(str(name)) for name in nodes.index]
    by_name = sorted(range(len(nodes)), key=lambda at: names[at])
    ranks = nodes["rank"].to_numpy(float) if "rank" in nodes else np.full(len(nodes), np.nan)
    place = {at: i for i, at in enumerate(by_name)}
    by_rank = sorted(place, key=lambda at: (np.isnan(ranks[at]), ranks[at], place[at]))
    if np.isfinite(ranks).any():
        found["rank"] = by_rank
    if "role" in nodes and nodes["role"].nunique() > 1:
        classes = role_numbers(nodes["role"].tolist())
        found["role"] = sorted(by_rank, key=lambda at: classes[at])
    if values is not None and len(nodes) > 2:
        found["cluster"] = _clustered(values).tolist()
    return found | {"name": by_name}


def role_numbers(roles: Sequence[object]) -> list[int]:
    """Return a number for each role: 0, 1, 2 for input, hidden, output, then others by name."""
    others = sorted({str(role) for role in roles} - set(_ROLES))
    return [(*_ROLES, *others).index(str(role)) for role in roles]


def _clustered(values: Floats) -> NDArray[np.int32]:
    """Return the leaves of average linkage: nodes with similar sources and sinks are near."""
    known = np.where(np.isfinite(values), values, 0.0)
    profiles = np.hstack([known, known.T])
    distances = pdist(profiles)
    tree = linkage(distances, "average")
    if len(values) <= _MOST_OPTIMAL:
        tree = optimal_leaf_ordering(tree, distances)
    return leaves_list(tree)


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts h9 before h10, and numbers before words."""
    parts = _DIGITS.split(name.casefold())
    return [
        (0, int(part), "") if part.isdecimal() and len(part) < _LONGEST else (1, 0, part)
        for part in parts
        if part
    ]
