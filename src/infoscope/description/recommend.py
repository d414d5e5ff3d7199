"""The analysis that a recording's data recommend: measure, estimator, null and lags.

Each choice is made by a table of rules, the first that holds; `isc.analyze` takes them as its
defaults.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from infoscope._results import Result, brief
from infoscope.description.facts import Facts
from infoscope.description.options import CLOSED_FORM, against_best, options
from infoscope.estimators import Discrete, Gaussian
from infoscope.flow.connectivity.best import BEST
from infoscope.recordings.recording import Recording
from infoscope.surrogates import ChosenNull

_COPULA = Gaussian(copula=True)
# Combinations of values that occur this often on average can be counted, as in `estimators.auto`.
_OFTEN = 5
# With fewer effective rows the error of nearest neighbours exceeds most flows.
_FEW_ROWS = 200
# Effective rows for each unit that is held fixed.
_ROWS_PER_UNIT = 4
# Pairs times rows of nearest-neighbour estimates that, with 100 surrogates, take about a minute.
_MUCH_WORK = 3e5
# Fewer trials have too few permutations.
_FEWEST_TRIALS = 5


@dataclass(frozen=True)
class Rule:
    """A choice, when it holds, and its reason.

    Parameters
    ----------
    holds : function of Facts
        Whether the rule applies.
    takes : function of Facts
        The choice.
    reason : function of Facts
        A sentence.
    """

    holds: Callable[[Facts], bool]
    takes: Callable[[Facts], Any]
    reason: Callable[[Facts], str]


@dataclass(frozen=True, eq=False, repr=False)
class Recommendations(Result):
    """The measures, estimator, null and lags that suit a recording, each with its reason.

    Parameters
    ----------
    measure : str
        The measure of `flow_measures` that puts pairs in order, likeliest connections first.
    tested : str
        The measure of `flow_measures` whose edges have an error rate, for ``null``; `analyze` takes
        it. Often "best" puts pairs in order, which has no test.
    estimator : str or object
        "auto" or an estimator, for the argument ``estimator``.
    null : str
        "auto", for `FlowMatrix.significance`; a name of `describe_nulls`; or
        "closed-form", for `FlowMeasures.significance`.
    lags : tuple of int
        Rows between source and target.
    reasons : mapping from str to str
        A sentence for each of ``measure``, ``tested``, ``estimator``, ``null`` and ``lags``.
    table : DataFrame
        Every measure, estimator and null: whether it fits, whether it is chosen, and why.
    """

    measure: str
    tested: str
    estimator: Any
    null: str
    lags: tuple[int, ...]
    reasons: Mapping[str, str]
    table: pd.DataFrame = field(repr=False)

    def _line(self) -> str:
        lags = ", ".join(map(str, self.lags))
        chosen = f"{self.measure}, tested {self.tested}, null {self.null}"
        chosen += f", estimator {brief(self.estimator)}"
        return f"{chosen}, {'lag' if len(self.lags) == 1 else 'lags'} {lags}"

    def _facts(self) -> dict[str, Any]:
        words = ("measure", "tested", "estimator", "null")
        chosen = {name: str(getattr(self, name)) for name in words}
        return {**chosen, "lags": self.lags, "reasons": dict(self.reasons)}

    def to_frame(self) -> pd.DataFrame:
        """Return one row per measure, estimator and null: ``fits``, ``chosen`` and ``reason``."""
        return self.table.copy()


def recommend(recording: Recording, *, epoch: int | None = None) -> Recommendations:
    """Return the measure, estimator, null and lags that suit a recording.

    Parameters
    ----------
    recording : Recording
    epoch : int, optional
        Snapshot to judge; the last by default.

    Returns
    -------
    Recommendations

    Raises
    ------
    InputError
        If it is not a recording, or an activation is NaN or infinite.

    Examples
    --------
    >>> from infoscope import Recording, synthetic_systems
    >>> chain = synthetic_systems()["S1"].recording(2000)
    >>> chosen = recommend(chain)
    >>> chosen.measure, chosen.tested, chosen.null, chosen.lags
    ('best', 'full_conditional', 'closed-form', (1,))
    """
    return recommended(Facts.of(recording, epoch))


def recommended(facts: Facts) -> Recommendations:
    """Return the recommendations for known facts."""
    tested, why_tested = _first(TESTED, facts)
    estimator, why_estimator = _first(ESTIMATOR, facts)
    lags, why_lags = _first(LAGS.get(tested, LAGS["other"]), facts)
    null, why_null = _first(NULL.get(tested, NULL["other"]), facts)
    measure, why_measure = tested, "That of the tested measure."
    if lags == (1,) and not against_best(facts):
        measure, why_measure = BEST, _WHY_BEST
    reasons = {"measure": why_measure, "tested": why_tested, "estimator": why_estimator}
    reasons |= {"null": why_null, "lags": why_lags}
    chosen = {"measure": {measure, tested}, "estimator": {brief(estimator)}, "null": {null}}
    table = options(facts, chosen)
    return Recommendations(measure, tested, estimator, null, lags, reasons, table)


def _first(rules: tuple[Rule, ...], facts: Facts) -> tuple[Any, str]:
    rule = next(rule for rule in rules if rule.holds(facts))
    return rule.takes(facts), rule.reason(facts)


def _countable(facts: Facts) -> bool:
    """Whether two values of the target and one of the source can be counted together."""
    return facts.counts and facts.units["values"].max() ** 3 * _OFTEN <= facts.compared


def _default_null(facts: Facts) -> str:
    return " ".join(map(_sentence, facts.nulls))


def _sentence(null: ChosenNull | None) -> str:
    """Return the reasons for a null as a sentence."""
    said = "; ".join(() if null is None else null.reasons)
    return f"{said[:1].upper()}{said[1:]}."


def _always(_: Facts) -> bool:
    return True


_WHY_BEST = (
    "It puts pairs in order by a model of one step that is chosen on held-out rows; within the row "
    "where sampling is slow. It has no test."
)
# The first rule that holds decides.
TESTED = (
    Rule(
        lambda f: not f.timed,
        lambda _: "instantaneous",
        lambda _: "No row has another one step later: there is no time, only dependence.",
    ),
    Rule(
        lambda f: f.feedback.within_row,
        lambda _: "instantaneous",
        lambda f: (
            "Sampling is slower than coupling, or units share an unrecorded input: they share "
            f"{f.feedback.instantaneous:.2g} bits within a row and {f.feedback.directed:.2g} from "
            "row to row, given the past of all units. Flow is then negative where units are "
            "coupled, and transfer entropy has no direction."
        ),
    ),
    Rule(
        lambda f: f.counts,
        lambda _: "transfer_entropy",
        lambda f: (
            f"{int(f.units['counts'].sum())} of {len(f.units)} units are counts: transfer entropy "
            "of counts conditions on the rate of the target."
        ),
    ),
    Rule(
        lambda f: f.effective_rows >= _ROWS_PER_UNIT * len(f.units),
        lambda _: "full_conditional",
        lambda f: (
            f"{f.effective_rows:.0f} effective rows for {len(f.units)} units: each edge can be "
            "tested given all others, which excludes common drivers and paths among them."
        ),
    ),
    Rule(
        _always,
        lambda _: "transfer_entropy",
        lambda f: (
            f"{f.effective_rows:.0f} effective rows do not suffice to hold {len(f.units)} units "
            "fixed; transfer entropy conditions on the target's present."
        ),
    ),
)

ESTIMATOR = (
    Rule(
        _countable,
        lambda _: Discrete(correction="miller-madow"),
        lambda f: (
            f"Counts of at most {int(f.units['values'].max())} distinct values in {f.compared} "
            "rows: their combinations can be counted."
        ),
    ),
    Rule(
        lambda f: not f.effective_rows >= _FEW_ROWS,
        lambda _: _COPULA,
        lambda f: (
            f"Few effective rows ({f.effective_rows:.0f}): the Gaussian copula has the smallest "
            "error; it misses dependence that is not monotone."
        ),
    ),
    Rule(
        lambda f: f.pairs * f.compared > _MUCH_WORK,
        lambda _: _COPULA,
        lambda f: (
            f"{f.pairs} pairs of {f.compared} rows: the Gaussian copula tests them in seconds, "
            "nearest neighbours in hours; it misses dependence that is not monotone."
        ),
    ),
    Rule(
        _always,
        lambda _: "auto",
        lambda _: "Rows suffice for an estimator that finds any kind of dependence.",
    ),
)

# By measure.
LAGS = {
    "instantaneous": (
        Rule(_always, lambda _: (1,), lambda _: "Dependence within a row does not depend on it."),
    ),
    "other": (
        Rule(
            lambda f: f.delays.best > 1,
            lambda f: tuple(range(1, f.delays.best + 1)),
            lambda f: (
                f"Units transfer most {f.delays.best} rows later ({max(f.delays.bits):.2g} bits "
                f"over all pairs; {f.delays.bits[0]:.2g} a row later)."
            ),
        ),
        Rule(
            _always,
            lambda _: (1,),
            lambda f: f"Units transfer no more at longer delays, up to {len(f.delays.bits)} rows.",
        ),
    ),
}

_EXISTENCE = Rule(
    lambda f: f.existence is not None,
    lambda _: "auto",
    lambda f: "Of the default nulls, the one of existence. " + _sentence(f.existence),
)
_TRIALS = Rule(
    lambda f: f.trials >= _FEWEST_TRIALS,
    lambda _: "sequence-permutation",
    lambda f: f"Sources are exchanged between the {f.trials} trials.",
)
_SHIFT = Rule(
    _always,
    lambda _: "circular-shift",
    lambda _: "Sources are shifted along time; units are too slow for many independent shifts.",
)
_LOCAL = Rule(
    lambda f: f.counts,
    lambda _: "local-permutation",
    lambda _: (
        "Sources are permuted among rows with a similar past of the target: shifts in time are no "
        "null for spikes (Shorten, Spinney, Lizier 2021)."
    ),
)
_FORMULA = Rule(
    _always,
    lambda _: CLOSED_FORM,
    lambda _: (
        "The closed-form test takes effective rows and slow components into account "
        "(FlowMeasures.significance)."
    ),
)
NULL = {
    "flow": (Rule(_always, lambda _: "auto", _default_null),),
    "instantaneous": (_EXISTENCE, _TRIALS, _SHIFT),
    "other": (_LOCAL, _FORMULA),
}
