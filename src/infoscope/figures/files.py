"""Writes every figure of a run, with its data, and returns what is said of each."""

from pathlib import Path
from types import ModuleType
from typing import Any

from infoscope._progress import Progress
from infoscope.analysis.page import Shown
from infoscope.analysis.results import Results
from infoscope.figures import (
    corrected,
    figure_01_flow_graphs,
    figure_02_degrees,
    figure_03_degree_histograms,
    figure_04_rank_histograms,
    figure_05_all_neurons,
    figure_06_no_outputs,
    figure_07_entropy_normalised,
    figure_08_hidden_plane,
    figure_09_output_plane,
    figure_10_hidden_target,
    figure_11_output_target,
    figure_12_hidden_input,
    figure_13_indicators,
    forecast,
    minor_activation_change,
    minor_class_order,
    minor_delayed_graph,
    minor_gradient,
    minor_normalised_flow,
    minor_rank_information,
    minor_similarity,
    minor_subsets,
    minor_weighted_ranking,
    overview,
)
from infoscope.figures._style import save, style

FIGURES: tuple[ModuleType, ...] = (
    forecast,
    figure_01_flow_graphs,
    figure_02_degrees,
    figure_03_degree_histograms,
    figure_04_rank_histograms,
    figure_05_all_neurons,
    figure_06_no_outputs,
    figure_07_entropy_normalised,
    figure_08_hidden_plane,
    figure_09_output_plane,
    figure_10_hidden_target,
    figure_11_output_target,
    figure_12_hidden_input,
    figure_13_indicators,
    minor_delayed_graph,
    minor_weighted_ranking,
    minor_normalised_flow,
    minor_rank_information,
    minor_class_order,
    minor_similarity,
    minor_gradient,
    minor_activation_change,
    minor_subsets,
)
# The corrected figure of each published one, by the name of its file.
CORRECTED: dict[str, ModuleType] = {
    figure.NAME: corrected.FIGURES[figure.__name__.rpartition(".")[2]] for figure in FIGURES
}


def write_figures(results: Results, folder: Path, progress: bool = False) -> list[tuple[str, str]]:
    """Write each published figure as PNG and SVG, its data as CSV beside it.

    Parameters
    ----------
    results : Results
        What is drawn.
    folder : Path
        Where; made if it is not there.
    progress : bool
        Show progress on standard error.

    Returns
    -------
    list of (str, str)
        Name and caption of each figure, in the order of the paper.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    return _written(FIGURES, results, folder, progress)


def write_corrected_figures(
    results: Results,
    published: Results | None,
    folder: Path,
    progress: bool = False,
) -> list[Shown]:
    """Write each corrected figure, and say of each what changed.

    Where there are published results, some of them stand beside the corrected ones in one more
    picture (`overview`), which is not in what is returned.

    Parameters
    ----------
    results : Results
        What is drawn.
    published : Results, optional
        What it is compared with.
    folder : Path
        Where; made if it is not there.
    progress : bool
        Show progress on standard error.

    Returns
    -------
    list of Shown
        In the order of the paper.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    figures = tuple(CORRECTED.values())
    written = _written(figures, results, folder, progress)
    if published is not None:
        with style():
            pictures = overview.draw(published, results), overview.table(published, results)
            save(*pictures, folder, overview.NAME)
    changes = ["" if published is None else f.changed(published, results) for f in figures]
    return [
        Shown(published_name=name, name=written_name, caption=said, change=change)
        for name, (written_name, said), change in zip(CORRECTED, written, changes, strict=True)
    ]


def _written(
    figures: tuple[ModuleType, ...], results: Any, folder: Path, progress: bool
) -> list[tuple[str, str]]:
    captions = []
    with Progress(len(figures), "figures", progress) as bar, style():
        for figure in figures:
            save(figure.draw(results), figure.table(results), folder, figure.NAME)
            captions.append((figure.NAME, figure.caption(results)))
            bar.advance()
    return captions
