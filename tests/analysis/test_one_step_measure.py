"""Edges decided by one-step influence, with all units recorded and with units missing."""

import json

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import infoscope as isc
from infoscope import InputError, Recording
from infoscope.analysis.analyze import analyze
from infoscope.analysis.needed_sources import NeededSources
from infoscope.analysis.written.recording_tables import recording_summary
from infoscope.cli import app
from infoscope.report.documents import recording_document
from infoscope.report.files import report_of_run

OPTIONS = {"estimator": "copula", "surrogates": 39, "lag": 1}


def linear(weights: np.ndarray, rows: int, rng: np.random.Generator) -> np.ndarray:
    h = np.zeros((rows, len(weights)))
    for t in range(1, rows):
        h[t] = h[t - 1] @ weights + rng.normal(size=len(weights))
    return h


@pytest.fixture(scope="module")
def wiring() -> np.ndarray:
    rng = np.random.default_rng(3)
    weights = np.where(rng.random((6, 6)) < 0.25, 0.45, 0.0)
    np.fill_diagonal(weights, 0.3)
    return weights


@pytest.fixture(scope="module")
def values(wiring) -> np.ndarray:
    return linear(wiring, 1500, np.random.default_rng(4))


@pytest.fixture(scope="module")
def found(values):
    return analyze(Recording.from_arrays(hidden=values[None]), measure="one_step", **OPTIONS)


def test_edges_are_the_wiring(wiring, found) -> None:
    true = {(f"h{a}", f"h{b}") for a, b in np.argwhere(wiring) if a != b}
    assert set(found.graphs["FWER 5%"].edges) == true
    assert true <= set(found.graphs["FDR 10%"].edges)
    assert len(set(found.graphs["FDR 10%"].edges) - true) <= 2


def test_the_graphs_are_one_greedy_choice(values, found) -> None:
    own = isc.one_step_influence(values, model=found.one_step.attrs["models"]["0"]).needed(0.1)
    chosen = own["needed"].to_numpy()
    graph = nx.to_numpy_array(found.graphs["FDR 10%"], weight=None) > 0
    np.testing.assert_array_equal(graph, chosen)
    assert set(found.connectivity.edges) == set(found.graphs["FDR 10%"].edges)
    # Bonferroni over the 30 candidate pairs, among the chosen.
    strict = nx.to_numpy_array(found.graphs["FWER 5%"], weight=None) > 0
    np.testing.assert_array_equal(strict, chosen & (own["needed_p"].to_numpy() * 30 <= 0.05))
    np.testing.assert_allclose(found.values, own["needed_bits"])
    p, q = found.edge_tests["p"].to_numpy(), found.edge_tests["q"].to_numpy()
    np.testing.assert_allclose(p, own["needed_p"])
    np.testing.assert_allclose(q[chosen], np.minimum(5.0 * p[chosen], 1.0))
    assert (q[~chosen & np.isfinite(p)] == 1.0).all()
    for *_, edge in found.graphs["FDR 10%"].edges(data=True):
        assert edge["flow"] > 0.0


def test_the_level_is_that_of_the_settings(values) -> None:
    """Against `OneStepInfluence.needed` at several levels: the stricter, the fewer."""
    own = isc.one_step_influence(values)
    counts = [int(own.needed(level)["needed"].sum()) for level in (1e-6, 0.1, 0.9)]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
    for level in (1e-6, 0.9):
        needed = own.needed(level)
        p = needed["needed_p"].where(needed["needed"])
        assert float((p * 5).max()) <= level


def test_false_edges_without_any_connection() -> None:
    """FWER 5 %: in 60 independent recordings, more than 9 with an edge have p < .002."""
    rng = np.random.default_rng(11)
    wrong = 0
    for _ in range(60):
        data = rng.normal(size=(150, 5))
        needed = isc.one_step_influence(data, model="linear").needed(0.1)
        nodes = pd.DataFrame({"role": "hidden"}, index=needed["source"].to_numpy())
        wrong += bool(NeededSources.of(needed, nodes).significant(0.05).any())
    assert wrong <= 9


def test_ranks_tests_and_summary_are_of_these_edges(found) -> None:
    ranks = found.rankings["FDR 10%"].ranks
    assert set(ranks.index) == set(found.flow.nodes.index)
    summary = recording_summary(found)
    assert summary["measure"] == "one_step"
    for name, graph in found.graphs.items():
        assert summary["graph"][name]["edges"] == graph.number_of_edges()
    table = found.edge_table()
    assert table["significant"].sum() == found.graphs["FDR 10%"].number_of_edges()
    frame = found.test.to_frame()
    assert len(frame) == 30
    assert (frame["q"] <= 0.1).sum() == table["needed"].sum()
    assert found.test.plot().axes


def test_the_page_selects_the_same_edges(found) -> None:
    view = recording_document(found).networks[0].measures[0]
    assert view.measure == "one_step"
    for level in view.levels:
        p = {"fwer": view.p_fwer, "fdr": view.q}[level.correction]
        edges = int((np.nan_to_num(p, nan=1.0) <= level.level).sum())
        assert edges == found.graphs[level.name].number_of_edges()


def test_rows_that_are_too_few_are_an_error_if_they_decide() -> None:
    rows = np.random.default_rng(0).normal(size=(1, 8, 2))
    with pytest.raises(InputError, match="pairs of consecutive steps"):
        analyze(Recording.from_arrays(hidden=rows), measure="one_step", **OPTIONS)


def test_groups_are_tested_by_their_flow(values) -> None:
    groups = {"a": ["h0", "h1", "h2"], "b": ["h3", "h4", "h5"]}
    rec = Recording.from_arrays(hidden=values[None, :400])
    found = analyze(rec, groups=groups, measure="one_step", **OPTIONS)
    assert found.groups.settings.measure == "flow"
    assert found.groups.needed is None
    assert found.groups.calibration is None


def test_the_command_line_has_both(values, tmp_path) -> None:
    pd.DataFrame(values[:400], columns=list("abcdef")).to_csv(tmp_path / "t.csv", index=False)
    words = ["analyze", tmp_path / "t.csv", "--measure", "one_step", "--unrecorded", "--out",
             tmp_path / "run", "--surrogates", "39", "--estimator", "copula"]  # fmt: skip
    app(list(map(str, words)), exit_on_error=False, print_error=False)
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    assert summary["measure"] == "one_step"
    assert "unrecorded units" in {choice["what"] for choice in summary["choices"]}
    edges = pd.read_csv(tmp_path / "run" / "tables" / "edges.csv")
    assert edges["significant"].sum() == summary["graph"]["FDR 10%"]["edges"]
    document = report_of_run(tmp_path / "run")
    assert document.networks[0].measures[0].measure == "one_step"
    assert any("missing from the recording" in said for said in document.undecided)


@pytest.mark.parametrize("measure", ["one_step", "full_conditional"])
def test_missing_units_are_said_in_choices_and_report(values, measure) -> None:
    rec = Recording.from_arrays(hidden=values[None, :400, :3])
    found = analyze(rec, measure=measure, unrecorded=True, **OPTIONS)
    own = isc.one_step_influence(rec, unrecorded=True)
    np.testing.assert_allclose(found.one_step["t"], own["t"])
    assert [choice.what for choice in found.choices][-1] == "unrecorded units"
    document = recording_document(found)
    assert any("false edges" in warning.text.lower() for warning in document.warnings)
    assert any("given what was recorded" in said for said in document.undecided)
    whole = recording_document(analyze(rec, measure=measure, **OPTIONS))
    assert not any("given what was recorded" in said for said in whole.undecided)
