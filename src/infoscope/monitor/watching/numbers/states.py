"""Numbers of the states and inputs that need no estimate of information."""

import numpy as np

from infoscope._validate import Floats
from infoscope.learning.held_out.layer_state import SATURATED, participation_ratio
from infoscope.monitor.watching.numbers.view import View, rows

# Standard deviations below this share of the largest count as none.
_STILL = 1e-6
# Steps that held-out data must share with the probe.
_STRETCH = 5


def activation_numbers(view: View) -> dict[str, float]:
    """Return numbers of the states of the last layer, at the first and last snapshot.

    ``saturation`` (share of |h| above 0.95, of states within -1 and 1), ``spread`` (mean standard
    deviation of units), ``still`` (share of constant units), ``dimension`` (participation
    ratio), ``similarity`` (mean absolute correlation of units), each also ``_start``;
    ``input_scale`` (largest standard deviation of an input), ``input_imbalance`` (share of the
    largest variance), ``constant_inputs``, ``duplicate_inputs`` (numbers of inputs,
    unless all values are 0 or 1);
    ``shared_stretches`` (share of the held-out stretches of five steps of all inputs that are in
    the probe, too, unless all are whole numbers).
    """
    found: dict[str, float] = {}
    for ending, epoch in (("_start", view.epochs[0]), ("", view.epochs[-1])):
        states = view.hidden(epoch)
        numbers = dict.fromkeys(_OF_STATES, np.nan) if states is None else _of_states(states)
        found |= {name + ending: value for name, value in numbers.items()}
    inputs = view.block("inputs")
    found |= dict.fromkeys(_OF_INPUTS, np.nan) if inputs is None else _of_inputs(inputs)
    return found | {"shared_stretches": _shared_stretches(view)}


_OF_STATES = ("saturation", "spread", "still", "dimension", "similarity")
_OF_INPUTS = ("input_scale", "input_imbalance", "constant_inputs", "duplicate_inputs")


def _of_states(states: Floats) -> dict[str, float]:
    (h,) = rows(states)
    width = h.std(axis=0)
    moving = h[:, width > _STILL * max(float(width.max()), 1e-30)]
    bounded = float(np.abs(h).max()) <= 1.0
    values = (
        float((np.abs(h) > SATURATED).mean()) if bounded else np.nan,
        float(width.mean()),
        1.0 - moving.shape[1] / h.shape[1],
        participation_ratio(h),
        _similarity(moving),
    )
    return dict(zip(_OF_STATES, values, strict=True))


def _of_inputs(inputs: Floats) -> dict[str, float]:
    (x,) = rows(inputs)
    width = x.std(axis=0)
    varying = x[:, width > 0.0]
    _, first = np.unique(varying, axis=1, return_index=True)
    total = float((width**2).sum())
    # Of classes as 0 and 1, a rare one may be absent from the probe.
    classes = bool(np.isin(x, (0.0, 1.0)).all())
    values = (
        float(width.max()),
        float((width**2).max()) / total if total > 0.0 else np.nan,
        np.nan if classes else float((width == 0.0).sum()),
        np.nan if classes else float(varying.shape[1] - len(first)),
    )
    return dict(zip(_OF_INPUTS, values, strict=True))


def _similarity(states: Floats) -> float:
    """Mean absolute correlation of different units; NaN for fewer than two."""
    n = states.shape[1]
    if n < 2:
        return np.nan
    matrix = np.corrcoef(states, rowvar=False)
    return float((np.abs(matrix).sum() - n) / (n * (n - 1)))


def _shared_stretches(view: View) -> float:
    here, there = view.block("inputs", every=True), view.block("inputs", held_out=True, every=True)
    if here is None or there is None:
        return np.nan
    if (rows(here)[0] % 1.0 == 0.0).all():  # tokens and counts coincide without being copies
        return np.nan
    own, held_out = set(_stretches(here)), _stretches(there)
    return float(np.mean([each in own for each in held_out])) if held_out else np.nan


def _stretches(inputs: Floats) -> list[tuple[int, ...]]:
    """Return each run of `_STRETCH` steps without padding as hashes: single rows may coincide."""
    length = min(_STRETCH, inputs.shape[1])
    known = np.asarray(np.isfinite(inputs).all(axis=2))
    hashes = [[hash(row.tobytes()) for row in sequence] for sequence in inputs]
    return [
        tuple(hashes[i][t : t + length])
        for i in range(len(inputs))
        for t in range(inputs.shape[1] - length + 1)
        if known[i, t : t + length].all()
    ]
