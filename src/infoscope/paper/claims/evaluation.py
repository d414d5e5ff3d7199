"""Claims put to the networks of many seeds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, one_of
from infoscope.paper.claims.claim import Claim, Part, Rule
from infoscope.paper.claims.graph_claims import GRAPH_CLAIMS
from infoscope.paper.claims.study import MODES, SeedStudy
from infoscope.paper.claims.training_claims import TRAINING_CLAIMS
from infoscope.paper.claims.verdict import Verdict, conjunction, decide

CLAIMS = (*GRAPH_CLAIMS, *TRAINING_CLAIMS)


@dataclass(frozen=True)
class PartVerdict:
    """What the seeds say of one part of a claim.

    Parameters
    ----------
    words : str
        The number, and the graph it is of.
    rule : Rule
        What decides.
    verdict : Verdict
        The decision.
    values : tuple of float
        One per seed; NaN where a seed has none.
    control : Verdict or None
        The same statistic of the spread of the hidden nodes, where the part has one.
    """

    words: str
    rule: Rule
    verdict: Verdict
    values: tuple[float, ...]
    control: Verdict | None = None


@dataclass(frozen=True)
class ClaimVerdict:
    """What the seeds say of a claim in one mode.

    Parameters
    ----------
    claim : Claim
        The claim.
    mode : {"published", "corrected"}
        How networks were trained and estimated.
    word : {"supported", "refuted", "inconclusive", "missing"}
        Supported if all parts are; refuted if one is; else missing if one is. Of a part that is
        asked of every graph, graphs without a value count only where all are (``parts-missing``).
    parts : tuple of PartVerdict
        Every number that was asked.
    reason : str
        Why it is missing.
    flags : tuple of str
        Those of the parts, ``parts-missing``, and ``gate-fails``.
    failing : tuple of str
        Claims that this one depends on and that are not supported.
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
        """The part that decides: the first with the verdict of the whole; None without parts."""
        return next((part for part in self.parts if part.verdict.word == self.word), None)

    @property
    def meaning(self) -> str:
        """One line of what the verdict means."""
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
    """Put claims to the networks of many seeds.

    Parameters
    ----------
    studies : sequence of SeedStudy
        One per seed asked, all of the mode; what is missing in one counts as missing.
    mode : {"published", "corrected"}
        Which of the two.
    claims : sequence of Claim
        All by default.

    Returns
    -------
    dict
        Id → ClaimVerdict. A claim whose runs are missing is "missing", with the reason.

    Raises
    ------
    InputError
        If a study is of the other mode, or two are of one seed.

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
    reasons: dict[str, str] = {}  # each told once, of the first part that it is of
    for part in parts:
        if part.verdict.word == "missing":
            reasons.setdefault(part.verdict.reason, f"{part.words}: {part.verdict.reason}")
    flags = dict.fromkeys(flag for part in parts for flag in part.verdict.flags)
    if reasons:
        flags["parts-missing"] = None
    return ClaimVerdict(claim, mode, word, parts, "; ".join(reasons.values()), tuple(flags))


def _words(found: Sequence[PartVerdict]) -> list[str]:
    """Return the verdicts that count: a graph that says nothing leaves it to the others."""
    known = [part.verdict.word for part in found if part.verdict.word != "missing"]
    return known or [part.verdict.word for part in found]


def _of_part(part: Part, studies: Sequence[SeedStudy]) -> list[PartVerdict]:
    if not part.each_graph:
        return [_decided(part, studies, None)]
    # The same thresholds in every seed; none known means that no seed has a graph.
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
    """Return a statistic of every seed, NaN with a reason where a seed has none."""
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
