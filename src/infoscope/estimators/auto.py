"""Choose an estimator that suits the samples, with the reason."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, described
from infoscope.estimators._samples import Samples, distinct_rows
from infoscope.estimators._ties import most_copies, moving, untied
from infoscope.estimators.discrete import Discrete
from infoscope.estimators.estimate import Estimate
from infoscope.estimators.gaussian import Gaussian
from infoscope.estimators.kl_entropy import KozachenkoLeonenko
from infoscope.estimators.ksg import KSG
from infoscope.estimators.label_decoder import LabelDecoder
from infoscope.estimators.mixed import Ross

# Combinations of values that occur this often on average can be counted.
_OFTEN = 5
# Unless more than this share of rows have a unique value, as next to a point mass.
_SINGLE = 0.02
# A variable whose values occur this often on average is a label if the other has many coordinates.
_LABEL = 20
# Arguments that may be text.
_SIDES = {"x", "y", "source", "target"}
# A value with this share of the rows is a point mass, which no Gaussian copula has.
_MASSIVE = 0.2
# Up to the first number of coordinates neighbours are near; above the second, all equally far.
_FEW, _MANY = 3, 10
# Above this many rows, distances in more than a few coordinates take too long.
_LONG = 50_000
# Random tie-breaks to average: the most, and the most rows searched over all of them.
_DRAWS, _ROWS_OF_DRAWS = 8, 40_000
# Above this share of values that occur once, a plug-in entropy is too small.
_MOST_SINGLE = 0.2
_K = 4
_COUNTED = Discrete(correction="miller-madow")
_NEAR = KozachenkoLeonenko(k=_K)
# With fewer rows a covariance is mostly noise.
_ROWS_OF_COORDINATE = 10


@dataclass(frozen=True)
class Chosen:
    """The chosen estimators, with the reasons, which become flags.

    Each errs low where it does not fit, so that of several the largest value is taken.
    """

    estimators: tuple[Any, ...]
    reasons: tuple[str, ...]

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y), or I(X; Y | Z)."""
        found = [e.mutual_information(samples, random, n_jobs) for e in self.estimators]
        largest = max(found, key=lambda estimate: estimate.nats)
        chosen = _FLAG_OF[type(largest.estimator)]
        return replace(largest, flags=(*largest.flags, chosen, *self.reasons))


@dataclass(frozen=True)
class Untied:
    """An estimator that breaks ties at random first."""

    estimator: Any

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y), or I(X; Y | Z)."""
        parts = {name: getattr(samples, name) for name in ("x", "y", "given")}
        apart = {k: None if v is None else untied(v, random) for k, v in parts.items()}
        found = self.estimator.mutual_information(replace(samples, **apart), random, n_jobs)
        broken = any(apart[name] is not part for name, part in parts.items())
        return replace(found, flags=(*found.flags, "ties-broken")) if broken else found


_FLAG_OF = {
    Discrete: "auto-discrete",
    KSG: "auto-ksg",
    Ross: "auto-ross",
    LabelDecoder: "auto-label-decoder",
    Gaussian: "auto-gaussian-copula",
}


def _enough(n: int) -> None:
    if n <= _K:
        raise InputError(
            f"x must have more than {_K} rows for estimator='auto', got {n}; give more samples"
        )


@dataclass(frozen=True)
class Facts:
    """Properties of the samples that decide the choice.

    Parameters
    ----------
    samples : Samples
        The samples.
    n : int
        Rows.
    coordinates : int
        Non-constant coordinates of x, y and given.
    values : tuple of int
        Distinct rows of x, of y and of given.
    tied : bool
        Whether any value has a copy.
    single : float
        Largest share of rows of x, of y or of given that occur once.
    massive : bool
        Whether a value of any coordinate takes a fifth of the rows.
    """

    samples: Samples
    n: int
    coordinates: int
    values: tuple[int, ...]
    tied: bool
    single: float
    massive: bool

    @classmethod
    def of(cls, samples: Samples) -> "Facts":
        """Compute the properties of samples."""
        parts = [samples.x, samples.y, *([] if samples.given is None else [samples.given])]
        blocks = [moving(part) for part in parts]
        of_blocks = [
            distinct_rows(block, return_counts=True)[1] if block.shape[1] else np.array([samples.n])
            for block in blocks
        ]
        copies = np.concatenate([most_copies(block) for block in blocks])
        return cls(
            samples,
            samples.n,
            sum(block.shape[1] for block in blocks),
            tuple(len(counts) for counts in of_blocks),
            tied=bool(copies.any()),
            single=max(float((counts == 1).sum()) / samples.n for counts in of_blocks),
            massive=bool((copies > _MASSIVE * samples.n).any()),
        )

    @property
    def conditional(self) -> bool:
        """Whether the information is conditional."""
        return self.samples.given is not None

    @property
    def nominal(self) -> bool:
        """Whether x or y is text, whose codes have no order, and there is no condition."""
        return not self.conditional and bool({*self.samples.labels} & _SIDES)

    @property
    def in_proportion(self) -> bool:
        """Whether x and y occur together exactly as often as if independent: a full design."""
        if self.conditional or self.values[0] * self.values[1] > self.n:
            return False
        x, y, both = (
            distinct_rows(part, return_inverse=True, return_counts=True)[1:]
            for part in (self.samples.x, self.samples.y, self.samples.together)
        )
        expected = x[1][x[0]] * y[1][y[0]]
        return bool((both[1][both[0]] * self.n == expected).all())

    @property
    def ksg(self) -> KSG:
        """KSG of normal scores with ties broken at random."""
        ksg = KSG(k=_K, scale="rank")
        draws = max(1, min(_DRAWS, _ROWS_OF_DRAWS // self.n))
        return replace(ksg, ties="random", draws=draws) if self.tied else ksg


@dataclass(frozen=True)
class Rule:
    """The estimators for samples of one kind; of several the largest value is taken.

    Parameters
    ----------
    reason : str
        One word, a flag of the estimate.
    holds : function of Facts
        Whether the samples are of this kind.
    takes : function of Facts
        The estimators.
    """

    reason: str
    holds: Callable[[Facts], bool]
    takes: Callable[[Facts], tuple[Any, ...]]


_ROSS = Ross(k=_K, scale="rank")
_SCORES = Gaussian(copula=True)
_COPULA = Untied(_SCORES)

# The first rule that holds decides. docs/estimators.md describes each rule, and its regret over
# all systems of known information.
RULES = (
    Rule("no-change", lambda f: 1 in f.values[:2], lambda f: (_COUNTED,)),
    Rule("in-proportion", lambda f: f.in_proportion, lambda f: (Discrete(),)),
    Rule(
        "few-values",
        lambda f: prod(f.values) * _OFTEN <= f.n and f.single <= _SINGLE,
        lambda f: (_COUNTED,),
    ),
    Rule("label", lambda f: f.nominal and f.coordinates <= _FEW, lambda f: (_ROSS,)),
    Rule("few-coordinates", lambda f: f.coordinates <= _FEW, lambda f: (f.ksg,)),
    Rule(
        "label",
        lambda f: f.nominal or (not f.conditional and min(f.values) * _LABEL <= f.n),
        lambda f: (_ROSS, LabelDecoder()),
    ),
    Rule("many-coordinates", lambda f: f.coordinates > _MANY, lambda f: (_COPULA,)),
    Rule("many-rows", lambda f: f.n > _LONG, lambda f: (_COPULA,)),
    Rule("some-coordinates", lambda f: f.conditional, lambda f: (f.ksg,)),
    Rule("some-coordinates", lambda f: True, lambda f: (f.ksg, _COPULA)),
)


def choose(samples: Samples) -> Chosen:
    """Return the estimators for samples, with the reasons as flags.

    The first of `RULES` that holds decides.
    """
    facts = Facts.of(samples)
    rule = next(rule for rule in RULES if rule.holds(facts))
    taken = rule.takes(facts)
    doubt = ("point-masses",) if facts.massive and _COPULA in taken else ()
    return Chosen(taken, (rule.reason, *doubt))


def _without_constants(samples: Samples) -> Samples:
    """Return samples without constant coordinates, unless that leaves a variable empty."""
    x, y = moving(samples.x), moving(samples.y)
    given = None if samples.given is None else moving(samples.given)
    if given is not None and given.shape[1] == 0:
        given = None
    left_out = samples.together.shape[1] - sum(
        part.shape[1] for part in (x, y, given) if part is not None
    )
    if left_out == 0 or 0 in (x.shape[1], y.shape[1]):
        return samples
    return replace(samples, x=x, y=y, given=given)


@dataclass(frozen=True)
class Auto:
    """The default of every quantity: choose an estimator that suits the samples (`choose`).

    ``estimator`` and ``flags`` of each `Estimate` report the choice and the reason.
    """

    takes_labels: ClassVar[bool] = True

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y), or I(X; Y | Z), with the chosen estimator."""
        _enough(samples.n)
        chosen, changing = choose(samples), _without_constants(samples)
        found = chosen.mutual_information(changing, random, n_jobs)
        constant = changing is not samples and "constant" not in found.flags
        return replace(found, flags=("constant", *found.flags)) if constant else found

    def entropy(self, x: Floats, random: np.random.Generator, n_jobs: int | None) -> Estimate:
        """Estimate the entropy H(X): discrete if values recur, differential if none does.

        Raises
        ------
        EstimationError
            If some values recur and others do not: neither entropy is finite.
        """
        n = len(x)
        _enough(n)
        copies = distinct_rows(x, return_counts=True)[1]
        of_coordinates = most_copies(x).max() + 1
        if (copies == 1).sum() <= _MOST_SINGLE * n:
            found, why = _COUNTED.entropy(x, random, n_jobs), ("auto-discrete", "recurring-values")
        elif copies.max() <= _K and of_coordinates <= _MASSIVE * n:
            found, why = _density_entropy(x, random, n_jobs), ("auto-kl", "continuous")
        else:
            raise EstimationError(
                f"the entropy of x is infinite in size: its most frequent value occurs "
                f"{of_coordinates} times in {n} rows, and others occur once, so that x is neither "
                "continuous nor discrete; take Binned() for the entropy at a stated "
                "resolution, or KozachenkoLeonenko(jitter=...) with noise as large as the rounding"
            )
        return replace(found, flags=(*found.flags, *why))

    def ceiling_nats(self, n: int) -> float:
        """Return the largest value that n samples of two scalars can give, in nats."""
        return _PAIRS.ceiling_nats(n)

    def counted(self, table: Floats, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which of the wanted pairs of columns of a table (n, nodes) can be counted."""
        counts = [np.unique(column, return_counts=True)[1] for column in table.T]
        values = np.array([len(of_column) for of_column in counts], float)
        recurs = np.array([(of_column == 1).sum() <= _SINGLE * len(table) for of_column in counts])
        few = np.outer(values, values) * _OFTEN <= len(table)
        return wanted & few & np.outer(recurs, recurs)


# For all pairs that cannot be counted.
_PAIRS = KSG(k=_K, scale="rank", ties="random")
PAIRS: dict[str, Any] = {"counted": _COUNTED, "others": _PAIRS}


def choose_for_columns(data: Floats) -> tuple[Any, tuple[str, ...]]:
    """Return the estimator for all columns of data (n, d) together, and the reasons.

    Rows that recur 5 times on average are counted; otherwise `KSG` of normal scores takes up to
    three columns, the Gaussian copula more.
    """
    changing = moving(data)
    counts = distinct_rows(data, return_counts=True)[1]
    if len(counts) * _OFTEN <= len(data) and (counts == 1).sum() <= _SINGLE * len(data):
        return _COUNTED, ("auto-discrete", "few-values")
    if changing.shape[1] <= _FEW:
        return _PAIRS, ("auto-ksg", "few-coordinates")
    massive = (most_copies(changing) > _MASSIVE * len(data)).any()
    doubt = ("point-masses",) if massive else ()
    return _SCORES, ("auto-gaussian-copula", "some-coordinates", *doubt)


def _density_entropy(x: Floats, random: np.random.Generator, n_jobs: int | None) -> Estimate:
    """Estimate a differential entropy: the smaller of two estimates that err high.

    In several coordinates the neighbours are far and reach beyond the edges of a density: for
    five exponential variables and 1,000 rows the entropy is a bit too large. The other estimate is
    the sum of the marginal entropies minus the total correlation, whose estimate errs low.
    """
    found, (n, d) = _NEAR.entropy(x, random, n_jobs), x.shape
    if d == 1 or n < _ROWS_OF_COORDINATE * d or most_copies(x).max() >= _K:
        return found
    alone = [_NEAR.entropy(x[:, [c]], random, n_jobs).nats for c in range(d)]
    nats = float(sum(alone)) - _total_correlation(x, random, n_jobs)
    return (
        replace(found, nats=nats, flags=(*found.flags, "one-by-one"))
        if nats < found.nats
        else found
    )


def _total_correlation(x: Floats, random: np.random.Generator, n_jobs: int | None) -> float:
    """Return the total correlation of the coordinates of continuous x (n, d), in nats.

    It is the larger of two estimates that err low; copies raise an error, since it is infinite.
    """
    every = np.arange(x.shape[1])
    of_sets = _SCORES.set_entropies(x, [every, *every[:, np.newaxis]])
    of_copula = float(of_sets[1:].sum() - of_sets[0])
    if x.shape[1] > _FEW:
        return of_copula
    return max(of_copula, _PAIRS.set_informations(x, random, n_jobs)[0])


def resolved(estimator: Any) -> Any:
    """Return the estimator that a word names; anything else unchanged."""
    if not isinstance(estimator, str):
        return estimator
    if estimator not in ("auto", "published"):
        raise InputError(
            f"estimator must be 'auto', 'published' or an estimator, got {described(estimator)}; "
            "use for example infoscope.KSG(k=4)"
        )
    return Auto() if estimator == "auto" else PUBLISHED


# The estimator of the paper; its noise breaks ties.
PUBLISHED = KSG(k=10, jitter=1e-10, jitter_unit="sd")
