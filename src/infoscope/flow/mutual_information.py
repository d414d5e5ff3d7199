"""Mutual information of two variables, optionally conditional on a third."""

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
        Samples of X and Y; row i of one belongs to row i of the other, in time order.
    given : array, shape (n,) or (n, d), optional
        Samples of Z, for the conditional information.
    estimator : "auto", "published" or MutualInformation
        "auto" chooses by the samples (ties, labels, counts, coordinates, units) and gives choice
        and reason in ``estimator`` and ``flags``; "published" is the paper's; or, for example,
        ``KSG(k=4)``.
    trials : array, shape (n,), optional
        Trial of each row; only rows of the same trial count as near in time.
    times : array, shape (n,), optional
        Time of each row; by default its position in its trial. The unit of a Theiler window.
    random_state : int, Generator or None
        Source of an estimator's jitter, folds or noise.
    n_jobs : int
        Threads; -1 for one per core. The estimate does not depend on it.
    standard_error : bool
        Estimate it too, from the scatter between 2 to 10 stretches of rows, or whole trials if
        there are enough; this costs about ten estimates. Its own relative error is a fifth. It is
        too small by a quarter if a tenth of the rows is at most 3 k, and too large if the estimator
        scatters as 1/n, as `Gaussian` does for independent variables.
    significance : True, int, str, null or None
        Test against surrogates (`Estimate.p`). True uses the default null, an int that number of
        its surrogates; or a name or null of `describe_nulls`. The default tests whether x and y
        share more at the same time than at other times: x is shifted in time by more than the
        autocorrelation of both; with 2 to 9 trials within each, with 10 or more whole trials of x
        are permuted, which keeps what all trials share at equal times. With ``given``, rows of x
        are permuted where Z is similar (or shifted, if rows depend on one another given Z). A trend
        or slow drift shared by x and y counts as information: subtract it or take differences to
        exclude it.
    surrogates : int
        Number of surrogates unless ``significance`` gives it; fewer if fewer distinct ones exist.
    missing : {"refuse", "pairwise"}
        Treatment of NaN: raise an error, or omit rows with a missing variable
        (`Estimate.n_missing`).

    Returns
    -------
    Estimate
        In nats and bits, with effective sample size, ceiling and flags; with a test also p-value,
        null and ``effective_bits``. May be negative near independence.

    Raises
    ------
    InputError
        If an array is not numeric, not finite, of unequal length or of no more rows than k, or the
        estimator does not support the request.
    EstimationError
        If the quantity is undefined on the samples, for example an infinite information.

    References
    ----------
    Kraskov, Stögbauer, Grassberger, Phys. Rev. E 69, 066138 (2004). Effective sample size: M. S.
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
