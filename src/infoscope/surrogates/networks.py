"""Nulls of whole networks: those that have learned nothing, and those wired otherwise.

The network that is run here is h_t = tanh(x_t W_in + h_{t-1} W + b_h), o_t = h_t W_out + b_o.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, arrays_by_name, real_number, truth
from infoscope.recordings.recording import Recording
from infoscope.recordings.snapshots import InMemory
from infoscope.recordings.weights import RecurrentWeights
from infoscope.surrogates.surrogate import RecordingSurrogate

Weights = Mapping[str, Floats]
Run = Callable[[dict[str, Floats]], Recording]

# Logarithms of the sizes between which matrices are scaled, and how often the interval is halved:
# that finds the size to a 5,000th part.
_LOGARITHMS = (-18.0, 8.0)
_STEPS = 17
# By such a share a spread may miss the wanted one: that of a chaotic network jumps with the factor.
_NEAR = 0.02


class Words(NamedTuple):
    """What a null of networks says of itself (`Described`), before it is given any network."""

    name: str
    keeps: str
    tests: str
    caveat: str


_OTHERS = (
    "hidden nodes of another network share nothing but their names with those of this one, so "
    "that an edge must exceed any between such nodes; draw 20 or more"
)
UNTRAINED = Words(
    "untrained",
    "architecture, alignment and inputs, and the mean standard deviation of the hidden nodes",
    "nothing is learned: networks that were never trained have as much",
    "says what is learned, not what flows: information flows in untrained networks too; " + _OTHERS,
)
SHUFFLED = Words(
    "weight-shuffled",
    "architecture, alignment and inputs, and the weights of each matrix but not their places",
    "no wiring is learned: the same weights in other places have as much",
    "the standard deviation of the hidden nodes is not kept; " + _OTHERS,
)
NETWORK_NULLS = {words.name: words for words in (UNTRAINED, SHUFFLED)}


def untrained_networks(
    weights: Any,
    *,
    run: Run | None = None,
    initial_scale: float = 0.01,
    match_spread: bool = True,
) -> RecordingSurrogate:
    """Return the null of networks that have learned nothing, run on the same inputs.

    Parameters
    ----------
    weights : mapping or object with ``arrays()``
        Arrays W_in (input, hidden), W (hidden, hidden), W_out (hidden, output), b_h, b_o and h_0,
        as `infoscope.networks.FullyRecurrent.arrays` returns them. With ``run``, those of any
        model; of them only the names and shapes count.
    run : callable, optional
        Takes a dict of such arrays and returns a `Recording` of the same nodes and rows. By
        default the network above, over each sequence of the recording's inputs from the state h_0.
    initial_scale : float
        Matrices are drawn uniform in ±initial_scale; vectors are zero.
    match_spread : bool
        Scale all matrices but W_out by one factor, so that the mean standard deviation of the
        hidden nodes is that of the recording (bisection of the factor's logarithm): else an
        untrained network differs by the size of its activations as much as by its wiring.

    Returns
    -------
    RecordingSurrogate
        For `FlowMatrix.significance`, or for statistics of your own.

    Raises
    ------
    InputError
        If weights, run or scale cannot be used. When a surrogate is drawn, also if the recording
        lacks inputs, hidden or outputs, or is not what the default run makes of the weights.
    EstimationError
        When a surrogate is drawn, if no factor gives the hidden nodes their spread.

    References
    ----------
    Untrained networks as the baseline: J. Adebayo, J. Gilmer, M. Muelly, I. Goodfellow, M. Hardt,
    B. Kim, Adv. Neural Inf. Process. Syst. 31, 9505 (2018).

    Examples
    --------
    >>> from infoscope import Gaussian, information_flow
    >>> rng = np.random.default_rng(0)
    >>> w = {"W_in": np.diag([1.0, 0.1]), "W": np.array([[0.0, 2.0], [0.0, 0.0]]),
    ...     "W_out": np.ones((2, 1)), "b_h": np.zeros(2), "b_o": np.zeros(1), "h_0": np.zeros(2)}
    >>> x, h = rng.normal(size=(50, 10, 2)), np.zeros((50, 11, 2))
    >>> for t in range(10):
    ...     h[:, t + 1] = np.tanh(x[:, t] @ w["W_in"] + h[:, t] @ w["W"])
    >>> rec = Recording.from_arrays(inputs=x, hidden=h[:, 1:], outputs=h[:, 1:] @ w["W_out"])
    >>> flow = information_flow(rec, estimator=Gaussian(), edges="structural")
    >>> found = flow.significance(untrained_networks(w), surrogates=39)
    >>> float(found.p.sel(source="h0", target="h1"))
    0.025
    """
    shapes = {name: array.shape for name, array in _checked(weights, run).items()}
    scale = real_number(initial_scale, "initial_scale", 0.0)
    if scale == 0.0:
        raise InputError("initial_scale must be > 0, got 0; the published network uses 0.01")
    matched = truth(match_spread, "match_spread")

    words = UNTRAINED
    if not matched:
        words = words._replace(keeps="architecture, alignment and inputs")
    return RecordingSurrogate(*words, partial(_untrained, weights, run, shapes, scale, matched))


def shuffled_weights(weights: Any, *, run: Run | None = None) -> RecordingSurrogate:
    """Return the null of networks with the same weights in other places, run on the same inputs.

    The entries of each matrix are permuted, those of each by themselves; vectors stay.

    Parameters
    ----------
    weights : mapping or object with ``arrays()``
        Those of the network that was recorded, as `untrained_networks` takes them; with ``run``,
        those of any model.
    run : callable, optional
        As `untrained_networks` takes it.

    Returns
    -------
    RecordingSurrogate
        For `FlowMatrix.significance`, or for statistics of your own.

    Raises
    ------
    InputError
        If weights or run cannot be used. When a surrogate is drawn, also if the recording lacks
        inputs, hidden or outputs, or is not what the default run makes of the weights.

    Examples
    --------
    A model of one's own, here one matrix.

    >>> x = np.random.default_rng(0).normal(size=(4, 5, 2))
    >>> def run(arrays):
    ...     return Recording.from_arrays(inputs=x, hidden=x @ arrays["V"])
    >>> weights = {"V": np.array([[1.0, 2.0], [3.0, 4.0]])}
    >>> null = shuffled_weights(weights, run=run)
    >>> sampler = null.sampler(run(weights), np.random.SeedSequence(0))
    >>> drawn = sampler.draw(0).rows("hidden")
    >>> np.linalg.lstsq(x.reshape(-1, 2), drawn, rcond=None)[0].round(6).tolist()
    [[2.0, 1.0], [4.0, 3.0]]
    """
    arrays = _checked(weights, run)
    return RecordingSurrogate(*SHUFFLED, partial(_shuffled, weights, run, arrays))


def scaled_to_spread(
    arrays: Weights,
    spread_of: Callable[[dict[str, Floats]], float],
    wanted: float,
    logarithms: tuple[float, float],
    steps: int,
) -> dict[str, Floats]:
    """Return weights, all matrices but W_out by one factor larger, so that a spread is the wanted.

    The factor is found by so many halvings of the interval of its logarithm; the spread must grow
    with it.
    """
    low, high = logarithms
    scaled = dict(arrays)
    for _ in range(steps):
        middle = (low + high) / 2.0
        scaled = {
            name: np.exp(middle) * array if array.ndim > 1 and name != "W_out" else array
            for name, array in arrays.items()
        }
        low, high = (middle, high) if spread_of(scaled) < wanted else (low, middle)
    return scaled


# Functions of a module, not closures, so that nulls can be pickled.
def _untrained(
    weights: Any,
    run: Run | None,
    shapes: Mapping[str, tuple[int, ...]],
    scale: float,
    matched: bool,
    recording: Recording,
    random: np.random.Generator,
) -> Recording:
    """Return what weights that were never trained do."""
    again = _run_of(recording, weights) if run is None else run
    drawn = {
        name: random.uniform(-scale, scale, shape) if len(shape) > 1 else np.zeros(shape)
        for name, shape in shapes.items()
    }
    return _matched(drawn, again, recording, scale) if matched else again(drawn)


def _shuffled(
    weights: Any,
    run: Run | None,
    arrays: Weights,
    recording: Recording,
    random: np.random.Generator,
) -> Recording:
    """Return what the same weights do in other places."""
    again = _run_of(recording, weights) if run is None else run
    return again({
        name: random.permutation(array.ravel()).reshape(array.shape)
        if array.ndim > 1
        else array.copy()
        for name, array in arrays.items()
    })  # fmt: skip


def _matched(drawn: dict[str, Floats], run: Run, recording: Recording, scale: float) -> Recording:
    """Return what drawn weights do, scaled to the spread of the recording's hidden nodes."""
    wanted, there = _spread(recording), np.log(scale)
    found = run(
        scaled_to_spread(
            drawn,
            lambda arrays: _spread(run(arrays)),
            wanted,
            (_LOGARITHMS[0] - there, _LOGARITHMS[1] - there),
            _STEPS,
        )
    )
    if not abs(_spread(found) - wanted) <= _NEAR * wanted:
        raise EstimationError(
            "match_spread must be of a spread that untrained networks have: hidden nodes of the "
            f"recording have a standard deviation of {wanted:.3g} on average, those of networks "
            f"scaled to it {_spread(found):.3g}; set match_spread=False, or leave nodes out that "
            "never change"
        )
    return found


def _spread(recording: Recording) -> float:
    return float(recording.rows("hidden").std(axis=0).mean())


def _checked(weights: Any, run: Run | None) -> dict[str, Floats]:
    """Return the weights by name: any that a run takes, or those of the network above."""
    if run is not None and not callable(run):
        raise InputError(
            f"run must take a dict of arrays and return a Recording, got a {type(run).__name__}; "
            "give such a function"
        )
    return arrays_by_name(weights, "weights", RecurrentWeights.names if run is None else None)


def _run_of(recording: Recording, weights: Any) -> Run:
    """Return what runs other weights as those given ran when they were recorded."""
    padded, mask = recording.block("inputs"), recording.mask.to_numpy()
    shape = recording.stretches.shape
    # What follows the last step of a trial is run too, and left out.
    x = np.ascontiguousarray(np.nan_to_num(padded.to_numpy()), np.float64)

    def states(of: RecurrentWeights) -> tuple[Floats, Floats]:
        h, o = of.run(x)
        return h[mask].reshape(*shape, -1), o[mask].reshape(*shape, -1)

    own = RecurrentWeights.of(weights)
    hidden, outputs = recording.rows("hidden"), recording.rows("outputs")
    own.must_lead_to(x, hidden, outputs, "; or say by run= how else it ran", mask)
    put = activations_in_place_of(recording)
    return lambda arrays: put(*states(RecurrentWeights.of(arrays)))


def activations_in_place_of(recording: Recording) -> Callable[[Floats, Floats], Recording]:
    """Return what puts other hidden and outputs (sequence, time, node) in the last snapshot."""
    blocks = [of for of in recording.blocks.values() if of.role in ("hidden", "output")]
    there = recording.snapshot()[[block.name for block in blocks]]

    def put(hidden: Floats, outputs: Floats) -> Recording:
        left, data = {"hidden": hidden, "output": outputs}, {}
        for block in blocks:
            values, rest = np.split(left[block.role], [len(block.nodes)], axis=-1)
            data[block.name], left[block.role] = values, rest
        last = recording.epochs[-1]
        return Recording(recording.fixed, (last,), InMemory({last: there.copy(data=data)}))

    return put
