"""Train many networks at once, each independently."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike

from infoscope._errors import EstimationError, InputError
from infoscope._progress import Progress
from infoscope._validate import function, instance, several, threads, truth
from infoscope.kernels import recurrent
from infoscope.networks.recurrent import FullyRecurrent
from infoscope.networks.training import (
    Snapshot,
    TrainingSettings,
    TrainingState,
    snapshot_schedule,
    starting_state,
    window_tensors,
)
from infoscope.recordings.weights import RecurrentWeights, joined, split

# Epochs between updates of progress, where training can be interrupted.
_EPOCHS_AT_ONCE = 10
# Bytes of a double-precision number, as in the kernel.
_BYTES = 8


@dataclass(frozen=True, eq=False)
class EnsembleMember:
    """A network to train, with its windows and settings.

    Parameters
    ----------
    network : FullyRecurrent
        Supplies the initial weights, in double precision; not modified.
    inputs, targets : array of shape (window, time, n_inputs) and (window, time, n_outputs)
        Training windows in order. Their numbers may differ between members.
    settings : TrainingSettings
        By default those of the published training.
    state : TrainingState or None
        State to resume from, instead of the network's weights.

    Examples
    --------
    >>> network = FullyRecurrent(3, 5, 1, random_state=0)
    >>> EnsembleMember(network, np.zeros((20, 10, 3)), np.zeros((20, 10, 1))).settings.epochs
    1200
    """

    network: FullyRecurrent
    inputs: ArrayLike
    targets: ArrayLike
    settings: TrainingSettings = field(default_factory=TrainingSettings)
    state: TrainingState | None = None


class DivergenceError(EstimationError):
    """Some members of an ensemble diverged; the training of the others is complete.

    Parameters
    ----------
    epochs : dict of int to int
        Member → epoch in which its loss or weights stopped being finite.

    Examples
    --------
    >>> DivergenceError({3: 17}).epochs
    {3: 17}
    """

    def __init__(self, epochs: dict[int, int]) -> None:
        listed = ", ".join(f"member {member} in epoch {epoch}" for member, epoch in epochs.items())
        super().__init__(
            f"training diverged: {listed}; lower learning_rate, or bring inputs and targets to "
            "unit variance (the other members are trained to their end)"
        )
        self.epochs = epochs


def train_ensemble(
    members: Sequence[EnsembleMember],
    *,
    schedule: Callable[[int], bool] | None = None,
    on_snapshot: Callable[[int, Snapshot], object] | None = None,
    n_jobs: int | None = -1,
    progress: bool = False,
) -> list[TrainingState]:
    """Train many networks at once, each as by `train`.

    The same recurrence, loss, updates and snapshots in a compiled kernel: ten times faster, with
    another order of sums, so that results agree with `train` up to rounding. Each member's result
    is bit-identical whatever the other members and n_jobs.

    Parameters
    ----------
    members : sequence of EnsembleMember
        Networks to train. A member resumed from the ``state`` of a snapshot gives bit-identical
        results.
    schedule : callable or None
        Whether a snapshot follows an epoch, such as `early_and_every` returns; None is every
        ``snapshot_every``-th epoch of the member's settings.
    on_snapshot : callable or None
        Called with a member's index and its `Snapshot`: before the first update (not when
        resuming), after the epochs of the schedule and after the last. It runs in the calling
        thread while others train; in order for each member.
    n_jobs : int or None
        Threads; -1 for one per core.
    progress : bool
        Show progress in epochs of all members on standard error.

    Returns
    -------
    list of TrainingState
        Final state of each member; load it with ``network.load_arrays(state.parameters)``.

    Raises
    ------
    InputError
        If members is empty, a member's arrays, network and state do not fit, are not finite or not
        in double precision, or schedule or n_jobs is invalid.
    DivergenceError
        If the loss or the weights of a member become non-finite. Raised after the others finish; a
        diverged member has no snapshots after its divergence.

    References
    ----------
    Ivanovic, Kha, Muruganantham (2018).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> inputs = rng.normal(size=(20, 10, 3))
    >>> targets = inputs[:, :, :1] - inputs[:, :, 1:2]
    >>> members = [
    ...     EnsembleMember(FullyRecurrent(3, 5, 1, random_state=seed), inputs, targets,
    ...                    TrainingSettings(epochs=30))
    ...     for seed in range(4)
    ... ]
    >>> losses = {}
    >>> states = train_ensemble(members, on_snapshot=lambda member, snapshot:
    ...                         losses.update({member: snapshot.losses}))
    >>> all(losses[member][-1] < 0.2 * targets.var() for member in range(4))
    True
    """
    threads(n_jobs)
    members = several(members, "members", "[EnsembleMember(network, inputs, targets)]")
    if not members:
        raise InputError("members must hold at least one EnsembleMember, got none; give one a seed")
    if on_snapshot is None:
        on_snapshot = _ignore
    function(on_snapshot, "on_snapshot", "one that takes a member's place and a Snapshot")
    truth(progress, "progress")
    trainings = [_prepared(place, member, schedule) for place, member in enumerate(members)]
    for place, training in enumerate(trainings):
        if members[place].state is None:
            on_snapshot(place, training.snapshot())
    total = sum(training.settings.epochs for training in trainings)
    with Progress(total, "training networks", progress) as bar:
        bar.skip(sum(training.epoch for training in trainings))
        _run(trainings, on_snapshot, n_jobs, bar)
    diverged = {place: t.epoch + 1 for place, t in enumerate(trainings) if t.diverged}
    if diverged:
        raise DivergenceError(diverged)
    return [training.state() for training in trainings]


def _ignore(place: int, snapshot: Snapshot) -> None:
    """Ignore a snapshot."""


def _prepared(
    place: int, member: EnsembleMember, schedule: Callable[[int], bool] | None
) -> "_Training":
    instance(member, EnsembleMember, f"members[{place}]")
    try:
        return _Training(member, schedule)
    except InputError as error:
        raise InputError(f"members[{place}]: {error}") from error


def _run(
    trainings: "Sequence[_Training]",
    on_snapshot: Callable[[int, Snapshot], object],
    n_jobs: int | None,
    progress: Progress,
) -> None:
    """Train all members in turns, so that they reach each snapshot together."""
    workers = effective_n_jobs(1 if n_jobs is None else n_jobs)
    with ThreadPoolExecutor(min(workers, len(trainings))) as pool:
        turns = deque(
            (place, pool.submit(training.run))
            for place, training in enumerate(trainings)
            if not training.done
        )
        while turns:
            place, turn = turns.popleft()
            epochs, snapshot = turn.result()
            progress.advance(epochs)
            # The member continues while its snapshot is processed or written.
            if not trainings[place].done:
                turns.append((place, pool.submit(trainings[place].run)))
            if snapshot is not None:
                on_snapshot(place, snapshot)


class _Training:
    """A member in training: its parameter vectors, and its losses since the last snapshot."""

    def __init__(self, member: EnsembleMember, schedule: Callable[[int], bool] | None) -> None:
        network = instance(member.network, FullyRecurrent, "network")
        self.settings = instance(member.settings, TrainingSettings, "settings")
        if network.W.dtype.itemsize != _BYTES:
            raise InputError(
                f"network must be in double precision, got {network.W.dtype}; convert it with "
                "network.double()"
            )
        inputs, targets = window_tensors(network, member.inputs, member.targets)
        self._inputs, self._targets = inputs.numpy(), targets.numpy()
        self._is_snapshot = snapshot_schedule(self.settings, schedule)
        state = starting_state(network, self.settings, member.state)
        self._weights, self._velocity = joined(state.parameters), joined(state.velocities)
        self._gradient = np.zeros_like(self._weights)
        self._nodes = network.n_inputs, network.n_hidden, network.n_outputs
        self._losses: list[float] = []
        self.epoch, self.diverged = state.epoch, False

    @property
    def done(self) -> bool:
        """Whether training is complete."""
        return self.diverged or self.epoch == self.settings.epochs

    def run(self) -> tuple[int, Snapshot | None]:
        """Train to the next snapshot, or for some epochs; return their number and the snapshot."""
        ahead = range(self.epoch + 1, self.settings.epochs + 1)[:_EPOCHS_AT_ONCE]
        last = next((epoch for epoch in ahead if self._is_snapshot(epoch)), ahead[-1])
        epochs = range(self.epoch + 1, last + 1)
        losses = np.empty(len(epochs))
        trained = recurrent.descend(
            self._inputs,
            self._targets,
            self._nodes[1],
            self._weights,
            self._velocity,
            self._gradient,
            np.array([self.settings.learning_rate_at(epoch) for epoch in epochs]),
            np.array([self.settings.momentum_at(epoch) for epoch in epochs]),
            losses,
        )
        self.epoch += trained
        self.diverged = trained < len(epochs)
        self._losses.extend(losses[:trained].tolist())
        at_snapshot = not self.diverged and self._is_snapshot(self.epoch)
        return trained, self.snapshot() if at_snapshot else None

    def snapshot(self) -> Snapshot:
        """Record activations; start a new list of losses."""
        hidden, outputs = RecurrentWeights.from_flat(self._weights, *self._nodes).run(self._inputs)
        state = self.state()
        gradients = split(self._gradient, *self._nodes) if self.epoch > 0 else {}
        losses, self._losses = np.array(self._losses), []
        return Snapshot(
            state.epoch, hidden, outputs, state.parameters, state.velocities, gradients, losses
        )

    def state(self) -> TrainingState:
        """Copy the state needed to resume."""
        parts = (split(vector, *self._nodes) for vector in (self._weights, self._velocity))
        return TrainingState(self.epoch, *parts)
