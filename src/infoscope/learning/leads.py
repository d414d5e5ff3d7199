"""Lead of an indicator over skill."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from infoscope._errors import InputError
from infoscope._validate import Floats, described, real_number, several, whole_number
from infoscope.learning.curves import checked_curve, curve_epochs
from infoscope.learning.phases import crossing_epoch

# The end of a curve is the median over this last share of the training.
_END = 0.1
# A curve needs a start and an end.
_FEWEST = 2
# A gain below this share of the curve is a rounding error.
_ROUNDING = 1e-12


def progress_curve(curve: xr.DataArray) -> xr.DataArray:
    """Return the progress of a curve from its start, 0, to its end, 1.

    p(e) = (s(e) - s(first)) / (s_end - s(first)), with s_end the median over the last tenth of
    the epochs. The progress of falling curves rises too.

    Parameters
    ----------
    curve : DataArray, dimension epoch and any others
        In any unit.

    Returns
    -------
    DataArray
        NaN for a curve that ends where it began.

    Raises
    ------
    InputError
        If the curve has no epochs or is not finite.

    Examples
    --------
    >>> curve = xr.DataArray([2.0, 3.0, 4.0], coords={"epoch": [0, 5, 10]}, dims="epoch")
    >>> progress_curve(curve).values.tolist()
    [0.0, 0.5, 1.0]
    """
    curve = checked_curve(curve, "curve")
    epochs = curve_epochs(curve)
    last = epochs >= epochs[-1] - _END * (epochs[-1] - epochs[0])
    end = curve.isel(epoch=np.flatnonzero(last)).median("epoch")
    start = curve.isel(epoch=0, drop=True)
    gained = end - start
    moves = abs(gained) > _ROUNDING * abs(curve).max("epoch")
    return ((curve - start) / gained.where(moves)).transpose(*curve.dims)


def indicator_leads(
    indicator: xr.DataArray,
    skill: xr.DataArray,
    *,
    shares: Sequence[float] = (0.1, 0.5, 0.9),
    run: int = 3,
    between: bool = False,
    until: int | None = None,
    spread: xr.DataArray | None = None,
) -> xr.Dataset:
    """Compute by how many epochs an indicator leads the skill, seed by seed.

    Parameters
    ----------
    indicator, skill : DataArray, dimension epoch and any others
        With equal epochs; for example a curve of `held_out_plane` and its held-out skill, both
        stacked over seeds (`stack_seeds`). Other dimensions are matched by name.
    shares : sequence of float
        Shares q of the progress, between 0 and 1.
    run : int
        Consecutive snapshots with progress of q or more.
    between : bool
        Interpolate t_q linearly from the previous snapshot (`crossing_epoch`), so that leads are
        not multiples of the snapshot interval.
    until : int or None
        Last epoch used, for example the analysed one: all curves are normalised to it. Otherwise an
        indicator that grows during overfitting appears late.
    spread : DataArray or None
        Spread of the activations at the same epochs, which many indicators follow.

    Returns
    -------
    Dataset
        By share: ``indicator_epoch`` and ``skill_epoch`` (t_q, the first epoch from which
        progress stays at q or more for ``run`` snapshots), ``lead`` = t_q(skill) -
        t_q(indicator), above 0 if the indicator leads, and ``log_lead``, the natural
        logarithm of their ratio. ``area_lead``: the integral of the difference of the two
        progresses over log epoch, from the first epoch above 0 on. With ``spread`` also
        ``spread_epoch`` and ``spread_lead``, of the spread over the skill. NaN where a curve never
        reaches q, or ends where it began.

    Raises
    ------
    InputError
        If epochs of the curves differ, or an argument is out of range.

    Notes
    -----
    A lead does not show that the indicator is specific: check that it stays low without learning
    (`auroc`), and that it adds to the scale of the activations (`partial_spearman`).

    Examples
    --------
    >>> epochs = np.arange(0, 101)
    >>> rises = [xr.DataArray(np.minimum(epochs / end, 1.0), coords={"epoch": epochs},
    ...                       dims="epoch") for end in (20, 60)]
    >>> indicator_leads(*rises)["lead"].values.tolist()
    [4.0, 20.0, 36.0]
    """
    shares = [_between(share) for share in several(shares, "shares", "[0.5]")]
    whole_number(run, "run", 1)
    if not shares:
        raise InputError("shares is empty; list at least one, such as 0.5 for halfway")
    curves = {
        "indicator": checked_curve(indicator, "indicator"),
        "skill": checked_curve(skill, "skill"),
    }
    if spread is not None:
        curves["spread"] = checked_curve(spread, "spread")
    epochs = curve_epochs(curves["indicator"], "indicator")
    for name, curve in curves.items():
        others = curve_epochs(curve, name)
        if not np.array_equal(epochs, others):
            raise InputError(
                f"indicator and {name} must have equal epochs, got {len(epochs)} and {len(others)} "
                "that differ; use the same snapshots for both"
            )
    if until is not None:
        kept = np.flatnonzero(epochs <= whole_number(until, "until", 0))
        if len(kept) < _FEWEST:
            raise InputError(
                f"until must leave {_FEWEST} epochs or more, got {until}, which leaves "
                f"{len(kept)} from {epochs[0]:g} on; choose a later epoch"
            )
        epochs = epochs[kept]
        curves = {name: curve.isel(epoch=kept) for name, curve in curves.items()}
    both = {name: progress_curve(curve) for name, curve in curves.items()}
    reached = {name: _reached(progress, shares, run, between) for name, progress in both.items()}
    apart = both["indicator"] - both["skill"]
    leads = xr.Dataset(
        {
            "indicator_epoch": reached["indicator"],
            "skill_epoch": reached["skill"],
            "lead": reached["skill"] - reached["indicator"],
            "log_lead": np.log(reached["skill"] / reached["indicator"]),
            "area_lead": _area(apart, epochs),
        }
    )
    if "spread" in reached:
        leads["spread_epoch"] = reached["spread"]
        leads["spread_lead"] = reached["skill"] - reached["spread"]
    return leads


def _reached(
    progress: xr.DataArray, shares: Sequence[float], run: int, between: bool
) -> xr.DataArray:
    moves = progress.notnull().all("epoch")
    whole = progress.fillna(0.0)
    each = [
        crossing_epoch(whole, level=share, run=run, between=between).where(moves)
        for share in shares
    ]
    return xr.concat(each, xr.DataArray(list(shares), dims="share", name="share"))


def _area(apart: xr.DataArray, epochs: Floats) -> xr.DataArray:
    later = np.flatnonzero(epochs > 0.0)

    def area(values: Floats) -> float:
        return float(np.trapezoid(values[later], np.log(epochs[later])))

    return xr.apply_ufunc(area, apart, input_core_dims=[["epoch"]], vectorize=True)


def _between(share: float) -> float:
    if not 0.0 < real_number(share, "shares") <= 1.0:
        raise InputError(
            f"shares must be above 0 and at most 1, got {described(share)}; 0.5 is halfway"
        )
    return float(share)
