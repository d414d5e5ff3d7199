"""Your recurrent network is trained. What now?

A network of two regions decides which of two noisy stimuli is stronger, as in the perceptual
decision tasks of neurogym: inputs reach the sensory region only, the decision is read from the
motor region only. Which way does information flow, what does the network really use, and which
region can be spared?
"""

import numpy as np
import torch
from torch import nn

import infoscope as isc

STEPS, UNITS = 30, 64
SENSORY, MOTOR = slice(0, UNITS // 2), slice(UNITS // 2, UNITS)


class Masked(nn.Module):
    """Keep the connections of a mask."""

    def __init__(self, mask: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("mask", mask)

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        """Return the weights with zeros outside the mask."""
        return weight * self.mask


class TwoRegions(nn.Module):
    """A tanh network whose regions are joined by a tenth of the possible connections."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.RNN(3, UNITS, batch_first=True)
        self.readout = nn.Linear(UNITS, 2)
        between = torch.rand(UNITS, UNITS) < 0.1
        within = torch.zeros(UNITS, UNITS)
        within[SENSORY, SENSORY] = within[MOTOR, MOTOR] = 1.0
        into, out = torch.zeros(UNITS, 3), torch.zeros(2, UNITS)
        into[SENSORY], out[:, MOTOR] = 1.0, 1.0
        for module, name, mask in (
            (self.rnn, "weight_hh_l0", torch.maximum(within, between.float())),
            (self.rnn, "weight_ih_l0", into),
            (self.readout, "weight", out),
        ):
            nn.utils.parametrize.register_parametrization(module, name, Masked(mask))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the decision at every step."""
        return self.readout(self.rnn(x)[0])


def trials(number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Fixation and two stimuli (trial, step, 3); the decision of each trial at every step."""
    rng = np.random.default_rng(seed)
    coherence = rng.choice([-0.5, -0.25, -0.12, 0.12, 0.25, 0.5], number)
    fixation = np.where(np.arange(STEPS) < 20, 1.0, 0.0)
    stimulus = np.stack([1 + coherence, 1 - coherence], -1)[:, None] * fixation[None, :, None]
    stimulus = stimulus + 0.5 * rng.normal(size=(number, STEPS, 2))
    x = np.concatenate([np.broadcast_to(fixation[None, :, None], (number, STEPS, 1)), stimulus], -1)
    choice = np.broadcast_to((coherence < 0).astype(int)[:, None], (number, STEPS))
    return torch.tensor(x, dtype=torch.float32), torch.tensor(choice.copy())


def main() -> None:
    """Train, record, and compare what flows with what counts."""
    torch.manual_seed(0)
    model = TwoRegions()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    for update in range(300):
        x, choice = trials(64, update)
        loss = nn.functional.cross_entropy(model(x)[:, 20:].flatten(0, 1), choice[:, 20:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    x, choice = trials(200, 10_000)
    print(isc.check(model, x))
    rec = isc.record(model, x, targets=choice)
    correct = (rec["outputs"][:, -1].to_numpy().argmax(-1) == choice[:, -1].numpy()).mean()
    print(f"correct in {correct:.0%} of new trials")

    names = rec.blocks["rnn.l0.h"].nodes
    regions = {"sensory": names[SENSORY], "motor": names[MOTOR]}
    flow = isc.information_flow(rec, estimator=isc.Gaussian(copula=True)).flow
    causal = isc.influence(model, x, measures="causal", contexts=500).causal
    for sender, of_sender in regions.items():
        for receiver, of_receiver in regions.items():
            places = {"source": list(of_sender), "target": list(of_receiver)}
            seen, done = (float(one.sel(places).mean()) for one in (flow, causal))
            print(f"{sender} to {receiver}: flow {seen:.4f}, influence {done:.5f} bits a pair")
    lost = isc.knockout(model, x, choice, groups=regions).to_frame()
    print(lost[["change", "lower", "upper"]].round(3))


if __name__ == "__main__":
    main()
