"""Seconds that influence takes for large networks: python benchmarks/influence.py [units ...]."""

import sys
import time

import torch
from torch import Tensor, nn

from infoscope.monitor.influence import influence


class Readout(nn.Module):
    """A recurrent layer and a linear head."""

    def __init__(self, kind: type[nn.Module], units: int) -> None:
        super().__init__()
        self.rnn = kind(8, units, batch_first=True)  # pyright: ignore[reportCallIssue]
        self.head = nn.Linear(units, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.rnn(x)[0])


def main(sizes: list[int]) -> None:
    torch.manual_seed(0)
    x = torch.randn(40, 50, 8)
    for units in sizes:
        for kind in (nn.RNN, nn.GRU, nn.LSTM):
            for measure, contexts in (("jacobian", 2000), ("causal", 64)):
                wall, cpu = time.perf_counter(), time.process_time()
                influence(Readout(kind, units), x, measures=measure, contexts=contexts)
                print(
                    f"{kind.__name__:4} {units:5} units, {measure:8} at {contexts:4} steps: "
                    f"{time.perf_counter() - wall:6.1f} s, {time.process_time() - cpu:6.1f} s CPU",
                    flush=True,
                )


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [256])
