"""Settings of the misconfiguration study."""

from dataclasses import dataclass

from infoscope._validate import whole_number
from infoscope.paper.misconfiguration.setups import SETUPS
from infoscope.runs.settings import SavedSettings
from infoscope.weather import load_chicago


@dataclass(frozen=True)
class Case:
    """One training.

    Parameters
    ----------
    setup : str
        One of `SETUPS`.
    seed : int
        Of data, network and fault.
    faulty : bool
        Whether it has the fault, or is the healthy twin.
    """

    setup: str
    seed: int
    faulty: bool

    @property
    def name(self) -> str:
        """Name of its stage."""
        return f"{self.setup}-{self.seed:04d}-{'fault' if self.faulty else 'healthy'}"


@dataclass(frozen=True)
class MisconfigurationSettings(SavedSettings):
    """Settings of the misconfiguration study.

    Parameters
    ----------
    seed : int
        The first seed. Limits of the signatures were set on seeds from 1000 on.
    seeds : int
        Number of seeds, three or more: a classifier needs each fault twice.
    updates : int
        Updates of each training, twenty or more: 5 % of them must leave a snapshot.

    Raises
    ------
    InputError
        If a setting is out of its range.
    """

    seed: int = 0
    seeds: int = 10
    updates: int = 200

    def __post_init__(self) -> None:
        """Check the settings."""
        whole_number(self.seed, "seed", 0)
        whole_number(self.seeds, "seeds", 3)
        whole_number(self.updates, "updates", 20)

    @property
    def data(self) -> str:
        """Name of the data that are read."""
        return "chicago"

    def content(self) -> bytes:
        """Return all values of the data that are read, to recognise changed data."""
        return load_chicago().values.to_csv().encode()

    @property
    def cases(self) -> list[Case]:
        """All trainings: each fault with its healthy twin, seed after seed."""
        return [
            Case(setup, seed, faulty)
            for seed in range(self.seed, self.seed + self.seeds)
            for setup in SETUPS
            for faulty in (True, False)
        ]
