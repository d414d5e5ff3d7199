"""How distinct the states of a layer are at a given resolution."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from infoscope._validate import Floats
from infoscope.estimators import NoiseProbe
from infoscope.estimators._samples import ROUNDING
from infoscope.learning.held_out.jackknife import with_errors
from infoscope.measures.information import samples_of

POLICIES = ("absolute", "relative")
# Distance in sigmas at which two states are certainly distinct; squares of more overflow.
_FAR = 1e100


def probe_measures(
    states: Floats,
    sigmas: Sequence[float],
    kept: Sequence[NDArray[np.int64]],
    random: np.random.Generator,
    n_jobs: int | None,
) -> dict[str, xr.DataArray]:
    """Return I(history; states + noise) in bits and the singletons, (policy, sigma).

    Each row represents its own history: histories with equal states count as one state, by the
    noise.
    """
    shape = (len(POLICIES), len(sigmas))
    lower, upper, alone = (np.empty(shape) for _ in range(3))
    replicates = np.empty((*shape, len(kept)))
    samples = samples_of(np.arange(len(states)), states, None, None, None)
    for place in np.ndindex(shape):
        probe = NoiseProbe(sigmas[place[1]], POLICIES[place[0]])
        found = probe.mutual_information(samples, random, n_jobs)
        lower[place], upper[place] = found.bits, found.upper_bits
        mistaken = mistaken_states(states, probe)
        # At the resolution of all rows: relative noise does not depend on the omitted row.
        replicates[place] = [lower_bits(mistaken[np.ix_(rows, rows)]) for rows in kept]
        alone[place] = singleton_share(mistaken)
    dims = ("policy", "sigma")
    return {
        **with_errors("probe_lower", lower, replicates, dims),
        "probe_upper": xr.DataArray(upper, dims=dims, attrs={"units": "bit"}),
        "singletons": xr.DataArray(alone, dims=dims, attrs={"units": "1"}),
    }


def mistaken_states(states: Floats, probe: NoiseProbe) -> Floats:
    """Return the confusion of each pair of states (row, row), between 0 and 1."""
    unit = states / probe.sigma
    if probe.policy == "relative":
        spread = states.std(axis=0)
        unit = unit / np.where(spread > 0.0, spread, 1.0)
    return np.exp(-(np.minimum(cdist(unit, unit), _FAR) ** 2) / 8.0)


def lower_bits(mistaken: Floats) -> float:
    """Return the lower bound in bits from the confusion of states (row, row)."""
    return float(-np.log2(mistaken.mean(axis=1)).mean())


def singleton_share(mistaken: Floats) -> float:
    """Return the share of states that the probe rarely confuses with others.

    The effective number of states confused with state i is the sum of its row in ``mistaken``
    (`mistaken_states`), itself included; below two the state is a singleton, like a bin with a
    single sample. If most are singletons, the information is the log of their number, whatever
    the network does.
    """
    return float((mistaken.sum(axis=1) < 2.0 - ROUNDING).mean())
