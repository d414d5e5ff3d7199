"""Nulls of whole networks: untrained networks, and networks with shuffled weights.

The default network is h_t = tanh(x_t W_in + h_{t-1} W + b_h), o_t = h_t W_out + b_o.
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

# Bisection of the scale of the matrices: interval of its logarithm and number of steps, which gives
# a relative precision of 1/5,000.
_LOGARITHMS = (-18.0, 8.0)
_STEPS = 17
# Relative tolerance of the spread: in a chaotic network it jumps with the factor.
_NEAR = 0.02


class Words(NamedTuple):
    """Description of a null of networks (`Described`), independent of the network."""

    name: str
    keeps: str
    tests: str
    caveat: str


_OTHERS = (
    "hidden nodes of another network share only their names with those of this one, so that an "
    "edge must exceed all edges between such nodes; draw 20 or more"
)
UNTRAINED = Words(
    "untrained",
    "architecture, alignment and inputs, and the mean standard deviation of the hidden nodes",
    "nothing is learned: untrained networks have as much",
    "tests learning, not flow: information flows in untrained networks too; " + _OTHERS,
)
SHUFFLED = Words(
    "weight-shuffled",
    "architecture, alignment and inputs, and the weights of each matrix without their places",
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
    """Return the null of untrained networks, run on the same inputs.

    Parameters
    ----------
    weights : mapping or object with ``arrays()``
        Arrays W_in (input, hidden), W (hidden, hidden), W_out (hidden, output), b_h, b_o and h_0,
        as returned by `infoscope.networks.FullyRecurrent.arrays`. With ``run``, those of any
        model; only their names and shapes are used.
    run : callable, optional
        Takes a dict of such arrays and returns a `Recording` of the same nodes and rows. By
        default the network above, over each sequence of the recording's inputs from the state h_0.
    initial_scale : float
        Matrices are drawn uniformly from ±initial_scale; vectors are zero.
    match_spread : bool
        Scale all matrices except W_out by one factor to match the mean standard deviation of the
        hidden nodes to the recording (bisection of the factor's logarithm). Otherwise an untrained
        network differs by the size of its activations as much as by its wiring.

    Returns
    -------
    RecordingSurrogate
        For `FlowMatrix.significance`, or for your own statistics.

    Raises
    ------
    InputError
        If weights, run or scale are invalid. When a surrogate is drawn, also if the recording
        lacks inputs, hidden or outputs, or differs from the default run of the weights.
    EstimationError
        When a surrogate is drawn, if no factor matches the spread of the hidden nodes.

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
    """Return the null of networks with shuffled weights, run on the same inputs.

    The entries of each matrix are permuted within it; vectors are unchanged.

    Parameters
    ----------
    weights : mapping or object with ``arrays()``
        Weights of the recorded network, as for `untrained_networks`; with ``run``, those of any
        model.
    run : callable, optional
        As for `untrained_networks`.

    Returns
    -------
    RecordingSurrogate
        For `FlowMatrix.significance`, or for your own statistics.

    Raises
    ------
    InputError
        If weights or run are invalid. When a surrogate is drawn, also if the recording lacks
        inputs, hidden or outputs, or differs from the default run of the weights.

    Examples
    --------
    A custom model, here one matrix.

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
    """Return weights with all matrices except W_out scaled by one factor to reach a spread.

    The factor is found by bisection of its logarithm; the spread must increase with it.
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


# Module functions instead of closures, so that nulls can be pickled.
def _untrained(
    weights: Any,
    run: Run | None,
    shapes: Mapping[str, tuple[int, ...]],
    scale: float,
    matched: bool,
    recording: Recording,
    random: np.random.Generator,
) -> Recording:
    """Return the recording of an untrained network."""
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
    """Return the recording of a network with shuffled weights."""
    again = _run_of(recording, weights) if run is None else run
    return again({
        name: random.permutation(array.ravel()).reshape(array.shape)
        if array.ndim > 1
        else array.copy()
        for name, array in arrays.items()
    })  # fmt: skip


def _matched(drawn: dict[str, Floats], run: Run, recording: Recording, scale: float) -> Recording:
    """Return the recording of drawn weights, scaled to the spread of the recorded hidden nodes."""
    wanted, there = mean_spread(recording), np.log(scale)
    found = run(
        scaled_to_spread(
            drawn,
            lambda arrays: mean_spread(run(arrays)),
            wanted,
            (_LOGARITHMS[0] - there, _LOGARITHMS[1] - there),
            _STEPS,
        )
    )
    if not abs(mean_spread(found) - wanted) <= _NEAR * wanted:
        raise EstimationError(
            "match_spread must be of a spread that untrained networks have: hidden nodes of the "
            f"recording have a standard deviation of {wanted:.3g} on average, those of networks "
            f"scaled to it {mean_spread(found):.3g}; set match_spread=False, or leave nodes out "
            "that never change"
        )
    return found


def mean_spread(recording: Recording) -> float:
    """Return the mean standard deviation of the hidden nodes."""
    return float(recording.rows("hidden").std(axis=0).mean())


def _checked(weights: Any, run: Run | None) -> dict[str, Floats]:
    """Return the weights by name: any for a custom run, or those of the network above."""
    if run is not None and not callable(run):
        raise InputError(
            f"run must take a dict of arrays and return a Recording, got a {type(run).__name__}; "
            "pass a function"
        )
    return arrays_by_name(weights, "weights", RecurrentWeights.names if run is None else None)


def _run_of(recording: Recording, weights: Any) -> Run:
    """Return a function that runs other weights in the same way as the recorded ones."""
    padded, mask = recording.block("inputs"), recording.mask.to_numpy()
    shape = recording.stretches.shape
    # Steps after the end of a trial are run, too, and left out.
    x = np.ascontiguousarray(np.nan_to_num(padded.to_numpy()), np.float64)

    def states(of: RecurrentWeights) -> tuple[Floats, Floats]:
        h, o = of.run(x)
        return h[mask].reshape(*shape, -1), o[mask].reshape(*shape, -1)

    own = RecurrentWeights.of(weights)
    hidden, outputs = recording.rows("hidden"), recording.rows("outputs")
    own.must_lead_to(x, hidden, outputs, "; or pass run= for another model", mask)
    put = activations_in_place_of(recording)
    return lambda arrays: put(*states(RecurrentWeights.of(arrays)))


def activations_in_place_of(recording: Recording) -> Callable[[Floats, Floats], Recording]:
    """Return a function that replaces hidden and outputs (sequence, time, node) of a recording."""
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
