"""Mutual information of two variables, or beyond a third one."""

from typing import Any

from numpy.typing import ArrayLike

from infoscope.estimators.estimate import Estimate
from infoscope.measures.estimation import Estimator, samples_of
from infoscope.significance.one_number import Significance, estimated


def mutual_information(
    x: ArrayLike,
    y: ArrayLike,
    *,
    given: ArrayLike | None = None,
    estimator: Estimator = "auto",
    trials: ArrayLike | None = None,
    times: ArrayLike | None = None,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    standard_error: bool = False,
    significance: Significance = None,
    surrogates: int = 199,
    missing: str = "refuse",
) -> Estimate:
    """Estimate the mutual information I(X; Y), or I(X; Y | Z), from samples row by row.

    Parameters
    ----------
    x, y : array, shape (n,) or (n, d)
        Samples of X and Y; row i of one belongs to row i of the other, in the order of time.
    given : array, shape (n,) or (n, d), optional
        Samples of Z: the information is then what X tells of Y beyond Z.
    estimator : "auto", "published" or MutualInformation
        "auto" takes what suits the samples (ties, labels, counts, coordinates, units) and says in
        ``estimator`` and ``flags`` what and why; "published" is what the paper takes; or, for
        example, ``KSG(k=4)``.
    trials : array, shape (n,), optional
        Trial of each row; only rows of one trial are near in time.
    times : array, shape (n,), optional
        When each row was; by default its place in its trial. What a Theiler window counts in.
    random_state : int, Generator or None
        Where an estimator's jitter, folds or noise come from.
    n_jobs : int
        Threads; -1 for one per core. The estimate does not depend on it.
    standard_error : bool
        Estimate it too, from how much 2 to 10 stretches of the rows scatter, whole trials where
        there are enough: the time of some ten estimates. It is known to a fifth of itself, too
        small by a quarter where a tenth of the rows is no more than 3 k, and too large where
        the estimator scatters as 1/n, as `Gaussian` does for independent variables.
    significance : True, int, str, null or None
        Test it against surrogates (`Estimate.p`). True takes the default null, an int so many of
        its surrogates; a name or null of `describe_nulls` takes that one. The default asks
        whether x tells of y at the same time more than at other times: x is shifted in time, by
        more than the memory of both; in 2 to 9 trials within each, in 10 or more whole trials of
        x change places, which keeps what all trials share at equal times. With ``given`` rows of
        x change places where Z is alike (or are shifted, where rows depend on one another beyond
        Z). A trend or slow drift that x and y share counts as information: take differences, or
        subtract it first, if it should not.
    surrogates : int
        How many, where ``significance`` does not say; fewer are drawn where fewer differ.
    missing : {"refuse", "pairwise"}
        What to do about NaN: refuse it, or leave out the rows in which a variable is missing
        (`Estimate.n_missing`).

    Returns
    -------
    Estimate
        In nats and bits, with effective rows, ceiling and flags; with a test also its p-value,
        the null and ``effective_bits``. May be negative near independence.

    Raises
    ------
    InputError
        If an array is not numeric, not finite, of unequal length or of no more rows than k, or
        the estimator cannot do what is asked.
    EstimationError
        If the quantity is not defined on the samples, for example an infinite information.

    References
    ----------
    Kraskov, Stögbauer, Grassberger, Phys. Rev. E 69, 066138 (2004). Effective rows: M. S.
    Bartlett, J. R. Stat. Soc. 98, 536 (1935). Standard error: C. M. Holmes, I. Nemenman, Phys.
    Rev. E 100, 022404 (2019). p-value: B. Phipson, G. K. Smyth, Stat. Appl. Genet. Mol. Biol. 9, 39
    (2010). Whole trials and shifts: `SequencePermutation`, `CircularShift`, `TrialShift`.

    Examples
    --------
    Two Gaussians with correlation 0.6 share -1/2 log2(1 - 0.36) = 0.32 bits.

    >>> import numpy as np
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 5000))
    >>> round(mutual_information(x, 0.6 * x + 0.8 * noise).bits, 1)
    0.3
    >>> mutual_information(x[:300], noise[:300], significance=99).p > 0.05
    True
    """
    samples = samples_of(x, y, given, trials, times, missing)
    return estimated(
        samples, estimator, random_state, n_jobs, standard_error, significance, surrogates
    )
