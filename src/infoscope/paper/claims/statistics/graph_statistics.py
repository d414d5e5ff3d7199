"""Statistics of the flow graph of one seed: degrees, chaos, direct influence, noise."""

from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._errors import EstimationError
from infoscope._validate import Floats
from infoscope.flow.edge_scores import score_edges
from infoscope.graphs.graph import degree_correlation, degrees
from infoscope.graphs.rank_nulls import rank_significance
from infoscope.graphs.ranking import rank_nodes
from infoscope.kernels.rewiring import rewire
from infoscope.measures.statistics import spearman
from infoscope.paper.claims.statistics.dip import dip_p_value
from infoscope.paper.claims.study import CHANCE, SeedStudy, agreement

# Range of a low flow in the paper; the first value is its lowest threshold.
_LOW_FLOW = (0.06, 0.3)
# Random graphs of every null.
_DRAWS = 199
# Successful swaps are about a third of the attempts in these graphs.
_ATTEMPTS_PER_EDGE = 30
_QUANTILE = 0.95


def degree_pearson(study: SeedStudy, name: str) -> float:
    """Pearson correlation of in- and out-degree over the nodes that have an edge."""
    return degree_correlation(study.graph(name))


def degree_spearman(study: SeedStudy, name: str) -> float:
    """Spearman correlation of in- and out-degree over the nodes that have an edge."""
    table = _linked(study.graph(name))
    return spearman(table["in_degree"].to_numpy(), table["out_degree"].to_numpy())


def degree_pearson_excess(study: SeedStudy, name: str) -> float:
    """The Pearson correlation minus its mean over graphs with equal edge counts between roles."""
    found = rank_significance(
        study.graph(name), null="block", statistic="degree_correlation", surrogates=_DRAWS,
        blocks="role", random_state=study.seed,
    )  # fmt: skip
    return found.value - found.null_mean


def both_above_medians(study: SeedStudy, name: str) -> float:
    """Share of the nodes with an edge whose in- and out-degree are both above their medians."""
    table = _linked(study.graph(name))
    return float(_doing_both(table["in_degree"].to_numpy(), table["out_degree"].to_numpy()))


def both_above_medians_excess(study: SeedStudy, name: str) -> float:
    """The same minus its mean with in-degrees shuffled among the nodes of each role."""
    table = _linked(study.graph(name))
    into, out = table["in_degree"].to_numpy(), table["out_degree"].to_numpy()
    random, roles = np.random.default_rng([study.seed, 3]), table["role"].to_numpy()
    shuffled = []
    for _ in range(_DRAWS):
        moved = into.copy()
        for role in np.unique(roles):
            moved[roles == role] = random.permutation(into[roles == role])
        shuffled.append(_doing_both(moved, out))
    return float(_doing_both(into, out) - np.mean(shuffled))


def degree_dip(study: SeedStudy, name: str) -> float:
    """The smaller p of dip tests of in- and out-degrees, each spread evenly over its unit."""
    table = _linked(study.graph(name))
    random = np.random.default_rng([study.seed, 4])
    spread = [table[c] + random.uniform(-0.5, 0.5, len(table)) for c in ("in_degree", "out_degree")]
    return min(dip_p_value(values.to_numpy()) for values in spread)


def degree_variance_ratio(study: SeedStudy, name: str) -> float:
    """Variance of degrees over its 95th percentile with edges placed at random.

    The larger of in- and out-degree; the same number of edges, among possible pairs.
    """
    edge = study.edges(name)
    random = np.random.default_rng([study.seed, 5])
    drawn = [_variances(placed) for placed in random_edges(study, name, _DRAWS, random)]
    return float((_variances(edge) / np.quantile(drawn, _QUANTILE, axis=0)).max())


def random_edges(
    study: SeedStudy, name: str, draws: int, random: np.random.Generator
) -> Iterator[NDArray[np.bool_]]:
    """Yield random edges (source, target) among possible ones, as many as the graph has."""
    possible, count = study.flow.notnull().to_numpy(), study.graph(name).number_of_edges()
    pairs = np.argwhere(possible)
    _some(count)
    for _ in range(draws):
        placed = np.zeros(possible.shape, bool)
        placed[tuple(pairs[random.choice(len(pairs), count, replace=False)].T)] = True
        yield placed


def reciprocity_z(study: SeedStudy) -> float:
    """Reciprocity in standard deviations from its mean over swaps that keep all degrees."""
    return _z_of(study, lambda graph: nx.reciprocity(graph) or 0.0)


def clustering_z(study: SeedStudy) -> float:
    """Mean directed clustering coefficient in standard deviations from its mean over swaps."""
    return _z_of(study, nx.average_clustering)


def directedness_z(study: SeedStudy) -> float:
    """1 - F0 of the hidden nodes in standard deviations from that of random orientations."""
    graph = study.graph(study.main)
    hidden = [node for node, role in graph.nodes(data="role") if role == "hidden"]
    return rank_significance(graph.subgraph(hidden)).z


def system_gain(system: str, other: str) -> Any:
    """Return the statistic: average precision of flow minus another measure's in a system."""

    def gain(study: SeedStudy) -> float:
        found = study.part("systems")["auprc"].sel(system=system)
        return float(found.sel(measure="flow") - found.sel(measure=other))

    return gain


def influence_score(block: str, score: str) -> Any:
    """Return the statistic that compares flow and structural weight: "spearman" or "auroc"."""

    def scored(study: SeedStudy) -> float:
        strength = study.part("strength")["strength"]
        table = score_edges(study.flow, strength, nodes=study.nodes)
        return float(table.loc[table["block"] == block, score].to_numpy()[0])

    return scored


def delayed_loss(study: SeedStudy, name: str) -> float:
    """tau-b of rank and role by flow, minus the same by as many largest delayed values."""
    graph = study.graph(name)
    delayed = study.densest(study.results.flow.delayed, graph.number_of_edges())
    return agreement(rank_nodes(graph)) - agreement(rank_nodes(delayed))


def similarity_excess(study: SeedStudy) -> float:
    """Correlation of shared sources and shared sinks (Jaccard) of pairs of hidden nodes.

    Minus the value of an untrained network with the same number of edges.
    """
    hidden = (study.nodes["role"] == "hidden").to_numpy()
    found = []
    for untrained in (False, True):
        edge = study.edges(study.main, untrained)
        above = np.triu_indices(int(hidden.sum()), 1)
        found.append(spearman(_jaccard(edge[:, hidden].T)[above], _jaccard(edge[hidden])[above]))
    return found[0] - found[1]


def low_flow_significant(study: SeedStudy) -> float:
    """Share of the pairs with a low flow that are significant at a false discovery rate of 10 %."""
    tested, flow = study.nulls[CHANCE].tested.to_numpy(), study.flow.to_numpy()
    low = tested & (flow > _LOW_FLOW[0]) & (flow < _LOW_FLOW[1])
    if not low.any():
        raise EstimationError(f"no flow lies between {_LOW_FLOW[0]:g} and {_LOW_FLOW[1]:g} bit")
    share = study.results.settings.false_share
    return float(study.results.significant(share, "fdr")[low].mean())


def chance_of_low_flow(study: SeedStudy) -> float:
    """Share of the surrogate flows above the lowest published threshold."""
    return float((study.nulls[CHANCE].draws > _LOW_FLOW[0]).mean())


def _linked(graph: nx.DiGraph) -> pd.DataFrame:
    table = degrees(graph)
    linked = table[(table["in_degree"] > 0) | (table["out_degree"] > 0)]
    _some(len(linked))
    return linked


def _some(count: int) -> None:
    if count == 0:
        raise EstimationError("the graph has no edge")


def _doing_both(into: Floats, out: Floats) -> Floats:
    return ((into > np.median(into)) & (out > np.median(out))).mean()


def _variances(edge: NDArray[Any]) -> Floats:
    return np.array([edge.sum(axis=axis).var() for axis in (0, 1)])


def _z_of(study: SeedStudy, measure: Any) -> float:
    """z-score of a measure of the main graph among graphs with its degrees and edges of roles."""
    graph = study.graph(study.main)
    names = list(graph.nodes)
    edges = np.argwhere(study.edges(study.main))
    _some(len(edges))
    roles = np.unique(study.nodes["role"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    sources, targets = edges[:, 0].copy(), edges[:, 1].copy()
    starts = np.searchsorted(sources, np.arange(len(names) + 1))
    drawn = []
    for random in np.random.default_rng([study.seed, 6]).spawn(_DRAWS):
        swapped = targets.copy()
        rewire(sources, swapped, starts, roles, _ATTEMPTS_PER_EDGE * len(edges), random)
        drawn.append(measure(nx.DiGraph(list(zip(sources, swapped, strict=True)))))
    sd = float(np.std(drawn))
    if sd == 0.0:
        raise EstimationError("all graphs with these degrees are alike")
    plain = nx.DiGraph(list(zip(sources, targets, strict=True)))
    return float((measure(plain) - np.mean(drawn)) / sd)


def _jaccard(sets: NDArray[np.bool_]) -> Floats:
    """Jaccard similarity of all rows of sets (node, member); 0 for empty ones."""
    numbers = sets.astype(float)
    shared, sizes = numbers @ numbers.T, numbers.sum(axis=1)
    joint = sizes[:, np.newaxis] + sizes - shared
    return np.divide(shared, joint, out=np.zeros_like(shared), where=joint > 0.0)
