"""Protocol of the settings that are saved with a run."""

from pathlib import Path
from typing import Protocol, Self


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
