"""Snapshots of training, and the state needed to resume."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class TrainingState:
    """State from which training resumes with bit-identical results.

    Parameters
    ----------
    epoch : int
        Epochs completed.
    parameters, velocities : dict of str to numpy.ndarray
        Weights and their last steps, by parameter name.

    Examples
    --------
    >>> from infoscope.networks import FullyRecurrent
    >>> network = FullyRecurrent(2, 3, 1, random_state=0)
    >>> still = {name: np.zeros_like(array) for name, array in network.arrays().items()}
    >>> TrainingState(epoch=0, parameters=network.arrays(), velocities=still).epoch
    0
    """

    epoch: int
    parameters: dict[str, np.ndarray]
    velocities: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The network at the end of an epoch, with activations in every training window.

    Parameters
    ----------
    epoch : int
        Epochs completed; 0 is the untrained network.
    hidden, outputs : numpy.ndarray
        Activations (window, time, node) with the weights of this epoch.
    parameters, velocities : dict of str to numpy.ndarray
        Weights and their last steps, by parameter name.
    gradients : dict of str to numpy.ndarray
        Gradient of the loss of the epoch's last window, before the update it caused; empty at
        epoch 0.
    losses : numpy.ndarray
        Mean training loss of each epoch since the previous snapshot, in squared target units. Each
        window's loss is taken before the update it causes. Empty at epoch 0.

    Examples
    --------
    >>> from infoscope.networks import FullyRecurrent, TrainingSettings, train
    >>> rng = np.random.default_rng(0)
    >>> inputs, targets = rng.normal(size=(4, 10, 3)), rng.normal(size=(4, 10, 2))
    >>> snapshots = []
    >>> network = FullyRecurrent(3, 5, 2, random_state=0)
    >>> settings = TrainingSettings(epochs=5, snapshot_every=2)
    >>> state = train(network, inputs, targets, settings=settings, on_snapshot=snapshots.append)
    >>> [(snapshot.epoch, len(snapshot.losses)) for snapshot in snapshots]
    [(0, 0), (2, 2), (4, 2), (5, 1)]
    """

    epoch: int
    hidden: np.ndarray
    outputs: np.ndarray
    parameters: dict[str, np.ndarray]
    velocities: dict[str, np.ndarray]
    gradients: dict[str, np.ndarray]
    losses: np.ndarray

    @property
    def state(self) -> TrainingState:
        """The state from which `train` resumes."""
        return TrainingState(self.epoch, self.parameters, self.velocities)
