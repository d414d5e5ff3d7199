"""Many runs trained and recorded at once: what a kill costs, and what the folders hold."""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from infoscope import InputError, Recording
from infoscope.analysis.settings import Settings
from infoscope.analysis.study_data.load import load_data
from infoscope.analysis.study_data.training import record_ensemble, record_training, trained_network
from infoscope.networks import DivergenceError, early_and_every
from infoscope.runs.run_folder import RunFolder
from weather_file import write_weather

# Dies when half of the fifth snapshot is written: that of epoch 2 of the second run.
_KILLED = """
import os, signal, sys
from pathlib import Path

sys.path[:0] = sys.argv[2:]
from infoscope.recordings import storage
from infoscope.analysis.study_data.training import record_ensemble
from test_recorded_ensemble import runs_in

whole, written = storage.RecordingWriter.append, []

def append(writer, epoch, snapshot):
    written.append(epoch)
    if len(written) == 5:
        storage.write_zarr(snapshot[["hidden"]], writer.root / "snapshots" / ".partial-1-000002")
        os.kill(os.getpid(), signal.SIGKILL)
    whole(writer, epoch, snapshot)

storage.RecordingWriter.append = append
record_ensemble(*runs_in(Path(sys.argv[1])))
"""


def runs_in(root, **settings):
    """Three seeds, each with its own split and weights."""
    data = root / "weather.csv"
    if not data.exists():
        write_weather(data)
    chosen = {"epochs": 6, "snapshot_every": 2, "hidden_nodes": 5, **settings}
    seeds = [
        Settings(data=str(data), targets=("high", "low"), start="", end="", seed=seed, **chosen)
        for seed in range(3)
    ]
    runs = [RunFolder(root / f"seed-{one.seed}", one) for one in seeds]
    return runs, [load_data(one).windows for one in seeds]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    return record_ensemble(*runs_in(tmp_path_factory.mktemp("undisturbed")))


def test_a_run_holds_what_it_does_when_trained_alone(recordings, tmp_path) -> None:
    for run, windows, together in zip(*runs_in(tmp_path), recordings, strict=True):
        alone = record_training(run, windows, False)
        assert together.epochs == alone.epochs == (0, 2, 4, 6)
        assert together.fixed.identical(alone.fixed)
        for epoch in alone.epochs:
            found, expected = together.read(epoch), alone.read(epoch)
            assert list(found) == list(expected)
            for name in expected:
                assert found[name].dims == expected[name].dims
                np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=1e-12)
            for node in ("hidden_node", "output_node"):
                assert found[node].to_numpy().tolist() == expected[node].to_numpy().tolist()


def test_killed_while_writing_every_run_goes_on_to_the_same_bits(recordings, tmp_path) -> None:
    here = Path(__file__).parent
    places = [str(path) for path in (tmp_path, here, here.parent)]
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, *places], capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    runs, windows = runs_in(tmp_path)
    assert [Recording.load(run.recording).epochs for run in runs] == [(0, 2), (0,), (0,)]
    for again, whole in zip(record_ensemble(runs, windows), recordings, strict=True):
        assert again.epochs == whole.epochs
        for epoch in whole.epochs:
            assert again.read(epoch).equals(whole.read(epoch))


def test_finished_runs_are_left_as_they_are(recordings, tmp_path) -> None:
    runs, windows = runs_in(tmp_path)
    record_ensemble(runs[:2], windows[:2])
    files = [path for run in runs[:2] for path in sorted(run.root.rglob("c/*"))]
    before = [path.stat().st_mtime_ns for path in files]
    later = record_ensemble(runs, windows)
    assert [path.stat().st_mtime_ns for path in files] == before
    assert later[2].read(6).equals(recordings[2].read(6))


def test_schedule_decides_the_snapshots(tmp_path) -> None:
    for recording in record_ensemble(*runs_in(tmp_path), schedule=early_and_every(4)):
        assert recording.epochs == (0, 1, 2, 3, 4, 5, 6)


def test_network_of_any_snapshot_does_what_was_recorded(recordings, tmp_path) -> None:
    import torch

    _, (windows, *_) = runs_in(tmp_path)
    for epoch in (None, 0, 4):
        network = trained_network(recordings[0], epoch)
        _, outputs = network(torch.tensor(windows.split("train")[0]))
        recorded = recordings[0].snapshot(epoch)["outputs"]
        np.testing.assert_allclose(outputs.detach(), recorded, rtol=0, atol=1e-13)


def test_a_diverging_run_leaves_the_others_whole(recordings, tmp_path) -> None:
    runs, windows = runs_in(tmp_path)
    runs[1] = RunFolder(runs[1].root, replace(runs[1].settings, learning_rate=1e30))
    with pytest.raises(DivergenceError, match="member 1 in epoch"):
        record_ensemble(runs, windows)
    assert Recording.load(runs[1].recording).epochs == (0,)
    for place in (0, 2):
        found = Recording.load(runs[place].recording)
        assert found.read(6).equals(recordings[place].read(6))


def test_other_windows_than_the_recording_s_are_refused(tmp_path) -> None:
    runs, windows = runs_in(tmp_path)
    record_ensemble(runs[:1], windows[:1])
    shuffled = replace(windows[0], targets=windows[0].targets[::-1])
    for record in (
        lambda: record_ensemble(runs[:1], [shuffled]),
        lambda: record_training(runs[0], windows[1], False),
    ):
        with pytest.raises(InputError, match="the windows must be those of"):
            record()


def test_every_run_needs_windows_and_a_folder_of_its_own(tmp_path) -> None:
    runs, windows = runs_in(tmp_path)
    for given in ((runs, windows[:2]), ([runs[0], runs[0]], windows[:2])):
        with pytest.raises(InputError, match="runs must have a folder and windows each, got"):
            record_ensemble(*given)
