"""Validity checks of the points of a corrected plane; figures draw valid points filled."""

import xarray as xr

from infoscope.learning.held_out.jackknife import difference_error
from infoscope.measures.reliability import ceiling_check, data_processing_check

# Tolerated standard errors of a difference, and share of singletons.
_ERRORS = 2.0
_SINGLETONS = 0.2


def with_validity(data: xr.Dataset) -> xr.Dataset:
    """Add the checks of every point, and their conjunction, as booleans.

    Each has the dimensions of its quantity. ``<name>_below_ceiling``: below nine tenths of the
    ceiling. ``<name>_keeps_processing``: the data-processing inequality holds between hidden layer
    and output. ``probe_few_singletons``: at most a fifth. ``ksg_scales_agree``: raw and z-scored,
    which share one true information. ``memory_ridge_suffices``, already in the data: a weaker ridge
    gives hardly more. ``<name>_valid`` combines the checks of ``probe``, ``decoded_target``,
    ``memory`` and ``ksg``.
    """
    checks = {
        "probe_below_ceiling": _below_ceiling(data["probe_upper"], data["probe_ceiling"]),
        "probe_few_singletons": data["singletons"] <= _SINGLETONS,
        "ksg_below_ceiling": _below_ceiling(data["ksg"], data["ksg_ceiling"]),
        **{
            f"{name}_below_ceiling": _below_ceiling(data[name], data[f"{name}_ceiling"])
            for name in ("decoded_target", "memory")
        },
        "ksg_scales_agree": _scales_agree(data),
        **{
            f"{name}_keeps_processing": _keeps_processing(data, name)
            for name in ("decoded_target", "memory", "ksg")
        },
    }
    groups = {
        "probe": ("probe_below_ceiling", "probe_few_singletons"),
        "decoded_target": ("decoded_target_below_ceiling", "decoded_target_keeps_processing"),
        "memory": ("memory_below_ceiling", "memory_keeps_processing", "memory_ridge_suffices"),
        "ksg": ("ksg_below_ceiling", "ksg_scales_agree", "ksg_keeps_processing"),
    }
    for name, members in groups.items():
        like = data["probe_lower" if name == "probe" else name]
        passed = checks[members[0]]
        for member in members[1:]:
            passed = passed & (checks[member] if member in checks else data[member])
        checks[f"{name}_valid"] = passed.broadcast_like(like).transpose(*like.dims)
    return data.assign({name: check.drop_attrs() for name, check in checks.items()})


def _below_ceiling(values: xr.DataArray, ceiling: xr.DataArray) -> xr.DataArray:
    limits = ceiling.broadcast_like(values).transpose(*values.dims)
    return values.copy(data=ceiling_check(values, ceiling=limits).holds)


def _keeps_processing(data: xr.Dataset, name: str) -> xr.DataArray:
    """Whether I(output; .) <= I(hidden; .) + 2 standard errors of their difference."""
    output, hidden = (data[name].sel(unit=unit, drop=True) for unit in ("output", "hidden"))
    error = difference_error(data, name, "unit", "output", "hidden").transpose(*output.dims)
    check = data_processing_check(output, hidden, standard_error=error, errors=_ERRORS)
    return output.copy(data=check.holds)


def _scales_agree(data: xr.Dataset) -> xr.DataArray:
    """Whether estimates at two scales, of one information, agree within their error."""
    raw, scored = (data["ksg"].sel(scale=scale, drop=True) for scale in ("none", "zscore"))
    error = difference_error(data, "ksg", "scale", "none", "zscore")
    return abs(raw - scored) <= _ERRORS * error
