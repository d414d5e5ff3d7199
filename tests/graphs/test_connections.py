"""Pairs of nodes by their roles, and the graph of the largest entries, one by one."""

import numpy as np
import pandas as pd
import xarray as xr

from infoscope.graphs.connections import connections, impossible
from infoscope.graphs.graph import densest_graph, largest_entries

ROLES = ["output", "hidden", "input", "hidden", "input"]
NODES = pd.DataFrame({"role": ROLES}, index=list("abcde"))


def test_each_pair_is_a_connection_impossible_or_neither() -> None:
    there, never = connections(NODES), impossible(NODES)
    for i, source in enumerate(ROLES):
        for j, target in enumerate(ROLES):
            hop = (source, target)
            forward = hop in {("input", "hidden"), ("hidden", "hidden"), ("hidden", "output")}
            assert there[i, j] == (forward and i != j)
            assert never[i, j] == (ROLES.index(source) != ROLES.index(target) and not forward
                                   and hop != ("input", "output"))  # fmt: skip


def test_densest_graph_has_the_largest_entries() -> None:
    rng = np.random.default_rng(0)
    for _ in range(10):
        values = np.round(rng.normal(size=(5, 5)), 1)
        values[rng.random((5, 5)) < 0.2] = np.nan
        values[0, 1] = np.inf
        measure = xr.DataArray(values, {"source": list("abcde"), "target": list("abcde")})
        allowed = rng.random((5, 5)) < 0.8
        pairs = [(i, j) for i in range(5) for j in range(5)
                 if i != j and allowed[i, j] and np.isfinite(values[i, j])]  # fmt: skip
        for edges in (0, 1, 4, 30):
            best = sorted(pairs, key=lambda pair: -values[pair])[:edges]
            found = densest_graph(measure, NODES, edges, xr.zeros_like(measure, bool) | allowed)
            assert set(found.edges) == {("abcde"[i], "abcde"[j]) for i, j in best}
            assert [found.edges[e]["flow"] for e in found.edges] == [
                float(measure.sel(source=a, target=b)) for a, b in found.edges
            ]
    assert int(largest_entries(measure, 3).sum()) == 3
