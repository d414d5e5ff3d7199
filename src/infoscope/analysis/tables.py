"""The tables of a run, as CSV."""

from pathlib import Path

import pandas as pd
from pandas.api.types import is_numeric_dtype

from infoscope._files import write_whole
from infoscope.analysis.results import PublishedResults
from infoscope.graphs.graph import degrees

# With these a spreadsheet begins a formula.
_FORMULA = ("=", "+", "-", "@")


def write_tables(results: PublishedResults, folder: Path) -> None:
    """Write every table of a run: flows, nodes, rankings, planes, indicators and the rest.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    for name, table in _tables(results).items():
        write_table(folder / f"{name}.csv", table)


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, without its index and without text that a sheet takes for a formula.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    safe = without_formulas(table)
    write_whole(path, lambda passing: safe.to_csv(passing, index=False))


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which a spreadsheet takes no text for a formula.

    Text, column names included, that begins as a formula gets an apostrophe before it, as a
    spreadsheet would have it typed. Numbers stay.

    Examples
    --------
    >>> without_formulas(pd.DataFrame({"=a": ["-b", "c"], "d": [-1.0, 2.0]})).values.tolist()
    [["'-b", -1.0], ['c', 2.0]]
    """
    texts = [name for name, dtype in table.dtypes.items() if not is_numeric_dtype(dtype)]
    safe = table.copy()
    for name in texts:
        safe[name] = table[name].map(_no_formula)
    return safe.rename(columns=_no_formula)


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


def _no_formula(value: object) -> object:
    # A tab or a line end before the sign hides it from us, not from a spreadsheet.
    begins = isinstance(value, str) and value.lstrip().startswith(_FORMULA)
    return f"'{value}" if begins else value
