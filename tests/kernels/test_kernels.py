"""The kernels against naive loops; CI runs this file compiled and as plain Python."""

import contextlib
import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infoscope.estimators._copies import Distinct, Weighted
from infoscope.kernels import copies, leaves, neighbours, pairwise, selection
from reference import estimators as twin

pytestmark = pytest.mark.kernel

quick = settings(max_examples=150, deadline=None)


def sweep(x, y, k, slabs=None, pairs=None):
    """Run the sweep over columns (node, sample), prepared as its docstring asks."""
    x, y = np.atleast_2d(np.asarray(x, float)), np.atleast_2d(np.asarray(y, float))
    pairs = np.zeros((1, 2), np.int64) if pairs is None else pairs
    n = x.shape[1]
    sources, targets = pairwise.columns_of(x), pairwise.columns_of(y)
    count = pairwise.slab_count(n) if slabs is None else slabs
    psi = np.concatenate([[np.nan], twin.psi(np.arange(1, n + 1))])
    out = np.full(len(pairs), np.nan)
    pairwise.ksg1_pairs(sources, *pairwise.slabs_of(sources, count), targets, pairs, k, psi, out)
    return out


def naive_sweep(x, y, k):
    return twin.psi(twin.ksg1_counts([x, y], k) + 1).sum(axis=0).mean()


def joint(points, blocks, k, rectangles, start=0, stop=None, time=None, spaces=None):
    """Run joint_neighbours into arrays that show which entries it wrote.

    time is (trials, times, window); spaces are, by default, the single blocks.
    """
    n = points.shape[1]
    each = np.arange(len(blocks) - 1)
    spaces = np.column_stack([each, each + 1]) if spaces is None else np.array(spaces)
    radius, counts = np.full(n, -7.0), np.full((len(spaces), n), -7)
    stop = n if stop is None else stop
    trials, times, window = (np.zeros(n, np.int64), np.zeros(n), -1.0) if time is None else time
    neighbours.joint_neighbours(
        points, np.array(blocks), spaces, k, start, stop, rectangles,
        trials, times, window, radius, counts,
    )  # fmt: skip
    return radius, counts


def by_leaves(points, blocks, k, rectangles, time=None, spaces=None):
    """Do what `joint` does by way of a tree for all coordinates and one for each space."""
    n = points.shape[1]
    each = np.arange(len(blocks) - 1)
    spaces = np.column_stack([each, each + 1]) if spaces is None else np.array(spaces)
    trials, times, window = (np.zeros(n, np.int64), np.zeros(n), -1.0) if time is None else time
    tree, edges = leaves.leaves_of(points), np.full((len(blocks) - 1, n), np.nan)
    leaves.leaf_neighbours(
        tree, 0, tree.leaves, np.array(blocks), k,
        trials[tree.order], times[tree.order], window, rectangles, edges,
    )  # fmt: skip
    radius = edges.max(axis=0)
    edges = np.nextafter(edges, np.inf) if rectangles else edges
    counts = np.full((len(spaces), n), -7)
    for s, (first, last) in enumerate(spaces):
        start = blocks[first]
        part = leaves.leaves_of(points[start : blocks[last]])
        leaves.leaf_counts(
            part, 0, part.leaves, np.array(blocks[first : last + 1]) - start,
            trials[part.order], times[part.order], window, edges[first:last], counts[s],
        )  # fmt: skip
    return radius, counts


def without_copies(points, blocks, edges):
    """Count the others strictly within edges (block, point) by way of distinct points."""
    n = points.shape[1]
    weighted, counts = Weighted.of(points.T, Distinct.of(points.T)), np.full(n, -7)
    copies.weighted_counts(*weighted, weighted.asked(edges), 0, n, np.array(blocks), edges, counts)
    return counts


SEARCHES = {"by force": joint, "by leaves": by_leaves}


def naive_joint(points, blocks, k, rectangles, time=None, spaces=None):
    parts = [points[a:b].T for a, b in itertools.pairwise(blocks)]
    each = range(len(parts))
    spaces = [[b] for b in each] if spaces is None else [range(a, b) for a, b in spaces]
    near = None if time is None else twin.near_in_time(*time)
    eps, counted = twin.counts_in_spaces(parts, spaces, k, 2 if rectangles else 1, near)
    return eps, counted


def hard_columns(n=40):
    """Pairs of columns on which a neighbour search or a strict comparison may go wrong."""
    rng = np.random.default_rng(0)
    normal, other = rng.normal(size=(2, n))
    return {
        "normal": (normal, other),
        "dependent": (normal, normal + 1e-3 * other),
        "equal": (normal, normal),
        "opposite": (normal, -normal),
        "constant x": (np.full(n, 0.1), other),
        "constant y": (normal, np.full(n, -3.0)),
        "both constant": (np.zeros(n), np.ones(n)),
        "binary": (rng.integers(0, 2, n) * 1.0, rng.integers(0, 2, n) * 1.0),
        "binary and normal": (rng.integers(0, 2, n) * 1.0, other),
        "integer grid": (rng.integers(0, 5, n) * 1.0, rng.integers(0, 5, n) * 1.0),
        "steps of a tenth": (np.arange(n) * 0.1, rng.permutation(n) * 0.1),
        "tenths far from 0": (1e8 + np.arange(n) * 0.1, 1e8 + rng.permutation(n) * 0.1),
        "clusters": (
            rng.integers(0, 3, n) + 1e-9 * normal,
            rng.integers(0, 3, n) + 1e-9 * other,
        ),
        "one outlier": (np.append(1e-6 * normal[1:], 1e6), np.append(1e-6 * other[1:], -1e6)),
        "cubed": (normal**9, other**9),
        "tiny": (1e-300 * normal, 1e-300 * other),
        "tiny and huge": (1e-300 * normal, 1e300 * other),
        "far from 0": (1e8 + 1e-7 * normal, 1e8 + other),
        "many magnitudes": (10.0 ** rng.uniform(-200, 200, n), 10.0 ** rng.uniform(-9, 9, n)),
        "duplicated rows": (np.repeat(normal[: n // 4], 4), np.repeat(other[: n // 4], 4)),
        "signed zeros": (np.where(np.arange(n) % 2, 0.0, -0.0), other),
    }


HARD = hard_columns()


@pytest.mark.parametrize("k", [1, 4, 10, 39])
@pytest.mark.parametrize("name", HARD)
def test_sweep_equals_naive_counts(name: str, k: int) -> None:
    x, y = HARD[name]
    assert sweep(x, y, k)[0] == pytest.approx(naive_sweep(x, y, k), abs=1e-12)
    assert sweep(y, x, k)[0] == pytest.approx(naive_sweep(x, y, k), abs=1e-12)


@pytest.mark.parametrize("slabs", [1, 2, 3, 7, 19, 40])
@pytest.mark.parametrize(
    "name",
    ["normal", "integer grid", "clusters", "constant y", "equal", "binary", "both constant"],
)
def test_sweep_does_not_depend_on_the_number_of_slabs(name: str, slabs: int) -> None:
    x, y = HARD[name]
    assert sweep(x, y, 3, slabs)[0] == pytest.approx(naive_sweep(x, y, 3), abs=1e-12)


grid = st.integers(0, 4)


@st.composite
def tied_points(draw, most_coordinates=2):
    """Points on a small grid whose step is not exact in binary, and a k that fits."""
    n = draw(st.integers(2, 12))
    d = draw(st.integers(2, most_coordinates))
    columns = draw(st.lists(st.lists(grid, min_size=n, max_size=n), min_size=d, max_size=d))
    step = draw(st.sampled_from([1.0, 0.1, 1e-7]))
    offset = draw(st.sampled_from([0.0, 0.3, 1e6]))
    return np.array(columns) * step + offset, draw(st.integers(1, n - 1))


@quick
@given(tied_points(), st.integers(1, 5))
def test_sweep_equals_naive_counts_under_heavy_ties(case, slabs: int) -> None:
    (x, y), k = case
    slabs = min(slabs, len(x))  # no more than points, as slab_count sees to
    assert sweep(x, y, k, slabs)[0] == pytest.approx(naive_sweep(x, y, k), abs=1e-12)


@pytest.mark.parametrize("k", [1, 10])
def test_far_outliers_leave_the_counts_right_where_many_candidates_crowd(k: int) -> None:
    rng = np.random.default_rng(8)
    tails = np.tan(np.pi * (rng.random((3, 1100)) - 0.5))
    tails[:, :300] *= 1e-6  # a cluster next to a point far off: hundreds in reach, few needed
    x, y, _ = tails
    assert sweep(x, y, k)[0] == pytest.approx(naive_sweep(x, y, k), abs=1e-12)
    radius, counts = by_leaves(tails, [0, 1, 3], k, False)
    expected_radius, expected = naive_joint(tails, [0, 1, 3], k, False)
    np.testing.assert_array_equal(radius, expected_radius)
    np.testing.assert_array_equal(counts, expected)


@pytest.mark.parametrize("n", [1, 2, 7, 40, 333])
@pytest.mark.parametrize("kind", ["normal", "ties", "constant"])
def test_a_tree_holds_every_point_once_within_its_boxes(n: int, kind: str) -> None:
    rng = np.random.default_rng(9)
    points = {
        "normal": rng.normal(size=(3, n)),
        "ties": rng.integers(0, 3, (3, n)) * 0.1,
        "constant": np.full((3, n), 0.3),
    }[kind]
    tree = leaves.leaves_of(points)
    np.testing.assert_array_equal(np.sort(tree.order), np.arange(n))
    np.testing.assert_array_equal(tree.points, points[:, tree.order])
    for node in range(1, 2 * tree.leaves):
        inside = tree.points[:, tree.first[node] : tree.last[node]]
        np.testing.assert_array_equal(tree.low[node], inside.min(axis=1))
        np.testing.assert_array_equal(tree.high[node], inside.max(axis=1))
    sizes = (tree.last - tree.first)[tree.leaves :]
    assert sizes.sum() == n
    assert np.ptp(sizes) <= 1


def test_sweep_takes_the_pairs_it_is_given_in_their_order() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(3, 25)), rng.integers(0, 4, size=(2, 25)) * 1.0
    pairs = np.array([[2, 0], [0, 1], [2, 1], [2, 0]])
    expected = [naive_sweep(x[a], y[b], 3) for a, b in pairs]
    np.testing.assert_allclose(sweep(x, y, 3, pairs=pairs), expected, rtol=0, atol=1e-12)


def in_a_process_of_its_own(program: str) -> str:
    """Run Python code that may never end or take the process with it; what it prints."""
    here = Path(__file__).parent
    places = [str(here), str(here.parent)]
    try:
        done = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path[:0] = {places!r}\n{program}"],
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        pytest.fail(f"never ended: {program}")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_sweep_ends_where_the_whole_range_is_the_smallest_number() -> None:
    # A start radius that underflows to 0 stays 0 when it is doubled.
    found = in_a_process_of_its_own(
        "import numpy as np, infoscope as isc\n"
        "x = np.repeat([0.0, 5e-324], 3)\n"
        "print(isc.mutual_information(x, np.zeros(6), estimator=isc.KSG(k=4)).nats)"
    )
    expected = twin.ksg1(np.repeat([0.0, 5e-324], 3), np.zeros(6), 4)
    assert float(found) == pytest.approx(expected, abs=1e-12)


def spoilt_points(odd: float):
    """Points of which some values are not finite: at every end, every coordinate, all of them."""
    rng = np.random.default_rng(12)
    n = 24
    for points in (rng.normal(size=(3, n)), rng.integers(0, 2, (3, n)) * 1.0):
        for at in (0, n // 2, n - 1, slice(0, n, 2), slice(None)):
            for coordinate in (0, 2, slice(None)):
                spoilt = points.copy()
                spoilt[coordinate, at] = odd
                yield spoilt


def searches_of(points, odd: float, k: int):
    """Every search of some points (3, n), to be called."""
    yield lambda: sweep(points[0], points[1], k)
    yield lambda: sweep(points[1], points[2], k, slabs=7)
    for rectangles in (False, True):
        yield lambda: joint(points, [0, 1, 3], k, rectangles)  # noqa: B023
        yield lambda: by_leaves(points, [0, 1, 3], k, rectangles)  # noqa: B023
    sizes = np.arange(1, 4)
    yield lambda: neighbours.prefix_log_distances(points, sizes - 1, sizes, k, np.empty(3))
    for edge in (odd, 1.0):
        edges = np.full((2, points.shape[1]), edge)
        yield lambda: without_copies(points, [0, 1, 3], edges)  # noqa: B023


def search_everywhere(odd: float, k: int) -> None:
    """Call every search of points that are not all finite; what comes out means nothing."""
    for points in spoilt_points(odd):
        for search in searches_of(points, odd, k):
            # Plain Python refuses to make a whole number of NaN, which is an end, too.
            with contextlib.suppress(ValueError, OverflowError):
                search()


def test_every_search_ends_where_values_are_not_finite() -> None:
    in_a_process_of_its_own(
        "import warnings, test_kernels\n"
        "warnings.simplefilter('ignore')\n"
        "for odd in ('nan', '-nan', 'inf', '-inf'):\n"
        "    test_kernels.search_everywhere(float(odd), k=1)\n"
        "    test_kernels.search_everywhere(float(odd), k=23)"
    )


BORDERS = {
    "ties": np.array([0, 1, 1, 2, 3, 3, 3, 7] * 3),
    "steps of a tenth": np.arange(30) * 0.1,
    "one far off": np.append(np.arange(29.0), 1e9),
    "two clusters": np.concatenate([np.arange(15.0), 1e6 + np.arange(15.0)]),
    "normal": np.random.default_rng(0).normal(size=60),
}


@pytest.mark.parametrize("unit", [1.0, 0.1, 1e-300, 1e140, 5e-324])
@pytest.mark.parametrize("name", BORDERS)
def test_counts_within_a_radius_are_strict_at_every_distance(name: str, unit: float) -> None:
    values = np.round(BORDERS[name]) * unit if unit == 5e-324 else BORDERS[name] * unit
    columns = pairwise.columns_of(values[np.newaxis])
    prepared = columns.ordered[0], columns.table[0], columns.scale[0]
    for centre in values:
        for radius in np.unique(np.abs(values - centre)):
            for r in (np.nextafter(radius, 0), radius, np.nextafter(radius, np.inf)):
                if r > 0.0:
                    expected = int((np.abs(values - centre) < r).sum())
                    assert pairwise.count_within(*prepared, centre, r) == expected


@quick
@given(
    st.lists(st.one_of(grid, st.floats(0, 1e3), st.just(np.inf)), min_size=1, max_size=45),
    st.sampled_from([0.0, 5e-324, 1e-300, 0.5, 2.0, 1e200, np.inf]),
    st.integers(1, 50),
)
def test_kth_from_a_guess_equals_sorting(values, guess: float, k: int) -> None:
    array, spare = np.array(values, float), np.empty(len(values) + 2)
    found = selection.kth_from_guess(
        array, array.view(np.int64), len(array), k, guess, spare, spare.view(np.int64)
    )
    assert found == (np.sort(array)[k - 1] if k <= len(array) else np.inf)


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("rectangles", [False, True])
@pytest.mark.parametrize("k", [1, 4, 39])
@pytest.mark.parametrize("name", HARD)
def test_joint_neighbours_equal_naive_counts(name, k: int, rectangles: bool, search: str) -> None:
    points = np.array(HARD[name])
    radius, counts = SEARCHES[search](points, [0, 1, 2], k, rectangles)
    expected_radius, expected = naive_joint(points, [0, 1, 2], k, rectangles)
    np.testing.assert_array_equal(radius, expected_radius)
    np.testing.assert_array_equal(counts, expected)


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("rectangles", [False, True])
@pytest.mark.parametrize("blocks", [[0, 1], [0, 4], [0, 1, 3], [0, 5, 6], [0, 4, 13], [0, 2, 4, 9]])
def test_joint_neighbours_of_vectors_equal_naive_counts(blocks, rectangles, search) -> None:
    points = np.random.default_rng(2).normal(size=(blocks[-1], 35))
    radius, counts = SEARCHES[search](points, blocks, 5, rectangles)
    expected_radius, expected = naive_joint(points, blocks, 5, rectangles)
    np.testing.assert_array_equal(radius, expected_radius)
    np.testing.assert_array_equal(counts, expected)


@quick
@given(tied_points(most_coordinates=6), st.data())
def test_joint_neighbours_equal_naive_counts_under_heavy_ties(case, data) -> None:
    points, k = case
    cut = data.draw(st.integers(1, len(points) - 1), label="cut")
    search = SEARCHES[data.draw(st.sampled_from(sorted(SEARCHES)), label="search")]
    for rectangles in (False, True):
        radius, counts = search(points, [0, cut, len(points)], k, rectangles)
        expected_radius, expected = naive_joint(points, [0, cut, len(points)], k, rectangles)
        np.testing.assert_array_equal(radius, expected_radius)
        np.testing.assert_array_equal(counts, expected)


@quick
@given(tied_points(most_coordinates=4), st.data())
def test_weighted_counts_of_distinct_points_equal_naive_counts(case, data) -> None:
    points, _ = case
    d, n = points.shape
    blocks = data.draw(st.sampled_from([[0, d], [0, 1, d]]), label="blocks")
    apart = [twin.distances(points[a:b].T) for a, b in itertools.pairwise(blocks)]
    limits = st.sampled_from([0.0, 5e-324, *np.unique(apart), np.inf])
    edges = np.array([[data.draw(limits) for _ in range(n)] for _ in apart])
    near = np.all([a < e[:, np.newaxis] for a, e in zip(apart, edges, strict=True)], axis=0)
    np.fill_diagonal(near, False)
    np.testing.assert_array_equal(without_copies(points, blocks, edges), near.sum(axis=1))


@quick
@given(tied_points(most_coordinates=3), st.integers(1, 4))
def test_distinct_points_hold_every_row_once(case, most: int) -> None:
    rows = case[0].T
    distinct = Distinct.of(rows)
    same = (rows[:, np.newaxis] == rows[np.newaxis]).all(axis=2)
    np.testing.assert_array_equal(distinct.sizes[distinct.point_of_row], same.sum(axis=1))
    np.testing.assert_array_equal(distinct.first_rows[distinct.point_of_row], same.argmax(axis=1))
    before = np.tril(same, -1).sum(axis=1)
    np.testing.assert_array_equal(distinct.some_rows(most), np.flatnonzero(before < most))


def test_joint_neighbours_write_only_the_points_asked_for() -> None:
    points = np.random.default_rng(3).normal(size=(3, 30))
    radius, counts = joint(points, [0, 1, 3], 4, False, 10, 20)
    whole_radius, whole = joint(points, [0, 1, 3], 4, False)
    outside = np.r_[0:10, 20:30]
    assert (radius[outside] == -7).all()
    assert (counts[:, outside] == -7).all()
    np.testing.assert_array_equal(radius[10:20], whole_radius[10:20])
    np.testing.assert_array_equal(counts[:, 10:20], whole[:, 10:20])


SPACES = [[[0, 2], [1, 3], [1, 2]], [[0, 3], [2, 3]], [[0, 1], [0, 3], [0, 2]]]


@pytest.mark.parametrize("rectangles", [False, True])
@pytest.mark.parametrize("spaces", SPACES)
@pytest.mark.parametrize("window", [-1.0, 0.0, 2.0, 6.5])
@pytest.mark.parametrize("search", SEARCHES)
def test_joint_neighbours_in_spaces_outside_a_window_equal_naive_counts(
    window: float, spaces: list[list[int]], rectangles: bool, search: str
) -> None:
    rng = np.random.default_rng(6)
    tied = rng.integers(0, 4, size=(6, 36)) * 0.1
    trials = np.repeat([0, 1, 2], 12)
    times = np.tile(rng.permutation(12) * 1.5, 3)
    for points in (rng.normal(size=(6, 36)), tied):
        arguments = points, [0, 2, 3, 6], 4, rectangles
        found = SEARCHES[search](*arguments, time=(trials, times, window), spaces=spaces)
        expected = naive_joint(*arguments, time=(trials, times, window), spaces=spaces)
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])


@pytest.mark.parametrize("first", [0, 1, 3])
@pytest.mark.parametrize("last", [3, 4, 5, 7, 8, 9])
def test_widened_distances_are_the_largest_over_the_coordinates(first: int, last: int) -> None:
    rng = np.random.default_rng(last)
    points, before = rng.normal(size=(9, 12)), rng.uniform(0, 1.5, 12)
    widened, spare = neighbours._widen(points, first, last, 5, before.copy(), np.empty(12))
    apart = np.abs(points[first:last] - points[first:last, [5]])
    expected = np.max(np.vstack([before, apart]), axis=0)
    np.testing.assert_array_equal(widened, expected)
    assert not np.shares_memory(widened, spare)


@quick
@given(
    st.lists(st.one_of(grid, st.floats(0, 1e3), st.just(np.inf)), min_size=1, max_size=45),
    st.sampled_from([0.0, 1e-300, 0.5, 2.0, 1e200, np.inf]),
    st.integers(1, 43),
    st.data(),
)
def test_kth_distance_does_not_depend_on_the_guess(values, guess, dimension, data) -> None:
    distances = np.array(values, float)
    n = len(distances)
    k = data.draw(st.integers(1, n), label="k")
    ordered = np.sort(distances)
    bound = data.draw(st.sampled_from([np.inf, ordered[k - 1], ordered[-1]]), label="bound")
    nearest = np.full(k, -1)
    radius = neighbours._kth_distance(
        distances.copy(), k, guess, bound, dimension, np.empty(n), np.empty(n, np.int64), nearest
    )
    assert radius == ordered[k - 1]
    assert len(set(nearest.tolist())) == k
    np.testing.assert_array_equal(np.sort(distances[nearest]), ordered[:k])


@pytest.mark.parametrize("k", [1, 3, 29])
@pytest.mark.parametrize("sizes", [[1, 2, 3, 4, 5, 6, 7], [2, 7], [7], [1, 5, 6]])
@pytest.mark.parametrize("unit", [1.0, 1e-200, 1e8])
def test_prefix_log_distances_equal_naive_sums(sizes, k: int, unit: float) -> None:
    rng = np.random.default_rng(4)
    points = rng.normal(size=(9, 30)) * unit * np.array([1, 10, 1e-4, 1, 1, 1, 1, 1, 1])[:, None]
    order, totals = rng.permutation(9)[:7], np.full(len(sizes), np.nan)
    neighbours.prefix_log_distances(points, order, np.array(sizes), k, totals)
    expected = [
        np.log(twin.kth_distances(twin.distances(points[order[:size]].T), k)).sum()
        for size in sizes
    ]
    np.testing.assert_allclose(totals, expected, rtol=1e-12)


@quick
@given(tied_points(most_coordinates=5))
def test_prefix_log_distances_under_ties_equal_naive_sums(case) -> None:
    points, k = case
    sizes, totals = np.arange(1, len(points) + 1), np.empty(len(points))
    with np.errstate(divide="ignore"):  # the logarithm of 0, where samples are copies
        neighbours.prefix_log_distances(points, np.arange(len(points)), sizes, k, totals)
        eps = [twin.kth_distances(twin.distances(points[:size].T), k) for size in sizes]
        expected = np.log(eps).sum(axis=1)
    np.testing.assert_allclose(totals, expected, rtol=1e-12, atol=1e-12)


@quick
@given(st.lists(st.one_of(grid, st.floats(allow_nan=False)), min_size=1, max_size=70), st.data())
def test_kth_smallest_equals_sorting(values, data) -> None:
    count = data.draw(st.integers(1, len(values)), label="count")
    k = data.draw(st.integers(1, count), label="k")
    array = np.array(values, float)
    assert selection.kth_smallest(array, count, k) == sorted(values[:count])[k - 1]
    np.testing.assert_array_equal(np.sort(array[:count]), np.sort(np.array(values[:count], float)))
    np.testing.assert_array_equal(array[count:], np.array(values[count:], float))


@pytest.mark.parametrize("n", [1, 2, 11, 200, 10_000])
def test_slabs_are_at_least_one_and_never_more_than_points(n: int) -> None:
    assert 1 <= pairwise.slab_count(n) <= n
