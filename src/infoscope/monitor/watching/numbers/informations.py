"""Numbers in bits: what the states know about target, present and past inputs."""

import numpy as np

from infoscope._validate import Floats
from infoscope.estimators import LinearDecoder
from infoscope.learning.held_out.decoding import target_decoding
from infoscope.learning.held_out.smoothed_gaussian import SmoothedGaussian
from infoscope.measures.multivariate import o_information, total_correlation
from infoscope.monitor.watching.numbers.view import View, known, rows

_DECODER = LinearDecoder(ridge=0.1)
# Inputs of the largest variance whose memory is decoded, and targets.
_MOST_INPUTS = 8


def information_numbers(view: View) -> dict[str, float]:
    """Return information of the last layer, bits, by a cross-validated linear decoder.

    ``target_start``, ``target``: I(h; y) at the first and last snapshot; ``target_gap``: less
    the same on held-out rows; ``input``: I(h; x) of the present inputs per input; ``memory``: what
    h adds to the present inputs about those of the step before, per input; ``output_target`` and
    ``output_input``: I(output; y), I(output; x); ``best_input``: the largest I(x_i; y) of one
    input, ``best_input_share``: over that of all inputs; ``shared_rows``: share of held-out rows
    of inputs that are also probe rows, unless all are whole numbers; ``correlation``: total
    correlation per unit, and ``redundancy``: O-information per unit, with a noise of a tenth of
    each unit's deviation.
    """
    first, last = view.epochs[0], view.epochs[-1]
    x, y = view.block("inputs"), view.block("targets")
    h, before, o = view.hidden(last), view.hidden(first), view.block("outputs", last)
    if x is not None:
        x = x[..., np.argsort(-np.nanvar(x, axis=(0, 1)), kind="stable")[:_MOST_INPUTS]]
    y = None if y is None else y[..., :_MOST_INPUTS]
    alone = [] if x is None else [decoded_bits(x[..., [i]], y) for i in range(x.shape[-1])]
    best = max((bits for bits in alone if np.isfinite(bits)), default=np.nan)
    together = decoded_bits(x, y)
    target = decoded_bits(h, y)
    return {
        "target_start": decoded_bits(before, y),
        "target": target,
        "target_gap": target - _held_out_bits(view, h, y, last),
        "input": _per_node(h, x),
        "memory": _memory(h, x),
        "output_target": decoded_bits(o, y),
        "output_input": _per_node(o, x),
        "best_input": best,
        "best_input_share": best / together if together > 0.0 else np.nan,
        "shared_rows": _shared_rows(view),
        **_shared(h),
    }


def decoded_bits(of: Floats | None, about: Floats | None, lag: int = 0) -> float:
    """Return the information of a cross-validated decoder, about values ``lag`` steps earlier."""
    if of is None or about is None or of.shape[1] <= lag:
        return np.nan
    a, b = rows(of, about, lag=lag)
    return known(lambda: target_decoding(a, b, _DECODER).bits())


def _per_node(of: Floats | None, about: Floats | None) -> float:
    """Return the mean information about one node: nodes may be functions of each other."""
    if of is None or about is None:
        return np.nan
    found = [decoded_bits(of, about[..., [i]]) for i in range(about.shape[-1])]
    fine = [bits for bits in found if np.isfinite(bits)]
    return float(np.mean(fine)) if fine else np.nan


def _memory(h: Floats | None, x: Floats | None) -> float:
    if h is None or x is None or x.shape[1] < 3:
        return np.nan
    gains = []
    for i in range(x.shape[-1]):
        states, now, past = rows(h, x, x[..., [i]], lag=1)
        with_states = known(
            lambda s=states, n=now, p=past: target_decoding(np.hstack([s, n]), p, _DECODER).bits()
        )
        gains.append(
            with_states - known(lambda n=now, p=past: target_decoding(n, p, _DECODER).bits())
        )
    fine = [gain for gain in gains if np.isfinite(gain)]
    return float(np.mean(fine)) if fine else np.nan


def _held_out_bits(view: View, h: Floats | None, y: Floats | None, epoch: int) -> float:
    there, wanted = view.hidden(epoch, held_out=True), view.block("targets", held_out=True)
    if h is None or y is None or there is None or wanted is None:
        return np.nan
    a, b = rows(h, y)
    new = rows(there, wanted[..., : y.shape[-1]])
    return known(lambda: target_decoding(a, b, _DECODER, (new[0], new[1])).bits())


def _shared_rows(view: View) -> float:
    """Share of held-out input rows that occur in the probe."""
    here, there = view.block("inputs", every=True), view.block("inputs", held_out=True, every=True)
    if here is None or there is None:
        return np.nan
    if (rows(here)[0] % 1.0 == 0.0).all():  # tokens and counts coincide without being copies
        return np.nan
    own = {row.tobytes() for row in rows(here)[0]}
    return float(np.mean([row.tobytes() in own for row in rows(there)[0]]))


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
