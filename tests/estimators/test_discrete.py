"""Plug-in and binned information against dictionaries of counts, identities and known truths."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infoscope import Binned, Discrete, InputError, entropy, mutual_information
from reference import parametric as twin

LN2 = np.log(2.0)


def values(n=200, d=4, seed=0):
    """Dependent columns of few values."""
    rng = np.random.default_rng(seed)
    data = rng.integers(0, 3, size=(n, d))
    data[:, 1] = (data[:, 0] + (rng.random(n) < 0.3)) % 3
    return data.astype(float)


def information(x, y, z=None, estimator=Discrete()):  # noqa: B008 - frozen
    return mutual_information(x, y, given=z, estimator=estimator).nats


@pytest.mark.parametrize("correction", ["none", "miller-madow"])
@pytest.mark.parametrize("sizes", [((0,), (1,), ()), ((0, 2), (1,), ()), ((0,), (1,), (2, 3))])
def test_information_equals_the_twin(sizes, correction: str) -> None:
    data = values()
    known = twin.discrete(data, correction == "miller-madow")
    x, y, z = (data[:, list(part)] if part else None for part in sizes)
    found = mutual_information(x, y, given=z, estimator=Discrete(correction))
    assert found.nats == pytest.approx(twin.information(known, *sizes), abs=1e-12)
    of_x, of_y = known(sizes[0]), known(sizes[1])
    assert found.ceiling_nats == pytest.approx(min(of_x, of_y), abs=1e-12)
    assert found.n == 200


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(*[st.sampled_from([-0.0, 0.0, 0.1, 1e-300, -7.0])] * 3), min_size=1),
    st.booleans(),
)
def test_any_values_equal_the_twin(rows, corrected: bool) -> None:
    data = np.array(rows)
    known = twin.discrete(data + 0.0, corrected)
    estimator = Discrete("miller-madow" if corrected else "none")
    x, y, z = data.T
    found = information(x, y, z, estimator)
    assert found == pytest.approx(twin.information(known, (0,), (1,), (2,)), abs=1e-12)
    assert entropy(data, estimator=estimator).nats == pytest.approx(known((0, 1, 2)), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_chain_rule_and_symmetry(seed: int) -> None:
    x, y, z = values(150, 3, seed).T
    whole = information(x, np.column_stack([y, z]))
    assert whole == pytest.approx(information(x, z) + information(x, y, z), abs=1e-12)
    assert information(x, y, z) == pytest.approx(information(y, x, z), abs=1e-12)
    assert information(x, y) == pytest.approx(information(y, x), abs=1e-12)
    assert information(x, x) == pytest.approx(entropy(x, estimator=Discrete()).nats, abs=1e-12)
    order = np.random.default_rng(0).permutation(150)
    assert information(x[order], y[order]) == pytest.approx(information(x, y), abs=1e-12)
    assert information(np.exp(-x), 3 * y, z) == pytest.approx(information(x, y, z), abs=1e-12)


GATES = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


@pytest.mark.parametrize(
    ("gate", "whole", "alone", "beyond"),
    [
        (GATES[:, 0] ^ GATES[:, 1], 1.0, 0.0, 1.0),
        # AND: H = .8113 bits; of one input known: 1/2 H(1/2) bits are left.
        (GATES[:, 0] & GATES[:, 1], 0.8112781244591328, 0.3112781244591328, 0.5),
        (GATES[:, 0], 1.0, 1.0, 1.0),
    ],
    ids=["xor", "and", "copy"],
)
def test_gates_have_their_known_bits(gate, whole, alone, beyond) -> None:
    a, b = GATES.T
    assert information(GATES, gate) / LN2 == pytest.approx(whole, abs=1e-12)
    assert information(a, gate) / LN2 == pytest.approx(alone, abs=1e-12)
    assert information(a, gate, b) / LN2 == pytest.approx(beyond, abs=1e-12)


def test_miller_madow_removes_the_first_order_bias() -> None:
    raw, corrected = [], []
    for seed in range(300):
        x = np.random.default_rng(seed).integers(0, 8, size=60)
        raw.append(entropy(x, estimator=Discrete()).nats)
        corrected.append(entropy(x, estimator=Discrete("miller-madow")).nats)
    # What is left is of the order of 1 / n^2, times the sum of 1 / p, over 12.
    left = 8 * 8 / (12 * 60**2) + 4 * np.std(corrected, ddof=1) / 300**0.5
    assert abs(np.mean(corrected) - np.log(8)) < left < np.log(8) - np.mean(raw)


@pytest.mark.parametrize("correction", ["none", "miller-madow"])
@pytest.mark.parametrize("bins", [2, 5, 30])
@pytest.mark.parametrize("by", ["width", "mass"])
def test_bins_equal_counting_by_hand(by: str, bins: int, correction: str) -> None:
    data = np.random.default_rng(1).normal(size=(120, 3)) ** 3
    codes = np.empty(data.shape)
    for c, column in enumerate(data.T):
        if by == "width":
            codes[:, c] = np.minimum((column - column.min()) / np.ptp(column) * bins, bins - 1) // 1
        else:  # how many of the inner quantiles each value reaches
            inner = [np.quantile(column, q / bins) for q in range(1, bins)]
            codes[:, c] = [sum(value >= edge for edge in inner) for value in column]
    known = twin.discrete(codes, correction == "miller-madow")
    estimator = Binned(bins, by, correction)
    x, y, z = data.T
    expected = twin.information(known, (0,), (1,), (2,))
    assert information(x, y, z, estimator) == pytest.approx(expected, abs=1e-12)
    assert information(x, y, None, estimator) == pytest.approx(
        twin.information(known, (0,), (1,)), abs=1e-12
    )
    assert entropy(data, estimator=estimator).nats == pytest.approx(known((0, 1, 2)), abs=1e-12)


def test_borders_belong_to_the_bin_above_and_the_largest_to_the_last() -> None:
    # Two bins of [0, 4] part at 2: {0, 1} and {2, 3, 4}.
    share = np.array([2, 3]) / 5
    found = entropy(np.arange(5.0), estimator=Binned(bins=2)).nats
    assert found == pytest.approx(-(share * np.log(share)).sum(), abs=1e-12)


@pytest.mark.parametrize("bins", [4, 10])
def test_bins_of_equal_mass_hold_equally_many_and_ignore_the_scale(bins: int) -> None:
    x, y = np.random.default_rng(2).normal(size=(2, 40 * bins))
    estimator = Binned(bins, "mass")
    assert entropy(x, estimator=estimator).nats == pytest.approx(np.log(bins), abs=1e-12)
    expected = information(x, x + y, None, estimator)
    # Quantiles lie between two samples, and stay between them.
    assert information(np.exp(x), x + y, None, estimator) == pytest.approx(expected, abs=1e-12)


def test_fine_bins_find_a_gaussian_information() -> None:
    x, noise = np.random.default_rng(3).normal(size=(2, 100_000))
    y = 0.6 * x + 0.8 * noise
    # Coarse bins lose some per cent; the plug-in adds (20 - 1)^2 / 2n = .002.
    found = information(x, y, None, Binned(20, "mass"))
    assert found == pytest.approx(-0.5 * np.log(1 - 0.36), rel=0.1)


def test_flags_name_what_makes_an_estimate_doubtful() -> None:
    def flags(*parts, estimator=Discrete()):  # noqa: B008 - frozen
        return set(mutual_information(*parts, estimator=estimator).flags)

    data = values()
    assert flags(data[:, 0], data[:, 1]) == set()
    assert flags(np.zeros(200), data[:, 1]) == {"constant"}
    assert flags(data[:, 0], np.arange(200.0)) == {"saturated"}
    # In random order, for rows in order would be dependent.
    order = np.random.default_rng(0).permutation(200)
    single = np.append(np.zeros(160), np.arange(1, 41))[order]  # 40 of 200 values once: a fifth
    assert flags(single, single) == set()
    more = np.append(np.zeros(159), np.arange(1, 42))[order]
    assert flags(more, more) == {"saturated"}
    assert entropy(more, estimator=Discrete()).flags == ("saturated",)
    normal = np.random.default_rng(0).normal(size=(200, 2))
    assert flags(*normal.T, estimator=Binned(bins=3)) == set()
    assert flags(*normal.T, estimator=Binned(bins=100)) == {"saturated"}
    assert flags(normal[:, 0], np.ones(200), estimator=Binned(bins=3)) == {"constant"}


@pytest.mark.parametrize("kind", [Discrete, Binned])
def test_a_negative_corrected_estimate_is_kept_and_flagged(kind) -> None:
    rng = np.random.default_rng(4)
    found = [
        mutual_information(
            *rng.integers(0, 2, size=(2, 50)), estimator=kind(correction="miller-madow")
        )
        for _ in range(20)
    ]
    assert {e.nats < 0 for e in found} == {True, False}
    assert {("negative" in e.flags) == (e.nats < 0) for e in found} == {True}


@pytest.mark.parametrize("estimator", [Discrete(), Binned(), Binned(by="mass")], ids=str)
def test_constants_share_nothing(estimator) -> None:
    x = np.full(30, 0.1)
    assert information(x, np.arange(30.0), None, estimator) == pytest.approx(0.0, abs=1e-12)
    found = entropy(x, estimator=estimator).nats
    assert (found, np.signbit(found)) == (0.0, False)


@pytest.mark.parametrize("estimator", [Discrete(), Binned(), Binned(by="mass")], ids=str)
def test_no_samples_are_refused(estimator) -> None:
    with pytest.raises(InputError, match=r"^(x|y|data) must .* got .*; "):
        mutual_information(np.zeros(0), np.zeros(0), estimator=estimator)
    with pytest.raises(InputError, match=r"^(x|data) must .* got .*; "):
        entropy(np.zeros(0), estimator=estimator)


@pytest.mark.parametrize(
    ("kind", "setting", "message"),
    [
        (
            Discrete,
            {"correction": "mm"},
            r"correction must be one of 'none', 'miller-madow', got '",
        ),
        (Discrete, {"correction": None}, r"correction must be one of .*, got None; "),
        (Binned, {"correction": "mm"}, r"correction must be one of 'none', 'miller-madow', got '"),
        (Binned, {"bins": 1}, r"bins must be a whole number >= 2, got 1; "),
        (Binned, {"bins": 2.0}, r"bins must be a whole number >= 2, got 2.0; "),
        (Binned, {"by": "count"}, r"by must be one of 'width', 'mass', got 'count'; "),
    ],
)
def test_parameters_out_of_range_are_refused(kind, setting, message) -> None:
    with pytest.raises(InputError, match="^" + message):
        kind(**setting)


@pytest.mark.parametrize("kind", [Discrete, Binned])
def test_estimators_are_frozen_values(kind) -> None:
    assert kind() == kind(correction="none") != kind(correction="miller-madow")
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field"):
        kind().correction = "none"


@pytest.mark.parametrize("values", [2, 4, 8])
def test_an_entropy_above_that_of_equally_frequent_values_is_kept_and_flagged(values) -> None:
    even = np.arange(40) % values
    found = entropy(even)
    assert found.nats == pytest.approx(np.log(values) + (values - 1) / 80)
    assert "above-uniform" in found.flags
    assert (
        "above-uniform" in entropy(even, estimator=Binned(values, correction="miller-madow")).flags
    )
    plain = entropy(even, estimator=Discrete())
    assert plain.nats == pytest.approx(np.log(values))
    assert "above-uniform" not in plain.flags
    uneven = np.minimum(even, 1) * (np.arange(40) % 3 == 0)
    assert "above-uniform" not in entropy(uneven).flags
