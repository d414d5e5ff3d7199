"""Recordings and flows go to other processes: they can be pickled, copied and shown."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from infoscope import Gaussian, Recording, flow_measures, information_flow
from infoscope.nulls import shuffled_weights, untrained_networks

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
    null = {"untrained": untrained_networks, "shuffled": shuffled_weights}.get(kind)
    if null is not None:
        surrogate = pickle.loads(pickle.dumps(null(WEIGHTS)))
        return surrogate.sampler(rec, np.random.SeedSequence(0)).draw(0)
    return rec


def copies(what: object) -> list:
    return [pickle.loads(pickle.dumps(what)), copy.deepcopy(what), copy.copy(what)]


@pytest.mark.parametrize("kind", ["arrays", "loaded", "unique days", "untrained", "shuffled"])
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
