"""The published nearest-neighbour information of layers, at two scales that should agree."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.estimators import KSG
from infoscope.estimators.estimate import Estimate
from infoscope.learning.held_out.jackknife import with_errors
from infoscope.measures.information import samples_of

ABOUT = ("input", "target")
SCALES = ("none", "zscore")


def neighbour_measures(
    states: Mapping[str, Floats],
    about: Mapping[str, Floats],
    estimator: KSG,
    kept: Sequence[NDArray[np.int64]],
    random: np.random.Generator,
    n_jobs: int | None,
) -> dict[str, xr.DataArray]:
    """Return I(layer; input) and I(layer; target), (about, unit, scale), raw and z-scored."""
    shape = (len(ABOUT), len(states), len(SCALES))
    values, ceilings = np.empty(shape), np.empty(shape)
    replicates = np.empty((*shape, len(kept)))
    for a, known in enumerate(ABOUT):
        for u, layer in enumerate(states.values()):
            for s, scale in enumerate(SCALES):
                scaled = replace(estimator, scale=scale)

                def estimate(x: Floats, y: Floats, scaled: KSG = scaled) -> Estimate:
                    samples = samples_of(x, y, None, None, None)
                    return scaled.mutual_information(samples, random, n_jobs)

                whole = estimate(layer, about[known])
                values[a, u, s], ceilings[a, u, s] = whole.bits, whole.ceiling_bits
                replicates[a, u, s] = [
                    estimate(layer[rows], about[known][rows]).bits for rows in kept
                ]
    dims = ("about", "unit", "scale")
    return {
        **with_errors("ksg", values, replicates, dims),
        "ksg_ceiling": xr.DataArray(ceilings, dims=dims, attrs={"units": "bit"}),
    }
