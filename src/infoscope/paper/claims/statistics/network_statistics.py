"""Statistics of the information of single nodes of a trained network."""

import numpy as np
import xarray as xr

from infoscope._validate import Floats
from infoscope.measures.statistics import pearson
from infoscope.paper.claims.statistics.ranking_statistics import bounded
from infoscope.paper.claims.study import SeedStudy

_DRAWS, _QUANTILE = 499, 0.95


def output_lead(study: SeedStudy) -> float:
    """Smallest target information of an output minus the largest of a hidden node, bits."""
    nodes = study.part("nodes").isel(epoch=-1)
    role, bits = nodes["role"].to_numpy(), nodes["target_information"].to_numpy()
    return float(bits[role == "output"].min() - bits[role == "hidden"].max())


def plane_correlation(study: SeedStudy) -> float:
    """Correlation over hidden nodes of their information about input and about target."""
    return pearson(*_hidden(study)[:2])


def normalised_correlation_gain(study: SeedStudy) -> float:
    """The same after normalisation minus before."""
    about_input, about_target, entropy = _hidden(study)
    normalised = _normalised(about_input, about_target, entropy)
    return pearson(*normalised) - pearson(about_input, about_target)


def normalised_correlation_excess(study: SeedStudy) -> float:
    """The same after normalisation minus the 95th percentile with shuffled information.

    Each is shuffled separately among hidden nodes, before division by the node's entropy.
    """
    about_input, about_target, entropy = _hidden(study)
    random = np.random.default_rng([study.seed, 8])
    drawn = [
        pearson(*_normalised(random.permutation(about_input), random.permutation(about_target),
                              entropy))
        for _ in range(_DRAWS)
    ]  # fmt: skip
    found = pearson(*_normalised(about_input, about_target, entropy))
    return found - float(np.quantile(drawn, _QUANTILE))


def _hidden(study: SeedStudy) -> tuple[Floats, Floats, Floats | None]:
    """Information and, if published, entropies of the hidden nodes."""
    nodes = study.part("nodes").isel(epoch=-1)
    hidden = nodes["role"].to_numpy() == "hidden"
    about = [nodes[f"{of}_information"].to_numpy()[hidden] for of in ("input", "target")]
    entropy = nodes["entropy"].to_numpy()[hidden] if study.mode == "published" else None
    return about[0], about[1], entropy


def _normalised(
    about_input: Floats, about_target: Floats, entropy: Floats | None
) -> tuple[Floats, Floats]:
    if entropy is None:
        both = (bounded(xr.DataArray(bits)).to_numpy() for bits in (about_input, about_target))
        return next(both), next(both)
    return about_input / entropy, about_target / entropy
