"""Graphs as files for other programs: GraphML, GEXF, node-link JSON, CSV and Parquet."""

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import InputError, require
from infoscope._escaping import no_formula, with_formula
from infoscope._files import write_text, write_whole
from infoscope._validate import path_of
from infoscope.graphs.graph import directed, node_table
from infoscope.graphs.portable import portable
from infoscope.graphs.ranking import Ranking

# XML and JSON programs spell infinity differently or not at all; each reads this number.
_LARGEST = float(np.finfo(np.float64).max)
# What the readers raise for a file that is missing, damaged or something else.
_UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, SyntaxError)
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_TEXTS = {"source", "target", "node", "role"}


def write_graph(
    graph: nx.DiGraph,
    path: str | Path,
    *,
    ranking: Ranking | None = None,
    values: Mapping[Any, xr.DataArray] | None = None,
    order: str | Sequence[Any] | None = None,
) -> None:
    """Write a graph for other programs; the ending of the path chooses the format.

    Parameters
    ----------
    graph : networkx.DiGraph
        As returned by ``FlowMatrix.graph``, with roles, flows and any other attributes that are
        numbers, texts, truth values or lists of texts.
    path : str or Path
        ``.graphml``, ``.gexf``, ``.json`` (networkx's node-link form, list of edges ``edges``), or
        ``.csv`` or ``.parquet`` for a table of edges and, next to it, ``<name>-nodes`` of nodes.
        Parquet needs ``pip install 'infoscope[files]'``.
    ranking : Ranking, optional
        Adds ``rank`` and ``component`` to the nodes.
    values : mapping of str to DataArray (source, target), optional
        Further attributes of the edges, for example
        ``{"p": significance.p, "q": significance.q}``.
    order : {"rank", "role", "cluster", "name"} or sequence of nodes, optional
        Order of the nodes (`node_order`), the same in every format, which the attribute ``order``
        numbers; by default "rank" with a ranking, otherwise "role".

    Raises
    ------
    InputError
        If the ending or an argument is unknown, an attribute does not fit, or the file cannot be
        written.
    MissingDependency
        If Parquet needs its package.

    Notes
    -----
    Names are written as text, in full; characters that XML forbids become their code. A missing
    attribute (NaN, None, empty text) is left out. An infinite one is infinite in the tables, and
    the largest double, 1.8e308, elsewhere. A list of texts becomes one text of lines. Attributes of
    the graph itself, such as its level, are in GraphML and JSON. In CSV, text that a spreadsheet
    would run as a formula begins with an apostrophe. `read_graph` undoes all but the codes.

    Examples
    --------
    >>> import tempfile
    >>> graph = nx.DiGraph()
    >>> graph.add_edge("x0", "h0", flow=0.25)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_graph(graph, f"{folder}/flow.gexf")
    ...     read_graph(f"{folder}/flow.gexf").edges(data=True)
    OutEdgeDataView([('x0', 'h0', {'flow': 0.25})])
    """
    place, form = _form(path)
    form.write(portable(graph, ranking, values, order), place)


def read_graph(path: str | Path) -> nx.DiGraph:
    """Read a graph that `write_graph` wrote.

    Parameters
    ----------
    path : str or Path
        The file; of tables, the one of edges.

    Returns
    -------
    networkx.DiGraph
        Nodes in the written order, their names as text. Columns of a CSV whose cells are all
        numbers, or all True or False, are read as such.

    Raises
    ------
    InputError
        If the ending is unknown, or the file is missing or not a graph.
    MissingDependency
        If Parquet needs its package.

    Examples
    --------
    As `write_graph`.

    >>> read_graph("flow.txt")
    Traceback (most recent call last):
    infoscope._errors.InputError: path must end in .graphml, .gexf, .json, .csv, .parquet, ...
    """
    place, form = _form(path)
    try:
        return form.read(place)
    except (*_UNREADABLE, nx.NetworkXException) as error:
        raise InputError(
            f"path must be a graph that write_graph wrote, got {place}, which cannot be read: "
            f"{error}; write it again"
        ) from error


class _Form(NamedTuple):
    """A format: how to write a portable graph, and how to read it."""

    write: Callable[[nx.DiGraph, Path], None]
    read: Callable[[Path], nx.DiGraph]


def _form(path: Any) -> tuple[Path, _Form]:
    place = path_of(path, "path")
    if place.suffix.lower() not in _FORMS:
        raise InputError(
            f"path must end in {', '.join(_FORMS)}, got {place.name!r}; the ending is the format"
        )
    return place, _FORMS[place.suffix.lower()]


def _write_graphml(graph: nx.DiGraph, path: Path) -> None:
    # Not write_graphml, which uses lxml where that is installed.
    finite = _mapped(graph, _finite)
    write_whole(path, lambda passing: nx.write_graphml_xml(finite, str(passing)))


def _read_graphml(path: Path) -> nx.DiGraph:
    graph = nx.read_graphml(str(path))
    for name in ("node_default", "edge_default"):
        graph.graph.pop(name, None)
    return _mapped(graph, _infinite)


def _write_gexf(graph: nx.DiGraph, path: Path) -> None:
    text = "\n".join(nx.generate_gexf(_mapped(graph, _finite)))
    # The same graph is the same file on every day.
    write_text(path, re.sub(r' lastmodifieddate="[^"]*"', "", text, count=1))


def _read_gexf(path: Path) -> nx.DiGraph:
    graph = nx.read_gexf(str(path), node_type=str)
    graph.graph.clear()
    for _, own in graph.nodes(data=True):
        own.pop("label", None)
    for _, _, own in graph.edges(data=True):
        own.pop("id", None)
    return _mapped(graph, _infinite)


def _write_json(graph: nx.DiGraph, path: Path) -> None:
    held = nx.node_link_data(_mapped(graph, _finite), edges="edges")
    write_text(path, json.dumps(held, indent=1, allow_nan=False) + "\n")


def _read_json(path: Path) -> nx.DiGraph:
    held = json.loads(path.read_text(encoding="utf-8"))
    return _mapped(nx.node_link_graph(held, edges="edges"), _infinite)


def _mapped(graph: Any, change: Callable[[Any], Any]) -> nx.DiGraph:
    """Return a copy of a directed graph with every attribute changed."""
    graph = directed(graph)
    copied: nx.DiGraph = nx.DiGraph()
    copied.graph.update({name: change(value) for name, value in graph.graph.items()})
    for node, own in graph.nodes(data=True):
        copied.add_node(node, **{name: change(value) for name, value in own.items()})
    for source, target, own in graph.edges(data=True):
        copied.add_edge(source, target, **{name: change(value) for name, value in own.items()})
    return copied


def _finite(value: Any) -> Any:
    return float(np.clip(value, -_LARGEST, _LARGEST)) if isinstance(value, float) else value


def _infinite(value: Any) -> Any:
    whole = isinstance(value, float) and abs(value) == _LARGEST
    return value * np.inf if whole else value


def _of_nodes(path: Path) -> Path:
    """Return where the table of nodes is."""
    return path.with_name(f"{path.stem}-nodes{path.suffix}")


def _tables(graph: nx.DiGraph) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables of edges and of nodes."""
    edges = [{"source": a, "target": b, **own} for a, b, own in graph.edges(data=True)]
    table = pd.DataFrame(edges) if edges else pd.DataFrame({"source": [], "target": []}, dtype=str)
    return table, node_table(graph).reset_index()


def _from_tables(edges: pd.DataFrame, nodes: pd.DataFrame) -> nx.DiGraph:
    graph: nx.DiGraph = nx.DiGraph()
    for own in _rows(nodes):
        graph.add_node(own.pop("node"), **own)
    for own in _rows(edges):
        graph.add_edge(own.pop("source"), own.pop("target"), **own)
    return graph


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values, without missing ones."""
    columns = {str(name): table[name].tolist() for name in table}
    return [
        {name: cells[row] for name, cells in columns.items() if not pd.isna(cells[row])}
        for row in range(len(table))
    ]


def _write_parquet(graph: nx.DiGraph, path: Path) -> None:
    require("pyarrow", "writing Parquet", "files")
    for place, table in zip((path, _of_nodes(path)), _tables(graph), strict=True):
        write_whole(place, partial(table.to_parquet, engine="pyarrow", index=False))


def _read_parquet(path: Path) -> nx.DiGraph:
    require("pyarrow", "reading Parquet", "files")
    edges, nodes = (pd.read_parquet(each, engine="pyarrow") for each in (path, _of_nodes(path)))
    return _from_tables(edges, nodes)


def _write_csv(graph: nx.DiGraph, path: Path) -> None:
    for place, table in zip((path, _of_nodes(path)), _tables(graph), strict=True):
        rows = [[no_formula(str(name)) for name in table], *table.map(_cell).to_numpy().tolist()]
        write_whole(place, partial(_write_rows, rows=rows))


def _write_rows(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return no_formula(value)
    return "" if pd.isna(value) else repr(value)


def _read_csv(path: Path) -> nx.DiGraph:
    return _from_tables(*(_typed(each) for each in (path, _of_nodes(path))))


def _typed(path: Path) -> pd.DataFrame:
    """Read a table, each column as whole numbers, numbers, truth values or text."""
    with path.open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    columns = {}
    for place, name in enumerate(map(with_formula, names)):
        cells = [row[place] for row in rows]
        kind = with_formula if name in _TEXTS else _kind([cell for cell in cells if cell])
        # The name of a node may be empty; any other empty cell is missing.
        columns[name] = [
            kind(cell) if cell or name in _TEXTS - {"role"} else None for cell in cells
        ]
    return pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})


def _kind(cells: list[str]) -> Callable[[str], Any]:
    if all(cell in ("True", "False") for cell in cells):
        return lambda cell: cell == "True"
    if all(_WHOLE.fullmatch(cell) for cell in cells):
        return int
    try:
        list(map(float, cells))
    except ValueError:
        return with_formula
    return float


_FORMS = {
    ".graphml": _Form(_write_graphml, _read_graphml),
    ".gexf": _Form(_write_gexf, _read_gexf),
    ".json": _Form(_write_json, _read_json),
    ".csv": _Form(_write_csv, _read_csv),
    ".parquet": _Form(_write_parquet, _read_parquet),
}
FORMATS = tuple(_FORMS)
