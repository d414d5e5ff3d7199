"""The default estimator: what it picks, that it says so, and that it is what it says."""

import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from hard_truth import HARD, labelled, rectified, rounded, shared_counts
from infoscope import (
    KSG,
    Discrete,
    EstimationError,
    Gaussian,
    InputError,
    KozachenkoLeonenko,
    LabelDecoder,
    Ross,
    entropy,
    mutual_information,
    pairwise_information,
    total_correlation,
    transfer_entropy,
)
from infoscope.estimators.auto import RULES
from truth import System, pair

RNG = np.random.default_rng(0)
N = 300
CONTINUOUS = RNG.normal(size=(N, 12))
COINS = RNG.integers(0, 2, size=(N, 9)) * 1.0
SCORES = RNG.integers(0, 40, size=(N, 3)) * 1.0  # 40 values of 300: tied, but many

RANKS = KSG(k=4, scale="rank")
BROKEN = KSG(k=4, scale="rank", ties="random", draws=8)
COUNTED = Discrete(correction="miller-madow")
COPULA = Gaussian(copula=True)
PICKED = [
    ("continuous", CONTINUOUS[:, 0], CONTINUOUS[:, 1], None, RANKS),
    ("given", CONTINUOUS[:, 0], CONTINUOUS[:, 1], CONTINUOUS[:, 2:5], RANKS),
    ("many", CONTINUOUS[:, :5], CONTINUOUS[:, 5:11], None, COPULA),
    ("many given", CONTINUOUS[:, 0], CONTINUOUS[:, 1], CONTINUOUS[:, 2:], COPULA),
    ("discrete", COINS[:, 0], COINS[:, 1], None, COUNTED),
    ("discrete vectors", COINS[:, :2], COINS[:, 2:4], COINS[:, 4], COUNTED),
    ("tied", SCORES[:, 0], SCORES[:, 1], None, BROKEN),
    ("a coin and a number", COINS[:, 0], CONTINUOUS[:, 0], None, BROKEN),
    ("a number and a coin", CONTINUOUS[:, 0], COINS[:, 0], None, BROKEN),
    ("tied, given", SCORES[:, 0], CONTINUOUS[:, 0], CONTINUOUS[:, 1], BROKEN),
    ("given what is tied", CONTINUOUS[:, 0], CONTINUOUS[:, 1], SCORES[:, 0], BROKEN),
]  # fmt: skip
REASON = {KSG: "auto-ksg", Gaussian: "auto-gaussian-copula", Discrete: "auto-discrete"}


@pytest.mark.parametrize(
    ("x", "y", "z", "estimator"), [case[1:] for case in PICKED], ids=[case[0] for case in PICKED]
)
def test_auto_is_the_estimator_that_it_names(x, y, z, estimator) -> None:
    found = mutual_information(x, y, given=z)
    expected = mutual_information(x, y, given=z, estimator=estimator)
    assert found.estimator == estimator
    assert (found.nats, found.n) == (expected.nats, expected.n)
    assert set(expected.flags) <= set(found.flags)
    assert REASON[type(estimator)] in found.flags
    assert sum(flag.startswith("auto-") for flag in found.flags) == 1


def test_of_estimators_that_err_low_it_takes_the_larger() -> None:
    x, y = CONTINUOUS[:, :3], CONTINUOUS[:, 3:5]
    each = [mutual_information(x, y, estimator=e).nats for e in (RANKS, COPULA)]
    assert mutual_information(x, y).nats == max(each)
    layer = CONTINUOUS[:, :6] + COINS[:, :1]
    of_label = [Ross(k=4, scale="rank"), LabelDecoder()]
    each = [mutual_information(layer, COINS[:, 0], estimator=e).nats for e in of_label]
    assert mutual_information(layer, COINS[:, 0]).nats == max(each)


def test_the_documented_rules_are_those_that_decide() -> None:
    page = (Path(__file__).parents[2] / "docs" / "estimators.md").read_text()
    table = page.split("## Information and transfer entropy")[1].split("Why:")[0]
    documented = re.findall(r"^\| `([a-z-]+)` \|", table, flags=re.M)
    assert documented == [rule.reason for rule in RULES]


@pytest.mark.parametrize(("codes", "kind"), [(12 * 5, Discrete), (12 * 6, KSG)])
def test_counting_needs_five_samples_for_each_code(codes: int, kind: type) -> None:
    x, y = np.arange(N) % 12 * 1.0, RNG.permutation(np.arange(N) % (codes // 12)) * 1.0
    assert isinstance(mutual_information(x, y).estimator, kind)


def test_a_full_design_and_a_constant_tell_nothing() -> None:
    """Every pair of 20 and 20 values once, ten values ten times in two classes: exactly 0."""
    grid = np.repeat(np.arange(20.0), 20), np.tile(np.arange(20.0), 20)
    classes = np.repeat([0, 1], 100), np.tile(np.repeat(np.arange(10.0), 10), 2)
    constant = np.full(N, 7.3), CONTINUOUS[:, 0]
    for x, y in (grid, classes, constant, constant[::-1]):
        assert mutual_information(x, y).nats == pytest.approx(0.0, abs=1e-12)
    assert transfer_entropy(*constant).nats == 0.0
    assert "constant" in mutual_information(*constant).flags


def test_a_constant_coordinate_changes_nothing() -> None:
    x, y = CONTINUOUS[:, :2], CONTINUOUS[:, 2]
    dead = np.column_stack([x, np.zeros(N)])
    assert mutual_information(dead, y).nats == mutual_information(x, y).nats
    assert "constant" in mutual_information(dead, y).flags


@pytest.mark.parametrize("transform", [np.exp, lambda v: v**3, lambda v: 1e9 + 7 * v, np.arctan])
def test_increasing_functions_of_a_scalar_change_nothing(transform) -> None:
    for x, y in (CONTINUOUS[:, :2].T, SCORES[:, :2].T / 9):
        expected = mutual_information(x, y).nats
        assert mutual_information(transform(x), y).nats == pytest.approx(expected, abs=1e-9)
        both = np.column_stack([transform(x), y])
        of_pairs = float(pairwise_information(both)[0, 1])
        assert of_pairs == pytest.approx(
            float(pairwise_information(np.column_stack([x, y]))[0, 1]), abs=1e-9
        )


def test_data_drawn_with_the_seed_of_the_ties_are_not_seen_through() -> None:
    """A spike is a coin below a level: noise from the same stream would bring the coin back."""
    x, y = (np.random.default_rng(0).random((2, 5000)) < 0.3) * 1.0
    hidden = np.random.default_rng(0).random(5000)
    for estimator in (KSG(), Ross(), "auto"):
        assert abs(mutual_information(x, y, estimator=estimator).bits) < 0.05
    level = (hidden < 0.3) * 1.0
    # What a coin tells of its own level is no more than the entropy of the level.
    assert mutual_information(level, hidden, estimator=KSG()).bits < 0.9


def mean_bits(system: System, n: int, seeds: int, measure=mutual_information) -> np.ndarray:
    samples = (system.draw(n, np.random.default_rng(1000 + seed)) for seed in range(seeds))
    return np.array([measure(*sample, n_jobs=1).bits for sample in samples])


# One of each kind; benchmarks/regret.py has them all. Five samples of 1,000 rows are known to
# some 0.02 bits each.
KINDS = [system for name in ("point masses", "counts", "rounded", "tails", "mixtures")
         for system in HARD[name][::3]]  # fmt: skip


@pytest.mark.parametrize("system", KINDS, ids=[system.name for system in KINDS])
def test_what_people_bring_comes_out_right(system: System) -> None:
    found = mean_bits(system, 1000, 3)
    assert found.mean() == pytest.approx(system.bits, abs=max(0.1, 0.08 * system.bits))


@pytest.mark.parametrize("dimensions", [1, 5, 20, 100])
def test_a_label_beside_a_layer_of_any_width(dimensions: int) -> None:
    system = labelled(2, dimensions) if dimensions > 1 else labelled(2, 2)
    found = mean_bits(system, 2000, 2)
    assert found.mean() == pytest.approx(system.bits, abs=0.08)


def test_few_rows_for_a_label_hide_little_of_a_wide_layer() -> None:
    """26 labels, 38 rows each: the classifier that learned from them finds a tenth too little."""
    system = labelled(26, 50, 4.0)
    short, long = (
        mean_bits(
            system, 1000, 4, partial(mutual_information, estimator=LabelDecoder(extrapolate=e))
        )
        for e in (False, True)
    )
    assert abs(long.mean() - system.bits) < abs(short.mean() - system.bits) / 2


def test_a_label_of_nothing_stays_at_zero() -> None:
    found = []
    for seed in range(12):
        random = np.random.default_rng(seed)
        noise, label = random.normal(size=(400, 60)), random.integers(0, 4, size=400)
        found.append(mutual_information(noise, label, estimator=LabelDecoder()).bits)
    assert np.mean(found) < 0.03
    assert min(found) >= -1e-6


@pytest.mark.parametrize(
    "system",
    [pair(0.6), rectified(0.6, 0.5), rounded(0.6, 20), shared_counts(3), shared_counts(20)],
    ids=lambda system: system.name,
)
def test_all_pairs_agree_with_the_truth_too(system: System) -> None:
    def of_pair(x, y, n_jobs):
        found = pairwise_information(np.column_stack([x, y]), n_jobs=n_jobs)
        return type("Bits", (), {"bits": float(found[0, 1])})

    found = mean_bits(system, 1000, 4, of_pair)
    assert found.mean() == pytest.approx(system.bits, abs=0.1)


@pytest.mark.parametrize(
    ("share", "n", "classes"), [(0.9, 1000, 2), (0.95, 2000, 4), (0.99, 2000, 20)]
)
def test_a_point_mass_beside_an_independent_label_shares_nothing(share, n, classes) -> None:
    """Values that occur once are no values to be counted: each seemed to tell the label."""
    found = []
    for seed in range(5):
        rng = np.random.default_rng(2000 + seed)
        x = np.where(rng.random(n) < share, 0.0, rng.gamma(1.0, size=n))
        y = rng.integers(0, classes, size=n)
        found.append(
            [
                mutual_information(x, y).bits,
                float(pairwise_information(np.column_stack([x, y]))[0, 1]),
            ]
        )
    np.testing.assert_allclose(np.mean(found, axis=0), 0.0, atol=0.05)


def test_what_is_known_beforehand_is_not_significant() -> None:
    x = np.random.default_rng(0).normal(size=300)
    for other in (x, 2 * x + 1):
        found = transfer_entropy(x, other, significance=39)
        assert (found.bits, found.p, found.effective_bits) == (
            pytest.approx(0.0, abs=1e-12),
            1.0,
            0.0,
        )


def test_whole_degrees_have_neither_information_nor_flow() -> None:
    """Temperatures in whole degrees, independent: 0, whatever is asked (1.6 bits once)."""
    table = np.round(20 * np.random.default_rng(11).normal(size=(3650, 2)) + 50)
    assert abs(mutual_information(*table.T).bits) < 0.05
    assert abs(transfer_entropy(*table.T).bits) < 0.05
    assert abs(pairwise_information(table)[0, 1]) < 0.05


def test_transfer_of_counts_is_that_of_the_table() -> None:
    """X of independent counts drives Y a row later: I(X; Y), as Y forgets at once."""
    system = shared_counts(1)
    x, y = system.draw(4000, np.random.default_rng(5))
    assert transfer_entropy(x, np.append(0.0, y[:-1])).bits == pytest.approx(system.bits, abs=0.05)


def test_entropy_counts_what_recurs_and_measures_what_does_not() -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 8, size=2000)
    assert entropy(counts).bits == pytest.approx(3.0, abs=0.02)
    assert isinstance(entropy(counts).estimator, Discrete)
    uniform = entropy(rng.uniform(0, 0.5, size=4000))
    assert uniform.bits == pytest.approx(-1.0, abs=0.05)
    assert isinstance(uniform.estimator, KozachenkoLeonenko)
    assert entropy(np.ones(50)).bits == 0.0
    with pytest.raises(
        EstimationError,
        match=r"^the entropy of x is infinite .* occurs (9|10)\d\d times in 2000 rows",
    ):
        entropy(np.maximum(rng.normal(size=2000), 0.0))


@pytest.mark.parametrize("d", [2, 3, 5, 8])
def test_entropy_of_several_coordinates_is_not_too_large(d: int) -> None:
    rng = np.random.default_rng(d)
    x = rng.exponential(size=(1000, d))
    near = entropy(x, estimator=KozachenkoLeonenko(k=4)).bits
    found = entropy(x)
    assert found.bits == pytest.approx(d / np.log(2), abs=0.05 * d)
    assert found.bits <= near
    assert ("one-by-one" in found.flags) == (found.bits < near)
    # Two clusters: neighbours see them, coordinates one by one do not.
    apart = rng.normal(size=(1000, d)) + 8 * rng.integers(0, 2, size=(1000, 1))
    of_clusters = 0.5 * d * np.log2(2 * np.pi * np.e) + 1
    assert entropy(apart).bits == pytest.approx(of_clusters, abs=0.05 * d)


def test_an_entropy_that_is_infinite_in_size_is_refused() -> None:
    x = np.random.default_rng(0).normal(size=(500, 2))
    coin = np.arange(500) % 2
    for coordinate in (coin, np.ones(500)):
        with pytest.raises(EstimationError, match="the entropy of x is infinite in size"):
            entropy(np.column_stack([x, coordinate]))
    with pytest.raises(EstimationError, match="linear function of coordinates 0"):
        entropy(np.column_stack([x, x[:, 0]]))


def test_total_correlation_takes_what_suits() -> None:
    rng = np.random.default_rng(0)
    coin = rng.integers(0, 2, size=(1000, 1))
    copies = total_correlation(np.repeat(coin, 3, axis=1))
    assert copies.bits == pytest.approx(2.0, abs=0.02)
    assert isinstance(copies.estimator, Discrete)
    assert isinstance(total_correlation(rng.normal(size=(500, 3))).estimator, KSG)
    assert isinstance(total_correlation(rng.normal(size=(500, 6))).estimator, Gaussian)


def test_no_information_exceeds_the_entropy_of_a_label() -> None:
    from infoscope import LinearDecoder

    y = np.random.default_rng(0).integers(0, 2, 2000)
    x = 2 * y - 1 + 0.1 * np.random.default_rng(1).normal(size=2000)
    assert mutual_information(x, y).bits == pytest.approx(1.0, abs=0.03)
    decoded = mutual_information(x, y, estimator=LinearDecoder())
    assert decoded.bits == pytest.approx(1.0, abs=0.03)
    assert "label-decoded" in decoded.flags
    # A whole number from 0 to 39 is no label: a Gaussian's information of it may be too large.
    steps = np.arange(2000) % 40
    with pytest.raises(EstimationError, match=r"cannot exceed 5.3. bits, .* LinearDecoder.* finds"):
        mutual_information(
            steps + 1e-3 * np.random.default_rng(1).normal(size=2000),
            steps,
            estimator=LinearDecoder(),
        )


@pytest.mark.parametrize("n", [1, 3, 4])
def test_few_rows_are_refused_by_name(n: int) -> None:
    for of in (lambda: mutual_information(CONTINUOUS[:n, 0], CONTINUOUS[:n, 1]),
               lambda: entropy(CONTINUOUS[:n, 0])):  # fmt: skip
        with pytest.raises(InputError, match=rf"^x must have more than 4 rows .* got {n}; "):
            of()


def test_many_rows_of_several_coordinates_are_taken_for_a_copula() -> None:
    rng = np.random.default_rng(0)
    data, given = rng.normal(size=(50_001, 2)), rng.normal(size=(50_001, 2))
    found = mutual_information(data[:, 0], data[:, 1], given=given)
    assert found.estimator == COPULA
    assert {"auto-gaussian-copula", "many-rows"} <= set(found.flags)


@pytest.mark.parametrize("word", ["", "Auto", "ksg", "gaussian"])
def test_other_words_are_refused(word: str) -> None:
    pattern = rf"^estimator must be 'auto', 'published' or an estimator, got '{word}'; .*KSG\(k=4\)"
    for of in (mutual_information, transfer_entropy):
        with pytest.raises(InputError, match=pattern):
            of(COINS[:, 0], COINS[:, 1], estimator=word)


def test_the_published_estimator_has_a_name() -> None:
    x, y = CONTINUOUS[:, 0], CONTINUOUS[:, 1]
    named = KSG(k=10, jitter=1e-10, jitter_unit="sd")
    assert mutual_information(x, y, estimator="published").estimator == named
