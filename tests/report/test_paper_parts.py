"""Ladder and claims on the page of a replication, or the commands that add them."""

import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infoscope.analysis.settings import Settings
from infoscope.figures.ladder import cells
from infoscope.report.document import Absent, Document
from infoscope.report.files import report_of_run
from infoscope.report.methods import bibtex_of, methods_of
from infoscope.report.networks import network_view
from infoscope.report.page import render
from infoscope.report.paper_parts import paper_parts

ENDS = ("hidden_input_information", "hidden_target_information", "tse_complexity", "error")
PNG = b"\x89PNG\r\n\x1a\n"


def write_ladder(root: Path) -> None:
    row = {"graph": "0.3 bits", "edges": 140, "degree_correlation": -0.46234, "kendall_tau": 0.69,
           "plane_correlation": 0.37, "test_error": 3.857}  # fmt: skip
    row |= {f"{name}_{end}": value for name in ENDS for end, value in (("first", 0.1), ("last", 2))}
    rows = [{"flaw": flaw, "repairs": f"repair {flaw}", **row} for flaw in range(3)]
    (root / "figures").mkdir(parents=True)
    pd.DataFrame(rows).to_csv(root / "figures" / "ladder.csv", index=False)
    (root / "figures" / "ladder.png").write_bytes(PNG)


def write_claims(root: Path) -> None:
    root.mkdir(parents=True)
    row = {"claim": "C1", "title": "t", "mode": "corrected", "verdict": "refuted"}
    pd.DataFrame([row]).to_csv(root / "claims.csv", index=False)
    (root / "claims-graphs.png").write_bytes(PNG)


def test_a_folder_has_its_ladder_and_its_claims(tmp_path: Path) -> None:
    write_ladder(tmp_path)
    write_claims(tmp_path / "claims")
    found = paper_parts(tmp_path, Settings(), "")
    assert found.absent == ()
    assert found.ladder is not None
    assert found.ladder["repairs added"].tolist() == [f"repair {flaw}" for flaw in range(3)]
    assert found.ladder["degree correlation"].tolist() == ["-0.462"] * 3
    assert found.ladder["error"].tolist() == ["0.1 → 2"] * 3
    assert found.claims is not None
    assert found.claims["verdict"].tolist() == ["refuted"]
    assert [picture.name for picture in found.pictures] == ["ladder", "claims-graphs"]


@pytest.mark.parametrize(
    ("command", "ladder"),
    [
        ("", "infoscope replicate"),
        (".venv/bin/infoscope replicate --seed 1", ".venv/bin/infoscope replicate --seed 1"),
        ("python -m infoscope replicate", "python -m infoscope replicate"),
        ("infoscope replicate --epochs 20 --out x", "infoscope replicate --epochs 20"),
        (
            "infoscope replicate --mode=both --keep-flaws no_noise --k 3",
            "infoscope replicate --k 3",
        ),
    ],
)
def test_what_a_folder_lacks_has_its_command(tmp_path: Path, command: str, ladder: str) -> None:
    root = tmp_path / "a run"
    claims, steps = (part.command for part in paper_parts(root, Settings(), command).absent)
    assert shlex.split(steps) == [
        *ladder.split(), "--mode", "ladder", "--out", str(root), "--resume",
    ]  # fmt: skip
    first, again = claims.split(" && ")
    program = ladder.split(" replicate")[0].split()
    assert shlex.split(first) == [*program, "claims", "--out", str(root / "claims")]
    assert shlex.split(again) == [*program, "report", str(root)]


def test_only_what_the_data_allow_is_offered(tmp_path: Path) -> None:
    (of_task,) = paper_parts(tmp_path, Settings.of("flip-flop"), "").absent
    assert "--task flip-flop" in of_task.command
    own = Settings.of(str(tmp_path / "days.csv"), targets=("high",))
    (of_table,) = paper_parts(tmp_path, own, "").absent
    assert "--mode ladder" in of_table.command


def test_the_page_shows_a_command_as_text() -> None:
    part = Absent("Nothing here.", "infoscope claims --out 'a<b'")
    page = render(Document("t", absent=(part,)))
    assert "infoscope claims --out &#39;a&lt;b&#39;" in page
    assert 'id="paper"' in page
    assert 'id="paper"' not in render(Document("t"))


def test_a_run_of_the_ladder_alone_is_reported(tmp_path: Path) -> None:
    write_ladder(tmp_path)
    (tmp_path / "config.toml").write_text(Settings().to_toml(), encoding="utf-8")
    document = report_of_run(tmp_path)
    written = pd.read_csv(tmp_path / "figures" / "ladder.csv")
    pd.testing.assert_frame_equal(document.ladder, cells(written))
    assert document.networks == ()
    assert "repair 2" in render(document)


def test_flow_by_both_estimators_is_shown_and_cited(results, corrected_results) -> None:
    views = {view.measure: view for view in network_view("n", corrected_results).measures}
    assert next(iter(views)) == "flow"
    assert views["reference_flow"].p is None
    for name, flow in (
        ("flow", corrected_results.flow), ("reference_flow", corrected_results.reference),
    ):  # fmt: skip
        np.testing.assert_array_equal(views[name].values, flow.flow)
    works = ("ince2017", "kraskov2004")
    assert [work in bibtex_of(corrected_results) for work in works] == [True, True]
    assert [work in bibtex_of(results) for work in works] == [False, True]
    assert f"{corrected_results.agreement():.2f}" in methods_of(corrected_results)
