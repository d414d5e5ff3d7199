"""Ranks of the hidden nodes of networks larger than the paper's, trained and untrained."""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from infoscope.graphs.ranking import rank_nodes
from infoscope.paper.claims.study import MODES, SeedStudy

# Parts ``flow`` and ``untrained`` of a network of some size, as in a `SeedStudy`.
OfSize = Callable[[int], tuple[xr.Dataset, xr.Dataset]]


def larger_part(of_size: OfSize, sizes: Sequence[int]) -> xr.Dataset:
    """Return the exact rank of every hidden node in the main graph, (hidden_nodes, trained, node).

    The untrained network has the same number of edges; NaN for isolated or missing nodes.
    """
    ranks = np.full((len(sizes), 2, max(sizes)), np.nan)
    for place, size in enumerate(sizes):
        study = SeedStudy(0, MODES[0], dict(zip(("flow", "untrained"), of_size(size), strict=True)))
        for which, untrained in enumerate((False, True)):
            found = _hidden_ranks(study, untrained)
            ranks[place, which, : len(found)] = found
    return xr.Dataset(
        {"rank": (("hidden_nodes", "trained", "node"), ranks)},
        coords={"hidden_nodes": list(sizes), "trained": [True, False]},
    )


def _hidden_ranks(study: SeedStudy, untrained: bool) -> np.ndarray:
    ranks = rank_nodes(study.graph(study.main, untrained)).ranks
    return ranks[(study.nodes["role"] == "hidden").to_numpy()].to_numpy()
