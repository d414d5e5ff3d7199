"""The claims of the paper as data, and their tests on networks of many seeds."""

from infoscope.paper.claims.claim import Claim, Part, Rule
from infoscope.paper.claims.evaluation import CLAIMS, ClaimVerdict, evaluate
from infoscope.paper.claims.settings import ClaimSettings
from infoscope.paper.claims.study import SeedStudy
from infoscope.paper.claims.verdict import Verdict, decide

__all__ = [
    "CLAIMS",
    "Claim",
    "ClaimSettings",
    "ClaimVerdict",
    "Part",
    "Rule",
    "SeedStudy",
    "Verdict",
    "decide",
    "evaluate",
]
