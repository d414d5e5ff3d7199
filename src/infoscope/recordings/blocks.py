"""Blocks of a recording: named arrays, each with a role, a layer and the names of its nodes."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from infoscope._arrays import described
from infoscope._errors import InputError
from infoscope._validate import Floats, one_of

ROW = ("sequence", "time")
# Blocks with their own argument; their names also mean all blocks of a role.
BLOCKS = {"inputs": "input", "hidden": "hidden", "outputs": "output", "targets": "target"}
# Roles of nodes, in the order of nodes.
ROLES = ("input", "hidden", "output")
_LETTERS = {"inputs": "x", "hidden": "h", "outputs": "o", "targets": "y"}
# Reserved names: other variables of a recording, and "all" for every node.
_TAKEN = {*ROW, "node", "unit", "days", "trial", "trial_label", "all"}
# A name is a folder on disk. The checksum of a recording ignores files with a leading dot.
_NAME = re.compile(r"(?![.\s])[^/\\\x00-\x1f]+(?<![.\s])")


@dataclass(frozen=True)
class BlockKind:
    """Role, layer and units of a block.

    Parameters
    ----------
    role : {"input", "hidden", "output", "target"}
        Role of its nodes.
    layer : str
        Blocks of one role and layer are computed in the same time step.
    units : str
        Units of its values.
    guessed : bool
        Whether the layer was guessed from the name of the block.
    """

    role: str
    layer: str
    units: str = ""
    guessed: bool = False


@dataclass(frozen=True)
class Block(BlockKind):
    """A block of a recording, without its values.

    Parameters
    ----------
    name : str
        Name of the block.
    nodes : tuple of str
        Names of its nodes.
    shape : (int, int, int)
        Sequences, steps of the longest sequence, and nodes.
    """

    name: str = ""
    nodes: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()


class Layer(NamedTuple):
    """Nodes that are computed in the same step: their names, and values (sequence, time, node)."""

    role: str
    name: str
    nodes: list[str]
    values: Floats


class Blocks(Mapping[str, Block]):
    """The blocks of a recording by name, in the order of nodes; displayed as a table."""

    def __init__(self, blocks: Mapping[str, Block]) -> None:
        self._blocks = dict(blocks)

    def __getitem__(self, name: str) -> Block:
        """Return the block of this name."""
        return self._blocks[name]

    def __iter__(self) -> Iterator[str]:
        """Return the names."""
        return iter(self._blocks)

    def __len__(self) -> int:
        """Return the number of blocks."""
        return len(self._blocks)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per block, indexed by name."""
        rows = [asdict(block) | {"nodes": len(block.nodes)} for block in self.values()]
        columns = ["name", "role", "layer", "guessed", "nodes", "shape", "units"]
        return pd.DataFrame(rows, columns=columns).set_index("name")

    def __repr__(self) -> str:
        """Return the table as text."""
        return repr(self.to_frame().rename(columns={"guessed": "layer guessed"}))

    def _repr_html_(self) -> str:
        return self.to_frame().rename(columns={"guessed": "layer guessed"}).to_html()


def block_kinds(fixed: xr.Dataset) -> dict[str, BlockKind]:
    """Return the kind of every possible block of a recording, by name.

    The attribute ``blocks`` of the fixed variables lists them; the default is `BLOCKS`.
    """
    listed = fixed.attrs.get("blocks")
    if listed is None:
        return {name: BlockKind(role, name) for name, role in BLOCKS.items()}
    return {name: BlockKind(**kind) for name, kind in listed.items()}


def layers_of(values: Mapping[Any, xr.DataArray], kinds: Mapping[str, BlockKind]) -> list[Layer]:
    """Return the layers in the order of roles, and within a role of their first blocks."""
    parts: dict[tuple[str, str], list[xr.DataArray]] = {}
    for role in ROLES:
        for name, kind in kinds.items():
            if kind.role == role and name in values:
                for layer, part in _apart(values[name], kind.layer):
                    parts.setdefault((role, layer), []).append(part)
    return [
        Layer(role, name, [node for block in blocks for node in nodes_of(block)], joined(blocks))
        for (role, name), blocks in parts.items()
    ]


def nodes_of(block: xr.DataArray) -> list[str]:
    """Return the names of a block's nodes (its last axis)."""
    return [str(node) for node in block[block.dims[-1]].to_numpy()]


def joined(blocks: Sequence[xr.DataArray]) -> Floats:
    """Return the values of blocks side by side, (sequence, time, node)."""
    arrays = [block.to_numpy() for block in blocks]
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=-1)


def blocks_there(fixed: xr.Dataset, snapshot: xr.Dataset, steps: tuple[int, ...]) -> Blocks:
    """Return the blocks of a recording."""
    there, found = {**fixed.data_vars, **snapshot.data_vars}, {}
    for name, kind in block_kinds(fixed).items():
        if name in there:
            nodes = tuple(nodes_of(there[name]))
            shape = (*steps, len(nodes))
            found[name] = Block(**asdict(kind), name=name, nodes=nodes, shape=shape)
    return Blocks(found)


def guesses_in_words(blocks: Blocks) -> str:
    """Return a sentence that lists the guessed layers and their blocks, or an empty string."""
    of_layer: dict[str, list[str]] = {}
    for block in blocks.values():
        if block.guessed:
            of_layer.setdefault(block.layer, []).append(block.name)
    if not of_layer:
        return ""
    said = "; ".join(f"{layer} ({', '.join(names)})" for layer, names in of_layer.items())
    return f"Layers were guessed from the names of blocks: {said}; layers={{...}} sets them."


def new_kinds(
    own: Mapping[str, str],
    named: Sequence[str],
    roles: Mapping[str, str],
    layers: Mapping[str, Any],
    units: Mapping[str, str],
) -> dict[str, BlockKind]:
    """Return the kind of every block, in the order of nodes; targets come last.

    Parameters
    ----------
    own : mapping
        Layers of blocks with their own argument, which need no guess.
    named : sequence of str
        Names of the blocks in ``blocks=``.
    roles, layers, units : mapping
        As in `Recording.from_arrays`.

    Raises
    ------
    InputError
        If a name is invalid, or a mapping has unknown blocks or roles.
    """
    everything = [*own, *named]
    for name in everything:
        _must_be_name(name)
    for argument, mapping in (("roles", roles), ("layers", layers), ("units", units)):
        _must_be_of(mapping, argument, everything)
    of_role = {name: BLOCKS.get(name, "hidden") for name in everything}
    for name, role in roles.items():
        of_role[name] = one_of(role, f"roles[{name!r}]", ROLES)
        if name in BLOCKS and of_role[name] != BLOCKS[name]:
            raise InputError(
                f"roles[{name!r}] must be {BLOCKS[name]!r}, got {role!r}; rename the block"
            )
    for name in set(everything) & set(BLOCKS):
        others = [n for n in everything if of_role[n] == BLOCKS[name] and n != name]
        if others:
            raise InputError(
                f"blocks must not share a role with {name!r}, which stands for all of that role, "
                f"got {', '.join(map(repr, others))}; rename {name!r}, for example "
                f"blocks={{'first': array, {others[0]!r}: array}}"
            )
    kinds = {}
    several = list(of_role.values()).count("hidden") > 1
    for name in everything:
        guess, guessed = own.get(name), False
        if guess is None:
            guessed = several and of_role[name] == "hidden" and name not in layers
            guess = _guessed_layer(name) if of_role[name] == "hidden" else _argument(of_role[name])
        layer, unit = layers.get(name, guess), units.get(name, "")
        if isinstance(layer, (bool, np.bool_)) or not isinstance(layer, (str, int, np.integer)):
            raise InputError(
                f"layers[{name!r}] must be a number or a name, got {described(layer)}; number "
                "layers in the order in which they are computed"
            )
        if not isinstance(unit, str):
            raise InputError(
                f"units[{name!r}] must be text, got {described(unit)}; write for example 'mV'"
            )
        kinds[name] = BlockKind(of_role[name], str(layer), unit, guessed)
    return dict(sorted(kinds.items(), key=_order(kinds, layers)))


def node_names(
    widths: Mapping[str, int],
    own: Mapping[str, list[str] | None],
    names: Mapping[str, Sequence[str]],
) -> dict[str, list[str]]:
    """Return the names of each block's nodes: as given, from coordinates, or numbered.

    Raises
    ------
    InputError
        If names are for unknown blocks, of the wrong number, or not unique.
    """
    _must_be_of(names, "names", [*widths, *BLOCKS])
    labels = {}
    for key, width in widths.items():
        stem = _LETTERS.get(key, f"{key}.")
        given = names.get(key, own[key] or [f"{stem}{i}" for i in range(width)])
        if isinstance(given, str) or not np.iterable(given):
            raise InputError(
                f"names[{key!r}] must be a sequence of names, got {given!r}; give {width} of them"
            )
        labels[key] = [str(name) for name in given]
        nameless = [name for name in given if name is None or str(name).endswith("\0")]
        if len(labels[key]) != width or nameless:
            found = described(nameless[0]) if nameless else len(labels[key])
            raise InputError(f"names[{key!r}] must have {width} names, got {found}; name each node")
    if twice := _repeated([n for key in labels if key != "targets" for n in labels[key]]):
        raise InputError(
            f"names must differ between nodes, got {', '.join(twice)} more than once; give names, "
            f"such as names={{{next(iter(labels))!r}: [...]}}"
        )
    if _repeated(labels.get("targets", [])):
        raise InputError(
            f"names['targets'] must differ, got {labels['targets']}; give each target its own"
        )
    return labels


def block_array(values: Floats, name: str, nodes: Sequence[str]) -> xr.DataArray:
    """Return a block (sequence, time, node) with the names of its nodes."""
    node = f"{BLOCKS.get(name, name)}_node"
    return xr.DataArray(values, dims=(*ROW, node), coords={node: list(nodes)})


def activation_dataset(
    hidden: Floats, outputs: Floats, names: Mapping[str, Sequence[str]]
) -> xr.Dataset:
    """Return a snapshot's Dataset from arrays (sequence, time, node)."""
    return xr.Dataset(
        {
            "hidden": block_array(hidden, "hidden", names["hidden"]),
            "outputs": block_array(outputs, "outputs", names["outputs"]),
        }
    )


def numbered_names(labels: np.ndarray, name: str) -> list[str]:
    """Return node labels as names; numbers get the letter of their block."""
    letter = _LETTERS.get(name.partition("[")[0], "") if labels.dtype.kind in "iuf" else ""
    return [f"{letter}{label}" for label in labels]


def _apart(block: xr.DataArray, layer: str) -> list[tuple[str, xr.DataArray]]:
    """Return the layers in one block, from the coordinate ``hidden_layer`` of old files."""
    places = block.coords.get("hidden_layer")
    if places is None:
        return [(layer, block)]
    return [
        (f"{layer} layer {number + 1}", block[..., np.flatnonzero(places == number)])
        for number in np.unique(places)
    ]


def _must_be_name(name: object) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InputError(
            f"blocks must have text as names, without slashes and no dot or space at an end, got "
            f"{described(name)}; rename it, for example 'lstm.l0.h'"
        )
    if name in _TAKEN or name.endswith("_node"):
        raise InputError(f"blocks must have names that are not reserved, got {name!r}; rename it")


def _must_be_of(mapping: object, argument: str, blocks: Sequence[str]) -> None:
    example = f"give for example {{{blocks[0]!r}: ...}}"
    if not isinstance(mapping, Mapping):
        raise InputError(f"{argument} must be a mapping, got {described(mapping)}; {example}")
    if unknown := [name for name in mapping if name not in blocks]:
        raise InputError(
            f"{argument} must have blocks as keys, such as {', '.join(dict.fromkeys(blocks[:6]))}, "
            f"got {described(unknown)}; {example}"
        )


def _guessed_layer(name: str) -> str:
    """Return the layer of a block from its name: ``lstm.l0`` for ``lstm.l0.h``.

    Both directions of a layer, such as ``l0`` and ``l0_reverse``, are one layer.
    """
    return (name.rpartition(".")[0] or name).removesuffix("_reverse")


def _argument(role: str) -> str:
    return next(name for name, its_role in BLOCKS.items() if its_role == role)


def _order(kinds: Mapping[str, BlockKind], layers: Mapping[str, Any]):
    """Return the key that sorts blocks by role and layer.

    Layers are sorted by number if every layer of the role has one, otherwise by first block.
    """
    first: dict[tuple[str, str], int] = {}
    for kind in kinds.values():
        first.setdefault((kind.role, kind.layer), len(first))

    def key(item: tuple[str, BlockKind]) -> tuple[int, int]:
        role, layer = item[1].role, item[1].layer
        of_role = [layers.get(name) for name, kind in kinds.items() if kind.role == role]
        numbered = all(isinstance(one, (int, np.integer)) for one in of_role)
        return (*ROLES, "target").index(role), int(layer) if numbered else first[role, layer]

    return key


def _repeated(names: Sequence[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)
