"""All numbers of a training, in families: the features of `infoscope.monitor.diagnosis`."""

from collections.abc import Callable, Mapping

import pandas as pd

from infoscope._errors import InputError
from infoscope._validate import instance, real_number
from infoscope.monitor.watching.numbers.informations import information_numbers
from infoscope.monitor.watching.numbers.losses import loss_numbers
from infoscope.monitor.watching.numbers.parameters import gradient_numbers, weight_numbers_of
from infoscope.monitor.watching.numbers.states import activation_numbers
from infoscope.monitor.watching.numbers.view import View
from infoscope.recordings.recording import Recording

FAMILIES: Mapping[str, Callable[[View], dict[str, float]]] = {
    "loss": loss_numbers,
    "gradient": gradient_numbers,
    "weights": weight_numbers_of,
    "activation": activation_numbers,
    "information": information_numbers,
}


def features(
    recording: Recording, log: pd.DataFrame, share: float = 1.0, *,
    held_out: Recording | None = None,
) -> dict[str, float]:  # fmt: skip
    """Return the numbers of the first share of a training, which diagnoses rest on.

    Parameters
    ----------
    recording : Recording
        Snapshots of the training on its probe (`Watch.recording`), in updates.
    log : DataFrame
        One row per update with the columns step and loss, and others (`Watch.to_frame`).
    share : float
        Share of the training, above 0 and at most 1: only snapshots and updates up to this share
        of the last update are used.
    held_out : Recording, optional
        The same snapshots on held-out data.

    Returns
    -------
    dict
        Numbers by name, ``<family>.<name>``, always the same names, with the families of
        `FAMILIES`. NaN where the data have no such number: no targets, no held-out data, or an
        information that is not defined.

    Raises
    ------
    InputError
        If an argument is of another kind, or the share holds no snapshot.

    Examples
    --------
    >>> import numpy as np
    >>> states = np.tanh(np.random.default_rng(0).normal(size=(2, 20, 8, 3)))
    >>> rec = Recording.from_arrays(hidden=states, epochs=[0, 10])
    >>> log = pd.DataFrame({"step": range(1, 11), "loss": np.linspace(1.0, 0.1, 10)})
    >>> found = features(rec, log)
    >>> round(found["loss.relative"], 3), found["activation.still"], found["information.target"]
    (0.1, 0.0, nan)
    """
    instance(recording, Recording, "recording")
    instance(log, pd.DataFrame, "log", "pass what Watch.to_frame returns")
    if held_out is not None:
        instance(held_out, Recording, "held_out")
    if not 0.0 < real_number(share, "share") <= 1.0:
        raise InputError(f"share must be above 0 and at most 1, got {share}; 0.05 is 5 %")
    view = _view(recording, log, share, held_out)
    return {
        f"{family}.{name}": float(value)
        for family, compute in FAMILIES.items()
        for name, value in compute(view).items()
    }


def _view(
    recording: Recording, log: pd.DataFrame, share: float, held_out: Recording | None
) -> View:
    steps = log["step"] if "step" in log else pd.Series(dtype=float)
    last = max(recording.epochs[-1], int(steps.max()) if len(steps) else 0)
    end = share * last
    epochs = [epoch for epoch in recording.epochs if epoch <= end]
    if held_out is not None:
        epochs = [epoch for epoch in epochs if epoch in held_out.epochs]
    if not epochs:
        raise InputError(
            f"share must leave a snapshot, got {share}, which ends at update {end:g} before the "
            f"first, {recording.epochs[0]}; raise it, or watch from update 0 on"
        )
    return View(recording, log[steps <= end] if len(steps) else log, epochs, held_out)
