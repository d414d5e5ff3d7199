"""Write every figure of a run with its data, and return facts and captions."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

from infoscope._progress import Progress
from infoscope.analysis.results import Results
from infoscope.figures import overview
from infoscope.figures._captions import Facts, fill, fill_change
from infoscope.figures._save import save
from infoscope.plots.style import style

# In the order of the paper.
_MODULES = (
    "forecast",
    "figure_01_flow_graphs",
    "figure_02_degrees",
    "figure_03_degree_histograms",
    "figure_04_rank_histograms",
    "figure_05_all_neurons",
    "figure_06_no_outputs",
    "figure_07_entropy_normalised",
    "figure_08_hidden_plane",
    "figure_09_output_plane",
    "figure_10_hidden_target",
    "figure_11_output_target",
    "figure_12_hidden_input",
    "figure_13_indicators",
    "minor_delayed_graph",
    "minor_weighted_ranking",
    "minor_normalised_flow",
    "minor_rank_information",
    "minor_class_order",
    "minor_similarity",
    "minor_gradient",
    "minor_activation_change",
    "minor_subsets",
)
FIGURES: tuple[ModuleType, ...] = tuple(
    import_module(f"infoscope.figures.{name}") for name in _MODULES
)
# Mode → suffix of file names.
SUFFIXES: Mapping[str, str] = {"published": "", "corrected": "-corrected"}


@dataclass(frozen=True)
class Written:
    """The figures of one analysis.

    Parameters
    ----------
    facts : mapping of str to dict
        Name of the figure → its facts.
    captions : mapping of str to str
        Name of the figure → its caption.
    """

    facts: Mapping[str, Facts]
    captions: Mapping[str, str]


NOTHING = Written({}, {})


def write_figures(
    results: Results, folder: Path, *, mode: str = "published", progress: bool = False
) -> Written:
    """Write each figure as PNG and SVG, with its data as CSV.

    Parameters
    ----------
    results : Results
        The analysis.
    folder : Path
        Made if missing.
    mode : {"published", "corrected"}
        Names of corrected figures end with "-corrected".
    progress : bool
        Show progress on standard error.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    facts: dict[str, Facts] = {}
    with Progress(len(FIGURES), "figures", progress) as bar, style():
        for figure in FIGURES:
            facts[figure.NAME] = figure.facts(results)
            name = f"{figure.NAME}{SUFFIXES[mode]}"
            save(figure.draw(results), figure.table(results), folder, name)
            bar.advance()
    captions = {each.NAME: caption(each, results, facts[each.NAME]) for each in FIGURES}
    return Written(facts, captions)


def caption(figure: ModuleType, results: Results, facts: Facts) -> str:
    """Return the caption of a figure, in the words of the data set."""
    return fill(figure.CAPTION, {**vars(results.study.replication.data_set.words), **facts})


def write_overview(published: Results, corrected: Results, folder: Path) -> None:
    """Write published and corrected results in one figure.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    with style():
        table = overview.table(published, corrected)
        save(overview.draw(published, corrected), table, folder, overview.NAME)


def changes(published: Written, corrected: Written) -> dict[str, str]:
    """Return name of the figure → one sentence on the change, for figures of both modes."""
    before, after = published.facts, corrected.facts
    return {
        figure.NAME: fill_change(figure.CHANGE, before[figure.NAME], after[figure.NAME])
        for figure in FIGURES
        if figure.NAME in before and figure.NAME in after
    }
