"""Curves of learning from a watched training, with their checks and a sentence each."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import EstimationError, InputError
from infoscope._results import Result
from infoscope._validate import epochs_among, fields_are, instance, one_of, whole_number
from infoscope.learning.curves import chosen_curves
from infoscope.learning.gradients import gradient_statistics
from infoscope.learning.held_out.held_out_plane import held_out_plane
from infoscope.learning.held_out.layer_state import SATURATED, participation_ratio
from infoscope.learning.indicators import change_per_epoch, learning_indicators
from infoscope.monitor.trackers import Tracker
from infoscope.monitor.watching.numbers.informations import decoded_bits
from infoscope.monitor.watching.numbers.losses import skill
from infoscope.monitor.watching.numbers.view import View
from infoscope.recordings.blocks import block_kinds
from infoscope.recordings.recording import Recording
from infoscope.recordings.snapshots import Changed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Meaning of each curve; a new curve needs a line here.
MEANINGS = {
    "loss": "training loss, as logged",
    "skill": "1 - MSE over the MSE of the mean target, on the probe",
    "held_out_skill": "1 - MSE over the MSE of the mean target, on held-out data",
    "decoded_target": "I(layer; target), bits, cross-validated linear decoder on the probe",
    "held_out_decoded_target": "I(layer; target), bits, linear decoder on held-out data",
    "memory": "I(input of the step before; layer), bits, linear decoder",
    "probe": "lower bound of I(history; layer + noise of 0.1), bits",
    "hidden_input_information": "I(layer; input), bits, default estimator",
    "hidden_target_information": "I(layer; target), bits, default estimator",
    "output_input_information": "I(output; input), bits, default estimator",
    "output_target_information": "I(output; target), bits, default estimator",
    "tse_complexity": "TSE complexity of all nodes, bits",
    "spread": "mean standard deviation of units",
    "saturation": f"share of |h| above {SATURATED}",
    "participation_ratio": "effective dimension of the layer",
    "still_units": "units that are constant on the probe",
    "activation_change": "mean absolute change of activations per update",
    "weight_change": "change of the weights per update, over their norm",
    "gradient_mean": "mean absolute gradient entry",
    "gradient_spread": "standard deviation of absolute gradient entries",
}

# The information of wider layers is decoded only: estimates by distances need more rows, and the
# complexity minutes per snapshot.
_WIDEST = 64
_SIGMA = 0.1
# Rows per unit that a decoder needs to be trusted (flag "few-samples").
_ROWS_PER_UNIT = 10


@dataclass(frozen=True, eq=False, repr=False)
class Curves(Result):
    """Curves of a training over its updates.

    Parameters
    ----------
    data : Dataset
        Dimension epoch (updates); the curves of `MEANINGS` that the recording allows.
    valid : Dataset
        Whether each point passes the checks of its estimator; True where there are none.
    layer : str
        The block that "layer" means.
    notes : list of str
        Which curves are missing, and why.
    """

    data: xr.Dataset
    valid: xr.Dataset
    layer: str
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Check the fields."""
        fields_are(self, data=xr.Dataset, valid=xr.Dataset, layer=str, notes=list)

    @property
    def sentences(self) -> dict[str, str]:
        """One sentence per curve: first, last and largest value, and how many points are valid."""
        return {str(name): self._sentence(str(name)) for name in self.data.data_vars}

    def log_to(self, tracker: Tracker) -> None:
        """Send all valid points to a tracker, snapshot by snapshot."""
        for epoch in self.data["epoch"].to_numpy():
            here, fine = self.data.sel(epoch=epoch), self.valid.sel(epoch=epoch)
            values = {str(name): float(here[name]) for name in here.data_vars}
            sent = {n: v for n, v in values.items() if np.isfinite(v) and bool(fine[n])}
            tracker.log(sent, int(epoch))

    def plot(self, *, curves: str | Sequence[str] | None = None, ax: Any = None) -> "Figure":
        """Draw each curve over the updates, points that fail a check hollow.

        Parameters
        ----------
        curves : str or sequence of str, optional
            Names of curves, see `MEANINGS`; all by default.
        ax : matplotlib Axes, optional
            Where to draw: several curves, which differ in unit, are then scaled to [0, 1]. By
            default each has its own panel in a new figure, not registered with pyplot.

        Raises
        ------
        InputError
            If there is no such curve, or ax is not an Axes.
        """
        from infoscope.plots.curves import plot_curves

        found = {}
        for name in chosen_curves(curves, self.data.data_vars):
            unit = " (bits)" if "bits" in MEANINGS[name] else ""
            found[name.replace("_", " ") + unit] = pd.DataFrame({
                "epoch": self.data["epoch"].to_numpy(),
                "value": self.data[name].to_numpy(),
                "error": np.nan,
                # A missing point is no failed one.
                "valid": self.valid[name].to_numpy() | np.isnan(self.data[name].to_numpy()),
            })  # fmt: skip
        return plot_curves(found, f"Learning of {self.layer}", ax, "update")

    def to_frame(self) -> pd.DataFrame:
        """Return one row per snapshot, with ``<name>_valid`` next to each curve."""
        table = self.data.to_dataframe()
        for name in self.valid.data_vars:
            table[f"{name}_valid"] = self.valid[name].to_numpy()
        return table.reset_index()

    def _sentence(self, name: str) -> str:
        known = self.data[name].dropna("epoch")
        values, when = known.to_numpy(), known["epoch"].to_numpy()
        if len(values) == 0:
            return f"{name} ({MEANINGS[name]}) is not defined at any snapshot."
        top = int(values.argmax())
        fine = int(self.valid[name].sel(epoch=when).sum())
        return (
            f"{name} ({MEANINGS[name]}) is {values[0]:.3g} at update {when[0]}, {values[-1]:.3g} "
            f"at {when[-1]} and largest, {values[top]:.3g}, at {when[top]}; {fine} of "
            f"{len(values)} points pass their checks."
        )

    def _line(self) -> str:
        snapshots = self.data.sizes["epoch"]
        return f"{len(self.data.data_vars)} curves of {self.layer}, {snapshots} snapshots"

    def _facts(self) -> dict[str, Any]:
        return {"layer": self.layer, "notes": self.notes, "sentences": self.sentences}


def training_curves(
    recording: Recording,
    log: pd.DataFrame,
    held_out: Recording | None = None,
    *,
    layer: str | None = None,
    epochs: Sequence[int] | None = None,
    most: int = 20,
    random_state: Any = 0,
    n_jobs: int | None = -1,
) -> Curves:
    """Return the curves of learning of a watched training.

    Parameters
    ----------
    recording, log, held_out
        As in `infoscope.monitor.diagnosis.features`.
    layer : str, optional
        Block of hidden units; by default the states h of the last recurrent layer.
    epochs : sequence of int, optional
        Snapshots; by default at most ``most`` of them, evenly among all.
    most : int
        Largest number of snapshots by default.
    random_state, n_jobs
        As in `held_out_plane`.

    Returns
    -------
    Curves
        Estimates of `held_out_plane` and `learning_indicators`, with their checks, statistics of
        activations, weights and gradients. A quantity that the recording does not allow is left
        out with a note.

    Raises
    ------
    InputError
        If the recording has no hidden units, or an argument is out of range.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(20, 8, 3))
    >>> rec = Recording.from_arrays(hidden=np.stack([0.1 * x, np.tanh(x)]), epochs=[0, 10])
    >>> curves = training_curves(rec, pd.DataFrame({"step": [10], "loss": [0.5]}))
    >>> curves.data["spread"].round(1).values.tolist()
    [0.1, 0.6]
    """
    instance(recording, Recording, "recording")
    instance(log, pd.DataFrame, "log", "pass what Watch.to_frame returns")
    whole_number(most, "most", 2)
    hidden = [n for n, block in recording.blocks.items() if block.role == "hidden"]
    if not hidden:
        raise InputError("recording must have hidden units, got none; record a recurrent module")
    states = [name for name in hidden if name.endswith(".h")] or hidden
    layer = states[-1] if layer is None else one_of(layer, "layer", hidden)
    when = epochs_among(epochs, recording.epochs)
    if epochs is None and len(when) > most:
        when = [when[i] for i in np.unique(np.linspace(0, len(when) - 1, most).astype(int))]
    collected = _Collected(when)
    view = of_layer(recording, layer)
    there = None if held_out is None else of_layer(held_out, layer)
    _add_log(collected, log)
    _add_states(collected, view, layer)
    _add_weights(collected, recording)
    _add_decoded(collected, View(view, log, when, there))
    collected.attempt("information of the learning room", lambda: _add_learning_room(
        collected, view, there, layer, random_state, n_jobs
    ))  # fmt: skip
    if any(str(name).startswith("gradient_") for name in recording.read(when[-1]).data_vars):
        _add_gradients(collected, recording)
    return collected.curves(layer)


def of_layer(recording: Recording, layer: str) -> Recording:
    """Return a recording with one block of hidden units; all other blocks remain."""
    kinds = {
        name: asdict(kind)
        for name, kind in block_kinds(recording.fixed).items()
        if kind.role != "hidden" or name == layer
    }
    fixed = recording.fixed.assign_attrs(blocks=kinds)
    return Recording(fixed, recording.epochs, Changed(recording.read, _Only(tuple(kinds))))


@dataclass(frozen=True)
class _Only:
    """Keep some blocks of a snapshot, and everything that is no block."""

    names: tuple[str, ...]

    def __call__(self, snapshot: xr.Dataset) -> xr.Dataset:
        rows = {"sequence", "time"}
        drop = [n for n, v in snapshot.items() if rows <= set(v.dims) and n not in self.names]
        return snapshot.drop_vars(drop)


class _Collected:
    """Curves while they are computed."""

    def __init__(self, epochs: list[int]) -> None:
        self.epochs = epochs
        self.notes: list[str] = []
        self._values: dict[str, Any] = {}
        self._valid: dict[str, Any] = {}

    def add(self, name: str, values: Any, valid: Any = None) -> None:
        """Add a curve over the epochs, if it has any value."""
        array = np.asarray(values, float)
        if np.isnan(array).all():
            return
        self._values[name] = array
        self._valid[name] = ~np.isnan(array) if valid is None else np.asarray(valid, bool)

    def attempt(self, what: str, compute: Any) -> None:
        """Compute curves, or note why they are left out."""
        try:
            compute()
        except (InputError, EstimationError) as error:
            self.notes.append(f"Left out: {what}, because {error}.")

    def curves(self, layer: str) -> Curves:
        """Return the result, in the order of `MEANINGS`."""
        names = [name for name in MEANINGS if name in self._values]

        def dataset(of: Mapping[str, Any]) -> xr.Dataset:
            held = {name: ("epoch", of[name]) for name in names}
            return xr.Dataset(held, coords={"epoch": self.epochs})

        return Curves(dataset(self._values), dataset(self._valid), layer, self.notes)


def _add_log(collected: _Collected, log: pd.DataFrame) -> None:
    if "loss" in log and len(log):
        losses = log.set_index("step")["loss"].astype(float)
        losses = losses[~losses.index.duplicated(keep="last")]
        collected.add("loss", losses.reindex(collected.epochs).to_numpy())


def _add_states(collected: _Collected, view: Recording, layer: str) -> None:
    table: dict[str, list[float]] = {}
    before, then = None, 0
    for epoch in collected.epochs:
        states = view.rows("hidden", epoch)
        bounded = float(np.abs(states).max()) <= 1.0
        values = {
            "spread": float(states.std(axis=0).mean()),
            "saturation": float((np.abs(states) > SATURATED).mean()) if bounded else np.nan,
            "participation_ratio": participation_ratio(states),
            "still_units": float((np.ptp(states, axis=0) == 0.0).sum()),
            "activation_change": np.nan
            if before is None
            else change_per_epoch(states, before, epoch - then),
        }
        for name, value in values.items():
            table.setdefault(name, []).append(value)
        before, then = states, epoch
    for name, values in table.items():
        collected.add(name, values)


def _add_weights(collected: _Collected, recording: Recording) -> None:
    snapshots = [recording.read(epoch) for epoch in collected.epochs]
    changes = [float(s["weight_change"]) if "weight_change" in s else np.nan for s in snapshots]
    collected.add("weight_change", changes)


def _add_gradients(collected: _Collected, recording: Recording) -> None:
    table = gradient_statistics(recording)
    everything = table[table["parameter"] == "all"].set_index("epoch")
    for name in ("mean", "spread"):
        collected.add(f"gradient_{name}", everything[name].reindex(collected.epochs).to_numpy())


def _add_decoded(collected: _Collected, view: View) -> None:
    """Add what needs neither outputs at every step nor few units; the learning room adds better."""
    targets, inputs = view.block("targets"), view.block("inputs")
    decoded, before, skills = [], [], []
    enough = False
    for epoch in collected.epochs:
        states = view.hidden(epoch)
        decoded.append(decoded_bits(states, targets))
        before.append(decoded_bits(states, inputs, lag=1))
        skills.append(skill(view.block("outputs", epoch), targets))
        if states is not None:
            enough = states.shape[0] * states.shape[1] >= _ROWS_PER_UNIT * states.shape[2]
    for name, values in (("decoded_target", decoded), ("memory", before)):
        collected.add(name, values, np.isfinite(values) & enough)
    collected.add("skill", skills)


def _add_learning_room(
    collected: _Collected, view: Recording, held_out: Recording | None, layer: str,
    random_state: Any, n_jobs: int | None,
) -> None:  # fmt: skip
    width = view.rows("hidden", limit=1).shape[1]
    if width > _WIDEST:
        raise InputError(
            f"{layer} has {width} units, more than {_WIDEST}; record fewer of them with units=..."
        )
    options: dict[str, Any] = {
        "epochs": collected.epochs, "random_state": random_state, "n_jobs": n_jobs,
    }  # fmt: skip
    plane = held_out_plane(view, held_out, sigmas=[_SIGMA], subsets=10, **options)
    here = plane.sel(split="train")
    decoded = {"": here} | ({} if held_out is None else {"held_out_": plane.sel(split="held-out")})
    for prefix, part in decoded.items():
        hidden = part.sel(unit="hidden")
        collected.add(
            f"{prefix}decoded_target", hidden["decoded_target"],
            part["decoded_target_valid"].sel(unit="hidden"),
        )  # fmt: skip
        collected.add(f"{prefix}skill", part["skill"])
    if plane.sizes["lag"] > 1:
        last = {"unit": "hidden", "lag": 1}
        collected.add("memory", plane["memory"].sel(last), plane["memory_valid"].sel(last))
    noise = {"policy": "relative", "sigma": _SIGMA}
    collected.add("probe", plane["probe_lower"].sel(noise), plane["probe_valid"].sel(noise))
    indicators = learning_indicators(view, subsets=2, complexity_epochs=[], **options)
    flagged = indicators.flagged
    fine = ~(flagged["saturated"] | flagged["data-processing"])
    for unit in ("hidden", "output"):
        for about in ("input", "target"):
            name = f"{unit}_{about}_information"
            collected.add(name, indicators.data[name], fine)
