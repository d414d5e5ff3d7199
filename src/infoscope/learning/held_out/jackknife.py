"""Delete-block jackknife standard errors."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats

# The number of stretches in subsampling: shorter ones would separate dependent rows.
BLOCKS = 10


def rows_without_each_block(n: int, blocks: int) -> list[NDArray[np.int64]]:
    """Return, for each of several unbroken stretches of n rows, all other rows.

    Raises
    ------
    InputError
        If a stretch has fewer than two rows.

    Examples
    --------
    >>> [rows.tolist() for rows in rows_without_each_block(4, 2)]
    [[2, 3], [0, 1]]
    """
    if n < 2 * blocks:
        raise InputError(
            f"blocks must leave two rows in each, got {blocks} blocks and {n} rows; lower blocks "
            "or record more days"
        )
    return [np.setdiff1d(np.arange(n), block) for block in np.array_split(np.arange(n), blocks)]


def jackknife_error(replicates: Floats) -> Floats:
    """Return the jackknife standard error from replicates (..., block) without one block each.

    Its square is (b - 1) / b times the sum of squared differences from their mean. No row is drawn
    twice, which would create ties for nearest-neighbour estimators, and whole stretches are
    omitted, so that dependence within them counts.

    References
    ----------
    H. R. Künsch, Ann. Stat. 17, 1217 (1989), with blocks that do not overlap.

    Examples
    --------
    The mean of 1, 2, 3, 4: without one of them 3, 8/3, 7/3, 2; the error is the usual one.

    >>> error = jackknife_error(np.array([3.0, 8 / 3, 7 / 3, 2.0]))
    >>> bool(np.isclose(error, np.std([1, 2, 3, 4], ddof=1) / 2))
    True
    """
    blocks = replicates.shape[-1]
    return np.std(replicates, axis=-1) * np.sqrt(blocks - 1.0)


def with_errors(
    name: str, values: Floats, replicates: Floats, dims: tuple[str, ...]
) -> dict[str, xr.DataArray]:
    """Return an estimate in bits, its standard error and its replicates, named after it."""
    unit = {"units": "bit"}
    return {
        name: xr.DataArray(values, dims=dims, attrs=unit),
        f"{name}_error": xr.DataArray(jackknife_error(replicates), dims=dims, attrs=unit),
        f"{name}_replicates": xr.DataArray(replicates, dims=(*dims, "block"), attrs=unit),
    }


def difference_error(
    data: xr.Dataset, name: str, dim: str, first: str, second: str
) -> xr.DataArray:
    """Return the standard error of the difference between an estimate at two labels.

    Replicates of both omit the same rows, so that common errors cancel.
    """
    replicates = data[f"{name}_replicates"]
    apart = replicates.sel({dim: first}, drop=True) - replicates.sel({dim: second}, drop=True)
    return apart.std("block") * np.sqrt(apart.sizes["block"] - 1.0)
