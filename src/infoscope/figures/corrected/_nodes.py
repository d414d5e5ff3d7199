"""What the corrected figures 5 to 7 share: nodes by what a decoder finds in them."""

import numpy as np
import pandas as pd

from infoscope.analysis.results import Results
from infoscope.figures.corrected._graphs import rows_are
from infoscope.measures.statistics import informational_correlation


def node_table(results: Results) -> pd.DataFrame:
    """Return both informations of every hidden and output node, last snapshot, in bits."""
    table = results.nodes.to_frame().rename(
        columns={
            "unit": "node",
            "input_information": "input_information_bits",
            "target_information": "target_information_bits",
            "entropy": "entropy_bits",
        }
    )
    table = table[["node", "role", "input_information_bits", "target_information_bits",
                   "entropy_bits"]]  # fmt: skip
    for about in ("input", "target"):
        bits = table[f"{about}_information_bits"]
        table[f"{about}_normalised"] = (
            informational_correlation(bits.to_numpy(float))
            if results.settings.bounded_normalisation
            else bits / table["entropy_bits"].replace(0.0, np.nan)
        )
    return table


def hidden_table(results: Results) -> pd.DataFrame:
    """Return the rows of the hidden nodes."""
    table = node_table(results)
    return table[table["role"] == "hidden"].reset_index(drop=True)


def labels(results: Results) -> tuple[str, str]:
    """Return the names of the two axes, in bits."""
    target = "the next day's targets" if results.settings.true_targets else "the final outputs"
    return "I(node; x): about the day's input (bits)", f"I(node; y): about {target} (bits)"


def estimated_by(results: Results) -> str:
    """Say how the informations were estimated."""
    rows = results.nodes.data.attrs["rows"]
    if results.settings.free_of_scale:
        return (
            "what a linear decoder finds, tested on other days than it was fitted on; "
            f"{rows} {rows_are(results)}"
        )
    return f"nearest neighbours of unscaled values, {rows} {rows_are(results)}"
