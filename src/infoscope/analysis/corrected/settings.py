"""Every setting of corrected mode: those of the published one, and a switch for each flaw."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from types import MappingProxyType
from typing import Any

from infoscope._errors import InputError
from infoscope._validate import real_number, truth, whole_number
from infoscope.analysis.settings import Settings
from infoscope.significance import surrogates_needed

# Switch → number of the flaw (`FLAWS`) that it repairs, and what is then done instead.
REPAIRS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "true_targets": (1, "the target is the true temperature of the next day"),
        "distinct_days": (2, "the trained network runs through the series, each day counts once"),
        "blocked_split": (2, "training and held-out days are blocks with a gap between them"),
        "no_noise": (3, "constant columns are left out, ties are kept as ties, no noise is added"),
        "free_of_scale": (4, "estimates do not depend on the size of the activations"),
        "gaussian_complexity": (5, "the complexity comes from one covariance matrix"),
        "structural_edges": (6, "only connections that the network has can be edges"),
        "significant_edges": (7, "an edge must be significant against surrogates"),
        "bounded_normalisation": (8, "information is turned into a coefficient from 0 to 1"),
        "whole_gradient": (9, "the gradient's mean and spread are over a pass, all matrices in"),
        "exact_ranks": (10, "ranks solve their equations"),
        "fitted_network": (
            11,
            "the snapshot of the smallest validation error is analysed; training is slower",
        ),
    }
)

# A tenth of the published one: the validation error is then flat around its minimum, so that the
# choice of the snapshot hardly matters.
_FITTED_RATE = 0.0005
# Thresholds are always compared at this level too (`FlowSignificance.thresholds`).
_LEVEL = 0.05


@dataclass(frozen=True)
class CorrectedSettings(Settings):
    """Settings of one corrected-mode run.

    Those of `Settings` mean the same; the ones that a repair replaces (jitter, thresholds,
    test_fraction, plane_rows, subsets, jacobi_iterations) apply where its switch is off.

    Parameters
    ----------
    every_year : bool
        Use the days of the year from start to end in every year of the table, not in one.
    held_out : float
        Share of the days, the last ones, that are held out.
    learning_rate : float
        Step size, lower than published unless fitted_network is left out.
    validation : float
        Share of the days that are not held out, the last of them, by which the snapshot to be
        analysed is chosen.
    patience : int
        Epochs without a smaller validation error after which no later snapshot is chosen.
    gap : int
        Days between the parts.
    window_stride : int
        Days between the starts of training windows.
    burn_in : int
        First days of every stretch that the network runs through and that do not count.
    surrogates : int
        Of each null that decides on edges.
    networks : int
        Untrained networks, and as many with shuffled weights, that the flow is compared with.
    false_edges, false_share : float
        Probability of any false edge, and expected share of false edges, of the two graphs.
    planes_every : int
        Epochs between the snapshots that information planes are estimated of; of the early ones
        all.
    plane_subsets : int
        Random subsets of each size for the Gaussian TSE complexity.
    noise : tuple of float
        Standard deviations of the noise that probes a layer, absolute and relative; figures show
        the largest.
    memory_lags : int
        Days back that the memory of the hidden layer is followed.
    true_targets, distinct_days, blocked_split, no_noise, free_of_scale, gaussian_complexity, \
structural_edges, significant_edges, bounded_normalisation, whole_gradient, exact_ranks, \
fitted_network : bool
        Whether a flaw is repaired (`REPAIRS`).

    Raises
    ------
    InputError
        If a setting is out of its range.
    """

    k: int = 4
    learning_rate: float = _FITTED_RATE
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
    true_targets: bool = True
    distinct_days: bool = True
    blocked_split: bool = True
    no_noise: bool = True
    free_of_scale: bool = True
    gaussian_complexity: bool = True
    structural_edges: bool = True
    significant_edges: bool = True
    bounded_normalisation: bool = True
    whole_gradient: bool = True
    exact_ranks: bool = True
    fitted_network: bool = True

    def __post_init__(self) -> None:
        """Check what the published settings have not."""
        super().__post_init__()
        for name in ("window_stride", "memory_lags", "planes_every"):
            whole_number(getattr(self, name), name, 1)
        for name in ("burn_in", "patience"):
            whole_number(getattr(self, name), name, 0)
        whole_number(self.plane_subsets, "plane_subsets", 2)
        if whole_number(self.gap, "gap", 0) < self.window_length:
            raise InputError(
                f"gap must be as long as a window, {self.window_length} days, or longer, got "
                f"{self.gap}; else days of training recur in the windows of the held-out part"
            )
        for name in ("false_edges", "false_share", "held_out", "validation"):
            if not 0.0 < real_number(getattr(self, name), name) < 1.0:
                raise InputError(
                    f"{name} must be above 0 and below 1, got {getattr(self, name)!r}; try 0.1"
                )
        needed = surrogates_needed(min(self.false_edges, self.false_share, _LEVEL))
        for name in ("surrogates", "networks"):
            whole_number(getattr(self, name), name, needed)
        for name in ("every_year", *REPAIRS):
            truth(getattr(self, name), name)

    @classmethod
    def like(cls, published: Settings, **changes: Any) -> "CorrectedSettings":
        """Return corrected settings for the data, network and training of published ones.

        Everything is taken over but the estimators' k and, where the network is to be fitted, the
        learning rate if it is the published one; ``changes`` come on top.
        """
        common = {f.name: getattr(published, f.name) for f in fields(Settings) if f.name != "k"}
        fitted = changes.get("fitted_network", True)
        if fitted and published.learning_rate == Settings.learning_rate:
            common["learning_rate"] = _FITTED_RATE
        length = published.window_length
        common |= {"gap": max(length, cls.gap), "window_stride": length}
        everything: dict[str, Any] = common | changes
        return cls(**everything)

    @classmethod
    def keeping(cls, published: Settings, flaws: tuple[str, ...]) -> "CorrectedSettings":
        """Return corrected settings that leave some flaws as they are, by name of the switch.

        Raises
        ------
        InputError
            If a name is none of `REPAIRS`.
        """
        unknown = [name for name in flaws if name not in REPAIRS]
        if unknown:
            raise InputError(
                f"keep_flaws must be names of repairs, got {unknown[0]!r}; choose from "
                f"{', '.join(REPAIRS)}"
            )
        return cls.like(published, **dict.fromkeys(flaws, False))

    @property
    def levels(self) -> dict[str, tuple[float, str]]:
        """Name of each graph of significant edges → level, and which error it is of."""
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
