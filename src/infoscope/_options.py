"""Parse command line options."""

import csv
import os
import re
from collections.abc import Sequence
from typing import Any

from cyclopts import Parameter

from infoscope._errors import InputError


def whole_number(_: Any, tokens: Sequence[Any]) -> int:
    """Read a whole number; refuse text that the parser itself would round."""
    text = tokens[0].value
    if re.fullmatch(r"[+-]?[0-9]+", text) is None:
        raise ValueError(f"must be a whole number, got {text!r}; write it in digits, such as 20")
    return int(text)


WHOLE = Parameter(converter=whole_number)


def table_path(given: str) -> str:
    """Return the absolute path of a table with links resolved; keep a circular link."""
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
    """Return the thresholds of a comma-separated list."""
    try:
        return tuple(float(word) for word in words(text))
    except ValueError as error:
        raise InputError(
            f"thresholds must be numbers separated by commas, got {text!r}; write 0.06,0.3,0.4"
        ) from error
