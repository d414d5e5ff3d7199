"""Ranks of the hidden nodes of networks larger than the paper's, trained and not."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from infoscope.graph import threshold_graph
from infoscope.ranking import rank_nodes

# Below any flow: which pairs are edges has been decided before.
_ANY = -1e100
# A network of some size: its parts ``flow`` and ``untrained``, as a `SeedStudy` has them.
OfSize = Callable[[int], tuple[xr.Dataset, xr.Dataset]]


def larger_part(of_size: OfSize, sizes: Sequence[int]) -> xr.Dataset:
    """Return the exact rank of every hidden node in the main graph, (hidden_nodes, trained, node).

    The untrained network has as many edges; NaN where a node has none, or a network no such node.
    """
    ranks = np.full((len(sizes), 2, max(sizes)), np.nan)
    for place, size in enumerate(sizes):
        flow, untrained = of_size(size)
        for which, part in enumerate((flow, untrained)):
            found = _hidden_ranks(flow, part)
            ranks[place, which, : len(found)] = found
    return xr.Dataset(
        {"rank": (("hidden_nodes", "trained", "node"), ranks)},
        coords={"hidden_nodes": list(sizes), "trained": [True, False]},
    )


def _hidden_ranks(flow: xr.Dataset, part: xr.Dataset) -> np.ndarray:
    roles = flow["role"].to_numpy()
    nodes = pd.DataFrame(
        {name: flow[name].to_numpy() for name in ("role", "layer")},
        index=pd.Index(flow["source"].to_numpy(), name="node"),
    )
    edge = part["edge"].sel(graph=flow.attrs["main"], drop=True)
    graph = threshold_graph(part["flow"].where(edge), nodes, _ANY)
    return rank_nodes(graph).ranks.to_numpy()[roles == "hidden"]
