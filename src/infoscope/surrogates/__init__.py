"""Surrogates: rows shifted, permuted or swapped, so that only the coupling is lost.

Family-wise error at a nominal 5 %, with a standard error of 1 %, for 30 edges between six slow
uncoupled nodes (S0, AR 0.95, 400 samples, 99 surrogates, Gaussian flow):

================= ============== ======== =============== ========
null              300 rows, bits standard 1000 rows, bits standard
================= ============== ======== =============== ========
circular shift     7.5 %          5.0 %    4.0 %           3.5 %
block permutation  5.2 %          3.5 %    2.8 %           3.5 %
lag swap           4.3 %          5.0 %    1.5 %           1.8 %
iid shuffle        84 %           88 %     85 %            85 %
================= ============== ======== =============== ========

"bits" is one threshold for all flows, "standard" the largest standardised flow.
"""

from infoscope.surrogates.catalogue import NULLS, describe_nulls, null_of
from infoscope.surrogates.circular_shift import CircularShift
from infoscope.surrogates.default import ChosenNull, chosen_nulls, default_nulls
from infoscope.surrogates.lag_swap import LagSwap
from infoscope.surrogates.layout import Layout, Pairing
from infoscope.surrogates.local_permutation import LocalPermutation
from infoscope.surrogates.networks import shuffled_weights, untrained_networks
from infoscope.surrogates.permutations import BlockPermutation, IIDShuffle, SequencePermutation
from infoscope.surrogates.surrogate import RecordingSurrogate, RowSurrogate, Sampler, root_seed
from infoscope.surrogates.surrogate_statistics import flow_surrogates, surrogate_statistics
from infoscope.surrogates.trial_shift import TrialShift

__all__ = [
    "NULLS",
    "BlockPermutation",
    "ChosenNull",
    "CircularShift",
    "IIDShuffle",
    "LagSwap",
    "Layout",
    "LocalPermutation",
    "Pairing",
    "RecordingSurrogate",
    "RowSurrogate",
    "Sampler",
    "SequencePermutation",
    "TrialShift",
    "chosen_nulls",
    "default_nulls",
    "describe_nulls",
    "flow_surrogates",
    "null_of",
    "root_seed",
    "shuffled_weights",
    "surrogate_statistics",
    "untrained_networks",
]
