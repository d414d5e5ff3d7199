"""Settings that every analysis has, of the paper's network or of a recording."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import one_of, real_number, truth, whole_number
from infoscope.analysis.flaws import REPAIRS
from infoscope.flow.groups import KINDS
from infoscope.flow.measure_tests import TESTED
from infoscope.recordings.alignment import alignment_word
from infoscope.runs.settings import SavedSettings
from infoscope.significance import surrogates_needed
from infoscope.surrogates.catalogue import NULLS
from infoscope.surrogates.default import AUTO

# Purposes of random streams; append new ones, so that earlier streams do not change.
_PURPOSES = (
    "split", "weights", "flow", "nodes", "indicators", "sensitivity", "entropy", "outputs", "nulls",
    "ranking", "planes", "one_step", "calibration", "causal",
)  # fmt: skip
# Thresholds are always compared at this level too (`FlowSignificance.thresholds`).
_LEVEL = 0.05
# Measures that surrogates of rows test, and the one of counts.
FLOW, INSTANTANEOUS, COUNTS = "flow", "instantaneous", "count_transfer_entropy"
# The measure whose edges are the sources that each target needs.
ONE_STEP = "one_step"
FLOW_BY = ("neighbours", "copula", "auto")


@dataclass(frozen=True)
class AnalysisSettings(SavedSettings):
    """Settings of the stages of an analysis; the defaults are the paper's, every flaw left in.

    Parameters
    ----------
    seed : int
        Seed of all random numbers.
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
    jacobi_iterations : int
        Updates of the published ranking.
    flow_by : {"neighbours", "copula", "auto"}
        Estimator of the flow: nearest neighbours; the Gaussian copula, which is faster, but blind
        to non-monotone relations; or a choice by the data.
    burn_in : int
        First rows of every stretch, omitted from estimates as transient.
    patience : int
        Epochs without a smaller validation error, after which no later snapshot is chosen.
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
        Largest lag in rows of the memory curve of the hidden layer.
    measure : str
        The measure that decides edges: "flow" or "instantaneous", tested by surrogates;
        "count_transfer_entropy"; "one_step", by the sources that each target needs; or one of
        `flow_measures` with a test.
    lag : int
        Rows between source and target of a flow.
    aligned : {"layers", "none", "auto"}
        Steps of the layers that a flow compares (`information_flow`).
    groups : {"", "layers", "blocks", "roles", "given"}
        Groups that are the nodes of the flow (`information_flow`); empty for single nodes.
    nulls : tuple of str
        Nulls that an edge must pass, existence before direction; "auto" chooses by the data.
    unrecorded : bool
        Whether units of the network are missing from the recording (`one_step_influence`).
    true_targets, distinct_days, blocked_split, no_noise, free_of_scale, gaussian_complexity, \
structural_edges, significant_edges, bounded_normalisation, whole_gradient, exact_ranks, \
fitted_network : bool
        Whether a flaw is repaired (`REPAIRS`).

    Raises
    ------
    InputError
        If a setting is out of its range.
    """

    seed: int = 0
    k: int = 10
    jitter: float = 1e-10
    thresholds: tuple[float, ...] = (0.06, 0.3, 0.4)
    plane_rows: int = 200
    subsets: int = 5
    jacobi_iterations: int = 20
    flow_by: str = "neighbours"
    burn_in: int = 10
    patience: int = 100
    surrogates: int = 100
    networks: int = 39
    false_edges: float = 0.05
    false_share: float = 0.1
    planes_every: int = 100
    plane_subsets: int = 50
    noise: tuple[float, ...] = (1.0, 3.0)
    memory_lags: int = 5
    measure: str = FLOW
    lag: int = 1
    aligned: str = "layers"
    groups: str = ""
    nulls: tuple[str, ...] = ("circular-shift", "lag-swap")
    unrecorded: bool = False
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
        whole_number(self.seed, "seed", 0)
        for name in ("k", "plane_rows", "subsets", "memory_lags", "planes_every", "lag"):
            whole_number(getattr(self, name), name, 1)
        for name in ("burn_in", "patience"):
            whole_number(getattr(self, name), name, 0)
        whole_number(self.plane_subsets, "plane_subsets", 2)
        one_of(self.flow_by, "flow_by", FLOW_BY)
        one_of(self.measure, "measure", (FLOW, INSTANTANEOUS, COUNTS, ONE_STEP, *TESTED))
        alignment_word(self.aligned)
        one_of(self.groups, "groups", ("", *KINDS))
        for null in self.nulls:
            one_of(null, "nulls", (AUTO, *NULLS))
        self._check_thresholds()
        for name in ("false_edges", "false_share"):
            open_share(getattr(self, name), name)
        needed = surrogates_needed(min(self.false_edges, self.false_share, _LEVEL))
        for name in ("surrogates", "networks"):
            whole_number(getattr(self, name), name, needed)
        for name in ("unrecorded", *REPAIRS):
            truth(getattr(self, name), name)

    def _check_thresholds(self) -> None:
        if not self.thresholds:
            raise InputError("thresholds must hold at least one number, got none; try 0.06,0.3,0.4")
        for threshold in self.thresholds:
            real_number(threshold, "thresholds", 0.0)
        # Results are named by the printed threshold.
        if len({f"{threshold:g}" for threshold in self.thresholds}) < len(self.thresholds):
            raise InputError(
                f"thresholds must differ, got {list(self.thresholds)}; drop the copies"
            )

    @property
    def repairs(self) -> tuple[str, ...]:
        """Names of the active repairs."""
        return tuple(name for name in REPAIRS if getattr(self, name))

    @property
    def in_closed_form(self) -> bool:
        """Whether the measure that decides edges is tested without surrogates."""
        return self.measure in (ONE_STEP, *TESTED)

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
    def graph_names(self) -> list[str]:
        """Name of each graph, the strictest significance or lowest threshold first."""
        if self.significant_edges:
            return list(self.levels)
        return [f"{threshold:g} bits" for threshold in sorted(self.thresholds)]

    @property
    def main_threshold(self) -> float:
        """The threshold of the main graph: the middle one."""
        return sorted(self.thresholds)[len(self.thresholds) // 2]

    def with_complexity(self, epochs: Iterable[int]) -> list[int]:
        """Return those of the epochs that have an estimate of the complexity."""
        return list(epochs)

    def generator(self, purpose: str) -> np.random.Generator:
        """Return the random stream of a purpose; new purposes do not change it."""
        children = np.random.SeedSequence(self.seed).spawn(len(_PURPOSES))
        return np.random.default_rng(children[_PURPOSES.index(purpose)])


def open_share(value: object, name: str) -> float:
    """Return a share between 0 and 1, both excluded.

    Raises
    ------
    InputError
        If it is not one.
    """
    share = real_number(value, name)
    if not 0.0 < share < 1.0:
        raise InputError(f"{name} must be above 0 and below 1, got {value!r}; try 0.1")
    return share
