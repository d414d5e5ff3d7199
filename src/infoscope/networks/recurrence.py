"""Ablation of recurrence: outputs of a network without it."""

from typing import Any

from infoscope._errors import InputError
from infoscope._validate import Floats, finite_array
from infoscope.networks.of_snapshot import Weights
from infoscope.recordings.weights import RecurrentWeights

NO_RECURRENCE, RESET = "W = 0", "h reset"


def ablated_outputs(parameters: Any, inputs: Floats) -> dict[str, Floats]:
    """Return the outputs of a network with and without its recurrence.

    Parameters
    ----------
    parameters : mapping, object with ``arrays()``, or Gated
        Arrays W_in, W, b_h, W_out, b_o and h_0, as `FullyRecurrent.arrays` returns; or a network of
        gated units.
    inputs : array, shape (sequence, time, input)
        Inputs of the network; each sequence starts from h_0, of gated units from zero.

    Returns
    -------
    dict
        Arrays (sequence, time, output). "network" is unchanged; "W = 0" has its recurrent weights
        set to zero, which leaves gated units the memory of their own cell; "h reset" resets the
        whole state before every step, which removes all memory.

    Raises
    ------
    InputError
        If parameters are missing or have another shape, or inputs do not fit them.

    Examples
    --------
    >>> import numpy as np
    >>> from infoscope.networks import FullyRecurrent
    >>> network = FullyRecurrent(3, 5, 1, random_state=0)
    >>> {name: out.shape for name, out in ablated_outputs(network, np.ones((4, 7, 3))).items()}
    {'network': (4, 7, 1), 'W = 0': (4, 7, 1), 'h reset': (4, 7, 1)}
    """
    weights = _network(parameters)
    steps = finite_array(inputs, "inputs")
    n_inputs = weights.nodes[0]
    if steps.ndim != 3 or steps.shape[2] != n_inputs:
        raise InputError(
            f"inputs must have shape (sequence, time, {n_inputs}), got {steps.shape}; pass the "
            "windows that the network reads"
        )
    return {
        "network": weights.run(steps)[1],
        NO_RECURRENCE: weights.without_recurrence().run(steps)[1],
        RESET: weights.run(steps, reset=True)[1],
    }


def _network(parameters: Any) -> Weights:
    if isinstance(parameters, RecurrentWeights):
        return parameters
    # Imported here: the paper's network runs without torch.
    from infoscope.networks.gated import Gated

    gated = isinstance(parameters, Gated)
    return parameters if gated else RecurrentWeights.of(parameters, "parameters")
