"""The null that the data choose: what it keeps, what it says, and that it keeps its level."""

import numpy as np
import pytest

from infoscope import KSG, Gaussian, Recording, information_flow
from infoscope.surrogates import (
    ChosenNull,
    LagSwap,
    Layout,
    SequencePermutation,
    chosen_nulls,
    default_nulls,
)
from infoscope.surrogates.kept import Kept, kept_part
from infoscope.surrogates.layout import Values, memories, pair_memory
from infoscope.surrogates.shift_of_rest import ShiftOfRest
from reference import nulls as twin

ROWS = 300
GAUSSIAN = Gaussian()
TIME = np.arange(ROWS)[:, np.newaxis]


def white(seed: int, nodes: int = 6, rows: int = ROWS) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, nodes))


def remembering(seed: int, a: float, nodes: int = 6, rows: int = ROWS) -> np.ndarray:
    series = white(seed, nodes, rows)
    for t in range(1, rows):
        series[t] += a * series[t - 1]
    return series


def season(period: float, phase: np.ndarray | float = 0.0) -> np.ndarray:
    return np.sin(2 * np.pi * TIME / period + phase)


def of_series(series: np.ndarray) -> list[ChosenNull]:
    return default_nulls(Layout.of_rows(len(series)), series)


# What the data show


@pytest.mark.parametrize(
    "shared", [0.02 * TIME, (TIME / 120) ** 2, 4.0 * (TIME > 100)], ids=["line", "curve", "step"]
)
def test_slow_movement_is_kept_where_nodes_move_slowly(shared: np.ndarray) -> None:
    kept = kept_part(Layout.of_rows(ROWS), shared + white(0), axis=1)
    assert kept.notes[0].startswith("slow movement is kept")
    rest = shared - kept.values
    # Some cosines cannot follow a step to the row; noise in 4 to 8 terms is kept too.
    assert rest.std() < 0.4 * shared.std()


@pytest.mark.parametrize("period", [10, 25, 47.3])
def test_the_season_is_kept_whatever_its_phases(period: float) -> None:
    shared = 1.5 * season(period, np.random.default_rng(0).uniform(0, 6, 6))
    kept = kept_part(Layout.of_rows(ROWS), shared + white(0), axis=1)
    (note,) = kept.notes
    assert float(note.split("periods of ")[1].split(")")[0]) == pytest.approx(period, rel=0.03)
    assert (shared - kept.values).std() < 0.3 * shared.std()


def test_of_noise_hardly_ever_anything_is_kept() -> None:
    noted = [bool(kept_part(Layout.of_rows(ROWS), white(s), axis=1).notes) for s in range(60)]
    assert sum(noted) <= 6
    assert not kept_part(Layout.of_rows(30), white(0, 2, 30), axis=1).values.any()


def test_a_series_is_shifted_and_swapped_and_says_why() -> None:
    existence, direction = of_series(0.03 * TIME + white(1))
    assert isinstance(existence.null, ShiftOfRest)
    assert existence.name == "circular-shift of the rest"
    assert any("slow movement is kept" in reason for reason in existence.reasons)
    assert isinstance(direction.null, LagSwap)
    assert (direction.null.block, direction.null.axis) == (1, "time")
    assert "blocks of 1 rows" in direction.reasons[0]
    assert of_series(white(2))[0].name == "circular-shift"


def test_trials_are_exchanged_whole() -> None:
    layout, table = Layout.of_sequences(8, 40), white(0, 3, 320)
    existence, direction = default_nulls(layout, table)
    assert isinstance(existence.null, SequencePermutation)
    assert "8 trials" in existence.reasons[0]
    assert isinstance(direction.null, LagSwap)
    assert direction.null.axis == "time"
    many = default_nulls(Layout.of_sequences(40, 8), table)
    assert isinstance(many[1].null, LagSwap)
    assert (many[1].null.block, many[1].null.axis) == (1, "sequence")


def test_windows_that_overlap_are_rolled_by_more_than_they_share() -> None:
    series = remembering(0, 0.9, 3, 300)
    windows = np.stack([series[start : start + 10] for start in range(280)])
    existence, _ = default_nulls(Layout.of_sequences(280, 10), windows.reshape(-1, 3))
    assert isinstance(existence.null, ShiftOfRest)
    assert existence.null.axis == "sequence"
    assert (existence.null.remembered or 0) > 3
    assert "are correlated" in existence.reasons[0]


def test_stretches_without_partners_at_equal_time_are_no_trials() -> None:
    lengths = [3, 5, 90, 4, 100, 6, 92]
    layout = Layout.of_rows(sum(lengths), 1, np.repeat(np.arange(7), lengths))
    (existence, _) = default_nulls(layout, white(0, 3, sum(lengths)))
    assert not isinstance(existence.null, SequencePermutation)


def test_where_no_shift_is_longer_than_the_memory_the_swap_alone_remains() -> None:
    ramps = np.linspace(0, 1, 30)[:, np.newaxis] + 1e-3 * white(0, 2, 30)
    assert [chosen.name for chosen in of_series(ramps)] == ["lag-swap"]


def test_a_null_that_is_named_is_taken_as_it_is() -> None:
    layout, table = Layout.of_rows(ROWS), white(0)
    (chosen,) = chosen_nulls("lag-swap", layout, table)
    assert (chosen.name, chosen.layout, chosen.reasons) == ("lag-swap", None, ())
    assert [c.name for c in chosen_nulls(None, layout, table)] == [
        c.name for c in chosen_nulls("auto", layout, table)
    ]


# How it draws


def test_what_is_kept_stays_and_the_rest_moves() -> None:
    table, kept = white(0, 2, 60), 0.1 * np.arange(60.0)[:, np.newaxis] * np.ones(2)
    null = ShiftOfRest(Kept(kept, ("a trend",)), "time")
    sampler = null.sampler(Layout.of_rows(60), table, np.random.SeedSequence(1))
    drawn = sampler.draw(0)
    assert isinstance(drawn, Values)
    shift = int(drawn.rows[0])
    expected = np.roll(table - kept, -shift, axis=0) + kept
    now = np.delete(np.arange(59), np.flatnonzero((np.arange(59) + shift) % 60 == 59))
    np.testing.assert_allclose(drawn.source, expected[now])
    np.testing.assert_array_equal(drawn.now, table[now])
    np.testing.assert_array_equal(drawn.later, table[now + 1])
    values, rows, origin = drawn.compared(table)
    np.testing.assert_array_equal(values[rows.source], drawn.source)
    np.testing.assert_array_equal(values[rows.now], drawn.now)
    np.testing.assert_array_equal(values[rows.later], drawn.later)
    np.testing.assert_array_equal(origin[rows.source], drawn.rows)


@pytest.mark.parametrize("lag", [1, 2])
def test_stretches_of_a_recording_are_those_of_its_days(lag: int) -> None:
    lengths = [7, 4, 12]
    days = np.concatenate([np.arange(n) + 100 * i for i, n in enumerate(lengths)])
    joined = (days[lag:] - days[:-lag] == lag)[np.newaxis]
    layout = Layout.of_sequences(1, sum(lengths), lag, joined)
    expected = Layout.of_rows(sum(lengths), lag, np.repeat([0, 1, 2], lengths))
    found = layout.by_stretch()
    np.testing.assert_array_equal(found.grid, expected.grid)
    np.testing.assert_array_equal(found.current, expected.current)
    np.testing.assert_array_equal(Layout.of_sequences(4, 6).by_stretch().grid.shape, (4, 6))


def test_memories_are_those_of_each_node() -> None:
    series = np.column_stack([remembering(0, a, 1, 150) for a in (0.0, 0.5, 0.9, 0.97)])
    found = memories(Layout.of_rows(150), np.column_stack([series, np.full(150, 0.1)]), 1)
    assert found.tolist() == [*(twin.memory(column[:, np.newaxis]) for column in series.T), 1]
    assert pair_memory(found, found) == sorted(found)[-2]


# Whether 5 % are 5 %


def family_errors(series, seeds: range, estimator=GAUSSIAN) -> int:
    errors = 0
    for seed in seeds:
        hidden = series(seed)
        recording = Recording.from_arrays(hidden=hidden if hidden.ndim == 3 else hidden[None])
        flow = information_flow(recording, estimator=estimator, n_jobs=1)
        found = flow.significance(surrogates=39, random_state=seed, n_jobs=1)
        errors += bool(found.significant(0.05).any())
    return errors


SYSTEMS = {
    "trend": lambda s: 0.02 * TIME + white(s),
    "season with phases": lambda s: 1.5 * season(30, np.arange(6.0)) + white(s),
    "bump": lambda s: 4.0 * (abs(TIME - 150) < 20) + white(s),
    "walks": lambda s: np.cumsum(white(s), axis=0),
    "one walk": lambda s: np.where(np.arange(6) == 2, np.cumsum(white(s), axis=0), white(s)),
    "input": lambda s: remembering(s, 0.9, 1) + white(s + 1000),
    "locked": lambda s: season(30, np.arange(6.0))[:30] + white(s, 6, 450).reshape(15, 30, 6),
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_default_null_keeps_its_level_without_coupling(name: str) -> None:
    # Of 25 samples at a level of 5 %, five or fewer with probability 0.998.
    assert family_errors(SYSTEMS[name], range(25)) <= 5


def test_the_default_null_keeps_its_level_by_neighbours_too() -> None:
    assert family_errors(lambda s: 0.03 * TIME + white(s, 3), range(8), KSG(k=4)) <= 3


def test_ragged_trials_with_a_locked_mean_have_no_edge() -> None:
    errors = 0
    for seed in range(10):
        random = np.random.default_rng(seed)
        parts = [
            random.poisson(0.3 * np.exp(season(40, np.arange(6.0))[:n])).astype(float)
            for n in random.integers(40, 81, 30)
        ]
        days = np.concatenate([np.arange(len(p)) + 1000 * i for i, p in enumerate(parts)])
        recording = Recording.from_arrays(hidden=np.concatenate(parts)[None], days=days[None])
        flow = information_flow(recording, estimator=Gaussian(), n_jobs=1)
        found = flow.significance(surrogates=39, random_state=seed, n_jobs=1)
        assert "30 trials" in found.notes[0]
        errors += bool(found.significant(0.05).any())
    # At a level of 5 %, three or fewer of ten with probability 0.999.
    assert errors <= 3


def test_an_edge_is_found_under_a_trend() -> None:
    series = white(0)
    series[1:, 1] += series[:-1, 0]
    flow = information_flow(Recording.from_arrays(hidden=(series + 0.01 * TIME)[None]))
    found = flow.significance(surrogates=39)
    assert set(found.graph(0.05).edges) == {("h0", "h1")}
    assert found.null == "circular-shift of the rest and lag-swap"
