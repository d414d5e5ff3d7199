import json
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from infoscope import InputError
from infoscope.graphs import degree_correlation, degrees, neighbour_similarity
from infoscope.graphs.graph import threshold_graph
from reference import networks as twin

NODES = pd.DataFrame(
    {"role": ["input", "hidden", "hidden", "output"], "layer": [0, 1, 1, 2]},
    index=["x", "h", "g", "o"],
)


def matrix(values: list[list[float]]) -> xr.DataArray:
    names = list(NODES.index)
    return xr.DataArray(
        values, dims=("source", "target"), coords={"source": names, "target": names}
    )


FLOW = matrix(
    [
        [np.nan, 0.5, 0.25, -0.1],
        [0.1, np.nan, np.nan, 0.3],
        [0.0, 0.2, np.nan, 0.25],
        [-0.5, 0.0, 0.1, np.nan],
    ]
)


@pytest.mark.parametrize(
    ("threshold", "edges"),
    [
        (0.5, []),
        (0.25, [("x", "h"), ("h", "o")]),
        (0.0, [("x", "h"), ("x", "g"), ("h", "x"), ("h", "o"), ("g", "h"), ("g", "o"), ("o", "g")]),
        (-0.1, 9),
        (-1.0, 11),
    ],
)
def test_an_edge_needs_more_than_the_threshold(
    threshold: float, edges: int | list[tuple[str, str]]
) -> None:
    graph = threshold_graph(FLOW, NODES, threshold)
    assert graph.graph["threshold"] == threshold
    if isinstance(edges, int):
        assert graph.number_of_edges() == edges
    else:
        assert sorted(graph.edges) == sorted(edges)
    for a, b, flow in graph.edges(data="flow"):
        assert flow == float(FLOW.sel(source=a, target=b))


def test_all_nodes_are_kept_in_their_order_with_what_is_known_of_them() -> None:
    graph = threshold_graph(FLOW, NODES, 9.0)
    assert dict(graph.nodes(data=True)) == {
        "x": {"role": "input", "layer": 0},
        "h": {"role": "hidden", "layer": 1},
        "g": {"role": "hidden", "layer": 1},
        "o": {"role": "output", "layer": 2},
    }
    assert list(graph.nodes) == ["x", "h", "g", "o"]


def test_a_diagonal_makes_no_loops() -> None:
    graph = threshold_graph(matrix(np.ones((4, 4)).tolist()), NODES, 0.5)
    assert graph.number_of_edges() == 12
    assert nx.number_of_selfloops(graph) == 0


def test_edges_follow_the_labels_of_the_flow() -> None:
    shuffled = FLOW.sel(source=["o", "x", "g", "h"], target=["g", "o", "h", "x"])
    graph = threshold_graph(shuffled, NODES, 0.25)
    assert sorted(graph.edges(data="flow")) == [("h", "o", 0.3), ("x", "h", 0.5)]


def test_graph_can_be_written_for_other_programs(tmp_path: Path) -> None:
    graph = threshold_graph(FLOW, NODES.assign(constant=[True, False, False, False]), 0.0)
    nx.write_graphml(graph, tmp_path / "flow.graphml")
    nx.write_gexf(graph, tmp_path / "flow.gexf")
    again = nx.read_graphml(tmp_path / "flow.graphml")
    assert dict(again.nodes(data=True)) == dict(graph.nodes(data=True))
    assert dict(again.edges) == dict(graph.edges)
    text = json.dumps(nx.node_link_data(graph, edges="edges"))
    assert nx.utils.graphs_equal(nx.node_link_graph(json.loads(text), edges="edges"), graph)


@pytest.mark.parametrize("threshold", [float("nan"), float("inf"), "0.1", None])
def test_threshold_is_a_finite_number(threshold: object) -> None:
    with pytest.raises(InputError, match="threshold must be a finite number, got"):
        threshold_graph(FLOW, NODES, threshold)  # pyright: ignore


def test_degrees_count_sources_and_sinks() -> None:
    table = degrees(threshold_graph(FLOW, NODES, 0.0))
    assert table.index.tolist() == ["x", "h", "g", "o"]
    assert table["in_degree"].tolist() == [1, 2, 2, 2]
    assert table["out_degree"].tolist() == [2, 2, 2, 1]
    assert table["role"].tolist() == ["input", "hidden", "hidden", "output"]


def test_degrees_of_a_graph_without_attributes_keep_its_order() -> None:
    graph = nx.DiGraph([(7, 3), (5, 3)])
    graph.add_node(1)
    table = degrees(graph)
    assert table.index.tolist() == [7, 3, 5, 1]
    assert table["in_degree"].tolist() == [0, 2, 0, 0]
    assert table["out_degree"].tolist() == [1, 0, 1, 0]


def test_degrees_keep_a_node_without_attributes() -> None:
    graph = nx.DiGraph([("a", "b")])
    graph.add_node("b", role="output")
    assert degrees(graph)["in_degree"].to_dict() == {"a": 0, "b": 1}


def test_degrees_of_nodes_named_by_pairs() -> None:
    graph = nx.DiGraph([((0, 0), (0, 1)), ((1, 0), (0, 1))])
    nx.set_node_attributes(graph, "hidden", "role")
    assert degrees(graph)["in_degree"].to_dict() == {(0, 0): 0, (0, 1): 2, (1, 0): 0}


# By hand: deviations of the out-degrees times those of the in-degrees, over their lengths.
CORRELATIONS = [
    ([(0, 1), (0, 2), (1, 2)], -1.0),  # out 2 1 0, in 0 1 2
    ([(0, 1), (0, 2), (1, 2), (2, 0)], -0.5),  # out 2 1 1, in 1 1 2
    ([(0, 1), (1, 0), (0, 2), (2, 0)], 1.0),  # out 2 1 1, in 2 1 1
    ([(0, 1), (0, 2), (0, 3)], -1.0),  # a star
]


@pytest.mark.parametrize(("edges", "expected"), CORRELATIONS)
@pytest.mark.parametrize("isolated", [0, 5])
def test_degree_correlation_is_over_the_nodes_that_have_an_edge(
    edges: list[tuple[int, int]], expected: float, isolated: int
) -> None:
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(range(10, 10 + isolated))
    assert degree_correlation(graph) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "edges",
    [
        [],
        [(0, 1)],  # two nodes only
        [(0, 1), (1, 2), (2, 0)],  # both degrees constant
        [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (1, 3), (2, 0), (3, 1)],  # all of them 2
        [(0, 1), (1, 2), (2, 3), (3, 1)],  # out-degree constant, in-degree not
    ],
)
def test_degree_correlation_is_undefined_without_spread(edges: list[tuple[int, int]]) -> None:
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(range(4) if not edges else [])
    assert np.isnan(degree_correlation(graph))


@pytest.mark.parametrize("seed", range(5))
def test_similarity_equals_that_of_sets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    linked = rng.random((9, 9)) < 0.4
    roles = ["input"] * 3 + ["hidden"] * 4 + ["output"] * 2
    graph: nx.DiGraph = nx.DiGraph([(int(a), int(b)) for a, b in np.argwhere(linked) if a != b])
    graph.add_nodes_from((i, {"role": role}) for i, role in enumerate(roles))
    table = neighbour_similarity(graph)
    assert set(table[["node", "other"]].itertuples(index=False, name=None)) == {
        (a, b) for a in (3, 4, 5, 6) for b in (3, 4, 5, 6) if a != b
    }
    assert len(table) == 12
    for row in table.itertuples(index=False):
        sources = [{a for a, b in graph.edges if b == node} for node in (row.node, row.other)]
        sinks = [{b for a, b in graph.edges if a == node} for node in (row.node, row.other)]
        assert row.source_similarity == pytest.approx(twin.similarity(*sources), abs=1e-15)
        assert row.sink_similarity == pytest.approx(twin.similarity(*sinks), abs=1e-15)


def test_similarity_by_hand() -> None:
    graph = nx.DiGraph([("x", "a"), ("x", "b"), ("y", "a"), ("a", "o"), ("b", "p")])
    nx.set_node_attributes(graph, {"a": "output", "b": "output"}, "role")
    table = neighbour_similarity(graph, role="output").set_index(["node", "other"])
    assert table.loc[("a", "b")].tolist() == [1 / 3, 0.0]
    assert table.loc[("b", "a")].tolist() == [1 / 2, 0.0]


def test_similarity_needs_two_nodes_of_the_role() -> None:
    graph = threshold_graph(FLOW, NODES, 0.0)
    with pytest.raises(InputError, match="graph must have two output nodes or more, got 1"):
        neighbour_similarity(graph, role="output")
