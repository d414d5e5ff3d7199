from dataclasses import dataclass

import numpy as np
import pytest

from infoscope import KSG, Gaussian, InputError, Recording, information_flow
from infoscope.significance import significance_of
from infoscope.surrogates import (
    CircularShift,
    IIDShuffle,
    LagSwap,
    Layout,
    RowSurrogate,
    Sampler,
    SequencePermutation,
    flow_surrogates,
    root_seed,
)
from reference import networks as twin


@dataclass(frozen=True)
class Unchanged(RowSurrogate):
    """A null whose surrogates are what was observed."""

    name = "unchanged"
    keeps = "all"
    tests = "nothing"
    caveat = "for tests"

    def sampler(self, layout, table, seed, given=None) -> Sampler:
        return Sampler(lambda _: layout.observed)


def network(sequences: int = 30, steps: int = 6, seed: int = 0) -> np.ndarray:
    """Four nodes (sequence, time, node): white noise, one that follows it, and two more."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(sequences, steps, 4))
    x[:, 1:, 1] += 2 * x[:, :-1, 0]
    return x


def pairs(nodes: int = 4) -> np.ndarray:
    return ~np.eye(nodes, dtype=bool)


@pytest.mark.parametrize("estimator", [KSG(k=3), KSG(k=3, theiler=1), Gaussian()], ids=str)
def test_flow_of_unchanged_rows_is_the_flow(estimator) -> None:
    x = network()
    expected = information_flow(Recording.from_arrays(hidden=x), estimator=estimator).flow
    layout = Layout.of_sequences(30, 6)
    trials = np.repeat(np.arange(30), 6)
    flows, _ = flow_surrogates(
        x.reshape(-1, 4), layout, pairs(), estimator, Unchanged(), 2, trials=trials
    )
    assert flows.shape == (2, 4, 4)
    for found in flows:
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_flow_of_shifted_sources_is_that_of_shifted_arrays() -> None:
    x = network(20, 5)
    layout = Layout.of_sequences(20, 5)
    null, table = CircularShift(minimum=4), x.reshape(-1, 4)
    flows, sampler = flow_surrogates(table, layout, pairs(), KSG(k=3), null, 3, random_state=5)
    for s, found in enumerate(flows):
        drawn = sampler.draw(s)
        shift = int(drawn.source[0] // 5 - drawn.now[0] // 5) % 20
        assert 4 <= shift <= 16
        for a, b in np.argwhere(pairs()):
            both = np.stack([np.roll(x[..., a], -shift, axis=0), x[..., b]], axis=-1)
            expected = twin.information_flow(both, k=3)[0, 1]
            assert found[a, b] == pytest.approx(expected, abs=1e-10)


def test_flow_of_swapped_blocks_is_symmetric_about_zero() -> None:
    table = network(4, 12).reshape(-1, 4)
    null = LagSwap(block=1, axis="sequence")
    flows, sampler = flow_surrogates(
        table, Layout.of_sequences(4, 12), pairs(), Gaussian(), null, 200
    )
    assert sampler.distinct == len(flows) == 15
    swaps = [
        (sampler.draw(s).now != sampler.draw(s).source).reshape(4, 11)[:, 0] for s in range(15)
    ]
    mirrored = 0
    for s, t in np.argwhere((np.array(swaps)[:, None] == ~np.array(swaps)).all(axis=2)):
        np.testing.assert_allclose(flows[s], -flows[t], rtol=0, atol=1e-12)
        mirrored += 1
    assert mirrored > 0


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_flows_do_not_depend_on_threads_or_on_how_many_are_drawn(n_jobs: int) -> None:
    table, layout = network().reshape(-1, 4).round(1), Layout.of_sequences(30, 6)
    arguments = table, layout, pairs(), KSG(k=3, jitter=1e-3), SequencePermutation()
    expected, _ = flow_surrogates(*arguments, 6, random_state=3)
    found, _ = flow_surrogates(*arguments, 4, random_state=3, n_jobs=n_jobs)
    np.testing.assert_array_equal(found, expected[:4])
    other, _ = flow_surrogates(*arguments, 4, random_state=4)
    assert not np.array_equal(found, other, equal_nan=True)


def test_only_wanted_pairs_are_estimated() -> None:
    wanted = np.zeros((4, 4), bool)
    wanted[0, 1] = wanted[2, 3] = True
    table, layout = network().reshape(-1, 4), Layout.of_sequences(30, 6)
    some, _ = flow_surrogates(table, layout, wanted, KSG(k=3), IIDShuffle(), 3)
    every, _ = flow_surrogates(table, layout, pairs(), KSG(k=3), IIDShuffle(), 3)
    np.testing.assert_array_equal(some[:, wanted], every[:, wanted])
    assert np.isnan(some[:, ~wanted]).all()


def test_jitter_is_the_same_in_all_surrogates() -> None:
    table, layout = network().reshape(-1, 4).round(), Layout.of_sequences(30, 6)
    flows, _ = flow_surrogates(table, layout, pairs(), KSG(k=3, jitter=0.5), Unchanged(), 3)
    np.testing.assert_array_equal(flows[0], flows[1])


def test_an_edge_is_found_by_both_nulls_and_nothing_else() -> None:
    x = network(60, 8)
    flow = information_flow(Recording.from_arrays(hidden=x), estimator=KSG(k=4)).flow
    layout, found = Layout.of_sequences(60, 8), []
    for null in (CircularShift(), LagSwap()):
        surrogates, sampler = flow_surrogates(x.reshape(-1, 4), layout, pairs(), KSG(k=4), null, 39)
        alike = sampler.alike(len(surrogates))
        judged = significance_of(flow, surrogates, tested=pairs(), null=null.name, alike=alike)
        assert judged.null == null.name
        found.append(judged.significant(0.05))
    both = (found[0] & found[1]).to_numpy()
    assert np.argwhere(both).tolist() == [[0, 1]]


def test_constant_nodes_have_no_significant_edge() -> None:
    x = network()
    x[..., 3] = 0.1
    flow = information_flow(Recording.from_arrays(hidden=x), estimator=KSG(k=3)).flow
    layout = Layout.of_sequences(30, 6)
    surrogates, sampler = flow_surrogates(
        x.reshape(-1, 4), layout, pairs(), KSG(k=3), CircularShift(), 19
    )
    judged = significance_of(flow, surrogates, alike=sampler.alike(19))
    for side in ("source", "target"):
        assert not judged.tested.sel({side: "h3"}).any()
        assert not judged.significant(0.06).sel({side: "h3"}).any()


def test_seeds_are_those_of_the_random_state() -> None:
    same = root_seed(3), root_seed(np.random.default_rng(3))
    assert same[0].entropy == same[1].entropy != root_seed(4).entropy
    random = np.random.default_rng(3)
    assert root_seed(random).entropy != root_seed(random).entropy


def test_too_few_rows_for_the_estimator_are_refused() -> None:
    table, layout = network(3, 3).reshape(-1, 4), Layout.of_sequences(3, 3)
    with pytest.raises(InputError, match="k must be below the number of samples"):
        flow_surrogates(table, layout, pairs(), KSG(k=10), SequencePermutation(), 3)
