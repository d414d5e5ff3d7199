import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from infoscope._errors import InputError
from infoscope.monitor import diagnosis
from infoscope.monitor.diagnosis import FAMILIES, SIGNATURES, diagnose, diagnoses_of, features
from infoscope.monitor.watching.curves import training_curves
from infoscope.monitor.watching.numbers.informations import decoded_bits
from infoscope.monitor.watching.numbers.losses import skill
from infoscope.monitor.watching.signatures import Condition, Signature, above, below
from infoscope.recordings.recording import Recording

RNG = np.random.default_rng(0)
INPUTS = RNG.normal(size=(40, 10, 3))
TARGETS = np.concatenate([np.zeros((40, 1, 1)), INPUTS[:, :-1, :1]], axis=1)
NOISE = 0.1 * RNG.normal(size=(40, 10, 4))


def remembering() -> np.ndarray:
    """States of four units, of which one holds the input of the step before."""
    return np.tanh(0.5 * np.concatenate([INPUTS, TARGETS], axis=2) + NOISE)


def recording(hidden: np.ndarray, outputs: np.ndarray = TARGETS, inputs: np.ndarray = INPUTS):
    start = 0.1 * np.resize(NOISE, (*hidden.shape[:2], 4))[..., np.arange(hidden.shape[2]) % 4]
    return Recording.from_arrays(
        inputs=inputs, hidden=np.stack([start, hidden]), outputs=np.stack([0 * outputs, outputs]),
        targets=TARGETS, epochs=[0, 100],
    )  # fmt: skip


def log(losses: object = None, **more: object) -> pd.DataFrame:
    curve = np.linspace(1.0, 0.1, 100) if losses is None else losses
    return pd.DataFrame({"step": range(1, 101), "loss": curve, **more})


def test_names_do_not_depend_on_the_data() -> None:
    bare = features(Recording.from_arrays(hidden=remembering()), pd.DataFrame({"step": [1]}))
    whole = features(recording(remembering()), log(gradient_norm=1.0))
    assert bare.keys() == whole.keys()
    assert {name.partition(".")[0] for name in bare} == set(FAMILIES)
    assert math.isnan(bare["loss.relative"])


def test_only_the_first_share_counts() -> None:
    losses = np.r_[np.ones(50), np.full(50, 9.0)]
    early, late = (features(recording(remembering()), log(losses), share) for share in (0.5, 1.0))
    assert early["loss.relative"] == 1.0
    assert late["loss.relative"] == 9.0
    assert early["activation.spread"] == early["activation.spread_start"]
    assert late["activation.spread"] > 5 * late["activation.spread_start"]
    with pytest.raises(InputError, match="share"):
        features(recording(remembering()), log(), 0.0)


def test_information_about_the_past_is_memory() -> None:
    with_past = features(recording(remembering()), log())
    without = features(recording(np.tanh(INPUTS + NOISE[..., :3])), log())
    assert with_past["information.memory"] > 0.3
    assert abs(without["information.memory"]) < 0.05
    assert with_past["information.target"] > 1.0 > without["information.target"]


def test_skill_is_one_less_the_error_over_that_of_the_mean_or_the_commonest_class() -> None:
    y = TARGETS
    assert skill(y, y) == 1.0
    assert skill(0 * y + y.mean(), y) == pytest.approx(0.0)
    labels = RNG.integers(3, size=(40, 10, 1)).astype(float)
    assert skill(np.eye(3)[labels[..., 0].astype(int)], labels) == 1.0
    commonest = np.bincount(labels.ravel().astype(int)).argmax()
    assert skill(np.broadcast_to(np.eye(3)[commonest], (40, 10, 3)), labels) == pytest.approx(0)


@pytest.mark.parametrize(
    ("found", "which"),
    [
        (lambda: diagnose(recording(remembering()), log(np.full(100, np.nan))), "M1"),
        (lambda: diagnose(recording(np.repeat(NOISE[..., :1], 4, axis=2)), log()), "M9"),
        (lambda: diagnose(recording(remembering() * [0, 0, 1, 1]), log()), "M4"),
        (lambda: diagnose(recording(remembering(), inputs=INPUTS * [1, 1, 1000]), log()), "M10"),
        (
            lambda: diagnose(
                recording(remembering(), inputs=np.concatenate([INPUTS, INPUTS[..., :1]], 2)), log()
            ),
            "M15",
        ),
        (
            lambda: diagnose(
                recording(remembering(), inputs=np.concatenate([INPUTS, TARGETS], 2)), log()
            ),
            "M11",
        ),
        (
            lambda: diagnose(
                recording(remembering()), log(), held_out=recording(remembering())
            ),
            "M12",
        ),
    ],
)  # fmt: skip
def test_a_constructed_fault_is_found(found, which: str) -> None:
    assert which in found().present


def test_a_healthy_training_has_no_sign() -> None:
    held_out_inputs = RNG.normal(size=(40, 10, 3))
    targets = np.concatenate([np.zeros((40, 1, 1)), held_out_inputs[:, :-1, :1]], axis=1)
    noise = 0.1 * RNG.normal(size=(40, 10, 4))
    states = np.tanh(0.5 * np.concatenate([held_out_inputs, targets], axis=2) + noise)
    there = Recording.from_arrays(
        inputs=held_out_inputs, hidden=np.stack([noise, states]),
        outputs=np.stack([0 * targets, targets]), targets=targets, epochs=[0, 100],
    )  # fmt: skip
    assert diagnose(recording(remembering()), log(), held_out=there).present == []


def test_every_condition_names_a_feature_and_every_sentence_is_a_template() -> None:
    names = set(features(recording(remembering()), log()))
    assert [one.id for one in SIGNATURES] == [f"M{i}" for i in range(1, 16)]
    for signature in SIGNATURES:
        assert {c.feature for c in [*signature.conditions, *signature.secondary]} <= names
        assert "{numbers}" in signature.sentence


def test_unknown_numbers_leave_a_signature_open_unless_another_decides() -> None:
    signature = Signature("M0", "test", ((above("a", 1.0), below("b", 1.0)), (above("c", 1.0),)),
                          (), "{numbers}")  # fmt: skip
    nan = math.nan
    assert signature.present({"a": 2, "b": 0, "c": nan}) is True
    assert signature.present({"a": 0, "b": nan, "c": 0}) is False
    assert signature.present({"a": 2, "b": nan, "c": 0}) is None
    assert signature.present({"a": 2, "b": nan, "c": 2}) is True
    assert signature.present({}) is None
    assert Condition("a", True, 1.0).holds({"a": 1.0}) is False


def test_the_table_has_the_numbers_of_each_diagnosis() -> None:
    numbers = dict.fromkeys(features(recording(remembering()), log()), math.nan)
    found = diagnoses_of(numbers | {"activation.saturation_start": 0.8, "information.memory": 0})
    row = found.table.set_index("id").loc["M3"]
    assert row["present"] is True
    assert row["confidence"] == "clear"
    assert "0.8" in row["numbers"]
    assert "nan" not in row["sentence"]
    assert found.present == ["M3"]
    others = found.table[found.table["id"] != "M3"]
    assert set(others["confidence"]) == {"not judged"}


def test_only_earned_diagnoses_warn(monkeypatch: pytest.MonkeyPatch) -> None:
    found = diagnose(recording(remembering()), log(np.full(100, np.nan)))
    assert "M1" in found.present
    found.warn()
    with pytest.warns(UserWarning, match="M1"):
        found.warn({"M1"})
    monkeypatch.setattr(diagnosis, "SIGNATURES", (replace(SIGNATURES[0], id="M99"),))
    assert diagnosis.diagnoses_of(found.numbers).present == ["M99"]


def test_wide_layers_get_decoded_curves_with_their_gate() -> None:
    wide = np.repeat(remembering(), 18, axis=2)[..., :70]
    curves = training_curves(recording(wide, inputs=INPUTS), log(), layer="hidden")
    wanted = [
        decoded_bits(recording(wide).block("hidden", e).to_numpy(), TARGETS) for e in (0, 100)
    ]
    assert curves.data["decoded_target"].values.tolist() == wanted
    assert not curves.valid["decoded_target"].any()  # 400 rows for 70 units
    assert "70 units" in curves.notes[0]


def test_tokens_that_occur_twice_are_no_shared_rows() -> None:
    tokens = recording(remembering(), inputs=np.round(INPUTS))
    assert math.isnan(features(tokens, log(), held_out=tokens)["activation.shared_stretches"])
    same = recording(remembering())
    assert features(same, log(), held_out=same)["activation.shared_stretches"] == 1.0


def weighed(**weights: float) -> dict[str, float]:
    """Features of the healthy training, with numbers of weights that a watch would have."""
    usual = {"norm_start": 5.0, "update_ratio": 0.02, "largest_update_ratio": 0.05,
             "recurrent_norm": 4.0, "radius_start": 1.0, "radius": 1.0}  # fmt: skip
    numbers = features(recording(remembering()), log(), held_out=recording(remembering()))
    return numbers | {f"weights.{name}": value for name, value in (usual | weights).items()}


@pytest.mark.parametrize(
    ("weights", "which"),
    [
        ({"recurrent_norm": 0.0}, "M6"),
        ({"radius_start": 0.1}, "M7"),
        ({"radius_start": 1.8}, "M8"),
    ],
)
def test_a_fault_of_the_weights_is_found(weights: dict[str, float], which: str) -> None:
    def present(numbers: dict[str, float]) -> set[str]:
        return set(diagnoses_of(numbers).present)

    assert present(weighed(**weights)) - present(weighed()) == {which}


def test_a_loss_that_falls_far_is_no_spike() -> None:
    """Largest over median, as Adam's first loss has it, is no sign of a rate that is too high."""
    falls = features(recording(remembering()), log(np.geomspace(10.0, 0.001, 100)))
    jumps = features(recording(remembering()), log(np.r_[np.ones(50), 30.0, np.ones(49)]))
    assert falls["loss.worst"] == 1.0
    assert jumps["loss.worst"] == 30.0
    assert "M1" not in diagnoses_of(falls).present
    assert "M1" in diagnoses_of(jumps).present


def test_single_rows_that_coincide_are_no_shared_stretches() -> None:
    rounded = np.round(INPUTS[..., :1], 1)
    other = np.round(RNG.normal(size=(40, 10, 1)), 1)
    here = Recording.from_arrays(inputs=rounded, hidden=NOISE)
    overlapping = np.concatenate([other[:20], rounded[:20]])
    found = [
        features(here, log(), held_out=Recording.from_arrays(inputs=x, hidden=NOISE))
        for x in (other, overlapping)
    ]
    assert found[0]["activation.shared_stretches"] == 0.0
    assert found[1]["activation.shared_stretches"] == 0.5


def test_a_leaked_input_is_found_among_many() -> None:
    """Inputs of the largest variance come first, and the leaked one has the smallest."""
    many = np.concatenate([3.0 * RNG.normal(size=(40, 10, 20)), 0.1 * TARGETS], axis=2)
    found = features(recording(remembering(), inputs=many), log())
    assert found["information.best_input"] > 2.5


def test_a_rare_class_is_no_constant_input() -> None:
    classes = np.eye(5)[RNG.integers(4, size=(40, 10))]
    found = diagnose(recording(remembering(), inputs=classes), log())
    assert math.isnan(found.numbers["activation.constant_inputs"])
    assert "M15" not in found.present
