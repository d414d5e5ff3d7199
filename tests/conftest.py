"""Its place puts tests/ on sys.path, so that any test can import the slow twins in reference/."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from weather_file import write_weather

# Two processes that compile one kernel for different types at the same time can take each other's
# code from numba's cache. So the other workers of a parallel run have caches of their own.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
if _WORKER != "gw0":
    os.environ["NUMBA_CACHE_DIR"] = str(Path(__file__).parent / "__pycache__" / f"numba-{_WORKER}")


@contextmanager
def pictures_left_out() -> Iterator[None]:
    """Draw figures and write their data, but no pictures: they are most of a run's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", lambda _, path, **__: path.write_text("a picture"))
        yield


@pytest.fixture
def without_pictures() -> Iterator[None]:
    """What `pictures_left_out` does, for a test."""
    with pictures_left_out():
        yield


def _short_run(root: Path, **settings: object):
    from infoscope.analysis.pipeline import run_analysis
    from infoscope.analysis.settings import Settings
    from infoscope.analysis.study_data.load import load_data
    from infoscope.runs.run_folder import RunFolder

    data = str(write_weather(root / "weather.csv"))
    chosen = Settings(data=data, targets=("high", "low"), start="", end="", k=3, **settings)
    run = RunFolder.begin(root / "run", chosen, False)
    return run_analysis(run, load_data(chosen), progress=False)


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    """A short run of the published pipeline: 30 epochs, four snapshots, a constant column."""
    return _short_run(tmp_path_factory.mktemp("short"), epochs=30)


@pytest.fixture(scope="session")
def bare_results(tmp_path_factory):
    """A run with hardly anything to draw: one epoch, and thresholds that no flow reaches."""
    root = tmp_path_factory.mktemp("bare")
    return _short_run(root, epochs=1, thresholds=(50.0, 60.0), subsets=1)


CORRECTED = {
    "epochs": 13,
    "learning_rate": 0.005,
    "hidden_nodes": 6,
    "k": 3,
    "surrogates": 39,
    "networks": 19,
    "planes_every": 13,
    "plane_subsets": 5,
    "memory_lags": 2,
}


def corrected_run(root: Path, **changes: object):
    """Run the corrected pipeline on a small table, in root / "run"."""
    from infoscope.analysis.pipeline import run_analysis
    from infoscope.analysis.settings import Settings
    from infoscope.analysis.study_data.load import load_data
    from infoscope.runs.run_folder import RunFolder

    data = root / "weather.csv"
    if not data.exists():
        write_weather(data, days=300)
    where = {"data": str(data), "targets": ("high", "low"), "start": "", "end": ""}
    settings = Settings(**where).corrected(**(CORRECTED | changes))
    run = RunFolder.begin(root / "run", settings, resume=True)
    return run_analysis(run, load_data(settings), progress=False)


@pytest.fixture(scope="session")
def corrected_root(tmp_path_factory):
    """The folder of the short corrected run."""
    return tmp_path_factory.mktemp("corrected")


@pytest.fixture(scope="session")
def corrected_results(corrected_root):
    """A short run of the corrected pipeline: 13 epochs, 6 hidden nodes, a constant column."""
    return corrected_run(corrected_root)


@pytest.fixture(scope="session")
def bare_corrected_results(tmp_path_factory):
    """A corrected run without edges, of two snapshots: thresholds that no flow reaches."""
    root = tmp_path_factory.mktemp("bare-corrected")
    return corrected_run(root, epochs=1, significant_edges=False, thresholds=(50.0, 60.0))
