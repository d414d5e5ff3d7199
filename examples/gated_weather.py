"""An LSTM or GRU is trained. Does it use its memory, and which instrument can see that?

A GRU and an LSTM of 25 units learn two tasks: to forecast tomorrow's temperature from today's
weather, which hardly needs memory, and to hold three bits (flip-flop), which is impossible without.
Each is recorded with cell state and gates. Information flow and ranks, which need the recording
only, are compared with influence and knockouts, which need the network.
"""

import numpy as np
import pandas as pd
import torch
from scipy.stats import spearmanr
from torch import nn

import infoscope as isc

UNITS, CELLS = 25, {"GRU": nn.GRU, "LSTM": nn.LSTM}


class Network(nn.Module):
    """A recurrent layer and a linear readout."""

    def __init__(self, cell: str, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layer = CELLS[cell](inputs, UNITS, batch_first=True)
        self.readout = nn.Linear(UNITS, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the outputs of every step."""
        return self.readout(self.layer(x)[0])


def weather() -> tuple[torch.Tensor, ...]:
    """Ten days of Chicago's weather and the temperatures of the next days; training and test."""
    table = isc.weather.load_chicago()
    windows = isc.weather.daily_series(table, season=("05-01", "10-04")).windows(10, 10)
    parts = [windows.split(part)[:2] for part in ("train", "test")]
    return tuple(torch.tensor(array, dtype=torch.float32) for part in parts for array in part)


def flip_flop() -> tuple[torch.Tensor, ...]:
    """Pulses of 1 or -1 in three inputs, and the sign of the last pulse in each."""
    rng = np.random.default_rng(0)
    due = (rng.random((200, 20, 3)) < 0.2) | (np.arange(20) == 0)[:, None]
    pulses = rng.choice([-1.0, 1.0], due.shape) * due
    last = np.maximum.accumulate(np.where(due, np.arange(20)[:, None], 0), axis=1)
    x = torch.tensor(pulses + rng.normal(0.0, 0.1, due.shape), dtype=torch.float32)
    y = torch.tensor(np.take_along_axis(pulses, last, axis=1), dtype=torch.float32)
    return x[:100], y[:100], x[100:], y[100:]


def trained(cell: str, x: torch.Tensor, y: torch.Tensor, epochs: int, rate: float) -> Network:
    """Train a network in batches of ten sequences."""
    torch.manual_seed(0)
    model = Network(cell, x.shape[2], y.shape[2])
    optimizer = torch.optim.Adam(model.parameters(), rate)
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(10):
            loss = nn.functional.mse_loss(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


def loss_of(model: Network, x: torch.Tensor, y: torch.Tensor) -> float:
    """Return the mean squared error."""
    return float(nn.functional.mse_loss(model(x), y).detach())


def compare(
    model: Network, x: torch.Tensor, y: torch.Tensor, surrogates: int, contexts: int
) -> dict[str, float]:
    """Record a network on new sequences, and compare what flows with what counts."""
    rec = isc.record(model, x, gates=True)
    print(f"  recorded: {', '.join(rec.blocks)}")
    inputs, h, outputs = (list(rec.blocks[b].nodes) for b in ("inputs", "layer.l0.h", "outputs"))
    single = (of.reshape(-1, 1, of.shape[2]) for of in (x, y))  # one step a sequence: no memory
    facts = {"error": loss_of(model, x, y), "error without memory": loss_of(model, *single)}

    # Outputs and gates read h; the cell state of an LSTM determines h, and would be its source.
    nodes = {"inputs": rec["inputs"], "hidden": rec["layer.l0.h"], "outputs": rec["outputs"]}
    read = isc.Recording.from_arrays(**nodes)
    flow = isc.information_flow(read, estimator=isc.Gaussian(), edges="structural")
    edges = flow.significance(surrogates=surrogates).graph(0.1, correction="fdr")
    ranks = isc.rank_nodes(edges).ranks
    for name, nodes in (("inputs", inputs), ("h", h), ("outputs", outputs)):
        facts[f"rank of {name}"] = float(ranks.reindex(nodes).mean())
    facts["edges among h"] = sum(a in h and b in h for a, b in edges.edges)

    causal = isc.influence(model, x, measures="causal", contexts=contexts).causal
    facts["bits to h from inputs"] = float(causal.sel(source=inputs, target=h).sum("source").mean())
    facts["bits to h from h"] = float(causal.sel(source=h, target=h).sum("source").mean())
    if "layer.l0.c" in rec.blocks:
        c = list(rec.blocks["layer.l0.c"].nodes)
        facts["bits to h from c"] = float(causal.sel(source=c, target=h).sum("source").mean())
    others = ~np.eye(UNITS, dtype=bool)
    done, seen = (m.sel(source=h, target=h).to_numpy()[others] for m in (causal, flow.flow))
    facts["flow like influence"] = float(spearmanr(seen, done).statistic)

    lost = isc.knockout(model, x, y, nodes=h).to_frame()["change"]
    facts["flow like knockout"] = float(spearmanr(flow.flow.sel(source=h).sum("target"), lost)[0])
    facts["largest knockout"] = float(lost.max())
    return facts


def main(epochs: int = 60, surrogates: int = 99, contexts: int = 500) -> pd.DataFrame:
    """Train both cells on both tasks, and compare them."""
    found = {}
    for task, data, rate in (("weather", weather(), 0.001), ("flip-flop", flip_flop(), 0.005)):
        for cell in CELLS:
            print(f"{cell} on the {task}")
            model = trained(cell, *data[:2], epochs, rate)
            found[task, cell] = compare(model, *data[2:], surrogates, contexts)
    table = pd.DataFrame(found)
    print(table.round(3).to_string())
    return table


if __name__ == "__main__":
    main()
