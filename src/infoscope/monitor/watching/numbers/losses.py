"""Numbers of the loss curve, and of what the outputs achieve."""

import numpy as np
import pandas as pd

from infoscope._validate import Floats
from infoscope.monitor.watching.numbers.view import View, rows

# Share of the curve that counts as its start and as its end.
_EDGE = 0.1


def loss_numbers(view: View) -> dict[str, float]:
    """Return numbers of the logged losses, and the skill of the outputs.

    ``relative`` end over start; ``worst`` largest over the first; ``not_finite`` share;
    ``noise`` standard deviation of changes over the mean; ``held_out_relative``, ``held_out_rise``
    (end over smallest), from a logged ``held_out_loss``, ``val_loss`` or ``test_loss``; ``skill``,
    ``held_out_skill``: 1 - error over the error of the mean target (or of the commonest class);
    ``skill_gap``, their difference; ``held_out_fall``, the largest held-out skill less the last;
    ``persistence_skill``: over the error of the target before.
    """
    curve = _column(view.log, ("loss",))
    held_out = _column(view.log, ("held_out_loss", "val_loss", "test_loss"))
    found = {
        "relative": _relative(curve), "worst": _worst(curve), "noise": _noise(curve),
        "not_finite": float((~np.isfinite(curve)).mean()) if len(curve) else np.nan,
        "held_out_relative": _relative(held_out), "held_out_rise": _rise(held_out),
    }  # fmt: skip
    last = view.epochs[-1]
    for name, of_held_out in (("skill", False), ("held_out_skill", True)):
        outputs = view.block("outputs", last, held_out=of_held_out)
        targets = view.block("targets", held_out=of_held_out)
        found[name] = skill(outputs, targets)
        if not of_held_out:
            found["persistence_skill"] = _persistence_skill(outputs, targets)
    found["skill_gap"] = found["skill"] - found["held_out_skill"]
    skills = [
        skill(view.block("outputs", epoch, held_out=True), view.block("targets", held_out=True))
        for epoch in (view.epochs if view.held_out is not None else [])
    ]
    found["held_out_fall"] = max(skills) - skills[-1] if skills else np.nan
    return found


def skill(outputs: Floats | None, targets: Floats | None) -> float:
    """Return 1 - error of outputs / error of the mean target; of classes for whole numbers."""
    if outputs is None or targets is None:
        return np.nan
    x, y = rows(outputs, targets)
    if x.shape[1] == y.shape[1]:
        worst = float(((y - y.mean(0)) ** 2).mean())
        return 1.0 - float(((x - y) ** 2).mean()) / worst if worst > 0.0 else np.nan
    if y.shape[1] == 1 and (y == np.round(y)).all() and y.min() >= 0 and y.max() < x.shape[1]:
        labels = y[:, 0].astype(int)
        wrong = float((x.argmax(1) != labels).mean())
        commonest = float(np.bincount(labels).max()) / len(labels)
        return 1.0 - wrong / (1.0 - commonest) if commonest < 1.0 else np.nan
    return np.nan


def _persistence_skill(outputs: Floats | None, targets: Floats | None) -> float:
    if outputs is None or targets is None or outputs.shape != targets.shape:
        return np.nan
    if targets.shape[1] < 2:
        return np.nan
    x, y, before = rows(outputs, targets, targets, lag=1)
    worst = float(((y - before) ** 2).mean())
    return 1.0 - float(((x - y) ** 2).mean()) / worst if worst > 0.0 else np.nan


def _column(log: pd.DataFrame, names: tuple[str, ...]) -> Floats:
    name = next((name for name in names if name in log), None)
    if name is None:
        return np.empty(0)
    values = log[name].to_numpy(float)
    # A loss that is logged at some updates only is missing at the others; NaN losses are kept.
    return values if name == "loss" else values[~np.isnan(values)]


def _relative(curve: Floats) -> float:
    edge = max(int(_EDGE * len(curve)), 1)
    if len(curve) < 2 or not np.isfinite(curve[:edge]).any():
        return np.nan
    start, end = np.nanmedian(curve[:edge]), np.median(curve[-edge:])
    return float(end / start) if np.isfinite(end) and start != 0.0 else np.nan


def _worst(curve: Floats) -> float:
    # Over the median, every loss that falls far would count.
    fine = curve[np.isfinite(curve)]
    return float(fine.max() / fine[0]) if len(fine) and fine[0] > 0.0 else np.nan


def _noise(curve: Floats) -> float:
    fine = curve[np.isfinite(curve)]
    if len(fine) < 3 or fine.mean() == 0.0:
        return np.nan
    return float(np.diff(fine).std() / abs(fine.mean()))


def _rise(curve: Floats) -> float:
    edge = max(int(_EDGE * len(curve)), 1)
    if len(curve) < 2 or not curve.min() > 0.0:
        return np.nan
    return float(np.median(curve[-edge:]) / curve.min())
