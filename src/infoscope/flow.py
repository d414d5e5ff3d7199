"""Information flow: time-delayed minus instantaneous mutual information."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._progress import Progress
from infoscope._validate import Floats, generator, one_of, whole_number
from infoscope.estimators import KSG
from infoscope.graph import threshold_graph
from infoscope.information import InformationEstimator, pair_informations
from infoscope.recording import Recording
from infoscope.results import NATS_PER_BIT

# Which hops a network without feedback can make in one tick.
_STRUCTURAL = {("input", "hidden"), ("hidden", "hidden"), ("hidden", "output")}
# The published one, whose noise sets tied values apart.
_DEFAULT = KSG(k=10, jitter=1e-10)


@dataclass(frozen=True)
class FlowMatrix:
    """Information flow between all nodes of a recording.

    Parameters
    ----------
    flow : DataArray (source, target)
        F(a→b) = I(a_t; b_{t+lag}) - I(a_t; b_t), bits. NaN on the diagonal and where there is
        no such edge.
    delayed, instantaneous : DataArray (source, target)
        The two terms, bits.
    nodes : DataFrame
        Role, layer, whether the node is constant and whether it has ties, indexed by name.
    lag : int
        Rows between a and b.
    n : int
        Samples in each mutual information.
    estimator : object
        What estimated them.
    """

    flow: xr.DataArray
    delayed: xr.DataArray
    instantaneous: xr.DataArray
    nodes: pd.DataFrame
    lag: int
    n: int
    estimator: Any

    @property
    def ceiling_bits(self) -> float:
        """The largest value of either term that the estimator can return, bits; inf if none."""
        ceiling = getattr(self.estimator, "ceiling_nats", None)
        return float("inf") if ceiling is None else ceiling(self.n) / NATS_PER_BIT

    def graph(self, threshold: float = 0.0, measure: str = "flow") -> nx.DiGraph:
        """Return the graph with an edge wherever a measure exceeds a threshold, in bits.

        Parameters
        ----------
        threshold : float
            In bits; an edge needs more.
        measure : {"flow", "delayed"}
            What is compared with the threshold, and carried by each edge as ``flow``.

        Raises
        ------
        InputError
            If threshold is not a finite number or measure is unknown.
        """
        one_of(measure, "measure", ("flow", "delayed"))
        return threshold_graph(getattr(self, measure), self.nodes, threshold)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per ordered pair: source, target, flow and its two terms, in bits."""
        parts = {
            "flow": self.flow,
            "delayed": self.delayed,
            "instantaneous": self.instantaneous,
        }
        table = pd.DataFrame({name: part.to_series() for name, part in parts.items()})
        return table.dropna(subset=["flow"]).reset_index()


def information_flow(
    recording: Recording,
    lag: int = 1,
    estimator: InformationEstimator = _DEFAULT,
    edges: str = "all",
    epoch: int | None = None,
    aligned: bool = True,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    progress: bool = False,
) -> FlowMatrix:
    """Estimate the information flow between every two nodes of a recording.

    Parameters
    ----------
    recording : Recording
        Activations (sequence, time, node).
    lag : int
        Rows between source and target.
    estimator : InformationEstimator
        For example ``KSG(k=10)``.
    edges : {"all", "structural"}
        Every ordered pair, or only those that a network without feedback has: input to hidden,
        hidden to hidden, hidden to output.
    epoch : int, optional
        Which snapshot; the last by default.
    aligned : bool
        Give each hop between layers one tick first (`Recording.activations`). Under it an
        output is compared with the input of the very day it predicts.
    random_state : int, Generator or None
        Where an estimator's jitter comes from.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show a progress bar.

    Returns
    -------
    FlowMatrix
        In bits. Both terms use the same samples: the current rows of all sequences that have a
        row ``lag`` later, without a gap in days on the way (`Recording.stretches`). A Theiler
        window counts in days, of all sequences, where the recording has them; otherwise in
        rows of one sequence.

    Raises
    ------
    InputError
        If the sequences or their unbroken stretches are too short for the lag, or there are too
        few samples for k.

    References
    ----------
    Ivanovic, Kha, Muruganantham (2018), section 4.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(100, 8, 1))
    >>> rec = Recording.from_arrays(inputs=x, hidden=np.tanh(x))
    >>> flow = information_flow(rec)
    >>> bool(flow.flow.sel(source="x0", target="h0") > 1)
    True
    """
    one_of(edges, "edges", ("all", "structural"))
    lag = whole_number(lag, "lag", 1)
    activations = recording.activations(epoch, aligned=aligned)
    nodes = recording.nodes
    if activations.sizes["time"] <= lag:
        raise InputError(
            f"sequences must have more than lag = {lag} aligned steps, got "
            f"{activations.sizes['time']}; record longer sequences"
        )
    everything = activations.to_numpy()
    shape = everything.shape
    table = everything.reshape(-1, shape[2])
    rows = np.arange(len(table)).reshape(shape[:2])
    joined = _joined(recording.stretches, shape[1], lag)
    current, later = rows[:, :-lag][joined], rows[:, lag:][joined]
    if recording.times is None:
        near = {"trials": np.repeat(np.arange(shape[0]), shape[1])}
    else:
        near = {"times": recording.times[:, : shape[1]].ravel()}
    allowed = _allowed(nodes, edges)
    either = np.triu(allowed | allowed.T, 1)
    # Both terms of a flow see the same jitter: their difference should not be of noise.
    random = generator(random_state)

    def matrix(wanted: NDArray[np.bool_], partner: NDArray[np.int64]) -> Floats:
        nats = pair_informations(
            table, current, partner, wanted, estimator, deepcopy(random), n_jobs, bar, **near
        )
        return nats / NATS_PER_BIT

    with Progress(int(allowed.sum() + either.sum()), "mutual informations", progress) as bar:
        delayed, together = matrix(allowed, later), matrix(either, current)
    together = np.where(np.isnan(together), together.T, together)
    together[~allowed] = np.nan
    names = list(nodes.index)

    def labelled(values: Floats, name: str) -> xr.DataArray:
        return xr.DataArray(
            values,
            dims=("source", "target"),
            coords={"source": names, "target": names},
            name=name,
            attrs={"units": "bit"},
        )

    ordered = np.sort(everything.reshape(-1, shape[2]), axis=0)
    same = ordered[1:] == ordered[:-1]
    return FlowMatrix(
        flow=labelled(delayed - together, "flow"),
        delayed=labelled(delayed, "delayed"),
        instantaneous=labelled(together, "instantaneous"),
        nodes=nodes.assign(constant=same.all(axis=0), ties=same.any(axis=0)),
        lag=lag,
        n=len(current),
        estimator=estimator,
    )


def _joined(stretches: NDArray[np.int64], steps: int, lag: int) -> NDArray[np.bool_]:
    """Say which aligned rows, and theirs ``lag`` later, come from one unbroken stretch."""
    reach = stretches.shape[1] - steps + lag
    joined = stretches[:, :-reach] == stretches[:, reach:]
    if not joined.any():
        raise InputError(
            f"days must have stretches of more than {reach} without a gap, for lag = {lag} and the "
            "alignment, got none; record consecutive days"
        )
    return joined


def _allowed(nodes: pd.DataFrame, edges: str) -> NDArray[np.bool_]:
    roles = nodes["role"].to_numpy()
    if edges == "all":
        allowed = np.ones((len(roles), len(roles)), bool)
    else:
        allowed = np.array([[(a, b) in _STRUCTURAL for b in roles] for a in roles])
    np.fill_diagonal(allowed, False)
    return allowed
