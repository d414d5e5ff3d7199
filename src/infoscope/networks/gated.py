"""Networks of one layer of torch's GRU or LSTM with linear outputs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from infoscope._errors import InputError
from infoscope._validate import (
    Floats,
    array_of_numbers,
    generator,
    one_of,
    real_number,
    truth,
    whole_number,
)
from infoscope.networks.of_snapshot import RECURRENT
from infoscope.networks.replay.equations import Equations, State
from infoscope.networks.replay.families import FUSED
from infoscope.networks.trainable import Trainable

CELLS: dict[str, type[nn.Module]] = {"gru": nn.GRU, "lstm": nn.LSTM}
_DTYPE = torch.float64


class Gated(Trainable):
    """A layer of torch's GRU or LSTM, whose output h feeds linear outputs.

    Every sequence starts from a state of zeros, which is not learned.

    Parameters
    ----------
    cell : {"gru", "lstm"}
        Kind of the layer.
    n_inputs, n_hidden, n_outputs : int
        Numbers of inputs, units and outputs.
    initial_scale : float, optional
        All weights and biases start uniform in ±initial_scale; by default 1/sqrt(n_hidden), which
        is torch's own law.
    random_state : int, numpy.random.Generator or None
        Source of the weights, independent of torch's global state.

    Attributes
    ----------
    layer, readout : torch.nn.Module
        ``nn.GRU`` or ``nn.LSTM``, and ``nn.Linear``, in double precision.

    Raises
    ------
    InputError
        If the cell, a number or the random state is invalid.

    References
    ----------
    S. Hochreiter, J. Schmidhuber, Neural Comput. 9, 1735 (1997); K. Cho et al., EMNLP 1724 (2014).

    Examples
    --------
    >>> network = Gated("lstm", 3, 5, 2, random_state=0)
    >>> hidden, outputs = network.run(np.zeros((4, 10, 3)))
    >>> hidden.shape, outputs.shape
    ((4, 10, 5), (4, 10, 2))
    """

    def __init__(
        self,
        cell: str,
        n_inputs: int,
        n_hidden: int,
        n_outputs: int,
        *,
        initial_scale: float | None = None,
        random_state: int | np.random.Generator | None = None,
    ) -> None:
        """Draw the weights."""
        super().__init__()
        one_of(cell, "cell", tuple(CELLS))
        sizes = {"n_inputs": n_inputs, "n_hidden": n_hidden, "n_outputs": n_outputs}
        for name, nodes in sizes.items():
            whole_number(nodes, name, 1)
        scale = 1.0 / np.sqrt(n_hidden) if initial_scale is None else initial_scale
        real_number(scale, "initial_scale", 0.0)
        with torch.random.fork_rng([]):  # torch's constructors draw from its global state
            self.layer: Any = CELLS[cell](n_inputs, n_hidden, batch_first=True, dtype=_DTYPE)
            self.readout = nn.Linear(n_hidden, n_outputs, dtype=_DTYPE)
        random = generator(random_state)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.tensor(random.uniform(-scale, scale, parameter.shape)))

    @classmethod
    def of(cls, arrays: Mapping[str, ArrayLike]) -> "Gated":
        """Return the network with these arrays, as `arrays` returns them."""
        kept = {name: torch.tensor(np.asarray(array)) for name, array in arrays.items()}
        recurrent, units = kept[RECURRENT].shape
        cell = next(
            name for name, kind in CELLS.items() if len(FUSED[kind].gates) == recurrent // units
        )
        nodes = kept["layer.weight_ih_l0"].shape[1], units, len(kept["readout.bias"])
        network = cls(cell, *nodes, initial_scale=0.0)
        network.load_state_dict(kept)
        return network

    @classmethod
    def from_flat(cls, vector: Floats, cell: str, nodes: tuple[int, int, int]) -> "Gated":
        """Return the network of a cell and numbers of nodes from a vector in the order of `flat`.

        Raises
        ------
        InputError
            If the vector has another length.
        """
        network = cls(cell, *nodes, initial_scale=0.0)
        expected = network.flat().shape
        if vector.shape != expected:
            raise InputError(
                f"vector must have shape {expected} for {nodes} inputs, units and outputs of "
                f"{cell}, got {vector.shape}; give the numbers of nodes of its network"
            )
        nn.utils.vector_to_parameters(torch.tensor(vector), network.parameters())
        return network

    @property
    def nodes(self) -> tuple[int, int, int]:
        """Numbers of inputs, units and outputs."""
        return self.layer.input_size, self.layer.hidden_size, self.readout.out_features

    @property
    def family(self) -> type[Equations]:
        """The equations of the layer."""
        return FUSED[type(self.layer)]

    def without_recurrence(self) -> "Gated":
        """Return the network with ``weight_hh`` of zero.

        No unit hears another. Each keeps its own memory: the cell state of an LSTM, the part of h
        that a GRU's update gate keeps.
        """
        arrays = self.arrays()
        return Gated.of({**arrays, RECURRENT: np.zeros_like(arrays[RECURRENT])})

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return h and outputs at every step, (sequence, time, node) or (time, node)."""
        hidden, _ = self.layer(inputs)
        return hidden, self.readout(hidden)

    def outputs(self, weights: Mapping[str, Tensor], windows: Tensor) -> Tensor:
        """Return the outputs with other weights.

        By the equations of replay: torch's own kernels have no rule for many networks at once.
        """
        hidden = self._states(weights, windows)["h"].transpose(0, 1)
        return nn.functional.linear(hidden, weights["readout.weight"], weights["readout.bias"])

    def jacobians(self, inputs: ArrayLike) -> Floats:
        """Return the derivatives of h_t by x_t and h_{t-1} at every visited step.

        The rest of the state before the step, c of an LSTM, is held.

        Parameters
        ----------
        inputs : array, shape (sequence, time, input)
            Inputs of the network.

        Returns
        -------
        array, shape (sequence x time, input + unit, unit)
            (row, source, target); rows of a sequence follow each other.
        """
        x = torch.tensor(array_of_numbers(inputs, "inputs"), dtype=_DTYPE)
        weights = {name: p.detach() for name, p in self.named_parameters()}
        visited = self._states(weights, x)
        before = {
            name: torch.cat([torch.zeros_like(of[:1]), of[:-1]]).transpose(0, 1).flatten(0, 1)
            for name, of in visited.items()
            if name in self.family.states
        }
        equations, n_inputs = self._equations(weights), self.nodes[0]

        def step(both: Tensor, state: dict[str, Tensor]) -> Tensor:
            now, h = both[:n_inputs], both[n_inputs:]
            return equations.update(equations.drive(now), equations.feedback(h), {**state, "h": h})[
                "h"
            ]

        both = torch.cat([x.flatten(0, 1), before["h"]], 1)
        found = torch.func.vmap(torch.func.jacrev(step))(both, before)
        return found.transpose(1, 2).numpy()

    def _equations(self, weights: Mapping[str, Tensor]) -> Equations:
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return self.family(*(weights[f"layer.{name}_l0"] for name in names))

    def _states(self, weights: Mapping[str, Tensor], windows: Tensor) -> State:
        """Return state and gates at every step, (time, window, unit)."""
        start = windows.new_zeros(len(windows), self.nodes[1])
        return self._equations(weights).run(
            windows.transpose(0, 1), dict.fromkeys(self.family.states, start)
        )

    def run(self, inputs: ArrayLike, *, reset: bool = False) -> tuple[Floats, Floats]:
        """Return h and outputs at every step.

        Parameters
        ----------
        inputs : array, shape (sequence, time, input) or (time, input)
            Inputs of the network.
        reset : bool
            Reset the whole state before every step, so that steps are independent.

        Returns
        -------
        hidden, outputs : array, shape (sequence, time, node) or (time, node)
            With a sequence axis if the inputs have one.

        Raises
        ------
        InputError
            If the inputs have another shape.
        """
        x = array_of_numbers(inputs, "inputs")
        n_inputs = self.nodes[0]
        if x.ndim not in (2, 3) or x.shape[-1] != n_inputs or x.shape[-2] == 0:
            raise InputError(
                f"inputs must be (sequence, time, {n_inputs}) or (time, {n_inputs}) with at least "
                f"one step, got {x.shape}; put time before nodes"
            )
        steps = x.reshape(-1, 1, n_inputs) if truth(reset, "reset") else x
        with torch.no_grad():
            found = [part.numpy() for part in self(torch.tensor(steps, dtype=_DTYPE))]
        hidden, outputs = (part.reshape(*x.shape[:-1], part.shape[-1]) for part in found)
        return hidden, outputs
