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
from infoscope.networks.gated import Gated
from infoscope.networks.gated_training import AdamSettings, train_gated
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
        "influence-systems": [],
        "influence-feedforward": [],
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


def train_gated_seeds(
    cell: str,
    of_seed: Sequence[Settings],
    windows: Sequence[Windows],
    epochs: Sequence[int],
    progress: bool,
) -> xr.Dataset:
    """Train a network of gated units for each seed, all at once.

    Parameters
    ----------
    cell : {"gru", "lstm"}
        Kind of the units.
    of_seed, windows, epochs, progress
        As in `train_seeds`. All seeds have the same epochs and step size.

    Returns
    -------
    Dataset
        ``weights`` (seed, epoch, weight), in the order of `Gated.flat`, NaN if a training diverged.
    """
    networks = [
        Gated(cell, *nodes_of(s, w), initial_scale=s.initial_scale,
              random_state=s.generator("weights"))
        for s, w in zip(of_seed, windows, strict=True)
    ]  # fmt: skip
    pairs = [of.split("train")[:2] for of in windows]
    kept = {}

    def keep(epoch: int, weights: Floats) -> None:
        if epoch in epochs:
            kept[epoch] = weights

    train_gated(
        networks,
        [inputs for inputs, _ in pairs],
        [targets for _, targets in pairs],
        settings=AdamSettings(of_seed[0].epochs, of_seed[0].learning_rate),
        random_states=[np.random.default_rng([s.seed, 11]) for s in of_seed],
        on_epoch=keep,
        progress=progress,
    )
    weights = np.stack([kept[epoch] for epoch in epochs], axis=1)
    weights[~np.isfinite(weights).all(axis=(1, 2))] = np.nan
    return xr.Dataset(
        {"weights": (("seed", "epoch", "weight"), weights)},
        coords={"seed": [s.seed for s in of_seed], "epoch": list(epochs)},
    )


def nodes_of(settings: Settings, windows: Windows) -> tuple[int, int, int]:
    """Return the numbers of inputs, hidden nodes and outputs."""
    return len(windows.input_names), settings.hidden_nodes, len(windows.target_names)


def gated_snapshots(
    known: xr.Dataset, cell: str, nodes: tuple[int, int, int]
) -> dict[int, xr.Dataset]:
    """Return the snapshots of one seed from its row of what `train_gated_seeds` returned."""
    return {
        epoch: xr.Dataset(weight_variables(parameter=Gated.from_flat(flat, cell, nodes).arrays()))
        for epoch, flat in zip(
            known["epoch"].to_numpy().tolist(), known["weights"].to_numpy(), strict=True
        )
    }


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
