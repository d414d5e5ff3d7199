"""Slow twins of recurrent layers: one unit and one step at a time, from torch's documentation."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))


def _argument(weights: Any, bias: Any, row: int, values: Any) -> float:
    return sum(weights[row][k] * values[k] for k in range(len(values))) + (
        0.0 if bias is None else bias[row]
    )


def rnn_step(w: Mapping[str, Any], x: Any, h: Any, relu: bool = False) -> dict[str, list[float]]:
    units = len(h)
    total = [
        _argument(w["w_ih"], w["b_ih"], j, x) + _argument(w["w_hh"], w["b_hh"], j, h)
        for j in range(units)
    ]
    return {"h": [max(0.0, t) if relu else math.tanh(t) for t in total]}


def gru_step(w: Mapping[str, Any], x: Any, h: Any) -> dict[str, list[float]]:
    units = len(h)
    found: dict[str, list[float]] = {"h": [], "r": [], "z": [], "n": []}
    for j in range(units):
        of_x = [_argument(w["w_ih"], w["b_ih"], g * units + j, x) for g in range(3)]
        of_h = [_argument(w["w_hh"], w["b_hh"], g * units + j, h) for g in range(3)]
        r, z = _sigmoid(of_x[0] + of_h[0]), _sigmoid(of_x[1] + of_h[1])
        n = math.tanh(of_x[2] + r * of_h[2])
        for name, value in (("r", r), ("z", z), ("n", n), ("h", (1 - z) * n + z * h[j])):
            found[name].append(value)
    return found


def lstm_step(
    w: Mapping[str, Any], x: Any, h: Any, c: Any, projection: Any = None
) -> dict[str, list[float]]:
    units = len(c)
    found: dict[str, list[float]] = {name: [] for name in ("i", "f", "g", "o", "c")}
    for j in range(units):
        i, f, g, o = (
            _argument(w["w_ih"], w["b_ih"], k * units + j, x)
            + _argument(w["w_hh"], w["b_hh"], k * units + j, h)
            for k in range(4)
        )
        i, f, g, o = _sigmoid(i), _sigmoid(f), math.tanh(g), _sigmoid(o)
        for name, value in (("i", i), ("f", f), ("g", g), ("o", o), ("c", f * c[j] + i * g)):
            found[name].append(value)
    plain = [o * math.tanh(new) for o, new in zip(found["o"], found["c"], strict=True)]
    if projection is not None:
        plain = [_argument(projection, None, j, plain) for j in range(len(projection))]
    return found | {"h": plain}


def layer(step: Any, w: Mapping[str, Any], x: Any, start: Mapping[str, Any]) -> dict[str, Any]:
    """All steps of one sequence (time, feature): (time, units) by name."""
    state, rows = dict(start), []
    for values in x:
        made = step(w, values, **{name: state[name] for name in start})
        state = {name: made[name] for name in start}
        rows.append(made)
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}
