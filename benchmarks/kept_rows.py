"""A table on disk that grows row by row, so that a run that was stopped continues."""

import csv
from pathlib import Path
from typing import Any

import pandas as pd


class KeptRows:
    """A CSV file: which keys it has, more rows at its end.

    Parameters
    ----------
    path : Path
        The file; its folder exists.
    columns : tuple of str
        Headings; the file is written anew if they change.
    keys : int
        How many of them, from the first, name a row.
    """

    def __init__(self, path: Path, columns: tuple[str, ...], keys: int) -> None:
        self.path, self.columns, self.keys = path, columns, keys
        lines = self._lines()
        self.begun = bool(lines) and lines[0] == list(columns)
        self.there = {tuple(line[:keys]) for line in lines[1:]} if self.begun else set()

    def has(self, *key: Any) -> bool:
        """Whether a row, or one that begins so, is there."""
        wanted = tuple(map(str, key))
        if len(wanted) == self.keys:
            return wanted in self.there
        return any(each[: len(wanted)] == wanted for each in self.there)

    def add(self, *values: Any) -> None:
        """Append one row, a value for each column."""
        line = [_shown(value) for value in values]
        if len(line) != len(self.columns):
            raise ValueError(f"a row needs {len(self.columns)} values, got {len(line)}")
        with self.path.open("a" if self.begun else "w", newline="", encoding="utf-8") as file:
            rows = [line] if self.begun else [self.columns, line]
            csv.writer(file, lineterminator="\n").writerows(rows)
        self.begun = True
        self.there.add(tuple(line[: self.keys]))

    def table(self) -> pd.DataFrame:
        """All rows."""
        return pd.read_csv(self.path)

    def _lines(self) -> list[list[str]]:
        if not self.path.exists():
            return []
        with self.path.open(newline="", encoding="utf-8") as file:
            return list(csv.reader(file))


def _shown(value: Any) -> str:
    """Four digits suffice: scores of a few seeds differ by more."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
