"""Edges significant by several nulls."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import xarray as xr
from scipy.stats import false_discovery_control

from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.significance.flow_significance import FlowSignificance


def by_all(parts: Sequence[FlowSignificance]) -> FlowSignificance:
    """Combine the significance by several nulls: an edge must pass all of them.

    If any null hypothesis is true for an edge, the p of that null keeps its level, and so does the
    largest p (intersection-union test). No correction for the number of nulls is needed.

    Parameters
    ----------
    parts : sequence of FlowSignificance
        Significance of one flow, tested edges and control, by different nulls.

    Raises
    ------
    InputError
        If parts is empty, or edges or alternatives differ.

    References
    ----------
    R. L. Berger, Technometrics 24, 295 (1982).

    Examples
    --------
    >>> from infoscope.significance import significance_of
    >>> noise = np.random.default_rng(0).normal(size=(40, 3, 3))
    >>> one, other = significance_of(noise[0], noise[1:20]), significance_of(noise[0], noise[20:])
    >>> both = by_all([one, other])
    >>> bool((both.p == np.maximum(one.p, other.p)).to_numpy()[0, 1])
    True
    """
    if not parts:
        raise InputError("parts is empty; pass the significance by each null")
    first = parts[0]
    if len(parts) == 1:
        return first
    if any(not _of_the_same(first, part) for part in parts):
        raise InputError(
            "parts must be of one flow, with the same tested edges, control and alternative, got "
            "others; pass what significance_of returns for one flow and several nulls"
        )
    p = _largest([part.p for part in parts])
    # Edge by edge, the part with the largest p.
    deciding = np.argmax([np.nan_to_num(part.p.to_numpy()) for part in parts], axis=0)
    count = min(part.surrogates for part in parts)
    own = deciding[first.tested.to_numpy()]

    def decided(name: str) -> xr.DataArray:
        values = np.stack([getattr(part, name).to_numpy() for part in parts])
        return first.p.copy(data=np.choose(deciding, values)).rename(name)

    def drawn(name: str) -> Floats:
        return np.choose(own, np.stack([getattr(part, name)[:count] for part in parts]))

    return replace(
        first,
        **{name: decided(name) for name in ("null_mean", "null_sd", "standardised")},
        p=p,
        p_fwer=_largest([part.p_fwer for part in parts]),
        p_fwer_step_down=_largest([part.p_fwer_step_down for part in parts]),
        q=_adjusted(p, first.tested, "bh"),
        q_any=_adjusted(p, first.tested, "by"),
        null=" and ".join(part.null for part in parts),
        draws=drawn("draws"),
        scores=drawn("scores"),
        tests="; or ".join(part.tests for part in parts),
        notes=tuple(note for part in parts for note in part.notes),
        parts=tuple(parts),
    )


def _of_the_same(one: FlowSignificance, other: FlowSignificance) -> bool:
    return (
        one.flow.equals(other.flow)
        and one.tested.equals(other.tested)
        and one.control.equals(other.control)
        and (one.alternative, one.pooled) == (other.alternative, other.pooled)
    )


def _largest(values: Sequence[xr.DataArray]) -> xr.DataArray:
    return values[0].copy(data=np.max([value.to_numpy() for value in values], axis=0))


def _adjusted(p: xr.DataArray, tested: xr.DataArray, method: Literal["bh", "by"]) -> xr.DataArray:
    found = np.full(p.shape, np.nan)
    own = tested.to_numpy()
    found[own] = false_discovery_control(p.to_numpy()[own], method=method)
    return p.copy(data=found)
