"""Information planes: information of nodes and layers about input and target."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

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
    several,
    truth,
    whole_number,
)
from infoscope.estimators import Auto, KozachenkoLeonenko, resolved
from infoscope.estimators.estimate import FLAGS, SATURATED
from infoscope.estimators.protocols import MutualInformation
from infoscope.measures.estimation import Estimator, samples_of
from infoscope.measures.statistics import pearson
from infoscope.recordings.blocks import ROLES
from infoscope.recordings.recording import Recording

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REFERENCES = ("targets", "final-output")


@dataclass(frozen=True, eq=False, repr=False)
class InformationPlane(Result):
    """Information about input and target, of every unit in every snapshot.

    ``flags`` lists the failed checks, ``flagged`` the estimates that fail, ``warnings`` the
    meaning.

    Parameters
    ----------
    data : Dataset
        ``input_information`` I(unit; x), ``target_information`` I(unit; y) and, for nodes,
        ``entropy`` H(unit), bits, dimensions (epoch, unit); unit has a role. An information is
        inf where both variables determine each other, if the estimator detects it; an entropy is
        -inf where more than k samples are equal. The attributes give reference, rows, estimator and
        ceiling.
    """

    data: xr.Dataset

    def __post_init__(self) -> None:
        """Check the fields."""
        fields_are(self, data=xr.Dataset)

    @property
    def ceiling_bits(self) -> float:
        """The largest information that the estimator can return for this many rows."""
        return float(self.data.attrs["ceiling_bits"])

    @property
    def flagged(self) -> xr.Dataset:
        """Which estimates fail a check, as booleans.

        ``saturated`` (epoch, unit): an information exceeds nine tenths of the ceiling.
        ``data-processing`` (epoch), for layers: the output has more information about the input
        or the target than the hidden layer, of which it is a function.
        """
        informations = self.data[["input_information", "target_information"]].to_array("about")
        limited = (informations > SATURATED * self.ceiling_bits) | np.isposinf(informations)
        found = {"saturated": limited.any("about")}
        if "entropy" not in self.data and {"hidden", "output"} <= set(self.data["unit"].values):
            output, hidden = (informations.sel(unit=u, drop=True) for u in ("output", "hidden"))
            found["data-processing"] = (output > hidden).any("about")
        return xr.Dataset(found)

    @property
    def flags(self) -> tuple[str, ...]:
        """The checks that any estimate fails."""
        return failed(self.flagged)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each flag: its meaning and the remedy."""
        return sentences(self.flagged)

    def _line(self) -> str:
        units, epochs = self.data["unit"].to_numpy(), self.data["epoch"].to_numpy()
        first = ", ".join(map(str, units[:3])) + (", ..." if len(units) > 3 else "")
        return f"{first}; {in_words(epochs, self.flags)}"

    def _facts(self) -> dict[str, Any]:
        return {**self.data.attrs, "flags": self.flags}

    def to_frame(self) -> pd.DataFrame:
        """Return one row per epoch and unit."""
        return self.data.to_dataframe().reset_index()

    def plot(self, *, epoch: int | None = None, ax: Any = None) -> "Figure":
        """Draw the path of each layer over training, or all nodes in one snapshot.

        Parameters
        ----------
        epoch : int, optional
            Snapshot, to draw all units in it; by default the last for nodes, and the paths for
            layers.
        ax : matplotlib Axes, optional
            Where to draw; by default in a new figure, not registered with pyplot.

        Returns
        -------
        matplotlib.figure.Figure
            Units with an infinite information are not drawn; the caption counts them. Points of a
            path that fail a check (``flagged``) are hollow.

        Raises
        ------
        InputError
            If there is no such snapshot, or ax is not an Axes.
        """
        from infoscope.plots.planes import plot_nodes, plot_paths

        if epoch is None and "entropy" not in self.data:
            return plot_paths(self._paths(), self.ceiling_bits, ax)
        wanted = None if epoch is None else [epoch]
        when = epochs_among(wanted, self.data["epoch"].to_numpy().tolist())[-1]
        here = self.data.sel(epoch=when).to_dataframe().reset_index()
        points = here.rename(columns={"unit": "node"})
        return plot_nodes(points, f"Information plane, epoch {when}", self.ceiling_bits, ax)

    def _paths(self) -> dict[str, pd.DataFrame]:
        """Return role and path of each unit: epoch, both informations and validity."""
        flagged, found = self.flagged, {}
        for unit in self.data["unit"].to_numpy():
            here = self.data.sel(unit=unit)
            failed = flagged["saturated"].sel(unit=unit).to_numpy()
            if "data-processing" in flagged:
                failed = failed | flagged["data-processing"].to_numpy()
            found[str(unit)] = pd.DataFrame({
                "epoch": here["epoch"].to_numpy(),
                "role": str(here["role"].item()),
                "input_information": here["input_information"].to_numpy(),
                "target_information": here["target_information"].to_numpy(),
                "valid": ~failed,
            })  # fmt: skip
        return found

    def correlation(self, role: str = "hidden", *, normalised: bool = False) -> float:
        """Return the Pearson correlation of both kinds of information over the nodes of a role.

        At the last epoch; with ``normalised`` both are divided by the node's entropy, as published,
        which creates spurious correlation where an entropy is near zero. NaN with fewer than three
        nodes or without variance.

        Raises
        ------
        InputError
            If normalised is set for layers, which have no entropy here.
        """
        one_of(role, "role", ROLES)
        truth(normalised, "normalised")
        last = self.data.isel(epoch=-1)
        chosen = last.isel(unit=np.flatnonzero(last["role"].to_numpy() == role))
        x, y = chosen["input_information"].to_numpy(), chosen["target_information"].to_numpy()
        if normalised:
            if "entropy" not in chosen:
                raise InputError(
                    "normalised must be False for layers, got True; entropies are known for nodes"
                )
            entropy = chosen["entropy"].to_numpy()
            x, y = x / entropy, y / entropy
        return pearson(x, y)


def information_plane(
    recording: Recording,
    *,
    units: str | Sequence[str] = "layers",
    reference: str = "targets",
    estimator: Estimator = "auto",
    rows: int | None = None,
    epochs: Sequence[int] | None = None,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    progress: bool = False,
) -> InformationPlane:
    """Estimate I(unit; whole input) and I(unit; whole target) over snapshots.

    Parameters
    ----------
    recording : Recording
        With inputs and, for reference "targets", targets.
    units : {"layers", "nodes"} or sequence of str
        The hidden and the output layer as vectors, every single node, or the listed nodes.
    reference : {"targets", "final-output"}
        The target: the true one, or the network's own output in the last snapshot (published),
        about which that output has information up to the estimator's ceiling.
    estimator : "auto", "published" or MutualInformation
        As `mutual_information`; "published" is the paper's, ``KSG(k=10)`` with noise of 1e-10.
    rows : int, optional
        Only the first rows, sequences one after another; all by default. Published: 200.
    epochs : sequence of int, optional
        Snapshots; all by default.
    random_state : int, Generator or None
        Source of an estimator's jitter.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show a progress bar.

    Returns
    -------
    InformationPlane
        In bits. Check its ``flags``: nearest neighbours in many dimensions can violate the
        data-processing inequality.

    Raises
    ------
    InputError
        If the recording lacks inputs or targets, or an argument is out of range.

    References
    ----------
    Ivanovic, Kha, Muruganantham (2018), sections 6 and 7.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(50, 8, 2))
    >>> rec = Recording.from_arrays(inputs=x, hidden=np.tanh(x), outputs=x, targets=x)
    >>> information_plane(rec).data["input_information"].dims
    ('epoch', 'unit')
    """
    instance(recording, Recording, "recording")
    names, roles = _units(recording, units)
    chosen = resolved(estimator)
    capable(chosen, MutualInformation, "KSG(k=10)")
    if rows is not None:
        whole_number(rows, "rows", 1)
    when = epochs_among(epochs, recording.epochs)
    inputs = recording.rows("inputs", limit=rows)
    target = reference_rows(recording, reference)[:rows]
    of_layers = units == "layers"
    random = generator(random_state)
    values = np.full((3, len(when), len(names)), np.nan)
    ceiling = np.nan
    with Progress(
        len(when) * len(names), f"information of {'layers' if of_layers else 'nodes'}", progress
    ) as bar:
        for e, epoch in enumerate(when):
            for u, samples in enumerate(_unit_samples(recording, names, of_layers, epoch, rows)):
                for about, side in enumerate((inputs, target)):
                    together = samples_of(samples, side, None, None, None)
                    try:
                        found = chosen.mutual_information(together, random, n_jobs)
                    except EstimationError:  # one is a linear function of the other
                        values[about, e, u] = np.inf
                        continue
                    values[about, e, u] = found.bits
                    # "auto" may choose an estimator without a ceiling for some units.
                    ceiling = float(np.fmax(ceiling, found.ceiling_bits))
                if not of_layers:
                    values[2, e, u] = _node_entropy(samples, chosen, random)
                bar.advance()
    kept = ("input_information", "target_information", "entropy")[: 2 if of_layers else 3]
    data = xr.Dataset(
        {name: (("epoch", "unit"), values[i], {"units": "bit"}) for i, name in enumerate(kept)},
        coords={"epoch": when, "unit": names, "role": ("unit", roles)},
        attrs={
            "reference": reference,
            "rows": len(inputs),
            "estimator": str(chosen),
            "ceiling_bits": ceiling,
        },
    )
    return InformationPlane(data)


def failed(flagged: xr.Dataset) -> tuple[str, ...]:
    """Return the names of the checks that fail anywhere."""
    return tuple(str(name) for name, where in flagged.data_vars.items() if bool(where.any()))


def sentences(flagged: xr.Dataset) -> tuple[str, ...]:
    """Return the meaning of each failed check, and the number of snapshots that fail it."""
    found = []
    for flag in failed(flagged):
        where = flagged[flag]
        per_epoch = where.any([dim for dim in where.dims if dim != "epoch"])
        count = f"{int(per_epoch.sum())} of {per_epoch.size} snapshots"
        found.append(f"{flag}: {FLAGS[flag]} ({count})")
    return tuple(found)


def in_words(epochs: NDArray[np.int64], flags: tuple[str, ...]) -> str:
    """Describe the snapshots and flags."""
    span = f"epoch {epochs[0]}" if len(epochs) == 1 else f"epochs {epochs[0]} to {epochs[-1]}"
    return f"{len(epochs)} snapshots, {span}; flags: {', '.join(flags) or 'none'}"


def reference_rows(recording: Recording, reference: str) -> Floats:
    """Return the target as (row, target)."""
    one_of(reference, "reference", REFERENCES)
    return recording.rows("targets" if reference == "targets" else "outputs")


def _units(recording: Recording, units: str | Sequence[str]) -> tuple[list[str], list[str]]:
    nodes = recording.nodes
    if isinstance(units, str):
        one_of(units, "units", ("layers", "nodes"))
        if units == "layers":
            roles = [role for role in ("hidden", "output") if role in set(nodes["role"])]
            return roles, roles
        return list(nodes.index), list(nodes["role"])
    chosen = several(units, "units", f"[{nodes.index[-1]!r}]")
    if not chosen:
        raise InputError("units is empty; list at least one node, or use 'nodes' for all")
    for unit in chosen:
        one_of(unit, "units", nodes.index)
    return chosen, list(nodes["role"].loc[chosen])


def _unit_samples(
    recording: Recording, names: Sequence[str], of_layers: bool, epoch: int, rows: int | None
) -> list[Floats]:
    if of_layers:
        blocks = {"hidden": "hidden", "output": "outputs"}
        return [recording.rows(blocks[role], epoch, rows) for role in names]
    table = recording.rows("all", epoch, rows)
    places = [list(recording.nodes.index).index(name) for name in names]
    return [np.ascontiguousarray(table[:, [place]]) for place in places]


def _node_entropy(samples: Floats, estimator: Any, random: np.random.Generator) -> float:
    """Entropy in bits with the neighbours and jitter of the information, -inf for tied values.

    "auto" estimates it like any entropy.
    """
    k, jitter = getattr(estimator, "k", 10), getattr(estimator, "jitter", 0.0)
    unit = getattr(estimator, "jitter_unit", "absolute")
    try:
        if isinstance(estimator, Auto):
            return estimator.entropy(samples, random, 1).bits
        return (
            KozachenkoLeonenko(k=k, jitter=jitter, jitter_unit=unit)
            .entropy(samples, random, 1)
            .bits
        )
    except EstimationError:  # which says just that, for the caller who asked for one entropy
        return -np.inf
