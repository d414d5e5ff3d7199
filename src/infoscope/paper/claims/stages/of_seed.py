"""All stages of a seed, in their order."""

from collections.abc import Callable, Mapping

import xarray as xr

from infoscope.analysis.stage import Stage
from infoscope.analysis.stages.curves import LEARNING_CURVES
from infoscope.analysis.stages.flow import EDGE_NULLS, FLOW
from infoscope.analysis.stages.planes import INDICATORS, NODE_PLANE
from infoscope.analysis.study import Study
from infoscope.paper.claims.settings import ClaimSettings
from infoscope.paper.claims.stages.feedforward import feedforward_ranks
from infoscope.paper.claims.stages.graphs import NULL_OF_SOME, STRENGTH, UNTRAINED, larger
from infoscope.paper.claims.stages.influence import (
    INFLUENCE,
    LEARNED,
    feedforward_influence,
    influence_precision,
)
from infoscope.paper.claims.stages.learning import (
    CURVES,
    GATES,
    TRAINING_GRADIENTS,
    shuffled_curves,
    subset_effect,
)
from infoscope.paper.claims.stages.systems import system_precision
from infoscope.paper.claims.training import SHUFFLED, larger_name

# Those of the trained network alone.
_OF_NETWORK = {
    "published": (FLOW, NULL_OF_SOME, STRENGTH, UNTRAINED, NODE_PLANE, INDICATORS,
                  LEARNING_CURVES, CURVES, TRAINING_GRADIENTS),
    "corrected": (GATES, FLOW, *EDGE_NULLS, STRENGTH, UNTRAINED, NODE_PLANE, LEARNING_CURVES,
                  CURVES, TRAINING_GRADIENTS),
}  # fmt: skip
# Those of the claims that must carry over to networks of gated units, which need no connections
# between two nodes.
_OF_GATED = (GATES, FLOW, *EDGE_NULLS, NODE_PLANE, LEARNING_CURVES, CURVES)
# Those of the study of influence.
_OF_INFLUENCE = (GATES, FLOW, *EDGE_NULLS, STRENGTH, INFLUENCE, LEARNED)


def stages_of(
    mode: str, settings: ClaimSettings, studies: Mapping[str, Study]
) -> tuple[Stage, ...]:
    """Return the stages of a seed; ``studies`` has the study of each kind of training."""
    if settings.gated:
        return _OF_GATED
    if settings.about == "influence":
        rows = settings.system_rows
        return (
            *_OF_INFLUENCE,
            _stage("feedforward", lambda study: feedforward_ranks(study.replication, rows)),
            _stage("influence-systems", lambda study: influence_precision(study.replication, rows)),
            _stage(
                "influence-feedforward",
                lambda study: feedforward_influence(study.replication, rows),
            ),
        )

    def of_sizes() -> dict[int, Study]:
        return {nodes: studies[larger_name(nodes)] for nodes in settings.larger}

    others: dict[str, Callable[[Study], xr.Dataset]] = {
        "shuffled": lambda study: shuffled_curves(study, studies[SHUFFLED]),
        "subsets": lambda study: subset_effect(study, settings.many_subsets),
        "systems": lambda study: system_precision(study.replication, settings.system_rows),
        "feedforward": lambda study: feedforward_ranks(study.replication, settings.system_rows),
        "larger": lambda study: larger(of_sizes()),
    }
    return (*_OF_NETWORK[mode], *(_stage(name, of) for name, of in others.items()))


def _stage(name: str, of: Callable[[Study], xr.Dataset]) -> Stage:
    return Stage(name, lambda study, done, epochs, progress: of(study))
