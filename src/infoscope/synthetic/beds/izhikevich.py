"""Test bed: Izhikevich's cortical network of spiking neurons with conduction delays."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats, whole_number
from infoscope.synthetic._checks import fraction, positive
from infoscope.synthetic.beds.bed import BURN_IN
from infoscope.synthetic.beds.spiking import SpikingBed
from infoscope.synthetic.wiring import wiring_generator

# Longest delay, ms; current of an input pulse.
_LONGEST, _PULSE = 20, 20.0
# Threshold, reset and bound of v, mV: far below rest, Euler's step of v^2 would make a spike.
_PEAK, _RESET, _LOWEST = 30.0, -65.0, -100.0
# a, b and d of both kinds.
_REGULAR, _FAST = (0.02, 0.2, 8.0), (0.1, 0.2, 2.0)


class Synapses(NamedTuple):
    """Targets, delays in ms and weights of every neuron's synapses, (neuron, synapse) each."""

    targets: NDArray[np.int64]
    delays: NDArray[np.int64]
    weights: Floats


@dataclass(frozen=True, kw_only=True)
class IzhikevichNetwork(SpikingBed):
    """Regular-spiking excitatory and fast-spiking inhibitory neurons, in steps of 1 ms.

    dv/dt = 0.04 v^2 + 5 v + 140 - u + I and du/dt = a (0.2 v - u); at 30 mV a neuron spikes, v
    becomes -65 and u rises by d. Excitatory neurons (a = 0.02, d = 8) reach any other after 1 to
    20 ms, equally often, inhibitory ones (a = 0.1, d = 2) excitatory ones after 1 ms. A spike adds
    its weight to I for one step, a random input pulse adds 20. Recorded are spikes per ms; a target
    responds from one ms after the delay on.

    Simplified are:

    * Weights are drawn, not learned by spike-timing-dependent plasticity, which drives most of
      them to 0 or to the maximum. Excitatory ones are uniform between 0 and 2 ``weight``,
      inhibitory ones are -5/6 ``weight``. Weak ones count as connections.
    * Input pulses reach every neuron independently, not one random neuron in each ms.
    * v is kept between -100 and 30 mV.

    ``IzhikevichNetwork(size=1000, weight=5.0, hidden_share=0.9)`` has the size of the study below.
    There, transfer entropy at a lag of 1 ms found 36 % of the connections at 1 % false positives,
    extended to several lags and longer words 73 %.

    Parameters
    ----------
    size, hidden_share, seed
        As in `Bed`, of neurons; at least 10.
    rows : int
        Milliseconds.
    noise : float
        0, because spikes are recorded.
    density : float
        Synapses of a neuron, as a share of all neurons.
    excitatory : float
        Share of excitatory neurons, which come first.
    weight : float
        Mean weight of an excitatory synapse, in units of I.
    input_rate : float
        Input pulses per neuron and second.

    References
    ----------
    E. M. Izhikevich, Neural Comput. 18, 245 (2006); S. Ito et al., PLoS ONE 6, e27431 (2011).

    Examples
    --------
    >>> spikes = IzhikevichNetwork(rows=2000).recording()["hidden"]
    >>> sorted(set(spikes.to_numpy().ravel().tolist()))
    [0.0, 1.0]
    """

    size: int = 100
    rows: int = 60_000
    density: float = 0.1
    excitatory: float = 0.8
    weight: float = 10.0
    input_rate: float = 5.0

    sampling_interval: ClassVar[float | None] = 0.001

    def __post_init__(self) -> None:
        """Check the network, too."""
        super().__post_init__()
        whole_number(self.size, "size", 10)
        for name in ("density", "excitatory"):
            fraction(getattr(self, name), name)
        for name in ("weight", "input_rate"):
            positive(getattr(self, name), name)

    @property
    def is_excitatory(self) -> NDArray[np.bool_]:
        """Whether a neuron is excitatory, shape (neuron,)."""
        return np.arange(self.size) < round(self.excitatory * self.size)

    @cached_property
    def synapses(self) -> Synapses:
        """Targets, delays and weights, at most as many as there are other neurons to reach."""
        random, excites = wiring_generator(self.seed), self.is_excitatory
        wanted = max(round(self.density * self.size), 1)
        number = min(wanted, int(excites.sum()) - 1)
        shape = (self.size, number)
        targets = np.empty(shape, np.int64)
        for neuron in range(self.size):
            reached = np.flatnonzero(excites) if not excites[neuron] else np.arange(self.size)
            targets[neuron] = random.choice(reached[reached != neuron], number, replace=False)
        each = excites[:, np.newaxis]
        # Every delay equally often, in random order.
        delays = random.permuted(np.broadcast_to(np.arange(number) % _LONGEST, shape), axis=1) + 1
        excites = 2.0 * self.weight * random.random(shape)
        weights = np.where(each, excites, -5.0 / 6.0 * self.weight)
        return Synapses(targets, np.where(each, delays, 1), weights)

    def step(
        self, v: Floats, u: Floats, current: Floats
    ) -> tuple[Floats, Floats, NDArray[np.int64]]:
        """Return v and u after 1 ms, and the neurons that spiked at its beginning.

        v takes two steps of Euler's method of 0.5 ms, u one of 1 ms.
        """
        a, b, jump = self._kinds
        spiking = np.flatnonzero(v >= _PEAK)
        v, u = v.copy(), u.copy()
        v[spiking] = _RESET
        u[spiking] += jump[spiking]
        for _ in range(2):
            v += 0.5 * ((0.04 * v + 5.0) * v + 140.0 - u + current)
            np.clip(v, _LOWEST, _PEAK, out=v)
        u += a * (b * v - u)
        return v, u, spiking

    @cached_property
    def _kinds(self) -> tuple[Floats, Floats, Floats]:
        kinds = np.where(self.is_excitatory[:, np.newaxis], _REGULAR, _FAST)
        return tuple(kinds.T)  # pyright: ignore[reportReturnType]

    def _simulate(self, random: np.random.Generator) -> dict[str, NDArray[np.uint8]]:
        steps, (targets, delays, weights) = BURN_IN + self.rows, self.synapses
        spikes = np.zeros((steps, self.size), np.uint8)
        arriving = np.zeros((_LONGEST + 1, self.size))
        v, u = np.full(self.size, _RESET), np.full(self.size, 0.2 * _RESET)
        for t in range(steps):
            current = arriving[t % len(arriving)]
            pulses = random.random(self.size) < self.input_rate * 0.001
            v, u, spiking = self.step(v, u, current + _PULSE * pulses)
            current[:] = 0.0
            if len(spiking):
                spikes[t, spiking] = 1
                due = (t + delays[spiking]) % len(arriving)
                np.add.at(arriving, (due, targets[spiking]), weights[spiking])
        return {"hidden": spikes[np.newaxis, BURN_IN:]}

    def _influence(self) -> NDArray[np.bool_]:
        targets = self.synapses.targets
        present = np.zeros((self.size, self.size), bool)
        present[np.arange(self.size)[:, np.newaxis], targets] = True
        return present
