import networkx as nx
import numpy as np
import pytest

import infoscope as isc
from infoscope import InputError
from infoscope.graphs.node_order import ORDERS, node_order


def graph() -> nx.DiGraph:
    """o0 ← h10 ← x0 and h2, and an isolated hidden node; nodes in no particular order."""
    made = nx.DiGraph()
    roles = {"o0": "output", "h10": "hidden", "x0": "input", "h2": "hidden", "h1": "hidden"}
    for name, role in roles.items():
        made.add_node(name, role=role)
    made.add_edges_from([("x0", "h10"), ("h2", "h10"), ("h10", "o0")], flow=1.0)
    return made


def test_orders_of_a_small_graph() -> None:
    assert node_order(graph(), order="role") == ["x0", "h10", "h2", "h1", "o0"]
    assert node_order(graph(), order="rank") == ["x0", "h2", "h10", "o0", "h1"]
    assert node_order(graph(), order="name") == ["h1", "h2", "h10", "o0", "x0"]
    assert node_order(graph(), order=["h1", "x0", "o0", "h2", "h10"])[0] == "h1"


def test_rank_order_uses_the_given_ranking() -> None:
    turned = isc.rank_nodes(graph().reverse())
    assert node_order(graph(), order="rank", ranking=turned) == ["o0", "h10", "x0", "h2", "h1"]


def test_clusters_stand_together() -> None:
    """Two groups whose members send to their own group only, interleaved by name."""
    made = nx.DiGraph()
    made.add_nodes_from(f"n{i}" for i in range(12))
    rng = np.random.default_rng(0)
    for i in range(12):
        for j in range(i % 2, 12, 2):
            if i != j:
                made.add_edge(f"n{i}", f"n{j}", flow=1.0 + 0.1 * rng.random())
    found = [int(name[1:]) % 2 for name in node_order(made, order="cluster")]
    assert np.count_nonzero(np.diff(found)) == 1


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_every_order_lists_every_node_once(order: str, n: int) -> None:
    made = nx.path_graph(n, create_using=nx.DiGraph)
    assert sorted(node_order(made, order=order)) == list(range(n))


@pytest.mark.parametrize("order", ["size", 3, ["x0"], ["o0", "h10", "x0", "h2", "h2"]])
def test_wrong_orders_are_refused(order) -> None:
    with pytest.raises(InputError, match="order must be one of"):
        node_order(graph(), order=order)
