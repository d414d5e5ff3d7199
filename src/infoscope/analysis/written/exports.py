"""The main graph of a run, in every format that other programs read."""

from importlib.util import find_spec
from pathlib import Path

from infoscope.analysis.results import Results
from infoscope.graphs.graph_files import FORMATS, write_graph


def write_graphs(results: Results, folder: Path) -> None:
    """Write the main graph with roles, ranks, flows and, if tested, p and q of its edges.

    Its name is ``main``, corrected ``corrected_main``. Parquet needs the package pyarrow, and is
    left out without it.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    name = "corrected_main" if results.study.data and results.settings.repairs else "main"
    graph, ranking = results.graphs[results.main], results.rankings[results.main]
    for ending in FORMATS:
        if ending != ".parquet" or find_spec("pyarrow") is not None:
            path = folder / f"{name}{ending}"
            write_graph(graph, path, ranking=ranking, values=results.edge_tests)
