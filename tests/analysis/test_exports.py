from importlib.util import find_spec

import numpy as np
import pytest

import infoscope as isc
from infoscope.analysis.written.exports import write_graphs
from infoscope.graphs.graph_files import FORMATS


@pytest.mark.parametrize("run", ["results", "bare_results", "corrected_results"])
def test_every_format_holds_the_main_graph_with_its_ranks(
    run, request: pytest.FixtureRequest, tmp_path
) -> None:
    found = request.getfixturevalue(run)
    graph, ranks = found.graphs[found.main], found.rankings[found.main].ranks
    write_graphs(found, tmp_path)
    name = "corrected_main" if found.settings.repairs else "main"
    formats = [f for f in FORMATS if f != ".parquet" or find_spec("pyarrow") is not None]
    tables = [f"-nodes{f}" for f in formats if f in (".csv", ".parquet")]
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}{f}" for f in formats + tables}
    for ending in formats:
        again = isc.graphs.read_graph(tmp_path / f"{name}{ending}")
        assert set(again) == set(graph)
        assert set(again.edges(data="flow")) == set(graph.edges(data="flow"))
        for node, own in again.nodes(data=True):
            assert own["role"] == graph.nodes[node]["role"]
            assert own.get("rank", np.nan) == pytest.approx(ranks[node], rel=1e-12, nan_ok=True)


def test_edges_of_a_corrected_graph_carry_the_largest_p_of_all_nulls(
    corrected_results, tmp_path
) -> None:
    write_graphs(corrected_results, tmp_path)
    nulls = corrected_results.nulls.values()
    assert len(nulls) == 2
    graph = isc.graphs.read_graph(tmp_path / "corrected_main.json")
    for source, target, own in graph.edges(data=True):
        for name in ("p", "p_fwer", "q"):
            each = [float(getattr(null, name).sel(source=source, target=target)) for null in nulls]
            assert own[name] == max(each)
