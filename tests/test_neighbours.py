"""The two ways to look for neighbours give the same numbers, and estimates do not tell which."""

import numpy as np
import pytest

from infoscope import (
    KSG,
    InputError,
    KozachenkoLeonenko,
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
        found = mutual_information(x, y, z, estimator=KSG(k=3, variant=variant)).nats
        assert found == pytest.approx(twin.information(x, y, z, 3, variant), abs=1e-12)


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("window", [1.0, 4.0])
def test_a_theiler_window_equals_the_twin_either_way(way, window: float, variant: int) -> None:
    rng = np.random.default_rng(1)
    x, y, z = rng.normal(size=(3, 120)).cumsum(axis=1)
    trials, times = np.repeat([0, 1, 2], 40), np.tile(rng.permutation(40), 3)
    estimator = KSG(k=4, variant=variant, theiler=window)
    for given in (None, z):
        found = mutual_information(x, y, given, estimator, trials=trials, times=times).nats
        expected = twin.information(x, y, given, 4, variant, window, trials, times)
        assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("d", [1, 2, 4])
def test_entropy_equals_the_twin_either_way(way, d: int) -> None:
    x = np.random.default_rng(d).normal(size=(130, d))
    found = entropy(x, estimator=KozachenkoLeonenko(k=3)).nats
    assert found == pytest.approx(twin.kl_entropy(x, 3), abs=1e-12)


@pytest.mark.parametrize("lag", [0, 2])
@pytest.mark.parametrize("variant", [1, 2])
def test_pairs_do_not_depend_on_the_memory_they_may_take(lag: int, variant: int) -> None:
    walk = np.random.default_rng(3).normal(size=(2000, 7)).cumsum(axis=0)
    estimator = KSG(k=3, variant=variant)
    # A megabyte is room for five of seven columns, as sources and as targets.
    found = pairwise_information(walk, lag, estimator, memory=1.0)
    np.testing.assert_array_equal(found, pairwise_information(walk, lag, estimator))


@pytest.mark.parametrize("memory", [0.5, -1, np.nan, "1 GB"])
def test_memory_is_checked(memory) -> None:
    with pytest.raises(InputError, match=r"memory must be a finite number >= 1"):
        pairwise_information(np.eye(30), memory=memory)
