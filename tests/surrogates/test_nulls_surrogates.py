from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import chisquare

from infoscope import InputError, Recording
from infoscope.surrogates import (
    NULLS,
    BlockPermutation,
    CircularShift,
    IIDShuffle,
    LagSwap,
    Layout,
    LocalPermutation,
    RecordingSurrogate,
    Sampler,
    SequencePermutation,
    describe_nulls,
    null_of,
    surrogate_statistics,
)
from infoscope.surrogates.layout import memory
from reference import nulls as twin

SEED = np.random.SeedSequence(7)


def remembering(n: int, nodes: int, a: float, seed: int) -> np.ndarray:
    series = np.random.default_rng(seed).normal(size=(n, nodes))
    for t in range(1, n):
        series[t] += a * series[t - 1]
    return series


def windows(sequences: int = 40, steps: int = 6, lag: int = 1) -> tuple[Layout, np.ndarray]:
    layout = Layout.of_sequences(sequences, steps, lag)
    return layout, np.random.default_rng(0).normal(size=(sequences * steps, 3))


# Where rows lie


@pytest.mark.parametrize("lag", [1, 2, 3])
def test_rows_of_trials_are_joined_within_unbroken_stretches(lag: int) -> None:
    trials = list("aaaabbbaaaaac")
    layout = Layout.of_rows(13, lag, trials)
    stretches = [range(4), range(4, 7), range(7, 12), range(12, 13)]
    joined = [(t, t + lag) for s in stretches for t in s if t + lag in s]
    assert list(zip(layout.current, layout.later, strict=True)) == joined
    for row, (sequence, step) in zip(layout.current, layout.place.T, strict=True):
        assert layout.grid[sequence, step] == row == stretches[sequence][step]


def test_rows_of_sequences_may_have_gaps() -> None:
    joined = np.array([[True, False], [True, True]])
    layout = Layout.of_sequences(2, 3, 1, joined)
    assert layout.current.tolist() == [0, 3, 4]
    assert layout.later.tolist() == [1, 4, 5]
    assert layout.axis("auto") == 1
    assert Layout.of_sequences(4, 3).axis("auto") == 0
    assert Layout.of_sequences(4, 3).axis("time") == 1


@pytest.mark.parametrize("make", [lambda: Layout.of_rows(3, 3), lambda: Layout.of_sequences(4, 1)])
def test_some_row_must_have_a_later_one(make) -> None:
    with pytest.raises(InputError, match=r"more than lag = \d rows, got . at most; record longer"):
        make()


@pytest.mark.parametrize("a", [0.0, 0.6, 0.95])
def test_memory_is_that_of_the_slowest_node(a: float) -> None:
    series = np.column_stack([remembering(150, 1, a, 1), remembering(150, 2, 0.3, 2)])
    layout = Layout.of_rows(150)
    assert memory(layout, series, 1) == twin.memory(series)
    constant = np.column_stack([series, np.full(150, 0.1)])
    assert memory(layout, constant, 1) == twin.memory(series)


def test_memory_along_sequences_counts_sequences() -> None:
    slow = np.repeat(remembering(300, 1, 0.9, 3), 4, axis=0)
    assert memory(Layout.of_sequences(300, 4), slow, 0) == twin.memory(slow[::4])


# Circular shift


@pytest.mark.parametrize("lag", [1, 3])
def test_circular_shift_keeps_the_autocorrelation_up_to_the_seam(lag: int) -> None:
    n, layout = 60, Layout.of_rows(60, lag)
    sampler = CircularShift(minimum=5).sampler(layout, remembering(n, 2, 0.5, 0), SEED)
    assert sampler.distinct == 51
    shifts = []
    for s in range(51):
        drawn = sampler.draw(s)
        shift = (drawn.source - drawn.now) % n
        assert len(set(shift)) == 1
        shifts.append(int(shift[0]))
        assert (drawn.later - drawn.now == lag).all()
        # All pairs (a_t, a_t+lag) of the series, but those that a seam in the targets takes.
        assert (drawn.source + lag < n).all()
        assert set(layout.current) - set(drawn.source) == {
            (t + shift[0]) % n for t in range(n - lag, n)
        } - set(range(n - lag, n))
        assert len(drawn.source) >= n - 2 * lag
    assert sorted(shifts) == list(range(5, 56))


def test_windows_are_shifted_whole() -> None:
    layout, table = windows()
    drawn = CircularShift(minimum=3).sampler(layout, table, SEED).draw(2)
    assert (drawn.source % 6 == drawn.now % 6).all()
    assert len({int(s) for s in (drawn.source // 6 - drawn.now // 6) % 40}) == 1
    assert sorted(drawn.source) == sorted(layout.current)


def test_default_shifts_are_three_memories_or_a_quarter() -> None:
    table = remembering(400, 2, 0.8, 1)
    remembered = twin.memory(table)
    settings = CircularShift().sampler(Layout.of_rows(400), table, SEED).settings
    assert settings == {"axis": "time", "minimum": 3 * remembered, "memory": remembered}
    short = remembering(50, 2, 0.95, 1)
    remembered = twin.memory(short)
    assert 3 * remembered > 12 >= remembered
    assert CircularShift().sampler(Layout.of_rows(50), short, SEED).settings["minimum"] == 12


def test_shifts_nearer_than_the_memory_are_alike() -> None:
    table = remembering(200, 2, 0.8, 1)
    sampler = CircularShift().sampler(Layout.of_rows(200), table, SEED)
    shifts = [0, *((sampler.draw(s).source[0] - sampler.draw(s).now[0]) % 200 for s in range(9))]
    for i, a in enumerate(shifts):
        for j, b in enumerate(shifts):
            near = min((a - b) % 200, (b - a) % 200) < sampler.settings["memory"]
            assert sampler.alike(9)[i, j] == near


@pytest.mark.parametrize("minimum", [None, 24])
def test_a_range_of_shifts_shorter_than_the_memory_is_refused(minimum: int | None) -> None:
    trend = np.linspace(0, 1, 50)[:, np.newaxis] + remembering(50, 1, 0.0, 0) * 1e-3
    with pytest.raises(InputError, match=r"longer than the \d+ rows of time that the slowest.*set"):
        CircularShift(minimum).sampler(Layout.of_rows(50), trend, SEED)


def test_sources_next_to_gaps_are_left_out() -> None:
    joined = np.ones((1, 49), bool)
    joined[0, 20:23] = False
    layout = Layout.of_sequences(1, 50, 1, joined)
    for s in range(20):
        drawn = CircularShift(minimum=5).sampler(layout, np.eye(50)[:, :2], SEED).draw(s)
        assert np.isin(drawn.source, layout.current).all()
        assert len(drawn.source) >= 46 - 4


# Lag swap


def test_lag_swap_leaves_source_and_unordered_pair_unchanged() -> None:
    layout, table = windows(lag=2)
    sampler = LagSwap().sampler(layout, table, SEED)
    assert sampler.settings == {"axis": "sequence", "block": 1}
    swaps = []
    for s in range(200):
        drawn = sampler.draw(s)
        np.testing.assert_array_equal(drawn.source, layout.current)
        np.testing.assert_array_equal(np.minimum(drawn.now, drawn.later), layout.current)
        np.testing.assert_array_equal(np.maximum(drawn.now, drawn.later), layout.later)
        swapped = (drawn.now > drawn.later).reshape(40, 4)
        assert (swapped == swapped[:, :1]).all()
        swaps.append(swapped[:, 0])
    # 8,000 tosses, within four standard errors; neighbours swap independently.
    assert abs(np.mean(swaps) - 0.5) < 4 * 0.5 / 8000**0.5
    agree = np.mean(np.array(swaps)[:, 1:] == np.array(swaps)[:, :-1])
    assert abs(agree - 0.5) < 4 * 0.5 / 7800**0.5


@pytest.mark.parametrize("axis", ["sequence", "time"])
def test_blocks_of_a_lag_swap_swap_together(axis: str) -> None:
    layout, table = windows(4, 11)
    sampler = LagSwap(block=3, axis=axis).sampler(layout, table, SEED)
    assert sampler.distinct == (2**2 - 1 if axis == "sequence" else 2**16 - 1)
    sequence, step = layout.place
    block = sequence // 3 if axis == "sequence" else 100 * sequence + step // 3
    for s in range(20):
        drawn = sampler.draw(s)
        for b in set(block):
            assert len({bool(x) for x in (drawn.now > drawn.later)[block == b]}) == 1


def test_all_swaps_of_few_blocks_come_equally_often_and_mirror_each_other() -> None:
    layout = Layout.of_rows(9, trials=np.repeat([0, 1, 2], 3))
    sampler = LagSwap(block=1, axis="sequence").sampler(layout, np.eye(9), SEED)
    seen = Counter(tuple(sampler.draw(s).now.tolist()) for s in range(1600))
    assert len(seen) == 8
    assert chisquare(list(seen.values())).pvalue > 1e-4
    for s in range(8):
        now = np.array(sampler.draw(s).now)
        mirrored = layout.current + layout.later - now
        assert tuple(mirrored.tolist()) in seen


# Permutations


def test_sequence_permutations_are_uniform_and_keep_positions() -> None:
    layout = Layout.of_sequences(3, 4)
    sampler = SequencePermutation().sampler(layout, np.eye(12), SEED)
    assert sampler.distinct == 5
    seen: Counter = Counter()
    for s in range(1200):
        drawn = sampler.draw(s)
        assert (drawn.source % 4 == drawn.now % 4).all()
        seen[tuple((drawn.source // 4)[drawn.now % 4 == 0].tolist())] += 1
    assert set(seen) == set(permutations(range(3)))
    assert chisquare(list(seen.values())).pvalue > 1e-4


def test_blocks_are_geometric_and_keep_their_inner_order() -> None:
    n, layout = 400, Layout.of_rows(400)
    sampler = BlockPermutation(length=8).sampler(layout, np.eye(n)[:, :2], SEED)
    lengths = []
    for s in range(60):
        drawn = sampler.draw(s)
        assert len(set(drawn.source)) == len(drawn.source) >= n - 2
        places = np.flatnonzero(np.diff(drawn.source) % n != 1)
        lengths += np.diff(places).tolist()
    # Geometric with mean 8, sd sqrt(56): within four standard errors. The rows that are left
    # out, and blocks that meet again, move it by less than 2 %.
    assert abs(np.mean(lengths) - 8) < 4 * 56**0.5 / len(lengths) ** 0.5 + 0.16
    assert abs(np.std(lengths) / 56**0.5 - 1) < 0.1


def test_default_blocks_follow_the_memory() -> None:
    table = remembering(512, 2, 0.5, 1)
    settings = BlockPermutation().sampler(Layout.of_rows(512), table, SEED).settings
    assert settings == {"axis": "time", "length": 8 * twin.memory(table)}
    slow = remembering(100, 2, 0.95, 1)
    assert BlockPermutation().sampler(Layout.of_rows(100), slow, SEED).settings["length"] == 20


def test_iid_shuffle_is_a_permutation_of_the_current_rows() -> None:
    layout, table = windows()
    drawn = IIDShuffle().sampler(layout, table, SEED).draw(0)
    assert sorted(drawn.source) == sorted(layout.current)
    assert (drawn.source != layout.current).mean() > 0.9
    np.testing.assert_array_equal(drawn.later, layout.later)


# Local permutation


def test_local_permutation_takes_from_the_nearest_and_hardly_ever_twice() -> None:
    z = np.random.default_rng(0).normal(size=101)
    layout = Layout.of_rows(101)
    sampler = LocalPermutation(5).sampler(layout, z[:, np.newaxis], SEED, given=z[:, np.newaxis])
    moved = []
    for s in range(20):
        drawn = sampler.draw(s)
        assert twin.local_permutation_is_allowed(drawn.source, z[:100], 5)
        assert len(set(drawn.source)) > 85
        moved.append((drawn.source != drawn.now).mean())
    assert np.mean(moved) > 0.6


def _conditional_rejections(null, seeds: range) -> float:
    """Share of samples of x <- z -> y with p of the partial correlation up to 5 %."""
    rejected = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        z, *noise = rng.normal(size=(3, 201))
        x, y = z + noise[0], z + noise[1]
        layout = Layout.of_rows(201)

        def score(drawn, x=x, y=y, z=z) -> float:
            inverse = np.linalg.inv(np.corrcoef([x[drawn.source], y[drawn.now], z[drawn.now]]))
            return inverse[0, 1] ** 2 / (inverse[0, 0] * inverse[1, 1])

        sampler = null.sampler(
            layout, z[:, None], np.random.SeedSequence(seed), given=z[:, np.newaxis]
        )
        drawn = surrogate_statistics(sampler, score, 39)
        observed = score(layout.observed)
        rejected.append((1 + (drawn >= observed).sum()) / 40 <= 0.05)
    return float(np.mean(rejected))


def test_local_permutation_is_a_null_of_conditional_independence() -> None:
    # Of 200 samples, 5 % within four standard errors.
    assert _conditional_rejections(LocalPermutation(5), range(200)) < 0.05 + 4 * 0.0154


# Of all


ARGUMENTS = {"local-permutation": np.random.default_rng(0).normal(size=(240, 1))}


@pytest.mark.parametrize("name", sorted(NULLS))
def test_a_surrogate_is_the_same_however_many_are_drawn(name: str) -> None:
    layout, table = windows()
    given = ARGUMENTS.get(name)
    one = NULLS[name].sampler(layout, table, SEED, given)
    drawn = [one.draw(s) for s in range(5)]
    again = NULLS[name].sampler(layout, table, np.random.SeedSequence(7), given)
    other = NULLS[name].sampler(layout, table, np.random.SeedSequence(8), given)
    for s in (4, 0, 2):
        for part in ("source", "now", "later"):
            np.testing.assert_array_equal(getattr(again.draw(s), part), getattr(drawn[s], part))
    keys = {(*d.source.tolist(), *d.now.tolist()) for d in [*drawn, other.draw(0)]}
    assert len(keys) == 6


@pytest.mark.parametrize("name", sorted(NULLS))
def test_every_null_says_what_it_is(name: str) -> None:
    null = null_of(name)
    row = describe_nulls().loc[name]
    assert null.name == name
    assert (null.keeps, null.tests, null.caveat) == tuple(row)
    assert all(row)
    assert null_of(null) is null


def test_recordings_are_made_by_number_too() -> None:
    def noisy(recording: Recording, random: np.random.Generator) -> Recording:
        activations = recording.activations().to_numpy()
        return Recording.from_arrays(hidden=activations + random.normal(size=activations.shape))

    null = RecordingSurrogate("noise", "the mean", "nothing", "an example", noisy)
    sampler = null.sampler(Recording.from_arrays(hidden=np.zeros((2, 3, 2))), SEED)

    def statistic(recording: Recording) -> np.ndarray:
        return recording.rows("hidden")

    five, three = (surrogate_statistics(sampler, statistic, n) for n in (5, 3))
    np.testing.assert_array_equal(five[:3], three)
    assert len({float(x) for x in five[:, 0, 0]}) == 5
    assert describe_nulls([null]).loc["noise"].tolist() == ["the mean", "nothing", "an example"]


def test_no_more_surrogates_are_drawn_than_differ() -> None:
    assert len(surrogate_statistics(Sampler(np.float64, distinct=4), np.abs, 100)) == 4
    with pytest.raises(InputError, match="surrogates must be a whole number >= 1, got 0"):
        surrogate_statistics(Sampler(np.float64), np.abs, 0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CircularShift(minimum=0), "minimum must be a whole number >= 1, got 0"),
        (lambda: CircularShift(axis="node"), "axis must be one of 'auto', 'sequence', 'time'"),
        (lambda: BlockPermutation(length=0.5), "length must be a finite number >= 1, got 0.5"),
        (lambda: BlockPermutation(axis="x"), "axis must be one of"),
        (lambda: LagSwap(block=0), "block must be a whole number >= 1, got 0"),
        (lambda: LagSwap(axis="x"), "axis must be one of"),
        (lambda: LocalPermutation(1), "neighbours must be a whole number >= 2, got 1"),
        (lambda: null_of("shift"), "null must be one of 'circular-shift'"),
        (lambda: null_of(CircularShift), r"instance, got the class CircularShift; add \(\)"),
    ],
)
def test_parameters_out_of_range_are_refused(make, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    ("null", "message"),
    [
        (SequencePermutation(), "two sequences or more, got a single one; take Circular"),
        (LagSwap(block=30), "two blocks or more, got a single one of 30; lower block"),
        (BlockPermutation(length=16), "two blocks or more, got blocks of 16 in 30"),
        (LocalPermutation(), "given must be the condition of a local permutation, got None"),
    ],
)
def test_data_that_leave_no_surrogate_are_refused(null, message: str) -> None:
    with pytest.raises(InputError, match=message):
        null.sampler(Layout.of_rows(30), np.random.default_rng(0).normal(size=(30, 2)), SEED)


def test_local_permutation_needs_enough_rows() -> None:
    z = np.arange(5.0)[:, np.newaxis]
    with pytest.raises(InputError, match="k must be below the number of samples"):
        LocalPermutation(4).sampler(Layout.of_rows(5), z, SEED, given=z)
