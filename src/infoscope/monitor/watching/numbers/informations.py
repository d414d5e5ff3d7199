"""Numbers in bits: what the states know about target, present and past inputs."""

import numpy as np

from infoscope._validate import Floats
from infoscope.estimators import LinearDecoder
from infoscope.estimators.label_decoder import labels_in
from infoscope.learning.held_out.decoding import cross_decoding, target_decoding
from infoscope.learning.held_out.smoothed_gaussian import SmoothedGaussian
from infoscope.measures.multivariate import o_information, total_correlation
from infoscope.monitor.watching.numbers.view import View, known, rows

_DECODER = LinearDecoder(ridge=0.1)
# Inputs of the largest variance whose memory is decoded, and targets; and inputs that are
# compared with targets and outputs one by one.
_MOST_INPUTS, _MOST_ALONE = 8, 64


def information_numbers(view: View) -> dict[str, float]:
    """Return information of the last layer, bits, by a cross-validated linear decoder.

    ``target_start``, ``target``: I(h; y) at the first and last snapshot; ``target_gap``: less
    the same on held-out rows; ``input``: I(h; x) of the present inputs per input; ``memory``: what
    h adds to the present inputs about those of the step before, per input; ``output_target``:
    I(output; y); ``output_input``: the largest I(output; x_i) of one input; ``best_input``: the
    largest I(x_i; y) of one input, ``best_input_share``: over that of all inputs; ``correlation``:
    total correlation per unit, and ``redundancy``: O-information per unit, with a noise of a tenth
    of each unit's deviation.
    """
    first, last = view.epochs[0], view.epochs[-1]
    x, y = view.block("inputs"), view.block("targets")
    h, before, o = view.hidden(last), view.hidden(first), view.block("outputs", last)
    y = None if y is None else y[..., :_MOST_INPUTS]
    x = _of_largest_variance(x, _MOST_ALONE)
    alone = [] if x is None else [decoded_bits(x[..., [i]], y) for i in range(x.shape[-1])]
    best = max((bits for bits in alone if np.isfinite(bits)), default=np.nan)
    together, known_of_output = decoded_bits(x, y), _per_node(o, x)
    x = _of_largest_variance(x, _MOST_INPUTS)
    target = decoded_bits(h, y)
    known_of_input = _per_node(h, x)
    return {
        "target_start": decoded_bits(before, y),
        "target": target,
        "target_gap": target - _held_out_bits(view, h, y, last),
        "input": float(np.mean(known_of_input)) if known_of_input else np.nan,
        "memory": _memory(h, x),
        "output_target": decoded_bits(o, y),
        "output_input": max(known_of_output, default=np.nan),
        "best_input": best,
        "best_input_share": best / together if together > 0.0 else np.nan,
        **_shared(h),
    }


def _of_largest_variance(x: Floats | None, most: int) -> Floats | None:
    if x is None:
        return None
    return x[..., np.argsort(-np.nanvar(x, axis=(0, 1)), kind="stable")[:most]]


def decoded_bits(of: Floats | None, about: Floats | None, lag: int = 0) -> float:
    """Return the information of a cross-validated decoder, about values ``lag`` steps earlier."""
    if of is None or about is None or of.shape[1] <= lag:
        return np.nan
    a, b = rows(of, about, lag=lag)
    return known(lambda: target_decoding(a, b, _DECODER).bits())


def _per_node(of: Floats | None, about: Floats | None) -> list[float]:
    """Return the information about each node: together they may be functions of each other."""
    if of is None or about is None:
        return []
    return [bits for bits in _bits_of_each(*rows(of, about)) if np.isfinite(bits)]


def _memory(h: Floats | None, x: Floats | None) -> float:
    if h is None or x is None or x.shape[1] < 3:
        return np.nan
    states, now, past = rows(h, x, x, lag=1)
    both = zip(_bits_of_each(np.hstack([states, now]), past), _bits_of_each(now, past), strict=True)
    gains = [with_states - without for with_states, without in both]
    fine = [gain for gain in gains if np.isfinite(gain)]
    return float(np.mean(fine)) if fine else np.nan


def _bits_of_each(x: Floats, y: Floats) -> list[float]:
    """Return the information about each column of y; one factor of x serves all numbers."""
    bits = [np.nan] * y.shape[1]
    numbers = []
    for i in range(y.shape[1]):
        if labels_in(y[:, [i]]) is None:
            numbers.append(i)
        else:
            bits[i] = known(lambda i=i: target_decoding(x, y[:, [i]], _DECODER).bits())
    if numbers and len(x) >= _DECODER.folds:
        decoding = cross_decoding(x, y[:, numbers], _DECODER)
        for place, i in enumerate(numbers):
            bits[i] = known(decoding.columns(slice(place, place + 1)).bits)
    return bits


def _held_out_bits(view: View, h: Floats | None, y: Floats | None, epoch: int) -> float:
    there, wanted = view.hidden(epoch, held_out=True), view.block("targets", held_out=True)
    if h is None or y is None or there is None or wanted is None:
        return np.nan
    a, b = rows(h, y)
    new = rows(there, wanted[..., : y.shape[-1]])
    return known(lambda: target_decoding(a, b, _DECODER, (new[0], new[1])).bits())


def _shared(h: Floats | None) -> dict[str, float]:
    found: dict[str, float] = {"correlation": np.nan, "redundancy": np.nan}
    if h is None:
        return found
    (states,) = rows(h)
    moving = states[:, np.ptp(states, axis=0) > 0.0]
    if moving.shape[1] < 2:
        return found
    noise, n = SmoothedGaussian(0.1), moving.shape[1]
    return {
        "correlation": known(lambda: total_correlation(moving, estimator=noise).bits / n),
        "redundancy": known(lambda: o_information(moving, estimator=noise).bits / n),
    }
