"""Recorded training: what an interruption costs, and what a folder may hold."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from infoscope import InputError
from infoscope.analysis.settings import Settings
from infoscope.analysis.study_data.load import load_data
from infoscope.analysis.study_data.training import record_training
from infoscope.recordings.storage import RecordingWriter
from infoscope.runs.run_folder import RunFolder
from infoscope.weather import load_chicago, make_windows

SETTINGS = Settings(epochs=4, snapshot_every=2, hidden_nodes=3)


@pytest.mark.parametrize("settings", [SETTINGS, SETTINGS.corrected()], ids=["windows", "blocks"])
def test_an_interrupted_training_goes_on_to_the_same_bits(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = load_data(settings)
    whole = data.record(RunFolder(tmp_path / "whole", settings), False)
    append = RecordingWriter.append

    def interrupted(self, epoch, snapshot) -> None:
        if epoch == 4:
            raise KeyboardInterrupt
        append(self, epoch, snapshot)

    again = RunFolder(tmp_path / "again", settings)
    with monkeypatch.context() as patch:
        patch.setattr(RecordingWriter, "append", interrupted)
        with pytest.raises(KeyboardInterrupt):
            data.record(again, False)
    resumed = data.record(again, False)
    assert resumed.epochs == whole.epochs
    for epoch in whole.epochs:
        assert resumed.read(epoch).equals(whole.read(epoch))


def test_other_data_than_the_recording_s_are_refused(tmp_path: Path) -> None:
    windows = make_windows(load_chicago(), start="2015-05-01", end="2015-10-04")
    run = RunFolder(tmp_path / "run", SETTINGS)
    record_training(run, windows, False)
    turned = replace(windows, targets=np.ascontiguousarray(windows.targets[::-1]))
    with pytest.raises(InputError, match="the data must be those of the recording"):
        record_training(run, turned, False)
