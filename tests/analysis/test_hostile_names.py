"""Names of columns that mean something to a page, a picture or a sheet, in a whole run."""

import csv
import json
import re
import warnings
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from conftest import CORRECTED
from infoscope._escaping import markdown, printable, table_row
from infoscope.analysis.stages import planes
from infoscope.analysis.written.tables import without_formulas
from infoscope.figures._save import save
from infoscope.plots.labels import name_label
from infoscope.plots.style import new_figure, style

_TARGETS = ("<script>alert(1)</script> $x_{1$", "ctl\x01a|b", "=cmd|'/c calc'!A0\n$")
_INPUTS = (
    "cost $x^2$",
    "cost $x_{1$",
    "気温",
    "👩‍👧 sunny",
    "מזג אוויר\u202e",
    "![image](javascript:alert(1))",
    "\\textbf{x} `code` _em_ &amp;",
    "long " * 60,
    "+1",
    "@sum",
)
NAMES = (*_TARGETS, *_INPUTS)
# The pictures with names of columns in them; the others' are left out, for they take long.
_NAMED = ("forecast", "figure-01", "figure-05", "figure-09")


def _hostile_table(path: Path, days: int) -> Path:
    random = np.random.default_rng(0)
    season = np.sin(np.arange(days) / 9.0)
    columns = {name: season + random.normal(size=days) for name in NAMES}
    table = pd.DataFrame({"date": pd.date_range("2020-01-01", periods=days), **columns})
    table.loc[3, _INPUTS[0]] = np.nan  # its name comes into a note
    table.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory) -> Path:
    """The folder of a run of both modes, warnings being errors, with small pictures."""
    from infoscope.analysis.pipeline import run_analysis
    from infoscope.analysis.settings import Settings
    from infoscope.analysis.study_data.load import load_data
    from infoscope.paper.replication import write_replication
    from infoscope.runs.run_folder import RunFolder

    root = tmp_path_factory.mktemp("hostile")
    data = str(_hostile_table(root / "weather.csv", days=200))
    common = {"data": data, "targets": _TARGETS, "start": "", "end": "", "hidden_nodes": 6}
    settings = Settings(**common, epochs=20, k=3, subsets=1, plane_rows=50)
    repaired = Settings(**common).corrected(**(CORRECTED | {"significant_edges": False}))
    run = RunFolder.begin(root / "run", settings, False)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("error")
        patch.setattr(Figure, "savefig", _named_ones(Figure.savefig))
        patch.setattr(planes, "SUBSET_NUMBERS", (1, 2, 3))
        published = run_analysis(run, load_data(settings), progress=False)
        within = run.part("corrected", repaired)
        corrected = run_analysis(within, load_data(repaired), progress=False)
        write_replication(run, published, corrected)
    return run.root


def _named_ones(draw):
    def savefig(figure: Figure, path: Path, **options) -> None:
        # The file has a passing name before its own.
        if path.suffix == ".svg" and path.name.split("-", 2)[2].startswith(_NAMED):
            draw(figure, path, **options)
        else:
            path.write_text("a picture")

    return savefig


def _cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line)[1:-1]


def test_the_page_has_no_markup_but_its_own(hostile_run) -> None:
    page = (hostile_run / "summary.md").read_text(encoding="utf-8")
    assert "script" in page
    assert not re.search(r"<[a-zA-Z/!]", page)
    assert not re.search(r"(?<!\\)\$", page)
    links = re.findall(r"!?(?<!\\)\[[^\]]*\]\([^)]*\)", page)
    assert all(re.fullmatch(r"!\[[\w-]+\]\(figures/[\w-]+\.png\)", link) for link in links)
    assert all(character.isprintable() or character in "\n\u200d" for character in page)
    for name in _TARGETS:
        assert markdown(f"mae_{name}") in page


def test_tables_of_the_page_keep_their_columns(hostile_run) -> None:
    page = (hostile_run / "summary.md").read_text(encoding="utf-8")
    tables = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)
    assert len(tables) > 5
    for table in tables:
        lines = table.splitlines()
        assert {len(_cells(line)) for line in lines} == {len(_cells(lines[0]))}, lines[0]
    # A name with a line end would otherwise end its table, or its caption.
    assert all(re.match(r"\|[-|]+\|$", table.splitlines()[1]) for table in tables)


def test_numbers_side_by_side_name_their_threshold_and_epochs(hostile_run) -> None:
    summary = json.loads((hostile_run / "summary.json").read_text(encoding="utf-8"))
    page = (hostile_run / "summary.md").read_text(encoding="utf-8")
    cells = [[cell.strip() for cell in _cells(line)] for line in page.splitlines()]
    rows = {row[0]: row[1:] for row in cells if len(row) == 3}
    lowest = min(summary["graph"], key=float)
    main, graph = list(summary["corrected"]["graph"].items())[-1]
    assert rows["edges"] == [
        f"{summary['graph'][lowest]['edges']} (above {lowest} bits)",
        f"{graph['edges']} ({main})",
    ]
    for mode, cell in zip(
        (summary, summary["corrected"]), rows["error, first and last"], strict=True
    ):
        assert f"epoch {mode['training']['error']['first_epoch']} on" in cell
    assert f"the analysed epoch, {summary['corrected']['analysed_epoch']} in" in page


def test_every_picture_is_well_formed_and_shows_names_as_they_are(hostile_run) -> None:
    every = (hostile_run / "figures").glob("*.svg")
    pictures = sorted(path for path in every if path.name.startswith(_NAMED))
    assert len(pictures) == 2 * len(_NAMED)
    shown = {path.stem: "".join(ElementTree.parse(path).getroot().itertext()) for path in pictures}
    for name in _TARGETS:
        assert printable(name) in shown["forecast"], name
    graph = shown["figure-01-information-flow-graphs"]
    assert "cost $x^2$" in graph
    assert "気温" in graph
    assert "long long long lo…" in graph


def test_tables_hold_no_formula_and_every_number(hostile_run) -> None:
    files = [*(hostile_run / "tables").glob("*.csv"), *(hostile_run / "figures").glob("*.csv")]
    assert len(files) > 50
    for path in files:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        for cell in (cell for row in rows for cell in row):
            if cell.startswith(("=", "+", "-", "@")):
                assert np.isfinite(float(cell)), (path.name, cell)
    errors = pd.read_csv(hostile_run / "tables" / "forecast.csv")
    assert list(errors.columns) == [
        "model", "split", *["'" * name.startswith("=") + name for name in _TARGETS],
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_markdown_shows_the_name_itself(name: str) -> None:
    """Undone by what CommonMark says of backslashes and entities, the name is there again."""
    line = markdown(name)
    assert "\n" not in line
    without = re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", line)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        without = without.replace(entity, character)
    assert without == printable(name).strip()
    assert len(_cells(table_row([name, name]))) == 2


def test_beginnings_of_lines_make_no_blocks() -> None:
    assert markdown("# a") == "\\# a"
    assert markdown("1. a") == "1\\. a"
    assert markdown("- a") == "\\- a"
    assert markdown("+ a") == "\\+ a"
    assert [markdown(number) for number in ("-0.781", "+.5", "4.64")] == ["-0.781", "+.5", "4.64"]
    assert markdown("temp_max 2") == "temp_max 2"
    assert markdown("_a_ b") == "\\_a\\_ b"


@pytest.mark.parametrize("name", NAMES)
def test_a_label_is_drawn_as_text(name: str, tmp_path: Path) -> None:
    with warnings.catch_warnings(), mpl.rc_context({"text.usetex": True}):
        warnings.simplefilter("error")
        with style():
            figure = new_figure(3.0, 2.0)
            figure.subplots().set_title(name_label(name))
            save(figure, pd.DataFrame({"name": [name]}), tmp_path, "figure")
    text = "".join(ElementTree.parse(tmp_path / "figure.svg").getroot().itertext())
    expected = printable(name)
    assert (expected if len(expected) <= 40 else expected[:39] + "…") in text
    assert (tmp_path / "figure.png").stat().st_size > 0


def test_numbers_in_a_sheet_stay_numbers() -> None:
    table = pd.DataFrame({"name": ["=1", " +2", "\t@x", "plain", None], "bits": [-1.0, 2, 3, 4, 5]})
    safe = without_formulas(table)
    assert safe["name"].tolist()[:4] == ["'=1", "' +2", "'\t@x", "plain"]
    assert safe["name"].isna().tolist() == [False] * 4 + [True]
    np.testing.assert_array_equal(safe["bits"], table["bits"])
    assert table["name"][0] == "=1"  # the table given is untouched
