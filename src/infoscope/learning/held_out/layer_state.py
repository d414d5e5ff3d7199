"""Statistics of a layer's states: spread, saturation, dimension, shared information."""

import numpy as np
import xarray as xr

from infoscope._validate import Floats
from infoscope.learning.held_out.smoothed_gaussian import SmoothedGaussian
from infoscope.measures.complexity import tse_complexity
from infoscope.measures.multivariate import o_information, total_correlation

# Saturation of a tanh node: beyond it the slope is below a tenth.
SATURATED = 0.95


def state_measures(
    states: Floats, estimator: SmoothedGaussian, subsets: int, seed: int, n_jobs: int | None
) -> dict[str, xr.DataArray]:
    """Return statistics of states (n, node) that use neither input nor target.

    Shared information omits constant nodes; it is 0 for fewer than two.
    """
    varying = states[:, np.ptp(states, axis=0) > 0.0]
    shared = {"total_correlation": 0.0, "o_information": 0.0, "tse_complexity": 0.0}
    error = 0.0
    if varying.shape[1] > 1:
        complexity = tse_complexity(
            varying, subsets=subsets, estimator=estimator, random_state=seed, n_jobs=n_jobs
        )
        error = complexity.standard_error_bits
        shared = {
            "total_correlation": total_correlation(varying, estimator=estimator).bits,
            "o_information": o_information(varying, estimator=estimator).bits,
            "tse_complexity": complexity.bits,
        }
    in_bits = {**shared, "tse_complexity_error": error}
    plain = {
        "spread": float(states.std(axis=0).mean()),
        "saturation": float((np.abs(states) > SATURATED).mean()),
        "participation_ratio": participation_ratio(states),
        "still_nodes": float(states.shape[1] - varying.shape[1]),
    }
    return {
        **{name: xr.DataArray(value, attrs={"units": "bit"}) for name, value in in_bits.items()},
        **{name: xr.DataArray(value, attrs={"units": "1"}) for name, value in plain.items()},
    }


def participation_ratio(states: Floats) -> float:
    """Return the participation ratio of states (n, node): (sum of eigenvalues)^2 / sum of squares.

    Eigenvalues of the covariance matrix; between 1 and the number of nodes, 0 if nothing varies.

    Examples
    --------
    >>> states = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> round(participation_ratio(states), 6)
    2.0
    """
    size = np.ptp(states)
    if size == 0.0:
        return 0.0
    centred = (states - states.mean(axis=0)) / size  # squares of tiny numbers are 0
    covariance = centred.T @ centred
    squares = float((covariance**2).sum())
    return float(np.trace(covariance) ** 2 / squares) if squares > 0.0 else 0.0
