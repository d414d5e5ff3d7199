"""What the measures of influence need of a network: its blocks, and responses to changes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infoscope._validate import Floats
from infoscope.monitor.interventions.rows import Rows
from infoscope.recordings.recording import Recording


@dataclass(frozen=True, eq=False)
class Block:
    """A block of nodes.

    Parameters
    ----------
    name, role : str
        As in the recording.
    nodes : slice
        Its nodes among all.
    values : Tensor (time, sequence, unit)
        Its visited values.
    whole_numbers : bool
        Whether it has no values between whole numbers, as tokens have none.
    """

    name: str
    role: str
    nodes: slice
    values: Tensor
    whole_numbers: bool = False

    def __len__(self) -> int:
        """Return the number of nodes."""
        return self.values.shape[2]


class Part(NamedTuple):
    """Units of one block that are changed: their numbers, (unit,)."""

    block: Block
    units: Tensor


# From the visited values (row, unit) of a part to others. They stand so many steps before their
# row: none, or one where they are the state before a step.
Change = Callable[[Part, Tensor, int], Tensor]


class Hop(Protocol):
    """Responses of all targets to one change of one source, by the direct routes."""

    def responses(self, chunk: slice) -> Iterator[tuple[Block, Floats]]:
        """Yield target blocks that change, and their changes (context, unit), of a chunk."""
        ...


class Network(Protocol):
    """A network in which sources are changed, everything else between them and a target frozen."""

    names: list[str]
    blocks: list[Block]
    # Of total influence: the blocks once for each lag, their nodes numbered on.
    targets: list[Block]
    rows: Rows

    @property
    def width(self) -> int:
        """Numbers per context in the largest response, for the size of chunks."""
        ...

    def delay(self, source: Block, target: Block) -> int:
        """Return the steps of the hop between two blocks: 0 in the order of computation, or 1."""
        ...

    def changed(self, parts: Sequence[Part], change: Change) -> Hop:
        """Return the responses to a change, together, of some units at every visited step."""
        ...

    def tilted(self, part: Part, signs: Tensor, step: float) -> Hop:
        """Return the responses to first order, per unit of change, with a sign for each row."""
        ...


def blocks_of(recording: Recording, values: dict[str, Tensor], whole: set[str]) -> list[Block]:
    """Return the blocks of a recording in its order of nodes."""
    found, start = [], 0
    for name, block in recording.blocks.items():
        if block.role in ("input", "hidden", "output"):
            nodes = slice(start, start + values[name].shape[2])
            found.append(Block(name, block.role, nodes, values[name], name in whole))
            start = nodes.stop
    return found


@dataclass(frozen=True)
class Spread:
    """Standard deviations of all nodes over the visited rows.

    Parameters
    ----------
    sd : array (node,)
        Exactly 0 for a constant node.
    left_out : array (group, node)
        Variance without the rows of one group of the jackknife.
    """

    sd: Floats
    left_out: Floats

    @classmethod
    def of(cls, network: Network) -> "Spread":
        """Compute them block by block."""
        rows, sds, without = network.rows, [], []
        counts = np.bincount(rows.group, minlength=rows.groups)[:, None]
        starts = np.searchsorted(rows.group, np.arange(rows.groups))
        for block in network.blocks:
            values = rows.of_all(block.values).double().numpy()
            values = values - values.mean(axis=0)
            constant = np.ptp(values, axis=0) == 0.0
            sds.append(np.where(constant, 0.0, values.std(axis=0)))
            sums, squares = (
                part.sum(axis=0) - np.add.reduceat(part, starts, axis=0)
                for part in (values, values**2)
            )
            n = np.maximum(len(values) - counts, 1)
            without.append(squares / n - (sums / n) ** 2)
        return cls(np.concatenate(sds), np.concatenate(without, axis=1))

    def of_targets(self, members: "Members", copies: int) -> "Spread":
        """Return the total spread of each group of targets, once for each lag."""
        size = len(self.sd)
        sd = self.sd if members.nodes is None else np.sqrt(members.summed(self.sd**2, size))
        left_out = members.summed(self.left_out, size)
        return Spread(np.tile(sd, copies), np.tile(left_out, (1, copies)))


@dataclass(frozen=True)
class Members:
    """Which nodes are changed together, and summed as a target.

    Parameters
    ----------
    names : list of str
        Names of the groups, or of all nodes if each is alone.
    nodes : list of array of int, optional
        Nodes of each group that are not constant; None if each node is alone.
    """

    names: list[str]
    nodes: list[NDArray[np.int64]] | None = None

    @classmethod
    def of(
        cls, names: list[str], groups: Mapping[str, Sequence[int]] | None, sd: Floats
    ) -> "Members":
        """Return every node alone, or groups without their constant nodes."""
        if groups is None:
            return cls(names)
        kept = [np.array([n for n in own if sd[n] > 0.0], np.int64) for own in groups.values()]
        return cls(list(groups), kept)

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self.names)

    def parts(self, network: Network, number: int) -> list[Part]:
        """Return the units of a group, or of a node, that can be changed, block by block."""
        nodes = np.array([number]) if self.nodes is None else self.nodes[number]
        found = []
        for block in network.blocks:
            own = nodes[(block.nodes.start <= nodes) & (nodes < block.nodes.stop)]
            if block.role != "output" and len(own):
                found.append(Part(block, torch.from_numpy(np.sort(own) - block.nodes.start)))
        return found

    def summed(self, values: Floats, size: int) -> Floats:
        """Return sums over the nodes of each group, (..., lag x group), of (..., lag x node)."""
        if self.nodes is None:
            return values
        by_lag = values.reshape(*values.shape[:-1], -1, size)
        sums = np.stack([by_lag[..., own].sum(axis=-1) for own in self.nodes], axis=-1)
        return sums.reshape(*values.shape[:-1], -1)
