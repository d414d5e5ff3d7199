from typing import Any

import numpy as np
import pytest
import xarray as xr

from infoscope import (
    KSG,
    InputError,
    KozachenkoLeonenko,
    Recording,
    information_plane,
    learning_indicators,
    tse_complexity,
)
from infoscope.learning import LearningIndicators

EPOCHS = [0, 2, 5]
K = KSG(k=3)


def arrays(seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(6, 5, 2))
    hidden = np.stack([np.tanh(scale * x @ np.ones((2, 3))) for scale in (0.1, 0.5, 1.0)])
    hidden += 0.1 * rng.normal(size=hidden.shape)
    outputs = hidden @ rng.normal(size=(3, 2))
    targets = outputs[2] + 0.3 * rng.normal(size=(6, 5, 2))
    return {"inputs": x, "hidden": hidden, "outputs": outputs, "targets": targets}


def recording(**changes: Any) -> Recording:
    return Recording.from_arrays(**{**arrays(), **changes}, epochs=EPOCHS)


def test_error_is_the_mean_absolute_difference_from_the_targets() -> None:
    given = arrays()
    found = learning_indicators(recording(), estimator=K).data["error"]
    for i in range(3):
        differences = [
            abs(given["outputs"][(i, *at)] - given["targets"][at]) for at in np.ndindex(6, 5, 2)
        ]
        assert float(found[i]) == pytest.approx(sum(differences) / 60, rel=1e-12)
    assert found["epoch"].to_numpy().tolist() == EPOCHS


def test_published_error_is_the_distance_from_the_final_output() -> None:
    outputs = arrays()["outputs"]
    found = learning_indicators(recording(), reference="final-output", estimator=K).data
    assert float(found["error"][2]) == 0.0
    expected = [np.abs(outputs[i] - outputs[2]).mean() for i in range(2)]
    np.testing.assert_allclose(found["error"][:2], expected, rtol=1e-12)
    assert found.attrs["reference"] == "final-output"


def test_complexity_of_some_snapshots_is_that_of_all() -> None:
    some = learning_indicators(recording(), estimator=K, complexity_epochs=[0, 5]).data
    everything = learning_indicators(recording(), estimator=K).data
    for name in everything:
        expected = everything[name]
        if name.startswith("tse"):
            expected = expected.where(expected["epoch"] != 2)
        np.testing.assert_array_equal(some[name], expected)
    with pytest.raises(InputError, match="complexity_epochs must be among those recorded"):
        learning_indicators(recording(), estimator=K, complexity_epochs=[1])


def test_error_uses_all_rows_whatever_the_informations_use() -> None:
    few = learning_indicators(recording(), estimator=K, rows=10).data
    everything = learning_indicators(recording(), estimator=K).data
    for name in ("error", "tse_complexity", "activation_change"):
        np.testing.assert_array_equal(few[name], everything[name])
    assert not np.array_equal(
        few["hidden_input_information"], everything["hidden_input_information"]
    )
    assert few.attrs["rows"] == 10


@pytest.mark.parametrize("reference", ["targets", "final-output"])
def test_informations_are_those_of_the_plane(reference: str) -> None:
    found = learning_indicators(recording(), reference=reference, estimator=K, rows=20).data
    plane = information_plane(
        recording(), units="layers", reference=reference, estimator=K, rows=20
    ).data
    for unit in ("hidden", "output"):
        for about in ("input", "target"):
            curve = found[f"{unit}_{about}_information"]
            np.testing.assert_array_equal(curve, plane[f"{about}_information"].sel(unit=unit))


def test_activation_change_is_the_mean_absolute_change_per_epoch() -> None:
    given = arrays()
    found = learning_indicators(recording(), estimator=K).data["activation_change"].to_numpy()
    assert np.isnan(found[0])
    for i in (1, 2):
        change = 0.0
        for name in ("hidden", "outputs"):
            change += np.abs(given[name][i] - given[name][i - 1]).sum()
        per_value = change / (6 * 5 * (3 + 2))
        assert found[i] == pytest.approx(per_value / (EPOCHS[i] - EPOCHS[i - 1]), rel=1e-12)


def test_complexity_is_that_of_all_nodes_of_the_snapshot() -> None:
    # Three copies of one variable: whatever the subsets, each entropy depends on its size alone.
    x = np.random.default_rng(0).normal(size=(20, 5, 1))
    still = np.zeros((3, 20, 5, 1)) + x
    rec = Recording.from_arrays(inputs=x, hidden=still, outputs=still, targets=x, epochs=EPOCHS)
    estimator = KozachenkoLeonenko(k=4)
    found = learning_indicators(rec, estimator=K, entropy_estimator=estimator).data
    expected = tse_complexity(rec.rows("all"), estimator=estimator, random_state=99)
    np.testing.assert_allclose(found["tse_complexity"], expected.bits, rtol=1e-12)
    np.testing.assert_allclose(found["tse_standard_error"], 0.0, atol=1e-12)


def test_every_snapshot_uses_the_same_subsets() -> None:
    given = arrays()
    still = {name: np.stack([given[name][2]] * 3) for name in ("hidden", "outputs")}
    curves = [
        learning_indicators(recording(**still), estimator=K, random_state=seed).data
        for seed in (0, 0, 1)
    ]
    for curve in curves:
        for name in ("tse_complexity", "tse_standard_error"):
            assert np.ptp(curve[name].to_numpy()) == 0.0
        np.testing.assert_array_equal(curve["activation_change"][1:], 0.0)
    assert curves[0].equals(curves[1])
    assert float(curves[0]["tse_complexity"][0]) != float(curves[2]["tse_complexity"][0])


def test_the_preset_takes_the_published_estimators() -> None:
    preset = learning_indicators(
        recording(), estimator="published", entropy_estimator="published"
    ).data
    entropies = KozachenkoLeonenko(k=10, jitter=1e-10, jitter_unit="sd")
    ksg = KSG(k=10, jitter=1e-10, jitter_unit="sd")
    published = learning_indicators(
        recording(),
        reference="targets",
        estimator=ksg,
        rows=None,
        entropy_estimator=entropies,
        subsets=5,
        epochs=None,
        random_state=0,
    ).data
    assert preset.drop_attrs().identical(published.drop_attrs())


@pytest.mark.parametrize("n_jobs", [1, 2, 3])
def test_indicators_do_not_depend_on_the_number_of_threads(n_jobs: int) -> None:
    estimator = KSG(k=3, jitter=1e-3)
    expected = learning_indicators(recording(), estimator=estimator, random_state=5).data
    found = learning_indicators(recording(), estimator=estimator, random_state=5, n_jobs=n_jobs)
    assert found.data.equals(expected)


def test_frame_has_one_row_for_each_epoch() -> None:
    indicators = learning_indicators(recording(), estimator=K)
    table = indicators.to_frame()
    assert table["epoch"].tolist() == EPOCHS
    assert set(table.columns) == {
        "epoch",
        "error",
        "hidden_input_information",
        "hidden_target_information",
        "output_input_information",
        "output_target_information",
        "tse_complexity",
        "tse_standard_error",
        "activation_change",
    }
    assert table["error"].tolist() == indicators.data["error"].to_numpy().tolist()


def test_summary_has_first_last_and_largest_value_with_its_epoch() -> None:
    data = learning_indicators(recording(), estimator=K).data.copy()
    data["error"][:] = [3.0, 5.0, 1.0]
    data["tse_complexity"][:] = [-2.0, -1.0, -1.0]
    data["activation_change"][:] = [np.nan, 0.25, 0.5]
    data["tse_standard_error"][:] = np.nan
    table = LearningIndicators(data).summary()
    assert table.columns.tolist() == ["first", "last", "max", "epoch_of_max", "first_epoch"]
    assert table.loc["error"].tolist() == [3.0, 1.0, 5.0, 2, 0]
    assert table.loc["tse_complexity"].tolist() == [-2.0, -1.0, -1.0, 2, 0]
    assert table.loc["activation_change"].tolist() == [0.25, 0.5, 0.5, 5, 2]
    assert "tse_standard_error" not in table.index


@pytest.mark.parametrize("width", [1, 3])
def test_outputs_and_targets_must_be_as_many(width: int) -> None:
    # One target would otherwise be compared with both outputs.
    rec = recording(targets=np.zeros((6, 5, width)))
    with pytest.raises(InputError, match=rf"targets must .* got {width} targets and 2 outputs"):
        learning_indicators(rec, estimator=K)


@pytest.mark.parametrize(
    ("changes", "arguments", "match"),
    [
        ({"targets": None}, {}, "must have targets, got one without; give Recording.from_arrays"),
        ({"inputs": None}, {}, "must have inputs, got one without"),
        ({"hidden": None}, {}, "must have hidden, got one without"),
        ({"outputs": None}, {}, "must have outputs, got one without"),
        ({}, {"subsets": 0}, "subsets must be a whole number >= 1, got 0"),
        ({}, {"reference": "truth"}, "reference must be one of 'targets', 'final-output', got"),
        ({}, {"random_state": -1}, "random_state must be an int >= 0"),
        (
            {},
            {"entropy_estimator": KozachenkoLeonenko(k=30)},
            "k must be below .* got k = 30 with 30",
        ),
    ],
)
def test_wrong_arguments_are_refused(
    changes: dict[str, Any], arguments: dict[str, Any], match: str
) -> None:
    with pytest.raises(InputError, match=match):
        learning_indicators(recording(**changes), **{"estimator": K, **arguments})


def curves(**values):
    """Indicators of three snapshots whose values are known."""
    names = [f"{u}_{a}_information" for u in ("hidden", "output") for a in ("input", "target")]
    whole = {name: [1.0] * 3 for name in [*names, "tse_complexity", "tse_standard_error"]}
    data = {name: ("epoch", np.array(curve)) for name, curve in (whole | values).items()}
    attributes = {"ceiling_bits": 5.0}
    return LearningIndicators(xr.Dataset(data, {"epoch": [0, 5, 10]}, attributes))


@pytest.mark.parametrize(
    ("values", "flag", "where"),
    [
        ({"tse_complexity": [-992.0, 1.0, -1.0]}, "negative-tse", [True, False, False]),
        ({"output_target_information": [1.0, 2.0, 1.0]}, "data-processing", [False, True, False]),
        ({"output_input_information": [1.0, 1.0, 1.1]}, "data-processing", [False, False, True]),
        ({"hidden_target_information": [4.4, 4.6, 1.0]}, "saturated", [False, True, False]),
    ],
)
def test_indicators_that_break_their_gates_are_flagged(values, flag, where) -> None:
    found = curves(**values)
    assert found.flagged[flag].to_numpy().tolist() == where
    assert found.flags == (flag,)
    assert [w.startswith(f"{flag}: ") and "1 of 3 snapshots" in w for w in found.warnings] == [True]
    assert flag in repr(found)
    assert len(repr(found).splitlines()) == 1


def test_indicators_that_keep_their_gates_are_not_flagged() -> None:
    assert curves().flags == ()
    assert curves().warnings == ()
    # Without any sampling of subsets there is no standard error.
    assert curves(tse_standard_error=[np.nan] * 3, tse_complexity=[-1.0] * 3).flags
    # Snapshots whose complexity was not asked for.
    assert curves(tse_complexity=[np.nan] * 3, tse_standard_error=[np.nan] * 3).flags == ()
