from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.special import digamma

from infoscope import KSG, InputError, Recording, information_plane
from infoscope.learning import InformationPlane
from reference import networks as twin

WINDOWS, STEPS = 6, 5


def small_recording(**left_out: None) -> Recording:
    """Two snapshots of a network whose output approaches its target."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(WINDOWS, STEPS, 3))
    weak, strong = (np.tanh(x @ rng.normal(size=(3, 4)) * scale) for scale in (0.1, 1.0))
    outputs = np.stack([h @ rng.normal(size=(4, 2)) for h in (weak, strong)])
    blocks = {
        "inputs": x,
        "hidden": np.stack([weak, strong]),
        "outputs": outputs,
        "targets": outputs[1] + rng.normal(size=(WINDOWS, STEPS, 2)),
    }
    return Recording.from_arrays(**{**blocks, **left_out}, epochs=[10, 20])


def value(plane: InformationPlane, what: str, epoch: int, unit: str) -> float:
    return float(plane.data[what].sel(epoch=epoch, unit=unit))


@pytest.mark.parametrize("reference", ["targets", "final-output"])
@pytest.mark.parametrize("rows", [None, 17])
def test_layers_equal_the_twin(reference: str, rows: int | None) -> None:
    rec = small_recording()
    plane = information_plane(rec, reference=reference, estimator=KSG(k=3), rows=rows)
    assert plane.data["unit"].to_numpy().tolist() == ["hidden", "output"]
    assert plane.data["role"].to_numpy().tolist() == ["hidden", "output"]
    assert "entropy" not in plane.data
    x = rec.rows("inputs")[:rows]
    y = (rec.rows("targets") if reference == "targets" else rec.rows("outputs", 20))[:rows]
    assert plane.data.attrs["rows"] == len(x)
    assert plane.data.attrs["reference"] == reference
    for epoch in (10, 20):
        for unit, block in (("hidden", "hidden"), ("output", "outputs")):
            t = rec.rows(block, epoch)[:rows]
            about_input, about_target = twin.ksg1(t, x, 3), twin.ksg1(t, y, 3)
            assert value(plane, "input_information", epoch, unit) == pytest.approx(
                about_input, abs=1e-10
            )
            assert value(plane, "target_information", epoch, unit) == pytest.approx(
                about_target, abs=1e-10
            )


def test_nodes_equal_the_twin() -> None:
    rec = small_recording()
    plane = information_plane(rec, units="nodes", estimator=KSG(k=3), epochs=[20])
    assert plane.data["unit"].to_numpy().tolist() == rec.nodes.index.tolist()
    assert plane.data["role"].to_numpy().tolist() == rec.nodes["role"].tolist()
    x, y, everything = rec.rows("inputs"), rec.rows("targets"), rec.rows("all", 20)
    for column, unit in enumerate(rec.nodes.index):
        node = everything[:, column]
        for what, expected in (
            ("input_information", twin.ksg1(node, x, 3)),
            ("target_information", twin.ksg1(node, y, 3)),
            ("entropy", twin.kl_entropy(node, 3)),
        ):
            assert value(plane, what, 20, unit) == pytest.approx(expected, abs=1e-10)


def test_named_nodes_are_those_of_all_nodes() -> None:
    rec = small_recording()
    everything = information_plane(rec, units="nodes", estimator=KSG(k=3)).data
    chosen = information_plane(rec, units=["o1", "h2"], estimator=KSG(k=3)).data
    assert chosen["unit"].to_numpy().tolist() == ["o1", "h2"]
    assert chosen["role"].to_numpy().tolist() == ["output", "hidden"]
    expected = everything.sel(unit=["o1", "h2"])
    for name in ("input_information", "target_information", "entropy"):
        np.testing.assert_array_equal(chosen[name], expected[name])


def test_published_reference_is_known_to_the_final_output_up_to_the_ceiling() -> None:
    plane = information_plane(small_recording(), reference="final-output", estimator=KSG(k=3))
    n = WINDOWS * STEPS
    ceiling = float(digamma(n) - digamma(3)) / np.log(2)
    assert plane.ceiling_bits == pytest.approx(ceiling, abs=1e-12)
    assert value(plane, "target_information", 20, "output") == pytest.approx(ceiling, abs=1e-12)
    assert value(plane, "target_information", 10, "output") < ceiling - 0.1


def test_ceiling_is_that_of_the_rows_in_use() -> None:
    plane = information_plane(small_recording(), estimator=KSG(k=3, variant=2), rows=12)
    expected = float(digamma(12) - digamma(3) - 1 / 3) / np.log(2)
    assert plane.ceiling_bits == pytest.approx(expected, abs=1e-12)


def test_chosen_epochs_are_those_of_all_epochs() -> None:
    rec = small_recording()
    everything = information_plane(rec, estimator=KSG(k=3)).data
    first = information_plane(rec, estimator=KSG(k=3), epochs=[10]).data
    assert everything["epoch"].to_numpy().tolist() == [10, 20]
    assert first["epoch"].to_numpy().tolist() == [10]
    expected = everything["input_information"].sel(epoch=[10])
    np.testing.assert_array_equal(first["input_information"], expected)


def test_layers_that_are_missing_are_left_out() -> None:
    plane = information_plane(small_recording(outputs=None), estimator=KSG(k=3))
    assert plane.data["unit"].to_numpy().tolist() == ["hidden"]


def test_entropy_of_a_tied_node_is_minus_infinity() -> None:
    x = np.random.default_rng(0).normal(size=(6, 5, 2))
    rec = Recording.from_arrays(inputs=x, hidden=np.sign(x), targets=x)
    entropy = information_plane(rec, units=["h0"], estimator=KSG(k=3)).data["entropy"].to_numpy()
    assert entropy.tolist() == [[-np.inf]]
    noisy = information_plane(rec, units=["h0"], estimator=KSG(k=3, jitter=1e-10)).data["entropy"]
    assert -40 < float(noisy[0, 0]) < -20  # the noise: about log2(1e-10) = -33 bits


def test_frame_has_one_row_for_each_epoch_and_unit() -> None:
    plane = information_plane(small_recording(), estimator=KSG(k=3))
    table = plane.to_frame()
    assert len(table) == 4
    row = table[(table["epoch"] == 10) & (table["unit"] == "output")].iloc[0]
    assert row["input_information"] == value(plane, "input_information", 10, "output")
    assert row["role"] == "output"


@pytest.mark.parametrize("role", ["hidden", "input"])
def test_correlation_is_over_the_nodes_of_a_role_in_the_last_epoch(role: str) -> None:
    plane = information_plane(small_recording(), units="nodes", estimator=KSG(k=3))
    table = plane.to_frame()
    table = table[(table["epoch"] == 20) & (table["role"] == role)]
    assert len(table) == (4 if role == "hidden" else 3)
    about_input = table["input_information"].to_numpy()
    about_target = table["target_information"].to_numpy()
    assert plane.correlation(role) == pytest.approx(pearson(about_input, about_target), abs=1e-12)
    entropy = table["entropy"].to_numpy()
    assert plane.correlation(role, normalised=True) == pytest.approx(
        pearson(about_input / entropy, about_target / entropy), abs=1e-12
    )


def pearson(x: np.ndarray, y: np.ndarray) -> float:
    x, y = x - x.mean(), y - y.mean()
    return float((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()))


def test_correlation_needs_three_nodes_and_spread() -> None:
    plane = information_plane(small_recording(), units="nodes", estimator=KSG(k=3))
    assert np.isnan(plane.correlation("output"))
    flat = plane.data.copy()
    flat["input_information"][:] = 0.5
    assert np.isnan(InformationPlane(flat).correlation())


def test_layers_have_no_normalised_correlation() -> None:
    plane = information_plane(small_recording(), estimator=KSG(k=3))
    with pytest.raises(
        InputError, match="normalised must be False for layers, got True; entropies"
    ):
        plane.correlation(normalised=True)


def test_correlation_of_an_unknown_role_is_refused() -> None:
    plane = information_plane(small_recording(), units="nodes", estimator=KSG(k=3))
    with pytest.raises(InputError, match=r"role must be one of .* got 'hiden'"):
        plane.correlation("hiden")


def test_the_preset_is_the_published_estimator_of_true_targets_on_all_rows() -> None:
    preset = information_plane(small_recording(), estimator="published").data
    ksg = KSG(k=10, jitter=1e-10, jitter_unit="sd")
    published = information_plane(
        small_recording(), units="layers", reference="targets", estimator=ksg, rows=None
    ).data
    assert preset.identical(published)


@pytest.mark.parametrize("n_jobs", [1, 2, 3])
def test_plane_does_not_depend_on_the_number_of_threads(n_jobs: int) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 8, 2))
    rec = Recording.from_arrays(x, np.tanh(x), targets=x[..., :1])
    estimator = KSG(k=3, jitter=1e-3)
    expected = information_plane(rec, estimator=estimator).data
    found = information_plane(rec, estimator=estimator, n_jobs=n_jobs).data
    assert found.equals(expected)


@pytest.mark.parametrize(
    ("left_out", "arguments", "match"),
    [
        ("targets", {}, "must have targets, got one without; give Recording.from_arrays"),
        ("inputs", {}, "must have inputs, got one without"),
        ("outputs", {"reference": "final-output"}, "must have outputs, got one without"),
        ("", {"reference": "truth"}, "reference must be one of 'targets', 'final-output', got"),
        ("", {"units": "neurons"}, "units must be one of 'layers', 'nodes', got 'neurons'"),
        ("", {"units": ["h0", "h9"]}, "units must be one of 'x0', .* got 'h9'"),
        ("", {"rows": 0}, "rows must be a whole number >= 1, got 0"),
        ("", {"rows": 3}, "k must be below the number of samples, got k = 3 with 3 samples"),
        ("", {"epochs": [10, 15]}, "epochs must be among those recorded, got 15; .* 10, 20"),
        ("", {"epochs": []}, "epochs is empty"),
        ("", {"units": []}, "units is empty"),
    ],
)
def test_wrong_arguments_are_refused(left_out: str, arguments: dict[str, Any], match: str) -> None:
    rec = small_recording(**({left_out: None} if left_out else {}))
    with pytest.raises(InputError, match=match):
        information_plane(rec, **{"estimator": KSG(k=3), **arguments})


def test_planes_that_break_data_processing_are_flagged() -> None:
    known = {"input_information": [[1.0, 0.5], [1.0, 1.0]],
             "target_information": [[2.62, 5.32], [1.0, 0.9]]}  # fmt: skip
    data = xr.Dataset(
        {name: (("epoch", "unit"), np.array(values)) for name, values in known.items()},
        {"epoch": [0, 5], "unit": ["hidden", "output"]},
        {"ceiling_bits": 8.0},
    )
    plane = InformationPlane(data)
    assert plane.flagged["data-processing"].to_numpy().tolist() == [True, False]
    assert plane.flags == ("data-processing",)
    assert "1 of 2 snapshots" in plane.warnings[0]
    assert "data-processing" in repr(plane)
    assert InformationPlane(data.isel(epoch=[1])).flags == ()
    # Single nodes are no functions of one another, whatever they are called.
    assert InformationPlane(data.assign(entropy=data.input_information)).flags == ()
