"""A graph that is written and read again is the same graph, whatever its names and numbers."""

import csv
import importlib.util
import json
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import infoscope as isc
from infoscope import InputError, MissingDependency
from infoscope.graphs.graph_files import FORMATS
from infoscope.graphs.portable import portable

with_arrow = pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="no pyarrow")
every_format = pytest.mark.parametrize(
    "ending", [pytest.param(e, marks=with_arrow if e == ".parquet" else ()) for e in FORMATS]
)
HOLDS_GRAPH_ATTRIBUTES = (".graphml", ".json")
HOSTILE = [
    "<script>alert('x')</script>",
    'a "quoted", name',
    "two\nlines",
    "tab\tand  spaces ",
    "&amp; {brace} $x^2$",
    "=1+1",
    "'=apostrophe",
    "-minus",
    "温度 ΔT 🌡",
    "NaN",
    "",
    "12",
    "True",
]


def equal(one: nx.DiGraph, other: nx.DiGraph, ending: str) -> bool:
    """Whether nodes, edges and all attributes that the format holds are equal."""
    if ending in HOLDS_GRAPH_ATTRIBUTES and one.graph != other.graph:
        return False
    nodes = list(one.nodes(data=True)) == list(other.nodes(data=True))
    return nodes and list(one.edges(data=True)) == list(other.edges(data=True))


def again(graph: nx.DiGraph, folder: Path, ending: str, **options: object) -> nx.DiGraph:
    path = folder / f"graph{ending}"
    isc.graphs.write_graph(graph, path, **options)  # pyright: ignore[reportArgumentType]
    return isc.graphs.read_graph(path)


def hostile_graph() -> nx.DiGraph:
    graph = nx.DiGraph(level=0.05, correction="fwer", notes=("first <b>", "second"))
    for place, name in enumerate(HOSTILE):
        graph.add_node(name, role=("input", "hidden", "output")[place % 3], layer=place % 3)
    for a, b in pairwise(HOSTILE[:-2]):
        graph.add_edge(a, b, flow=0.1 + 1e-17 * len(a), q=1e-300)
    graph.nodes["=1+1"]["unit"] = "=SUM(A1)"
    return graph


@every_format
def test_reading_back_gives_the_graph_with_any_names(ending: str, tmp_path: Path) -> None:
    graph = hostile_graph()
    expected = portable(graph)
    found = again(graph, tmp_path, ending)
    assert equal(found, expected, ending)
    assert set(found) == set(HOSTILE)
    assert list(nx.isolates(found)) == list(nx.isolates(expected)) != []
    first = tuple(HOSTILE[:2])
    assert found.edges[first]["flow"] == graph.edges[first]["flow"]


@every_format
def test_graph_of_a_flow_keeps_roles_flows_ranks_and_p(ending: str, tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(20, 12, 2))
    rec = isc.Recording.from_arrays(inputs=x, hidden=np.tanh(x + 0.3 * x[:, ::-1]))
    flow = isc.information_flow(rec, estimator=isc.Gaussian())
    test = flow.significance("circular-shift", surrogates=39)
    graph = test.graph(0.2)
    ranking = isc.rank_nodes(graph)
    assert graph.number_of_edges() > 0
    found = again(graph, tmp_path, ending, ranking=ranking, values=test.data[["p", "q"]])
    assert {(a, b): w for a, b, w in found.edges(data="flow")} == {
        (a, b): w for a, b, w in graph.edges(data="flow")
    }
    for a, b, own in found.edges(data=True):
        assert own["p"] == float(test.p.sel(source=a, target=b))
        assert own["p_fwer"] == graph.edges[a, b]["p_fwer"]
    for name, own in found.nodes(data=True):
        assert own["role"] == graph.nodes[name]["role"]
        rank = ranking.ranks[name]
        assert own.get("rank") == (None if np.isnan(rank) else rank)
        assert own["component"] == ranking.table.loc[name, "component"]
    # One order in every format: by rank, isolated nodes last.
    assert list(found) == isc.graphs.node_order(graph, order="rank")
    assert [own["order"] for _, own in found.nodes(data=True)] == list(range(len(graph)))


@every_format
@pytest.mark.parametrize("nodes", [[], ["alone"], ["a", "b"]])
def test_graphs_without_an_edge(ending: str, nodes: list[str], tmp_path: Path) -> None:
    graph = nx.DiGraph()
    graph.add_nodes_from(nodes, role="hidden")
    found = again(graph, tmp_path, ending)
    assert list(found) == nodes
    assert found.number_of_edges() == 0
    assert found.is_directed()


@every_format
def test_missing_numbers_are_left_out_and_infinite_ones_come_back(
    ending: str, tmp_path: Path
) -> None:
    graph = nx.DiGraph()
    graph.add_node("a", rank=np.nan, entropy=-np.inf, note=None, empty="")
    graph.add_node("b", rank=0.5, entropy=1.0)
    graph.add_edge("a", "b", flow=np.inf, p=np.nan)
    graph.add_edge("b", "a", flow=np.float64(0.25), p=np.float32(0.5))
    found = again(graph, tmp_path, ending)
    assert dict(found.nodes["a"]) == {"entropy": -np.inf, "order": 0}
    assert dict(found.nodes["b"]) == {"rank": 0.5, "entropy": 1.0, "order": 1}
    assert dict(found.edges["a", "b"]) == {"flow": np.inf}
    assert dict(found.edges["b", "a"]) == {"flow": 0.25, "p": 0.5}


@every_format
def test_kinds_of_attributes_survive(ending: str, tmp_path: Path) -> None:
    graph = nx.DiGraph()
    graph.add_node("a", constant=np.bool_(True), layer=np.int64(3), unit="bit/s", size=2.0)
    graph.add_node("b", constant=False, layer=-1, unit="0.5 mm", size=1e-12)
    kinds = {k: type(v) for k, v in again(graph, tmp_path, ending).nodes["a"].items()}
    assert kinds["constant"] is bool
    assert kinds["layer"] is int
    assert kinds["unit"] is str
    assert kinds["size"] is float


names = st.text(
    st.characters(codec="utf-8", exclude_characters="\r", exclude_categories=["Cc", "Cn", "Co"]),
    max_size=12,
)


@pytest.mark.parametrize("ending", [e for e in FORMATS if e != ".parquet"])
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(names, min_size=2, max_size=6, unique=True), st.data())
def test_any_text_is_a_name(ending: str, tmp_path: Path, nodes: list[str], data) -> None:
    graph = nx.DiGraph()
    graph.add_nodes_from(nodes, role="hidden")
    pairs = [(a, b) for a in nodes for b in nodes if a != b]
    for a, b in data.draw(st.lists(st.sampled_from(pairs), unique=True)):
        flow = data.draw(st.floats(allow_nan=False, allow_infinity=False, width=32))
        graph.add_edge(a, b, flow=flow)
    assert equal(again(graph, tmp_path, ending), portable(graph), ending)


def test_what_xml_forbids_becomes_its_code_in_every_format() -> None:
    graph = nx.DiGraph([("bell\x07", "return\r"), ("no character \uffff", "é")])
    assert list(portable(graph)) == ["bell\\x07", "return\\r", "no character \\uffff", "é"]


def test_files_are_the_same_bytes_each_time_and_plain_for_others(tmp_path: Path) -> None:
    graph = hostile_graph()
    for ending in (".graphml", ".gexf", ".json", ".csv"):
        isc.graphs.write_graph(graph, tmp_path / f"one{ending}")
        isc.graphs.write_graph(graph, tmp_path / f"two{ending}")
        assert (tmp_path / f"one{ending}").read_bytes() == (tmp_path / f"two{ending}").read_bytes()
    assert "lastmodified" not in (tmp_path / "one.gexf").read_text(encoding="utf-8")
    ElementTree.parse(tmp_path / "one.graphml")
    held = json.loads((tmp_path / "one.json").read_text(encoding="utf-8"))
    assert {"directed", "nodes", "edges"} <= set(held)
    with (tmp_path / "one.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == graph.number_of_edges()
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert len(pd.read_csv(tmp_path / "one-nodes.csv")) == len(graph)


def test_networkx_reads_the_files_itself(tmp_path: Path) -> None:
    graph = portable(hostile_graph())
    isc.graphs.write_graph(hostile_graph(), tmp_path / "g.graphml")
    isc.graphs.write_graph(hostile_graph(), tmp_path / "g.gexf")
    for found in (
        nx.read_graphml(tmp_path / "g.graphml"),
        nx.read_gexf(tmp_path / "g.gexf", node_type=str),
    ):
        assert nx.is_directed(found)
        assert {(a, b, w) for a, b, w in found.edges(data="flow")} == {
            (a, b, w) for a, b, w in graph.edges(data="flow")
        }


@pytest.mark.parametrize(
    ("graph", "options", "words"),
    [
        (nx.Graph([("a", "b")]), {}, "directed"),
        (nx.MultiDiGraph([("a", "b"), ("a", "b")]), {}, "parallel"),
        (nx.DiGraph([(1, "1")]), {}, "twice"),
        (nx.DiGraph([("a", "b", {"flow": 1 + 2j})]), {}, "attribute 'flow'"),
        (nx.DiGraph([("a", "b", {"source": 1.0})]), {}, "'source'"),
        (nx.DiGraph([("a", "b")]), {"order": "size"}, "order"),
        (nx.DiGraph([("a", "b")]), {"order": ["a"]}, "'b'"),
        (nx.DiGraph([("a", "b")]), {"values": {"p": 3}}, "values"),
        (nx.DiGraph([("a", "b")]), {"ranking": isc.rank_nodes(np.eye(2))}, "ranking"),
    ],
)
def test_what_cannot_be_written_is_named(
    graph: nx.Graph, options: dict, words: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=words):
        isc.graphs.write_graph(graph, tmp_path / "graph.json", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_matrix_of_other_nodes_is_refused(tmp_path: Path) -> None:
    p = xr.DataArray(np.eye(2), {"source": ["a", "c"], "target": ["a", "c"]}, ("source", "target"))
    with pytest.raises(InputError, match="values"):
        isc.graphs.write_graph(nx.DiGraph([("a", "b")]), tmp_path / "g.csv", values={"p": p})


@pytest.mark.parametrize("name", ["graph", "graph.xlsx", "graph.csv.gz"])
def test_endings_that_work_are_named(name: str, tmp_path: Path) -> None:
    for act in (isc.graphs.read_graph, lambda path: isc.graphs.write_graph(nx.DiGraph(), path)):
        with pytest.raises(InputError, match=r"\.graphml, \.gexf, \.json, \.csv, \.parquet"):
            act(tmp_path / name)


@pytest.mark.parametrize("ending", [".graphml", ".gexf", ".json", ".csv"])
@pytest.mark.parametrize("held", [None, b"", b"<a>", b"\xff\xfe", b"[1, 2]", b"a,b\n1,2\n"])
def test_a_file_that_holds_no_graph_is_refused(
    ending: str, held: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / f"graph{ending}"
    if held is not None:
        path.write_bytes(held)
    with pytest.raises(InputError, match="write_graph wrote"):
        isc.graphs.read_graph(path)


def test_parquet_without_its_package_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingDependency, match=r"infoscope\[files\]"):
        isc.graphs.write_graph(nx.DiGraph(), tmp_path / "g.parquet")
