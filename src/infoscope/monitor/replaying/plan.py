"""What of a model will be recorded, and how: the plan that `check` shows and `record` follows."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from infoscope._arrays import as_array, described
from infoscope._errors import InputError
from infoscope._validate import one_of
from infoscope.monitor.replaying.axes import class_name
from infoscope.monitor.replaying.eager_copy import eager_copy, to_model
from infoscope.monitor.replaying.pitfalls import Found, pitfalls_of, refuse
from infoscope.monitor.replaying.replayers import HOOK, GivenScan, Replayer, replayer_of
from infoscope.monitor.replaying.units import Units

DTYPES = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True, eq=False)
class Plan:
    """A copy of a model, its inputs, and how each chosen module is recorded.

    Parameters
    ----------
    copy : nn.Module
        The eager copy that is run.
    args, kwargs : tuple, dict
        Its inputs.
    chosen : mapping of str to Replayer
        Modules by name.
    units : Units
        The units wanted.
    pitfalls : list of Found
        What needs attention.
    carried : mapping of str to mapping of str to Tensor (batch, units)
        States in which recurrent modules start, by module and block, of a later piece of a probe.
    in_order : bool
        Whether rows are known to be computed in the order of the probe.
    """

    copy: nn.Module
    args: tuple
    kwargs: Mapping[str, Any]
    chosen: Mapping[str, Replayer]
    units: Units
    pitfalls: list[Found]
    carried: Mapping[str, Mapping[str, Tensor]] = field(default_factory=dict)
    in_order: bool = False


def plan_of(
    model: Any, inputs: Any, *, units: Any = None, state: Any = None, dtype: str = "float32",
    refusing: bool = True, scans: Any = None,
) -> Plan:  # fmt: skip
    """Return the plan to record a model.

    Raises
    ------
    InputError
        If the model cannot be recorded, or ``units`` names nothing.
    """
    kind = DTYPES[one_of(dtype, "dtype", DTYPES)]
    found = pitfalls_of(model)
    refuse([pitfall for pitfall in found if refusing and pitfall.refused])
    wanted = Units.of(units)
    copy = eager_copy(model, kind)
    device = next(iter([*copy.parameters(), *copy.buffers()]), torch.zeros(())).device
    args, kwargs = arguments(inputs, state, kind, device)
    return Plan(copy, args, kwargs, _chosen(copy, wanted, given_scans(scans, copy)), wanted, found)


def arguments(
    inputs: Any, state: Any, dtype: torch.dtype, device: torch.device
) -> tuple[tuple, dict[str, Any]]:
    """Return positional and named arguments of the model."""
    # A tuple holds several arguments, a list is an array.
    given = to_model(as_array(inputs, "inputs") if type(inputs) is list else inputs, dtype, device)
    own_state = () if state is None else (to_model(checked_state(state), dtype, device),)
    if isinstance(given, dict):
        return own_state, given
    if isinstance(given, tuple | list) and not isinstance(given, nn.utils.rnn.PackedSequence):
        return (*given, *own_state), {}
    if not isinstance(given, Tensor | nn.utils.rnn.PackedSequence):
        raise InputError(
            f"inputs must be what the model takes, got {described(inputs)}; pass a tensor or an "
            "array, a tuple of arguments, or a mapping of named ones"
        )
    return (given, *own_state), {}


def checked_state(state: Any) -> Any:
    """Return the argument ``state`` if it holds arrays."""
    parts = [state]
    while parts:
        part = parts.pop()
        if isinstance(part, tuple | list):
            parts += part
        elif isinstance(part, Mapping):
            parts += part.values()
        elif not isinstance(part, Tensor | np.ndarray):
            raise InputError(
                f"state must be a tensor, or a tuple, list or mapping of tensors, got "
                f"{described(part)}; pass the state as the model takes it"
            )
    return state


def checked_scans(scans: Any) -> None:
    """Check that the argument ``scans`` is a mapping, if there is one."""
    if scans is not None and not isinstance(scans, Mapping):
        raise InputError(
            f"scans must be a mapping from modules to functions, got {described(scans)}; write for "
            "example scans={'block.ssm': coefficients}"
        )


def given_scans(scans: Any, copy: nn.Module) -> dict[str, Replayer]:
    """Read the argument ``scans``: coefficients of diagonal recurrences by name of a module."""
    checked_scans(scans)
    if scans is None:
        return {}
    modules = dict(copy.named_modules())
    found = {}
    for name, given in scans.items():
        place = "" if name == class_name(copy) and name not in modules else name
        if place not in modules:
            near = difflib.get_close_matches(str(name), [*modules], 5, 0.3) or [*modules][1:6]
            raise InputError(
                f"scans must name modules of the model, got {name!r}; near it are "
                f"{', '.join(near) or 'none'}"
            )
        pair = tuple(given) if isinstance(given, tuple | list) else (given,)
        if not 1 <= len(pair) <= 2 or not all(callable(one) for one in pair):
            raise InputError(
                f"scans[{name!r}] must be coefficients(module, *args) -> (a, b), or a pair of it "
                f"and readout(module, h, *args), got {described(given)}; pass functions"
            )
        found[place] = GivenScan(*pair)
    return found


def _chosen(copy: nn.Module, units: Units, given: Mapping[str, Replayer]) -> dict[str, Replayer]:
    """Return how each module of the copy is recorded."""
    modules = dict(copy.named_modules())
    replayed: dict[str, Replayer] = {
        name: how for name, m in modules.items() if (how := replayer_of(m)) is not None
    }
    replayed |= given
    if units.patterns is None:
        return replayed or {name: HOOK for name in modules if name}
    chosen, unmatched = dict[str, Replayer](), list(units.patterns)
    for name, module in modules.items():
        how = replayed.get(name, HOOK)
        own = name or class_name(module)
        for pattern in units.patterns:
            # A pattern may also name blocks, which are known after the run: fc*, lstm.l0.h.
            inside = how is not HOOK and pattern.startswith((f"{own}.", "*"))
            if fnmatchcase(name, pattern) or inside or (pattern == own and not name):
                chosen[name] = how
                unmatched = [one for one in unmatched if one != pattern]
    if unmatched:
        near = difflib.get_close_matches(unmatched[0], [*modules], 5, 0.3) or [*modules][1:6]
        raise InputError(
            f"units must match modules of the model, got {unmatched[0]!r}, which matches none; "
            f"near it are {', '.join(near) or 'none'}"
        )
    return chosen
