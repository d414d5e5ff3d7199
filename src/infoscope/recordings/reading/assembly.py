"""A recording from the arrays that an importer found."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoscope._arrays import described
from infoscope._errors import InputError
from infoscope._validate import Floats, one_of, real_number, several
from infoscope.estimators.estimate import listed
from infoscope.recordings.blocks import BLOCKS, ROLES
from infoscope.recordings.reading.missing import complete
from infoscope.recordings.reading.raw import Part, Raw
from infoscope.recordings.reading.times import Timing, same_interval
from infoscope.recordings.recording import Recording

_ROLES = (*ROLES, "target")
_ARGUMENT = {role: argument for argument, role in BLOCKS.items()}
# Names of blocks that a recording reserves.
_RESERVED = {"sequence", "time", "node", "unit", "days", "trial", "trial_label", "all"}


@dataclass(frozen=True)
class Piece:
    """Units of one array with one role and one layer.

    Parameters
    ----------
    part : str
        Name of the array.
    role : str
        Role of the units.
    layer : object
        Their layer, or None.
    columns : list of int
        Their places in the array.
    """

    part: str
    role: str
    layer: Any
    columns: list[int]


def assembled_recording(
    raw: Raw,
    *,
    names: Any = None,
    roles: Mapping[str, str] | None = None,
    layers: Mapping[str, Any] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    sampling_interval: float | None = None,
    missing: str = "refuse",
) -> Recording:
    """Return the recording of arrays; arguments as `read`.

    Raises
    ------
    InputError
        If arrays do not fit each other, values are missing, or a name is not known.
    """
    notes = list(raw.notes)
    parts = {name: _named(part, name, names, len(raw.parts)) for name, part in raw.parts.items()}
    steps = _common_steps(parts)
    timing = Timing.of(raw.times, steps)
    notes += timing.notes
    together = [
        np.hstack(arrays) for arrays in zip(*(p.trials for p in parts.values()), strict=True)
    ]
    labels = [name for key, part in parts.items() for name in _labels(key, part)]
    trials, places, kept = complete(together, timing.places, missing, labels, notes)
    pieces = _pieces(parts, roles or {}, layers or {})
    if not roles and all(piece.role == "hidden" for piece in pieces):
        notes.append(
            "No roles are known: all units are hidden units. roles={...}, or --inputs and "
            "--outputs, sets them."
        )
    interval = _interval(sampling_interval, raw, timing, notes)
    chosen = _arguments(pieces, parts, trials)
    recording = Recording.from_arrays(
        **chosen,
        groups=groups,
        days=_days(places, timing, notes),
        trials=None if raw.labels is None else [raw.labels[trial] for trial in kept],
        sampling_interval=interval,
    )
    recording.fixed.attrs["notes"] = notes
    return recording


def _named(part: Part, name: str, names: Any, parts: int) -> Part:
    """Return a part with the given names of its units, if any."""
    if names is None:
        return part
    if isinstance(names, Mapping):
        given = names.get(name)
    elif parts == 1:
        given = names
    else:
        raise InputError(
            f"names must be a mapping for {parts} arrays, got {described(names)}; give names for "
            f"example as {{{name!r}: [...]}}"
        )
    if given is None:
        return part
    width = part.trials[0].shape[1]
    listing = [str(one) for one in several(given, "names", "['a', 'b']")]
    if len(listing) != width:
        raise InputError(f"names must be {width}, one for each unit, got {len(listing)}; name all")
    return Part(part.trials, listing, part.roles, part.layers, part.units)


def _common_steps(parts: Mapping[str, Part]) -> list[int]:
    """Return the rows of each trial, which all parts share."""
    steps = {name: [len(trial) for trial in part.trials] for name, part in parts.items()}
    first = next(iter(steps.values()))
    for name, found in steps.items():
        if found != first:
            raise InputError(
                f"all arrays must have the same trials and rows, got {len(first)} trials of "
                f"{listed(list(map(str, first)), 4)} rows and, for {name!r}, {len(found)} of "
                f"{listed(list(map(str, found)), 4)}; cut them to what they share, or choose "
                "arrays with variables=[...]"
            )
    if sum(first) == 0:
        raise InputError("the source must have rows, got none; give some data")
    return first


def _labels(key: str, part: Part) -> list[str]:
    """Return names of units for messages."""
    if part.names is not None:
        return part.names
    return [f"{key} unit {unit}".strip() for unit in range(part.trials[0].shape[1])]


def _interval(given: Any, raw: Raw, timing: Timing, notes: list[str]) -> float | None:
    """Return the sampling interval in seconds: as given, as the source states, or from times."""
    known = raw.sampling_interval if raw.sampling_interval is not None else timing.interval
    if given is None:
        if raw.sampling_interval is None and known is not None and timing.start is None:
            notes.append(
                f"Times are taken as seconds: the sampling interval is {known:.6g} s. "
                "sampling_interval=... sets it."
            )
        return known
    wanted = real_number(given, "sampling_interval", above=0.0)
    if known is not None and not same_interval(wanted, known):
        notes.append(f"The sampling interval is {wanted:.6g} s, as given; times say {known:.6g}.")
    return wanted


def _days(
    places: list[NDArray[np.int64]], timing: Timing, notes: list[str]
) -> NDArray[Any] | list[NDArray[Any]] | None:
    """Return a time for each row if times are dates or have gaps, else None."""
    gaps = int(sum((np.diff(each) > 1).sum() for each in places))
    if gaps:
        some = "There is a gap" if gaps == 1 else f"There are {gaps} gaps"
        notes.append(f"{some} in time; measures compare rows only within unbroken stretches.")
    if timing.start is not None and len(places) == 1:
        interval = timing.interval or 0.0
        seconds = np.rint(places[0] * interval * 1e9).astype("timedelta64[ns]")
        return (timing.start + seconds)[np.newaxis]
    if not gaps:
        return None
    # Times of different trials must differ: equal ones would count as copies of one day.
    longest = max(int(each[-1]) for each in places) + 2
    days = [each + 2.0 * longest * trial for trial, each in enumerate(places)]
    return np.stack(days) if len({len(each) for each in days}) == 1 else days


def _pieces(
    parts: Mapping[str, Part], roles: Mapping[str, str], layers: Mapping[str, Any]
) -> list[Piece]:
    """Return the units of each part by role and layer."""
    known = {name: None for key, part in parts.items() for name in (*(part.names or ()), key)}
    for argument, mapping in (("roles", roles), ("layers", layers)):
        if not isinstance(mapping, Mapping):
            raise InputError(
                f"{argument} must be a mapping, got {described(mapping)}; give for example "
                f"{argument}={{{next(filter(None, known), 'x')!r}: ...}}"
            )
        if unknown := [name for name in mapping if name not in known or name == ""]:
            raise InputError(
                f"{argument} must have names of units or arrays as keys, got "
                f"{described(unknown[0])}; known are {listed(list(filter(None, known)))}"
            )
    for name, role in roles.items():
        one_of(role, f"roles[{name!r}]", _ROLES)
    found: dict[tuple[str, str, Any], list[int]] = {}
    for key, part in parts.items():
        for column in range(part.trials[0].shape[1]):
            unit = part.names[column] if part.names is not None else ""
            own_role = part.roles.get(unit, BLOCKS.get(key, "hidden"))
            role = roles.get(unit, roles.get(key, own_role)) if unit else roles.get(key, own_role)
            layer = layers.get(unit or key, layers.get(key, part.layers.get(unit)))
            found.setdefault((key, role, layer), []).append(column)
    return [Piece(*kind, columns) for kind, columns in found.items()]


def _arguments(
    pieces: list[Piece], parts: Mapping[str, Part], trials: list[Floats]
) -> dict[str, Any]:
    """Return the arguments of `Recording.from_arrays` for the values, names, roles and layers."""
    widths = [part.trials[0].shape[1] for part in parts.values()]
    offsets = dict(zip(parts, np.cumsum([0, *widths[:-1]]), strict=True))
    targets = [piece for piece in pieces if piece.role == "target"]
    others = [piece for piece in pieces if piece.role != "target"]
    own = len({piece.role for piece in others}) == len(others)
    plain = own and all(piece.layer is None for piece in others)
    blocks, roles, layers, names, units = {}, {}, {}, {}, {}
    given: dict[str, Any] = {}
    groups = [(_block_name(piece, others, plain, blocks), [piece]) for piece in others]
    if targets:
        groups.append(("targets", targets))
    for name, members in groups:
        columns = np.concatenate([offsets[p.part] + np.array(p.columns) for p in members])
        values = [trial[:, columns] for trial in trials]
        equal = len({len(trial) for trial in values}) == 1
        first, part = members[0], parts[members[0].part]
        if plain or name == "targets":
            given[name] = np.stack(values) if equal else values
        else:
            blocks[name] = np.stack(values) if equal else values
            roles[name] = first.role
            if first.layer is not None:
                layers[name] = first.layer
        labels = [_names_of(parts[piece.part], piece) for piece in members]
        if all(labels):
            names[name] = [label for each in labels for label in each]
        if part.units:
            units[name] = part.units
    optional = {"blocks": blocks, "roles": roles, "layers": layers, "names": names, "units": units}
    return given | {key: value for key, value in optional.items() if value}


def _names_of(part: Part, piece: Piece) -> list[str]:
    return [] if part.names is None else [part.names[column] for column in piece.columns]


def _block_name(piece: Piece, pieces: list[Piece], plain: bool, taken: Mapping[str, Any]) -> str:
    """Return a name for the block of a piece: its array's, its layer's or its role's."""
    if plain:
        return _ARGUMENT[piece.role]
    layer = "" if piece.layer is None else str(piece.layer)
    alone = sum(other.part == piece.part for other in pieces) == 1
    if piece.part and alone:
        name = piece.part
    else:
        name = ".".join(filter(None, (piece.part, layer or _ARGUMENT[piece.role])))
    name = re.sub(r"[/\\\x00-\x1f]+", ".", name).strip(". \t") or _ARGUMENT[piece.role]
    if name in _RESERVED or name.endswith("_node") or name in BLOCKS:
        name = f"{name}.{layer or 'block'}"
    number, unique = 1, name
    while unique in taken:
        number, unique = number + 1, f"{name}.{number + 1}"
    return unique
