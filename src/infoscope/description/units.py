"""Properties of each unit of a recording that decide how it can be analysed."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.description.drift import drift_of
from infoscope.estimators._collinearity import constant_columns, copies
from infoscope.measures.effective_size import effective_rows_of_pairs

# A unit that differs from its commonest value in fewer rows has no dependence to estimate.
_FEWEST_CHANGES = 10
# Whole numbers from 0 up to this one are counts; above, they are rounded measurements.
_LARGEST_COUNT = 50


def unit_table(
    table: Floats,
    nodes: pd.DataFrame,
    stretches: NDArray[np.int64],
    trials: NDArray[np.int64],
    step: NDArray[np.int64],
) -> tuple[pd.DataFrame, Floats]:
    """Return one row of properties per unit, and the effective rows of each pair of units.

    Parameters
    ----------
    table : array, shape (row, unit)
        Rows in time order, sequence by sequence.
    nodes : DataFrame
        Role and layer of each unit, indexed by name.
    stretches, trials : array of int, shape (row,)
        Unbroken stretch and trial of each row.
    step : array of int, shape (row,)
        Steps since the onset of its trial.

    Returns
    -------
    units : DataFrame
        The columns that `describe` documents.
    effective : array, shape (unit, unit)
        Effective sample size for the correlation of two units.
    """
    n = len(table)
    constant = constant_columns(table)
    runs = [_runs(column) for column in table.T]
    commonest = np.array([counts.max() for _, counts in runs])
    found = nodes[["role", "layer"]].copy()
    found["mean"], found["sd"] = table.mean(axis=0), table.std(axis=0)
    found["constant"] = constant
    found["dead"] = n - commonest < min(_FEWEST_CHANGES, n)
    found["copy_of"] = _first_copies(table, list(nodes.index))
    found["values"] = [len(values) for values, _ in runs]
    found["commonest"] = commonest / n
    found["tied"] = [float(counts[counts > 1].sum()) / n for _, counts in runs]
    found["counts"] = [_is_count(values) for values, _ in runs]
    moving = np.flatnonzero(~constant)
    rows, times = np.full((len(nodes),) * 2, np.nan), np.full(len(nodes), np.nan)
    columns = {name: np.full(len(nodes), np.nan) for name in ("trial_locked", "trend", "step", "p")}
    if len(moving):
        changing = table[:, moving]
        rows[np.ix_(moving, moving)], times[moving] = effective_rows_of_pairs(changing, stretches)
        share, rest = trial_locked(changing, trials, step)
        drift = drift_of(rest, stretches)
        for name, values in zip(columns, (share, drift.trend, drift.step, drift.p), strict=True):
            columns[name][moving] = values
    found["autocorrelation_time"], found["effective_rows"] = times, rows.diagonal()
    for name, values in columns.items():
        found["drift_p" if name == "p" else name] = values
    return found.rename_axis("unit"), rows


def trial_locked(
    table: Floats, trials: NDArray[np.int64], step: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return the share of variance locked to time since onset, and the table without it.

    The share is the intraclass correlation of rows at equal time since onset: the variance of the
    mean over trials, without the part that finitely many trials leave by chance. NaN for a single
    trial.

    References
    ----------
    R. A. Fisher, Statistical Methods for Research Workers (1925), section 40.

    Examples
    --------
    Of each value, half of the variance is the same in all trials.

    >>> random = np.random.default_rng(0)
    >>> locked = np.tile(random.normal(size=50), 200)
    >>> series = (locked + random.normal(size=10000))[:, np.newaxis]
    >>> share, _ = trial_locked(series, np.repeat(np.arange(200), 50), np.tile(np.arange(50), 200))
    >>> bool(abs(share[0] - 0.5) < 0.1)
    True
    """
    n, nodes = table.shape
    counts = np.bincount(step)
    groups = len(counts)
    if trials[0] == trials[-1] or n == groups or groups < 2:
        return np.full(nodes, np.nan), table
    order = np.argsort(step, kind="stable")
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    centred = table - table.mean(axis=0)
    mean = np.add.reduceat(centred[order], first, axis=0) / counts[:, np.newaxis]
    rest = centred - mean[step]
    within = (rest**2).sum(axis=0) / (n - groups)
    between = (counts[:, np.newaxis] * mean**2).sum(axis=0) / (groups - 1)
    size = (n - (counts.astype(float) ** 2).sum() / n) / (groups - 1)
    spread = (between - within) / size
    total = spread + within
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0.0, spread / total, np.nan)
    # A unit that all trials share exactly has no rest to test for drift.
    alive = rest.std(axis=0) > 1e-12 * table.std(axis=0)
    return share, np.where(alive, rest, table)


def _runs(column: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return the distinct values of a column, and how often each occurs."""
    return np.unique(column, return_counts=True)


def _is_count(values: Floats) -> bool:
    """Whether distinct values are counts: whole numbers from 0, small, more than one of them."""
    whole = bool((values == np.rint(values)).all())
    return whole and len(values) > 1 and values[0] >= 0.0 and values[-1] <= _LARGEST_COUNT


def _first_copies(table: Floats, names: list[str]) -> list[str]:
    """Return the first unit that each unit is a linear function of, "" for none."""
    found = [""] * len(names)
    for group in copies(table):
        for member in group[1:]:
            found[member] = names[group[0]]
    return found
