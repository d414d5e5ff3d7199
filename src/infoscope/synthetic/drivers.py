"""S0b, S2: nodes with a common driver."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import InputError
from infoscope._validate import Floats, real_number, truth, whole_number
from infoscope.synthetic._checks import positive, stationary
from infoscope.synthetic.linear import LinearSystem
from infoscope.synthetic.system import SyntheticSystem, node_frame, pairwise_array


@dataclass(frozen=True)
class SharedTrend(SyntheticSystem):
    """S0b: independent white noise plus one sine shared by all nodes; no edges.

    Parameters
    ----------
    n : int
        Nodes.
    period : float
        Period of the sine in rows; its phase is random in each sample.
    amplitude : float
        Amplitude of the sine; the noise has variance 1.

    Examples
    --------
    >>> float(SharedTrend().sample(1000).to_pandas().corr().min().min()) > 0.2
    True
    """

    n: int = 20
    period: float = 100.0
    amplitude: float = 1.0

    def __post_init__(self) -> None:
        """Check the parameters."""
        whole_number(self.n, "n", 1)
        positive(self.period, "period")
        real_number(self.amplitude, "amplitude")

    @property
    def nodes(self) -> pd.DataFrame:
        """All hidden."""
        return node_frame([f"x{i}" for i in range(self.n)])

    @property
    def delays(self) -> xr.DataArray:
        """No edge at all: 0 everywhere, (source, target)."""
        return pairwise_array(np.zeros((self.n, self.n), int), list(self.nodes.index), "delays")

    def _simulate(self, rows: int, random: np.random.Generator) -> Floats:
        turns = np.arange(rows) / self.period + random.random()
        trend = self.amplitude * np.sin(2.0 * np.pi * turns)
        return trend[:, np.newaxis] + random.normal(size=(rows, self.n))


@dataclass(frozen=True)
class CommonDriver(LinearSystem):
    """S2: z, an autoregression, drives a and b at separate delays; a and b share no edge.

    With unequal delays (S2) the node driven first appears to inform the other; S2b has equal
    delays, S2c does not observe z.

    Parameters
    ----------
    delays_of : tuple of int
        Rows from z to a and from z to b, each 1 or more.
    phi : float
        z(t+1) = phi z(t) + e; strictly between -1 and 1.
    coupling : float
        Coupling of z to both.
    observed : bool
        Whether z is a node; otherwise the system has a and b only, and no edge.

    Examples
    --------
    >>> found = CommonDriver(phi=0).information().sel(source="a", target="b")
    >>> bool(found.delayed > 0.2), float(found.instantaneous)
    (True, 0.0)
    """

    delays_of: tuple[int, int] = (1, 2)
    phi: float = 0.6
    coupling: float = 1.0
    observed: bool = True

    def __post_init__(self) -> None:
        """Check the parameters."""
        if not isinstance(self.delays_of, tuple) or len(self.delays_of) != 2:
            raise InputError(
                f"delays_of must be two whole numbers, got {self.delays_of!r}; give the delays "
                "from z to a and from z to b"
            )
        for delay in self.delays_of:
            whole_number(delay, "delays_of", 1)
        stationary(self.phi, "phi")
        real_number(self.coupling, "coupling")
        truth(self.observed, "observed")

    @property
    def nodes(self) -> pd.DataFrame:
        """All hidden."""
        return node_frame(["z", "a", "b"] if self.observed else ["a", "b"])

    def _coefficients(self) -> Floats:
        matrices = np.zeros((max(self.delays_of), 3, 3))
        matrices[0, 0, 0] = self.phi
        for target, delay in enumerate(self.delays_of, start=1):
            matrices[delay - 1, 0, target] = self.coupling
        return matrices

    @property
    def noise_sd(self) -> Floats:
        """Standard deviation of e, shape (3,)."""
        return np.ones(3)
