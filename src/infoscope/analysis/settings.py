"""Every setting of the published pipeline, in one place, as it is saved with a run."""

import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import tomli_w

from infoscope._errors import InputError
from infoscope._validate import one_of, real_number, whole_number

# What randomness is for; new ones go to the end, so that the streams before them stay.
_PURPOSES = (
    "split",
    "weights",
    "flow",
    "nodes",
    "indicators",
    "sensitivity",
    "entropy",
    "outputs",
    "nulls",
    "ranking",
    "planes",
)
# How a table is read; the shipped one is read in one way.
_READING = ("date_column", "station", "columns", "drop", "missing")


@dataclass(frozen=True)
class Settings:
    """Settings of one published-mode run; the defaults are the paper's.

    Parameters
    ----------
    data : str
        Path of a daily table, or "chicago" for the table that is shipped.
    targets : tuple of str
        The columns to forecast a day ahead.
    date_column, station : str
        Column of the dates, and station of a table of several; empty where the table tells.
    columns, drop : tuple of str
        Columns to keep besides the targets, all if none is named, and columns to leave out.
    missing : {"mean", "interpolate", "drop", "refuse"}
        What becomes of missing values: filled with the column's mean (corrected mode: that of the
        training part), interpolated over gaps of up to a week, their days left out, or an error.
    start, end : str
        First and last day used, ISO format; empty for the first and last of the table.
    normalisation : {"z-score", "min-max"}
        Of every column, with statistics of the whole table.
    window_length : int
        Days in a window.
    test_fraction : float
        Share of days drawn as test days.
    seed : int
        Where the split, the weights, the jitter and the subsets come from.
    hidden_nodes, initial_scale : int, float
        Size of the network, and the half-width of the uniform initial weights.
    epochs, snapshot_every : int
        Length of training, and epochs between snapshots (one more before training).
    learning_rate, learning_rate_decay : float
        Step size, and its factor per epoch.
    momentum, final_momentum, momentum_switch_epoch : float, float, int
        Momentum up to and including the switch, and after it.
    k : int
        Neighbours of every estimate.
    jitter : float
        Amplitude of the uniform noise that breaks ties.
    thresholds : tuple of float
        Flow in bits above which there is an edge; the middle one stands for them all where a
        figure shows one graph.
    plane_rows : int
        Rows that the information planes use.
    subsets : int
        Random subsets of each size for the TSE complexity.
    jacobi_iterations : int
        Updates of the published ranking.

    Raises
    ------
    InputError
        If a setting is out of its range.
    """

    data: str = "chicago"
    targets: tuple[str, ...] = ("temp_max", "temp_min")
    date_column: str = ""
    station: str = ""
    columns: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    missing: str = "mean"
    start: str = "2015-05-01"
    end: str = "2015-10-04"
    normalisation: str = "z-score"
    window_length: int = 10
    test_fraction: float = 0.1
    seed: int = 0
    hidden_nodes: int = 25
    initial_scale: float = 0.01
    epochs: int = 1200
    snapshot_every: int = 10
    learning_rate: float = 0.005
    learning_rate_decay: float = 0.999
    momentum: float = 0.5
    final_momentum: float = 0.9
    momentum_switch_epoch: int = 5
    k: int = 10
    jitter: float = 1e-10
    thresholds: tuple[float, ...] = (0.06, 0.3, 0.4)
    plane_rows: int = 200
    subsets: int = 5
    jacobi_iterations: int = 20

    def __post_init__(self) -> None:
        """Check what is not checked where it is used, before hours of work depend on it."""
        self._check_reading()
        whole_number(self.seed, "seed", 0)
        whole_number(self.epochs, "epochs", 1)
        whole_number(self.k, "k", 1)
        for name in ("hidden_nodes", "snapshot_every", "window_length", "plane_rows"):
            whole_number(getattr(self, name), name, 1)
        whole_number(self.subsets, "subsets", 1)
        if not self.thresholds:
            raise InputError("thresholds must hold at least one number, got none; try 0.06,0.3,0.4")
        for threshold in self.thresholds:
            real_number(threshold, "thresholds", 0.0)
        # Results are named by the threshold as it is printed.
        if len({f"{threshold:g}" for threshold in self.thresholds}) < len(self.thresholds):
            raise InputError(
                f"thresholds must differ, got {list(self.thresholds)}; drop the copies"
            )

    def _check_reading(self) -> None:
        one_of(self.missing, "missing", ("mean", "interpolate", "drop", "refuse"))
        if self.data == "chicago":
            for field in fields(Settings):
                if field.name in _READING and getattr(self, field.name) != field.default:
                    raise InputError(
                        f"{field.name} is for a table of your own, got "
                        f"{getattr(self, field.name)!r} with the one that is shipped; name a file "
                        f"with --data, or omit --{field.name.replace('_', '-')}"
                    )

    @property
    def main_threshold(self) -> float:
        """The threshold of the graph that stands for all: the middle one."""
        return sorted(self.thresholds)[len(self.thresholds) // 2]

    def generator(self, purpose: str) -> np.random.Generator:
        """Return the random stream of a purpose: adding one does not move the others."""
        children = np.random.SeedSequence(self.seed).spawn(len(_PURPOSES))
        return np.random.default_rng(children[_PURPOSES.index(purpose)])

    def to_toml(self) -> str:
        """Return the settings as TOML."""
        return tomli_w.dumps(asdict(self))

    @classmethod
    def from_toml(cls, path: Path) -> Self:
        """Read settings that a run saved.

        Raises
        ------
        InputError
            If the file is missing, is not TOML, has other settings than these, or one of them is
            out of its range.
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
