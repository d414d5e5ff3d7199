"""Known flaws of the published pipeline, numbered as captions cite them, and their repairs."""

from collections.abc import Mapping
from types import MappingProxyType

FLAWS = (
    "The ground truth is the final network's own output: information about it must end at the "
    "estimator's ceiling, and the error at zero.",
    "The information planes use the first 200 rows, some 30 distinct days, because sliding "
    "windows repeat a day up to ten times: most near neighbours of a sample are copies of its "
    "day. The random split leaks: a test day is input or target of up to nine training windows.",
    "Inputs are rounded, heavily tied and partly constant; within a cluster of ties, neighbour "
    "distances measure only the added noise of 1e-10.",
    "The max norm over unscaled inputs (unit variance) and activations (0.02 at first) makes I(h; "
    "x) follow the scale of the activations, which grows even when targets are shuffled.",
    "Nearest-neighbour entropies of different dimension do not cancel: the TSE complexity is "
    "negative, which its definition forbids, and I(h; y) is below I(o; y), although o is a "
    "function of h.",
    "The alignment pairs the prediction of a day with the input of the same day: the largest "
    "flows measure forecast quality. The network has no connection from hidden nodes or outputs "
    "to inputs, or from outputs to hidden nodes, so flow there is impossible.",
    "The thresholds have no error rate: circularly shifted series reach 0.06 bits in nearly half "
    "of all pairs.",
    "Division by a differential entropy, which can be near zero or negative, creates spurious "
    "correlation.",
    "One window's gradient every ten epochs does not give the mean and standard deviation over a "
    "pass, and it omits the recurrent matrix.",
    "Jacobi iteration never converges on a bipartite component, such as a single edge; ranks of "
    "different components are not comparable, although means and histograms mix them.",
    "The analysed network is overfitted: it is the last epoch, not chosen by validation error; "
    "setting its recurrent weights to zero can even reduce its error on new days.",
)

# Switch → number of the flaw (`FLAWS`) that it repairs, and the repair.
REPAIRS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "true_targets": (1, "the target is the true temperature of the next day"),
        "distinct_days": (2, "the trained network runs through the series, each day counts once"),
        "blocked_split": (2, "training and held-out days are blocks with a gap between them"),
        "no_noise": (3, "constant columns are omitted, ties are kept, no noise is added"),
        "free_of_scale": (4, "estimates do not depend on the scale of the activations"),
        "gaussian_complexity": (5, "the complexity comes from one covariance matrix"),
        "structural_edges": (6, "only connections that the network has can be edges"),
        "significant_edges": (
            7,
            "an edge must be significant against surrogates, by default of the Gaussian copula",
        ),
        "bounded_normalisation": (8, "information is converted to a coefficient from 0 to 1"),
        "whole_gradient": (9, "the gradient's mean and spread are over a pass, for all matrices"),
        "exact_ranks": (10, "ranks solve their equations"),
        "fitted_network": (
            11,
            "the snapshot with the smallest validation error is analysed; the learning rate is "
            "lower",
        ),
    }
)
