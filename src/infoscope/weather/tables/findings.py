"""Findings about a table that was read, and their sentences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

# Kind of finding → its sentence. {cells} is the count with the word, {places} the lines.
_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "sorted": "the dates were not in order and were sorted",
        "date-format": "the dates of {column} were read as {value}",
        "date-parts": "the dates were read from the columns {value}",
        "calendar": "{column} repeats the date and is left out",
        "layout": "the file is read as {value}",
        "preamble": "{lines_} before the header passed over",
        "comment": "{lines_} beginning with # passed over",
        "units-row": "a row of units passed over{places}",
        "no-day": "{rows} with neither a day nor a number passed over{places}",
        "station": "station {value} of {count} in column {column}",
        "empty": "{column} has no value on any day and is left out",
        "text": "{column} holds text such as {value!r} and is left out",
        "aside": "{column} describes the station or the quality of a value and is left out",
        "index": "{column}, which has no name, numbers the rows and is left out",
        "decimal-comma": "the commas of {column} are decimal commas, such as {value}",
        "thousands": "the points of {column} divide thousands, such as {value}",
        "sentinel": "{cells} of {column} with the code {value} became missing{places}",
        "trace": "{traces} (T) of {column} became {value}, half of the smallest amount{places}",
        "below": "{cells} of {column} such as {value} became half of that limit{places}",
        "failed": "{cells} of {column} failed the provider's quality check and became missing"
        "{places}",
        "impossible": "{cells} of {column} impossible, such as {value}; kept, check them{places}",
        "inverted": "{rows} with {column} below {value}, which is impossible; kept, check them"
        "{places}",
        "interpolated": "{cells} of {column} missing and interpolated{places}",
        "mean": "{cells} of {column} missing and filled with its mean, {value}{places}",
        "circular-mean": "{cells} of {column} missing and filled with its circular mean, {value}"
        "{places}",
        "dropped": "{rows} with a missing value left out{places}",
    }
)


@dataclass(frozen=True)
class Finding:
    """An observation about a table or a change to it; as text, a sentence.

    Parameters
    ----------
    kind : str
        Kind, such as ``"sentinel"``, ``"trace"``, ``"text"`` or ``"impossible"``.
    column : str
        The column concerned, or empty.
    count : int
        Number of cells, rows, lines or stations.
    value : str
        The code, example, format or name.
    lines : tuple of int
        All lines of the file concerned.
    """

    kind: str
    column: str = ""
    count: int = 0
    value: str = ""
    lines: tuple[int, ...] = ()

    @classmethod
    def at(cls, kind: str, lines: Iterable[int], column: str = "", value: str = "") -> "Finding":
        """Return a finding about one cell or row in each of these lines."""
        where = tuple(int(line) for line in lines)
        return cls(kind, column, len(where), value, where)

    def __str__(self) -> str:
        places = f" ({places_of(self.lines)})" if self.lines else ""
        words = {"cells": "cell", "rows": "row", "traces": "trace", "lines_": "line"}
        counted = {key: plural(self.count, word) for key, word in words.items()}
        return _SENTENCES[self.kind].format(
            column=self.column, count=self.count, value=self.value, places=places, **counted
        )


def plural(count: int, word: str) -> str:
    """Return a count with its word: 1 cell, 2 cells."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def in_lines(lines: Iterable[int], what: str) -> str:
    """Return in words the lines of bad cells or rows: in line 3 (2 such rows), also in line 5."""
    first, *others = lines
    also = f", also in {places_of(tuple(others))}" if others else ""
    return f"in line {first} ({1 + len(others)} {what}){also}"


def places_of(lines: tuple[int, ...], most: int = 5) -> str:
    """Return the first of some line numbers in words."""
    listed = ", ".join(str(line) for line in lines[:most])
    more = f" and {len(lines) - most} more" if len(lines) > most else ""
    return f"line{'s' if len(lines) > 1 else ''} {listed}{more}"
