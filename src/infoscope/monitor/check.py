"""Check what of a model would be recorded, before anything is done."""

import copy
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import torch
from torch import nn

from infoscope._errors import EstimationError, InputError
from infoscope._results import Result
from infoscope.monitor.replaying.assembly import How
from infoscope.monitor.replaying.axes import class_name
from infoscope.monitor.replaying.eager_copy import computing_in, copy_of, dtype_of, undisturbed
from infoscope.monitor.replaying.pitfalls import Found, pitfalls_of
from infoscope.monitor.replaying.plan import Plan
from infoscope.monitor.replaying.probe import Probe
from infoscope.monitor.replaying.replayers import replayer_of, tensors_in

_MEGABYTE = 1e6
# Bytes of a recorded value.
_BYTES = 8


@dataclass(frozen=True, eq=False, repr=False)
class ModelCheck(Result):
    """What of a model is recorded, and how.

    Parameters
    ----------
    modules : DataFrame
        One row per module: its type, ``how`` it is recorded ("replay", "step", "scan", "hook" or
        "not recorded"), its blocks, units, megabytes, and a reason where it is not recorded.
    pitfalls : tuple of Found
        What of the model needs attention, each with the way out.
    problem : str
        Why the model cannot be recorded; empty if it can.
    notes : tuple of str
        What a recording leaves out or assumes.
    seconds : float
        Time of one run on the probe.
    """

    modules: pd.DataFrame
    pitfalls: tuple[Found, ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = float("nan")

    @property
    def ok(self) -> bool:
        """Whether `record` works."""
        return not self.problem

    def to_frame(self) -> pd.DataFrame:
        """Return one row per module."""
        return self.modules

    def _facts(self) -> dict[str, Any]:
        return {
            "ok": self.ok, "problem": self.problem, "pitfalls": [str(one) for one in self.pitfalls],
            "notes": list(self.notes), "seconds": self.seconds,
        }  # fmt: skip

    def _line(self) -> str:
        if self.problem:
            return f"cannot be recorded: {self.problem}"
        kept = self.modules[self.modules["how"] != "not recorded"]
        return (
            f"{len(kept)} of {len(self.modules)} modules recorded, {int(kept['units'].sum())} "
            f"units, {kept['megabytes'].sum():.3g} MB, {self.seconds:.2g} s"
        )

    def __str__(self) -> str:
        """Return the line, the table and every pitfall with its way out."""
        said = [*(f"- {pitfall}" for pitfall in self.pitfalls), *(f"- {n}" for n in self.notes)]
        return "\n".join([repr(self), self.modules.to_string(), *said])


def check(
    model: Any,
    inputs: Any,
    *,
    units: Any = None,
    gates: bool = False,
    state: Any = None,
    lengths: Sequence[int] | None = None,
    dtype: str = "float32",
    batch_first: bool | None = None,
    scans: Mapping[str, Any] | None = None,
) -> ModelCheck:
    """Show what `record` would record of a torch model, and every pitfall with the way out.

    Parameters
    ----------
    model, inputs, units, gates, state, lengths, dtype, batch_first, scans
        As for `record`.

    Returns
    -------
    ModelCheck
        A table of modules, pitfalls, and the problem if the model cannot be recorded; ``print`` it.

    Raises
    ------
    InputError
        If ``model`` is not a torch module, or an option is not one of those allowed.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.GRU(4, 5, batch_first=True))
    >>> found = check(model, torch.randn(10, 6, 3))
    >>> found.modules["how"].to_dict()
    {'0': 'not recorded', '1': 'replay'}
    >>> found.ok
    True
    """
    how = How(units, gates, state, lengths, dtype, batch_first, scans)
    pitfalls = pitfalls_of(model)
    begin = time.perf_counter()
    plan = probe = None
    problem = ""
    try:
        plan = how.plan(model, inputs)
        probe = how.probe(plan)
    except (InputError, EstimationError) as error:
        problem = str(error)
    seconds = time.perf_counter() - begin
    notes = [] if probe is None else probe.notes
    if plan is not None and probe is not None and not _repeats(plan):
        notes = [
            *notes,
            "Two runs on the same inputs differ: the model draws random numbers, or keeps a state "
            "between calls. It is recorded with seed 0 and the state that it has now.",
        ]
    table = _table(plan.copy if plan is not None else model, plan, probe)
    return ModelCheck(table, tuple(pitfalls), problem, tuple(notes), seconds)


def _table(model: nn.Module, plan: Plan | None, probe: Probe | None) -> pd.DataFrame:
    rows = []
    for name, module in model.named_modules():
        if "parametrizations" in name.split("."):  # torch's own
            continue
        own = name or class_name(module)
        known = plan is not None and name in plan.chosen
        blocks = [] if probe is None else [b for b in probe.blocks if probe.owners[b] == name]
        output = probe is not None and probe.outputs is not None and not name
        recorded = bool(blocks)
        if not (recorded or output or _has_weights(module) or replayer_of(module)):
            continue
        shapes = [] if probe is None else [probe.blocks[block].shape for block in blocks]
        if output and probe is not None and probe.outputs is not None:
            blocks, shapes = [*blocks, "outputs"], [*shapes, probe.outputs.shape]
        # Where the states of a scan could not be recomputed, its output was recorded by a hook.
        how = probe.how[blocks[0]] if recorded and probe is not None else "not recorded"
        rows.append({
            "module": own,
            "type": type(module).__name__.removeprefix("Parametrized"),
            "how": "output" if output and not recorded else how,
            "blocks": ", ".join(blocks),
            "units": sum(shape[-1] for shape in shapes),
            "megabytes": sum(_BYTES * b * t * n for b, t, n in shapes) / _MEGABYTE,
            "reason": "" if blocks else _reason(name, module, known),
        })  # fmt: skip
    columns = ["module", "type", "how", "blocks", "units", "megabytes", "reason"]
    return pd.DataFrame(rows, columns=columns).set_index("module")


def _has_weights(module: nn.Module) -> bool:
    return next(module.parameters(recurse=False), None) is not None


def _reason(name: str, module: nn.Module, chosen: bool) -> str:
    if chosen:
        return "not called, without a time axis, or part of a module that is recorded"
    if name:
        return f"record its output with units=['{name}']"
    return "its parts are listed below"


def _repeats(plan: Plan) -> bool:
    """Whether the copy returns the same twice."""
    model, runs = copy_of(plan.copy), []
    with undisturbed(), computing_in(dtype_of(model)):
        for seed in (0, 1):
            torch.manual_seed(seed)
            args, kwargs = copy.deepcopy((plan.args, dict(plan.kwargs)))
            runs.append(tensors_in(model(*args, **kwargs)))
    return all(torch.equal(a, b) for a, b in zip(*runs, strict=True))
