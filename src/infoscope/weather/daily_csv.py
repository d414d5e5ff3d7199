"""Anyone's daily table in a CSV file."""

import csv
import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from infoscope._errors import InputError
from infoscope.weather.table import WeatherTable

_DATE_NAMES = ("date", "day", "valid", "time", "datetime", "timestamp")
_MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "None", "M", ".")


def read_csv(
    path: str | Path, targets: Sequence[str], date_column: str | None = None
) -> WeatherTable:
    """Read a daily table: a date column and any numeric columns.

    Parameters
    ----------
    path : str or Path
        A CSV file with a header, possibly compressed (.gz). Blank rows are passed over.
    targets : sequence of str
        The columns to forecast.
    date_column : str, optional
        The column of dates. Otherwise the one named date, day, valid, time, datetime or
        timestamp, whatever the case, or else the first column if it holds dates.

    Returns
    -------
    WeatherTable
        Days in order. Empty cells, NA, NaN and M are missing. Dates such as 05/01/2015 are read
        as month/day/year, and a note says so.

    Raises
    ------
    InputError
        If the file cannot be read, has no dates, unreadable or repeated dates, text or infinity
        in a numeric column, a column without any value, or lacks a target. The message names
        the file, column and line.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "weather.csv"
    ...     _ = file.write_text("date,high,rain\\n2020-01-01,40,0\\n2020-01-02,,0.1\\n")
    ...     read_csv(file, ["high"]).values.shape
    (2, 2)
    """
    text = read_text_table(Path(path))
    name = _date_column(text, date_column, path)
    dates, notes = _dates(text[name], name, path)
    columns = [column for column in text.columns if column != name]
    if not columns:
        raise InputError(f"{path} must have a numeric column beside {name!r}, got none; add one")
    check_targets(targets, columns, path)
    values = pd.DataFrame(
        {column: numeric_column(text[column], path) for column in columns}
    ).set_index(dates)
    if not values.index.is_monotonic_increasing:
        values = values.sort_index()
        notes = (*notes, "the dates were not in order and were sorted")
    return WeatherTable(values, tuple(targets), str(path), notes)


def read_text_table(path: Path) -> pd.DataFrame:
    """Read a CSV file as stripped text indexed by line number, or say why it cannot be read."""
    rows = _rows(path)
    if not rows:
        raise InputError(f"{path} is empty; it needs a header and one row per day")
    header = [cell.strip() for cell in rows[0][1]]
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            raise InputError(
                f"{path} must have commas between its columns, got {name}; save it with commas, "
                "and with points in its decimals"
            )
    while header and not header[-1]:  # a comma that ends the header names no column
        header.pop()
    if "" in header:
        raise InputError(
            f"{path} must have a name for every column, got none for column "
            f"{header.index('') + 1}; name it or remove it (pandas: to_csv(index=False))"
        )
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise InputError(f"{path} has the column {twice[0]!r} more than once; rename one of them")
    if len(rows) == 1:
        raise InputError(f"{path} has a header but no rows; it needs one row per day")
    cells = [_fitted(row, len(header), line, path) for line, row in rows[1:]]
    lines = pd.Index([line for line, _ in rows[1:]], name="line")
    return pd.DataFrame(cells, columns=pd.Index(header), index=lines, dtype=str)


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows that are not blank, each with the line on which it begins."""
    rows, line = [], 1
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, skipinitialspace=True)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    rows.append((line, cells))
                line = reader.line_num + 1
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist; check the path of the data file") from error
    except (OSError, UnicodeDecodeError, csv.Error, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{path} cannot be read as a CSV table: {reason}; give a text file with a header, "
            "in UTF-8"
        ) from error
    return rows


def _fitted(row: list[str], width: int, line: int, path: Path) -> list[str]:
    # CF6 rows end in a comma that their header lacks: blank cells past the header are no loss.
    cells = [cell.strip() for cell in row]
    if any(cells[width:]):
        raise InputError(
            f"{path} must have at most {width} cells in a row, as in its header, got {len(cells)} "
            f"in line {line}; name every column, and quote a cell that contains a comma"
        )
    return cells[:width] + [""] * (width - len(cells))


def numeric_column(text: pd.Series, path: str | Path) -> np.ndarray:
    """Return a column of text as floats, or say which line is not a number."""
    missing = text.isin(_MISSING)
    numbers = pd.to_numeric(text.mask(missing), errors="coerce").to_numpy(float)
    wrong = np.isnan(numbers) & ~missing.to_numpy()
    if wrong.any():
        at = int(np.argmax(wrong))
        raise InputError(
            f"{path}: column {text.name!r} must be numeric, got {text.iloc[at]!r} in line "
            f"{text.index[at]} ({int(wrong.sum())} such cells); "
            + (
                "drop the column, which has no number at all"
                if np.isnan(numbers).all()
                else "correct it or leave it empty if it is missing"
            )
        )
    if np.isinf(numbers).any():
        at = int(np.argmax(np.isinf(numbers)))
        raise InputError(
            f"{path}: column {text.name!r} must be finite, got {text.iloc[at]!r} in line "
            f"{text.index[at]}; correct it or leave it empty if it is missing"
        )
    if missing.all():
        raise InputError(f"{path}: column {text.name!r} has no value on any day; drop the column")
    return numbers


def check_targets(targets: Sequence[str], columns: Sequence[str], path: str | Path) -> None:
    """Say if no target is named, one is named twice, or one is not among the columns."""
    listed = ", ".join(columns)
    if isinstance(targets, str) or not targets:
        raise InputError(
            f"targets must name one column or more, got {targets!r}; choose from {listed}"
        )
    for target in targets:
        if target not in columns:
            raise InputError(
                f"targets must be numeric columns of {path}, got {target!r}; choose from {listed}"
            )
    if len(set(targets)) < len(targets):
        raise InputError(f"targets must differ, got {', '.join(targets)}; name each column once")


def _date_column(text: pd.DataFrame, wanted: str | None, path: str | Path) -> str:
    if wanted is not None:
        if wanted not in text.columns:
            raise InputError(
                f"date_column must be a column of {path}, got {wanted!r}; "
                f"choose from {', '.join(text.columns)}"
            )
        return wanted
    for name in _DATE_NAMES:
        for column in text.columns:
            if column.lower() == name:
                return column
    first = text.columns[0]
    looks_like_dates = text[first].str.match(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
    if looks_like_dates.all():
        return first
    raise InputError(
        f"{path} must have a date column, got {', '.join(text.columns)}; name it 'date', with "
        "days such as 2015-05-01"
    )


def _dates(
    text: pd.Series, name: str, path: str | Path
) -> tuple[pd.DatetimeIndex, tuple[str, ...]]:
    dates, notes = _parsed(text, name, path), ()
    if dates.isna().all():  # not ISO: let one other format serve for all
        dates = pd.to_datetime(text, errors="coerce", format="%m/%d/%Y")
        notes = (f"the dates of {name} were read as month/day/year",)
    bad = dates.isna().to_numpy()
    if bad.any():
        at = int(np.argmax(bad))
        raise InputError(
            f"{path}: column {name!r} must hold dates such as 2015-05-01, got {text.iloc[at]!r} in "
            f"line {text.index[at]} ({int(bad.sum())} of {len(bad)} cells); "
            + (
                "write every day as year-month-day"
                if bad.sum() > len(bad) / 4
                else "correct or remove the row"
            )
        )
    days = pd.DatetimeIndex(dates, name="date").tz_localize(None).normalize()
    twice = days.duplicated()
    if twice.any():
        at = int(np.argmax(twice))
        raise InputError(
            f"{path}: column {name!r} must have each day once, got {days[at]:%Y-%m-%d} again in "
            f"line {text.index[at]} ({int(twice.sum())} such rows); combine "
            "the rows of a day into one"
        )
    return days, notes


def _parsed(text: pd.Series, name: str, path: str | Path) -> pd.Series:
    try:
        return pd.to_datetime(text, errors="coerce", format="ISO8601")
    except ValueError as error:
        raise InputError(
            f"{path}: column {name!r} must hold dates of one time zone, got several; write plain "
            "days such as 2015-05-01"
        ) from error
