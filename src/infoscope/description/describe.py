"""Describe a recording: its units, rows and dynamics, and the analyses that suit it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from infoscope._results import Result
from infoscope.description.facts import Facts
from infoscope.description.options import drifting, locked
from infoscope.description.recommend import Recommendations, recommended
from infoscope.estimators.estimate import listed
from infoscope.recordings.recording import Recording

# Share of tied rows that a warning names.
_TIED = 0.2
# Below this share of the rows, rows are autocorrelated.
_DEPENDENT = 0.7


@dataclass(frozen=True, eq=False, repr=False)
class Description(Result):
    """Properties of a recording, and the analysis that they recommend.

    Parameters
    ----------
    units : DataFrame
        One row per unit, indexed by name: ``role``, ``layer``, ``mean``, ``sd``; ``constant``;
        ``dead`` (fewer than ten rows differ from the commonest value); ``copy_of`` (an earlier unit
        of which it is a linear function); ``values`` (distinct), ``commonest`` (share of rows with
        the commonest value), ``tied`` (share of rows whose value occurs again), ``counts`` (whole
        numbers from 0 to 50 at most); ``autocorrelation_time`` (integrated, in rows);
        ``effective_rows`` (for the correlation with a unit of equal autocorrelation);
        ``trial_locked`` (share of variance at equal time since onset, NaN for one trial);
        ``trend`` and ``step`` (shares of variance of a straight line and of one change of level),
        ``drift_p``.
    facts : dict
        Numbers for all units together, such as ``effective_rows`` and ``smallest_flow_bits``.
    recommendations : Recommendations
        Measure, estimator, null and lags that suit it, and why others do not.
    warnings : tuple of str
        What can mislead an analysis, a sentence each, with the remedy.
    notes : tuple of str
        What was assumed when it was recorded or read.
    """

    units: pd.DataFrame
    facts: dict[str, Any]
    recommendations: Recommendations
    warnings: tuple[str, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)

    def _line(self) -> str:
        facts = self.facts
        size = f"{facts['units']} units, {facts['trials']} trials, {facts['rows']} rows"
        return (
            f"{size}, {facts['effective_rows']:.0f} effective; smallest detectable flow "
            f"{facts['smallest_flow_bits']:.2g} bits; {len(self.warnings)} warnings"
        )

    def _facts(self) -> dict[str, Any]:
        chosen = self.recommendations._facts()
        return {**self.facts, "warnings": self.warnings, "notes": self.notes, **chosen}

    def to_frame(self) -> pd.DataFrame:
        """Return one row per unit."""
        return self.units.copy()

    def to_text(self) -> str:
        """Return facts, warnings, notes and recommendations as lines of text."""
        chosen = self.recommendations
        lines = [*(f"{name.replace('_', ' ')}: {_said(of)}" for name, of in self.facts.items())]
        for title, sentences in (("Warnings", self.warnings), ("Notes", self.notes)):
            if sentences:
                lines += ["", f"{title}:", *(f"- {sentence}" for sentence in sentences)]
        lines += ["", "Recommended:"]
        for name, reason in chosen.reasons.items():
            lines.append(f"- {name}: {_said(getattr(chosen, name))}. {reason}")
        unfit = chosen.table[~chosen.table["fits"]]
        if len(unfit):
            lines += ["", "Does not fit:"]
            lines += [f"- {kind} {name}: {why}" for kind, name, _, _, why in unfit.to_numpy()]
        return "\n".join(lines)


def describe(recording: Recording, *, epoch: int | None = None) -> Description:
    """Describe a recording: size, dead and duplicate units, ties, autocorrelation, drift, trials.

    Parameters
    ----------
    recording : Recording
        From `read`, `record` or `Recording.from_arrays`.
    epoch : int, optional
        Snapshot to describe; the last by default.

    Returns
    -------
    Description
        A table of units, facts, warnings, and ``recommendations``: the measures, estimator, null
        and lags that suit the data. The smallest detectable flow is that of a single true edge
        which is found with probability 80 % at a false discovery rate of 10 %, from the effective
        sample size in closed form; by the default nulls of flow, which also ask for a direction, an
        edge needs two to three times as much (6 units, 300 rows, 25 samples).

    Raises
    ------
    InputError
        If it is not a recording, the epoch was not recorded, or an activation is NaN or infinite.

    References
    ----------
    Effective sample size: M. S. Bartlett, J. R. Stat. Soc. 98, 536 (1935). Feedback within a row
    and between rows: J. Geweke, J. Am. Stat. Assoc. 79, 907 (1984). Detectable correlation:
    R. A. Fisher, Metron 1, 3 (1921).

    Examples
    --------
    Where one row is an average of many steps, coupling is within a row.

    >>> from infoscope import Recording, synthetic_systems
    >>> fast = synthetic_systems()["S3"].sample(20000).to_numpy()
    >>> found = describe(Recording.from_arrays(hidden=fast.reshape(1, 2000, 10, 20).mean(axis=2)))
    >>> found.facts["sampling_slower_than_coupling"], found.recommendations.tested
    (True, 'instantaneous')
    """
    facts = Facts.of(recording, epoch)
    return Description(
        facts.units, _numbers(facts), recommended(facts), _warnings(facts), recording.notes
    )


def _numbers(facts: Facts) -> dict[str, Any]:
    """Return the facts that hold for all units together."""
    recording, units = facts.recording, facts.units
    return {
        "units": len(units),
        "rows": facts.rows,
        "trials": facts.trials,
        "longest_trial": facts.steps,
        "unbroken_stretches": facts.stretches,
        "snapshots": len(recording.epochs),
        "epoch": facts.epoch,
        "sampling_interval_seconds": recording.sampling_interval,
        "bytes": recording.fixed.nbytes + recording.snapshot(facts.epoch).nbytes,
        "constant_units": int(units["constant"].sum()),
        "dead_units": int(units["dead"].sum()),
        "duplicate_units": int((units["copy_of"] != "").sum()),
        "units_with_ties": int((units["tied"] > _TIED).sum()),
        "count_units": int(units["counts"].sum()),
        "median_autocorrelation_time": _median(units["autocorrelation_time"]),
        "effective_rows": facts.effective_rows,
        "trial_locked_share": _median(units["trial_locked"]),
        "drifting_units": len(drifting(facts)),
        "within_row_bits": facts.feedback.instantaneous,
        "between_rows_bits": facts.feedback.directed,
        "sampling_slower_than_coupling": facts.feedback.within_row,
        "smallest_flow_bits": facts.smallest_flow,
    }


def _warnings(facts: Facts) -> tuple[str, ...]:
    """Return what can mislead an analysis, with the remedy."""
    units, found = facts.units, []
    constant = _where(units["constant"])
    dead = _where(units["dead"] & ~units["constant"])
    copied = _where(units["copy_of"] != "")
    tied = _where((units["tied"] > _TIED) & ~units["counts"] & ~units["constant"])
    if constant:
        found.append(f"Constant, without any estimate: {listed(constant)}.")
    if dead:
        found.append(
            f"Dead, with fewer than ten rows other than the commonest value: {listed(dead)}; leave "
            "them out, as their estimates are chance."
        )
    if copied:
        pairs = [f"{name} of {units['copy_of'][name]}" for name in copied]
        found.append(
            f"Copies, whose information is infinite: {listed(pairs)}; keep one of each group."
        )
    if tied:
        found.append(
            f"Values recur, as in rounded or thresholded data: {listed(tied)}; 'auto' breaks ties "
            "at random."
        )
    if not facts.timed:
        found.append(
            "No row has another one step later: flow and transfer entropy need time; give "
            "sequences of two steps or more."
        )
    if facts.feedback.within_row:
        found.append(
            "Sampling is slower than coupling, or units share an unrecorded input: units share "
            f"{facts.feedback.instantaneous:.2g} bits within a row and "
            f"{facts.feedback.directed:.2g} from row to row, given the past of all. Flow is then "
            "negative where units are coupled, and transfer entropy has no direction; use the "
            "information within a row, or sample faster."
        )
    found += [f"Shared slow change: {note}." for note in facts.slow]
    if drift := drifting(facts):
        found.append(
            f"Not stationary, with a trend or a change of level: {listed(drift)}; the null 'auto' "
            "allows for both, a circular shift does not."
        )
    if among := locked(facts):
        share = units["trial_locked"][among].median()
        found.append(
            f"Locked to time since onset, {share:.0%} of the variance (median): {listed(among)}; "
            "all trials share it without any coupling: exchange trials (sequence-permutation) to "
            "test beyond it."
        )
    if facts.effective_rows < _DEPENDENT * facts.compared:
        found.append(
            f"{facts.compared} rows have the information of {facts.effective_rows:.0f} independent "
            "ones, as units are autocorrelated; tests for independent rows are invalid."
        )
    if len(units) > facts.rows:
        found.append(
            f"{len(units)} units and {facts.rows} rows: measures given all other units cannot be "
            "estimated; use pairs, or groups of units."
        )
    return tuple(found)


def _where(chosen: pd.Series) -> list[str]:
    return list(chosen.index[chosen])


def _median(values: pd.Series) -> float:
    known = values.dropna()
    return float(known.median()) if len(known) else float("nan")


def _said(value: Any) -> str:
    """Return a fact as text."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "not known"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)
