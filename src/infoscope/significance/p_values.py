"""p-values from surrogates, and the number of surrogates they need."""

from math import ceil

import numpy as np
from numpy.typing import ArrayLike

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, finite_array, one_of, real_number, whole_number

ALTERNATIVES = ("greater", "less", "two-sided")
# Significance level of the one-line summary of a result.
LEVEL = 0.05
# Correction → the p or q that it judges by.
P_OF = {"none": "p", "fwer": "p_fwer", "fdr": "q", "fdr-any": "q_any"}

# Statistics of one edge that differ by less, as a share of its largest, are equal up to rounding.
EQUAL = 1e-9
# Statistics are differences of terms that may be as large as the largest statistic of all edges; a
# difference below this share of it is rounding.
ROUNDING = 1e-13


def monte_carlo_p(
    observed: ArrayLike, surrogates: ArrayLike, alternative: str = "greater"
) -> Floats:
    """Return (1 + number of surrogates as extreme) / (1 + number of surrogates).

    Parameters
    ----------
    observed : array, shape (...)
        Statistics.
    surrogates : array, shape (surrogate, ...)
        The same statistics of every surrogate.
    alternative : {"greater", "less", "two-sided"}
        Which are more extreme; two-sided is twice the smaller of the two others, 1 at most.

    Returns
    -------
    array, shape (...)
        Never below 1 / (1 + surrogates); exact if observation and surrogates are exchangeable.

    Raises
    ------
    InputError
        If shapes do not fit, a number is not finite, or there is no surrogate.

    References
    ----------
    B. Phipson, G. K. Smyth, Stat. Appl. Genet. Mol. Biol. 9, 39 (2010), equation (2).

    Examples
    --------
    >>> monte_carlo_p([3.0, 0.0], np.arange(1.0, 5.0)[:, np.newaxis]).tolist()
    [0.6, 1.0]
    """
    one_of(alternative, "alternative", ALTERNATIVES)
    value, drawn = finite_array(observed, "observed"), finite_array(surrogates, "surrogates")
    if drawn.ndim == 0 or len(drawn) == 0 or drawn.ndim != value.ndim + 1:
        raise InputError(
            f"surrogates must have shape (surrogate, ...) for observed {value.shape}, got "
            f"{drawn.shape}; stack one array of statistics for each surrogate"
        )
    scale = np.maximum(np.abs(drawn).max(axis=0), np.abs(value))
    near = np.maximum(EQUAL * scale, ROUNDING * scale.max(initial=0.0))
    upper = (1 + (drawn >= value - near).sum(axis=0)) / (1 + len(drawn))
    lower = (1 + (drawn <= value + near).sum(axis=0)) / (1 + len(drawn))
    both = np.minimum(1.0, 2.0 * np.minimum(upper, lower))
    return {"greater": upper, "less": lower, "two-sided": both}[alternative]


def surrogates_needed(
    level: float, *, edges: int = 1, correction: str = "fwer", discoveries: int = 1
) -> int:
    """Return the smallest number of surrogates with which an edge can be significant.

    Parameters
    ----------
    level : float
        Above 0 and below 1.
    edges : int
        Number of tested edges.
    correction : {"none", "fwer", "fdr", "fdr-any"}
        The maximum of all edges ("fwer") needs no more surrogates than a single edge. Benjamini and
        Hochberg's q ("fdr") of ``discoveries`` edges above all surrogates needs edges / discoveries
        times that number; Benjamini and Yekutieli's ("fdr-any") a further factor 1 + 1/2 + ... +
        1/edges.

    Raises
    ------
    InputError
        If an argument is out of range.

    Examples
    --------
    >>> surrogates_needed(0.05), surrogates_needed(0.1, edges=1100, correction="fdr")
    (19, 10999)
    >>> surrogates_needed(0.1, edges=1100, correction="fdr", discoveries=100)
    109
    """
    level = checked_level(level)
    one_of(correction, "correction", P_OF)
    edges = whole_number(edges, "edges", 1)
    together = whole_number(discoveries, "discoveries", 1, edges)
    times = edges / together if correction.startswith("fdr") else 1.0
    if correction == "fdr-any":
        times *= float((1.0 / np.arange(1, edges + 1)).sum())
    return ceil(times / level * (1.0 - EQUAL)) - 1


def checked_level(level: object) -> float:
    """Return a significance level, checked to be above 0 and below 1."""
    value = real_number(level, "level", 0.0)
    if not 0.0 < value < 1.0:
        raise InputError(f"level must be above 0 and below 1, got {level!r}; 0.05 is usual")
    return value


def enough_surrogates(surrogates: int, level: object) -> float:
    """Return a significance level, checked to be within reach of this many surrogates.

    Raises
    ------
    EstimationError
        If there are too few of them.
    """
    value = checked_level(level)
    needed = surrogates_needed(value)
    if surrogates < needed:
        raise EstimationError(
            f"surrogates must be {needed} or more for a level of {value:g}, got {surrogates}; draw "
            f"{needed} or more, raise the level or, if the data allow no more distinct surrogates, "
            "record longer or choose another null"
        )
    return value


def resolved(surrogates: int, level: float, edges: int, correction: str, first: int) -> None:
    """Check, without significant edges, that more surrogates would not have changed this.

    Raises
    ------
    EstimationError
        If the ``first`` edges, which exceed all of their surrogates, could be significant.
    """
    needed = (
        0
        if first == 0
        else surrogates_needed(level, edges=edges, correction=correction, discoveries=first)
    )
    if surrogates < needed:
        raise EstimationError(
            f"surrogates must be {needed} or more to decide whether the {first} of {edges} edges "
            f"above all of their surrogates are significant at {correction} {level:g}, got "
            f"{surrogates}; draw more, use pool=True, or threshold_fdr(unit='bits')"
        )
