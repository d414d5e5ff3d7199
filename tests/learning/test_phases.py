"""Compression, turns, change-points, leads: curves whose answer is known."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import t as student

from infoscope import EstimationError, InputError
from infoscope.learning import (
    auroc,
    change_point,
    compression,
    crossing_epoch,
    indicator_leads,
    partial_spearman,
    seed_band,
    seed_test,
    stack_seeds,
    turn_count,
)
from infoscope.learning.leads import progress_curve
from infoscope.learning.phases import half_way_epoch, turns
from reference import networks as twin

EPOCHS = np.concatenate([[0, 1, 2, 3, 5, 8], np.arange(10, 401, 10)])


def curve(values, epochs=None, **others):
    when = np.arange(np.shape(values)[-1]) if epochs is None else epochs
    return xr.DataArray(values, dims=(*others, "epoch"), coords={"epoch": when, **others})


def logistic(middle, width=1.0, level=0.0, height=1.0, epochs=EPOCHS):
    """Rises in log epoch around a middle; from level on."""
    position = (np.log(np.maximum(epochs, 0.5)) - np.log(middle)) / width
    return curve(level + height / (1 + np.exp(-position)), epochs)


def test_compression_of_a_known_curve():
    values = [[1.0, 4.0, 3.0], [1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [2.0, 2.0, 2.0]]
    given = curve(values, [0, 10, 20], seed=[0, 1, 2, 3])
    shift = xr.DataArray([-0.1, 0.0, 0.1], dims="block")
    replicates = given + shift * (given["epoch"] == 20)  # the end alone is uncertain
    found = compression(given, replicates)
    assert found["onset"].values.tolist() == [10, 20, 0, 0]
    np.testing.assert_allclose(found["loss"], [1.0, 0.0, 2.0, 0.0])
    np.testing.assert_allclose(found["relative_loss"], [1 / 3, 0.0, np.inf, 0.0])
    # Squares of the differences sum to 0.02; times (3 - 1) / 3.
    error = np.sqrt(2 / 3 * 0.02)
    bound = student.ppf(0.95, 2) * error
    np.testing.assert_allclose(found["loss_lower"], [1 - bound, 0.0, 2 - bound, -bound])
    assert found["compresses"].values.tolist() == [True, False, True, False]


def test_a_small_or_uncertain_fall_is_no_compression():
    steady = xr.DataArray([-0.01, 0.01], dims="block")
    small = curve([0.0, 1.0, 0.96])
    assert not bool(compression(small, small + steady)["compresses"])  # 4 % of the rise
    large = curve([0.0, 1.0, 0.5])
    assert bool(compression(large, large + steady)["compresses"])  # moves both: no uncertainty
    loose = large + xr.DataArray([-0.4, 0.4], dims="block") * (large["epoch"] == 2)
    assert not bool(compression(large, loose)["compresses"])


def test_compression_bound_covers_where_there_is_none():
    """Of a curve that is flat in truth, seldom more than its share of bounds is above zero."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 200, 2))  # the means of 200 rows at a fixed onset and at the end
    whole = rows.mean(axis=1)
    parts = rows.reshape(300, 10, 20, 2).mean(axis=2)
    without = (10 * whole[:, np.newaxis] - parts) / 9
    above = 0
    for values, left in zip(whole, without, strict=True):
        # The first epoch is far below, so that onset is decided between the two.
        given = curve([-99.0, values[0], values[1]])
        stacked = np.column_stack([np.full(10, -99.0), left])
        replicates = xr.DataArray(stacked, dims=("block", "epoch"), coords={"epoch": [0, 1, 2]})
        above += bool(compression(given, replicates)["loss_lower"] > 0)
    assert above <= 28  # of 300 at 5 %: 15, and 3.5 errors of 3.8 more


def test_compression_needs_its_replicates():
    given = curve([0.0, 1.0, 0.5])
    with pytest.raises(InputError, match="replicates must have the dimensions of the curve and"):
        compression(given, given)
    both = given + xr.DataArray([0.0, 0.1], dims="block")
    for wrong in (0.0, 1.0, 95):
        with pytest.raises(InputError, match="confidence must be between 0 and 1, got"):
            compression(given, both, confidence=wrong)
    with pytest.raises(InputError, match="curve must be a DataArray with the dimension epoch, got"):
        compression(np.zeros(3), both)
    with pytest.raises(InputError, match="curve must be finite, got nan at index"):
        compression(given.where(given > 0), both)


@pytest.mark.parametrize(
    ("values", "threshold", "turns"),
    [
        ([0, 1, 2, 3], 0.0, 0),
        ([3, 2, 1], 0.0, 0),
        ([0, 3, 1, 3, 1, 3], 0.5, 4),  # up, down, up, down, up
        ([0, 3, 1, 3, 1, 3], 2.5, 0),
        ([0, 1, 0.9, 1.9, 1.8, 2.8], 0.5, 0),
        ([2, 0, 2], 0.5, 1),
        ([0, -0.2, 0, 5, 0], 1.0, 1),
        ([1, 1, 1], 0.0, 0),
    ],
)
def test_turns_beyond_the_threshold_are_counted(values, threshold, turns):
    assert int(turn_count(curve(np.array(values, float)), threshold=threshold)) == turns
    assert int(turn_count(curve(-np.array(values, float)), threshold=threshold)) == turns


def test_turns_of_noise_are_not_counted():
    rng = np.random.default_rng(0)
    wave = np.sin(np.linspace(0, 4 * np.pi, 200))  # up, down, up, down, up
    noisy = curve(wave + 0.02 * rng.normal(size=(20, 200)), seed=np.arange(20))
    counts = turn_count(noisy, threshold=xr.DataArray(np.full(20, 0.3), dims="seed"))
    assert counts.values.tolist() == [4] * 20
    assert int(turn_count(noisy[0], threshold=0.0)) > 20
    with pytest.raises(InputError, match="threshold must be >= 0, got -1"):
        turn_count(noisy, threshold=-1.0)


@pytest.mark.parametrize("logarithmic", [False, True])
def test_change_point_is_where_two_lines_meet(logarithmic):
    position = np.log1p(EPOCHS) if logarithmic else EPOCHS.astype(float)
    meet = position[20]
    noise = 1e-3 * np.ptp(position) * np.random.default_rng(0).normal(size=(10, len(EPOCHS)))
    bent = 2 * np.minimum(position, meet) - 0.5 * np.maximum(position - meet, 0) + noise
    found = change_point(curve(bent, EPOCHS, seed=np.arange(10)), logarithmic=logarithmic)
    assert np.abs(found["change_epoch"] - EPOCHS[20]).max() <= 10
    assert (found["bic_difference"] > 10).all()
    np.testing.assert_allclose(found["slope_before"], 2.0, atol=0.05)
    np.testing.assert_allclose(found["slope_after"], -0.5, atol=0.05)


def test_one_line_is_one_line():
    rng = np.random.default_rng(1)
    lines = 3.0 + 0.1 * EPOCHS + rng.normal(size=(200, len(EPOCHS)))
    given = curve(lines, EPOCHS, seed=np.arange(200))
    difference = change_point(given, logarithmic=False)["bic_difference"]
    # The largest of 40 chi-squares that hang together seldom exceeds 10 + 2 ln 46.
    assert (difference > 10).mean() < 0.02
    assert (difference < 0).mean() > 0.9
    exact = change_point(curve(2.0 + 0.1 * EPOCHS, EPOCHS), logarithmic=False)
    assert float(exact["bic_difference"]) == pytest.approx(-2 * np.log(len(EPOCHS)))


def test_bic_is_that_of_the_definition():
    rng = np.random.default_rng(2)
    x, y = np.arange(9.0), rng.normal(size=9)
    found = change_point(curve(y), logarithmic=False)
    best = np.inf
    for knot in x[2:-2]:
        design = np.column_stack([np.ones(9), x, np.maximum(x - knot, 0)])
        fit = design @ np.linalg.solve(design.T @ design, design.T @ y)
        best = min(best, ((y - fit) ** 2).sum())
    line = np.polynomial.Polynomial.fit(x, y, 1)
    alone = ((y - line(x)) ** 2).sum()
    expected = 9 * np.log(alone / 9) + 3 * np.log(9) - 9 * np.log(best / 9) - 5 * np.log(9)
    assert float(found["bic_difference"]) == pytest.approx(expected, abs=1e-9)
    with pytest.raises(InputError, match="curve must have six epochs or more, got 5"):
        change_point(curve(np.zeros(5)))


def test_crossing_must_last():
    values = curve([5.0, 0.5, 2.0, 0.9, 0.9, 1.5, 0.5, 0.4, 0.3, 0.2], np.arange(0, 100, 10))
    assert float(crossing_epoch(values, level=1.0, below=True, run=1)) == 10
    assert float(crossing_epoch(values, level=1.0, below=True, run=2)) == 30
    assert float(crossing_epoch(values, level=1.0, below=True)) == 60
    assert np.isnan(crossing_epoch(values, level=1.0, below=True, run=5))
    assert np.isnan(crossing_epoch(values, level=1.0, below=True, run=50))
    assert float(crossing_epoch(values, level=2.0, run=1)) == 0
    with pytest.raises(InputError, match="epoch of curve must increase from 0 or later"):
        crossing_epoch(curve([1.0, 2.0], [5, 3]), level=1.0)


def test_progress_runs_from_zero_to_the_median_of_the_last_tenth():
    values = np.concatenate([np.linspace(2.0, 4.0, 90), [6.0, 4.0, 6.0, 5.0, 6.0] * 2, [6.0]])
    found = progress_curve(curve(values))
    assert float(found[0]) == 0.0
    assert float(found[89]) == pytest.approx(0.5)  # (4 - 2) / (6 - 2)
    assert np.isnan(progress_curve(curve([1.0, 2.0, 1.0]))).all()
    np.testing.assert_allclose(progress_curve(curve(-values)), found)


@pytest.mark.parametrize(("early", "late"), [(10, 40), (40, 10), (20, 20)])
def test_lead_of_shifted_logistic_curves_is_the_shift(early, late):
    width = 0.3
    # Their middles are passed shortly before the snapshots of these epochs.
    shift = np.log(late / early)
    indicator = logistic(0.96 * early, width, level=3.0, height=-2.0)  # unit and sign are free
    skill = logistic(0.96 * late, width)
    found = indicator_leads(indicator, skill)
    spacing = 10  # snapshots are at most so far apart
    for share in (0.1, 0.5, 0.9):
        factor = (share / (1 - share)) ** width
        lead = float(found["lead"].sel(share=share))
        assert lead == pytest.approx((late - early) * factor, abs=spacing)
    middle = found.sel(share=0.5)
    assert float(middle["indicator_epoch"]) == early
    assert float(middle["skill_epoch"]) == late
    assert float(middle["log_lead"]) == pytest.approx(shift, abs=1e-12)
    # The area between two equal curves shifted in log epoch is the shift.
    fine = np.arange(2000)
    both = (logistic(middle, width, epochs=fine) for middle in (early, late))
    assert float(indicator_leads(*both)["area_lead"]) == pytest.approx(shift, abs=5e-3)


@pytest.mark.parametrize(("early", "late"), [(10, 40), (40, 10), (20, 20)])
def test_leads_between_snapshots_do_not_depend_on_where_these_are(early, late):
    # Straight lines, whose crossings are known whatever the snapshots.
    epochs = np.array([0, 3, 7, 19, 31, 55, 70, 90, 95, 100])

    def rises(end):
        values = np.minimum(epochs / end, 1.0)
        return xr.DataArray(values, coords={"epoch": epochs}, dims="epoch")

    found = indicator_leads(rises(early * 2.0), rises(late * 2.0), shares=[0.5], between=True)
    # Exact where no snapshot's line spans the bend; here the middle lies before it.
    for name, middle in (("indicator_epoch", early), ("skill_epoch", late)):
        before = epochs[epochs <= middle].max()
        after = epochs[epochs >= middle].min()
        assert before <= found[name].item() <= after
        if after <= 2 * middle:
            assert found[name].item() == pytest.approx(middle)


def test_leads_are_seed_by_seed():
    middles = [10, 20, 30]
    together = xr.concat(
        [logistic(0.96 * m, 0.3) for m in middles], xr.DataArray([4, 5, 6], dims="seed")
    )
    skill = logistic(0.96 * 40, 0.3)
    found = indicator_leads(together, skill)
    assert found["lead"].sel(share=0.5).values.tolist() == [30.0, 20.0, 10.0]
    for place, middle in enumerate(middles):
        alone = indicator_leads(logistic(0.96 * middle, 0.3), skill)
        np.testing.assert_array_equal(found["lead"].isel(seed=place), alone["lead"])
        assert float(found["area_lead"][place]) == pytest.approx(float(alone["area_lead"]))


def test_an_indicator_that_never_moves_has_no_lead():
    skill = logistic(40)
    found = indicator_leads(0 * skill + 0.1, skill)
    for name in ("indicator_epoch", "lead", "log_lead", "area_lead"):
        assert np.isnan(found[name]).all()
    assert np.isfinite(found["skill_epoch"]).all()


def test_wrong_leads_are_refused():
    skill = logistic(40)
    with pytest.raises(InputError, match="indicator and skill must have equal epochs, got 46 and"):
        indicator_leads(skill, skill.isel(epoch=slice(1, None)))
    with pytest.raises(InputError, match="shares must be above 0 and at most 1, got 0"):
        indicator_leads(skill, skill, shares=[0.0])
    with pytest.raises(InputError, match="shares is empty"):
        indicator_leads(skill, skill, shares=[])


def test_auroc_is_the_share_of_pairs():
    rng = np.random.default_rng(0)
    above, below = rng.integers(0, 6, 12) + 1.0, rng.integers(0, 6, 9) + 0.0
    expected = twin.area_under_curve(above.tolist(), below.tolist())
    assert auroc(above, below) == pytest.approx(expected, abs=1e-12)
    assert auroc([1.0], [1.0]) == 0.5
    assert auroc([2.0, 3.0], [0.0, 1.0]) == 1.0
    with pytest.raises(InputError, match=r"control must have shape \(n,\), got \(0,\)"):
        auroc([1.0], [])


def test_partial_correlation_equals_the_formula_for_one_condition():
    rng = np.random.default_rng(0)
    z = rng.normal(size=40)
    x, y = z + rng.normal(size=40), z + rng.normal(size=40)
    matrix = np.corrcoef([np.argsort(np.argsort(v)) for v in (x, y, z)])
    r_xy, r_xz, r_yz = matrix[0, 1], matrix[0, 2], matrix[1, 2]
    expected = (r_xy - r_xz * r_yz) / np.sqrt((1 - r_xz**2) * (1 - r_yz**2))
    assert partial_spearman(x, y, given=z) == pytest.approx(expected, abs=1e-12)
    assert partial_spearman(np.exp(x), y**3, given=z) == pytest.approx(expected, abs=1e-12)


def test_what_follows_from_the_condition_has_no_partial_correlation():
    z = np.arange(10.0)
    with pytest.raises(EstimationError, match="partial correlation is not defined"):
        partial_spearman(z**3, np.roll(z, 1), given=z)
    with pytest.raises(InputError, match="given must have fewer columns than two below the 10"):
        partial_spearman(z, z, given=np.ones((10, 8)))
    with pytest.raises(InputError, match="equal numbers of rows"):
        partial_spearman(z, z[:9], given=z)


def test_seeds_side_by_side_and_their_band():
    def of_seed(value):
        valid = curve([True, value > 1])
        return curve([value, 2 * value]).to_dataset(name="i").assign(valid=valid)

    stacked = stack_seeds({seed: of_seed(float(seed)) for seed in range(5)})
    assert stacked["i"].dims == ("seed", "epoch")
    assert stacked["seed"].values.tolist() == [0, 1, 2, 3, 4]
    band = seed_band(stacked)
    np.testing.assert_allclose(band["i"].sel(epoch=0), [0.4, 2.0, 3.6])
    assert band["valid"].values.tolist() == [1.0, 0.6]
    lost = stacked.where(stacked["seed"] != 3)
    assert np.isnan(seed_band(lost)["i"]).all()


def test_unlike_seeds_are_refused():
    one = curve([1.0, 2.0]).to_dataset(name="i")
    with pytest.raises(InputError, match=r"datasets must be a mapping .*, got \{\}"):
        stack_seeds({})
    with pytest.raises(InputError, match="same variables, got i, j not in all, as seed 1"):
        stack_seeds({0: one, 1: one.rename(i="j")})
    with pytest.raises(InputError, match="same epochs and other coordinates, got some that differ"):
        stack_seeds({0: one, 1: one.assign_coords(epoch=[0, 5])})
    with pytest.raises(InputError, match="stacked must have the dimension seed"):
        seed_band(one)
    with pytest.raises(InputError, match="quantiles must lie between 0 and 1"):
        seed_band(stack_seeds({0: one}), quantiles=(10.0, 90.0))


def test_seed_test_of_known_values():
    found = seed_test([1.0, 2.0, 3.0, 4.0, -5.0, np.nan])
    assert (found.median, found.n, found.missing, found.share_positive) == (2.0, 5, 1, 0.8)
    assert found.sign_p == pytest.approx(6 / 32)  # 4 or 5 of 5
    assert found.wilcoxon_p == pytest.approx(10 / 32)  # 10 of 32 sums of ranks are 10 or more
    z = 1.959963984540054
    centre = (4 + z**2 / 2) / (5 + z**2)
    half = z * np.sqrt(5 * 0.8 * 0.2 + z**2 / 4) / (5 + z**2)
    np.testing.assert_allclose(found.share_interval, (centre - half, centre + half), rtol=1e-9)
    assert found.interval[0] <= 2.0 <= found.interval[1]
    assert seed_test([0.0, 0.0]).sign_p == seed_test([0.0, 0.0]).wilcoxon_p == 1.0


def test_bootstrap_interval_covers_the_median():
    rng = np.random.default_rng(0)
    hits = 0
    for seed in range(200):
        low, high = seed_test(rng.exponential(size=20), resamples=300, random_state=seed).interval
        hits += low <= np.log(2) <= high
    assert hits >= 176  # of 200 at 94 %: 188, less 3.5 errors of 3.4


def test_wrong_values_of_seeds_are_refused():
    with pytest.raises(InputError, match=r"values must have shape \(seed,\) and one that is known"):
        seed_test([np.nan])
    with pytest.raises(InputError, match="values must be finite, got inf"):
        seed_test([1.0, np.inf])
    with pytest.raises(InputError, match="confidence must be between 0 and 1"):
        seed_test([1.0], confidence=1.0)


def test_a_lead_normalised_to_the_analysed_epoch_ignores_what_comes_later():
    skill = logistic(40.0, width=0.3)
    # Rises with the skill, then once more as the network overfits.
    indicator = logistic(40.0, width=0.3) + 4.0 * logistic(300.0, width=0.05)
    late = indicator_leads(indicator, skill, shares=[0.5])
    fair = indicator_leads(indicator, skill, shares=[0.5], until=120)
    assert float(late["lead"][0]) < -200.0
    assert abs(float(fair["lead"][0])) <= 10.0
    cut = [c.sel(epoch=slice(None, 120)) for c in (indicator, skill)]
    assert fair.identical(indicator_leads(*cut, shares=[0.5]))


def test_the_lead_of_the_spread_stands_next_to_that_of_the_indicator():
    skill, spread = logistic(100.0), logistic(20.0)
    found = indicator_leads(skill, skill, shares=[0.5], spread=spread)
    own = indicator_leads(spread, skill, shares=[0.5])
    assert found["spread_lead"].identical(own["lead"].rename("spread_lead"))
    assert float(found["spread_lead"][0]) > 0.0
    assert float(found["lead"][0]) == 0.0
    assert "spread_lead" not in own


def test_curves_and_epochs_of_a_lead_must_fit():
    skill = logistic(100.0)
    with pytest.raises(InputError, match="indicator and spread must have equal epochs"):
        indicator_leads(skill, skill, spread=skill.isel(epoch=slice(5)))
    with pytest.raises(InputError, match="until must leave 2 epochs or more"):
        indicator_leads(skill, skill, until=0)


def test_half_way_is_the_epoch_from_which_a_curve_stays_past_the_middle() -> None:
    epochs = np.array([0, 1, 2, 3, 5, 8])
    assert half_way_epoch(epochs, np.array([0.0, 0.6, 0.4, 0.5, 0.9, 1.0])) == 3
    assert half_way_epoch(epochs, np.array([1.0, 2.0, 0.4, 0.6, 0.1, 0.0])) == 5
    assert half_way_epoch(epochs, np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])) == 8
    assert np.isnan(half_way_epoch(epochs, np.array([1.0, 2.0, 0.0, 3.0, 0.0, 1.0])))


@pytest.mark.parametrize(
    ("curve", "count"),
    [
        ([0, 1, 2, 3], 0),
        ([0, 1, 0], 1),
        ([0, 1, 0.5, 1, 0, 1, 0], 5),
        ([0, 1, 0.99, 2, 1.99, 3], 0),
        ([3, 2, 2.01, 1, 2, 1.99, 3], 1),
        ([5, 5, 5], 0),
    ],
)
def test_turns_counts_changes_of_direction_that_are_large_enough(curve, count) -> None:
    assert turns(np.array(curve, float), 0.1) == count
