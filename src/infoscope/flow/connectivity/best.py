"""The order of all pairs, likeliest connections first, that suits the data."""

from typing import Any

import numpy as np
import xarray as xr

from infoscope._errors import InputError
from infoscope.estimators._samples import scaled, zscored
from infoscope.flow.connectivity.one_step import one_step_influence
from infoscope.flow.paired_rows import PairedRows
from infoscope.measures.feedback import feedback_of

BEST = "best"


def within_row(rows: PairedRows) -> bool:
    """Whether nodes act on each other within a row, so that lags do not show who acts on whom.

    Raises
    ------
    InputError
        If the lag is not 1.
    """
    if rows.lag != 1:
        raise InputError(
            f"lag must be 1 for the measure {BEST!r}, got {rows.lag}; choose one of the others"
        )
    breaks = np.ones(len(rows.table), np.int64)
    breaks[rows.later] = 0
    scores = zscored(scaled(rows.table, "rank"))[0]
    return feedback_of(scores, np.cumsum(breaks)).within_row


def one_step_order(
    data: Any, epoch: int | None, aligned: str | bool, random: np.random.Generator
) -> tuple[xr.DataArray, str]:
    """Return the order of all pairs by their influence within one step, and what it is."""
    found = one_step_influence(data, epoch=epoch, aligned=aligned, random_state=random)
    order = found.order()
    about = [f"{name}: {model}, {order.attrs['orders'][name]}"
             for name, model in found.attrs["models"].items()]  # fmt: skip
    return order, f"one-step influence; {'; '.join(about)}"
