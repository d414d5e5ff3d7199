"""Reader of arbitrary daily tables in CSV files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from infoscope._errors import InputError
from infoscope._validate import one_of
from infoscope.weather.table import WeatherTable
from infoscope.weather.tables.findings import Finding
from infoscope.weather.tables.missing import REMEDIES, without_missing
from infoscope.weather.tables.obstacles import Obstacles
from infoscope.weather.tables.rows_of_days import rows_of_days
from infoscope.weather.tables.text_table import names_of, read_text_table
from infoscope.weather.tables.variables import impossible_values, numbers_of_table, variables


def read_csv(
    path: str | Path,
    targets: Sequence[str],
    *,
    date_column: str | None = None,
    columns: Sequence[str] = (),
    drop: Sequence[str] = (),
    station: str | None = None,
    missing: str = "keep",
) -> WeatherTable:
    """Read a daily table with a date column and any numeric columns.

    Parameters
    ----------
    path : str or Path
        A text file in UTF-8, or in UTF-16 with a byte order mark, possibly compressed (.gz), with
        cells separated by commas, semicolons, tabs or bars. Comment lines (#), text before the
        header and a row of units below it are skipped. A header is required, except in bulk files
        of Meteostat and of GHCN-Daily by year.
    targets : sequence of str
        The columns to forecast.
    date_column : str, optional
        The column of dates. Otherwise one with a usual name (date, time, Date/Time, MESS_DATUM and
        so on) that holds days, the columns Year, Month and Day, or the only one that holds days.
    columns : sequence of str
        Keep only these and the targets; by default every numeric column.
    drop : sequence of str
        Columns to leave out.
    station : str, optional
        Station to read from a table of several.
    missing : {"keep", "interpolate", "mean", "drop", "refuse"}
        Treatment of missing values: keep NaN; interpolate gaps of up to a week linearly in time;
        fill with the column's mean (circular for directions); leave out their days; or raise an
        error. Remaining NaN are filled by `make_windows` with the column's mean, by `daily_series`
        with the mean of the training part.

    Returns
    -------
    WeatherTable
        Days in order. ``findings`` lists all observations and changes, ``notes`` as sentences:

        * Empty cells and words for missing (NA, NULL, None, M, -) are missing. So are codes of
          nines, such as 9999.9 or -999, that are impossible for the quantity or far outside the
          other values.
        * A trace (T) is half of the smallest amount that the column can report.
        * A column of text, one without any value, and, in the files of a known weather service,
          one that describes the station or the quality of a value, are left out.
        * Days are calendar days in the time zone of the time stamps.
        * Impossible values are kept.

    Raises
    ------
    InputError
        If the file cannot be read. One message lists all obstacles, such as unreadable or
        repeated dates, several stations, words among numbers, or a missing target, each with its
        lines and the option that resolves it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "weather.csv"
    ...     _ = file.write_text("date,high,rain\\n2020-01-01,40,0.12\\n2020-01-02,NULL,T\\n")
    ...     table = read_csv(file, ["high"])
    >>> table.values.shape
    (2, 2)
    >>> [(finding.kind, finding.column, finding.value) for finding in table.findings]
    [('trace', 'rain', '0.005')]
    """
    one_of(missing, "missing", REMEDIES)
    for names, what in ((columns, "columns"), (drop, "drop")):
        if isinstance(names, str) or not all(isinstance(name, str) for name in names):
            raise InputError(f"{what} must be a list of column names, got {names!r}")
    obstacles = Obstacles(path)
    table = read_text_table(Path(path), obstacles, drop)
    rows = rows_of_days(table.cells, date_column, station, drop, obstacles)
    findings = [*table.findings, *rows.findings]
    asked = [name for name in (*targets, *columns) if name not in rows.dated]
    text, left_out = variables(rows, asked, only=bool(columns))
    numbers, told = numbers_of_table(text, table.separator, rows.layout, asked, obstacles)
    findings += [*left_out, *told]
    _tell_dropped(targets, columns, drop, names_of(numbers), obstacles)
    known = [*names_of(rows.text), *drop]
    for name in (name for name in columns if name not in known):
        obstacles.add_unknown("columns", "names of the table", name, known)
    if numbers.empty:
        dates = ", ".join(map(repr, rows.dated)) or "the dates"
        obstacles.add(f"must have a numeric column beside {dates}, got none; add one")
    elif fault := target_fault(targets, names_of(numbers), [*names_of(text), *drop]):
        obstacles.add(fault)
    obstacles.raise_if_any()
    values, lines = _in_order(numbers, rows.days, findings)
    findings += impossible_values(values, lines)
    values, treated = without_missing(values, missing, lines, obstacles)
    obstacles.raise_if_any()
    findings += treated
    notes = tuple(str(finding) for finding in findings)
    return WeatherTable(values, tuple(targets), str(path), notes, tuple(findings))


def check_targets(targets: Sequence[str], columns: Sequence[str], path: str | Path) -> None:
    """Raise if targets are empty, repeated, or not among the columns."""
    fault = target_fault(targets, columns)
    if fault:
        raise InputError(f"{path}: {fault}")


def target_fault(
    targets: Sequence[str], columns: Sequence[str], others: Sequence[str] = ()
) -> str | None:
    """Return the fault of the targets, if any.

    ``others`` are columns without numbers, or dropped, which another sentence already reports.
    """
    listed = ", ".join(columns)
    if isinstance(targets, str) or not targets:
        return f"targets must name one column or more, got {targets!r}; choose from {listed}"
    for target in targets:
        if target not in columns and target not in others:
            return (
                f"targets must be numeric columns, got {target!r}; choose from {listed}, with "
                "targets (--targets)"
            )
    if len(set(targets)) < len(targets):
        return f"targets must differ, got {', '.join(targets)}; name each column once"
    return None


def _tell_dropped(
    targets: Sequence[str],
    columns: Sequence[str],
    drop: Sequence[str],
    left: Sequence[str],
    obstacles: Obstacles,
) -> None:
    """Report columns that are both requested and dropped."""
    for argument, names in (("targets", targets), ("columns", columns)):
        for name in (n for n in names if n in drop):
            obstacles.add(
                f"{argument} must not be dropped, got {name!r} in drop too; take it out of drop "
                f"(--drop), or choose {argument} (--{argument}) from {', '.join(left)}"
            )


def _in_order(
    numbers: pd.DataFrame, days: pd.Series, findings: list[Finding]
) -> tuple[pd.DataFrame, pd.Index]:
    """Return values by day, and the line of the file of each."""
    values, lines = numbers.set_axis(pd.DatetimeIndex(days, name="date")), numbers.index
    if not values.index.is_monotonic_increasing:
        order = np.argsort(values.index.to_numpy(), kind="stable")
        values, lines = values.iloc[order], lines[order]
        findings.append(Finding("sorted"))
    return values, lines
