"""What a network computes without its recurrence: whether the job needs any."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import Floats, arrays_by_name, finite_array
from infoscope.kernels.recurrent import activate

_PARAMETERS = ("W_in", "W", "b_h", "W_out", "b_o", "h_0")
NO_RECURRENCE, RESET = "W = 0", "h reset"


def ablated_outputs(parameters: Any, inputs: Floats) -> dict[str, Floats]:
    """Return the outputs of a network, and those of the same network without recurrence.

    Parameters
    ----------
    parameters : mapping, or object with ``arrays()``
        Arrays W_in, W, b_h, W_out, b_o and h_0, as `FullyRecurrent.arrays` returns.
    inputs : array, shape (sequence, time, input)
        What the network runs over, each sequence from h_0 on.

    Returns
    -------
    dict
        Arrays (sequence, time, output). "network" is the network as it is; "W = 0" has its
        recurrent weights set to zero; "h reset" has the state reset to h_0 before every step, so
        that no step knows of an earlier one.

    Raises
    ------
    InputError
        If parameters are missing or of another shape, or inputs do not fit them.

    Examples
    --------
    >>> from infoscope.networks import FullyRecurrent
    >>> network = FullyRecurrent(3, 5, 1, random_state=0)
    >>> {name: out.shape for name, out in ablated_outputs(network, np.ones((4, 7, 3))).items()}
    {'network': (4, 7, 1), 'W = 0': (4, 7, 1), 'h reset': (4, 7, 1)}
    """
    weights = arrays_by_name(parameters, "parameters", _PARAMETERS)
    steps = finite_array(inputs, "inputs")
    n_inputs, _ = weights["W_in"].shape
    if steps.ndim != 3 or steps.shape[2] != n_inputs:
        raise InputError(
            f"inputs must have shape (sequence, time, {n_inputs}), got {steps.shape}; pass the "
            "windows that the network reads"
        )
    one_by_one = steps.reshape(-1, 1, n_inputs)
    reset = _outputs(weights, one_by_one)
    return {
        "network": _outputs(weights, steps),
        NO_RECURRENCE: _outputs(weights | {"W": np.zeros_like(weights["W"])}, steps),
        RESET: reset.reshape(*steps.shape[:2], -1),
    }


def _outputs(weights: Mapping[str, Floats], inputs: Floats) -> Floats:
    n_hidden, n_outputs = weights["W_out"].shape
    vector = np.concatenate([weights[name].ravel() for name in _PARAMETERS])
    hidden = np.empty((*inputs.shape[:2], n_hidden))
    outputs = np.empty((*inputs.shape[:2], n_outputs))
    activate(np.ascontiguousarray(inputs), vector, hidden, outputs)
    return outputs
