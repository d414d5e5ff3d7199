"""What must hold for each figure: it draws, says its finding, and hands over its data."""

import re

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from infoscope.figures._style import save, style
from infoscope.figures.files import FIGURES, write_figures

pytestmark = pytest.mark.filterwarnings("error")
_IDS = [figure.NAME for figure in FIGURES]


def test_there_is_one_for_each_figure_of_the_paper_and_each_minor_result() -> None:
    numbered = [int(m[1]) for name in _IDS if (m := re.match(r"figure-(\d\d)-", name))]
    minor = [int(m[1]) for name in _IDS if (m := re.match(r"minor-(\d)-", name))]
    assert numbered == list(range(1, 14))
    assert minor == list(range(1, 10))
    assert len(set(_IDS)) == len(_IDS) == 13 + 9 + 1


@pytest.mark.parametrize("figure", FIGURES, ids=_IDS)
@pytest.mark.parametrize("run", ["results", "bare_results"])
def test_draws_and_says_its_finding(figure, run, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(run)
    with style():
        drawn = figure.draw(found)
        drawn.canvas.draw()
    assert isinstance(drawn, Figure)
    main = [axes for axes in drawn.axes if axes.get_label() != "<colorbar>"]
    texts = [text for axes in main for text in (axes.get_xlabel(), axes.get_ylabel())]
    assert any(texts), "no axis says what it shows"
    said = figure.caption(found)
    assert not re.search(r"\b(nan|inf)\b", said), said
    assert re.search(r"\d", said)
    assert said.rstrip(")").endswith(".")
    kind, number = figure.NAME.split("-")[:2] if "-" in figure.NAME else ("forecast", "")
    start = {"figure": f"Figure {number.lstrip('0')}. ", "minor": f"Minor result {number}. "}
    assert said.startswith(start.get(kind, "Forecast"))


@pytest.mark.parametrize("figure", FIGURES, ids=_IDS)
def test_table_has_rows_and_plain_columns(figure, results) -> None:
    table = figure.table(results)
    assert len(table) > 0
    assert all(isinstance(name, str) for name in table.columns)
    assert isinstance(table.index, pd.RangeIndex) or table.index.is_unique


def test_style_of_the_user_is_untouched(results) -> None:
    before = dict(mpl.rcParams)
    with style():
        FIGURES[0].draw(results)
    assert dict(mpl.rcParams) == before


def test_files_are_the_same_bytes_each_time(results, tmp_path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        with style():
            for figure in FIGURES[1:3]:
                save(figure.draw(results), figure.table(results), tmp_path / folder, figure.NAME)
    first = {p.name: p.read_bytes() for p in (tmp_path / "a").iterdir()}
    assert len(first) == 6
    assert first == {p.name: p.read_bytes() for p in (tmp_path / "b").iterdir()}


def test_write_figures_leaves_three_files_each_and_returns_the_captions(
    results, tmp_path, without_pictures
) -> None:
    captions = write_figures(results, tmp_path / "figures")
    assert [name for name, _ in captions] == _IDS
    for name in _IDS:
        for ending in ("png", "svg", "csv"):
            assert (tmp_path / "figures" / f"{name}.{ending}").stat().st_size > 0
    back = pd.read_csv(tmp_path / "figures" / "figure-05-input-against-target-information-all-"
                       "neurons.csv")  # fmt: skip
    assert len(back) == len(results.flow.nodes)
    assert np.isfinite(back["input_information_bits"]).all()
