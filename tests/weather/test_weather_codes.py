"""Codes for missing, recognised by column, and values that cannot have been measured."""

import datetime as dt

import numpy as np
import pytest

from infoscope.weather import load_chicago, read_csv
from infoscope.weather.tables.quantities import high_and_low, impossible, quantity_of
from infoscope.weather.tables.sentinels import sentinels

RANDOM = np.random.default_rng(0)
SEASON = -np.cos(np.arange(400) * 2 * np.pi / 365)
CELSIUS = np.round(8 + 14 * SEASON + 4 * RANDOM.normal(size=400), 1)
COLUMNS = {
    "tmax": CELSIUS,
    "anything": CELSIUS,
    "cold place": np.round(CELSIUS - 30, 1),
    "temp_f": np.round(CELSIUS * 1.8 + 32),
    "tx in tenths": np.round(CELSIUS * 10),
    "humidity": np.clip(np.round(75 + 15 * RANDOM.normal(size=400), 1), 20, 100),
    "slp": np.round(1013 + 9 * RANDOM.normal(size=400), 1),
    "altimeter_inhg": np.round(29.9 + 0.3 * RANDOM.normal(size=400), 2),
    "rain_mm": np.round(np.maximum(0, RANDOM.normal(-1, 2, size=400)) ** 3, 1),
    "prcp": np.round(np.maximum(0, RANDOM.normal(-1, 2, size=400)) ** 3 / 25.4, 2),
    "wind": np.round(RANDOM.gamma(3, 3, size=400), 1),
    "wdir": np.round(RANDOM.uniform(0, 360, size=400)),
    "energy": np.round(1500 + 1000 * SEASON + 300 * RANDOM.normal(size=400)).clip(0),
    "constant": np.full(400, 22.0),
}
CODES = [-999.0, -9999.0, -999.9, -9999.9, 9999.9, 99999.0]


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("code", CODES)
def test_a_code_far_outside_the_rest_is_recognised(name, code):
    values = COLUMNS[name].copy()
    assert sentinels(name, values) == []
    values[[3, 70]] = code
    assert sentinels(name, values) == [code]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("wind", 999.9), ("rain_mm", 999.9), ("prcp", 99.99), ("constant", 999.9), ("tmax", 999.9),
        ("temp_f", 999.0), ("humidity", 999.0), ("wdir", 999.0), ("altimeter_inhg", 99.99),
        ("tmax", -99.9), ("cold place", -99.9), ("anything", 99.9), ("wind", -99.0),
        ("prcp", 99.9),
    ],
)  # fmt: skip
def test_shorter_codes_where_they_cannot_be_values(name, code):
    values = COLUMNS[name].copy()
    values[[3, 70]] = code
    assert sentinels(name, values) == [code]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("humidity", 99.9), ("humidity", 99.0), ("slp", 999.9), ("slp", 999.0), ("wdir", 99.0),
        ("temp_f", 99.0), ("temp_f", 99.9), ("tx in tenths", -99.0), ("tx in tenths", 99.0),
        ("rain_mm", 99.9), ("energy", 999.0), ("energy", 99.0), ("energy", 999.9),
    ],
)  # fmt: skip
def test_a_value_that_merely_has_nines_is_one(name, value):
    values = COLUMNS[name].copy()
    values[3] = value
    assert sentinels(name, values) == []


@pytest.mark.parametrize("name", ["tmax", "rain_mm", "wind", "anything", "slp"])
@pytest.mark.parametrize(
    "code", [-32768.0, 32767.0, 9.96921e36, 1e20, 1e30, -999.25, -6999.0, -7777.0, -8888.0, 8888.0]
)
def test_fill_values_without_nines_are_codes(name, code):
    values = COLUMNS.get(name, COLUMNS["tmax"]).copy()
    values[[3, 70]] = code
    assert sentinels(name, values) == [code]


@pytest.mark.parametrize(
    ("name", "middle", "step"), [("slp", 999, 1), ("pressure (kPa)", 99.9, 0.1)]
)
def test_a_common_pressure_is_no_code(name, middle, step):
    """Whole hPa around 999: its neighbours are as frequent."""
    values = middle + step * np.round(2 * RANDOM.normal(size=420))
    assert sentinels(name, np.round(values, 1)) == []


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("T_max", "temperature"), ("t_min", "temperature"), ("maxtp", "temperature"),
        ("luftdruck", "pressure"), ("Luftfeuchte", "percentage"), ("umidita", "percentage"),
        ("Niederschlag", "amount"), ("pression", "pressure"), ("humedad", "percentage"),
    ],
)  # fmt: skip
def test_quantities_are_known_by_names_of_other_services(name, quantity):
    assert quantity_of(name) == quantity


@pytest.mark.parametrize(
    "word", ["#REF!", "#NUM!", "-nan", "1.#QNAN", "<null>", "ND", "n.d.", "no data", "///"]
)
def test_words_that_spreadsheets_and_services_write_for_missing(tmp_path, word):
    table = table_of(tmp_path, high=[5.0, 6.0, 7.0], rain=[0.2, word, 0.4])
    assert np.array_equal(table.values["rain"], [0.2, np.nan, 0.4], equal_nan=True)


def test_a_warm_place_in_tenths_of_degrees_is_not_in_kelvin():
    values = np.round(200 + 100 * np.sin(np.arange(420) / 58))
    values[[3, 70, 90]] = 99.0
    assert sentinels("TMAX", values) == []
    assert not impossible("TMAX", values).any()
    kelvin = 285 + 10 * np.sin(np.arange(420) / 58)
    assert impossible("temp", np.append(kelvin, 20.0))[-1]


def test_points_between_thousands_are_read_in_a_file_with_decimal_commas(tmp_path):
    days = [dt.date(2020, 1, 1) + dt.timedelta(i) for i in range(4)]
    cells = ["1.013", "998", "1.010,5", "1.001"]
    lines = [f"{d};15,{i};{c}" for i, (d, c) in enumerate(zip(days, cells, strict=True))]
    path = tmp_path / "own.csv"
    path.write_text("\n".join(["date;high;pressure", *lines]))
    table = read_csv(path, ["high"])
    assert table.values["pressure"].tolist() == [1013.0, 998.0, 1010.5, 1001.0]
    assert ("thousands", "pressure", 3) in [(f.kind, f.column, f.count) for f in table.findings]
    # Without a decimal comma in the file a point is a decimal point.
    path.write_text("\n".join(["date;high;x", *(f"{d};15;1.{i}00" for i, d in enumerate(days))]))
    assert read_csv(path, ["high"]).values["x"].tolist() == [1.0, 1.1, 1.2, 1.3]


def test_a_dry_stretch_does_not_make_a_code_of_humidity():
    assert sentinels("rel_hum", np.array([31.0, 35.0, 30.0, 99.9, 33.0])) == []
    assert sentinels("station pressure", np.array([999.9, 998.0, 1000.1])) == []


def test_a_column_of_codes_alone_and_documented_codes():
    assert sentinels("gust", np.full(5, 999.9)) == [999.9]
    assert sentinels("gust", np.array([999.9, np.nan, -999.0])) == [-999.0, 999.9]
    assert sentinels("share", np.full(5, 99.0)) == []
    assert sentinels("depth", np.array([1.0, 2.0, 99.9]), documented=(99.9,)) == [99.9]
    # GSOD: a station pressure of 999.9 on most days is no pressure.
    assert sentinels("STP", np.array([999.9] * 6 + [1004.0, 997.0])) == [999.9]


def table_of(folder, **columns):
    days = [dt.date(2020, 1, 1) + dt.timedelta(i) for i in range(len(next(iter(columns.values()))))]
    rows = zip(days, *columns.values(), strict=True)
    path = folder / "own.csv"
    path.write_text(
        "\n".join([",".join(["date", *columns]), *(",".join(map(str, r)) for r in rows)])
    )
    return read_csv(path, [next(iter(columns))])


def test_codes_are_counted_by_line_and_never_averaged(tmp_path):
    table = table_of(tmp_path, high=[5.0, 9999.9, 7.0, 9999.9], gust=[22.0, 999.9, 999.9, 30.0])
    assert np.array_equal(table.values["high"], [5.0, np.nan, 7.0, np.nan], equal_nan=True)
    assert table.values["gust"].mean() == 26.0
    assert [(f.column, f.count, f.value, f.lines) for f in table.findings] == [
        ("high", 2, "9999.9", (3, 5)),
        ("gust", 2, "999.9", (3, 4)),
    ]
    assert "2 cells" in table.notes[0]
    assert "9999.9" in table.notes[0]


@pytest.mark.parametrize(
    ("name", "usual", "wrong"),
    [
        ("pressure_hpa", [1013.0, 1009.5, 1020.1], 7679.0),
        ("pres", [29.9, 30.1, 29.8], 1.0),
        ("Humidity (%)", [60.0, 99.9, 70.0], 300.0),
        ("humidity", [60.0, 50.0, 70.0], -5.0),
        ("temp", [10.0, 14.0, 20.0], 400.0),
        ("max_temp_f", [50.0, 64.0, 70.0], -250.0),
        ("T2M (K)", [280.0, 275.0, 290.0], 28.0),
        ("wind_direction", [0.0, 360.0, 180.0], 400.0),
        ("wind_speed", [3.0, 4.0, 7.0], -3.0),
        ("precipitation", [0.0, 4.0, 7.0], -1.0),
    ],
)
def test_impossible_values_are_flagged_and_kept(tmp_path, name, usual, wrong):
    name = name if name != "T2M (K)" else "temperature (K)"
    table = table_of(tmp_path, **{name: [*usual, wrong, *usual]})
    assert table.values[name].tolist() == [*usual, wrong, *usual]
    assert [(f.kind, f.column, f.count, f.value, f.lines) for f in table.findings] == [
        ("impossible", name, 1, f"{wrong:g}", (5,))
    ]


@pytest.mark.parametrize("name", COLUMNS)
def test_usual_weather_is_possible(name):
    assert not impossible(name, COLUMNS[name]).any()


def test_the_shipped_table_has_no_impossible_value_but_those_it_lists():
    values = load_chicago().values
    assert {name for name in values if impossible(name, values[name].to_numpy()).any()} == set()
    assert all(sentinels(name, values[name].to_numpy()) == [] for name in values)


def test_a_high_below_its_low_is_flagged(tmp_path):
    table = table_of(tmp_path, high=[9.0, 3.0, 8.0], low=[1.0, 4.0, 2.0])
    assert [(f.kind, f.column, f.value, f.lines) for f in table.findings] == [
        ("inverted", "high", "low", (3,))
    ]
    pairs = high_and_low(["TXK", "TNK", "temp_max", "temp_min", "days max", "days min", "rain"])
    assert pairs == [("TXK", "TNK"), ("temp_max", "temp_min")]


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("pressure_change", ""), ("vapour pressure", ""), ("PressureSLP", "pressure"),
        ("Humidity3pm", "percentage"), ("WDF2", "direction"), ("gust_drct", "direction"),
        ("wind_speed_10m_max (km/h)", "speed"), ("dew", "temperature"), ("temp_change", ""),
        ("Rainfall", "amount"), ("low", "temperature"), ("flow", ""), ("TMAX", "temperature"),
    ],
)  # fmt: skip
def test_quantities_by_name(name, quantity):
    assert quantity_of(name) == quantity
