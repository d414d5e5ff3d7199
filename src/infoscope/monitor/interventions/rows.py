"""Rows of a probe: the visited steps of all sequences, contexts drawn from them, and groups."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infoscope._validate import Floats

Indices = NDArray[np.int64]

# A jackknife deletes one sequence; of more sequences several at once, of fewer parts of them.
_FEWEST, _PARTS, _MOST = 5, 20, 200
# Numbers per chunk of contexts: a few arrays of this size fit into a processor's cache.
_CHUNK = 250_000


@dataclass(frozen=True, eq=False)
class Rows:
    """Visited steps of a probe, ordered by sequence and step.

    Parameters
    ----------
    sequence, step : array of int (row,)
        Where each row stands.
    contexts : array of int (context,)
        Increasing numbers of the rows at which influence is evaluated.
    group : array of int (row,)
        Group that a delete-one jackknife leaves out together.
    shape : tuple of int
        Steps and sequences of the probe.
    """

    sequence: Indices
    step: Indices
    contexts: Indices
    group: Indices
    shape: tuple[int, int]

    @classmethod
    def of(
        cls, sequences: int, steps: int, lengths: tuple[int, ...] | None, contexts: int | None,
        random: np.random.Generator,
    ) -> "Rows":  # fmt: skip
        """Return the rows of a probe, and contexts spread evenly over them."""
        until = np.full(sequences, steps) if lengths is None else np.array(lengths)
        sequence, step = np.nonzero(np.arange(steps) < until[:, None])
        chosen = np.arange(len(step))
        if contexts is not None and contexts < len(step):
            # One row at random from each of equally long stretches.
            places = (chosen[:contexts] + random.random(contexts)) * (len(step) / contexts)
            chosen = np.minimum(places.astype(np.int64), len(step) - 1)
        return cls(sequence, step, chosen, _groups(sequence, step, until), (steps, sequences))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.step)

    def of_all(self, values: Tensor) -> Tensor:
        """Return values (time, sequence, ...) as (row, ...)."""
        return values[torch.from_numpy(self.step), torch.from_numpy(self.sequence)]

    def of_contexts(self, values: Tensor) -> Tensor:
        """Return values (time, sequence, ...) as (context, ...)."""
        at = self.contexts
        return values[torch.from_numpy(self.step[at]), torch.from_numpy(self.sequence[at])]

    def filled(self, values: Tensor, into: Tensor) -> Tensor:
        """Return ``into`` (time, sequence) with the values (row,) in its rows."""
        found = into.clone()
        found[torch.from_numpy(self.step), torch.from_numpy(self.sequence)] = values
        return found

    def chunks(self, width: int) -> Iterator[slice]:
        """Cut the contexts into chunks of about equal work for layers of this width."""
        size = max(16, _CHUNK // max(width, 1))
        for start in range(0, len(self.contexts), size):
            yield slice(start, min(start + size, len(self.contexts)))

    @property
    def groups(self) -> int:
        """Number of groups."""
        return int(self.group.max()) + 1

    @property
    def counts(self) -> Floats:
        """Number of contexts in each group."""
        of_contexts = np.bincount(self.group[self.contexts], minlength=self.groups)
        return of_contexts.astype(np.float64)

    def per_group(self, values: Floats, chunk: slice) -> tuple[Indices, Floats]:
        """Return the groups of a chunk of contexts, and sums of values over each, (group, ...)."""
        of_chunk = self.group[self.contexts[chunk]]
        starts = np.flatnonzero(np.diff(of_chunk, prepend=-1))
        return of_chunk[starts], np.add.reduceat(values, starts, axis=0)


def _groups(sequence: Indices, step: Indices, until: Indices) -> Indices:
    """Return groups of whole sequences; parts of them where there are too few."""
    count = len(until)
    if count >= _FEWEST:
        return sequence * min(count, _MOST) // count
    parts = _PARTS // count
    part = step * parts // until[sequence]
    return np.unique(sequence * parts + part, return_inverse=True)[1].astype(np.int64)
