"""Multiple testing of edges: standardised statistics, their maximum, false discovery rates."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.significance.p_values import EQUAL, ROUNDING

# Standardised statistics that differ by less are equal up to rounding.
_NEAR = 1e-7


def standardised(together: Floats, alike: NDArray[np.bool_]) -> Floats:
    """Return how many standard deviations each value lies above the mean of the others.

    Parameters
    ----------
    together : array, shape (1 + surrogate, edge)
        The observation first, then the surrogates.
    alike : array of bool, shape (1 + surrogate, 1 + surrogate)
        Pairs excluded from each other's mean and deviation: each with itself, and near-copies.

    Notes
    -----
    For the observed value it is (s - mu_e) / sigma_e. If surrogates were standardised by a mean and
    deviation that include themselves, the observation alone would be excluded from its own; the
    family-wise error of 380 independent edges at a level of 5 % was then 76 % for 19 surrogates and
    13 % for 99. Leaving out each value itself gives 5 to 7 %. Circular shifts by nearly the same
    time resemble one another: for 30 slow edges (S0, 300 rows, 400 samples) the error was 31 % with
    them and 5 % without.

    Each edge has its own scale, so that an edge whose statistics hardly vary, as of a tonic unit,
    affects no other edge. 0 where all others equal the value, infinite where they equal only each
    other.

    Examples
    --------
    >>> values = np.array([[4.0], [1.0], [2.0], [3.0]])
    >>> standardised(values, np.eye(4, dtype=bool)).tolist()[0]
    [2.0]
    """
    scale = np.abs(together).max(axis=0, initial=0.0)
    rounding = ROUNDING * scale.max(initial=0.0)
    others = (~alike).astype(np.float64)
    number = others.sum(axis=1, keepdims=True)
    centred = together - together.mean(axis=0)
    mean = others @ centred / number
    squares = np.maximum(others @ centred**2 - number * mean**2, 0.0)
    sd, apart = np.sqrt(squares / (number - 1.0)), centred - mean
    flat = sd <= np.maximum(_NEAR * scale, rounding)
    apart[np.abs(apart) <= np.maximum(EQUAL * scale, rounding)] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        found = apart / np.where(flat, 0.0, sd)
    found[flat & (apart == 0.0)] = 0.0
    return found


def exceedances(values: Floats, drawn: Floats) -> NDArray[np.int64]:
    """Count, for each value, how many drawn values (any shape) are as large."""
    ordered = np.sort(drawn, axis=None)
    with np.errstate(invalid="ignore"):
        lowest = values - _NEAR * np.maximum(1.0, np.abs(values))
    lowest = np.where(np.isinf(values), values, lowest)
    return len(ordered) - np.searchsorted(ordered, lowest, "left")


def pooled_p(scores: Floats, classes: NDArray[np.int64]) -> Floats:
    """Return p of each edge from the surrogates of all edges of its class."""
    p = np.empty(scores.shape[1])
    for of_class in np.unique(classes):
        members = classes == of_class
        drawn = scores[1:, members]
        p[members] = (1.0 + exceedances(scores[0, members], drawn)) / (1.0 + drawn.size)
    return p


def single_step_p(values: Floats, maxima: Floats) -> Floats:
    """Return family-wise p of each value from the surrogates' maxima.

    References
    ----------
    T. E. Nichols, A. P. Holmes, Hum. Brain Mapp. 15, 1 (2002), single threshold test.
    """
    return (1.0 + exceedances(values, maxima).astype(np.float64)) / (1.0 + len(maxima))


def step_down_p(scores: Floats) -> Floats:
    """Return step-down p of each edge, never larger than single-step.

    References
    ----------
    P. H. Westfall, S. S. Young, Resampling-Based Multiple Testing, Wiley (1993), the free
    step-down method with maxima of statistics.

    Examples
    --------
    >>> scores = np.array([[5.0, 2.0], [3.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
    >>> step_down_p(scores).tolist()
    [0.25, 0.25]
    """
    order = np.argsort(-scores[0], kind="stable")
    ranked = scores[:, order]
    # Running maxima: over the lowest edge alone, the two lowest, ...
    maxima = np.maximum.accumulate(ranked[1:, ::-1], axis=1)[:, ::-1]
    above = [exceedances(t, of_rest)[0] for t, of_rest in zip(ranked[:1].T, maxima.T, strict=True)]
    p = (1.0 + np.array(above)) / len(scores)
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(p)
    return adjusted


def edge_classes(nodes: pd.DataFrame) -> np.ndarray:
    """Return the edge class (both roles) of every pair, (source, target); "all" without roles."""
    if "role" not in nodes:
        return np.full((len(nodes), len(nodes)), "all", dtype=object)
    roles = nodes["role"].to_numpy()
    return np.array([[f"{a}→{b}" for b in roles] for a in roles], dtype=object)
