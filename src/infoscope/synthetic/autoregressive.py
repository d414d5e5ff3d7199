"""S0, S1, S3, S9: vector autoregressions of order 1."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infoscope._validate import Floats, real_number, whole_number
from infoscope.synthetic._checks import positive, stationary
from infoscope.synthetic.linear import LinearSystem
from infoscope.synthetic.system import node_frame
from infoscope.synthetic.wiring import (
    fixed_in_degree,
    random_weights,
    wiring_generator,
    with_radius,
)


def _numbered(n: int) -> list[str]:
    return [f"x{i}" for i in range(n)]


@dataclass(frozen=True)
class IndependentNodes(LinearSystem):
    """S0: independent autoregressions x_i(t+1) = phi x_i(t) + e, without edges.

    Parameters
    ----------
    n : int
        Nodes.
    phi : float
        Strictly between -1 and 1.

    Examples
    --------
    >>> int(IndependentNodes().edges.sum())
    0
    """

    n: int = 20
    phi: float = 0.95

    def __post_init__(self) -> None:
        """Check the parameters."""
        whole_number(self.n, "n", 1)
        stationary(self.phi, "phi")

    @property
    def nodes(self) -> pd.DataFrame:
        """All hidden."""
        return node_frame(_numbered(self.n))

    def _coefficients(self) -> Floats:
        return self.phi * np.eye(self.n)[np.newaxis]

    @property
    def noise_sd(self) -> Floats:
        """Standard deviation of e, shape (node,)."""
        return np.ones(self.n)


@dataclass(frozen=True)
class Chain(LinearSystem):
    """S1: x_i(t+1) = phi x_i(t) + coupling x_{i-1}(t) + e; ranks are places in the chain.

    Parameters
    ----------
    n : int
        Nodes.
    phi : float
        Strictly between -1 and 1.
    coupling : float
        From each node to the next.

    Examples
    --------
    >>> flow = Chain(phi=0.3).information().flow
    >>> bool(flow.sel(source="x0", target="x1") > 0 > flow.sel(source="x1", target="x0"))
    True
    """

    n: int = 8
    phi: float = 0.6
    coupling: float = 0.5

    def __post_init__(self) -> None:
        """Check the parameters."""
        whole_number(self.n, "n", 2)
        stationary(self.phi, "phi")
        real_number(self.coupling, "coupling")

    @property
    def nodes(self) -> pd.DataFrame:
        """All hidden."""
        return node_frame(_numbered(self.n))

    @property
    def ranks(self) -> pd.Series:
        """Place of each node in the chain."""
        return pd.Series(np.arange(self.n, dtype=float), self.nodes.index, name="rank")

    def _coefficients(self) -> Floats:
        return (self.phi * np.eye(self.n) + self.coupling * np.eye(self.n, k=1))[np.newaxis]

    @property
    def noise_sd(self) -> Floats:
        """Standard deviation of e, shape (node,)."""
        return np.ones(self.n)


@dataclass(frozen=True)
class SparseAutoregression(LinearSystem):
    """S3: a random sparse vector autoregression without self-connections.

    Parameters
    ----------
    n : int
        Nodes.
    in_degree : int
        Sources per node, drawn from the others; half of all coefficients are negative.
    radius : float
        Spectral radius of the coefficients, positive and below 1.
    seed : int
        Seed of the wiring.

    Examples
    --------
    >>> set(SparseAutoregression().edges.sum("source").to_numpy().tolist())
    {3}
    """

    n: int = 20
    in_degree: int = 3
    radius: float = 0.9
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the parameters."""
        nodes = whole_number(self.n, "n", 2)
        whole_number(self.in_degree, "in_degree", 1, nodes - 1)
        positive(self.radius, "radius")
        stationary(self.radius, "radius")
        whole_number(self.seed, "seed", 0)

    @property
    def nodes(self) -> pd.DataFrame:
        """All hidden."""
        return node_frame(_numbered(self.n))

    def _coefficients(self) -> Floats:
        random = wiring_generator(self.seed)
        mask = fixed_in_degree(self.n, self.in_degree, random)
        return with_radius(random_weights(mask, random), self.radius, "in_degree")[np.newaxis]

    @property
    def noise_sd(self) -> Floats:
        """Standard deviation of e, shape (node,)."""
        return np.ones(self.n)


@dataclass(frozen=True)
class SkipPath(LinearSystem):
    """S9: In → A → B → C → D → E → Out and In → F → Out, each node the sum of its sources.

    The network with a short cut from the paper, with white noise at In. Ranks are least-squares
    ranks: Out is D above In with D = 3 minimising 6 (D/6 - 1)^2 + 2 (D/2 - 1)^2, and ranks rise
    evenly along each path.

    Parameters
    ----------
    noise : float
        Standard deviation of the noise of every node except In, whose own is 1.

    References
    ----------
    Ivanovic, Kha, Muruganantham (2018), section 5.

    Examples
    --------
    >>> SkipPath().ranks.tolist()
    [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 1.5, 3.0]
    """

    noise: float = 0.3

    def __post_init__(self) -> None:
        """Check the parameters."""
        positive(self.noise, "noise")

    @property
    def nodes(self) -> pd.DataFrame:
        """In is an input, Out an output."""
        return node_frame(["In", *"ABCDEF", "Out"], ["input", *["hidden"] * 6, "output"])

    @property
    def ranks(self) -> pd.Series:
        """Least-squares rank of each node."""
        return pd.Series([0, 0.5, 1, 1.5, 2, 2.5, 1.5, 3], self.nodes.index, float, name="rank")

    def _coefficients(self) -> Floats:
        names = list(self.nodes.index)
        matrix = np.zeros((1, len(names), len(names)))
        for path in (["In", *"ABCDE", "Out"], ["In", "F", "Out"]):
            places = [names.index(name) for name in path]
            matrix[0, places[:-1], places[1:]] = 1.0
        return matrix

    @property
    def noise_sd(self) -> Floats:
        """Standard deviation of e, shape (node,)."""
        return np.array([1.0, *[self.noise] * 7])
