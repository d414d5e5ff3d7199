"""The corrected pipeline, stage by stage: the published one with its flaws repaired."""

from collections.abc import Callable
from functools import partial
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import EstimationError, InputError
from infoscope.analysis.corrected.curves import curve_stage, plane_stage
from infoscope.analysis.corrected.estimators import (
    REFERENCE,
    flow_estimator,
    layer_estimator,
    reference_of,
)
from infoscope.analysis.corrected.flow import (
    check_shifts,
    null_stage,
    reference_flow,
)
from infoscope.analysis.corrected.gradients import gradient_stage
from infoscope.analysis.corrected.networks import network_nulls
from infoscope.analysis.corrected.results import CorrectedResults
from infoscope.analysis.corrected.settings import CorrectedSettings
from infoscope.analysis.corrected.training import (
    part_of,
    record_series,
    run_through,
    training_windows,
)
from infoscope.analysis.published import chosen_table
from infoscope.analysis.training import check_names, trained_network
from infoscope.flow.information_flow import FlowMatrix, information_flow
from infoscope.graphs.connections import connections
from infoscope.graphs.graph import threshold_graph
from infoscope.graphs.rank_comparison import compare_rankings, rank_agreement
from infoscope.graphs.rank_nulls import RankSignificance, rank_significance
from infoscope.graphs.ranking import Ranking, rank_nodes
from infoscope.learning.held_out.rows import with_independent_inputs
from infoscope.learning.plane import InformationPlane, information_plane
from infoscope.networks import early_and_every
from infoscope.recordings.recording import Recording
from infoscope.recordings.weights import RecurrentWeights
from infoscope.runs.run_folder import RunFolder
from infoscope.significance import FlowSignificance, significance_of
from infoscope.surrogates import RecordingSurrogate, RowSurrogate, null_of
from infoscope.surrogates.networks import NETWORK_NULLS
from infoscope.weather import DailySeries, Windows, daily_series, forecast_errors

# Both must call an edge significant: the one says that there is any, the other which way.
NULLS = ("circular-shift", "lag-swap")
_TERMS = ("flow", "delayed", "instantaneous")
# Curves and planes are kept on disk after so many snapshots: what a kill can cost.
_AT_ONCE = 15
_CORRELATION_SAMPLES = 499


def run_corrected(run: RunFolder, series: DailySeries, progress: bool) -> CorrectedResults:
    """Run, or finish, every stage of the corrected pipeline in a run folder.

    Parameters
    ----------
    run : RunFolder
        With `CorrectedSettings`; finished stages found there are not computed again.
    series : DailySeries
        The days.
    progress : bool
        Show progress on standard error.

    Raises
    ------
    InputError, EstimationError
        If the days cannot be trained on or estimated from, with what to do.
    """
    settings = _settings_of(run)
    windows = training_windows(series, settings)
    recording = record_series(run, series, windows, progress)
    held_out = part_of(recording, held_out=True)
    stages: dict[str, Callable[[], xr.Dataset]] = {
        "flow": lambda: _flow_stage(held_out, settings, progress),
        "nodes": lambda: _node_stage(held_out, settings, progress),
        "gradients": lambda: gradient_stage(recording, windows, settings, progress),
    }
    planes = [epoch for epoch in recording.epochs if _in_plane(epoch, settings)]
    for kind, compute, every in (
        ("curves", curve_stage, list(recording.epochs)),
        ("planes", plane_stage, planes),
    ):
        for number, epochs in enumerate(np.array_split(every, -(-len(every) // _AT_ONCE))):
            stages[f"{kind}-{number:03d}"] = partial(
                compute, recording, settings, epochs.tolist(), progress
            )
    done = {name: run.stage(name, compute) for name, compute in stages.items()}
    if settings.significant_edges:
        edges = _edges(done["flow"], held_out.nodes, settings)
        weights = RecurrentWeights.in_snapshot(recording.snapshot())
        drawn: list[tuple[RowSurrogate | RecordingSurrogate, int]] = [
            (null_of(name), settings.surrogates) for name in NULLS
        ]
        networks = network_nulls(held_out, weights, series, settings)
        drawn += [(null, settings.networks) for null in networks]
        for null, count in drawn:
            compute = partial(null_stage, held_out, settings, edges, null, count, progress)
            done[f"null-{null.name}"] = run.stage(f"null-{null.name}", compute)
    flow, gaussian = _flows(done["flow"], held_out, settings)
    nulls = _nulls(done, NULLS, settings, flow.nodes)
    others = _nulls(done, tuple(NETWORK_NULLS), settings, flow.nodes)
    graphs = _graphs(flow, nulls, settings)
    rankings = {name: _ranked(graph, settings) for name, graph in graphs.items()}
    main = list(graphs.values())[-1]
    return CorrectedResults(
        settings=settings,
        series=series,
        windows=windows,
        recording=recording,
        held_out=held_out,
        forecast=_forecast(recording, series, settings),
        flow=flow,
        gaussian=gaussian,
        nulls=nulls,
        network_nulls=others,
        null_settings={name: _settings_in(done[f"null-{name}"]) for name in (*nulls, *others)},
        graphs=graphs,
        rankings=rankings,
        rank_tests=_rank_tests(graphs, settings),
        comparison=_comparison(main, settings),
        nodes=InformationPlane(done["nodes"]),
        curves=_joined(done, "curves"),
        planes=_joined(done, "planes"),
        gradients=done["gradients"].to_dataframe().reset_index().dropna(subset=["mean"]),
        seconds=_seconds(recording, done),
        peak_memory_mb=max(d.attrs["peak_memory_mb"] for d in done.values()),
    )


def load_series(settings: CorrectedSettings) -> DailySeries:
    """Return the days of a run, checked against its settings.

    Raises
    ------
    InputError
        If the data cannot be read, or leave too few days for what will be estimated.
    """
    table, season = chosen_table(settings), settings.season
    chosen = table.between(settings.start or None, settings.end or None)
    series = daily_series(
        chosen if season is None else table,
        season=season,
        held_out=settings.held_out,
        gap=settings.gap,
        blocked=settings.blocked_split,
        drop_constant=settings.no_noise,
    )
    check_names(series, settings)
    training_windows(series, settings)
    rows = sum(
        max(0, s.stop - s.start - settings.burn_in - 3)
        for s in series.stretches
        if series.held_out[s.start]
    )
    if rows <= max(settings.k, 2 * settings.hidden_nodes):
        raise InputError(
            f"the held-out part must leave more than {max(settings.k, 2 * settings.hidden_nodes)} "
            f"rows to estimate from (k, and twice the hidden nodes), got {rows} of "
            f"{int(series.held_out.sum())} days; use more days, or --mode published"
        )
    if settings.significant_edges:
        check_shifts(series, settings)
    return series


def _in_plane(epoch: int, settings: CorrectedSettings) -> bool:
    return epoch == settings.epochs or early_and_every(settings.planes_every)(epoch)


def _joined(done: dict[str, xr.Dataset], kind: str) -> xr.Dataset:
    parts = [stage for name, stage in done.items() if name.startswith(f"{kind}-")]
    return xr.concat(
        parts, "epoch", data_vars="minimal", coords="minimal", compat="override",
        join="outer", combine_attrs="override",
    )  # fmt: skip


def _settings_of(run: RunFolder) -> CorrectedSettings:
    settings = run.settings
    if not isinstance(settings, CorrectedSettings):
        raise InputError(
            f"run must have CorrectedSettings, got {type(settings).__name__}; begin it with these"
        )
    return settings


def _flow_stage(held_out: Recording, settings: CorrectedSettings, progress: bool) -> xr.Dataset:
    """Return flows of all pairs, and by the reference those that can be edges."""
    flow = information_flow(
        held_out,
        estimator=flow_estimator(settings),
        aligned="layers",
        random_state=settings.generator("flow"),
        progress=progress,
    )
    reference = reference_flow(held_out, progress)
    result = xr.Dataset(attrs={"n": flow.n, "lag": flow.lag})
    for part, by_reference in zip(_TERMS, reference, strict=True):
        result[f"ksg_{part}"], result[f"gaussian_{part}"] = getattr(flow, part), by_reference
    for column in ("constant", "ties"):
        result[column] = ("source", flow.nodes[column].to_numpy())
    return result


def _flows(
    stage: xr.Dataset, held_out: Recording, settings: CorrectedSettings
) -> tuple[FlowMatrix, FlowMatrix]:
    known = {name: stage[name].to_numpy() for name in ("constant", "ties")}
    nodes, edges = held_out.nodes.assign(**known), _edges(stage, held_out.nodes, settings)

    aligned = held_out.alignment(aligned="layers")

    def matrix(name: str, estimator: Any) -> FlowMatrix:
        flow, delayed, together = (stage[f"{name}_{term}"].where(edges) for term in _TERMS)
        lag, n = int(stage.attrs["lag"]), int(stage.attrs["n"])
        return FlowMatrix(flow, delayed, together, nodes, lag, n, estimator, aligned=aligned)

    return matrix("ksg", flow_estimator(settings)), matrix("gaussian", REFERENCE)


def _edges(stage: xr.Dataset, nodes: pd.DataFrame, settings: CorrectedSettings) -> xr.DataArray:
    """Return which pairs can be edges, (source, target)."""
    known = stage["ksg_flow"].notnull()
    return known & connections(nodes) if settings.structural_edges else known


def _nulls(
    done: dict[str, xr.Dataset],
    names: tuple[str, ...],
    settings: CorrectedSettings,
    nodes: pd.DataFrame,
) -> dict[str, FlowSignificance]:
    flow, edges = done["flow"]["ksg_flow"], _edges(done["flow"], nodes, settings).to_numpy()
    return {
        name: significance_of(
            flow,
            done[f"null-{name}"]["flow"].to_numpy(),
            tested=edges,
            control=done[f"null-{name}"]["control"].to_numpy().astype(bool),
            nodes=nodes,
            null=name,
            pool=True,
            alike=done[f"null-{name}"]["alike"].to_numpy().astype(bool),
        )
        for name in names
        if f"null-{name}" in done
    }


def _settings_in(stage: xr.Dataset) -> dict[str, str]:
    own = {"seconds", "peak_memory_mb"}
    return {str(name): str(value) for name, value in stage.attrs.items() if name not in own}


def _graphs(
    flow: FlowMatrix, nulls: dict[str, FlowSignificance], settings: CorrectedSettings
) -> dict[str, nx.DiGraph]:
    """Return the graph of each threshold; an edge needs both nulls."""
    if not settings.significant_edges:
        return {f"{t:g} bits": flow.graph(t) for t in sorted(settings.thresholds, reverse=True)}
    graphs = {}
    for name, (level, correction) in settings.levels.items():
        both = np.logical_and.reduce(
            [null.significant(level, correction).to_numpy() for null in nulls.values()]
        )
        graphs[name] = threshold_graph(flow.flow.where(both), flow.nodes, 0.0)
    return graphs


def _ranked(graph: nx.DiGraph, settings: CorrectedSettings) -> Ranking:
    if settings.exact_ranks:
        return rank_nodes(graph)
    return rank_nodes(graph, "jacobi", iterations=settings.jacobi_iterations)


def _rank_tests(graphs: dict[str, nx.DiGraph], settings: CorrectedSettings) -> pd.DataFrame:
    rows = []
    for name, graph in graphs.items():
        tests = {
            "directedness": {"null": "orientation"},
            "degree_correlation": {
                "null": "block",
                "blocks": "role",
                "alternative": "less",
                "samples": _CORRELATION_SAMPLES,
            },
        }
        for statistic, options in tests.items():
            found = _tested(graph, statistic, options, settings)
            values = [np.nan] * 4 if found is None else [found.value, found.null_mean,
                                                         found.null_sd, found.p]  # fmt: skip
            rows.append((name, statistic, options["null"], *values))
    columns = ["graph", "statistic", "null", "value", "null_mean", "null_sd", "p"]
    return pd.DataFrame(rows, columns=columns)


def _tested(
    graph: nx.DiGraph, statistic: str, options: dict[str, Any], settings: CorrectedSettings
) -> RankSignificance | None:
    """Return the test, or None where too few edges leave the statistic undefined."""
    try:
        return rank_significance(
            graph, statistic=statistic, random_state=settings.generator("ranking"), **options
        )
    except EstimationError:
        return None


def _comparison(graph: nx.DiGraph, settings: CorrectedSettings) -> pd.DataFrame:
    table = compare_rankings(graph)
    found = rank_agreement(table, random_state=settings.generator("ranking"))
    return found.reset_index()


def _node_stage(held_out: Recording, settings: CorrectedSettings, progress: bool) -> xr.Dataset:
    nodes = held_out.nodes
    return information_plane(
        with_independent_inputs(held_out),
        units=list(nodes.index[nodes["role"] != "input"]),
        reference=reference_of(settings),
        estimator=layer_estimator(settings),
        rows=None if settings.distinct_days else settings.plane_rows,
        epochs=held_out.epochs[-1:],
        random_state=settings.generator("nodes"),
        progress=progress,
    ).data


def _forecast(
    recording: Recording, series: DailySeries, settings: CorrectedSettings
) -> pd.DataFrame:
    """Score the network on every window, and as it runs through the series."""
    import torch

    every = training_windows_of_all(series, settings)
    network = trained_network(recording)
    with torch.no_grad():
        _, outputs = network(torch.as_tensor(every.inputs))
    place = np.searchsorted(series.days, every.days[:, -1])
    _, running = run_through(network.weights, series)
    return forecast_errors(
        every, {"network": outputs.numpy(), "network, run through": running[place]}
    )


def training_windows_of_all(series: DailySeries, settings: CorrectedSettings) -> Windows:
    """Return the windows that slide by a day, split as those that were trained on."""
    if settings.blocked_split:
        return series.windows(settings.window_length)
    return series.leaking_windows(
        settings.window_length, 1, settings.test_fraction, settings.generator("split")
    )


def _seconds(recording: Recording, done: dict[str, xr.Dataset]) -> dict[str, float]:
    training = [float(recording.read(epoch).attrs["seconds"]) for epoch in recording.epochs]
    seconds = {"training": sum(training)}
    for name, stage in done.items():
        kind = name.partition("-")[0]
        seconds[kind] = seconds.get(kind, 0.0) + float(stage.attrs["seconds"])
    return seconds
