"""Ranks of a feed-forward network with known layers, trained and untrained."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr

from infoscope._validate import Floats
from infoscope.analysis.estimators import neighbours
from infoscope.analysis.settings import Settings
from infoscope.analysis.stages.flow import NULLS
from infoscope.estimators import Gaussian
from infoscope.estimators._samples import scaled
from infoscope.flow.information_flow import FlowMatrix, information_flow
from infoscope.graphs.graph import threshold_graph
from infoscope.graphs.ranking import rank_nodes
from infoscope.recordings.recording import Recording

# Nodes of each layer: inputs, five hidden ones, outputs.
LAYERS = (10, 10, 10, 10, 10, 10, 2)
_MEMORY = 0.8
# Adam: number of steps, step size, decay of both moments, epsilon.
_STEPS, _RATE, _KEPT, _LEAST = 200, 0.02, (0.9, 0.999), 1e-8
_LEVEL = 0.1
# Half the rows of the synthetic systems, because there are 62 nodes.
_SHARE = 0.5
# For normal scores, computed once instead of for every surrogate.
_GAUSSIAN = Gaussian()


def feedforward_ranks(
    settings: Settings, system_rows: int, layers: Sequence[int] = LAYERS
) -> xr.Dataset:
    """Return rank and layer of every node, (trained, node), with and without training.

    A tanh network learns a smooth function of autoregressive inputs (coefficient 0.8). New inputs
    then pass through it, one layer per row. Edges among all pairs: flow above the main threshold,
    by nearest neighbours; or significant at a false discovery rate of 10 % by circular shift and
    lag swap, by the Gaussian copula. ``layers`` is the number of nodes per layer, inputs and
    outputs included.
    """
    published = not settings.significant_edges
    graph_of = _published_graph if published else _corrected_graph
    ranks, layer = [], None
    for recording, nodes in feedforward_recordings(settings, system_rows, layers):
        if not published:
            scores = scaled(recording.rows("hidden"), "rank")
            recording = Recording.from_arrays(hidden=scores[np.newaxis])
        layer = nodes["layer"].to_numpy()
        ranks.append(rank_nodes(graph_of(recording, nodes, settings)).ranks.to_numpy())
    return xr.Dataset(
        {"rank": (("trained", "node"), np.array(ranks)), "layer": ("node", layer)},
        coords={"trained": [True, False]},
    )


def feedforward_recordings(
    settings: Settings, system_rows: int, layers: Sequence[int] = LAYERS
) -> Iterator[tuple[Recording, pd.DataFrame]]:
    """Yield the recording of the trained network and of the untrained one, with nodes and layers.

    As `feedforward_ranks`.
    """
    random = np.random.default_rng([settings.seed, 9])
    weights = _first_weights(random, layers)
    rows = round(_SHARE * system_rows)
    known, fresh = (_autoregression(n, random, layers[0]) for n in (rows, rows + len(layers)))
    goal = np.tanh(known @ random.normal(size=(layers[0], layers[-1])) / np.sqrt(layers[0]))
    layer = np.repeat(np.arange(len(layers)), layers)
    for matrices in (_trained(weights, known, goal), weights):
        recording = Recording.from_arrays(hidden=_pipeline(matrices, fresh)[np.newaxis])
        yield recording, recording.nodes.assign(layer=layer)


def _published_graph(recording: Recording, nodes: pd.DataFrame, settings: Settings) -> nx.DiGraph:
    flow = information_flow(
        recording, estimator=neighbours(settings), aligned="layers", random_state=settings.seed
    ).flow
    return threshold_graph(flow, nodes, settings.main_threshold)


def _corrected_graph(recording: Recording, nodes: pd.DataFrame, settings: Settings) -> nx.DiGraph:
    flow = information_flow(recording, estimator=_GAUSSIAN, aligned="layers")
    both = np.logical_and.reduce([_significant(flow, name, settings) for name in NULLS])
    return threshold_graph(flow.flow.where(both), nodes, 0.0)


def _significant(flow: FlowMatrix, null: str, settings: Settings) -> np.ndarray:
    found = flow.significance(
        null, surrogates=settings.surrogates, random_state=settings.seed, pool=True
    )
    return found.significant(_LEVEL, correction="fdr").to_numpy()


def _autoregression(rows: int, random: np.random.Generator, inputs: int = LAYERS[0]) -> Floats:
    """Return rows of the inputs, each of variance 1."""
    noise = random.normal(size=(rows, inputs))
    values = noise.copy()
    for row in range(1, rows):
        values[row] = _MEMORY * values[row - 1] + np.sqrt(1.0 - _MEMORY**2) * noise[row]
    return values


def _first_weights(random: np.random.Generator, layers: Sequence[int] = LAYERS) -> list[Floats]:
    """Return normal weights that preserve the scale of the activations."""
    return [random.normal(size=(a, b)) / np.sqrt(a) for a, b in pairwise(layers)]


def _trained(weights: list[Floats], inputs: Floats, goal: Floats) -> list[Floats]:
    """Return the weights after Adam on the mean squared error of all rows.

    Explicit, because library threads dominate the time for such small matrices.
    """
    matrices = [matrix.copy() for matrix in weights]
    means, squares = ([np.zeros_like(matrix) for matrix in weights] for _ in range(2))
    for step in range(1, _STEPS + 1):
        gradients = _gradients(matrices, inputs, goal)
        for matrix, mean, square, gradient in zip(matrices, means, squares, gradients, strict=True):
            mean += (1.0 - _KEPT[0]) * (gradient - mean)
            square += (1.0 - _KEPT[1]) * (gradient**2 - square)
            size = np.sqrt(square / (1.0 - _KEPT[1] ** step)) + _LEAST
            matrix -= _RATE * mean / (1.0 - _KEPT[0] ** step) / size
    return matrices


def _gradients(matrices: list[Floats], inputs: Floats, goal: Floats) -> list[Floats]:
    states = [inputs]
    for matrix in matrices[:-1]:
        states.append(np.tanh(states[-1] @ matrix))
    delta = 2.0 * (states[-1] @ matrices[-1] - goal) / goal.size
    found = []
    for matrix, state in zip(reversed(matrices), reversed(states), strict=True):
        found.append(state.T @ delta)
        delta = (delta @ matrix.T) * (1.0 - state**2)
    return found[::-1]


def _pipeline(weights: list[Floats], inputs: Floats) -> Floats:
    """Return rows in which layer l holds the sample that entered l rows earlier, (row, node)."""
    states = [inputs]
    for place, matrix in enumerate(weights, 1):
        drive = states[-1] @ matrix
        states.append(drive if place == len(weights) else np.tanh(drive))
    rows = len(inputs) - len(weights)
    first = [len(weights) - layer for layer in range(len(states))]
    return np.hstack([s[a : a + rows] for s, a in zip(states, first, strict=True)])
