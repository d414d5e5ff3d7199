"""Test bed of spike counts: a generalised linear model with an unrecorded common rhythm."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from infoscope._errors import InputError
from infoscope._validate import Floats, real_number
from infoscope.synthetic._checks import fraction, positive
from infoscope.synthetic.beds.bed import BURN_IN, Bed
from infoscope.synthetic.wiring import wiring_generator

# Bin, period and memory of the rhythm, and time constant of the coupling, in seconds.
_BIN = 0.005
_PERIOD, _MEMORY, _SYNAPSE = 1.5, 1.5, 0.010
# Own history: what a spike does to the logarithm of the rate of its cell, in the coupling's filter.
_REFRACTORY = -2.0
# Largest expected count in a bin, which bounds bursts.
_MOST = 1.0


@dataclass(frozen=True, kw_only=True)
class SpikingBed(Bed):
    """A network of spiking cells; a recording holds counts, to which no noise can be added."""

    bounds: ClassVar[tuple[float, float]] = (0.0, np.inf)

    def __post_init__(self) -> None:
        """Check that counts stay counts."""
        super().__post_init__()
        if self.noise:
            raise InputError(
                f"noise must be 0 for a recording of spike counts, got {self.noise!r}; vary "
                "hidden_share or rows instead"
            )


@dataclass(frozen=True, kw_only=True)
class SpikingGLM(SpikingBed):
    """Cells whose counts are Poisson, with a rate that is log-linear in the past of their sources.

    In bins of 5 ms, log lambda_t = log(rate bin) + s_t W - 2 s_t(own) + g z_t, with
    s_t = exp(-bin/10 ms) s_{t-1} + counts_{t-1}. The common rhythm z, a noisy oscillation of 1.5 s
    and variance 1, is not recorded; cells differ in how strongly they follow it. An excitatory cell
    has positive weights only, an inhibitory one negative only. lambda is at most 1 per bin.

    Parameters
    ----------
    size, hidden_share, seed
        As in `Bed`, of cells.
    rows : int
        Bins of 5 ms.
    noise : float
        0, because counts are recorded.
    density : float
        Probability of a connection between two cells.
    excitatory : float
        Share of excitatory cells, which come first.
    rate : float
        Rate without input, spikes per second.
    weight : float
        Mean weight of an excitatory connection; uniform between half and one and a half of it. An
        inhibitory one has twice the size.
    rhythm : float
        Mean of g, which is uniform between half and one and a half of it; 0 for no rhythm.

    References
    ----------
    J. W. Pillow et al., Nature 454, 995 (2008).

    Examples
    --------
    >>> counts = SpikingGLM(rows=400).recording()["hidden"]
    >>> counts.sizes["unit"], bool((counts == counts.round()).all())
    (60, True)
    """

    size: int = 60
    rows: int = 30_000
    density: float = 0.1
    excitatory: float = 0.8
    rate: float = 8.0
    weight: float = 0.33
    rhythm: float = 0.3

    sampling_interval: ClassVar[float | None] = _BIN

    def __post_init__(self) -> None:
        """Check rates and weights, too."""
        super().__post_init__()
        fraction(self.density, "density")
        fraction(self.excitatory, "excitatory")
        positive(self.rate, "rate")
        positive(self.weight, "weight")
        real_number(self.rhythm, "rhythm", 0.0)

    @cached_property
    def weights(self) -> Floats:
        """W (source, target): what a spike does to the logarithm of the rate, without own past."""
        random = wiring_generator(self.seed)
        shape = (self.size, self.size)
        sizes = self.weight * random.uniform(0.5, 1.5, shape)
        sizes[round(self.excitatory * self.size) :] *= -2.0
        weights = (random.random(shape) < self.density) * sizes
        np.fill_diagonal(weights, 0.0)
        return weights

    @cached_property
    def rhythm_weights(self) -> Floats:
        """g of every cell."""
        random = np.random.default_rng(np.random.SeedSequence(self.seed).spawn(3)[2])
        return self.rhythm * random.uniform(0.5, 1.5, self.size)

    def log_rate(self, traces: Floats, rhythm: float) -> Floats:
        """Return the logarithm of the expected count of every cell in a bin, shape (cell,).

        Parameters
        ----------
        traces : array, shape (cell,)
            s_t, the filtered past counts.
        rhythm : float
            z_t.
        """
        rest = np.log(self.rate * _BIN) + self.rhythm_weights * rhythm
        return np.minimum(rest + traces @ self._coupling, np.log(_MOST))

    @cached_property
    def _coupling(self) -> Floats:
        return self.weights + _REFRACTORY * np.eye(self.size)

    def _simulate(self, random: np.random.Generator) -> dict[str, Floats]:
        steps = BURN_IN + self.rows
        rhythm = _oscillation(steps, random)
        keep, traces = np.exp(-_BIN / _SYNAPSE), np.zeros(self.size)
        counts = np.empty((steps, self.size))
        for t in range(steps):
            counts[t] = random.poisson(np.exp(self.log_rate(traces, rhythm[t])))
            traces = keep * traces + counts[t]
        return {"hidden": counts[np.newaxis, BURN_IN:]}

    def _influence(self) -> NDArray[np.bool_]:
        return self.weights != 0.0


def _oscillation(steps: int, random: np.random.Generator) -> Floats:
    """Return a noisy oscillation of variance 1: an autoregression of order 2."""
    radius = np.exp(-_BIN / _MEMORY)
    first = 2.0 * radius * np.cos(2.0 * np.pi * _BIN / _PERIOD)
    settled = lfilter([1.0], [1.0, -first, radius**2], random.normal(size=steps + 4 * BURN_IN))
    # The exact stationary variance, so that short runs have the same rhythm as long ones.
    a, b = first, -(radius**2)
    variance = (1.0 - b) / ((1.0 + b) * ((1.0 - b) ** 2 - a**2))
    return np.asarray(settled)[4 * BURN_IN :] / np.sqrt(variance)
