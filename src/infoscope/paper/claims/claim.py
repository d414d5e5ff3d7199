"""Claims: a sentence, statistics of single seeds, and decision rules."""

from collections.abc import Callable
from dataclasses import dataclass

from infoscope._errors import InputError
from infoscope._validate import one_of, real_number
from infoscope.paper.claims.study import MODES, SeedStudy

SIDES = ("above", "below", "within", "not above", "not below", "not apart")
SUMMARIES = ("median", "share", "variation")
# A statistic of one seed, or of one of its graphs by name.
Statistic = Callable[[SeedStudy], float] | Callable[[SeedStudy, str], float]


@dataclass(frozen=True)
class Rule:
    """Decision rule for the values of many seeds.

    Parameters
    ----------
    side : {"above", "below", "within", "not above", "not below", "not apart"}
        Claimed position of the summary. "within" means less than ``width`` from ``null``. The last
        three claim an absence: they fail only if the whole interval is above, below, or on either
        side of ``null``.
    null : float
        Value that the interval must exclude.
    width : float
        For "within" only.
    summary : {"median", "share", "variation"}
        Median over seeds; share of seeds with value 1, for values 0 and 1; or standard deviation
        over mean.

    Raises
    ------
    InputError
        If an argument is out of range.

    Examples
    --------
    >>> Rule("above", 0.5, summary="share").words
    'share of seeds > 0.5'
    """

    side: str
    null: float = 0.0
    width: float = 0.0
    summary: str = "median"

    def __post_init__(self) -> None:
        """Check the rule."""
        one_of(self.side, "side", SIDES)
        one_of(self.summary, "summary", SUMMARIES)
        real_number(self.null, "null")
        if (real_number(self.width, "width", 0.0) > 0.0) != (self.side == "within"):
            raise InputError(
                f"width must be above 0 for 'within' and 0 otherwise, got {self.width!r} for "
                f"{self.side!r}; give the largest distance from null that counts as within"
            )

    @property
    def absence(self) -> bool:
        """Whether the rule claims an absence, which no interval proves."""
        return self.side.startswith("not")

    @property
    def words(self) -> str:
        """The rule in words."""
        of = {
            "median": "median",
            "share": "share of seeds",
            "variation": "standard deviation over mean",
        }[self.summary]
        if self.side == "within":
            return f"{of} within {self.width:g} of {self.null:g}"
        sign = {"above": ">", "below": "<", "not above": "not >", "not below": "not <",
                "not apart": "not apart from"}[self.side]  # fmt: skip
        return f"{of} {sign} {self.null:g}"


@dataclass(frozen=True)
class Part:
    """One number per seed, and its rule.

    Parameters
    ----------
    words : str
        Description of the number.
    statistic : callable
        Returns it from a `SeedStudy`, and the name of a graph if ``each_graph``. NaN, or an
        `EstimationError` with the reason, if undefined.
    rule : Rule
        The decision rule.
    modes : tuple of str
        Modes in which it applies.
    each_graph : bool
        Whether it must hold for the graph of every threshold.
    control : callable, optional
        Returns the same statistic of the spread of the hidden nodes, for comparison only.
    """

    words: str
    statistic: Statistic
    rule: Rule
    modes: tuple[str, ...] = MODES
    each_graph: bool = False
    control: Callable[[SeedStudy], float] | None = None


@dataclass(frozen=True)
class Claim:
    """A claim of the paper.

    Parameters
    ----------
    id : str
        As numbered in the list of claims, such as "C10".
    title : str
        A short title.
    sentence : str
        The paper's own sentence, or what the paper implies.
    parts : tuple of Part
        All must hold. Empty if this version does not measure the claim.
    holds, fails : str
        Meaning of the verdicts supported and refuted.
    gates : tuple of str
        Claims that must be supported, if measured, for this one to be meaningful.
    lacks : str
        Reason why the claim cannot be decided: its runs are not part of the study.
    section : int
        Section of the paper.
    """

    id: str
    title: str
    sentence: str
    parts: tuple[Part, ...]
    holds: str
    fails: str
    gates: tuple[str, ...] = ()
    lacks: str = ""
    section: int = 0

    @property
    def modes(self) -> tuple[str, ...]:
        """Modes in which any part is measured."""
        return tuple(mode for mode in MODES if any(mode in part.modes for part in self.parts))

    @property
    def statistic(self) -> str:
        """Words of all parts."""
        return "; ".join(dict.fromkeys(part.words for part in self.parts))
