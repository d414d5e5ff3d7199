"""Nulls as objects, and the significance of whatever was computed under one."""

from infoscope.significance import significance_of, surrogates_needed
from infoscope.surrogates import (
    BlockPermutation,
    CircularShift,
    IIDShuffle,
    LagSwap,
    LocalPermutation,
    RecordingSurrogate,
    SequencePermutation,
    TrialShift,
    describe_nulls,
    shuffled_weights,
    untrained_networks,
)

__all__ = [
    "BlockPermutation",
    "CircularShift",
    "IIDShuffle",
    "LagSwap",
    "LocalPermutation",
    "RecordingSurrogate",
    "SequencePermutation",
    "TrialShift",
    "describe_nulls",
    "shuffled_weights",
    "significance_of",
    "surrogates_needed",
    "untrained_networks",
]
