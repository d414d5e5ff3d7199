"""Features of recordings with known values, and the bed that a recording is compared with."""

from dataclasses import replace

import numpy as np
import pytest

import infoscope as isc
from infoscope.description.bed_features import BedFeatures
from infoscope.description.nearest_bed import compared, known_beds

BEDS = isc.models.connectivity_beds()


def table(values: np.ndarray) -> isc.Recording:
    return isc.Recording.from_arrays(hidden=values[np.newaxis])


def features_of(values: np.ndarray) -> BedFeatures:
    recording = table(values)
    return BedFeatures.of(recording, isc.one_step_influence(recording, model="linear"))


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_dimension_of_equally_correlated_units_is_known(rho: float) -> None:
    """Eigenvalues are 1 + (k - 1) rho once and 1 - rho k - 1 times."""
    k, rng = 6, np.random.default_rng(0)
    own, shared = rng.normal(size=(20_000, k)), rng.normal(size=(20_000, 1))
    found = features_of(np.sqrt(rho) * shared + np.sqrt(1 - rho) * own)
    squares = (1 + (k - 1) * rho) ** 2 + (k - 1) * (1 - rho) ** 2
    assert found.dimension == pytest.approx(k / squares, rel=0.03)


def test_a_tenth_of_uniform_values_lies_within_a_twentieth_of_either_end() -> None:
    found = features_of(np.random.default_rng(1).uniform(size=(20_000, 3)))
    assert found.saturation == pytest.approx(0.1, abs=0.01)


def test_unexplained_and_rows_of_an_autoregression_are_known() -> None:
    """phi = .8 leaves 1 - .64 of the variance."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(8_001, 4))
    for t in range(1, len(x)):
        x[t] += 0.8 * x[t - 1]
    found = features_of(x)
    assert found.unexplained == pytest.approx(0.36, abs=0.03)
    assert found.rows_per_source == pytest.approx(8_000 / 4)
    assert (found.model, found.counts) == ("linear", False)


@pytest.mark.parametrize(("name", "model"), [("linear", "linear"), ("lorenz", "quadratic")])
def test_a_bed_run_again_with_other_connections_is_nearest_to_itself(name: str, model: str) -> None:
    bed = replace(BEDS[name], seed=21)
    recording = bed.recording(random_state=22)
    influence = isc.one_step_influence(recording, model=model)
    found = isc.models.nearest_bed(recording, influence=influence)
    assert (found.bed, found.near) == (name, True)
    assert found.distances.is_monotonic_increasing
    assert found.distances[name] == found.distance
    best = found.table["auprc"].idxmax()
    scored = isc.score_edges(influence["score"], bed.truth).loc[0, "auprc"]
    assert scored == pytest.approx(found.table.loc["score", "auprc"], abs=0.15)
    assert best in repr(found)


def test_the_distance_is_the_one_computed_by_hand() -> None:
    of = known_beds().groupby("bed").first().loc["linear"]
    shared = {"model": of["model"], "counts": False}
    same = BedFeatures(**shared, rows_per_source=of["rows_per_source"], dimension=of["dimension"],
                       saturation=of["saturation"], unexplained=of["unexplained"])  # fmt: skip
    assert compared(same, known_beds()).distances["linear"] == pytest.approx(0.0)
    # A factor of 2 in rows is half, .1 in saturation half a unit, a factor of 10 in error one.
    other = replace(same, rows_per_source=2 * same.rows_per_source,
                    saturation=same.saturation + 0.1,
                    unexplained=same.unexplained / 10)  # fmt: skip
    assert compared(other, known_beds()).distances["linear"] == pytest.approx(
        np.sqrt(0.25 + 0.25 + 1.0)
    )
    gated = replace(same, model="gated")
    assert compared(gated, known_beds()).distances["linear"] == pytest.approx(1.0)
    dense = replace(same, dimension=same.dimension / 9)
    assert compared(dense, known_beds()).distances["linear"] == pytest.approx(2.0)


def test_where_no_bed_is_near_no_accuracy_is_stated() -> None:
    few = BedFeatures(model="exponential", counts=False, rows_per_source=1.0, dimension=1.0,
                      saturation=0.9, unexplained=0.99)  # fmt: skip
    found = compared(few, known_beds())
    assert not found.near
    assert found.to_frame().empty
    assert found.distance > 1.0
    assert found.to_dict()["near"] is False
    assert found.bed in repr(found)


def test_counts_are_only_compared_with_counts() -> None:
    counts = BedFeatures(model="counts", counts=True, rows_per_source=500.0, dimension=0.9,
                         saturation=0.9, unexplained=0.95)  # fmt: skip
    distances = compared(counts, known_beds()).distances
    of_counts = known_beds().groupby("bed")["counts"].first()
    assert np.isinf(distances[of_counts[~of_counts].index]).all()
    assert np.isfinite(distances[of_counts[of_counts].index]).all()


def test_the_table_of_the_package_is_sound() -> None:
    known = known_beds()
    assert not known.duplicated(["bed", "measure"]).any()
    assert (known["low"] <= known["auprc"] + 1e-3).all()
    assert (known["auprc"] <= known["high"] + 1e-3).all()
    assert known["prevalence"].between(0.05, 0.3).all()
    assert known["networks"].ge(1).all()
    per_bed = known.groupby("bed")[["rows_per_source", "dimension", "unexplained"]].nunique()
    assert (per_bed == 1).all(axis=None)
    assert {"TE", "F", "score"} <= set(known["measure"])


def test_influence_of_other_nodes_is_refused() -> None:
    x = np.random.default_rng(3).normal(size=(200, 4))
    other = isc.one_step_influence(table(x[:, :3]), model="linear")
    with pytest.raises(isc.InputError, match="influence"):
        isc.models.nearest_bed(table(x), influence=other)


def test_a_recording_of_one_moving_unit_is_refused() -> None:
    x = np.random.default_rng(4).normal(size=(200, 2))
    x[:, 1] = 1.0
    with pytest.raises(isc.InputError, match="two hidden units"):
        isc.models.nearest_bed(table(x))
