"""Rows of one-step models: the nodes of a layer, and all that they can be computed from."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.flow.paired_rows import PairedRows, snapshots_for
from infoscope.graphs.connections import connections
from infoscope.recordings.recording import Recording

# Fewest rows of a layer.
_FEWEST = 8


@dataclass(frozen=True)
class StepRows:
    """One layer a step later, and the nodes that can act on it, row by row.

    Parameters
    ----------
    nodes : DataFrame
        All nodes, as in `Recording.nodes`.
    targets, sources : array of int
        Places of both among the nodes.
    after : array, shape (n, target)
        The layer after the step.
    before : array, shape (n, source + covariate)
        The sources: in the step before, or, for a layer computed earlier within a step, such as
        the inputs, in the same step. Then covariates, if any: the sources one step earlier.
    own : array of int, shape (target,)
        Place of each target among the sources, -1 if it is none.
    sequence, step : array of int, shape (n,)
        Sequence of each row, and its step after.
    back : array of int, shape (source + covariate,)
        Steps from a source to the targets.
    values : array, shape (sequence, time, node)
        All nodes.
    """

    nodes: pd.DataFrame
    targets: NDArray[np.int64]
    sources: NDArray[np.int64]
    after: Floats
    before: Floats
    own: NDArray[np.int64]
    sequence: NDArray[np.int64]
    step: NDArray[np.int64]
    back: NDArray[np.int64]
    values: Floats = field(repr=False)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.after)

    @property
    def layer(self) -> str:
        """Name of the layer of the targets."""
        return str(self.nodes["layer"].iloc[self.targets[0]])

    def of(self, rows: NDArray[Any]) -> "StepRows":
        """Return some of the rows."""
        return replace(
            self, after=self.after[rows], before=self.before[rows], sequence=self.sequence[rows],
            step=self.step[rows],
        )  # fmt: skip

    def among(self, chosen: NDArray[np.int64]) -> "StepRows":
        """Return the rows of some of the targets."""
        return replace(
            self, targets=self.targets[chosen], after=self.after[:, chosen], own=self.own[chosen]
        )

    def sources_in(self, values: Floats) -> Floats:
        """Return the sources in other values (sequence, time, node), (n, source)."""
        back = self.back[: len(self.sources)]
        return np.column_stack([
            values[self.sequence, self.step - steps, node]
            for steps, node in zip(back, self.sources, strict=True)
        ])  # fmt: skip


def steps_of(
    data: Any, epoch: int | None, aligned: str | bool, earlier: bool = False
) -> Iterator[StepRows]:
    """Yield the rows of every layer that other nodes can act on.

    With ``earlier``, the sources one step earlier are covariates.

    The rows of each layer are paired on their own, so that the first transition of a sequence is
    among those of the hidden layers whether or not there are outputs.

    Raises
    ------
    InputError
        If the sequences are too short for a step.
    """
    snapshots_for(data, epoch)
    # Rows that pair all layers at once would need sequences longer than a step.
    paired = None if isinstance(data, Recording) else PairedRows.of(data, 1, epoch, aligned)
    nodes = data.nodes if paired is None else paired.nodes
    possible = connections(nodes)
    if not possible.any():
        raise InputError(
            "data must have hidden or output nodes on which others act, got only "
            f"{', '.join(sorted(set(nodes['role'])))} nodes; record the layer behind them"
        )
    if paired is None:
        layers = nodes["layer"].to_numpy()
        ahead = np.asarray(data.alignment(epoch, aligned).shifts)[layers]
        values = data.activations(epoch).to_numpy()
        stretches = data.stretches
    else:
        ahead = np.zeros(len(nodes), np.int64)
        layers = ahead
        values, stretches = paired.table[np.newaxis], np.zeros((1, len(paired.table)), np.int64)
    moving = np.ptp(values, axis=(0, 1)) > 0.0
    possible = possible & moving & moving[:, np.newaxis]
    if not possible.any():
        raise InputError(
            "data must have nodes that change and can act on one another, got only constant ones; "
            "record while the network is driven"
        )
    for layer in np.unique(layers):
        targets = np.flatnonzero((layers == layer) & possible.any(axis=0))
        if not len(targets):
            continue
        # Steps from a source to these targets: none if it is computed before them in a step.
        steps = ahead[targets[0]] + 1 - ahead
        itself = (layers == layer) & moving & (nodes["role"].to_numpy() == "hidden")
        heard = possible[:, targets].any(axis=1) | itself
        sources = np.flatnonzero(heard & (steps >= 0) & (steps <= 1))
        own = np.array([int(np.searchsorted(sources, t)) if t in sources else -1 for t in targets])
        reach = 2 if earlier else 1
        sequence, step = np.nonzero(stretches[:, reach:] == stretches[:, :-reach])
        step += reach
        if len(step) < _FEWEST:
            raise InputError(
                f"sequences must have {_FEWEST} or more pairs of consecutive steps, got "
                f"{len(step)}; record longer sequences"
            )
        back = np.concatenate([steps[sources] + more for more in range(reach)])
        columns = [
            values[sequence, step - ago, a]
            for ago, a in zip(back, np.tile(sources, reach), strict=True)
        ]
        yield StepRows(
            nodes, targets, sources, values[sequence, step][:, targets], np.column_stack(columns),
            own, sequence, step, back, values,
        )  # fmt: skip


def constant_nodes(rows: StepRows) -> list[str]:
    """Return the names of all nodes that never change."""
    return rows.nodes.index[np.ptp(rows.values, axis=(0, 1)) == 0.0].tolist()


def evenly(rows: int, most: int) -> NDArray[np.int64]:
    """Return at most that many places, evenly spread over the rows."""
    return np.unique(np.linspace(0, rows - 1, most).astype(np.int64))
