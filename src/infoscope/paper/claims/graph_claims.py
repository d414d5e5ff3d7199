"""Claims about flow graphs and ranks, C1 to C18, as data."""

from infoscope.paper.claims.claim import Claim, Part, Rule
from infoscope.paper.claims.stages.systems import SYSTEMS
from infoscope.paper.claims.statistics import graph_statistics as graphs
from infoscope.paper.claims.statistics import ranking_statistics as ranks

_P, _C = ("published",), ("corrected",)
_BLOCKS = {"x→h": "inputs to hidden", "h→h": "hidden to hidden", "h→o": "hidden to outputs"}
_OTHERS = {"delayed": "time-delayed information", "instantaneous": "information"}

GRAPH_CLAIMS = (
    Claim(
        "C1",
        "In- and out-degree are anticorrelated",
        "we did see a negative correlation between the input degree and output degree",
        (
            Part("Pearson correlation of in- and out-degree", graphs.degree_pearson,
                 Rule("below", 0.0), each_graph=True),
            Part("Spearman correlation of in- and out-degree", graphs.degree_spearman,
                 Rule("below", 0.0), each_graph=True),
            Part("Pearson correlation less its mean where edges between roles are placed anew",
                 graphs.degree_pearson_excess, Rule("below", 0.0), _C, each_graph=True),
        ),
        "nodes that send to many receive from few (corrected: beyond what their roles make of it)",
        "degrees are not anticorrelated (corrected: no more than their roles make of it)",
        section=4,
    ),
    Claim(
        "C2",
        "Neurons rarely both provide and absorb",
        "some neurons provide information to many neurons and others absorb information from many "
        "neurons, but neurons rarely do both",
        (
            Part("share of nodes above both median degrees", graphs.both_above_medians,
                 Rule("below", 0.25), each_graph=True),
            Part("share of nodes above both, less its mean with in-degrees shuffled within roles",
                 graphs.both_above_medians_excess, Rule("below", 0.0), each_graph=True),
        ),
        "fewer nodes do both than chance makes within each role",
        "nodes do both as often as chance has it, or more often",
        section=4,
    ),
    Claim(
        "C3",
        "Degrees have no pattern",
        "These show a lack of any clear pattern in the degrees.",
        (
            Part("smaller p of dip tests of in- and out-degrees", graphs.degree_dip,
                 Rule("above", 0.05), each_graph=True),
            Part("larger variance of degrees over its 95th percentile at random",
                 graphs.degree_variance_ratio, Rule("below", 1.0), each_graph=True),
        ),
        "degrees look like those of edges placed at random",
        "degrees are spread wider than those of edges placed at random, or have two modes",
        section=4,
    ),
    Claim(
        "C4",
        "The graphs are chaotic",
        "We get the following, rather chaotic looking, graphs.",
        (
            Part("reciprocity, in standard deviations from swaps that keep degrees",
                 graphs.reciprocity_z, Rule("within", 0.0, 1.96)),
            Part("clustering, in standard deviations from swaps that keep degrees",
                 graphs.clustering_z, Rule("within", 0.0, 1.96)),
            Part("1 - F0 of hidden nodes, in standard deviations from random orientations",
                 graphs.directedness_z, Rule("within", 0.0, 1.96)),
        ),
        "beyond their degrees the graphs are what chance makes",
        "the graphs have structure that chance does not make",
        section=4,
    ),
    Claim(
        "C5",
        "Flow removes the false edges of common drivers",
        "This calculates how much each neuron directly influences the other neurons and removes "
        "the effect of two neurons having a high mutual information without actually influencing "
        "each other.",
        tuple(
            Part(f"average precision of flow less that of {words} in system {system}",
                 graphs.system_gain(system, other), Rule("above", 0.0))
            for system in SYSTEMS
            for other, words in _OTHERS.items()
        ),
        "where the truth is known, flow finds it better than either of its terms",
        "where the truth is known, one of its terms alone finds it better in some system",
        section=4,
    ),
    Claim(
        "C6",
        "Flow measures direct influence",
        "This calculates how much each neuron directly influences the other neurons",
        tuple(
            part
            for block, words in _BLOCKS.items()
            for part in (
                Part(f"Spearman correlation of flow and structural weight, {words}",
                     graphs.influence_score(block, "spearman"), Rule("above", 0.0)),
                Part(f"probability that a strong weight has more flow, {words}",
                     graphs.influence_score(block, "auroc"), Rule("above", 0.5)),
            )
        ),
        "larger weights have larger flows, from each role to the next",
        "in some block flow does not follow the weights",
        section=4,
    ),
    Claim(
        "C7",
        "Time-delayed information instead of flow is unsatisfactory",
        "We tried using time delayed mutual information instead of information flow for our "
        "information flow graph, and this yielded unsatisfactory results (as expected).",
        (
            Part("tau-b of rank and role by flow, less that by time-delayed information",
                 graphs.delayed_loss, Rule("above", 0.0), each_graph=True),
        ),
        "ranks from flow put roles in their order better",
        "ranks from the time-delayed information alone put roles in their order as well or better",
        section=9,
    ),
    Claim(
        "C8",
        "Similarity of sources and sinks is inconclusive",
        "we looked at the similarity between sources and sinks of information between pairs of "
        "neurons. However, the results were inconclusive.",
        (
            Part("correlation of shared sources and of shared sinks, less that of an untrained net",
                 graphs.similarity_excess, Rule("not apart", 0.0)),
        ),
        "training makes no difference to it",
        "pairs with common sources have common sinks, more or less than in an untrained network",
        section=5,
    ),
    Claim(
        "C9",
        "Many small flows are noise",
        "there being very many pairs of neurons with (low but not negligable) information flow "
        "caused by noise",
        (
            Part("share of pairs with a flow of 0.06 to 0.3 that are significant",
                 graphs.low_flow_significant, Rule("below", 0.1)),
            Part("share of surrogate flows above 0.06", graphs.chance_of_low_flow,
                 Rule("above", 0.2)),
        ),
        "low flows are what surrogates have too",
        "many low flows are significant, or surrogates have none",
        section=9,
    ),
    Claim(
        "C10",
        "Inputs rank before hidden before outputs",
        "the inputs have lower rank than the hidden neurons which have lower rank than the output",
        tuple(
            part
            for lower, upper in (("input", "hidden"), ("hidden", "output"))
            for part in (
                Part(f"mean rank of {upper} less that of {lower} nodes",
                     ranks.mean_rank_step(lower, upper), Rule("above", 0.0), each_graph=True),
                Part(f"probability that a node of {upper} outranks one of {lower}",
                     ranks.order_probability(lower, upper), Rule("above", 0.5), each_graph=True),
                Part(f"probability that {upper} outranks {lower}, less its mean over as many "
                     "connections at random",
                     ranks.order_excess(lower, upper), Rule("above", 0.0), _C, each_graph=True),
            )
        ),
        "ranks put the roles in their order at every threshold (corrected: better than any as many "
        "connections of the network do)",
        "at some threshold ranks put two roles the other way round, or (corrected) no better than "
        "any as many connections of the network do",
        section=10,
    ),
    Claim(
        "C11",
        "The order is not exact",
        "the algorithms not always exactly ranking the inputs before the hidden neurons before the "
        "outputs is not always incorrect",
        (
            Part("some hidden node ranks below some input", ranks.some_hidden_below_input,
                 Rule("above", 0.5, summary="share")),
        ),
        "roles overlap in most seeds",
        "in most seeds every input ranks below every hidden node",
        section=5,
    ),
    Claim(
        "C12",
        "Hidden ranks have no structure",
        "Aside from this, we do not see much interesting structure (or patterns) in the rankings.",
        (
            Part("dip of the ranks of hidden nodes, less that of an untrained network",
                 ranks.hidden_dip_excess, Rule("not above", 0.0)),
        ),
        "hidden nodes are no more in layers than those of an untrained network",
        "hidden nodes stand in layers more than those of an untrained network",
        section=5,
    ),
    Claim(
        "C13",
        "The iteration converges in 20 rounds",
        "iteratively applying the re-ranking algorithm until the ranks converge",
        (
            Part("largest error of a rank after 20 updates", ranks.jacobi_error,
                 Rule("below", 0.01), each_graph=True),
            # What must be seen to fail, for the other part to mean anything.
            Part("control: the same in a layered graph, whose ranks swing for ever",
                 ranks.jacobi_error_bipartite, Rule("above", 0.01)),
        ),
        "20 rounds suffice in these graphs; in layered ones no number does",
        "20 rounds do not suffice",
        section=5,
    ),
    Claim(
        "C14",
        "Weighted ranks are less good",
        "it was less successful than our original ranking algorithm",
        (
            Part("tau-b of rank and role, weighted less thresholded", ranks.weighted_gain,
                 Rule("below", 0.0), each_graph=True),
        ),
        "a threshold ranks roles better than the flows themselves",
        "the flows themselves rank roles as well as a threshold or better",
        section=9,
    ),
    Claim(
        "C15",
        "Normalising flow by entropy does not help",
        "none of these yielded sufficient improvements to justify the modification",
        (
            Part("tau-b of rank and role, normalised less plain", ranks.normalised_gain,
                 Rule("below", 0.05), each_graph=True),
        ),
        "normalising gains less than 0.05",
        "normalising gains 0.05 or more",
        section=9,
    ),
    Claim(
        "C16",
        "Rank is uncorrelated with mutual information",
        "We tried analyzing the correlation between the rank of neurons and many mutual "
        "information information related statistics, but found no sufficiently interesting "
        "results.",
        tuple(
            Part(f"Spearman correlation over hidden nodes of rank and {words}",
                 ranks.rank_correlation(statistic), Rule("not apart", 0.0))
            for statistic, words in (
                ("input", "I(h; x)"), ("target", "I(h; y)"), ("ratio", "I(h; x) / I(h; y)"))
        ),
        "no correlation shows over seeds",
        "ranks of hidden nodes go with what they know",
        section=9,
    ),
    Claim(
        "C17",
        "In a feed-forward network rank is the layer",
        "it could be applied to a feed forward neural network to see how well it mimics the "
        "desired results (having the rank of a neuron be proportional to the layer that neuron is "
        "in)",
        (
            Part("tau-b of rank and layer", ranks.layer_agreement, Rule("above", 0.8)),
            Part("tau-b of rank and layer, less that before training",
                 ranks.layer_agreement_gain, Rule("above", 0.0)),
            Part("coefficient of the square of the layer in the ranks", ranks.layer_bend,
                 Rule("not apart", 0.0)),
        ),
        "ranks find the layers, evenly spaced, better than before training",
        "ranks do not find the layers, or not better than before training, or not evenly spaced",
        section=11,
    ),
    Claim(
        "C18",
        "Ranks of larger networks have spikes",
        "In a network with a large amount of neurons, the ranking could be used to reveal "
        "\"layer\" like structures.",
        tuple(
            part
            for nodes in (100, 250)
            for part in (
                Part(f"p of the dip test of the ranks of {nodes} hidden nodes",
                     ranks.larger_dip_p(nodes), Rule("below", 0.05)),
                Part(f"dip of the ranks of {nodes} hidden nodes, less that of an untrained network",
                     ranks.larger_dip_excess(nodes), Rule("above", 0.0)),
            )
        ),
        "hidden nodes of larger networks stand in layers, more than without training",
        "ranks of larger networks have one mode, or no more of them than without training",
        section=5,
    ),
)  # fmt: skip
