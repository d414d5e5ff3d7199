"""Forms of any table: separators, comments, headers, dates, words, commas, and what is refused."""

import datetime as dt
import gzip
import itertools
import os
import re

import numpy as np
import pandas as pd
import pytest

from infoscope._errors import InputError
from infoscope.weather import read_csv

NAN = np.nan
DAYS = [dt.date(2020, 1, 1) + dt.timedelta(i) for i in range(60)]


def read(folder, text, *targets, **options):
    path = folder / "own.csv"
    path.write_bytes(text.encode())
    return read_csv(path, list(targets) or ["x"], **options)


def kinds(table):
    return [finding.kind for finding in table.findings]


def values(table):
    return table.values.to_numpy().tolist()


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("mark", [",", "."])
def test_other_separators_leave_the_comma_to_decimals(tmp_path, separator, mark):
    lines = [["date", "x", "y"], ["2020-01-01", "10.2", "0.125"], ["2020-01-02", "-7", "1.250"]]
    text = "\n".join(separator.join(cells) for cells in lines).replace(".", mark)
    table = read(tmp_path, text)
    assert values(table) == [[10.2, 0.125], [-7.0, 1.25]]
    assert kinds(table) == (["decimal-comma"] * 2 if mark == "," else [])


def test_quoted_commas_are_decimal_where_they_cannot_be_thousands(tmp_path):
    text = 'date,x,y\n2020-01-01,"10,2","1,013"\n2020-01-02,7,"1,020"\n'
    assert values(read(tmp_path, text)) == [[10.2, 1.013], [7.0, 1.02]]
    with pytest.raises(InputError, match=r"'y' must be numeric, got '1,013' in line 2.*thousands"):
        read(tmp_path, text.replace('"10,2"', "10"))
    with pytest.raises(InputError, match=r"'x' must be numeric, got '10,2' in line 2"):
        read(tmp_path, text.replace(",7,", ",7.5,"))


def test_a_list_of_stations_is_no_decimal_number(tmp_path):
    text = 'date,x,ids\n2020-01-01,1.5,"014880,014900"\n2020-01-02,2.5,"014880,014910"\n'
    table = read(tmp_path, text)
    assert values(table) == [[1.5], [2.5]]
    assert kinds(table) == ["text"]


@pytest.mark.parametrize(
    ("above", "kind", "count"),
    [
        ("# a\n# b, with a comma\n", "comment", 2),
        ("Station: A Place, far away\nElevation: 12 m\n\n", "preamble", 2),
        ("# a\nStation,A Place\nFrom,2020-01-01\n", "preamble", 2),
        ("A title\n", "preamble", 1),
    ],
)
def test_what_stands_above_the_header_is_passed_over_and_counted(tmp_path, above, kind, count):
    table = read(tmp_path, above + "date,x\n2020-01-01,1\n2020-01-02,2\n2020-01-03,3\n")
    assert values(table) == [[1.0], [2.0], [3.0]]
    assert [f.count for f in table.findings if f.kind == kind] == [count]


@pytest.mark.parametrize("units", ["yyyy-mm-dd,°C,[mm]", ",degC,mm", "-,C,inches"])
def test_a_row_of_units_is_passed_over(tmp_path, units):
    table = read(tmp_path, f"date,x,y\n{units}\n2020-01-01,1,2\n2020-01-02,3,4\n")
    assert values(table) == [[1.0, 2.0], [3.0, 4.0]]
    assert [f.lines for f in table.findings if f.kind == "units-row"] == [(2,)]


def test_comments_between_rows_keep_the_lines_right(tmp_path):
    text = "date,x\n2020-01-01,1\n# gauge moved\n\n2020-01-02,wet\n2020-01-03,3\n"
    with pytest.raises(InputError, match=r"got 'wet' in line 5 \(1 such cells\)"):
        read(tmp_path, text)


def test_a_source_below_the_table_is_passed_over(tmp_path):
    table = read(tmp_path, "date,x\n2020-01-01,1\n2020-01-02,2\n\nSource: a service\n")
    assert values(table) == [[1.0], [2.0]]
    assert [f.lines for f in table.findings if f.kind == "no-day"] == [(5,)]


@pytest.mark.parametrize(
    ("code", "read_as"),
    [
        ("%Y-%m-%d", ""),
        ("%Y/%m/%d", ""),
        ("%Y%m%d", ""),
        ("%d-%b-%Y", ""),
        ("%d.%m.%Y", "day.month.year"),
        ("%d/%m/%Y", "day/month/year"),
        ("%m/%d/%Y", "month/day/year"),
        ("%d-%m-%Y", "day-month-year"),
        ("%Y-%m-%d 12:00:00", ""),
        ("%Y-%m-%dT00:00:00.000Z", ""),
        ("%Y-%m-%dT00:00+01:00", ""),
        ("%m/%d/%Y 00:00", "month/day/year"),
        ("%Y-%m-%d 00:00:00.000 +0200", ""),
    ],
)
def test_days_in_any_order_that_the_table_settles(tmp_path, code, read_as):
    rows = "".join(f"{day.strftime(code)},{i}\n" for i, day in enumerate(DAYS))
    table = read(tmp_path, "date,x\n" + rows)
    assert [day.date() for day in table.values.index] == DAYS
    assert table.values["x"].tolist() == list(range(60))
    assert "".join(f.value for f in table.findings if f.kind == "date-format") == read_as


def test_a_few_days_that_fit_two_orders_are_read_as_follows_day_by_day(tmp_path):
    text = "date,x\n01/02/2020,1\n02/02/2020,2\n03/02/2020,3\n"
    table = read(tmp_path, text)
    assert [str(day.date()) for day in table.values.index] == [f"2020-02-0{i}" for i in (1, 2, 3)]


def test_a_day_is_the_calendar_day_where_it_was_written(tmp_path):
    """Midnight in Berlin, over the change to summer time and back."""
    table = read(
        tmp_path,
        "time,x\n2020-03-28T00:00+01:00,1\n2020-03-29T00:00+01:00,2\n2020-03-30T00:00+02:00,3\n"
        "2020-10-25T00:00+02:00,4\n2020-10-26T00:00+01:00,5\n",
    )
    assert table.values.index.strftime("%m-%d").tolist() == [
        "03-28", "03-29", "03-30", "10-25", "10-26",
    ]  # fmt: skip


WORDS = ["", "NULL", "null", "n/a", "N/A", "#N/A", "<NA>", "NA", "NaN", "nan", "None", "M", "-",
         "--", "---", ".", "(null)", "****"]  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_words_for_missing(tmp_path, word):
    table = read(tmp_path, f"date,x,y\n2020-01-01,{word},1\n2020-01-02,2,{word}\n2020-01-03,3,3\n")
    wanted = [[NAN, 1.0], [2.0, NAN], [3.0, 3.0]]
    assert np.array_equal(table.values.to_numpy(), wanted, equal_nan=True)
    assert table.findings == ()


def test_words_for_missing_in_the_first_cell_are_no_comment(tmp_path):
    table = read(tmp_path, "y,date,x\n#N/A,2020-01-01,1\n4,2020-01-02,2\n")
    assert np.array_equal(table.values["y"], [NAN, 4.0], equal_nan=True)


@pytest.mark.parametrize(
    ("name", "cells", "half"),
    [
        ("precip", ["0.00", "T", "0.12"], 0.005),
        ("precip_in", ["0", "T", "1"], 0.005),
        ("Rain (mm)", ["0.0", "T", "2.4"], 0.05),
        ("snowdepth_in", ["0", "T", "3"], 0.5),
        ("snow", ["0.0", "trace", "3.1"], 0.05),
        ("quantity", ["0.00", "t", "1.25"], 0.005),
    ],
)
def test_a_trace_is_half_of_the_smallest_amount(tmp_path, name, cells, half):
    rows = "".join(f"2020-01-0{i + 1},{cell}\n" for i, cell in enumerate(cells))
    table = read(tmp_path, f"date,{name}\n{rows}", name)
    assert table.values[name].tolist() == [float(cells[0]), half, float(cells[2])]
    assert [(f.kind, f.count, f.lines) for f in table.findings] == [("trace", 1, (3,))]


def test_a_trace_of_temperature_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"'temp' must be numeric, got 'T' in line 3"):
        read(tmp_path, "date,temp\n2020-01-01,3\n2020-01-02,T\n2020-01-03,4\n", "temp")


MIXED = "date,x,sky,y\n2020-01-01,1,clear,10\n2020-01-02,2,grey,20\n2020-01-03,3,clear,30\n"


def test_columns_and_drop_choose_and_words_are_left_out(tmp_path):
    assert read(tmp_path, MIXED).values.columns.tolist() == ["x", "y"]
    assert [(f.kind, f.column, f.value) for f in read(tmp_path, MIXED).findings] == [
        ("text", "sky", "clear")
    ]
    assert read(tmp_path, MIXED, "y", drop=["x"]).values.columns.tolist() == ["y"]
    assert read(tmp_path, MIXED, "y", columns=["x"]).values.columns.tolist() == ["x", "y"]
    assert read(tmp_path, MIXED, "y", columns=["y"]).findings == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ["sky"]}, r"'sky' must be numeric, got 'clear' in line 2 \(3 such cells\)"),
        ({"columns": ["z"]}, r"columns must be .*got 'z'; choose from date, x, sky, y"),
        ({"drop": ["z"]}, r"drop must be .*got 'z'; choose from date, x, sky, y"),
        ({"drop": ["x"]}, r"targets must not be dropped, got 'x'"),
        ({"drop": "y"}, r"drop must be a list of column names, got 'y'"),
        ({"columns": "y"}, r"columns must be a list of column names, got 'y'"),
        ({"missing": "zero"}, r"missing must be .*'zero'"),
        ({"station": "A"}, r"station must be one of the table, got 'A'"),
        ({"date_column": "when"}, r"date_column .*got 'when'; choose from date, x, sky, y"),
        ({"date_column": "sky"}, r"'sky' must hold dates .*got 'clear' in line 2"),
    ],
)
def test_options_that_do_not_fit_are_named(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, MIXED, **options)


def test_all_obstacles_are_told_at_once(tmp_path):
    text = (
        "date,x,y,z,z\n2020-01-01,1,wet,3,3\n2020-02-30,2,2,inf,3\n2020-01-03,3,4,1e200,3,9\n"
        "2020-01-01,4,5,3,3\n2020-01-05,5,6,3,3\n2020-01-06,6,7,3,3\n"
    )
    with pytest.raises(InputError) as caught:
        read(tmp_path, text, "x", "humidity")
    said = str(caught.value)
    facts = [
        "8 obstacles", "got 6 in line 4", "'z' more than once", "'2020-02-30' in line 3",
        "2020-01-01 again in line 5", "'wet' in line 2", "'inf' in line 3", "'1e200' in line 4",
        "'humidity'; choose from x", "--drop 'y'", "--date-column" * 0,
    ]  # fmt: skip
    assert [fact for fact in facts if fact not in said] == []


@pytest.mark.parametrize("cell", ["1e151", "-2e200", "1e308"])
def test_numbers_that_overflow_are_refused(tmp_path, cell):
    with pytest.raises(InputError, match=rf"'y' must be within ±1e\+150, got '{cell}' in line 3"):
        read(tmp_path, f"date,x,y\n2020-01-01,1,2\n2020-01-02,2,{cell}\n")


ODD = ["85%", "0x1F", "1_000", "1 000", "1.013,2", "٣", "５", "True", "1e", "--3", "12:00", "1/2"]


@pytest.mark.parametrize("cell", ODD)
def test_what_is_no_plain_number_is_refused_with_its_line(tmp_path, cell):
    with pytest.raises(InputError, match=r"'x' must be numeric, got .* in line 3 \(1 such cells\)"):
        read(tmp_path, f'date,x\n2020-01-01,1\n2020-01-02,"{cell}"\n2020-01-03,3\n')


@pytest.mark.parametrize("dates", [["43831", "43832"], ["1577836800", "1577923200"]])
def test_serial_numbers_are_no_dates(tmp_path, dates):
    with pytest.raises(InputError, match=rf"must hold dates such as 2015-05-01, got '{dates[0]}'"):
        read(tmp_path, "date,x\n" + "".join(f"{day},1\n" for day in dates))


def test_hours_are_not_days(tmp_path):
    hours = itertools.product(DAYS[:3], range(24))
    text = "time,x\n" + "".join(f"{day}T{hour:02d}:00,{hour}\n" for day, hour in hours)
    with pytest.raises(InputError, match=r"2020-01-01 again in line 3 \(69 such rows\)"):
        read(tmp_path, text)


def _hourly(stamp):
    """Return five days of hours, of which a temperature rises by 24 from day to day."""
    hours = [(day, hour) for day in DAYS[:5] for hour in range(24)]
    return [(stamp(day, hour), 24 * DAYS.index(day) + hour) for day, hour in hours]


@pytest.mark.parametrize(
    ("header", "stamp"),
    [
        ("time", lambda day, hour: f"{day}T{hour:02d}:00"),
        ("time", lambda day, hour: f"{day} {hour:02d}:00:00Z"),
        ("date,hour", lambda day, hour: f"{day},{hour}"),
        ("date,time", lambda day, hour: f"{day},{hour:02d}:00"),
        ("year,month,day,hour", lambda day, hour: f"{str(day).replace('-', ',')},{hour}"),
        ("date", lambda day, hour: day),
    ],
)
def test_the_advice_on_hourly_rows_makes_a_table_of_daily_means(
    tmp_path, monkeypatch, header, stamp
):
    text = f"{header},x\n" + "".join(f"{day},{x}\n" for day, x in _hourly(stamp))
    with pytest.raises(InputError, match="hourly") as refused:
        read(tmp_path, text)
    assert "remove copies" not in str(refused.value)
    assert ("--station" in str(refused.value)) == (header == "date")
    (advice,) = re.findall(
        r"table.*?to_csv\('daily\.csv'\)", str(refused.value).split("pandas ")[1]
    )
    monkeypatch.chdir(tmp_path)
    eval(advice, {"table": pd.read_csv(tmp_path / "own.csv")})
    daily = read_csv(tmp_path / "daily.csv", ["x"])
    assert daily.values.to_dict("list") == {"x": [24 * day + 11.5 for day in range(5)]}


def test_a_single_copy_of_a_day_is_no_sign_of_hours(tmp_path):
    text = "date,x\n" + "".join(f"{day},1\n" for day in [*DAYS, DAYS[3]])
    with pytest.raises(InputError, match="remove copies") as refused:
        read(tmp_path, text)
    assert "daily means" not in str(refused.value)


def test_dates_in_several_columns_ask_for_a_choice(tmp_path):
    text = "x,begun,ended\n1,2020-01-01,2020-01-02\n2,2020-01-02,2020-01-03\n"
    with pytest.raises(InputError, match=r"several \(begun, ended\).*--date-column"):
        read(tmp_path, text)
    assert str(read(tmp_path, text, date_column="ended").values.index[0].date()) == "2020-01-02"


def test_a_file_without_header_asks_for_one(tmp_path):
    with pytest.raises(InputError, match=r"must have a header, got data .*names of its 2 columns"):
        read(tmp_path, "2020-01-01,1\n2020-01-02,2\n")


def test_row_numbers_without_a_name_are_left_out(tmp_path):
    table = read(tmp_path, ",date,x\n0,2020-01-01,1\n1,2020-01-02,2\n")
    assert values(table) == [[1.0], [2.0]]
    assert kinds(table) == ["index"]


def test_what_is_no_regular_file_is_refused(tmp_path):
    pipe, loop = tmp_path / "pipe.csv", tmp_path / "loop.csv"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    for path in (pipe, "/dev/zero", "/dev/null"):
        with pytest.raises(InputError, match=r"must be a regular file, got a pipe or a device"):
            read_csv(path, ["x"])
    with pytest.raises(InputError, match=r"loop\.csv cannot be read .*symbolic links"):
        read_csv(loop, ["x"])


def test_a_file_without_line_ends_is_not_read_to_its_end(tmp_path):
    (tmp_path / "own.csv").write_bytes(b"0" * 20_000_000)
    with pytest.raises(InputError, match=r"cannot be read as a CSV table: line 1"):
        read_csv(tmp_path / "own.csv", ["x"])


@pytest.mark.parametrize(
    ("missing", "wanted"),
    [
        ("keep", [350.0, NAN, 30.0, NAN, NAN]),
        ("mean", [350.0, 10.0, 30.0, 10.0, 10.0]),
        ("interpolate", [350.0, 10.0, 30.0, NAN, NAN]),
        ("drop", [350.0, 30.0]),
    ],
)
def test_missing_values_by_each_remedy(tmp_path, missing, wanted):
    text = "date,x,wdir\n" + "".join(
        f"2020-01-0{i + 1},{i},{cell}\n" for i, cell in enumerate(["350", "M", "30", "", "-"])
    )
    table = read(tmp_path, text, missing=missing)
    assert np.allclose(table.values["wdir"], wanted, equal_nan=True)
    found = {
        "mean": [("circular-mean", 3)],
        "interpolate": [("interpolated", 1)],
        "drop": [("dropped", 3)],
    }
    assert [(f.kind, f.count) for f in table.findings] == found.get(missing, [])
    assert all("circular mean, 10" in str(f) for f in table.findings if f.kind == "circular-mean")


def test_gaps_longer_than_a_week_are_not_interpolated(tmp_path):
    text = "date,x,y\n" + "".join(
        f"{day},1,{i if i in (0, 8, 17, 18) else ''}\n" for i, day in enumerate(DAYS[:20])
    )
    found = read(tmp_path, text, missing="interpolate").values["y"].to_numpy()
    assert found[:9].tolist() == list(range(9))
    assert np.isnan(found[9:17]).all()
    assert np.isnan(found[19])


def test_missing_values_are_refused_on_request_and_no_day_need_be_left(tmp_path):
    text = "date,x,y\n2020-01-01,1,\n2020-01-02,M,2\n"
    with pytest.raises(InputError, match=r"2 obstacles.*'x'.*got 1 \(line 3\).*'y'.*\(line 2\)"):
        read(tmp_path, text, missing="refuse")
    with pytest.raises(InputError, match=r"missing must leave some days, got 'drop'"):
        read(tmp_path, text, missing="drop")


TWICE = "date,x,y,y\n2020-01-01,1,2,a\n2020-01-02,3,4,b\n"


def test_a_name_that_occurs_twice_can_be_dropped(tmp_path):
    with pytest.raises(InputError, match=r"'y' more than once.*--drop 'y'"):
        read(tmp_path, TWICE)
    table = read(tmp_path, TWICE, drop=["y"])
    assert table.values.to_dict("list") == {"x": [1.0, 3.0]}


@pytest.mark.parametrize("option", ["targets", "columns"])
def test_a_column_that_is_wanted_and_dropped_is_named_with_both_options(tmp_path, option):
    text = "date,x,y\n2020-01-01,1,2\n2020-01-02,3,4\n"
    options = {"columns": ["y"]} if option == "columns" else {}
    with pytest.raises(InputError, match=rf"{option} .*'y'.*--drop.*--{option}.* x$"):
        read(tmp_path, text, "y" if option == "targets" else "x", drop=["y"], **options)


def test_a_target_that_is_not_there_is_named_with_the_option_and_the_choice(tmp_path):
    with pytest.raises(InputError, match=r"targets .*'z'.* x, y.*--targets"):
        read(tmp_path, "date,x,y\n2020-01-01,1,2\n2020-01-02,3,4\n", "z")


ACCENTED = "date,x,température\n2020-01-01,1,2\n2020-01-02,3,4\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(tmp_path, encoding):
    path = tmp_path / "own.csv"
    path.write_bytes(ACCENTED.encode(encoding))
    table = read_csv(path, ["x"])
    assert table.values.to_dict("list") == {"x": [1.0, 3.0], "température": [2.0, 4.0]}
    packed = tmp_path / "own.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_csv(packed, ["x"]).values.equals(table.values)


@pytest.mark.parametrize(
    ("text", "encoding", "facts"),
    [
        (ACCENTED, "cp1252", ("0xe9", "line 1", "'é'", "iconv -f WINDOWS-1252")),
        ("date,x\n2020-01-01,1\n2020-01-02,2°\n", "latin-1", ("0xb0", "line 3", "iconv")),
        ("date,x\n2020-01-01,1\n", "utf-16-le", ("own.csv", "iconv -f UTF-16LE")),
    ],
)
def test_another_encoding_is_refused_with_the_way_to_convert_it(tmp_path, text, encoding, facts):
    path = tmp_path / "own.csv"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(InputError) as refused:
        read_csv(path, ["x"])
    assert [fact for fact in facts if fact not in str(refused.value)] == []
