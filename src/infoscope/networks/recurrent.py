"""The fully recurrent network of the published pipeline, and its explicit gradient."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from infoscope._errors import InputError, require
from infoscope._validate import array_of_numbers, described, generator, real_number, whole_number
from infoscope.recordings.weights import RecurrentWeights

require("torch", "training a network")
import torch  # noqa: E402 - the line before says how to install it
from torch import Tensor  # noqa: E402 - the same


class FullyRecurrent(torch.nn.Module):
    """A fully recurrent tanh network with linear outputs.

    ``h_t = tanh(x_t W_in + h_{t-1} W + b_h)`` and ``o_t = h_t W_out + b_o``, with a learned initial
    state ``h_0``.

    Parameters
    ----------
    n_inputs, n_hidden, n_outputs : int
        Number of nodes in each layer.
    initial_scale : float
        ``W_in``, ``W`` and ``W_out`` start uniform in ±initial_scale; ``b_h``, ``b_o`` and ``h_0``
        start at zero.
    random_state : int, numpy.random.Generator or None
        Source of the weights, drawn by numpy in double precision, in the order ``W_in``, ``W``,
        ``W_out``, independently of torch's global state.
    dtype : torch.dtype
        Floating-point type of the weights.

    Attributes
    ----------
    W_in, W, W_out : torch.nn.Parameter
        Weights (from, to): (n_inputs, n_hidden), (n_hidden, n_hidden), (n_hidden, n_outputs).
    b_h, b_o, h_0 : torch.nn.Parameter
        Biases and initial state: (n_hidden,), (n_outputs,), (n_hidden,).

    Raises
    ------
    InputError
        If a number of nodes, the scale or the random state is invalid.

    References
    ----------
    Ivanovic, Kha, Muruganantham (2018): the network that forecast temperature from weather.

    Examples
    --------
    >>> network = FullyRecurrent(n_inputs=18, n_hidden=25, n_outputs=2, random_state=0)
    >>> hidden, outputs = network(torch.zeros(132, 10, 18, dtype=torch.float64))
    >>> tuple(hidden.shape), tuple(outputs.shape)
    ((132, 10, 25), (132, 10, 2))
    """

    def __init__(
        self,
        n_inputs: int,
        n_hidden: int,
        n_outputs: int,
        *,
        initial_scale: float = 0.01,
        random_state: int | np.random.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        """Draw the weights."""
        super().__init__()
        for name, nodes in (
            ("n_inputs", n_inputs),
            ("n_hidden", n_hidden),
            ("n_outputs", n_outputs),
        ):
            whole_number(nodes, name, 1)
        real_number(initial_scale, "initial_scale", 0.0)
        if not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
            raise InputError(
                f"dtype must be a floating-point type of torch, got {described(dtype)}; use "
                "torch.float64"
            )
        random = generator(random_state)

        def uniform(*shape: int) -> torch.nn.Parameter:
            draw = random.uniform(-initial_scale, initial_scale, shape)
            return torch.nn.Parameter(torch.tensor(draw, dtype=dtype))

        def zeros(nodes: int) -> torch.nn.Parameter:
            return torch.nn.Parameter(torch.zeros(nodes, dtype=dtype))

        self.W_in = uniform(n_inputs, n_hidden)
        self.W, self.b_h = uniform(n_hidden, n_hidden), zeros(n_hidden)
        self.W_out, self.b_o = uniform(n_hidden, n_outputs), zeros(n_outputs)
        self.h_0 = zeros(n_hidden)

    @property
    def n_inputs(self) -> int:
        """Number of input nodes."""
        return self.W_in.shape[0]

    @property
    def n_hidden(self) -> int:
        """Number of hidden nodes."""
        return self.W.shape[0]

    @property
    def n_outputs(self) -> int:
        """Number of output nodes."""
        return self.W_out.shape[1]

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return hidden and output activations at every step.

        Parameters
        ----------
        inputs : torch.Tensor
            (window, time, n_inputs), every window starting from ``h_0``; or (time, n_inputs).

        Returns
        -------
        hidden, outputs : torch.Tensor
            (window, time, n_hidden) and (window, time, n_outputs), or without the window dimension.

        Raises
        ------
        InputError
            If shape or dtype of the inputs do not fit the weights.
        """
        self._check_inputs(inputs)
        drive = inputs @ self.W_in + self.b_h
        state = self.h_0.expand(*drive.shape[:-2], -1)
        states = []
        for drive_now in drive.unbind(-2):
            state = torch.tanh(drive_now + state @ self.W)
            states.append(state)
        hidden = torch.stack(states, dim=-2)
        return hidden, hidden @ self.W_out + self.b_o

    @classmethod
    def from_weights(
        cls, weights: RecurrentWeights, dtype: torch.dtype = torch.float64
    ) -> "FullyRecurrent":
        """Return the network with these weights."""
        network = cls(*weights.nodes, random_state=0, dtype=dtype)
        network.load_arrays(weights.arrays())
        return network

    @property
    def weights(self) -> RecurrentWeights:
        """Return a copy of the parameters as `RecurrentWeights`.

        Raises
        ------
        InputError
            If a parameter is not finite.
        """
        return RecurrentWeights(**self.arrays())

    def arrays(self) -> dict[str, np.ndarray]:
        """Copy the parameters into numpy arrays, by name."""
        return {name: p.detach().numpy().copy() for name, p in self.named_parameters()}

    def load_arrays(self, arrays: Mapping[str, ArrayLike]) -> None:
        """Set the parameters from arrays by name, as `arrays` returns them.

        Raises
        ------
        InputError
            If a parameter is missing, unknown, of another shape or not finite.
        """
        checked = parameter_arrays("arrays", arrays, self)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                parameter.copy_(torch.from_numpy(checked[name]))

    def _check_inputs(self, inputs: Tensor) -> None:
        shape = tuple(inputs.shape)
        if len(shape) not in (2, 3) or shape[-2] == 0 or shape[-1] != self.n_inputs:
            raise InputError(
                f"inputs must be (window, time, {self.n_inputs}) or (time, {self.n_inputs}) with "
                f"at least one step, got {shape}; put time before nodes"
            )
        if inputs.dtype != self.W_in.dtype:
            raise InputError(
                f"inputs must have the dtype of the weights, {self.W_in.dtype}, got "
                f"{inputs.dtype}; convert them with inputs.to({self.W_in.dtype})"
            )


class BackPropagation:
    """Gradient of one window's mean squared error, by back-propagation through time.

    Equal to autograd's gradient but explicit, on preallocated buffers: on a network this small,
    autograd's bookkeeping makes training several times slower. With ``e`` the gradient at the
    outputs and ``d`` the gradient before the tanh, ``d_t = (1 - h_t²) (W_out e_t + W d_{t+1})``,
    and every parameter's gradient is the product of ``d`` or ``e`` with the parameter's input.

    Parameters
    ----------
    network : FullyRecurrent
        Its weights are copied: later changes of either do not affect the other.
    n_steps : int
        Length of the windows.

    Attributes
    ----------
    weights, gradient : torch.Tensor
        All parameters, and the gradient at the last window, one vector each, modifiable in place;
        `split` returns them by name.

    References
    ----------
    Werbos (1990), Backpropagation through time: what it does and how to do it.

    Examples
    --------
    >>> network = FullyRecurrent(3, 4, 2, random_state=0)
    >>> backward = BackPropagation(network, n_steps=10)
    >>> inputs, targets = torch.ones(10, 3).double(), torch.zeros(10, 2).double()
    >>> loss = backward(inputs, targets)
    >>> backward.split(backward.gradient)["W_out"].shape
    torch.Size([4, 2])
    """

    def __init__(self, network: FullyRecurrent, n_steps: int) -> None:
        """Copy the weights and allocate the buffers."""
        self._shapes = {name: p.shape for name, p in network.named_parameters()}
        self.weights = torch.cat([p.detach().flatten() for p in network.parameters()])
        self.gradient = torch.zeros_like(self.weights)
        self._w, self._g = self.split(self.weights), self.split(self.gradient)
        self._states = self.weights.new_empty(n_steps + 1, network.n_hidden)  # h_0 first
        self._error = self.weights.new_empty(n_steps, network.n_outputs)
        self._delta = self.weights.new_empty(n_steps, network.n_hidden)
        self._slope = torch.empty_like(self._delta)
        # A view costs as much as the arithmetic on it, so views of single steps are made once.
        states, delta, slope = (list(b) for b in (self._states, self._delta, self._slope))
        self._forward_steps = list(pairwise(states))
        self._backward_steps = list(zip(delta[-2::-1], delta[:0:-1], slope[-2::-1], strict=True))

    def split(self, vector: Tensor) -> dict[str, Tensor]:
        """Return views of a vector laid out like `weights`, by parameter."""
        parts = vector.split([shape.numel() for shape in self._shapes.values()])
        named = zip(self._shapes.items(), parts, strict=True)
        return {name: part.view(shape) for (name, shape), part in named}

    @torch.no_grad()
    def __call__(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of a window, (time, n_inputs) and (time, n_outputs); fill `gradient`."""
        loss = self._forward(inputs, targets)
        self._backward(inputs)
        return loss

    def _forward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        w, hidden = self._w, self._states[1:]
        self._states[0].copy_(w["h_0"])
        torch.addmm(w["b_h"], inputs, w["W_in"], out=hidden)
        transposed = w["W"].T
        for before, now in self._forward_steps:
            now.addmv_(transposed, before).tanh_()
        torch.addmm(w["b_o"], hidden, w["W_out"], out=self._error)
        return self._error.sub_(targets).square().mean()

    def _backward(self, inputs: Tensor) -> None:
        w, g, hidden = self._w, self._g, self._states[1:]
        error, delta = self._error, self._delta
        error.mul_(2 / error.numel())
        torch.mul(hidden, hidden, out=self._slope).neg_().add_(1)
        torch.mm(error, w["W_out"].T, out=delta)
        delta[-1].mul_(self._slope[-1])
        for now, after, slope in self._backward_steps:
            now.addmv_(w["W"], after).mul_(slope)
        torch.mm(inputs.T, delta, out=g["W_in"])
        torch.mm(self._states[:-1].T, delta, out=g["W"])
        torch.sum(delta, 0, out=g["b_h"])
        torch.mm(hidden.T, error, out=g["W_out"])
        torch.sum(error, 0, out=g["b_o"])
        torch.mv(w["W"], delta[0], out=g["h_0"])


def numbers(argument: str, values: ArrayLike) -> np.ndarray:
    """Copy anything array-like into double precision, or raise InputError."""
    return array_of_numbers(values, argument).copy()


def parameter_arrays(
    argument: str, arrays: Mapping[str, ArrayLike], network: FullyRecurrent
) -> dict[str, np.ndarray]:
    """Copy arrays in the names, order and shapes of a network's parameters, or raise InputError."""
    expected = {name: tuple(p.shape) for name, p in network.named_parameters()}
    if not isinstance(arrays, Mapping):
        raise InputError(
            f"{argument} must be a mapping of arrays, got {described(arrays)}; give for example "
            "another network's arrays()"
        )
    copies = {name: numbers(f"{argument}[{name!r}]", array) for name, array in arrays.items()}
    shapes = {name: array.shape for name, array in copies.items()}
    if shapes != expected:
        raise InputError(
            f"{argument} must hold arrays of the shapes {expected}, got {shapes}; "
            "build the network with the numbers of nodes of the saved one"
        )
    for name, array in copies.items():
        if not np.isfinite(array).all():
            raise InputError(
                f"{argument}[{name!r}] must be finite, got {array[~np.isfinite(array)][0]}; "
                "load an earlier snapshot"
            )
    return {name: copies[name] for name in expected}
