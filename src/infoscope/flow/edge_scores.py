"""Score measures of influence against the truth, edge by edge."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats, array_of_numbers, generator, instance, whole_number
from infoscope.graphs.connections import CONNECTIONS, between
from infoscope.measures.statistics import RankedPairs, spearman

# The share of the pairs of a block that count as edges where the truth is graded.
_STRONGEST = 0.25
# Targets that an interval needs, and its limits.
_FEWEST = 3
_TAILS = (0.025, 0.975)


def score_edges(
    measure: Any,
    truth: Any,
    *,
    nodes: pd.DataFrame | None = None,
    resamples: int | None = None,
    random_state: Any = 0,
) -> pd.DataFrame:
    """Compare measures of influence with the true influence, for each pair of roles.

    Parameters
    ----------
    measure : DataArray or Dataset (source, target)
        For example `information_flow(...).flow`, or all `flow_measures`; larger is stronger.
    truth : DataArray or Dataset (source, target)
        Of bool: whether there is an edge, for example `SyntheticSystem.edges`. Of numbers: how
        strong it is, for example `network_influence`; the edges are then the pairs of a block
        whose truth exceeds its upper quartile.
    nodes : DataFrame, optional
        One row per node, indexed by name, with its ``role``, for example `Recording.nodes`;
        without it all pairs form one block.
    resamples : int, optional
        Samples of the targets, with replacement, for 95 % intervals of ``auroc`` and
        ``auprc``; by default there are none. Pairs of one target share its errors, so that a
        sample keeps them together.
    random_state : int, Generator or None
        Source of the samples.

    Returns
    -------
    DataFrame
        One row for each measure, truth and block: ``x→h``, ``h→h``, ``h→o``, and ``all`` pairs,
        impossible ones included. ``n``, the pairs with both numbers, self-pairs excluded;
        ``prevalence``, the share of edges among them; ``spearman`` of measure and truth; ``auroc``,
        the probability that an edge ranks above a non-edge, ties counted half; ``auprc``, the
        average precision, which equals the prevalence for a useless measure. NaN where all pairs,
        or none, are edges, or all numbers are equal; ``spearman`` needs three pairs. Blocks without
        pairs are left out. With ``resamples``, ``auroc_low``, ``auroc_high``, ``auprc_low`` and
        ``auprc_high``, percentiles of the bootstrap; NaN in blocks of fewer than three targets.

    Raises
    ------
    InputError
        If an argument has no dimensions source and target, or their nodes differ, or another is
        out of range.

    References
    ----------
    T. Fawcett, Pattern Recognit. Lett. 27, 861 (2006); J. Davis, M. Goadrich, Proc. ICML (2006).
    Bootstrap of clusters: C. A. Field, A. H. Welsh, J. R. Stat. Soc. B 69, 369 (2007).

    Examples
    --------
    >>> from infoscope import flow_measures, synthetic_systems
    >>> chain = synthetic_systems()["S1"]
    >>> found = flow_measures(chain.sample(2000), measures=["full_conditional"])
    >>> float(score_edges(found, chain.edges).loc[0, "auprc"])
    1.0
    """
    measures, truths = _matrices(measure, "measure"), _matrices(truth, "truth")
    drawn = None if resamples is None else whole_number(resamples, "resamples", 1)
    random = generator(random_state)
    names = next(iter(measures.values()))["source"].to_numpy()
    blocks = _blocks(names, nodes)
    rows = []
    for name, values in measures.items():
        for truth_name, known in truths.items():
            found, true = _same_nodes(values, names, "measure"), _same_nodes(known, names, "truth")
            there = ~np.isnan(found) & ~np.isnan(true) & ~np.eye(len(names), dtype=bool)
            graded = known.dtype.kind != "b"
            for block, members in blocks.items():
                pairs = members & there
                if not pairs.any():
                    continue
                row = {"measure": name, "truth": truth_name, "block": block}
                positive = _edges(true[pairs], graded)
                row |= _scores(found[pairs], true[pairs], positive)
                if drawn is not None:
                    ranked = RankedPairs.of(found[pairs], positive)
                    row |= _intervals(ranked, np.nonzero(pairs)[1], drawn, random)
                rows.append(row)
    return pd.DataFrame(rows)


def _edges(true: Floats, graded: bool) -> NDArray[np.bool_]:
    """Return which pairs of a block are edges."""
    return true > (np.quantile(true, 1.0 - _STRONGEST) if graded else 0.0)


def _scores(found: Floats, true: Floats, positive: NDArray[np.bool_]) -> dict[str, float]:
    auroc, auprc = RankedPairs.of(found, positive).areas()
    return {
        "n": len(found),
        "prevalence": float(positive.mean()),
        "spearman": spearman(found, true),
        "auroc": auroc,
        "auprc": auprc,
    }


def _intervals(
    ranked: RankedPairs,
    targets: NDArray[np.int64],
    resamples: int,
    random: np.random.Generator,
) -> dict[str, float]:
    """Return the limits of both areas when whole targets are drawn with replacement."""
    known, place = np.unique(targets, return_inverse=True)
    areas = np.full((resamples, 2), np.nan)
    if len(known) >= _FEWEST:
        for areas_of_draw in areas:
            drawn = random.integers(len(known), size=len(known))
            times = np.bincount(drawn, minlength=len(known)).astype(np.float64)
            areas_of_draw[:] = ranked.areas(times[place])
    found = {}
    for name, values in zip(("auroc", "auprc"), areas.T, strict=True):
        defined = values[~np.isnan(values)]  # a resample may have no edge
        limits = np.quantile(defined, _TAILS) if defined.size else (np.nan, np.nan)
        found |= {f"{name}_low": float(limits[0]), f"{name}_high": float(limits[1])}
    return found


def _matrices(values: Any, name: str) -> dict[str, xr.DataArray]:
    """Return the matrices (source, target) of a DataArray or Dataset by name."""
    if isinstance(values, xr.DataArray):
        found = {str(values.name or name): values}
    elif isinstance(values, xr.Dataset):
        found = {str(key): part for key, part in values.data_vars.items()}
    else:
        found = {}
    found = {key: part for key, part in found.items() if set(part.dims) == {"source", "target"}}
    if not found or any(set(part.coords) < {"source", "target"} for part in found.values()):
        raise InputError(
            f"{name} must be a DataArray or Dataset with named nodes (source, target), got "
            f"{type(values).__name__} {getattr(values, 'dims', '')}; flow_measures and "
            "information_flow return them"
        )
    return {key: part.transpose("source", "target") for key, part in found.items()}


def _same_nodes(values: xr.DataArray, names: np.ndarray[Any, Any], argument: str) -> Floats:
    """Return the matrix with nodes in the order of the names."""
    for side in ("source", "target"):
        own = values[side].to_numpy()
        if len(own) != len(names) or set(own) != set(names):
            raise InputError(
                f"{argument} must have the same nodes as measure, got different {side}s: "
                f"{', '.join(map(str, sorted(set(own) ^ set(names))[:6]))}; select the common ones"
            )
    return array_of_numbers(values.sel(source=names, target=names).to_numpy(), argument)


def _blocks(
    names: np.ndarray[Any, Any], nodes: pd.DataFrame | None
) -> dict[str, NDArray[np.bool_]]:
    whole = {"all": np.ones((len(names), len(names)), bool)}
    if nodes is None:
        return whole
    instance(nodes, pd.DataFrame, "nodes", "pass Recording.nodes, or omit it")
    missing = [str(name) for name in names if name not in nodes.index]
    if missing or "role" not in nodes:
        raise InputError(
            "nodes must have a column role and a row for every node, got none for "
            f"{', '.join(missing[:6]) or 'the role'}; Recording.nodes has both"
        )
    known = nodes.loc[names]
    of_pairs = {block: between(known, [hop]) for block, hop in CONNECTIONS.items()}
    return of_pairs | whole
