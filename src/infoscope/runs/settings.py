"""The settings that are saved with a run: what a run asks of them, and how they are written."""

import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol, Self

import tomli_w

from infoscope._errors import InputError


class RunSettings(Protocol):
    """Settings that can be written to a run folder and read from it."""

    @property
    def data(self) -> str:
        """Name or path of the data."""
        ...

    @property
    def seed(self) -> int:
        """Seed of every random stream of the run."""
        ...

    def to_toml(self) -> str:
        """Return the settings as TOML."""
        ...

    @classmethod
    def from_toml(cls, path: Path) -> Self:
        """Read the settings saved by a run."""
        ...


class KnowsData(Protocol):
    """Settings that lead to their data."""

    def content(self) -> bytes:
        """Return all values of the data, to recognise changed data."""
        ...


@dataclass(frozen=True)
class SavedSettings:
    """Base of settings that are a frozen dataclass of plain values."""

    def to_toml(self) -> str:
        """Return the settings as TOML."""
        return tomli_w.dumps(asdict(self))

    @classmethod
    def from_toml(cls, path: Path) -> Self:
        """Read the settings saved with a run.

        Raises
        ------
        InputError
            If the file is missing or not TOML, or a setting is unknown, missing or out of range.
        """
        try:
            table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError(
                f"cannot read the settings in {path}: {error}; start anew in another folder"
            ) from error
        known = {field.name for field in fields(cls)}
        if set(table) != known:
            odd = ", ".join(sorted(set(table) ^ known))
            raise InputError(
                f"{path} must hold the settings of this version, got a difference in {odd}; "
                "start the run anew in another folder"
            )
        for name, value in table.items():
            table[name] = tuple(value) if isinstance(value, list) else value
        try:
            return cls(**table)
        except (InputError, TypeError) as error:
            raise InputError(
                f"{path} must hold settings in their ranges, but {error}; restore the file, or "
                "start the run anew in another folder"
            ) from error
