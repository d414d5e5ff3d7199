"""Results of a run folder as it stands, without computing anything."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import xarray as xr

from infoscope._errors import InputError
from infoscope.analysis.analyze import (
    GROUPS,
    choices_of,
    group_settings,
    influence_of,
    recording_stages,
)
from infoscope.analysis.pipeline import STAGES, collected
from infoscope.analysis.recording_settings import RecordingSettings
from infoscope.analysis.results import Results
from infoscope.analysis.settings import Settings
from infoscope.analysis.stage import Stage
from infoscope.analysis.stages.flow import FLOW, edge_nulls
from infoscope.analysis.study import Study
from infoscope.analysis.study_data.load import load_data
from infoscope.flow.measure_tests import TESTED
from infoscope.recordings.recording import Recording
from infoscope.runs.run_folder import RunFolder


def stored_replication(folder: Path, settings: Settings) -> tuple[Results, list[str]]:
    """Return the results of a replication in one mode, and the stages that it lacks.

    Parameters
    ----------
    folder : Path
        Of the run, or of its corrected part.
    settings : Settings
        Of that folder.

    Raises
    ------
    InputError
        If the folder lacks the recording or the flow, or they are damaged.
    """
    run = RunFolder(folder, settings)
    study = Study(settings, Recording.load(run.recording), load_data(settings))
    return _stored(study, STAGES, run)


def stored_analysis(folder: Path, settings: RecordingSettings) -> tuple[Results, list[str]]:
    """Return the results of the analysis of a recording, and the stages that it lacks.

    Parameters and errors as `stored_replication`.
    """
    run = RunFolder(folder, settings)
    recording = Recording.load(run.recording)
    study = Study(replace(settings, groups=""), recording)
    results, missing = _stored(study, recording_stages(study), run)
    choices, influence = run.stored("choices"), run.stored("influence")
    results = replace(
        results,
        choices=() if choices is None else choices_of(choices),
        influence=None if influence is None else influence_of(influence),
    )
    if settings.groups:
        of_groups = Study(group_settings(settings), recording)
        between, lacking = _stored(of_groups, recording_stages(of_groups), run, GROUPS)
        results, missing = replace(results, groups=between), missing + lacking
    return results, missing


def _stored(
    study: Study, stages: Sequence[Stage], run: RunFolder, prefix: str = ""
) -> tuple[Results, list[str]]:
    """Return the results of the stages on disk; without surrogates no edge is tested."""
    done: dict[str, list[xr.Dataset]] = {}
    missing = []
    for stage in stages:
        if not stage.applies(study):
            continue
        names = [f"{prefix}{name}" for name in stage.pieces(study, {}, False)]
        parts = [run.stored(name) for name in names]
        found = [part for part in parts if part is not None]
        if len(found) < len(names):
            missing.append(f"{prefix}{stage.name}")
        else:
            done[stage.name] = found
    if FLOW.name not in done:
        raise InputError(
            f"run must hold the flow, got {run.root} without it; finish the run with --resume"
        )
    nulls = {stage.name for stage in edge_nulls(study)}
    if any(f"{prefix}{name}" in missing for name in nulls):  # an edge must pass every null
        done = {name: parts for name, parts in done.items() if name not in nulls}
    if not nulls <= done.keys() and study.settings.measure not in TESTED:
        study = replace(study, settings=replace(study.settings, significant_edges=False))
    return collected(study, done), missing
