"""Facts about a recording that decide how it is analysed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._validate import Floats, instance
from infoscope.description.delays import Delays, delays_of
from infoscope.description.detectable import smallest_flow
from infoscope.description.units import unit_table
from infoscope.estimators._samples import scaled, zscored
from infoscope.flow.paired_rows import PairedRows
from infoscope.measures.feedback import Feedback, feedback_of
from infoscope.recordings.alignment import Shared, shared
from infoscope.recordings.recording import Recording
from infoscope.surrogates import ChosenNull, LagSwap, default_nulls
from infoscope.surrogates.shift_of_rest import ShiftOfRest

# Rows that suffice to compare the information within a row and a row later, and the fewest.
_ENOUGH, _FEWEST_ROWS = 4000, 20
# Share of informative units that must be counts for the recording to be one of counts.
_MOST = 0.5


@dataclass(frozen=True, eq=False)
class Facts:
    """Properties of one snapshot of a recording; `Facts.of` computes them.

    Parameters
    ----------
    recording : Recording
    epoch : int
        Epoch of the snapshot.
    units : DataFrame
        One row per unit (`units.unit_table`).
    pair_rows : array, shape (unit, unit)
        Effective sample size of each pair of units.
    rows : int
        Rows of all sequences.
    compared : int
        Rows with another row one step later.
    trials, steps : int
        Trials, and steps of the longest.
    stretches : int
        Unbroken stretches; more than trials if times have gaps.
    """

    recording: Recording
    epoch: int
    units: pd.DataFrame
    pair_rows: Floats
    rows: int
    compared: int
    trials: int
    steps: int
    stretches: int

    @classmethod
    def of(cls, recording: Recording, epoch: int | None = None) -> "Facts":
        """Compute the facts of the snapshot of an epoch, by default the last.

        Raises
        ------
        InputError
            If it is not a recording, has no such epoch, or an activation is NaN or infinite.
        """
        instance(recording, Recording, "recording")
        values = recording.activations(epoch).to_numpy()
        sequences, steps, width = values.shape
        stretches = recording.stretches
        if recording.trials is None:
            trials = np.repeat(np.arange(sequences), steps)
        else:
            trials = recording.trials.ravel()
        onset = np.searchsorted(trials, trials)
        step = np.arange(len(trials)) - onset
        units, pair_rows = unit_table(
            values.reshape(-1, width), recording.nodes, stretches.ravel(), trials, step
        )
        return cls(
            recording,
            recording.epochs[-1] if epoch is None else epoch,
            units,
            pair_rows,
            rows=len(trials),
            compared=int((stretches[:, 1:] == stretches[:, :-1]).sum()),
            trials=int(trials[-1]) + 1,
            steps=int(step.max()) + 1,
            stretches=int(stretches.max()) + 1,
        )

    @cached_property
    def paired(self) -> PairedRows:
        """Aligned rows, as flow compares them at lag 1; only if there is a step (`timed`)."""
        return PairedRows.of(self.recording, 1, self.epoch)

    @property
    def timed(self) -> bool:
        """Whether any row has another one step later."""
        return self.compared > 0

    @property
    def moving(self) -> NDArray[np.bool_]:
        """Which units are not constant."""
        return ~self.units["constant"].to_numpy()

    @property
    def informative(self) -> NDArray[np.bool_]:
        """Which units are neither dead nor copies of earlier ones."""
        return ~(self.units["dead"] | (self.units["copy_of"] != "")).to_numpy()

    @property
    def pairs(self) -> int:
        """Number of ordered pairs of units that are not constant."""
        number = int(self.moving.sum())
        return number * (number - 1)

    @cached_property
    def effective_rows(self) -> float:
        """Median over pairs of the effective sample size of the compared rows; NaN for none."""
        if self.pairs == 0:
            return float("nan")
        of_pairs = self.pair_rows[~np.eye(len(self.pair_rows), dtype=bool)]
        return float(np.nanmedian(of_pairs)) * self.compared / self.rows

    @property
    def smallest_flow(self) -> float:
        """Smallest flow, bits, detected with power 80 % at a false discovery rate of 10 %."""
        return smallest_flow(self.effective_rows, self.pairs) if self.pairs else float("nan")

    @property
    def counts(self) -> bool:
        """Whether most informative units are counts."""
        counted = self.units["counts"][self.informative]
        return bool(len(counted) and counted.mean() > _MOST)

    @cached_property
    def nulls(self) -> list[ChosenNull]:
        """The default nulls of flow, with their reasons; none without time."""
        return default_nulls(self.paired.layout, self.paired.table) if self.timed else []

    @property
    def existence(self) -> ChosenNull | None:
        """The default null of existence, without one of direction."""
        found = [each for each in self.nulls if not isinstance(each.null, LagSwap)]
        return found[0] if found else None

    @property
    def slow(self) -> tuple[str, ...]:
        """Slow movement and season that units share and surrogates keep, as sentences."""
        shifts = [each.null for each in self.nulls if isinstance(each.null, ShiftOfRest)]
        return tuple(note for shift in shifts for note in shift.kept.notes)

    @cached_property
    def scores(self) -> Floats:
        """Normal scores of the informative units in aligned rows, standardised, (row, unit)."""
        return zscored(scaled(self.paired.table[:, self.informative], "rank"))[0]

    @cached_property
    def feedback(self) -> Feedback:
        """Feedback within a row and between rows."""
        return feedback_of(self.scores, self._aligned_stretches) if self.timed else Feedback()

    @cached_property
    def zero_lag(self) -> Shared:
        """Information of all pairs within a row and a row later; of infinite error for few rows."""
        if not self.timed or len(self.paired.current) < _FEWEST_ROWS:
            return Shared(0.0, 0.0, np.inf)
        rows, later = self.paired.current, self.paired.later
        if len(rows) > _ENOUGH:
            some = np.linspace(0, len(rows) - 1, _ENOUGH).astype(int)
            rows, later = rows[some], later[some]
        now = self.scores[rows]
        return shared(now, now, self.scores[later], ~np.eye(now.shape[1], dtype=bool))

    @cached_property
    def delays(self) -> Delays:
        """Transfer entropy of all pairs at several delays."""
        return delays_of(self.scores, self._aligned_stretches) if self.timed else Delays()

    @cached_property
    def _aligned_stretches(self) -> NDArray[np.int64]:
        """Unbroken stretch of each aligned row."""
        steps = self.recording.stretches.shape[1] - max(self.paired.alignment.shifts)
        return self.recording.stretches[:, :steps].ravel()
