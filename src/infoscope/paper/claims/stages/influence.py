"""Stages of the study of influence: one-step and causal influence, what was learned, and systems.

Next to the flow of each network its influence within one step, estimated from the same rows, and
its causal flow, computed from the weights.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from infoscope._validate import Floats
from infoscope.analysis.settings import Settings
from infoscope.analysis.stage import Done, Stage
from infoscope.analysis.stages.causal import causal_flow
from infoscope.analysis.stages.flow import FLOW
from infoscope.analysis.study import Study
from infoscope.analysis.study_data.training import new_network, weight_variables
from infoscope.flow.connectivity.influence_result import OneStepInfluence
from infoscope.flow.connectivity.one_step import one_step_influence
from infoscope.flow.flow_measures import flow_measures
from infoscope.graphs.ranking import rank_nodes
from infoscope.paper.claims.stages.feedforward import feedforward_recordings
from infoscope.paper.claims.stages.graphs import untrained_weights
from infoscope.paper.claims.stages.systems import precision_on_systems
from infoscope.recordings.recording import Recording
from infoscope.significance import significance_of

INFLUENCES = {"flow": "flow F", "one_step": "one-step influence", "causal": "causal flow C"}
# Number of untrained networks, and the false discovery rate of what exceeds them.
UNTRAINED, _SHARE = 19, 0.1
_HOPS = {"x→h": ("input", "hidden"), "h→h": ("hidden", "hidden"), "h→o": ("hidden", "output")}


def _one_step(study: Study, model: str) -> OneStepInfluence:
    return one_step_influence(
        study.analysed, model=model, epoch=study.epoch, aligned=study.settings.aligned,
        random_state=study.settings.seed,
    )  # fmt: skip


def _influence(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return flow, time-delayed information, one-step influence and causal flow of the network."""
    found = _one_step(study, "best")
    random = np.random.default_rng([study.settings.seed, 11])
    return xr.Dataset(
        {
            "flow": done["flow"]["flow"],
            "delayed": done["flow"]["delayed"],
            "one_step": found["score"].drop_attrs(),
            "causal": causal_flow(study.network().weights, study, random)["causal"].drop_attrs(),
        },
        attrs={"models": list(found.attrs["models"].values())},
    )


def _learned(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return how many pairs of a block exceed those of untrained networks, (measure, block).

    Untrained networks have the trained one's inputs and the spread of its hidden nodes. Pairs
    between the same roles share one distribution; false discovery rate 10 %.
    """
    assert study.data is not None
    windows, own = study.data.windows, study.replication
    spread = float(study.analysed.rows("hidden").std(axis=0).mean())
    drawn: dict[str, list[Floats]] = {name: [] for name in INFLUENCES}
    for number in range(UNTRAINED):
        first = new_network(replace(own, seed=own.seed * 1000 + number), windows).weights
        weights = untrained_weights(first, windows.split("train")[0], spread)
        snapshot = xr.Dataset(weight_variables(parameter=weights.arrays()))
        other = replace(study, recording=study.data.replayed({0: snapshot}), chosen=0)
        random = np.random.default_rng([own.seed, 12, number])
        drawn["flow"].append(FLOW.whole(other, {})["flow"].to_numpy())
        drawn["one_step"].append(_one_step(other, "tanh")["score"].to_numpy())
        drawn["causal"].append(causal_flow(weights, other, random)["causal"].to_numpy())
    nodes = study.nodes
    role = nodes["role"].to_numpy()
    found = np.zeros((len(INFLUENCES), len(_HOPS)))
    for place, name in enumerate(INFLUENCES):
        observed, draws = done["influence"][name], np.array(drawn[name])
        known = np.isfinite(observed.to_numpy()) & np.isfinite(draws).all(axis=0)
        hops = [np.outer(role == a, role == b) for a, b in _HOPS.values()]
        tested = significance_of(
            observed, draws, tested=known & np.logical_or.reduce(hops), nodes=nodes, pool=True
        )
        above = tested.significant(_SHARE, correction="fdr").to_numpy()
        found[place] = [float((above & hop).sum()) for hop in hops]
    return xr.Dataset(
        {"pairs": (("measure", "block"), found)},
        coords={"measure": list(INFLUENCES), "block": list(_HOPS)},
    )


def influence_precision(settings: Settings, rows: int) -> xr.Dataset:
    """Return the area under the precision-recall curve on systems, (system, measure)."""

    def measured(recording: Recording) -> xr.Dataset:
        found = xr.Dataset(flow_measures(recording, measures=["flow", "delayed"]).data_vars)
        found["one_step"] = one_step_influence(recording, random_state=settings.seed)["score"]
        # Pairs without a value come last.
        return found.fillna(found.min() - 1.0)

    return precision_on_systems(settings.seed, rows, measured)


def feedforward_influence(settings: Settings, system_rows: int) -> xr.Dataset:
    """Return rank and layer of every node of a feed-forward network, (trained, node).

    Edges are the sources that each node needs (`OneStepInfluence.edges`).
    """
    ranks, layer = [], None
    for recording, nodes in feedforward_recordings(settings, system_rows):
        edges = one_step_influence(recording, random_state=settings.seed).edges()
        layer = nodes["layer"].to_numpy()
        ranks.append(rank_nodes(edges).ranks.reindex(nodes.index).to_numpy())
    return xr.Dataset(
        {"rank": (("trained", "node"), np.array(ranks)), "layer": ("node", layer)},
        coords={"trained": [True, False]},
    )


INFLUENCE = Stage("influence", _influence, needs=(FLOW.name,))
LEARNED = Stage("learned", _learned, needs=(FLOW.name, INFLUENCE.name))
