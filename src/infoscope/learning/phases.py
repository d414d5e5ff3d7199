"""Phases of a curve over training: compression, turns, change of slope, crossing of a level.

Curves are arrays with the dimension epoch; all other dimensions (seed, sigma, ...) are kept.
"""

from typing import Any

import numpy as np
import xarray as xr
from scipy.stats import t as student

from infoscope._errors import InputError
from infoscope._validate import Floats, finite_array, real_number, truth, whole_number
from infoscope.learning.curves import checked_curve, curve_epochs
from infoscope.learning.held_out.jackknife import jackknife_error

# Smallest fall since the maximum, relative to the rise, that counts as compression.
_LEAST = 0.05
# Residuals smaller than this share of the curve are rounding errors.
_ROUNDING = 1e-12


def compression(
    curve: xr.DataArray, replicates: xr.DataArray, *, confidence: float = 0.95
) -> xr.Dataset:
    """Test whether an information curve falls after its maximum, and by how much.

    Parameters
    ----------
    curve : DataArray, dimension epoch and any others
        Information, for example ``probe_lower`` of a `held_out_plane`.
    replicates : DataArray, dimensions of the curve and block
        Estimates without one block of rows each, for example ``probe_lower_replicates``.
    confidence : float
        Confidence level of the one-sided lower bound.

    Returns
    -------
    Dataset
        ``onset`` (epoch of the maximum, the first of several), ``loss`` (maximum - end, in the
        unit of the curve), its ``loss_lower`` bound, ``relative_loss`` = (maximum - end) /
        (maximum - first value; inf where it is the maximum, 0 for a constant curve),
        ``compresses``: the bound is above 0 and the relative loss above 0.05.

    Raises
    ------
    InputError
        If a curve has no epochs, is not finite, or replicates do not fit it.

    References
    ----------
    The bound is Student's with b - 1 degrees of freedom, on the error of a delete-block
    jackknife (H. R. Künsch, Ann. Stat. 17, 1217 (1989)) of the loss since that onset.

    Notes
    -----
    A fall at one resolution only is a change of scale: test absolute and relative noise.

    Examples
    --------
    >>> curve = xr.DataArray([1.0, 3.0, 2.0], coords={"epoch": [0, 10, 20]}, dims="epoch")
    >>> replicates = curve + xr.DataArray([-0.01, 0.01], dims="block")
    >>> found = compression(curve, replicates)
    >>> int(found["onset"]), float(found["loss"]), float(found["relative_loss"])
    (10, 1.0, 0.5)
    """
    curve, replicates = checked_curve(curve, "curve"), checked_curve(replicates, "replicates")
    level = _share(confidence, "confidence")
    if set(replicates.dims) != {*curve.dims, "block"} or replicates.sizes["block"] < 2:
        raise InputError(
            f"replicates must have the dimensions of the curve and two blocks or more, got "
            f"{dict(replicates.sizes)} for a curve {dict(curve.sizes)}; take both from one plane"
        )
    place = curve.argmax("epoch")
    top, end = curve.max("epoch"), curve.isel(epoch=-1, drop=True)
    rise, loss = top - curve.isel(epoch=0, drop=True), top - end
    fallen = replicates.isel(epoch=place) - replicates.isel(epoch=-1)
    order = [*loss.dims, "block"]
    error = loss.copy(data=jackknife_error(fallen.transpose(*order).to_numpy()))
    lower = loss - student.ppf(level, replicates.sizes["block"] - 1) * error
    never = xr.where(loss > 0.0, np.inf, 0.0)
    relative = xr.where(rise > 0.0, loss / rise.where(rise > 0.0, 1.0), never)
    return xr.Dataset(
        {
            "onset": loss.copy(data=curve["epoch"].to_numpy()[place.to_numpy()]),
            "loss": loss,
            "loss_lower": lower,
            "relative_loss": relative,
            "compresses": (lower > 0.0) & (relative > _LEAST),
        }
    ).drop_vars("epoch", errors="ignore")


def turn_count(curve: xr.DataArray, *, threshold: xr.DataArray | float) -> xr.DataArray:
    """Count how often a curve turns between rising and falling, ignoring noise.

    A turn counts once the curve has reversed by more than the threshold from its last extreme: no
    smoothing, no dependence on the snapshot interval. The first rise or fall by more than the
    threshold is no turn.

    Parameters
    ----------
    curve : DataArray, dimension epoch and any others
        For example ``decoded_target`` of a `held_out_plane`.
    threshold : float or DataArray without epoch
        For example two standard errors of a difference; in the unit of the curve, 0 or more.

    Returns
    -------
    DataArray
        Whole numbers.

    Raises
    ------
    InputError
        If the curve has no epochs or is not finite, or a threshold is below 0.

    Examples
    --------
    >>> curve = xr.DataArray([0.0, 2.0, 1.9, 2.1, 1.0, 3.0], dims="epoch")
    >>> int(turn_count(curve, threshold=0.5)), int(turn_count(curve, threshold=0.0))
    (2, 4)
    """
    curve = checked_curve(curve, "curve")
    limits = finite_array(threshold, "threshold")
    if (limits < 0.0).any():
        raise InputError(f"threshold must be >= 0, got {limits.min():g}; give a size")
    if not isinstance(threshold, xr.DataArray):
        if limits.ndim:
            raise InputError(
                f"threshold must be a number, or a DataArray with dimensions of the curve, got an "
                f"array of shape {limits.shape}; name its dimension with xarray.DataArray"
            )
        threshold = float(limits)
    return xr.apply_ufunc(turns, curve, threshold, input_core_dims=[["epoch"], []], vectorize=True)


def change_point(curve: xr.DataArray, *, logarithmic: bool = True) -> xr.Dataset:
    """Compare one straight line with two that meet, by BIC.

    Parameters
    ----------
    curve : DataArray, dimension epoch and any others
        At least six epochs.
    logarithmic : bool
        Fit over log(1 + epoch) instead of the epoch.

    Returns
    -------
    Dataset
        ``change_epoch`` (where the two lines meet: the snapshot with the least residual),
        ``bic_difference`` (BIC of one line - BIC of two; above 10 is strong), ``slope_before``
        and ``slope_after`` (per unit of epoch, or of its logarithm).

    Raises
    ------
    InputError
        If there are too few epochs, or the curve is not finite.

    References
    ----------
    G. Schwarz, Ann. Stat. 6, 461 (1978), for n ln(RSS / n) + p ln n, with p = 3 and 5 (the
    variance and the place count).

    Notes
    -----
    Errors of successive snapshots are correlated, so that the difference overstates the evidence of
    a single curve. Only seeds are replicates.

    Examples
    --------
    >>> epochs = np.arange(0, 100, 5)
    >>> values = np.minimum(epochs, 40) + 0.0
    >>> curve = xr.DataArray(values, coords={"epoch": epochs}, dims="epoch")
    >>> found = change_point(curve, logarithmic=False)
    >>> int(found["change_epoch"]), float(found["slope_before"].round(6))
    (40, 1.0)
    """
    curve = checked_curve(curve, "curve")
    epochs = curve_epochs(curve)
    if len(epochs) < 6:
        raise InputError(
            f"curve must have six epochs or more, got {len(epochs)}; take more snapshots"
        )
    position = np.log1p(epochs) if truth(logarithmic, "logarithmic") else epochs
    place, difference, before, after = xr.apply_ufunc(
        lambda values: _two_lines(position, values),
        curve,
        input_core_dims=[["epoch"]],
        output_core_dims=[[], [], [], []],
        vectorize=True,
    )
    return xr.Dataset(
        {
            "change_epoch": place.copy(
                data=curve["epoch"].to_numpy()[place.to_numpy().astype(int)]
            ),
            "bic_difference": difference,
            "slope_before": before,
            "slope_after": after,
        }
    )


def crossing_epoch(
    curve: xr.DataArray,
    *,
    level: float,
    below: bool = False,
    run: int = 3,
    between: bool = False,
) -> xr.DataArray:
    """Return the first epoch from which a curve stays beyond a level for some snapshots.

    Parameters
    ----------
    curve : DataArray, dimension epoch and any others
        For example the signal-to-noise ratio of gradients, with level 1 and below=True.
    level : float
        In the unit of the curve.
    below : bool
        Whether to require values below the level; otherwise at or above it.
    run : int
        Number of consecutive snapshots required.
    between : bool
        Interpolate the crossing linearly from the previous snapshot, instead of returning the first
        snapshot beyond the level.

    Returns
    -------
    DataArray
        Epochs; NaN if it never stays there.

    Raises
    ------
    InputError
        If the curve has no epochs or is not finite, or an argument is out of range.

    Examples
    --------
    >>> coords = {"epoch": [0, 1, 2, 3, 5, 8]}
    >>> curve = xr.DataArray([3.0, 0.5, 2.0, 0.9, 0.8, 0.7], coords=coords, dims="epoch")
    >>> float(crossing_epoch(curve, level=1.0, below=True))
    3.0
    """
    curve = checked_curve(curve, "curve")
    level, run = real_number(level, "level"), whole_number(run, "run", 1)
    there = curve < level if truth(below, "below") else curve >= level
    epochs = curve_epochs(curve)
    limit = level if truth(between, "between") else None
    return xr.apply_ufunc(
        lambda values, flags: _first_run(epochs, values, flags, run, limit),
        curve,
        there,
        input_core_dims=[["epoch"], ["epoch"]],
        vectorize=True,
    )


def half_way_epoch(epochs: Floats, values: Floats) -> float:
    """Return the epoch from which a curve stays past the midpoint of its start and end.

    NaN where it ends where it began. For other shares, or a few consecutive snapshots instead of
    all later ones, use `crossing_epoch` of a `progress_curve`.

    Examples
    --------
    >>> half_way_epoch(np.array([0, 1, 2, 3]), np.array([0.0, 0.6, 0.4, 1.0]))
    3.0
    """
    first, last = values[0], values[-1]
    if first == last:
        return float("nan")
    there = (values - 0.5 * (first + last)) * np.sign(last - first) >= 0.0
    return float(epochs[len(there) - int(np.argmin(there[::-1]))])


def _first_run(epochs: Floats, values: Floats, flags: Any, run: int, level: float | None) -> float:
    if len(flags) < run:
        return np.nan
    lasting = np.lib.stride_tricks.sliding_window_view(flags, run).all(axis=1)
    if not lasting.any():
        return np.nan
    first = int(lasting.argmax())
    if level is None or first == 0:
        return float(epochs[first])
    way = (level - values[first - 1]) / (values[first] - values[first - 1])
    return float(epochs[first - 1] + way * (epochs[first] - epochs[first - 1]))


def turns(values: Floats, threshold: float) -> int:
    """Count the turns of one curve (`turn_count`)."""
    highest = lowest = values[0]
    direction, count = 0, 0
    for value in values[1:]:
        highest, lowest = max(highest, value), min(lowest, value)
        if direction >= 0 and highest - value > threshold:
            count += direction > 0
            direction, lowest = -1, value
        elif direction <= 0 and value - lowest > threshold:
            count += direction < 0
            direction, highest = 1, value
    return count


def _two_lines(position: Floats, values: Floats) -> tuple[float, float, float, float]:
    n = len(values)
    straight = np.column_stack([np.ones(n), position])
    places = range(2, n - 2)
    broken = [np.column_stack([straight, np.maximum(position - position[p], 0.0)]) for p in places]
    fits = [np.linalg.lstsq(design, values, rcond=None)[0] for design in (straight, *broken)]
    left = [
        float(((values - design @ fit) ** 2).sum())
        for design, fit in zip((straight, *broken), fits, strict=True)
    ]
    # A curve that is straight up to rounding has one line.
    least = max((_ROUNDING * float(np.abs(values).max(initial=0.0))) ** 2 * n, np.finfo(float).tiny)
    best = int(np.argmin(left[1:]))
    one, two = (n * np.log((max(rss, least)) / n) for rss in (left[0], left[1 + best]))
    slopes = fits[1 + best]
    difference = one - two - 2.0 * np.log(n)
    return places[best], difference, slopes[1], slopes[1] + slopes[2]


def _share(value: float, name: str) -> float:
    if not 0.0 < real_number(value, name) < 1.0:
        raise InputError(f"{name} must be between 0 and 1, got {value:g}; 0.95 is usual")
    return float(value)
