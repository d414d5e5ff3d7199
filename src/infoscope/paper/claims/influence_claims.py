"""What the paper says of its graph, asked of flow, one-step influence and causal flow, as data."""

from infoscope.paper.claims.claim import Claim, Part, Rule, Statistic
from infoscope.paper.claims.stages.influence import INFLUENCES
from infoscope.paper.claims.stages.systems import SYSTEMS
from infoscope.paper.claims.statistics import influence_statistics as of

_C = ("corrected",)
_BLOCKS = {"x→h": "inputs to hidden", "h→h": "hidden to hidden", "h→o": "hidden to outputs"}
# Measures that are estimated from a recording; causal flow needs the network.
_OBSERVED = ("flow", "one_step")
_FEEDFORWARD = {"flow": "feedforward", "one_step": "influence-feedforward"}
# Suffix of a claim's id.
_SUFFIX = {"flow": "F", "one_step": "1", "causal": "C"}


def _above(words: str, statistic: Statistic, null: float = 0.0) -> Part:
    return Part(words, statistic, Rule("above", null), _C)


def _of(measure: str) -> tuple[Claim, ...]:
    """Return the claims about one measure."""
    said, suffix = INFLUENCES[measure], _SUFFIX[measure]
    direct = Claim(
        f"C6 {suffix}",
        f"{said} measures direct influence",
        "This calculates how much each neuron directly influences the other neurons",
        tuple(
            part
            for block, words in _BLOCKS.items()
            for part in (
                _above(f"Spearman correlation with structural weight, {words}",
                       of.follows(measure, "strength", block, "spearman")),
                _above(f"probability that a strong weight has more, {words}",
                       of.follows(measure, "strength", block, "auroc"), 0.5),
            )
        ),
        "larger weights have more of it, from each role to the next",
        "in some block it does not follow the weights",
        section=4,
    )  # fmt: skip
    order = Claim(
        f"C7 {suffix}",
        f"Time-delayed information instead of {said} is unsatisfactory",
        "We tried using time delayed mutual information instead of information flow for our "
        "information flow graph, and this yielded unsatisfactory results (as expected).",
        (_above("tau-b of rank and role, less that by as many edges of time-delayed information",
                of.order_gain(measure)),),
        "ranks from it put roles in their order better",
        "ranks from time-delayed information put roles in their order as well or better",
        section=9,
    )  # fmt: skip
    roles = Claim(
        f"C10 {suffix}",
        f"By {said}, inputs rank before hidden before outputs",
        "the inputs have lower rank than the hidden neurons which have lower rank than the output",
        tuple(
            _above(f"probability that {upper} outranks {lower}, less its mean over as many "
                   "connections at random", of.order_excess(measure, lower, upper))
            for lower, upper in (("input", "hidden"), ("hidden", "output"))
        ),
        "ranks order the roles better than any as many connections of the network do",
        "ranks order two roles no better than any as many connections of the network do",
        section=10,
    )  # fmt: skip
    grown = Claim(
        f"L {suffix}",
        f"Training makes connections of more {said} than chance",
        "(the graph is that of a trained network)",
        tuple(
            _above(f"pairs beyond 19 untrained networks, FDR 10%, {_BLOCKS[block]}",
                   of.learned(measure, block))
            for block in ("x→h", "h→h")
        ),
        "in most seeds some connection exceeds all that untrained networks of that spread have",
        "in most seeds no connection of some block does",
    )  # fmt: skip
    return direct, order, roles, grown


def _from_recordings(measure: str) -> tuple[Claim, ...]:
    """Return the claims about a measure that needs no network."""
    said, suffix = INFLUENCES[measure], _SUFFIX[measure]
    part = _FEEDFORWARD[measure]
    drivers = Claim(
        f"C5 {suffix}",
        f"{said} removes the false edges of common drivers",
        "This calculates how much each neuron directly influences the other neurons and removes "
        "the effect of two neurons having a high mutual information without actually influencing "
        "each other.",
        tuple(
            _above(f"average precision less that of time-delayed information in system {system}",
                   of.gain_in_system(measure, system))
            for system in SYSTEMS
        ),
        "where the truth is known, it finds it better than time-delayed information",
        "in some system time-delayed information finds the truth as well or better",
        section=4,
    )  # fmt: skip
    layers = Claim(
        f"C17 {suffix}",
        f"In a feed-forward network rank by {said} is the layer",
        "it could be applied to a feed forward neural network to see how well it mimics the "
        "desired results (having the rank of a neuron be proportional to the layer that neuron is "
        "in)",
        (
            _above("tau-b of rank and layer", of.layer_agreement(part), 0.8),
            _above("tau-b of rank and layer, less that before training",
                   of.layer_agreement_gain(part)),
        ),
        "ranks find the layers, better than before training",
        "ranks do not find the layers, or not better than before training",
        section=11,
    )  # fmt: skip
    causal = Claim(
        f"D {suffix}",
        f"{said} shows which node changes which",
        "(an edge of the graph is direct influence)",
        tuple(
            part_
            for block, words in _BLOCKS.items()
            for part_ in (
                _above(f"Spearman correlation with causal flow, {words}",
                       of.follows(measure, "causal", block, "spearman")),
                _above(f"probability that strong causal flow has more, {words}",
                       of.follows(measure, "causal", block, "auroc"), 0.8),
            )
        ),
        "pairs of more causal flow have more of it, and the strongest quarter can be told",
        "in some block it does not tell the pairs of most causal flow",
    )  # fmt: skip
    return drivers, layers, causal


INFLUENCE_CLAIMS = (
    *(claim for measure in INFLUENCES for claim in _of(measure)),
    *(claim for measure in _OBSERVED for claim in _from_recordings(measure)),
)
