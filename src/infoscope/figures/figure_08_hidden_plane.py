"""Figure 8: the hidden layer's path through the information plane during training."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._curves import HIDDEN_INPUT, HIDDEN_TARGET, change, course, published
from infoscope.figures._planes import layer_plane, plane_table
from infoscope.figures._style import new_figure
from infoscope.learning.phases import turns

NAME = "figure-08-hidden-layer-during-training"

# A turn of I(h; y) counts if it is larger than this, in bits: about the scatter of an estimate.
_LEAST_TURN = 0.05


def table(results: Results) -> pd.DataFrame:
    """Return both informations of the hidden layer in every snapshot, in bits and scaled."""
    return plane_table(results.indicators.to_frame(), HIDDEN_INPUT.column, HIDDEN_TARGET.column)


def draw(results: Results) -> Figure:
    """Draw the path as published, scaled to a maximum of one, and in bits."""
    figure = new_figure(10.5, 4.3)
    layer_plane(figure, table(results), "h", results.nodes.ceiling_bits)
    return figure


def caption(results: Results) -> str:
    """State how both informations move."""
    about_input, about_target = course(results, HIDDEN_INPUT), course(results, HIDDEN_TARGET)
    fall = about_input["max"] - about_input["last"]
    turned = turns(published(results)[HIDDEN_TARGET.column].to_numpy(), _LEAST_TURN)
    return (
        f"Figure 8. I(h; x) goes {change(about_input)}: it ends {fall:.2f} bits below its largest "
        "value; a bottleneck would show as a clear fall. I(h; y) goes "
        f"{change(about_target)}, and turns {turned} times by more than {_LEAST_TURN} bits. Both "
        "follow the scale of the activations (flaw 4), and y is the final network's own output "
        "(flaw 1)."
    )
