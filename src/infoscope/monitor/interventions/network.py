"""What the measures of influence need of a network: its blocks, and responses to changes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from torch import Tensor

from infoscope._validate import Floats
from infoscope.monitor.interventions.rows import Rows
from infoscope.recordings.recording import Recording

# From visited values (row,) of a source to others.
Change = Callable[[Tensor], Tensor]


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

    def visited(self, target: Block) -> Tensor:
        """Return the unchanged values of a target in all contexts, (context, unit)."""
        ...

    def delay(self, source: Block, target: Block) -> int:
        """Return the steps of the hop between two blocks: 0 in the order of computation, or 1."""
        ...

    def changed(self, block: Block, unit: int, change: Change) -> Hop:
        """Return the responses to a change of a unit at every visited step."""
        ...

    def tilted(self, block: Block, unit: int, signs: Tensor, step: float) -> Hop:
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
