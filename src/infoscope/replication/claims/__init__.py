"""The claims of the paper as data, and what networks of many seeds say of each."""

from infoscope.replication.claims.claim import Claim, Part, Rule
from infoscope.replication.claims.evaluation import CLAIMS, ClaimVerdict, evaluate
from infoscope.replication.claims.settings import ClaimSettings
from infoscope.replication.claims.study import SeedStudy
from infoscope.replication.claims.verdict import Verdict, decide

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
