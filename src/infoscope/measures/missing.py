"""Missing values: refuse them, or leave out and count incomplete rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import one_of
from infoscope.estimators import Samples
from infoscope.measures.subsampling import rows_of

MISSING = ("refuse", "pairwise")
_REMEDY = {
    "refuse": "fill or drop them first, or pass missing='pairwise' to leave out rows with NaN",
    "pairwise": "missing='pairwise' leaves out NaN, not infinity; fill or drop these first",
}


def check_of(missing: str | None) -> dict[str, Any]:
    """Return keywords for `sample_array` and `finite_array` that treat missing values.

    ``missing`` is None if the caller has no such option: its message must not suggest it.

    Examples
    --------
    >>> check_of("pairwise")["nan"]
    True
    """
    if missing is None:
        return {}
    one_of(missing, "missing", MISSING)
    return {"nan": missing == "pairwise", "remedy": _REMEDY[missing]}


def complete_rows(several: Sequence[Samples]) -> tuple[list[Samples], int]:
    """Return the complete rows of several samples with common rows, and the number of others.

    Raises
    ------
    InputError
        If no row is complete.
    """
    complete = ~np.any([np.isnan(samples.together).any(axis=1) for samples in several], axis=0)
    missing = int((~complete).sum())
    if missing == 0:
        return list(several), 0
    if missing == len(complete):
        raise InputError(
            f"the variables must have complete rows, got NaN in each of {missing}; "
            "leave out the column that is always missing"
        )
    return [rows_of(samples, np.flatnonzero(complete)) for samples in several], missing
