"""Its place puts tests/ on sys.path, so that any test can import the slow twins in reference/."""

from pathlib import Path

import pytest

from weather_file import write_weather


def _short_run(root: Path, **settings: object):
    from infoscope.replication.published import load_windows, run_published
    from infoscope.replication.run_folder import RunFolder
    from infoscope.replication.settings import Settings

    data = str(write_weather(root / "weather.csv"))
    chosen = Settings(data=data, targets=("high", "low"), start="", end="", k=3, **settings)
    windows, _ = load_windows(chosen)
    return run_published(RunFolder.begin(root / "run", chosen, False), windows, progress=False)


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    """A short run of the published pipeline: 30 epochs, four snapshots, a constant column."""
    return _short_run(tmp_path_factory.mktemp("short"), epochs=30)


@pytest.fixture(scope="session")
def bare_results(tmp_path_factory):
    """A run with hardly anything to draw: one epoch, and thresholds that no flow reaches."""
    root = tmp_path_factory.mktemp("bare")
    return _short_run(root, epochs=1, thresholds=(50.0, 60.0), subsets=1)
