"""Learning indicators: curves over training that may reflect learning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import EstimationError, InputError
from infoscope._progress import Progress
from infoscope._results import Result
from infoscope._validate import (
    Floats,
    capable,
    epochs_among,
    fields_are,
    generator,
    instance,
    one_of,
    whole_number,
)
from infoscope.estimators.estimate import SATURATED
from infoscope.estimators.protocols import PrefixEntropies
from infoscope.learning.curves import chosen_curves
from infoscope.learning.plane import failed, in_words, information_plane, reference_rows, sentences
from infoscope.measures.complexity import tse_complexity
from infoscope.measures.estimation import Estimator
from infoscope.recordings.recording import Recording

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_UNITS, _ABOUT = ("hidden", "output"), ("input", "target")


@dataclass(frozen=True, eq=False, repr=False)
class LearningIndicators(Result):
    """Curves over training.

    ``flags`` lists the failed checks, ``flagged`` the snapshots that fail, ``warnings`` the
    meaning.

    Parameters
    ----------
    data : Dataset
        Dimension epoch. ``error`` (mean absolute difference of output and reference),
        ``hidden_input_information``, ``hidden_target_information``,
        ``output_input_information``, ``output_target_information``, ``tse_complexity`` and its
        ``tse_standard_error`` (all bits), ``activation_change`` (mean absolute change of the
        hidden and output activations per epoch since the snapshot before; NaN at the first).
    """

    data: xr.Dataset

    def __post_init__(self) -> None:
        """Check the fields."""
        fields_are(self, data=xr.Dataset)

    @property
    def flagged(self) -> xr.Dataset:
        """Which snapshots fail a check, booleans over epoch.

        ``saturated``: an information exceeds nine tenths of the ceiling. ``data-processing``: the
        output has more information about the input or the target than the hidden layer, of which it
        is a function. ``negative-tse``: the TSE complexity is below 0 by more than two standard
        errors.
        """
        curves = self.data
        informations = [curves[f"{u}_{a}_information"] for u in _UNITS for a in _ABOUT]
        highest_information = xr.concat(informations, "curve").max("curve")
        limit = SATURATED * float(curves.attrs.get("ceiling_bits", np.inf))
        highest = curves["tse_complexity"] + 2.0 * curves["tse_standard_error"].fillna(0.0)
        return xr.Dataset(
            {
                "saturated": (highest_information > limit) | np.isposinf(highest_information),
                "data-processing": xr.concat(
                    [
                        curves[f"output_{about}_information"]
                        > curves[f"hidden_{about}_information"]
                        for about in _ABOUT
                    ],
                    "about",
                ).any("about"),
                "negative-tse": highest < 0.0,
            }
        )

    @property
    def flags(self) -> tuple[str, ...]:
        """The checks that any snapshot fails."""
        return failed(self.flagged)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each flag: its meaning and the remedy."""
        return sentences(self.flagged)

    def _line(self) -> str:
        return in_words(self.data["epoch"].to_numpy(), self.flags)

    def _facts(self) -> dict[str, Any]:
        return {**self.data.attrs, "flags": self.flags}

    def to_frame(self) -> pd.DataFrame:
        """Return one row per epoch."""
        return self.data.to_dataframe().reset_index()

    def plot(self, *, curves: str | Sequence[str] | None = None, ax: Any = None) -> "Figure":
        """Draw each indicator over training, points that fail a check hollow.

        Parameters
        ----------
        curves : str or sequence of str, optional
            Names of indicators; all by default.
        ax : matplotlib Axes, optional
            Where to draw: several indicators, which differ in unit, are then scaled to [0, 1]. By
            default each has its own panel in a new figure, not registered with pyplot.

        Raises
        ------
        InputError
            If there is no such indicator, or ax is not an Axes.
        """
        from infoscope.plots.curves import plot_curves

        names = [name for name in self.data.data_vars if name != "tse_standard_error"]
        found = {}
        for name in chosen_curves(curves, names):
            in_bits = name.endswith(("_information", "_complexity"))
            label = name.replace("_", " ") + (" (bits)" if in_bits else "")
            found[label] = self._curve(name)
        return plot_curves(found, "Indicators of learning", ax)

    def _curve(self, name: str) -> pd.DataFrame:
        """Return epoch, value, standard error and validity of each point of a curve."""
        flagged, complexity = self.flagged, name == "tse_complexity"
        checks = ["saturated", "data-processing"] if name.endswith("_information") else []
        checks = ["negative-tse"] if complexity else checks
        failed = np.zeros(self.data.sizes["epoch"], bool)
        for check in checks:
            failed |= flagged[check].to_numpy()
        return pd.DataFrame({
            "epoch": self.data["epoch"].to_numpy(),
            "value": self.data[name].to_numpy(),
            "error": self.data["tse_standard_error"].to_numpy() if complexity else np.nan,
            "valid": ~failed,
        })  # fmt: skip

    def summary(self) -> pd.DataFrame:
        """Return first, last and largest value of every indicator, with epochs.

        Columns first, last, max, epoch_of_max, first_epoch.
        """
        rows = {}
        for name, curve in self.data.data_vars.items():
            known = curve.dropna("epoch")
            values = known.to_numpy()
            if len(values):
                at = int(np.argmax(values))
                epochs = known["epoch"].to_numpy()
                extremes = (values[0], values[-1], values[at], int(epochs[at]), int(epochs[0]))
                rows[str(name)] = extremes
        return pd.DataFrame.from_dict(
            rows, orient="index", columns=["first", "last", "max", "epoch_of_max", "first_epoch"]
        )


def learning_indicators(
    recording: Recording,
    *,
    reference: str = "targets",
    estimator: Estimator = "auto",
    rows: int | None = None,
    entropy_estimator: PrefixEntropies | str = "auto",
    subsets: int = 5,
    epochs: Sequence[int] | None = None,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    progress: bool = False,
    complexity_epochs: Sequence[int] | None = None,
) -> LearningIndicators:
    """Estimate the published learning indicators in every snapshot of a recording.

    Parameters
    ----------
    recording : Recording
        With inputs, hidden, outputs and, for reference "targets", targets.
    reference : {"targets", "final-output"}
        The target (`information_plane`).
    estimator : "auto", "published" or MutualInformation
        For the information between layers (`information_plane`).
    rows : int, optional
        First rows for the information; all by default. Error, complexity and change use all.
    entropy_estimator : "auto", "published" or PrefixEntropies
        For the complexity of all nodes together (`tse_complexity`). With the Gaussian copula of
        "auto" it is inf where a node is a linear function of others, such as a noiseless output.
    subsets : int
        Random subsets of each size for the complexity. Every snapshot uses the same ones, so that
        the curve reflects the network and not the draw.
    epochs : sequence of int, optional
        Snapshots; all by default.
    random_state : int, Generator or None
        Source of jitter and subsets.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show progress bars.
    complexity_epochs : sequence of int, optional
        Snapshots for the complexity, the slowest part: all by default, NaN at the others.

    Returns
    -------
    LearningIndicators
        One value of each per snapshot. Check its ``flags``: nearest-neighbour entropies of many
        nodes can make the complexity negative, which is impossible.

    Raises
    ------
    InputError
        If a required block is missing, or an argument is out of range.

    References
    ----------
    Ivanovic, Kha, Muruganantham (2018), sections 7 and 8.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(20, 8, 2))
    >>> states = np.tanh(np.stack([0.1 * x, x]))
    >>> rec = Recording.from_arrays(x, states, states[..., :1], targets=x[..., :1], epochs=[0, 1])
    >>> learning_indicators(rec, subsets=2).data.sizes["epoch"]
    2
    """
    instance(recording, Recording, "recording")
    whole_number(subsets, "subsets", 1)
    if isinstance(entropy_estimator, str):
        one_of(entropy_estimator, "entropy_estimator", ("auto", "published"))
    else:
        capable(entropy_estimator, PrefixEntropies, "KozachenkoLeonenko(k=10)", "entropy_estimator")
    random = generator(random_state)
    seed = int(random.integers(2**63))
    plane = information_plane(
        recording,
        units="layers",
        reference=reference,
        estimator=estimator,
        rows=rows,
        epochs=epochs,
        random_state=random,
        n_jobs=n_jobs,
        progress=progress,
    ).data
    when = [int(epoch) for epoch in plane["epoch"].to_numpy()]
    followed = epochs_among(complexity_epochs, when, "complexity_epochs", fewest=0)
    target = reference_rows(recording, reference)
    width = recording.rows("outputs", limit=1).shape[1]
    if target.shape[1] != width:
        raise InputError(
            f"targets must have one column per output, got {target.shape[1]} targets and {width} "
            "outputs; record the outputs that belong to the targets"
        )
    names = ("error", "tse_complexity", "tse_standard_error", "activation_change")
    curves: dict[str, Floats] = {name: np.full(len(when), np.nan) for name in names}
    with Progress(len(when), "complexity", progress) as bar:
        for e, epoch in enumerate(when):
            if epoch in followed:
                everything = recording.rows("all", epoch)
                try:
                    complexity = tse_complexity(
                        everything,
                        subsets=subsets,
                        estimator=entropy_estimator,
                        random_state=seed,
                        n_jobs=n_jobs,
                    )
                    curves["tse_complexity"][e] = complexity.bits
                    curves["tse_standard_error"][e] = complexity.standard_error_bits
                except EstimationError:  # an output is a linear function of the hidden nodes
                    curves["tse_complexity"][e] = np.inf
            outputs = recording.rows("outputs", epoch)
            curves["error"][e] = np.abs(outputs - target).mean()
            curves["activation_change"][e] = activation_change(recording, epoch)
            bar.advance()
    curves |= {
        f"{unit}_{about}_information": plane[f"{about}_information"].sel(unit=unit).to_numpy()
        for unit in _UNITS
        for about in _ABOUT
    }
    data = xr.Dataset(
        {name: ("epoch", curve) for name, curve in curves.items()},
        coords={"epoch": when},
        attrs={**plane.attrs, "subsets": subsets, "entropy_estimator": str(entropy_estimator)},
    )
    return LearningIndicators(data)


def activation_change(recording: Recording, epoch: int) -> float:
    """Mean absolute change of hidden and outputs per epoch since the previous snapshot.

    NaN at the first snapshot.
    """
    place = recording.epochs.index(epoch)
    if place == 0:
        return float("nan")
    before = recording.epochs[place - 1]
    now, then = (
        np.hstack([recording.rows(block, when) for block in ("hidden", "outputs")])
        for when in (epoch, before)
    )
    return change_per_epoch(now, then, epoch - before)


def change_per_epoch(now: Floats, before: Floats, epochs: int) -> float:
    """Mean absolute change of activations (row, node) per epoch."""
    return float(np.abs(now - before).mean() / epochs)
