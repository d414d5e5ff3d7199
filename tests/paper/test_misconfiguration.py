import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")
pytest.importorskip("sklearn")

import torch
from sklearn.metrics import f1_score

from infoscope._errors import InputError
from infoscope.monitor.diagnosis import EARNED, SIGNATURES
from infoscope.paper.misconfiguration import alarms, classification, runner
from infoscope.paper.misconfiguration.alarms import RULE, alarm_table, earned
from infoscope.paper.misconfiguration.classification import (
    BEST,
    FEATURE_SETS,
    RIVALS,
    confusions,
    gains,
    macro_f1,
    scores,
    verdict,
)
from infoscope.paper.misconfiguration.confusion_figure import draw, table
from infoscope.paper.misconfiguration.runner import run_study
from infoscope.paper.misconfiguration.settings import MisconfigurationSettings
from infoscope.paper.misconfiguration.setups import CLASSES, HEALTHY, SETUPS
from infoscope.paper.misconfiguration.sources import LENGTH, Delayed
from infoscope.paper.misconfiguration.training import SHARES, features_of, trial_of
from infoscope.paper.misconfiguration.trial import matrices
from infoscope.runs.run_folder import RunFolder

# One feature of each family, besides one that a signature rests on.
NAMES = ["loss.skill", "gradient.norm", "weights.norm", "activation.constant_inputs",
         "information.target"]  # fmt: skip


def pair(setup: str, seed: int = 3):
    """A training with a fault, and its healthy twin."""
    return trial_of(setup, seed, True)[0], trial_of(setup, seed, False)[0]


def made_table(random: np.random.Generator, informative: str, seeds: int = 4) -> pd.DataFrame:
    """A table in which one feature names the class, and the others are noise."""
    rows = [
        {"share": share, "seed": seed, "label": label}
        | {name: random.normal() for name in NAMES}
        | {informative: CLASSES.index(label) + 0.1 * random.normal()}
        for share in SHARES
        for seed in range(seeds)
        for label in CLASSES
    ]
    return pd.DataFrame(rows)


def test_every_fault_is_a_diagnosis_and_all_are_there() -> None:
    assert list(SETUPS) == [one.id for one in SIGNATURES]
    assert (HEALTHY, *SETUPS) == CLASSES
    cases = MisconfigurationSettings(seeds=10).cases
    assert len(cases) == len({case.name for case in cases}) == 10 * 2 * 15


@pytest.mark.parametrize("setup", SETUPS)
def test_a_twin_differs_in_the_fault_alone(setup: str) -> None:
    faulty, healthy = pair(setup)
    same = {
        "draw": faulty.draw == healthy.draw,
        "windows": faulty.inputs.shape == healthy.inputs.shape
        and np.array_equal(faulty.inputs, healthy.inputs),
        "targets": faulty.targets.shape == healthy.targets.shape
        and np.array_equal(faulty.targets, healthy.targets),
        "held out": np.array_equal(faulty.held_inputs, healthy.held_inputs),
        "weights": all(
            torch.equal(a, b)
            for a, b in zip(faulty.net.parameters(), healthy.net.parameters(), strict=True)
        ),
        "rate": faulty.rate == healthy.rate,
    }
    changed = {
        "M1": {"rate"}, "M2": {"rate"}, "M4": {"weights"}, "M5": {"targets"}, "M6": {"weights"},
        "M7": {"weights"}, "M8": {"weights"}, "M9": {"weights"}, "M10": {"windows", "held out"},
        "M11": {"windows", "held out"}, "M12": {"held out"}, "M13": {"targets"},
        "M14": {"windows", "targets"}, "M15": {"windows", "held out"},
    }  # fmt: skip
    found = {name for name, equal in same.items() if not equal}
    assert found == changed[setup] if setup in changed else found in (
        {"weights"}, {"windows", "held out"},
    )  # fmt: skip


def test_the_rate_is_off_by_the_stated_factors() -> None:
    for seed in range(4):
        high, healthy = pair("M1", seed)
        low, other = pair("M2", seed)
        assert 10.0 <= high.rate / healthy.rate <= 100.0
        assert 100.0 <= other.rate / low.rate <= 1000.0


def test_dead_units_are_constant_and_others_not() -> None:
    faulty, _ = pair("M4")
    states = faulty.net.rnn(torch.tensor(faulty.inputs, dtype=torch.float32))[0]
    still = states.detach().numpy().std((0, 1)) == 0.0
    assert 0.4 <= still.mean() < 1.0


def test_shuffled_targets_belong_to_other_windows() -> None:
    faulty, healthy = pair("M5")
    own = {window.tobytes() for window in healthy.targets}
    assert {window.tobytes() for window in faulty.targets} == own
    assert np.mean(faulty.targets != healthy.targets) > 0.9
    assert faulty.probe_targets is faulty.targets


def test_recurrent_matrices_are_as_stated() -> None:
    no_recurrence, vanishing = pair("M6")[0], pair("M7")[0]
    assert all(not matrix.any() for matrix in matrices(no_recurrence.net, "weight_hh"))
    assert no_recurrence.frozen == ("rnn.weight_hh_l0",)
    (matrix,) = matrices(vanishing.net, "weight_hh")
    assert torch.equal(matrix, matrix[0, 0] * torch.eye(len(matrix)))
    assert 0.05 <= float(matrix[0, 0]) <= 0.2
    assert isinstance(vanishing.draw.source, Delayed)
    exploding = pair("M8")[0]
    (matrix,) = matrices(exploding.net, "weight_hh")
    assert 1.499 <= float(torch.linalg.eigvals(matrix).abs().max()) <= 2.201
    assert math.isinf(exploding.clip)


def test_tiny_weights_are_tiny() -> None:
    for seed in range(4):
        faulty, _ = pair("M9", seed)
        assert all(float(p.detach().abs().max()) <= 1e-4 for p in faulty.net.rnn.parameters())


def test_raw_inputs_are_larger_and_off_centre() -> None:
    faulty, healthy = pair("M10")
    ratio = faulty.inputs.std((0, 1)) / healthy.inputs.std((0, 1))
    assert 1 <= (ratio > 29.0).sum() <= 2
    assert np.allclose(ratio[ratio < 29.0], 1.0)


def test_a_leaked_target_is_an_input() -> None:
    faulty, healthy = pair("M11")
    for inputs, targets in (
        (faulty.inputs, healthy.targets), (faulty.held_inputs, healthy.held_targets),
    ):  # fmt: skip
        assert np.corrcoef(inputs[..., -1].ravel(), targets[..., 0].ravel())[0, 1] > 0.995


def steps_of(rows: np.ndarray) -> list[bytes]:
    """Each row with the next one, as bytes."""
    return [one.tobytes() + other.tobytes() for one, other in pairwise(rows)]


def test_a_leaking_split_holds_out_rows_of_the_training_part() -> None:
    faulty, healthy = pair("M12")
    # Two steps: a single rounded day recurs in other years.
    known = {two for segment in faulty.segments for two in steps_of(segment)}
    shares = [
        np.mean([two in known for window in trial.held_inputs for two in steps_of(window)])
        for trial in (faulty, healthy)
    ]
    assert 1.0 / 3.0 - 0.02 <= shares[0] <= 1.0
    assert shares[1] == 0.0


def test_targets_a_step_too_early_are_among_the_inputs() -> None:
    faulty, healthy = pair("M13")
    assert np.array_equal(faulty.targets[:, 1:], healthy.targets[:, :-1])
    assert np.array_equal(faulty.probe_targets, healthy.targets)


def test_too_few_data_are_few() -> None:
    faulty, healthy = pair("M14")
    assert 6 <= len(faulty.inputs) <= 12 < len(healthy.inputs)
    assert faulty.inputs.shape[1] == LENGTH


def test_useless_inputs_are_constant_or_copies() -> None:
    for seed in range(4):
        faulty, _ = pair("M15", seed)
        last, first = faulty.inputs[..., -1], faulty.inputs[..., 0]
        assert not last.any() or np.array_equal(last, first)


def test_a_training_is_the_same_again() -> None:
    once, again = (features_of("M9", 0, True, 20) for _ in range(2))
    for share in SHARES:
        assert once[share].keys() == again[share].keys()
        assert np.array_equal(list(once[share].values()), list(again[share].values()), True)


def test_macro_f1_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    labels, guesses = random.integers(5, size=(2, 200))
    counts = np.zeros((5, 5), int)
    np.add.at(counts, (labels, guesses), 1)
    assert macro_f1(counts) == pytest.approx(f1_score(labels, guesses, average="macro"))
    assert macro_f1(np.stack([counts, counts])).shape == (2,)


def test_information_counts_only_where_it_names_the_fault(monkeypatch) -> None:
    monkeypatch.setitem(classification._FOREST, "n_estimators", 20)
    random = np.random.default_rng(0)
    helps = gains(confusions(made_table(random, "information.target")))
    assert verdict(helps) == "supported"
    assert all(helps[None, rival].value > 0.2 for rival in RIVALS)
    found = confusions(made_table(random, "loss.skill"))
    assert verdict(gains(found)) != "supported"
    f1 = scores(found)
    assert f1[1.0, "loss"].value > 0.4
    assert all(score.low <= score.value <= score.high for score in f1.values())
    assert {name for _, name in f1} == set(FEATURE_SETS)


def test_a_left_out_seed_is_not_seen(monkeypatch) -> None:
    """A feature that names seed and class is of no use for another seed."""
    monkeypatch.setitem(classification._FOREST, "n_estimators", 20)
    random = np.random.default_rng(1)
    rows = made_table(random, "loss.skill")
    order = {seed: random.permutation(len(CLASSES)) for seed in range(4)}
    rows["loss.skill"] = [
        float(order[seed][CLASSES.index(label)])
        for seed, label in zip(rows["seed"], rows["label"], strict=True)
    ]
    assert scores(confusions(rows))[None, BEST].value < 0.25


def test_alarms_are_counted_by_what_the_training_has() -> None:
    rows = made_table(np.random.default_rng(0), "loss.skill", seeds=10)
    rows[NAMES] = np.nan
    faulty = rows["label"] == "M15"
    rows["activation.constant_inputs"] = np.where(faulty, 2.0, 0.0)
    rows["activation.duplicate_inputs"] = np.where(
        (rows["label"] == HEALTHY) & (rows["seed"] < 1), 1.0, 0.0
    )
    found = alarm_table(rows).set_index(["share", "diagnosis"]).loc[(1.0, "M15")]
    assert (found["found"], found["faulty"]) == (10, 10)
    assert (found["healthy_alarms"], found["healthy"]) == (1, 10)
    assert (found["other_alarms"], found["others"]) == (0, 140)
    assert not found["passes"]
    loose = alarms.Rule(sensitivity=0.7, healthy=0.5, others=0.0)
    assert earned(alarm_table(rows, loose)) == ["M15"]
    assert earned(alarm_table(rows, alarms.Rule(sensitivity=0.73, healthy=0.5))) == []
    assert alarms.Rule(0.5, 0.05, 0.05) == RULE


def fake_features(setup: str, seed: int, faulty: bool, updates: int):
    random = np.random.default_rng([seed, list(SETUPS).index(setup), faulty])
    code = list(SETUPS).index(setup) + 1 if faulty else 0
    return {share: {n: code + 0.2 * random.normal() for n in NAMES} for share in SHARES}


def test_a_study_resumes_and_writes_its_page(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(classification._FOREST, "n_estimators", 10)
    trained = []

    def counted(*case):
        trained.append(case)
        return fake_features(*case)

    monkeypatch.setattr(runner, "features_of", counted)
    run = RunFolder.begin(tmp_path / "run", MisconfigurationSettings(seeds=3), resume=False)
    first = run_study(run, progress=False)
    assert len(trained) == 90
    again = RunFolder.begin(tmp_path / "run", MisconfigurationSettings(seeds=3), resume=True)
    second = run_study(again, progress=False)
    assert len(trained) == 90
    pd.testing.assert_frame_equal(first.table.drop(columns="seconds"),
                                  second.table.drop(columns="seconds"))  # fmt: skip
    assert second.scores == first.scores
    summary = json.loads((run.root / "summary.json").read_text())
    assert summary["C39"] == verdict(first.gains)
    assert len(summary["gains"]) == len(RIVALS) * (len(SHARES) + 1)
    assert "M15" in (run.root / "misconfiguration.md").read_text()
    for name in ("misconfiguration.png", "misconfiguration.csv", "trainings.csv", "diagnoses.csv"):
        assert (run.root / name).stat().st_size > 0
    counts = table(first.confusions)
    assert counts.loc[counts["label"] == HEALTHY, list(CLASSES)].to_numpy().sum() == 12 * 45
    assert len(draw(first.confusions).axes) == 9


@pytest.mark.parametrize("wrong", [{"seeds": 2}, {"updates": 5}, {"seed": -1}])
def test_settings_out_of_range_are_refused(wrong) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        MisconfigurationSettings(**wrong)


def test_what_warns_is_what_the_judged_seeds_earned() -> None:
    judged = Path(__file__).parents[2] / "docs" / "misconfiguration" / "diagnoses.csv"
    assert set(earned(pd.read_csv(judged))) == EARNED
