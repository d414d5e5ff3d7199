"""Rules and verdicts on values whose answer is known."""

import numpy as np
import pytest

from infoscope import InputError
from infoscope.paper.claims import Rule, decide
from infoscope.paper.claims.verdict import conjunction

RNG = np.random.default_rng(0)
HIGH = 5.0 + RNG.normal(size=20)
NEAR = RNG.normal(size=20) - RNG.normal(size=20).mean()


@pytest.mark.parametrize(
    ("values", "rule", "word"),
    [
        (HIGH, Rule("above", 0.0), "supported"),
        (HIGH, Rule("below", 0.0), "refuted"),
        (-HIGH, Rule("below", 0.0), "supported"),
        (NEAR, Rule("above", 0.0), "inconclusive"),
        (NEAR / 100, Rule("within", 0.0, 0.1), "supported"),
        (HIGH, Rule("within", 0.0, 0.1), "refuted"),
        (NEAR, Rule("within", 0.0, 0.1), "inconclusive"),
        (NEAR, Rule("not apart"), "supported"),
        (HIGH, Rule("not apart"), "refuted"),
        (-HIGH, Rule("not apart"), "refuted"),
        (-HIGH, Rule("not below"), "refuted"),
        (HIGH, Rule("not below"), "supported"),
        (HIGH, Rule("not above"), "refuted"),
        (-HIGH, Rule("not above"), "supported"),
        (np.ones(20), Rule("above", 0.8, summary="share"), "supported"),
        (np.zeros(20), Rule("below", 0.2, summary="share"), "supported"),
        (np.zeros(20), Rule("below", 0.15, summary="share"), "inconclusive"),
        (np.zeros(20), Rule("above", 0.5, summary="share"), "refuted"),
        (np.arange(20) % 2, Rule("above", 0.5, summary="share"), "inconclusive"),
        (HIGH * 10, Rule("below", 0.5, summary="variation"), "supported"),
        (NEAR, Rule("below", 0.5, summary="variation"), "refuted"),
        # What is equal to the null is not beyond it.
        (np.zeros(20), Rule("above", 0.0), "inconclusive"),
        (np.zeros(20), Rule("below", 0.0), "inconclusive"),
        (np.full(20, np.inf), Rule("above", 0.0), "supported"),
        ([*HIGH, np.inf], Rule("above", 0.0), "supported"),
    ],
)
def test_word(values: np.ndarray, rule: Rule, word: str) -> None:
    assert decide(values, rule).word == word


def test_shares_have_wilsons_interval() -> None:
    # E. B. Wilson (1927): of 0 in n the upper end is z^2 / (n + z^2), z = 1.959964.
    z2 = 1.959964**2
    none = decide(np.zeros(20), Rule("below", 0.5, summary="share"))
    assert none.value == 0.0
    assert none.interval == pytest.approx((0.0, z2 / (20 + z2)), abs=1e-6)
    # Of 81 in 263 (Newcombe, Stat. Med. 17, 857 (1998), table I): 0.2553 to 0.3662.
    some = decide(np.r_[np.ones(81), np.zeros(182)], Rule("below", 0.5, summary="share"))
    assert some.interval == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_variation_is_standard_deviation_over_mean() -> None:
    found = decide([1.0, 2.0, 3.0, 4.0], Rule("below", 0.5, summary="variation"))
    assert found.value == pytest.approx(np.sqrt(5.0 / 3.0) / 2.5)


@pytest.mark.parametrize("law", ["normal", "skewed"])
def test_interval_of_a_median_covers_it_in_about_95_of_100(law: str) -> None:
    # 300 studies of 20 seeds: the share within 4 standard errors, 0.0126 each, of 0.95.
    rng = np.random.default_rng(2)
    draw = {"normal": rng.standard_normal, "skewed": rng.standard_exponential}[law]
    median = {"normal": 0.0, "skewed": np.log(2.0)}[law]
    found = [decide(draw(20), Rule("above", 0.0)).interval for _ in range(300)]
    covered = np.mean([low <= median <= high for low, high in found])
    assert abs(covered - 0.95) < 0.05


def test_a_true_null_is_seldom_decided() -> None:
    rng = np.random.default_rng(3)
    words = [decide(rng.normal(size=20), Rule("above", 0.0)).word for _ in range(200)]
    # Two-sided 5 %, within 4 standard errors.
    assert words.count("inconclusive") / 200 > 0.95 - 4 * np.sqrt(0.05 * 0.95 / 200)


def test_turning_values_and_rule_turns_nothing_else() -> None:
    values = np.random.default_rng(4).normal(size=21) + 0.3  # odd: a median is a value
    up, down = decide(values, Rule("above", 0.1)), decide(-values, Rule("below", -0.1))
    assert up.word == down.word
    assert up.value == -down.value
    assert decide(values, Rule("above", 0.1)) == up


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "0 of 0 seeds have a value, 2 are needed"),
        ([1.0], "1 of 1 seeds have a value, 2 are needed"),
        ([1.0, np.nan], "1 of 2 seeds have a value, 2 are needed"),
        ([1.0, 1.0, 1.0, *[np.nan] * 4], "3 of 7 seeds have a value, 4 are needed"),
    ],
)
def test_too_few_seeds_are_missing_and_never_a_number(values: list[float], words: str) -> None:
    found = decide(values, Rule("above", 0.0))
    assert found.word == "missing"
    assert found.reason.startswith(words)
    assert np.isnan([found.value, *found.interval]).all()


def test_why_seeds_have_no_value_is_told_once_for_each_reason() -> None:
    values = [1.0, 2.0, 3.0, np.nan, np.nan, np.nan]
    found = decide(values, Rule("above", 0.0), {3: "diverged", 5: "diverged"})
    assert found.word == "supported"
    assert found.reason == "diverged (2 seeds); the statistic is not defined (1 seed)"
    assert found.flags == ("few-seeds", "seeds-without-value")
    assert (found.n, found.asked) == (3, 6)


def test_absence_is_flagged() -> None:
    assert decide(NEAR, Rule("not apart")).flags == ("absence",)
    assert decide(NEAR, Rule("above")).flags == ()


def test_one_refuted_part_refutes_and_one_missing_leaves_open() -> None:
    assert conjunction(["supported"] * 3) == "supported"
    assert conjunction(["supported", "inconclusive"]) == "inconclusive"
    assert conjunction(["inconclusive", "missing"]) == "missing"
    assert conjunction(["missing", "refuted"]) == "refuted"
    assert conjunction([]) == "missing"


def test_what_is_no_rule_is_refused() -> None:
    with pytest.raises(InputError, match="side must be one of"):
        Rule("over", 0.0)
    with pytest.raises(InputError, match="width must be above 0 for 'within'"):
        Rule("within", 0.0)
    with pytest.raises(InputError, match="width must be above 0 for 'within' and 0 otherwise"):
        Rule("above", 0.0, 1.0)
    with pytest.raises(InputError, match="null must be a finite number"):
        Rule("above", np.nan)
    with pytest.raises(InputError, match="values must have shape"):
        decide(np.zeros((2, 2)), Rule("above"))
    with pytest.raises(InputError, match="values must be 0 or 1 for a share"):
        decide([0.5, 1.0], Rule("above", 0.5, summary="share"))
