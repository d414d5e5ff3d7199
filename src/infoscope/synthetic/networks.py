"""S7, S8: tanh networks of known wiring, one row per hop."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats, real_number, whole_number
from infoscope.synthetic._checks import fraction, positive, stationary
from infoscope.synthetic.system import RecursiveSystem, node_frame
from infoscope.synthetic.wiring import (
    per_source,
    random_weights,
    sparse_mask,
    wiring_generator,
    with_radius,
)

_DRAWS = 1000


class TanhNetwork(RecursiveSystem):
    """A network whose inputs are undriven autoregressions of variance 1.

    ``phi`` is the coefficient of the inputs, ``sigma`` the noise of all other nodes;
    ``linear_outputs`` omits tanh at outputs.
    """

    linear_outputs: ClassVar[bool]
    phi: float
    sigma: float

    @abstractmethod
    def _weights(self) -> Floats:
        """Return `weights`."""

    @cached_property
    def weights(self) -> Floats:
        """Weights (source, target) over all nodes; none to an input."""
        return self._weights()

    @property
    def memory(self) -> int:
        """One row."""
        return 1

    @property
    def couplings(self) -> NDArray[np.int64]:
        """`delays` as an array: 1 wherever there is a weight."""
        return (self.weights != 0.0).astype(np.int64)

    def step(self, past: Floats, noise: Floats) -> Floats:
        """Return the next row."""
        inputs, squashed = self._kinds
        drive = past[-1] @ self.weights
        row = np.where(squashed, np.tanh(drive), drive) + self.sigma * noise
        fresh = np.sqrt(1.0 - self.phi**2)
        row[inputs] = self.phi * past[-1][inputs] + fresh * noise[inputs]
        return row

    @cached_property
    def _kinds(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which nodes are inputs, and which pass through tanh."""
        roles = self.nodes["role"].to_numpy()
        inputs = roles == "input"
        linear = inputs | ((roles == "output") & self.linear_outputs)
        return inputs, ~linear


@dataclass(frozen=True)
class FeedForward(TanhNetwork):
    """S7: layers in a pipeline, h^{l+1}(t+1) = tanh(h^l(t) W_l) + sigma e; ranks are layers.

    Each unit has ``gain`` times weights of magnitude 0.5 to 1.5, divided by the root of their
    number. Every unit has a source, and wirings are drawn until the graph is connected, so that all
    ranks compare: the actual density is somewhat larger.

    Parameters
    ----------
    layers, width : int
        Number of layers, and nodes per layer; the first are inputs, the last outputs.
    density : float
        Probability of a connection between adjacent layers.
    gain : float
        Positive.
    sigma : float
        Standard deviation of the noise.
    phi : float
        Autoregressive coefficient of the inputs; 0 for white ones.
    seed : int
        Of the wiring.

    Examples
    --------
    >>> FeedForward().nodes["layer"].value_counts(sort=False).tolist()
    [6, 6, 6, 6, 6, 6]
    """

    linear_outputs: ClassVar[bool] = False

    layers: int = 6
    width: int = 6
    density: float = 0.3
    gain: float = 1.5
    sigma: float = 0.2
    phi: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the parameters."""
        whole_number(self.layers, "layers", 2)
        whole_number(self.width, "width", 1)
        fraction(self.density, "density")
        positive(self.gain, "gain")
        real_number(self.sigma, "sigma", 0.0)
        stationary(self.phi, "phi")
        whole_number(self.seed, "seed", 0)

    @property
    def nodes(self) -> pd.DataFrame:
        """Node ``l2n3`` is the fourth of the third layer."""
        layers = np.repeat(np.arange(self.layers), self.width)
        roles = np.where(layers == 0, "input", np.where(layers == layers[-1], "output", "hidden"))
        names = [f"l{layer}n{i % self.width}" for i, layer in enumerate(layers)]
        return node_frame(names, roles.tolist(), layers.tolist())

    @property
    def ranks(self) -> pd.Series:
        """Layer of each node."""
        return self.nodes["layer"].astype(float).rename("rank")

    def _weights(self) -> Floats:
        random = wiring_generator(self.seed)
        for _ in range(_DRAWS):
            mask = self._mask(random)
            if nx.is_weakly_connected(nx.from_numpy_array(mask, create_using=nx.DiGraph)):
                return self.gain * per_source(random_weights(mask, random))
        raise InputError(
            f"density must allow a connected graph, got {self.density!r}, with none in {_DRAWS} "
            "wirings; raise it"
        )

    def _mask(self, random: np.random.Generator) -> NDArray[np.bool_]:
        size = self.layers * self.width
        mask = np.zeros((size, size), bool)
        for first in range(0, size - self.width, self.width):
            middle, end = first + self.width, first + 2 * self.width
            block = sparse_mask(self.width, self.width, self.density, random)
            mask[first:middle, middle:end] = block
        return mask


@dataclass(frozen=True)
class SparseRecurrent(TanhNetwork):
    """S8: h(t+1) = tanh(x(t) W_in + h(t) U) + sigma e and o(t+1) = h(t) W_out + sigma e.

    As a recording this is h_t = tanh(x_t W_in + h_{t-1} U) and o_t = h_t W_out. Every hidden unit
    receives an input, and no unit itself. Weights have magnitudes 0.5 to 1.5; W_in and W_out are
    divided by the root of their number at each target, U is scaled to its radius.

    Parameters
    ----------
    inputs, hidden, outputs : int
        Number of nodes of each role.
    density : float
        Probability of a connection between two hidden units.
    outer_density : float
        The same from inputs to hidden units, and from these to outputs.
    radius : float
        Spectral radius of U, positive.
    sigma : float
        Standard deviation of the process noise; 0 for none.
    phi : float
        Autoregressive coefficient of the inputs; 0 for white ones.
    seed : int
        Of the wiring.

    Examples
    --------
    >>> system = SparseRecurrent(radius=1.2)
    >>> system.recording(100).activations(aligned=True).shape
    (1, 98, 32)
    """

    linear_outputs: ClassVar[bool] = True

    inputs: int = 5
    hidden: int = 25
    outputs: int = 2
    density: float = 0.1
    outer_density: float = 0.3
    radius: float = 0.9
    sigma: float = 0.05
    phi: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the parameters."""
        for name, least in (("inputs", 1), ("hidden", 2), ("outputs", 1), ("seed", 0)):
            whole_number(getattr(self, name), name, least)
        fraction(self.density, "density")
        fraction(self.outer_density, "outer_density")
        positive(self.radius, "radius")
        real_number(self.sigma, "sigma", 0.0)
        stationary(self.phi, "phi")

    @property
    def nodes(self) -> pd.DataFrame:
        """Inputs x0, ..., hidden units h0, ..., outputs o0, ... ."""
        sizes = {"input": self.inputs, "hidden": self.hidden, "output": self.outputs}
        letters = {"input": "x", "hidden": "h", "output": "o"}
        pairs = [(f"{letters[role]}{i}", role) for role in sizes for i in range(sizes[role])]
        names, roles = zip(*pairs, strict=True)
        return node_frame(names, roles)

    def _weights(self) -> Floats:
        random = wiring_generator(self.seed)
        x, h = self.inputs, self.inputs + self.hidden
        matrix = np.zeros((h + self.outputs, h + self.outputs))
        within = random.random((self.hidden, self.hidden)) < self.density
        np.fill_diagonal(within, False)
        matrix[x:h, x:h] = with_radius(random_weights(within, random), self.radius, "density")
        heard = sparse_mask(self.inputs, self.hidden, self.outer_density, random)
        matrix[:x, x:h] = per_source(random_weights(heard, random))
        read = sparse_mask(self.hidden, self.outputs, self.outer_density, random)
        matrix[x:h, h:] = per_source(random_weights(read, random))
        return matrix
