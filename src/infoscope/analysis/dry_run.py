"""Plan of a run: what it computes, with estimated time and disk space."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from infoscope._progress import duration
from infoscope._validate import Floats
from infoscope.analysis.estimators import COPULA, flow_estimator
from infoscope.analysis.flaws import REPAIRS
from infoscope.analysis.settings import Settings
from infoscope.analysis.stages.planes import BLOCKS, SENSITIVITY_SNAPSHOTS, SUBSET_NUMBERS
from infoscope.analysis.study_data.daily_blocks import DailyBlocks
from infoscope.analysis.study_data.load import StudyData
from infoscope.analysis.study_data.training import new_network
from infoscope.estimators import KSG, KozachenkoLeonenko, NoiseProbe
from infoscope.flow.mutual_information import mutual_information
from infoscope.measures.complexity import tse_complexity
from infoscope.measures.information import pairwise_information
from infoscope.networks import (
    EnsembleMember,
    TrainingSettings,
    early_and_every,
    train,
    train_ensemble,
)
from infoscope.weather import Windows

_BYTES = 8
# Compressed share of the recording's size; activations hardly compress.
_COMPRESSED = 0.95
# Number of files and folders per snapshot, each at least one disk block.
_BLOCKS_PER_SNAPSHOT, _BLOCK_BYTES = 110, 4096
# Largest piece that is timed, whatever the size of the data: the rest is scaled up.
_SAMPLED_ROWS, _SAMPLED_WINDOWS, _SAMPLED_NODES = 1500, 150, 60
# Seconds to draw the figures on two cores; independent of the data.
_FIGURE_SECONDS = 25.0
# Seconds to write a snapshot of about two thousand days, and to read it for the curves.
_SNAPSHOT_SECONDS = 0.2
# Seconds of a run from which the plan names shorter ones.
_LONG = 7200.0


@dataclass(frozen=True)
class _Plan:
    """What a run computes, in lines; its seconds by part, and its bytes on disk."""

    lines: list[str]
    seconds: dict[str, float]
    size: float

    @property
    def total(self) -> float:
        return sum(self.seconds.values())

    def text(self) -> str:
        parts = ", ".join(f"{name} {duration(value)}" for name, value in self.seconds.items())
        costs = f"time       about {parts}; {duration(self.total)} in total, "
        costs += "at this machine's current load"
        return "\n".join([*self.lines, costs, f"size       about {self.size / 1e6:.0f} MB on disk"])


def describe_runs(runs: Mapping[str, tuple[Settings, StudyData]]) -> str:
    """Return the plan of a replication, with times measured on small pieces on this machine.

    It ends with the sum over both analyses and, if that is long, with ways to shorten it.

    Parameters
    ----------
    runs : mapping of str to (Settings, StudyData)
        "published" and "corrected", or one of them.
    """
    plans = {mode: _plan_of(*run) for mode, run in runs.items()}
    lines = [plan.text() for plan in plans.values()]
    whole = sum(plan.total for plan in plans.values())
    if len(plans) > 1:
        size = sum(plan.size for plan in plans.values()) / 1e6
        lines.append(f"together   about {duration(whole)} and {size:.0f} MB on disk")
    daily = all("published" in settings.data_set.modes for settings, _ in runs.values())
    if whole > _LONG and daily:
        ways = ["shorten the data with --start and --end"]
        if len(plans) > 1:
            alone = duration(plans["corrected"].total)
            ways.insert(0, f"choose --mode corrected, about {alone} alone")
        lines.append(f"shorter    {'; or '.join(ways)}")
    return "\n".join(lines)


def _plan_of(settings: Settings, data: StudyData) -> _Plan:
    if isinstance(data, DailyBlocks):
        return _of_blocks(settings, data)
    return _of_windows(settings, data.windows)


def _of_windows(settings: Settings, windows: Windows) -> _Plan:
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
    days = settings.data_set.words.days
    lines = [
        f"data       {settings.data}: {n_windows} training and {int(windows.is_test.sum())} test "
        f"windows of {steps} {days}, {n_inputs} variables, targets "
        f"{', '.join(windows.target_names)}",
        *[f"           {note}" for note in windows.notes],
        f"network    {n_inputs} inputs, {settings.hidden_nodes} hidden, {outputs} outputs; "
        f"{settings.epochs} epochs, {snapshots} snapshots, seed {settings.seed}",
        f"estimates  {nodes * (nodes - 1) * 3 // 2:,} mutual informations of {flow_rows:,} rows "
        f"for the flow, {informations:,} of {plane_rows:,} rows for the planes, "
        f"complexity of {nodes} nodes and {rows:,} rows in {snapshots} snapshots; k = {settings.k}",
    ]
    return _Plan(lines, seconds, on_disk)


def _of_blocks(settings: Settings, data: DailyBlocks) -> _Plan:
    series, windows = data.series, data.windows
    inputs, outputs = len(series.input_names), len(series.target_names)
    hidden = settings.hidden_nodes
    pairs = inputs * hidden + hidden * (hidden - 1) + hidden * outputs
    control = inputs * hidden + hidden * outputs + inputs * outputs
    held, kept = int(series.held_out.sum()), int((series.part == "train").sum())
    choosing = len(series.days) - held - kept
    epochs = range(settings.epochs + 1)
    snapshots = sum(map(early_and_every(settings.snapshot_every), epochs))
    planes = sum(map(early_and_every(settings.planes_every), epochs))
    drawn = settings.surrogates * (2 * pairs + control) + settings.networks * 2 * pairs
    nulls = 2 * drawn * settings.significant_edges
    seconds = {
        "training": _corrected_training_seconds(settings, windows) + snapshots * _SNAPSHOT_SECONDS,
        "nulls": nulls * _pair_seconds(held, settings),
        "planes": planes * _plane_seconds(settings, kept, inputs),
        "figures": _FIGURE_SECONDS,
    }
    size = snapshots * len(series.days) * (hidden + outputs) * _BYTES
    kept_flaws = [name for name in REPAIRS if not getattr(settings, name)]
    lines = [
        f"corrected  {settings.data}: {kept} {settings.data_set.words.days} to train on, in "
        f"{int((~windows.is_test).sum())} windows, "
        f"{f'{choosing} to choose by, ' if choosing else ''}{held} held out; {inputs} variables",
        *[f"           {note}" for note in series.notes],
        f"estimates  flow of {pairs:,} pairs and {settings.surrogates} surrogates of two nulls, "
        f"{2 * settings.networks} other networks, "
        f"{nulls:,} mutual informations of some {held:,} rows; planes of {planes} and curves of "
        f"{snapshots} snapshots; flow by {settings.flow_by}, k = {settings.k}",
        f"repairs    all except {', '.join(kept_flaws)}" if kept_flaws else "repairs    all",
    ]
    return _Plan(lines, seconds, _COMPRESSED * size)


def _corrected_training_seconds(settings: Settings, windows: Windows) -> float:
    inputs, targets, share = _some_windows(windows)
    two = TrainingSettings(epochs=2, snapshot_every=2)
    member = EnsembleMember(new_network(settings, windows), inputs, targets, two)
    return settings.epochs * _time(lambda: train_ensemble([member])) / (2 * share)


def _some_windows(windows: Windows) -> tuple[Floats, Floats, float]:
    """Return inputs and targets of the first training windows, and their share of all windows."""
    inputs, targets, _ = windows.split("train")
    few = min(len(inputs), _SAMPLED_WINDOWS)
    return inputs[:few], targets[:few], few / len(inputs)


def _pair_seconds(rows: int, settings: Settings) -> float:
    estimator = flow_estimator(settings)
    # The copula ranks each node once: time per pair falls with the number of nodes.
    nodes = 40 if estimator == COPULA else 10
    few = np.random.default_rng(0).normal(size=(max(rows, settings.k + 2), nodes))
    return _time(lambda: pairwise_information(few, lag=1, estimator=estimator)) / nodes**2


def _plane_seconds(settings: Settings, rows: int, inputs: int) -> float:
    """Time the slowest pieces of a plane: neighbours in many dimensions, and the noise probe."""
    random = np.random.default_rng(0)
    hidden, sampled = settings.hidden_nodes, min(rows, _SAMPLED_ROWS)
    state = random.normal(size=(sampled, min(hidden, _SAMPLED_NODES)))
    about = random.normal(size=(sampled, min(inputs, _SAMPLED_NODES)))
    days = np.arange(sampled)
    neighbours = _time(lambda: mutual_information(state, about, estimator=KSG(k=10)))
    probe = _time(lambda: mutual_information(days, state, estimator=NoiseProbe(1.0)))
    # Both compare all pairs of rows, coordinate by coordinate.
    neighbours *= (hidden + inputs) / (state.shape[1] + about.shape[1])
    probe *= hidden / state.shape[1]
    once = 4 * (1 + BLOCKS) * neighbours + 2 * len(settings.noise) * probe
    return once * (rows / sampled) ** 2


def _epoch_seconds(settings: Settings, windows: Windows) -> float:
    inputs, targets, share = _some_windows(windows)
    two = TrainingSettings(epochs=2, snapshot_every=2)
    seconds = _time(lambda: train(new_network(settings, windows), inputs, targets, settings=two))
    return seconds / (2 * share)


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
    # Complexity grows with the square of the rows and of the nodes: time a sample.
    sampled = max(min(rows, _SAMPLED_ROWS), settings.k + 2)
    state = random.normal(size=(sampled, min(nodes, _SAMPLED_NODES)))
    layer = random.normal(size=(max(plane_rows, settings.k + 2), settings.hidden_nodes))
    pair = _time(lambda: pairwise_information(few, lag=1, estimator=ksg)) / 25
    plane = _time(lambda: mutual_information(layer, layer, estimator=ksg))
    complexity = _time(
        lambda: tse_complexity(state, subsets=settings.subsets, estimator=by_neighbours)
    )
    complexity *= (max(rows / sampled, 1.0) * nodes / state.shape[1]) ** 2
    extra = min(SENSITIVITY_SNAPSHOTS, snapshots) * sum(SUBSET_NUMBERS) / settings.subsets
    return {
        "flow": nodes * (nodes - 1) * 1.5 * pair,
        "planes": informations * plane,
        "complexity": (snapshots + extra) * complexity,
    }


def _time(piece: Callable[[], object]) -> float:
    piece()  # loads or compiles
    began = time.monotonic()
    piece()
    return time.monotonic() - began
