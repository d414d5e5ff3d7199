"""Train one window at a time, with snapshots and bit-identical resumption."""

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from numbers import Integral, Real

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from infoscope._errors import EstimationError, InputError
from infoscope._progress import Progress
from infoscope._validate import described, finite_array, function, instance, truth
from infoscope.networks.recurrent import BackPropagation, FullyRecurrent, numbers, parameter_arrays
from infoscope.networks.snapshot import Snapshot, TrainingState

# Largest whole number accepted: no training of more epochs ends within a lifetime.
_MOST = 10**9
# Larger steps overflow, in single precision or when squared for the loss.
_FASTEST = 1e30
# Type, description and test of each setting, checked in one loop.
_REQUIRED: dict[str, tuple[type, str, Callable[[float], bool]]] = {
    "epochs": (Integral, "an integer ≥ 1", lambda value: value >= 1),
    "learning_rate": (Real, "a number > 0 and ≤ 1e30", lambda value: 0 < value <= _FASTEST),
    "learning_rate_decay": (Real, "a number > 0 and ≤ 1", lambda value: 0 < value <= 1),
    "momentum": (Real, "a number ≥ 0 and < 1", lambda value: 0 <= value < 1),
    "final_momentum": (Real, "a number ≥ 0 and < 1", lambda value: 0 <= value < 1),
    "momentum_switch_epoch": (Integral, "an integer ≥ 0", lambda value: value >= 0),
    "snapshot_every": (Integral, "an integer ≥ 1", lambda value: value >= 1),
}


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of gradient descent with momentum; defaults as published.

    Parameters
    ----------
    epochs : int
        Passes over the training windows.
    learning_rate, learning_rate_decay : float
        Epoch e, counted from 1, uses ``learning_rate * learning_rate_decay ** (e - 1)``.
    momentum, final_momentum : float
        Momentum up to and including `momentum_switch_epoch`, and after it.
    momentum_switch_epoch : int
        Last epoch with the first momentum.
    snapshot_every : int
        Epochs between snapshots.

    Raises
    ------
    InputError
        If a setting is outside its range.

    References
    ----------
    Ivanovic, Kha, Muruganantham (2018).

    Examples
    --------
    >>> settings = TrainingSettings(epochs=100)
    >>> settings.momentum_at(5), settings.momentum_at(6)
    (0.5, 0.9)
    """

    epochs: int = 1200
    learning_rate: float = 0.005
    learning_rate_decay: float = 0.999
    momentum: float = 0.5
    final_momentum: float = 0.9
    momentum_switch_epoch: int = 5
    snapshot_every: int = 10

    def __post_init__(self) -> None:
        """Check every setting."""
        for field in fields(self):
            value = getattr(self, field.name)
            kind, requirement, allowed = _REQUIRED[field.name]
            number = isinstance(value, kind) and not isinstance(value, bool)
            most = _MOST if kind is Integral else sys.float_info.max
            if not (number and value <= most and allowed(value)):
                raise InputError(
                    f"{field.name} must be {requirement}, got {described(value)}; "
                    f"the published training uses {field.default!r}"
                )

    def learning_rate_at(self, epoch: int) -> float:
        """Learning rate in an epoch, counted from 1."""
        return self.learning_rate * self.learning_rate_decay ** (epoch - 1)

    def momentum_at(self, epoch: int) -> float:
        """Momentum in an epoch, counted from 1."""
        return self.momentum if epoch <= self.momentum_switch_epoch else self.final_momentum

    def is_snapshot(self, epoch: int) -> bool:
        """Whether a snapshot follows this epoch."""
        return epoch % self.snapshot_every == 0 or epoch == self.epochs


def train(
    network: FullyRecurrent,
    inputs: ArrayLike,
    targets: ArrayLike,
    *,
    settings: TrainingSettings | None = None,
    state: TrainingState | None = None,
    schedule: Callable[[int], bool] | None = None,
    on_snapshot: Callable[[Snapshot], object] | None = None,
    progress: bool = False,
) -> TrainingState:
    """Train a network in place, one update per window, windows in order.

    The loss is the mean squared error over a window's steps and outputs. With gradient g, momentum
    m and learning rate r, every update is ``v ← m·v - r·g; w ← w + v``. Training uses one thread,
    so that results do not depend on the number of threads.

    Parameters
    ----------
    network : FullyRecurrent
        Trained from the weights it has, or from those of `state`.
    inputs : array of shape (window, time, n_inputs)
        Training windows.
    targets : array of shape (window, time, n_outputs)
        Target outputs at each step.
    settings : TrainingSettings or None
        None for the published training.
    state : TrainingState or None
        State to resume from: the result of an earlier call, or the ``state`` of a snapshot. With
        the same data and settings, results are bit-identical to uninterrupted training.
    schedule : callable or None
        Whether a snapshot follows an epoch, such as `early_and_every` returns; None is every
        ``snapshot_every``-th epoch.
    on_snapshot : callable or None
        Called with a `Snapshot` before the first update (not when resuming), after the epochs of
        the schedule and after the last. The network then has the weights of the snapshot; changing
        them does not affect the training.
    progress : bool
        Show progress on standard error.

    Returns
    -------
    TrainingState
        The final state.

    Raises
    ------
    InputError
        If arrays, network and state do not fit or are not finite, or schedule is not a function.
    EstimationError
        If the loss or the weights become non-finite. The network keeps the weights of the last
        snapshot, or the initial ones.

    References
    ----------
    Ivanovic, Kha, Muruganantham (2018).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> inputs = rng.normal(size=(20, 10, 3))
    >>> targets = inputs[:, :, :1] - inputs[:, :, 1:2]
    >>> network = FullyRecurrent(3, 5, 1, random_state=0)
    >>> losses = []
    >>> state = train(network, inputs, targets, settings=TrainingSettings(epochs=30),
    ...               on_snapshot=lambda snapshot: losses.extend(snapshot.losses))
    >>> bool(losses[-1] < 0.2 * targets.var())
    True
    """
    settings = TrainingSettings() if settings is None else settings
    instance(settings, TrainingSettings, "settings")
    if on_snapshot is not None:
        function(on_snapshot, "on_snapshot", "one that takes a Snapshot")
    truth(progress, "progress")
    is_snapshot = snapshot_schedule(settings, schedule)
    x, y = window_tensors(network, inputs, targets)
    descent = _Descent(network, x, y, settings, starting_state(network, settings, state))
    if state is None and on_snapshot is not None:
        on_snapshot(descent.snapshot())
    with Progress(settings.epochs, "training", progress) as bar:
        bar.skip(descent.epoch)
        while descent.epoch < settings.epochs:
            descent.run_epoch()
            if on_snapshot is not None and is_snapshot(descent.epoch):
                on_snapshot(descent.snapshot())
            bar.advance()
    return descent.state()


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread: faster on matrices this small, and bit-identical on any setting."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class _Descent:
    """A training in progress: weights, velocities, and the losses since the last snapshot."""

    def __init__(
        self,
        network: FullyRecurrent,
        inputs: Tensor,
        targets: Tensor,
        settings: TrainingSettings,
        state: TrainingState,
    ) -> None:
        self.epoch = state.epoch
        network.load_arrays(state.parameters)
        self._network, self._inputs, self._settings = network, inputs, settings
        self._windows = list(zip(inputs, targets, strict=True))
        self._backward = BackPropagation(network, n_steps=inputs.shape[1])
        self._velocity = torch.zeros_like(self._backward.weights)
        for name, part in self._backward.split(self._velocity).items():
            part.copy_(torch.from_numpy(state.velocities[name]))
        self._losses: list[float] = []

    @one_thread()
    def run_epoch(self) -> None:
        """Update once per window; raise if values become non-finite."""
        self.epoch += 1
        rate = self._settings.learning_rate_at(self.epoch)
        momentum = self._settings.momentum_at(self.epoch)
        backward, velocity = self._backward, self._velocity
        total = velocity.new_zeros(())
        for inputs, targets in self._windows:
            total += backward(inputs, targets)
            velocity.mul_(momentum).sub_(backward.gradient, alpha=rate)
            backward.weights.add_(velocity)
        loss = total.item() / len(self._windows)
        if not (math.isfinite(loss) and backward.weights.isfinite().all()):
            raise EstimationError(
                f"training diverged in epoch {self.epoch}: mean loss {loss} at learning rate "
                f"{rate:.4g}; lower learning_rate, or bring inputs and targets to unit variance"
            )
        self._losses.append(loss)

    @one_thread()
    def snapshot(self) -> Snapshot:
        """Update the network and record activations; start a new list of losses."""
        state = self.state()
        with torch.no_grad():
            hidden, outputs = self._network(self._inputs)
        gradients = self._arrays(self._backward.gradient) if self.epoch > 0 else {}
        losses, self._losses = np.array(self._losses), []
        return Snapshot(
            state.epoch,
            hidden.numpy(),
            outputs.numpy(),
            state.parameters,
            state.velocities,
            gradients,
            losses,
        )

    def state(self) -> TrainingState:
        """Update the network, and copy the state needed to resume."""
        parameters = self._arrays(self._backward.weights)
        self._network.load_arrays(parameters)
        return TrainingState(self.epoch, parameters, self._arrays(self._velocity))

    def _arrays(self, vector: Tensor) -> dict[str, np.ndarray]:
        return {name: part.numpy().copy() for name, part in self._backward.split(vector).items()}


def snapshot_schedule(
    settings: TrainingSettings, schedule: Callable[[int], bool] | None
) -> Callable[[int], bool]:
    """Return the schedule, which always includes the last epoch."""
    if schedule is None:
        return settings.is_snapshot
    if not callable(schedule) or isinstance(schedule, type):
        raise InputError(
            "schedule must be a function from an epoch to True or False, got "
            f"{described(schedule)}; use for example early_and_every(10)"
        )
    return lambda epoch: epoch == settings.epochs or schedule(epoch)


def window_tensors(
    network: FullyRecurrent, inputs: ArrayLike, targets: ArrayLike
) -> tuple[Tensor, Tensor]:
    """Return inputs and targets as the network takes them, or raise InputError."""
    instance(network, FullyRecurrent, "network")
    if network.W.device.type != "cpu":
        raise InputError(
            f"network must be on the CPU, got {network.W.device}; move it with network.cpu()"
        )
    x = _tensor("inputs", inputs, network.n_inputs, network.W.dtype)
    y = _tensor("targets", targets, network.n_outputs, network.W.dtype)
    if x.shape[:2] != y.shape[:2]:
        raise InputError(
            f"targets must have the windows and steps of inputs, {tuple(x.shape[:2])}, got "
            f"{tuple(y.shape[:2])}; give one target row for every input row"
        )
    return x, y


def _tensor(argument: str, values: ArrayLike, nodes: int, dtype: torch.dtype) -> Tensor:
    array = numbers(argument, values)
    if array.ndim != 3 or array.shape[2] != nodes or array.size == 0:
        raise InputError(
            f"{argument} must be (window, time, {nodes}) with no axis empty, got {array.shape}; "
            "put windows first, then time, then nodes, as the network has them"
        )
    if not np.isfinite(array).all():
        window, step, node = np.argwhere(~np.isfinite(array))[0]
        raise InputError(
            f"{argument} must be finite, got {array[window, step, node]} in window {window}, step "
            f"{step}, node {node}; fill missing values or omit the window"
        )
    finite_array(array, argument)  # also checks finite squares
    # A copy, because torch aligns its memory and numpy does not, and the last bits of a matrix
    # product may depend on the alignment.
    return torch.tensor(array, dtype=dtype)


def starting_state(
    network: FullyRecurrent, settings: TrainingSettings, state: TrainingState | None
) -> TrainingState:
    """Return the initial state: a checked copy of the state, or the network as it is."""
    if state is None:
        parameters = network.arrays()
        still = {name: np.zeros_like(array) for name, array in parameters.items()}
        return TrainingState(0, parameters, still)
    instance(state, TrainingState, "state", "pass what train returns, or the state of a Snapshot")
    if not 0 <= state.epoch <= settings.epochs:
        raise InputError(
            f"state.epoch must be between 0 and settings.epochs = {settings.epochs}, got "
            f"{state.epoch}; raise settings.epochs to train on"
        )
    return TrainingState(
        state.epoch,
        parameter_arrays("state.parameters", state.parameters, network),
        parameter_arrays("state.velocities", state.velocities, network),
    )
