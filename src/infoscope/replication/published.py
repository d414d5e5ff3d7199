"""The published pipeline, stage by stage, to the letter of the paper and its code."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import pearsonr

from infoscope._errors import InputError
from infoscope.complexity import tse_complexity
from infoscope.estimators import KSG, KozachenkoLeonenko
from infoscope.flow import FlowMatrix, information_flow
from infoscope.gradients import gradient_statistics
from infoscope.graph import neighbour_similarity, threshold_graph
from infoscope.indicators import LearningIndicators, learning_indicators
from infoscope.information import entropy
from infoscope.models import (
    FullyRecurrent,
    Snapshot,
    TrainingSettings,
    TrainingState,
    train,
)
from infoscope.plane import InformationPlane, information_plane
from infoscope.ranking import Ranking, class_order, rank_nodes
from infoscope.recording import Recording, RecordingWriter, activation_dataset
from infoscope.replication.run_folder import RunFolder, sha256
from infoscope.replication.settings import Settings
from infoscope.weather import Windows, forecast_errors, load_chicago, make_windows, read_csv
from infoscope.weather.daily_csv import check_targets

# Numbers of subsets, and about how many snapshots, that the sensitivity of the complexity to
# the number of subsets is shown for.
SUBSET_NUMBERS = (2, 5, 10, 20)
SENSITIVITY_SNAPSHOTS = 7


@dataclass(frozen=True)
class PublishedResults:
    """Everything that the published pipeline estimates.

    Parameters
    ----------
    settings : Settings
        What was computed.
    windows : Windows
        The data.
    recording : Recording
        The network's activations in every snapshot.
    forecast : DataFrame
        Mean absolute error per model, split and target, in the target's unit.
    flow : FlowMatrix
        Of the last snapshot; ``flow.nodes`` has the entropy of each node in bits.
    graphs : dict
        Threshold in bits → graph.
    rankings : dict
        Name → Ranking: ``jacobi <threshold>`` (published), ``exact <threshold>``,
        ``weighted``, ``delayed <threshold>`` and ``normalised <threshold>`` (graphs of the
        delayed information alone and of flow over entropy, with as many edges as the flow
        graph of that threshold; exact).
    nodes : InformationPlane
        Per node, last snapshot.
    outputs : InformationPlane
        Per output node, every snapshot.
    indicators : LearningIndicators
        Per snapshot.
    gradients : DataFrame
        Mean and spread per snapshot and parameter.
    sensitivity : DataFrame
        Complexity per number of subsets and snapshot: epoch, subsets, bits, standard_error.
    seconds : dict
        Stage → seconds.
    peak_memory_mb : float
        Largest resident memory of the stages.
    """

    settings: Settings
    windows: Windows
    recording: Recording
    forecast: pd.DataFrame
    flow: FlowMatrix
    graphs: dict[float, nx.DiGraph]
    rankings: dict[str, Ranking]
    nodes: InformationPlane
    outputs: InformationPlane
    indicators: LearningIndicators
    gradients: pd.DataFrame
    sensitivity: pd.DataFrame
    seconds: dict[str, float]
    peak_memory_mb: float

    def similarity(self) -> pd.DataFrame:
        """How alike sources and sinks of hidden nodes are, at the main threshold."""
        return neighbour_similarity(self.graphs[self.settings.main_threshold])

    def class_orders(self) -> pd.DataFrame:
        """How well each ranking puts inputs before hidden before outputs."""
        rows = {name: class_order(ranking) for name, ranking in self.rankings.items()}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("ranking")

    def rank_correlations(self) -> pd.DataFrame:
        """Pearson correlation, over hidden nodes, of the published ranks with informations."""
        ranks = self.rankings[f"jacobi {self.settings.main_threshold:g}"].ranks
        last = self.nodes.data.isel(epoch=-1)
        hidden = last.isel(unit=np.flatnonzero(last["role"].to_numpy() == "hidden"))
        about_input = hidden["input_information"].to_series()
        about_target = hidden["target_information"].to_series()
        statistics = {
            "I(h;x)": about_input,
            "I(h;y)": about_target,
            "I(h;x) / I(h;y)": about_input / about_target,
            "H(h)": hidden["entropy"].to_series(),
        }
        rows = []
        for name, values in statistics.items():
            both = pd.concat([ranks, values], axis=1, keys=["rank", "value"], join="inner").dropna()
            enough = len(both) > 2 and np.ptp(both["rank"]) > 0 and np.ptp(both["value"]) > 0
            found: Any = pearsonr(both["rank"], both["value"]) if enough else (np.nan, np.nan)
            rows.append((name, float(found[0]), float(found[1]), len(both)))
        return pd.DataFrame(rows, columns=["statistic", "correlation", "p_value", "nodes"])


def run_published(run: RunFolder, windows: Windows, progress: bool) -> PublishedResults:
    """Run, or finish, every stage of the published pipeline in a run folder.

    Parameters
    ----------
    run : RunFolder
        Where finished stages are kept; those found there are not computed again.
    windows : Windows
        The data.
    progress : bool
        Show progress on standard error.

    Returns
    -------
    PublishedResults
        The same numbers however often the run was interrupted.

    Raises
    ------
    InputError, EstimationError
        If the data cannot be trained on or estimated from, with what to do.
    """
    settings = run.settings
    seeds = _Seeds(settings.seed)
    recording = _record(run, windows, seeds, progress)
    stages: dict[str, Callable[[], xr.Dataset]] = {
        "flow": lambda: _flow_stage(recording, settings, seeds, progress),
        "nodes": lambda: _node_stage(recording, settings, seeds, progress),
        "outputs": lambda: _output_stage(recording, settings, seeds, progress),
        "indicators": lambda: _indicator_stage(recording, settings, seeds, progress),
        "sensitivity": lambda: _sensitivity_stage(recording, settings, seeds),
    }
    done = {name: run.stage(name, compute) for name, compute in stages.items()}
    flow = _flow_matrix(done["flow"], recording, settings)
    graphs = {threshold: flow.graph(threshold) for threshold in sorted(settings.thresholds)}
    training = [float(recording.read(epoch).attrs["seconds"]) for epoch in recording.epochs]
    seconds = {"training": sum(training)}
    seconds |= {name: float(stage.attrs["seconds"]) for name, stage in done.items()}
    return PublishedResults(
        settings=settings,
        windows=windows,
        recording=recording,
        forecast=_forecast(recording, windows, settings),
        flow=flow,
        graphs=graphs,
        rankings=_rankings(flow, graphs, settings),
        nodes=InformationPlane(done["nodes"]),
        outputs=InformationPlane(done["outputs"]),
        indicators=LearningIndicators(done["indicators"]),
        gradients=gradient_statistics(recording),
        sensitivity=done["sensitivity"].to_dataframe().reset_index(),
        seconds=seconds,
        peak_memory_mb=max(d.attrs["peak_memory_mb"] for d in done.values()),
    )


def load_windows(settings: Settings) -> tuple[Windows, str]:
    """Return the data of a run, checked against its settings, and the SHA-256 of the table.

    Raises
    ------
    InputError
        If the data cannot be read, or leaves too few windows for what will be estimated.
    """
    if settings.data == "chicago":
        table = replace(load_chicago(), targets=settings.targets)
        check_targets(table.targets, [str(name) for name in table.values.columns], table.source)
    else:
        table = read_csv(settings.data, settings.targets)
    windows = make_windows(
        table,
        length=settings.window_length,
        start=settings.start or None,
        end=settings.end or None,
        normalisation=settings.normalisation,
        test_fraction=settings.test_fraction,
        random_state=_Seeds(settings.seed).generator("split"),
    )
    n_train = int((~windows.is_test).sum())
    rows = min(n_train * (settings.window_length - 3), settings.plane_rows)
    if settings.k >= rows:
        raise InputError(
            f"k must be below the number of rows that are estimated from, got k = {settings.k} and "
            f"{rows} rows from {n_train} training windows; lower k or use more days"
        )
    return windows, sha256(table.values.to_csv().encode())


def training_settings(settings: Settings) -> TrainingSettings:
    """Return the part of the settings that training needs."""
    return TrainingSettings(
        epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        learning_rate_decay=settings.learning_rate_decay,
        momentum=settings.momentum,
        final_momentum=settings.final_momentum,
        momentum_switch_epoch=settings.momentum_switch_epoch,
        snapshot_every=settings.snapshot_every,
    )


def new_network(settings: Settings, windows: Windows) -> FullyRecurrent:
    """Return the untrained network of a run."""
    return FullyRecurrent(
        len(windows.input_names),
        settings.hidden_nodes,
        len(windows.target_names),
        initial_scale=settings.initial_scale,
        random_state=_Seeds(settings.seed).generator("weights"),
    )


class _Seeds:
    """Independent random streams of one seed, by purpose: adding one does not move the others."""

    _PURPOSES: tuple[str, ...] = (
        "split",
        "weights",
        "flow",
        "nodes",
        "indicators",
        "sensitivity",
        "entropy",
        "outputs",
    )

    def __init__(self, seed: int) -> None:
        children = np.random.SeedSequence(seed).spawn(len(self._PURPOSES))
        self._children: dict[str, np.random.SeedSequence] = dict(
            zip(self._PURPOSES, children, strict=True)
        )

    def generator(self, purpose: str) -> np.random.Generator:
        return np.random.default_rng(self._children[purpose])


def _record(run: RunFolder, windows: Windows, seeds: _Seeds, progress: bool) -> Recording:
    """Train the network, writing each snapshot as it comes; take up where an earlier start was."""
    import time

    settings = run.settings
    inputs, targets, days = windows.split("train")
    names = {
        "hidden": [f"h{i}" for i in range(settings.hidden_nodes)],
        "outputs": [f"{name} forecast" for name in windows.target_names],
    }
    if run.recording.exists():
        writer = RecordingWriter(run.recording)
    else:
        whole = Recording.from_arrays(
            inputs=inputs,
            targets=targets,
            days=days,
            names={"inputs": windows.input_names, "targets": windows.target_names},
        )
        writer = RecordingWriter.create(run.recording, whole.fixed)
    last = writer.epochs[-1] if writer.epochs else None
    if last == settings.epochs:
        return Recording.load(run.recording)
    began = time.monotonic()

    def write(snapshot: Snapshot) -> None:
        nonlocal began
        dataset = _snapshot_dataset(snapshot, names)
        dataset.attrs["seconds"] = time.monotonic() - began
        writer.append(snapshot.epoch, dataset)
        began = time.monotonic()

    train(
        new_network(settings, windows),
        inputs,
        targets,
        training_settings(settings),
        state=None if last is None else _state(Recording.load(run.recording).read(last), last),
        on_snapshot=write,
        show_progress=progress,
    )
    return Recording.load(run.recording)


def _snapshot_dataset(snapshot: Snapshot, names: dict[str, list[str]]) -> xr.Dataset:
    dataset = activation_dataset(snapshot.hidden, snapshot.outputs, names)
    groups = {
        "parameter": snapshot.parameters,
        "velocity": snapshot.velocities,
        "gradient": snapshot.gradients or {},
    }
    for kind, arrays in groups.items():
        for name, values in arrays.items():
            dims = [f"{name}_axis{axis}" for axis in range(values.ndim)]
            dataset[f"{kind}_{name}"] = (dims, values)
    dataset["training_loss"] = (("epoch_since_last",), np.asarray(snapshot.losses, float))
    return dataset


def _state(dataset: xr.Dataset, epoch: int) -> TrainingState:
    def arrays(kind: str) -> dict[str, Any]:
        return {
            str(name).removeprefix(f"{kind}_"): values.to_numpy()
            for name, values in dataset.data_vars.items()
            if str(name).startswith(f"{kind}_")
        }

    return TrainingState(epoch, arrays("parameter"), arrays("velocity"))


def _estimator(settings: Settings) -> KSG:
    return KSG(k=settings.k, jitter=settings.jitter)


def _entropy_estimator(settings: Settings) -> KozachenkoLeonenko:
    return KozachenkoLeonenko(k=settings.k, jitter=settings.jitter)


def _flow_stage(
    recording: Recording, settings: Settings, seeds: _Seeds, progress: bool
) -> xr.Dataset:
    flow = information_flow(
        recording,
        estimator=_estimator(settings),
        random_state=seeds.generator("flow"),
        progress=progress,
    )
    steps = recording.activations(aligned=True).isel(time=slice(None, -flow.lag)).to_numpy()
    samples = steps.reshape(-1, steps.shape[-1])
    random = seeds.generator("entropy")
    by_neighbours = _entropy_estimator(settings)
    bits = [entropy(column, by_neighbours, random).bits for column in samples.T]
    parts = {"flow": flow.flow, "delayed": flow.delayed, "instantaneous": flow.instantaneous}
    result = xr.Dataset(parts, attrs={"n": flow.n, "lag": flow.lag})
    result["entropy"] = ("source", bits, {"units": "bit"})
    result["constant"] = ("source", flow.nodes["constant"].to_numpy())
    return result


def _flow_matrix(stage: xr.Dataset, recording: Recording, settings: Settings) -> FlowMatrix:
    nodes = recording.nodes.assign(
        constant=stage["constant"].to_numpy(), entropy=stage["entropy"].to_numpy()
    )
    return FlowMatrix(
        flow=stage["flow"],
        delayed=stage["delayed"],
        instantaneous=stage["instantaneous"],
        nodes=nodes,
        lag=int(stage.attrs["lag"]),
        n=int(stage.attrs["n"]),
        estimator=_estimator(settings),
    )


def _node_stage(
    recording: Recording, settings: Settings, seeds: _Seeds, progress: bool
) -> xr.Dataset:
    return information_plane(
        recording,
        units="nodes",
        epochs=recording.epochs[-1:],
        random_state=seeds.generator("nodes"),
        progress=progress,
        **_plane_settings(settings),
    ).data


def _output_stage(
    recording: Recording, settings: Settings, seeds: _Seeds, progress: bool
) -> xr.Dataset:
    nodes = recording.nodes
    return information_plane(
        recording,
        units=list(nodes.index[nodes["role"] == "output"]),
        random_state=seeds.generator("outputs"),
        progress=progress,
        **_plane_settings(settings),
    ).data


def _plane_settings(settings: Settings) -> dict[str, Any]:
    return {
        "reference": "final-output",
        "estimator": _estimator(settings),
        "rows": settings.plane_rows,
    }


def _indicator_stage(
    recording: Recording, settings: Settings, seeds: _Seeds, progress: bool
) -> xr.Dataset:
    return learning_indicators(
        recording,
        entropy_estimator=_entropy_estimator(settings),
        subsets=settings.subsets,
        random_state=seeds.generator("indicators"),
        progress=progress,
        **_plane_settings(settings),
    ).data


def _sensitivity_stage(recording: Recording, settings: Settings, seeds: _Seeds) -> xr.Dataset:
    trained = [epoch for epoch in recording.epochs if epoch > 0]
    places = np.unique(np.linspace(0, len(trained) - 1, SENSITIVITY_SNAPSHOTS).astype(int))
    epochs = [trained[place] for place in places]
    bits = np.empty((len(epochs), len(SUBSET_NUMBERS), 2))
    random = seeds.generator("sensitivity")
    for e, epoch in enumerate(epochs):
        rows = recording.rows("all", epoch)
        for s, subsets in enumerate(SUBSET_NUMBERS):
            found = tse_complexity(rows, subsets, _entropy_estimator(settings), random)
            bits[e, s] = found.bits, found.standard_error_bits
    return xr.Dataset(
        {
            "bits": (("epoch", "subsets"), bits[..., 0]),
            "standard_error": (("epoch", "subsets"), bits[..., 1]),
        },
        coords={"epoch": epochs, "subsets": list(SUBSET_NUMBERS)},
    )


def _forecast(recording: Recording, windows: Windows, settings: Settings) -> pd.DataFrame:
    import torch

    network = new_network(settings, windows)
    last = recording.epochs[-1]
    network.load_arrays(_state(recording.read(last), last).parameters)
    with torch.no_grad():
        _, outputs = network(torch.as_tensor(windows.inputs))
    return forecast_errors(windows, {"network": outputs.numpy()})


def _rankings(
    flow: FlowMatrix, graphs: dict[float, nx.DiGraph], settings: Settings
) -> dict[str, Ranking]:
    entropies = flow.nodes["entropy"].to_numpy()
    normalised = flow.flow / np.minimum.outer(entropies, entropies)
    rankings = {"weighted": rank_nodes(flow.graph(0.0), weight="flow")}
    for threshold, graph in graphs.items():
        rankings[f"jacobi {threshold:g}"] = rank_nodes(
            graph, "jacobi", iterations=settings.jacobi_iterations
        )
        rankings[f"exact {threshold:g}"] = rank_nodes(graph)
        edges = graph.number_of_edges()
        for name, measure in (("delayed", flow.delayed), ("normalised", normalised)):
            rankings[f"{name} {threshold:g}"] = rank_nodes(_densest(measure, flow.nodes, edges))
    return rankings


def _densest(measure: xr.DataArray, nodes: pd.DataFrame, edges: int) -> nx.DiGraph:
    """Return the graph of the ``edges`` largest entries of a measure."""
    values = measure.to_numpy().copy()
    np.fill_diagonal(values, np.nan)
    descending = np.sort(values[np.isfinite(values)])[::-1]
    limit = descending[min(edges, len(descending) - 1)]
    return threshold_graph(xr.DataArray(values, dims=("source", "target")), nodes, float(limit))
