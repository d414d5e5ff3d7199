"""Significance of a measure of influence: p-values, thresholds and graphs."""

from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, norm
from scipy.stats import t as student

from infoscope._errors import InputError
from infoscope._validate import Floats, between_nodes, fields_are, one_of, real_number
from infoscope.graphs.connections import impossible
from infoscope.graphs.graph import threshold_graph
from infoscope.graphs.matrix_result import Drawn, MatrixResult, with_sign
from infoscope.measures.statistics import informational_correlation
from infoscope.significance.flow_significance import edge_classes
from infoscope.significance.marked import drawn_test
from infoscope.significance.p_values import LEVEL, P_OF, checked_level

_QUESTION = {
    "effect": "edge, given all that was recorded",
    "full_conditional": "edge, given all that was recorded",
    "partial_correlation": "edge, given all that was recorded",
    "conditional_transfer_entropy": "dependence in time beyond the target's past and the inputs",
    "transfer_entropy": "dependence in time beyond the target's past",
}
_P_COLUMNS = ("p", "p_fwer", "p_fwer_step_down", "q", "q_any")


@dataclass(frozen=True, eq=False, repr=False)
class MeasureSignificance(MatrixResult):
    """Tests of one of `flow_measures` for every pair, in closed form.

    Parameters
    ----------
    value : DataArray (source, target)
        The measure, in its unit.
    statistic : DataArray (source, target)
        The test statistic: the Gaussian conditional information in bits, given everything that the
        test holds fixed, which is more than the measure does (`FlowMeasures.significance`). No bias
        correction. Thresholds are in its unit.
    standardised : DataArray (source, target)
        The normal quantile of p, with the sign of the partial correlation.
    freedom : DataArray (source, target)
        Degrees of freedom: effective sample size of the residuals minus the number of conditions.
    p : DataArray (source, target)
        Uncorrected.
    p_fwer, p_fwer_step_down : DataArray (source, target)
        Corrected for all tested pairs by Bonferroni, and by Holm.
    q, q_any : DataArray (source, target)
        False discovery rate by Benjamini and Hochberg, and by Benjamini and Yekutieli (any
        dependence).
    tested, control : DataArray of bool (source, target)
        Tested pairs, and pairs against the direction in which a network computes (hidden to input,
        output to hidden, output to input), which can have no edge and serve as a control. All
        values above are NaN elsewhere; q and the step-down p also at the control.
    nodes : DataFrame
        One row per node, indexed by name, with its role.
    null : str
        The null hypothesis, and so the meaning of an edge.

    References
    ----------
    Effective degrees of freedom: O. M. Cliff et al., Phys. Rev. Research 3, 013145 (2021). The
    previous row as a further condition, so that the test holds for slow series: H. Y. Toda, T.
    Yamamoto, J. Econom. 66, 225 (1995). S. Holm, Scand. J. Stat. 6, 65 (1979).
    """

    value: xr.DataArray
    statistic: xr.DataArray
    standardised: xr.DataArray
    freedom: xr.DataArray
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

    @classmethod
    def of(
        cls, value: xr.DataArray, r: Floats, freedom: Floats, nodes: pd.DataFrame
    ) -> "MeasureSignificance":
        """Test partial correlations r with their degrees of freedom, (source, target) each.

        Raises
        ------
        InputError
            If no pair has a value.
        """
        judged = np.isfinite(value.to_numpy()) & np.isfinite(r) & (freedom > 0.0)
        control = judged & impossible(nodes)
        tested = judged & ~control
        if not tested.any():
            raise InputError(
                f"measure must have a value for some pair, got none of {value.name}; see its "
                "attribute not_estimated, leave out those nodes, or choose another measure"
            )
        p = two_sided_p(r[judged], freedom[judged])
        own = p[tested[judged]]
        found = {
            "statistic": _bits(r[judged] ** 2),
            "standardised": np.sign(r[judged]) * norm.isf(np.maximum(p, 1e-300) / 2.0),
            "freedom": freedom[judged],
            "p": p,
            "p_fwer": np.minimum(p * len(own), 1.0),
        }
        corrected = {
            "p_fwer_step_down": _holm(own),
            "q": false_discovery_control(own, method="bh"),
            "q_any": false_discovery_control(own, method="by"),
        }
        return cls(
            value,
            **{name: _matrix(value, judged, values, name) for name, values in found.items()},
            **{name: _matrix(value, tested, values, name) for name, values in corrected.items()},
            tested=value.copy(data=tested).rename("tested"),
            control=value.copy(data=control).rename("control"),
            nodes=nodes,
            null=f"closed form: no {_QUESTION[str(value.name)]}",
        )

    def _line(self) -> str:
        return (
            f"{self.value.name}, {int(self.tested.sum())} pairs, "
            f"{int((self.p_fwer <= LEVEL).sum())} at FWER {LEVEL:.0%}; closed form"
        )

    def _drawn(self) -> Drawn:
        name = str(self.value.name)
        unit = "bits" if self.value.attrs.get("units") == "bit" else "0 to 1"
        signed = with_sign(self.value)
        return drawn_test(self, self.value, name.replace("_", " "), unit, signed)

    def _facts(self) -> dict[str, Any]:
        return {"measure": str(self.value.name), "null": self.null}

    @property
    def flow(self) -> xr.DataArray:
        """The measure, under the name that it has in `FlowSignificance`."""
        return self.statistic

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

    def threshold_fwer(self, level: float = 0.05, *, unit: str = "bits") -> float | xr.DataArray:
        """Return the threshold of the statistic that controls the family-wise error rate.

        Parameters
        ----------
        level : float
            Family-wise error rate.
        unit : {"bits", "edge"}
            One threshold above which every pair is significant whatever its degrees of freedom; or
            one for each pair (source, target), which exactly the significant pairs reach.

        Raises
        ------
        InputError
            If an argument is out of range.
        """
        return self._threshold(checked_level(level) / int(self.tested.sum()), unit)

    def threshold_fdr(self, level: float = 0.1, *, unit: str = "bits") -> float | xr.DataArray:
        """Return the threshold of the statistic that controls the false discovery rate.

        Parameters and errors as `threshold_fwer`; infinite where no pair is significant.

        References
        ----------
        Y. Benjamini, Y. Hochberg, J. R. Stat. Soc. B 57, 289 (1995).
        """
        found = self.significant(level, correction="fdr")
        return self._threshold(float(self.p.where(found).max()) if found.any() else 0.0, unit)

    def expected_false_edges(self, threshold: float) -> float:
        """Return the expected number of tested pairs above a threshold if none has an edge.

        Parameters
        ----------
        threshold : float
            Bits.

        Raises
        ------
        InputError
            If threshold is not a finite number.
        """
        bits = max(real_number(threshold, "threshold"), 0.0)
        r = informational_correlation(bits)
        return float(two_sided_p(r, self.freedom.to_numpy()[self._mask]).sum())

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
        level = checked_level(level)
        table = self.to_frame(control=True)
        if table.empty:
            raise InputError(
                "control must have some pairs that can have no edge, got none; give the nodes the "
                "roles input, hidden and output, as in a Recording"
            )
        calls = pd.DataFrame({"share": table["p"] <= level, "share_fwer": table["p_fwer"] <= level})
        found = calls.groupby(table["edge_class"]).mean()
        found.loc["all"] = calls.mean()
        found.insert(0, "pairs", [*calls.groupby(table["edge_class"]).size(), len(calls)])
        return found

    def to_frame(self, *, control: bool = False) -> pd.DataFrame:
        """Return one row per tested or control pair, most significant first.

        Columns are source, target, edge_class, the measure, statistic (bits), standardised,
        freedom and all p and q.
        """
        mask = self.control.to_numpy() if control else self._mask
        rows = np.argwhere(mask)
        labels, classes = self.nodes.index.to_numpy(), edge_classes(self.nodes)
        table = pd.DataFrame({"source": labels[rows[:, 0]], "target": labels[rows[:, 1]]})
        table["edge_class"] = classes[mask]
        table[str(self.value.name)] = self.value.to_numpy()[mask]
        for name in ("statistic", "standardised", "freedom", *_P_COLUMNS):
            table[name] = getattr(self, name).to_numpy()[mask]
        return table.sort_values("p", kind="stable", ignore_index=True)

    @property
    def _mask(self) -> NDArray[np.bool_]:
        return self.tested.to_numpy()

    def _threshold(self, p: float, unit: str) -> float | xr.DataArray:
        one_of(unit, "unit", ("bits", "edge"))
        freedom = self.freedom.to_numpy()[self._mask]
        t = student.isf(p / 2.0, freedom)
        with np.errstate(invalid="ignore"):
            bits = np.where(np.isinf(t), np.inf, _bits(t**2 / (freedom + t**2)))
        if unit == "bits":
            return float(bits.max())
        return _matrix(self.value, self._mask, bits, "threshold")


def _holm(p: Floats) -> Floats:
    order, number = np.argsort(p), len(p)
    adjusted = np.empty(number)
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(number, 0, -1))
    return np.minimum(adjusted, 1.0)


def two_sided_p(r: Floats, freedom: Floats) -> Floats:
    """Return p of partial correlations by Student's t (the F test of their squares)."""
    with np.errstate(divide="ignore"):
        t = np.abs(r) * np.sqrt(freedom / np.maximum(1.0 - r**2, 0.0))
    return np.asarray(2.0 * student.sf(t, freedom), np.float64)


def _bits(squared: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return -0.5 * np.log2(np.maximum(1.0 - squared, 0.0))


def _matrix(
    value: xr.DataArray, tested: NDArray[np.bool_], values: Floats, name: str
) -> xr.DataArray:
    matrix = np.full(value.shape, np.nan)
    matrix[tested] = values
    unit = "bit" if name in ("statistic", "threshold") else "1"
    return xr.DataArray(
        matrix, dims=value.dims, coords=value.coords, name=name, attrs={"units": unit}
    )
