"""Early stopping: the snapshot with the smallest validation error."""

from collections.abc import Sequence

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import Floats, finite_array, real_number


def best_epoch(epochs: Sequence[int], errors: Floats, *, patience: float = np.inf) -> int:
    """Return the epoch of the smallest validation error before patience runs out.

    Training itself may continue, to show overfitting: an epoch counts only within ``patience``
    epochs of the best one before it. Otherwise the noise of a flat curve can select a snapshot long
    after the fit has ended.

    Parameters
    ----------
    epochs : sequence of int
        Epochs of the snapshots, increasing.
    errors : array, shape (epoch,)
        Validation error of each snapshot.
    patience : float
        Epochs without improvement, after which later epochs do not count.

    Raises
    ------
    InputError
        If errors are not one finite number per epoch, epochs do not increase, or patience is
        negative.

    References
    ----------
    L. Prechelt, in: Neural Networks: Tricks of the Trade (Springer, 1998), p. 55.

    Examples
    --------
    >>> epochs, errors = [0, 10, 20, 30, 200], [5.0, 4.0, 3.0, 3.2, 2.9]
    >>> best_epoch(epochs, errors), best_epoch(epochs, errors, patience=100)
    (200, 20)
    """
    curve = finite_array(errors, "errors")
    if curve.shape != (len(epochs),) or not len(epochs):
        raise InputError(
            f"errors must have one number per epoch, ({len(epochs)},), got {curve.shape}; evaluate "
            "every snapshot once"
        )
    if (np.diff(np.asarray(epochs)) <= 0).any():
        raise InputError(f"epochs must increase, got {list(epochs)}; sort snapshots by epoch")
    if patience != np.inf:
        real_number(patience, "patience", 0.0)
    best = 0
    for place, (epoch, error) in enumerate(zip(epochs, curve, strict=True)):
        if epoch - epochs[best] > patience:
            break
        if error < curve[best]:
            best = place
    return int(epochs[best])
