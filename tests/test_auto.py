"""estimator="auto": what it picks, that it says so, and that it is what it says."""

import numpy as np
import pytest

from infoscope import (
    KSG,
    Discrete,
    Gaussian,
    InputError,
    MixedKSG,
    mutual_information,
    transfer_entropy,
)

RNG = np.random.default_rng(0)
N = 300
CONTINUOUS = RNG.normal(size=(N, 12))
COINS = RNG.integers(0, 2, size=(N, 9)) * 1.0
SCORES = RNG.integers(0, 40, size=(N, 3)) * 1.0  # 40 values of 300: tied, but many

TIES = MixedKSG(form="mesner-shalizi", scale="zscore")
PICKED = [
    ("continuous", CONTINUOUS[:, 0], CONTINUOUS[:, 1], None, KSG(k=4, scale="rank")),
    ("vectors", CONTINUOUS[:, :5], CONTINUOUS[:, 5:10], None, KSG(k=4, scale="rank")),
    ("given", CONTINUOUS[:, 0], CONTINUOUS[:, 1], CONTINUOUS[:, 2:5], KSG(k=4, scale="rank")),
    ("many", CONTINUOUS[:, :5], CONTINUOUS[:, 5:11], None, Gaussian(copula=True)),
    ("many given", CONTINUOUS[:, 0], CONTINUOUS[:, 1], CONTINUOUS[:, 2:], Gaussian(copula=True)),
    ("discrete", COINS[:, 0], COINS[:, 1], None, Discrete()),
    ("discrete vectors", COINS[:, :2], COINS[:, 2:4], COINS[:, 4], Discrete()),
    ("discrete, too many codes", COINS[:, :4], COINS[:, 4:8], None, TIES),
    ("tied", SCORES[:, 0], SCORES[:, 1], None, TIES),
    ("mixed", COINS[:, 0], CONTINUOUS[:, 0], None, TIES),
    ("mixed, y", CONTINUOUS[:, 0], COINS[:, 0], None, TIES),
    ("tied, given", SCORES[:, 0], CONTINUOUS[:, 0], CONTINUOUS[:, 1], TIES),
    ("given what is tied", CONTINUOUS[:, 0], CONTINUOUS[:, 1], SCORES[:, 0], TIES),
    (
        "one tied column",
        np.column_stack([CONTINUOUS[:, 0], COINS[:, 0]]), CONTINUOUS[:, 1], None, TIES,
    ),
]  # fmt: skip
REASON = {KSG: "auto-ksg", Gaussian: "auto-gaussian-copula", Discrete: "auto-discrete",
          MixedKSG: "auto-mixed"}  # fmt: skip


@pytest.mark.parametrize(
    ("x", "y", "z", "estimator"), [case[1:] for case in PICKED], ids=[case[0] for case in PICKED]
)
def test_auto_is_the_estimator_that_it_names(x, y, z, estimator) -> None:
    found = mutual_information(x, y, z, estimator="auto")
    expected = mutual_information(x, y, z, estimator=estimator)
    assert found.estimator == estimator
    assert (found.nats, found.ceiling_nats, found.n) == (
        expected.nats, expected.ceiling_nats, expected.n
    )  # fmt: skip
    assert set(expected.flags) < set(found.flags)
    assert REASON[type(estimator)] in found.flags
    assert sum(flag.startswith("auto-") for flag in found.flags) == 1


@pytest.mark.parametrize(
    ("values", "kind"),
    [(59, MixedKSG), (60, KSG), (300, KSG)],
    ids=["below a fifth", "a fifth", "all"],
)
def test_a_fifth_of_the_samples_as_values_is_the_border(values: int, kind: type) -> None:
    tied = RNG.permutation(np.arange(N) % values) * 1.0
    found = mutual_information(tied, CONTINUOUS[:, 0], estimator="auto")
    assert isinstance(found.estimator, kind)


@pytest.mark.parametrize(("codes", "kind"), [(12 * 5, Discrete), (12 * 6, MixedKSG)])
def test_counting_needs_five_samples_for_each_code(codes: int, kind: type) -> None:
    x, y = np.arange(N) % 12 * 1.0, RNG.permutation(np.arange(N) % (codes // 12)) * 1.0
    assert isinstance(mutual_information(x, y, estimator="auto").estimator, kind)


def test_transfer_entropy_takes_auto() -> None:
    source, target = CONTINUOUS[:, 0], CONTINUOUS[:, 1]
    found = transfer_entropy(source, target, estimator="auto")
    expected = transfer_entropy(source, target, estimator=KSG(scale="rank"))
    assert (found.nats, "auto-ksg" in found.flags) == (expected.nats, True)


def test_constants_and_few_rows_are_taken_or_refused_by_name() -> None:
    found = mutual_information(np.zeros(N), CONTINUOUS[:, 0], estimator="auto")
    assert found.nats == pytest.approx(0.0, abs=0.05)
    for n in (0, 1, 3):
        with pytest.raises(InputError, match=r"^(k|x|y|data) must .* got .*; "):
            mutual_information(CONTINUOUS[:n, 0], CONTINUOUS[:n, 1], estimator="auto")


def test_transfer_of_tied_values_takes_the_form_for_ties() -> None:
    source, target = SCORES[:, 0], SCORES[:, 1]
    found = transfer_entropy(source, target, estimator="auto")
    assert found.nats == transfer_entropy(source, target, estimator=TIES).nats
    assert {"auto-mixed", "tied-values"} < set(found.flags)


def test_many_rows_of_several_coordinates_are_taken_for_a_copula() -> None:
    """Distances of 50,001 rows from one another would take a minute; of two scalars, none."""
    rng = np.random.default_rng(0)
    pair, given = rng.normal(size=(50_001, 2)), rng.normal(size=50_001)
    found = mutual_information(pair[:, 0], pair[:, 1], given, estimator="auto")
    assert found.estimator == Gaussian(copula=True)
    assert {"auto-gaussian-copula", "many-rows"} <= set(found.flags)
    assert isinstance(mutual_information(*pair.T, estimator="auto").estimator, KSG)


@pytest.mark.parametrize("word", ["", "Auto", "ksg", "gaussian"])
def test_other_words_are_refused(word: str) -> None:
    with pytest.raises(InputError, match=rf"^estimator must be one of 'auto', got '{word}'; pick"):
        mutual_information(COINS[:, 0], COINS[:, 1], estimator=word)
