"""Findings, open questions and warnings of an analysis: facts, and their sentences."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from infoscope.analysis.results import Results
from infoscope.analysis.stages.measures import LEFT_OUT
from infoscope.analysis.switches import ONE_STEP
from infoscope.graphs.ranking import class_order
from infoscope.report.accuracy import calibration_reading
from infoscope.report.document import Finding, Warning
from infoscope.report.networks import TITLES

# Ranks of at least this many nodes are a result.
_FEWEST_RANKED = 3
# Measures given all recorded nodes.
_DIRECT = ("full_conditional", "partial_correlation", ONE_STEP)
_ADVICE = (
    "Read edges as dependence in time; for direct influence use the measure given all nodes, or "
    "isc.influence where the network is at hand."
)
_MISSING = (
    "False edges are not controlled: unrecorded units that drive several recorded ones make edges "
    "between them, whatever the level."
)
_MORE = "Record more units, or kick those that can be kicked (isc.models.random_kicks)."


def edge_facts(results: Results) -> dict[str, Any]:
    """Return the numbers of edges: tested, and significant by each level; the strongest."""
    main = results.graphs[results.main]
    possible = int(results.values.notnull().sum())
    facts: dict[str, Any] = {
        "nodes": len(results.flow.nodes),
        "pairs": possible,
        "rows": results.flow.n,
        "edges": {name: graph.number_of_edges() for name, graph in results.graphs.items()},
        "measure": results.settings.measure,
    }
    if main.number_of_edges():
        source, target, strength = max(main.edges(data="flow"), key=lambda edge: edge[2])
        facts["strongest"] = {"source": source, "target": target, "value": float(strength)}
    return facts


def rank_facts(results: Results) -> dict[str, Any]:
    """Return directedness with its test, highest and lowest nodes, and the order of roles."""
    ranking = results.rankings[results.main]
    ranks = ranking.ranks.dropna().sort_values()
    if len(ranks) < _FEWEST_RANKED:
        return {}
    facts: dict[str, Any] = {
        "directedness": ranking.directedness,
        "p": results.directedness_p,
        "first": ranks.index[:3].tolist(),
        "last": ranks.index[-3:].tolist(),
    }
    if len(set(ranking.table["role"])) > 1:
        facts["order"] = class_order(ranking)["kendall_tau"]
    return facts


def findings_of(results: Results) -> tuple[Finding, ...]:
    """Return what the analysis found, three to five sentences with numbers."""
    return tuple(
        finding
        for part in (_edges, _strongest, _order, _groups, _learned, _influence)
        for finding in part(results)
    )


def _edges(results: Results) -> Iterator[Finding]:
    facts, title = edge_facts(results), TITLES[results.settings.measure][0].lower()
    if not results.settings.significant_edges:
        counts = ", ".join(f"{count} above {name}" for name, count in facts["edges"].items())
        yield Finding(
            f"Of {facts['pairs']} pairs of nodes, {counts} have {title}.",
            "Thresholds as published, without error rates.",
        )
        return
    counts = " and ".join(f"{count} at {_said(name)}" for name, count in facts["edges"].items())
    yield Finding(
        f"{counts} of {facts['pairs']} possible edges have significant {title}.",
        f"{facts['nodes']} nodes, {facts['rows']} compared rows; {_test(results)}.",
    )


def _test(results: Results) -> str:
    if results.settings.measure == ONE_STEP:
        return "sources that each target needs, chosen greedily and tested given one another"
    if results.settings.in_closed_form:
        return "tested in closed form with the effective sample size"
    nulls = results.significance
    return f"null {nulls.null}, {nulls.surrogates} surrogates each; an edge must pass every null"


def _strongest(results: Results) -> Iterator[Finding]:
    strongest = edge_facts(results).get("strongest")
    if strongest is None:
        return
    source, target = strongest["source"], strongest["target"]
    evidence = ""
    if results.nulls and not results.settings.in_closed_form:
        place = {"source": source, "target": target}
        tested = results.significance
        mean, sd = (float(part.sel(place)) for part in (tested.null_mean, tested.null_sd))
        evidence = f"Surrogates: {mean:.3f} ± {sd:.3f} bits (mean ± standard deviation)."
    yield Finding(
        f"The strongest edge leads from {source} to {target}: {strongest['value']:.2g} bits.",
        evidence,
    )


def _order(results: Results) -> Iterator[Finding]:
    facts = rank_facts(results)
    if not facts:
        return
    said = f"Information enters at {_names(facts['first'])} and ends at {_names(facts['last'])}"
    evidence = f"Directedness {facts['directedness']:.2f}"
    if np.isfinite(facts["p"]):
        evidence += f", p = {facts['p']:.2g} against random directions of the same edges"
    if "order" in facts and np.isfinite(facts["order"]):
        evidence += f"; Kendall's tau of ranks and roles {facts['order']:.2f}"
    yield Finding(f"{said} of the ranking.", evidence + ".")


def _groups(results: Results) -> Iterator[Finding]:
    if results.groups is None:
        return
    main = results.groups.graphs[results.groups.main]
    edges = sorted(main.edges(data="flow"), key=lambda edge: -edge[2])
    tested = int(results.groups.flow.flow.notnull().sum())
    if not edges:
        yield Finding(
            f"No flow between the {len(main)} groups is significant at "
            f"{_said(results.groups.main)}.",
            f"{tested} pairs of groups.",
        )
        return
    said = ", ".join(f"{a} to {b} ({bits:.2g} bits)" for a, b, bits in edges[:3])
    yield Finding(
        f"Between groups, information flows from {said}.",
        f"{len(edges)} of {tested} pairs of groups at {_said(results.groups.main)}.",
    )


def _learned(results: Results) -> Iterator[Finding]:
    curves = results.stages.get("learning")
    if curves is not None:
        yield from learned(curves)


def learned(curves: xr.Dataset, steps: str = "Epochs") -> Iterator[Finding]:
    """Yield how skill and decodable information go during training, if they are known."""
    if "skill" not in curves:
        return
    skill = curves["skill"].dropna("epoch")
    if not skill.size:
        return
    said = f"The skill of the network goes from {float(skill[0]):.2f} to {float(skill[-1]):.2f}"
    if "decoded_target" in curves:
        bits = curves["decoded_target"].dropna("epoch")
        if bits.size:
            said += f", decodable target information from {float(bits[0]):.2f} to "
            said += f"{float(bits[-1]):.2f} bits"
    when = [int(epoch) for epoch in (skill["epoch"][0], skill["epoch"][-1])]
    yield Finding(f"{said} during training.", f"{steps} {when[0]} to {when[1]}.")


def _influence(results: Results) -> Iterator[Finding]:
    if results.calibration is not None:
        yield Finding(
            calibration_reading(results.calibration),
            "Against causal flow in the network itself; 95 % intervals over targets. Accuracy has "
            "all measures.",
        )


def undecided_of(results: Results) -> tuple[str, ...]:
    """Return what the analysis cannot conclude, and why."""
    found = []
    if results.settings.unrecorded:
        found.append(
            "Which edges are connections: units of the network are missing from the recording, so "
            "that the graph is one of dependence given what was recorded."
        )
    elif results.settings.measure not in _DIRECT:
        found.append(
            "Whether edges are connections: a common cause or a path through other nodes makes "
            "dependence in time too."
        )
    else:
        found.append("Whether unrecorded nodes cause the edges.")
    if missing := results.flow.not_estimated:
        more = f" and {len(missing) - 2} more" if len(missing) > 2 else ""
        found.append(f"Flow without an estimate: {'; '.join(missing[:2])}{more}.")
    stage = results.stages.get("measures")
    if stage is not None:
        found += [f"Left out: {reason}" for reason in stage.attrs.get(LEFT_OUT, ())]
    ranking = results.rankings[results.main]
    if "disconnected" in ranking.flags:
        found.append("The order of nodes in different components of the graph.")
    if results.gates is not None and not results.gates.get("needs_recurrence", True):
        found.append(
            "Anything about recurrence: the error hardly rises without the recurrent weights."
        )
    return tuple(found)


def warnings_of(results: Results) -> tuple[Warning, ...]:
    """Return doubts that matter, with what to do."""
    found = []
    if results.settings.unrecorded:
        found.append(Warning(_MISSING, _MORE))
    if results.nulls:
        first = next(iter(results.nulls.values()))  # only it has a control
        found += [Warning(text, _ADVICE) for text in first.warnings]
    flow = results.flow
    if "within-step" in flow.flags or "alignment-unclear" in flow.flags:
        found.append(Warning(flow.alignment, "State the alignment: aligned='layers' or 'none'."))
    if "constant" in flow.nodes and (still := flow.nodes.index[flow.nodes["constant"] > 0]).size:
        found.append(
            Warning(
                f"{len(still)} of {len(flow.nodes)} nodes are constant: {_names(list(still))}.",
                "They have no edges; leave them out.",
            )
        )
    plane = results.stages.get("nodes")
    if plane is not None:
        found += [Warning(text) for text in results.nodes.warnings]
    return tuple(found)


def _names(nodes: list[Any]) -> str:
    said = [str(node) for node in nodes]
    if len(said) > 3:
        return f"{', '.join(said[:3])} and {len(said) - 3} more"
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def _said(level: str) -> str:
    return level.replace("%", " %")
