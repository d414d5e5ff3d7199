"""Finished stages of a run: taken up if they are whole and of this version, else done again."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from infoscope.analysis.settings import Settings
from infoscope.runs import run_folder
from infoscope.runs.run_folder import RunFolder


class Counted:
    """A stage's work, which counts how often it is done."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> xr.Dataset:
        self.times += 1
        return xr.Dataset({"flow": ("node", [0.0, 1.5]), "entropy": 2.0}, {"node": ["a", "b"]})


def stage(root: Path, work: Counted) -> xr.Dataset:
    return RunFolder(root, Settings()).stage("flow", work)


def test_a_finished_stage_is_taken_up(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    work = Counted()
    first, second = stage(tmp_path, work), stage(tmp_path, work)
    assert work.times == 1
    xr.testing.assert_identical(first, second)
    xr.testing.assert_equal(first, work())
    assert set(first.attrs) == {"seconds", "peak_memory_mb"}
    assert capsys.readouterr().err == ""


def chunk(path: Path) -> Path:
    return next(p for p in (path / "flow" / "c").rglob("*") if p.is_file())


def flip(path: Path) -> None:
    content = bytearray(chunk(path).read_bytes())
    content[-1] ^= 4
    chunk(path).write_bytes(bytes(content))


def without_entropy(path: Path) -> None:
    """As another version wrote it, which knew of no entropy."""
    found = xr.open_zarr(path, zarr_format=3, consolidated=False).load()
    shutil.rmtree(path)
    found.drop_vars("entropy").to_zarr(path, zarr_format=3, consolidated=False)


def file_in_its_place(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("mine")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "lost chunk": lambda path: chunk(path).unlink(),
    "lost scalar": lambda path: shutil.rmtree(path / "entropy"),
    "empty chunk": lambda path: chunk(path).write_bytes(b""),
    "flipped bit": flip,
    "lost metadata": lambda path: (path / "zarr.json").unlink(),
    "broken metadata": lambda path: (path / "flow" / "zarr.json").write_text("{"),
    "lost variable": without_entropy,
    "file": file_in_its_place,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_a_damaged_stage_is_computed_again(
    tmp_path: Path, capsys: pytest.CaptureFixture, damage: Callable[[Path], object]
) -> None:
    work = Counted()
    stage(tmp_path, work)
    damage(tmp_path / "estimates.zarr" / "flow")
    xr.testing.assert_equal(stage(tmp_path, work), work())
    assert work.times == 3
    said = capsys.readouterr().err
    assert said.startswith("resume: ")
    assert "estimates.zarr/flow cannot be read" in said
    assert "it is computed again" in said
    assert stage(tmp_path, work)["entropy"] == 2.0
    assert work.times == 3


@pytest.mark.parametrize("changed", ["_STAGE_FORMAT", "version"])
def test_a_stage_of_another_version_is_computed_again(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    work = Counted()
    other = (lambda _: "0.0.9") if changed == "version" else 0
    with monkeypatch.context() as earlier:
        earlier.setattr(run_folder, changed, other)
        stage(tmp_path, work)
    assert stage(tmp_path, work)["entropy"] == 2.0
    assert work.times == 2
    said = capsys.readouterr().err
    assert "estimates.zarr/flow is a stage of another version" in said
    assert ("0.0.9" in said) == (changed == "version")


def test_a_stage_says_what_wrote_it(tmp_path: Path) -> None:
    stage(tmp_path, Counted())
    metadata = json.loads((tmp_path / "estimates.zarr" / "flow" / "zarr.json").read_text())
    assert json.loads(metadata["attributes"]["written"])["variables"] == ["entropy", "flow"]


def test_results_show_themselves_in_a_line_and_a_table(results, corrected_results) -> None:
    for shown in (results, corrected_results):
        assert len(repr(shown)) < 120
        assert "\n" not in repr(shown)
        assert shown._repr_html_().count("<tr") == len(shown.stages) + 2
        table = shown.to_frame()
        assert table.index.tolist() == list(shown.stages)
        assert table.loc["flow", "variables"].startswith("flow")
        facts = json.loads(json.dumps(shown.to_dict()))
        assert facts["stage"] == list(shown.stages)
        assert facts["repairs"] == list(shown.settings.repairs)
        # A study, its recording and every stage go to another process.
        again = pickle.loads(pickle.dumps(shown))
        assert repr(again) == repr(shown)
        np.testing.assert_array_equal(again.flow.flow, shown.flow.flow)
