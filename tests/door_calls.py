"""Calls of every public function that are right, to be spoilt in one argument at a time."""

import copy
import functools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import xarray as xr

import infoscope as isc
from infoscope import networks as models
from infoscope import synthetic


@dataclass(frozen=True)
class Call:
    """A call that works, and of which kind each argument is.

    Kinds are the keys of `door_values.KINDS`, several joined by " | "; what is not listed goes by
    the argument's name (`BY_NAME`).
    """

    name: str
    function: Callable[..., Any]
    good: dict[str, Any]
    kinds: dict[str, str] = field(default_factory=dict)
    # How messages call an argument that has another name there.
    known_as: dict[str, str] = field(default_factory=dict)


BY_NAME = {
    "x": "samples", "y": "samples", "given": "samples", "source": "samples", "target": "samples",
    "data": "table", "trials": "trials", "times": "times", "estimator": "estimator",
    "random_state": "random_state", "n_jobs": "n_jobs", "recording": "recording",
    "graph": "graph or list", "ranking": "ranking", "curve": "curve", "indicator": "curve",
    "skill": "curve", "epoch": "epoch", "epochs": "epochs", "weights": "weights",
    "lag": "count", "k": "count | zero", "progress": "truth",
    "standard_error": "truth", "noise": "number | negative", "sigma": "number | negative",
    "subsets": "count | zero", "rows": "count | zero", "history": "count",
    "source_history": "count | zero", "given_lag": "count", "history_delay": "count | zero",
    "source_history_delay": "count | zero", "parts": "count | zero", "level": "number | negative",
    "threshold": "number", "surrogates": "count | zero", "samples": "count | zero",
    "permutations": "count | zero", "resamples": "count | zero", "confidence": "number | negative",
    "jitter": "number | negative", "theiler": "number | negative", "scale": "word",
    "jitter_unit": "word", "reference": "word", "role": "word", "edges": "word", "by": "word",
    "method": "word", "gauge": "word", "null": "word", "statistic": "word", "alternative": "word",
    "correction": "word", "policy": "word", "form": "word", "unit": "word", "measure": "word",
    "block": "word", "bins": "count | zero", "folds": "count | zero", "run": "count | zero",
    "pool": "truth", "below": "truth", "between": "truth", "logarithmic": "truth",
    "complete": "truth", "aligned": "truth", "match_spread": "truth", "draws": "count | zero",
    "path": "path", "tested": "mask", "control": "mask or none", "weight": "attribute",
    "entropy_estimator": "estimator", "memory": "number | negative", "iterations": "count | zero",
    "network": "network", "inputs": "values", "targets": "values", "settings": "settings",
    "state": "settings", "schedule": "callable", "on_snapshot": "callable", "seed": "count",
    "phi": "number", "density": "number | negative", "radius": "number", "n": "count | zero",
}  # fmt: skip

N = 60


@cache
def _arrays() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=N)
    walk = np.cumsum(rng.normal(size=(N, 3)), axis=0)
    return {"x": x, "y": 0.6 * x + 0.8 * rng.normal(size=N), "z": rng.normal(size=N), "walk": walk}


@cache
def recording() -> isc.Recording:
    """Two snapshots of a network of three inputs, three hidden nodes and two outputs."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(8, 12, 2))
    w = weights()
    h, o = [], []
    for size in (0.1, 1.0):
        states = np.zeros((8, 13, 3))
        for t in range(12):
            states[:, t + 1] = np.tanh(size * x[:, t] @ w["W_in"] + states[:, t] @ w["W"])
        h.append(states[:, 1:])
        o.append(states[:, 1:] @ w["W_out"] + 0.0)
    days = np.arange(8)[:, np.newaxis] + np.arange(12)
    noise = 0.1 * rng.normal(size=o[1].shape)
    return isc.Recording.from_arrays(x, h, o, o[1] + noise, days, epochs=[0, 5])


@cache
def weights() -> dict[str, Any]:
    """Weights of that network."""
    rng = np.random.default_rng(2)
    return {
        "W_in": rng.normal(size=(2, 3)), "W": 0.5 * rng.normal(size=(3, 3)), "b_h": np.zeros(3),
        "W_out": rng.normal(size=(3, 2)), "b_o": np.zeros(2), "h_0": np.zeros(3),
    }  # fmt: skip


@cache
def digraph() -> nx.DiGraph:
    """A graph of five nodes with roles, layers and flows."""
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(
        [("x0", "h0", 1.0), ("x0", "h1", 2.0), ("x1", "h0", 1.0), ("h0", "h1", 1.0),
         ("h1", "o0", 1.0), ("h0", "o0", 0.5), ("x1", "h1", 1.0)], weight="flow",
    )  # fmt: skip
    for node in graph:
        layer = "xho".index(node[0])
        graph.add_node(node, role=("input", "hidden", "output")[layer], layer=layer)
    return graph


@cache
def flow() -> isc.FlowMatrix:
    """Flow between all nodes of the recording."""
    return isc.information_flow(recording(), estimator=isc.Gaussian(), n_jobs=1)


@cache
def significance() -> isc.FlowSignificance:
    """That flow beside 29 surrogates."""
    return flow().significance("iid-shuffle", surrogates=29, n_jobs=1)


@cache
def curve() -> xr.DataArray:
    """A rise and a fall over eight epochs."""
    values = [0.0, 1.0, 3.0, 4.0, 3.5, 3.0, 2.0, 2.5]
    return xr.DataArray(values, coords={"epoch": 5 * np.arange(8)}, dims="epoch", name="curve")


@cache
def network() -> Any:
    """A network of torch."""
    return models.FullyRecurrent(2, 3, 1, random_state=0)


@cache
def saved() -> str:
    """Where the recording is saved."""
    path = Path(tempfile.mkdtemp()) / "saved.zarr"
    recording().save(path)
    return str(path)


def _free_path() -> str:
    return str(Path(tempfile.mkdtemp()) / "free.zarr")


def calls() -> list[Call]:
    """One call or more of every public function, and of the methods that take arguments."""
    return [
        *_measures(), *_estimators(), *_recordings(), *_graphs(), *_curves(), *_networks(),
        *_models(),
    ]  # fmt: skip


def _measures() -> list[Call]:
    a = _arrays()
    pair, alone = {"x": a["x"], "y": a["y"]}, {"data": a["walk"], "n_jobs": 1, "random_state": 0}
    labels, when = np.repeat([0, 1, 2], N // 3), np.arange(float(N))
    common = {"trials": labels, "times": when, "random_state": 0, "n_jobs": 1}
    ksg, gaussian, kl = isc.KSG(), isc.Gaussian(), isc.KozachenkoLeonenko()
    several = [
        Call(f.__name__, f, {**alone, "estimator": gaussian})
        for f in (isc.total_correlation, isc.dual_total_correlation, isc.o_information,
                  isc.s_information)
    ]  # fmt: skip
    flows = np.random.default_rng(0).normal(size=(30, 4, 4))
    mask = ~np.eye(4, dtype=bool)
    return [
        Call(
            "mutual_information", isc.mutual_information,
            {**pair, **common, "given": a["z"], "estimator": "auto", "standard_error": False},
        ),
        Call("mutual_information (ross)", isc.mutual_information,
             {"x": a["x"], "y": a["y"] > 0, "estimator": isc.Ross(), "n_jobs": 1},
             {"y": "classes", "estimator": "strange", "n_jobs": "strange"}),
        Call(
            "transfer_entropy", isc.transfer_entropy,
            {"source": a["x"], "target": a["y"], "lag": 1, "history": 1, "source_history": 1,
             "given": a["z"], "estimator": "auto", **common, "given_lag": 1, "history_delay": 1,
             "source_history_delay": 1, "standard_error": False},
        ),
        Call("entropy", isc.entropy,
             {"x": a["x"], "estimator": kl, "random_state": 0, "n_jobs": 1,
              "standard_error": False}, {"x": "values"}),
        Call("pairwise_information", isc.pairwise_information,
             {**alone, "lag": 1, "estimator": ksg, "trials": labels, "progress": False,
              "memory": 100.0}),
        *several,
        Call("tse_complexity", isc.tse_complexity,
             {**alone, "subsets": 3, "estimator": isc.KozachenkoLeonenko(k=3)}),
        Call("subsampling_drift", isc.subsampling_drift,
             {**pair, **common, "given": a["z"], "estimator": gaussian, "parts": 3,
              "threshold": 3.0},
             {"threshold": "number | negative", **dict.fromkeys("xy", "numbers"),
                                  "given": "numbers"}),
        Call("ceiling_check", isc.ceiling_check,
             {"values": a["x"], "ceiling": 9.0, "share": 0.9},
             {"values": "measured", "ceiling": "limit", "share": "number | negative"}),
        Call("data_processing_check", isc.data_processing_check,
             {"processed": a["x"], "original": a["x"], "standard_error": 0.1, "errors": 2.0},
             {"processed": "measured", "original": "measured",
              "standard_error": "limit | negative", "errors": "number | negative"}),
        Call("auroc", isc.learning.auroc, {"learning": a["x"], "control": a["y"]},
             {"learning": "values", "control": "values"}),
        Call("partial_spearman", isc.learning.partial_spearman,
             {"indicator": a["x"], "skill": a["y"], "given": a["z"]},
             {"indicator": "line", "skill": "line", "given": "numbers"}),
        Call("seed_test", isc.learning.seed_test,
             {"values": a["x"], "confidence": 0.9, "resamples": 99, "random_state": 0},
             {"values": "seeds"}),
        Call("significance_of", isc.nulls.significance_of,
             {"observed": flows[0], "surrogates": flows[1:], "tested": mask, "control": ~mask,
              "alternative": "greater", "pool": False},
             {"observed": "matrix", "surrogates": "matrix", "nodes": "frame", "alike": "strange",
              "null": "text"}),
        Call("lag_scan", isc.lag_scan,
             {"source": a["x"], "target": a["y"], "lags": [0, 1], "quantity": "mutual_information",
              "estimator": gaussian, "random_state": 0, "n_jobs": 1},
             {"source": "numbers", "target": "numbers", "lags": "reals", "quantity": "word"}),
        Call("surrogates_needed", isc.nulls.surrogates_needed,
             {"level": 0.05, "edges": 10, "correction": "fwer", "discoveries": 1},
             {"edges": "count | zero", "discoveries": "count | zero"}),
        Call("flow_measures", isc.flow_measures,
             {**alone, "measures": ["flow", "full_conditional"], "estimator": gaussian, "lag": 1,
              "noise": 0.01, "progress": False},
             {"data": "table of nodes", "measures": "words", "inputs": "words or none",
              "epoch": "strange"}),
        Call("one_step_influence", isc.one_step_influence,
             {"data": a["walk"], "model": "best", "unrecorded": False, "random_state": 0,
              "progress": False},
             {"data": "table of nodes", "model": "word", "epoch": "strange"}),
    ]  # fmt: skip


def _estimators() -> list[Call]:
    recorded = {"size": 20, "rows": 300, "hidden_share": 0.3, "seed": 0}
    settings = {
        isc.KSG: {"k": 4, "variant": 1, "scale": "none", "jitter": 0.0, "theiler": 0.0,
                  "jitter_unit": "absolute"},
        isc.MixedKSG: {"k": 4, "form": "code", "scale": "none"},
        isc.Ross: {"k": 4},
        isc.Gaussian: {"copula": False, "bias_correction": True},
        isc.Discrete: {"correction": "none"},
        isc.Binned: {"bins": 30, "by": "width", "correction": "none"},
        isc.NoiseProbe: {"sigma": 0.1, "policy": "absolute"},
        isc.LinearDecoder: {"folds": 5, "ridge": 1e-3},
        isc.LabelDecoder: {"folds": 5, "scale": "rank"},
        isc.nulls.TrialShift: {"minimum": 3},
        isc.KozachenkoLeonenko: {"k": 4, "jitter": 0.0, "norm": "max", "jitter_unit": "absolute"},
        isc.nulls.CircularShift: {"minimum": 3, "axis": "auto"},
        isc.nulls.LagSwap: {"block": 3, "axis": "auto"},
        isc.nulls.BlockPermutation: {"length": 3.0, "axis": "auto"},
        isc.nulls.LocalPermutation: {"neighbours": 5},
        synthetic.Chain: {"n": 4, "phi": 0.6, "coupling": 0.5},
        synthetic.IndependentNodes: {"n": 4, "phi": 0.9},
        synthetic.SparseAutoregression: {"n": 5, "in_degree": 2, "radius": 0.9, "seed": 0},
        synthetic.SkipPath: {"noise": 0.3},
        synthetic.SharedTrend: {"n": 4, "period": 100.0, "amplitude": 1.0},
        synthetic.CommonDriver: {"delays_of": (1, 2), "phi": 0.6, "coupling": 1.0,
                                 "observed": True},
        synthetic.FeedForward: {"layers": 3, "width": 3, "density": 0.5, "gain": 1.5,
                                "sigma": 0.2, "phi": 0.0, "seed": 0},
        synthetic.SparseRecurrent: {"inputs": 2, "hidden": 5, "outputs": 1, "density": 0.5,
                                    "outer_density": 0.5, "radius": 0.9, "sigma": 0.05,
                                    "phi": 0.0, "seed": 0},
        synthetic.LogisticMaps: {"n": 3, "coupling": 0.4, "noise": 0.1},
        synthetic.ProductGate: {"noise": 1.0},
        synthetic.EchoState: {**recorded, "noise": 0.1, "density": 0.3, "radius": 0.9,
                              "input_scale": 0.3, "process_noise": 0.1, "leak": 0.5, "phi": 0.5},
        synthetic.NearCritical: {**recorded, "noise": 0.1, "excitatory": 1, "inhibitory": 1,
                                 "density": 0.1, "gain": 1.1, "process_noise": 0.1, "leak": 0.2},
        synthetic.GrowthNetwork: {**recorded, "noise": 0.1, "in_degree": 3, "inputs": 2,
                                  "input_density": 0.5, "gain": 0.9, "input_scale": 0.3,
                                  "process_noise": 0.3},
        synthetic.SpikingGLM: {**recorded, "density": 0.2, "excitatory": 0.8, "rate": 8.0,
                               "weight": 0.3, "rhythm": 0.3},
        synthetic.IzhikevichNetwork: {**recorded, "density": 0.2, "excitatory": 0.8,
                                      "weight": 5.0, "input_rate": 5.0},
        synthetic.Lorenz96: {**recorded, "noise": 0.1, "forcing": 8.0, "interval": 0.05},
        synthetic.LinearNetwork: {**recorded, "noise": 0.1, "in_degree": 2, "radius": 0.9},
        synthetic.ContextDecisionNetwork: {**recorded, "noise": 0.1, "within": 0.3,
                                           "between": 0.1, "leak": 0.2, "process_noise": 0.1},
        synthetic.GatedFlipFlop: {**recorded, "noise": 0.1, "cell": "lstm"},
        synthetic.WeatherNetwork: {**recorded, "noise": 0.1},
    }  # fmt: skip
    kinds = {
        "variant": "count | zero", "copula": "truth", "bias_correction": "truth",
        "ridge": "number | negative", "minimum": "count | zero", "axis": "word", "norm": "word",
        "length": "number | negative", "neighbours": "count | zero", "coupling": "number",
        "in_degree": "count", "period": "number | negative", "amplitude": "number",
        "delays_of": "delays", "observed": "truth", "layers": "count | zero",
        "width": "count | zero", "gain": "number | negative", "inputs": "count | zero",
        "hidden": "count | zero", "outputs": "count | zero", "outer_density": "number | negative",
        "block": "count | zero", "size": "count | zero", "rows": "count | zero",
        "hidden_share": "number | negative", "input_scale": "number | negative",
        "process_noise": "number | negative", "leak": "number | negative",
        "inhibitory": "count", "input_density": "number | negative",
        "rate": "number | negative", "weight": "number | negative", "rhythm": "number | negative",
        "input_rate": "number | negative", "forcing": "number",
        "interval": "number | negative", "within": "number | negative",
        "between": "number | negative", "cell": "word",
    }  # fmt: skip
    return [
        *(
            Call(kind.__name__, kind, good, {key: kinds[key] for key in good if key in kinds})
            for kind, good in settings.items()
        ),
        Call("SyntheticSystem.sample", synthetic.Chain(n=3).sample,
             {"n": 50, "random_state": 0, "standardise": False}, {"standardise": "truth"}),
        Call("Bed.recording", synthetic.LinearNetwork(rows=50).recording, {"random_state": 0}),
        Call("SyntheticSystem.recording", synthetic.Chain(n=3).recording,
             {"n": 50, "random_state": 0}),
        Call("RecordingSurrogate", isc.nulls.RecordingSurrogate,
             {"name": "a", "keeps": "b", "tests": "c", "caveat": "d", "make": len},
             {"make": "callable", **dict.fromkeys(("name", "keeps", "tests", "caveat"), "text")}),
        Call("describe_nulls", isc.nulls.describe_nulls, {"nulls": [isc.nulls.CircularShift()]},
             {"nulls": "things"}),
    ]  # fmt: skip


def _recordings() -> list[Call]:
    x = np.random.default_rng(0).normal(size=(4, 6, 2))
    of = {"recording": recording()}
    decoder = isc.LinearDecoder(folds=2)
    ksg, kl = isc.KSG(k=3), isc.KozachenkoLeonenko(k=3, jitter=1e-10)
    plane = isc.information_plane(recording(), units="nodes", estimator=ksg, n_jobs=1)
    return [
        Call("Recording.from_arrays", isc.Recording.from_arrays,
             {"inputs": x, "hidden": np.stack([x, x]), "outputs": np.stack([x, x]), "targets": x,
              "days": np.arange(24.0).reshape(4, 6), "epochs": [0, 1],
              "names": {"inputs": ["a", "b"]}},
             {"hidden": "blocks", "outputs": "blocks", "inputs": "blocks", "targets": "blocks",
              "days": "days", "names": "names", "epochs": "new epochs"}),
        Call("Recording.load", isc.Recording.load, {"path": saved()}),
        Call("Recording.save", recording().save, {"path": _free_path()}, {"path": "new path"}),
        Call("Recording.snapshot", recording().snapshot, {"epoch": 0}),
        Call("Recording.activations", recording().activations, {"epoch": 0, "aligned": True}),
        Call("Recording.rows", recording().rows, {"block": "hidden", "epoch": 0, "limit": 3},
             {"limit": "count"}),
        Call("RecordingWriter", isc.RecordingWriter, {"root": saved()}, {"root": "path"},
             {"root": "path"}),
        Call("RecordingWriter.create", isc.RecordingWriter.create,
             {"path": _free_path(), "fixed": xr.Dataset()},
             {"path": "new path", "fixed": "not a dataset"}),
        Call("RecordingWriter.append", isc.RecordingWriter(saved()).append,
             {"epoch": 5, "snapshot": recording().snapshot(5)},
             {"epoch": "count", "snapshot": "not a dataset"}),
        Call("information_flow", isc.information_flow,
             {**of, "lag": 1, "estimator": isc.Gaussian(), "edges": "all", "epoch": 0,
              "aligned": True, "random_state": 0, "n_jobs": 1, "progress": False},
             {"recording": "recording or table"}, {"recording": "data"}),
        Call("describe", isc.describe, {**of, "epoch": 0}),
        Call("models.nearest_bed", isc.models.nearest_bed,
             {**of, "influence": isc.one_step_influence(recording(), model="linear"), "epoch": 0,
              "random_state": 0}, {"influence": "not a dataset or none"}),
        Call("analyze", isc.analyze,
             {**of, "measure": "transfer_entropy", "estimator": "copula", "null": "iid-shuffle",
              "surrogates": 19, "lag": 1, "aligned": "none", "unrecorded": False, "groups": None,
              "random_state": 0, "progress": False},
             {"recording": "strange"}),
        Call("read", isc.read,
             {"source": x[0], "axes": ["time", "unit"], "names": ["a", "b"],
              "sampling_interval": 0.1, "missing": "refuse"},
             {"source": "strange", "missing": "word", "sampling_interval": "number | negative"}),
        Call("FlowMatrix.graph", flow().graph, {"threshold": 0.1, "measure": "flow"}),
        Call("FlowMatrix.significance", flow().significance,
             {"null": "circular-shift", "surrogates": 3, "random_state": 0, "pool": False,
              "n_jobs": 1, "progress": False}, {"null": "null"}),
        *(
            Call(f"FlowSignificance.{name}", getattr(significance(), name), good, kinds)
            for name, good, kinds in (
                ("threshold_fwer", {"level": 0.1, "unit": "bits"}, {}),
                ("threshold_fdr", {"level": 0.1, "unit": "bits"}, {}),
                ("expected_false_edges", {"threshold": 0.1}, {}),
                ("significant", {"level": 0.1, "correction": "fwer"}, {}),
                ("graph", {"level": 0.1, "correction": "fwer", "threshold": 0.0}, {}),
                ("thresholds", {"constants": (0.1,)}, {"constants": "reals"}),
                ("false_positive_control", {"level": 0.1}, {}),
                ("to_frame", {"control": False}, {"control": "truth"}),
            )
        ),
        *(
            Call(f"ClosedFormFlow.{name}", getattr(flow().significance("closed-form"), name), good)
            for name, good in (
                ("threshold_fwer", {"level": 0.1, "unit": "bits"}),
                ("threshold_fdr", {"level": 0.1, "unit": "bits"}),
                ("expected_false_edges", {"threshold": 0.1}),
                ("significant", {"level": 0.1, "correction": "fwer"}),
                ("graph", {"level": 0.1, "correction": "fwer", "threshold": 0.0}),
                ("false_positive_control", {"level": 0.1}),
            )
        ),
        Call("flow_measures (recording)", isc.flow_measures,
             {"data": recording(), "measures": ["flow"], "inputs": ["x0"], "epoch": 0, "lag": 1},
             {"data": "strange", "measures": "words", "inputs": "words or none"}),
        Call("one_step_influence (recording)", isc.one_step_influence,
             {"data": recording(), "model": "linear", "epoch": 0, "aligned": "auto"},
             {"data": "strange", "model": "word"}),
        Call("information_plane", isc.information_plane,
             {**of, "units": ["h0"], "reference": "targets", "estimator": ksg, "rows": 50,
              "epochs": [5], "random_state": 0, "n_jobs": 1, "progress": False},
             {"units": "words", "reference": "word"}),
        Call("InformationPlane.correlation", plane.correlation,
             {"role": "hidden", "normalised": False}, {"normalised": "truth"}),
        Call("learning_indicators", isc.learning_indicators,
             {**of, "reference": "targets", "estimator": ksg, "rows": 50,
              "entropy_estimator": kl, "subsets": 2, "epochs": [0, 5], "random_state": 0,
              "n_jobs": 1, "progress": False, "complexity_epochs": [5]},
             {"complexity_epochs": "epochs or none"}),
        Call("held_out_plane", isc.held_out_plane,
             {**of, "held_out": recording(), "decoder": decoder, "ksg": ksg, "sigmas": [0.3],
              "lags": 2, "smoothing": 0.1, "subsets": 2, "blocks": 2, "epochs": [5],
              "random_state": 0, "n_jobs": 1, "progress": False},
             {"held_out": "recording", "decoder": "estimator", "ksg": "estimator",
              "sigmas": "reals", "lags": "count | zero", "smoothing": "number | negative",
              "blocks": "count | zero"}),
        Call("network_influence", isc.network_influence,
             {**of, "weights": weights(), "epoch": 5, "noise": 0.1, "draws": 2,
              "random_state": 0}),
        Call("random_kicks", isc.models.random_kicks,
             {**of, "size": 1.0, "every": 3, "random_state": 0},
             {"size": "number | negative", "every": "count | zero"}),
        Call("kicked_steps", isc.models.kicked_steps,
             {**of, "kicks": isc.models.random_kicks(recording()), "shown": True},
             {"kicks": "frame | none", "shown": "truth"}),
        Call("untrained_networks", isc.nulls.untrained_networks,
             {"weights": weights(), "run": len, "initial_scale": 0.01, "match_spread": True},
             {"run": "callable", "initial_scale": "number | negative", "weights": "any weights"}),
        Call("shuffled_weights", isc.nulls.shuffled_weights, {"weights": weights(), "run": len},
             {"run": "callable", "weights": "any weights"}),
        Call("gradient_statistics", isc.learning.gradient_statistics,
             {"recording": with_gradients()}),
    ]  # fmt: skip


def with_gradients() -> isc.Recording:
    """A recording of one snapshot with a gradient."""
    snapshot = xr.Dataset({"gradient_b": ("node", [-1.0, 3.0])})
    return isc.Recording(xr.Dataset(), (10,), lambda epoch: snapshot)


@cache
def graph_file() -> str:
    path = Path(tempfile.mkdtemp()) / "graph.json"
    isc.graphs.write_graph(digraph(), path)
    return str(path)


def _graphs() -> list[Call]:
    graph, ranking = digraph(), isc.rank_nodes(digraph())
    table = isc.graphs.compare_rankings(digraph())
    truth = flow().flow > 0.1
    return [
        Call("degrees", isc.graphs.degrees, {"graph": graph}, {"graph": "digraph"}),
        Call("degree_correlation", isc.graphs.degree_correlation, {"graph": graph},
             {"graph": "digraph"}),
        Call("neighbour_similarity", isc.graphs.neighbour_similarity,
             {"graph": graph, "role": "hidden"}, {"graph": "digraph"}),
        Call("node_order", isc.graphs.node_order,
             {"graph": graph, "order": "rank", "ranking": ranking},
             {"graph": "digraph", "order": "word", "ranking": "ranking"}),
        Call("write_graph", isc.graphs.write_graph,
             {"graph": graph, "path": graph_file(), "ranking": ranking, "values": None,
              "order": "rank"},
             {"graph": "digraph", "order": "word", "values": "strange"}),
        Call("read_graph", isc.graphs.read_graph, {"path": graph_file()}),
        Call("rank_nodes", isc.rank_nodes,
             {"graph": graph, "method": "jacobi", "iterations": 20, "weight": "flow",
              "gauge": "mean"}),
        Call("rank_nodes (matrix)", isc.rank_nodes, {"graph": graph}, {"graph": "graph"}),
        Call("class_order", isc.graphs.class_order,
             {"ranking": ranking, "by": "role", "complete": True, "permutations": 9,
              "random_state": 0}),
        Call("compare_rankings", isc.graphs.compare_rankings,
             {"graph": graph, "weight": "flow", "alpha": 1.0}, {"alpha": "number | negative"}),
        Call("rank_agreement", isc.graphs.rank_agreement,
             {"table": table, "by": "role", "permutations": 9, "random_state": 0},
             {"table": "frame | none"}),
        Call("rank_significance", isc.graphs.rank_significance,
             {"graph": graph, "null": "block", "statistic": "directedness", "surrogates": 9,
              "alternative": "greater", "weight": "flow", "blocks": "role", "random_state": 0,
              "n_jobs": 1}, {"blocks": "node labels"}),
        Call("score_edges", isc.score_edges,
             {"measure": flow().flow, "truth": truth, "nodes": recording().nodes, "resamples": 9,
              "random_state": 0},
             {"measure": "pairs", "truth": "pairs", "nodes": "frame"}, {"measure": "nodes"}),
    ]  # fmt: skip


def _curves() -> list[Call]:
    blocks = xr.DataArray([-0.01, 0.0, 0.01], dims="block")
    of_seed = {s: xr.Dataset({"skill": curve() * s}) for s in (1, 2)}
    rising = "curve | increasing curve"
    return [
        Call("compression", isc.learning.compression,
             {"curve": curve(), "replicates": curve() + blocks, "confidence": 0.9},
             {"replicates": "curve"}),
        Call("turn_count", isc.learning.turn_count, {"curve": curve(), "threshold": 0.1},
             {"threshold": "limit | negative"}),
        Call("change_point", isc.learning.change_point, {"curve": curve(), "logarithmic": True},
             {"curve": rising}),
        Call("crossing_epoch", isc.learning.crossing_epoch,
             {"curve": curve(), "level": 2.0, "below": False, "run": 2, "between": True},
             {"curve": rising, "level": "number"}),
        Call("indicator_leads", isc.learning.indicator_leads,
             {"indicator": curve(), "skill": curve() * 2, "shares": (0.5,), "run": 2,
              "between": False},
             {"indicator": rising, "skill": rising, "shares": "reals"}),
        Call("progress_curve", isc.learning.progress_curve, {"curve": curve()}, {"curve": rising}),
        Call("stack_seeds", isc.learning.stack_seeds, {"datasets": of_seed},
             {"datasets": "of seeds"}),
        Call("seed_band", isc.learning.seed_band,
             {"stacked": isc.learning.stack_seeds(of_seed), "quantiles": (0.1, 0.5)},
             {"stacked": "dataset", "quantiles": "reals"}),
    ]  # fmt: skip


@functools.wraps(models.train)
def _train(network: Any, *args: Any, **options: Any) -> Any:
    """Train a copy: a network that comes twice should be the same twice."""
    return models.train(copy.deepcopy(network), *args, **options)


def _networks() -> list[Call]:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 6, 2)), rng.normal(size=(4, 6, 1))
    settings = models.TrainingSettings(epochs=2)
    every = models.early_and_every(1)
    fresh = models.FullyRecurrent(2, 3, 1, random_state=0)
    member = models.EnsembleMember(network(), x, y, settings)
    windows = dict.fromkeys(("inputs", "targets"), "blocks")
    return [
        Call("FullyRecurrent", models.FullyRecurrent,
             {"n_inputs": 2, "n_hidden": 3, "n_outputs": 1, "initial_scale": 0.01,
              "random_state": 0},
             {"n_inputs": "count | zero", "n_hidden": "count | zero",
              "n_outputs": "count | zero", "initial_scale": "number | negative",
              "dtype": "dtype"}),
        Call("FullyRecurrent.load_arrays", fresh.load_arrays, {"arrays": fresh.arrays()},
             {"arrays": "weights"}),
        Call("TrainingSettings", models.TrainingSettings,
             {"epochs": 9, "learning_rate": 0.1, "learning_rate_decay": 0.9, "momentum": 0.5,
              "final_momentum": 0.9, "momentum_switch_epoch": 5, "snapshot_every": 3},
             {"epochs": "count | zero", "learning_rate": "number | negative",
              "learning_rate_decay": "number | negative", "momentum": "number | negative",
              "final_momentum": "number | negative", "momentum_switch_epoch": "count",
              "snapshot_every": "count | zero"}),
        Call("train", _train,
             {"network": fresh, "inputs": x, "targets": y, "settings": settings,
              "schedule": every},
             {**windows, "schedule": "callable", "on_snapshot": "callable"}),
        Call("train_ensemble", models.train_ensemble,
             {"members": [member], "n_jobs": 1, "schedule": every},
             {"members": "things", "schedule": "callable", "on_snapshot": "callable"}),
        Call("gradient_signal_to_noise", models.gradient_signal_to_noise,
             {"network": network(), "inputs": x, "targets": y}, windows),
        Call("early_and_every", models.early_and_every, {"every": 10}, {"every": "count | zero"}),
    ]  # fmt: skip


def _models() -> list[Call]:
    """Functions of anyone's model."""
    import torch

    torch.manual_seed(0)
    gru = torch.nn.GRU(2, 3, batch_first=True)
    x = np.random.default_rng(0).normal(size=(4, 6, 2))
    probe = {"model": gru, "inputs": x, "units": "gru"}
    own = {"inputs": "probe", "units": "strange", "lengths": "strange", "gates": "truth",
           "dtype": "word", "progress": "truth"}  # fmt: skip
    of_influence = {**own, "contexts": "zero | strange", "noise": "number | negative",
                    "draws": "count | zero", "measures": "word", "lags": "strange",
                    "groups": "strange", "stimulate": "number | negative", "null": "strange",
                    "surrogates": "count | zero", "messages": "strange"}  # fmt: skip
    return [
        Call("record", isc.record,
             {**probe, "gates": False, "dtype": "float32", "progress": False}, own,
             {"model": "state"}),
        Call("check", isc.check, {**probe, "gates": False, "dtype": "float32"},
             {**own, "inputs": "text", "units": "text", "lengths": "text"}),
        Call("influence", isc.influence,
             {**probe, "measures": ["causal"], "contexts": 20, "noise": 0.1, "draws": 1,
              "lags": 1, "surrogates": 2, "groups": None, "stimulate": 1.0, "null": None,
              "messages": None},
             of_influence, {"model": "state"}),
        Call("Influence.significance",
             isc.influence(
                 gru, x, measures="causal", null="untrained", surrogates=3, lags=2
             ).significance,
             {"lag": 1}),
        Call("knockout", isc.knockout,
             {**probe, "targets": np.zeros((4, 6, 3)), "nodes": "x0", "how": "mean", "draws": 1,
              "loss": "mse"},
             {**own, "targets": "blocks", "how": "word", "draws": "count | zero",
              "nodes": "strange", "loss": "strange"}, {"model": "state"}),
        Call("watch", isc.watch,
             {"model": gru, "probe": (x, np.zeros((4, 6, 3))), "budget": 0.1, "progress": False},
             {**own, "probe": "strange", "budget": "number | negative", "every": "zero | negative"},
             {"probe": "inputs", "held_out": "inputs", "model": "state"}),
    ]  # fmt: skip
