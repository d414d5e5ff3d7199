"""All measures of influence on test beds of known connections, seed by seed."""

import gc
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from edge_orders import DECIDING, Order, error_rates, found_at, orders, timed
from kept_rows import KeptRows
from measure import fingerprint
from spike_transfer import concentration, spike_transfer

import infoscope as isc
from infoscope.description.bed_features import BedFeatures

HERE = Path(__file__).parent
SEEDS = 5
COLUMNS = ("bed", "seed", "order", "block", "pairs", "prevalence", "auprc", "auroc", "spearman",
           "found_at_1", "false_edges", "power", "seconds", "code")  # fmt: skip
ROWS = KeptRows(HERE / "results" / "wiring.csv", COLUMNS, 4)
FEATURES = KeptRows(
    HERE / "results" / "wiring-recordings.csv",
    ("bed", "seed", "units", "rows", "model", "counts", "rows_per_source", "dimension",
     "saturation", "unexplained", "code"),
    2,
)  # fmt: skip
# Delays, in ms, of the transfer entropy of spikes: those of the network, and a response.
DELAYS = 22
ANCHOR = "izhikevich, 100 of 1,000"
# Networks of the beds that take the longest.
FEWER = {"izhikevich, 15 s": 2, ANCHOR: 2}


def variants() -> dict[str, Any]:
    """The beds and how they are recorded: noise, half of the units, fewer rows."""
    beds = isc.models.connectivity_beds()
    weather, halves = beds["weather"], ("weather", "context", "near-critical", "gru", "spikes")
    return {
        "weather, no noise": replace(weather, noise=0.0),
        "weather": weather,
        "weather, 10 % noise": replace(weather, noise=0.1),
        **{name: bed for name, bed in beds.items() if name not in ("weather", "spikes",
                                                                   "izhikevich")},
        "echo-state, no noise": replace(beds["echo-state"], noise=0.0),
        "echo-state, 10 % noise": replace(beds["echo-state"], noise=0.1),
        "gru, 10 % noise": replace(beds["gru"], noise=0.1),
        "growth, 600 rows": replace(beds["growth"], rows=600),
        "lorenz, 250 rows": replace(beds["lorenz"], rows=250),
        **{f"{name}, half": replace(beds[name], hidden_share=0.5) for name in halves[:-1]},
        "spikes": beds["spikes"],
        "spikes, half": replace(beds["spikes"], hidden_share=0.5),
        "izhikevich, 15 s": replace(beds["izhikevich"], rows=15_000),
        ANCHOR: replace(beds["izhikevich"], size=1000, weight=5.0, hidden_share=0.9,
                        rows=600_000),
    }  # fmt: skip


def run(seeds: int = SEEDS, only: list[str] | None = None) -> None:
    """Measure what is not in the tables yet, all beds of a seed before the next."""
    code = fingerprint(*DECIDING)
    for seed in range(seeds):
        for name, bed in variants().items():
            left_out = (only and name not in only) or seed >= FEWER.get(name, seeds)
            if left_out or FEATURES.has(name, seed):
                continue
            measure(name, seed, replace(bed, seed=seed), code)
            gc.collect()
            print(name, seed, end="; ", flush=True)


def measure(name: str, seed: int, bed: Any, code: str) -> None:
    """Add the rows of one recording; the row of its features says that all are there."""
    recording, truth = bed.recording(seed), bed.truth
    features: dict[str, Any] = dict.fromkeys(BedFeatures.__dataclass_fields__, "")
    if name == ANCHOR:
        found = of_delays(recording)
    else:
        influence = timed(lambda: isc.one_step_influence(recording))
        found = of_bed(name, recording, influence)
        features = asdict(BedFeatures.of(recording, influence[0]))
    for order in found:
        for row in scored(order, truth, recording.nodes):
            if not ROWS.has(name, seed, order.name, row["block"]):
                ROWS.add(name, seed, order.name, *row.values(), order.seconds, code)
    hidden = (recording.nodes["role"] == "hidden").sum()
    rows = int(np.prod(recording["hidden"].shape[:2]))
    FEATURES.add(name, seed, hidden, rows, *features.values(), code)


def of_bed(name: str, recording: Any, influence: tuple[Any, float]) -> Iterator[Order]:
    """All measures; of counts also the transfer entropy over delays."""
    half = name.endswith("half") and not name.startswith("spikes")
    yield from orders(recording, influence, half=half)
    if name.startswith(("spikes", "izhikevich")):
        yield from of_delays(recording)


def of_delays(recording: Any) -> Iterator[Order]:
    """Transfer entropy of spikes a step back, the largest over delays, and how peaked it is."""
    spikes = (recording["hidden"].to_numpy()[0] > 0).astype(np.float32)
    bits, seconds = timed(lambda: spike_transfer(spikes, DELAYS))
    names = recording.nodes.index.to_numpy()
    for name, values, time in (
        ("TE of spikes, 1 step", bits[0], seconds / DELAYS),
        ("TE of spikes, largest over delays", bits.max(axis=0), seconds),
        ("TE of spikes, share near its peak", concentration(bits), seconds),
    ):
        matrix = xr.DataArray(values, coords={"source": names, "target": names},
                              dims=("source", "target"))  # fmt: skip
        yield Order(name, matrix, time)


def scored(order: Order, truth: xr.DataArray, nodes: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Scores among hidden units, and of the inputs on them."""
    table = isc.score_edges(order.matrix, truth, nodes=nodes).set_index("block")
    for block, roles in (("h→h", ("hidden", "hidden")), ("x→h", ("input", "hidden"))):
        if block not in table.index:
            continue
        row = table.loc[block]
        source, target = (nodes.index[nodes["role"] == role].to_numpy() for role in roles)
        part = {"source": source, "target": target}
        false = power = at_1 = float("nan")
        if truth.dtype == bool and block == "h→h":
            true = truth.sel(part)
            at_1 = found_at(order.matrix.sel(part), true)
            if order.edges is not None:
                false, power = error_rates(order.edges.sel(part), true)
        yield {
            "block": block,
            "pairs": int(row["n"]),
            **{name: float(row[name]) for name in ("prevalence", "auprc", "auroc", "spearman")},
            "found_at_1": at_1,
            "false_edges": false,
            "power": power,
        }


if __name__ == "__main__":
    words = sys.argv[1:]
    run(int(words[0]) if words else SEEDS, words[1:] or None)
