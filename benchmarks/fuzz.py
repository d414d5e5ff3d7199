"""Two thousand random systems of known information, in random forms: how many values are right."""

import sys
from pathlib import Path

import numpy as np
from report import Table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from fuzzed_truth import ALLOWED, ERRORS, KINDS, REPEATS, SHARE, Verdict, case_of, judge

CASES = 2_000
OUTCOMES = ("within", "allowance", "refused", "doubted", "wrong")
# Of those that are not within five standard errors, so many are listed.
LISTED = 20


def verdicts() -> list[Verdict]:
    """The verdicts of all cases, kind by kind in turn, with a seed each."""
    kinds = list(KINDS)
    places = [divmod(i, len(kinds)) for i in range(CASES)]
    return [judge(case_of(kinds[k], seed), seed) for seed, k in places]


def tally(kind: str, found: list[Verdict]) -> list[object]:
    """One row: outcomes of a kind, and how large the bias is."""
    bias = np.abs([v.bias for v in found if np.isfinite(v.bias)])
    middle, largest = (float(f(bias)) if len(bias) else None for f in (np.median, np.max))
    return [
        kind, len(found), *(sum(v.outcome == o for v in found) for o in OUTCOMES), middle, largest,
    ]  # fmt: skip


def measured() -> list[Table]:
    """How many cases of each kind end how, and those furthest off."""
    found = verdicts()
    columns = [
        ("kind", "text"), ("cases", "count"), ("within 5 standard errors", "count"),
        ("within the allowance", "count"), ("named error", "count"), ("off, with a flag", "count"),
        ("wrong", "count"), ("median bias", "bits"), ("largest bias", "bits"),
    ]  # fmt: skip
    rows = [tally(kind, [v for v in found if v.case.kind == kind]) for kind in KINDS]
    summary = Table(
        "Random systems in random forms",
        f"{CASES:,} systems drawn at random, of which the truth is a closed form, a sum or a "
        "quadrature (`tests/fuzzed_truth.py`), in forms drawn at random: units of 1e-30 to 1e30, "
        "types, labels, memory orders, copied and constant columns, few rows. The standard error "
        f"is the standard deviation over {REPEATS} samples. The allowance for the bias of finite "
        f"samples, {ALLOWED} bit or {SHARE:.0%} of the truth beyond {ERRORS:g} standard errors, "
        "is the same for every kind. Bias: the mean of the samples less the truth, in size.",
        columns,
        [*rows, tally("all", found)],
    )
    off = [v for v in found if v.outcome in ("wrong", "doubted", "allowance")]
    off.sort(key=lambda v: (-OUTCOMES.index(v.outcome), -abs(np.nan_to_num(v.bits - v.case.bits))))
    listed = Table(
        "Random systems: those furthest off",
        "The truth of a continuous variable about itself is infinite.",
        [("system", "text"), ("outcome", "text"), ("rows", "count"), ("truth, bits", "bits"),
         ("value", "bits"), ("standard error", "bits")],
        [
            [f"{v.case.kind}: {v.case.name}".replace("|", "; "), v.outcome, v.case.rows,
             v.case.bits if np.isfinite(v.case.bits) else None, v.bits,
             v.error if np.isfinite(v.error) else None]
            for v in off[:LISTED]
        ],
    )  # fmt: skip
    return [summary, listed]
