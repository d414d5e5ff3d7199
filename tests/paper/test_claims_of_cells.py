"""The claims that must carry over to GRU and LSTM: the same stages and rules, other networks."""

import dataclasses
import json

import numpy as np
import pytest

from infoscope import InputError
from infoscope.analysis.data_sets.catalogue import DATA_SETS
from infoscope.analysis.data_sets.task_trials import TaskTrials
from infoscope.analysis.stage import Stage
from infoscope.cli import app
from infoscope.networks.gated import Gated
from infoscope.paper.claims import CLAIMS, ClaimSettings, runner
from infoscope.paper.claims.evaluation import CARRIED_OVER
from infoscope.paper.claims.plan import describe_claims
from infoscope.paper.claims.seed_data import SeedData
from infoscope.paper.claims.training import nodes_of, train_gated_seeds
from infoscope.runs.run_folder import RunFolder
from infoscope.synthetic.tasks import FlipFlop

ASKED = ["C10", "C19b", "C20", "C23", "C30"]
SMALL = {"cell": "gru", "epochs": 12, "seeds": 2, "hidden_nodes": 4, "k": 3}


@pytest.fixture(autouse=True)
def short_trials(monkeypatch) -> None:
    short = TaskTrials("flip-flop", FlipFlop(trials=(20, 6, 12), length=8))
    monkeypatch.setitem(DATA_SETS, "flip-flop", short)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("cells")


def study(root, **changes: object):
    """A finished study, computed once."""
    settings = ClaimSettings.of("flip-flop", **(SMALL | changes))
    run = RunFolder.begin(root / "-".join(map(str, changes.values())), settings, True)
    return run, runner.run_claims(run, progress=False)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_four_claims_and_their_gate_are_asked_by_the_same_rules(root, cell: str) -> None:
    run, found = study(root, cell=cell)
    assert list(found.verdicts) == ["corrected"]
    verdicts = found.verdicts["corrected"]
    assert list(verdicts) == ASKED == [claim.id for claim in CARRIED_OVER]
    for claim in CLAIMS:
        assert claim.id not in verdicts or verdicts[claim.id].claim is claim
    values = {name: [part.values for part in of.parts] for name, of in verdicts.items()}
    assert not np.isnan(values["C20"]).any()
    assert not np.isnan(values["C23"]).any()
    read = json.loads((run.root / "claims.json").read_text(encoding="utf-8"))
    assert [name for name, of in read["claims"].items() if "corrected" in of] == ASKED
    assert (read["cell"], read["gates"]["seeds"]) == (cell, 2)


def test_gates_and_curves_are_of_the_network_of_the_smallest_validation_error(root) -> None:
    run, found = study(root, cell="gru")
    data, settings = SeedData(run.settings).of["corrected"][1], run.settings.corrected_of(1)
    vectors = run.stage("corrected-trained", lambda: pytest.fail("it is there")).sel(seed=1)
    nodes = nodes_of(settings, data.windows)
    networks = [Gated.from_flat(v, "gru", nodes) for v in vectors["weights"].to_numpy()]
    windows, days = data.every_window, data.series.days
    part = data.series.part[np.searchsorted(days, windows.days[:, -1])]
    errors = []
    for network in networks:
        outputs = network.run(windows.inputs)[1]
        errors.append(np.abs(outputs - windows.targets).mean((1, 2)))
    # Trials are windows, run from a state of zeros as in training.
    assert set(part) == {"train", "test"}
    recorded = data.series.part == "validation"
    trials = data.series.inputs[recorded].reshape(6, 8, 3), data.series.targets[recorded]
    wrong = [np.abs(n.run(trials[0])[1].reshape(-1, 3) - trials[1]).mean() for n in networks]
    epoch = vectors["epoch"].to_numpy()[int(np.argmin(wrong))]
    seed = found.studies["corrected"][1]
    assert seed.part("gates").attrs["analysed_epoch"] == epoch
    assert int(seed.curves["epoch"][-1]) == epoch
    expected = [error[windows.is_test].mean() for error in errors]
    curve = seed.part("learning-curves")["error"]
    assert curve.to_numpy() == pytest.approx(expected, rel=1e-9)


def test_seeds_are_what_they_are_alone(root) -> None:
    _, together = study(root, cell="gru")
    _, alone = study(root, cell="gru", seeds=1, seed=1)
    for name, verdict in together.verdicts["corrected"].items():
        single = [part.values[0] for part in alone.verdicts["corrected"][name].parts]
        both = [part.values[1] for part in verdict.parts]
        np.testing.assert_array_equal(single, both, err_msg=name)


def test_a_finished_study_computes_nothing_and_a_lost_piece_comes_back_the_same(
    root, monkeypatch
) -> None:
    run, _ = study(root, cell="gru")
    before = (run.root / "claims.json").read_text(encoding="utf-8")
    lost = run.estimates / "corrected-001-learning-curves"
    lost.rename(lost.with_name(f".partial-{lost.name}"))
    computed, whole = [], Stage.whole

    def counted(self, of, done):
        computed.append(self.name)
        return whole(self, of, done)

    monkeypatch.setattr(Stage, "whole", counted)
    study(root, cell="gru")
    assert computed == ["learning-curves"]
    assert (run.root / "claims.json").read_text(encoding="utf-8") == before


def test_a_diverged_seed_has_no_weights() -> None:
    settings = ClaimSettings.of("flip-flop", **SMALL)
    of_seed, windows = SeedData(settings).for_training("corrected", settings)
    fast = [dataclasses.replace(of, learning_rate=1e200) for of in of_seed]
    found = train_gated_seeds("gru", fast, windows, [0, 12], progress=False)
    assert found["weights"].isnull().all()


def test_settings_follow_cell_and_data_set() -> None:
    task = ClaimSettings.of("flip-flop", cell="lstm")
    assert (task.epochs, task.learning_rate, task.hidden_nodes) == (150, 0.003, 25)
    weather = ClaimSettings.of("chicago", cell="gru", epochs=None)
    assert (weather.epochs, weather.learning_rate) == (150, 0.001)
    for settings in (task, weather):
        assert settings.modes == ("corrected",)
        assert settings.larger == ()
        assert settings.initial_scale == pytest.approx(0.2)
        assert settings.corrected_of(3).learning_rate == settings.learning_rate
    assert ClaimSettings.of("chicago", cell="gru", learning_rate=0.01).learning_rate == 0.01
    assert ClaimSettings.of("chicago") == ClaimSettings()
    with pytest.raises(InputError, match="cell must be one of 'rnn', 'gru', 'lstm'"):
        ClaimSettings.of("chicago", cell="transformer")
    with pytest.raises(InputError, match="larger must be empty with cell gru"):
        ClaimSettings(cell="gru")


def test_the_plan_and_the_command_line_know_the_cell(capsys) -> None:
    text = describe_claims(ClaimSettings.of("flip-flop", **SMALL))
    assert "GRU" in text
    assert all(name in text for name in ASKED)
    assert "minutes in total" in text
    short = ["claims", "--cell", "lstm", "--task", "flip-flop", "--epochs", "1", "--seeds", "1"]
    app([*short, "--dry-run"], result_action="return_value")
    assert "LSTM" in capsys.readouterr().out
