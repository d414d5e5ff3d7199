import gzip

import numpy as np
import pytest

from infoscope._errors import InputError
from infoscope.weather import read_csv
from infoscope.weather.tables import csv_rows

GOOD = "date,high,rain\n2020-01-01,40,0\n2020-01-02,41.5,0.1\n"


def written(folder, text, name="daily.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_values_dates_and_targets_are_those_of_the_file(tmp_path):
    table = read_csv(written(tmp_path, GOOD), ["high"])
    assert table.values.to_numpy().tolist() == [[40.0, 0.0], [41.5, 0.1]]
    assert [str(day.date()) for day in table.values.index] == ["2020-01-01", "2020-01-02"]
    assert table.values.index.name == "date"
    assert (table.targets, table.notes) == (("high",), ())


def test_a_compressed_file_reads_the_same(tmp_path):
    plain = read_csv(written(tmp_path, GOOD), ["high"])
    packed = read_csv(written(tmp_path, gzip.compress(GOOD.encode()), "d.csv.gz"), ["high"])
    assert plain.values.equals(packed.values)


@pytest.mark.parametrize("header", ["date", "Day", "VALID", "Time"])
def test_the_date_column_is_found_by_name_wherever_it_stands(tmp_path, header):
    path = written(tmp_path, f"x,{header}\n1,2020-01-01\n2,2020-01-02\n")
    assert read_csv(path, ["x"]).values.columns.tolist() == ["x"]


def test_the_first_column_serves_if_it_holds_dates_and_a_named_one_goes_first(tmp_path):
    path = written(tmp_path, "when,x\n2020-01-01,1\n2020-01-02,2\n")
    assert read_csv(path, ["x"]).values["x"].tolist() == [1.0, 2.0]
    path = written(tmp_path, "date,seen,x\n1,2020-01-05,1\n2,2020-01-06,2\n")
    assert read_csv(path, ["x"], date_column="seen").values["date"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("cell", ["", "NA", "NaN", "M", " M "])
def test_missing_cells_become_nan(tmp_path, cell):
    path = written(tmp_path, f"date,x\n2020-01-01,{cell}\n2020-01-02,2\n")
    assert np.array_equal(read_csv(path, ["x"]).values["x"], [np.nan, 2.0], equal_nan=True)


def test_days_are_sorted_and_it_is_said(tmp_path):
    table = read_csv(written(tmp_path, "date,x\n2020-01-03,3\n2020-01-01,1\n"), ["x"])
    assert table.values["x"].tolist() == [1.0, 3.0]
    assert "not in order" in table.notes[0]


def test_an_absent_day_stays_absent(tmp_path):
    table = read_csv(written(tmp_path, "date,x\n2020-01-01,1\n2020-01-03,3\n"), ["x"])
    assert len(table.values) == 2


def test_dates_with_slashes_are_month_first_and_it_is_said(tmp_path):
    table = read_csv(written(tmp_path, "date,x\n01/02/2020,1\n01/31/2020,2\n"), ["x"])
    assert [str(day.date()) for day in table.values.index] == ["2020-01-02", "2020-01-31"]
    assert "month/day/year" in table.notes[0]


def test_a_comma_that_ends_every_row_does_not_shift_the_columns(tmp_path):
    table = read_csv(written(tmp_path, "date,x,y\n2020-01-01,1,2,\n2020-01-02,3,4,\n"), ["x"])
    assert table.values.to_numpy().tolist() == [[1.0, 2.0], [3.0, 4.0]]


TEXT_ERRORS = {
    "a word": (
        "date,x\n2020-01-01,1\n2020-01-02,wet\n",
        r"'x' must be numeric, got 'wet' in line 3",
    ),
    "after a blank line": (
        "date,x\n2020-01-01,1\n\n2020-01-02,wet\n",
        r"'x' must be numeric, got 'wet' in line 4",
    ),
    "after a cell of two lines": (
        'date,x\n2020-01-01,"1\n"\n2020-01-02,wet\n',
        r"'x' must be numeric, got 'wet' in line 4",
    ),
    "infinite": ("date,x\n2020-01-01,1\n2020-01-02,-inf\n", r"'x' must be finite.*line 3"),
    "target missing": (
        "date,x,y\n2020-01-01,M,1\n2020-01-02,,2\n",
        r"'x' has no value on any day",
    ),
    "no date": ("a,x\n1,1\n2,2\n", r"must have a date column, got a, x"),
    "bad dates": (
        "date,x\n2020-01-01,1\n2020-02-30,2\nlater,3\n",
        r"got '2020-02-30' in line 3 \(2 of 3 cells\)",
    ),
    "repeated day": (
        "date,x\n2020-01-02,1\n2020-01-01,2\n2020-01-02,3\n",
        r"got 2020-01-02 again in line 4 \(1 such rows\)",
    ),
    "hourly": (
        "time,x\n2020-01-01 00:00,1\n2020-01-01 01:00,2\n",
        r"2020-01-01 again in line 3 .*2 rows a day.*daily means",
    ),
    "long row": ("date,x\n2020-01-01,1\n2020-01-02,1,5\n", r"at most 2 cells.*got 3 in line 3"),
    "column twice": ("date,x,x\n2020-01-01,1,2\n", r"column 'x' more than once"),
    "only dates": ("date\n2020-01-01\n", r"must have a numeric column beside 'date'"),
    "header only": ("date,x\n", r"has a header but no rows"),
    "empty": ("", r"is empty"),
    "not text": (b"\x89PNG\r\n\x1a\n\x00", r"0x89 in line 1"),
}


@pytest.mark.parametrize("case", TEXT_ERRORS)
def test_a_defect_of_the_file_is_named_with_its_place(tmp_path, case):
    text, message = TEXT_ERRORS[case]
    path = written(tmp_path, text)
    with pytest.raises(InputError, match=message) as caught:
        read_csv(path, ["x"])
    assert str(path) in str(caught.value)


def test_what_is_no_readable_file_is_said_to_be_so(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv does not exist"):
        read_csv(tmp_path / "none.csv", ["x"])
    with pytest.raises(InputError, match="cannot be read as a CSV table: Is a directory"):
        read_csv(tmp_path, ["x"])
    with pytest.raises(InputError, match="cannot be read as a CSV table"):
        read_csv(written(tmp_path, b"not packed", "d.csv.gz"), ["x"])
    with pytest.raises(InputError, match="cannot be read as a CSV table"):
        read_csv(written(tmp_path, gzip.compress(GOOD.encode() * 99)[:40], "cut.csv.gz"), ["x"])


def test_a_forbidden_file_is_said_to_be_so(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    path = written(tmp_path, GOOD)
    monkeypatch.setattr(csv_rows.Path, "open", refuse)
    with pytest.raises(InputError, match=r"daily\.csv cannot be read .*Permission denied"):
        read_csv(path, ["high"])


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (["low"], r"got 'low'; choose from high, rain"),
        (["date"], r"got 'date'; choose from high, rain"),
        (["high", "high"], r"targets must differ, got high, high"),
        ([], r"targets must name one column or more"),
        ("high", r"targets must name one column or more, got 'high'"),
    ],
)
def test_targets_must_be_columns_named_once(tmp_path, targets, message):
    with pytest.raises(InputError, match=message):
        read_csv(written(tmp_path, GOOD), targets)


def test_an_unknown_date_column_lists_those_there_are(tmp_path):
    with pytest.raises(InputError, match=r"got 'when'; choose from date, high, rain"):
        read_csv(written(tmp_path, GOOD), ["high"], date_column="when")
