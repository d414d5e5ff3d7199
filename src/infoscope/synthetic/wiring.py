"""Random wiring and weights."""

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats


def wiring_generator(seed: int) -> np.random.Generator:
    """Return the random stream of a system's wiring, distinct from a sample with this seed."""
    return np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])


def sparse_mask(
    sources: int, targets: int, density: float, random: np.random.Generator
) -> NDArray[np.bool_]:
    """Return connections (source, target), each present with this probability.

    A target without connections gets one: without noise it would be constant.
    """
    mask = random.random((sources, targets)) < density
    spare = random.integers(sources, size=targets)
    deaf = ~mask.any(axis=0)
    mask[spare[deaf], np.flatnonzero(deaf)] = True
    return mask


def fixed_in_degree(nodes: int, in_degree: int, random: np.random.Generator) -> NDArray[np.bool_]:
    """Return connections (source, target): equally many to every node, drawn from the others."""
    mask = np.zeros((nodes, nodes), bool)
    for target in range(nodes):
        others = np.delete(np.arange(nodes), target)
        mask[random.choice(others, in_degree, replace=False), target] = True
    return mask


def random_weights(mask: NDArray[np.bool_], random: np.random.Generator) -> Floats:
    """Return weights at the mask, of magnitude 0.5 to 1.5, half of them (rounded up) negative.

    None is near zero: edges without effect cannot be detected.
    """
    count = int(mask.sum())
    signs = random.permutation(np.where(np.arange(count) % 2 == 0, -1.0, 1.0))
    weights = np.zeros(mask.shape)
    weights[mask] = signs * random.uniform(0.5, 1.5, size=count)
    return weights


def per_source(weights: Floats) -> Floats:
    """Divide the weights of each target by the root of their number."""
    return weights / np.sqrt(np.maximum((weights != 0.0).sum(axis=0), 1))


def with_radius(weights: Floats, radius: float, name: str) -> Floats:
    """Scale weights (source, target) to a spectral radius."""
    # A graph without cycles has radius 0, which floating-point eigenvalues may miss.
    if nx.is_directed_acyclic_graph(nx.from_numpy_array(weights, create_using=nx.DiGraph)):
        raise InputError(
            f"{name} must leave a cycle among the nodes, got none with this seed, so that the "
            "spectral radius is 0; raise it, or use another seed"
        )
    return weights * (radius / np.abs(np.linalg.eigvals(weights)).max())
