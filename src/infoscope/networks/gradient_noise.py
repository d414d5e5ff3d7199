"""Mean, spread and signal-to-noise ratio of the gradient over the windows of a pass."""

import math

import pandas as pd
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from infoscope._errors import InputError
from infoscope.networks.recurrent import FullyRecurrent
from infoscope.networks.training import one_thread, window_tensors

# Number of windows whose gradients are in memory at once.
_WINDOWS_AT_ONCE = 256


def gradient_signal_to_noise(
    network: FullyRecurrent, inputs: ArrayLike, targets: ArrayLike
) -> pd.DataFrame:
    """Return mean and spread over windows of every parameter's gradient at fixed weights.

    Parameters
    ----------
    network : FullyRecurrent
        With the weights to analyse; `load_arrays` sets those of a snapshot.
    inputs, targets : array, shape (window, time, n_inputs) and (window, time, n_outputs)
        Windows of one pass, two or more.

    Returns
    -------
    DataFrame
        One row per parameter, ``parameter``, the recurrent matrix W included:

        * ``mean``, ``spread``: m = ||mean over windows of g|| and s = ||standard deviation over
          windows of g||, Frobenius norms, over the norm of the parameter; NaN for a parameter that
          is zero, such as initial biases. In loss per relative change.
        * ``snr`` = m / s, of any parameter: inf where all windows agree, NaN where all are zero.
        * ``floor`` = 1 / sqrt(B) for B windows: its approximate value if the true mean is zero.
        * ``signal_square`` = m^2 - s^2 / B: the square of m without the noise bias, for independent
          windows; may be negative.
        * ``weight_norm``.

    Raises
    ------
    InputError
        If arrays and network do not fit, or there is only one window.

    References
    ----------
    R. Shwartz-Ziv, N. Tishby, arXiv:1703.00810 (2017), section 3.2, per matrix; the standard
    deviation has B - 1 degrees of freedom, so that ``signal_square`` is unbiased.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(50, 10, 3))
    >>> network = FullyRecurrent(3, 4, 1, initial_scale=0.5, random_state=0)
    >>> table = gradient_signal_to_noise(network, x, x[..., :1])
    >>> table["parameter"].tolist()
    ['W_in', 'W', 'b_h', 'W_out', 'b_o', 'h_0']
    """
    x, y = window_tensors(network, inputs, targets)
    windows = len(x)
    if windows < 2:
        raise InputError(f"inputs must have two windows or more, got {windows}; a spread needs two")
    with one_thread():
        mean, spread = _moments(network, x, y)
    rows = []
    for name, parameter in network.named_parameters():
        size = float(parameter.detach().norm())
        m, s = float(mean[name].norm()), float(spread[name].norm())
        ratio = m / s if s > 0.0 else (math.inf if m > 0.0 else math.nan)
        m, s = (m / size, s / size) if size > 0.0 else (math.nan, math.nan)
        rows.append((name, m, s, ratio, windows**-0.5, m**2 - s**2 / windows, size))
    columns = ["parameter", "mean", "spread", "snr", "floor", "signal_square", "weight_norm"]
    return pd.DataFrame(rows, columns=columns)


@torch.no_grad()
def window_gradients(network: FullyRecurrent, inputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Return the gradient of every window's mean squared error, by parameter: (window, *shape).

    The back-propagation through time of `BackPropagation`, on all windows at once.

    Examples
    --------
    >>> network = FullyRecurrent(3, 4, 2, random_state=0)
    >>> inputs, targets = torch.ones(5, 10, 3).double(), torch.zeros(5, 10, 2).double()
    >>> tuple(window_gradients(network, inputs, targets)["W"].shape)
    (5, 4, 4)
    """
    hidden, outputs = network(inputs)
    before = torch.cat([network.h_0.expand(len(inputs), 1, -1), hidden[:, :-1]], dim=1)
    error = (outputs - targets) * (2.0 / outputs[0].numel())
    slope = 1.0 - hidden**2
    delta = error @ network.W_out.T
    delta[:, -1] *= slope[:, -1]
    for t in range(hidden.shape[1] - 2, -1, -1):
        delta[:, t] = slope[:, t] * (delta[:, t] + delta[:, t + 1] @ network.W.T)
    return {
        "W_in": inputs.transpose(1, 2) @ delta,
        "W": before.transpose(1, 2) @ delta,
        "b_h": delta.sum(1),
        "W_out": hidden.transpose(1, 2) @ error,
        "b_o": error.sum(1),
        "h_0": delta[:, 0] @ network.W.T,
    }


def _moments(
    network: FullyRecurrent, inputs: Tensor, targets: Tensor
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return mean and standard deviation of each entry over windows, in chunks."""
    done, means, squares = 0, {}, {}
    pieces = zip(inputs.split(_WINDOWS_AT_ONCE), targets.split(_WINDOWS_AT_ONCE), strict=True)
    for x, y in pieces:
        for name, each in window_gradients(network, x, y).items():
            mean, square = each.mean(0), ((each - each.mean(0)) ** 2).sum(0)
            if done:  # joined without cancellation of large numbers
                apart = mean - means[name]
                square += squares[name] + apart**2 * (done * len(x) / (done + len(x)))
                mean = means[name] + apart * (len(x) / (done + len(x)))
            means[name], squares[name] = mean, square
        done += len(x)
    return means, {name: (square / (done - 1)).sqrt() for name, square in squares.items()}
