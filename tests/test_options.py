"""Parsers of command-line options: groups of units, by words, inline and from a file."""

import json

import numpy as np
import pytest

import infoscope as isc
from infoscope._options import groups_of


@pytest.fixture(scope="module")
def recording() -> isc.Recording:
    names = [*(f"x{i}" for i in range(10)), "left-hand", "7"]
    return isc.Recording.from_arrays(hidden=np.zeros((1, 3, 12)), names={"hidden": names})


FIRST = [f"x{i}" for i in range(3)]


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("", None),
        ("layers", "layers"),
        ("given", "given"),
        ("a=1-3,b=4", {"a": FIRST, "b": ["x3"]}),
        ("a = 1 - 2, 3, b = x8-x9", {"a": FIRST, "b": ["x8", "x9"]}),
        # A name counts before a number and before a range.
        ("a=7,b=left-hand", {"a": ["7"], "b": ["left-hand"]}),
        ("a=x9-left-hand,b=left-hand-12", {"a": ["x9", "left-hand"], "b": ["left-hand", "7"]}),
    ],
)
def test_words_and_groups_inline(recording, text, groups) -> None:
    assert groups_of(text, recording) == groups


def test_a_long_list_is_no_file(recording) -> None:
    units = ",".join(["x0"] * 200)
    assert groups_of(f"a={units},b=x1", recording) == {"a": ["x0"] * 200, "b": ["x1"]}


def test_a_name_with_a_comma_stands_in_double_quotes() -> None:
    names = ["a,b", "c"]
    rec = isc.Recording.from_arrays(hidden=np.zeros((1, 3, 2)), names={"hidden": names})
    assert groups_of('"one=a,b",two=c', rec) == {"one": ["a,b"], "two": ["c"]}


@pytest.mark.parametrize(
    ("content", "groups"),
    [
        ({"a": ["1-2", "x2"], "b": [12, "left-hand"]}, {"a": FIRST, "b": ["7", "left-hand"]}),
        ({"a": "x0-x2", "b": 4}, {"a": FIRST, "b": ["x3"]}),
        ({"with = and ,": ["x0"], "b": ["x1"]}, {"with = and ,": ["x0"], "b": ["x1"]}),
    ],
)
def test_groups_in_a_file(recording, tmp_path, content, groups) -> None:
    path = tmp_path / "groups.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert groups_of(str(path), recording) == groups


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("areas", "'areas'"),
        ("a=1-3,b=13", "'13'"),
        ("a=0,b=1", "'0'"),
        ("a=3-1,b=4", "'3-1'"),
        ("a=x0,b=y", r"groups\['b'\].*'y'"),
        ("a=x0,a=x1", "twice"),
        ("=x0,b=x1", "no name"),
        ("x0,b=x1", "'x0'"),
        ("a=,b=x1", r"groups\['a'\]"),
        ("none.json", "none.json"),
    ],
)
def test_wrong_groups_are_named(recording, text, named) -> None:
    with pytest.raises(isc.InputError, match=named):
        groups_of(text, recording)


@pytest.mark.parametrize(
    "content",
    ["{", "[1]", '{"a": {"b": 1}}', '{"a": []}', '{"a": [1.5]}', '{"a": [1], "a": [2]}', "\xff"],
)
def test_wrong_files_are_named(recording, tmp_path, content) -> None:
    path = tmp_path / "groups.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(isc.InputError, match=r"groups.*groups\.json"):
        groups_of(str(path), recording)
