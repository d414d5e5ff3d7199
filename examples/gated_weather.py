"""A GRU or LSTM is trained. Does it use its memory, and which instrument can see that?

Both learn to forecast tomorrow's temperature from today's weather, which hardly needs memory, and
to hold three bits (flip-flop), which is impossible without. Flow, rank and conditional transfer
entropy, which need a recording only, are compared with influence and knockouts of the network.
"""

import itertools

import numpy as np
import pandas as pd
import torch
from scipy.stats import spearmanr
from torch import nn

import infoscope as isc
from infoscope.synthetic.tasks import FlipFlop

UNITS, CELLS, MEASURES = 25, (nn.GRU, nn.LSTM), ("flow", "conditional_transfer_entropy")


class Network(nn.Module):
    """A recurrent layer and a linear readout."""

    def __init__(self, cell: type, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layer, self.readout = cell(inputs, UNITS, batch_first=True), nn.Linear(UNITS, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the outputs of every step."""
        return self.readout(self.layer(x)[0])


def sequences(series: isc.weather.DailySeries, length: int) -> list[torch.Tensor]:
    """Return inputs and targets of training, then of test."""
    windows = series.windows(length, length)
    parts = [array for part in ("train", "test") for array in windows.split(part)[:2]]
    return [torch.tensor(array, dtype=torch.float32) for array in parts]


def trained(cell: type, x: torch.Tensor, y: torch.Tensor, epochs: int, rate: float) -> Network:
    """Train a network by Adam in batches of ten sequences."""
    torch.manual_seed(0)
    model = Network(cell, x.shape[2], y.shape[2])
    optimizer = torch.optim.Adam(model.parameters(), rate)
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(10):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x[batch]), y[batch]).backward()
            optimizer.step()
    return model


def compare(model: Network, x: torch.Tensor, y: torch.Tensor) -> dict[str, float]:
    """Compare what a recording shows with what the network does."""
    rec = isc.record(model, x, gates=True)
    print(f"  recorded: {', '.join(rec.blocks)}")
    # The next step and the outputs read h; the cell state of an LSTM would only be its double.
    blocks = {"inputs": "inputs", "hidden": "layer.l0.h", "outputs": "outputs"}
    read = isc.Recording.from_arrays(**{role: rec[block] for role, block in blocks.items()})
    names, facts = {name: list(block.nodes) for name, block in rec.blocks.items()}, {}
    alone = [of.reshape(-1, 1, of.shape[2]) for of in (x, y)]  # no step knows the one before
    for name, (given, wanted) in {"error": (x, y), "error without memory": alone}.items():
        facts[name] = float(nn.functional.mse_loss(model(given), wanted).detach())

    flow = isc.information_flow(read, estimator=isc.Gaussian(), edges="structural")
    edges = flow.significance(surrogates=99).graph(0.1, correction="fdr")
    ranks, h = isc.rank_nodes(edges).ranks, names["layer.l0.h"]
    for name in blocks.values():
        facts[f"mean rank of {name}"] = float(ranks.reindex(names[name]).mean())
    facts["edges among h"] = sum(a in h and b in h for a, b in edges.edges)

    causal = isc.influence(model, x, measures="causal", contexts=300).causal
    for name in ("inputs", "layer.l0.h", "layer.l0.c")[: 2 + ("layer.l0.c" in names)]:
        sent = causal.sel(source=names[name], target=h).sum("source")
        facts[f"bits into h from {name}"] = float(sent.mean())
    seen = isc.flow_measures(read, measures=MEASURES, estimator=isc.Gaussian())
    done, others = causal.sel(source=h, target=h).values, ~np.eye(UNITS, dtype=bool)
    for name in MEASURES:
        pairs = seen[name].sel(source=h, target=h).values[others]
        facts[f"{name} ~ influence"] = spearmanr(pairs, done[others])[0]
    lost = isc.knockout(model, x, y, nodes=h).to_frame()["change"]
    facts["knockout ~ influence sent"] = spearmanr(lost, np.nansum(done, axis=1))[0]
    return facts


def main(epochs: int = 60) -> pd.DataFrame:
    """Train both cells on both tasks, and compare."""
    days = isc.weather.daily_series(isc.weather.load_chicago(), season=("05-01", "10-04"))
    found, tasks = {}, {"weather": (days, 10, 1e-3), "flip-flop": (FlipFlop().series(), 20, 5e-3)}
    for (task, (series, length, rate)), cell in itertools.product(tasks.items(), CELLS):
        print(f"{cell.__name__} on the {task}")
        x, y, *new = sequences(series, length)
        found[task, cell.__name__] = compare(trained(cell, x, y, epochs, rate), *new)
    print((table := pd.DataFrame(found)).round(2).to_string())
    return table


if __name__ == "__main__":
    main()
