"""Every measure that puts the edges of a recording in an order, each timed on its own."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

import infoscope as isc

# Columns of the tables, and the measures of `flow_measures` they are.
PAIRWISE = {
    "MI": "instantaneous",
    "TDMI": "delayed",
    "F": "flow",
    "TE": "transfer_entropy",
    "TE given inputs": "conditional_transfer_entropy",
    "given all": "full_conditional",
}
ONE_STEP = ("score", "effect", "t", "bits")
# Nominal rate of false edges.
LEVEL = 0.1
# Rooms whose code decides the numbers.
DECIDING = ("flow", "synthetic")
GAUSSIAN = isc.Gaussian()


@dataclass(frozen=True)
class Order:
    """One measure of one recording.

    Parameters
    ----------
    name : str
        Column of the tables.
    matrix : DataArray (source, target)
        Larger is more of an edge.
    seconds : float
        Processor seconds.
    edges : DataArray of bool, optional
        The pairs that it calls edges at the nominal rate, if it tests.
    about : str
        What was chosen, if the data choose.
    """

    name: str
    matrix: xr.DataArray
    seconds: float
    edges: xr.DataArray | None = None
    about: str = ""


def orders(recording: Any, influence: tuple[Any, float], *, half: bool = False) -> Iterator[Order]:
    """All our measures of a recording.

    ``influence`` has its one-step influence and the seconds it took; ``half`` adds one with the
    state before as covariates, for units that are missing (not for counts and gated cells).
    """
    yield from pairwise(recording)
    yield from one_step(*influence)
    (model, *_) = influence[0].attrs["models"].values()
    if half and model not in ("gated", "counts"):
        work = partial(isc.one_step_influence, recording, unrecorded=True, model=model)
        yield from one_step(*timed(work), ", state before")
    yield from best(recording)


def pairwise(recording: Any) -> Iterator[Order]:
    """Gaussian measures at a lag of one row."""
    for name, measure in PAIRWISE.items():
        found, seconds = timed(
            lambda m=measure: isc.flow_measures(recording, measures=[m], estimator=GAUSSIAN)
        )
        yield Order(name, found[measure], seconds)


def one_step(found: Any, seconds: float, suffix: str = "") -> Iterator[Order]:
    """Scores of a one-step influence, and orders of the edges that are chosen first."""
    called = significant(found)
    for name in ONE_STEP:
        matrix = abs(found[name]) if name in ("effect", "t") else found[name]
        if matrix.notnull().any():
            yield Order(name + suffix, matrix, seconds, called if name == "t" else None)
    rest = abs(found["t"]) if found["t"].notnull().any() else found["score"].clip(min=0.0)
    for name, choose in (("greedy", found.edges), ("knockoffs", found.knockoffs)):
        graph, more = timed(partial(choose, LEVEL))
        chosen, bits = xr.zeros_like(found["t"], dtype=bool), xr.zeros_like(found["t"])
        for source, target, flow in graph.edges(data="flow"):
            at = {"source": source, "target": target}
            chosen.loc[at], bits.loc[at] = True, flow
        known = found["score"].notnull() | chosen
        yield Order(name + suffix, chosen_first(chosen, bits, rest).where(known), seconds + more,
                    chosen)  # fmt: skip


def significant(found: isc.results.OneStepInfluence) -> xr.DataArray | None:
    """Pairs whose t passes Benjamini and Hochberg's procedure; None without a t."""
    try:
        return found.significance().q <= LEVEL
    except (isc.InputError, isc.EstimationError):
        return None


def chosen_first(chosen: xr.DataArray, bits: xr.DataArray, rest: xr.DataArray) -> xr.DataArray:
    """Put chosen edges first, by their bits, and all others behind, by another measure."""
    most = float(rest.max())
    return xr.where(chosen, 1.0 + bits, rest.fillna(0.0) / (most + 1.0 if most > 0.0 else 1.0))


def best(recording: Any) -> Iterator[Order]:
    """The measure that the data choose."""
    found, seconds = timed(lambda: isc.flow_measures(recording, measures=["best"]))
    yield Order("best", found["best"], seconds, about=found.attrs["best"])


def advised(recording: Any) -> Order:
    """The measure that `describe` recommends, with its estimator, largest over its lags."""

    def work() -> tuple[xr.DataArray, str]:
        advice = isc.describe(recording).recommendations
        if advice.measure == "best":
            (order,) = best(recording)
            return order.matrix, f"best: {order.about}"
        options: dict[str, Any] = {"measures": [advice.measure], "estimator": advice.estimator}
        every = [isc.flow_measures(recording, lag=lag, **options) for lag in advice.lags]
        strongest = xr.concat([found[advice.measure] for found in every], "lag").max("lag")
        lags = f", lags 1 to {len(advice.lags)}" if len(advice.lags) > 1 else ""
        return strongest, advice.measure + lags

    (matrix, name), seconds = timed(work)
    return Order("advice", matrix, seconds, about=name)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What a function returns, and its processor seconds."""
    began = time.process_time()
    return work(), time.process_time() - began


def error_rates(edges: xr.DataArray, true: xr.DataArray) -> tuple[float, float]:
    """Share of false edges among those called, and share of the true ones among them."""
    called, there = edges.to_numpy().astype(bool), true.to_numpy().astype(bool)
    false = float((called & ~there).sum() / max(called.sum(), 1))
    return false, float((called & there).sum() / there.sum()) if there.any() else float("nan")


def found_at(matrix: xr.DataArray, true: xr.DataArray, false_positives: float = 0.01) -> float:
    """Share of true edges above the value that a share of the other pairs exceeds."""
    off = ~np.eye(len(true), dtype=bool) & matrix.notnull().to_numpy()
    values, there = matrix.to_numpy()[off], true.to_numpy()[off].astype(bool)
    limit = np.quantile(values[~there], 1.0 - false_positives)
    return float((values[there] > limit).mean())
