"""The figures of the corrected pipeline, each under the name of the published one it answers.

Each is a file with ``NAME``, ``table``, ``draw``, ``caption`` and ``changed``, one sentence on
what is different from the published figure.
"""

from types import ModuleType

from infoscope.figures.corrected import (
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
)

FIGURES: dict[str, ModuleType] = {
    figure.__name__.rpartition(".")[2]: figure
    for figure in (
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
}
