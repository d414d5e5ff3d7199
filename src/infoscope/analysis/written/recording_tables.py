"""Numbers and tables of the analysis of a recording, for files."""

from pathlib import Path
from typing import Any

import pandas as pd

from infoscope.analysis.results import Results
from infoscope.analysis.stages.measures import LEFT_OUT
from infoscope.analysis.written.summary import without_nan
from infoscope.analysis.written.tables import write_table
from infoscope.graphs.graph import degree_correlation


def write_recording_tables(results: Results, folder: Path) -> None:
    """Write edges, nodes, ranks, rank tests, calibration, curves and groups as CSV.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    for name, table in recording_tables(results).items():
        write_table(folder / f"{name}.csv", table)


def recording_tables(results: Results) -> dict[str, pd.DataFrame]:
    """Return the tables by name."""
    rankings = results.rankings.items()
    found = {
        "edges": results.edge_table(),
        "nodes": results.flow.nodes.reset_index(),
        "ranks": pd.concat(
            [ranking.table.reset_index().assign(graph=name) for name, ranking in rankings]
        ),
        "rank_tests": results.rank_tests,
        "choices": pd.DataFrame([vars(choice) for choice in results.choices]),
    }
    if "nodes" in results.stages:
        found["node_plane"] = results.nodes.to_frame()
    if "learning" in results.stages:
        found["curves"] = results.stages["learning"].to_dataframe().reset_index()
    if results.calibration is not None:
        found["calibration"] = results.calibration.scores
        found["calibration_pairs"] = results.calibration.pairs
    if results.groups is not None:
        found["group_edges"] = results.groups.edge_table()
    return found


def recording_summary(results: Results) -> dict[str, Any]:
    """Return the numbers of an analysis, with None for undefined ones."""
    facts: dict[str, Any] = {
        "measure": results.settings.measure,
        "estimator": str(results.flow.estimator),
        "lag": results.flow.lag,
        "rows": results.flow.n,
        "nodes": len(results.flow.nodes),
        "alignment": results.flow.alignment,
        "flags": list(results.flow.flags),
        "test": results.test.null,
        "choices": [vars(choice) for choice in results.choices],
        "graph": {name: _graph(results, name) for name in results.graphs},
        "left_out": list(_left_out(results)),
        "timing": {name: round(value, 3) for name, value in results.timing.items()},
    }
    if results.groups is not None:
        facts["groups"] = recording_summary(results.groups)
    return without_nan(facts)


def _graph(results: Results, name: str) -> dict[str, Any]:
    graph, ranking = results.graphs[name], results.rankings[name]
    tests = results.rank_tests[results.rank_tests["graph"] == name].set_index("statistic")
    return {
        "edges": graph.number_of_edges(),
        "isolated": sum(1 for _, degree in graph.degree() if degree == 0),
        "degree_correlation": degree_correlation(graph),
        "directedness": ranking.directedness,
        "tests": tests[["null", "value", "null_mean", "null_sd", "p"]].to_dict("index"),
    }


def _left_out(results: Results) -> tuple[str, ...]:
    stages = results.stages.values()
    return tuple(reason for stage in stages for reason in stage.attrs.get(LEFT_OUT, ()))
