"""Figure 13: the effective learning indicators of the paper, during training."""

import re

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import _curves
from infoscope.figures._captions import Facts, plain
from infoscope.figures._curves import COMPLEXITY, HIDDEN_INPUT, OUTPUT_INPUT

NAME = "figure-13-effective-learning-indicators"

CAPTION = (
    """
Figure 13. Indicators of learning. Over the snapshots, I(h; x) has the correlation
{with_complexity:.2f} with the TSE complexity and {with_output:.2f} with I(o; x).
[decoded] The levels of I(h; x) and I(o; x) are not comparable: the former is about the whole
history, with noise, the latter about the {day}'s input, without noise (figure 9).
[] The complexity goes {tse_complexity:course}.
[smoothed] It is the complexity of the hidden nodes with noise of {smoothed} standard deviations,
without which it would be infinite.
[negative] It becomes negative, which its definition forbids.
[not gaussian_complexity] The biases of nearest-neighbour entropies of different dimension do not
cancel (flaw 5), so its level has no meaning.
"""
    + _curves.CHECKS
)
CHANGE = """
The complexity goes from {tse_complexity[first]:.0f} to {tse_complexity[last]:.0f} bits, as
published from {published[tse_complexity][first]:.0f} to {published[tse_complexity][last]:.0f}; its
correlation with I(h; x) is {with_complexity:.2f}, as published {published[with_complexity]:.2f}.
"""
_QUANTITIES = (HIDDEN_INPUT, OUTPUT_INPUT, COMPLEXITY)


def facts(results: Results) -> Facts:
    """Return the courses, their correlations, and the sign of the complexity."""
    bits = _curves.followed(results, _curves.curve(results, COMPLEXITY))["bits"]
    gaussian = results.settings.gaussian_complexity
    sigma = re.search(r"sigma=([\d.]+)", str(results.planes.attrs.get("shared")))
    return plain(
        results,
        **_curves.curve_facts(results, *_QUANTITIES),
        with_complexity=_curves.between(results, HIDDEN_INPUT, COMPLEXITY),
        with_output=_curves.between(results, HIDDEN_INPUT, OUTPUT_INPUT),
        smoothed=sigma[1] if gaussian and sigma else None,
        negative=bool(bits.min() < 0.0),
    )


def table(results: Results) -> pd.DataFrame:
    """Return the curves; published, also scaled."""
    return _curves.curve_table(results, *_QUANTITIES)


def draw(results: Results) -> Figure:
    """Draw the curves; published, also scaled."""
    return _curves.curve_figure(results, "Indicators of learning", *_QUANTITIES)
