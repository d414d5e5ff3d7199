"""The analysis pipeline: stages from a network or recording to results."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import xarray as xr

from infoscope.analysis.results import Results
from infoscope.analysis.settings import Settings
from infoscope.analysis.stage import Stage, joined
from infoscope.analysis.stages.curves import LEARNING_CURVES
from infoscope.analysis.stages.flow import EDGE_NULLS, FLOW, FLOW_REFERENCE, NETWORKS
from infoscope.analysis.stages.gradients import GRADIENTS
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
    seconds, peak = {"training": _training_seconds(study)}, []
    for stage in stages:
        if not stage.applies(study):
            continue
        pieces = stage.pieces(study, done, progress)
        parts = [keep(name, compute) for name, compute in pieces.items()]
        kind = stage.name.partition("-")[0]
        seconds[kind] = seconds.get(kind, 0.0) + sum(p.attrs.get("seconds", 0.0) for p in parts)
        peak += [part.attrs["peak_memory_mb"] for part in parts if "peak_memory_mb" in part.attrs]
        done[stage.name] = joined(parts)
    forecast = pd.DataFrame()
    if study.data is not None:
        last = study.network(study.recording.epochs[-1])
        forecast = study.data.forecast(
            study.network(), last if study.settings.fitted_network else None
        )
    return Results(study, done, forecast, seconds, max(peak, default=float("nan")))


def _training_seconds(study: Study) -> float:
    recording: Any = study.recording
    return sum(float(recording.read(e).attrs.get("seconds", 0.0)) for e in recording.epochs)
