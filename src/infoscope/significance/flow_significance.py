"""Significance of a flow: p-values, thresholds and expected errors of its edges."""

from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr

from infoscope._validate import (
    Floats,
    between_nodes,
    fields_are,
    one_of,
    real_number,
    several,
    truth,
)
from infoscope.graphs.graph import threshold_graph
from infoscope.graphs.matrix_result import Drawn, MatrixResult
from infoscope.significance.in_words import control_shares, described, doubts, hypothesis_of
from infoscope.significance.marked import drawn_test
from infoscope.significance.multiplicity import edge_classes
from infoscope.significance.p_values import EQUAL, LEVEL, P_OF, enough_surrogates, resolved
from infoscope.significance.thresholds import (
    checked_unit,
    critical,
    critical_of_classes,
    highest,
    limits_of,
    over_edges,
    share_threshold,
    threshold_table,
)


@dataclass(frozen=True, eq=False, repr=False)
class FlowSignificance(MatrixResult):
    """Significance of a flow by surrogates.

    Parameters
    ----------
    flow : DataArray (source, target)
        Observed flow, bits.
    null_mean, null_sd : DataArray (source, target)
        Mean and standard deviation of the surrogates, bits; without near-copies of the observation.
    standardised : DataArray (source, target)
        (flow - null_mean) / null_sd.
    p : DataArray (source, target)
        (1 + number of surrogates as large) / (1 + surrogates), uncorrected.
    p_fwer, p_fwer_step_down : DataArray (source, target)
        Corrected for the family-wise error by the largest standardised statistic of all tested
        edges, single-step and step-down: with probability 1 - level or more no edge below it is
        false.
    q, q_any : DataArray (source, target)
        False discovery rate up to this edge, by Benjamini and Hochberg (edges independent or
        positively dependent), and by Benjamini and Yekutieli (any dependence).
    tested, control : DataArray of bool (source, target)
        Tested edges, and impossible pairs that serve as a control. All values above are NaN
        elsewhere; q and the step-down p also at the control.
    nodes : DataFrame
        One row per node, indexed by name, with its role where known.
    null, alternative : str
        Name of the null, and which flows count as more extreme.
    pooled : bool
        Whether p uses the surrogates of all edges between the same two roles.
    draws : array, shape (surrogate, tested edge)
        Flows of the surrogates, bits; tested edges in the order of `numpy.argwhere`.
    scores : array, shape (surrogate, tested edge)
        The same, standardised.
    tests : str
        The hypothesis that the null tests.
    notes : tuple of str
        Choices of a null that adapts to the data, with their reasons.
    parts : tuple of FlowSignificance
        With several nulls, the significance by each (`by_all`): p, q and thresholds are the largest
        of all parts; ``null_mean``, ``null_sd``, ``standardised``, ``draws`` and ``scores`` are,
        edge by edge, from the part with the largest p.
    """

    flow: xr.DataArray
    null_mean: xr.DataArray
    null_sd: xr.DataArray
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
    alternative: str
    pooled: bool
    draws: Floats = field(repr=False)
    scores: Floats = field(repr=False)
    tests: str = ""
    notes: tuple[str, ...] = ()
    parts: tuple["FlowSignificance", ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Check the fields."""
        matrices = ("flow", "standardised", "p", "p_fwer", "q", "tested", "control")
        fields_are(self, nodes=pd.DataFrame, null=str, draws=np.ndarray, scores=np.ndarray)
        for name in matrices:
            between_nodes(getattr(self, name), name, self.nodes.index)

    def _line(self) -> str:
        found = f"{int((self.p_fwer <= LEVEL).sum())} at FWER {LEVEL:.0%}"
        null = f"null {self.null}, {self.surrogates} surrogates"
        return f"{int(self.tested.sum())} edges, {found}; {null}"

    def _drawn(self) -> Drawn:
        return drawn_test(self, self.flow, "flow", "bits")

    def _facts(self) -> dict[str, Any]:
        return {
            "null": self.null,
            "hypothesis": self.hypothesis,
            "alternative": self.alternative,
            "surrogates": self.surrogates,
            "notes": self.notes,
            "warnings": self.warnings,
        }

    @property
    def hypothesis(self) -> str:
        """The null hypothesis and the meaning of a significant edge."""
        return hypothesis_of(self)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence if impossible pairs are significant too often."""
        return doubts(self)

    def describe(self) -> str:
        """Return null, hypothesis, choices, number of edges, control and warnings, in lines."""
        return described(self)

    @property
    def surrogates(self) -> int:
        """Number of surrogates."""
        return len(self.draws)

    @property
    def smallest_p(self) -> float:
        """The smallest p that an edge can have, uncorrected or FWER."""
        return 1.0 / (1 + self.surrogates)

    def threshold_fwer(self, level: float = 0.05, *, unit: str = "edge") -> float | xr.DataArray:
        """Return the threshold that controls the family-wise error rate.

        Parameters
        ----------
        level : float
            Probability that a surrogate has any edge above the threshold.
        unit : {"edge", "bits", "standardised"}
            "edge" (default): a threshold in bits for each edge (source, target), infinite where no
            flow suffices; ``flow > threshold_fwer(level)`` is ``significant(level)``. "bits": one
            threshold for all edges, from the largest flow of each surrogate; noisy edges dominate
            it, so that fewer, or other, edges pass. "standardised": one threshold for
            `standardised`, equivalent to ``p_fwer`` up to the level; not with several nulls.

        Raises
        ------
        InputError
            If level or unit are out of range, for bits with a two-sided test, or standardised with
            several nulls.
        EstimationError
            If there are too few surrogates for the level.

        References
        ----------
        T. E. Nichols, A. P. Holmes, Hum. Brain Mapp. 15, 1 (2002).
        """
        checked_unit(unit, len(self.parts), self.alternative)
        level = enough_surrogates(self.surrogates, level)
        if self.parts:
            return highest([part.threshold_fwer(level, unit=unit) for part in self.parts])
        if unit == "bits":
            return float(critical(self.draws.max(axis=1), level))
        limit = float(critical(self.scores.max(axis=1), level))
        return limit if unit == "standardised" else self._of_edges(np.array(limit))

    def threshold_fdr(self, level: float = 0.1, *, unit: str = "edge") -> float | xr.DataArray:
        """Return the threshold that controls the false discovery rate.

        Parameters
        ----------
        level : float
            False discovery rate.
        unit : {"edge", "bits"}
            "edge" (default): for each edge (source, target) the bits above which its `q` is within
            the level, infinite where no q is; ``flow > threshold_fdr(level)`` is
            ``significant(level, "fdr")``. "bits": the lowest threshold for all edges above which
            `expected_false_edges` are within this share of the edges that exceed it.

        Raises
        ------
        InputError
            If level or unit are out of range, or for bits with a two-sided test.
        EstimationError
            If there are too few surrogates for the level; for edges as `significant`.

        References
        ----------
        One threshold: J. D. Storey, R. Tibshirani, PNAS 100, 9440 (2003), with every edge counted
        as null. Edge by edge: Y. Benjamini, Y. Hochberg, J. R. Stat. Soc. B 57, 289 (1995).
        """
        one_of(unit, "unit", ("edge", "bits"))
        checked_unit(unit, len(self.parts), self.alternative)
        level = enough_surrogates(self.surrogates, level)
        if unit == "bits":
            if self.parts:
                return highest([part.threshold_fdr(level, unit=unit) for part in self.parts])
            return share_threshold(self._observed, self.draws, level)
        self.significant(level, correction="fdr")
        return self._of_share(level)

    def _of_share(self, level: float) -> xr.DataArray:
        """Return the threshold of each edge, bits, above which its q is within a level."""
        found = (self.q <= level * (1.0 + EQUAL)) & self.tested
        passing = float(self.p.where(found).max()) if found.any() else 0.0
        return highest([part._passing(passing) for part in self.parts or (self,)])

    def _passing(self, p: float) -> xr.DataArray:
        """Return the threshold of each edge, bits, above which its p is within a limit."""
        if self.pooled:
            limits = critical_of_classes(self.scores, self.tested, self.nodes, p)
            return self._of_edges(limits)
        return over_edges(self.tested, np.array([critical(own, p) for own in self.draws.T]))

    def expected_false_edges(self, threshold: float | xr.DataArray) -> float:
        """Return the expected number of tested edges above a threshold, in bits, under the null.

        The mean over surrogates, E[V] = sum over edges of P(F* > threshold); n surrogates resolve
        1/n of an edge at best. The threshold may differ between edges, as `threshold_fwer` returns
        it; with several nulls, the null with more exceedances counts, edge by edge.

        Raises
        ------
        InputError
            If threshold is neither a finite number nor one for each edge of this flow.
        """
        limit = limits_of(threshold, self.tested)
        shares = [(part.draws > limit).mean(axis=0) for part in self.parts or (self,)]
        return float(np.max(shares, axis=0).sum())

    def significant(self, level: float = 0.05, *, correction: str = "fwer") -> xr.DataArray:
        """Return which tested edges are significant, (source, target).

        Edges significant by two nulls are ``one.significant() & other.significant()``.

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
        EstimationError
            If there are too few surrogates for the level, or to decide the only edges that exceed
            all of theirs.
        """
        one_of(correction, "correction", P_OF)
        level = enough_surrogates(self.surrogates, level)
        found = (getattr(self, P_OF[correction]) <= level * (1.0 + EQUAL)) & self.tested
        if correction.startswith("fdr") and not self.pooled and not found.any():
            first = int((self.p <= self.smallest_p * (1 + EQUAL)).where(self.tested).sum())
            resolved(self.surrogates, level, int(self.tested.sum()), correction, first)
        return found

    def graph(
        self, level: float = 0.05, *, correction: str = "fwer", threshold: float = 0.0
    ) -> nx.DiGraph:
        """Return the graph of the significant edges whose flow also exceeds a threshold in bits.

        Of a two-sided test, edges above their surrogates. Edges carry ``flow`` and the p or q used,
        under its name; the graph carries ``level``, ``correction``, ``null``, ``hypothesis``,
        ``notes``, ``warnings`` and, if there is a control, ``control_share``, the share of its
        pairs that are significant.

        Raises
        ------
        InputError, EstimationError
            As `significant`; also if threshold is not a finite number.
        """
        found = self.significant(level, correction=correction) & (self.standardised > 0.0)
        graph = threshold_graph(self.flow.where(found), self.nodes, threshold)
        judged = getattr(self, P_OF[correction]).to_pandas()
        for source, target, attributes in graph.edges(data=True):
            attributes[P_OF[correction]] = float(judged.at[source, target])
        graph.graph.update(
            level=level,
            correction=correction,
            null=self.null,
            hypothesis=self.hypothesis,
            notes=self.notes,
            warnings=self.warnings,
        )
        if self.control.any():
            judged_by = "share_fwer" if correction == "fwer" else "share"
            control = self.false_positive_control(level)
            graph.graph["control_share"] = float(control[judged_by]["all"])
        return graph

    def thresholds(
        self, constants: tuple[float, ...] = (0.06, 0.3, 0.4), *, unit: str = "edge"
    ) -> pd.DataFrame:
        """Compare thresholds: family-wise 5 %, false discoveries 10 %, the published constants.

        Parameters
        ----------
        constants : tuple of float
            In bits.
        unit : {"edge", "bits"}
            Of the first two: one threshold for each edge, which exactly the significant edges
            exceed, or one for all (`threshold_fwer`, `threshold_fdr`).

        Returns
        -------
        DataFrame
            One row each: ``threshold`` in bits (the median over edges where each has its own),
            number of ``edges`` above it, ``expected_false_edges`` and their ratio ``implied_fdr``
            (0 without edges; it may exceed 1). Infinite where there are too few surrogates for any
            q of the level.

        Raises
        ------
        InputError, EstimationError
            As `threshold_fwer`.
        """
        one_of(unit, "unit", ("edge", "bits"))
        chosen = [real_number(c, "constants") for c in several(constants, "constants", "[0.3]")]
        share = self._of_share(0.1) if unit == "edge" else self.threshold_fdr(0.1, unit=unit)
        limits = {"FWER 5 %": self.threshold_fwer(0.05, unit=unit), "FDR 10 %": share}
        limits |= {f"{c:g} bit": c for c in chosen}
        return threshold_table(limits, self._observed, self.tested, self.expected_false_edges)

    def false_positive_control(self, level: float = 0.05) -> pd.DataFrame:
        """Return the share of impossible pairs that are significant all the same.

        If it is far above the level, a significant edge means that two nodes depend on one another
        in time, not that information flows along it.

        Returns
        -------
        DataFrame
            One row per pair of roles, and ``all``: ``pairs``, ``share`` with p up to the level,
            ``share_fwer`` with p_fwer up to it.

        Raises
        ------
        InputError
            If there is no control, or level is out of range.
        EstimationError
            If there are too few surrogates for the level.
        """
        return control_shares(self, enough_surrogates(self.surrogates, level))

    def to_frame(self, *, control: bool = False) -> pd.DataFrame:
        """Return one row per tested edge or control pair, strongest first.

        Columns are source, target, edge_class, flow (bits), null_mean, null_sd, standardised and
        all p and q.
        """
        names = ("flow", "null_mean", "null_sd", "standardised", "p", "p_fwer",
                 "p_fwer_step_down", "q", "q_any")  # fmt: skip
        chosen = self.control if truth(control, "control") else self.tested
        rows = np.argwhere(chosen.to_numpy())
        labels, classes = self.nodes.index.to_numpy(), edge_classes(self.nodes)
        table = pd.DataFrame({"source": labels[rows[:, 0]], "target": labels[rows[:, 1]]})
        table["edge_class"] = classes[rows[:, 0], rows[:, 1]]
        for name in names:
            table[name] = getattr(self, name).to_numpy()[rows[:, 0], rows[:, 1]]
        ordered = table.sort_values("standardised", ascending=False, ignore_index=True)
        ordered.attrs.update(null=self.null, hypothesis=self.hypothesis, notes=self.notes)
        return ordered

    @property
    def _observed(self) -> Floats:
        return self.flow.to_numpy()[self.tested.to_numpy()]

    def _of_edges(self, limits: Floats) -> xr.DataArray:
        """Convert limits of the standardised statistic to bits, for each tested edge."""
        tested = self.tested.to_numpy()
        sd = self.null_sd.to_numpy()[tested]
        limits = np.broadcast_to(limits, sd.shape)
        # An infinite limit stays infinite where all surrogates are equal.
        apart = np.multiply(limits, sd, out=np.full(len(sd), np.inf), where=np.isfinite(limits))
        return over_edges(self.tested, self.null_mean.to_numpy()[tested] + apart)
