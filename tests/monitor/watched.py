"""Small trainings for the tests of `watch`: the same weights and batches every time."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from infoscope.monitor.watch import watch
from infoscope.monitor.watching.session import Watch


class Net(nn.Module):
    """An LSTM with a linear readout, and dropout, which uses random numbers."""

    def __init__(self, hidden: int = 5) -> None:
        super().__init__()
        self.lstm = nn.LSTM(2, hidden, batch_first=True)
        self.dropout = nn.Dropout(0.2)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.dropout(self.lstm(x)[0]))


def net(hidden: int = 5) -> Net:
    torch.manual_seed(0)
    return Net(hidden)


def data(sequences: int = 12) -> tuple[Tensor, Tensor]:
    x = torch.randn(sequences, 7, 2, generator=torch.Generator().manual_seed(1))
    return x, x[..., :1].cumsum(1)


def update(model: nn.Module, step: int, rate: float = 0.05) -> Tensor:
    """Make update number ``step``: all it depends on are the weights and the step."""
    torch.manual_seed(step)
    x, y = data()
    model.zero_grad()
    loss = (model(x) - y).square().mean()
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter -= rate * parameter.grad
    return loss


def trained(steps: int, path: Path | None = None, **options: Any) -> tuple[Watch, Net]:
    model = net()
    with watch(model, probe=data(), path=path, progress=False, **options) as watched:
        for step in range(1, steps + 1):
            watched.step(loss=update(model, step))
    return watched, model
