"""Which estimator suits some samples, and why."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, one_of
from infoscope.estimators._samples import Samples, distinct_rows
from infoscope.estimators._ties import most_copies, moving, untied
from infoscope.estimators.discrete import Discrete
from infoscope.estimators.gaussian import Gaussian
from infoscope.estimators.kl_entropy import KozachenkoLeonenko
from infoscope.estimators.ksg import KSG
from infoscope.estimators.label_decoder import LabelDecoder
from infoscope.estimators.mixed import Ross
from infoscope.results import Estimate

# Combinations of values that occur this often on average can be counted.
_OFTEN = 5
# A variable whose values occur this often on average is a label beside one of many coordinates.
_LABEL = 20
# What text among the samples may be, by the names that messages have.
_SIDES = {"x", "y", "source", "target"}
# Up to this many coordinates neighbours are near; above the other, all are equally far.
_FEW, _MANY = 3, 10
# With more rows than this, distances in more than a few coordinates take too long.
_LONG = 50_000
# Random orders of equal values: as many as keep the time below that of so many rows.
_DRAWS, _ROWS_OF_DRAWS = 8, 40_000
# Values that occur once make an entropy of counted values too small if they are more than this.
_MOST_SINGLE = 0.2
_K = 4
_COUNTED = Discrete(correction="miller-madow")


@dataclass(frozen=True)
class Chosen:
    """The estimators that suit some samples, with the reasons, which it adds to the flags.

    Of several, each of which errs low where it does not fit, it takes the largest value.
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
    """An estimator of samples whose equal values are set apart at random first."""

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


def choose(samples: Samples) -> Chosen:
    """Return the estimators for samples, conditional or not, and why as words for the flags.

    =============================== ==================================== ====================
    samples                         estimator                            reason
    =============================== ==================================== ====================
    a side never changes            `Discrete`: 0                        ``no-change``
    each value of x occurs with     `Discrete`: 0                        ``in-proportion``
    each of y in proportion
    values of all blocks together   `Discrete`, Miller-Madow             ``few-values``
    occur 5 times or more
    up to 3 coordinates             `KSG` of normal scores, ties broken  ``few-coordinates``
                                    at random
    more; one side is a label       the larger of `Ross` of normal       ``label``
                                    scores and `LabelDecoder`
    4 to 10 coordinates             the larger of `KSG` and the Gaussian ``some-coordinates``
                                    copula; given a Z, `KSG`
    more, or more than 3 and 50,000 the Gaussian copula                  ``many-coordinates``
    rows                                                                 or ``many-rows``
    =============================== ==================================== ====================

    A label is a side whose values occur 20 times or more on average, or are text; beside one
    number text is left to `Ross` alone.
    """
    n = samples.n
    sides = [moving(samples.x), moving(samples.y)]
    if not all(side.shape[1] for side in sides):
        return Chosen((_COUNTED,), ("no-change",))
    blocks = [*sides, *([] if samples.given is None else [moving(samples.given)])]
    values = [len(distinct_rows(block)) if block.shape[1] else 1 for block in blocks]
    coordinates = sum(block.shape[1] for block in blocks)
    ksg = KSG(k=_K, scale="rank")
    if any(most_copies(block).any() for block in blocks):
        ksg = replace(ksg, ties="random", draws=max(1, min(_DRAWS, _ROWS_OF_DRAWS // n)))
    copula = Untied(Gaussian(copula=True))
    if samples.given is None and values[0] * values[1] <= n and _in_proportion(samples):
        return Chosen((Discrete(),), ("in-proportion",))
    if np.prod([float(v) for v in values]) * _OFTEN <= n:
        return Chosen((_COUNTED,), ("few-values",))
    nominal = samples.given is None and bool({*samples.labels} & _SIDES)
    if coordinates <= _FEW:
        ross = Ross(k=_K, scale="rank")
        return Chosen((ross,), ("label",)) if nominal else Chosen((ksg,), ("few-coordinates",))
    if nominal or (samples.given is None and min(values) * _LABEL <= n):
        return Chosen((Ross(k=_K, scale="rank"), LabelDecoder()), ("label",))
    if coordinates > _MANY:
        return Chosen((copula,), ("many-coordinates",))
    if n > _LONG:
        return Chosen((copula,), ("many-rows",))
    both = (ksg,) if samples.given is not None else (ksg, copula)
    return Chosen(both, ("some-coordinates",))


def _without_constants(samples: Samples) -> Samples:
    """Return samples without coordinates that never change, unless that leaves a side empty."""
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


def _in_proportion(samples: Samples) -> bool:
    """Say whether x and y occur together exactly as often as if independent: a full design."""
    x, y, both = (
        distinct_rows(part, return_inverse=True, return_counts=True)[1:]
        for part in (samples.x, samples.y, samples.together)
    )
    expected = x[1][x[0]] * y[1][y[0]]
    return bool((both[1][both[0]] * samples.n == expected).all())


@dataclass(frozen=True)
class Auto:
    """The default of every quantity: it looks at the samples and takes what suits them (`choose`).

    What it took, and why, stands in ``estimator`` and ``flags`` of each `Estimate`.
    """

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y), or I(X; Y | Z), by what suits the samples."""
        _enough(samples.n)
        chosen, changing = choose(samples), _without_constants(samples)
        found = chosen.mutual_information(changing, random, n_jobs)
        constant = changing is not samples and "constant" not in found.flags
        return replace(found, flags=("constant", *found.flags)) if constant else found

    def entropy(self, x: Floats, random: np.random.Generator, n_jobs: int | None) -> Estimate:
        """Estimate the entropy H(X): of values that recur, or differential where none does.

        Raises
        ------
        EstimationError
            If some values recur and others do not: neither entropy is finite.
        """
        n = len(x)
        _enough(n)
        copies = distinct_rows(x, return_counts=True)[1]
        if (copies == 1).sum() <= _MOST_SINGLE * n:
            found, why = _COUNTED.entropy(x, random, n_jobs), ("auto-discrete", "recurring-values")
        elif copies.max() <= _K:
            found = KozachenkoLeonenko(k=_K).entropy(x, random, n_jobs)
            why = ("auto-kl", "continuous")
        else:
            often = copies.max() / n
            raise EstimationError(
                f"the entropy of x is infinite in size: its most frequent value takes {often:.0%} "
                "of the rows, and others occur once, so that x has neither a density nor a list "
                "of values; take Binned() for the entropy at a stated resolution, or split x into "
                "the rows at that value and the rest"
            )
        return replace(found, flags=(*found.flags, *why))

    def ceiling_nats(self, n: int) -> float:
        """Return the largest value that n samples of two scalars can give, in nats."""
        return _PAIRS.ceiling_nats(n)

    def counted(self, table: Floats, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which of the wanted pairs of columns of a table (n, nodes) can be counted."""
        values = np.array([len(np.unique(column)) for column in table.T], float)
        return wanted & (np.outer(values, values) * _OFTEN <= len(table))


# All pairs are left to it, but for those that can be counted.
_PAIRS = KSG(k=_K, scale="rank", ties="random")
PAIRS: dict[str, Any] = {"counted": _COUNTED, "others": _PAIRS}


def choose_for_columns(data: Floats) -> tuple[Any, tuple[str, ...]]:
    """Return what estimates quantities of all columns of data (n, d) together, and why.

    Rows that recur 5 times on average are counted; up to three columns are left to `KSG` of
    normal scores, more to the Gaussian copula.
    """
    changing = moving(data)
    if len(data) and len(distinct_rows(data)) * _OFTEN <= len(data):
        return _COUNTED, ("auto-discrete", "few-values")
    if changing.shape[1] <= _FEW:
        return _PAIRS, ("auto-ksg", "few-coordinates")
    return Gaussian(copula=True), ("auto-gaussian-copula", "some-coordinates")


def resolved(estimator: Any) -> Any:
    """Return the estimator that a word names, and whatever is no word as it is."""
    if not isinstance(estimator, str):
        return estimator
    one_of(estimator, "estimator", ("auto", "published"))
    return Auto() if estimator == "auto" else PUBLISHED


# What the paper takes; its noise sets equal values apart.
PUBLISHED = KSG(k=10, jitter=1e-10, jitter_unit="sd")
