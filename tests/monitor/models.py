"""Networks as their owners write them, for the tests of recording."""

from typing import Any

import torch
from torch import Tensor, nn


class Readout(nn.Module):
    """Encoder, recurrent layers, linear readout."""

    def __init__(self, kind: type[nn.Module] = nn.LSTM, **options: Any) -> None:
        super().__init__()
        options = {"batch_first": True, **options}
        self.encoder = nn.Linear(3, 5)
        self.rnn = kind(5, 8, 2, **options)
        self.readout = nn.Linear(8 * (1 + bool(options.get("bidirectional"))), 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.readout(self.rnn(torch.relu(self.encoder(x)))[0])


class Leaky(nn.Module):
    """A leaky network that loops over time itself, time first."""

    def __init__(self) -> None:
        super().__init__()
        self.i2h, self.h2h = nn.Linear(3, 8), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h, states = torch.zeros(x.shape[1], 8), []
        for step in x:
            h = 0.8 * h + 0.2 * torch.relu(self.i2h(step) + self.h2h(h))
            states.append(h)
        return torch.stack(states), h


class LeakyReadout(nn.Module):
    """A readout of a leaky network, time first."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.fc = Leaky(), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        states, _ = self.rnn(x)
        return self.fc(states), states


class Cells(nn.Module):
    """Two cells in a loop."""

    def __init__(self) -> None:
        super().__init__()
        self.low, self.high, self.out = nn.LSTMCell(3, 4), nn.GRUCell(4, 5), nn.Linear(5, 1)

    def forward(self, x: Tensor) -> Tensor:
        low, high, found = None, None, []
        for t in range(x.shape[1]):
            low = self.low(x[:, t], low)
            high = self.high(low[0], high)
            found.append(self.out(high))
        return torch.stack(found, 1)


class KeepsState(nn.Module):
    """A network that keeps its state, with its gradient graph, between calls."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.state = nn.GRU(3, 4, batch_first=True), None

    def forward(self, x: Tensor) -> Tensor:
        found, self.state = self.rnn(x, self.state)
        return found
