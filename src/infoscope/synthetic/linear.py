"""Linear Gaussian systems: every information follows from the stationary covariance."""

from abc import abstractmethod
from collections.abc import Iterable
from functools import cached_property
from itertools import permutations

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.linalg import solve_discrete_lyapunov

from infoscope._validate import Floats, whole_number
from infoscope.estimators.estimate import NATS_PER_BIT
from infoscope.synthetic.system import RecursiveSystem, pairwise_array


class LinearSystem(RecursiveSystem):
    """A vector autoregression x_{t+1} = sum_l x_{t+1-l} C_l + e_{t+1}, rows being vectors."""

    @abstractmethod
    def _coefficients(self) -> Floats:
        """Return `coefficients`."""

    @cached_property
    def coefficients(self) -> Floats:
        """C, shape (order, source, target), over all variables."""
        return self._coefficients()

    @property
    @abstractmethod
    def noise_sd(self) -> Floats:
        """Standard deviation of e, shape (variable,)."""

    @property
    def memory(self) -> int:
        """The order of the autoregression."""
        return len(self.coefficients)

    @property
    def couplings(self) -> NDArray[np.int64]:
        """The lag of the coefficient of every pair, 0 without a coefficient."""
        present = self.coefficients != 0.0
        lags = np.where(present.any(axis=0), present.argmax(axis=0) + 1, 0)
        np.fill_diagonal(lags, 0)
        return lags

    def step(self, past: Floats, noise: Floats) -> Floats:
        """Return the next row."""
        return np.einsum("ls,lst->t", past[::-1], self.coefficients) + self.noise_sd * noise

    def covariance(self, lags: int = 1) -> xr.DataArray:
        """Return Cov(source_t, target_{t+lag}) of the stationary process, before standardising.

        Parameters
        ----------
        lags : int
            The largest lag.

        Returns
        -------
        DataArray
            (lag, source, target), lags 0 to ``lags``, exact: the discrete Lyapunov equation of
            the companion form.

        Raises
        ------
        InputError
            If lags is not a whole number >= 0.
        """
        furthest = whole_number(lags, "lags", 0)
        names, first = list(self.nodes.index), len(self.couplings) - len(self.nodes)
        observed = slice(first, len(self.couplings))
        found, product = [], self._stationary
        for _ in range(furthest + 1):
            found.append(product[observed, observed])
            product = product @ self._companion
        return xr.DataArray(
            np.array(found),
            dims=("lag", "source", "target"),
            coords={"lag": np.arange(furthest + 1), "source": names, "target": names},
            name="covariance",
        )

    @cached_property
    def _companion(self) -> Floats:
        """The companion matrix, which maps the last rows, newest first, to the next ones."""
        order, width, _ = self.coefficients.shape
        matrix = np.eye(order * width, k=width)
        matrix[:, :width] = self.coefficients.reshape(order * width, width)
        return matrix

    @cached_property
    def _stationary(self) -> Floats:
        """Covariance of the last rows, newest first."""
        driven = np.zeros(len(self._companion))
        driven[: len(self.noise_sd)] = self.noise_sd**2
        found = solve_discrete_lyapunov(self._companion.T, np.diag(driven))
        return np.asarray(found, np.float64)

    def information(self) -> xr.Dataset:
        """Exact information of every ordered pair, bits (source, target).

        See `SyntheticSystem.information`: each is -1/2 log2(1 - r^2), with r the correlation,
        or partial correlation, of the two.
        """
        nodes = self.nodes
        n, inputs = len(nodes), set(np.flatnonzero(nodes["role"] == "input").tolist())
        now, later = self.covariance(1).to_numpy()
        joint = np.block([[now, later], [later.T, now]])
        terms = ("instantaneous", "delayed", "transfer_entropy",
                 "conditional_transfer_entropy", "full_conditional")  # fmt: skip
        bits = {name: np.full((n, n), np.nan) for name in terms}
        for a, b in permutations(range(n), 2):
            bits["instantaneous"][a, b] = gaussian_information(joint, a, b)
            for name, given in (
                ("delayed", set()),
                ("transfer_entropy", {b}),
                ("conditional_transfer_entropy", {b} | inputs - {a}),
                ("full_conditional", set(range(n)) - {a}),
            ):
                bits[name][a, b] = gaussian_information(joint, a, n + b, given)
        bits["flow"] = bits["delayed"] - bits["instantaneous"]
        return information_dataset(bits, list(nodes.index))


def gaussian_information(covariance: Floats, x: int, y: int, given: Iterable[int] = ()) -> float:
    """Return I(X; Y | Z) in bits of jointly Gaussian variables, X and Y scalars."""
    pair, others = [x, y], sorted(given)
    left = covariance[np.ix_(pair, pair)]
    if others:
        across = covariance[np.ix_(others, pair)]
        left = left - across.T @ np.linalg.solve(covariance[np.ix_(others, others)], across)
    squared = left[0, 1] ** 2 / (left[0, 0] * left[1, 1])
    return float(-0.5 * np.log1p(-squared) / NATS_PER_BIT)


def information_dataset(bits: dict[str, Floats], names: list[str]) -> xr.Dataset:
    """Return matrices of information by name, with their unit."""
    parts = {key: pairwise_array(values, names, key) for key, values in bits.items()}
    for part in parts.values():
        part.attrs["units"] = "bit"
    return xr.Dataset(parts)
