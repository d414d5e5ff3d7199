"""Record a network given as a step function: any library, without a dependency."""

import contextlib
import copy
import sys
from collections.abc import Callable, Iterator, KeysView, Sequence
from typing import Any

import numpy as np

from infoscope._arrays import as_array, described
from infoscope._errors import EstimationError, InputError
from infoscope._progress import Progress
from infoscope._validate import function, truth
from infoscope.monitor.replaying.state_arrays import (
    arrays_of,
    layer_of,
    must_be_as_before,
    parts_of,
    real_parts,
)
from infoscope.monitor.replaying.step_inputs import Given, given_inputs, given_targets, padded
from infoscope.monitor.replaying.units import Units, must_be_finite, reduced
from infoscope.recordings.groups import rows_of_piece
from infoscope.recordings.pieces import Piece, Pieces
from infoscope.recordings.recording import Recording

Step = Callable[[Any, Any], tuple[Any, Any]]


def pieces_of_steps(
    step: Step,
    inputs: Any,
    *,
    state: Any = None,
    targets: Any = None,
    units: Any = None,
    feedback: Callable[[Any, Any], Any] | None = None,
    batch: bool | str = "auto",
    lengths: Sequence[int] | None = None,
    progress: bool = False,
) -> Pieces:
    """Return the recording of a function of one step, in numpy, JAX, Keras, ONNX or C, in pieces.

    Each piece is computed when it is used, and the state carried to the next.

    Parameters
    ----------
    step : callable
        ``step(x_t, state) -> (y_t, state)``; ``y_t`` may be None.
    inputs : array, shape (sequence, time, feature) or (time, feature), or list of (time, feature)
        The probe. A list holds sequences of unequal length.
    state : array, or tuple, list or mapping of arrays (nested too)
        State before the first step: with one row per sequence, (sequence, unit), if the step takes
        a batch ``x_t`` (sequence, feature), or (unit,) if it takes a single ``x_t`` (feature,).
    targets : array, optional
        Target values, in the form of the inputs; or (sequence,) or (sequence, target), one per
        sequence.
    units : str, list of str, or callable, optional
        Names or patterns of blocks; "heads", "channels" or a function reduce states with several
        dimensions, as in `record`.
    feedback : callable, optional
        ``feedback(y_t, x_next) -> x`` returns the next input of a closed loop.
    batch : bool or "auto"
        Whether the first axis of the state is the sequences. "auto": if every array of the state
        has two axes or more and as many rows as there are sequences.
    lengths : sequence of int, optional
        Steps of each sequence of a padded probe.
    progress : bool
        Whether to show the progress.

    Returns
    -------
    Pieces
        Of blocks ``inputs`` (as the step received them), ``h`` for a single array, or ``state.0``,
        ``state.1`` ... of a tuple and the keys of a mapping, ``.re`` and ``.im`` of a complex one,
        and ``outputs``. Arrays of one tuple or mapping are one layer; nest them by layers.

    Raises
    ------
    InputError
        If the state is missing or changes structure, shape or dtype (the message says at which
        step), the step fails, or shapes do not fit.
    EstimationError
        If an activation is not finite.

    Examples
    --------
    >>> W = np.random.default_rng(0).normal(size=(8, 8)) / 3
    >>> def step(x, h):
    ...     h = np.tanh(h @ W + x)
    ...     return h[:, :2], h
    >>> pieces = pieces_of_steps(step, np.ones((20, 15, 8)), state=np.zeros((20, 8)))
    >>> rec = pieces.recording()
    >>> list(rec.blocks), rec["h"].shape
    (['inputs', 'h', 'outputs'], (20, 15, 8))
    """
    function(step, "step", "step(x_t, state) -> (y_t, state)")
    if feedback is not None:
        function(feedback, "feedback", "feedback(y_t, x_next) -> x")
    if state is None:
        raise InputError(
            "state must be the state before the first step, as step(x_t, state) takes it, got "
            "none; pass for example state=numpy.zeros(units), or numpy.zeros((sequences, units)) "
            "if the step takes a batch"
        )
    wanted, given = Units.of(units), given_inputs(inputs, lengths)
    together, notes = _batched(batch, state, len(given.lengths))
    targets = given_targets(targets, given)
    truth(progress, "progress")

    def parts() -> Iterator[Piece]:
        with _without_gradients(), Progress(_calls(given, together), "recording", progress) as bar:
            names = None
            for s, t, found in _parts(step, given, state, feedback, together, bar):
                names = found.keys() if names is None else names
                _must_be_alike(names, found.keys(), s)
                own = None if targets is None else targets[s:, t:]
                recording = _recording(found, given, own, wanted, (s, t))
                recording.fixed.attrs["notes"] = notes
                yield Piece(s, t, recording)

    sequences, steps = given.values.shape[:2]
    return Pieces(sequences, steps, parts, given.unequal)


def _parts(
    step: Step, given: Given, state: Any, feedback: Any, together: bool, bar: Progress
) -> Iterator[tuple[int, int, dict[str, np.ndarray]]]:
    """Yield the first sequence and step, and arrays (sequence, time, ...), of each piece."""
    sequences, steps, features = given.values.shape
    widest = max(array.size for array in arrays_of(state).values())
    widest = max(features, widest // sequences if together else widest)
    rows = max(1, rows_of_piece(widest, sequences if together else 1))
    if together:
        whole = given.values.swapaxes(0, 1)
        for t, found in _run(step, whole, state, feedback, "", bar, max(1, rows // sequences)):
            yield 0, t, {name: values.swapaxes(0, 1) for name, values in found.items()}
        return
    count = max(1, rows // steps)
    for first in range(0, sequences, count):
        runs = [
            _run(step, given.values[i, : given.lengths[i]], state, feedback, f"sequence {i}, ",
                 bar, rows)
            for i in range(first, min(first + count, sequences))
        ]  # fmt: skip
        if count == 1:  # a sequence may be longer than a piece
            for t, found in runs[0]:
                yield first, t, {name: values[np.newaxis] for name, values in found.items()}
        else:
            yield first, 0, _joined([next(run)[1] for run in runs], first, steps)


def _run(
    step: Step, rows: Any, state: Any, feedback: Any, where: str, bar: Progress, size: int
) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """Run the step along the first axis of rows.

    Yields the first step, and inputs, state and outputs, of every ``size`` steps.
    """
    try:
        state = copy.deepcopy(state)  # a step may write into its state
    except Exception as error:  # whatever a library's arrays raise
        raise InputError(f"state must be copyable, got {error}; pass plain arrays") from error
    parts = parts_of(arrays_of(state))
    kept: dict[str, np.ndarray] = {}
    y = None
    for t, row in enumerate(rows):
        place = f"{where}step {t}"
        x = row if t == 0 or feedback is None else _called(feedback, y, row, place, "feedback")
        if kept:
            _must_fit("inputs", as_array(x, "x").shape, kept["inputs"].shape[1:], place)
        returned = _called(step, x, state, place, "step")
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            raise InputError(
                f"step must return (y, state), got {described(returned)} at {place}; return "
                "(None, state) if there is no output"
            )
        y, state = returned
        arrays = arrays_of(state)
        must_be_as_before(parts, parts_of(arrays), place)
        now = {"inputs": as_array(x, "x"), **{f"state {k}": v for k, v in arrays.items()}}
        if y is not None:
            now["outputs"] = as_array(y, "y")
        if t % size == 0:
            count = min(size, len(rows) - t)
            like = kept or {name: values[np.newaxis] for name, values in now.items()}
            kept = {k: np.empty((count, *v.shape[1:]), v.dtype) for k, v in like.items()}
        _keep(kept, now, t % size, place)
        bar.advance()
        if t % size == size - 1 or t == len(rows) - 1:
            yield t - t % size, kept


def _joined(runs: list[dict[str, np.ndarray]], first: int, steps: int) -> dict[str, np.ndarray]:
    """Return the arrays of sequences that were run one by one, padded."""
    for i, run in enumerate(runs):
        _must_be_alike(runs[0].keys(), run.keys(), first + i)
    return {name: padded([run[name] for run in runs], steps, name) for name in runs[0]}


def _must_be_alike(before: KeysView[str], now: KeysView[str], sequence: int) -> None:
    if now != before:
        raise InputError(
            f"step must return an output for every sequence or for none, got "
            f"{'none' if 'outputs' not in now else 'one'} for sequence {sequence} alone; return "
            "None for all"
        )


def _keep(kept: dict[str, np.ndarray], now: dict[str, np.ndarray], t: int, place: str) -> None:
    """Copy the arrays of a step; inputs and outputs must have the shape of the first step."""
    for name in kept.keys() | now.keys():
        before = kept[name].shape[1:] if name in kept else None
        _must_fit(name, now[name].shape if name in now else None, before, place)
        kept[name][t] = now[name]


def _must_fit(name: str, shape: Any, before: Any, place: str) -> None:
    if shape != before:
        raise InputError(
            f"{name} must have the same shape at every step, got {shape} at {place} and {before} "
            "before; let step and feedback return arrays of one shape"
        )


def _called(function: Any, first: Any, second: Any, place: str, name: str) -> Any:
    try:
        return function(first, second)
    except (InputError, EstimationError):
        raise
    except Exception as error:  # whatever the user's function raises
        takes = "x_t, state" if name == "step" else "y_t, x_next"
        shape = getattr(first, "shape", described(first))
        raise InputError(
            f"{name} must accept ({takes}), got {type(error).__name__}: {error} at {place}, where "
            f"its first argument has shape {shape}; pass a state with one row per sequence if it "
            "takes a batch, or of one sequence if it does not"
        ) from error


def _batched(batch: Any, state: Any, sequences: int) -> tuple[bool, list[str]]:
    """Return whether the step takes all sequences at once, and a note if that was decided here."""
    arrays = arrays_of(state)
    rows = {name: array.shape[:1] for name, array in arrays.items()}
    fits = all(shape == (sequences,) for shape in rows.values())
    if isinstance(batch, str) and batch == "auto":
        together = fits and all(array.ndim > 1 for array in arrays.values())
        note = (
            "The first axis of the state was taken as the sequences, which were computed together; "
            "batch=False computes them one by one."
        )
        return together, [note] * together
    if not isinstance(batch, bool | np.bool_):
        raise InputError(f"batch must be True, False or 'auto', got {described(batch)}; choose one")
    if batch and not fits:
        name = next(name for name, shape in rows.items() if shape != (sequences,))
        raise InputError(
            f"state must have one row for each of {sequences} sequences with batch=True, got "
            f"{arrays[name].shape} for {name!r}; repeat it, or take batch=False"
        )
    return bool(batch), []


def _recording(
    found: dict[str, np.ndarray], given: Given, targets: np.ndarray | None, wanted: Units,
    offset: tuple[int, int],
) -> Recording:  # fmt: skip
    """Return the recording of a piece that begins at a sequence and a step."""

    def rows(values: np.ndarray) -> np.ndarray:
        return values if values.ndim > 2 else values[..., None]

    named = {
        part: reduced(values, part, wanted.reduce)
        for name, array in found.items()
        if name.startswith("state ")
        for part, values in real_parts(name.removeprefix("state "), rows(array)).items()
    }
    blocks = {name: values for name, values in named.items() if wanted.want(name, name)}
    if not blocks:
        raise InputError(
            f"units must match arrays of the state, got {wanted.patterns}, which match none; "
            f"choose from {', '.join(named)}"
        )
    outer = {
        name: rows(found[name]).reshape(*found[name].shape[:2], -1)
        for name in ("inputs", "outputs")
        if name in found and (name == "inputs" or wanted.patterns is None)
    }
    sequences, steps = outer["inputs"].shape[:2]
    if given.unequal is not None:
        # What a step computes past the end of a sequence is not recorded, whatever it is.
        left = np.array(given.lengths[offset[0] : offset[0] + sequences]) - offset[1]
        inside = (np.arange(steps) < left[:, np.newaxis])[..., np.newaxis]
        blocks, outer = (
            {name: np.where(inside, values, 0) for name, values in part.items()}
            for part in (blocks, outer)
        )
    must_be_finite({**blocks, **outer}, None, offset)
    return Recording.from_arrays(
        outer["inputs"], None, outer.get("outputs"),
        None if targets is None else targets[:sequences, :steps], blocks=blocks,
        layers={name: layer_of(name.removesuffix(".re").removesuffix(".im")) for name in blocks},
        aligned="layers",
    )  # fmt: skip


def _without_gradients() -> contextlib.AbstractContextManager[Any]:
    """Let no graph of gradients grow over the steps, if they are torch's."""
    torch = sys.modules.get("torch")
    return contextlib.nullcontext() if torch is None else torch.no_grad()


def _calls(given: Given, together: bool) -> int:
    return given.values.shape[1] if together else sum(given.lengths)
