"""The results of the study as a page."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from infoscope._escaping import table_row
from infoscope.monitor.watching.signatures import SIGNATURES
from infoscope.paper.misconfiguration.alarms import earned
from infoscope.paper.misconfiguration.classification import FEATURE_SETS, RIVALS, Score, verdict
from infoscope.paper.misconfiguration.confusion_figure import NAME
from infoscope.paper.misconfiguration.training import SHARES

Scores = Mapping[tuple[float | None, str], Score]


def page(scores: Scores, gains: Scores, alarms: pd.DataFrame) -> str:
    """Return macro-F1, what information adds, the confusion matrix, and the diagnoses."""
    said = ", ".join(earned(alarms)) or "none"
    return "\n".join([
        f"**C39: {verdict(gains)}.** Diagnoses that earn a warning: {said}.",
        "",
        *_f1_lines(scores, gains),
        "",
        f"![confusion matrices]({NAME}.png)",
        "",
        *_alarm_lines(alarms),
        "",
    ])  # fmt: skip


def _f1_lines(scores: Scores, gains: Scores) -> list[str]:
    shares = (*SHARES, None)
    heads = [*(f"first {share:.0%}" for share in SHARES), "mean"]
    rows = [[name, *(_numbers(scores[share, name]) for share in shares)] for name in FEATURE_SETS]
    rows += [
        [f"information adds to: {rival}", *(_numbers(gains[share, rival]) for share in shares)]
        for rival in RIVALS
    ]
    return _table(["macro-F1", *heads], rows)


def _alarm_lines(alarms: pd.DataFrame) -> list[str]:
    names = {signature.id: signature.name for signature in SIGNATURES}
    rows = []
    every = {(row["diagnosis"], row["share"]): row for row in alarms.to_dict("records")}
    for diagnosis, name in names.items():
        last = every[diagnosis, max(SHARES)]
        rows.append([
            diagnosis, name,
            " / ".join(str(every[diagnosis, share]["found"]) for share in SHARES[:-1]),
            _share(last, "found", "faulty", "sensitivity"),
            _share(last, "healthy_alarms", "healthy", "healthy_rate"),
            _share(last, "other_alarms", "others", "other_rate"),
            "yes" if last["passes"] else "no",
        ])  # fmt: skip
    early = " / ".join(f"{share:.0%}" for share in SHARES[:-1])
    heads = ["id", "diagnosis", f"found at {early}", "found at 100%", "alarms, healthy",
             "alarms, other faults", "earned"]  # fmt: skip
    return _table(heads, rows)


def _table(heads: list[str], rows: list[list[str]]) -> list[str]:
    return [table_row(heads), "|---" * len(heads) + "|", *map(table_row, rows)]


def _numbers(score: Score) -> str:
    return f"{score.value:.2f} [{score.low:.2f}, {score.high:.2f}]"


def _share(row: Mapping[Any, Any], hits: str, of: str, rate: str) -> str:
    low, high = row[f"{rate}_low"], row[f"{rate}_high"]
    return f"{row[hits]} of {row[of]} [{low:.2f}, {high:.2f}]"
