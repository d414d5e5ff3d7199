"""The order of all pairs, likeliest connections first, that suits the data."""

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.estimators._samples import scaled, zscored
from infoscope.flow.connectivity.influence_result import OneStepInfluence
from infoscope.flow.connectivity.one_step import one_step_influence
from infoscope.flow.connectivity.regression import held_out
from infoscope.flow.connectivity.step_rows import StepRows
from infoscope.flow.paired_rows import PairedRows
from infoscope.measures.feedback import feedback_of

BEST = "best"
# Lags of transfer entropy.
_LAGS = (1, 2, 3)
# The error of a model of all sources as a share of that of the own past alone: above the first the
# sources cannot be told apart; below the second the past of others is known to act.
_WORSE, _ACTS = 1.1, 0.5


def best_order(
    data: Any,
    rows: PairedRows,
    epoch: int | None,
    aligned: str | bool,
    random: np.random.Generator,
    transfer: Callable[[int], Floats],
) -> tuple[xr.DataArray, str]:
    """Return the order of all pairs (source, target), larger first, and what it is.

    Where most dependence is within a row, and the past of all sources leaves more than half of the
    held-out error of a node's own past, lags do not show who acts on whom: the order of partial
    correlation within the row. Where the past of all sources together predicts worse than the own
    past alone, the sources cannot be told apart: that of transfer entropy, its largest over lags 1
    to 3, in standard deviations over the sources of each target. Otherwise that of influence within
    one step.

    Parameters
    ----------
    data, epoch, aligned
        As in `flow_measures`.
    rows : PairedRows
        Of the data, at lag 1.
    random : Generator
        Of `one_step_influence`.
    transfer : function
        Lag → transfer entropy (source, target).

    Raises
    ------
    InputError
        If the lag is not 1, or there are too few rows.
    """
    if rows.lag != 1:
        raise InputError(
            f"lag must be 1 for the measure {BEST!r}, got {rows.lag}; choose one of the others"
        )
    breaks = np.ones(len(rows.table), np.int64)
    breaks[rows.later] = 0
    scores = zscored(scaled(rows.table, "rank"))[0]
    found = one_step_influence(data, epoch=epoch, aligned=aligned, random_state=random)
    share = _share_of_own_past(found)
    if share > _ACTS and feedback_of(scores, np.cumsum(breaks)).within_row:
        values = _given_all_in_row(scores)
        return rows.matrix(values, BEST, "1"), "partial correlation within a row, shrunk by half"
    if share > _WORSE:
        largest = np.max([transfer(lag) for lag in _LAGS], axis=0)
        values = _within_targets(largest)
        return rows.matrix(values, BEST, "1"), "transfer entropy, largest of lags 1 to 3"
    order = found.order()
    about = [
        f"{name}: {model}, {order.attrs['orders'][name]}"
        for name, model in found.attrs["models"].items()
    ]
    return order, f"one-step influence; {'; '.join(about)}"


def _within_targets(values: Floats) -> Floats:
    """Return values in standard deviations over the known sources of each target."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    center = np.where(known, values, 0.0).sum(axis=0) / count
    away = values - center
    spread = np.sqrt(np.where(known, away**2, 0.0).sum(axis=0) / count)
    return away / np.where(spread > 0.0, spread, 1.0)


def _given_all_in_row(scores: Floats) -> Floats:
    """Return |partial correlation| of each pair given all others, between it and the correlation.

    Of R + I instead of the correlation matrix R: a ridge as large as the variance of each node.
    NaN where a node is constant.
    """
    together = scores.T @ scores / len(scores)
    precision = np.linalg.inv(together + np.eye(len(together)))
    size = np.sqrt(precision.diagonal())
    values: Floats = np.abs(precision / size[:, np.newaxis] / size)
    np.fill_diagonal(values, np.nan)
    still = ~scores.any(axis=0)
    values[still], values[:, still] = np.nan, np.nan
    return values


def _share_of_own_past(found: OneStepInfluence) -> float:
    """Return the largest error of a layer as a share of that by its own past alone; 0 of counts."""
    share = 0.0
    for rows, _ in found.layers:
        targets = np.flatnonzero(rows.own >= 0)
        name = rows.nodes.index[rows.targets[targets]]
        if not len(targets) or found.attrs["models"][rows.layer] == "counts":
            continue
        whole = found["unexplained"].sel(target=name).to_numpy().mean()
        share = max(share, float(whole / _left_by_own_past(rows.among(targets)).mean()))
    return share


def _left_by_own_past(rows: StepRows) -> Floats:
    """Return the held-out error of a line through each target's past, as a share of variance."""
    train, out = (rows.of(part) for part in held_out(rows))
    past, y = train.before[:, rows.own], train.after
    center, middle = past.mean(axis=0), y.mean(axis=0)
    past = past - center
    squares = (past**2).sum(axis=0)
    slope = (past * (y - middle)).sum(axis=0) / np.where(squares > 0.0, squares, 1.0)
    error = out.after - middle - slope * (out.before[:, rows.own] - center)
    return np.asarray((error**2).mean(axis=0) / out.after.var(axis=0))
