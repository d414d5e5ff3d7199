"""Responses of one recurrent layer, all steps at once, to changed arguments of each step."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from infoscope.networks.replay.equations import State, Update


class Push(NamedTuple):
    """Changes of some columns of an argument: their numbers (k,), and values (context, k)."""

    columns: Tensor
    values: Tensor

    @classmethod
    def of(cls, change: Tensor) -> "Push | None":
        """Return the columns of a change (context, column) that are not zero, or None."""
        columns = (change != 0.0).any(0).nonzero()[:, 0]
        return cls(columns, change[:, columns]) if len(columns) else None

    def at(self, chunk: slice) -> Tensor:
        """Return the changes of a chunk of contexts."""
        return self.values[chunk]


@dataclass(eq=False)
class Pushes:
    """Changes of the arguments of a layer: of its input, and of parts of its state before."""

    x: Push | None = None
    before: dict[str, Push] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Arguments:
    """A layer's equations, and what each of its steps started from.

    As gates are affine in input and state, a change of one unit adds a multiple of one column of
    the weights to their arguments: a response needs no product of matrices. The input of a scan is
    its arguments.

    Parameters
    ----------
    equations : Update
        The layer.
    x : Tensor (context, feature)
        Its input.
    before : mapping of str to Tensor (context, unit)
        Its state before, by name.
    """

    equations: Update
    x: Tensor
    before: Mapping[str, Tensor]

    @cached_property
    def plain(self) -> Update:
        """The equations without a projection: elementwise in the units."""
        return self.equations if self.readout is None else replace(self.equations, w_hr=None)  # pyright: ignore

    @property
    def readout(self) -> Tensor | None:
        """Projection of the output, (output, unit), if any."""
        return getattr(self.equations, "w_hr", None)

    @cached_property
    def width(self) -> int:
        """Number of arguments."""
        return self.equations.width

    @cached_property
    def drive(self) -> Tensor:
        """The gates' arguments from the input, (context, gates x units)."""
        return self.plain.drive(self.x)

    @cached_property
    def feedback(self) -> Tensor:
        """The gates' arguments from the output before, (context, gates x units)."""
        return self.plain.feedback_from(self.before)

    @cached_property
    def after(self) -> State:
        """The state after, without projection, (context, unit)."""
        found = self.plain.update(self.drive, self.feedback, self.before)
        return {name: found[name] for name in self.plain.states}

    def state(self) -> State:
        """Return the state after, (context, unit)."""
        return self._projected(self.after)

    def response(self, pushes: Pushes, chunk: slice) -> State:
        """Return the changes of the state after, (context, unit), for changed arguments."""
        inner = {name: push for name, push in pushes.before.items() if name in self._elementwise}
        fed_back = self.plain.fed_back
        if pushes.x is None and fed_back not in pushes.before:
            return self._projected(self._response_of_units(inner, chunk))
        drive, feedback = self.drive[chunk], self.feedback[chunk]
        if pushes.x is not None:
            drive = self._pushed(drive, self._inward, pushes.x, chunk)
        if fed_back is not None and (push := pushes.before.get(fed_back)) is not None:
            feedback = self._pushed(feedback, self._around, push, chunk)
        before = {name: values[chunk] for name, values in self.before.items()}
        for name, push in inner.items():
            before[name] = before[name].index_add(1, push.columns, push.at(chunk))
        found = self.plain.update(drive, feedback, before)
        return self._projected({n: found[n] - self.after[n][chunk] for n in self.plain.states})

    def slope(self, pushes: Pushes, chunk: slice) -> State:
        """Return the same changes to first order."""
        found = {}
        for name in self.plain.states:
            total = torch.zeros_like(self.after[name][chunk])
            if pushes.x is not None:
                total += self._through_gates(name, "drive", self._inward, pushes.x, chunk)
            fed_back = self.plain.fed_back
            if fed_back is not None and (push := pushes.before.get(fed_back)) is not None:
                total += self._through_gates(name, "feedback", self._around, push, chunk)
            for own, push in pushes.before.items():
                if own in self._elementwise:
                    slopes = self._slopes[own][0][name][chunk][:, push.columns]
                    total.index_add_(1, push.columns, slopes * push.at(chunk))
            found[name] = total
        return self._projected(found)

    @staticmethod
    def _pushed(of: Tensor, weights: Tensor | None, push: Push, chunk: slice) -> Tensor:
        """Return arguments after a push, through weights or of the arguments themselves."""
        if weights is None:
            return of.index_add(1, push.columns, push.at(chunk))
        return torch.addmm(of, push.at(chunk), weights[push.columns])

    def _through_gates(
        self, name: str, place: str, weights: Tensor | None, push: Push, chunk: slice
    ) -> Tensor:
        """Return the first-order change through all gates, (context, unit)."""
        if weights is None:
            whole = torch.cat([of_gate[name][chunk] for of_gate in self._slopes[place]], -1)
            total = torch.zeros_like(self.after[name][chunk])
            moved = whole[:, push.columns] * push.at(chunk)
            return total.index_add_(1, push.columns % self.plain.units, moved)
        columns, values = weights[push.columns], push.at(chunk)
        gates = columns.unflatten(1, (-1, self.plain.units)).unbind(1)
        slopes = [of_gate[name][chunk] for of_gate in self._slopes[place]]
        if len(columns) > 1:
            return sum(s * (values @ w) for s, w in zip(slopes, gates, strict=True))  # pyright: ignore[reportReturnType]
        total = slopes[0] * gates[0]
        for of_gate, weight in zip(slopes[1:], gates[1:], strict=True):
            total.addcmul_(of_gate, weight)
        return total.mul_(values)

    def _response_of_units(self, pushes: Mapping[str, Push], chunk: slice) -> State:
        """Return changes where only the units' own states changed: of these units alone."""
        found = {name: torch.zeros_like(self.after[name][chunk]) for name in self.plain.states}
        if not pushes:
            return found
        units = torch.unique(torch.cat([push.columns for push in pushes.values()]))
        before = {n: self.before[n][chunk][:, units] for n in self._elementwise}
        for own, push in pushes.items():
            places = torch.searchsorted(units, push.columns)
            before[own] = before[own].index_add(1, places, push.at(chunk))
        drive, feedback = (
            part[chunk].reshape(len(part[chunk]), -1, self.plain.units)[..., units].flatten(1)
            if part.shape[1] else part[chunk]
            for part in (self.drive, self.feedback)
        )  # fmt: skip
        after = self.plain.update(drive, feedback, before)
        for name in self.plain.states:
            found[name][:, units] = after[name] - self.after[name][chunk][:, units]
        return found

    @cached_property
    def _elementwise(self) -> tuple[str, ...]:
        """States before that enter unit by unit: cell states, and h without a projection."""
        return tuple(n for n in self.before if self.before[n].shape[1] == self.plain.units)

    @cached_property
    def _inward(self) -> Tensor | None:
        weights = self.equations.inward
        return None if weights is None else weights.contiguous()

    @cached_property
    def _around(self) -> Tensor:
        return self.equations.w_hh.T.contiguous()  # pyright: ignore

    @cached_property
    def _slopes(self) -> dict[str, list[State]]:
        """Derivatives of each state after by each gate's argument and each state before.

        As the update is elementwise, those of a sum over units are all of them at once.
        """
        states = {name: self.before[name] for name in self._elementwise}
        with torch.enable_grad():
            point = [
                p.detach().requires_grad_() for p in (self.drive, self.feedback, *states.values())
            ]
            given = {**self.before, **dict(zip(states, point[2:], strict=True))}
            after = self.plain.update(point[0], point[1], given)
            by_state = {
                name: torch.autograd.grad(
                    after[name].sum(), point, retain_graph=True, materialize_grads=True,
                    allow_unused=True,
                )
                for name in self.plain.states
            }  # fmt: skip
        found: dict[str, list[State]] = {}
        for place, key in enumerate(("drive", "feedback", *states)):
            whole = {name: slopes[place] for name, slopes in by_state.items()}
            if key == "feedback":  # kept once where gates add both
                whole = {n: _shared(part, by_state[n][0]) for n, part in whole.items()}
            parts = {n: part.split(self.plain.units, -1) for n, part in whole.items()}
            count = len(next(iter(parts.values())))
            found[key] = [{n: part[g] for n, part in parts.items()} for g in range(count)]
        return found

    def _projected(self, found: State) -> State:
        if self.readout is None:
            return found
        return {**found, "h": found["h"] @ self.readout.T}


def _shared(slopes: Tensor, others: Tensor) -> Tensor:
    """Return the other slopes if they are equal, so that memory holds them once."""
    return others if torch.equal(slopes, others) else slopes
