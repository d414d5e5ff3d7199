"""Neighbour searches in blocks of coordinates: choose the kernel and run it on threads."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from infoscope._parallel import run_spans, spans
from infoscope._validate import Floats
from infoscope.estimators._copies import Weighted, many_copies
from infoscope.kernels.copies import weighted_counts
from infoscope.kernels.leaves import Leaves, leaf_counts, leaf_neighbours, leaves_of
from infoscope.kernels.neighbours import joint_neighbours
from infoscope.kernels.pairwise import Columns, column_counts, columns_of

# Points that one thread takes at a time: small enough to share the work evenly.
_ROWS_AT_ONCE = 128
_LEAVES_AT_ONCE = 64
_SORTED_ROWS_AT_ONCE = 4096
# Number of points from which the tree search beats brute force, by dimension. Measured on
# independent coordinates: 300 points in 2 dimensions, 370 in 3, 600, 780, 1,300, 1,600 and 1,900
# in 8, more than 13,000 in 12; with dependent ones earlier, from 600 in 8.
_CROSSOVER, _GROWTH = 150, 1.45


@dataclass(frozen=True)
class Window:
    """Theiler window: trial and time of each row, and the time within which rows are excluded.

    A window below 0 excludes only the row itself.
    """

    trials: NDArray[np.int64]
    times: Floats
    size: float

    @classmethod
    def none(cls, n: int) -> "Window":
        """Return a window that excludes no other row."""
        return cls(np.zeros(n, np.int64), np.zeros(n), -1.0)


def joint_radius(points: Floats, k: int, n_jobs: int | None) -> Floats:
    """Return the max-norm distance (n,) from each of points (n, d) to its k-th neighbour."""
    n, d = points.shape
    return neighbours(
        points, np.array([0, d]), np.empty((0, 2), np.int64), k, False, Window.none(n), n_jobs
    )[0]


def near_counts(points: Floats, limits: Floats, n_jobs: int | None) -> NDArray[np.int64]:
    """Count, for each of points (n, d), the others strictly nearer than its limit (n,)."""
    n, d = points.shape
    counts = np.empty(n, np.int64)
    block, edges = np.array([0, d]), limits[np.newaxis]
    window = Window.none(n)
    _run(_counting(_prepared(points, window), block, edges, window, counts), n_jobs)
    return counts


def neighbours(
    points: Floats,
    blocks: NDArray[np.int64],
    spaces: NDArray[np.int64],
    k: int,
    rectangles: bool,
    window: Window,
    n_jobs: int | None,
) -> tuple[Floats, NDArray[np.int64]]:
    """Return k-th joint distances (n,) and the number of near points in each space (space, n).

    Points are (n, d); block b has coordinates ``blocks[b]`` up to ``blocks[b + 1]``, space s has
    blocks ``spaces[s, 0]`` up to ``spaces[s, 1]``. Near means strictly within the k-th distance
    or, with rectangles, within the farthest of the k neighbours in each block.
    """
    n, d = points.shape
    copies = many_copies(points) if window.size < 0 else None
    if copies is None and n < _CROSSOVER * _GROWTH**d:
        return _by_force(points, blocks, spaces, k, rectangles, window, n_jobs)
    if copies is None:
        some, at = points, slice(None)
    else:  # more than k copies of any point change no k-th distance
        rows = copies.some_rows(k + 1)
        some, at = points[rows], np.searchsorted(rows, copies.first_rows)[copies.point_of_row]
    parts = [points[:, blocks[first] : blocks[last]] for first, last in spaces]

    def prepare(which: int, _: int) -> Leaves | Columns | Weighted:
        return (
            leaves_of(np.ascontiguousarray(some.T))
            if which == 0
            else _prepared(parts[which - 1], window)
        )

    whole, *prepared = run_spans(prepare, spans(len(parts) + 1, 1), n_jobs)
    edges = _edges(whole, blocks, k, rectangles, window, n_jobs)[:, at]
    counts = np.empty((len(spaces), n), np.int64)
    tasks = []
    for counted, part, (first, last) in zip(counts, prepared, spaces, strict=True):
        if rectangles:
            within = blocks[first : last + 1] - blocks[first]
            # At most the edge means strictly below the next float.
            limits = np.nextafter(edges[first:last], np.inf)
        else:
            within, limits = np.array([0, blocks[last] - blocks[first]]), edges[:1]
        tasks += _counting(part, within, limits, window, counted)
    _run(tasks, n_jobs)
    return edges.max(axis=0), counts


def _by_force(
    points: Floats,
    blocks: NDArray[np.int64],
    spaces: NDArray[np.int64],
    k: int,
    rectangles: bool,
    window: Window,
    n_jobs: int | None,
) -> tuple[Floats, NDArray[np.int64]]:
    n = len(points)
    coordinates = np.ascontiguousarray(points.T)
    radius, counts = np.empty(n), np.empty((len(spaces), n), np.int64)

    def part(start: int, stop: int) -> None:
        joint_neighbours(
            coordinates, blocks, spaces, k, start, stop, rectangles,
            window.trials, window.times, window.size, radius, counts,
        )  # fmt: skip

    run_spans(part, spans(n, _ROWS_AT_ONCE), n_jobs)
    return radius, counts


def _edges(
    tree: Leaves,
    blocks: NDArray[np.int64],
    k: int,
    rectangles: bool,
    window: Window,
    n_jobs: int | None,
) -> Floats:
    """Return the joint k-th distance, or the extent of the k neighbours, per block (block, n)."""
    trials, times = window.trials[tree.order], window.times[tree.order]
    edges = np.empty((len(blocks) - 1, len(tree.order)))

    def part(start: int, stop: int) -> None:
        leaf_neighbours(
            tree, start, stop, blocks, k, trials, times, window.size, rectangles, edges
        )  # fmt: skip

    run_spans(part, spans(tree.leaves, _LEAVES_AT_ONCE), n_jobs)
    return edges


def _prepared(points: Floats, window: Window) -> Columns | Leaves | Weighted:
    """Prepare points (n, d) for counting: sorted, without their copies, or in a tree."""
    if points.shape[1] == 1 and window.size < 0:
        return columns_of(np.ascontiguousarray(points.T))
    copies = many_copies(points) if window.size < 0 else None
    if copies is not None:
        return Weighted.of(points, copies)
    return leaves_of(np.ascontiguousarray(points.T))


def _counting(
    prepared: Columns | Leaves | Weighted,
    blocks: NDArray[np.int64],
    edges: Floats,
    window: Window,
    counts: NDArray[np.int64],
) -> list[Callable[[], None]]:
    """Return tasks that count the other points strictly within the edges (block, n).

    One variable is counted between two borders, several leaf by leaf.
    """
    rows = spans(edges.shape[1], _SORTED_ROWS_AT_ONCE)
    if isinstance(prepared, Columns):
        column = (part[0] for part in (prepared.values, prepared.ordered, prepared.table))
        arguments = (*column, prepared.scale[0])
        return [partial(column_counts, *arguments, *span, edges[0], counts) for span in rows]
    if isinstance(prepared, Weighted):
        arguments = (*prepared, prepared.asked(edges))
        return [partial(weighted_counts, *arguments, *span, blocks, edges, counts) for span in rows]
    trials, times = window.trials[prepared.order], window.times[prepared.order]
    near = (trials, times, window.size)
    return [
        partial(leaf_counts, prepared, *span, blocks, *near, edges, counts)
        for span in spans(prepared.leaves, _LEAVES_AT_ONCE)
    ]


def _run(tasks: list[Callable[[], None]], n_jobs: int | None) -> None:
    run_spans(lambda which, _: tasks[which](), spans(len(tasks), 1), n_jobs)
