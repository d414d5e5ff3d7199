"""Surrogate flows of the corrected pipeline, with pairs that can have none as a control."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._progress import Progress
from infoscope.analysis.corrected.estimators import REFERENCE, flow_estimator
from infoscope.analysis.corrected.settings import CorrectedSettings
from infoscope.analysis.corrected.training import held_out_days
from infoscope.estimators._samples import scaled
from infoscope.flow.paired_rows import PairedRows
from infoscope.flow.surrogate_flows import flow_terms, surrogate_flows, terms_of
from infoscope.graphs.connections import connections, impossible
from infoscope.recordings.recording import Recording
from infoscope.surrogates import RecordingSurrogate, RowSurrogate, null_of
from infoscope.surrogates.surrogate_statistics import available
from infoscope.weather import DailySeries

# Where the control is judged: the other null says nothing of whether there is any dependence.
_CONTROLLED = "circular-shift"
# What each surrogate is measured by (`significance_of`).
_FEWEST = 2
# A correlation of ranks beyond this is 1 but for rounding.
_SAME = 1.0 - 1e-9


def null_stage(
    held_out: Recording,
    settings: CorrectedSettings,
    tested: xr.DataArray,
    null: RowSurrogate | RecordingSurrogate,
    surrogates: int,
    progress: bool,
) -> xr.Dataset:
    """Return the flow of every surrogate (surrogate, source, target), and which pairs are control.

    ``tested`` (source, target) says which pairs can be edges. ``alike`` in what is returned is
    what `significance_of` takes under this name.
    """
    rows = PairedRows.of(held_out, lag=1, aligned="layers")
    control = impossible(held_out.nodes) & ~tested.to_numpy()
    if null.name != _CONTROLLED:
        control[:] = False
    flows, sampler = surrogate_flows(
        rows,
        tested.to_numpy() | control,
        flow_estimator(settings),
        null,
        surrogates,
        settings.generator("nulls"),
        progress=progress,
    )
    attributes = {key: str(value) for key, value in sampler.settings.items()}
    return xr.Dataset(
        {
            "flow": (("surrogate", "source", "target"), flows, {"units": "bit"}),
            "control": (("source", "target"), control),
            "alike": (("either", "other"), sampler.alike(len(flows))),
        },
        coords={name: tested[name] for name in ("source", "target")},
        attrs=attributes,
    )


def reference_flow(held_out: Recording, progress: bool) -> tuple[xr.DataArray, ...]:
    """Return flow, delayed and instantaneous information, bits, by the reference, of connections.

    NaN where it has no value: for nodes that never change, and for two with the same ranks, or the
    reverse, on all days, of which the one tells all of the other.
    """
    rows = PairedRows.of(held_out, lag=1, aligned="layers")
    now, later = (scaled(rows.table[of], "rank") for of in (rows.current, rows.later))
    same = _same_ranks(now, now) | _same_ranks(now, later)
    wanted = connections(rows.nodes) & ~(same | same.T)
    with Progress(terms_of(wanted), "reference", progress) as bar:
        random = np.random.default_rng()  # it draws nothing
        delayed, together = flow_terms(rows, wanted, REFERENCE, random, -1, bar)
    parts = {"flow": delayed - together, "delayed": delayed, "instantaneous": together}
    return tuple(rows.matrix(values, name) for name, values in parts.items())


def _same_ranks(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which columns (row, node) of the one are those of the other, or their reverse.

    All pairs of a column that is constant.
    """
    units = []
    for columns in (a - a.mean(axis=0), b - b.mean(axis=0)):
        length = np.linalg.norm(columns, axis=0)
        varies = np.ptp(columns, axis=0) > 0.0
        units.append((np.divide(columns, length, out=np.zeros_like(columns), where=varies), varies))
    (first, moves), (second, moved) = units
    return (np.abs(first.T @ second) > _SAME) | ~np.outer(moves, moved)


def check_shifts(series: DailySeries, settings: CorrectedSettings) -> None:
    """Check, before hours of work, that the inputs' held-out days can be shifted at all.

    Raises
    ------
    InputError
        If they are too few for what the slowest input remembers.
    """
    places = held_out_days(series, settings)
    inputs, days = series.inputs[places], series.days[places]
    rows = PairedRows.of(Recording.from_arrays(inputs=inputs, days=days), 1, aligned="none")
    try:
        sampler = null_of(_CONTROLLED).sampler(rows.layout, rows.table, np.random.SeedSequence(0))
        alike = sampler.alike(available(sampler, settings.surrogates))
        if (~alike).sum(axis=1).min() < _FEWEST:
            raise InputError(
                f"{_CONTROLLED} must have shifts that differ by more than the slowest input "
                f"remembers, {sampler.settings['memory']} days, got too few"
            )
    except InputError as error:
        raise InputError(
            f"the held-out part is too short for significance: {error}; use more days, or "
            "--keep-flaws significant_edges, or --mode published"
        ) from error
