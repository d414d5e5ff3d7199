"""What a run will compute, how long it will take here and how big it will be, without doing it."""

import time
from collections.abc import Callable

import numpy as np

from infoscope.complexity import tse_complexity
from infoscope.estimators import KSG, KozachenkoLeonenko
from infoscope.information import mutual_information, pairwise_information
from infoscope.models import TrainingSettings, train
from infoscope.replication.published import SENSITIVITY_SNAPSHOTS, SUBSET_NUMBERS
from infoscope.replication.settings import Settings
from infoscope.replication.training import new_network
from infoscope.weather import Windows

_BYTES = 8
# Share of the recording's size that is left after compression; activations hardly compress.
_COMPRESSED = 0.95
# Files and folders of one snapshot, each of which takes a block on disk.
_BLOCKS_PER_SNAPSHOT, _BLOCK_BYTES = 110, 4096
_SAMPLED_ROWS = 1500
# What drawing the figures took on two cores; it does not depend on the data.
_FIGURE_SECONDS = 25.0


def describe_run(settings: Settings, windows: Windows) -> str:
    """Return a plan of the run, with seconds measured on small pieces of it on this machine.

    Parameters
    ----------
    settings : Settings
        What would be computed.
    windows : Windows
        From which data.
    """
    inputs, _, _ = windows.split("train")
    n_windows, steps, n_inputs = inputs.shape
    outputs = len(windows.target_names)
    nodes = n_inputs + settings.hidden_nodes + outputs
    snapshots = settings.epochs // settings.snapshot_every + 1
    snapshots += settings.epochs % settings.snapshot_every > 0
    rows = n_windows * steps
    flow_rows = n_windows * (steps - 3)
    plane_rows = min(settings.plane_rows, rows)
    informations = 2 * nodes + (4 + 2 * outputs) * snapshots
    seconds = {
        "training": settings.epochs * _epoch_seconds(settings, windows),
        **_estimate_seconds(settings, nodes, flow_rows, plane_rows, rows, snapshots, informations),
        "figures": _FIGURE_SECONDS,
    }
    parameters = (n_inputs + settings.hidden_nodes + 2) * settings.hidden_nodes
    parameters += (settings.hidden_nodes + 1) * outputs
    size = snapshots * (rows * (settings.hidden_nodes + outputs) + 3 * parameters) * _BYTES
    size += rows * (n_inputs + outputs + 1) * _BYTES
    on_disk = _COMPRESSED * size + snapshots * _BLOCKS_PER_SNAPSHOT * _BLOCK_BYTES
    lines = [
        f"data       {settings.data}: {n_windows} training and {int(windows.is_test.sum())} test "
        f"windows of {steps} days, {n_inputs} variables, targets {', '.join(windows.target_names)}",
        *[f"           {note}" for note in windows.notes],
        f"network    {n_inputs} inputs, {settings.hidden_nodes} hidden, {outputs} outputs; "
        f"{settings.epochs} epochs, {snapshots} snapshots, seed {settings.seed}",
        f"estimates  {nodes * (nodes - 1) * 3 // 2:,} mutual informations of {flow_rows:,} rows "
        f"for the flow, {informations:,} of {plane_rows:,} rows for the planes, "
        f"complexity of {nodes} nodes and {rows:,} rows in {snapshots} snapshots; k = {settings.k}",
        "time       about "
        + ", ".join(f"{name} {value:.0f} s" for name, value in seconds.items())
        + f"; {sum(seconds.values()) / 60:.1f} minutes in all, on this machine as it is now",
        f"size       about {on_disk / 1e6:.0f} MB on disk",
    ]
    return "\n".join(lines)


def _epoch_seconds(settings: Settings, windows: Windows) -> float:
    inputs, targets, _ = windows.split("train")
    two = TrainingSettings(epochs=2, snapshot_every=2)
    return _time(lambda: train(new_network(settings, windows), inputs, targets, two)) / 2


def _estimate_seconds(
    settings: Settings,
    nodes: int,
    flow_rows: int,
    plane_rows: int,
    rows: int,
    snapshots: int,
    informations: int,
) -> dict[str, float]:
    """Time one small piece of every kind of estimate and scale it up."""
    random = np.random.default_rng(0)
    ksg = KSG(k=settings.k, jitter=settings.jitter)
    by_neighbours = KozachenkoLeonenko(k=settings.k, jitter=settings.jitter)
    few = random.normal(size=(max(flow_rows, settings.k + 2), 5))
    # Complexity grows with the square of the rows: time a sample.
    sampled = max(min(rows, _SAMPLED_ROWS), settings.k + 2)
    state = random.normal(size=(sampled, nodes))
    layer = random.normal(size=(max(plane_rows, settings.k + 2), settings.hidden_nodes))
    pair = _time(lambda: pairwise_information(few, lag=1, estimator=ksg)) / 25
    plane = _time(lambda: mutual_information(layer, layer, estimator=ksg))
    complexity = _time(lambda: tse_complexity(state, settings.subsets, by_neighbours))
    complexity *= max(rows / sampled, 1.0) ** 2
    extra = min(SENSITIVITY_SNAPSHOTS, snapshots) * sum(SUBSET_NUMBERS) / settings.subsets
    return {
        "flow": nodes * (nodes - 1) * 1.5 * pair,
        "planes": informations * plane,
        "complexity": (snapshots + extra) * complexity,
    }


def _time(piece: Callable[[], object]) -> float:
    piece()  # loads or compiles what it needs
    began = time.monotonic()
    piece()
    return time.monotonic() - began
