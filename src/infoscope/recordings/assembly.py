"""Assemble a recording from arrays: fixed variables, and a snapshot for each epoch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import xarray as xr

from infoscope._arrays import as_array, described
from infoscope._errors import InputError
from infoscope._validate import real_number, several
from infoscope.recordings.alignment import alignment_word
from infoscope.recordings.arrays import (
    Values,
    checked_days,
    checked_epochs,
    checked_lengths,
    common_steps,
    cut,
    days_among,
    one_per_epoch,
    read_block,
)
from infoscope.recordings.blocks import BLOCKS, ROLES, ROW, block_array, new_kinds, node_names


def assembled(
    own: Mapping[str, Any],
    *,
    blocks: Mapping[str, Any] | None,
    roles: Mapping[str, str] | None,
    layers: Mapping[str, Any] | None,
    units: Mapping[str, str] | None,
    names: Mapping[str, Sequence[str]] | None,
    groups: Mapping[str, Sequence[str]] | None,
    days: Any,
    trials: Sequence[Any] | None,
    lengths: Sequence[int] | None,
    sampling_interval: float | None,
    epochs: Sequence[int] | None,
    aligned: str | bool,
) -> tuple[xr.Dataset, dict[int, xr.Dataset]]:
    """Return the fixed variables and the snapshot of each epoch, from arrays for `Recording`."""
    given, layer_of = _flat(own, blocks)
    named = [name for name in given if name not in layer_of]
    kinds = new_kinds(layer_of, named, roles or {}, layers or {}, units or {})
    if not any(kind.role in ROLES for kind in kinds.values()):
        raise InputError(
            "inputs, hidden or outputs must be given, got none of them; a recording needs "
            "the activations of some nodes"
        )
    when = (0,) if epochs is None else checked_epochs(epochs)
    moving = {n for n, kind in kinds.items() if kind.role in ("hidden", "output")}
    steps_before_padding = checked_lengths(lengths)
    values = {
        name: read_block(given[name], name, epochs is not None and name in moving,
                         steps_before_padding)
        for name in kinds
    }  # fmt: skip
    if epochs is not None:
        for name in kinds:
            if name in moving:
                one_per_epoch(len(values[name].values), name, len(when))
    steps = common_steps(values)
    own_names = {name: block.names for name, block in values.items()}
    widths = {name: block.values.shape[-1] for name, block in values.items()}
    labels = node_names(widths, own_names, names or {})

    def dataset(wanted: Iterable[str], place: int | None = None) -> xr.Dataset:
        arrays = {name: values[name].values for name in wanted}
        return xr.Dataset({
            name: block_array(array if place is None else array[place], name, labels[name])
            for name, array in arrays.items()
        })  # fmt: skip

    fixed = dataset(name for name in kinds if name not in moving)
    fixed = fixed.assign_attrs(aligned=alignment_word(aligned))
    if blocks is not None or set(given) - set(BLOCKS) or layers or units:
        fixed.attrs["blocks"] = {name: asdict(kind) for name, kind in kinds.items()}
    if sampling_interval is not None:
        fixed.attrs["sampling_interval"] = real_number(
            sampling_interval, "sampling_interval", above=0.0
        )
    if groups is not None:
        nodes = [node for name in kinds if name != "targets" for node in labels[name]]
        fixed.attrs["groups"] = _checked_groups(groups, nodes)
    days = days_among(values) if days is None else days
    fixed = fixed.assign(_rows(values, steps, days, trials, steps_before_padding))
    places = [None] if epochs is None else range(len(when))
    inner = [name for name in kinds if name in moving]
    return fixed, dict(zip(when, (dataset(inner, place) for place in places), strict=True))


def _flat(
    own: Mapping[str, Any], blocks: Mapping[str, Any] | None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of every block, and the layers of blocks whose layer is given."""
    if blocks is not None and (not isinstance(blocks, Mapping) or not blocks):
        raise InputError(
            f"blocks must be a mapping from names to arrays, got {described(blocks)}; give for "
            "example {'lstm.l0.h': array}"
        )
    given = {name: values for name, values in own.items() if values is not None}
    hidden = given.get("hidden")
    if isinstance(hidden, Mapping):
        if not hidden:
            raise InputError("hidden is empty; give one array per layer, or omit it")
        del given["hidden"]
        given |= hidden
    layer_of = {name: name for name in given}
    for name, values in (blocks or {}).items():
        if name in given:
            raise InputError(
                f"blocks must have other names than the arguments, got {name!r} twice; leave one "
                "out"
            )
        given[name] = values
    return given, layer_of


def _rows(
    values: Mapping[str, Values],
    steps: tuple[int, ...],
    days: Any,
    trials: Any,
    lengths: Sequence[int] | None,
) -> dict[str, Any]:
    """Return the variables that describe rows and trials."""
    found: dict[str, Any] = {}
    unequal = any(block.lengths for block in values.values())
    if unequal:
        found["trial"] = (ROW, np.repeat(np.arange(len(steps)), steps)[np.newaxis])
    if days is not None:
        rows = days if lengths is None else cut(days, "days", ROW, lengths)
        found["days"] = (ROW, checked_days(rows, steps))
    if trials is not None:
        labels = as_array(trials, "trials")
        if labels.shape != (len(steps),) or labels.dtype.kind not in "iufbUSO":
            raise InputError(
                f"trials must have a label for each of {len(steps)} sequences, got "
                f"{described(trials)}; give one per sequence"
            )
        labels = labels if labels.dtype.kind in "iufb" else np.array([str(of) for of in labels])
        found["trial_label"] = ("of_trial" if unequal else "sequence", labels)
    return found


def _checked_groups(groups: Any, nodes: Sequence[str]) -> dict[str, list[str]]:
    """Return the nodes of each group, in the given order."""
    example = f"give for example {{'first': [{nodes[0]!r}]}}"
    if not isinstance(groups, Mapping):
        raise InputError(f"groups must be a mapping, got {described(groups)}; {example}")
    checked = {}
    for name, members in groups.items():
        chosen = several(members, f"groups[{name!r}]", f"[{nodes[0]!r}]")
        unknown = [node for node in chosen if node not in nodes]
        if unknown or not chosen or len(set(chosen)) < len(chosen):
            raise InputError(
                f"groups[{name!r}] must be nodes of the recording, each once, got "
                f"{described(unknown or chosen)}; nodes are {', '.join(nodes[:6])}"
                + (" ..." if len(nodes) > 6 else "")
            )
        checked[str(name)] = chosen
    return checked
