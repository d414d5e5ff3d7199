"""Figure 10: information of the hidden layer about the target, and the error, during training."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import _curves
from infoscope.figures._captions import Facts, plain
from infoscope.figures._curves import HIDDEN_TARGET

NAME = "figure-10-hidden-target-information-and-error"

CAPTION = (
    """
Figure 10. I(h; y) and the error. I(h; y) goes {hidden_target_information:course}.
[not true_targets] The error must end at zero, for y is the network's own output.
[error_falls] {share_while_falling:share} of the total fall of the error happens while I(h; y)
falls, which is in {falling:share} of all steps.
[not error_falls] The error falls between no two snapshots.
"""
    + _curves.HELD_OUT
    + _curves.ABOUT_TARGET
    + _curves.CHECKS
)
CHANGE = """
The error ends at {error[last]:.2f} normalised units, {left:share} of its first value; as
published, against the network's own final output, it ends at {published[error][last]:.2f}.
"""


def facts(results: Results) -> Facts:
    """Return both courses, and the share of the error's fall while the information falls."""
    found = _curves.curve_facts(results, HIDDEN_TARGET)
    first = found["error"]["first"]
    left = found["error"]["last"] / first if first > 0.0 else None
    return plain(results, **found, left=left, **_falls(results))


def _falls(results: Results) -> dict[str, Any]:
    curve = _curves.followed(results, _curves.curve(results, HIDDEN_TARGET))
    falls = -np.diff(_curves.error_curve(results).reindex(curve["epoch"]).to_numpy())
    falling = np.diff(curve["bits"].to_numpy()) < 0.0
    whole = falls[falls > 0.0].sum()
    return {
        "error_falls": bool(whole > 0.0),
        "share_while_falling": float(falls[falling & (falls > 0.0)].sum() / whole)
        if whole > 0.0
        else None,
        "falling": float(falling.mean()) if len(falling) else None,
    }


def table(results: Results) -> pd.DataFrame:
    """Return the curves; published, also scaled."""
    return _curves.curve_table(results, HIDDEN_TARGET)


def draw(results: Results) -> Figure:
    """Draw the curves; published, also scaled."""
    return _curves.curve_figure(results, "Hidden layer and target", HIDDEN_TARGET)
