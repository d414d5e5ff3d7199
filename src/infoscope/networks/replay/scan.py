"""Diagonal linear recurrences h_t = a_t h_{t-1} + b_t: one scan, checked against a module's output.

A family (`lru`, `structured`, `minimal`, `mamba`) only says which modules it recognises, and how a
module's parameters and input become a_t, b_t and its output. Modules of one family differ in
details that their names do not show, such as a factor of two for conjugate pairs. So a family may
offer several readings; the one that reproduces the module's own output is taken, or none.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import torch
from torch import Tensor, nn

from infoscope.networks.replay import fused
from infoscope.networks.replay.equations import State, Update
from infoscope.networks.replay.fused import Call, Form

# Largest difference between recomputed and own output, in the size of the own output. Rounding is
# wider here than for torch's fused modules, because modules compute the same recurrence in other
# ways: by Fourier transforms, whose errors are those of the largest step, or by cumulative sums of
# logarithms, whose errors grow with the length of the sequence: a minGRU in float32 differed from
# its own definition by 6e-6 after 100 steps and by 2e-4 after 3,000. So beyond _STEPS steps the
# tolerance grows in proportion.
TOLERANCE = fused.TOLERANCE | {torch.float32: 1e-4, torch.float64: 1e-10}
_STEPS = 500
# The output verifies a state only if, without the state, it would differ this many times more.
_VISIBLE = 10
# With fewer numbers a step, the cost of a call to torch outweighs that of twice the arithmetic:
# measured on one core, 28 times faster for 16 numbers a step, equal for about 4,000.
_SMALL, _LONG = 2048, 64


class NotRecomputed(Exception):  # noqa: N818 - a finding about a module, not a fault
    """A module's output does not follow from any reading of its parameters; the text says why."""


@dataclass(frozen=True, eq=False)
class Reading:
    """One way to read a module as a diagonal recurrence.

    Parameters
    ----------
    a, b : Tensor
        Coefficients; b (batch, time, ...), and a of that shape or one that broadcasts to it.
    readouts : sequence of callables
        Candidates for the module's output as a function of the states h, of the shape of b.
    gates : mapping of str to Tensor (batch, time, ...)
        Values of gates by name.
    start : Tensor (batch, ...), optional
        State before the first step; zero by default.
    """

    a: Tensor
    b: Tensor
    readouts: Sequence[Callable[[Tensor], Tensor]]
    gates: Mapping[str, Tensor] = field(default_factory=dict)
    start: Tensor | None = None


@dataclass(frozen=True, eq=False)
class RealScan(Update):
    """A step of a real scan; its arguments are a and b, side by side."""

    count: int

    parts: ClassVar[int] = 2

    @property
    def units(self) -> int:
        """Number of units."""
        return self.count

    @property
    def width(self) -> int:
        """Number of arguments."""
        return self.parts * self.count

    def update(self, drive: Tensor, feedback: Tensor, before: Mapping[str, Tensor]) -> State:
        """Return a h + b."""
        a, b = drive.chunk(2, -1)
        return {"h": a * before["h"] + b}


@dataclass(frozen=True, eq=False)
class ComplexScan(RealScan):
    """A step of a complex scan; its arguments are the real and imaginary parts of a and of b."""

    states: ClassVar[tuple[str, ...]] = ("h.re", "h.im")
    parts: ClassVar[int] = 4

    def update(self, drive: Tensor, feedback: Tensor, before: Mapping[str, Tensor]) -> State:
        """Return both parts of a h + b."""
        a_re, a_im, b_re, b_im = drive.chunk(4, -1)
        re, im = before["h.re"], before["h.im"]
        return {"h.re": a_re * re - a_im * im + b_re, "h.im": a_re * im + a_im * re + b_im}


class Diagonal(ABC):
    """A family of modules that compute a diagonal recurrence."""

    name: ClassVar[str]

    @classmethod
    @abstractmethod
    def recognises(cls, module: nn.Module) -> bool:
        """Whether names and shapes of a module's parameters are those of the family."""

    @classmethod
    @abstractmethod
    def readings(cls, module: nn.Module, x: Tensor, others: Sequence[Tensor]) -> Iterator[Reading]:
        """Yield readings of a module called with x and further arguments, likely ones first."""


def scan(a: Tensor, b: Tensor, start: Tensor | None = None) -> Tensor:
    """Return all states of h_t = a_t h_{t-1} + b_t, (batch, time, ...); real or complex.

    Parameters
    ----------
    a, b : Tensor
        Coefficients; b (batch, time, ...), and a of that shape or one that broadcasts to it.
    start : Tensor (batch, ...), optional
        State before the first step; zero by default.

    Examples
    --------
    >>> b = torch.ones(1, 4, 1)
    >>> scan(torch.tensor(0.5), b).flatten().tolist()
    [1.0, 1.5, 1.75, 1.875]
    """
    dtype = torch.promote_types(a.dtype, b.dtype)
    a = a.expand(b.shape).transpose(0, 1).to(dtype)
    b = b.transpose(0, 1).to(dtype).contiguous()
    before = torch.zeros_like(b[0]) if start is None else start.to(dtype).expand_as(b[0])
    if b[0].numel() <= _SMALL and len(b) >= _LONG:
        found = in_blocks(a, b, before)
        if torch.isfinite(found).all():
            return found.transpose(0, 1)
        # Products of many a_t > 1 can overflow where the states, step by step, do not.
    return in_order(a, b, before).transpose(0, 1)


def in_order(a: Tensor, b: Tensor, start: Tensor) -> Tensor:
    """Return all states, (time, ...), step by step: the definition."""
    found, state = torch.empty_like(b), start
    for t in range(len(b)):
        state = torch.addcmul(b[t], a[t], state, out=found[t])
    return found


def in_blocks(a: Tensor, b: Tensor, start: Tensor) -> Tensor:
    """Return all states, (time, ...), from blocks of about sqrt(time) steps, computed side by side.

    Within a block, h_t is its value for a block that starts from zero, plus the product of all a
    since the block's start times the last state of the block before: the associativity that
    parallel scans rest on (Blelloch 1990).
    """
    steps, shape = len(b), b.shape[1:]
    size = max(int(steps**0.5), 1)
    blocks = -(-steps // size)
    if missing := blocks * size - steps:
        a = torch.cat([a, a.new_ones(missing, *shape)])
        b = torch.cat([b, b.new_zeros(missing, *shape)])
    a, b = a.reshape(blocks, size, *shape), b.reshape(blocks, size, *shape)
    found, product = torch.empty_like(b), torch.empty_like(b)
    found[:, 0], product[:, 0] = b[:, 0], a[:, 0]
    for t in range(1, size):
        found[:, t] = torch.addcmul(b[:, t], a[:, t], found[:, t - 1])
        product[:, t] = a[:, t] * product[:, t - 1]
    carried = start
    for block in range(blocks):
        found[block].addcmul_(product[block], carried[None])
        carried = found[block, -1]
    return found.reshape(blocks * size, *shape)[:steps]


def recomputed(readings: Iterator[Reading], own: Tensor) -> Call:
    """Return states and gates of the first reading that reproduces a module's own output.

    Raises
    ------
    NotRecomputed
        If none does.
    """
    rounding = TOLERANCE[own.dtype] * max(float(own.abs().max()), torch.finfo(own.dtype).tiny)
    least = torch.finfo(own.dtype).eps * float(own.abs().max())
    nearest, unseen = float("inf"), False
    own = own.float() if own.element_size() < 4 else own
    with torch.no_grad():
        for number, reading in enumerate(readings):
            h = scan(reading.a, reading.b, reading.start)
            allowed = rounding * max(1.0, h.shape[1] / _STEPS)
            for place, readout in enumerate(reading.readouts):
                apart = difference(readout, h, own)
                nearest = min(nearest, apart)
                if apart <= allowed:
                    without = difference(readout, torch.zeros_like(h), own)
                    unseen = without <= _VISIBLE * max(apart, least)
                    if not unseen:
                        return replace(call_of(h, reading, apart), form=Form(number, place))
    if unseen:
        advice = "" if own.dtype == torch.float64 else ", unless with dtype='float64'"
        raise NotRecomputed(
            f"its output does not depend on the state by more than rounding, and so cannot verify "
            f"it{advice}"
        )
    size = float(own.abs().max())
    raise NotRecomputed(
        f"the output recomputed from its parameters differs by {nearest:.2g} (own output: up to "
        f"{size:.2g})"
        if nearest < float("inf")
        else "its input and output do not have the shapes of its parameters"
    )


def difference(readout: Callable[[Tensor], Tensor], h: Tensor, own: Tensor) -> float:
    """Return the largest difference between a readout of states and the module's own output."""
    try:
        output = readout(h)
    except (RuntimeError, IndexError, TypeError):  # layers of a tail that do not fit one another
        return float("inf")
    if output.shape != own.shape or output.dtype != own.dtype:
        return float("inf")
    apart = float((output - own).abs().max())
    return apart if apart == apart else float("inf")  # NaN fits nothing


def call_of(h: Tensor, reading: Reading, apart: float) -> Call:
    """Return states and gates as a call of the module: (time, batch, ...), complex in two parts."""
    start = torch.zeros_like(h[:, 0]) if reading.start is None else reading.start
    return Call(
        {**_parts("h", h.transpose(0, 1)),
         **{name: values.transpose(0, 1) for name, values in reading.gates.items()}},
        None, _parts("h", start.to(h.dtype)), _parts("h", h[:, -1]), apart,
    )  # fmt: skip


def _parts(name: str, values: Tensor) -> dict[str, Tensor]:
    if not values.is_complex():
        return {name: values}
    return {f"{name}.re": values.real, f"{name}.im": values.imag}
