"""Whether an edge can be believed: surrogates, p-values, and the errors of many tests.

How often any of 30 edges between six slow nodes without any coupling (S0, AR 0.95, 400 samples,
99 surrogates, Gaussian flow) is significant at a family-wise level of 5 %, give or take 1:

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

from infoscope.nulls.catalogue import NULLS, describe_nulls, null_of
from infoscope.nulls.circular_shift import CircularShift
from infoscope.nulls.default import ChosenNull, chosen_nulls, default_nulls
from infoscope.nulls.edge_significance import significance_of
from infoscope.nulls.flow_significance import FlowSignificance
from infoscope.nulls.lag_swap import LagSwap
from infoscope.nulls.layout import Layout, Pairing
from infoscope.nulls.local_permutation import LocalPermutation
from infoscope.nulls.networks import shuffled_weights, untrained_networks
from infoscope.nulls.p_values import monte_carlo_p, surrogates_needed
from infoscope.nulls.permutations import BlockPermutation, IIDShuffle, SequencePermutation
from infoscope.nulls.several_nulls import by_all
from infoscope.nulls.surrogate import RecordingSurrogate, RowSurrogate, Sampler, root_seed
from infoscope.nulls.surrogate_statistics import flow_surrogates, surrogate_statistics
from infoscope.nulls.trial_shift import TrialShift

__all__ = [
    "NULLS",
    "BlockPermutation",
    "ChosenNull",
    "CircularShift",
    "FlowSignificance",
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
    "by_all",
    "chosen_nulls",
    "default_nulls",
    "describe_nulls",
    "flow_surrogates",
    "monte_carlo_p",
    "null_of",
    "root_seed",
    "shuffled_weights",
    "significance_of",
    "surrogate_statistics",
    "surrogates_needed",
    "untrained_networks",
]
