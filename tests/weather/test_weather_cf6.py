import http.client
import io
import urllib.error
import urllib.request

import numpy as np
import pytest

from infoscope._errors import InputError
from infoscope.weather import download_cf6, make_windows, read_cf6

HEADER = (
    "station,valid,name,state,wfo,high,low,avg_temp,dep_temp,hdd,cdd,precip,snow,snowd_12z,"
    "avg_smph,max_smph,avg_drct,minutes_sunshine,possible_sunshine,cloud_ss,wxcodes,gust_smph,"
    "gust_drct"
)
VARIABLES = HEADER.split(",")[5:]
FIRST = (
    "KMDW,2015-01-01,Chicago Midway,IL,LOT,32,17,24.5,0.3,40,0,T,T,T,13.1,24,240,300,54,4,1 2 8,"
    "33,230,"
)
SECOND = (
    "KMDW,2015-01-02,Chicago Midway,IL,LOT,35,M,30,6,35,0,0.12,1.5,2,5.2,12,190,None,0,9,None,"
    "17,180,"
)
THIRD = "KMDW,2015-01-03,Chicago Midway,IL,LOT,36,30,33,9,32,0,0,0,1,7,15,200,10,2,8,,20,210,"


def cf6(folder, *rows, name="2015.csv", header=HEADER):
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_every_cell_lands_in_its_own_column(tmp_path):
    table = read_cf6(cf6(tmp_path, FIRST, SECOND, THIRD))
    nan = np.nan
    wanted = [
        [32, 17, 24.5, 0.3, 40, 0, 0.005, 0.05, 0.5, 13.1, 24, 240, 300, 54, 4, 3, 33, 230],
        [35, nan, 30, 6, 35, 0, 0.12, 1.5, 2, 5.2, 12, 190, nan, 0, 9, 0, 17, 180],
        [36, 30, 33, 9, 32, 0, 0, 0, 1, 7, 15, 200, 10, 2, 8, 0, 20, 210],
    ]
    assert table.values.columns.tolist() == VARIABLES
    assert np.array_equal(table.values.to_numpy(), wanted, equal_nan=True)
    assert [str(day.date()) for day in table.values.index] == [f"2015-01-0{d}" for d in (1, 2, 3)]
    assert table.targets == ("high", "low")
    assert any("3 traces" in note for note in table.notes)


def test_years_are_joined_in_order_whatever_the_order_of_the_files(tmp_path):
    later = cf6(tmp_path, FIRST.replace("2015-01-01", "2016-01-01"), name="2016.csv")
    table = read_cf6(later, cf6(tmp_path, FIRST, SECOND))
    assert [day.year for day in table.values.index] == [2015, 2015, 2016]
    assert table.values["high"].tolist() == [32.0, 35.0, 32.0]


def test_a_variable_may_lack_one_year_but_not_all(tmp_path):
    blank = FIRST.replace(",300,", ",M,")
    later = cf6(tmp_path, FIRST.replace("2015-01-01", "2016-01-01"), name="2016.csv")
    sunshine = read_cf6(cf6(tmp_path, blank), later).values["minutes_sunshine"]
    assert np.array_equal(sunshine, [np.nan, 300.0], equal_nan=True)
    table = read_cf6(cf6(tmp_path, blank))
    assert "minutes_sunshine" not in table.values
    assert any("minutes_sunshine has no value" in note for note in table.notes)


def test_the_table_can_be_cut_into_windows(tmp_path):
    windows = make_windows(read_cf6(cf6(tmp_path, FIRST, SECOND, THIRD)), length=1, test_fraction=0)
    assert windows.inputs.shape == (2, 1, 18)
    assert windows.target_units(windows.targets)[1, 0].tolist() == pytest.approx([36.0, 30.0])


def test_impossible_values_are_noted_with_their_own_file_and_line(tmp_path):
    wrong = FIRST.replace("2015-01-01", "2016-01-01").replace(",32,17,", ",400,17,")
    usual = [SECOND.replace("2015", "2016"), THIRD.replace("2015", "2016")]
    paths = cf6(tmp_path, FIRST, SECOND), cf6(tmp_path, wrong, *usual, name="2016.csv")
    (note,) = [note for note in read_cf6(*paths).notes if "impossible" in note]
    assert all(fact in note for fact in ("2016.csv", "high", "400", "line 2"))


def test_a_wrong_cell_is_named_with_its_own_file_and_line(tmp_path):
    rows = FIRST.replace("2015-01-01", "2016-01-01"), SECOND.replace("2015", "2016")
    wrong = cf6(tmp_path, rows[0], rows[1].replace(",35,M,", ",warm,M,"), name="2016.csv")
    with pytest.raises(InputError, match=r"2016\.csv: column 'high'.*'warm' in line 3") as caught:
        read_cf6(cf6(tmp_path, FIRST), wrong)
    assert "2015.csv" not in str(caught.value)


def test_a_trace_of_temperature_is_no_number(tmp_path):
    with pytest.raises(InputError, match=r"column 'high' must be numeric, got 'T' in line 2"):
        read_cf6(cf6(tmp_path, FIRST.replace(",32,17,", ",T,17,")))


def test_malformed_files_are_refused(tmp_path):
    short = HEADER.replace(",low", "").replace(",gust_drct", "")
    other = SECOND.replace("KMDW", "KORD")
    with pytest.raises(InputError, match=r"got none named low, gust_drct"):
        read_cf6(cf6(tmp_path, "KMDW,2015-01-01", header=short))
    with pytest.raises(InputError, match=r"one station, got KMDW, KORD"):
        read_cf6(cf6(tmp_path, FIRST), cf6(tmp_path, other, name="o.csv"))
    with pytest.raises(InputError, match=r"each day once, got 2015-01-01 again in line 3"):
        read_cf6(cf6(tmp_path, FIRST, FIRST))
    with pytest.raises(InputError, match=r"must hold dates .*, got '2015-02-30' in line 2"):
        read_cf6(cf6(tmp_path, FIRST.replace("01-01", "02-30")))
    with pytest.raises(InputError, match=r"got 'wxs'; choose from high, low"):
        read_cf6(cf6(tmp_path, FIRST), targets=["wxs"])
    with pytest.raises(InputError, match="at least one CF6 file, got none"):
        read_cf6()


class Service:
    """Stands for the web service: counts requests and gives one answer."""

    def __init__(self, answer):
        self.answer, self.addresses = answer, []

    def __call__(self, address, timeout):
        self.addresses.append(address)
        if isinstance(self.answer, Exception):
            raise self.answer
        return io.BytesIO(self.answer)


@pytest.fixture
def service(monkeypatch):
    service = Service(f"{HEADER}\n{FIRST}\n".encode())
    monkeypatch.setattr(urllib.request, "urlopen", service)
    return service


def test_a_year_is_fetched_once_and_can_be_read(tmp_path, service):
    path = download_cf6("kmdw", 2015, cache=tmp_path)
    assert download_cf6("KMDW", 2015, cache=tmp_path) == path
    assert service.addresses == [
        "https://mesonet.agron.iastate.edu/json/cf6.py?station=KMDW&year=2015&fmt=csv"
    ]
    assert read_cf6(path).values["high"].tolist() == [32.0]
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_the_cache_is_the_users(tmp_path, service, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert download_cf6("KMDW", 2015).parent == tmp_path / "cache" / "infoscope" / "cf6"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / ".cache" / "infoscope" / "cf6"
    assert download_cf6("KMDW", 2015).parent == folder


@pytest.mark.parametrize(
    "failure",
    [
        urllib.error.URLError("no route"),
        TimeoutError("slow"),
        http.client.IncompleteRead(b"x"),
        ConnectionResetError("gone"),
    ],
)
def test_a_failed_fetch_says_what_to_do_and_leaves_no_file(tmp_path, service, failure):
    service.answer = failure
    with pytest.raises(InputError, match=r"cannot fetch https.*by hand and use read_cf6"):
        download_cf6("KMDW", 2015, cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("answer", [b"<html>busy</html>", f"{HEADER}\n".encode(), b""])
def test_an_answer_without_days_is_not_kept(tmp_path, service, answer):
    service.answer = answer
    with pytest.raises(InputError, match="must answer with days of CF6 data"):
        download_cf6("KMDW", 2015, cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("station", "year"), [("../x", 2015), ("", 2015), (5, 2015), ("KMDW", "2015"), ("KMDW", 15)]
)
def test_a_malformed_station_or_year_is_never_asked_for(tmp_path, service, station, year):
    with pytest.raises(InputError, match="must be like KMDW and 2015"):
        download_cf6(station, year, cache=tmp_path)
    assert service.addresses == []
