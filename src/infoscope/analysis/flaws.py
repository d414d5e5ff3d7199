"""The known flaws of the published pipeline, numbered as the captions cite them, and repairs."""

from collections.abc import Mapping
from types import MappingProxyType

FLAWS = (
    "What is called ground truth is the final network's own output: the information about it must "
    "end at the estimator's ceiling, and the error at zero.",
    "The information planes use the first 200 rows, some 30 distinct days, for sliding windows "
    "repeat a day up to ten times: most near neighbours of a sample are copies of its day. The "
    "random split leaks: a test day is input or target of up to nine training windows.",
    "Inputs are rounded, heavily tied and partly constant; inside a cluster of ties, noise of "
    "1e-10 makes neighbour distances measure the noise.",
    "The max norm over unscaled inputs (unit variance) and activations (0.02 at first) makes "
    "I(h; x) follow the size of the activations, which grows even when targets are shuffled.",
    "Nearest-neighbour entropies of different dimension do not cancel: the TSE complexity comes "
    "out negative, which its definition forbids, and I(h; y) below I(o; y), though o is a "
    "function of h.",
    "Under the alignment, input and output a row apart are the prediction of a day and that same "
    "day: the largest flows measure forecast quality. From hidden nodes or outputs back to inputs, "
    "and from outputs to hidden nodes, there can be no flow of the network at all.",
    "The thresholds have no error rate: circularly shifted series reach 0.06 bits in nearly half "
    "of all pairs.",
    "Dividing by a differential entropy, which can be near zero or negative, makes correlation.",
    "One window's gradient every ten epochs is not the mean and spread of the gradient over a "
    "pass, and the recurrent matrix was left out.",
    "Jacobi iteration never converges on a bipartite component, such as a single edge; and ranks "
    "of different components do not compare, though the means and histograms mix them.",
    "The network analysed is overfitted: that of the last epoch, chosen by no error on days it was "
    "not trained on; with its recurrent weights set to zero its error on new days can even fall.",
)

# Switch → number of the flaw (`FLAWS`) that it repairs, and what is then done instead.
REPAIRS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "true_targets": (1, "the target is the true temperature of the next day"),
        "distinct_days": (2, "the trained network runs through the series, each day counts once"),
        "blocked_split": (2, "training and held-out days are blocks with a gap between them"),
        "no_noise": (3, "constant columns are left out, ties are kept as ties, no noise is added"),
        "free_of_scale": (4, "estimates do not depend on the size of the activations"),
        "gaussian_complexity": (5, "the complexity comes from one covariance matrix"),
        "structural_edges": (6, "only connections that the network has can be edges"),
        "significant_edges": (7, "an edge must be significant against surrogates"),
        "bounded_normalisation": (8, "information is turned into a coefficient from 0 to 1"),
        "whole_gradient": (9, "the gradient's mean and spread are over a pass, all matrices in"),
        "exact_ranks": (10, "ranks solve their equations"),
        "fitted_network": (
            11,
            "the snapshot of the smallest validation error is analysed; training is slower",
        ),
    }
)
