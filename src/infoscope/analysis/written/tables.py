"""The tables of a run, as CSV."""

from pathlib import Path

import pandas as pd
from pandas.api.types import is_numeric_dtype

from infoscope._escaping import no_formula
from infoscope._files import write_whole
from infoscope.analysis.estimators import decoded
from infoscope.analysis.results import Results
from infoscope.graphs.graph import degrees


def write_tables(results: Results, folder: Path) -> None:
    """Write every table of an analysis; corrected ones are named ``corrected_<what>``.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    prefix = "corrected_" if results.settings.repairs else ""
    for name, table in _tables(results).items():
        write_table(folder / f"{prefix}{name}.csv", table)


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, without its index and safe against formula injection.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    safe = without_formulas(table)
    write_whole(path, lambda passing: safe.to_csv(passing, index=False))


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose text cannot act as a spreadsheet formula.

    Text, column names included, that begins like a formula gets a leading apostrophe, as typed in a
    spreadsheet. Numbers stay.

    Examples
    --------
    >>> without_formulas(pd.DataFrame({"=a": ["-b", "c"], "d": [-1.0, 2.0]})).values.tolist()
    [["'-b", -1.0], ['c', 2.0]]
    """
    texts = [name for name, dtype in table.dtypes.items() if not is_numeric_dtype(dtype)]
    safe = table.copy()
    for name in texts:
        safe[name] = table[name].map(_safe)
    return safe.rename(columns=_safe)


def _tables(results: Results) -> dict[str, pd.DataFrame]:
    assert results.study.data is not None
    of_all = {
        "forecast": results.forecast,
        "nodes": results.flow.nodes.reset_index(),
        "class_order": results.class_orders().reset_index(),
        "node_plane": results.nodes.to_frame(),
        "gradients": results.gradients,
        "data_notes": pd.DataFrame({"note": list(results.study.data.notes)}),
    }
    if "indicators" in results.stages:
        summary = results.indicators.summary().rename_axis("indicator")
        of_all |= {
            "output_plane": results.outputs.to_frame(),
            "indicators": results.indicators.to_frame(),
            "indicator_summary": summary.reset_index(),
        }
    if "sensitivity" in results.stages:
        of_all["complexity_and_subsets"] = results.sensitivity
    return of_all | (_repaired(results) if results.settings.repairs else _published(results))


def _published(results: Results) -> dict[str, pd.DataFrame]:
    graphs, rankings = results.graphs.items(), results.variants.items()
    return {
        "flow": results.flow.to_frame(),
        "degrees": pd.concat(
            [
                degrees(graph).reset_index().assign(threshold=float(name.removesuffix(" bits")))
                for name, graph in graphs
            ]
        ),
        "ranks": pd.concat(
            [ranking.table.reset_index().assign(ranking=name) for name, ranking in rankings]
        ),
        "rank_correlations": results.rank_correlations(),
        "similarity": results.similarity(),
    }


def _repaired(results: Results) -> dict[str, pd.DataFrame]:
    rankings = results.rankings.items()
    found = {
        "edges": results.edge_table(),
        "ranks": pd.concat(
            [ranking.table.reset_index().assign(graph=name) for name, ranking in rankings]
        ),
        "rank_tests": results.rank_tests,
        "rankings": results.comparison,
        "curves": results.curves.to_dataframe().reset_index(),
    }
    if results.calibration is not None:
        found["calibration"] = results.calibration.scores
        found["calibration_pairs"] = results.calibration.pairs
    return found | ({"planes": _of_epochs(results)} if decoded(results.settings) else {})


def _of_epochs(results: Results) -> pd.DataFrame:
    """Return the table of values per epoch."""
    names = [name for name, values in results.planes.data_vars.items() if values.dims == ("epoch",)]
    return results.planes[names].to_dataframe().reset_index()


def _safe(value: object) -> object:
    return no_formula(value) if isinstance(value, str) else value
