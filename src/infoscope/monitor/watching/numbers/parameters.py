"""Numbers of gradients and of weights."""

from collections.abc import Mapping

import numpy as np

from infoscope.monitor.watching.numbers.view import View

# Variables of snapshots that describe weights (`weight_numbers`).
_WEIGHTS = ("weight_norm", "weight_change", "recurrent_norm", "recurrent_radius", "input_column")


def gradient_numbers(view: View) -> dict[str, float]:
    """Return numbers of the logged gradient norms.

    ``norm`` median, ``tail`` largest over median, ``relative`` end over start, ``noise`` standard
    deviation of the logarithm, ``not_finite`` share.
    """
    names = ("norm", "tail", "relative", "noise", "not_finite")
    if "gradient_norm" not in view.log:
        return dict.fromkeys(names, np.nan)
    every = view.log["gradient_norm"].dropna().to_numpy(float)
    norms = every[np.isfinite(every) & (every > 0.0)]
    if len(norms) == 0:
        return dict.fromkeys(names, np.nan)
    edge = max(len(norms) // 10, 1)
    middle = float(np.median(norms))
    values = (
        middle, float(norms.max()) / middle,
        float(np.median(norms[-edge:]) / np.median(norms[:edge])),
        float(np.log(norms).std()), float((~np.isfinite(every)).mean()),
    )  # fmt: skip
    return dict(zip(names, values, strict=True))


def weight_numbers_of(view: View) -> dict[str, float]:
    """Return numbers of the weights.

    ``norm_start``, ``growth`` of the norm (end over start), ``update_ratio`` and
    ``largest_update_ratio`` (median and largest relative change per update), ``recurrent_norm``,
    ``radius_start`` and ``radius`` (spectral radius of square recurrent matrices), ``input_column``
    (largest share of one input in the first input matrix).
    """
    tables = [_scalars(view, epoch) for epoch in view.epochs]
    first, last = tables[0], tables[-1]
    changes = [table["weight_change"] for table in tables if "weight_change" in table]
    start = first.get("weight_norm", np.nan)
    return {
        "norm_start": start,
        "growth": last.get("weight_norm", np.nan) / start if start else np.nan,
        "update_ratio": float(np.median(changes)) if changes else np.nan,
        "largest_update_ratio": max(changes) if changes else np.nan,
        "recurrent_norm": last.get("recurrent_norm", np.nan),
        "radius_start": first.get("recurrent_radius", np.nan),
        "radius": last.get("recurrent_radius", np.nan),
        "input_column": last.get("input_column", np.nan),
    }


def _scalars(view: View, epoch: int) -> Mapping[str, float]:
    snapshot = view.recording.read(epoch)
    return {name: float(snapshot[name]) for name in _WEIGHTS if name in snapshot}
