"""What must hold for each figure, published and corrected, also where hardly anything is there."""

import json
import re

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from infoscope.figures import overview
from infoscope.figures._captions import fill_change
from infoscope.figures._save import save
from infoscope.figures.files import (
    FIGURES,
    NOTHING,
    caption,
    changes,
    write_figures,
    write_overview,
)
from infoscope.plots.style import style

pytestmark = pytest.mark.filterwarnings("error")
_IDS = [figure.NAME for figure in FIGURES]
_RUNS = ["results", "bare_results", "corrected_results", "bare_corrected_results"]
_STARTS = {"figure": "Figure {}. ", "minor": "Minor result {}. ", "forecast": "Forecast"}


def is_plain(value: object) -> bool:
    """Whether JSON holds a value as it is: no types of numpy, no NaN."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(is_plain(item) for item in value)
    plain = value is None or type(value) in (bool, int, float, str)
    return plain and not (isinstance(value, float) and not np.isfinite(value))


def test_there_is_one_for_each_figure_of_the_paper_and_each_minor_result() -> None:
    numbered = [int(m[1]) for name in _IDS if (m := re.match(r"figure-(\d\d)-", name))]
    minor = [int(m[1]) for name in _IDS if (m := re.match(r"minor-(\d)-", name))]
    assert numbered == list(range(1, 14))
    assert minor == list(range(1, 10))
    assert len(set(_IDS)) == len(_IDS) == 13 + 9 + 1


@pytest.mark.parametrize("figure", FIGURES, ids=_IDS)
@pytest.mark.parametrize("run", _RUNS)
def test_facts_are_plain_and_fill_the_caption(
    figure, run, results, request: pytest.FixtureRequest
) -> None:
    found = request.getfixturevalue(run)
    facts = figure.facts(found)
    assert is_plain(facts)
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert facts["repairs"] == list(found.settings.repairs)
    said = caption(figure, found, facts)
    assert not re.search(r"\b(nan|inf|None|True|False)\b|[{}\[\]]", said), said
    assert "  " not in said
    assert said.endswith((".", ")."))
    kind, _, rest = figure.NAME.partition("-")
    assert said.startswith(_STARTS[kind].format(rest.partition("-")[0].lstrip("0")))


@pytest.mark.parametrize("figure", FIGURES, ids=_IDS)
@pytest.mark.parametrize("before", _RUNS[:2])
@pytest.mark.parametrize("after", _RUNS)
def test_one_sentence_says_what_changed(
    figure, before, after, request: pytest.FixtureRequest
) -> None:
    """Also where every flaw is kept, so that both sides are published ones."""
    facts = [figure.facts(request.getfixturevalue(run)) for run in (before, after)]
    said = fill_change(figure.CHANGE, *facts)
    assert not re.search(r"\b(nan|inf|None)\b|[{}\[\]]", said), said
    # No full stop but the last, outside of numbers.
    assert len(re.findall(r"\.(?!\d)", said)) == 1
    assert said.endswith(".")
    assert said[0].isupper() or said.startswith("I(")


@pytest.mark.parametrize("figure", FIGURES, ids=_IDS)
@pytest.mark.parametrize("run", _RUNS)
def test_draws_with_labels_and_nothing_cut_off(figure, run, request: pytest.FixtureRequest) -> None:
    with style():
        drawn = figure.draw(request.getfixturevalue(run))
        drawn.draw_without_rendering()
        box = drawn.get_tightbbox()
    assert isinstance(drawn, Figure)
    main = [axes for axes in drawn.axes if axes.get_label() != "<colorbar>"]
    assert any(text for axes in main for text in (axes.get_xlabel(), axes.get_ylabel()))
    width, height = drawn.get_size_inches()
    assert box.x0 >= -0.02, "the left is cut off"
    assert box.x1 <= width + 0.02, "the right is cut off"
    assert box.y0 >= -0.02, "the bottom is cut off"
    assert box.y1 <= height + 0.02, "the top is cut off"


@pytest.mark.parametrize("figure", FIGURES, ids=_IDS)
@pytest.mark.parametrize("run", ["results", "corrected_results"])
def test_table_has_rows_and_plain_columns(figure, run, request: pytest.FixtureRequest) -> None:
    table = figure.table(request.getfixturevalue(run))
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
            for figure in (FIGURES[1], FIGURES[2], FIGURES[10]):
                save(figure.draw(results), figure.table(results), tmp_path / folder, figure.NAME)
    first = {p.name: p.read_bytes() for p in (tmp_path / "a").iterdir()}
    assert len(first) == 9
    assert first == {p.name: p.read_bytes() for p in (tmp_path / "b").iterdir()}


def test_one_writer_serves_published_and_corrected_results(
    results, corrected_results, tmp_path, without_pictures
) -> None:
    before = write_figures(results, tmp_path)
    after = write_figures(corrected_results, tmp_path, mode="corrected")
    write_overview(results, corrected_results, tmp_path)
    for written in (before, after):
        assert list(written.facts) == list(written.captions) == _IDS
    names = [overview.NAME, *_IDS, *[f"{name}-corrected" for name in _IDS]]
    files = {f"{name}.{ending}" for name in names for ending in ("png", "svg", "csv")}
    assert {path.name for path in tmp_path.iterdir()} == files
    assert all(path.stat().st_size > 0 for path in tmp_path.iterdir())
    assert list(changes(before, after)) == _IDS
    assert changes(before, NOTHING) == changes(NOTHING, after) == {}
    back = pd.read_csv(tmp_path / "figure-05-input-against-target-information-all-neurons.csv")
    assert len(back) == len(results.flow.nodes)
    assert np.isfinite(back["input_information_bits"]).all()
