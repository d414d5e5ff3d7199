"""What a claim is: a sentence, statistics of single seeds, and the rules that decide it."""

from collections.abc import Callable
from dataclasses import dataclass

from infoscope._errors import InputError
from infoscope._validate import one_of, real_number
from infoscope.paper.claims.study import MODES, SeedStudy

SIDES = ("above", "below", "within", "not above", "not below", "not apart")
SUMMARIES = ("median", "share", "variation")
# A statistic of one seed, or of one graph of it, by name.
Statistic = Callable[[SeedStudy], float] | Callable[[SeedStudy, str], float]


@dataclass(frozen=True)
class Rule:
    """What values of many seeds must be for a claim to hold.

    Parameters
    ----------
    side : {"above", "below", "within", "not above", "not below", "not apart"}
        Where the summary is claimed to lie. "within" means less than ``width`` from ``null``.
        The last three claim an absence: they fail only where the interval lies wholly above,
        below, or on either side of ``null``.
    null : float
        What the interval must exclude for a side to be shown.
    width : float
        Of "within" only.
    summary : {"median", "share", "variation"}
        Median over seeds; share of the seeds whose value is 1, of values 0 and 1; or standard
        deviation over mean.

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
                f"{self.side!r}; say how far from null still counts as there"
            )

    @property
    def absence(self) -> bool:
        """Whether the claim is that nothing is there, which no interval proves."""
        return self.side.startswith("not")

    @property
    def words(self) -> str:
        """The rule as a reader says it."""
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
    """One number of every seed, and the rule for it.

    Parameters
    ----------
    words : str
        What the number is.
    statistic : callable
        Returns it from a `SeedStudy`, and from the name of a graph where ``each_graph``. NaN, or
        an `EstimationError` that says why, where there is none.
    rule : Rule
        What decides.
    modes : tuple of str
        Where it applies.
    each_graph : bool
        Whether it is asked of the graph of every threshold, and must hold for all of them.
    control : callable, optional
        Returns the same statistic of the spread of the hidden nodes, shown next to the number;
        it decides nothing.
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
        In a few words.
    sentence : str
        The paper's own; what it implies or asks for where it has no sentence.
    parts : tuple of Part
        All of them must hold. None: nothing measures the claim in this version.
    holds, fails : str
        What it means if it is supported, and if it is refuted.
    gates : tuple of str
        Claims that must be supported, where they are measured, for this one to mean anything.
    lacks : str
        Why the claim cannot be decided: its runs are not part of the study.
    section : int
        Of the paper.
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
        """Modes in which a part of it is measured."""
        return tuple(mode for mode in MODES if any(mode in part.modes for part in self.parts))

    @property
    def statistic(self) -> str:
        """What is measured of each seed."""
        return "; ".join(dict.fromkeys(part.words for part in self.parts))
