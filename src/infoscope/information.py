"""The front door: validate the samples, hand them to an estimator, return what it says."""

from typing import Any, Protocol

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from infoscope._errors import InputError
from infoscope._progress import Progress
from infoscope._validate import (
    Floats,
    capable,
    finite_array,
    generator,
    row_labels,
    same_length,
    sample_array,
    threads,
    whole_number,
)
from infoscope.estimators import KSG, KozachenkoLeonenko
from infoscope.results import NATS_PER_BIT, Estimate


class InformationEstimator(Protocol):
    """Anything that estimates mutual information from two blocks of samples."""

    def mutual_information(
        self, x: Floats, y: Floats, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y) from samples x (n, d_x) and y (n, d_y)."""
        ...


class PairEstimator(Protocol):
    """Anything that estimates mutual information for many pairs of scalars at once."""

    def prepared_columns(self, data: Floats, random: np.random.Generator) -> Floats:
        """Prepare the columns of data (n, nodes)."""
        ...

    def pairs(
        self,
        sources: Floats,
        targets: Floats,
        pairs: NDArray[np.int64],
        n_jobs: int | None,
        progress: Progress | None = None,
    ) -> Floats:
        """Estimate I(source; target), in nats, for pairs (m, 2) of prepared columns."""
        ...


class EntropyEstimator(Protocol):
    """Anything that estimates the entropy of one block of samples."""

    def entropy(self, x: Floats, random: np.random.Generator, n_jobs: int | None) -> Estimate:
        """Estimate H(X) from samples x (n, d)."""
        ...


_DEFAULT_KSG = KSG()
_DEFAULT_ENTROPY = KozachenkoLeonenko()
# The published one, whose noise sets tied values apart.
_DEFAULT_PAIRS = KSG(k=10, jitter=1e-10)


def mutual_information(
    x: ArrayLike,
    y: ArrayLike,
    estimator: InformationEstimator = _DEFAULT_KSG,
    random_state: Any = 0,
    n_jobs: int | None = -1,
) -> Estimate:
    """Estimate the mutual information I(X; Y) of two variables from paired samples.

    Parameters
    ----------
    x, y : array, shape (n,) or (n, d)
        Samples of X and Y; row i of one belongs to row i of the other.
    estimator : InformationEstimator
        For example ``KSG(k=4)``.
    random_state : int, Generator or None
        Where an estimator's jitter comes from.
    n_jobs : int
        Threads; -1 for one per core. The estimate does not depend on it.

    Returns
    -------
    Estimate
        In nats and bits, with ceiling and flags. May be negative near independence.

    Raises
    ------
    InputError
        If x or y is not numeric, not finite, of unequal length or of no more rows than k.

    References
    ----------
    Kraskov, Stögbauer, Grassberger, Phys. Rev. E 69, 066138 (2004).

    Examples
    --------
    Two Gaussians with correlation 0.6 share -1/2 log2(1 - 0.36) = 0.32 bits.

    >>> import numpy as np
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 5000))
    >>> round(mutual_information(x, 0.6 * x + 0.8 * noise).bits, 1)
    0.3
    """
    x_samples, y_samples = sample_array(x, "x"), sample_array(y, "y")
    capable(estimator, "mutual_information", "KSG(k=4)")
    threads(n_jobs)
    same_length(x=x_samples, y=y_samples)
    return estimator.mutual_information(x_samples, y_samples, generator(random_state), n_jobs)


def entropy(
    x: ArrayLike,
    estimator: EntropyEstimator = _DEFAULT_ENTROPY,
    random_state: Any = 0,
    n_jobs: int | None = -1,
) -> Estimate:
    """Estimate the differential entropy H(X) of a variable from samples.

    Parameters
    ----------
    x : array, shape (n,) or (n, d)
        Samples.
    estimator : EntropyEstimator
        For example ``KozachenkoLeonenko(k=4)``.
    random_state : int, Generator or None
        Where an estimator's jitter comes from.
    n_jobs : int
        Threads; -1 for one per core. The estimate does not depend on it.

    Returns
    -------
    Estimate
        In nats and bits, relative to the unit of x; often negative.

    Raises
    ------
    InputError
        If x is not numeric, not finite or has no more rows than k.
    EstimationError
        If so many samples are equal that the entropy is minus infinity.

    References
    ----------
    Kozachenko, Leonenko, Probl. Inf. Transm. 23, 9 (1987).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).uniform(0, 4, size=5000)
    >>> round(entropy(x).bits, 1)
    2.0
    """
    capable(estimator, "entropy", "KozachenkoLeonenko(k=4)")
    threads(n_jobs)
    return estimator.entropy(sample_array(x, "x"), generator(random_state), n_jobs)


def pairwise_information(
    data: Any,
    lag: int = 0,
    estimator: PairEstimator = _DEFAULT_PAIRS,
    trials: ArrayLike | None = None,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    progress: bool = False,
) -> xr.DataArray:
    """Estimate I(source_t; target_{t+lag}) for all pairs of scalar variables.

    Parameters
    ----------
    data : array, shape (n, nodes)
        Rows are samples in the order of time; a DataFrame or DataArray lends its names.
    lag : int
        Rows between source and target.
    estimator : PairEstimator
        For example ``KSG(k=10)``.
    trials : array, shape (n,), optional
        Trial of each row; a pair of rows enters only if both are of one trial.
    random_state : int, Generator or None
        Where an estimator's jitter comes from.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show a progress bar.

    Returns
    -------
    DataArray
        Bits, dimensions (source, target). At lag 0 it is symmetric, and its diagonal, the
        information of a variable about itself, is infinite for a continuous variable: NaN.

    Raises
    ------
    InputError
        If data is not a finite table, lag or trials do not fit it, or too few rows remain.

    Examples
    --------
    >>> import numpy as np
    >>> walk = np.random.default_rng(0).normal(size=(500, 3)).cumsum(axis=0)
    >>> pairwise_information(walk, lag=1).shape
    (3, 3)
    """
    names, table = named_columns(data)
    lag = whole_number(lag, "lag", 0)
    capable(estimator, "pairs", "KSG(k=10)")
    threads(n_jobs)
    current, later = _lagged_rows(len(table), lag, trials)
    prepared = estimator.prepared_columns(table, generator(random_state))
    sources, targets = prepared[current], prepared[later]
    nodes = len(names)
    if lag == 0:
        pairs = np.argwhere(np.triu(np.ones((nodes, nodes), bool), 1))
    else:
        pairs = np.argwhere(np.ones((nodes, nodes), bool))
    with Progress(len(pairs), "mutual informations", progress) as bar:
        nats = estimator.pairs(sources, targets, pairs, n_jobs, bar)
    matrix = np.full((nodes, nodes), np.nan)
    matrix[pairs[:, 0], pairs[:, 1]] = nats / NATS_PER_BIT
    if lag == 0:
        matrix[pairs[:, 1], pairs[:, 0]] = nats / NATS_PER_BIT
    return xr.DataArray(
        matrix,
        dims=("source", "target"),
        coords={"source": names, "target": names},
        name="mutual_information",
        attrs={"units": "bit", "lag": lag, "n": len(current), "estimator": str(estimator)},
    )


def named_columns(data: Any) -> tuple[list[str], Floats]:
    """Return the column names and the (n, nodes) values of a table of samples."""
    if hasattr(data, "columns"):
        names = [str(name) for name in data.columns]
    elif isinstance(data, xr.DataArray) and data.ndim == 2 and data.dims[1] in data.coords:
        names = [str(name) for name in data.coords[data.dims[1]].to_numpy()]
    else:
        names = []
    table = finite_array(data, "data")
    if table.ndim != 2 or table.shape[1] == 0:
        raise InputError(
            f"data must have shape (n, nodes) with at least one node, got {table.shape}; "
            "rows are samples, columns are nodes"
        )
    return names or [str(i) for i in range(table.shape[1])], table


def _lagged_rows(
    n: int, lag: int, trials: ArrayLike | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    lag = min(lag, n)
    current = np.arange(n - lag)
    if trials is None:
        return current, current + lag
    labels = row_labels(trials, "trials", n)
    current = current[labels[current] == labels[current + lag]]
    return current, current + lag
