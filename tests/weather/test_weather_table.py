import gzip
from datetime import date
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from infoscope._errors import InputError
from infoscope.weather import WeatherTable, load_chicago

IMPOSSIBLE = [
    ("wind_max", "2002-04-21", 240.5),
    ("wind_max", "2006-01-26", 406.2),
    ("wind_max", "2014-09-26", 126.6),
    ("pressure_change", "2001-02-09", 26.92),
]


def test_chicago_is_the_documented_table():
    table = load_chicago(corrected=False)
    assert table.values.shape == (5698, 18)
    assert table.targets == ("temp_max", "temp_min")
    assert table.values.index.name == "date"
    every_day = [
        date(2001, 1, 22).toordinal() + i
        for i in range(date(2016, 8, 28).toordinal() - date(2001, 1, 22).toordinal() + 1)
    ]
    assert [day.toordinal() for day in table.values.index] == every_day
    assert set(table.values.dtypes) == {np.dtype(float)}
    assert not table.values.isna().to_numpy().any()


@pytest.mark.parametrize(("column", "day", "reading"), IMPOSSIBLE)
def test_correction_removes_the_impossible_readings_and_says_so(column, day, reading):
    assert load_chicago(corrected=False).values.at[pd.Timestamp(day), column] == pytest.approx(
        reading, abs=0.05
    )
    corrected = load_chicago()
    assert np.isnan(corrected.values.at[pd.Timestamp(day), column])
    assert sum(column in note and day in note for note in corrected.notes) == 1


def test_correction_changes_nothing_else():
    corrected, raw = load_chicago().values, load_chicago(corrected=False).values
    same = (corrected == raw).to_numpy()
    assert (~same).sum() == len(IMPOSSIBLE)


def test_the_known_defect_of_overcast_is_noted_either_way():
    for corrected in (True, False):
        assert any("overcast" in note for note in load_chicago(corrected=corrected).notes)


def test_the_shipped_file_says_nothing_of_when_it_was_packed():
    data = files("infoscope.weather") / "data"
    packed = (data / "chicago_weather.csv.gz").read_bytes()
    assert packed[4:8] == bytes(4)
    assert gzip.decompress(packed).startswith(b"date,temp_min,temp,")
    assert "MIT License" in (data / "LICENSE-modeldata").read_text(encoding="utf-8")


def ten_days():
    index = pd.date_range("2020-02-25", periods=10, name="date")
    return WeatherTable(pd.DataFrame({"x": np.arange(10.0)}, index=index), ("x",), "ten days")


def test_between_includes_both_ends_and_none_is_open():
    table = ten_days()
    assert table.between("2020-02-28", "2020-03-01").values["x"].tolist() == [3.0, 4.0, 5.0]
    assert table.between(None, "2020-02-26").values["x"].tolist() == [0.0, 1.0]
    assert table.between("2020-03-04").values["x"].tolist() == [8.0, 9.0]
    assert len(table.values) == 10


@pytest.mark.parametrize("start", ["soon", "2020-13-01", "NaT", "2020-03-01T00:00Z", 5, ""])
def test_between_refuses_what_is_not_a_plain_date(start):
    with pytest.raises(InputError, match=r"start must be a date such as 2015-05-01, got"):
        ten_days().between(start)


@pytest.mark.parametrize(
    ("start", "end"), [("2021-01-01", None), ("2020-03-02", "2020-03-01"), (None, "2019-12-31")]
)
def test_between_refuses_to_return_nothing(start, end):
    with pytest.raises(InputError, match=r"runs from 2020-02-25 to 2020-03-05"):
        ten_days().between(start, end)
