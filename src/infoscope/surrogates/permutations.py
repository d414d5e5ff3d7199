"""Surrogates by permutation of the sources: of sequences, of blocks, of rows."""

from dataclasses import dataclass
from math import ceil, factorial

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import Floats, one_of, real_number
from infoscope.surrogates.layout import AXES, Integers, Layout, Pairing, memory
from infoscope.surrogates.surrogate import RowSurrogate, Sampler, child

# With more sequences, the number of permutations is practically unlimited.
_MANY = 12
# With fewer blocks, too much of the original order remains.
_FEWEST_BLOCKS = 5


@dataclass(frozen=True)
class SequencePermutation(RowSurrogate):
    """Give the targets of each sequence the sources of another, positions intact.

    Examples
    --------
    >>> layout = Layout.of_rows(6, trials=[0, 0, 1, 1, 2, 2])
    >>> SequencePermutation().sampler(layout, np.eye(6), np.random.SeedSequence(0)).distinct
    5
    """

    name = "sequence-permutation"
    keeps = "the dynamics within each sequence and the dependence between sources"
    tests = "independence across independent trials"
    caveat = (
        "overlapping windows are not independent trials: slow trends are destroyed, and far too "
        "many edges become significant"
    )

    def sampler(
        self,
        layout: Layout,
        table: Floats,
        seed: np.random.SeedSequence,
        given: Floats | None = None,
    ) -> Sampler[Pairing]:
        """Return a sampler of permutations, including the identity."""
        n = len(layout.grid)
        if n < 2:
            raise InputError(
                "a sequence permutation must have two sequences or more, got a single "
                "one; take CircularShift() or BlockPermutation()"
            )
        distinct = factorial(n) - 1 if n <= _MANY else None
        return Sampler(lambda s: layout.reordered(child(seed, s).permutation(n), 0), distinct)


@dataclass(frozen=True)
class BlockPermutation(RowSurrogate):
    """Cut the sources into blocks of geometric length and permute the blocks.

    All sequences are cut at the same places along the axis, which is circular with a random start.

    Parameters
    ----------
    length : float, optional
        Mean block length; by default the cube root of the length of the axis times the lag at
        which the autocorrelation of the slowest node falls below 1/e, but at most a fifth of the
        axis.
    axis : {"auto", "sequence", "time"}
        Axis to cut; by default the longer one.

    References
    ----------
    Stationary bootstrap: D. N. Politis, J. P. Romano, J. Am. Stat. Assoc. 89, 1303 (1994); here
    without replacement, since copies of a row disturb nearest neighbours.

    Examples
    --------
    >>> layout, series = Layout.of_rows(1000), np.random.default_rng(0).normal(size=(1000, 2))
    >>> sampler = BlockPermutation().sampler(layout, series, np.random.SeedSequence(0))
    >>> sampler.settings["length"]
    10
    """

    length: float | None = None
    axis: str = "auto"

    name = "block-permutation"
    keeps = "dynamics shorter than a block and the dependence between sources"
    tests = "independence"
    caveat = "dynamics are cut at the seams between blocks; too liberal if blocks are short"

    def __post_init__(self) -> None:
        """Check both parameters."""
        if self.length is not None:
            real_number(self.length, "length", 1.0)
        one_of(self.axis, "axis", AXES)

    def sampler(
        self,
        layout: Layout,
        table: Floats,
        seed: np.random.SeedSequence,
        given: Floats | None = None,
    ) -> Sampler[Pairing]:
        """Return a sampler of block orders."""
        axis = layout.axis(self.axis)
        n, length = layout.grid.shape[axis], self.length
        if length is None:
            wanted = ceil(round(n ** (1 / 3), 9) * memory(layout, table, axis))
            length = min(wanted, max(n // _FEWEST_BLOCKS, 1))
        if n < 2 * length:
            raise InputError(
                f"a block permutation must have two blocks or more, got blocks of "
                f"{length:g} in {n}; lower length, or take CircularShift()"
            )

        def draw(index: int) -> Pairing:
            return layout.reordered(_blocks_in_disorder(n, length, child(seed, index)), axis)

        return Sampler(draw, settings={"axis": AXES[axis + 1], "length": length})


def _blocks_in_disorder(n: int, length: float, random: np.random.Generator) -> Integers:
    circle = np.roll(np.arange(n), random.integers(n))
    blocks = np.split(circle, 1 + np.flatnonzero(random.random(n - 1) < 1.0 / length))
    return np.concatenate([blocks[b] for b in random.permutation(len(blocks))])


@dataclass(frozen=True)
class IIDShuffle(RowSurrogate):
    """Permute the rows of the sources, which is invalid for time series.

    Examples
    --------
    >>> sampler = IIDShuffle().sampler(Layout.of_rows(4), np.eye(4), np.random.SeedSequence(0))
    >>> sorted(sampler.draw(0).source.tolist())
    [0, 1, 2]
    """

    name = "iid-shuffle"
    keeps = "the distribution of every node and the dependence between sources"
    tests = "independence of source and target, for independent rows"
    caveat = "do not use: invalid for autocorrelated rows; a baseline only"

    def sampler(
        self,
        layout: Layout,
        table: Floats,
        seed: np.random.SeedSequence,
        given: Floats | None = None,
    ) -> Sampler[Pairing]:
        """Return a sampler of permutations of the current rows."""

        def draw(index: int) -> Pairing:
            source = child(seed, index).permutation(layout.current)
            return Pairing(source, layout.current, layout.later)

        return Sampler(draw)
