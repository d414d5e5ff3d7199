"""The verdicts as Markdown, CSV and JSON."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd
import xarray as xr

from infoscope._escaping import markdown
from infoscope.analysis.data_sets.data_set import Words
from infoscope.paper.claims.claim import Claim
from infoscope.paper.claims.evaluation import CLAIMS, ClaimVerdict
from infoscope.paper.claims.study import MODES, SeedStudy
from infoscope.paper.claims.verdict import CONFIDENCE, ENOUGH_SEEDS, Verdict

# Of the paper's data.
WEATHER = Words()

Verdicts = Mapping[str, Mapping[str, ClaimVerdict]]


def verdict_table(verdicts: Verdicts) -> pd.DataFrame:
    """Return one row per statistic, or per claim without one.

    Parameters
    ----------
    verdicts : mapping of str to mapping
        Mode → what `evaluate` returned.

    Returns
    -------
    DataFrame
        claim, title, mode, verdict (of the claim), statistic, rule, part_verdict, value, low,
        high, seeds, asked, spread_of_hidden (the same statistic of the spread of the hidden
        nodes, for leads), flags, reason.
    """
    rows = []
    for mode, found in verdicts.items():
        for name, verdict in found.items():
            whole = {"claim": name, "title": verdict.claim.title, "mode": mode,
                     "verdict": verdict.word}  # fmt: skip
            rows += [
                whole
                | {
                    "statistic": part.words,
                    "rule": part.rule.words,
                    "part_verdict": part.verdict.word,
                    "value": part.verdict.value,
                    "low": part.verdict.interval[0],
                    "high": part.verdict.interval[1],
                    "seeds": part.verdict.n,
                    "asked": part.verdict.asked,
                    "spread_of_hidden": part.control.value if part.control else math.nan,
                    "flags": " ".join(part.verdict.flags),
                    "reason": part.verdict.reason,
                }
                for part in verdict.parts
            ] or [whole | {"flags": " ".join(verdict.flags), "reason": verdict.reason}]
    return pd.DataFrame(rows)


def gate_facts(studies: Mapping[str, Sequence[SeedStudy]]) -> dict[str, Any]:
    """Return a summary of the gates of corrected networks: means over seeds, counts of seeds."""
    known = [s.parts["gates"] for s in studies.get("corrected", ()) if "gates" in s.parts]
    if not known:
        return {}
    every = xr.concat(known, "seed", combine_attrs="drop")
    counts = ("does_its_job", "needs_recurrence")
    means = {str(n): float(every[n].mean()) for n in every.data_vars if n not in counts}
    epochs = [int(each.attrs["analysed_epoch"]) for each in known]
    return {
        "seeds": len(known),
        "unit": str(known[0].attrs["unit"]),
        "reference": str(known[0].attrs["reference"]),
        "first_analysed_epoch": min(epochs),
        "last_analysed_epoch": max(epochs),
        **means,
        **{name: int(every[name].sum()) for name in counts},
    }


def _gates(facts: Mapping[str, Any]) -> list[str]:
    if not facts:
        return []
    unit = f" {facts['unit']}" if facts["unit"] else ""
    return [
        f"**Gates** of {facts['seeds']} corrected networks, analysed at epochs "
        f"{facts['first_analysed_epoch']} to {facts['last_analysed_epoch']}: mean test error "
        f"{facts['test_error']:.3g}{unit}; {facts['reference']} {facts['reference_error']:.3g}; "
        f"ridge regression {facts['ridge_error']:.3g}; the network with W = 0 "
        f"{facts['error_without_recurrence']:.3g}, with h reset every step "
        f"{facts['error_with_reset']:.3g}. {facts['does_its_job']} of {facts['seeds']} do their "
        f"job; {facts['needs_recurrence']} of {facts['seeds']} need recurrence for it.",
        "",
    ]


def to_markdown(
    verdicts: Verdicts,
    claims: Sequence[Claim] = CLAIMS,
    *,
    gates: Mapping[str, Any] = MappingProxyType({}),
    words: Words = WEATHER,
) -> str:
    """Return gates and verdict table for the documentation, followed by all numbers.

    ``words`` are the nouns of the data set.
    """
    lines = [
        *_gates(gates),
        "| claim | the paper says | published | corrected | what it means |",
        "|---|---|---|---|---|",
    ]
    lines += [_row(claim, verdicts) for claim in claims]
    legend = (
        f"Median over seeds of the statistic that decides, with its {CONFIDENCE:.0%} interval "
        "(bootstrap over seeds; Wilson's for a share of seeds). A claim is supported if all its "
        "parts are, refuted if one is; a graph of which most seeds have no value leaves it to the "
        'others. "?" is inconclusive. A claim of an absence is supported '
        "while nothing speaks against it, which few seeds make easy. Corrected networks differ "
        f"{words.of_seeds}. Rules were written before the runs."
    )
    return "\n".join([*lines, "", legend, "", *_details(claims, verdicts)]) + "\n"


def to_json(verdicts: Verdicts, about: Mapping[str, Any]) -> str:
    """Return everything as JSON, single seeds included, with null for undefined values."""
    claims = {
        claim.id: {
            "title": claim.title,
            "sentence": claim.sentence,
            "statistic": claim.statistic,
            "section": claim.section,
            **{mode: _plain(found[claim.id]) for mode, found in verdicts.items()
               if claim.id in found},
        }
        for claim in CLAIMS
    }  # fmt: skip
    return json.dumps(_defined({**about, "claims": claims}), indent=2, ensure_ascii=False) + "\n"


def _plain(verdict: ClaimVerdict) -> dict[str, Any]:
    return {
        "verdict": verdict.word,
        "meaning": verdict.meaning,
        "reason": verdict.reason,
        "flags": list(verdict.flags),
        "parts": [
            {
                "statistic": part.words,
                "rule": part.rule.words,
                "verdict": part.verdict.word,
                "value": part.verdict.value,
                "interval": list(part.verdict.interval),
                "seeds": part.verdict.n,
                "reason": part.verdict.reason,
                "values": list(part.values),
                **({} if part.control is None else {"spread_of_hidden": part.control.value}),
            }
            for part in verdict.parts
        ],
    }


def _defined(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _defined(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_defined(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _row(claim: Claim, verdicts: Verdicts) -> str:
    found = {mode: verdicts[mode][claim.id] for mode in MODES if claim.id in verdicts.get(mode, {})}
    cells = [_cell(found.get(mode)) for mode in MODES]
    told = dict.fromkeys(verdict.meaning for verdict in found.values())
    if len(told) > 1:
        told = dict.fromkeys(f"{mode}: {verdict.meaning}" for mode, verdict in found.items())
    meaning = "; ".join(told) or "not run"
    title = f"**{claim.title}** – “{claim.sentence}”"
    return f"| {claim.id} | {title} | {' | '.join(cells)} | {meaning} |".replace("\n", " ")


def _cell(verdict: ClaimVerdict | None) -> str:
    if verdict is None:
        return "not run"
    deciding = verdict.deciding
    word = "?" if verdict.word == "inconclusive" else verdict.word
    if deciding is None:
        return word
    if verdict.word == "missing":
        decided = [part for part in verdict.parts if part.verdict.word != "missing"]
        counts = Counter(part.verdict.word for part in decided)
        rest = ", ".join(f"{count} {word}" for word, count in counts.items()) or "none decided"
        return f"**missing**<br>of {len(verdict.parts)} parts: {rest}"
    absent = " (not refuted)" if _absence(verdict) else ""
    few = f", {deciding.verdict.n} seeds" if deciding.verdict.n < ENOUGH_SEEDS else ""
    flag = " (gate fails)" if "gate-fails" in verdict.flags else ""
    silent = sum(part.verdict.word == "missing" for part in verdict.parts)
    without = f" ({silent} of {len(verdict.parts)} parts have no value)" if silent else ""
    return (
        f"**{word}**{absent}{flag}{without}<br>{deciding.words}: {_numbers(deciding.verdict)}{few}"
    )


def _absence(verdict: ClaimVerdict) -> bool:
    """Return whether the verdict supports an absence."""
    absences = ("absence" in part.verdict.flags for part in verdict.parts)
    return verdict.word == "supported" and any(absences)


def _numbers(verdict: Verdict) -> str:
    low, high = verdict.interval
    return f"{verdict.value:.3g} [{low:.3g}, {high:.3g}]"


def _details(claims: Sequence[Claim], verdicts: Verdicts) -> list[str]:
    lines = ["| claim | mode | statistic | rule | verdict | value [interval] | seeds |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for claim in claims:
        for mode in MODES:
            for part in verdicts[mode][claim.id].parts if mode in verdicts else ():
                said = (
                    markdown(f"missing: {part.verdict.reason}")
                    if part.verdict.word == "missing"
                    else _numbers(part.verdict)
                )
                if part.control is not None and part.control.word != "missing":
                    said += f"; of the spread of hidden nodes: {_numbers(part.control)}"
                lines.append(
                    f"| {claim.id} | {mode} | {part.words} | {part.rule.words} | "
                    f"{part.verdict.word} | {said} | {part.verdict.n} of "
                    f"{part.verdict.asked} |".replace("\n", " ")
                )
    return lines
