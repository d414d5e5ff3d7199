"""The commands analyze and report: a file becomes a folder with numbers, pictures and a page."""

import json

import numpy as np
import pandas as pd
import pytest

from infoscope import InputError
from infoscope.cli import app
from infoscope.report.files import report_of_run

OPTIONS = ["--surrogates", "39", "--estimator", "copula"]


def infoscope(*arguments: object) -> None:
    app(list(map(str, arguments)), exit_on_error=False, print_error=False)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    root = tmp_path_factory.mktemp("analyze")
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(600, 3)), columns=["<b>a", "b,'\"", "c\n"])
    table.iloc[1:, 1] += 2.0 * table.iloc[:-1, 0].to_numpy()
    table.to_csv(root / "table.csv", index=False)
    infoscope("analyze", root / "table.csv", "--out", root / "run", *OPTIONS)
    return root / "run"


def test_a_file_becomes_a_folder(run) -> None:
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    assert summary["graph"]["FWER 5%"]["edges"] == 1
    assert summary["rows"] == 599
    edges = pd.read_csv(run / "tables" / "edges.csv")
    assert edges["significant"].sum() == summary["graph"]["FDR 10%"]["edges"]
    for name in ("flow", "edges", "ranks"):
        assert (run / "figures" / f"{name}.png").stat().st_size > 1000
    assert (run / "graphs" / "main.graphml").exists()


def test_names_are_escaped_in_the_page(run) -> None:
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "<b>a" not in page
    assert "\\u003cb\\u003ea" in page


def test_the_page_is_rebuilt_from_the_folder(run, tmp_path) -> None:
    before = (run / "report.html").read_text(encoding="utf-8")
    infoscope("report", run, "--out", tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == before


def test_an_incomplete_folder_shows_what_it_has(run, tmp_path) -> None:
    """Without its surrogates the flow is not tested, and the page says what is missing."""
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    shutil.rmtree(copy / "estimates.zarr" / "null-circular-shift")
    document = report_of_run(copy)
    assert any("null-circular-shift" in sentence for sentence in document.undecided)
    views = {view.measure: view for view in document.networks[0].measures}
    assert views["flow"].levels == ()
    assert len(views["full_conditional"].levels) == 2  # its test needs no surrogates


def test_a_plan_writes_nothing(run, tmp_path, capsys) -> None:
    groups = ["--groups", "blocks"]
    infoscope(
        "analyze", run / "recording.zarr", "--out", tmp_path / "no", "--dry-run", *OPTIONS, *groups
    )
    assert not (tmp_path / "no").exists()
    assert "6 pairs" in capsys.readouterr().out


def test_groups_may_be_named_inline(run, tmp_path) -> None:
    """The second column follows the first, so that flow leads from the group of the first."""
    words = ["--groups", "first=1,rest=2-3", "--out", tmp_path / "run"]
    infoscope("analyze", run / "recording.zarr", *OPTIONS, *words)
    views = report_of_run(tmp_path / "run").networks
    assert [view.name for view in views] == ["nodes", "groups"]
    assert list(views[1].nodes.index) == ["first", "rest"]
    edges = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    assert edges["groups"]["graph"]["FDR 10%"]["edges"] == 1


def test_a_folder_that_is_no_run_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match="run must be"):
        report_of_run(tmp_path)


def test_other_settings_do_not_resume(run) -> None:
    with pytest.raises(InputError, match="surrogates"):
        infoscope("analyze", run / "recording.zarr", "--out", run, "--resume")
