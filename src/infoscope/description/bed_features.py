"""Features of a recording by which it is compared with test beds of known connections."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import Floats, generator, instance
from infoscope.flow.connectivity.counts import are_counts
from infoscope.flow.connectivity.influence_result import OneStepInfluence
from infoscope.flow.connectivity.one_step import one_step_influence
from infoscope.recordings.recording import Recording

# Fewest hidden units that change.
FEWEST = 2
# Each end of the range of a unit, as a share of the range, in which it counts as saturated.
_END = 0.05
_PASS = "pass one_step_influence(recording), or omit it"


@dataclass(frozen=True)
class BedFeatures:
    """What decides how well measures of connectivity do on a recording.

    Parameters
    ----------
    model : str
        The one-step model that the data chose: "linear", "tanh", "gated", "counts", ...
    counts : bool
        Whether the units are counts.
    rows_per_source : float
        Rows with a later one, per node that can act on a unit.
    dimension : float
        Participation ratio of the standardised units, (sum of eigenvalues)^2 / sum of squares of
        their covariance, as a share of their number.
    saturation : float
        Share of values within 5 % of an end of the range of their unit.
    unexplained : float
        Held-out error of the one-step model, as a share of the variance; median over units.
    """

    model: str
    counts: bool
    rows_per_source: float
    dimension: float
    saturation: float
    unexplained: float

    @classmethod
    def of(
        cls,
        recording: Recording,
        influence: OneStepInfluence | None = None,
        epoch: int | None = None,
        random_state: Any = 0,
    ) -> "BedFeatures":
        """Compute the features of the hidden units of a snapshot.

        Parameters
        ----------
        recording : Recording
        influence : OneStepInfluence, optional
            Of this recording and epoch; estimated if missing, which takes most of the time.
        epoch : int, optional
            Snapshot; the last by default.
        random_state : int, Generator or None
            As in `one_step_influence`.

        Raises
        ------
        InputError
            If it is not a recording, has fewer than two moving hidden units, or the influence is of
            other nodes.
        """
        instance(recording, Recording, "recording")
        random = generator(random_state)
        nodes = recording.nodes
        hidden = (nodes["role"] == "hidden").to_numpy()
        values = hidden_values(recording, epoch)
        moving = np.ptp(values, axis=0) > 0.0
        if moving.sum() < FEWEST:
            raise InputError(
                "recording must have at least two hidden units that change, got "
                f"{int(moving.sum())}; record the layer whose wiring is asked for"
            )
        if influence is None:
            influence = one_step_influence(recording, epoch=epoch, random_state=random)
        instance(influence, OneStepInfluence, "influence", _PASS)
        if not np.array_equal(influence.get("source", []), nodes.index.to_numpy()):
            raise InputError(
                "influence must have the nodes of the recording, got "
                f"{influence.sizes.get('source', 0)} nodes for {len(nodes)}; {_PASS}"
            )
        layers = nodes["layer"].astype(str)[hidden].unique()
        models = [name for layer, name in influence.attrs["models"].items() if layer in layers]
        target = nodes.index[hidden][moving]
        scores = influence["score"].sel(target=target).to_numpy()
        sources = np.isfinite(scores).sum(axis=0).max() + 1
        return cls(
            model=max(models, key=models.count, default="linear"),
            counts=are_counts(values),
            rows_per_source=float(influence.attrs["n"] / sources),
            dimension=_dimension(values[:, moving]),
            saturation=_saturation(values[:, moving]),
            unexplained=float(np.nanmedian(influence["unexplained"].sel(target=target))),
        )


def hidden_values(recording: Recording, epoch: int | None) -> Floats:
    """Return the values of the hidden units in a snapshot, (row, unit)."""
    hidden = (recording.nodes["role"] == "hidden").to_numpy()
    values = recording.activations(epoch).to_numpy()[..., hidden]
    return values.reshape(-1, values.shape[-1])


def _dimension(values: Floats) -> float:
    eigenvalues = np.linalg.eigvalsh(np.corrcoef(values, rowvar=False))
    return float(eigenvalues.sum() ** 2 / (eigenvalues**2).sum() / len(eigenvalues))


def _saturation(values: Floats) -> float:
    low, high = values.min(axis=0), values.max(axis=0)
    place = (values - low) / (high - low)
    return float(((place < _END) | (place > 1.0 - _END)).mean())
