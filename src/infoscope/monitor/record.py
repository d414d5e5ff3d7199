"""Record the activations of anyone's network on a fixed probe."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from infoscope._arrays import described
from infoscope._errors import InputError, require
from infoscope._progress import Progress
from infoscope._validate import truth
from infoscope.monitor.replaying.steps import pieces_of_steps
from infoscope.recordings.pieces import Pieces
from infoscope.recordings.recording import Recording


def record(
    model: Any,
    inputs: Any,
    *,
    targets: Any = None,
    units: Any = None,
    gates: bool = False,
    state: Any = None,
    lengths: Sequence[int] | None = None,
    dtype: str = "float32",
    batch_first: bool | None = None,
    checkpoints: Any = None,
    path: str | Path | None = None,
    progress: bool = False,
    feedback: Callable[[Any, Any], Any] | None = None,
    batch: bool | str = "auto",
    scans: Mapping[str, Any] | None = None,
) -> Recording:
    """Record the activations of a network on a probe.

    The model is copied and the copy is run once: eagerly, in evaluation mode, in full precision,
    without gradients. The model itself, its mode, gradients and all random states stay untouched.

    A network of any other library is recorded through a function of one step, called with the state
    before the first: ``record(step, inputs, state=h0)``.

    Parameters
    ----------
    model : torch.nn.Module, or callable
        ``step(x_t, state) -> (y_t, state)``, or any model of torch. torch's RNN, LSTM, GRU and
        cells are replayed from their weights: every layer and direction, the states h and c and the
        gates, checked against the module's own output. So are diagonal recurrences written as
        modules: LRU, S4D, S5, minGRU, minLSTM and Mamba. Of other modules the output is recorded.
    inputs : tensor or array, tuple, or mapping
        The probe, as ``model(inputs)`` takes it; a tuple are several arguments, a mapping named
        ones.
    targets : array, shape (sequence, time, target), optional
        Target values, in the order of the inputs' axes; (sequence,) or (sequence, target) for one
        value per sequence.
    units : str, list of str, or callable, optional
        Names or patterns of modules or blocks, such as ``"encoder.lstm*"`` or ``"*.l0.h"``; all
        recurrent modules by default, and where there are none, all modules. "heads" and
        "channels" reduce larger states to the mean of each, a function (array) -> array (sequence,
        time, unit) to anything else.
    gates : bool
        Whether gates are recorded as well: ``i f g o`` of an LSTM, ``r z n`` of a GRU.
    state : tensor or tuple, optional
        State before the first step, passed on as the model's last positional argument. Of a step
        function an array, or a tuple, list or mapping of arrays, with one row per sequence if the
        step takes all sequences at once.
    lengths : sequence of int, optional
        Steps of each sequence of a padded probe; known for packed sequences.
    dtype : {"float32", "float64"}
        Precision in which the copy computes.
    batch_first : bool, optional
        Whether the first axis of inputs and outputs is the sequences; by default from the recurrent
        module.
    checkpoints : str, Path, list or mapping, optional
        Weights of a training that is over, one snapshot each: a pattern such as ``"runs/*.pt"``, a
        folder, files (the epoch is the last number in a name), or a mapping from epoch to file or
        state dict. Files are read without running code from them; safetensors too.
    path : str or Path, optional
        Folder to write the recording to (Zarr) while it is computed: about two chunks of it are in
        memory at a time, if the network computes the same in pieces. A large block of what is
        returned is read when it is used. By default the recording is kept in memory.
    progress : bool
        Show the progress over checkpoints.
    feedback : callable, optional
        Closes the loop of a step function: ``feedback(y_t, x_next) -> x`` returns its next input.
    batch : bool or "auto"
        Whether a step function takes all sequences at once; "auto" looks at the state's first axis.
    scans : mapping of str to callable or pair of callables, optional
        Coefficients of diagonal recurrences h_t = a_t h_{t-1} + b_t that are not recognised, by
        name of the module: ``coefficients(module, *args) -> (a, b)``, arrays (batch, time, ...);
        and ``readout(module, h, *args)``, which returns the module's own output, as a check.

    Returns
    -------
    Recording
        Blocks ``inputs``, ``<module>.l0.h``, ``.l0.c``, ``.l0.i`` ..., backward
        ``.l0_reverse.h``, of a diagonal recurrence ``<module>.h`` (``.h.re``, ``.h.im`` if it is
        complex), and ``outputs``; of a step function ``h``, or ``state.0`` ... or the keys
        of a mapping; ``recording.notes`` lists what was left out or assumed.

    Raises
    ------
    InputError
        If the model cannot be recorded (`check` shows why), units match nothing, or arrays do not
        fit.
    EstimationError
        If an activation is not finite, or a replay differs from the module's own output.

    Examples
    --------
    >>> import torch
    >>> lstm = torch.nn.LSTM(3, 8, num_layers=2, batch_first=True)
    >>> rec = record(lstm, torch.randn(20, 15, 3))
    >>> list(rec.blocks)
    ['inputs', 'lstm.l0.h', 'lstm.l0.c', 'lstm.l1.h', 'lstm.l1.c']
    >>> import numpy as np
    >>> def step(x, h):
    ...     h = np.tanh(0.5 * h + x)
    ...     return h.sum(), h
    >>> rec = record(step, np.ones((20, 15, 3)), state=np.zeros(3))
    >>> list(rec.blocks)
    ['inputs', 'h', 'outputs']
    """
    truth(progress, "progress")
    if _is_step(model):
        _only_of_modules(
            gates=gates is not False, dtype=dtype != "float32", batch_first=batch_first is not None,
            checkpoints=checkpoints is not None, scans=scans is not None,
        )  # fmt: skip
        return _kept(pieces_of_steps(
            model, inputs, state=state, targets=targets, units=units, feedback=feedback,
            batch=batch, lengths=lengths, progress=progress,
        ), path)  # fmt: skip
    if feedback is not None or batch != "auto":
        raise InputError(
            "feedback and batch must be left out for a torch module, which computes its own loop; "
            f"got {'batch' if feedback is None else 'feedback'}; pass a function step(x, state) to "
            "close a loop from outside"
        )
    require("torch", "recording a torch module")
    from infoscope.monitor.replaying.assembly import How, recording_of_states
    from infoscope.monitor.replaying.checkpoints import count_of, snapshots_of

    how = How(units, gates, state, lengths, dtype, batch_first, scans)
    plan = how.plan(model, inputs)
    if checkpoints is None:
        return _kept(how.pieces(plan, targets), path)
    states = ((epoch, weights, {}) for epoch, weights in snapshots_of(checkpoints))
    with Progress(count_of(checkpoints), "recording", progress) as bar:
        return recording_of_states(plan, states, targets, how, path, bar)


def _kept(pieces: Pieces, path: str | Path | None) -> Recording:
    """Return a recording in memory, or written to a folder piece by piece."""
    if path is None:
        return pieces.recording()
    pieces.begin(path, 0, {})
    return Recording.load(path)


def _is_step(model: Any) -> bool:
    """Whether a model is a function of one step, and not a torch module."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        return False
    if not callable(model) or isinstance(model, type):
        raise InputError(
            f"model must be a torch.nn.Module, or a function step(x, state) with state=..., got "
            f"{described(model)}; pass the model itself"
        )
    return True


def _only_of_modules(**given: bool) -> None:
    """Refuse arguments that mean nothing for a step function."""
    if wrong := [name for name, there in given.items() if there]:
        raise InputError(
            f"{wrong[0]} must be left out for a step function, whose own code decides it, got it; "
            "return gates as part of the state to record them"
        )
