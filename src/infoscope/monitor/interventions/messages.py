"""Labels of a probe, and resets to values that a unit had with another label."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infoscope._arrays import as_array, described
from infoscope._errors import InputError
from infoscope.monitor.interventions.network import Change, Part
from infoscope.monitor.interventions.rows import Indices, Rows

# Fewest visited steps with one combination of labels; resets to fewer would be of chance.
_FEWEST = 10
# Name of labels that are not given one.
_ONE = "message"


@dataclass(frozen=True, eq=False)
class Messages:
    """What is sent at each step of a probe.

    Parameters
    ----------
    names : list of str
        The messages.
    codes : array of int (row, message)
        Which value of each message a row has.
    rows : Rows
        The rows.
    """

    names: list[str]
    codes: Indices
    rows: Rows

    @classmethod
    def of(cls, messages: Any, rows: Rows) -> "Messages":
        """Read labels (sequence,) or (sequence, time), or a mapping of several.

        Raises
        ------
        InputError
            If a shape does not fit, a message has one value, or half of the rows have combinations
            of labels that are too rare.
        """
        given = messages if isinstance(messages, Mapping) else {_ONE: messages}
        if not given:
            raise InputError("messages is empty; give labels, or omit it")
        found = cls(
            [str(name) for name in given],
            np.column_stack([_codes(name, values, rows) for name, values in given.items()]),
            rows,
        )
        if found.rare > 0.5 * len(rows):
            raise InputError(
                f"messages must have combinations of labels at {_FEWEST} or more steps each, got "
                f"{found.rare} of {len(rows)} steps with rarer ones; give fewer messages or "
                "values, or more inputs"
            )
        return found

    @property
    def rare(self) -> int:
        """Number of rows whose combination of labels is too rare for resets."""
        return len(self.rows) - len(self.pool(0).order)

    def pool(self, behind: int, message: int = 0) -> "Pool":
        """Return the rows that resets draw from, by the labels so many steps before a row."""
        shifted = np.arange(len(self.rows)) - behind
        inside = np.clip(shifted, 0, len(shifted) - 1)
        there = (shifted == inside) & (self.rows.sequence[inside] == self.rows.sequence)
        # The state before the first step has the label of that step, and is not drawn.
        codes = self.codes[np.where(there, inside, np.arange(len(inside)))]
        others = _joined(np.delete(codes, message, axis=1))
        return Pool(codes[:, message], others, there)


@dataclass(frozen=True, eq=False)
class Pool:
    """Rows by the value of a message and those of the others; ``there`` can be drawn."""

    value: Indices
    others: Indices
    there: NDArray[np.bool_]

    @cached_property
    def cell(self) -> Indices:
        """Combination of all labels of each row."""
        return _joined(np.column_stack([self.others, self.value]))

    @cached_property
    def order(self) -> Indices:
        """The rows of combinations that are not rare, by the other messages, then by the cell."""
        count = np.bincount(self.cell[self.there], minlength=int(self.cell.max()) + 1)
        kept = np.flatnonzero(self.there & (count[self.cell] >= _FEWEST))
        return kept[np.lexsort((self.cell[kept], self.others[kept]))]

    def drawn(self, random: np.random.Generator) -> tuple[Indices, Indices]:
        """Return for each row two others with one value of the message, and its other messages.

        That value is drawn at random, the same for both; a row without such others stays.
        """
        order, every = self.order, np.arange(len(self.value))
        first, size = _runs(self.others[order], self.others)
        place = first + (random.random(len(every)) * size).astype(np.int64)
        there = size > 0
        one = every.copy()
        one[there] = order[place[there]]
        start, length = _runs(self.cell[order], self.cell[one])
        # Another row of the cell, at a distance from the first.
        step = 1 + (random.random(len(every)) * np.maximum(length - 1, 1)).astype(np.int64)
        other = every.copy()
        at = start + (place - start + step) % np.maximum(length, 1)
        other[there] = order[at[there]]
        return one, other


@dataclass(eq=False)
class Redraw:
    """Four resets of a unit: two with one value of a message, two with another."""

    messages: Messages
    message: int
    random: np.random.Generator
    _orders: dict[int, tuple[Tensor, ...]] = field(default_factory=dict)

    def change(self, number: int) -> Change:
        """Return one of the four."""

        def change(part: Part, values: Tensor, behind: int) -> Tensor:
            if behind not in self._orders:
                pool = self.messages.pool(behind, self.message)
                both = (*pool.drawn(self.random), *pool.drawn(self.random))
                self._orders[behind] = tuple(map(torch.from_numpy, both))
            return values[self._orders[behind][number]]

        return change


def _codes(name: Any, values: Any, rows: Rows) -> Indices:
    steps, sequences = rows.shape
    labels = as_array(values, f"messages[{name!r}]")
    if labels.shape not in ((sequences,), (sequences, steps)):
        raise InputError(
            f"messages[{name!r}] must have one label for each of {sequences} sequences, or for "
            f"each of their {steps} steps, got shape {labels.shape}; give an array (sequence,) or "
            "(sequence, time)"
        )
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise InputError(f"messages[{name!r}] must be labels, got NaN or infinity; leave them out")
    if labels.ndim == 1:
        labels = np.repeat(labels[:, None], steps, axis=1)
    known, found = np.unique(labels[rows.sequence, rows.step], return_inverse=True)
    if len(known) < 2:
        raise InputError(
            f"messages[{name!r}] must have two or more values, got {described(known.tolist())}; "
            "give labels that differ between inputs"
        )
    return found.reshape(-1).astype(np.int64)


def _joined(codes: Indices) -> Indices:
    """Return one number for each combination of columns."""
    if codes.shape[1] == 0:
        return np.zeros(len(codes), np.int64)
    return np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _runs(ordered: Indices, wanted: Indices) -> tuple[Indices, Indices]:
    """Return where the run of each wanted number starts among ordered ones, and its length."""
    first = np.searchsorted(ordered, wanted, "left")
    return first, np.searchsorted(ordered, wanted, "right") - first
