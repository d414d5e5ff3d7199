"""Significance of a Gaussian flow in closed form: a product of normals, and a z of direction."""

from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from scipy.optimize import brentq
from scipy.special import iti0k0
from scipy.stats import norm

from infoscope._errors import InputError
from infoscope._validate import Floats, one_of, real_number, several
from infoscope.graphs.connections import impossible
from infoscope.graphs.matrix_result import Drawn
from infoscope.significance.closed_form import ClosedForm, as_matrix, judged_matrices
from infoscope.significance.in_words import described, doubts, hypothesis_of
from infoscope.significance.marked import drawn_test
from infoscope.significance.p_values import LEVEL, checked_level
from infoscope.significance.thresholds import limits_of, threshold_table

# Smaller p are this, so that none is 0.
_SMALLEST = float(np.finfo(np.float64).tiny)
# The tail from x = 1 on is an integral over exp(-y^2), which has ended after these steps; the error
# of the trapezoid rule is below rounding.
_STEP, _STEPS = 0.15, 42


@dataclass(frozen=True, eq=False, repr=False)
class ClosedFormFlow(ClosedForm):
    """Significance of a flow of Gaussian or copula information, in closed form.

    An edge passes two tests, and its p is the larger of both (intersection-union test).

    Parameters
    ----------
    value : DataArray (source, target)
        Observed flow, bits; also as ``flow``.
    standardised : DataArray (source, target)
        The normal quantile of p.
    p : DataArray (source, target)
        The larger of ``existence`` and ``direction``, uncorrected.
    p_fwer, p_fwer_step_down : DataArray (source, target)
        Corrected for all tested pairs by Holm, both; at the control, by Bonferroni.
    q, q_any : DataArray (source, target)
        False discovery rate by Benjamini and Hochberg, and by Benjamini and Yekutieli (any
        dependence).
    tested, control : DataArray of bool (source, target)
        Tested pairs, and pairs against the direction in which a network computes, which can have no
        edge. All values are NaN elsewhere; q and the step-down p also at the control.
    nodes : DataFrame
        One row per node, indexed by name, with its role.
    null : str
        Name of the test.
    existence, direction : DataArray (source, target)
        p of two independent series, and of two dependent series with F = 0; one-sided.
    scale : DataArray (source, target)
        Between independent series, flow is this times the product of two independent standard
        normals, bits.
    standard_error : DataArray (source, target)
        Standard error of the flow of dependent series, bits.
    tests : str
        The hypothesis that is tested.

    References
    ----------
    M. S. Bartlett, J. R. Stat. Soc. 98, 536 (1935). W. K. Newey, K. D. West, Econometrica 55, 703
    (1987). R. L. Berger, Technometrics 24, 295 (1982). S. Holm, Scand. J. Stat. 6, 65 (1979).
    """

    existence: xr.DataArray
    direction: xr.DataArray
    scale: xr.DataArray
    standard_error: xr.DataArray
    tests: str = ""

    @classmethod
    def of(
        cls,
        flow: xr.DataArray,
        scale: Floats,
        standard_error: Floats,
        nodes: pd.DataFrame,
        null: str,
        tests: str,
    ) -> "ClosedFormFlow":
        """Test flows, bits, NaN where there is none, by the two spreads of each pair.

        Raises
        ------
        InputError
            If no pair that can have an edge has a flow.
        """
        observed = flow.to_numpy()
        judged = np.isfinite(observed) & (scale > 0.0) & (standard_error > 0.0)
        control = judged & impossible(nodes)
        if not (judged & ~control).any():
            raise InputError(
                "flow must have a value for some pair that can have an edge, got none; see its "
                "attribute not_estimated, or leave out those nodes"
            )
        bits, scales, errors = observed[judged], scale[judged], standard_error[judged]
        existence, direction = _existence(bits, scales), _direction(bits, errors)
        p = np.maximum(existence, direction)
        matrices = judged_matrices(flow, judged, control, p)
        holm = matrices["p_fwer_step_down"]
        matrices["p_fwer"] = matrices["p_fwer"].copy(
            data=np.where(matrices["tested"], holm, matrices["p_fwer"])
        )
        return cls(
            value=flow,
            standardised=as_matrix(flow, judged, norm.isf(p), "standardised"),
            **matrices,
            nodes=nodes,
            null=null,
            existence=as_matrix(flow, judged, existence, "existence"),
            direction=as_matrix(flow, judged, direction, "direction"),
            scale=as_matrix(flow, judged, scales, "scale", "bit"),
            standard_error=as_matrix(flow, judged, errors, "standard_error", "bit"),
            tests=tests,
        )

    def _line(self) -> str:
        found = f"{int((self.p_fwer <= LEVEL).where(self.tested).sum())} at FWER {LEVEL:.0%}"
        return f"{int(self.tested.sum())} edges, {found}; closed form"

    def _drawn(self) -> Drawn:
        return drawn_test(self, self.value, "flow", "bits")

    @property
    def _own_columns(self) -> tuple[str, ...]:
        return ("scale", "standard_error", "existence", "direction", "standardised")

    def _facts(self) -> dict[str, Any]:
        return {"null": self.null, "hypothesis": self.hypothesis, "warnings": self.warnings}

    @property
    def flow(self) -> xr.DataArray:
        """Observed flow, bits."""
        return self.value

    @property
    def hypothesis(self) -> str:
        """The null hypothesis and the meaning of a significant edge."""
        return hypothesis_of(self)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence if impossible pairs are significant too often."""
        return doubts(self)

    @property
    def notes(self) -> tuple[str, ...]:
        """Choices from the data: none."""
        return ()

    @property
    def surrogates(self) -> int:
        """Number of surrogates: none."""
        return 0

    @property
    def smallest_p(self) -> float:
        """The smallest p that an edge can have, uncorrected."""
        return _SMALLEST

    def describe(self) -> str:
        """Return null, hypothesis, number of edges, control and warnings, in lines."""
        return described(self)

    def threshold_fwer(self, level: float = 0.05, *, unit: str = "edge") -> float | xr.DataArray:
        """Return the threshold that controls the family-wise error rate.

        Parameters
        ----------
        level : float
            Family-wise error rate.
        unit : {"edge", "bits"}
            One threshold in bits for each edge (source, target), which exactly the significant
            edges reach; or one for all, above which every edge is significant.

        Raises
        ------
        InputError
            If level or unit are out of range.
        """
        left = int(self.tested.sum()) - int(self.significant(level).sum())
        return self._threshold(level / max(left, 1), unit)

    def threshold_fdr(self, level: float = 0.1, *, unit: str = "edge") -> float | xr.DataArray:
        """Return the threshold that controls the false discovery rate.

        Parameters and errors as `threshold_fwer`; infinite where no pair is significant.

        References
        ----------
        Y. Benjamini, Y. Hochberg, J. R. Stat. Soc. B 57, 289 (1995).
        """
        found = int(self.significant(level, correction="fdr").sum())
        return self._threshold(checked_level(level) * found / int(self.tested.sum()), unit)

    def expected_false_edges(self, threshold: float | xr.DataArray) -> float:
        """Return the expected number of tested edges above a threshold, in bits, under the null.

        The threshold may differ between edges, as `threshold_fwer` returns it; of the two null
        hypotheses, the one with the larger p counts, edge by edge.

        Raises
        ------
        InputError
            If threshold is neither a finite number nor one for each edge of this flow.
        """
        bits = np.broadcast_to(limits_of(threshold, self.tested), int(self.tested.sum()))
        scales, errors = self._spreads
        return float(np.maximum(_existence(bits, scales), _direction(bits, errors)).sum())

    def thresholds(
        self, constants: tuple[float, ...] = (0.06, 0.3, 0.4), *, unit: str = "edge"
    ) -> pd.DataFrame:
        """Compare thresholds, as `FlowSignificance.thresholds`.

        Raises
        ------
        InputError
            As `threshold_fwer`; also if a constant is not a finite number.
        """
        chosen = [real_number(c, "constants") for c in several(constants, "constants", "[0.3]")]
        limits = {
            "FWER 5 %": self.threshold_fwer(0.05, unit=unit),
            "FDR 10 %": self.threshold_fdr(0.1, unit=unit),
        }
        limits |= {f"{c:g} bit": c for c in chosen}
        observed = self.flow.to_numpy()[self._mask]
        return threshold_table(limits, observed, self.tested, self.expected_false_edges)

    def graph(
        self, level: float = 0.05, *, correction: str = "fwer", threshold: float | None = None
    ) -> nx.DiGraph:
        """Return the graph of the significant edges, optionally above a threshold in bits.

        Edges carry ``flow``, and the p or q used, under its name; the graph carries ``level``,
        ``correction``, ``measure``, ``null``, ``hypothesis``, ``warnings`` and, if there is a
        control, ``control_share``, the share of its pairs that are significant.

        Raises
        ------
        InputError
            As `significant`; also if threshold is not a finite number.
        """
        graph = super().graph(level, correction=correction, threshold=threshold)
        graph.graph.update(hypothesis=self.hypothesis, notes=self.notes, warnings=self.warnings)
        if self.control.any():
            judged_by = "share_fwer" if correction == "fwer" else "share"
            control = self.false_positive_control(level)
            graph.graph["control_share"] = float(control[judged_by]["all"])
        return graph

    @property
    def _spreads(self) -> tuple[Floats, Floats]:
        return self.scale.to_numpy()[self._mask], self.standard_error.to_numpy()[self._mask]

    def _threshold(self, p: float, unit: str) -> float | xr.DataArray:
        """Return the bits that an edge needs for this p by both tests."""
        one_of(unit, "unit", ("edge", "bits"))
        scales, errors = self._spreads
        bits = np.maximum(product_quantile(p) * scales, norm.isf(p) * errors)
        if unit == "bits":
            return float(bits.max())
        return as_matrix(self.value, self._mask, bits, "threshold", "bit")


def _existence(bits: Floats, scales: Floats) -> Floats:
    return np.maximum(product_tail(bits / scales), _SMALLEST)


def _direction(bits: Floats, errors: Floats) -> Floats:
    return np.maximum(norm.sf(bits / errors), _SMALLEST)


def product_tail(x: Floats) -> Floats:
    """Return P(Z Z' >= x) of two independent standard normals.

    The density is K0(|x|) / pi.

    Examples
    --------
    >>> product_tail(np.array([-1.0, 0.0, 1.0])).round(4).tolist()
    [0.8955, 0.5, 0.1045]
    """
    size = np.abs(x)
    near = 0.5 - iti0k0(np.minimum(size, 1.0))[1] / np.pi
    # K0 is the integral of exp(-x cosh u); integrated over x, with y^2 = x (cosh u - 1).
    far = np.maximum(size, 1.0)
    total = np.full(far.shape, 0.5)
    for y in _STEP * np.arange(1, _STEPS + 1):
        share = y**2 / far
        total += np.exp(-(y**2)) / ((1.0 + share) * np.sqrt(1.0 + 0.5 * share))
    tail = np.exp(-far) * np.sqrt(2.0 / far) * _STEP * total / np.pi
    upper = np.where(size < 1.0, near, tail)
    return np.where(x < 0.0, 1.0 - upper, upper)


def product_quantile(p: float) -> float:
    """Return the x with P(Z Z' >= x) = p, for p up to 1; infinite for p = 0.

    Examples
    --------
    >>> round(product_quantile(0.05), 3)
    1.595
    """
    if p <= _SMALLEST:
        return float("inf")
    if p >= 0.5:
        return -product_quantile(1.0 - p) if p > 0.5 else 0.0

    def excess(x: float) -> float:
        return float(np.log(product_tail(np.array(x)) / p))

    return float(brentq(excess, 0.0, 1.0 - np.log(p), xtol=1e-14, rtol=1e-14))
