"""Groups of nodes: flow between layers, areas or heads, with vectors for nodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, described, one_of
from infoscope.estimators import Auto, Gaussian
from infoscope.estimators.protocols import MutualInformation
from infoscope.flow.paired_rows import PairedRows
from infoscope.measures.estimation import samples_of
from infoscope.measures.pair_reasons import Pair
from infoscope.recordings.recording import Recording

# Ways to group the nodes of a recording by what it knows of them.
KINDS = ("layers", "blocks", "roles", "given")
Groups = str | Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class BetweenGroups:
    """Information between all pairs of groups of columns, each group a vector.

    Parameters
    ----------
    members : tuple of tuple of int
        Columns of each group.
    within : MutualInformation
        Estimator of the information between two vectors.
    """

    members: tuple[tuple[int, ...], ...]
    within: MutualInformation

    def __str__(self) -> str:
        """Return the estimator of one pair."""
        return f"{self.within} between groups"

    def mutual_information(self, samples: Any, random: np.random.Generator, n_jobs: int | None):
        """Estimate the information between two vectors."""
        return self.within.mutual_information(samples, random, n_jobs)

    def group_pairs(
        self,
        sources: Floats,
        targets: Floats,
        wanted: NDArray[np.bool_],
        random: np.random.Generator,
        n_jobs: int | None,
        near: tuple[Any, Any],
        reasons: dict[Pair, str],
    ) -> Floats:
        """Return I(source group; target group) in nats for the wanted pairs, NaN elsewhere.

        ``near`` holds trial and time of each row, or None; ``reasons`` receives why a pair has no
        estimate.
        """
        if isinstance(self.within, Gaussian):
            found = self._by_entropies(self.within, sources, targets, wanted)
            wanted = wanted & ~np.isfinite(found)
        else:
            found = np.full(wanted.shape, np.nan)
        for a, b in np.argwhere(wanted):
            x, y = sources[:, self.members[a]], targets[:, self.members[b]]
            try:
                estimate = self.within.mutual_information(
                    samples_of(x, y, None, *near), random, n_jobs
                )
                found[a, b] = estimate.nats
            except EstimationError as error:
                reasons[int(a), int(b)] = str(error)
        return found

    def _by_entropies(
        self, gaussian: Gaussian, sources: Floats, targets: Floats, wanted: NDArray[np.bool_]
    ) -> Floats:
        """Return the informations from entropies of sets, which share one transform of the data.

        NaN where a linear relation makes an entropy infinite.
        """
        width = sources.shape[1]
        groups = [np.array(group) for group in self.members]
        pairs = np.argwhere(wanted)
        sets = [*groups, *(group + width for group in groups)]
        sets += [np.concatenate([groups[a], groups[b] + width]) for a, b in pairs]
        with np.errstate(invalid="ignore", divide="ignore"):
            entropies = gaussian.set_entropies(np.hstack([sources, targets]), sets)
            own, later, both = np.split(entropies, [len(groups), 2 * len(groups)])
            found = np.full(wanted.shape, np.nan)
            found[wanted] = own[pairs[:, 0]] + later[pairs[:, 1]] - both
        return np.where(np.isfinite(found), found, np.nan)


def members_of(
    recording: Recording | PairedRows, nodes: pd.DataFrame, groups: Groups
) -> dict[str, list[int]]:
    """Return the columns of each group.

    Parameters
    ----------
    recording : Recording
        Knows layers, blocks, and groups that were given with it.
    nodes : DataFrame
        The nodes, in the order of the columns.
    groups : {"layers", "blocks", "roles", "given"} or mapping from str to sequence of str
        How to group: by what the recording knows, or names of nodes per group.

    Raises
    ------
    InputError
        If groups overlap, name unknown nodes, or are fewer than two.
    """
    named = _named(recording, nodes, groups) if isinstance(groups, str) else groups
    if not isinstance(named, Mapping):
        raise InputError(
            f"groups must be one of {', '.join(KINDS)} or a mapping from names to nodes, got "
            f"{described(groups)}; try groups='layers'"
        )
    place = {name: number for number, name in enumerate(nodes.index)}
    found: dict[str, list[int]] = {}
    taken: dict[str, str] = {}
    for group, members in named.items():
        members = [members] if isinstance(members, str) else list(members)
        for node in members:
            if node not in place:
                raise InputError(
                    f"groups[{group!r}] must name nodes of the recording, got {described(node)}; "
                    f"the first nodes are {', '.join(map(str, nodes.index[:8]))}"
                )
            if node in taken:
                raise InputError(
                    f"groups must not overlap, got {node!r} in {taken[node]!r} and {group!r}; the "
                    "information between a node and itself is infinite"
                )
            taken[node] = str(group)
        if members:
            found[str(group)] = [place[node] for node in members]
    if len(found) < 2:
        raise InputError(
            f"groups must be two or more for flow between them, got {len(found)}; choose another "
            "way of grouping, or omit groups"
        )
    return found


def _named(recording: Any, nodes: pd.DataFrame, groups: str) -> Mapping[str, Sequence[str]]:
    """Return the names of the nodes of each group by layers, blocks, roles or as given."""
    kind = one_of(groups, "groups", KINDS)
    if kind == "roles":
        return {str(role): part.index.tolist() for role, part in nodes.groupby("role", sort=False)}
    if not isinstance(recording, Recording):
        raise InputError(
            f"groups must name nodes where the data are a table, got {groups!r}; pass a mapping "
            "from names of groups to names of columns"
        )
    if kind == "given":
        if not recording.groups:
            raise InputError(
                "groups must be given with the recording for 'given', got a recording without; "
                "pass a mapping here, or groups= to Recording.from_arrays"
            )
        return recording.groups
    found: dict[str, list[str]] = {}
    for name, block in recording.blocks.items():
        if block.role != "target":
            found.setdefault(name if kind == "blocks" else block.layer, []).extend(block.nodes)
    return found


def table_of_groups(nodes: pd.DataFrame, members: Mapping[str, Sequence[int]]) -> pd.DataFrame:
    """Return one row per group: the role its nodes share, else hidden; layer; number of nodes."""
    rows = []
    for name, places in members.items():
        part = nodes.iloc[list(places)]
        roles = part["role"].unique()
        role = str(roles[0]) if len(roles) == 1 else "hidden"
        rows.append((name, role, int(part["layer"].min()), len(places)))
    columns = ["node", "role", "layer", "members"]
    return pd.DataFrame(rows, columns=columns).set_index("node")


def between_groups(
    members: Mapping[str, Sequence[int]], estimator: MutualInformation
) -> BetweenGroups:
    """Return the estimator between groups; "auto" is the Gaussian copula, for any dimension."""
    within = Gaussian(copula=True) if isinstance(estimator, Auto) else estimator
    return BetweenGroups(tuple(tuple(places) for places in members.values()), within)
