"""Collect all obstacles to reading a table in one error."""

from collections.abc import Iterable
from pathlib import Path

from infoscope._errors import InputError


class Obstacles:
    """Obstacles to reading a file, as sentences collected for one error.

    Parameters
    ----------
    path : str or Path
        The file.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = path
        self._told: list[str] = []

    def add(self, sentence: str) -> None:
        """Add an obstacle: requirement, value and line, and the option that resolves it."""
        self._told.append(sentence)

    def add_unknown(self, argument: str, what: str, got: str, known: Iterable[str]) -> None:
        """Add an argument that names no column of the table."""
        self.add(f"{argument} must be {what}, got {got!r}; choose from {', '.join(known)}")

    def raise_if_any(self) -> None:
        """Raise one InputError that lists every obstacle added so far.

        Raises
        ------
        InputError
            If there is any.
        """
        if len(self._told) == 1:
            raise InputError(f"{self.path}: {self._told[0]}")
        if self._told:
            listed = "; ".join(f"({i}) {each}" for i, each in enumerate(self._told, 1))
            raise InputError(f"{self.path} has {len(self._told)} obstacles: {listed}")
