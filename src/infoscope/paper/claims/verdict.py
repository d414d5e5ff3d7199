"""From values of many seeds to a verdict: supported, refuted, inconclusive or missing."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.measures.statistics import bootstrap_interval, wilson_interval
from infoscope.paper.claims.claim import Rule

CONFIDENCE = 0.95
# Number of seeds of a full study; verdicts of fewer are flagged.
ENOUGH_SEEDS = 20
# Share of the seeds that must have a value.
_LEAST_SHARE = 0.5
_RESAMPLES = 9999
# Fixed, so that a verdict depends on the values alone.
_BOOTSTRAP_SEED = 0


@dataclass(frozen=True)
class Verdict:
    """The verdict of the seeds on one rule.

    Parameters
    ----------
    word : {"supported", "refuted", "inconclusive", "missing"}
        The decision.
    value : float
        The summary of the seeds; NaN if missing.
    interval : tuple of float
        Its 95 % interval; NaN if missing.
    n, asked : int
        Seeds with a value, and all seeds.
    reason : str
        Why seeds lack a value, if any do.
    flags : tuple of str
        ``few-seeds`` (fewer than 20 with a value), ``seeds-without-value``, ``absence`` (the claim
        is an absence, supported only by the interval).
    """

    word: str
    value: float
    interval: tuple[float, float]
    n: int
    asked: int
    reason: str = ""
    flags: tuple[str, ...] = ()


def decide(values: ArrayLike, rule: Rule, reasons: Mapping[int, str] | None = None) -> Verdict:
    """Decide by a rule from one value of every seed.

    Parameters
    ----------
    values : array, shape (seed,)
        One per seed; NaN if missing. Infinite values count as such.
    rule : Rule
        Written before the values were seen.
    reasons : mapping of int to str, optional
        Index of a seed → why it lacks a value.

    Returns
    -------
    Verdict
        "supported" if the summary is on the claimed side and its interval excludes all else,
        "refuted" if the interval excludes the claimed side, "inconclusive" otherwise; a claim of
        absence is supported unless refuted. "missing", with a reason, if fewer than two seeds, or
        fewer than half, have a value.

    Raises
    ------
    InputError
        If values are not one per seed, or a share has values other than 0 and 1.

    References
    ----------
    The interval of a median, or of a variation, is a percentile bootstrap over seeds (B. Efron,
    Ann. Stat. 7, 1 (1979)), that of a share is Wilson's (J. Am. Stat. Assoc. 22, 209 (1927)).

    Examples
    --------
    >>> found = decide([0.2, 0.4, 0.3, 0.5, 0.1], Rule("above", 0.0))
    >>> found.word, found.value, found.n
    ('supported', 0.3, 5)
    >>> decide([0.2, np.nan], Rule("above", 0.0)).word
    'missing'
    """
    array = np.asarray(values, np.float64)
    if array.ndim != 1:
        raise InputError(f"values must have shape (seed,), got {array.shape}; give one per seed")
    known = array[~np.isnan(array)]
    reason = _reason(np.isnan(array), reasons or {})
    n, asked = len(known), len(array)
    if n < 2 or n < _LEAST_SHARE * asked:
        needed = f"{n} of {asked} seeds have a value, {max(2, -(-asked // 2))} are needed"
        nothing = (float("nan"), float("nan"))
        words = f"{needed}{': ' if reason else ''}{reason}"
        return Verdict("missing", float("nan"), nothing, n, asked, words, ("seeds-without-value",))
    value, interval = _summary(known, rule)
    flags = {
        "few-seeds": n < ENOUGH_SEEDS,
        "seeds-without-value": n < asked,
        "absence": rule.absence,
    }
    return Verdict(
        _word(value, interval, rule),
        value,
        interval,
        n,
        asked,
        reason,
        tuple(flag for flag, raised in flags.items() if raised),
    )


def conjunction(words: ArrayLike) -> str:
    """Return the verdict of a claim from its parts, all of which must hold.

    One refuted part refutes the claim; otherwise one missing part makes it missing.

    Examples
    --------
    >>> conjunction(["supported", "missing", "refuted"])
    'refuted'
    >>> conjunction(["supported", "inconclusive"])
    'inconclusive'
    """
    found = [str(word) for word in np.atleast_1d(np.asarray(words, dtype=object))]
    for word in ("refuted", "missing", "inconclusive"):
        if word in found:
            return word
    return "supported" if found else "missing"


def _summary(known: Floats, rule: Rule) -> tuple[float, tuple[float, float]]:
    if rule.summary == "share":
        if not np.isin(known, (0.0, 1.0)).all():
            raise InputError(
                f"values must be 0 or 1 for a share of seeds, got {known[:4].tolist()} ...; return "
                "1 for each seed for which it holds, else 0"
            )
        hits = int(known.sum())
        return hits / len(known), wilson_interval(hits, len(known), CONFIDENCE)
    random = np.random.default_rng(_BOOTSTRAP_SEED)
    measure = _median if rule.summary == "median" else _variation
    interval = bootstrap_interval(known, measure, _RESAMPLES, random, CONFIDENCE)
    return float(measure(known[np.newaxis])[0]), interval


def _median(draws: Floats) -> Floats:
    return np.median(draws, axis=1)


def _variation(draws: Floats) -> Floats:
    means = draws.mean(axis=1)
    spreads = draws.std(axis=1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Draws that are all 0 have no variation.
        return np.where(spreads == 0.0, 0.0, spreads / np.abs(means))


def _word(value: float, interval: tuple[float, float], rule: Rule) -> str:
    low, high = interval
    null, width = rule.null, rule.width
    above, below = low > null, high < null
    if rule.absence:
        against = {"not above": above, "not below": below, "not apart": above or below}
        return "refuted" if against[rule.side] else "supported"
    inside = {
        "above": above and value > null,
        "below": below and value < null,
        "within": null - width < low and high < null + width,
    }
    outside = {
        "above": below,
        "below": above,
        "within": low >= null + width or high <= null - width,
    }
    if inside[rule.side]:
        return "supported"
    return "refuted" if outside[rule.side] else "inconclusive"


def _reason(missing: np.ndarray, reasons: Mapping[int, str]) -> str:
    """Return why seeds lack a value, each reason once."""
    told: dict[str, int] = {}
    for place in np.flatnonzero(missing):
        words = reasons.get(int(place), "the statistic is not defined")
        told[words] = told.get(words, 0) + 1
    return "; ".join(f"{words} ({count} seed{'s' if count > 1 else ''})"
                     for words, count in told.items())  # fmt: skip
