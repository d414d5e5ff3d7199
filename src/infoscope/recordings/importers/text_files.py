"""Text tables: comma, semicolon or tab separated, with or without a header."""

import csv
import gzip
import io
import re
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from infoscope._errors import InputError
from infoscope.estimators.estimate import listed
from infoscope.recordings.importers.tables import table_rows
from infoscope.recordings.reading.raw import Options, Raw

_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".dat")
_COMMA_DECIMAL = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
# Words for missing values beside those of pandas.
_MISSING = ["-", "--", "---", "missing", "."]


class TextFiles:
    """CSV, TSV and similar files, also compressed with gzip."""

    name = "csv"
    reads = "text tables .csv, .tsv, .txt (also .gz)"

    def recognises(self, source: Any) -> bool:
        """Whether it is a path of such a file."""
        return has_suffix(source, _SUFFIXES) or has_suffix(
            source, tuple(f"{suffix}.gz" for suffix in _SUFFIXES)
        )

    def read(self, source: Any, options: Options) -> Raw:
        """Read a file; separator, header and decimal comma are recognised."""
        path = existing_file(source)
        notes: list[str] = []
        lines = [line for line in _text(path, notes).splitlines() if line.strip()]
        while lines and lines[0].lstrip().startswith(("#", "%")):
            lines.pop(0)
        if not lines:
            raise InputError(f"{path} must have rows, got an empty file; give some data")
        lines = _with_whole_header(lines)
        separator = _separator(lines, path)
        header = next(_cells(lines[:1], separator or " "))
        header = lines[0].split() if separator is None else [cell.strip() for cell in header]
        named = not all(_is_number(cell) for cell in header if cell)
        if named:
            _once(header, path)
            if len(lines) == 1:
                raise InputError(f"{path} must have rows, got only a header; give some data")
        else:
            notes.append("There is no header: columns are numbered.")
        decimal = "," if separator == ";" and _decimal_commas(lines[1:50], separator) else "."
        if decimal == ",":
            notes.append("Numbers have decimal commas.")
        frame = _frame(lines, separator, header if named else None, decimal, path)
        return table_rows(_without_commas(frame, notes), options, notes)


def has_suffix(source: Any, suffixes: tuple[str, ...]) -> bool:
    """Whether a source is a path with one of some suffixes."""
    return isinstance(source, (str, PathLike)) and str(source).lower().endswith(suffixes)


def existing_file(source: Any) -> Path:
    """Return the path of a file that exists."""
    path = Path(source)
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "nothing"
        raise InputError(f"source must be a file, got {kind} at {path}; check the path")
    return path


def _text(path: Path, notes: list[str]) -> str:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    if b"\0" in content[:4096]:
        raise InputError(f"{path} must be text, got binary data; check the type of the file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        notes.append("The file is not UTF-8; it was read as Windows-1252.")
        return content.decode("cp1252", errors="replace")


def _with_whole_header(lines: list[str]) -> list[str]:
    """Return the lines with a header that names with line ends spread over several as one line."""
    upto = 1
    while "\n".join(lines[:upto]).count('"') % 2 and upto < len(lines):
        upto += 1
    return ["\n".join(lines[:upto]), *lines[upto:]]


def _cells(lines: list[str], separator: str) -> Iterator[list[str]]:
    """Yield the cells of each row; a quoted cell may have line ends."""
    text = io.StringIO("\n".join(lines), newline="")
    return csv.reader(text, delimiter=separator, skipinitialspace=True)


def _separator(lines: list[str], path: Path) -> str | None:
    """Return the separator that splits most lines alike, None for white space."""
    some = lines[:50]
    best, most = ",", 1
    for candidate in ("\t", ";", ",", "|"):
        widths = {len(row) for row in _cells(some, candidate)}
        if len(widths) == 1 and max(widths) > most:
            best, most = candidate, max(widths)
    if most > 1:
        return best
    widths = {len(line.split()) for line in some}
    if len(widths) == 1 and max(widths) > 1:
        return None
    counts = {c: some[0].count(c) for c in ("\t", ";", ",")}
    best = max(counts, key=lambda c: counts[c])
    return best if counts[best] else ","


def _frame(
    lines: list[str], separator: str | None, header: list[str] | None, decimal: str, path: Path
) -> pd.DataFrame:
    text = io.StringIO("\n".join(lines[0 if header is None else 1 :]))
    try:
        frame = pd.read_csv(
            text, sep=r"\s+" if separator is None else separator, header=None, decimal=decimal,
            na_values=_MISSING, skipinitialspace=True, low_memory=False,
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(
            f"{path} must have as many cells in each row as in its header, got "
            f"{' '.join(str(error).split())}; quote cells that contain the separator"
        ) from error
    if header is None:
        return frame
    if len(header) == frame.shape[1] - 1:  # as R writes row names
        header = ["", *header]
    if len(header) != frame.shape[1]:
        raise InputError(
            f"{path} must have a name for each of {frame.shape[1]} columns, got {len(header)} in "
            "its header; name every column"
        )
    return frame.set_axis(header, axis=1)


def _once(header: list[str], path: Path) -> None:
    twice = sorted({name for name in header if header.count(name) > 1 and name})
    if twice:
        raise InputError(
            f"columns of {path} must have different names, got {listed(twice)} more than once; "
            "rename them in the first line"
        )


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _decimal_commas(lines: list[str], separator: str) -> bool:
    cells = [cell.strip() for row in _cells(lines, separator) for cell in row]
    return any(_COMMA_DECIMAL.fullmatch(cell) for cell in cells)


def _without_commas(frame: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Return a table whose quoted decimal commas are points."""
    changed = []
    for name in frame:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column) or column.isna().all():
            continue
        known = column.dropna().astype(str).str.strip()
        commas = known.str.fullmatch(_COMMA_DECIMAL.pattern)
        if commas.any() and (commas | known.str.fullmatch(r"[+-]?\d+")).all():
            frame = (
                frame.assign(
                    **{
                        name: pd.to_numeric(
                            column.astype(str).str.replace(",", "."), errors="coerce"
                        )
                    }
                )
                if isinstance(name, str)
                else frame
            )
            changed.append(str(name))
    if changed:
        notes.append(f"Decimal commas were read as points: {listed(changed)}.")
    return frame
