"""Nulls by name."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from infoscope._errors import InputError
from infoscope._validate import described, one_of, several
from infoscope.surrogates.circular_shift import CircularShift
from infoscope.surrogates.lag_swap import LagSwap
from infoscope.surrogates.local_permutation import LocalPermutation
from infoscope.surrogates.networks import NETWORK_NULLS
from infoscope.surrogates.permutations import BlockPermutation, IIDShuffle, SequencePermutation
from infoscope.surrogates.surrogate import Described, RowSurrogate
from infoscope.surrogates.trial_shift import TrialShift

_ROW_NULLS: tuple[RowSurrogate, ...] = (
    CircularShift(),
    LagSwap(),
    SequencePermutation(),
    BlockPermutation(),
    LocalPermutation(),
    TrialShift(),
    IIDShuffle(),
)
NULLS = {null.name: null for null in _ROW_NULLS}


@dataclass(frozen=True)
class WithoutSurrogates:
    """A null whose distribution is known, so that nothing is drawn."""

    name: str
    keeps: str
    tests: str
    caveat: str


CLOSED_FORM = WithoutSurrogates(
    name="closed-form",
    keeps="autocovariances of every node, within unbroken stretches, and between windows of one "
    "series",
    tests="source and target are independent; or the target depends as much on the source now as "
    "later (flow is 0)",
    caveat="only flows of Gaussian information, best of the copula; with about ten independent "
    "rows, as of series near a unit root, 8 % of independent pairs have a p of existence up to "
    "5 %; a shared trend, season or response to a stimulus is dependence",
)


def null_of(null: str | RowSurrogate) -> RowSurrogate:
    """Return the null with this name and default parameters, or a null object unchanged.

    Raises
    ------
    InputError
        If it is neither, or a null of whole networks instead of rows.

    Examples
    --------
    >>> null_of("circular-shift")
    CircularShift(minimum=None, axis='auto')
    """
    if isinstance(null, RowSurrogate):
        return null
    if isinstance(null, type):
        raise InputError(f"null must be an instance, got the class {null.__name__}; add ()")
    if isinstance(null, str) and null == CLOSED_FORM.name:
        raise InputError(
            f"null must be one that draws surrogates here, got {null!r}; test a flow by it, as "
            "information_flow(rec, estimator=Gaussian(copula=True)).significance('closed-form')"
        )
    if isinstance(null, str) and null in NETWORK_NULLS:
        raise InputError(
            f"null must be an object where it needs a network's weights, got the name {null!r}; "
            "pass untrained_networks(weights) or shuffled_weights(weights)"
        )
    return NULLS[one_of(null, "null", NULLS)]


def describe_nulls(
    nulls: Iterable[Described] = (*_ROW_NULLS, CLOSED_FORM, *NETWORK_NULLS.values()),
) -> pd.DataFrame:
    """Return what each null keeps and tests, and its caveat, one row per null.

    Nulls of rows and ``closed-form`` are used by name (`FlowMatrix.significance`); ``untrained``
    and ``weight-shuffled`` are made from a network's weights by `untrained_networks` and
    `shuffled_weights`.

    Examples
    --------
    >>> describe_nulls().columns.tolist()
    ['keeps', 'tests', 'caveat']
    """
    for null in several(nulls, "nulls", "[CircularShift()]"):
        if isinstance(null, type) or not isinstance(null, Described):
            raise InputError(
                f"nulls must have name, keeps, tests, caveat, got {described(null)}; give objects "
                "such as CircularShift()"
            )
    rows = [(null.name, null.keeps, null.tests, null.caveat) for null in nulls]
    columns = ["name", "keeps", "tests", "caveat"]
    return pd.DataFrame(rows, columns=columns).set_index("name")
