"""What `describe` and `recommend` say of recordings whose properties are known."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control
from scipy.stats import t as student

import infoscope as isc
from infoscope.description import recommend
from infoscope.description.detectable import smallest_flow
from infoscope.description.units import trial_locked

made = isc.Recording.from_arrays


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


@pytest.fixture(scope="module")
def spoilt() -> isc.results.Description:
    """A constant, a dead unit, a copy, rounded values, counts and a drift among good units."""
    x = noise(1, 2000, 8)
    x[..., 1] = 3.0
    x[..., 2] = 1.0 - 2.0 * x[..., 0]
    x[..., 3] = 0.0
    x[0, :4, 3] = 1.0
    x[..., 4] = np.round(x[..., 4])
    x[..., 5] = np.random.default_rng(1).poisson(0.3, size=(1, 2000))
    x[0, 1000:, 6] += 2.0
    return isc.describe(made(hidden=x))


def test_each_defect_is_found_where_it_is(spoilt: isc.results.Description) -> None:
    units = spoilt.to_frame()
    assert units.index[units["constant"]].tolist() == ["h1"]
    assert units.index[units["dead"]].tolist() == ["h1", "h3"]
    assert units["copy_of"].to_dict() == {f"h{i}": "h0" if i == 2 else "" for i in range(8)}
    assert units.index[units["counts"]].tolist() == ["h3", "h5"]
    assert units.index[units["tied"] > 0.5].tolist() == ["h1", "h3", "h4", "h5"]
    assert units.index[units["drift_p"] < 1e-6].tolist() == ["h6"]
    facts = spoilt.facts
    counted = ("constant_units", "dead_units", "duplicate_units", "drifting_units")
    assert [facts[name] for name in counted] == [1, 2, 1, 1]
    for name in ("h1", "h2 of h0", "h3", "h4", "h6"):
        assert any(name in warning for warning in spoilt.warnings)


def test_shape_and_rows_are_counted() -> None:
    trials = [noise(30, 3), noise(20, 3, seed=1), noise(25, 3, seed=2)]
    found = isc.describe(made(hidden=trials, sampling_interval=0.01)).facts
    wanted = {"units": 3, "rows": 75, "trials": 3, "longest_trial": 30, "unbroken_stretches": 3}
    assert {name: found[name] for name in wanted} == wanted
    assert found["sampling_interval_seconds"] == 0.01
    assert found["bytes"] >= 75 * 3 * 8


@pytest.mark.parametrize("phi", [0.0, 0.6, 0.9])
def test_effective_rows_of_autoregressions_are_bartletts(phi: float) -> None:
    rows = 20000
    x = noise(rows, 4)
    for t in range(1, rows):
        x[t] += phi * x[t - 1]
    found = isc.describe(made(hidden=x[np.newaxis]))
    expected = (1 - phi**2) / (1 + phi**2)
    assert found.facts["effective_rows"] / rows == pytest.approx(expected, rel=0.15)
    times = found.units["autocorrelation_time"]
    assert times.median() == pytest.approx((1 + phi) / (1 - phi), rel=0.15)


def test_trial_locked_share_is_unbiased() -> None:
    """The same signal in all trials, as much variance as the noise: a half; none: 0 on average."""
    steps, trials = 40, 6
    step, trial = np.tile(np.arange(steps), trials), np.repeat(np.arange(trials), steps)
    shared, none = [], []
    for seed in range(200):
        x = noise(trials, steps, 2, seed=seed)
        x[..., 0] += noise(steps, seed=1000 + seed)
        share, rest = trial_locked(x.reshape(-1, 2), trial, step)
        shared.append(share[0])
        none.append(share[1])
        assert np.abs(rest.reshape(trials, steps, 2).mean(axis=0)).max() < 1e-12
    assert np.mean(shared) == pytest.approx(0.5, abs=0.02)
    assert abs(np.mean(none)) < 4 * np.std(none) / np.sqrt(200)


@pytest.mark.parametrize(("rows", "units"), [(200, 10), (1000, 6)])
def test_the_smallest_flow_is_detected_with_the_stated_power(rows: int, units: int) -> None:
    bits = smallest_flow(rows - 1, units * (units - 1))
    rho, found, runs = np.sqrt(1 - 2 ** (-2 * bits)), 0, 300
    off = ~np.eye(units, dtype=bool)
    for seed in range(runs):
        x = noise(rows, units, seed=seed)
        x[1:, 1] = rho * x[:-1, 0] + np.sqrt(1 - rho**2) * x[1:, 1]
        r = np.corrcoef(x[:-1].T, x[1:].T)[:units, units:]
        p = 2 * student.sf(np.abs(r) * np.sqrt((rows - 3) / (1 - r**2)), rows - 3)
        q = np.ones_like(p)
        q[off] = false_discovery_control(p[off])
        found += q[0, 1] <= 0.1
    assert found / runs == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / runs))


def test_the_smallest_flow_falls_with_rows_and_grows_with_edges() -> None:
    assert smallest_flow(2000, 90) < smallest_flow(200, 90) < smallest_flow(200, 9000)
    assert smallest_flow(3, 2) == np.inf
    # 0.5 is the threshold itself: half of the estimates at the threshold exceed it.
    assert smallest_flow(500, 20, power=0.5) < smallest_flow(500, 20)


def chosen(recording: isc.Recording) -> tuple[str, str, str, tuple[int, ...]]:
    found = recommend(recording)
    assert set(found.reasons) == {"measure", "tested", "estimator", "null", "lags"}
    table = found.to_frame()
    taken = table[table["chosen"]]
    assert set(taken["name"][taken["kind"] == "measure"]) == {found.measure, found.tested}
    assert taken.groupby("kind").size()[["estimator", "null"]].eq(1).all()
    assert taken["fits"].all()
    return found.tested, type(found.estimator).__name__, found.null, found.lags


def test_data_decide_the_analysis() -> None:
    few = made(hidden=noise(1, 2000, 4))
    assert chosen(few) == ("full_conditional", "str", "closed-form", (1,))
    assert chosen(made(hidden=noise(1, 100, 4)))[1] == "Gaussian"
    assert chosen(made(hidden=noise(300, 1, 4)))[0] == "instantaneous"
    spikes = np.random.default_rng(0).poisson(0.2, size=(20, 300, 5)).astype(float)
    assert chosen(made(hidden=spikes)) == (
        "transfer_entropy",
        "Discrete",
        "local-permutation",
        (1,),
    )
    late = noise(1, 3000, 3)
    late[0, 4:, 1] += late[0, :-4, 0]
    assert chosen(made(hidden=late))[3] == (1, 2, 3, 4)


def test_the_order_of_pairs_is_chosen_where_models_can_be_compared() -> None:
    assert recommend(made(hidden=noise(1, 2000, 4))).measure == "best"
    spikes = np.random.default_rng(0).poisson(0.2, size=(20, 300, 5)).astype(float)
    assert recommend(made(hidden=spikes)).measure == "best"
    for other in (
        made(hidden=noise(1, 90, 4)),  # too few rows
        made(hidden=noise(300, 1, 4)),  # no time
        made(inputs=noise(1, 500, 4)),  # no unit that hears others
    ):
        found = recommend(other)
        assert found.measure == found.tested != "best"
    late = noise(1, 3000, 3)
    late[0, 4:, 1] += late[0, :-4, 0]
    found = recommend(made(hidden=late))
    assert found.measure == found.tested
    assert found.lags == (1, 2, 3, 4)


def test_what_is_recommended_runs_and_finds_the_lorenz_system() -> None:
    bed = isc.models.connectivity_beds()["lorenz"]
    recording, advice = bed.recording(), recommend(bed.recording())
    assert advice.measure == "best"
    order = isc.flow_measures(recording, measures=[advice.measure], estimator=advice.estimator)
    score = isc.score_edges(order["best"], bed.truth)["auroc"].to_numpy()
    assert score[0] > 0.97


def test_what_does_not_fit_has_a_reason() -> None:
    def unfit(recording: isc.Recording) -> pd.Series:
        table = recommend(recording).to_frame().set_index("name")
        return table["reason"][~table["fits"]]

    assert "full_conditional" in unfit(made(hidden=noise(1, 30, 40)))
    trend = noise(1, 1000, 4) + np.linspace(0, 6, 1000)[:, np.newaxis]
    assert "circular-shift" in unfit(made(hidden=trend))
    assert {"sequence-permutation", "trial-shift"} <= set(
        unfit(made(hidden=noise(1, 500, 3))).index
    )
    assert "sequence-permutation" not in unfit(made(hidden=noise(30, 50, 3)))


@pytest.mark.parametrize(
    "hidden",
    [np.zeros((1, 50, 2)), np.ones((3, 1, 1)), noise(1, 3, 2), noise(2, 4, 60), noise(1, 40, 1)],
    ids=["constant", "one value", "three rows", "more units than rows", "one unit"],
)
def test_hardly_any_data_are_described_too(hidden: np.ndarray) -> None:
    found = isc.describe(made(hidden=hidden))
    assert found.facts["units"] == hidden.shape[-1]
    assert found.to_text()
    assert found.to_dict()


def test_trial_locked_units_are_named_and_chance_is_not() -> None:
    x = noise(20, 50, 3)
    x[..., 1] += 2.0 * noise(50, seed=9)
    found = isc.describe(made(hidden=x))
    assert any("Locked" in one and "h1" in one and "h0" not in one for one in found.warnings)
    for seed in range(5):
        few = isc.describe(made(hidden=noise(5, 40, 3, seed=seed)))
        assert not any("Locked" in one for one in few.warnings)


def test_every_snapshot_can_be_described() -> None:
    early, late = np.zeros((4, 20, 3)), noise(4, 20, 3)
    recording = made(hidden=np.stack([early, late]), epochs=[0, 7])
    assert isc.describe(recording, epoch=0).facts["constant_units"] == 3
    assert isc.describe(recording).facts["epoch"] == 7
    with pytest.raises(isc.InputError, match="recorded"):
        isc.describe(recording, epoch=3)
