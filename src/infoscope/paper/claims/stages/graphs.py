"""Stages of graphs: connections, surrogates of some pairs, untrained and larger networks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from infoscope._validate import Floats, whole_number
from infoscope.analysis.stage import Done, Stage, whole_stages
from infoscope.analysis.stages.flow import EDGE_NULLS, FLOW, null_flows
from infoscope.analysis.study import Study
from infoscope.analysis.study_data.training import new_network, weight_variables
from infoscope.graphs.ranking import rank_nodes
from infoscope.paper.claims.study import CHANCE, MODES, SeedStudy
from infoscope.recordings.weights import RecurrentWeights
from infoscope.surrogates import ChosenNull, null_of
from infoscope.surrogates.networks import scaled_to_spread

# Number of random pairs compared with surrogates, enough for a share of all pairs.
_TESTED_SHARE = 1.0 / 6.0


def _strength(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return abs(weight) times the standard deviation of its source, (source, target).

    NaN without a connection.
    """
    spread = study.analysed.rows("all").std(axis=0)
    weights = study.network().weights.matrix(np.nan)
    names = list(study.analysed.nodes.index)
    return xr.Dataset(
        {"strength": (("source", "target"), np.abs(weights) * spread[:, np.newaxis])},
        coords={"source": names, "target": names},
    )


def _null_of_some(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return the flow of surrogates of a random sixth of the pairs."""
    random = np.random.default_rng([study.settings.seed, 2])
    some = random.random(done["flow"]["flow"].shape) < _TESTED_SHARE
    return null_flows(study, done["flow"], ChosenNull(null_of(CHANCE), CHANCE), progress, some)


def _untrained(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return the flow of the initial weights, scaled to the spread of the trained hidden nodes."""
    assert study.data is not None
    windows = study.data.windows
    spread = float(study.analysed.rows("hidden").std(axis=0).mean())
    first = new_network(study.replication, windows).weights
    weights = untrained_weights(first, windows.split("train")[0], spread)
    snapshot = xr.Dataset(weight_variables(parameter=weights.arrays()))
    return FLOW.whole(replace(study, recording=study.data.replayed({0: snapshot})), {})


def untrained_weights(
    first: RecurrentWeights, inputs: Floats, spread: float, steps: int = 60
) -> RecurrentWeights:
    """Return the initial weights, scaled to the spread of the trained hidden nodes.

    Input and recurrent weights share one factor, from bisection of its logarithm; ``spread`` is the
    desired mean standard deviation of the hidden nodes.

    Examples
    --------
    >>> first = RecurrentWeights.from_flat(np.linspace(-0.01, 0.02, 113), 3, 8, 1)
    >>> inputs = np.random.default_rng(0).normal(size=(50, 10, 3))
    >>> hidden, _ = untrained_weights(first, inputs, 0.3).run(inputs)
    >>> round(float(hidden.reshape(-1, 8).std(axis=0).mean()), 3)
    0.3
    """

    def spread_of(arrays: dict[str, np.ndarray]) -> float:
        hidden, _ = RecurrentWeights(**arrays).run(inputs)
        return float(hidden.reshape(-1, hidden.shape[-1]).std(axis=0).mean())

    steps = whole_number(steps, "steps", 1)
    return RecurrentWeights(
        **scaled_to_spread(first.arrays(), spread_of, spread, (-2.0, 12.0), steps)
    )


def larger(studies: Mapping[int, Study]) -> xr.Dataset:
    """Return the exact rank of every hidden node in the main graph, (hidden_nodes, trained, node).

    ``studies`` has a network of each number of hidden nodes. The untrained network has the same
    number of edges; NaN for isolated or missing nodes.
    """
    ranks = np.full((len(studies), 2, max(studies)), np.nan)
    for place, (size, study) in enumerate(studies.items()):
        parts = whole_stages(study, (FLOW, *EDGE_NULLS, UNTRAINED))
        network = SeedStudy(study.settings.seed, MODES[0], parts, study=study)
        hidden = (network.nodes["role"] == "hidden").to_numpy()
        for which, untrained in enumerate((False, True)):
            found = rank_nodes(network.graph(network.main, untrained)).ranks
            ranks[place, which, :size] = found[hidden].to_numpy()
    return xr.Dataset(
        {"rank": (("hidden_nodes", "trained", "node"), ranks)},
        coords={"hidden_nodes": list(studies), "trained": [True, False]},
    )


STRENGTH = Stage("strength", _strength)
NULL_OF_SOME = Stage(f"null-{CHANCE}", _null_of_some, needs=(FLOW.name,))
UNTRAINED = Stage("untrained", _untrained)
