"""Test bed: GRU or LSTM trained on the 3-bit flip-flop."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from infoscope._errors import require
from infoscope._validate import Floats, one_of
from infoscope.synthetic.beds.trained import TrainedBed, sequences_in
from infoscope.synthetic.tasks import FlipFlop

if TYPE_CHECKING:
    from infoscope.networks.gated import Gated

_TASK = FlipFlop(length=25)
# Trials, passes over them, step size and batch of the training; trials that judge it.
_TRIALS, _EPOCHS, _RATE, _BATCH, _JUDGED = 400, 15, 0.01, 20, 500


@dataclass(frozen=True, kw_only=True)
class GatedFlipFlop(TrainedBed):
    """Gated units trained to hold the signs of the last pulses of three inputs.

    Trials of 25 steps, trained by Adam to at most 5 % wrong signs at the last step. Recorded are
    the inputs and h; the cell state c of an LSTM is not. Truth is graded, the mean absolute
    derivative of h_t by x_t and h_{t-1} (c held) over the visited states.

    Parameters
    ----------
    size, noise, hidden_share, seed
        As in `Bed`.
    rows : int
        Steps of all trials, a multiple of 25.
    cell : {"gru", "lstm"}
        Kind of the units.

    References
    ----------
    D. Sussillo, O. Barak, Neural Comput. 25, 626 (2013).

    Examples
    --------
    >>> GatedFlipFlop(cell="lstm", hidden_share=0.5).recorded.size
    16
    """

    size: int = 32
    rows: int = 2000
    noise: float = 0.01
    cell: str = "gru"

    criterion: ClassVar[float] = _TASK.criterion
    unit: ClassVar[str] = _TASK.unit

    def __post_init__(self) -> None:
        """Check cell and rows, too."""
        super().__post_init__()
        one_of(self.cell, "cell", ("gru", "lstm"))
        sequences_in(self.rows, _TASK.length)

    @property
    def n_inputs(self) -> int:
        """Three."""
        return len(_TASK.input_names)

    @property
    def network(self) -> "Gated":
        """The trained network."""
        return _trained(self.cell, self.size, self.seed)

    def _error(self) -> float:
        """Share of wrong signs at the last step of 500 other trials."""
        x, y = _TASK.draw(_JUDGED, np.random.default_rng([self.seed, 2]))
        return float(((self.network.run(x)[1] > 0.0) != (y > 0.0))[:, -1].mean())

    def _simulate(self, random: np.random.Generator) -> dict[str, Floats]:
        x, _ = _TASK.draw(sequences_in(self.rows, _TASK.length), random)
        return {"inputs": x, "hidden": self.network.run(x)[0]}

    def _influence(self) -> Floats:
        blocks = self._simulate(np.random.default_rng([self.seed, 3]))
        x, h = blocks["inputs"], blocks["hidden"]
        spread = np.concatenate([x.std((0, 1)), h.std((0, 1))])
        into = np.abs(self.network.jacobians(x)).mean(axis=0)
        truth = np.zeros((len(spread), len(spread)))
        truth[:, self.n_inputs :] = into * spread[:, np.newaxis] / spread[self.n_inputs :]
        return truth


@cache
def _trained(cell: str, size: int, seed: int) -> "Gated":
    require("torch", "training a test bed")
    from infoscope.networks.gated import Gated
    from infoscope.networks.gated_training import AdamSettings, train_gated

    weights, data, order = (
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(5)[2:]
    )
    x, y = _TASK.draw(_TRIALS, data)
    nodes = x.shape[2], size, y.shape[2]
    last = {}
    train_gated(
        [Gated(cell, *nodes, random_state=weights)], [x], [y],
        settings=AdamSettings(_EPOCHS, _RATE, _BATCH), random_states=[order],
        on_epoch=lambda epoch, flat: last.update(flat=flat[0]),
    )  # fmt: skip
    return Gated.from_flat(last["flat"], cell, nodes)
