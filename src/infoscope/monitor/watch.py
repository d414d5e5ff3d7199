"""Watch a training: copy weights on a schedule, and record them afterwards on a fixed probe."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from infoscope._arrays import described
from infoscope._errors import InputError
from infoscope._validate import path_of, real_number, truth, whole_number
from infoscope.monitor.replaying.assembly import How
from infoscope.monitor.trackers import Tracker
from infoscope.monitor.watching.options import Options
from infoscope.monitor.watching.schedule import schedule_of
from infoscope.monitor.watching.session import Watch


def watch(
    model: nn.Module,
    *,
    probe: Any,
    held_out: Any = None,
    every: int | Callable[[int], bool] | None = None,
    path: str | Path | None = None,
    start: int | None = None,
    budget: float = 0.02,
    units: Any = None,
    gates: bool = False,
    state: Any = None,
    lengths: Sequence[int] | None = None,
    dtype: str = "float32",
    batch_first: bool | None = None,
    gradients: bool = False,
    live: bool = False,
    trackers: Tracker | Sequence[Tracker] = (),
    total: int | None = None,
    progress: bool = True,
) -> Watch:
    """Watch any training loop: copy the weights on a schedule, replay them on a probe afterwards.

    Weights are only read: nothing is attached to the model, and its mode, gradients, precision,
    device and the random states stay untouched. Compiled and data-parallel models are unwrapped. Of
    several processes that train one model, let one watch: their weights are equal.

    Parameters
    ----------
    model : torch.nn.Module
        The model that trains.
    probe : tuple (inputs, targets), or inputs
        Fixed data on which snapshots are recorded, as for `record`. Several arguments of the model
        are a tuple within: ``((x, lengths), y)``.
    held_out : tuple (inputs, targets), optional
        Data that the training does not see, for held-out curves and diagnoses.
    every : int or function, optional
        Updates between snapshots, or a function from the number of updates to bool. By default
        snapshots are evenly spaced on a logarithmic axis, ten per decade, with the weights before
        the first update and, at the end of the loop, the last.
    path : str or Path, optional
        Folder of the store, which survives a killed process. If it exists, the watch continues
        after its last complete snapshot. By default a temporary folder, removed with the watch.
    start : int, optional
        Updates done before the loop, if it continues from another state than the last snapshot;
        later snapshots are removed.
    budget : float
        Largest share of the training time, counted as a minute at least, that watching may take:
        scheduled snapshots beyond it are left out, and listed in ``watch.thinned``.
    units, gates, state, lengths, dtype, batch_first
        How the probe is recorded (`record`).
    gradients : bool
        Also store the gradients that parameters have at scheduled updates. Their norm is always
        logged there, if they have not been set to None.
    live : bool
        Also record the outputs of recurrent modules on the very training batches of scheduled
        updates (``watch.live_batch(step)``), by hooks on the model that are removed at the end.
        Compiled models are not hooked.
    trackers : Tracker or sequence of Tracker
        Get the logged numbers at scheduled updates (`infoscope.monitor.trackers`).
    total : int, optional
        Planned updates, for the time left in the terminal.
    progress : bool
        Show a line in the terminal, at the end with the overhead, and warn of those
        misconfigurations whose diagnosis has earned it (`infoscope.monitor.diagnosis.EARNED`).

    Returns
    -------
    Watch
        A context manager; call ``watch.step(loss=loss)`` once after each update.

    Raises
    ------
    InputError
        If the model cannot be recorded, does not accept the probe, or an existing store is of
        another architecture or probe.
    DamagedError
        If an existing store cannot be read.

    Examples
    --------
    >>> import torch
    >>> model = torch.nn.GRU(2, 4, batch_first=True)
    >>> x = torch.randn(8, 5, 2)
    >>> optimizer = torch.optim.SGD(model.parameters(), 0.1)
    >>> with watch(model, probe=x, every=2, progress=False) as watched:
    ...     for _ in range(4):
    ...         optimizer.zero_grad()
    ...         loss = model(x)[0].square().mean()
    ...         loss.backward()
    ...         optimizer.step()
    ...         watched.step(loss=loss)
    >>> watched.recording().epochs
    (0, 2, 4)
    >>> len(watched.to_frame())
    4
    """
    truth(gradients, "gradients")
    truth(live, "live")
    share = real_number(budget, "budget", above=0.0)
    if share > 1.0:
        raise InputError(
            f"budget must be a share of the training time, at most 1, got {budget}; 0.02 is 2 %"
        )
    options = Options(
        due=schedule_of(every),
        with_last=every is None,
        budget=share,
        start=None if start is None else whole_number(start, "start", 0),
        gradients=gradients,
        live=live,
        trackers=tuple(_trackers(trackers)),
        total=None if total is None else whole_number(total, "total", 1),
        progress=truth(progress, "progress"),
    )
    how = How(units, gates, state, lengths, dtype, batch_first)
    folder = None if path is None else path_of(path, "path")
    data = {"probe": _pair(probe, "probe")}
    if held_out is not None:
        data["held_out"] = _pair(held_out, "held_out")
    return Watch(model, data, folder, how, options)


def watch_training(
    model: nn.Module,
    update: Callable[[int], Any],
    *,
    steps: int,
    probe: Any,
    **options: Any,
) -> Watch:
    """Train with a function that does one update, and watch it.

    Parameters
    ----------
    model : torch.nn.Module
        The model that trains.
    update : function
        ``update(step)`` does the update number ``step``, from 1 on, and returns the loss, a mapping
        of numbers to be logged with a "loss" among them, or None.
    steps : int
        Updates.
    probe, options
        As in `watch`.

    Returns
    -------
    Watch
        With its recording, log, curves and diagnoses.

    Examples
    --------
    >>> import torch
    >>> model = torch.nn.RNN(1, 2)
    >>> watched = watch_training(model, lambda step: 1 / step, steps=3, probe=torch.ones(4, 2, 1),
    ...                          progress=False)
    >>> watched.to_frame()["loss"].round(2).tolist()
    [1.0, 0.5, 0.33]
    """
    whole_number(steps, "steps", 1)
    options = {"total": steps} | options
    with watch(model, probe=probe, **options) as watched:
        while watched.updates < steps:
            found = update(watched.updates + 1)
            watched.step(**found) if isinstance(found, dict) else watched.step(loss=found)
    return watched


def _pair(data: Any, name: str) -> tuple[Any, Any]:
    """Return inputs and targets."""
    if isinstance(data, list | tuple) and not hasattr(data, "_fields"):
        if len(data) != 2:
            raise InputError(
                f"{name} must be (inputs, targets), got {len(data)} values; put several inputs "
                f"into a tuple of their own: {name}=((x1, x2), y)"
            )
        return data[0], data[1]
    return data, None


def _trackers(trackers: Any) -> Sequence[Tracker]:
    several = list(trackers) if isinstance(trackers, list | tuple) else [trackers]
    for one in several:
        if isinstance(one, type) or not isinstance(one, Tracker):
            raise InputError(
                f"trackers must have a method log(values, step), got {described(one)}; pass for "
                "example infoscope.monitor.trackers.TensorBoardTracker('runs')"
            )
    return several
