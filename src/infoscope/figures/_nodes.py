"""Shared by the figures of single nodes: their information about input and target."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from infoscope.analysis.results import Results
from infoscope.measures.statistics import informational_correlation

BITS = ["input_information_bits", "target_information_bits"]

# Estimators of the information, for captions.
ESTIMATED = """
[free_of_scale] Informations are lower bounds by a linear decoder, tested on other {days} than it
was fitted on, {rows} {rows_are} in all.
[not free_of_scale] Informations are nearest-neighbour estimates from {rows} {rows_are}.
"""


def node_table(results: Results) -> pd.DataFrame:
    """Return both informations and the entropy of every node, analysed snapshot, in bits."""
    table = results.nodes.to_frame().rename(
        columns={
            "unit": "node",
            "input_information": "input_information_bits",
            "target_information": "target_information_bits",
            "entropy": "entropy_bits",
        }
    )
    return table[["node", "role", *BITS, "entropy_bits"]]


def normalised_columns(results: Results) -> list[str]:
    """Return the column names of the normalised information about input and target."""
    kind = "normalised" if results.settings.repairs else "information_over_entropy"
    return [f"input_{kind}", f"target_{kind}"]


def with_normalised(results: Results, table: pd.DataFrame) -> pd.DataFrame:
    """Add both informations divided by the entropy or, corrected, as bounded coefficients."""
    for column, bits in zip(normalised_columns(results), BITS, strict=True):
        table[column] = (
            informational_correlation(table[bits].to_numpy(float))
            if results.settings.bounded_normalisation
            else table[bits] / table["entropy_bits"].replace(0.0, np.nan)
        )
    return table


def hidden_table(results: Results) -> pd.DataFrame:
    """Return the rows of the hidden nodes, with both informations normalised."""
    table = node_table(results)
    return with_normalised(results, table[table["role"] == "hidden"].reset_index(drop=True))


def label_axes(axes: Axes, results: Results) -> None:
    """Label the axes of the information plane."""
    day = results.study.replication.data_set.words.day
    axes.set_xlabel(f"I(node; x): information about the {day}'s input (bits)")
    axes.set_ylabel(f"I(node; y): information about {target_name(results)} (bits)")


def target_name(results: Results) -> str:
    """Return the variable y."""
    return "the true targets" if results.settings.true_targets else "the final outputs"


def rows_name(results: Results) -> str:
    """Return the kind of rows in the estimates."""
    settings = results.settings
    if not settings.in_blocks:
        return "rows"
    days = results.study.replication.data_set.words.days
    return f"held-out {days}" if settings.distinct_days else "held-out rows"


def estimate_facts(results: Results) -> dict[str, Any]:
    """Return the facts about the estimation of nodes' information."""
    ceiling = results.nodes.ceiling_bits
    return {
        "estimator": str(results.nodes.data.attrs["estimator"]),
        "rows": int(results.nodes.data.attrs["rows"]),
        "rows_are": rows_name(results),
        "target": target_name(results),
        "ceiling": ceiling if np.isfinite(ceiling) and not results.settings.repairs else None,
    }
