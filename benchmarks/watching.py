"""Overhead of `watch` on the training of an LSTM: by its own measure, and with and without it."""

import argparse
import os
import time

import torch
from torch import nn

from infoscope.monitor.watch import watch

LAYERS, UNITS, BATCH, STEPS, INPUTS = 2, 128, 64, 50, 32


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(INPUTS, UNITS, LAYERS, batch_first=True)
        self.out = nn.Linear(UNITS, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.lstm(x)[0])


def training(updates: int, watching: bool, live: bool = False) -> dict[str, float]:
    """Train, watched or not: wall and processor seconds of the loop."""
    torch.manual_seed(0)
    model, x = Net(), torch.randn(BATCH, STEPS, INPUTS)
    y = x[..., :1].cumsum(1)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)

    def update() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (model(x) - y).square().mean()
        loss.backward()
        optimizer.step()
        return loss

    update()
    wall, cpu, found = time.perf_counter(), time.process_time(), {}
    if watching:
        with watch(model, probe=(x, y), live=live, progress=False) as watched:
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(updates):
                watched.step(loss=update())
        found = {"share": watched.overhead, "snapshots": len(watched.steps)}
    else:
        for _ in range(updates):
            update()
    found["wall"] = (time.perf_counter() - wall) / updates
    return found | {"cpu": (time.process_time() - cpu) / updates}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    print(f"{chosen.updates} updates, {chosen.threads} threads, load {os.getloadavg()[0]:.1f}")
    for _ in range(chosen.repeats):
        plain, watched = training(chosen.updates, False), training(chosen.updates, True)
        print(
            f"own measure {watched['share']:.2%} ({watched['snapshots']:.0f} snapshots); an update "
            f"takes {plain['wall'] * 1e3:.1f} ms ({plain['cpu'] * 1e3:.1f} ms of processor) alone "
            f"and {watched['wall'] * 1e3:.1f} ms ({watched['cpu'] * 1e3:.1f} ms) watched: "
            f"{watched['cpu'] / plain['cpu'] - 1:+.2%} of processor time",
            flush=True,
        )


if __name__ == "__main__":
    main()
