"""What does a Mamba block keep in its states? A selective copying task, states by channels."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import infoscope as isc

CHANNELS, STATES, SEED = 16, 8, 0


class Block(nn.Module):
    """A selective state space (Gu & Dao 2023) in plain torch, with the names of its parameters."""

    def __init__(self, features: int = 8, rank: int = 2, width: int = 3) -> None:
        super().__init__()
        self.in_proj = nn.Linear(features, 2 * CHANNELS, bias=False)
        self.conv1d = nn.Conv1d(CHANNELS, CHANNELS, width, groups=CHANNELS, padding=width - 1)
        self.x_proj = nn.Linear(CHANNELS, rank + 2 * STATES, bias=False)
        self.dt_proj = nn.Linear(rank, CHANNELS)
        self.A_log = nn.Parameter(torch.arange(1.0, STATES + 1).log().repeat(CHANNELS, 1))
        self.D = nn.Parameter(torch.ones(CHANNELS))
        self.out_proj = nn.Linear(CHANNELS, features, bias=False)
        self.sizes = [rank, STATES, STATES]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the output of all steps, computed one after another."""
        u, z = self.in_proj(x).chunk(2, -1)
        u = functional.silu(self.conv1d(u.mT)[..., : x.shape[1]].mT)
        dt, B, C = self.x_proj(u).split(self.sizes, -1)
        dt = functional.softplus(self.dt_proj(dt))
        decay = torch.exp(dt[..., None] * -self.A_log.exp())
        h, found = torch.zeros_like(decay[:, 0]), []
        for t in range(x.shape[1]):
            h = decay[:, t] * h + dt[:, t, :, None] * B[:, t, None, :] * u[:, t, :, None]
            found.append((h * C[:, t, None, :]).sum(-1))
        return self.out_proj((torch.stack(found, 1) + self.D * u) * functional.silu(z))


def task(trials: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return values with a rare flag; the target is the last flagged value."""
    value = rng.uniform(-1, 1, (trials, 30))
    flag = (rng.random((trials, 30)) < 0.15) | (np.arange(30) == 0)
    last = np.maximum.accumulate(np.where(flag, np.arange(30), 0), axis=1)
    return np.stack([value, flag], -1), np.take_along_axis(value, last, 1)[..., None]


def main(updates: int = 300) -> dict[str, float]:
    """Train the network, record its states, and answer with numbers."""
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    network = nn.Sequential(nn.Linear(2, 8), Block(), nn.Linear(8, 1))
    optimiser = torch.optim.Adam(network.parameters(), 0.01)
    for _ in range(updates):
        x, y = (torch.from_numpy(one).float() for one in task(64, rng))
        loss = functional.mse_loss(network(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    x, y = task(60, rng)
    rec = isc.record(network, x.astype("float32"), targets=y, units="channels")
    print(rec, f"\nmean squared error {loss.item():.3f}; the target's variance is {y.var():.3f}")
    states, kept, now = rec.rows("1.h"), y.reshape(-1), x[..., 0].reshape(-1)
    held = (x[..., 1] == 0).reshape(-1)  # steps without a flag: the value must be remembered
    bits = [
        [isc.mutual_information(one[held], states[held, c]).bits for one in (kept, now)]
        for c in range(CHANNELS)
    ]
    print("channel: bits on the value to keep, on the present value (to ignore)")
    for c in np.argsort([-kept for kept, _ in bits])[:5]:
        print(f"  {c:2d}:   {bits[c][0]:.2f}   {bits[c][1]:.2f}")
    return {"error": loss.item(), "kept": max(bits)[0], "present": max(bits)[1]}


if __name__ == "__main__":
    main()
