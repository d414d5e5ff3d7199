"""Recordings and results go to other processes: they can be pickled, copied and shown."""

import copy
import multiprocessing
import operator
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from infoscope import (
    KSG,
    Gaussian,
    Recording,
    data_processing_check,
    flow_measures,
    held_out_plane,
    information_flow,
    information_plane,
    lag_scan,
    learning_indicators,
    mutual_information,
    one_step_influence,
    rank_nodes,
    subsampling_drift,
    transfer_entropy,
    tse_complexity,
)
from infoscope.graphs import rank_significance
from infoscope.learning import seed_test
from infoscope.surrogates import shuffled_weights, untrained_networks

WEIGHTS = {
    "W_in": np.eye(2), "W": np.array([[0.0, 0.5], [0.2, 0.0]]), "W_out": np.ones((2, 1)),
    "b_h": np.zeros(2), "b_o": np.zeros(1), "h_0": np.zeros(2),
}  # fmt: skip


def network(**changes: object) -> Recording:
    x, h = np.random.default_rng(0).normal(size=(9, 8, 2)), np.zeros((9, 9, 2))
    for t in range(8):
        h[:, t + 1] = np.tanh(x[:, t] @ WEIGHTS["W_in"] + h[:, t] @ WEIGHTS["W"])
    blocks = {"inputs": x, "hidden": h[:, 1:], "outputs": h[:, 1:] @ WEIGHTS["W_out"]}
    return Recording.from_arrays(**{**blocks, **changes})  # pyright: ignore[reportArgumentType]


def of_kind(kind: str, folder: Path) -> Recording:
    rec = network(days=np.arange(8) + 4 * np.arange(9)[:, np.newaxis])
    if kind == "loaded":
        rec.save(folder / "rec.zarr")
        return Recording.load(folder / "rec.zarr")
    if kind == "unique days":
        return rec.unique_days()
    if kind == "trials":
        x = np.random.default_rng(0).normal(size=(9, 8, 2))
        return Recording.from_arrays(
            blocks={"a.h": x, "a.c": x**2}, lengths=[8, 7, 6] * 3,
            trials=list("abcabcabc"), units={"a.h": "mV"}, groups={"g": ["a.h.0"]},
        )  # fmt: skip
    null = {"untrained": untrained_networks, "shuffled": shuffled_weights}.get(kind)
    if null is not None:
        surrogate = pickle.loads(pickle.dumps(null(WEIGHTS)))
        return surrogate.sampler(rec, np.random.SeedSequence(0)).draw(0)
    return rec


def copies(what: object) -> list:
    return [pickle.loads(pickle.dumps(what)), copy.deepcopy(what), copy.copy(what)]


KINDS = ["arrays", "loaded", "unique days", "trials", "untrained", "shuffled"]


@pytest.mark.parametrize("kind", KINDS)
def test_recordings_and_their_flows_are_copied(tmp_path: Path, kind: str) -> None:
    rec = of_kind(kind, tmp_path)
    for again in copies(rec):
        assert again.epochs == rec.epochs
        xr.testing.assert_identical(again.fixed, rec.fixed)
        xr.testing.assert_identical(again.snapshot(), rec.snapshot())
        assert repr(again) == repr(rec)
    flow = information_flow(rec, estimator=Gaussian())
    for again in copies(flow):
        xr.testing.assert_identical(again.flow, flow.flow)
        assert again.alignment == flow.alignment
        assert repr(again) == repr(flow)
    again = pickle.loads(pickle.dumps(flow))
    found, expected = (f.significance("circular-shift", surrogates=5).p for f in (again, flow))
    xr.testing.assert_identical(found, expected)


def test_equality_is_identity_and_raises_nothing() -> None:
    one, other = network(), network()
    assert one == one
    assert one != other
    assert len({one, other}) == 2
    flows = [information_flow(rec, estimator=Gaussian()) for rec in (one, other)]
    assert flows[0] == flows[0]
    assert flows[0] != flows[1]


def test_both_show_themselves_in_one_line() -> None:
    rec = network()
    assert repr(rec) == (
        "Recording(2 input, 2 hidden, 1 output nodes; 9 sequences of 8 steps; 1 snapshot, epoch 0)"
    )
    shown = repr(information_flow(rec, estimator=Gaussian()))
    assert shown.startswith("FlowMatrix(5 nodes, lag 1, n = 45, Gaussian")
    assert "\n" not in shown


def test_a_snapshot_can_be_changed_without_changing_the_recording() -> None:
    rec = network()
    rec.snapshot()["more"] = ("node", [1.0])
    assert "more" not in rec.snapshot()


def test_measures_are_copied() -> None:
    found = flow_measures(network(), measures=["flow"])
    xr.testing.assert_identical(pickle.loads(pickle.dumps(found)), found)


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """A process that shares nothing with this one."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("kind", KINDS)
def test_recordings_are_analysed_in_another_process(
    tmp_path: Path, pool: ProcessPoolExecutor, kind: str
) -> None:
    rec = of_kind(kind, tmp_path)
    rows = pool.submit(operator.methodcaller("rows", "all"), rec).result()
    np.testing.assert_array_equal(rows, rec.rows("all"))
    assert same(pool.submit(copy.copy, rec).result(), rec)
    flow = pool.submit(information_flow, rec, estimator=Gaussian()).result()
    assert same(flow, information_flow(rec, estimator=Gaussian()))


def same(one: Any, other: Any) -> bool:
    """Whether two results hold the same, whatever they are made of."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Recording):
        both = [{"fixed": r.fixed, "last": r.snapshot(), "epochs": r.epochs} for r in (one, other)]
        return same(*both)
    if is_dataclass(one):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, (xr.Dataset, xr.DataArray)):
        return one.identical(other)
    if isinstance(one, (pd.DataFrame, pd.Series)):
        return one.equals(other)
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, nx.Graph):
        return nx.utils.graphs_equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (one != one and other != other)


X = np.random.default_rng(1).normal(size=(200, 3))
Y = X[:, :1] + np.random.default_rng(2).normal(size=(200, 1))


def learned() -> Recording:
    """Two snapshots of a network with targets."""
    x = X.reshape(20, 10, 3)
    h = np.tanh(np.stack([0.5 * x, x]) + 0.1 * X[::-1].reshape(20, 10, 3))
    return Recording.from_arrays(x, h, h[..., :2], x[..., :2], epochs=[0, 9])


RESULTS: dict[str, Callable[[], Any]] = {
    "FlowMatrix": lambda: information_flow(network(), estimator=Gaussian()),
    "FlowSignificance": lambda: information_flow(network(), estimator=Gaussian()).significance(
        "circular-shift", surrogates=5
    ),
    "ClosedFormFlow": lambda: information_flow(network(), estimator=Gaussian()).significance(
        "closed-form"
    ),
    "FlowMeasures": lambda: flow_measures(network()),
    "OneStepInfluence": lambda: one_step_influence(network(), model="linear"),
    "MeasureSignificance": lambda: flow_measures(learned()).significance(),
    "graph": lambda: information_flow(network(), estimator=Gaussian()).graph(threshold=0.01),
    "Ranking": lambda: rank_nodes(nx.path_graph(5, create_using=nx.DiGraph)),
    "RankSignificance": lambda: rank_significance(nx.path_graph(5, create_using=nx.DiGraph)),
    "InformationPlane": lambda: information_plane(learned(), estimator=KSG(k=3)),
    "LearningIndicators": lambda: learning_indicators(learned(), estimator=KSG(k=3), subsets=2),
    "corrected plane": lambda: held_out_plane(learned()),
    "Estimate": lambda: mutual_information(X, Y, significance=True),
    "transfer entropy": lambda: transfer_entropy(X[:, 0], Y, trials=np.repeat(range(4), 50)),
    "complexity": lambda: tse_complexity(X, subsets=2),
    "LagScan": lambda: lag_scan(X[:, 0], Y, lags=range(3), surrogates=19),
    "SubsamplingDrift": lambda: subsampling_drift(X, Y, estimator=Gaussian()),
    "Check": lambda: data_processing_check(1.0, 0.5, standard_error=0.1),
    "SeedTest": lambda: seed_test(np.arange(8.0)),
}


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_survives_a_copy_and_another_process(
    pool: ProcessPoolExecutor, name: str
) -> None:
    result = RESULTS[name]()
    for again in (*copies(result), pool.submit(copy.deepcopy, result).result()):
        assert same(again, result)
        assert isinstance(result, nx.Graph) or repr(again) == repr(result)


def test_a_difference_is_seen() -> None:
    flow = information_flow(network(), estimator=Gaussian())
    other = copy.deepcopy(flow)
    other.flow[0, 1] += 1e-12
    assert same(flow, copy.deepcopy(flow))
    assert not same(flow, other)
