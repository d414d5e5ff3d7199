"""Statistics of the ranks of one seed."""

from typing import Any

import numpy as np
import xarray as xr

from infoscope._errors import EstimationError
from infoscope._validate import Floats
from infoscope.graphs.class_agreement import association
from infoscope.graphs.graph import threshold_graph
from infoscope.graphs.ranking import Ranking, class_order, rank_nodes
from infoscope.measures.statistics import informational_correlation, spearman
from infoscope.paper.claims.statistics.dip import dip, dip_p_value
from infoscope.paper.claims.statistics.graph_statistics import random_edges
from infoscope.paper.claims.study import SeedStudy, agreement

# Enough for a mean: values scatter by a few percent.
_RANDOM_GRAPHS = 49
# Part of a study with the ranks of a feed-forward network by flow.
_FEEDFORWARD = "feedforward"
# A layered graph whose ranks are known to oscillate.
_LAYERS, _DENSITY = (18, 25, 2), 0.5


def mean_rank_step(lower: str, upper: str) -> Any:
    """Return the statistic: mean rank of one role minus another's."""

    def step(study: SeedStudy, name: str) -> float:
        means = study.ranking(name).mean_rank()
        return float(means[upper] - means[lower])

    return step


def order_probability(lower: str, upper: str) -> Any:
    """Return the statistic: probability that a node of one role outranks one of another."""

    def probability(study: SeedStudy, name: str) -> float:
        return float(class_order(study.ranking(name))[f"{upper}_over_{lower}"])

    return probability


def order_excess(lower: str, upper: str) -> Any:
    """Return the statistic: that probability minus its mean with edges placed at random.

    The same number of edges, among possible pairs: if these only lead from role to role, any edges
    order the roles.
    """

    return lambda study, name: excess_over_random(study, study.ranking(name), name, lower, upper)


def excess_over_random(
    study: SeedStudy, ranking: Ranking, name: str, lower: str, upper: str
) -> float:
    """Return P(one role outranks another) less its mean over random graphs with a graph's edges."""
    probability = f"{upper}_over_{lower}"
    found = float(class_order(ranking)[probability])
    random, drawn = np.random.default_rng([study.seed, 10]), []
    for edge in random_edges(study, name, _RANDOM_GRAPHS, random):
        graph = threshold_graph(study.flow.copy(data=edge.astype(float)), study.nodes, 0.0)
        drawn.append(float(class_order(rank_nodes(graph))[probability]))
    known = [value for value in drawn if np.isfinite(value)]
    return found - float(np.mean(known)) if known else float("nan")


def some_hidden_below_input(study: SeedStudy) -> float:
    """1 if at least one hidden node has a lower rank than an input, else 0."""
    hidden, inputs = _ranks_of(study, "hidden"), _ranks_of(study, "input")
    return float(hidden.min() < inputs.max())


def hidden_dip_excess(study: SeedStudy) -> float:
    """Dip of the ranks of hidden nodes minus that of an untrained network with equal edge count."""
    found = []
    for untrained in (False, True):
        ranking = rank_nodes(study.graph(study.main, untrained))
        ranks = ranking.ranks[(study.nodes["role"] == "hidden").to_numpy()].dropna()
        found.append(dip(ranks.to_numpy()))
    return found[0] - found[1]


def larger_dip_p(nodes: int) -> Any:
    """Return the statistic: p of a dip test of the ranks of this many hidden nodes."""
    return lambda study: dip_p_value(_larger_ranks(study, nodes, trained=True))


def larger_dip_excess(nodes: int) -> Any:
    """Return the statistic: dip of those ranks minus that of an untrained network."""

    def excess(study: SeedStudy) -> float:
        trained, untrained = (dip(_larger_ranks(study, nodes, of)) for of in (True, False))
        return trained - untrained

    return excess


def jacobi_error(study: SeedStudy, name: str) -> float:
    """Largest distance of a rank after 20 updates from the exact one."""
    return _jacobi_error(study.graph(name))


def jacobi_error_bipartite(study: SeedStudy) -> float:
    """The same for a random graph with edges between consecutive layers only."""
    random = np.random.default_rng([study.seed, 7])
    layer = np.repeat(np.arange(len(_LAYERS)), _LAYERS)
    next_one = layer[:, np.newaxis] + 1 == layer
    return _jacobi_error((next_one & (random.random(next_one.shape) < _DENSITY)).astype(float))


def weighted_gain(study: SeedStudy, name: str) -> float:
    """tau-b of rank and role weighted by all positive flows, minus the threshold graph's."""
    flow = study.flow
    positive = int((flow.to_numpy() > 0.0).sum())
    weighted = rank_nodes(study.densest(flow, positive), weight="flow")
    return agreement(weighted) - agreement(rank_nodes(study.graph(name)))


def normalised_gain(study: SeedStudy, name: str) -> float:
    """tau-b of rank and role by normalised flow, minus the same by flow, with equal edge count.

    Published: flow over the smaller of two entropies. Corrected: each term as the correlation
    coefficient, from 0 to 1, of Gaussian variables with that information.
    """
    flow, graph = study.results.flow, study.graph(name)
    if study.mode == "published":
        entropy = study.nodes["entropy"].to_numpy()
        with np.errstate(divide="ignore", invalid="ignore"):
            measure = flow.flow / np.minimum.outer(entropy, entropy)
    else:
        measure = bounded(flow.delayed) - bounded(flow.instantaneous)
    normalised = study.densest(measure, graph.number_of_edges())
    return agreement(rank_nodes(normalised)) - agreement(rank_nodes(graph))


def rank_correlation(statistic: str) -> Any:
    """Return the correlation statistic of hidden ranks with an information, or a ratio of two."""

    def correlated(study: SeedStudy) -> float:
        nodes = study.part("nodes").isel(epoch=-1)
        ranks = study.ranking(study.main).ranks.reindex(nodes["unit"].to_numpy()).to_numpy()
        used = (nodes["role"].to_numpy() == "hidden") & np.isfinite(ranks)
        about = {of: nodes[f"{of}_information"].to_numpy()[used] for of in ("input", "target")}
        with np.errstate(divide="ignore", invalid="ignore"):  # an infinite ratio has a rank too
            about["ratio"] = about["input"] / about["target"]
        return spearman(ranks[used], about[statistic])

    return correlated


def layer_agreement(study: SeedStudy, part: str = _FEEDFORWARD, trained: bool = True) -> float:
    """tau-b of rank and layer in a feed-forward network, whose ranks are in a part of the study."""
    ranks, layer = _ranks_and_layers(study, part, trained)
    return association(ranks, layer.astype(np.int64))["kendall_tau"]


def layer_agreement_gain(study: SeedStudy, part: str = _FEEDFORWARD) -> float:
    """The same minus the value before training."""
    return layer_agreement(study, part) - layer_agreement(study, part, trained=False)


def layer_bend(study: SeedStudy) -> float:
    """Coefficient of the square of the layer in ranks fitted by layer and its square."""
    ranks, layer = _ranks_and_layers(study, _FEEDFORWARD, trained=True)
    if len(np.unique(layer)) < 3:
        raise EstimationError("fewer than three layers have a ranked node")
    return float(np.polynomial.polynomial.polyfit(layer, ranks, 2)[2])


def bounded(bits: xr.DataArray) -> xr.DataArray:
    """Return the coefficient sqrt(1 - 2^(-2 I)) of an information in bits; 0 where it is negative.

    Examples
    --------
    >>> bounded(xr.DataArray([0.0, 0.5])).round(3).values.tolist()
    [0.0, 0.707]
    """
    kept = np.where(bits < 0.0, 0.0, bits)
    return bits.copy(data=informational_correlation(kept))


def _ranks_and_layers(study: SeedStudy, part: str, trained: bool) -> tuple[Floats, Floats]:
    found = study.part(part)
    ranks, layer = found["rank"].sel(trained=trained).to_numpy(), found["layer"].to_numpy()
    known = np.isfinite(ranks)
    if not known.any():
        raise EstimationError("no node of the feed-forward network has an edge")
    return ranks[known], layer[known]


def _larger_ranks(study: SeedStudy, nodes: int, trained: bool) -> Floats:
    part = study.part("larger")["rank"]
    if nodes not in part["hidden_nodes"]:
        raise EstimationError(f"no network of {nodes} hidden nodes was trained")
    return part.sel(hidden_nodes=nodes, trained=trained).dropna("node").to_numpy()


def _ranks_of(study: SeedStudy, role: str) -> Floats:
    ranks = study.ranking(study.main).ranks[(study.nodes["role"] == role).to_numpy()].dropna()
    if len(ranks) == 0:
        raise EstimationError(f"no {role} node has an edge in the graph")
    return ranks.to_numpy()


def _jacobi_error(graph: Any) -> float:
    iterated = rank_nodes(graph, method="jacobi", iterations=20).ranks
    exact = rank_nodes(graph, gauge="degree").ranks
    return float(np.abs(iterated - exact).max())
