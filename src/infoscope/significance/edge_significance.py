"""Significance of edges from their statistics and surrogates."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control

from infoscope._errors import InputError
from infoscope._validate import (
    Floats,
    array_of_numbers,
    booleans,
    finite_array,
    instance,
    one_of,
    truth,
)
from infoscope.significance.flow_significance import FlowSignificance
from infoscope.significance.multiplicity import (
    edge_classes,
    pooled_p,
    single_step_p,
    standardised,
    step_down_p,
)
from infoscope.significance.p_values import monte_carlo_p
from infoscope.significance.thresholds import over_edges

Mask = NDArray[np.bool_]
# A mean and a standard deviation need two surrogates.
_FEWEST = 2


def significance_of(
    observed: Any,
    surrogates: ArrayLike,
    *,
    tested: ArrayLike | None = None,
    control: ArrayLike | None = None,
    nodes: pd.DataFrame | None = None,
    null: str = "",
    alternative: str = "greater",
    pool: bool = False,
    alike: ArrayLike | None = None,
    tests: str = "",
) -> FlowSignificance:
    """Test a statistic of every edge against surrogates, corrected for multiple testing.

    Parameters
    ----------
    observed : DataArray or array, shape (source, target)
        For example the flow between all nodes, bits; NaN where there is none.
    surrogates : array, shape (surrogate, source, target)
        The same for each surrogate, drawn jointly for all edges.
    tested : array of bool, shape (source, target), optional
        Which edges are tested; leave out impossible ones, since each costs power. All pairs except
        a node with itself by default.
    control : array of bool, shape (source, target), optional
        Pairs that can have no edge: judged like the tested ones, never counted.
    nodes : DataFrame, optional
        One row per node, indexed by name, with its ``role``.
    null : str
        Name of the surrogates, for reports.
    alternative : {"greater", "two-sided"}
        Whether an edge exceeds its surrogates, or differs from them.
    pool : bool
        Compare each standardised statistic with the surrogates of all tested edges between the
        same two roles: p as small as with many surrogates, if these edges share one standardised
        distribution.
    alike : array of bool, shape (1 + surrogate, 1 + surrogate), optional
        Which of the observation and the surrogates are nearly copies of one another, as
        `Sampler.alike` returns; none by default.
    tests : str
        The hypothesis that the null tests, for reports.

    Returns
    -------
    FlowSignificance

    Raises
    ------
    InputError
        If shapes do not fit, a tested number is not finite, no edge is tested, there are fewer
        than two surrogates, or for some of them fewer than two that are not alike.

    References
    ----------
    p: B. Phipson, G. K. Smyth, Stat. Appl. Genet. Mol. Biol. 9, 39 (2010). Largest statistic:
    P. H. Westfall, S. S. Young, Resampling-Based Multiple Testing, Wiley (1993); T. E. Nichols,
    A. P. Holmes, Hum. Brain Mapp. 15, 1 (2002). False discoveries: Y. Benjamini, Y. Hochberg,
    J. R. Stat. Soc. B 57, 289 (1995); Y. Benjamini, D. Yekutieli, Ann. Stat. 29, 1165 (2001).

    Examples
    --------
    One edge of a ring of ten, and noise.

    >>> noise = np.random.default_rng(0).normal(size=(100, 10, 10))
    >>> flow = noise[0] + 9 * (np.roll(np.eye(10), 1, axis=1) > 0)
    >>> found = significance_of(flow, noise[1:])
    >>> int(found.significant(0.05).sum())
    10
    """
    one_of(alternative, "alternative", ("greater", "two-sided"))
    instance(tests, str, "tests", "give the hypothesis that the null tests as text")
    pooled = truth(pool, "pool")
    flow = _labelled(observed, nodes)
    table = pd.DataFrame(index=flow["source"].to_index()) if nodes is None else nodes
    judged, beside = _masks(flow, tested, control)
    pairs = judged | beside
    seen, drawn = _finite(flow.to_numpy(), surrogates, pairs)
    same = _alike(alike, len(drawn))
    signed = standardised(np.vstack([seen, drawn]), same)
    scores = np.abs(signed) if alternative == "two-sided" else signed
    own, measuring = judged[pairs], drawn[~same[0, 1:]]
    p = monte_carlo_p(seen, drawn, alternative)
    if pooled:
        p[own] = pooled_p(scores[:, own], edge_classes(table)[judged])
    found = _corrected(p, scores, own) | {
        "p": p,
        "null_mean": measuring.mean(axis=0),
        "null_sd": measuring.std(axis=0, ddof=1),
        "standardised": signed[0],
    }

    chosen = flow.copy(data=pairs)
    matrices: dict[str, Any] = {name: over_edges(chosen, v, name) for name, v in found.items()}
    return FlowSignificance(
        flow=flow,
        **matrices,
        tested=flow.copy(data=judged).rename("tested"),
        control=flow.copy(data=beside).rename("control"),
        nodes=table,
        null=str(null),
        alternative=alternative,
        pooled=pooled,
        draws=drawn[:, own],
        scores=scores[1:, own],
        tests=tests,
    )


def _corrected(p: Floats, scores: Floats, own: Mask) -> dict[str, Floats]:
    """Return p and q of many pairs; ``own`` marks the tested ones, the others are the control."""
    tested = scores[:, own]

    def of_tested(values: Floats) -> Floats:
        every = np.full(len(own), np.nan)
        every[own] = values
        return every

    return {
        "p_fwer": single_step_p(scores[0], tested[1:].max(axis=1)),
        "p_fwer_step_down": of_tested(step_down_p(tested)),
        "q": of_tested(false_discovery_control(p[own], method="bh")),
        "q_any": of_tested(false_discovery_control(p[own], method="by")),
    }


def _labelled(observed: Any, nodes: pd.DataFrame | None) -> xr.DataArray:
    values = array_of_numbers(observed, "observed")
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise InputError(
            f"observed must have shape (source, target), got {values.shape}; give one statistic "
            "for each ordered pair of nodes"
        )
    if nodes is not None:
        instance(nodes, pd.DataFrame, "nodes", "pass Recording.nodes, or omit it")
        if len(nodes) != len(values):
            raise InputError(
                f"nodes must have one row per node, {len(values)}, got {len(nodes)}; index them "
                "by name"
            )
    names = list(range(len(values))) if nodes is None else list(nodes.index)
    if nodes is None and isinstance(observed, xr.DataArray) and "source" in observed.coords:
        names = list(observed["source"].to_numpy())
    return xr.DataArray(
        values,
        dims=("source", "target"),
        coords={"source": names, "target": names},
        name="flow",
        attrs=dict(getattr(observed, "attrs", {})),
    )


def _masks(flow: xr.DataArray, tested: Any, control: Any) -> tuple[Mask, Mask]:
    masks = []
    for values, name in ((tested, "tested"), (control, "control")):
        mask = np.zeros(flow.shape, bool) if values is None else booleans(values, name)
        if mask.shape != flow.shape or mask.dtype != bool:
            raise InputError(
                f"{name} must be an array of bool with shape (source, target) = {flow.shape}, got "
                f"{mask.dtype} {mask.shape}; mark every pair that is {name}"
            )
        masks.append(mask.copy())
    judged, beside = masks
    if tested is None:
        judged = ~np.eye(len(judged), dtype=bool) & ~beside & ~np.isnan(flow.to_numpy())
    beside &= ~judged
    if not judged.any():
        raise InputError(
            "tested must have at least one edge, got none; mark the pairs that can have one"
        )
    return judged, beside


def _finite(flow: Floats, surrogates: ArrayLike, pairs: Mask) -> tuple[Floats, Floats]:
    """Return the statistics of the pairs, (pair,) and (surrogate, pair)."""
    drawn = array_of_numbers(surrogates, "surrogates")
    if drawn.ndim != 3 or drawn.shape[1:] != flow.shape or len(drawn) < _FEWEST:
        raise InputError(
            f"surrogates must have shape (surrogate, source, target) = (n, {flow.shape[0]}, "
            f"{flow.shape[1]}) with n >= {_FEWEST}, got {drawn.shape}; draw 19 or more for a level "
            "of 0.05"
        )
    seen = finite_array(flow[pairs], "observed")
    return seen, finite_array(drawn[:, pairs], "surrogates")


def _alike(alike: ArrayLike | None, surrogates: int) -> Mask:
    shape = (1 + surrogates, 1 + surrogates)
    same = np.eye(1 + surrogates, dtype=bool) if alike is None else booleans(alike, "alike")
    if same.shape != shape or same.dtype != bool or not same.diagonal().all():
        raise InputError(
            f"alike must be an array of bool with shape {shape}, true on its diagonal, got "
            f"{same.dtype} {same.shape}; pass sampler.alike(len(surrogates))"
        )
    fewest = int((~same).sum(axis=1).min())
    if fewest < _FEWEST:
        raise InputError(
            f"alike must leave at least {_FEWEST} others to standardise each surrogate, got "
            f"{fewest}; draw more surrogates or choose a null with more distinct ones"
        )
    return same
