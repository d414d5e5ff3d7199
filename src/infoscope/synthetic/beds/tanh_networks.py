"""Test beds of tanh units: echo state, near-critical ring, and a network of any size."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.sparse import csr_array

from infoscope._validate import Floats, real_number, whole_number
from infoscope.synthetic._checks import fraction, positive, stationary
from infoscope.synthetic.beds.bed import BURN_IN, Bed
from infoscope.synthetic.wiring import (
    fixed_in_degree,
    sparse_mask,
    wiring_generator,
    with_radius,
)


@dataclass(frozen=True, kw_only=True)
class TanhBed(Bed):
    """A leaky network v_t = (1 - leak) v_{t-1} + leak (h_{t-1} W + x_t U) + process_noise e_t.

    Recorded is h_t = tanh(v_t); e_t is white. Inputs are independent autoregressions
    x_t = phi x_{t-1} + noise, of variance 1.
    """

    process_noise: float
    leak: float = 1.0
    phi: float = 0.8

    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def __post_init__(self) -> None:
        """Check noise and inputs, too."""
        super().__post_init__()
        real_number(self.process_noise, "process_noise", 0.0)
        fraction(self.leak, "leak")
        stationary(self.phi, "phi")

    @abstractmethod
    def _weights(self) -> tuple[Floats, Floats]:
        """Return U (input, unit) and W (source, target)."""

    @cached_property
    def weights(self) -> tuple[Floats, Floats]:
        """U (input, unit) and W (source, target), without self-connections."""
        return self._weights()

    @cached_property
    def _recurrent(self) -> csr_array:
        """W.T times the leak, sparse."""
        return csr_array(self.leak * self.weights[1].T)

    def step(self, before: Floats, drive: Floats) -> Floats:
        """Return v_t, shape (unit,).

        Parameters
        ----------
        before : array, shape (unit,)
            v_{t-1}.
        drive : array, shape (unit,)
            leak x_t U + process_noise e_t.
        """
        return (1.0 - self.leak) * before + self._recurrent @ np.tanh(before) + drive

    def _simulate(self, random: np.random.Generator) -> dict[str, Floats]:
        steps, (inward, _) = BURN_IN + self.rows, self.weights
        fresh = np.sqrt(1.0 - self.phi**2) * random.normal(size=(steps, self.n_inputs))
        x = np.asarray(lfilter([1.0], [1.0, -self.phi], fresh, axis=0))
        drive = self.leak * (x @ inward)
        if self.process_noise:
            drive += self.process_noise * random.normal(size=drive.shape)
        state = np.zeros(self.size)
        for of_step in drive:
            of_step[:] = state = self.step(state, of_step)
        hidden = np.tanh(drive, out=drive)
        blocks = {"inputs": x, "hidden": hidden} if self.n_inputs else {"hidden": hidden}
        return {name: values[np.newaxis, BURN_IN:] for name, values in blocks.items()}

    def _influence(self) -> NDArray[np.bool_]:
        inward, recurrent = self.weights
        nodes = self.n_inputs + self.size
        present = np.zeros((nodes, nodes), bool)
        present[:, self.n_inputs :] = np.vstack([inward, recurrent]) != 0.0
        return present


@dataclass(frozen=True, kw_only=True)
class EchoState(TanhBed):
    """An echo state network: sparse random weights of a given radius, driven by one input.

    h_t = tanh(h_{t-1} W + x_t u). Weights are normal, W scaled to its spectral radius; every unit
    reads the input. Without process noise the states stay near a plane: the participation ratio
    of the default is about 2.

    Parameters
    ----------
    size, rows, noise, hidden_share, seed
        As in `Bed`.
    density : float
        Probability of a connection between two units.
    radius : float
        Spectral radius of W, positive.
    input_scale : float
        Standard deviation of the weights u.
    process_noise, phi : float
        Standard deviation of noise inside tanh; coefficient of the input.

    References
    ----------
    H. Jaeger, GMD Report 148 (2001).

    Examples
    --------
    >>> bed = EchoState(rows=300)
    >>> float(abs(bed.recording()["hidden"]).max()) <= 1.0
    True
    """

    size: int = 100
    rows: int = 2000
    noise: float = 0.01
    density: float = 0.1
    radius: float = 0.95
    input_scale: float = 0.3
    process_noise: float = 0.0

    def __post_init__(self) -> None:
        """Check the weights, too."""
        super().__post_init__()
        fraction(self.density, "density")
        positive(self.radius, "radius")
        positive(self.input_scale, "input_scale")

    @property
    def n_inputs(self) -> int:
        """One."""
        return 1

    def _weights(self) -> tuple[Floats, Floats]:
        random = wiring_generator(self.seed)
        mask = random.random((self.size, self.size)) < self.density
        np.fill_diagonal(mask, False)
        recurrent = with_radius(mask * random.normal(size=mask.shape), self.radius, "density")
        return self.input_scale * random.normal(size=(1, self.size)), recurrent


@dataclass(frozen=True, kw_only=True)
class NearCritical(TanhBed):
    """A ring with local excitation, surround inhibition and random connections, near instability.

    v_t = (1 - leak) v_{t-1} + leak h_{t-1} W + process_noise e_t and h_t = tanh(v_t), without
    input. Each unit excites its ``excitatory`` nearest neighbours on each side and inhibits the
    ``inhibitory`` next ones, all with magnitudes of 0.5 to 1.5; other pairs are connected with
    probability ``density`` by normal weights. W is scaled so that the largest real part of its
    eigenvalues is ``gain``: above 1 the silent state of the noiseless network is unstable.

    Parameters
    ----------
    size, rows, noise, hidden_share, seed
        As in `Bed`; the ring needs more units than twice its neighbours.
    excitatory, inhibitory : int
        Neighbours on each side.
    density : float
        Probability of a connection beyond the neighbours.
    gain : float
        Largest real part of the eigenvalues of W, positive.
    process_noise, leak : float
        Standard deviation of the noise in each step, positive; share of the state that is replaced
        in a step.

    References
    ----------
    After A. Das, I. R. Fiete, Nat. Neurosci. 23, 1286 (2020), in steps of a fifth of the time
    constant.

    Examples
    --------
    >>> float(NearCritical().truth.mean().round(2))
    0.13
    """

    size: int = 100
    rows: int = 4000
    excitatory: int = 2
    inhibitory: int = 2
    density: float = 0.05
    gain: float = 1.05
    process_noise: float = 0.2
    leak: float = 0.2

    def __post_init__(self) -> None:
        """Check the ring, too."""
        super().__post_init__()
        whole_number(self.excitatory, "excitatory", 1)
        whole_number(self.inhibitory, "inhibitory", 0, (self.size - 1) // 2 - self.excitatory)
        fraction(self.density, "density")
        positive(self.gain, "gain")
        positive(self.process_noise, "process_noise")

    def _weights(self) -> tuple[Floats, Floats]:
        random = wiring_generator(self.seed)
        places = np.arange(self.size)
        apart = np.abs(places[:, np.newaxis] - places)
        apart = np.minimum(apart, self.size - apart)
        near = apart <= self.excitatory + self.inhibitory
        sign = np.where(apart <= self.excitatory, 1.0, -1.0)
        ring = sign * random.uniform(0.5, 1.5, near.shape)
        far = random.random(near.shape) < self.density
        weights = np.where(near, ring, far * random.normal(size=near.shape))
        np.fill_diagonal(weights, 0.0)
        # Without self-connections the eigenvalues sum to 0, so that some real part is positive.
        largest = np.linalg.eigvals(weights).real.max()
        return np.empty((0, self.size)), weights * (self.gain / largest)


@dataclass(frozen=True, kw_only=True)
class GrowthNetwork(TanhBed):
    """A sparse noisy tanh network of any size, with the same number of sources for every unit.

    h_t = tanh(h_{t-1} W + x_t U + process_noise e_t). Weights are normal, divided by the root of
    the number of sources: W has a spectral radius of about ``gain``. Runs as a sparse product.

    Parameters
    ----------
    size, rows, noise, hidden_share, seed
        As in `Bed`.
    in_degree : int
        Sources of every unit, itself excluded.
    inputs : int
        Number of inputs, recorded.
    input_density : float
        Probability of a connection from an input to a unit; every unit has one.
    gain, input_scale : float
        Scale of W and of U.
    process_noise, phi : float
        Standard deviation of noise inside tanh; coefficient of the inputs.

    Examples
    --------
    >>> bed = GrowthNetwork(size=300, rows=500)
    >>> units = bed.names["hidden"]
    >>> set(bed.truth.sel(source=units, target=units).sum("source").to_numpy().tolist())
    {10}
    """

    size: int = 60
    rows: int = 4000
    in_degree: int = 10
    inputs: int = 5
    input_density: float = 0.3
    gain: float = 0.9
    input_scale: float = 0.4
    process_noise: float = 0.3

    def __post_init__(self) -> None:
        """Check the weights, too."""
        super().__post_init__()
        whole_number(self.in_degree, "in_degree", 1, self.size - 1)
        whole_number(self.inputs, "inputs", 1)
        fraction(self.input_density, "input_density")
        positive(self.gain, "gain")
        positive(self.input_scale, "input_scale")

    @property
    def n_inputs(self) -> int:
        """As many as ``inputs``."""
        return self.inputs

    def _weights(self) -> tuple[Floats, Floats]:
        random = wiring_generator(self.seed)
        mask = fixed_in_degree(self.size, self.in_degree, random)
        recurrent = mask * random.normal(size=mask.shape) * (self.gain / np.sqrt(self.in_degree))
        heard = sparse_mask(self.inputs, self.size, self.input_density, random)
        inward = heard * random.normal(size=heard.shape) * self.input_scale
        return inward, recurrent
