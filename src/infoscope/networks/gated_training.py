"""Train many gated or leaky networks at once by Adam."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from infoscope._errors import InputError
from infoscope._progress import Progress
from infoscope._validate import Floats, finite_array, real_number, several, truth, whole_number
from infoscope.networks.trainable import Trainable
from infoscope.networks.training import one_thread


@dataclass(frozen=True)
class AdamSettings:
    """Settings of training by Adam on batches of windows.

    Parameters
    ----------
    epochs : int
        Passes over the training windows.
    learning_rate : float
        Step size; decay and epsilon are torch's defaults.
    batch : int
        Windows per update; every epoch draws their order anew.

    Raises
    ------
    InputError
        If a setting is out of range.

    References
    ----------
    D. P. Kingma, J. Ba, ICLR (2015), arXiv:1412.6980.
    """

    epochs: int
    learning_rate: float
    batch: int = 10

    def __post_init__(self) -> None:
        """Check every setting."""
        whole_number(self.epochs, "epochs", 1)
        real_number(self.learning_rate, "learning_rate", 0.0)
        whole_number(self.batch, "batch", 1)


def train_gated(
    networks: Sequence[Trainable],
    inputs: Sequence[ArrayLike],
    targets: Sequence[ArrayLike],
    *,
    settings: AdamSettings,
    random_states: Sequence[np.random.Generator],
    on_epoch: Callable[[int, Floats], object],
    progress: bool = False,
) -> None:
    """Train networks of one kind and size, all at once, each on its own windows.

    The loss is the mean squared error over the steps and outputs of a batch. The update is
    elementwise, so that no network affects another.

    Parameters
    ----------
    networks : sequence of Trainable
        Supply the initial weights; not modified.
    inputs, targets : sequence of array (window, time, node)
        Windows of each network, of equal shape.
    settings : AdamSettings
        Common to all networks.
    random_states : sequence of Generator
        Each draws the order of one network's windows.
    on_epoch : callable
        Called with 0 before the first update, and with the number of every finished epoch, and
        with the weights of all networks, (network, weight), in the order of `Trainable.flat`.
        Weights are not finite if a training diverged.
    progress : bool
        Show progress on standard error.

    Raises
    ------
    InputError
        If networks differ in kind or size, or windows in shape.

    Examples
    --------
    >>> from infoscope.networks.gated import Gated
    >>> x = np.random.default_rng(0).normal(size=(20, 5, 2))
    >>> losses = {}
    >>> def keep(epoch, weights):
    ...     network = Gated.from_flat(weights[0], "gru", (2, 4, 1))
    ...     losses[epoch] = np.square(network.run(x)[1] - x[:, :, :1]).mean()
    >>> train_gated([Gated("gru", 2, 4, 1, random_state=0)], [x], [x[:, :, :1]],
    ...             settings=AdamSettings(20, 0.02), on_epoch=keep,
    ...             random_states=[np.random.default_rng(1)])
    >>> bool(losses[20] < 0.2 * losses[0])
    True
    """
    truth(progress, "progress")
    _alike(networks)
    x, y = (_stacked(*of, len(networks)) for of in ((inputs, "inputs"), (targets, "targets")))
    weights = {
        name: _at_least_two([of.get_parameter(name).detach() for of in networks]).requires_grad_()
        for name, _ in networks[0].named_parameters()
    }
    adam = torch.optim.Adam(weights.values(), settings.learning_rate)
    forward = torch.func.vmap(networks[0].outputs)
    windows, place = x.shape[1], torch.arange(len(x))[:, None]

    def now() -> Floats:
        flat = torch.cat([w.detach().flatten(1) for w in weights.values()], 1)
        return flat[: len(networks)].numpy().copy()

    with one_thread(), Progress(settings.epochs, "training", progress) as bar:
        on_epoch(0, now())
        for epoch in range(1, settings.epochs + 1):
            order = _at_least_two([torch.tensor(one.permutation(windows)) for one in random_states])
            for chosen in order.split(settings.batch, 1):
                error = forward(weights, x[place, chosen]) - y[place, chosen]
                adam.zero_grad()
                # The sum over networks of each one's own loss.
                error.square().mean((1, 2, 3)).sum().backward()
                adam.step()
            on_epoch(epoch, now())
            bar.advance()


def _alike(networks: Sequence[Trainable]) -> None:
    kinds = {
        (type(of), *(tuple(p.shape) for p in of.parameters()))
        for of in several(networks, "networks", "[Gated('gru', 3, 25, 2)]")
    }
    if len(kinds) != 1:
        raise InputError(
            f"networks must be one or more of one cell and size, got {len(kinds)} kinds; train "
            "each kind in a call of its own"
        )


def _at_least_two(tensors: Sequence[Tensor]) -> Tensor:
    """Stack the tensors of all networks, a single one twice.

    Products of a batch of one take another kernel, and the last bits of a network would depend on
    whether it is alone.
    """
    return torch.stack([*tensors, *tensors[: len(tensors) == 1]])


def _stacked(arrays: Sequence[ArrayLike], name: str, networks: int) -> Tensor:
    """Return the windows of all networks, (network, window, time, node)."""
    checked = [finite_array(array, f"{name}[{i}]") for i, array in enumerate(arrays)]
    shapes = {array.shape for array in checked}
    if len(checked) != networks or len(shapes) != 1 or checked[0].ndim != 3:
        raise InputError(
            f"{name} must hold {networks} arrays (window, time, node) of one shape, one for each "
            f"network, got {len(checked)} of {sorted(shapes)}; train networks with other numbers "
            "of windows in a call of their own"
        )
    return _at_least_two([torch.tensor(array) for array in checked])
