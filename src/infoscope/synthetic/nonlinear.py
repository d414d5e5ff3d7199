"""S4, S5, S6: nonlinear systems."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.integrate import quad

from infoscope._validate import Floats, whole_number
from infoscope.estimators.estimate import NATS_PER_BIT
from infoscope.synthetic._checks import fraction, positive
from infoscope.synthetic.linear import information_dataset
from infoscope.synthetic.system import RecursiveSystem, node_frame

_SQRT2 = float(np.sqrt(2.0))


@dataclass(frozen=True)
class FiveNodes(RecursiveSystem):
    """S4: five nodes, two of them driven by the square of the first, two in a loop.

    The linear system of Baccalá and Sameshima with the couplings of x0 to x1 and x3 squared::

        x0(t) = 0.95 sqrt(2) x0(t-1) - 0.9025 x0(t-2) + e
        x1(t) = 0.5 x0(t-2)^2 + e
        x2(t) = -0.4 x0(t-3) + e
        x3(t) = -0.5 x0(t-2)^2 + 0.25 sqrt(2) (x3(t-1) + x4(t-1)) + e
        x4(t) = 0.25 sqrt(2) (x4(t-1) - x3(t-1)) + e

    References
    ----------
    L. A. Baccalá, K. Sameshima, Biol. Cybern. 84, 463 (2001), its example of five variables;
    squared as in A. Montalto, L. Faes, D. Marinazzo, PLoS ONE 9, e109462 (2014).

    Examples
    --------
    >>> int(FiveNodes().delays.sel(source="x0", target="x2"))
    3
    """

    @property
    def nodes(self) -> pd.DataFrame:
        """All hidden."""
        return node_frame([f"x{i}" for i in range(5)])

    @property
    def memory(self) -> int:
        """Three rows."""
        return 3

    @property
    def couplings(self) -> NDArray[np.int64]:
        """`delays` as an array."""
        lags = np.zeros((5, 5), np.int64)
        lags[[0, 0, 0, 3, 4], [1, 2, 3, 4, 3]] = [2, 3, 2, 1, 1]
        return lags

    def step(self, past: Floats, noise: Floats) -> Floats:
        """Return the next row."""
        _, _, _, x3, x4 = past[-1]
        last, before, earliest = past[-1, 0], past[-2, 0], past[-3, 0]
        drive = [
            0.95 * _SQRT2 * last - 0.9025 * before,
            0.5 * before**2,
            -0.4 * earliest,
            -0.5 * before**2 + 0.25 * _SQRT2 * (x3 + x4),
            0.25 * _SQRT2 * (x4 - x3),
        ]
        return np.array(drive) + noise


@dataclass(frozen=True)
class LogisticMaps(RecursiveSystem):
    """S5: a chain of noisy logistic maps, each driven by the previous one.

    x_i(t+1) = (1 - c) f(x_i(t)) + c f(x_{i-1}(t)) + noise e with f(x) = 4 x (1 - x), values outside
    [0, 1] are reflected at its ends: truncation would create ties, wrapping would separate
    neighbours. The first map has c = 0.

    Parameters
    ----------
    n : int
        Maps.
    coupling : float
        c, above 0 and at most 1.
    noise : float
        Standard deviation.

    Examples
    --------
    >>> LogisticMaps(n=3).ranks.tolist()
    [0.0, 1.0, 2.0]
    """

    n: int = 5
    coupling: float = 0.4
    noise: float = 0.1

    def __post_init__(self) -> None:
        """Check the parameters."""
        whole_number(self.n, "n", 2)
        fraction(self.coupling, "coupling")
        positive(self.noise, "noise")

    @property
    def nodes(self) -> pd.DataFrame:
        """All hidden."""
        return node_frame([f"x{i}" for i in range(self.n)])

    @property
    def ranks(self) -> pd.Series:
        """Place of each map in the chain."""
        return pd.Series(np.arange(self.n, dtype=float), self.nodes.index, name="rank")

    @property
    def memory(self) -> int:
        """One row."""
        return 1

    @property
    def couplings(self) -> NDArray[np.int64]:
        """`delays` as an array."""
        return np.eye(self.n, k=1, dtype=np.int64)

    def step(self, past: Floats, noise: Floats) -> Floats:
        """Return the next row."""
        own = 4.0 * past[-1] * (1.0 - past[-1])
        driven = own.copy()
        driven[1:] += self.coupling * (own[:-1] - own[1:])
        return 1.0 - np.abs(np.mod(driven + self.noise * noise, 2.0) - 1.0)


@dataclass(frozen=True)
class ProductGate(RecursiveSystem):
    """S6: b(t+1) = sign(a1(t) a2(t)) + noise e, with a1 and a2 white.

    Neither a is informative about b without the other: all pairwise information is 0.

    Parameters
    ----------
    noise : float
        Standard deviation.

    Examples
    --------
    >>> found = ProductGate().information().sel(source="a1", target="b")
    >>> float(found.transfer_entropy), round(float(found.full_conditional), 3)
    (0.0, 0.486)
    """

    noise: float = 1.0

    def __post_init__(self) -> None:
        """Check the parameters."""
        positive(self.noise, "noise")

    @property
    def nodes(self) -> pd.DataFrame:
        """a1 and a2 are inputs, b is hidden."""
        return node_frame(["a1", "a2", "b"], ["input", "input", "hidden"])

    @property
    def ranks(self) -> pd.Series:
        """b ranks one above a1 and a2."""
        return pd.Series([0.0, 0.0, 1.0], self.nodes.index, name="rank")

    @property
    def memory(self) -> int:
        """One row."""
        return 1

    @property
    def couplings(self) -> NDArray[np.int64]:
        """`delays` as an array."""
        return np.array([[0, 0, 1], [0, 0, 1], [0, 0, 0]])

    def step(self, past: Floats, noise: Floats) -> Floats:
        """Return the next row."""
        a1, a2, _ = past[-1]
        return np.array([noise[0], noise[1], np.sign(a1 * a2) + self.noise * noise[2]])

    def information(self) -> xr.Dataset:
        """Exact information of every ordered pair, bits (source, target).

        0 except for a1 and a2 to b given the other: the information of a fair sign in noise.
        """
        terms = ("instantaneous", "delayed", "flow", "transfer_entropy",
                 "conditional_transfer_entropy", "full_conditional")  # fmt: skip
        bits = {name: np.where(np.eye(3, dtype=bool), np.nan, 0.0) for name in terms}
        for name in terms[-2:]:
            bits[name][:2, 2] = sign_information(self.noise)
        return information_dataset(bits, list(self.nodes.index))


def sign_information(noise: float) -> float:
    """Return I(S; S + noise E) in bits of a fair sign S and a standard normal E.

    1 - E log2(1 + exp(-2 (1 + noise E) / noise^2)), by quadrature.
    """

    def lost(e: float) -> float:
        density = np.exp(-0.5 * e**2) / np.sqrt(2.0 * np.pi)
        return float(density * np.logaddexp(0.0, -2.0 * (1.0 + noise * e) / noise**2))

    return 1.0 - quad(lost, -12.0, 12.0, limit=200)[0] / NATS_PER_BIT
