"""Train the networks of all seeds together, and keep their weights."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from infoscope._validate import Floats
from infoscope.analysis.settings import Settings
from infoscope.analysis.study_data.training import (
    new_network,
    training_settings,
    weight_variables,
)
from infoscope.networks import EnsembleMember, Snapshot, train_ensemble
from infoscope.networks.ensemble import DivergenceError
from infoscope.paper.claims.settings import ClaimSettings
from infoscope.recordings.weights import joined, split
from infoscope.weather import Windows

# Kinds of training of every seed, next to those of larger networks.
TRAINED, SHUFFLED = "trained", "shuffled"


def larger_name(nodes: int) -> str:
    """Return the name of the training of networks with this number of hidden nodes."""
    return f"larger-{nodes}"


def needed(stage: str, settings: ClaimSettings) -> list[str]:
    """Return the kinds of training that a stage of a seed needs."""
    special = {
        "shuffled": [TRAINED, SHUFFLED],
        "larger": [larger_name(nodes) for nodes in settings.larger],
        "systems": [],
        "feedforward": [],
    }
    return special.get(stage, [TRAINED])


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


def snapshots_of(known: xr.Dataset, nodes: tuple[int, int, int]) -> dict[int, xr.Dataset]:
    """Return the snapshots of one seed, as recorded, from its row of what `train_seeds` returned.

    ``nodes`` are the numbers of inputs, hidden nodes and outputs.
    """
    snapshots = {}
    for epoch in known["epoch"].to_numpy().tolist():
        weights, gradient = (known[of].sel(epoch=epoch) for of in ("weights", "gradient"))
        kinds = {"parameter": split(weights.to_numpy(), *nodes)}
        if gradient.notnull().all():  # none before training
            kinds["gradient"] = split(gradient.to_numpy(), *nodes)
        snapshots[epoch] = xr.Dataset(weight_variables(**kinds))
    return snapshots


def _pairs(windows: Windows, settings: Settings, shuffled: bool) -> tuple[Floats, Floats]:
    inputs, targets, _ = windows.split("train")
    if not shuffled:
        return inputs, targets
    random = np.random.default_rng([settings.seed, 1])
    return inputs, targets[random.permutation(len(targets))]
