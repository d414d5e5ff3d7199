"""The analysis pipeline: stages from a network or recording to results."""

from collections.abc import Callable, Sequence

import xarray as xr

from infoscope.analysis.results import Results
from infoscope.analysis.settings import Settings
from infoscope.analysis.stage import Stage, joined
from infoscope.analysis.stages.causal import CAUSAL
from infoscope.analysis.stages.curves import LEARNING_CURVES
from infoscope.analysis.stages.flow import EDGE_NULLS, FLOW, FLOW_REFERENCE, NETWORKS
from infoscope.analysis.stages.gradients import GRADIENTS
from infoscope.analysis.stages.measures import MEASURES
from infoscope.analysis.stages.one_step import ONE_STEP
from infoscope.analysis.stages.planes import (
    INDICATORS,
    NODE_PLANE,
    OUTPUT_PLANE,
    PLANES,
    SENSITIVITY,
)
from infoscope.analysis.study import Study
from infoscope.analysis.study_data.load import StudyData
from infoscope.runs.run_folder import RunFolder

# Name and function → the function's Dataset, computed or from disk.
Keep = Callable[[str, Callable[[], xr.Dataset]], xr.Dataset]

STAGES: tuple[Stage, ...] = (
    FLOW,
    FLOW_REFERENCE,
    MEASURES,
    ONE_STEP,
    CAUSAL,
    NODE_PLANE,
    OUTPUT_PLANE,
    SENSITIVITY,
    GRADIENTS,
    LEARNING_CURVES,
    INDICATORS,
    PLANES,
    *EDGE_NULLS,
    *NETWORKS,
)


def run_analysis(run: RunFolder[Settings], data: StudyData, progress: bool) -> Results:
    """Train and analyse a network, or resume an earlier start of the run.

    Parameters
    ----------
    run : RunFolder
        Folder of finished stages, which are not recomputed.
    data : StudyData
        From `load_data`, with the same settings.
    progress : bool
        Show progress on standard error.

    Returns
    -------
    Results
        The same numbers whether or not the run was interrupted.

    Raises
    ------
    InputError, EstimationError
        If the data cannot be trained on or estimated from, with what to do.
    """
    study = Study(run.settings, data.record(run, progress), data)
    return analyse(study, STAGES, run.stage, progress)


def computed(name: str, compute: Callable[[], xr.Dataset]) -> xr.Dataset:
    """Return the Dataset of a stage, and keep it nowhere."""
    return compute()


def analyse(study: Study, stages: Sequence[Stage], keep: Keep, progress: bool) -> Results:
    """Run the stages that apply to a study.

    ``keep`` takes the name of a piece and its function, and returns its Dataset, from disk if
    present.
    """
    done: dict[str, xr.Dataset] = {}
    for stage in stages:
        if stage.applies(study):
            pieces = stage.pieces(study, done, progress)
            done[stage.name] = joined([keep(name, compute) for name, compute in pieces.items()])
    return Results(study, done)
