"""The default null: the nulls that an edge must pass, chosen from the data."""

from dataclasses import dataclass

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.surrogates.catalogue import null_of
from infoscope.surrogates.kept import kept_part
from infoscope.surrogates.lag_swap import LagSwap
from infoscope.surrogates.layout import Layout, memories, pair_memory
from infoscope.surrogates.permutations import SequencePermutation
from infoscope.surrogates.shift_of_rest import ShiftOfRest
from infoscope.surrogates.surrogate import RecordingSurrogate, RowSurrogate

AUTO = "auto"
# Fewer trials have too few permutations for a significance level of 5 %.
_FEWEST_TRIALS = 5
# Trials are exchanged if at least this share of their rows has a partner in another trial.
_OVERLAP = 0.6
# With this many trials, correlation between consecutive ones can be detected; they swap together.
_MANY_TRIALS = 20
# Smallest number of blocks to swap.
_FEWEST_BLOCKS = 16
_SWAPPED = (
    "direction: the targets' present and future are swapped in blocks of {}, the memory of "
    "their steps; it keeps its level under any common input at the same time"
)
# The smallest p of this many shifts is 5 %.
_FEWEST_SHIFTS = 19


@dataclass(frozen=True)
class ChosenNull:
    """A null with its layout and the reasons for the choice.

    Parameters
    ----------
    null : RowSurrogate or RecordingSurrogate
    name : str
        Name in reports.
    layout : Layout, optional
        Layout with trials as sequences if the null exchanges trials; None for that of the rows.
    reasons : tuple of str
        Reasons in sentences; empty if not chosen from the data.
    """

    null: RowSurrogate | RecordingSurrogate
    name: str
    layout: Layout | None = None
    reasons: tuple[str, ...] = ()


def chosen_nulls(
    null: str | RowSurrogate | RecordingSurrogate | None, layout: Layout, table: Floats
) -> list[ChosenNull]:
    """Return the null with this name, a null object, or the nulls chosen by "auto" or None.

    Raises
    ------
    InputError
        As `null_of`.
    """
    if null is None or (isinstance(null, str) and null == AUTO):
        return default_nulls(layout, table)
    if isinstance(null, RecordingSurrogate):
        return [ChosenNull(null, null.name)]
    return [ChosenNull(null_of(null), str(null))]


def default_nulls(layout: Layout, table: Floats) -> list[ChosenNull]:
    """Return the nulls that every edge must pass: of existence and of direction.

    1. Existence, with trials (five unbroken stretches or more, three fifths of whose rows have a
       partner at equal time since onset in another trial): sources of whole trials are exchanged
       at equal time since onset, which keeps the stimulus-locked mean. Correlated trials, such as
       overlapping windows, are rolled by more than their memory.
    2. Existence otherwise: the residuals of the sources beyond slow movement, season and the mean
       over sequences, if the data show them (`kept_part`), are rolled along time.
    3. Direction: lag swap, in blocks as long as the memory of two nodes in their steps.

    If no shift is longer than the memory, only the lag swap remains.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(200, 3))
    >>> [chosen.name for chosen in default_nulls(Layout.of_rows(200), noise)]
    ['circular-shift', 'lag-swap']
    """
    trials = layout.by_stretch()
    if len(trials.grid) >= _FEWEST_TRIALS and _overlap(trials) >= _OVERLAP:
        between = _between_trials(trials, table)
        if between is not None:
            return [between, _direction(trials, table)]
    existence = _within(layout, table)
    return [*([] if existence is None else [existence]), _direction(layout, table)]


def _overlap(trials: Layout) -> float:
    """Return the expected share of rows that a random other trial has too."""
    inside = (trials.grid >= 0).sum(axis=0)
    number = len(trials.grid)
    return float((inside * (inside - 1)).sum() / ((number - 1) * inside.sum()))


def _between_trials(trials: Layout, table: Floats) -> ChosenNull | None:
    """Exchange trials, or roll them if neighbours are correlated; None if too many are."""
    number = len(trials.grid)
    about = (
        f"existence: sources are exchanged between the {number} trials at equal time since onset, "
        "which keeps the mean over trials"
    )
    kept = kept_part(trials, table, axis=0)
    rest = table - kept.values
    found = memories(trials, _beyond_time(trials, rest), axis=0)
    remembered = pair_memory(found, found)
    rolled = ShiftOfRest(kept, "sequence", remembered)
    if number < _MANY_TRIALS or (remembered == 1 and not kept.notes):
        return _chosen(SequencePermutation(), trials, about)
    if not _possible(rolled, trials, table):
        return None
    if remembered > 1:
        about += f"; trials less than {remembered} apart are correlated, and move together"
    return _chosen(rolled, trials, about, *kept.notes)


def _within(layout: Layout, table: Floats) -> ChosenNull | None:
    kept = kept_part(layout, table, axis=1)
    null = ShiftOfRest(kept, "time")
    if not _possible(null, layout, table):
        return None
    about = "existence: sources are shifted along time, as there are no trials"
    return _chosen(null, layout, about, *kept.notes)


def _possible(null: ShiftOfRest, layout: Layout, table: Floats) -> bool:
    """Return whether enough shifts for a level of 5 % exceed the memory of two nodes."""
    try:
        distinct = null.sampler(layout, table, np.random.SeedSequence(0)).distinct
    except InputError:
        return False
    return distinct is None or distinct >= _FEWEST_SHIFTS


def _direction(layout: Layout, table: Floats) -> ChosenNull:
    """Return a lag swap of whole trials if there are many, otherwise of blocks of rows."""
    number, steps = layout.grid.shape
    if number >= _MANY_TRIALS:
        found = memories(layout, _beyond_time(layout, table), axis=0)
        block = min(pair_memory(found, found), number // _FEWEST_BLOCKS)
        return _chosen(LagSwap(block, "sequence"), layout, _SWAPPED.format(f"{block} trials"))
    moves = np.zeros_like(table)
    moves[layout.current] = table[layout.later] - table[layout.current]
    wanted = pair_memory(memories(layout, table, 1), memories(layout, moves, 1))
    block = max(min(wanted, number * steps // _FEWEST_BLOCKS), 1)
    return _chosen(LagSwap(block, "time"), layout, _SWAPPED.format(f"{block} rows"))


def _chosen(null: RowSurrogate, layout: Layout, *reasons: str) -> ChosenNull:
    moves_all = isinstance(null, ShiftOfRest) and not null.kept.notes
    return ChosenNull(null, "circular-shift" if moves_all else null.name, layout, reasons)


def _beyond_time(layout: Layout, table: Floats) -> Floats:
    """Return a table minus its mean at equal time since onset."""
    there = (layout.grid >= 0)[..., np.newaxis]
    values = np.where(there, table[layout.grid], 0.0)
    mean = values.sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    rest = np.zeros_like(table)
    rest[layout.grid[layout.grid >= 0]] = np.where(there, values - mean, 0.0)[layout.grid >= 0]
    return rest
