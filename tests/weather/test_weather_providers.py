"""Daily files in the form of each weather service: public column names, made-up numbers."""

import gzip

import numpy as np
import pytest

from infoscope._errors import InputError
from infoscope.weather import read_csv

NAN = np.nan


def read(folder, text, *targets, name="own.csv", **options):
    path = folder / name
    content = text.encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return read_csv(path, list(targets), **options)


def facts(table, *kinds):
    """Findings of some kinds as (kind, column, count, value)."""
    return [(f.kind, f.column, f.count, f.value) for f in table.findings if f.kind in kinds]


def columns_of(table, kind):
    return [finding.column for finding in table.findings if finding.kind == kind]


def assert_table(table, columns, rows, first="2020-01-01"):
    assert table.values.columns.tolist() == columns
    assert np.array_equal(table.values.to_numpy(), rows, equal_nan=True)
    assert np.diff(table.values.index.to_numpy()).astype("timedelta64[D]").astype(int).tolist() == (
        [1] * (len(rows) - 1)
    )
    assert str(table.values.index[0].date()) == first


METEOSTAT = "date,tavg,tmin,tmax,prcp,snow,wdir,wspd,wpgt,pres,tsun"
METEOSTAT_ROWS = (
    "2020-01-01,3.4,1.0,6.1,0.0,,,7.2,,1021.5,\n2020-01-02,4.4,2.0,,1.2,,,9.0,,1019.0,\n"
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"{METEOSTAT}\n{METEOSTAT_ROWS}", "export.csv"),
        (f"{METEOSTAT.replace('date', 'time')}\n{METEOSTAT_ROWS}", "library.csv"),
        (METEOSTAT_ROWS, "bulk.csv"),
        (METEOSTAT_ROWS, "10384.csv.gz"),
        (f"{METEOSTAT.removeprefix('date')}\n{METEOSTAT_ROWS}", "to_csv.csv"),
        (METEOSTAT_ROWS.replace("2020-01-01", "2020-01-01 00:00:00"), "bulk-time.csv"),
    ],
)
def test_meteostat(tmp_path, text, name):
    table = read(tmp_path, text, "tmax", name=name)
    assert_table(
        table,
        ["tavg", "tmin", "tmax", "prcp", "wspd", "pres"],
        [[3.4, 1.0, 6.1, 0.0, 7.2, 1021.5], [4.4, 2.0, NAN, 1.2, 9.0, 1019.0]],
    )
    assert columns_of(table, "empty") == ["snow", "wdir", "wpgt", "tsun"]


def test_ghcn_by_station_leaves_tenths_and_takes_its_flags(tmp_path):
    table = read(
        tmp_path,
        '"STATION","DATE","LATITUDE","LONGITUDE","ELEVATION","NAME","PRCP","PRCP_ATTRIBUTES",'
        '"TMAX","TMAX_ATTRIBUTES","TMIN","TMIN_ATTRIBUTES"\n'
        '"USW0","2020-01-01","41.7","-87.7","188.4","A PLACE, IL US","    0","T,,W,2400",'
        '"   61",",,W","  -10",",,W"\n'
        '"USW0","2020-01-02","41.7","-87.7","188.4","A PLACE, IL US","   12",",,W,2400",'
        '"  989",",I,W","   20",",,W"\n',
        "TMAX",
    )
    assert_table(table, ["PRCP", "TMAX", "TMIN"], [[0.5, 61.0, -10.0], [12.0, NAN, 20.0]])
    assert facts(table, "trace", "failed") == [
        ("failed", "TMAX", 1, ""),
        ("trace", "PRCP", 1, "0.5"),
    ]
    assert "tenths" in facts(table, "layout")[0][3]
    assert columns_of(table, "aside")[:2] == ["STATION", "LATITUDE"]


LONG = (
    "USW00094846,20200101,TMAX,61,,,W,2400\nUSW00094846,20200101,PRCP,0,T,,W,2400\n"
    "USC00111111,20200101,TMAX,55,,,7,0700\n"
    "USW00094846,20200102,TMAX,72,,,W,2400\nUSW00094846,20200102,PRCP,18,,D,W,2400\n"
    "USC00111111,20200102,TMAX,50,,,7,0700\n"
)


@pytest.mark.parametrize(
    "header", ["", "ID,DATE,ELEMENT,DATA_VALUE,M_FLAG,Q_FLAG,S_FLAG,OBS_TIME\n"]
)
def test_ghcn_by_year_has_one_row_a_value(tmp_path, header):
    table = read(tmp_path, header + LONG, "TMAX", station="USW00094846")
    assert_table(table, ["TMAX", "PRCP"], [[61.0, 0.5], [72.0, NAN]])
    assert facts(table, "station", "failed", "trace") == [
        ("station", "station", 2, "USW00094846"),
        ("failed", "PRCP", 1, ""),
        ("trace", "PRCP", 1, "0.5"),
    ]
    with pytest.raises(InputError, match=r"USW00094846 \(2 days.*USC00111111.*--station"):
        read(tmp_path, header + LONG, "TMAX")


GSOD = (
    '"STATION","DATE","LATITUDE","LONGITUDE","ELEVATION","NAME","TEMP","TEMP_ATTRIBUTES","DEWP",'
    '"DEWP_ATTRIBUTES","SLP","SLP_ATTRIBUTES","VISIB","VISIB_ATTRIBUTES","GUST","MAX",'
    '"MAX_ATTRIBUTES","PRCP","PRCP_ATTRIBUTES","SNDP","FRSHTT"\n'
    '"01001099999","2020-01-01","70.9","-8.6","9.0","A PLACE, NO","  22.4","24","  15.1","24",'
    '"1003.8","24"," 6.8"," 6","999.9","  30.2","*","99.99"," ","999.9","001000"\n'
    '"01001099999","2020-01-02","70.9","-8.6","9.0","A PLACE, NO","  25.0","24","9999.9"," 0",'
    '"9999.9"," 0","999.9"," 0"," 31.1","  33.8"," "," 0.05","G","999.9","010000"\n'
)


def test_gsod_knows_its_codes_column_by_column(tmp_path):
    table = read(tmp_path, GSOD, "MAX")
    assert_table(
        table,
        ["TEMP", "DEWP", "SLP", "VISIB", "GUST", "MAX", "PRCP"],
        [[22.4, 15.1, 1003.8, 6.8, NAN, 30.2, NAN], [25.0, NAN, NAN, NAN, 31.1, 33.8, 0.05]],
    )
    assert facts(table, "sentinel") == [
        ("sentinel", "DEWP", 1, "9999.9"),
        ("sentinel", "SLP", 1, "9999.9"),
        ("sentinel", "VISIB", 1, "999.9"),
        ("sentinel", "GUST", 1, "999.9"),
        ("sentinel", "PRCP", 1, "99.99"),
        ("sentinel", "SNDP", 2, "999.9"),
    ]
    assert columns_of(table, "empty") == ["SNDP"]
    assert "FRSHTT" in columns_of(table, "aside")


@pytest.mark.parametrize(
    ("metadata", "lines"),
    [
        (
            "latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation\n"
            "52.52,13.41,38.0,3600,Europe/Berlin,CET\n\n",
            (1, 2),
        ),
        ("latitude,longitude,elevation\n52.52,13.41,38.0\n\n", (1, 2)),
    ],
)
def test_open_meteo_has_metadata_before_its_header(tmp_path, metadata, lines):
    table = read(
        tmp_path,
        metadata + "time,temperature_2m_max (°C),sunrise (iso8601),wind_speed_10m_max (km/h)\n"
        "2020-01-01,3.1,2020-01-01T08:17,12.2\n2020-01-02,4.0,2020-01-02T08:17,14.4\n",
        "temperature_2m_max (°C)",
    )
    assert_table(
        table,
        ["temperature_2m_max (°C)", "wind_speed_10m_max (km/h)"],
        [[3.1, 12.2], [4.0, 14.4]],
    )
    assert [f.lines for f in table.findings if f.kind == "preamble"] == [lines]
    assert columns_of(table, "text") == ["sunrise (iso8601)"]


def test_environment_canada_holds_its_days_in_date_time(tmp_path):
    table = read(
        tmp_path,
        '\ufeff"Longitude (x)","Latitude (y)","Station Name","Climate ID","Date/Time","Year",'
        '"Month","Day","Data Quality","Max Temp (°C)","Max Temp Flag","Total Precip (mm)",'
        '"Total Precip Flag","Spd of Max Gust (km/h)","Spd of Max Gust Flag"\n'
        '"-73.7","45.5","A PLACE","7025250","2020-01-01","2020","01","01","","1.5","","0.0","T",'
        '"<31",""\n'
        '"-73.7","45.5","A PLACE","7025250","2020-01-02","2020","01","02","","","M","1.2","",'
        '"44",""\n',
        "Max Temp (°C)",
    )
    assert_table(
        table,
        ["Max Temp (°C)", "Total Precip (mm)", "Spd of Max Gust (km/h)"],
        [[1.5, 0.05, 15.5], [NAN, 1.2, 44.0]],
    )
    assert columns_of(table, "calendar") == ["Year", "Month", "Day"]
    assert facts(table, "trace", "below") == [
        ("trace", "Total Precip (mm)", 1, "0.05"),
        ("below", "Spd of Max Gust (km/h)", 1, "<31"),
    ]


def test_bureau_of_meteorology_has_year_month_and_day_only(tmp_path):
    table = read(
        tmp_path,
        "Product code,Bureau of Meteorology station number,Year,Month,Day,"
        "Maximum temperature (Degree C),Days of accumulation of maximum temperature,Quality\n"
        "IDCJAC0010,066062,2020,01,01,25.1,1,Y\nIDCJAC0010,066062,2020,01,02,26.3,,N\n",
        "Maximum temperature (Degree C)",
    )
    assert_table(
        table,
        ["Maximum temperature (Degree C)", "Days of accumulation of maximum temperature"],
        [[25.1, 1.0], [26.3, NAN]],
    )
    assert facts(table, "date-parts") == [("date-parts", "", 3, "Year, Month, Day")]


def test_bureau_of_meteorology_observations_begin_with_text(tmp_path):
    table = read(
        tmp_path,
        '"Daily Weather Observations for A Place, for January 2020"\n"Prepared at 06:00, 2020"\n\n'
        ',"Date","Minimum temperature (°C)","Rainfall (mm)"\n,"2020-01-1",12.5,0\n'
        ",2020-01-2,13.0,2.2\n",
        "Minimum temperature (°C)",
    )
    assert_table(table, ["Minimum temperature (°C)", "Rainfall (mm)"], [[12.5, 0.0], [13.0, 2.2]])


def test_dwd_has_semicolons_and_padded_cells(tmp_path):
    table = read(
        tmp_path,
        "STATIONS_ID;MESS_DATUM;QN_3;  FX;QN_4; RSK;  PM; TMK; TXK; TNK;eor\n"
        "       1048;20200101;   10;   7.5;    3;   0.0;-999;   3.5;   6.0;   1.2;eor\n"
        "       1048;20200102;   10;-999;    3;   1.1;1010.3;   4.5;   7.0;   2.2;eor\n",
        "TXK",
    )
    assert_table(
        table,
        ["FX", "RSK", "PM", "TMK", "TXK", "TNK"],
        [[7.5, 0.0, NAN, 3.5, 6.0, 1.2], [NAN, 1.1, 1010.3, 4.5, 7.0, 2.2]],
    )
    assert facts(table, "sentinel") == [
        ("sentinel", "FX", 1, "-999"),
        ("sentinel", "PM", 1, "-999"),
    ]
    assert columns_of(table, "aside") == ["STATIONS_ID", "QN_3", "QN_4", "eor"]


def test_iem_has_words_for_missing_and_traces(tmp_path):
    table = read(
        tmp_path,
        "station,day,max_temp_f,min_temp_f,precip_in,snow_in,snowd_in\n"
        "MDW,2020-01-01,40.0,None,T,0.0,M\nMDW,2020-01-02,41.0,30.0,0.10,T,1\n"
        "MDW,2020-01-03,39.0,29.0,0.0,0.2,T\n",
        "max_temp_f",
    )
    assert_table(
        table,
        ["max_temp_f", "min_temp_f", "precip_in", "snow_in", "snowd_in"],
        [[40.0, NAN, 0.005, 0.0, NAN], [41.0, 30.0, 0.1, 0.05, 1.0], [39.0, 29.0, 0.0, 0.2, 0.5]],
    )
    assert [(f.column, f.value, f.lines) for f in table.findings if f.kind == "trace"] == [
        ("precip_in", "0.005", (2,)),
        ("snow_in", "0.05", (3,)),
        ("snowd_in", "0.5", (4,)),
    ]
    assert columns_of(table, "text") == ["station"]


def test_knmi_comments_out_its_header_and_nasa_power_counts_days(tmp_path):
    table = read(
        tmp_path,
        "# SOURCE: A SERVICE\n# TX : maximum in 0.1 degrees\n# STN,YYYYMMDD,   TX,  RH\n"
        "#\n  260,20200101,   61,    0\n  260,20200102,   72,   12\n",
        "TX",
    )
    assert_table(table, ["STN", "TX", "RH"], [[260.0, 61.0, 0.0], [260.0, 72.0, 12.0]])
    table = read(
        tmp_path,
        "-BEGIN HEADER-\nA SERVICE, daily data\nValue for missing: -999\n-END HEADER-\n"
        "YEAR,DOY,T2M_MAX,PRECTOT\n2020,1,6.1,0.0\n2020,2,-999.0,1.5\n",
        "T2M_MAX",
    )
    assert_table(table, ["T2M_MAX", "PRECTOT"], [[6.1, 0.0], [NAN, 1.5]])


def stations(between=""):
    rows = [
        f"2020-01-0{day},{place},{10 * day + shift},NA,WNW,No{between}"
        for shift, place in ((1, "Albury"), (2, "Cobar"))
        for day in (1, 2, 3)
    ]
    return "\n".join(["Date,Location,MaxTemp,Rainfall,WindGustDir,RainToday", *rows])


def test_a_station_is_chosen_and_never_mixed_with_another(tmp_path):
    table = read(tmp_path, stations(), "MaxTemp", station="Cobar")
    assert_table(table, ["MaxTemp"], [[12.0], [22.0], [32.0]])
    assert facts(table, "station") == [("station", "Location", 2, "Cobar")]
    assert columns_of(table, "text") == ["WindGustDir", "RainToday"]
    with pytest.raises(
        InputError, match=r"Albury \(3 days, 2020-01-01 to 2020-01-03\), Cobar"
    ) as e:
        read(tmp_path, stations(), "MaxTemp")
    assert "--station" in str(e.value)
    assert "combine" not in str(e.value)
    with pytest.raises(InputError, match=r"station .*'Sydney'.*Albury \(3 days.*Cobar \(3 days"):
        read(tmp_path, stations(), "MaxTemp", station="Sydney")


def test_a_station_that_moved_is_not_passed_over(tmp_path):
    text = "date,station_id,x\n" + "".join(
        f"2020-01-0{day},{7 if day < 4 else 8},{day}\n" for day in range(1, 8)
    )
    with pytest.raises(InputError, match=r"7 \(3 days.*8 \(4 days.*--station.*--drop"):
        read(tmp_path, text, "x")
    assert len(read(tmp_path, text, "x", station="8").values) == 4
    assert len(read(tmp_path, text, "x", drop=["station_id"]).values) == 7
