"""Significance of a measure of influence: p-values, thresholds and graphs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import norm
from scipy.stats import t as student

from infoscope._errors import InputError
from infoscope._validate import Floats, one_of, real_number
from infoscope.graphs.connections import impossible
from infoscope.graphs.matrix_result import Drawn, with_sign
from infoscope.measures.statistics import informational_correlation
from infoscope.significance.closed_form import ClosedForm, as_matrix, judged_matrices
from infoscope.significance.marked import drawn_test
from infoscope.significance.multiplicity import edge_classes
from infoscope.significance.p_values import LEVEL, checked_level

_QUESTION = {
    "effect": "edge, given all that was recorded",
    "full_conditional": "edge, given all that was recorded",
    "partial_correlation": "edge, given all that was recorded",
    "conditional_transfer_entropy": "dependence in time beyond the target's past and the inputs",
    "transfer_entropy": "dependence in time beyond the target's past",
}


@dataclass(frozen=True, eq=False, repr=False)
class MeasureSignificance(ClosedForm):
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
        False discovery rate of the pairs between the same two roles, by Benjamini and Hochberg, and
        by Benjamini and Yekutieli (any dependence).
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

    statistic: xr.DataArray
    freedom: xr.DataArray

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
        quantile = np.sign(r[judged]) * norm.isf(np.maximum(p, 1e-300) / 2.0)
        return cls(
            value=value,
            statistic=as_matrix(value, judged, _bits(r[judged] ** 2), "statistic", "bit"),
            standardised=as_matrix(value, judged, quantile, "standardised"),
            freedom=as_matrix(value, judged, freedom[judged], "freedom"),
            **judged_matrices(value, judged, control, p, edge_classes(nodes)),
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

    @property
    def _own_columns(self) -> tuple[str, ...]:
        return ("statistic", "standardised", "freedom")

    def _facts(self) -> dict[str, Any]:
        return {"measure": str(self.value.name), "null": self.null}

    @property
    def flow(self) -> xr.DataArray:
        """The measure, under the name that it has in `FlowSignificance`."""
        return self.statistic

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

        Parameters and errors as `threshold_fwer`.

        References
        ----------
        Y. Benjamini, Y. Hochberg, J. R. Stat. Soc. B 57, 289 (1995).
        """
        found = self.significant(level, correction="fdr").to_numpy()[self._mask]
        p, classes = self.p.to_numpy()[self._mask], edge_classes(self.nodes)[self._mask]
        limit = np.zeros(len(p))
        for each in np.unique(classes):
            family = classes == each
            # A smaller p is significant, whatever the others are.
            limit[family] = max(p[family & found].max(initial=0.0), level / family.sum())
        return self._threshold(limit, unit)

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

    def _threshold(self, p: float | Floats, unit: str) -> float | xr.DataArray:
        one_of(unit, "unit", ("bits", "edge"))
        freedom = self.freedom.to_numpy()[self._mask]
        t = student.isf(p / 2.0, freedom)
        with np.errstate(invalid="ignore"):
            bits = np.where(np.isinf(t), np.inf, _bits(t**2 / (freedom + t**2)))
        if unit == "bits":
            return float(bits.max())
        return as_matrix(self.value, self._mask, bits, "threshold", "bit")


def two_sided_p(r: Floats, freedom: Floats) -> Floats:
    """Return p of partial correlations by Student's t (the F test of their squares)."""
    with np.errstate(divide="ignore"):
        t = np.abs(r) * np.sqrt(freedom / np.maximum(1.0 - r**2, 0.0))
    return np.asarray(2.0 * student.sf(t, freedom), np.float64)


def _bits(squared: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return -0.5 * np.log2(np.maximum(1.0 - squared, 0.0))
