"""The tables of a run, as CSV."""

from pathlib import Path

import pandas as pd

from infoscope._files import write_whole
from infoscope.graph import degrees
from infoscope.replication.results import PublishedResults


def write_tables(results: PublishedResults, folder: Path) -> None:
    """Write every table of a run: flows, nodes, rankings, planes, indicators and the rest.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    for name, table in _tables(results).items():
        write_whole(
            folder / f"{name}.csv", lambda path, table=table: table.to_csv(path, index=False)
        )


def _tables(results: PublishedResults) -> dict[str, pd.DataFrame]:
    graphs, rankings = results.graphs.items(), results.rankings.items()
    return {
        "forecast": results.forecast,
        "flow": results.flow.to_frame(),
        "nodes": results.flow.nodes.reset_index(),
        "degrees": pd.concat(
            [degrees(graph).reset_index().assign(threshold=t) for t, graph in graphs]
        ),
        "ranks": pd.concat(
            [ranking.table.reset_index().assign(ranking=name) for name, ranking in rankings]
        ),
        "class_order": results.class_orders().reset_index(),
        "rank_correlations": results.rank_correlations(),
        "similarity": results.similarity(),
        "node_plane": results.nodes.to_frame(),
        "output_plane": results.outputs.to_frame(),
        "indicators": results.indicators.to_frame(),
        "indicator_summary": results.indicators.summary().rename_axis("indicator").reset_index(),
        "gradients": results.gradients,
        "complexity_and_subsets": results.sensitivity,
        "data_notes": pd.DataFrame({"note": list(results.windows.notes)}),
    }
