"""Entropy and pairwise information of validated samples."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from infoscope._errors import EstimationError, InputError
from infoscope._progress import Progress
from infoscope._validate import (
    Floats,
    capable,
    finite_array,
    generator,
    real_number,
    threads,
    truth,
    whole_number,
)
from infoscope.estimators import KSG, Auto, Gaussian, Samples, resolved
from infoscope.estimators._collinearity import constant_columns
from infoscope.estimators.auto import PAIRS
from infoscope.estimators.estimate import NATS_PER_BIT, Estimate
from infoscope.estimators.ksg import MEMORY
from infoscope.estimators.protocols import Entropy, GroupPairs, Jittered, MutualInformation
from infoscope.measures.estimation import (
    Estimator,
    lagged_rows,
    samples_of,
    suits_labels,
    times_of,
    told,
)
from infoscope.measures.missing import check_of
from infoscope.measures.pair_reasons import (
    Pair,
    both_ways,
    ceilings_of,
    doubts,
    limits_of,
    reasons_of,
    sentences,
)

_ONE_PAIR = np.array([[False, True], [False, False]])


def entropy(
    x: ArrayLike,
    *,
    estimator: Entropy | str = "auto",
    random_state: Any = 0,
    n_jobs: int | None = -1,
    standard_error: bool = False,
) -> Estimate:
    """Estimate the entropy H(X) of a variable from samples.

    Parameters
    ----------
    x : array, shape (n,) or (n, d)
        Samples, in time order.
    estimator : "auto" or Entropy
        "auto" takes the discrete entropy if nearly all values recur, and the differential entropy
        if none does; the flags say which. Or, for example, ``KozachenkoLeonenko(k=4)`` or
        ``Gaussian()`` for the differential entropy, ``Discrete()`` or ``Binned()`` for the entropy
        of values or bins.
    random_state : int, Generator or None
        Source of an estimator's jitter.
    n_jobs : int
        Threads; -1 for one per core. The estimate does not depend on it.
    standard_error : bool
        Also estimate the standard error (`mutual_information`).

    Returns
    -------
    Estimate
        In nats and bits. A differential entropy depends on the unit of x and is often negative. A
        discrete entropy ("auto" corrects its bias) is never clipped to the logarithm of the number
        of observed values; if it is larger, it has the flag ``above-uniform``.

    Raises
    ------
    InputError
        If x is not numeric, not finite or has no more rows than k.
    EstimationError
        If ties make the entropy minus infinity.

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
    chosen = resolved(estimator)
    capable(chosen, Entropy, "KozachenkoLeonenko(k=4)")
    threads(n_jobs)
    # The log-density of a Gaussian has the autocorrelation r(l)^2, as Bartlett's product for x, x.
    samples, random = samples_of(x, x, None, None, None), generator(random_state)
    suits_labels(samples, chosen)

    def estimate(of: Samples) -> Estimate:
        return chosen.entropy(of.x, random, n_jobs)

    return told(estimate(samples), samples, estimate if standard_error else None)


def pairwise_information(
    data: Any,
    *,
    lag: int = 0,
    estimator: Estimator = "auto",
    trials: ArrayLike | None = None,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    progress: bool = False,
    memory: float = MEMORY / 1e6,
    times: ArrayLike | None = None,
    missing: str = "refuse",
) -> xr.DataArray:
    """Estimate I(source_t; target_{t+lag}) for all pairs of scalar variables.

    Parameters
    ----------
    data : array, shape (n, nodes)
        Rows are samples in time order; a DataFrame or DataArray provides the names.
    lag : int
        Rows between source and target.
    estimator : "auto", "published" or MutualInformation
        "auto" counts pairs of columns with few values and takes ``KSG(k=4, scale="rank")`` for
        all others, with ties broken at random, once; algorithm 1 of `KSG` has a dedicated engine
        for pairs.
    trials : array, shape (n,), optional
        Trial of each row; source and target rows must be in the same trial. A trial is an
        unbroken stretch of rows.
    random_state : int, Generator or None
        Source of an estimator's jitter.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show a progress bar.
    memory : float
        Megabytes for the `KSG` engine in addition to data and result; columns are processed in
        blocks that fit, at least two at a time. The estimates do not depend on it.
    times : array, shape (n,), optional
        Time of each row, a number or date, increasing within a trial; a pair of rows with a gap
        between them (a step of more than 1.5 times the shortest) is left out.
    missing : {"refuse", "pairwise"}
        Treatment of NaN: refuse it, or estimate each pair from the rows in which both are known;
        their number is then the coordinate ``n`` (source, target), and a pair with too few rows is
        NaN, with the reason in the attribute ``not_estimated``.

    Returns
    -------
    DataArray
        Bits, dimensions (source, target). Attributes: the ceiling, columns that are constant, have
        ties or are ``copies`` of one another, and reasons why pairs are NaN (``not_estimated``) or
        at the ceiling for this number of samples (``saturated``). At lag 0 it is symmetric, with
        NaN on the diagonal, which is infinite for continuous variables.

    Raises
    ------
    InputError
        If data is not a finite table, lag or trials do not match it, or too few rows remain.

    Examples
    --------
    >>> import numpy as np
    >>> walk = np.random.default_rng(0).normal(size=(500, 3)).cumsum(axis=0)
    >>> pairwise_information(walk, lag=1).shape
    (3, 3)
    """
    estimator = resolved(estimator)
    names, table = named_columns(data, missing)
    lag = whole_number(lag, "lag", 0)
    threads(n_jobs)
    current, later = lagged_rows(len(table), lag, trials, times)
    if len(current) == 0 < len(table):
        raise InputError(
            f"lag must leave rows, got lag = {lag} for {len(table)} rows in trials no longer than "
            "that; lower lag or give longer trials without gaps"
        )
    budget = real_number(memory, "memory", 1.0) * 1e6
    nodes = len(names)
    wanted = np.ones((nodes, nodes), bool) if lag else np.triu(np.ones((nodes, nodes), bool), 1)
    when = None if times is None else times_of(times)
    with Progress(int(wanted.sum()), "mutual informations", progress) as bar:
        estimate = partial(
            pair_informations, estimator=estimator, random_state=random_state, n_jobs=n_jobs,
            progress=bar, memory=budget,
        )  # fmt: skip
        matrix, counts, reasons = _of_known_rows(
            estimate, table, current, later, wanted, trials, when
        )
    ceilings = ceilings_of(estimator, counts)
    limited = limits_of(matrix, ceilings, _rows(table, current), _rows(table, later))
    matrix /= NATS_PER_BIT
    if lag == 0:
        matrix.T[wanted] = matrix[wanted]
        reasons, limited = both_ways(reasons), both_ways(limited)
    of_pairs = {} if missing == "refuse" else {"n": (("source", "target"), counts)}
    return xr.DataArray(
        matrix,
        dims=("source", "target"),
        coords={"source": names, "target": names, **of_pairs},
        name="mutual_information",
        attrs={
            "units": "bit",
            "lag": lag,
            "n": len(current),
            "estimator": str(estimator),
            **doubts(names, table, estimator, len(current)),
            "not_estimated": sentences(names, reasons),
            "saturated": sentences(names, limited),
        },
    )


def _of_known_rows(
    estimate: Callable[..., Floats],
    table: Floats,
    current: NDArray[np.int64],
    later: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    trials: ArrayLike | None,
    times: Floats | None,
) -> tuple[Floats, NDArray[np.int64], dict[Pair, str]]:
    """Estimate every wanted pair from the rows in which both columns are known (not NaN).

    Returns nats and numbers of rows, both (nodes, nodes), and the reasons for NaN. Columns without
    missing values are estimated together, all other pairs one by one.
    """
    absent = np.isnan(table)
    known_now, known_later = (~absent[rows] for rows in (current, later))
    counts = known_now.T.astype(np.int64) @ known_later
    whole = np.flatnonzero(~absent.any(axis=0))
    among = np.ix_(whole, whole)
    matrix, reasons = np.full(wanted.shape, np.nan), {}
    columns = table if len(whole) == len(counts) else table[:, whole]
    if wanted[among].any():
        told: dict[Pair, str] = {}
        matrix[among] = estimate(
            columns, current, later, wanted[among], trials=trials, times=times, reasons=told
        )
        reasons = {(int(whole[a]), int(whole[b])): why for (a, b), why in told.items()}
    left = wanted.copy()
    left[among] = False
    for a, b in np.argwhere(left):
        rows = np.flatnonzero(known_now[:, a] & known_later[:, b])
        pair = np.column_stack([table[current[rows], a], table[later[rows], b]])
        own, here = np.arange(len(rows)), current[rows]
        of_trial = None if trials is None else np.asarray(trials)[here]
        when = here if times is None else times[here]
        told = {}
        try:
            found = estimate(pair, own, own, _ONE_PAIR, trials=of_trial, times=when, reasons=told)
            matrix[a, b] = found[0, 1]
        except (InputError, EstimationError) as error:
            told[0, 1] = str(error)
        reasons |= {(int(a), int(b)): why for why in told.values()}
    return matrix, counts, reasons


def pair_informations(
    table: Floats,
    current: NDArray[np.int64],
    later: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    estimator: Estimator,
    random_state: Any,
    n_jobs: int | None,
    progress: Progress,
    trials: ArrayLike | None = None,
    times: ArrayLike | None = None,
    memory: float = MEMORY,
    reasons: dict[Pair, str] | None = None,
    scores: Callable[[NDArray[np.int64]], Floats] | None = None,
) -> Floats:
    """Estimate I(column a in rows ``current``; column b in rows ``later``), nats, (nodes, nodes).

    NaN for pairs that are not wanted (nodes, nodes) or have no estimate; ``reasons`` receives the
    reason: a constant node, unless the estimator adds noise. Both columns of a pair come from one
    table (n, nodes), so that `KSG` jitters and scales each node once. ``trials`` and ``times``
    (n,), by default the row number, define which rows are near in time. ``memory`` in bytes.
    ``scores`` returns the normal scores of rows for `Gaussian(copula=True)`, which computes them
    otherwise.
    """
    chosen: Any = resolved(estimator)
    capable(chosen, MutualInformation, "KSG(k=10)")
    threads(n_jobs)
    random = generator(random_state)
    sources, targets = _rows(table, current), _rows(table, later)
    told = {} if reasons is None else reasons
    if isinstance(chosen, GroupPairs):
        near = (
            None if trials is None else np.asarray(trials)[current],
            current if times is None else np.asarray(times)[current],
        )
        found = chosen.group_pairs(sources, targets, wanted, random, n_jobs, near, told)
        progress.advance(int(wanted.sum()))
        return found
    if isinstance(chosen, Gaussian):
        known = None if scores is None else (scores(current), scores(later))
        found = chosen.pairs(sources, targets, wanted, known)
        told.update(reasons_of(wanted & np.isnan(found), sources, targets))
        progress.advance(int(wanted.sum()))
        return found
    if not _adds_noise(chosen):
        still = constant_columns(sources)[:, np.newaxis] | constant_columns(targets)
        told.update(reasons_of(wanted & still, sources, targets))
        wanted = wanted & ~still
    if isinstance(chosen, Auto):
        counted = chosen.counted(table, wanted)
        matrix = pair_informations(
            table, current, later, wanted & ~counted, PAIRS["others"], random, n_jobs, progress,
            trials, times, memory, told,
        )  # fmt: skip
        found = PAIRS["counted"].pairs(sources, targets, counted, n_jobs, progress)
        return np.where(counted, found, matrix)
    if isinstance(chosen, KSG):
        table = chosen.prepared_columns(table, random)
        if chosen.theiler == 0:
            sources = _rows(table, current)
            targets = sources if later is current else _rows(table, later)
            return chosen.pairs(sources, targets, wanted, n_jobs, progress, memory)
        chosen = replace(chosen, scale="none", jitter=0.0)
    of_trial = None if trials is None else np.asarray(trials)[current]
    when = current if times is None else np.asarray(times)[current]
    matrix = np.full(wanted.shape, np.nan)
    for a, b in np.argwhere(wanted):
        samples = samples_of(table[current, a], table[later, b], None, of_trial, when)
        try:
            matrix[a, b] = chosen.mutual_information(samples, random, n_jobs).nats
        except EstimationError as error:
            told[int(a), int(b)] = str(error)
        progress.advance()
    return matrix


def _adds_noise(estimator: object) -> bool:
    return isinstance(estimator, Jittered) and estimator.jitter > 0.0


def _rows(table: Floats, rows: NDArray[np.int64]) -> Floats:
    """Return rows of a table; consecutive rows are not copied."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
        return table[rows[0] : rows[-1] + 1]
    return table[rows]


def named_columns(data: Any, missing: str | None = None) -> tuple[list[str], Floats]:
    """Return the column names and the (n, nodes) values of a table of samples.

    ``missing`` is "refuse" or "pairwise" (NaN stay) if the caller has that option.
    """
    if hasattr(data, "columns"):
        names = [str(name) for name in data.columns]
    elif isinstance(data, xr.DataArray) and data.ndim == 2 and data.dims[1] in data.coords:
        names = [str(name) for name in data.coords[data.dims[1]].to_numpy()]
    else:
        names = []
    check = {} if missing is None else check_of(missing)
    try:
        table = finite_array(data, "data", **check)
    except InputError:
        _tell_column(data, check)
        raise
    if table.ndim != 2 or table.shape[1] == 0:
        raise InputError(
            f"data must have shape (n, nodes) with at least one node, got {table.shape}; "
            "rows are samples, columns are nodes"
        )
    return names or [str(i) for i in range(table.shape[1])], table


def _tell_column(data: Any, check: Mapping[str, Any]) -> None:
    """Raise an error that names the first invalid column of a DataFrame, if any."""
    if not isinstance(data, pd.DataFrame):
        return
    for place, name in enumerate(data.columns):
        try:
            finite_array(data.iloc[:, place], f"data[{name!r}]", **check)
        except InputError as error:
            raise InputError(
                f"{error}; or leave the column out with data.drop(columns=[{name!r}])"
            ) from error
