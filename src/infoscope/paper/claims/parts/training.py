"""Train the networks of all seeds together, and keep their weights."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from infoscope._validate import Floats, whole_number
from infoscope.analysis.settings import Settings
from infoscope.analysis.study_data.training import new_network, training_settings
from infoscope.networks import EnsembleMember, Snapshot, train_ensemble
from infoscope.networks.ensemble import DivergenceError
from infoscope.paper.claims.settings import ClaimSettings
from infoscope.recordings.weights import RecurrentWeights, joined
from infoscope.surrogates.networks import scaled_to_spread
from infoscope.weather import Windows

# Kinds of training of every seed, and the parts estimated from each.
TRAINED, SHUFFLED = "trained", "shuffled"


def larger_name(nodes: int) -> str:
    """Return the name of the training of networks with this number of hidden nodes."""
    return f"larger-{nodes}"


def needed(part: str, settings: ClaimSettings) -> list[str]:
    """Return the kinds of training that a part of a `SeedStudy` needs."""
    special = {
        "shuffled": [SHUFFLED],
        "larger": [larger_name(nodes) for nodes in settings.larger],
        "systems": [],
        "feedforward": [],
    }
    return special.get(part, [TRAINED])


def train_seeds(
    of_seed: Sequence[Settings],
    windows: Sequence[Windows],
    epochs: Sequence[int],
    shuffled: bool,
    progress: bool,
) -> xr.Dataset:
    """Train a network for each seed, all at once.

    Parameters
    ----------
    of_seed : sequence of Settings
        Of each seed.
    windows : sequence of Windows
        Of each seed.
    epochs : sequence of int
        Epochs of the kept weights.
    shuffled : bool
        Whether each window receives the targets of another one, so that only what all targets share
        can be learned.
    progress : bool
        Show progress on standard error.

    Returns
    -------
    Dataset
        ``weights`` and ``gradient`` (of the last window) (seed, epoch, weight), NaN from the epoch
        in which a training diverged.
    """
    kept = list(epochs)
    networks = [new_network(s, w) for s, w in zip(of_seed, windows, strict=True)]
    members = [
        EnsembleMember(network, *_pairs(w, s, shuffled), training_settings(s))
        for network, w, s in zip(networks, windows, of_seed, strict=True)
    ]
    size = max(len(network.weights.flat()) for network in networks)
    weights, gradients = (np.full((len(members), len(kept), size), np.nan) for _ in range(2))

    def keep(place: int, snapshot: Snapshot) -> None:
        if snapshot.epoch not in kept:  # the first and last epoch always have one
            return
        at = kept.index(snapshot.epoch)
        weights[place, at] = joined(snapshot.parameters)
        if snapshot.gradients:
            gradients[place, at] = joined(snapshot.gradients)

    try:
        train_ensemble(members, schedule=kept.__contains__, on_snapshot=keep, progress=progress)
    except DivergenceError as error:
        weights[list(error.epochs)] = np.nan  # they end too early to compare
    dims = ("seed", "epoch", "weight")
    return xr.Dataset(
        {"weights": (dims, weights), "gradient": (dims, gradients)},
        coords={"seed": [s.seed for s in of_seed], "epoch": kept},
    )


def untrained_weights(
    first: RecurrentWeights, inputs: Floats, spread: float, steps: int = 60
) -> RecurrentWeights:
    """Return the initial weights, scaled to the spread of the trained hidden nodes.

    Input and recurrent weights share one factor, from bisection of its logarithm; ``spread`` is the
    desired mean standard deviation of the hidden nodes.

    Examples
    --------
    >>> first = RecurrentWeights.from_flat(np.linspace(-0.01, 0.02, 113), 3, 8, 1)
    >>> inputs = np.random.default_rng(0).normal(size=(50, 10, 3))
    >>> hidden, _ = untrained_weights(first, inputs, 0.3).run(inputs)
    >>> round(float(hidden.reshape(-1, 8).std(axis=0).mean()), 3)
    0.3
    """

    def spread_of(arrays: dict[str, np.ndarray]) -> float:
        hidden, _ = RecurrentWeights(**arrays).run(inputs)
        return float(hidden.reshape(-1, hidden.shape[-1]).std(axis=0).mean())

    steps = whole_number(steps, "steps", 1)
    return RecurrentWeights(
        **scaled_to_spread(first.arrays(), spread_of, spread, (-2.0, 12.0), steps)
    )


def _pairs(windows: Windows, settings: Settings, shuffled: bool) -> tuple[Floats, Floats]:
    inputs, targets, _ = windows.split("train")
    if not shuffled:
        return inputs, targets
    random = np.random.default_rng([settings.seed, 1])
    return inputs, targets[random.permutation(len(targets))]
