"""The front door: validate the samples, hand them to an estimator, return what it says."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

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
    real_number,
    same_length,
    sample_array,
    threads,
    truth,
    whole_number,
)
from infoscope.estimation import (
    EntropyEstimator,
    Estimator,
    InformationEstimator,
    estimation,
    lagged_rows,
    samples_of,
    suits_labels,
    text_among,
    told,
)
from infoscope.estimators import KSG, Gaussian, KozachenkoLeonenko, Samples
from infoscope.estimators.ksg import MEMORY
from infoscope.results import NATS_PER_BIT, Estimate

_DEFAULT_KSG = KSG()
_DEFAULT_ENTROPY = KozachenkoLeonenko()
# The published one, whose noise sets tied values apart.
_DEFAULT_PAIRS = KSG(k=10, jitter=1e-10, jitter_unit="sd")


def mutual_information(
    x: ArrayLike,
    y: ArrayLike,
    given: ArrayLike | None = None,
    estimator: Estimator = _DEFAULT_KSG,
    trials: ArrayLike | None = None,
    times: ArrayLike | None = None,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    standard_error: bool = False,
) -> Estimate:
    """Estimate the mutual information I(X; Y), or I(X; Y | Z), from samples row by row.

    Parameters
    ----------
    x, y : array, shape (n,) or (n, d)
        Samples of X and Y, numbers or labels in text; row i of one belongs to row i of the other,
        in the order of time.
    given : array, shape (n,) or (n, d), optional
        Samples of Z: the information is then what X tells of Y beyond Z.
    estimator : InformationEstimator or "auto"
        For example ``KSG(k=4)``; "auto" picks one by what the data is and says why in the flags.
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

    Returns
    -------
    Estimate
        In nats and bits, with effective rows, ceiling and flags. May be negative near
        independence.

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
    Rev. E 100, 022404 (2019).

    Examples
    --------
    Two Gaussians with correlation 0.6 share -1/2 log2(1 - 0.36) = 0.32 bits.

    >>> import numpy as np
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 5000))
    >>> round(mutual_information(x, 0.6 * x + 0.8 * noise).bits, 1)
    0.3
    """
    truth(standard_error, "standard_error")
    samples = samples_of(x, y, given, trials, times)
    estimate = estimation(samples, estimator, generator(random_state), n_jobs)
    return told(estimate(samples), samples, estimate if standard_error else None)


def transfer_entropy(
    source: ArrayLike,
    target: ArrayLike,
    lag: int = 1,
    history: int = 1,
    source_history: int = 1,
    given: ArrayLike | None = None,
    estimator: Estimator = _DEFAULT_KSG,
    trials: ArrayLike | None = None,
    times: ArrayLike | None = None,
    given_lag: int = 1,
    history_delay: int = 1,
    source_history_delay: int = 1,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    standard_error: bool = False,
) -> Estimate:
    """Estimate the transfer entropy I(source past; target | target past, given).

    Parameters
    ----------
    source, target : array, shape (n,) or (n, d)
        Series; rows in the order of time.
    lag : int
        Rows from the latest source value to the target value.
    history : int
        Values of the target's own past to condition on; its embedding length.
    source_history : int
        Values of the source's past, back from ``lag``.
    given : array, shape (n,) or (n, d), optional
        Another series to condition on, ``given_lag`` rows before the target value.
    estimator : InformationEstimator or "auto"
        One that takes a condition: ``KSG``, ``Gaussian``, ``Discrete``, ``Binned``, ``MixedKSG``.
    trials : array, shape (n,), optional
        Trial of each row; rows of different trials are never joined. A trial is an unbroken
        stretch of rows.
    times : array, shape (n,), optional
        When each row was (`mutual_information`), increasing within a trial. Lags count rows:
        give what comes after a gap in time another trial.
    given_lag : int
        0 to condition on the value of the same row as the target value.
    history_delay, source_history_delay : int
        Rows between the values of a history; its embedding delay. The latest stays at 1 for the
        target, at ``lag`` for the source.
    random_state : int, Generator or None
        Where an estimator's jitter comes from.
    n_jobs : int
        Threads; -1 for one per core. The estimate does not depend on it.
    standard_error : bool
        Estimate it too (`mutual_information`).

    Returns
    -------
    Estimate
        In nats and bits. Its effective rows are those of the source's past and the target.

    Raises
    ------
    InputError
        As `mutual_information`; also if the histories leave too few rows.

    References
    ----------
    T. Schreiber, Phys. Rev. Lett. 85, 461 (2000), equation (4).

    Examples
    --------
    The target copies the source, a row later, with as much noise: 1/2 log2(2) = 0.5 bits.

    >>> import numpy as np
    >>> source, noise = np.random.default_rng(0).normal(size=(2, 4000))
    >>> target = np.concatenate([[0.0], source[:-1]]) + noise
    >>> round(transfer_entropy(source, target).bits, 1)
    0.5
    """
    truth(standard_error, "standard_error")
    named = {"source": source, "target": target} | ({} if given is None else {"given": given})
    series = {name: sample_array(values, name, labels=True) for name, values in named.items()}
    n = same_length(**series)
    lag, given_lag = whole_number(lag, "lag", 0), whole_number(given_lag, "given_lag", 0)
    history = whole_number(history, "history", 0)
    source_history = whole_number(source_history, "source_history", 1)
    delay = whole_number(history_delay, "history_delay", 1)
    source_delay = whole_number(source_history_delay, "source_history_delay", 1)
    own_lags = range(1, 1 + history * delay, delay)
    source_lags = range(lag, lag + source_history * source_delay, source_delay)
    longest = max(source_lags[-1], *own_lags[-1:], given_lag if given is not None else 0)
    earlier, rows = lagged_rows(n, longest, trials)
    if len(earlier) == 0:
        raise InputError(
            f"source and target must have more rows than the {longest} that lag and histories "
            f"take, got {n} in all; shorten them or give longer trials"
        )

    def past(values: Floats, lags: Sequence[int]) -> Floats:
        return np.hstack([values[rows - back] for back in lags])

    conditions = [past(series["target"], own_lags)] if history else []
    if given is not None:
        conditions.append(past(series["given"], [given_lag]))
    whole = samples_of(series["source"], series["target"], None, trials, times)
    # Without a lag the first row of a trial comes after the last of another.
    if longest and (whole.times[rows] <= whole.times[rows - 1]).any():
        raise InputError(
            "times must increase from row to row of a trial, got rows that do not follow one "
            "another; sort the rows by trial and time first"
        )
    samples = Samples(
        x=past(series["source"], source_lags),
        y=series["target"][rows],
        given=np.hstack(conditions) if conditions else None,
        trials=whole.trials[rows],
        times=whole.times[rows],
        labels=text_among(**named),
    )
    estimate = estimation(samples, estimator, generator(random_state), n_jobs)
    return told(estimate(samples), samples, estimate if standard_error else None)


def entropy(
    x: ArrayLike,
    estimator: EntropyEstimator = _DEFAULT_ENTROPY,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    standard_error: bool = False,
) -> Estimate:
    """Estimate the entropy H(X) of a variable from samples.

    Parameters
    ----------
    x : array, shape (n,) or (n, d)
        Samples, in the order of time.
    estimator : EntropyEstimator
        For example ``KozachenkoLeonenko(k=4)`` or ``Gaussian()`` for the differential entropy,
        ``Discrete()`` or ``Binned()`` for that of values or bins.
    random_state : int, Generator or None
        Where an estimator's jitter comes from.
    n_jobs : int
        Threads; -1 for one per core. The estimate does not depend on it.
    standard_error : bool
        Estimate it too (`mutual_information`).

    Returns
    -------
    Estimate
        In nats and bits. A differential entropy is relative to the unit of x; often negative.

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
    truth(standard_error, "standard_error")
    capable(estimator, "entropy", "KozachenkoLeonenko(k=4)")
    threads(n_jobs)
    # The logarithm of a Gaussian density follows itself as two series do that both follow x.
    samples, random = samples_of(x, x, None, None, None), generator(random_state)
    suits_labels(samples, estimator)

    def estimate(of: Samples) -> Estimate:
        return estimator.entropy(of.x, random, n_jobs)

    return told(estimate(samples), samples, estimate if standard_error else None)


def pairwise_information(
    data: Any,
    lag: int = 0,
    estimator: InformationEstimator = _DEFAULT_PAIRS,
    trials: ArrayLike | None = None,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    progress: bool = False,
    memory: float = MEMORY / 1e6,
) -> xr.DataArray:
    """Estimate I(source_t; target_{t+lag}) for all pairs of scalar variables.

    Parameters
    ----------
    data : array, shape (n, nodes)
        Rows are samples in the order of time; a DataFrame or DataArray lends its names.
    lag : int
        Rows between source and target.
    estimator : InformationEstimator
        For example ``KSG(k=10)``, whose algorithm 1 has an engine of its own for this.
    trials : array, shape (n,), optional
        Trial of each row; a pair of rows enters only if both are of one trial. A trial is an
        unbroken stretch of rows.
    random_state : int, Generator or None
        Where an estimator's jitter comes from.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show a progress bar.
    memory : float
        Megabytes that the engine of `KSG` may take beside data and result; columns are taken in
        blocks that fit, two of them at least. The estimates do not depend on it.

    Returns
    -------
    DataArray
        Bits, dimensions (source, target). The attributes say the ceiling, and which columns are
        constant or have ties. At lag 0 it is symmetric, and its diagonal, the
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
    threads(n_jobs)
    current, later = lagged_rows(len(table), lag, trials)
    if len(current) == 0 < len(table):
        raise InputError(
            f"lag must leave rows, got lag = {lag} for {len(table)} rows in trials no longer; "
            "lower lag or give longer trials"
        )
    budget = real_number(memory, "memory", 1.0) * 1e6
    nodes = len(names)
    wanted = np.ones((nodes, nodes), bool) if lag else np.triu(np.ones((nodes, nodes), bool), 1)
    with Progress(int(wanted.sum()), "mutual informations", progress) as bar:
        matrix = pair_informations(
            table, current, later, wanted, estimator, random_state, n_jobs, bar, trials,
            memory=budget,
        )  # fmt: skip
    matrix /= NATS_PER_BIT
    if lag == 0:
        matrix.T[wanted] = matrix[wanted]
    return xr.DataArray(
        matrix,
        dims=("source", "target"),
        coords={"source": names, "target": names},
        name="mutual_information",
        attrs={
            "units": "bit",
            "lag": lag,
            "n": len(current),
            "estimator": str(estimator),
            **_doubts(names, table, estimator, len(current)),
        },
    )


def pair_informations(
    table: Floats,
    current: NDArray[np.int64],
    later: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    estimator: InformationEstimator,
    random_state: Any,
    n_jobs: int | None,
    progress: Progress,
    trials: ArrayLike | None = None,
    times: ArrayLike | None = None,
    memory: float = MEMORY,
) -> Floats:
    """Estimate I(column a in rows ``current``; column b in rows ``later``), nats, (nodes, nodes).

    For the pairs that are wanted (nodes, nodes), NaN for others. Both columns of a pair come from
    one table (n, nodes), so that the jitter and scale of `KSG` are those of the node, not of its
    role in the pair. ``trials`` and ``times`` (n,) say which rows are near in time; without times
    the place in the table does. ``memory`` in bytes is for what is beside table and result.
    """
    capable(estimator, "mutual_information", "KSG(k=10)")
    threads(n_jobs)
    random = generator(random_state)
    if isinstance(estimator, KSG):
        table = estimator.prepared_columns(table, random)
        if estimator.theiler == 0:
            sources = _rows(table, current)
            targets = sources if later is current else _rows(table, later)
            return estimator.pairs(sources, targets, wanted, n_jobs, progress, memory)
        estimator = replace(estimator, scale="none", jitter=0.0)
    if isinstance(estimator, Gaussian):
        found = estimator.pairs(_rows(table, current), _rows(table, later), wanted)
        progress.advance(int(wanted.sum()))
        return found
    of_trial = None if trials is None else np.asarray(trials)[current]
    when = current if times is None else np.asarray(times)[current]
    matrix = np.full(wanted.shape, np.nan)
    for a, b in np.argwhere(wanted):
        samples = samples_of(table[current, a], table[later, b], None, of_trial, when)
        matrix[a, b] = estimator.mutual_information(samples, random, n_jobs).nats
        progress.advance()
    return matrix


def _doubts(names: list[str], table: Floats, estimator: Any, n: int) -> dict[str, Any]:
    """Return the ceiling in bits, and which columns are constant or have ties."""
    ordered = np.sort(table, axis=0)
    same = ordered[1:] == ordered[:-1]
    ceiling = getattr(estimator, "ceiling_nats", None)
    return {
        "ceiling_bits": float("inf") if ceiling is None else ceiling(n) / NATS_PER_BIT,
        "constant": [names[c] for c in np.flatnonzero(same.all(axis=0))],
        "ties": [names[c] for c in np.flatnonzero(same.any(axis=0))],
    }


def _rows(table: Floats, rows: NDArray[np.int64]) -> Floats:
    """Return rows of a table, without copying an unbroken stretch of them."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
        return table[rows[0] : rows[-1] + 1]
    return table[rows]


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
