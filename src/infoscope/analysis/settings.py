"""All settings of an analysis, as saved with a run."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import one_of, real_number, truth, whole_number
from infoscope.analysis.data_sets.catalogue import data_set_of
from infoscope.analysis.data_sets.daily_table import OwnTable
from infoscope.analysis.data_sets.data_set import DataSet
from infoscope.analysis.flaws import REPAIRS
from infoscope.runs.settings import SavedSettings
from infoscope.significance import surrogates_needed

# Purposes of random streams; append new ones, so that earlier streams do not change.
_PURPOSES = (
    "split", "weights", "flow", "nodes", "indicators", "sensitivity", "entropy", "outputs", "nulls",
    "ranking", "planes",
)  # fmt: skip
# Thresholds are always compared at this level too (`FlowSignificance.thresholds`).
_LEVEL = 0.05
# Neighbours of the repaired estimates: sufficient without copies and noise.
_FEWER_NEIGHBOURS = 4
_STRIDE_AND_GAP = 10
# Last epoch at which every snapshot has an estimate of the complexity.
_EARLY = 100


@dataclass(frozen=True)
class Settings(SavedSettings):
    """Settings of one analysis; the defaults are the paper's, with every flaw left in.

    `corrected` returns the settings with the repairs switched on.

    Parameters
    ----------
    data : str
        Path of a daily table, or the name of an included data set (`DATA_SETS`).
    targets : tuple of str
        The columns to forecast a day ahead.
    date_column, station : str
        Date column, and station of a table of several; empty to detect them.
    columns, drop : tuple of str
        Columns to keep besides the targets (empty for all), and columns to omit.
    missing : {"mean", "interpolate", "drop", "refuse"}
        Treatment of missing values: fill with the column's mean (corrected mode: the mean of the
        training part), interpolate gaps of up to a week, omit their days, or raise an error.
    start, end : str
        First and last day used, ISO format; empty for the first and last of the table.
    normalisation : {"z-score", "min-max"}
        Normalisation of every column, with statistics of the whole table.
    window_length : int
        Days in a window.
    test_fraction : float
        Share of days drawn as test days.
    seed : int
        Seed of split, weights, jitter and subsets.
    hidden_nodes, initial_scale : int, float
        Size of the network, and the half-width of the uniform initial weights.
    epochs, snapshot_every : int
        Number of training epochs, and epochs between snapshots (plus one before training).
    learning_rate, learning_rate_decay : float
        Step size, and its factor per epoch.
    momentum, final_momentum, momentum_switch_epoch : float, float, int
        Momentum up to and including the switch, and after it.
    k : int
        Nearest neighbours of every estimate.
    jitter : float
        Amplitude of the uniform noise that breaks ties.
    thresholds : tuple of float
        Flow thresholds of edges in bits; figures of a single graph use the middle one.
    plane_rows : int
        Rows of the information planes.
    subsets : int
        Random subsets of each size for the TSE complexity.
    complexity_every : int
        Epochs between published estimates of the complexity after the first hundred epochs; the
        first snapshots and the last always have one.
    jacobi_iterations : int
        Updates of the published ranking.
    flow_by : {"neighbours", "copula"}
        Estimator of the flow; the Gaussian copula is faster, but blind to non-monotone relations.
    every_year : bool
        Use the season from start to end in every year of the table, not in one.
    held_out : float
        Share of the days, at the end, that is held out in a blocked split.
    validation : float
        Share of the remaining days, at their end, used to choose the analysed snapshot.
    patience : int
        Epochs without a smaller validation error, after which no later snapshot is chosen.
    gap : int
        Days between the parts.
    window_stride : int
        Days between the starts of training windows.
    burn_in : int
        First days of every stretch, omitted from estimates as transient.
    surrogates : int
        Surrogates of each null that decides edges.
    networks : int
        Number of untrained networks, and of networks with shuffled weights, to compare the flow
        with.
    false_edges, false_share : float
        Family-wise error rate and false discovery rate of the two graphs.
    planes_every : int
        Epochs between snapshots with information planes; all early snapshots have them.
    plane_subsets : int
        Random subsets of each size for the Gaussian TSE complexity.
    noise : tuple of float
        Standard deviations of the probe noise, absolute and relative; figures show the largest.
    memory_lags : int
        Largest lag in days of the memory curve of the hidden layer.
    true_targets, distinct_days, blocked_split, no_noise, free_of_scale, gaussian_complexity, \
structural_edges, significant_edges, bounded_normalisation, whole_gradient, exact_ranks, \
fitted_network : bool
        Whether a flaw is repaired (`REPAIRS`).

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
    complexity_every: int = 1
    jacobi_iterations: int = 20
    flow_by: str = "neighbours"
    every_year: bool = True
    held_out: float = 0.4
    validation: float = 0.2
    patience: int = 100
    gap: int = 10
    window_stride: int = 10
    burn_in: int = 10
    surrogates: int = 100
    networks: int = 39
    false_edges: float = 0.05
    false_share: float = 0.1
    planes_every: int = 100
    plane_subsets: int = 50
    noise: tuple[float, ...] = (1.0, 3.0)
    memory_lags: int = 5
    true_targets: bool = False
    distinct_days: bool = False
    blocked_split: bool = False
    no_noise: bool = False
    free_of_scale: bool = False
    gaussian_complexity: bool = False
    structural_edges: bool = False
    significant_edges: bool = False
    bounded_normalisation: bool = False
    whole_gradient: bool = False
    exact_ranks: bool = False
    fitted_network: bool = False

    def __post_init__(self) -> None:
        """Check settings early, before hours of work depend on them."""
        self._check_reading()
        self._check_repairs()
        whole_number(self.seed, "seed", 0)
        whole_number(self.epochs, "epochs", 1)
        whole_number(self.k, "k", 1)
        for name in ("hidden_nodes", "snapshot_every", "window_length", "plane_rows"):
            whole_number(getattr(self, name), name, 1)
        for name in ("subsets", "complexity_every"):
            whole_number(getattr(self, name), name, 1)
        one_of(self.flow_by, "flow_by", ("neighbours", "copula"))
        if not self.thresholds:
            raise InputError("thresholds must hold at least one number, got none; try 0.06,0.3,0.4")
        for threshold in self.thresholds:
            real_number(threshold, "thresholds", 0.0)
        # Results are named by the printed threshold.
        if len({f"{threshold:g}" for threshold in self.thresholds}) < len(self.thresholds):
            raise InputError(
                f"thresholds must differ, got {list(self.thresholds)}; drop the copies"
            )

    def _check_reading(self) -> None:
        one_of(self.missing, "missing", ("mean", "interpolate", "drop", "refuse"))
        data_set = self.data_set
        for name in OwnTable.options:
            default = data_set.defaults.get(name, getattr(Settings, name))
            if name not in data_set.options and getattr(self, name) != default:
                raise InputError(
                    f"{name} is for your own table, got {getattr(self, name)!r} with {self.data}; "
                    f"choose a file with --data, or omit --{name.replace('_', '-')}"
                )

    def _check_repairs(self) -> None:
        for name in ("window_stride", "memory_lags", "planes_every"):
            whole_number(getattr(self, name), name, 1)
        for name in ("burn_in", "patience"):
            whole_number(getattr(self, name), name, 0)
        whole_number(self.plane_subsets, "plane_subsets", 2)
        whole_number(self.gap, "gap", 0)
        if self.in_blocks and self.gap < self.window_length:
            raise InputError(
                f"gap must be at least window_length = {self.window_length} days, got {self.gap}; "
                "otherwise training days recur in held-out windows"
            )
        for name in ("false_edges", "false_share", "held_out", "validation"):
            if not 0.0 < real_number(getattr(self, name), name) < 1.0:
                raise InputError(
                    f"{name} must be above 0 and below 1, got {getattr(self, name)!r}; try 0.1"
                )
        if self.fitted_network and not self.in_blocks:
            raise InputError(
                "fitted_network needs validation days, which sliding windows lack; switch "
                "distinct_days or blocked_split on, or add fitted_network to --keep-flaws"
            )
        needed = surrogates_needed(min(self.false_edges, self.false_share, _LEVEL))
        for name in ("surrogates", "networks"):
            whole_number(getattr(self, name), name, needed)
        for name in ("every_year", *REPAIRS):
            truth(getattr(self, name), name)

    @classmethod
    def of(cls, data: str, **given: Any) -> Self:
        """Return the published settings of a data set: those given, else its defaults.

        Parameters
        ----------
        data : str
            The setting of this name.
        **given
            Other settings; None for the default.

        Raises
        ------
        InputError
            If a setting is out of its range, or does not apply to the data set.

        Examples
        --------
        >>> Settings.of("flip-flop", epochs=None, seed=3).epochs
        150
        """
        chosen = {name: value for name, value in given.items() if value is not None}
        return cls(**{"data": data, **data_set_of(data).defaults, **chosen})

    @property
    def data_set(self) -> DataSet:
        """The data set."""
        return data_set_of(self.data)

    def corrected(self, *, keep: Iterable[str] = (), **changes: Any) -> "Settings":
        """Return these settings with every flaw repaired except those in ``keep``.

        Without any repair they equal the published settings. ``fitted_network`` lowers the learning
        rate to the data set's, unless it differs from the published one.

        Parameters
        ----------
        keep : iterable of str
            Names of repairs (`REPAIRS`) to leave off.
        **changes
            Other settings to change.

        Raises
        ------
        InputError
            If a name is not in `REPAIRS`.
        """
        kept = tuple(keep)
        unknown = [name for name in kept if name not in REPAIRS]
        if unknown:
            raise InputError(
                f"keep_flaws must be names of repairs, got {unknown[0]!r}; choose from "
                f"{', '.join(REPAIRS)}"
            )
        on: dict[str, Any] = {name: name not in kept for name in REPAIRS}
        if on["no_noise"] or on["free_of_scale"]:
            on["k"] = _FEWER_NEIGHBOURS
        fitted = changes.get("fitted_network", on["fitted_network"])
        rate = self.data_set.fitted_rate
        if fitted and rate is not None and self.learning_rate == Settings.learning_rate:
            on["learning_rate"] = rate
        length = self.window_length
        of_blocks = {"gap": max(length, _STRIDE_AND_GAP), "window_stride": length}
        return replace(self, **{**of_blocks, **on, **changes})

    @property
    def repairs(self) -> tuple[str, ...]:
        """Names of the active repairs."""
        return tuple(name for name in REPAIRS if getattr(self, name))

    @property
    def in_blocks(self) -> bool:
        """Whether days form a series instead of the published sliding windows."""
        return self.distinct_days or self.blocked_split

    @property
    def levels(self) -> dict[str, tuple[float, str]]:
        """Name of each graph of significant edges → level and error type."""
        return {
            f"FWER {self.false_edges:.0%}": (self.false_edges, "fwer"),
            f"FDR {self.false_share:.0%}": (self.false_share, "fdr"),
        }

    @property
    def season(self) -> tuple[str, str] | None:
        """First and last day of the year, or None for the whole year."""
        if not self.every_year or not self.start or not self.end:
            return None
        first, last = date.fromisoformat(self.start), date.fromisoformat(self.end)
        if (last - first).days >= 365:
            return None
        return self.start[5:], self.end[5:]

    def with_complexity(self, epochs: Iterable[int]) -> list[int]:
        """Return those of the epochs that have an estimate of the complexity."""
        return [
            epoch
            for epoch in epochs
            if epoch <= _EARLY or epoch % self.complexity_every == 0 or epoch == self.epochs
        ]

    @property
    def graph_names(self) -> list[str]:
        """Name of each graph, the strictest significance or lowest threshold first."""
        if self.significant_edges:
            return list(self.levels)
        return [f"{threshold:g} bits" for threshold in sorted(self.thresholds)]

    @property
    def main_threshold(self) -> float:
        """The threshold of the main graph: the middle one."""
        return sorted(self.thresholds)[len(self.thresholds) // 2]

    def generator(self, purpose: str) -> np.random.Generator:
        """Return the random stream of a purpose; new purposes do not change it."""
        children = np.random.SeedSequence(self.seed).spawn(len(_PURPOSES))
        return np.random.default_rng(children[_PURPOSES.index(purpose)])

    def content(self) -> bytes:
        """Return all values of the data, to recognise changed data."""
        return self.data_set.content(self)
