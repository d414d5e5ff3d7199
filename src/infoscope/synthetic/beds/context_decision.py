"""Test bed: leaky tanh network of two modules trained on the context-dependent decision."""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import require
from infoscope._validate import Floats, real_number
from infoscope.synthetic._checks import fraction
from infoscope.synthetic.beds.trained import TrainedBed, sequences_in
from infoscope.synthetic.tasks import ContextDecision
from infoscope.synthetic.wiring import wiring_generator

if TYPE_CHECKING:
    from infoscope.networks.leaky import Leaky

_TASK = ContextDecision(length=30)
# Trials, passes over them, step size and batch of the training; trials that judge it.
_TRIALS, _EPOCHS, _RATE, _BATCH, _JUDGED = 800, 8, 0.002, 20, 500


@dataclass(frozen=True, kw_only=True)
class ContextDecisionNetwork(TrainedBed):
    """A leaky tanh network of two modules, trained to decide by one of two streams of evidence.

    v_t = (1 - leak) v_{t-1} + leak (h_{t-1} W + x_t W_in + b) + process_noise e_t, h_t = tanh(v_t),
    with connections drawn before training, more within each half of the units than between them;
    all units read all four inputs. Trials of 30 steps, trained by Adam to at most 5 % wrong
    decisions. Recorded are the inputs and h. Truth are the connections.

    Parameters
    ----------
    size, noise, hidden_share, seed
        As in `Bed`.
    rows : int
        Steps of all trials, a multiple of 30.
    within, between : float
        Probability of a connection within a module and between the two.
    leak, process_noise : float
        Share of the state that is replaced in a step; standard deviation of the noise.

    References
    ----------
    V. Mante, D. Sussillo, K. V. Shenoy, W. T. Newsome, Nature 503, 78 (2013).

    Examples
    --------
    >>> float(ContextDecisionNetwork().mask.mean().round(2))
    0.15
    """

    size: int = 60
    rows: int = 3600
    within: float = 0.25
    between: float = 0.06
    leak: float = 0.2
    process_noise: float = 0.1

    criterion: ClassVar[float] = _TASK.criterion
    unit: ClassVar[str] = _TASK.unit

    def __post_init__(self) -> None:
        """Check connections and dynamics, too."""
        super().__post_init__()
        for name in ("within", "between", "leak"):
            fraction(getattr(self, name), name)
        real_number(self.process_noise, "process_noise", 0.0)
        sequences_in(self.rows, _TASK.length)

    @property
    def n_inputs(self) -> int:
        """Four: two streams, two contexts."""
        return len(_TASK.input_names)

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """Connections (source, target)."""
        random = wiring_generator(self.seed)
        module = np.arange(self.size) >= self.size // 2
        same = module[:, np.newaxis] == module
        mask = random.random(same.shape) < np.where(same, self.within, self.between)
        np.fill_diagonal(mask, False)
        return mask

    @property
    def network(self) -> "Leaky":
        """The trained network."""
        key = replace(self, rows=2 * _TASK.length, noise=0.0, hidden_share=0.0)
        return _trained(key)

    def _error(self) -> float:
        """Share of wrong decisions in 500 other trials."""
        x, y = self.trials(_JUDGED, np.random.default_rng([self.seed, 2]))
        return float(((self.network.run(x)[1] > 0.0) != (y > 0.0))[:, -1].mean())

    def trials(self, number: int, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw inputs, followed by the process noise of all units, and targets."""
        x, y = _TASK.draw(number, random)
        noise = self.process_noise * random.normal(size=(*x.shape[:2], self.size))
        return np.concatenate([x, noise], axis=2), y

    def _simulate(self, random: np.random.Generator) -> dict[str, Floats]:
        x, _ = self.trials(sequences_in(self.rows, _TASK.length), random)
        return {"inputs": x[..., : self.n_inputs], "hidden": self.network.run(x)[0]}

    def _influence(self) -> NDArray[np.bool_]:
        nodes = self.n_inputs + self.size
        present = np.zeros((nodes, nodes), bool)
        present[: self.n_inputs, self.n_inputs :] = True
        present[self.n_inputs :, self.n_inputs :] = self.mask
        return present


@cache
def _trained(bed: ContextDecisionNetwork) -> "Leaky":
    require("torch", "training a test bed")
    from infoscope.networks.gated_training import AdamSettings, train_gated
    from infoscope.networks.leaky import Leaky

    weights, data, order = (
        np.random.default_rng(child) for child in np.random.SeedSequence(bed.seed).spawn(5)[2:]
    )
    network = Leaky(
        bed.n_inputs, len(_TASK.target_names), mask=bed.mask, leak=bed.leak, random_state=weights
    )
    x, y = bed.trials(_TRIALS, data)
    train_gated(
        [network], [x], [y],
        settings=AdamSettings(_EPOCHS, _RATE, _BATCH), random_states=[order],
        on_epoch=lambda epoch, flat: network.load_flat(flat[0]),
    )  # fmt: skip
    return network
