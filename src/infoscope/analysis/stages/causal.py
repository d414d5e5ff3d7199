"""Causal flow of the analysed network, from its weights."""

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.analysis.stage import Done, Stage, repaired
from infoscope.analysis.study import Study
from infoscope.learning.held_out.jackknife import jackknife_error
from infoscope.recordings.weights import RecurrentWeights

# Resets of a source at each row.
_RESETS = 4
# Unbroken stretches of rows that the jackknife leaves out.
_BLOCKS = 20


def causal_flow(weights: RecurrentWeights, study: Study, random: np.random.Generator) -> xr.Dataset:
    """Return causal flow between the nodes of the paper's network, over the compared rows.

    As `infoscope.influence` defines it, C = log2(1 + T) / 2, in closed form: of h_t = tanh(x_t W_in
    + h_{t-1} W + b_h) a reset of one source to a value that it has in another row shifts the
    argument of tanh.

    Returns
    -------
    Dataset (source, target)
        ``causal``, and its standard error ``causal_error`` by a jackknife of stretches of rows, in
        bits; NaN where the network has no connection, and for constant targets.
    """
    pairs = study.pairs
    later = pairs.table[pairs.later]
    found, errors = (np.full((later.shape[1],) * 2, np.nan) for _ in range(2))
    blocks = np.array_split(np.arange(len(later)), min(_BLOCKS, len(later)))
    for source, targets, squares in _changes(weights, study, random):
        values = later[:, targets]
        moves = np.ptp(values, axis=0) > 0.0
        to, squares, values = targets[moves], squares[:, moves], values[:, moves]
        share = squares.mean(axis=0) / values.var(axis=0)
        without = [
            np.delete(squares, b, 0).mean(0) / np.delete(values, b, 0).var(0) for b in blocks
        ]
        found[source, to] = 0.5 * np.log2(1.0 + share)
        slope = 1.0 / (2.0 * np.log(2.0) * (1.0 + share))
        errors[source, to] = slope * jackknife_error(np.transpose(without))
    matrices = {"causal": found, "causal_error": errors}
    for matrix in matrices.values():
        np.fill_diagonal(matrix, np.nan)
    return xr.Dataset({name: pairs.matrix(matrix, name) for name, matrix in matrices.items()})


def _changes(
    weights: RecurrentWeights, study: Study, random: np.random.Generator
) -> Iterator[tuple[int, NDArray[np.int64], Floats]]:
    """Yield each source, its targets, and in each row half the squared change by two resets."""
    pairs = study.pairs
    role = pairs.nodes["role"].to_numpy()
    now = pairs.table[pairs.current]
    x, h, o = (np.flatnonzero(role == name) for name in ("input", "hidden", "output"))
    drive = now[:, x] @ weights.W_in + now[:, h] @ weights.W + weights.b_h
    nothing = np.zeros(len(o))
    hops = [(source, h, weights.W_in[place]) for place, source in enumerate(x)]
    hops += [(source, h, weights.W[place]) for place, source in enumerate(h)]
    hops += [(source, o, weights.W_out[place]) for place, source in enumerate(h)]
    for source, targets, row in hops:
        base, activation = (drive, np.tanh) if targets is h else (nothing, np.asarray)
        squares = np.zeros((len(now), len(targets)))
        for _ in range(_RESETS):
            one, other = (
                base + (now[random.permutation(len(now)), source] - now[:, source])[:, None] * row
                for _ in range(2)
            )
            squares += (activation(one) - activation(other)) ** 2
        yield int(source), targets, squares / (2.0 * _RESETS)


def _causal(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    return causal_flow(study.network().weights, study, study.settings.generator("causal"))


CAUSAL = Stage("causal", _causal, lambda study: study.has_network and repaired(study))
