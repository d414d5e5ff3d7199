import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infoscope._errors import InputError
from infoscope.weather import WeatherTable, load_chicago, make_windows

ONE_DAY = np.timedelta64(1, "D")
SEASON = {"start": "2015-05-01", "end": "2015-10-04"}


def table(offsets, targets=("x",), **columns):
    """Days at these offsets from 2020-01-01; without columns, x is the offset itself."""
    index = pd.DatetimeIndex(
        [pd.Timestamp("2020-01-01") + pd.Timedelta(days=int(o)) for o in offsets], name="date"
    )
    columns = columns or {"x": [float(o) for o in offsets]}
    return WeatherTable(pd.DataFrame(columns, index=index, dtype=float), targets, "a small table")


def slow_windows(values, length):
    """Window starts, by asking each calendar day for its neighbours."""
    days = list(values.index)
    return [
        day
        for day in days
        if all(day + pd.Timedelta(days=step) in days for step in range(length + 1))
    ]


def slow_zscore(column):
    known = [value for value in column if not math.isnan(value)]
    mean = math.fsum(known) / len(known)
    filled = [mean if math.isnan(value) else value for value in column]
    centre = math.fsum(filled) / len(filled)
    spread = math.sqrt(math.fsum((value - centre) ** 2 for value in filled) / len(filled))
    return [(value - centre) / spread for value in filled]


def test_a_ramp_with_a_gap_gives_the_windows_counted_by_hand():
    windows = make_windows(table([0, 1, 2, 3, 6, 7, 8]), length=2, test_fraction=0)
    back = windows.target_units(windows.inputs)
    assert back[..., 0].round(9).tolist() == [[0, 1], [1, 2], [6, 7]]
    assert windows.target_units(windows.targets)[..., 0].round(9).tolist() == [
        [1, 2],
        [2, 3],
        [7, 8],
    ]
    assert windows.days[2].tolist() == [date(2020, 1, 7), date(2020, 1, 8)]
    assert windows.length == 2
    assert any("1 gap " in note for note in windows.notes)


def test_statistics_are_those_of_the_whole_table_with_filled_means():
    x = [1.0, math.nan, 4.0, 9.0, 16.0, 25.0]
    y = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0]
    small = table(range(6), ("y",), x=x, y=y)
    windows = make_windows(small, length=1, start="2020-01-02", end="2020-01-04", test_fraction=0)
    assert np.allclose(windows.inputs[:, 0, 0], slow_zscore(x)[1:3], rtol=0, atol=1e-12)
    assert np.allclose(windows.targets[:, 0, 0], slow_zscore(y)[2:4], rtol=0, atol=1e-12)
    assert np.allclose(windows.target_units(windows.targets)[:, 0, 0], [4.0, 1.0])
    assert windows.filled == {"x": 1}
    assert any("filled 1 missing value of x with its mean, 11" in note for note in windows.notes)


def test_min_max_spans_minus_one_to_one_over_the_whole_table():
    windows = make_windows(
        table(range(3), x=[10.0, 25.0, 30.0]), length=1, normalisation="min-max", test_fraction=0
    )
    assert np.allclose(windows.inputs[:, 0, 0], [-1.0, 0.5])
    assert np.allclose(windows.targets[:, 0, 0], [0.5, 1.0])
    assert np.allclose(windows.target_units(windows.targets)[:, 0, 0], [25.0, 30.0])


@pytest.mark.parametrize("normalisation", ["z-score", "min-max"])
def test_a_constant_variable_is_exactly_zero_even_where_its_mean_is_rounded(normalisation):
    fixed = [0.1, 0.1, 0.1, math.nan, math.nan, math.nan]
    assert (0.1 + 0.1 + 0.1) / 3 != 0.1
    small = table(range(6), x=[1.0, 2, 3, 4, 5, 6], fixed=fixed)
    windows = make_windows(small, length=2, normalisation=normalisation, test_fraction=0)
    assert (windows.inputs[..., 1] == 0.0).all()
    assert windows.constant == ("fixed",)


def test_a_variable_constant_in_the_chosen_days_only_is_kept_and_flagged():
    small = table(range(6), x=[1.0, 2, 3, 4, 5, 6], snow=[5.0, 0, 0, 0, 0, 5])
    windows = make_windows(small, length=1, start="2020-01-02", end="2020-01-05", test_fraction=0)
    assert windows.constant == ("snow",)
    assert windows.input_names == ("x", "snow")
    assert np.allclose(windows.inputs[:, 0, 1], slow_zscore([5.0, 0, 0, 0, 0, 5])[1])
    assert any("snow is constant" in note for note in windows.notes)


def test_the_season_of_2015_has_the_published_shape():
    windows = make_windows(load_chicago(), **SEASON)
    assert windows.inputs.shape == (147, 10, 18)
    assert windows.targets.shape == (147, 10, 2)
    # 16 of 157 days are drawn; the first 10 can end no window.
    assert 16 - 10 <= windows.is_test.sum() <= 16
    assert windows.target_names == ("temp_max", "temp_min")
    assert windows.constant == ("weather_snow",)


def test_the_season_agrees_with_slow_windows_of_the_raw_table():
    chicago = load_chicago()
    windows = make_windows(chicago, **SEASON)
    season = chicago.values.loc[SEASON["start"] : SEASON["end"]]
    starts = slow_windows(season, 10)
    assert [str(day) for day in windows.days[:, 0]] == [str(day.date()) for day in starts]
    high = dict(zip(chicago.values.index, slow_zscore(chicago.values["temp_max"]), strict=True))
    wind = dict(zip(chicago.values.index, slow_zscore(chicago.values["wind_max"]), strict=True))
    column = windows.input_names.index("wind_max")
    for w in (0, 60, 146):
        steps = [starts[w] + pd.Timedelta(days=step) for step in range(10)]
        after = [day + pd.Timedelta(days=1) for day in steps]
        assert np.allclose(windows.inputs[w, :, column], [wind[day] for day in steps], atol=1e-10)
        assert np.allclose(windows.targets[w, :, 0], [high[day] for day in after], atol=1e-10)


def test_test_days_are_drawn_without_replacement_and_decide_by_the_last_target_day():
    drawn_sizes = set()
    for seed in range(20):
        windows = make_windows(table(range(60)), length=3, test_fraction=0.2, random_state=seed)
        drawn = np.random.default_rng(seed).choice(60, 12, replace=False)
        last_target = (windows.days[:, -1] - np.datetime64("2020-01-01")) // ONE_DAY + 1
        assert windows.is_test.tolist() == [day in drawn.tolist() for day in last_target]
        drawn_sizes.add(int(windows.is_test.sum()))
    assert max(drawn_sizes) <= 12
    assert len(drawn_sizes) > 1


def test_the_same_seed_gives_the_same_split_and_a_generator_serves_too():
    days = table(range(60))
    one = make_windows(days, random_state=3).is_test
    assert np.array_equal(one, make_windows(days, random_state=3).is_test)
    generator = np.random.default_rng(3)
    assert np.array_equal(one, make_windows(days, random_state=generator).is_test)
    others = [make_windows(days, random_state=seed).is_test for seed in (4, 5, 6)]
    assert not all(np.array_equal(one, other) for other in others)


def test_split_parts_the_windows():
    windows = make_windows(table(range(40)), length=2)
    train, test = windows.split("train"), windows.split("test")
    for everything, kept, held_out in zip(
        (windows.inputs, windows.targets, windows.days), train, test, strict=True
    ):
        assert np.array_equal(everything[~windows.is_test], kept)
        assert np.array_equal(everything[windows.is_test], held_out)
    assert len(train[0]) + len(test[0]) == 38
    with pytest.raises(InputError, match="which must be one of 'train', 'test', got 'all'"):
        windows.split("all")


def test_no_test_fraction_means_no_test_window():
    assert not make_windows(table(range(12)), length=2, test_fraction=0).is_test.any()


@given(
    offsets=st.sets(st.integers(0, 40), min_size=2, max_size=40),
    length=st.integers(1, 4),
)
@settings(max_examples=60, deadline=None)
def test_every_window_is_without_gap_and_its_targets_are_its_inputs_one_day_on(offsets, length):
    days = table(sorted(offsets))
    wanted = slow_windows(days.values, length)
    if not wanted:
        with pytest.raises(InputError, match=f"must have {length + 1} consecutive days"):
            make_windows(days, length=length, test_fraction=0)
        return
    windows = make_windows(days, length=length, test_fraction=0)
    assert (np.diff(windows.days, axis=1) == ONE_DAY).all()
    assert [str(day) for day in windows.days[:, 0]] == [str(day.date()) for day in wanted]
    offset = (windows.days - np.datetime64("2020-01-01")) // ONE_DAY
    assert np.allclose(windows.target_units(windows.inputs)[..., 0], offset)
    assert np.allclose(windows.target_units(windows.targets)[..., 0], offset + 1)
    assert np.array_equal(windows.inputs[:, 1:, 0], windows.targets[:, :-1, 0])


def test_too_few_days_are_counted_in_the_error():
    with pytest.raises(
        InputError, match=r"must have 4 consecutive days .* got 5 days of which at most 3 follow"
    ):
        make_windows(table([0, 1, 2, 5, 6]), length=3)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"length": 0}, r"length must be a whole number >= 1, got 0"),
        ({"length": 2.5}, r"length must be a whole number >= 1, got 2.5"),
        ({"normalisation": "rank"}, r"one of 'z-score', 'min-max', got 'rank'"),
        ({"test_fraction": 1.0}, r"test_fraction must be at least 0 and below 1, got 1.0"),
        ({"test_fraction": -0.1}, r"test_fraction must be at least 0 and below 1"),
        ({"test_fraction": math.nan}, r"test_fraction must be at least 0 and below 1, got nan"),
        ({"test_fraction": "some"}, r"test_fraction must be at least 0 and below 1"),
        ({"random_state": "seed"}, r"random_state must be an int >= 0"),
        ({"start": "soon"}, r"start must be a date"),
    ],
)
def test_settings_out_of_range_are_refused(setting, message):
    with pytest.raises(InputError, match=message):
        make_windows(table(range(30)), **{"length": 3, **setting})


def test_a_split_with_an_empty_side_is_refused():
    with pytest.raises(InputError, match=r"9 windows, of which .* leaves no training window"):
        make_windows(table(range(10)), length=1, test_fraction=0.99)
    # The one window ends on day 9; seed 0 draws another day.
    assert np.random.default_rng(0).choice(10, 1, replace=False)[0] != 9
    with pytest.raises(InputError, match=r"1 windows, of which .* leaves no test window"):
        make_windows(table(range(10)), length=9, test_fraction=0.1, random_state=0)


def test_a_variable_without_any_value_is_refused():
    with pytest.raises(InputError, match="'sun' of a small table has no value on any day"):
        make_windows(table(range(5), x=[1, 2, 3, 4, 5], sun=[math.nan] * 5), length=1)


def test_directions_are_filled_with_their_circular_mean():
    wdir = [350.0, math.nan, 30.0, 350.0, 30.0]
    small = table(range(5), x=[1.0, 2.0, 4.0, 8.0, 9.0], wdir=wdir)
    windows = make_windows(small, length=1, test_fraction=0)
    filled = slow_zscore([10.0 if math.isnan(value) else value for value in wdir])
    assert np.allclose(windows.inputs[:, 0, 1], filled[:4], rtol=0, atol=1e-12)
    assert any("wdir" in note and "circular mean, 10" in note for note in windows.notes)
