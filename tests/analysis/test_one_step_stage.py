"""One-step influence and calibration in the analysis of a recording."""

import networkx as nx
import numpy as np
import pytest
import torch
from torch import nn

import infoscope as isc
from infoscope import InputError, Recording
from infoscope.analysis.analyze import analyze
from infoscope.analysis.stages.measures import LEFT_OUT
from infoscope.analysis.written.recording_tables import recording_summary, recording_tables

OPTIONS = {"estimator": "copula", "surrogates": 39, "lag": 1}
HIDDEN, ROWS = 10, 60


class Network(nn.Module):
    """Inputs, tanh units of which few are connected, one output."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.RNN(3, HIDDEN, batch_first=True)
        self.out = nn.Linear(HIDDEN, 4)
        with torch.no_grad():
            self.rnn.weight_hh_l0 *= (torch.rand(HIDDEN, HIDDEN) < 0.3) * 2.5

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the output at every step."""
        return self.out(self.rnn(x)[0])


@pytest.fixture(scope="module")
def known():
    """A network, its recording and the analysis with its causal flow."""
    torch.manual_seed(0)
    model, x = Network(), 0.7 * torch.randn(30, ROWS, 3)
    influence = isc.influence(model, x, measures="causal", contexts=200)
    return model, influence, analyze(isc.record(model, x), influence=influence, **OPTIONS)


@pytest.fixture(scope="module")
def linear(tmp_path_factory):
    """A linear network with noise: its weights (source, target), analysis and folder."""
    rng = np.random.default_rng(3)
    weights = np.where(rng.random((6, 6)) < 0.25, 0.45, 0.0)
    np.fill_diagonal(weights, 0.3)
    h = np.zeros((1500, 6))
    for t in range(1, len(h)):
        h[t] = h[t - 1] @ weights + rng.normal(size=6)
    out = tmp_path_factory.mktemp("linear") / "run"
    rec = Recording.from_arrays(hidden=h[None])
    return weights, rec, analyze(rec, out=out, **OPTIONS), out


def edges_of(weights: np.ndarray) -> set[tuple[str, str]]:
    return {(f"h{a}", f"h{b}") for a, b in np.argwhere(weights != 0.0) if a != b}


def test_needed_sources_are_the_wiring(linear) -> None:
    weights, _, found, _ = linear
    true = edges_of(weights)
    graph = found.connectivity
    # Each target has a false source with a probability of at most 10 %.
    assert true <= set(graph.edges)
    assert len(set(graph.edges) - true) <= 2
    assert all(values["p"] <= 0.1 and values["flow"] > 0.0 for *_, values in graph.edges(data=True))
    # Effects have the sign and, as units have equal spread, about the size of the weights.
    sd = found.study.pairs.table.std(axis=0)
    effect = found.one_step["effect"].to_numpy()
    for a, b in np.argwhere(weights != 0.0):
        if a != b:
            assert effect[a, b] == pytest.approx(weights[a, b] * sd[a] / sd[b], abs=0.08)


def test_the_stage_is_one_step_influence(linear) -> None:
    _, rec, found, _ = linear
    own = isc.one_step_influence(rec, model=found.one_step.attrs["models"]["0"])
    for name in ("score", "effect", "t", "bits"):
        np.testing.assert_allclose(found.one_step[name], own[name])
    np.testing.assert_allclose(found.one_step["order"], own.order())
    edges = own.edges()
    assert dict(found.connectivity.edges) == dict(edges.edges)
    assert found.connectivity.graph == edges.graph
    # The test of t needs no rows.
    np.testing.assert_allclose(found.one_step.significance().q, own.significance().q)


def test_a_finished_stage_is_read(linear) -> None:
    _, rec, found, out = linear
    again = analyze(rec, out=out, resume=True, **OPTIONS)
    assert again.stages["one_step"].identical(found.stages["one_step"])
    assert nx.utils.graphs_equal(again.connectivity, found.connectivity)


def test_the_table_of_edges_has_it(linear) -> None:
    _, _, found, _ = linear
    table = found.edge_table().set_index(["source", "target"])
    assert set(table.index[table["needed"]]) == set(found.connectivity.edges)
    for name in ("score", "effect", "standard_error", "t", "bits", "order"):
        expected = found.one_step[name].to_series().reindex(table.index)
        np.testing.assert_array_equal(table[f"one_step_{name}"], expected)


def test_recordings_of_too_few_rows_leave_it_out_with_the_reason() -> None:
    rows = np.random.default_rng(0).normal(size=(1, 8, 2))
    found = analyze(Recording.from_arrays(hidden=rows), measure="flow", **OPTIONS)
    assert found.one_step is None
    assert found.connectivity is None
    assert len(found.stages["one_step"].attrs[LEFT_OUT]) == 1
    assert any("one-step" in reason for reason in recording_summary(found)["left_out"])
    assert not [name for name in found.edge_table() if name.startswith("one_step")]


def test_calibration_scores_each_measure_on_the_same_pairs(known) -> None:
    model, influence, found = known
    scores = found.calibration.scores
    assert set(scores["block"]) == {"x→h", "h→h", "h→o"}
    assert (scores.groupby("block")["n"].nunique() == 1).all()
    h_h = scores[scores["block"] == "h→h"].set_index("measure")
    names = found.flow.nodes.index
    hidden = list(names[found.flow.nodes["role"] == "hidden"])
    at = {"source": hidden, "target": hidden}
    truth = influence["causal"].sel(at)
    # The connections that were left out have no causal flow at all.
    off = model.rnn.weight_hh_l0.detach().numpy().T == 0.0
    np.fill_diagonal(off, False)
    assert (truth.to_numpy()[off] == 0.0).all()
    # Against the scores of the matrices themselves.
    for name, values in (
        ("flow", found.flow.flow),
        ("one_step_score", found.one_step["score"]),
        ("one_step_t", np.abs(found.one_step["t"])),
    ):
        own = isc.score_edges(values.sel(at), truth).loc[0]
        for column in ("n", "prevalence", "auroc", "auprc", "spearman"):
            assert h_h.loc[name, column] == pytest.approx(own[column])
    assert h_h.loc["one_step_score", "auprc"] > 0.95 > h_h.loc["flow", "auprc"]
    assert found.calibration.best.set_index("block").loc["h→h", "auprc"] == h_h["auprc"].max()
    for area in ("auroc", "auprc"):
        assert (scores[f"{area}_low"] <= scores[area] + 1e-12).all()
        assert (scores[area] <= scores[f"{area}_high"] + 1e-12).all()


def test_pairs_are_the_strongest_by_either(known) -> None:
    _, influence, found = known
    pairs = found.calibration.pairs
    for row in pairs.itertuples():
        at = {"source": row.source, "target": row.target}
        assert row.causal == float(influence["causal"].sel(at))
        assert row.causal_error == float(influence["causal_error"].sel(at))
        assert row.flow == float(found.flow.flow.sel(at))
    for name in ("causal", "flow"):
        assert set(range(1, 9)) <= set(pairs[f"{name}_rank"])
        assert pairs.sort_values(name, ascending=False)[f"{name}_rank"].is_monotonic_increasing


def test_tables_hold_the_calibration(known, linear) -> None:
    _, _, found = known
    tables = recording_tables(found)
    assert tables["calibration"] is found.calibration.scores
    assert tables["calibration_pairs"] is found.calibration.pairs
    _, _, without, _ = linear
    assert without.calibration is None
    assert "calibration" not in recording_tables(without)


def test_influence_between_other_nodes_is_refused(known, linear) -> None:
    _, influence, _ = known
    _, rec, *_ = linear
    found = analyze(rec, influence=influence, **OPTIONS)
    with pytest.raises(InputError, match="influence"):
        _ = found.calibration
