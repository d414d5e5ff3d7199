"""Surrogates by swapping the present and the future of the target."""

from dataclasses import dataclass

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import Floats, one_of, whole_number
from infoscope.surrogates.layout import AXES, Layout, Pairing, memory
from infoscope.surrogates.surrogate import RowSurrogate, Sampler, child

# With more blocks, the number of distinct swaps is practically unlimited.
_MANY = 40


@dataclass(frozen=True)
class LagSwap(RowSurrogate):
    """Exchange b_t and b_{t+1} with probability 1/2, in all rows of a block together.

    Parameters
    ----------
    block : int, optional
        Sequences, or rows of time, per block; by default the lag at which the autocorrelation of
        the slowest node falls below 1/e, which is one sequence if sequences are independent.
    axis : {"auto", "sequence", "time"}
        Axis cut into blocks; by default the longer one. Along time each sequence is cut alone.

    Examples
    --------
    >>> layout = Layout.of_rows(9, trials=[0, 0, 0, 1, 1, 1, 2, 2, 2])
    >>> sampler = LagSwap(block=1, axis="sequence").sampler(
    ...     layout, np.eye(9), np.random.SeedSequence(0))
    >>> sampler.distinct
    7
    """

    block: int | None = None
    axis: str = "auto"

    name = "lag-swap"
    keeps = "the source with the unordered pair of the target's present and future"
    tests = "no flow: present and future are exchangeable"
    caveat = (
        "the surrogate flow is symmetric about 0 by construction; it tests the direction of "
        "information, not its existence, and assumes that present and future are exchangeable; "
        "conservative if blocks are not much longer than the memory of the series"
    )

    def __post_init__(self) -> None:
        """Check both parameters."""
        if self.block is not None:
            whole_number(self.block, "block", 1)
        one_of(self.axis, "axis", AXES)

    def sampler(
        self,
        layout: Layout,
        table: Floats,
        seed: np.random.SeedSequence,
        given: Floats | None = None,
    ) -> Sampler[Pairing]:
        """Return a sampler of blocks to swap."""
        axis = layout.axis(self.axis)
        length = memory(layout, table, axis) if self.block is None else self.block
        sequence, step = layout.place
        each = sequence // length if axis == 0 else sequence * len(layout.grid[0]) + step // length
        blocks, member = np.unique(each, return_inverse=True)
        if len(blocks) < 2:
            raise InputError(
                f"a lag swap must have two blocks or more, got a single one of {length}; "
                "lower block or record more"
            )

        def draw(index: int) -> Pairing:
            swap = (child(seed, index).random(len(blocks)) < 0.5)[member]
            now = np.where(swap, layout.later, layout.current)
            later = np.where(swap, layout.current, layout.later)
            return Pairing(layout.current, now, later)

        distinct = 2 ** len(blocks) - 1 if len(blocks) <= _MANY else None
        return Sampler(draw, distinct, {"axis": AXES[axis + 1], "block": length})
