"""From a file to rows of cells: opening, separators, comment lines and line numbers."""

import csv
import gzip
import itertools
import stat
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from infoscope._errors import InputError

# Of separators that cut all lines alike, the first is taken: a comma may be a decimal comma.
_SEPARATORS = ("\t", ";", "|", ",")
_SAMPLE_LINES = 200
# Limits against files that only look small: a packed file of zeros, a file without line ends.
_NO_COMMENT = ("#N/A", "#NA,", "#NA;")  # an empty first cell, as spreadsheets write it
_LONGEST_LINE, _LONGEST_FILE, _MOST_LINES = 10_000_000, 200_000_000, 5_000_000


@dataclass(frozen=True)
class Rows:
    """The rows of a file that are not blank, and its comment lines.

    Parameters
    ----------
    cells : list of (int, list of str)
        Line on which a row begins, and its cells without padding.
    comments : list of (int, str)
        Line and text of the lines that begin with #.
    separator : str
        What stands between cells.
    """

    cells: list[tuple[int, list[str]]]
    comments: list[tuple[int, str]]
    separator: str


def read_rows(path: Path) -> Rows:
    """Read a text file, possibly compressed (.gz), as rows of cells.

    Raises
    ------
    InputError
        If the file does not exist, is not a regular file or is not a text table.
    """
    try:
        _check_regular(path)
        with _opened(path) as file:
            separator = _separator(list(itertools.islice(_Lines(file), _SAMPLE_LINES)))
        with _opened(path) as file:
            lines = _Lines(file)
            cells = list(_cells(lines, separator))
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist; check the path of the data file") from error
    except (OSError, UnicodeDecodeError, csv.Error, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{path} cannot be read as a CSV table: {reason}; give a text file with a header, "
            "in UTF-8"
        ) from error
    return Rows(cells, lines.comments, separator)


class _Lines:
    """The lines of a file without its comments, and where the current row begins."""

    def __init__(self, file: TextIO) -> None:
        self.comments: list[tuple[int, str]] = []
        self.begin = 0
        self._file, self._number, self._size = file, 0, 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        while True:
            text = self._file.readline(_LONGEST_LINE)
            if not text:
                raise StopIteration
            self._number += 1
            self._size += len(text)
            if (
                len(text) == _LONGEST_LINE
                or self._size > _LONGEST_FILE
                or self._number > _MOST_LINES
            ):
                raise csv.Error(f"line {self._number} is past what a table of days needs")
            if text.lstrip().startswith("#") and not text.lstrip().startswith(_NO_COMMENT):
                self.comments.append((self._number, text.strip().strip("#").strip()))
                continue
            self.begin = self.begin or self._number
            return text


def _check_regular(path: Path) -> None:
    # Opening a pipe waits for ever, and a device has no end; a folder fails when it is opened.
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise InputError(
            f"{path} must be a regular file, got a pipe or a device; save its content to a file"
        )


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return open(path, encoding="utf-8-sig", newline="")  # noqa: PTH123 - one shape for both


def _cells(lines: _Lines, separator: str) -> Iterator[tuple[int, list[str]]]:
    for row in csv.reader(lines, delimiter=separator, skipinitialspace=True):
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield lines.begin, cells
        lines.begin = 0


def _separator(sample: list[str]) -> str:
    """Return the separator that cuts the most lines into equally many cells, more than one."""

    def agreement(separator: str) -> int:
        rows = csv.reader(sample, delimiter=separator, skipinitialspace=True)
        widths = Counter(len(row) for row in rows if len(row) > 1)
        return max(widths.values(), default=0)

    best = max(_SEPARATORS, key=agreement)
    return best if agreement(best) else ","
