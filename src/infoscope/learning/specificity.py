"""Whether an indicator is specific to learning, not to training or scale."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, finite_array, same_length, sample_array
from infoscope.measures.statistics import area_under_roc


def auroc(learning: ArrayLike, control: ArrayLike) -> float:
    """Return the AUROC of an indicator for runs that learn against controls.

    Parameters
    ----------
    learning, control : array, shape (n,), (m,)
        The indicator at one epoch, one value per run: runs that learn, and controls such as
        shuffled targets or untrained networks.

    Returns
    -------
    float
        The probability that a learning run has the larger value, ties counted half: 1/2 for an
        indicator that rises equally without learning.

    Raises
    ------
    InputError
        If an array is empty, not finite, or of other than one dimension.

    References
    ----------
    J. A. Hanley, B. J. McNeil, Radiology 143, 29 (1982).

    Examples
    --------
    >>> auroc([2.0, 3.0, 4.0], [1.0, 2.0])
    0.9166666666666666
    """
    first, second = _values(learning, "learning"), _values(control, "control")
    scores = np.concatenate([first, second])
    return area_under_roc(scores, np.arange(len(scores)) < len(first))


def partial_spearman(indicator: ArrayLike, skill: ArrayLike, *, given: ArrayLike) -> float:
    """Return the partial rank correlation of indicator and skill, given other variables.

    The correlation of the ranks' residuals after least squares on the ranks of ``given``.

    Parameters
    ----------
    indicator, skill : array, shape (n,)
        A value per run, or per snapshot.
    given : array, shape (n,) or (n, d)
        Confounders, such as the standard deviation of the hidden activations.

    Returns
    -------
    float
        Between -1 and 1.

    Raises
    ------
    InputError
        If arrays differ in length, have fewer than d + 3 rows, or are not finite.
    EstimationError
        If the residuals of either are zero.

    Examples
    --------
    >>> scale = np.arange(20.0)
    >>> indicator, skill = scale + [0, 3] * 10, scale + [3, 0] * 10
    >>> round(partial_spearman(indicator, skill, given=scale), 1)
    -1.0
    """
    x, y = _values(indicator, "indicator"), _values(skill, "skill")
    z = sample_array(given, "given")
    n = same_length(indicator=x, skill=y, given=z)
    if n < z.shape[1] + 3:
        raise InputError(
            f"given must have fewer columns than two below the {n} rows, got {z.shape[1]}; give "
            "more runs"
        )
    design = np.column_stack([np.ones(n), rankdata(z, axis=0)])
    left = [_left_of(rankdata(values), design) for values in (x, y)]
    sizes = [float(np.sqrt((values**2).sum())) for values in left]
    if min(sizes) <= 1e-9 * n**1.5:
        raise EstimationError(
            "the partial correlation is not defined: the ranks of indicator or skill are constant "
            "or determined by the ranks of given; omit those columns of given"
        )
    return float(left[0] @ left[1] / (sizes[0] * sizes[1]))


def _left_of(ranks: Floats, design: Floats) -> Floats:
    return ranks - design @ np.linalg.lstsq(design, ranks, rcond=None)[0]


def _values(values: ArrayLike, name: str) -> Floats:
    array = finite_array(values, name)
    if array.ndim == 2 and array.shape[1] == 1:  # such as a DataFrame with one column
        array = array[:, 0]
    if array.ndim != 1 or len(array) == 0:
        raise InputError(f"{name} must have shape (n,), got {array.shape}; give a value per run")
    return array
