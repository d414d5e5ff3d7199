"""Test claims on networks of many seeds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, one_of
from infoscope.paper.claims.claim import Claim, Part, Rule
from infoscope.paper.claims.graph_claims import GRAPH_CLAIMS
from infoscope.paper.claims.influence_claims import INFLUENCE_CLAIMS
from infoscope.paper.claims.settings import ClaimSettings
from infoscope.paper.claims.study import MODES, SeedStudy
from infoscope.paper.claims.training_claims import TRAINING_CLAIMS
from infoscope.paper.claims.verdict import Verdict, conjunction, decide

CLAIMS = (*GRAPH_CLAIMS, *TRAINING_CLAIMS)
# Claims that C38 asks of other recurrent networks, with the gate of one of them.
CARRIED_OVER = tuple(claim for claim in CLAIMS if claim.id in ("C10", "C19b", "C20", "C23", "C30"))


def asked(settings: ClaimSettings) -> tuple[Claim, ...]:
    """Return the claims that a study asks."""
    if settings.about == "influence":
        return INFLUENCE_CLAIMS
    return CARRIED_OVER if settings.gated else CLAIMS


@dataclass(frozen=True)
class PartVerdict:
    """Verdict on one part of a claim.

    Parameters
    ----------
    words : str
        The number and its graph.
    rule : Rule
        The decision rule.
    verdict : Verdict
        The decision.
    values : tuple of float
        One per seed; NaN if missing.
    control : Verdict or None
        The same statistic of the spread of the hidden nodes, if the part has one.
    """

    words: str
    rule: Rule
    verdict: Verdict
    values: tuple[float, ...]
    control: Verdict | None = None


@dataclass(frozen=True)
class ClaimVerdict:
    """Verdict on a claim in one mode.

    Parameters
    ----------
    claim : Claim
        The claim.
    mode : {"published", "corrected"}
        Mode of training and estimation.
    word : {"supported", "refuted", "inconclusive", "missing"}
        Supported if all parts are; refuted if one is; else missing if one is. Graphs without a
        value count only if no graph has one (``parts-missing``).
    parts : tuple of PartVerdict
        Verdicts of all parts.
    reason : str
        Reason if it is missing.
    flags : tuple of str
        Flags of the parts, ``parts-missing``, and ``gate-fails``.
    failing : tuple of str
        Unsupported claims on which this one depends.
    """

    claim: Claim
    mode: str
    word: str
    parts: tuple[PartVerdict, ...]
    reason: str = ""
    flags: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()

    @property
    def deciding(self) -> PartVerdict | None:
        """The deciding part: the first with the overall verdict; None without parts."""
        return next((part for part in self.parts if part.verdict.word == self.word), None)

    @property
    def meaning(self) -> str:
        """One line on the meaning of the verdict."""
        if self.word == "missing":
            return f"not decided: {self.reason}"
        said = {
            "supported": self.claim.holds,
            "refuted": self.claim.fails,
            "inconclusive": "these seeds do not decide it",
        }[self.word]
        if self.failing:
            return f"{said}; not to be believed, {' and '.join(self.failing)} fails"
        return said


def evaluate(
    studies: Sequence[SeedStudy], mode: str, claims: Sequence[Claim] = CLAIMS
) -> dict[str, ClaimVerdict]:
    """Test claims on the networks of many seeds.

    Parameters
    ----------
    studies : sequence of SeedStudy
        One per seed, all of one mode; missing values count as missing.
    mode : {"published", "corrected"}
        Mode of the studies.
    claims : sequence of Claim
        All by default.

    Returns
    -------
    dict
        Id → ClaimVerdict. A claim without its runs is "missing", with the reason.

    Raises
    ------
    InputError
        If a study has the other mode, or two have the same seed.

    Examples
    --------
    Without any run nothing is decided.

    >>> found = evaluate([SeedStudy(seed, "published", {}) for seed in range(20)], "published")
    >>> {verdict.word for verdict in found.values()}
    {'missing'}
    """
    one_of(mode, "mode", MODES)
    seeds = [study.seed for study in studies]
    if any(study.mode != mode for study in studies) or len(set(seeds)) < len(seeds):
        raise InputError(
            f"studies must be of {mode} mode and of different seeds, got seeds {seeds} of "
            f"{sorted({study.mode for study in studies})}; give one study per seed"
        )
    found = {claim.id: _evaluated(claim, studies, mode) for claim in claims}
    return {name: _gated(verdict, found) for name, verdict in found.items()}


def _evaluated(claim: Claim, studies: Sequence[SeedStudy], mode: str) -> ClaimVerdict:
    asked = [part for part in claim.parts if mode in part.modes]
    if not asked:
        reason = claim.lacks or f"it is not measured in {mode} mode"
        return ClaimVerdict(claim, mode, "missing", (), reason)
    parts_of = {part: _of_part(part, studies) for part in asked}
    parts = tuple(found for part in asked for found in parts_of[part])
    word = conjunction([word for part in asked for word in _words(parts_of[part])])
    reasons: dict[str, str] = {}  # each given once, at its first part
    for part in parts:
        if part.verdict.word == "missing":
            reasons.setdefault(part.verdict.reason, f"{part.words}: {part.verdict.reason}")
    flags = dict.fromkeys(flag for part in parts for flag in part.verdict.flags)
    if reasons:
        flags["parts-missing"] = None
    return ClaimVerdict(claim, mode, word, parts, "; ".join(reasons.values()), tuple(flags))


def _words(found: Sequence[PartVerdict]) -> list[str]:
    """Return the verdicts that count, without graphs that have no value."""
    known = [part.verdict.word for part in found if part.verdict.word != "missing"]
    return known or [part.verdict.word for part in found]


def _of_part(part: Part, studies: Sequence[SeedStudy]) -> list[PartVerdict]:
    if not part.each_graph:
        return [_decided(part, studies, None)]
    # The same thresholds in every seed; empty if no seed has a graph.
    names = next((s.graph_names for s in studies if "flow" in s.parts), ["any threshold"])
    return [_decided(part, studies, name) for name in names]


def _decided(part: Part, studies: Sequence[SeedStudy], graph: str | None) -> PartVerdict:
    of_graph = () if graph is None else (graph,)
    values, reasons = _values(part.statistic, studies, of_graph)
    words = part.words if graph is None else f"{part.words}, {graph}"
    verdict = decide(values, part.rule, reasons)
    control = None
    if part.control is not None:
        values_of_control, why = _values(part.control, studies, of_graph)
        control = decide(values_of_control, part.rule, why)
    return PartVerdict(words, part.rule, verdict, tuple(values.tolist()), control)


def _values(
    statistic: Any, studies: Sequence[SeedStudy], of_graph: tuple[str, ...]
) -> tuple[Floats, dict[int, str]]:
    """Return a statistic of every seed, NaN with a reason if undefined."""
    values, reasons = np.full(len(studies), np.nan), {}
    for place, study in enumerate(studies):
        try:
            values[place] = statistic(study, *of_graph)
        except (EstimationError, InputError) as error:
            reasons[place] = str(error)
    return values, reasons


def _gated(verdict: ClaimVerdict, found: dict[str, ClaimVerdict]) -> ClaimVerdict:
    failing = tuple(
        gate
        for gate in verdict.claim.gates
        if gate in found and found[gate].parts and found[gate].word != "supported"
    )
    if not failing:
        return verdict
    return replace(verdict, flags=(*verdict.flags, "gate-fails"), failing=failing)
