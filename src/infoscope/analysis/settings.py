"""All settings of a replication, as saved with a run."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from infoscope._errors import InputError
from infoscope._validate import one_of, truth, whole_number
from infoscope.analysis.data_sets.catalogue import data_set_of
from infoscope.analysis.data_sets.daily_table import OwnTable
from infoscope.analysis.data_sets.data_set import DataSet
from infoscope.analysis.flaws import REPAIRS
from infoscope.analysis.switches import AnalysisSettings, open_share

# Neighbours of the repaired estimates: sufficient without copies and noise.
_FEWER_NEIGHBOURS = 4
_STRIDE_AND_GAP = 10
# Last epoch at which every snapshot has an estimate of the complexity.
_EARLY = 100


@dataclass(frozen=True)
class Settings(AnalysisSettings):
    """Settings of one replication; the defaults are the paper's, with every flaw left in.

    `corrected` returns the settings with the repairs switched on. Parameters of `AnalysisSettings`
    have the same meaning; ``seed`` also draws split and initial weights.

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
    hidden_nodes, initial_scale : int, float
        Size of the network, and the half-width of the uniform initial weights.
    epochs, snapshot_every : int
        Number of training epochs, and epochs between snapshots (plus one before training).
    learning_rate, learning_rate_decay : float
        Step size, and its factor per epoch.
    momentum, final_momentum, momentum_switch_epoch : float, float, int
        Momentum up to and including the switch, and after it.
    complexity_every : int
        Epochs between published estimates of the complexity after the first hundred epochs; the
        first snapshots and the last always have one.
    every_year : bool
        Use the season from start to end in every year of the table, not in one.
    held_out : float
        Share of the days, at the end, that is held out in a blocked split.
    validation : float
        Share of the remaining days, at their end, used to choose the analysed snapshot.
    gap : int
        Days between the parts.
    window_stride : int
        Days between the starts of training windows.

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
    hidden_nodes: int = 25
    initial_scale: float = 0.01
    epochs: int = 1200
    snapshot_every: int = 10
    learning_rate: float = 0.005
    learning_rate_decay: float = 0.999
    momentum: float = 0.5
    final_momentum: float = 0.9
    momentum_switch_epoch: int = 5
    complexity_every: int = 1
    every_year: bool = True
    held_out: float = 0.4
    validation: float = 0.2
    gap: int = 10
    window_stride: int = 10

    def __post_init__(self) -> None:
        """Check settings early, before hours of work depend on them."""
        super().__post_init__()
        self._check_reading()
        for name in ("epochs", "hidden_nodes", "snapshot_every", "window_length"):
            whole_number(getattr(self, name), name, 1)
        for name in ("complexity_every", "window_stride"):
            whole_number(getattr(self, name), name, 1)
        self._check_parts()

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

    def _check_parts(self) -> None:
        whole_number(self.gap, "gap", 0)
        if self.in_blocks and self.gap < self.window_length:
            raise InputError(
                f"gap must be at least window_length = {self.window_length} days, got {self.gap}; "
                "otherwise training days recur in held-out windows"
            )
        for name in ("held_out", "validation"):
            open_share(getattr(self, name), name)
        if self.fitted_network and not self.in_blocks:
            raise InputError(
                "fitted_network needs validation days, which sliding windows lack; switch "
                "distinct_days or blocked_split on, or add fitted_network to --keep-flaws"
            )
        truth(self.every_year, "every_year")

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

        Without any repair they equal the published settings. ``significant_edges`` decides edges by
        the Gaussian copula, whose surrogates scatter less than those of nearest neighbours
        (circular shifts of 882 rows by 0.003 against 0.042 bits); ``flow_by="neighbours"`` keeps
        the published estimator. ``fitted_network`` lowers the learning rate to the data set's.
        Neither changes a setting that differs from the published one.

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
        tested = changes.get("significant_edges", on["significant_edges"])
        if tested and self.flow_by == Settings.flow_by:
            on["flow_by"] = "copula"
        fitted = changes.get("fitted_network", on["fitted_network"])
        rate = self.data_set.fitted_rate
        if fitted and rate is not None and self.learning_rate == Settings.learning_rate:
            on["learning_rate"] = rate
        length = self.window_length
        of_blocks = {"gap": max(length, _STRIDE_AND_GAP), "window_stride": length}
        return replace(self, **{**of_blocks, **on, **changes})

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

    def content(self) -> bytes:
        """Return all values of the data, to recognise changed data."""
        return self.data_set.content(self)
