"""The analysis of recordings: edges of systems whose wiring is known, groups, counts, resuming."""

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import infoscope as isc
from infoscope import InputError, Recording
from infoscope.analysis.analyze import analyze
from infoscope.analysis.written.recording_tables import recording_tables
from infoscope.report.documents import recording_document
from infoscope.report.files import report_of_run
from infoscope.report.findings import findings_of

SURROGATES = 39


@pytest.fixture(scope="module")
def chain() -> Recording:
    """Eight nodes, each driving the next."""
    return isc.synthetic_systems()["S1"].recording(1500)


@pytest.fixture(scope="module")
def results(chain, tmp_path_factory):
    out = tmp_path_factory.mktemp("chain") / "run"
    names = list(chain.nodes.index)
    return analyze(
        chain, groups={"first": names[:4], "last": names[4:]}, estimator="copula",
        surrogates=SURROGATES, out=out,
    )  # fmt: skip


def test_edges_given_all_are_the_wiring(chain, results) -> None:
    names = list(chain.nodes.index)
    assert results.settings.measure == "full_conditional"
    assert set(results.graphs["FWER 5%"].edges) == set(pairwise(names))
    ranks = results.rankings["FWER 5%"].ranks[names]
    assert (np.diff(ranks) > 0.9).all()


def test_flow_between_groups_follows_the_chain(results) -> None:
    flow = results.groups.flow
    assert list(flow.nodes.index) == ["first", "last"]
    assert flow.nodes["members"].tolist() == [4, 4]
    assert list(results.groups.graphs["FDR 10%"].edges) == [("first", "last")]


def test_groups_of_one_node_are_the_nodes(chain) -> None:
    copula = isc.Gaussian(copula=True)
    names = list(chain.nodes.index)
    nodes = isc.information_flow(chain, estimator=copula)
    groups = isc.information_flow(chain, estimator=copula, groups={n: [n] for n in names})
    np.testing.assert_allclose(groups.flow, nodes.flow, atol=1e-9)


def test_groups_of_several_nodes_are_vectors() -> None:
    """Against `mutual_information` of the vectors."""
    x = np.random.default_rng(3).normal(size=(400, 5))
    x[1:, 3:] += x[:-1, :2]
    rec = Recording.from_arrays(hidden=x[None])
    names = list(rec.nodes.index)
    groups = {"a": names[:3], "b": names[3:]}
    for estimator in (isc.Gaussian(), isc.Gaussian(copula=True), isc.KSG(k=4)):
        flow = isc.information_flow(rec, groups=groups, estimator=estimator, aligned="none")
        one, other = x[:-1, :3], x[1:, 3:]
        delayed = isc.mutual_information(one, other, estimator=estimator).bits
        assert float(flow.delayed.sel(source="a", target="b")) == pytest.approx(delayed, abs=1e-9)


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"a": ["h0", "h1"], "b": ["h1"]}, "overlap"),
        ({"a": ["h0"], "b": ["nobody"]}, "nobody"),
        ({"a": ["h0", "h1"]}, "two or more"),
        ("regions", "groups"),
        ("given", "without"),
    ],
)
def test_wrong_groups_are_named(groups, words) -> None:
    rec = Recording.from_arrays(hidden=np.random.default_rng(0).normal(size=(1, 50, 3)))
    with pytest.raises(InputError, match=words):
        isc.information_flow(rec, groups=groups, estimator=isc.Gaussian())


def test_choices_have_reasons_and_asked_settings_none(chain) -> None:
    chosen = analyze(chain, surrogates=SURROGATES, estimator="copula", lag=1)
    assert {choice.what for choice in chosen.choices} == {"measure", "null"}
    assert all(choice.reason.endswith(".") for choice in chosen.choices)


def test_a_table_is_analysed_as_it_is() -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(size=(800, 3)), columns=["a", "b", "c"])
    table.loc[1:, "b"] += 2.0 * table["a"].to_numpy()[:-1]
    found = analyze(table, surrogates=SURROGATES)
    assert list(found.graphs["FWER 5%"].edges) == [("a", "b")]


def test_slow_sampling_is_analysed_within_rows() -> None:
    """Averages of a fast system: dependence within rows, no claim about direction."""
    fast = isc.synthetic_systems()["S3"].sample(20000).to_numpy()
    slow = fast.reshape(1, 2000, 10, -1).mean(axis=2)
    found = analyze(Recording.from_arrays(hidden=slow), surrogates=SURROGATES)
    assert found.settings.measure == "instantaneous"
    graph = found.graphs["FDR 10%"]
    assert all(graph.has_edge(b, a) for a, b in graph.edges)
    assert "lag-swap" not in found.nulls


def spikes(rng: np.random.Generator, coupled: float) -> np.ndarray:
    """Counts of four neurons under a common slow rate; the first excites the second 2 rows on."""
    rows = 4000
    rate = 0.5 + 0.4 * np.sin(np.arange(rows) / 300.0)
    counts = rng.poisson(rate[:, np.newaxis], size=(rows, 4))
    counts[2:, 1] += rng.binomial(counts[:-2, 0], coupled)
    return np.minimum(counts, 5)


def test_counts_are_decided_by_their_transfer_entropy() -> None:
    rec = Recording.from_arrays(hidden=spikes(np.random.default_rng(2), 0.4)[None].astype(float))
    found = analyze(rec, surrogates=SURROGATES, measure="count_transfer_entropy", lag=3)
    assert list(found.graphs["FWER 5%"].edges) == [("h0", "h1")]
    assert int(found.stages["counts"]["delay"].sel(source="h0", target="h1")) == 2


def test_a_common_slow_rate_makes_no_edges_of_counts() -> None:
    """At most a few of 40 recordings without coupling have an edge at FWER 5 %."""
    edges = 0
    for seed in range(40):
        counts = spikes(np.random.default_rng(100 + seed), 0.0)[:1000]
        rec = Recording.from_arrays(hidden=counts[None].astype(float))
        found = analyze(
            rec, surrogates=19, measure="count_transfer_entropy", estimator="copula", lag=1
        )
        edges += found.graphs["FWER 5%"].number_of_edges() > 0
    # 5 % of 40 is 2; more than 7 have a probability of 0.1 % there.
    assert edges <= 7


def test_transfer_of_counts_is_the_plug_in() -> None:
    """Against `transfer_entropy` by counting."""
    counts = spikes(np.random.default_rng(5), 0.4)[:600]
    rec = Recording.from_arrays(hidden=counts[None].astype(float))
    found = analyze(rec, surrogates=19, measure="count_transfer_entropy", lag=1)
    plug_in = isc.Discrete(correction="miller-madow")
    for a, b in ((0, 1), (2, 0)):
        slow = isc.transfer_entropy(counts[:, a], counts[:, b], estimator=plug_in).bits
        fast = float(found.values.sel(source=f"h{a}", target=f"h{b}"))
        assert fast == pytest.approx(slow, abs=1e-9)


def test_values_that_are_no_counts_are_refused() -> None:
    rec = Recording.from_arrays(hidden=np.random.default_rng(0).normal(size=(1, 60, 2)))
    with pytest.raises(InputError, match="counts"):
        analyze(rec, surrogates=19, measure="count_transfer_entropy")


def test_an_interrupted_analysis_resumes_with_equal_numbers(chain, tmp_path, monkeypatch) -> None:
    options = {"estimator": "copula", "surrogates": SURROGATES, "random_state": 4}
    whole = analyze(chain, **options)
    calls = []

    def stops(*arguments, **others):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(*arguments, **others)

    from infoscope.analysis.stages import flow as stage

    original = stage.surrogate_flows
    monkeypatch.setattr(stage, "surrogate_flows", stops)
    with pytest.raises(KeyboardInterrupt):
        analyze(chain, out=tmp_path / "run", **options)
    resumed = analyze(chain, out=tmp_path / "run", resume=True, **options)
    np.testing.assert_array_equal(resumed.significance.p, whole.significance.p)
    assert len(calls) == 3  # the finished null is not drawn again


def test_another_recording_does_not_resume(chain, tmp_path) -> None:
    options = {"estimator": "copula", "surrogates": SURROGATES, "measure": "transfer_entropy"}
    names = list(chain.nodes.index)
    analyze(chain, out=tmp_path / "run", lag=1, groups={"a": names[:4], "b": names[4:]}, **options)
    other = isc.synthetic_systems()["S1"].recording(1500, random_state=9)
    for recording, groups in (
        (other, {"a": names[:4], "b": names[4:]}),
        (chain, {"a": names[:2], "b": names[2:]}),
    ):
        with pytest.raises(InputError, match="hash"):
            analyze(recording, out=tmp_path / "run", resume=True, lag=1, groups=groups, **options)


def test_the_report_of_a_folder_is_that_of_the_results(results, tmp_path) -> None:
    root = tmp_path / "run"
    again = analyze(
        results.recording, groups="given", estimator="copula", surrogates=SURROGATES, out=root
    )
    stored, fresh = report_of_run(root), recording_document(again)
    assert stored.findings == fresh.findings
    assert stored.undecided == fresh.undecided
    for one, other in zip(stored.networks, fresh.networks, strict=True):
        pd.testing.assert_frame_equal(one.nodes, other.nodes)
        np.testing.assert_array_equal(one.measures[0].values, other.measures[0].values)


def test_tables_agree_with_the_graph(results) -> None:
    edges = recording_tables(results)["edges"]
    pairs = edges.loc[edges["significant"], ["source", "target"]].itertuples(index=False)
    assert set(map(tuple, pairs)) == set(results.graphs[results.main].edges)
    assert (edges.loc[edges["significant"], "q"] <= 0.1).all()


def test_influence_stands_next_to_flow(chain) -> None:
    names = list(chain.nodes.index)
    truth = np.zeros((8, 8))
    truth[range(7), range(1, 8)] = 1.0
    given = xr.Dataset(
        {"causal": (("source", "target"), truth)}, {"source": names, "target": names}
    )
    found = analyze(chain, estimator="copula", surrogates=SURROGATES, influence=given)
    document = recording_document(found)
    views = {view.measure: view for view in document.networks[0].measures}
    np.testing.assert_array_equal(np.nan_to_num(views["causal"].values), truth)


def test_results_write_their_report(results, tmp_path) -> None:
    page = results.report(tmp_path / "report.html").read_text(encoding="utf-8")
    start = page.index('type="application/json"')
    content = json.loads(page[page.index(">", start) + 1 : page.index("</script>", start)])
    assert [net["name"] for net in content["networks"]] == ["nodes", "groups"]


def test_a_line_of_a_recording_counts_no_flaws_of_the_paper(results) -> None:
    assert "flaws" not in repr(results)
    assert "repairs" not in repr(results)


def test_a_name_that_is_no_graph_is_answered_with_the_names(results) -> None:
    for views in (results.graphs, results.rankings):
        with pytest.raises(InputError, match="'FWER 5%', 'FDR 10%', got 'FDR 5%'"):
            views["FDR 5%"]
        assert "FDR 5%" not in views
        assert views.get("FDR 5%") is None


@pytest.mark.parametrize("columns", [1, 2])
def test_fewer_than_two_units_that_change_are_refused_at_once(columns: int) -> None:
    table = np.ones((200, columns))
    table[:, 0] = np.random.default_rng(0).normal(size=200)
    with pytest.raises(InputError, match=f"two or more units that change, got 1 of {columns}"):
        analyze(table)


def test_surrogates_of_the_flow_are_no_evidence_of_an_edge_given_all(results) -> None:
    """The main measure is tested in closed form; surrogates are those of the flow."""
    assert results.settings.measure == "full_conditional"
    assert results.nulls
    (strongest,) = (f for f in findings_of(results) if "strongest edge" in f.text)
    assert "Surrogates" not in strongest.evidence
