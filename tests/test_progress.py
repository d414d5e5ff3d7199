"""The time that is left, in words, once enough is done to judge by."""

import pytest

from infoscope import _progress
from infoscope._progress import Progress, duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0 s"), (99.4, "99 s"), (120.0, "2.0 minutes"), (5400.0, "90.0 minutes"),
     (95605.0, "26.6 hours")],
)  # fmt: skip
def test_a_duration_has_the_unit_that_suits_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_the_time_left_waits_for_a_few_percent(monkeypatch, capsys) -> None:
    """The first hundredth takes half a minute, because it compiles; all others a second."""
    clock = [0.0]
    monkeypatch.setattr(_progress.time, "monotonic", lambda: clock[0])
    with Progress(1000, "work") as bar:
        for now in (30.0, 41.0, 53.0):
            clock[0] = now
            bar.advance(10)
        bar.skip(0)
    first, second, third, _ = capsys.readouterr().err.splitlines()
    assert "left" not in first
    assert "left" not in second
    # 30 of 1000 took 53 s.
    assert third == f"work: 30/1000, about {duration(53.0 / 30 * 970)} left"
