"""Random kicks of the state of a model at hand, as an experimenter could give and record them."""

import numpy as np
import torch

from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.flow.connectivity.one_step import one_step_influence
from infoscope.graphs.connections import connections
from infoscope.monitor.interventions.network import Part, Spread
from infoscope.monitor.interventions.opening import Ready
from infoscope.monitor.interventions.total import TotalNetwork
from infoscope.recordings.kicks import steps_like
from infoscope.recordings.recording import Recording

# Fewest kicks for each node of a regression on all of them.
_FEWEST = 3


def kicked_recording(
    ready: Ready, size: float, contexts: int | None, random: np.random.Generator
) -> Recording:
    """Return visited steps with all hidden units kicked, each with the step after it.

    Kicks are normal and independent, with ``size`` standard deviations of the unit.
    """
    network = ready.network
    if any("_reverse." in block.name for block in network.blocks):
        raise InputError(
            "stimulate must be omitted for a bidirectional network, whose backward layers run "
            "against time; name the forward layers with units=['*.l?.h']"
        )
    total = TotalNetwork.of(network, ready.runner, [2], contexts, random)
    sd, rows = Spread.of(network).sd, len(network.rows)
    parts = [
        Part(block, torch.arange(len(block))) for block in network.blocks if block.role == "hidden"
    ]
    kicks = {
        part.block.name: torch.from_numpy(
            size * sd[part.block.nodes] * random.normal(size=(rows, len(part.block)))
        )
        for part in parts
    }
    if len(total.rows.contexts) < _FEWEST * sum(len(part.block) for part in parts):
        raise InputError(
            f"contexts must be at least {_FEWEST} for each of the "
            f"{sum(len(part.block) for part in parts)} hidden units for stimulate, got "
            f"{len(total.rows.contexts)}; raise contexts, or record more or longer sequences"
        )
    arrays = total.stretches(parts, lambda part, values, behind: values + kicks[part.block.name], 2)
    return steps_like(ready.recording, arrays)


def stimulated(ready: Ready, kicked: Recording, random: np.random.Generator) -> dict[str, Floats]:
    """Return the effect of each source of kicked steps, and its t, (source, target).

    In the standard deviations of all visited steps, which have no kicks. 0 where the roles of both
    allow no hop.
    """
    found = one_step_influence(kicked, model="linear", random_state=random)
    nodes, sd = kicked.nodes, Spread.of(ready.network).sd
    values, layer = kicked.activations().to_numpy(), nodes["layer"].to_numpy()
    before, after = values.std(axis=0)
    # A source computed before its target in a step is read in the same step.
    same = layer[:, np.newaxis] < layer
    with np.errstate(divide="ignore", invalid="ignore"):
        of_source = sd[:, np.newaxis] / np.where(same, after[:, np.newaxis], before[:, np.newaxis])
        effect = found["effect"].to_numpy() * of_source * after / sd
    no_hop = ~(connections(nodes) | np.eye(len(nodes), dtype=bool))
    return {
        "stimulated": np.where(no_hop, 0.0, effect),
        "stimulated_t": np.where(no_hop, 0.0, found["t"].to_numpy()),
    }
