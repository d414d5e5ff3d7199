"""One training before it begins: data, network and optimiser, all healthy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from infoscope._validate import Floats
from infoscope.paper.misconfiguration.sources import (
    LENGTH,
    Delayed,
    Oscillators,
    Source,
    Weather,
    cut,
)

SOURCES = ("weather", "oscillators", "delayed")
CELLS = ("tanh", "relu", "gru", "lstm")
# Range of the tuned learning rate of each optimiser (stochastic gradient with momentum 0.9).
RATES = {"adam": (0.003, 0.01), "sgd": (0.04, 0.12)}
# As many as there are, at most; the weather has 170 and 112.
_WINDOWS, _HELD_OUT_WINDOWS = 400, 80
_INPUTS, _HIDDEN, _LAG = (6, 10), (16, 64), (3, 5)


@dataclass(frozen=True)
class Draw:
    """What healthy trainings differ in.

    Parameters
    ----------
    source : Source
        The data.
    cell : str
        One of `CELLS`.
    hidden : int
        Number of hidden units.
    start : {"orthogonal", "torch"}
        Initial weights: orthogonal recurrent and Glorot's input matrices, or torch's own.
    optimiser : str
        One of `RATES`.
    rate : float
        Learning rate.
    clip : float
        Largest norm of the gradient; infinite for none.
    """

    source: Source
    cell: str
    hidden: int
    start: str
    optimiser: str
    rate: float
    clip: float


@dataclass
class Trial:
    """A training before it begins; a fault changes something here.

    Parameters
    ----------
    draw : Draw
        What was drawn.
    segments : list of array
        Training part of the series (step, input).
    inputs, targets : array, shape (window, step, node)
        Training windows.
    probe_targets : array
        Targets of the same windows as the user judges them.
    held_inputs, held_targets : array
        Held-out windows.
    net : Net
        The network.
    rate, clip : float
        As in `Draw`.
    frozen : tuple of str
        Parameters that do not train.
    """

    draw: Draw
    segments: list[Floats]
    inputs: Floats
    targets: Floats
    probe_targets: Floats
    held_inputs: Floats
    held_targets: Floats
    net: "Net"
    rate: float
    clip: float
    frozen: tuple[str, ...] = ()


class Net(nn.Module):
    """A recurrent layer with a linear readout at every step."""

    def __init__(self, cell: str, inputs: int, hidden: int, outputs: int) -> None:
        super().__init__()
        kinds = {"gru": nn.GRU, "lstm": nn.LSTM}
        self.rnn = (
            kinds[cell](inputs, hidden, batch_first=True)
            if cell in kinds
            else nn.RNN(inputs, hidden, nonlinearity=cell, batch_first=True)
        )
        self.readout = nn.Linear(hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs (sequence, time, output)."""
        return self.readout(self.rnn(x)[0])


def drawn(sources: Sequence[str], cells: Sequence[str], random: np.random.Generator) -> Draw:
    """Draw a healthy training with one of some sources and cells."""
    inputs = int(random.integers(*_INPUTS, endpoint=True))
    lag = int(random.integers(*_LAG, endpoint=True))
    every: dict[str, Source] = {
        "weather": Weather(inputs), "oscillators": Oscillators(inputs),
        "delayed": Delayed(inputs, lag),
    }  # fmt: skip
    source, cell = every[str(random.choice(list(sources)))], str(random.choice(list(cells)))
    hidden = int(np.exp(random.uniform(*np.log(_HIDDEN))))
    optimiser = str(random.choice(list(RATES)))
    rate = float(np.exp(random.uniform(*np.log(RATES[optimiser]))))
    start = str(random.choice(["orthogonal", "torch"]))
    return Draw(source, cell, hidden, start, optimiser, rate, float(random.choice([1.0, np.inf])))


def prepared(draw: Draw, random: np.random.Generator) -> Trial:
    """Return data and network of a healthy training."""
    train, held = draw.source.segments(random)
    windows = cut(train, int(random.integers(LENGTH // 2)))[:_WINDOWS]
    there = cut(held, int(random.integers(LENGTH // 2)))[:_HELD_OUT_WINDOWS]
    inputs, targets = windows[:, :-1], draw.source.targets(windows)
    net = _network(draw, inputs.shape[-1], targets.shape[-1], int(random.integers(2**31)))
    return Trial(
        draw, train, inputs, targets, targets, there[:, :-1], draw.source.targets(there), net,
        draw.rate, draw.clip,
    )  # fmt: skip


def _network(draw: Draw, inputs: int, outputs: int, seed: int) -> Net:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = Net(draw.cell, inputs, draw.hidden, outputs)
        if draw.start == "orthogonal":
            for block in matrices(net, "weight_hh"):
                nn.init.orthogonal_(block)
            for block in matrices(net, "weight_ih"):
                nn.init.xavier_uniform_(block)
    return net


def matrices(net: Net, name: str) -> list[Tensor]:
    """Return views of the matrices of a layer by the beginning of their name, one for each gate."""
    return [
        block
        for key, weights in net.rnn.named_parameters()
        if key.startswith(name)
        for block in weights.data.split(net.rnn.hidden_size)
    ]
