"""Influence within one step in the analysed snapshot, with the sources that each node needs."""

from collections.abc import Sequence

import xarray as xr

from infoscope._errors import EstimationError, InputError
from infoscope._results import plain
from infoscope.analysis.stage import Done, Stage, repaired
from infoscope.analysis.stages.measures import LEFT_OUT
from infoscope.analysis.study import Study
from infoscope.analysis.switches import ONE_STEP as MEASURE
from infoscope.flow.connectivity.influence_result import ROBUST_T
from infoscope.flow.connectivity.one_step import one_step_influence

# The order of all pairs that suits the data.
ORDER = "order"


def _one_step(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return the matrices of `one_step_influence`, their order, and the sources that nodes need.

    Where rows are no steps in time, or too few, without matrices and with the reason, unless this
    measure decides edges.
    """
    settings = study.settings
    level = settings.false_share
    try:
        found = one_step_influence(
            study.analysed,
            unrecorded=settings.unrecorded,
            epoch=study.epoch,
            aligned=settings.aligned,
            random_state=settings.generator("one_step"),
            progress=progress,
        )
        order, needed = found.order(level), found.needed(level)
    except (InputError, EstimationError) as error:
        if settings.measure == MEASURE:
            raise
        return xr.Dataset(attrs={LEFT_OUT: [f"one-step influence: {error}"]})
    more = {ORDER: order.rename(ORDER), ROBUST_T: found.robust_t()}
    stage = xr.Dataset({**found.data_vars, **more, **needed.data_vars})
    about = {"level": level, "unrecorded": settings.unrecorded, LEFT_OUT: []}
    return stage.assign_attrs(plain({**found.attrs, **order.attrs, **about}))


ONE_STEP = Stage("one_step", _one_step, repaired)
