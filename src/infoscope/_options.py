"""Parsers of command-line options."""

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import Parameter

from infoscope._errors import InputError
from infoscope._validate import one_of

if TYPE_CHECKING:
    from infoscope.recordings.recording import Recording


def whole_number(_: Any, tokens: Sequence[Any]) -> int:
    """Parse a whole number; refuse decimals, which the default parser would round."""
    text = tokens[0].value
    if re.fullmatch(r"[+-]?[0-9]+", text) is None:
        raise ValueError(f"must be a whole number, got {text!r}; write it in digits, such as 20")
    return int(text)


WHOLE = Parameter(converter=whole_number)


def table_path(given: str) -> str:
    """Return the absolute path of a table with links resolved; circular links are kept."""
    path = os.path.realpath(given)
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"data must have a UTF-8 path, got {path!r}; rename the file or folder"
        ) from error
    return path


def words(text: str) -> tuple[str, ...]:
    """Split a comma-separated list; an item in double quotes may contain a comma."""
    row = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(word.strip() for word in row if word.strip())


def numbers(text: str) -> tuple[float, ...]:
    """Parse a comma-separated list of thresholds."""
    try:
        return tuple(float(word) for word in words(text))
    except ValueError as error:
        raise InputError(
            f"thresholds must be numbers separated by commas, got {text!r}; write 0.06,0.3,0.4"
        ) from error


def data_of(task: str, data: str | None = None) -> str:
    """Return the setting ``data`` by the options --task and --data."""
    from infoscope.analysis.data_sets.catalogue import DATA_SETS, TASKS
    from infoscope.analysis.settings import Settings

    if task and data is not None:
        raise InputError(f"task brings its own data, got --data {data} too; omit one of them")
    if task:
        return one_of(task, "task", TASKS)
    if data is None:
        return Settings.data
    return data if data in DATA_SETS else table_path(data)


@Parameter(name="*")
@dataclass(frozen=True)
class Reading:
    """How to read a file; what is left out is guessed, and the notes say so.

    Parameters
    ----------
    variables
        Arrays of the file, or columns of the table, that are units, separated by commas.
    axes
        Axes of an array, such as unit,time.
    inputs
        Units or arrays that are inputs, separated by commas.
    outputs
        Units or arrays that are outputs, separated by commas.
    targets
        Units or arrays that are targets of the outputs, separated by commas.
    trials
        Column or array of trials; none for a single one.
    times
        Column or array of times; none to count rows.
    sampling_interval
        Seconds from row to row.
    missing
        Treatment of missing values.
    """

    variables: str = ""
    axes: str = ""
    inputs: str = ""
    outputs: str = ""
    targets: str = ""
    trials: str = ""
    times: str = ""
    sampling_interval: float | None = None
    missing: Literal["refuse", "drop rows", "interpolate"] = "refuse"

    def recording(self, source: Path) -> "Recording":
        """Read the recording."""
        # Imported here, so that --help does not wait for numba.
        from infoscope.recordings.reading.read import read

        roles = {"input": self.inputs, "output": self.outputs, "target": self.targets}
        of_units = {unit: role for role, units in roles.items() for unit in words(units)}
        return read(
            source,
            variables=words(self.variables) or None,
            axes=words(self.axes) or None,
            roles=of_units or None,
            trials=_column(self.trials),
            times=_column(self.times),
            sampling_interval=self.sampling_interval,
            missing=self.missing,
        )


def _column(name: str) -> str | bool | None:
    """Return the name of a column, False for none, None if not given."""
    return False if name == "none" else name or None


# Everything is guessed.
GUESSED = Reading()
