"""The two ways to look for neighbours give the same numbers, and estimates do not tell which."""

import itertools

import numpy as np
import pytest

from infoscope import (
    KSG,
    InputError,
    KozachenkoLeonenko,
    MixedKSG,
    entropy,
    mutual_information,
    pairwise_information,
)
from infoscope.estimators import _neighbours
from reference import estimators as twin

WAYS = {"by leaves": 0, "by force": 10**9}


@pytest.fixture(params=WAYS)
def way(request, monkeypatch) -> str:
    monkeypatch.setattr(_neighbours, "_CROSSOVER", WAYS[request.param])
    return request.param


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("d", [(1, 1, 1), (2, 1, 1), (1, 1, 3), (2, 2, 2)])
def test_conditional_information_equals_the_twin_either_way(way, d, variant: int) -> None:
    rng = np.random.default_rng(sum(d))
    for sample in (rng.normal(size=(150, sum(d))), rng.integers(0, 6, (150, sum(d))) * 0.1):
        x, y, z = np.split(sample, np.cumsum(d)[:2], axis=1)
        found = mutual_information(
            x, y, given=z, estimator=KSG(k=3, variant=variant, ties="strict")
        ).nats
        assert found == pytest.approx(twin.information(x, y, z, 3, variant), abs=1e-12)


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("window", [1.0, 4.0])
def test_a_theiler_window_equals_the_twin_either_way(way, window: float, variant: int) -> None:
    rng = np.random.default_rng(1)
    x, y, z = rng.normal(size=(3, 120)).cumsum(axis=1)
    trials, times = np.repeat([0, 1, 2], 40), np.tile(rng.permutation(40), 3)
    estimator = KSG(k=4, variant=variant, theiler=window, ties="strict")
    for given in (None, z):
        found = mutual_information(
            x, y, given=given, estimator=estimator, trials=trials, times=times
        ).nats
        expected = twin.information(x, y, given, 4, variant, window, trials, times)
        assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("d", [1, 2, 4])
def test_entropy_equals_the_twin_either_way(way, d: int) -> None:
    x = np.random.default_rng(d).normal(size=(130, d))
    found = entropy(x, estimator=KozachenkoLeonenko(k=3)).nats
    assert found == pytest.approx(twin.kl_entropy(x, 3), abs=1e-12)


def with_copies(n: int = 240) -> dict[str, np.ndarray]:
    """Rows (n, 4) of which many are copies, in all coordinates or in some."""
    rng = np.random.default_rng(11)
    zeros = np.where(rng.random((n, 4)) < 0.9, 0.0, rng.random((n, 4)))
    labels = rng.integers(0, 2, (n, 4)) * 1.0
    return {
        "mostly zeros": zeros,
        "zeros together": np.where(rng.random((n, 1)) < 0.8, 0.0, rng.random((n, 4))),
        "zeros of either sign": np.where(rng.random((n, 4)) < 0.5, zeros, -zeros),
        "labels": labels,
        "counts": rng.poisson(0.5, (n, 4)) * 0.1,
        "all the same": np.full((n, 4), 0.3),
        "continuous among zeros": np.column_stack([rng.normal(size=n), zeros[:, 1:]]),
        "continuous among labels": np.column_stack([labels[:, :3], rng.normal(size=n)]),
    }


COPIES = with_copies()
SPACES = [[0, 2], [1, 3], [1, 2], [0, 3]]


@pytest.mark.parametrize("rectangles", [False, True])
@pytest.mark.parametrize("k", [1, 4, 60])
@pytest.mark.parametrize("name", COPIES)
def test_distances_and_counts_among_copies_equal_the_twin(name: str, k: int, rectangles) -> None:
    rows, blocks = COPIES[name], np.array([0, 1, 3, 4])
    radius, counts = _neighbours.neighbours(
        rows, blocks, np.array(SPACES), k, rectangles, _neighbours.Window.none(len(rows)), 1
    )
    parts = [rows[:, first:last] for first, last in itertools.pairwise(blocks)]
    expected_radius, expected = twin.counts_in_spaces(
        parts, [range(*space) for space in SPACES], k, 2 if rectangles else 1
    )
    np.testing.assert_array_equal(radius, expected_radius)
    np.testing.assert_array_equal(counts, expected)


@pytest.mark.parametrize("coordinates", [1, 2, 4])
@pytest.mark.parametrize("name", COPIES)
def test_near_counts_among_copies_equal_the_twin(name: str, coordinates: int) -> None:
    rows = COPIES[name][:, -coordinates:]
    limits = np.random.default_rng(12).choice([0.0, 5e-324, 0.1, 0.3, 2.0], len(rows))
    expected = twin.counts_within(twin.distances(rows), limits)
    np.testing.assert_array_equal(_neighbours.near_counts(rows, limits, 1), expected)


@pytest.mark.parametrize("k", [1, 4, 60])
@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("name", COPIES)
def test_pairs_among_copies_equal_the_twin(name: str, variant: int, k: int) -> None:
    found = pairwise_information(COPIES[name], estimator=KSG(k=k, variant=variant, ties="strict"))
    bits = twin.pairwise(COPIES[name], k, variant=variant) / np.log(2)
    still = np.ptp(COPIES[name], axis=0) == 0.0
    bits[still | still[:, np.newaxis]] = np.nan  # a constant has no pairs
    np.testing.assert_allclose(found, bits, rtol=0, atol=1e-11)


@pytest.mark.parametrize("name", COPIES)
def test_mixed_information_among_copies_equals_the_twin(name: str) -> None:
    x, y, z = COPIES[name][:, :2], COPIES[name][:, 2], COPIES[name][:, 3]
    for form in ("code", "paper"):
        found = mutual_information(x, y, estimator=MixedKSG(k=4, form=form)).nats
        assert found == pytest.approx(twin.mixed_ksg(x, y, 4, form), abs=1e-12)
    for given in (None, z):
        found = mutual_information(
            x, y, given=given, estimator=MixedKSG(k=4, form="mesner-shalizi")
        ).nats
        assert found == pytest.approx(twin.mesner_shalizi(x, y, given, 4), abs=1e-12)


@pytest.mark.parametrize("lag", [0, 2])
@pytest.mark.parametrize("variant", [1, 2])
def test_pairs_do_not_depend_on_the_memory_they_may_take(lag: int, variant: int) -> None:
    walk = np.random.default_rng(3).normal(size=(2000, 7)).cumsum(axis=0)
    estimator = KSG(k=3, variant=variant, ties="strict")
    # A megabyte is room for five of seven columns, as sources and as targets.
    found = pairwise_information(walk, lag=lag, estimator=estimator, memory=1.0)
    np.testing.assert_array_equal(found, pairwise_information(walk, lag=lag, estimator=estimator))


@pytest.mark.parametrize("memory", [0.5, -1, np.nan, "1 GB"])
def test_memory_is_checked(memory) -> None:
    with pytest.raises(InputError, match=r"memory must be a finite number >= 1"):
        pairwise_information(np.eye(30), memory=memory)
