"""Base of tests in closed form: p of every pair, corrections, graphs and the control."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from infoscope._validate import Floats, between_nodes, fields_are, one_of, truth
from infoscope.graphs.graph import threshold_graph
from infoscope.graphs.matrix_result import MatrixResult
from infoscope.significance.in_words import control_shares
from infoscope.significance.multiplicity import edge_classes
from infoscope.significance.p_values import P_OF, checked_level

_P_COLUMNS = ("p", "p_fwer", "p_fwer_step_down", "q", "q_any")


@dataclass(frozen=True, eq=False, repr=False)
class ClosedForm(MatrixResult):
    """A measure of every pair and its p in closed form.

    Parameters
    ----------
    value : DataArray (source, target)
        The measure, in its unit.
    standardised, p, p_fwer, p_fwer_step_down, q, q_any : DataArray (source, target)
        The normal quantile of p; p, uncorrected and corrected. q and the step-down p are NaN at
        the control, all of them where nothing is judged.
    tested, control : DataArray of bool (source, target)
        Tested pairs, and pairs that can have no edge.
    nodes : DataFrame
        One row per node, indexed by name, with its role.
    null : str
        The null hypothesis.
    """

    value: xr.DataArray
    standardised: xr.DataArray
    p: xr.DataArray
    p_fwer: xr.DataArray
    p_fwer_step_down: xr.DataArray
    q: xr.DataArray
    q_any: xr.DataArray
    tested: xr.DataArray
    control: xr.DataArray
    nodes: pd.DataFrame
    null: str

    def __post_init__(self) -> None:
        """Check the fields."""
        fields_are(self, nodes=pd.DataFrame, null=str)
        for name in ("value", "p", "p_fwer", "q", "tested", "control"):
            between_nodes(getattr(self, name), name, self.nodes.index)

    @property
    @abstractmethod
    def _own_columns(self) -> tuple[str, ...]:
        """Fields of `to_frame` between the measure and the p-values."""

    def significant(self, level: float = 0.05, *, correction: str = "fwer") -> xr.DataArray:
        """Return which tested pairs are significant, (source, target).

        Parameters
        ----------
        level : float
            Significance level of the corrected error.
        correction : {"none", "fwer", "fdr", "fdr-any"}
            By `p`, `p_fwer`, `q` or `q_any`.

        Raises
        ------
        InputError
            If an argument is out of range.
        """
        one_of(correction, "correction", P_OF)
        return (getattr(self, P_OF[correction]) <= checked_level(level)) & self.tested

    def graph(
        self, level: float = 0.05, *, correction: str = "fwer", threshold: float | None = None
    ) -> nx.DiGraph:
        """Return the graph of the significant pairs, optionally with values above a threshold.

        Edges carry the measure as ``flow``, and the p or q used, under its name; the graph carries
        ``level``, ``correction``, ``measure`` and ``null``, the null hypothesis.

        Raises
        ------
        InputError
            As `significant`; also if threshold is not a finite number.
        """
        chosen = self.value.where(self.significant(level, correction=correction))
        lowest = float(chosen.min()) if chosen.notnull().any() else 0.0
        graph = threshold_graph(
            chosen, self.nodes, lowest - 1.0 if threshold is None else threshold
        )
        judged = getattr(self, P_OF[correction]).to_pandas()
        for source, target, attributes in graph.edges(data=True):
            attributes[P_OF[correction]] = float(judged.at[source, target])
        graph.graph.update(
            level=level, correction=correction, measure=str(self.value.name), null=self.null
        )
        return graph

    def false_positive_control(self, level: float = 0.05) -> pd.DataFrame:
        """Return the share of impossible pairs that are significant all the same.

        Returns
        -------
        DataFrame
            One row per pair of roles, and ``all``: ``pairs``, ``share`` with p up to the level,
            ``share_fwer`` with p_fwer up to it.

        Raises
        ------
        InputError
            If there is no control, or level is out of range.
        """
        return control_shares(self, checked_level(level))

    def to_frame(self, *, control: bool = False) -> pd.DataFrame:
        """Return one row per tested or control pair, most significant first.

        Columns are source, target, edge_class, the measure, what the test uses, and all p and q.
        """
        mask = self.control.to_numpy() if truth(control, "control") else self._mask
        rows = np.argwhere(mask)
        labels, classes = self.nodes.index.to_numpy(), edge_classes(self.nodes)
        table = pd.DataFrame({"source": labels[rows[:, 0]], "target": labels[rows[:, 1]]})
        table["edge_class"] = classes[mask]
        table[str(self.value.name)] = self.value.to_numpy()[mask]
        for name in (*self._own_columns, *_P_COLUMNS):
            table[name] = getattr(self, name).to_numpy()[mask]
        return table.sort_values("p", kind="stable", ignore_index=True)

    @property
    def _mask(self) -> NDArray[np.bool_]:
        return self.tested.to_numpy()


def judged_matrices(
    like: xr.DataArray,
    judged: NDArray[np.bool_],
    control: NDArray[np.bool_],
    p: Floats,
    families: NDArray[np.object_] | None = None,
) -> dict[str, Any]:
    """Return p of the judged pairs, its corrections and the two masks, as matrices by name.

    ``p_fwer`` is that of Bonferroni, ``p_fwer_step_down`` of Holm. The false discovery rate is that
    of each family (source, target) of pairs; of all by default.
    """
    tested = judged & ~control
    own = p[tested[judged]]
    every = {"p": p, "p_fwer": np.minimum(p * len(own), 1.0)}
    family = np.zeros(len(own)) if families is None else families[tested]
    q, q_any = np.empty((2, len(own)))
    for each in np.unique(family):
        of_family = family == each
        q[of_family] = false_discovery_control(own[of_family], method="bh")
        q_any[of_family] = false_discovery_control(own[of_family], method="by")
    corrected = {"p_fwer_step_down": _holm(own), "q": q, "q_any": q_any}
    return {
        **{name: as_matrix(like, judged, values, name) for name, values in every.items()},
        **{name: as_matrix(like, tested, values, name) for name, values in corrected.items()},
        "tested": like.copy(data=tested).rename("tested"),
        "control": like.copy(data=control).rename("control"),
    }


def as_matrix(
    like: xr.DataArray, chosen: NDArray[np.bool_], values: Floats, name: str, unit: str = "1"
) -> xr.DataArray:
    """Return values of the chosen pairs as a matrix (source, target), NaN elsewhere."""
    matrix = np.full(like.shape, np.nan)
    matrix[chosen] = values
    return xr.DataArray(
        matrix, dims=like.dims, coords=like.coords, name=name, attrs={"units": unit}
    )


def _holm(p: Floats) -> Floats:
    order, number = np.argsort(p), len(p)
    adjusted = np.empty(number)
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(number, 0, -1))
    return np.minimum(adjusted, 1.0)
