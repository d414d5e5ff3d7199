"""Read a file as rows of cells: encoding, separators, comment lines and line numbers."""

import codecs
import csv
import gzip
import io
import itertools
import stat
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, NoReturn, TextIO, cast

from infoscope._errors import InputError

# Of separators that cut all lines alike, the first is taken: a comma may be a decimal comma.
_SEPARATORS = ("\t", ";", "|", ",")
_SAMPLE_LINES = 200
# Of marks that begin alike, the longest goes first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
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
        Separator of cells.
    """

    cells: list[tuple[int, list[str]]]
    comments: list[tuple[int, str]]
    separator: str


def read_rows(path: Path) -> Rows:
    """Read a text file, possibly compressed (.gz), as rows of cells.

    Raises
    ------
    InputError
        If the file does not exist, is not a regular file or is not a text table in UTF-8, or in
        UTF-16 or UTF-32 with a byte order mark.
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
    except UnicodeDecodeError as error:
        _tell_encoding(path, error)
    except (OSError, csv.Error, EOFError, zlib.error) as error:
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
            if "\0" in text:
                raise csv.Error(f"line {self._number} has a NUL character, which no text has")
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
    with _bytes(path) as file:
        begin = file.read(4)
    encoding = next((name for mark, name in _MARKS if begin.startswith(mark)), "utf-8-sig")
    if encoding == "utf-8-sig" and b"\0" in begin:
        raise InputError(
            f"{path} must be text in UTF-8, got NUL in its first bytes, as UTF-16 has without a "
            f"byte order mark; run iconv -f UTF-16LE -t UTF-8 {path.name} > utf8.csv"
        )
    return io.TextIOWrapper(_bytes(path), encoding=encoding, newline="")


def _bytes(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _tell_encoding(path: Path, error: UnicodeDecodeError) -> NoReturn:
    """Raise an error that names the byte that is not UTF-8 and how to convert the file."""
    what = f"text in {error.encoding} that is cut off or damaged"
    if error.encoding == "utf-8":
        line, byte = _foreign_byte(path)
        # Most of such files are from spreadsheets on Windows, but nothing in them says so.
        likely = bytes([byte]).decode("cp1252", "replace")
        what = f"the byte {byte:#x} in line {line}, which is {likely!r} in Windows-1252"
    raise InputError(
        f"{path} must be text in UTF-8, got {what}; save it as 'CSV UTF-8' in a spreadsheet, or "
        f"run iconv -f WINDOWS-1252 -t UTF-8 {path.name} > utf8.csv"
    ) from error


def _foreign_byte(path: Path) -> tuple[int, int]:
    """Return the first line of a file that is not in UTF-8, and the byte that is not."""
    with _bytes(path) as file:
        for number, line in enumerate(iter(partial(file.readline, _LONGEST_LINE), b""), 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return number, line[error.start]
    raise AssertionError("a file that is not in UTF-8 has a line that is not")


def _cells(lines: _Lines, separator: str) -> Iterator[tuple[int, list[str]]]:
    for row in csv.reader(lines, delimiter=separator, skipinitialspace=True):
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield lines.begin, cells
        lines.begin = 0


def _separator(sample: list[str]) -> str:
    """Return the separator that cuts the most lines into an equal number of cells above one."""

    def agreement(separator: str) -> int:
        rows = csv.reader(sample, delimiter=separator, skipinitialspace=True)
        widths = Counter(len(row) for row in rows if len(row) > 1)
        return max(widths.values(), default=0)

    best = max(_SEPARATORS, key=agreement)
    return best if agreement(best) else ","
