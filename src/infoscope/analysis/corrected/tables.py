"""The plain tables of a corrected run, as CSV."""

from pathlib import Path

import pandas as pd

from infoscope.analysis.corrected.results import CorrectedResults
from infoscope.analysis.tables import write_table


def write_corrected_tables(results: CorrectedResults, folder: Path) -> None:
    """Write every table of a corrected run, named ``corrected_<what>``.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    for name, table in _tables(results).items():
        write_table(folder / f"corrected_{name}.csv", table)


def _tables(results: CorrectedResults) -> dict[str, pd.DataFrame]:
    rankings = results.rankings.items()
    return {
        "forecast": results.forecast,
        "edges": results.edge_table(),
        "nodes": results.flow.nodes.reset_index(),
        "ranks": pd.concat(
            [ranking.table.reset_index().assign(graph=name) for name, ranking in rankings]
        ),
        "class_order": results.class_orders().reset_index(),
        "rank_tests": results.rank_tests,
        "rankings": results.comparison,
        "node_plane": results.nodes.to_frame(),
        "curves": results.curves.to_dataframe().reset_index(),
        "planes": _of_epochs(results),
        "gradients": results.gradients,
        "data_notes": pd.DataFrame({"note": list(results.series.notes)}),
    }


def _of_epochs(results: CorrectedResults) -> pd.DataFrame:
    """Return what has one value per epoch."""
    names = [name for name, values in results.planes.data_vars.items() if values.dims == ("epoch",)]
    return results.planes[names].to_dataframe().reset_index()
