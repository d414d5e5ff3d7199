"""A plan times pieces that do not grow with the data, and scales them up."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from infoscope.analysis import dry_run
from infoscope.analysis.settings import Settings
from infoscope.analysis.study_data.daily_blocks import DailyBlocks
from infoscope.analysis.study_data.load import load_data
from infoscope.analysis.study_data.sliding_windows import SlidingWindows
from infoscope.paper.claims import plan, seed_data
from infoscope.paper.claims.settings import ClaimSettings
from infoscope.paper.claims.study import MODES
from infoscope.weather import WeatherTable, daily_series, make_windows

_ESTIMATES = ("tse_complexity", "mutual_information", "pairwise_information")


def table_of(days: int, columns: int) -> WeatherTable:
    values = np.random.default_rng(0).normal(size=(days, columns))
    names = [f"c{i}" for i in range(columns)]
    frame = pd.DataFrame(values, pd.date_range("1980-01-01", periods=days), names)
    return WeatherTable(frame, ("c0", "c1"), "a table")


@pytest.fixture
def timed(monkeypatch) -> list[int]:
    """Sizes of everything that is timed; nothing is computed, and every piece takes a second."""
    sizes: list[int] = []

    def note(*given: object, **_: object) -> None:
        sizes.extend(each.size for each in given if isinstance(each, np.ndarray))

    for name in _ESTIMATES:
        monkeypatch.setattr(dry_run, name, note)
    monkeypatch.setattr(dry_run, "train", lambda _, *given, **__: note(*given))
    monkeypatch.setattr(
        dry_run, "train_ensemble", lambda members, **_: note(members[0].inputs, members[0].targets)
    )

    def second(piece) -> float:
        piece()
        return 1.0

    monkeypatch.setattr(dry_run, "_time", second)
    return sizes


def seconds(text: str, what: str, start: str = "time") -> float:
    line = next(line for line in text.splitlines() if line.startswith(start))
    number, unit = line.split(f"{what} ", 1)[1].split()[:2]
    return float(number) * {"s": 1.0, "minutes": 60.0, "hours": 3600.0}[unit.strip(",;")]


def test_pieces_do_not_grow_with_the_table(timed) -> None:
    settings = Settings(targets=("c0", "c1"), start="", end="", epochs=10)
    corrected = replace(settings.corrected(), data="a table")
    for days, columns in ((400, 4), (4000, 300)):
        table = table_of(days, columns)
        dry_run.describe_runs({"a run": (settings, SlidingWindows(settings, make_windows(table)))})
        dry_run.describe_runs({"a run": (corrected, DailyBlocks(corrected, daily_series(table)))})
    # Of a window all columns are trained on; all else has at most 60 columns.
    assert max(timed) <= max(150 * 10 * 300, 1500 * 60)


def test_what_is_timed_is_scaled_up(timed) -> None:
    """Complexity goes with the square of rows and of nodes, training with the windows."""
    settings = Settings(targets=("c0", "c1"), start="", end="", epochs=10, hidden_nodes=8)
    days, columns = 4000, 300
    windows = make_windows(table_of(days, columns))
    text = dry_run.describe_runs({"a run": (settings, SlidingWindows(settings, windows))})
    n_windows = len(windows.split("train")[0])
    assert seconds(text, "training") == pytest.approx(10 * n_windows / 150 / 2, abs=0.5)
    rows, nodes = 10 * n_windows, columns + 8 + 2
    one = (rows / 1500) ** 2 * (nodes / 60) ** 2
    # Two snapshots, and both again for 2 + 5 + 10 + 20 instead of 5 subsets.
    assert seconds(text, "complexity") == pytest.approx((2 + 2 * 37 / 5) * one, rel=2e-3)


def test_a_long_plan_has_a_sum_and_shorter_ways(timed, monkeypatch) -> None:
    """Published complexity goes with the square of the days; corrected mode avoids it."""
    settings = Settings(targets=("c0", "c1"), start="", end="", epochs=10)
    corrected = replace(settings.corrected(), data="a table")
    table = table_of(2500, 10)
    published = settings, SlidingWindows(settings, make_windows(table))
    repaired = corrected, DailyBlocks(corrected, daily_series(table))

    def totals(text: str) -> list[float]:
        times = [line for line in text.splitlines() if line.startswith("time")]
        return [seconds(f"time {line.rpartition(';')[2]}", "time") for line in times]

    monkeypatch.setattr(dry_run, "_time", lambda _: 1e-6)
    quick = dry_run.describe_runs({"published": published, "corrected": repaired})
    whole = seconds(quick, "about", "together")
    assert whole == pytest.approx(sum(totals(quick)), abs=1.0)
    assert "--start" not in quick
    monkeypatch.setattr(dry_run, "_time", lambda _: 60.0)
    slow = dry_run.describe_runs({"published": published, "corrected": repaired})
    assert {"--start", "--end", "corrected,"} <= set(slow.split())
    alone = dry_run.describe_runs({"published": published})
    assert "--start" in alone
    assert "--mode" not in alone


def test_a_million_seeds_are_planned_from_one(monkeypatch) -> None:
    loaded = []
    load = seed_data.load_data
    monkeypatch.setattr(seed_data, "load_data", lambda given: loaded.append(given) or load(given))
    monkeypatch.setattr(plan, "_time", lambda _: 1.0)
    text = plan.describe_claims(ClaimSettings(seeds=1_000_000, epochs=2))
    assert len(loaded) == len(MODES)
    assert "1000000 seeds" in text
    assert "4000000 trainings" in text
    few = plan.describe_claims(ClaimSettings(seeds=1000, epochs=2))
    minutes = [float(each.split("about training ")[1].split(" min")[0]) for each in (text, few)]
    assert minutes[0] == pytest.approx(1000 * minutes[1], rel=1e-2)


def test_the_plan_of_a_task_speaks_of_its_steps_and_not_of_days(timed, monkeypatch) -> None:
    monkeypatch.setattr(plan, "_time", lambda _: 1.0)
    settings = Settings.of("flip-flop", epochs=2).corrected()
    for text in (
        dry_run.describe_runs({"a run": (settings, load_data(settings))}),
        plan.describe_claims(ClaimSettings.of("flip-flop", epochs=2)),
    ):
        assert "steps of trials" in text
        assert "day" not in text
