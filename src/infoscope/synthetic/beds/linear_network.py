"""Test bed: a sparse vector autoregression."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.synthetic.autoregressive import SparseAutoregression
from infoscope.synthetic.beds.bed import Bed


@dataclass(frozen=True, kw_only=True)
class LinearNetwork(Bed):
    """The sparse random vector autoregression `SparseAutoregression` in its own units.

    x(t+1) = x(t) C + e, with e of variance 1.

    Parameters
    ----------
    size, rows, noise, hidden_share, seed
        As in `Bed`.
    in_degree, radius
        Sources of every unit and spectral radius of C, as in `SparseAutoregression`.

    Examples
    --------
    >>> set(LinearNetwork().truth.sum("source").to_numpy().tolist())
    {3}
    """

    size: int = 20
    rows: int = 1000
    in_degree: int = 3
    radius: float = 0.9

    def __post_init__(self) -> None:
        """Check the coefficients, too."""
        super().__post_init__()
        SparseAutoregression(self.size, self.in_degree, self.radius, self.seed)

    @cached_property
    def system(self) -> SparseAutoregression:
        """The autoregression, with its exact information."""
        return SparseAutoregression(self.size, self.in_degree, self.radius, self.seed)

    def _simulate(self, random: np.random.Generator) -> dict[str, Floats]:
        rows = self.system.sample(self.rows, random, standardise=False)
        return {"hidden": rows.to_numpy()[np.newaxis]}

    def _influence(self) -> NDArray[np.bool_]:
        return self.system.edges.to_numpy()
