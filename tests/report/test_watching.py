"""Reports of watched trainings: from the folder alone, and with curves of the model at hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from infoscope import InputError
from infoscope._errors import DamagedError
from infoscope.cli import app
from infoscope.monitor.diagnosis import EARNED
from infoscope.monitor.watch import watch
from infoscope.report.document import Document
from infoscope.report.files import report_of_run
from monitor.watched import data, net, trained, update


def curve(document: Document, name: str) -> Any:
    assert document.learning is not None
    curves = document.learning.curves
    return curves[curves["curve"] == name].set_index("epoch")


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory):
    """A watch, the document before its report, and the document and the page after it."""
    root = tmp_path_factory.mktemp("watch") / "store"
    model = net(3)
    # Rows enough for the information of a layer.
    with watch(model, probe=data(150), path=root, every=2, progress=False) as watched:
        for step in range(1, 7):
            watched.step(loss=update(model, step))
    before = report_of_run(root)
    page = watched.report()
    return watched, before, report_of_run(root), page


def test_the_folder_alone_has_log_weights_and_overhead(reported) -> None:
    watched, before, _, _ = reported
    log = watched.to_frame().set_index("step")
    assert curve(before, "loss")["value"].to_dict() == pytest.approx(log["loss"].to_dict())
    norms = [
        np.sqrt(sum(float(t.double().square().sum()) for t in watched.state_dict(step).values()))
        for step in (0, 2, 4, 6)
    ]
    found = curve(before, "weight norm")["value"]
    assert found.to_dict() == pytest.approx(dict(zip((0, 2, 4, 6), norms, strict=True)))
    assert before.learning is not None
    assert len(before.learning.planes) == 0
    assert any("watch.report()" in sentence for sentence in before.undecided)
    session = json.loads((watched.path / "session.json").read_text(encoding="utf-8"))
    assert session["updates"] == 6
    assert session["overhead"] == pytest.approx(watched.overhead)
    assert any(f"{watched.overhead:.2%}" in finding.text for finding in before.findings)


def test_the_end_of_a_training_computes_no_curves(tmp_path: Path) -> None:
    watched, _ = trained(2, tmp_path / "store", every=1)
    assert watched._replayed == {}
    assert {path.name for path in watched.path.iterdir()} == {
        "watch.json", "log.jsonl", "snapshots", "session.json",
    }  # fmt: skip


def test_a_report_has_curves_with_gates_planes_and_diagnoses(reported) -> None:
    watched, _, after, page = reported
    curves = watched.curves()
    assert after.learning is not None
    assert after.learning.step == "update"
    shown = curve(after, "skill")
    assert shown["value"].to_dict() == pytest.approx(curves.data["skill"].to_series().to_dict())
    names = ("hidden_input_information", "hidden_target_information")
    planes = after.learning.planes
    assert set(planes["layer"]) == {"hidden", "output"}
    hidden = planes[planes["layer"] == "hidden"].set_index("epoch")
    for axis, name in zip("xy", names, strict=True):
        bits = curves.data[name].dropna("epoch").to_series()
        assert hidden[axis].to_dict() == pytest.approx(bits.to_dict())
    valid = np.logical_and(*(curves.valid[name].to_numpy() for name in names))
    kept = np.isin(curves.data["epoch"], hidden.index)
    assert hidden["valid"].tolist() == valid[kept].tolist()
    assert after.diagnoses is not None
    judged = watched.diagnose().table
    said = {True: "yes", False: "no", None: "not judged"}
    assert after.diagnoses["shows"].tolist() == [said[p] for p in judged["present"]]
    assert after.diagnoses["numbers and limits"].tolist() == judged["numbers"].tolist()
    assert page == watched.path / "report.html"


def test_the_command_rebuilds_the_page_without_the_model(reported, tmp_path: Path) -> None:
    page = reported[3]
    app(["report", str(page.parent), "--out", str(tmp_path / "again.html")], exit_on_error=False)
    again = (tmp_path / "again.html").read_text(encoding="utf-8")
    assert again == page.read_text(encoding="utf-8")


def test_a_diagnosis_that_earned_it_warns_with_its_numbers(tmp_path: Path) -> None:
    """The second input is constant (M15)."""
    model, (x, y) = net(), data()
    probe = (torch.stack([x[..., 0], torch.ones_like(x[..., 0])], -1), y)
    with watch(model, probe=probe, path=tmp_path / "store", every=1, progress=False) as watched:
        watched.step(loss=update(model, 1))
    watched.report(tmp_path / "page.html")
    document = report_of_run(watched.path)
    assert "M15" in EARNED
    (alarm,) = [w for w in document.warnings if "M15" in w.text]
    assert "activation.constant_inputs = 1" in alarm.advice
    present = set(watched.diagnose().present)
    assert len(document.warnings) == len(present & EARNED)
    for name in present - EARNED:
        assert any(f"({name})" in sentence for sentence in document.undecided)
    assert (tmp_path / "page.html").exists()


def test_curves_do_not_outlive_a_training_that_goes_on(tmp_path: Path) -> None:
    watched, model = trained(2, tmp_path / "store", every=1)
    watched.report()
    with watched:
        watched.step(loss=update(model, 3))
    document = report_of_run(watched.path)
    assert document.diagnoses is None
    assert any("watch.report()" in sentence for sentence in document.undecided)
    assert curve(document, "loss").index.tolist() == [1, 2, 3]


def test_a_temporary_store_needs_a_path() -> None:
    watched, _ = trained(1, every=1)
    with pytest.raises(InputError, match="path must be given"):
        watched.report()


def test_the_end_names_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, root = net(), tmp_path / "a store"
    with watch(model, probe=data(), path=root, every=1) as watched:
        watched.step(loss=update(model, 1))
    assert f"infoscope report '{root}'" in capsys.readouterr().err
    # The diagnosis that is made then anyway is on the page.
    assert report_of_run(root).diagnoses is not None


@pytest.mark.parametrize("name", ["session.json", "diagnoses.json", "curves.zarr/zarr.json"])
def test_damaged_parts_are_named(reported, tmp_path: Path, name: str) -> None:
    import shutil

    copy = tmp_path / "store"
    shutil.copytree(reported[0].path, copy)
    for text in ("{", "[1]"):
        (copy / name).write_text(text, encoding="utf-8")
        with pytest.raises(DamagedError, match=name.partition("/")[0]):
            report_of_run(copy)


def test_another_version_is_refused(reported, tmp_path: Path) -> None:
    path = tmp_path / "watch.json"
    held = json.loads((reported[0].path / "watch.json").read_text(encoding="utf-8"))
    path.write_text(json.dumps({**held, "version": 99}), encoding="utf-8")
    with pytest.raises(InputError, match="version 99"):
        report_of_run(tmp_path)
