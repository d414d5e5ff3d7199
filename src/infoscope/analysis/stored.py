"""Results of a run folder as it stands, without computing anything.

Stages, and snapshots of the recording, are read and checked when their numbers are used: a page
shows some of them.
"""

from collections.abc import Iterator, Mapping, Sequence
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
from infoscope.analysis.pipeline import STAGES
from infoscope.analysis.recording_settings import RecordingSettings
from infoscope.analysis.results import Results
from infoscope.analysis.settings import Settings
from infoscope.analysis.stage import Stage, joined
from infoscope.analysis.stages.flow import FLOW, edge_nulls
from infoscope.analysis.study import Study
from infoscope.analysis.study_data.load import StudyData, load_data
from infoscope.analysis.switches import AnalysisSettings
from infoscope.recordings.recording import Recording
from infoscope.runs.run_folder import RunFolder


class StoredStages(Mapping[str, xr.Dataset]):
    """Finished stages of a run folder by name, each read on first use.

    Parameters
    ----------
    run : RunFolder
        The folder.
    pieces : mapping of str to sequence of str
        Stage → names of its pieces, all of them finished.
    """

    def __init__(self, run: RunFolder, pieces: Mapping[str, Sequence[str]]) -> None:
        self._run, self._pieces = run, pieces
        self._known: dict[str, xr.Dataset] = {}

    def __getitem__(self, name: str) -> xr.Dataset:
        """Return a stage.

        Raises
        ------
        DamagedError
            If it is damaged.
        """
        if name not in self._known:
            parts = [self._run.stored(piece) for piece in self._pieces[name]]
            self._known[name] = joined([part for part in parts if part is not None])
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        """Whether a stage is finished; it is not read."""
        return name in self._pieces

    def __iter__(self) -> Iterator[str]:
        """Return the names in the order of the analysis."""
        return iter(self._pieces)

    def __len__(self) -> int:
        """Return the number of finished stages."""
        return len(self._pieces)


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
    return _stored(_study(run, settings, load_data(settings)), STAGES, run)


def stored_analysis(folder: Path, settings: RecordingSettings) -> tuple[Results, list[str]]:
    """Return the results of the analysis of a recording, and the stages that it lacks.

    Parameters and errors as `stored_replication`.
    """
    run = RunFolder(folder, settings)
    study = _study(run, replace(settings, groups=""))
    results, missing = _stored(study, recording_stages(study), run)
    choices, influence = run.stored("choices"), run.stored("influence")
    results = replace(
        results,
        choices=() if choices is None else choices_of(choices),
        influence=None if influence is None else influence_of(influence),
    )
    if settings.groups:
        of_groups = replace(study, settings=group_settings(settings))
        between, lacking = _stored(of_groups, recording_stages(of_groups), run, GROUPS)
        results, missing = replace(results, groups=between), missing + lacking
    return results, missing


def _study(run: RunFolder, settings: AnalysisSettings, data: StudyData | None = None) -> Study:
    """Return the study of a folder, with the snapshot that it analysed if the flow names it."""
    flow = run.stored(FLOW.name)
    chosen = None if flow is None else flow.attrs.get("epoch")
    return Study(settings, Recording.load(run.recording), data, chosen)


def _stored(
    study: Study, stages: Sequence[Stage], run: RunFolder, prefix: str = ""
) -> tuple[Results, list[str]]:
    """Return the results of the stages on disk; without surrogates no edge is tested."""
    pieces: dict[str, list[str]] = {}
    missing = []
    for stage in stages:
        if not stage.applies(study):
            continue
        names = [f"{prefix}{name}" for name in stage.pieces(study, {}, False)]
        if all(run.has(name) for name in names):
            pieces[stage.name] = names
        else:
            missing.append(f"{prefix}{stage.name}")
    if FLOW.name not in pieces:
        raise InputError(
            f"run must hold the flow, got {run.root} without it; finish the run with --resume"
        )
    nulls = {stage.name for stage in edge_nulls(study)}
    if any(f"{prefix}{name}" in missing for name in nulls):  # an edge must pass every null
        pieces = {name: parts for name, parts in pieces.items() if name not in nulls}
    if not nulls <= pieces.keys() and not study.settings.in_closed_form:
        study = replace(study, settings=replace(study.settings, significant_edges=False))
    return Results(study, StoredStages(run, pieces)), missing
