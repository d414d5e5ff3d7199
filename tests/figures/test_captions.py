"""Templates, and how numbers are written in them."""

import pytest

from infoscope.figures._captions import course, fill, fill_change, share


@pytest.mark.parametrize(
    ("spec", "value", "text"),
    [
        (".2f", -1e-9, "0.00"),
        (".2f", -0.126, "-0.13"),
        (".2f", float("nan"), "not defined"),
        (".2f", None, "not defined"),
        (".2g", 0.000123, "0.00012"),
        (".0f", 3.0, "3"),
        ("", 3, "3"),
        ("", True, "yes"),
        ("", False, "no"),
        ("", ["a", "b", "c"], "a, b and c"),
        ("", [], ""),
        ("share", None, "not defined"),
        (
            "p:.2g",
            {"FDR 10%": {"p": 0.5}, "3 bits": {}},
            "0.5 (FDR 10%) and not defined (above 3 bits)",
        ),
    ],
)
def test_formats(spec: str, value: object, text: str) -> None:
    assert fill(f"{{x:{spec}}}", {"x": value}) == text


def test_shares_are_told_apart_from_none_and_all() -> None:
    shares = [share(value) for value in (0.0, 0.0042, 0.5, 0.9996, 1.0)]
    assert shares == ["0%", "0.42%", "50%", "99.96%", "100%"]


def test_parts_depend_on_facts_and_repairs() -> None:
    template = "\nA.\n[known] B\nb.\n[not known] C.\n[exact_ranks] D.\n[] E.\n"
    assert fill(template, {"known": 1}) == "A. B b. E."
    assert fill(template, {"known": None, "repairs": ["exact_ranks"]}) == "A. C. D. E."


def test_braces_and_brackets_of_data_stay() -> None:
    assert fill("[yes] {name}.", {"yes": True, "name": "[not] {x}"}) == "[not] {x}."


@pytest.mark.parametrize(
    ("first", "last", "largest", "words"),
    [
        ((1.0, 0), (2.0, 9), (2.0, 9), "from 1.00 bits at epoch 0 to its largest value, 2.00"),
        ((2.0, 0), (1.0, 9), (2.0, 0), "from its largest value, 2.00 bits at epoch 0, to 1.00"),
        ((1.0, 0), (0.0, 9), (3.0, 4), "to 0.00 at epoch 9, at most 3.00 at epoch 4"),
        ((1.0, 5), (1.0, 5), (1.0, 5), "epoch 5 with 1.00 bits is the only one"),
    ],
)
def test_course(first, last, largest, words: str) -> None:
    curve = {}
    for name, (value, epoch) in (("first", first), ("last", last), ("max", largest)):
        curve |= {name: value, f"{name}_epoch": epoch}
    assert words in course(curve)


def test_a_change_compares_the_first_published_with_the_main_corrected_graph() -> None:
    before = {"graphs": {"1 bits": {"n": 5}, "2 bits": {"n": 3}}, "main": "2 bits", "r": 0.1}
    after = {"graphs": {"FWER 5%": {"n": 1}, "FDR 10%": {"n": 2}}, "main": "FDR 10%", "r": 0.2}
    said = fill_change("{before:n} to {after:n}, {published[r]} to {r}.", before, after)
    assert said == "5 (above 1 bits) to 2 (FDR 10%), 0.1 to 0.2."
