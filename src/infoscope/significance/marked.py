"""A tested matrix as a picture: values, with marks at the levels that most papers use."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from infoscope._errors import EstimationError
from infoscope.graphs.matrix_result import Drawn

if TYPE_CHECKING:
    from infoscope.significance.closed_form import ClosedForm
    from infoscope.significance.flow_significance import FlowSignificance

# Correction → level of a mark.
_LEVELS = {"fwer": 0.05, "fdr": 0.1}


def drawn_test(
    test: "FlowSignificance | ClosedForm",
    values: xr.DataArray,
    quantity: str,
    unit: str,
    signed: bool = True,
) -> Drawn:
    """Return the tested values with the pairs that are significant by FWER, and by FDR alone."""
    marks, notes = {}, []
    for correction, level in _LEVELS.items():
        name = f"{correction.upper()} {level:.0%}"
        try:
            marks[name] = test.significant(level, correction=correction).to_numpy()
        except EstimationError:
            notes.append(f"{name}: too few surrogates to tell")
    edges = np.logical_or.reduce(list(marks.values())) if marks else np.zeros(values.shape, bool)
    if len(marks) == len(_LEVELS):
        strict, loose = marks
        marks = {strict: marks[strict], f"only {loose}": marks[loose] & ~marks[strict]}
    found = f"{int(edges.sum())} of {int(test.tested.sum())} pairs significant"
    return Drawn(
        values.where(test.tested),
        test.nodes,
        f"{quantity} ({unit})",
        f"{quantity[:1].upper()}{quantity[1:]}: {found}",
        edges=edges & (test.standardised > 0.0).to_numpy(),
        signed=signed,
        marks=marks,
        blank=test.control.to_numpy(),
        blank_means="not tested",
        notes=tuple(notes),
    )
