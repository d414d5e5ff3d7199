"""Figure 12: information of the hidden layer about the input, and the error, during training."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import _curves
from infoscope.figures._captions import Facts, plain
from infoscope.figures._curves import HIDDEN_ABSOLUTE, HIDDEN_INPUT, Quantity
from infoscope.learning.phases import half_way_epoch

NAME = "figure-12-hidden-input-information-and-error"

CAPTION = (
    """
Figure 12. I(h; x) and the error. I(h; x) goes {hidden_input_information:course}, and stays past
half of its way from epoch {half_way:.0f} on.
[half_way_absolute] With noise of {noise:g} in the unit of the activations it goes
{hidden_input_absolute:course}, and stays past half of its way from epoch {half_way_absolute:.0f}
on.
[] The error stays past half of its way to its minimum from epoch {half_way_error:.0f} on.
[not free_of_scale] The max norm over unscaled activations makes I(h; x) follow their scale, which
grows in training even without learning (flaw 4).
"""
    + _curves.HELD_OUT
    + _curves.ABOUT_INPUT
    + _curves.CHECKS
)
CHANGE = """
As published, I(h; x) is half way by epoch {published[half_way]:.0f} and the error by epoch
{published[half_way_error]:.0f}; corrected, by epoch {half_way:.0f} and epoch {half_way_error:.0f},
so {lead}.
"""


def facts(results: Results) -> Facts:
    """Return the courses, and the half-way epoch of each curve."""
    error = _curves.error_curve(results).reindex(results.planes["epoch"].to_numpy())
    error = error[error.index > 0] if not results.settings.repairs else error
    falling = error.loc[: error.idxmin()]
    information = _half_way(results, HIDDEN_INPUT)
    half_way_error = half_way_epoch(falling.index.to_numpy(), falling.to_numpy())
    return plain(
        results,
        **_curves.curve_facts(results, HIDDEN_INPUT, HIDDEN_ABSOLUTE),
        half_way=information,
        half_way_absolute=_half_way(results, HIDDEN_ABSOLUTE)
        if _curves.known(results, HIDDEN_ABSOLUTE)
        else None,
        half_way_error=half_way_error,
        lead=_lead(information, half_way_error),
    )


def _half_way(results: Results, quantity: Quantity) -> float:
    curve = _curves.followed(results, _curves.curve(results, quantity))
    return half_way_epoch(curve["epoch"].to_numpy(), curve["bits"].to_numpy())


def _lead(information: float, error: float) -> str:
    """Return whether information or error changes first."""
    if information < error:
        return "the information comes first"
    if information > error:
        return "the information comes last and predicts nothing"
    return "neither leads"


def table(results: Results) -> pd.DataFrame:
    """Return the curves; published, also scaled."""
    return _curves.curve_table(results, HIDDEN_INPUT, HIDDEN_ABSOLUTE)


def draw(results: Results) -> Figure:
    """Draw the curves; published, also scaled."""
    title = "Hidden layer and input"
    return _curves.curve_figure(results, title, HIDDEN_INPUT, HIDDEN_ABSOLUTE)
