"""Which nodes or connections are held: from names to units and columns of weights."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

import torch

from infoscope._arrays import described
from infoscope._errors import InputError
from infoscope._validate import several
from infoscope.monitor.interventions.modules import ModuleNetwork
from infoscope.monitor.interventions.network import Block


@dataclass(frozen=True)
class Held:
    """What one knockout holds.

    Parameters
    ----------
    name, kind : str
        Its name; "node", "group" or "edge".
    nodes : tuple of int
        The nodes that are held; of an edge its source.
    into : int, optional
        The target of an edge.
    """

    name: str
    kind: str
    nodes: tuple[int, ...]
    into: int | None = None


def held_of(
    names: Sequence[str], blocks: Sequence[Block], nodes: Any, groups: Any, edges: Any
) -> list[Held]:
    """Read the arguments ``nodes``, ``groups`` and ``edges`` of a knockout.

    Raises
    ------
    InputError
        If a name or pattern matches no node, or something is empty.
    """
    holdable = [
        n for block in blocks if block.role != "output"
        for n in range(block.nodes.start, block.nodes.stop)
    ]  # fmt: skip
    if nodes is None and groups is None and edges is None:
        return [Held(names[n], "node", (n,)) for n in holdable]
    found: list[Held] = []
    if nodes is not None:
        chosen = _matching(nodes, "nodes", names, holdable)
        found += [Held(names[n], "node", (n,)) for n in chosen]
    if groups is not None:
        if not isinstance(groups, Mapping) or not groups:
            raise InputError(
                f"groups must be a mapping of names to nodes, got {described(groups)}; write for "
                "example {'first layer': 'lstm.l0.*'}"
            )
        for name, members in groups.items():
            own = _matching(members, f"groups[{name!r}]", names, holdable)
            found.append(Held(str(name), "group", tuple(own)))
    for pair in [] if edges is None else several(edges, "edges", "[('x0', 'gru.l0.h.1')]"):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise InputError(
                f"edges must be pairs (source, target), got {described(pair)}; write for example "
                "[('x0', 'gru.l0.h.1')]"
            )
        (source,) = _matching([pair[0]], "edges", names, holdable)
        (target,) = _matching([pair[1]], "edges", names, range(len(names)))
        found.append(Held(f"{names[source]} → {names[target]}", "edge", (source,), target))
    if not found:
        raise InputError("nodes is empty; name at least one node, or omit it for all")
    if len({held.name for held in found}) < len(found):
        raise InputError("nodes, groups and edges must have different names; name each once")
    return found


def _matching(
    patterns: Any, argument: str, names: Sequence[str], among: Iterable[int]
) -> list[int]:
    """Return the nodes that match names or patterns, in the order of the recording."""
    wanted, among, found = several(patterns, argument, "['x0']"), list(among), set[int]()
    if not wanted:
        raise InputError(f"{argument} is empty; name at least one node, or omit it")
    for pattern in wanted:
        matching = [n for n in among if names[n] == pattern] or [
            n for n in among if fnmatchcase(names[n], str(pattern))
        ]
        if not matching:
            known = [names[n] for n in among]
            near = get_close_matches(str(pattern), known, 5, 0.3) or known[:5]
            raise InputError(
                f"{argument} must match nodes of the recording that can be held, got "
                f"{described(pattern)}; near it are {', '.join(near)}"
            )
        found.update(matching)
    return sorted(found)


@dataclass(frozen=True)
class Connection:
    """A direct connection: a column of a layer's weights into one of its units.

    ``layer`` is None for a connection to the model's output.
    """

    layer: str | None
    recurrent: bool
    column: int
    unit: int


def connection_of(network: ModuleNetwork, source: int, target: int) -> Connection:
    """Return the connection between two nodes.

    Raises
    ------
    InputError
        If there is none, or it leads through other code than a layer's weights.
    """
    (a, i), (b, j) = (_unit(network, node) for node in (source, target))
    ends = f"{network.names[source]} → {network.names[target]}"
    if b.role == "output":
        if "outputs" not in network.reached(a.name):
            raise _none(ends)
        return Connection(None, False, i, j)
    if b.role == "input" or (a.role == "hidden" and not a.name.endswith(".h")):
        raise _none(ends)
    layer = network.layers[network.owner[b.name].name]
    if layer.equations.inward is None:
        raise InputError(
            f"edges must end in units with weights, got {ends}: a diagonal recurrence has none "
            "between its units; hold the source node instead"
        )
    if network.arguments[layer.name].readout is not None and b.name.endswith(".h"):
        raise InputError(
            f"edges must end in single units, got {ends}, an output of a projection; name the cell "
            f"state {layer.block('c')} instead"
        )
    if a.name == layer.block("h"):
        return Connection(layer.name, True, i, j)
    own = a.name.removesuffix(".h")
    if own in layer.below:
        place = layer.below.index(own)
        column = i + sum(len(network.by_state(n)) for n in layer.below[:place])
        return Connection(layer.name, False, column, j)
    x, values = network.seen.x[network.home[layer.name][0]], a.values[..., i]
    same = [
        c for c in range(x.shape[2]) if not layer.below
        and torch.equal(network.rows.of_all(x[..., c]), network.rows.of_all(values).to(x.dtype))
    ]  # fmt: skip
    if len(same) != 1:
        raise _none(ends)
    return Connection(layer.name, False, same[0], j)


def _unit(network: ModuleNetwork, node: int) -> tuple[Block, int]:
    block = next(block for block in network.blocks if node < block.nodes.stop)
    return block, node - block.nodes.start


def _none(ends: str) -> InputError:
    return InputError(
        f"edges must be direct connections: from a layer's input or output into its units, or to "
        f"the model's output, got {ends}, which is none or leads through other modules; hold the "
        "source node instead"
    )
