"""Smallest flow that a number of rows can show, in closed form."""

from math import atanh, inf, log2, sqrt, tanh

from scipy.stats import norm
from scipy.stats import t as student

from infoscope._validate import real_number, whole_number


def smallest_flow(rows: float, edges: int, *, level: float = 0.1, power: float = 0.8) -> float:
    """Return the flow, in bits, that is detected with a given power at a false discovery rate.

    A true edge among many without flow is a discovery of Benjamini and Hochberg if its p is at
    most the level divided by the number of edges. p is that of the correlation of the source with
    the target a row later (Student's t, the F test with 1 and n - 2 degrees of freedom), whose
    Gaussian information is the flow if the two share nothing within a row. The distribution of the
    estimate follows from Fisher's z. Edges beyond the first lower the bound.

    Parameters
    ----------
    rows : float
        Effective sample size.
    edges : int
        Number of tested edges.
    level : float
        False discovery rate.
    power : float
        Probability of detection; 0.5 gives the threshold itself.

    Returns
    -------
    float
        Bits; infinite for fewer than five effective rows.

    References
    ----------
    R. A. Fisher, Metron 1, 3 (1921). Y. Benjamini, Y. Hochberg, J. R. Stat. Soc. B 57, 289 (1995).

    Examples
    --------
    >>> round(smallest_flow(1000, 380), 4)
    0.0146
    """
    edges = whole_number(edges, "edges", 1)
    real_number(level, "level", above=0.0)
    if rows < 5:
        return inf
    quantile = float(student.isf(0.5 * level / edges, rows - 2))
    threshold = quantile / sqrt(rows - 2 + quantile**2)
    r = tanh(atanh(threshold) + float(norm.ppf(power)) / sqrt(rows - 3))
    return -0.5 * log2(1.0 - r**2)
