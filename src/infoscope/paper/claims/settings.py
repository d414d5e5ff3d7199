"""Settings of a study of claims: those of the published run, and the number of seeds."""

import math
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from infoscope._errors import InputError
from infoscope._validate import one_of, whole_number
from infoscope.analysis.data_sets.catalogue import data_set_of
from infoscope.analysis.settings import Settings
from infoscope.networks.gated import CELLS

# Curves are smooth beyond this epoch: fewer snapshots are analysed.
_DENSE_UNTIL, _LATER_EVERY = 100, 25
_EARLY = (0, 1, 2, 3, 5, 8)
# The cell of the paper's network.
PAPERS_CELL = "rnn"
ABOUT = ("paper", "influence")
# Snapshots of larger networks, of which one is chosen by its validation error.
_LARGER_SNAPSHOTS = 6


@dataclass(frozen=True)
class ClaimSettings(Settings):
    """Settings of a study of claims.

    Parameters of `Settings` have the same meaning; ``seed`` is the first seed.

    Parameters
    ----------
    seeds : int
        Number of networks trained in each mode.
    surrogates : int
        Surrogates of each null; a level of 5 % needs at least 19.
    complexity_every : int
        As in `Settings`; the complexity is the slowest published estimate.
    many_subsets : int
        Random subsets of each size, for comparison with the published number.
    system_rows : int
        Rows of each synthetic system.
    larger : tuple of int
        Numbers of hidden nodes of the networks larger than the paper's.
    larger_epochs : int
        Maximum number of their epochs: the time of an update grows with the square of the nodes.
    corrected_flow_by : str
        `flow_by` of corrected runs: nearest neighbours, as in the study of `docs/claims.md`.
    cell : {"rnn", "gru", "lstm"}
        The paper's network, or a layer of torch's gated units (`Gated`), in corrected mode alone,
        trained by Adam on batches of windows, for the claims that must carry over to other networks
        (C38). `of` gives them the data set's own training, torch's own initial scale and no larger
        networks; settings of momentum and decay have no effect.
    about : {"paper", "influence"}
        Ask all claims of the paper; or those about its graph of three measures, flow, influence
        within one step and causal flow, in corrected mode alone. `of` gives it no larger networks,
        and the Gaussian copula.

    Raises
    ------
    InputError
        If a setting is out of its range.
    """

    seeds: int = 20
    surrogates: int = 19
    complexity_every: int = 50
    many_subsets: int = 50
    system_rows: int = 1000
    larger: tuple[int, ...] = (100, 250)
    larger_epochs: int = 300
    corrected_flow_by: str = "neighbours"
    cell: str = PAPERS_CELL
    about: str = ABOUT[0]

    def __post_init__(self) -> None:
        """Check the settings not in the published ones."""
        super().__post_init__()
        whole_number(self.seeds, "seeds", 1)
        whole_number(self.surrogates, "surrogates", 19)
        whole_number(self.many_subsets, "many_subsets", self.subsets + 1)
        whole_number(self.system_rows, "system_rows", 100)
        whole_number(self.larger_epochs, "larger_epochs", 1)
        for nodes in self.larger:
            whole_number(nodes, "larger", 4)
        one_of(self.cell, "cell", (PAPERS_CELL, *CELLS))
        one_of(self.about, "about", ABOUT)
        if self.gated and self.about != ABOUT[0]:
            raise InputError(
                f"about must be {ABOUT[0]!r} with cell {self.cell}, got {self.about!r}; omit one"
            )
        if not self.of_the_paper and self.larger:
            raise InputError(
                f"larger must be empty with cell {self.cell} about {self.about}, got "
                f"{self.larger}; use `ClaimSettings.of`, or larger=()"
            )

    @classmethod
    def of(cls, data: str, **given: Any) -> Self:
        """Return the settings of a study: those given, else the defaults of data set and cell.

        Parameters
        ----------
        data, **given
            As in `Settings.of`.

        Raises
        ------
        InputError
            If a setting is out of its range.

        Examples
        --------
        >>> ClaimSettings.of("flip-flop", cell="gru").initial_scale
        0.2
        """
        known = {name: value for name, value in given.items() if value is not None}
        if known.get("about", ABOUT[0]) == "influence":
            return super().of(data, **{"larger": (), "corrected_flow_by": "copula", **known})
        if known.get("cell", PAPERS_CELL) not in CELLS:
            return super().of(data, **known)
        data_set = data_set_of(data)
        nodes = {"hidden_nodes": cls.hidden_nodes, **data_set.defaults, **known}["hidden_nodes"]
        scale = 1.0 / math.sqrt(whole_number(nodes, "hidden_nodes", 1))
        of_cell = {**data_set.gated_training, "initial_scale": scale, "larger": ()}
        return super().of(data, **{**of_cell, **known})

    @property
    def gated(self) -> bool:
        """Whether the networks have gated units instead of the paper's."""
        return self.cell in CELLS

    @property
    def of_the_paper(self) -> bool:
        """Whether all claims are asked of the paper's network."""
        return not self.gated and self.about == ABOUT[0]

    @property
    def modes(self) -> tuple[str, ...]:
        """Modes of training that the data set and the question allow."""
        return self.data_set.modes if self.of_the_paper else ("corrected",)

    @property
    def every_seed(self) -> range:
        """The seeds."""
        return range(self.seed, self.seed + self.seeds)

    def snapshots(self, mode: str) -> list[int]:
        """Return the epochs of the analysed snapshots.

        Published: every `snapshot_every`-th, none before training. Corrected: early ones too, then
        fewer. Larger corrected networks, ``mode`` "larger": six.
        """
        if mode == "larger":
            every = max(1, self.epochs // _LARGER_SNAPSHOTS)
            chosen = {*range(every, self.epochs, every)}
        elif mode == "published":
            chosen = {*range(self.snapshot_every, self.epochs, self.snapshot_every)}
        else:
            chosen = {*_EARLY, *range(10, _DENSE_UNTIL, 10)}
            chosen |= {*range(_DENSE_UNTIL, self.epochs, _LATER_EVERY)}
        return sorted(epoch for epoch in {*chosen, self.epochs} if epoch <= self.epochs)

    def of_size(self, nodes: int) -> "ClaimSettings":
        """Return the settings for networks with another number of hidden nodes."""
        epochs = min(self.epochs, self.larger_epochs)
        return replace(
            self, hidden_nodes=nodes, epochs=epochs, larger=(), corrected_flow_by="copula"
        )

    def of_seed(self, mode: str, seed: int) -> Settings:
        """Return the settings of one seed's run in a mode."""
        return self.published_of(seed) if mode == "published" else self.corrected_of(seed)

    def published_of(self, seed: int) -> Settings:
        """Return the settings of one seed's published run."""
        common: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(Settings)}
        common["seed"] = seed
        return Settings(**common)

    def corrected_of(self, seed: int) -> Settings:
        """Return the settings of one seed's corrected run."""
        return self.published_of(seed).corrected(flow_by=self.corrected_flow_by)
