"""Two parts that share no day, with a gap between; statistics of the first alone."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infoscope._errors import InputError
from infoscope.weather import WeatherTable, daily_series, load_chicago

ONE_DAY = np.timedelta64(1, "D")
SEASON = ("05-01", "10-04")


def table(offsets, **columns):
    """Days at these offsets from 2020-01-01; without columns, x is random."""
    index = pd.DatetimeIndex(
        [pd.Timestamp("2020-01-01") + pd.Timedelta(days=int(o)) for o in offsets], name="date"
    )
    columns = columns or {"x": np.random.default_rng(0).normal(size=len(index))}
    return WeatherTable(pd.DataFrame(columns, index=index, dtype=float), ("x",), "a small table")


def used_days(series, held_out):
    """Every day that a part knows: those of its inputs, and those of its targets."""
    days = series.days[series.held_out == held_out]
    return set(days.tolist()) | set((days + ONE_DAY).tolist())


@settings(max_examples=60, deadline=None)
@given(
    gaps=st.sets(st.integers(3, 117), max_size=6),
    held_out=st.floats(0.2, 0.7),
    gap=st.integers(0, 12),
)
def test_no_day_is_shared_and_the_gap_is_kept(gaps, held_out, gap):
    series = daily_series(
        table([day for day in range(120) if day not in gaps]), held_out=held_out, gap=gap
    )
    train, later = used_days(series, False), used_days(series, True)
    assert not train & later
    assert (min(later) - max(train)).days > gap


@settings(max_examples=60, deadline=None)
@given(
    gaps=st.sets(st.integers(3, 157), max_size=6),
    validation=st.floats(0.2, 0.6),
    gap=st.integers(0, 12),
)
def test_three_parts_share_no_day_and_the_test_part_is_the_one_of_two(gaps, validation, gap):
    days = table([day for day in range(160) if day not in gaps])
    two, three = (daily_series(days, gap=gap, validation=v) for v in (0.0, validation))
    assert two.parts == ("train", "test")
    assert three.parts == ("train", "validation", "test")
    known = [_known(three, part) for part in three.parts]
    for before, after in itertools.pairwise(known):
        assert (min(after) - max(before)).days > gap
    assert two.days[two.held_out].tolist() == three.days[three.held_out].tolist()
    assert known[0] <= _known(two, "train")
    # A stretch never runs from one part into the next.
    assert all(len(set(three.part[s])) == 1 for s in three.stretches)


def _known(series, part):
    days = series.days[series.part == part]
    return set(days.tolist()) | set((days + ONE_DAY).tolist())


def test_windows_leave_out_the_part_that_they_are_not_tested_on():
    series = daily_series(table(range(160)), validation=0.3)
    of_day = dict(zip(series.days.tolist(), series.part, strict=True))
    for tested_on in ("test", "validation"):
        windows = series.windows(5, tested_on=tested_on)
        assert {of_day[day] for day in windows.split("train")[2].ravel().tolist()} == {"train"}
        assert {of_day[day] for day in windows.split("test")[2].ravel().tolist()} == {tested_on}
    with pytest.raises(InputError, match="tested_on must be"):
        daily_series(table(range(160))).windows(5, tested_on="validation")


@settings(max_examples=40, deadline=None)
@given(gaps=st.sets(st.integers(3, 117), max_size=4), length=st.integers(2, 6))
def test_windows_have_no_gap_and_with_a_stride_no_day_twice(gaps, length):
    series = daily_series(table([day for day in range(120) if day not in gaps]), gap=10)
    sliding, apart = series.windows(length), series.windows(length, stride=length)
    for windows in (sliding, apart):
        assert (np.diff(windows.days, axis=1) == ONE_DAY).all()
    assert len(np.unique(apart.days)) == apart.days.size
    train, test = (sliding.split(part)[2] for part in ("train", "test"))
    assert (test.min() - train.max()) / ONE_DAY > 10 + 1
    # Counted by asking each day for all its neighbours.
    known = dict(zip(series.days.tolist(), series.held_out, strict=True))
    wanted = [
        day
        for day, held in known.items()
        if all(
            known.get((np.datetime64(day) + step * ONE_DAY).astype(object)) == held
            for step in range(length)
        )
    ]
    assert sliding.days[:, 0].tolist() == wanted


def test_statistics_are_of_the_training_days_alone():
    x = np.concatenate([np.random.default_rng(1).normal(5.0, 2.0, 60), np.full(60, 1e6)])
    x[10] = np.nan
    y = np.arange(120.0)
    series = daily_series(table(range(120), x=x, y=y), held_out=0.5, gap=10)
    known = x[:60][~np.isnan(x[:60])]
    filled = np.where(np.isnan(x[:60]), known.mean(), x[:60])
    assert series.centre.item() == pytest.approx(known.mean())
    assert series.spread.item() == pytest.approx(filled.std())
    assert series.inputs[10, 0] == 0.0
    back = series.targets[~series.held_out, 0] * series.spread + series.centre
    np.testing.assert_allclose(back, filled[1:60])
    leaking = daily_series(table(range(120), x=x, y=y), held_out=0.5, gap=10, blocked=False)
    assert leaking.spread.item() > 1e5


def test_constant_columns_are_dropped_and_tied_ones_named():
    days = 100
    columns = {
        "x": np.random.default_rng(2).normal(size=days),
        "still": np.where(np.arange(days) < 60, 3.0, np.arange(days)),
        "rainy": (np.arange(days) % 3 == 0).astype(float),
    }
    series = daily_series(table(range(days), **columns))
    assert series.constant == series.dropped == ("still",)
    assert series.input_names == ("x", "rainy")
    assert dict(series.tied) == {"rainy": 2}
    assert any("still is constant in the training part; dropped" in note for note in series.notes)
    kept = daily_series(table(range(days), **columns), drop_constant=False)
    assert kept.input_names == ("x", "still", "rainy")
    assert (kept.inputs[~kept.held_out, 1] == 0.0).all()


def test_chicago_has_the_season_of_every_year():
    series = daily_series(load_chicago(), season=SEASON)
    days = pd.DatetimeIndex(series.days)
    assert set(days.year) == set(range(2001, 2017))
    assert set(days.month) == {5, 6, 7, 8, 9, 10}
    # 157 days of 15 whole seasons and 120 of the last, the gap of 10, each stretch's last day.
    assert len(series.days) == 15 * 157 + 120 - 10 - len(series.stretches)
    assert series.dropped == ("weather_snow",)
    assert 0.38 < series.held_out.mean() < 0.42


def test_a_season_may_run_over_the_end_of_the_year():
    series = daily_series(table(range(730)), season=("12-01", "02-28"))
    assert set(pd.DatetimeIndex(series.days).month) == {12, 1, 2}


def test_leaking_windows_are_drawn_over_all_days():
    series = daily_series(table(range(200)))
    windows = series.leaking_windows(5, 1, 0.2, 0)
    train, test = windows.split("train")[2], windows.split("test")[2]
    assert np.isin(test, train).mean() > 0.5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"held_out": 0.0}, "held_out must be above 0"),
        ({"held_out": 1.0}, "held_out must be above 0"),
        ({"gap": -1}, "gap must be"),
        ({"validation": 1.0}, "validation must be at least 0 and below 1, got 1.0"),
        ({"validation": -0.1}, "validation must be"),
        ({"gap": 90}, "the test part must have two consecutive days"),
        ({"season": ("07-01", "07-02")}, "season must leave days"),
        ({"blocked": 1}, "blocked must be True or False"),
    ],
)
def test_bad_arguments_are_named(options, said):
    with pytest.raises(InputError, match=said):
        daily_series(table(range(60)), **options)


def test_too_short_stretches_and_flat_targets_are_named():
    with pytest.raises(InputError, match="train part must have 21 consecutive days"):
        daily_series(table(range(40)), held_out=0.5).windows(20)
    with pytest.raises(InputError, match="targets must change"):
        daily_series(table(range(60), x=np.zeros(60)))
    empty = np.concatenate([np.full(40, np.nan), np.arange(20.0)])
    with pytest.raises(InputError, match="'x' of a small table has no value in the training part"):
        daily_series(table(range(60), x=empty))


def test_directions_are_filled_with_the_circular_mean_of_the_training_part():
    wdir = np.tile([350.0, 30.0], 30)
    wdir[[10, 50]] = np.nan
    x = np.random.default_rng(3).normal(size=60)
    series = daily_series(table(range(60), x=x, wdir=wdir), held_out=0.4, gap=0)
    known = wdir[:36][~np.isnan(wdir[:36])]
    angle = np.deg2rad(known)
    mean = np.rad2deg(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean()))
    assert 10.0 < mean < 11.0
    wanted = (mean - known.mean()) / np.append(known, mean).std()
    days = [np.datetime64("2020-01-01") + offset for offset in (10, 50)]
    found = series.inputs[np.isin(series.days, days), series.input_names.index("wdir")]
    assert np.allclose(found, [wanted, wanted], rtol=1e-12)
    assert series.filled == {"wdir": 2}
    assert any("wdir" in note and "circular mean" in note for note in series.notes)
