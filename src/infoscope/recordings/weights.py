"""The weights of a fully recurrent network, and its forward pass.

They are part of recordings because a snapshot holds them, and so that nulls, influence and other
analyses can run networks without torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats, array_of_numbers, arrays_by_name, truth
from infoscope.kernels.recurrent import activate

# Largest difference between recorded activations and those computed from recorded weights.
_SAME = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class RecurrentWeights:
    """Weights of h_t = tanh(x_t W_in + h_{t-1} W + b_h), o_t = h_t W_out + b_o.

    Parameters
    ----------
    W_in, W, b_h, W_out, b_o, h_0 : array
        (input, hidden), (hidden, hidden), (hidden,), (hidden, output), (output,), (hidden,); h_0 is
        the state before the first step. `flat` keeps this order. They are copied to float64.

    Raises
    ------
    InputError
        If the shapes disagree, or an entry is not finite.

    Examples
    --------
    >>> weights = RecurrentWeights.from_flat(np.linspace(-1.0, 1.0, 15), 2, 2, 1)
    >>> weights
    RecurrentWeights(2 inputs, 2 hidden, 1 outputs)
    >>> hidden, outputs = weights.run(np.zeros((4, 10, 2)))
    >>> hidden.shape, outputs.shape
    ((4, 10, 2), (4, 10, 1))
    """

    W_in: Floats
    W: Floats
    b_h: Floats
    W_out: Floats
    b_o: Floats
    h_0: Floats

    names: ClassVar[tuple[str, ...]] = ("W_in", "W", "b_h", "W_out", "b_o", "h_0")

    def __post_init__(self) -> None:
        """Copy the arrays and check their shapes."""
        for name in self.names:
            array = np.array(array_of_numbers(getattr(self, name), name), order="C")
            if not np.isfinite(array).all():
                raise InputError(
                    f"{name} must be finite, got {array[~np.isfinite(array)][0]}; load an earlier "
                    "snapshot"
                )
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if min(self.W_in.ndim, self.W_out.ndim) < 2:
            raise InputError(
                "W_in and W_out must be matrices (from, to), got shapes "
                f"{self.W_in.shape} and {self.W_out.shape}; put the source node first"
            )
        self.must_fit(*self.nodes, "a network with its W_in and W_out")

    def __repr__(self) -> str:
        x, h, o = self.nodes
        return f"RecurrentWeights({x} inputs, {h} hidden, {o} outputs)"

    @classmethod
    def of(cls, weights: Any, name: str = "weights") -> "RecurrentWeights":
        """Return the weights from a mapping of arrays or an object with ``arrays()``.

        Raises
        ------
        InputError
            If an array is missing, not finite, or has a shape that does not match the others.
        """
        if isinstance(weights, RecurrentWeights):
            return weights
        return cls(**arrays_by_name(weights, name, cls.names))

    @classmethod
    def in_snapshot(cls, snapshot: xr.Dataset) -> "RecurrentWeights":
        """Return the weights recorded with a snapshot.

        Raises
        ------
        InputError
            If none were recorded.
        """
        return cls.of(arrays_in(snapshot, "parameter"))

    @classmethod
    def from_flat(
        cls, vector: ArrayLike, n_inputs: int, n_hidden: int, n_outputs: int
    ) -> "RecurrentWeights":
        """Return the weights from a vector in the order of `flat`.

        Raises
        ------
        InputError
            If the vector has another length, or an entry is not finite.
        """
        return cls(**split(array_of_numbers(vector, "vector"), n_inputs, n_hidden, n_outputs))

    @property
    def nodes(self) -> tuple[int, int, int]:
        """Numbers of inputs, hidden nodes and outputs."""
        return self.W_in.shape[0], self.W_in.shape[1], self.W_out.shape[1]

    def arrays(self) -> dict[str, Floats]:
        """Return copies of the arrays, by name."""
        return {name: getattr(self, name).copy() for name in self.names}

    def flat(self) -> Floats:
        """Return all weights as one vector."""
        return joined({field.name: getattr(self, field.name) for field in fields(self)})

    def matrix(self, absent: float = 0.0) -> Floats:
        """Return the weight of each connection (source, target) over inputs, hidden and outputs."""
        inputs, hidden, outputs = self.nodes
        both = inputs + hidden
        found = np.full((both + outputs,) * 2, absent)
        found[:inputs, inputs:both] = self.W_in
        found[inputs:both, inputs:both] = self.W
        found[inputs:both, both:] = self.W_out
        return found

    def without_recurrence(self) -> "RecurrentWeights":
        """Return the weights with W set to 0: hidden nodes see the current input only."""
        return replace(self, W=np.zeros_like(self.W))

    def holding(self, node: int, value: float) -> "RecurrentWeights":
        """Return the weights of a network whose other nodes receive ``value`` from a hidden node.

        The constant becomes a bias of the receivers; the node itself is still computed.
        """
        W, W_out = self.W.copy(), self.W_out.copy()
        W[node] = W_out[node] = 0.0
        b_h, b_o = self.b_h + value * self.W[node], self.b_o + value * self.W_out[node]
        return replace(self, W=W, W_out=W_out, b_h=b_h, b_o=b_o)

    def run(
        self, inputs: ArrayLike, state: ArrayLike | None = None, *, reset: bool = False
    ) -> tuple[Floats, Floats]:
        """Return hidden and output activations at every step.

        Parameters
        ----------
        inputs : array, shape (sequence, time, input) or (time, input)
            NaN propagates to its step and all later steps of the sequence.
        state : array, shape (hidden,) or (sequence, hidden), optional
            State before the first step; h_0 by default.
        reset : bool
            Reset the state before every step, so that steps are independent.

        Returns
        -------
        hidden, outputs : array, shape (sequence, time, node) or (time, node)
            With a sequence axis if the inputs have one.

        Raises
        ------
        InputError
            If inputs or state have another shape.

        Examples
        --------
        >>> weights = RecurrentWeights.from_flat(np.linspace(-1.0, 1.0, 15), 2, 2, 1)
        >>> x = np.random.default_rng(0).normal(size=(20, 2))
        >>> whole, _ = weights.run(x)
        >>> rest, _ = weights.run(x[5:], state=whole[4])
        >>> bool((rest == whole[5:]).all())
        True
        """
        x = array_of_numbers(inputs, "inputs")
        n_inputs, n_hidden, n_outputs = self.nodes
        if x.ndim not in (2, 3) or x.shape[-1] != n_inputs or x.shape[-2] == 0:
            raise InputError(
                f"inputs must be (sequence, time, {n_inputs}) or (time, {n_inputs}) with at least "
                f"one step, got {x.shape}; put time before nodes"
            )
        windows = x if x.ndim == 3 else x[np.newaxis]
        first = self.h_0 if state is None else array_of_numbers(state, "state")
        if first.shape not in ((n_hidden,), (len(windows), n_hidden)):
            raise InputError(
                f"state must be ({n_hidden},) or ({len(windows)}, {n_hidden}), got {first.shape}; "
                "give one state for all sequences, or one for each"
            )
        first = np.broadcast_to(first, (len(windows), n_hidden))
        if truth(reset, "reset"):
            first = np.repeat(first, windows.shape[1], axis=0)
            windows = windows.reshape(-1, 1, n_inputs)
        hidden, outputs = (np.empty((*windows.shape[:2], n)) for n in (n_hidden, n_outputs))
        activate(
            np.ascontiguousarray(windows), self.flat(), np.ascontiguousarray(first), hidden, outputs
        )
        return hidden.reshape(*x.shape[:-1], n_hidden), outputs.reshape(*x.shape[:-1], n_outputs)

    def must_fit(self, inputs: int, hidden: int, outputs: int, whose: str) -> None:
        """Check the shapes against numbers of nodes.

        Raises
        ------
        InputError
            If one is wrong; ``whose`` names the owner of the nodes.
        """
        expected = shapes(inputs, hidden, outputs)
        given = {name: getattr(self, name).shape for name in self.names}
        if given != expected:
            raise InputError(
                f"weights must have the shapes {expected} of {whose}, got {given}; give all arrays "
                "of the network that was recorded"
            )

    def must_lead_to(
        self,
        inputs: Floats,
        hidden: Floats,
        outputs: Floats,
        otherwise: str = "",
        mask: NDArray[np.bool_] | None = None,
    ) -> None:
        """Check that the network computes these activations from inputs (sequence, time, node).

        Activations are (sequence, time, node), or (row, node) for the steps in ``mask``.

        Raises
        ------
        InputError
            If it does not; ``otherwise`` ends the message.
        """
        self.must_fit(inputs.shape[2], hidden.shape[-1], outputs.shape[-1], "the recording's nodes")
        kept = np.ones(inputs.shape[:2], bool) if mask is None else mask
        pairs = zip(self.run(inputs), (hidden, outputs), strict=True)
        apart = max(np.abs(a[kept] - b.reshape(-1, b.shape[-1])).max() for a, b in pairs)
        if not apart <= _SAME:
            raise InputError(
                f"weights must lead to the recorded states, got some that differ by {apart:.2g}; "
                "give the weights of that epoch, and the recording with its sequences as they "
                f"were run{otherwise}"
            )


def shapes(n_inputs: int, n_hidden: int, n_outputs: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of all arrays, in their order."""
    x, h, o = n_inputs, n_hidden, n_outputs
    return {"W_in": (x, h), "W": (h, h), "b_h": (h,), "W_out": (h, o), "b_o": (o,), "h_0": (h,)}


def split(vector: Floats, n_inputs: int, n_hidden: int, n_outputs: int) -> dict[str, Floats]:
    """Split a vector of weights, or of their gradient, into copies of its arrays, by name.

    Raises
    ------
    InputError
        If the vector has another length.
    """
    layout = shapes(n_inputs, n_hidden, n_outputs)
    ends = np.cumsum([int(np.prod(shape)) for shape in layout.values()])
    if vector.shape != (ends[-1],):
        raise InputError(
            f"vector must have shape ({ends[-1]},) for {n_inputs} inputs, {n_hidden} hidden nodes "
            f"and {n_outputs} outputs, got {vector.shape}; give the numbers of nodes of its network"
        )
    parts = zip(layout.items(), np.split(vector, ends[:-1]), strict=True)
    return {name: part.reshape(shape).copy() for (name, shape), part in parts}


def joined(arrays: Mapping[str, Floats]) -> Floats:
    """Join weights, or their gradient, into one vector: the inverse of `split`."""
    return np.concatenate([arrays[name].ravel() for name in RecurrentWeights.names])


def arrays_in(snapshot: xr.Dataset, kind: str) -> dict[str, Floats]:
    """Return the recorded arrays by weight name; kind is parameter, velocity or gradient."""
    names = {f"{kind}_{name}": name for name in RecurrentWeights.names}
    return {names[str(key)]: snapshot[key].to_numpy() for key in names if key in snapshot}
