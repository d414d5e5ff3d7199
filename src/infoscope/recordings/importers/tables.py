"""Tables of pandas: one column per unit, or one row per trial, time and unit."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._arrays import described, is_missing
from infoscope._errors import InputError
from infoscope._validate import Floats, as_array, finite_array, one_of
from infoscope.estimators.estimate import listed
from infoscope.recordings.reading.raw import (
    Options,
    Part,
    Raw,
    in_seconds,
    means_time,
    means_trial,
    means_unit,
)
from infoscope.recordings.reading.times import CLOCK, RESTARTED, is_clock, restarts

_INFINITE = "replace infinite values by NaN and choose missing=..., or leave out that unit"
# A text column is numbers with a fault, not labels, if this share of its cells are numbers.
_NUMBERS = 0.5
# Names that writers of tables give to the row number.
_ROW_NUMBERS = {"", "index", "unnamed: 0", "row", "id"}


class Tables:
    """DataFrames, and tables that convert to them."""

    name = "tables"
    reads = "pandas and polars tables (one column per unit, or rows of trial, time, unit, value)"

    def recognises(self, source: Any) -> bool:
        """Whether it is a table, a structured array, or a list of tables."""
        if isinstance(source, list) and source:
            return all(isinstance(one, pd.DataFrame) for one in source)
        structured = isinstance(source, np.ndarray) and source.dtype.names is not None
        polars = type(source).__module__.split(".")[0] in ("polars", "pyarrow")
        other = polars and type(source).__name__ in ("DataFrame", "Table")
        return isinstance(source, (pd.DataFrame, pd.Series)) or structured or other

    def read(self, source: Any, options: Options) -> Raw:
        """Read a table; of a list, each table is a trial."""
        if isinstance(source, list):
            return _tables(source, options)
        if isinstance(source, pd.Series):
            source = source.to_frame(source.name if source.name is not None else "value")
        elif isinstance(source, np.ndarray):
            source = pd.DataFrame.from_records(source)
        elif not isinstance(source, pd.DataFrame):
            columns = source.to_pydict() if hasattr(source, "to_pydict") else source.to_dict()
            source = pd.DataFrame({name: np.asarray(values) for name, values in columns.items()})
        return table_rows(source, options, [])


def table_rows(frame: pd.DataFrame, options: Options, notes: list[str]) -> Raw:
    """Return the trials of a table, with times and labels from its columns or index.

    Raises
    ------
    InputError
        If names recur, a column is not of real numbers, or times or trials do not fit.
    """
    if options.axes is not None:
        one_of(" ".join(options.axes), "axes of a table", ("time unit", "unit time"))
        frame = frame.T if options.axes[0] == "unit" else frame
    frame = _with_text_names(frame)
    if len(frame) == 0 or frame.shape[1] == 0:
        raise InputError(f"the table must have rows and columns, got {frame.shape}; give some data")
    trial = _trial_column(frame, options, notes)
    time = _time_column(frame, options, trial, notes)
    if (pivoted := _pivoted(frame, options, trial, time, notes)) is not None:
        frame, trial, time = pivoted
    special = [name for name in (trial, time) if isinstance(name, str)]
    values, names = _values(frame.drop(columns=special), options, notes)
    times = _of_rows(frame, time, "times", len(frame))
    labels = _of_rows(frame, trial, "trials", len(frame))
    if times is not None:
        times = in_seconds(_plain_times(times), time if isinstance(time, str) else "times")
        if labels is None and options.trials is None:
            labels = restarts(times)
            if labels is not None:
                notes.append(RESTARTED.format(labels[-1]))
    if len(names) > len(values) and options.axes is None:
        notes.append(
            f"There are more units ({len(names)}) than rows ({len(values)}): if rows are units, "
            "pass axes=('unit', 'time')."
        )
    if labels is None:
        return Raw({"": Part([values], names)}, None if times is None else [times], notes=notes)
    codes, found = pd.factorize(labels)
    if (codes < 0).any():
        raise InputError(
            f"trials must be known in every row, got none in row {int(np.argmin(codes))}; drop "
            "such rows"
        )
    rows = [np.flatnonzero(codes == one) for one in range(len(found))]
    of_times = None if times is None else [times[each] for each in rows]
    return Raw(
        {"": Part([values[each] for each in rows], names)}, of_times, list(found), None, notes
    )


def _tables(tables: list[pd.DataFrame], options: Options) -> Raw:
    """Read a list of tables, each a trial with the same columns."""
    read = [table_rows(table, options, []) for table in tables]
    first = read[0].parts[""]
    for i, one in enumerate(read):
        if one.parts[""].names != first.names or len(one.parts[""].trials) > 1:
            raise InputError(
                f"the tables must be one trial each with the same columns, got "
                f"{listed(one.parts[''].names or [])} in table {i}; give equal columns"
            )
    trials = [one.parts[""].trials[0] for one in read]
    timed = all(one.times is not None for one in read)
    times = [one.times[0] for one in read if one.times is not None] if timed else None
    return Raw({"": Part(trials, first.names)}, times, None, None, read[0].notes)


def _columns(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame.columns]


def _with_text_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns have different names, as text."""
    names = [
        ".".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in frame.columns
    ]
    twice = (
        sorted({name for name in names if names.count(name) > 1})
        if len(set(names)) < len(names)
        else []
    )
    if twice:
        raise InputError(
            f"columns must have different names, got {listed(twice)} more than once; rename them, "
            "for example table.columns = [...]"
        )
    return frame.set_axis(names, axis=1)


def _trial_column(frame: pd.DataFrame, options: Options, notes: list[str]) -> Any:
    """Return the name of the column of trials, labels of rows, or None."""
    if options.trials is False:
        return None
    if options.trials is not None:
        return _given_column(frame, options.trials, "trials")
    wanted = options.variables or []
    found = [name for name in _columns(frame) if means_trial(name) and name not in wanted]
    if not found:
        return None
    notes.append(f"Column {found[0]!r} was taken as trials; trials=False keeps it as a unit.")
    return found[0]


def _time_column(frame: pd.DataFrame, options: Options, trial: Any, notes: list[str]) -> Any:
    """Return the name of the column of times, times of rows, or None."""
    if options.times is False:
        return None
    if options.times is not None:
        return _given_column(frame, options.times, "times")
    wanted = options.variables or []
    found = [n for n in _columns(frame) if means_time(n) and n not in wanted and n != trial]
    # Of a date and a time of day, that with more different values; a constant date is no time.
    distinct = {name: frame[name].nunique() for name in found}
    if found and max(distinct.values()) > 1:
        chosen = max(found, key=lambda name: distinct[name])
        notes.append(f"Column {chosen!r} was taken as times; times=False keeps it as a unit.")
        return chosen
    numbered = all(name.isdigit() for name in _columns(frame))
    first = frame.iloc[:, 0]
    if (
        numbered
        and frame.shape[1] > 2
        and first.dtype.kind in "iuf"
        and is_clock([first.to_numpy()])
    ):
        notes.append(CLOCK)
        return str(frame.columns[0])
    index = frame.index
    if isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex, pd.PeriodIndex)):
        notes.append("The index was taken as times; times=False counts rows.")
        return (index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index).to_numpy()
    numeric = index.dtype.kind in "iuf" and not isinstance(index, pd.RangeIndex)
    if numeric and (index.dtype.kind == "f" or means_time(index.name)):
        notes.append("The index was taken as times; times=False counts rows.")
        return index.to_numpy()
    return None


def _given_column(frame: pd.DataFrame, given: Any, argument: str) -> Any:
    """Return a column's name, or one value for each row."""
    if not isinstance(given, str):
        return as_array(given, argument)
    if given in frame.columns:
        return given
    if given in frame.index.names:
        return frame.index.get_level_values(given).to_numpy()
    raise InputError(
        f"{argument} must be a column, got {given!r}; columns are {listed(_columns(frame), 12)}"
    )


def _of_rows(frame: pd.DataFrame, chosen: Any, argument: str, rows: int) -> NDArray[Any] | None:
    """Return a column, or given values, one for each row."""
    if chosen is None:
        return None
    values = frame[chosen].to_numpy() if isinstance(chosen, str) else chosen
    if values.shape != (rows,):
        raise InputError(
            f"{argument} must have one entry for each of {rows} rows, got shape {values.shape}; "
            "give one per row"
        )
    return values


def _plain_times(times: NDArray[Any]) -> NDArray[Any]:
    """Return times as numbers or dates, from text if needed."""
    if times.dtype.kind in "iufmM":
        return times
    dates: Any = pd.Series(times)
    if isinstance(dates.dtype, pd.DatetimeTZDtype):
        return dates.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    try:
        return pd.to_numeric(dates).to_numpy()
    except (ValueError, TypeError):
        pass
    try:
        found = pd.to_datetime(dates, format="ISO8601", utc=True)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"times must be numbers or dates such as 2024-05-01T12:00:00, got {times[0]!r}; "
            "convert them with pandas.to_datetime, or pass times=False"
        ) from error
    return found.dt.tz_localize(None).to_numpy()


def _pivoted(
    frame: pd.DataFrame, options: Options, trial: Any, time: Any, notes: list[str]
) -> tuple[pd.DataFrame, Any, Any] | None:
    """Return a table with one column per unit, from one with a row per unit and time."""
    if not isinstance(time, str) or options.variables is not None:
        return None
    others = [name for name in _columns(frame) if name not in (trial, time)]
    units = [name for name in others if means_unit(name)]
    values = [name for name in others if name not in units]
    if len(units) != 1 or len(values) != 1 or frame[values[0]].dtype.kind not in "iufb":
        return None
    rows = [name for name in (trial, time) if isinstance(name, str)]
    if frame.duplicated([*rows, units[0]]).any():
        first = frame.index[frame.duplicated([*rows, units[0]])][0]
        raise InputError(
            f"each unit must have one value at each time, got a second one in row {first}; name "
            "the column of trials with trials=..., or average copies"
        )
    notes.append(f"Column {units[0]!r} was taken as the units and {values[0]!r} as their values.")
    wide = frame.pivot(index=rows, columns=units[0], values=values[0])
    order = list(dict.fromkeys(map(str, frame[units[0]])))
    wide = wide.set_axis([str(c) for c in wide.columns], axis=1)[order].reset_index()
    return wide, trial, time


def _values(frame: pd.DataFrame, options: Options, notes: list[str]) -> tuple[Floats, list[str]]:
    """Return the values (row, unit) of the columns that are units, and their names."""
    if options.variables is not None:
        if unknown := [name for name in options.variables if name not in frame]:
            raise InputError(
                f"variables must be columns, got {described(unknown[0])}; columns are "
                f"{listed(_columns(frame), 12)}"
            )
        frame = frame[options.variables]
    else:
        frame = _without_others(frame, notes)
    booleans = [name for name in _columns(frame) if frame[name].dtype == bool]
    if booleans:
        notes.append(f"Columns of True and False, read as 1 and 0: {listed(booleans)}.")
    columns = [finite_array(_numeric(frame[name]), f"column {name!r}", _INFINITE, nan=True)
               for name in frame]  # fmt: skip
    if not columns:
        raise InputError(
            "the table must have a column of numbers besides times and trials, got none; name "
            "the units with variables=[...]"
        )
    return np.stack(columns, axis=1), _columns(frame)


def _without_others(frame: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Leave out row numbers, and columns of text, labels and dates."""
    left, text = [], []
    for place, name in enumerate(_columns(frame)):
        column = frame[name]
        nameless = name == "" or name.startswith("Unnamed: ")
        if (place == 0 and _is_row_number(name, column)) or (nameless and column.isna().all()):
            left.append(name)
        elif not pd.api.types.is_numeric_dtype(column) and not _almost_numbers(column):
            text.append(name)
    if left:
        named = listed(list(map(repr, left)))
        notes.append(f"Row numbers and empty columns were left out: {named}.")
    if text:
        notes.append(
            f"Columns of text, labels or dates were left out: {listed(text)}. Code labels as "
            "numbers to use them."
        )
    return frame.drop(columns=[*left, *text])


def _is_row_number(name: str, column: pd.Series) -> bool:
    """Whether a first column counts rows from 0 or 1."""
    if name.strip().lower() not in _ROW_NUMBERS or column.dtype.kind not in "iuf":
        return False
    counted = column.to_numpy()
    return bool(len(counted) > 1 and counted[0] in (0, 1) and (np.diff(counted) == 1).all())


def _almost_numbers(column: pd.Series) -> bool:
    """Whether a column that is not numeric holds numbers, or text that mostly reads as numbers."""
    known = column[~is_missing(column.to_numpy(dtype=object))]
    if len(known) == 0 or pd.api.types.is_datetime64_any_dtype(column):
        return len(known) == 0
    if isinstance(column.dtype, pd.CategoricalDtype):
        return False
    return pd.to_numeric(known.astype(object), errors="coerce").notna().mean() >= _NUMBERS


def _numeric(column: pd.Series) -> Any:
    """Return a column as numbers, NaN where missing; name the first cell that is none."""
    if column.dtype.kind == "c":
        raise InputError(
            f"column {column.name!r} must be of real numbers, got complex ones; give real and "
            "imaginary parts, or amplitude and phase, as columns of their own"
        )
    if pd.api.types.is_numeric_dtype(column):
        return column.astype(np.float64).to_numpy() if column.dtype.kind != "O" else column
    if isinstance(column.dtype, pd.CategoricalDtype) or pd.api.types.is_datetime64_any_dtype(
        column
    ):
        raise InputError(
            f"column {column.name!r} must be of numbers, got {column.dtype}; code it, for example "
            "by .cat.codes, or leave it out of variables"
        )
    cells = column.to_numpy(dtype=object)
    missing = is_missing(cells)
    found = pd.to_numeric(pd.Series(np.where(missing, np.nan, cells)), errors="coerce")
    wrong = np.flatnonzero(found.isna().to_numpy() & ~missing)
    if len(wrong):
        raise InputError(
            f"column {column.name!r} must be of numbers, got {cells[wrong[0]]!r} in row {wrong[0]} "
            f"({len(wrong)} such cells); correct it, leave the cell empty if it is missing, or "
            "leave the column out of variables"
        )
    return found.to_numpy(np.float64)
