"""Claims about what networks know and how they learn it, C19 to C39, as data."""

from infoscope.paper.claims.claim import Claim, Part, Rule
from infoscope.paper.claims.statistics import network_statistics as network
from infoscope.paper.claims.statistics import training_statistics as training

_P, _C = ("published",), ("corrected",)
_PROBES = ("probe_absolute", "probe_relative")
_SHARES = (0.5, 0.9)
# What stands for I(X; H): the published estimate, or what survives noise of either kind.
_KNOWN = {"hidden_input_information": _P, **dict.fromkeys(_PROBES, _C)}
_NAMES = {
    "hidden_input_information": "I(X; H)",
    "probe_absolute": "I(past; H + absolute noise)",
    "probe_relative": "I(past; H + relative noise)",
    "tse_complexity": "TSE complexity",
}
_MATRICES = {"all but W": _P, "W_in": _C, "W": _C, "W_out": _C}


def _of_input(words, statistic, rule, names=_KNOWN):
    """One part for each curve that stands for I(X; H)."""
    return tuple(
        Part(words.format(_NAMES[name]), statistic(name), rule, modes)
        for name, modes in names.items()
    )


TRAINING_CLAIMS = (
    Claim(
        "C19",
        "Outputs know most of the target",
        "the output neurons both have high mutual information with the ground truth output, as "
        "expected",
        (
            Part("least I(o; y) less largest I(h; y)", network.output_lead, Rule("above", 0.0)),
        ),
        "each output knows more than any hidden node (published: it is its own target)",
        "some hidden node knows more than an output",
        gates=("C19b",),
        section=6,
    ),
    Claim(
        "C19b",
        "Gate: the network has learned",
        "(implied: it is a trained network)",
        (
            Part("held-out skill of the analysed epoch over the mean of the training days",
                 training.last_skill, Rule("above", 0.0), _C),
        ),
        "the analysed epoch forecasts better than the mean does",
        "the analysed epoch forecasts no better than the mean: overfitted",
    ),
    Claim(
        "C20",
        "What a node knows of input and of target goes together",
        "There clearly appears to be a positive correlation between the mutual information with "
        "the inputs and the mutual information with the outputs.",
        (
            Part("correlation of I(h; x) and I(h; y)", network.plane_correlation,
                 Rule("above", 0.0)),
        ),
        "some neurons know more of both than others",
        "what neurons know of the one goes against what they know of the other",
        gates=("C19b",),
        section=6,
    ),
    Claim(
        "C21",
        "Normalised by entropy, the correlation is even higher",
        "This plot has an even higher positive correlation",
        (
            Part("correlation after normalisation, less the one before",
                 network.normalised_correlation_gain, Rule("above", 0.0)),
            Part("correlation after normalisation, less the 95th percentile of shuffled ones",
                 network.normalised_correlation_excess, Rule("above", 0.0)),
        ),
        "it rises, beyond what the division makes by itself",
        "it does not rise, or no more than the division makes by itself, as the authors warn",
        gates=("C19b",),
        section=6,
    ),
    Claim(
        "C22",
        "There is no trade-off of forgetting",
        "If we get a negative correlation [...] this would show the neurons \"forgetting\" "
        "information about the inputs [...]. However, this is not what we see.",
        (
            Part("correlation of I(h; x) and I(h; y)", network.plane_correlation,
                 Rule("not below", 0.0)),
        ),
        "no neuron pays for what it knows of the target",
        "neurons that know more of the target know less of the input",
        gates=("C19b",),
        section=6,
    ),
    Claim(
        "C23",
        "I(X; H) increases and never decreases",
        "Instead, we only see the mutual information with the input increase (not decrease).",
        (
            *_of_input("{}: end less start", training.gain, Rule("above", 0.0)),
            *_of_input("{}: fall after the maximum over rise", training.relative_loss,
                       Rule("below", 0.05)),
            *_of_input("{} falls significantly", training.falls,
                       Rule("below", 0.5, summary="share")),
        ),
        "it ends above its start, and is not lost again after its maximum",
        "it does not grow, or falls after its maximum",
        section=7,
    ),
    Claim(
        "C24",
        "I(H; Y) goes up, down, up, down and up",
        "We also see the mutual information with the output increase, then decrease, then increase "
        "again, then decrease again, and then increase again.",
        (
            Part("turns of I(H; Y) by more than two errors", training.turns, Rule("above", 3.5)),
        ),
        "it turns four times or more",
        "it turns less often than four times",
        gates=("C24b",),
        section=7,
    ),
    Claim(
        "C24b",
        "Gate: the output knows no more than the hidden layer",
        "(implied: the output is a function of the hidden layer)",
        (
            Part("share of snapshots with I(O; Y) above I(H; Y)", training.processing_violations,
                 Rule("below", 0.05)),
        ),
        "the estimates respect data processing",
        "the estimates break data processing: I(H; Y) is not measured",
        section=7,
    ),
    Claim(
        "C25",
        "Learning has two phases",
        "The learning does seem to be split into two phases",
        (
            Part("two lines fit I(H; Y) better than one", training.two_phases,
                 Rule("above", 0.8, summary="share")),
            Part("epoch of the change", training.change_epoch,
                 Rule("below", 0.5, summary="variation")),
        ),
        "I(H; Y) has a bend at about the same epoch in every seed, as any curve has that settles",
        "I(H; Y) has no change of slope, or none at any one epoch",
        gates=("C24b",),
        section=7,
    ),
    Claim(
        "C26",
        "I(O; Y) never decreases",
        "unlike with the hidden neurons, the mutual information with the ground truth outputs "
        "never decreases",
        (
            Part("largest fall of I(O; Y) over two errors", training.drawdown, Rule("below", 1.0)),
        ),
        "it never falls beyond error",
        "it falls, beyond error (corrected: on held-out days, as overfitting makes it)",
        section=7,
    ),
    Claim(
        "C27",
        "Most of the error goes while I(H; Y) falls",
        "The majority of the error decreasing appears to be happening as the mutual information "
        "with the ground truth output is decreasing",
        (
            Part("share of the error's fall while I(H; Y) falls", training.error_drop_while_falling,
                 Rule("above", 0.5)),
        ),
        "it does",
        "most of the error goes while I(H; Y) rises, as one would expect",
        gates=("C24b",),
        section=7,
    ),
    Claim(
        "C28",
        "There is no bottleneck",
        "There is no indication that the information bottle neck principle applies to our fully "
        "recurrent neural network.",
        _of_input("{} is compressed", training.falls, Rule("below", 0.2, summary="share")),
        "hardly a network is compressed, at either resolution",
        "more than a fifth of the networks are compressed",
        section=10,
    ),
    Claim(
        "C29",
        "I(O; Y) mirrors the error",
        "Mutual information between the output layer and the ground truth output almost perfectly "
        "mimics the (negative of) the error",
        (
            Part("Spearman correlation of I(O; Y) and the negative error", training.mirrors_error,
                 Rule("above", 0.95)),
            Part("|lead| at half of the progress over the epoch of half the skill",
                 training.halfway_apart, Rule("below", 0.05)),
        ),
        "it tells what the error tells, at the same time",
        "it goes another way than the error, or at another time",
        gates=("C19b",),
        section=8,
    ),
    Claim(
        "C30",
        "I(X; H) leads the error",
        "The above plot clearly shows the mutual information with the input increasing far faster "
        "than the error decreases.",
        tuple(
            Part(f"epochs by which {_NAMES[name]} is ahead of the skill at {share:.0%}",
                 training.lead(name, share), Rule("above", 0.0), modes,
                 control=training.lead("spread", share))
            for name, modes in _KNOWN.items()
            for share in _SHARES
        ),
        "it rises before the skill does",
        "it does not rise before the skill does",
        gates=("C19b",),
        section=8,
    ),
    Claim(
        "C31",
        "I(X; O) is as good an indicator as I(X; H)",
        "the mutual information between the input and the output is almost identical to the mutual "
        "information between the input and the hidden neurons",
        (
            Part("largest difference of the progress of I(X; O) and I(X; H)",
                 training.progress_apart, Rule("below", 0.15)),
            Part("Spearman correlation of I(X; O) and I(X; H)",
                 training.curves_agree("output_input_information", "hidden_input_information"),
                 Rule("above", 0.9)),
        ),
        "the two run alike",
        "the two run apart",
        gates=("C19b",),
        section=8,
    ),
    Claim(
        "C32",
        "TSE complexity is an effective indicator",
        "In addition to these mutual information measurements we found one other very effective "
        "learning indicator, TSE complexity.",
        (
            Part("epochs by which TSE complexity is ahead of the skill at 50%",
                 training.lead("tse_complexity", 0.5), Rule("above", 0.0),
                 control=training.lead("spread", 0.5)),
        ),
        "it rises before the skill does",
        "it does not rise before the skill does",
        gates=("C19b", "C32b"),
        section=8,
    ),
    Claim(
        "C32b",
        "Gate: the TSE complexity is not negative",
        "(implied: it is a mean of informations)",
        (
            Part("least TSE complexity", training.least_complexity, Rule("above", 0.0)),
        ),
        "the estimate may be valid",
        "the estimate is invalid, whatever its shape",
        section=8,
    ),
    Claim(
        "C33",
        "TSE complexity behaves as I(X; H) does",
        "it also almost identically behaved like the mutual information with the input",
        tuple(
            part
            for name, modes in (("hidden_input_information", _P), ("probe_relative", _C))
            for part in (
                Part(f"Spearman correlation of TSE complexity and {_NAMES[name]}",
                     training.curves_agree("tse_complexity", name), Rule("above", 0.9), modes),
                Part(f"that of TSE complexity and {_NAMES[name]}, detrended, after epoch 100",
                     training.curves_agree_detrended("tse_complexity", name),
                     Rule("above", 0.5), modes),
            )
        ),
        "the two run alike, even without their trend",
        "the two run apart",
        gates=("C32b",),
        section=8,
    ),
    Claim(
        "C34",
        "The number of subsets hardly matters",
        "we tried varying the number of subsets chosen, and the results were altered only "
        "insignificantly",
        (
            Part("change of the last TSE complexity from few to many subsets, over what is allowed",
                 training.subset_sensitivity, Rule("below", 1.0)),
        ),
        "few subsets give what many give, within error and 5 % of the curve's range",
        "few subsets give another value",
        gates=("C32b",),
        section=8,
    ),
    Claim(
        "C35",
        "The indicators indicate learning",
        "the mutual information with the input and the TSE complexity are good learning indicators",
        tuple(
            part
            for name, modes in {**_KNOWN, "tse_complexity": (*_P, *_C)}.items()
            for part in (
                Part(f"rise of {_NAMES[name]}, less twice that with shuffled targets",
                     training.specific_gain(name), Rule("above", 0.0), modes),
                Part(f"correlation of {_NAMES[name]} and skill, given the spread of hidden nodes",
                     training.partial_agreement(name), Rule("above", 0.0), modes),
            )
        ),
        "they rise where something is learned, beyond the scale of the activations",
        "they rise where nothing can be learned, or follow the scale of the activations",
        gates=("C19b",),
        section=10,
    ),
    Claim(
        "C36",
        "Gradients fade without a phase transition",
        "we see the mean and standard deviation both approach zero with the mean always remaining "
        "(at least) slightly higher than the standard deviation",
        tuple(
            part
            for name, modes in _MATRICES.items()
            for part in (
                Part(f"slope of the log mean gradient of {name}",
                     training.gradient_slope(name, "mean"), Rule("below", 0.0), modes),
                Part(f"slope of the log spread of the gradient of {name}",
                     training.gradient_slope(name, "spread"), Rule("below", 0.0), modes),
                Part(f"least mean over spread of the gradient of {name}",
                     training.least_ratio(name), Rule("above", 1.0), modes),
                Part(f"mean over spread of the gradient of {name} changes phase",
                     training.transition(name), Rule("below", 0.2, summary="share"), modes),
            )
        ),
        "drift outweighs diffusion to the end",
        "diffusion outweighs drift, or a transition is seen",
        section=9,
    ),
    Claim(
        "C37",
        "Rates of change of activations show nothing",
        "We did some analysis of the rates of change of the activations of all the neurons, and "
        "found nothing substantial.",
        (
            Part("Spearman correlation of epoch and mean change of activations over equal times",
                 training.change_trend, Rule("below", -0.9)),
        ),
        "they only ever fall",
        "they do not simply fall",
        section=9,
    ),
    Claim(
        "C38",
        "The results carry over to other networks",
        "re-test our conclusions with other recurrent neural networks",
        (),
        "they carry over",
        "they do not carry over",
        lacks="LSTM and GRU have a study of their own each, with --cell",
        section=11,
    ),
    Claim(
        "C39",
        "Indicators diagnose misconfiguration",
        "This could be used to see if learning indicators provide useful diagnostics for "
        "\"debugging\" neural networks.",
        (),
        "they tell what is wrong better than loss and gradient do",
        "they tell no more than loss and gradient do",
        lacks="it has a study of its own, docs/misconfiguration.md (infoscope misconfiguration)",
        section=11,
    ),
)  # fmt: skip
