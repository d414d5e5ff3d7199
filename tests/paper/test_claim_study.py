"""The list of claims, and a small study from training to verdicts."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from infoscope import InputError, Recording
from infoscope.analysis.data_sets.catalogue import DATA_SETS
from infoscope.analysis.data_sets.task_trials import TaskTrials
from infoscope.analysis.settings import Settings
from infoscope.analysis.stage import Stage
from infoscope.analysis.study import Study
from infoscope.analysis.study_data.load import load_data
from infoscope.cli import app
from infoscope.paper.claims import (
    CLAIMS,
    Claim,
    ClaimSettings,
    Part,
    Rule,
    SeedStudy,
    evaluate,
    runner,
)
from infoscope.paper.claims.plan import describe_claims
from infoscope.paper.claims.table import gate_facts, to_markdown, verdict_table
from infoscope.recordings.weights import RecurrentWeights
from infoscope.runs.run_folder import RunFolder
from infoscope.synthetic.tasks import FlipFlop
from weather_file import write_weather

MODES = ("published", "corrected")
NUMBERS = [f"C{i}" for i in range(1, 40)]


def small(root, **changes: object) -> ClaimSettings:
    data = root / "weather.csv"
    if not data.exists():
        write_weather(data, days=200)
    given = {"epochs": 12, "hidden_nodes": 4, "k": 3, "seeds": 2, "subsets": 2, "many_subsets": 4,
             "system_rows": 200, "thresholds": (0.02, 0.05), "larger": (6, 5),
             "larger_epochs": 3, "snapshot_every": 2}  # fmt: skip
    return ClaimSettings(
        data=str(data), targets=("high", "low"), start="", end="", **(given | changes)
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    root = tmp_path_factory.mktemp("claims")
    run = RunFolder.begin(root / "run", small(root), False)
    return run, runner.run_claims(run, progress=False)


def test_every_claim_is_listed_once_with_its_gates() -> None:
    ids = [claim.id for claim in CLAIMS]
    assert sorted(ids, key=ids.index) == ids
    assert len(set(ids)) == len(ids)
    assert [name for name in ids if name[-1] != "b"] == NUMBERS
    assert [name for name in ids if name[-1] == "b"] == ["C19b", "C24b", "C32b"]
    for claim in CLAIMS:
        assert all((claim.sentence, claim.title, claim.holds, claim.fails))
        assert set(claim.gates) <= set(ids)
        assert bool(claim.parts) != bool(claim.lacks), f"{claim.id}: parts, or what it lacks"
        assert claim.modes == (() if claim.lacks else MODES) or claim.id == "C19b"


def test_without_runs_every_claim_is_missing_with_a_reason_and_no_number() -> None:
    for mode in MODES:
        found = evaluate([SeedStudy(seed, mode, {}) for seed in range(20)], mode)
        for name, verdict in found.items():
            assert verdict.word == "missing", name
            assert verdict.meaning.startswith("not decided: ")
            assert len(verdict.reason) > 10
        numbers = [p.verdict.value for v in found.values() for p in v.parts
                   if "control" not in p.words]  # fmt: skip
        assert np.isnan(numbers).all()


def test_studies_of_another_mode_or_twice_one_seed_are_refused() -> None:
    with pytest.raises(InputError, match="studies must be of published mode"):
        evaluate([SeedStudy(0, "corrected", {})], "published")
    with pytest.raises(InputError, match="of different seeds"):
        evaluate([SeedStudy(0, "published", {})] * 2, "published")
    with pytest.raises(InputError, match="mode must be one of"):
        evaluate([], "both")


def test_every_statistic_is_computed_or_says_why_not(finished) -> None:
    verdicts = finished[1].verdicts
    for mode in MODES:
        for name, verdict in verdicts[mode].items():
            for part in verdict.parts:
                known = (~np.isnan(part.values)).sum()
                assert known == 2 or part.verdict.reason, f"{mode} {name}: {part.words}"
    measured = {
        (mode, name)
        for mode in MODES
        for name, verdict in verdicts[mode].items()
        if any(not np.isnan(part.values).any() for part in verdict.parts)
    }
    # So short a training may leave no edge, and a lead or a trend late in it is not defined.
    of_graphs = {f"C{i}" for i in (*range(1, 5), 7, 8, 10, 11, 12, 14, 15, 16)}
    larger = {"C18"}  # asks for networks of 100 and 250 hidden nodes
    late = {"C27", "C29", "C30", "C32", "C33", "C37"}
    for claim in CLAIMS:
        if not claim.lacks and claim.id not in of_graphs | late | larger:
            assert {(mode, claim.id) for mode in claim.modes} <= measured, claim.id
    assert {name for mode, name in measured if mode == "published"} >= of_graphs - {"C4", "C15"}


def test_a_graph_without_edges_leaves_the_verdict_to_the_others() -> None:
    def value(study: SeedStudy, name: str) -> float:
        return float("nan") if name == "0.9 bits" else 1.0

    part = Part("a number", value, Rule("above", 0.0), each_graph=True)
    claim = Claim("C99", "title", "sentence", (part,), "holds", "fails")
    settings = Settings(thresholds=(0.1, 0.9))
    study = Study(settings, Recording.from_arrays(hidden=np.zeros((1, 3, 2))))
    known = {"flow": xr.Dataset()}
    studies = [SeedStudy(seed, "published", known, study=study) for seed in range(3)]
    found = evaluate(studies, "published", [claim])["C99"]
    assert found.word == "supported"
    assert "parts-missing" in found.flags
    assert [part.verdict.word for part in found.parts] == ["supported", "missing"]


def test_verdicts_are_flagged_for_their_few_seeds_and_their_gates(finished) -> None:
    verdicts = finished[1].verdicts
    for found in verdicts.values():
        decided = [v for v in found.values() if v.word in ("supported", "refuted")]
        assert decided
        assert all("few-seeds" in v.flags for v in decided)
        for verdict in found.values():
            gates = [found[gate] for gate in verdict.claim.gates]
            failing = [g.claim.id for g in gates if g.parts and g.word != "supported"]
            assert list(verdict.failing) == failing
            assert ("gate-fails" in verdict.flags) == bool(failing)


def test_files_say_the_same(finished) -> None:
    run, found = finished
    verdicts, gates = found.verdicts, gate_facts(found.studies)
    table = verdict_table(verdicts)
    assert table["claim"].nunique() == len(CLAIMS)
    text = (run.root / "claims.md").read_text(encoding="utf-8")
    assert text == to_markdown(verdicts, gates=gates)
    assert len(re.findall(r"^\| C\d+b? \| \*\*", text, re.MULTILINE)) == len(CLAIMS)
    read = json.loads((run.root / "claims.json").read_text(encoding="utf-8"), parse_constant=fail)
    for mode in MODES:
        for name, verdict in verdicts[mode].items():
            assert read["claims"][name][mode]["verdict"] == verdict.word
    assert (run.root / "claims.csv").exists()


def test_gates_and_curves_are_those_of_the_network_of_the_smallest_validation_error(
    finished,
) -> None:
    run, found = finished
    blocks = load_data(run.settings.corrected_of(1))
    weights = run.stage("corrected-trained", lambda: pytest.fail("it is there")).sel(seed=1)
    errors, networks = [], []
    days = np.flatnonzero(blocks.series.part == "validation")[run.settings.burn_in :]
    for vector in weights["weights"].to_numpy():
        network = RecurrentWeights.from_flat(vector, len(blocks.series.input_names), 4, 2)
        networks.append(network)
        outputs = blocks.run_through(network)[1]
        errors.append(np.abs(outputs[days] - blocks.series.targets[days]).mean())
    best = int(np.argmin(errors))
    study = found.studies["corrected"][1]
    epochs = weights["epoch"].to_numpy()
    gates = study.part("gates")
    assert gates.attrs["analysed_epoch"] == epochs[best]
    assert study.curves["epoch"].to_numpy().tolist() == epochs[: best + 1].tolist()
    assert study.part("learning-curves")["epoch"].to_numpy().tolist() == epochs.tolist()
    windows = blocks.every_window
    outputs = networks[best].run(windows.inputs)[1][windows.is_test, -1]
    expected = np.abs(outputs - windows.targets[windows.is_test, -1]) * windows.spread
    assert float(gates["test_error"]) == pytest.approx(expected.mean(), rel=1e-9)


def test_a_task_is_studied_in_corrected_mode_alone(tmp_path, monkeypatch) -> None:
    short = TaskTrials("flip-flop", FlipFlop(trials=(10, 6, 12), length=8))
    monkeypatch.setitem(DATA_SETS, "flip-flop", short)
    settings = ClaimSettings.of(
        "flip-flop", epochs=4, seeds=2, hidden_nodes=4, k=3, larger=(5,), larger_epochs=2
    )
    assert settings.modes == ("corrected",)
    assert settings.corrected_of(1).learning_rate == FlipFlop.training["learning_rate"]
    run = RunFolder.begin(tmp_path / "run", settings, False)
    found = runner.run_claims(run, progress=False)
    assert list(found.verdicts) == ["corrected"]
    assert found.verdicts["corrected"]["C5"].word == "missing"  # asks of synthetic systems
    facts = gate_facts(found.studies)
    assert (facts["seeds"], facts["reference"]) == (2, "climatology")
    assert 0.0 <= facts["test_error"] <= 1.0
    text = (run.root / "claims.md").read_text(encoding="utf-8")
    assert text == to_markdown(found.verdicts, gates=facts, words=short.words)
    assert short.words.of_seeds in text
    assert "station" not in text.split("\n\n")[-2]  # the legend, before all numbers
    # Trials differ between seeds, as weights do.
    first, second = (load_data(settings.corrected_of(seed)).series.targets for seed in (0, 1))
    assert not np.array_equal(first, second)


def fail(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")


def test_a_finished_study_computes_nothing_and_a_lost_piece_comes_back_the_same(
    finished, monkeypatch
) -> None:
    run, _ = finished
    before = (run.root / "claims.json").read_text(encoding="utf-8")
    # What a kill leaves: all but the last pieces.
    names = ["learning-curves", "null-circular-shift", "systems"]
    for name in names:
        path = run.estimates / f"published-001-{name}"
        path.rename(path.with_name(f".partial-{path.name}"))
    computed = []
    whole = Stage.whole

    def counted(self, study, done):
        computed.append(self.name)
        return whole(self, study, done)

    monkeypatch.setattr(Stage, "whole", counted)
    again = RunFolder.begin(run.root, run.settings, True)
    runner.run_claims(again, progress=False)
    assert sorted(computed) == names
    assert (run.root / "claims.json").read_text(encoding="utf-8") == before


def test_a_seed_whose_training_diverges_is_missing(tmp_path) -> None:
    settings = small(tmp_path, learning_rate=60.0)
    run = RunFolder.begin(tmp_path / "run", settings, False)
    found = runner.run_claims(run, progress=False).verdicts["published"]
    assert found["C10"].word == "missing"
    assert "training diverged (2 seeds)" in found["C10"].reason


def test_seeds_are_what_they_are_alone(finished, tmp_path) -> None:
    run, verdicts = finished[0], finished[1].verdicts
    alone = RunFolder.begin(tmp_path / "run", small(run.root.parent, seeds=1, seed=1), False)
    found = runner.run_claims(alone, progress=False).verdicts
    for mode in MODES:
        for name, verdict in verdicts[mode].items():
            together = [part.values[1] for part in verdict.parts]
            single = [part.values[0] for part in found[mode][name].parts]
            np.testing.assert_array_equal(single, together, err_msg=f"{mode} {name}")


def test_larger_networks_are_ranked_with_as_many_edges_untrained(finished) -> None:
    run, _ = finished
    for mode in MODES:
        part = run.stage(f"{mode}-000-larger", lambda: pytest.fail("it is there"))
        assert part["hidden_nodes"].values.tolist() == [6, 5]
        ranks = part["rank"].transpose("hidden_nodes", "trained", "node").to_numpy()
        assert ranks.shape == (2, 2, 6)
        assert np.isnan(ranks[1, :, 5]).all()
    settings = run.settings.of_size(6)
    assert (settings.hidden_nodes, settings.epochs, settings.seeds) == (6, 3, 2)


def test_a_plan_is_told_without_a_run(tmp_path) -> None:
    text = describe_claims(small(tmp_path))
    assert "8 trainings of 12 epochs" in text
    assert "minutes in total" in text


def test_settings_are_checked_and_kept() -> None:
    with pytest.raises(InputError, match="seeds must be a whole number >= 1"):
        ClaimSettings(seeds=0)
    with pytest.raises(InputError, match="surrogates must be a whole number >= 19"):
        ClaimSettings(surrogates=5)
    settings = ClaimSettings(seeds=3, seed=4)
    assert list(settings.every_seed) == [4, 5, 6]
    assert settings.published_of(5) == Settings(seed=5, surrogates=19, complexity_every=50)
    assert settings.corrected_of(6).seed == 6
    # The estimator of the study in docs/claims.md, whatever decides edges of a replication.
    assert settings.corrected_of(6).flow_by == "neighbours"
    assert settings.snapshots("published") == list(range(10, 1201, 10))
    epochs = settings.snapshots("corrected")
    assert epochs[:9] == [0, 1, 2, 3, 5, 8, 10, 20, 30]
    assert epochs[-3:] == [1150, 1175, 1200]
    assert ClaimSettings(epochs=7).snapshots("published") == [7]
    with pytest.raises(InputError, match="run must have ClaimSettings, got Settings"):
        runner.run_claims(RunFolder(Path("x"), Settings()), progress=False)


def test_the_command_line_knows_the_study(tmp_path, capsys) -> None:
    with pytest.raises(InputError, match="seeds must be a whole number >= 1, got 0"):
        app(["claims", "--seeds", "0"], exit_on_error=False)
    app(["claims", "--dry-run", "--seeds", "2", "--epochs", "5"], result_action="return_value")
    told = capsys.readouterr().out
    assert "8 trainings of 5 epochs" in told
