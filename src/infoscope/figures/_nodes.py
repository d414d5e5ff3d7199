"""What figures 5 to 7 share: nodes by their information about input and target."""

import numpy as np
import pandas as pd

from infoscope.analysis.results import Results

INPUT_LABEL = "I(node; x): information about the whole input (bits)"
TARGET_LABEL = "I(node; y): information about the final outputs (bits)"


def node_table(results: Results) -> pd.DataFrame:
    """Return both informations and the entropy of every node, of the last snapshot, in bits."""
    table = results.nodes.to_frame()
    return table.rename(
        columns={
            "unit": "node",
            "input_information": "input_information_bits",
            "target_information": "target_information_bits",
            "entropy": "entropy_bits",
        }
    )[["node", "role", "input_information_bits", "target_information_bits", "entropy_bits"]]


def hidden_table(results: Results) -> pd.DataFrame:
    """Return the rows of the hidden nodes, with both informations over the entropy."""
    table = node_table(results)
    table = table[table["role"] == "hidden"].reset_index(drop=True)
    for about in ("input", "target"):
        ratio = table[f"{about}_information_bits"] / table["entropy_bits"].replace(0.0, np.nan)
        table[f"{about}_information_over_entropy"] = ratio
    return table
