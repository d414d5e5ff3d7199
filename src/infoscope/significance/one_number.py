"""Significance of one estimate by surrogates of its samples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import Floats, generator, one_of, truth, whole_number
from infoscope.estimators import Samples
from infoscope.estimators._samples import ROUNDING
from infoscope.estimators.estimate import Estimate
from infoscope.measures.effective_size import effective_rows
from infoscope.measures.estimation import Estimator, estimation, told
from infoscope.measures.missing import complete_rows
from infoscope.significance.p_values import monte_carlo_p
from infoscope.surrogates import (
    NULLS,
    CircularShift,
    LagSwap,
    Layout,
    LocalPermutation,
    Pairing,
    RowSurrogate,
    Sampler,
    SequencePermutation,
    TrialShift,
    root_seed,
    surrogate_statistics,
)
from infoscope.surrogates.layout import memory
from infoscope.surrogates.local_permutation import nearest_rows
from infoscope.surrogates.surrogate import Shift
from infoscope.surrogates.trial_shift import without_trial_means

# Fewest trials with enough permutations of whole trials.
_MANY_TRIALS = 10

# Neighbours in the condition whose mean predicts a row.
_NEIGHBOURS = 6
# The source is nearly a function of the condition below this unexplained share of variance.
_FREE = 0.1
# Rows depend on one another if the effective sample size is below this share of them.
_INDEPENDENT = 0.9
# Series whose memory spans this share of the rows are too slow for shifts.
_SLOW = 0.1
# A correlation with time above this number of standard errors is a trend.
_TREND = 2.5
# A lag swap compares the two terms of a flow, and leaves the source where it is.
_MOVING = tuple(name for name in NULLS if name != LagSwap.name)

Estimation = Callable[[Samples], Estimate]
Significance = bool | int | str | RowSurrogate | None


@dataclass(frozen=True)
class SurrogateTest:
    """A null and a number of surrogates.

    Parameters
    ----------
    null : RowSurrogate, optional
        None for the default (`default_null`).
    surrogates : int
        How many.
    """

    null: RowSurrogate | None
    surrogates: int

    @classmethod
    def asked(cls, significance: Significance, surrogates: int) -> "SurrogateTest | None":
        """Return the test that the arguments of `mutual_information` ask for, if any.

        Raises
        ------
        InputError
            If they name neither a null that moves the source nor a number of surrogates.

        Examples
        --------
        >>> SurrogateTest.asked(99, 199)
        SurrogateTest(null=None, surrogates=99)
        >>> SurrogateTest.asked("circular-shift", 199).surrogates
        199
        """
        count = whole_number(surrogates, "surrogates", 1)
        if significance is None or significance is False:
            return None
        if significance is True:
            return cls(None, count)
        if isinstance(significance, int | np.integer):
            return cls(None, whole_number(significance, "significance", 1))
        if isinstance(significance, str):
            significance = NULLS[one_of(significance, "significance", _MOVING)]
        if not isinstance(significance, RowSurrogate) or significance.name not in _MOVING:
            raise InputError(
                "significance must be None, True, a whole number of surrogates, or a null that "
                f"moves the source ({', '.join(_MOVING)}), got {significance!r}; use True, and "
                "compare the p-value with a level"
            )
        return cls(significance, count)


def estimated(
    samples: Samples,
    estimator: Estimator,
    random_state: Any,
    n_jobs: int | None,
    standard_error: bool,
    significance: Significance,
    surrogates: int,
) -> Estimate:
    """Estimate from complete samples, with standard error and test on request.

    The arguments are those of `mutual_information`.

    Raises
    ------
    InputError, EstimationError
        As `mutual_information`.
    """
    truth(standard_error, "standard_error")
    test, random = SurrogateTest.asked(significance, surrogates), generator(random_state)
    [complete], missing = complete_rows([samples])
    estimate = estimation(complete, estimator, random, n_jobs)
    found = against_surrogates(estimate, complete, test, random)
    found = told(found, complete, estimate if standard_error else None)
    return replace(found, n_missing=missing)


def against_surrogates(
    estimate: Estimation,
    samples: Samples,
    test: SurrogateTest | None,
    random: np.random.Generator,
) -> Estimate:
    """Estimate and, on request, test against surrogates; ``random`` supplies jitter."""
    again = with_same_noise(estimate, random)
    found = again(samples)
    if test is None:
        return found
    null, drawn = surrogate_nats(again, [samples], test, random)
    # Exactly 0 is an identity (a source determined by the condition adds nothing), not an estimate:
    # it lacks the bias that surrogates have.
    identity = abs(found.nats) < ROUNDING
    return replace(
        found,
        p=1.0 if identity else float(monte_carlo_p(found.nats, drawn[:, 0])),
        null=null.name,
        null_mean_nats=0.0 if identity else float(drawn.mean()),
        surrogates=len(drawn),
        flags=(*found.flags, "drift") if _drifts(null, samples) else found.flags,
    )


def _drifts(null: RowSurrogate, samples: Samples) -> bool:
    """Return whether series to be shifted are non-stationary, which invalidates shifts.

    Of 200 pairs (300 rows, Gaussian, nominal 5 %) independent random walks were significant in
    28 %, white series with a common trend of one standard deviation in 17 %.
    """
    if not isinstance(null, CircularShift) or len(np.unique(samples.trials)) > 1:
        return False
    table = np.hstack([samples.x, samples.y])
    if memory(layout_of(samples), table, axis=1) >= _SLOW * samples.n:
        return True
    return all(_trending(part, samples) for part in (samples.x, samples.y))


def _trending(part: Floats, samples: Samples) -> bool:
    """Return whether a column of part (n, d) correlates with time beyond its autocorrelation."""
    clock = np.argsort(np.argsort(samples.times, kind="stable")).astype(float)
    clock = (clock - clock.mean())[:, np.newaxis] / clock.std()
    centred = part - part.mean(axis=0)
    slope = (centred * clock).mean(axis=0)
    left = centred - clock * slope
    rows = effective_rows(replace(samples, x=left, y=clock, given=None))
    return bool((rows * slope**2 > _TREND**2 * left.var(axis=0)).any())


def with_same_noise(estimate: Estimation, random: np.random.Generator) -> Estimation:
    """Return a function that reuses one jitter, or folds, so that differences are not noise."""
    state = random.bit_generator.state

    def again(samples: Samples) -> Estimate:
        random.bit_generator.state = state
        return estimate(samples)

    return again


def surrogate_nats(
    estimate: Estimation,
    several: Sequence[Samples],
    test: SurrogateTest,
    random: np.random.Generator,
    reach: int = 0,
) -> tuple[RowSurrogate, Floats]:
    """Estimate several samples of common rows, rearranged alike, for every surrogate.

    Parameters
    ----------
    estimate : callable
        Estimates samples.
    several : sequence of Samples
        Of the same rows; the first defines their dependence in time.
    test : SurrogateTest
        Null and number of surrogates.
    random : Generator
        Source of the surrogates.
    reach : int
        Rows added to the smallest shift of the null.

    Returns
    -------
    null : RowSurrogate
        The null used.
    nats : array, shape (surrogate, several)
    """
    null = test.null or default_null(several[0])
    sampler = sampler_of(null, several[0], root_seed(random), reach)

    def statistic(rows: Pairing) -> Floats:
        return np.array([estimate(rearranged(samples, rows)).nats for samples in several])

    return null, surrogate_statistics(sampler, statistic, test.surrogates)


def default_null(samples: Samples) -> RowSurrogate:
    """Return the default null of samples, by how their rows depend on one another.

    Rows are shifted in time, within trials, or whole trials are permuted. With a condition, rows of
    the source are permuted locally where it is similar, if they are independent given it, or if the
    source is nearly a function of it.
    """
    if samples.given is not None and _exchangeable_given(samples, samples.given):
        return LocalPermutation()
    trials = len(np.unique(samples.trials))
    if trials == 1:
        return CircularShift()
    if trials < _MANY_TRIALS:
        return TrialShift()
    layout = layout_of(samples)
    beyond = without_means_of_times(layout, np.hstack([samples.x, samples.y]))
    independent = memory(layout, beyond, axis=0) == 1
    return SequencePermutation() if independent else CircularShift(axis="sequence")


def _exchangeable_given(samples: Samples, given: Floats) -> bool:
    """Return whether source rows should be permuted locally where the condition is similar.

    Measured, KSG and Gaussian, 200 to 300 rows, nominal 5 %: noisy AR(0.95) series given the
    target's last value are significant in 21 % by local permutation, in 9 % by shifts; x and y that
    are functions of z except for a tenth, in 3 to 12 % by local permutation, in 18 to 98 % by
    shifts. Only shifts within trials, and permuted whole trials, keep what trials share or their
    levels.
    """
    nearest = nearest_rows(given, _NEIGHBOURS, np.random.default_rng(0))[:, 1:]
    layout = layout_of(samples)
    x, y = (without_trial_means(layout, part) for part in (samples.x, samples.y))
    left_x, left_y = (part - part[nearest].mean(axis=1) for part in (x, y))
    if (left_x.var(axis=0) < _FREE * x.var(axis=0)).any():
        return True
    beyond = replace(samples, x=left_x, y=left_y, given=None)
    return len(layout.grid) == 1 and effective_rows(beyond) >= _INDEPENDENT * samples.n


def sampler_of(
    null: RowSurrogate, samples: Samples, seed: np.random.SeedSequence, reach: int = 0
) -> Sampler[Pairing]:
    """Return the sampler of source rows paired with the rows of target and condition."""
    if null.needs_condition and samples.given is None:
        raise InputError(
            "significance must be a null for two variables without a condition, got "
            "local-permutation; use True or 'circular-shift', or pass given"
        )
    layout, table = layout_of(samples), np.hstack([samples.x, samples.y])
    if isinstance(null, Shift) and null.minimum is None:
        axis = null.axis_of(layout)
        if axis == 0:
            table, reach = without_means_of_times(layout, table), 0
        else:
            table = without_trial_means(layout, table)
        # Near-copies of the observation belong among the surrogates: without those within three
        # correlation lengths, independent series (AR 0.9, 100 to 300 rows) were significant in 10
        # %.
        null = null.at_least(max(memory(layout, table, axis), reach + 1))
    # The accepted nulls move rows; none draws new values.
    return cast(Sampler[Pairing], null.sampler(layout, table, seed, samples.given))


def layout_of(samples: Samples) -> Layout:
    """Lay out rows by trial and time; each row is its own later row."""
    order = np.lexsort((samples.times, samples.trials))
    trial = np.unique(samples.trials[order], return_inverse=True)[1]
    place = np.arange(samples.n) - np.searchsorted(trial, trial)
    grid = np.full((trial.max() + 1, place.max() + 1), -1)
    grid[trial, place] = order
    rows = np.arange(samples.n)
    return Layout(grid, rows, rows)


def without_means_of_times(layout: Layout, table: Floats) -> Floats:
    """Return a table (row, node) minus the mean over trials at each time."""
    centred = table.copy()
    for rows in (column[column >= 0] for column in layout.grid.T):
        centred[rows] -= centred[rows].mean(axis=0)
    return centred


def rearranged(samples: Samples, rows: Pairing) -> Samples:
    """Return the samples of a surrogate: x from its source rows, the rest from its present rows."""
    return replace(
        samples,
        x=samples.x[rows.source],
        y=samples.y[rows.now],
        given=None if samples.given is None else samples.given[rows.now],
        trials=samples.trials[rows.now],
        times=samples.times[rows.now],
    )
