"""Datasets in Zarr groups: the order in which they come back."""

from itertools import permutations

import numpy as np
import pytest
import xarray as xr

from infoscope.recordings.groups import read_zarr, write_zarr


@pytest.mark.parametrize("order", list(permutations(["unit", "epoch", "lag"])))
def test_the_order_of_variables_and_dimensions_is_kept(tmp_path, order):
    sizes = {name: 2 + at for at, name in enumerate(order)}
    coords = {name: [f"{name} {at}" for at in range(sizes[name])] for name in sorted(order)}
    data = {
        f"of_{name}": (order[: at + 1], np.zeros(tuple(sizes.values())[: at + 1]))
        for at, name in reversed(list(enumerate(order)))
    }
    given = xr.Dataset(data, coords)
    write_zarr(given, tmp_path / "group")
    found = read_zarr(tmp_path / "group", "write it again")
    assert found.identical(given)
    assert list(found.variables) == list(given.variables)
    assert list(found.sizes) == list(given.sizes) == list(order)
    assert found.to_dataframe().index.names == given.to_dataframe().index.names
