"""Figure 8: path of the hidden layer through the information plane during training."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import _curves
from infoscope.figures._captions import Facts, plain
from infoscope.figures._curves import HIDDEN_ABSOLUTE, HIDDEN_INPUT, HIDDEN_TARGET
from infoscope.figures._planes import as_published, path_figure, path_of, plane_table
from infoscope.learning.phases import compression, turns

NAME = "figure-08-hidden-layer-during-training"

CAPTION = (
    """
Figure 8. The hidden layer in the information plane. I(h; x) goes
{hidden_input_information:course}.
[decoded] Its upper bound goes from {upper[first]:.2f} to {upper[last]:.2f} bits. With noise of
{noise:g} in the unit of the activations, I(h; x) goes {hidden_input_absolute:course}.
[compression] Fall of I(h; x) after its maximum: {compression[relative]} with noise in standard
deviations, {compression[absolute]} with fixed noise. A fall counts if it exceeds 5% of the rise
with 95% confidence.
[] I(h; y) goes {hidden_target_information:course}. Its number of turns by more than {least_turn}
bits is {turns}.
[not free_of_scale] I(h; x) follows the size of the activations (flaw 4).
"""
    + _curves.ABOUT_INPUT
    + _curves.ABOUT_TARGET
    + _curves.CHECKS
)
CHANGE = """
From the first to the last snapshot I(h; x) changes by {published[rise]:.2f} bits as published and
by {rise:.2f} bits corrected, while the spread of the activations grows by a factor of
{growth:.0f}.
"""
# Smallest turn of I(h; y) that counts, in bits: about the standard error of an estimate.
_LEAST_TURN = 0.05


def facts(results: Results) -> Facts:
    """Return the courses of both informations, and whether I(h; x) falls after its maximum."""
    quantities = HIDDEN_INPUT, HIDDEN_ABSOLUTE, HIDDEN_TARGET
    about_input = _curves.curve(results, HIDDEN_INPUT)["bits"].to_numpy(float)
    about_target = _curves.followed(results, _curves.curve(results, HIDDEN_TARGET))
    spread = results.curves["spread"].isel(part=-1).to_numpy()
    found = _curves.curve_facts(results, *quantities)
    return plain(
        results,
        **found,
        rise=about_input[-1] - about_input[0],
        growth=float(spread[-1] / spread[0]) if spread[0] > 0.0 else None,
        turns=turns(about_target["bits"].to_numpy(float), _LEAST_TURN),
        least_turn=_LEAST_TURN,
        **(_bounds(results) if found["decoded"] else {}),
    )


def _bounds(results: Results) -> dict[str, Any]:
    """Return the upper bound, and the kinds of noise with which I(h; x) falls after its maximum."""
    planes, sigma = results.planes, max(results.settings.noise)
    upper = planes["probe_upper"].sel(sigma=sigma, policy="relative").to_numpy()
    found: dict[str, Any] = {"upper": {"first": float(upper[0]), "last": float(upper[-1])}}
    if "probe_lower_replicates" in planes:
        curve, replicates = planes["probe_lower"], planes["probe_lower_replicates"]
        falls = compression(curve.sel(sigma=sigma), replicates.sel(sigma=sigma))["compresses"]
        found["compression"] = {
            policy: bool(falls.sel(policy=policy)) for policy in ("relative", "absolute")
        }
    return found


def table(results: Results) -> pd.DataFrame:
    """Return the informations of the hidden layer; published, in bits and scaled."""
    if results.settings.repairs:
        return _curves.curve_table(results, HIDDEN_INPUT, HIDDEN_ABSOLUTE, HIDDEN_TARGET)
    return plane_table(path_of(results, "", HIDDEN_INPUT, HIDDEN_TARGET))


def draw(results: Results) -> Figure:
    """Draw the path in bits; published also scaled, repaired also with fixed noise."""
    path = path_of(results, "Hidden layer", HIDDEN_INPUT, HIDDEN_TARGET)
    if not results.settings.repairs:
        return path_figure(results, [[as_published(path), path]], ceiling=True)
    paths = [path]
    if _curves.known(results, HIDDEN_ABSOLUTE):
        sigma = max(results.settings.noise)
        paths = [
            path_of(
                results, f"noise of {sigma:g} standard deviations", HIDDEN_INPUT, HIDDEN_TARGET
            ),
            path_of(results, f"fixed noise of {sigma:g}", HIDDEN_ABSOLUTE, HIDDEN_TARGET),
        ]
    return path_figure(results, [paths])
