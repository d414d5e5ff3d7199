"""Pairs of nodes that a network without output feedback connects, and impossible pairs."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Roles (source, target) of every connection, by weight matrix.
CONNECTIONS = {
    "x→h": ("input", "hidden"),
    "h→h": ("hidden", "hidden"),
    "h→o": ("hidden", "output"),
}
# Against the direction of computation: no information flows there.
IMPOSSIBLE = (("hidden", "input"), ("output", "hidden"), ("output", "input"))


def connections(nodes: pd.DataFrame) -> NDArray[np.bool_]:
    """Return the pairs (source, target) that the network connects, without self-connections.

    Examples
    --------
    >>> connections(pd.DataFrame({"role": ["input", "hidden", "output"]})).astype(int).tolist()
    [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    """
    return between(nodes, CONNECTIONS.values()) & ~np.eye(len(nodes), dtype=bool)


def impossible(nodes: pd.DataFrame) -> NDArray[np.bool_]:
    """Return the pairs (source, target) between which no information can flow."""
    return between(nodes, IMPOSSIBLE)


def between(nodes: pd.DataFrame, hops: Iterable[tuple[str, str]]) -> NDArray[np.bool_]:
    """Return the pairs (source, target) whose roles are among the hops."""
    roles = nodes["role"].to_numpy()
    found = np.zeros((len(roles), len(roles)), bool)
    for source, target in hops:
        found |= np.outer(roles == source, roles == target)
    return found
