"""A leaky network of tanh units with given connections and linear outputs."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from infoscope._errors import InputError
from infoscope._validate import Floats, booleans, finite_array, generator, real_number, whole_number
from infoscope.networks.trainable import Trainable

_DTYPE = torch.float64


class Leaky(Trainable):
    """v_t = (1 - leak) v_{t-1} + leak (h_{t-1} W + x_t W_in + b_h) + noise_t, h_t = tanh(v_t).

    Outputs are o_t = h_t W_out + b_o, and every sequence starts from v = 0. Process noise is an
    input: windows have the columns x, then the noise of each unit.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Numbers of inputs, noise excluded, and of outputs.
    mask : array of bool, shape (unit, unit)
        Connections (source, target); other weights of W stay 0.
    leak : float
        Share of v that is replaced in a step.
    random_state : int, numpy.random.Generator or None
        Source of the weights: normal, W with a variance of 1 over the number of sources, W_in and
        W_out of 1 over the number of inputs and units.

    Raises
    ------
    InputError
        If the mask is not square, or a number is out of range.

    References
    ----------
    H. F. Song, G. R. Yang, X.-J. Wang, PLoS Comput. Biol. 12, e1004792 (2016).

    Examples
    --------
    >>> network = Leaky(2, 1, mask=~torch.eye(5).bool().numpy(), leak=0.2, random_state=0)
    >>> network.run(torch.ones(4, 10, 2 + 5).numpy())[0].shape
    (4, 10, 5)
    """

    mask: Tensor

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        *,
        mask: ArrayLike,
        leak: float,
        random_state: int | np.random.Generator | None = None,
    ) -> None:
        """Draw the weights."""
        super().__init__()
        present: NDArray = booleans(mask, "mask")
        if present.ndim != 2 or present.shape[0] != present.shape[1]:
            raise InputError(
                f"mask must be square (source, target), got {present.shape}; give the connections "
                "between all units"
            )
        self.leak = real_number(leak, "leak", above=0.0)
        inputs, units = whole_number(n_inputs, "n_inputs", 1), len(present)
        outputs, random = whole_number(n_outputs, "n_outputs", 1), generator(random_state)
        sources = present.sum(axis=0).clip(1)
        self.register_buffer("mask", torch.tensor(present, dtype=_DTYPE))

        def weights(values: Floats) -> nn.Parameter:
            return nn.Parameter(torch.tensor(values, dtype=_DTYPE))

        self.W_in = weights(random.normal(size=(inputs, units)) / inputs**0.5)
        self.W = weights(present * random.normal(size=(units, units)) / sources**0.5)
        self.b_h = nn.Parameter(torch.zeros(units, dtype=_DTYPE))
        self.W_out = weights(random.normal(size=(units, outputs)) / units**0.5)
        self.b_o = nn.Parameter(torch.zeros(outputs, dtype=_DTYPE))

    @property
    def nodes(self) -> tuple[int, int, int]:
        """Numbers of inputs, units and outputs."""
        return self.W_in.shape[0], self.W_in.shape[1], self.W_out.shape[1]

    def load_flat(self, vector: Floats) -> None:
        """Set all weights from a vector in the order of `flat`."""
        nn.utils.vector_to_parameters(torch.tensor(vector), self.parameters())

    def outputs(self, weights: Mapping[str, Tensor], windows: Tensor) -> Tensor:
        """Return the outputs with other weights."""
        return self._hidden(weights, windows) @ weights["W_out"] + weights["b_o"]

    def run(self, inputs: ArrayLike) -> tuple[Floats, Floats]:
        """Return h and outputs at every step, (sequence, time, node).

        Parameters
        ----------
        inputs : array, shape (sequence, time, input + unit)
            Inputs, then the process noise of each unit.
        """
        windows = torch.tensor(finite_array(inputs, "inputs"), dtype=_DTYPE)
        weights = dict(self.named_parameters())
        with torch.no_grad():
            hidden = self._hidden(weights, windows)
            outputs = hidden @ weights["W_out"] + weights["b_o"]
        return hidden.numpy(), outputs.numpy()

    def _hidden(self, weights: Mapping[str, Tensor], windows: Tensor) -> Tensor:
        """Return h at every step, (window, time, unit)."""
        x, noise = windows.split(self.nodes[:2], -1)
        drive = self.leak * (x @ weights["W_in"] + weights["b_h"]) + noise
        recurrent = self.leak * self.mask * weights["W"]
        state, states = torch.zeros_like(drive[:, 0]), []
        for of_step in drive.unbind(1):
            state = (1.0 - self.leak) * state + torch.tanh(state) @ recurrent + of_step
            states.append(state)
        return torch.tanh(torch.stack(states, 1))
