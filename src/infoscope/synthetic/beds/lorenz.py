"""Test bed: the Lorenz-96 model, a chaotic ring."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats, real_number, whole_number
from infoscope.synthetic._checks import positive
from infoscope.synthetic.beds.bed import BURN_IN, Bed

# Longest step of the Runge-Kutta integration.
_LONGEST = 0.02


@dataclass(frozen=True, kw_only=True)
class Lorenz96(Bed):
    """A ring dx_i/dt = (x_{i+1} - x_{i-2}) x_{i-1} - x_i + forcing, chaotic from forcings of 8 on.

    Integrated by Runge-Kutta steps of order 4 and at most 0.02, recorded at intervals. Truth are
    the terms of the equation: i-2, i-1 and i+1 drive i. Over a longer interval influence spreads
    further along the ring.

    Parameters
    ----------
    size : int
        Nodes of the ring, at least 4.
    rows, noise, hidden_share, seed
        As in `Bed`.
    forcing : float
        F; at 8 a Lyapunov time is about 0.6.
    interval : float
        Time between rows, positive.

    References
    ----------
    E. N. Lorenz, Proc. Seminar on Predictability, ECMWF (1996); E. N. Lorenz, K. A. Emanuel,
    J. Atmos. Sci. 55, 399 (1998).

    Examples
    --------
    >>> bed = Lorenz96(size=6)
    >>> bed.truth.sel(target="h3").to_numpy().tolist()
    [False, True, True, False, True, False]
    """

    size: int = 20
    rows: int = 1000
    forcing: float = 10.0
    interval: float = 0.05

    def __post_init__(self) -> None:
        """Check the equation, too."""
        super().__post_init__()
        whole_number(self.size, "size", 4)
        real_number(self.forcing, "forcing")
        positive(self.interval, "interval")

    def derivative(self, x: Floats) -> Floats:
        """Return dx/dt, shape (node,)."""
        ring = np.concatenate([x[-2:], x, x[:1]])
        return (ring[3:] - ring[:-3]) * ring[1:-2] - x + self.forcing

    def step(self, x: Floats) -> Floats:
        """Return the state after one interval, shape (node,)."""
        steps = int(np.ceil(self.interval / _LONGEST))
        dt = self.interval / steps
        for _ in range(steps):
            first = self.derivative(x)
            second = self.derivative(x + 0.5 * dt * first)
            third = self.derivative(x + 0.5 * dt * second)
            fourth = self.derivative(x + dt * third)
            x = x + dt / 6.0 * (first + 2.0 * (second + third) + fourth)
        return x

    def _simulate(self, random: np.random.Generator) -> dict[str, Floats]:
        x = self.forcing + random.normal(size=self.size)
        rows = np.empty((BURN_IN + self.rows, self.size))
        for row in rows:
            row[:] = x = self.step(x)
        return {"hidden": rows[np.newaxis, BURN_IN:]}

    def _influence(self) -> NDArray[np.bool_]:
        nodes = np.arange(self.size)
        truth = np.zeros((self.size, self.size), bool)
        for offset in (-2, -1, 1):
            truth[(nodes + offset) % self.size, nodes] = True
        return truth
