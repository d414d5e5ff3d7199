"""The published pipeline, stage by stage, to the letter of the paper and its code."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import InputError
from infoscope._progress import Progress
from infoscope.analysis.results import PublishedResults
from infoscope.analysis.settings import Settings
from infoscope.analysis.training import check_names, record_training, trained_network
from infoscope.estimators import KSG, KozachenkoLeonenko
from infoscope.flow.information_flow import FlowMatrix, information_flow
from infoscope.graphs.graph import densest_graph
from infoscope.graphs.ranking import Ranking, rank_nodes
from infoscope.learning.gradients import gradient_statistics
from infoscope.learning.indicators import LearningIndicators, learning_indicators
from infoscope.learning.plane import InformationPlane, information_plane
from infoscope.measures.complexity import tse_complexity
from infoscope.measures.information import entropy
from infoscope.recordings.recording import Recording
from infoscope.runs.run_folder import RunFolder, sha256
from infoscope.weather import (
    WeatherTable,
    Windows,
    forecast_errors,
    load_chicago,
    make_windows,
    read_csv,
)
from infoscope.weather.tables.daily_csv import check_targets

# Numbers of subsets, and about how many snapshots, that the sensitivity of the complexity to
# the number of subsets is shown for.
SUBSET_NUMBERS = (2, 5, 10, 20)
SENSITIVITY_SNAPSHOTS = 7
# The indicators are kept on disk after so many snapshots: what a kill can cost.
_SNAPSHOTS_AT_ONCE = 25


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
    recording = record_training(run, windows, progress)
    stages: dict[str, Callable[[], xr.Dataset]] = {
        "flow": lambda: _flow_stage(recording, settings, progress),
        "nodes": lambda: _node_stage(recording, settings, progress),
        "outputs": lambda: _output_stage(recording, settings, progress),
        "sensitivity": lambda: _sensitivity_stage(recording, settings, progress),
    }
    stretches = np.array_split(recording.epochs, -(-len(recording.epochs) // _SNAPSHOTS_AT_ONCE))
    for number, epochs in enumerate(stretches):
        stages[f"indicators-{number:03d}"] = partial(
            _indicator_stage, recording, settings, epochs.tolist(), progress
        )
    done = {name: run.stage(name, compute) for name, compute in stages.items()}
    curves = [stage for name, stage in done.items() if name.startswith("indicators")]
    flow = _flow_matrix(done["flow"], recording, settings)
    graphs = {threshold: flow.graph(threshold) for threshold in sorted(settings.thresholds)}
    training = [float(recording.read(epoch).attrs["seconds"]) for epoch in recording.epochs]
    seconds = {"training": sum(training)}
    for name, stage in done.items():
        kind = name.partition("-")[0]
        seconds[kind] = seconds.get(kind, 0.0) + float(stage.attrs["seconds"])
    return PublishedResults(
        settings=settings,
        windows=windows,
        recording=recording,
        forecast=_forecast(recording, windows),
        flow=flow,
        graphs=graphs,
        rankings=_rankings(flow, graphs, settings),
        nodes=InformationPlane(done["nodes"]),
        outputs=InformationPlane(done["outputs"]),
        indicators=LearningIndicators(xr.concat(curves, "epoch", combine_attrs="override")),
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
    table = chosen_table(settings)
    windows = make_windows(
        table,
        length=settings.window_length,
        start=settings.start or None,
        end=settings.end or None,
        normalisation=settings.normalisation,
        test_fraction=settings.test_fraction,
        random_state=settings.generator("split"),
    )
    n_train = int((~windows.is_test).sum())
    rows = min(n_train * (settings.window_length - 3), settings.plane_rows)
    if settings.k >= rows:
        raise InputError(
            f"k must be below the number of rows that are estimated from, got k = {settings.k} and "
            f"{rows} rows from {n_train} training windows; lower k or use more days"
        )
    check_names(windows, settings)
    return windows, _hash_of(table)


def table_hash(settings: Settings) -> str:
    """Return the SHA-256 of the whole table that settings name.

    Raises
    ------
    InputError
        If the table cannot be read.
    """
    return _hash_of(chosen_table(settings))


def _hash_of(table: WeatherTable) -> str:
    return sha256(table.values.to_csv().encode())


def chosen_table(settings: Settings) -> WeatherTable:
    """Return the table that settings name.

    Raises
    ------
    InputError
        If it cannot be read, or lacks a target.
    """
    # The mean is filled in later: in corrected mode it is that of the training part.
    missing = "keep" if settings.missing == "mean" else settings.missing
    if settings.data != "chicago":
        return read_csv(
            settings.data,
            settings.targets,
            settings.date_column or None,
            columns=settings.columns,
            drop=settings.drop,
            station=settings.station or None,
            missing=missing,
        )
    table = replace(load_chicago(), targets=settings.targets)
    check_targets(table.targets, [str(name) for name in table.values.columns], table.source)
    return table


def _estimator(settings: Settings) -> KSG:
    return KSG(k=settings.k, jitter=settings.jitter)


def _entropy_estimator(settings: Settings) -> KozachenkoLeonenko:
    return KozachenkoLeonenko(k=settings.k, jitter=settings.jitter)


def _flow_stage(recording: Recording, settings: Settings, progress: bool) -> xr.Dataset:
    flow = information_flow(
        recording,
        estimator=_estimator(settings),
        aligned="layers",
        random_state=settings.generator("flow"),
        progress=progress,
    )
    steps = recording.activations(aligned="layers").isel(time=slice(None, -flow.lag)).to_numpy()
    samples = steps.reshape(-1, steps.shape[-1])
    random = settings.generator("entropy")
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
        aligned=recording.alignment(aligned="layers"),
    )


def _node_stage(recording: Recording, settings: Settings, progress: bool) -> xr.Dataset:
    return information_plane(
        recording,
        units="nodes",
        epochs=recording.epochs[-1:],
        random_state=settings.generator("nodes"),
        progress=progress,
        **_plane_settings(settings),
    ).data


def _output_stage(recording: Recording, settings: Settings, progress: bool) -> xr.Dataset:
    nodes = recording.nodes
    return information_plane(
        recording,
        units=list(nodes.index[nodes["role"] == "output"]),
        random_state=settings.generator("outputs"),
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
    recording: Recording, settings: Settings, epochs: list[int], progress: bool
) -> xr.Dataset:
    return learning_indicators(
        recording,
        entropy_estimator=_entropy_estimator(settings),
        subsets=settings.subsets,
        epochs=epochs,
        random_state=settings.generator("indicators"),
        progress=progress,
        **_plane_settings(settings),
    ).data


def _sensitivity_stage(recording: Recording, settings: Settings, progress: bool) -> xr.Dataset:
    trained = [epoch for epoch in recording.epochs if epoch > 0]
    places = np.unique(np.linspace(0, len(trained) - 1, SENSITIVITY_SNAPSHOTS).astype(int))
    epochs = [trained[place] for place in places]
    bits = np.empty((len(epochs), len(SUBSET_NUMBERS), 2))
    random = settings.generator("sensitivity")
    with Progress(len(epochs) * sum(SUBSET_NUMBERS), "subsets of complexity", progress) as bar:
        for e, epoch in enumerate(epochs):
            rows = recording.rows("all", epoch)
            for s, subsets in enumerate(SUBSET_NUMBERS):
                found = tse_complexity(rows, subsets, _entropy_estimator(settings), random)
                bits[e, s] = found.bits, found.standard_error_bits
                bar.advance(subsets)
    return xr.Dataset(
        {
            "bits": (("epoch", "subsets"), bits[..., 0]),
            "standard_error": (("epoch", "subsets"), bits[..., 1]),
        },
        coords={"epoch": epochs, "subsets": list(SUBSET_NUMBERS)},
    )


def _forecast(recording: Recording, windows: Windows) -> pd.DataFrame:
    import torch

    network = trained_network(recording)
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
            rankings[f"{name} {threshold:g}"] = rank_nodes(
                densest_graph(measure, flow.nodes, edges)
            )
    return rankings
