"""The analysis of any recording, with defaults chosen by the data."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from infoscope._errors import InputError
from infoscope._results import brief
from infoscope._validate import path_of
from infoscope.analysis.pipeline import Keep, analyse, computed
from infoscope.analysis.recording_settings import RecordingSettings
from infoscope.analysis.results import Choice, Results
from infoscope.analysis.stage import Stage
from infoscope.analysis.stages.counts import COUNT_TRANSFER
from infoscope.analysis.stages.flow import FLOW, edge_nulls
from infoscope.analysis.stages.learning import LEARNING
from infoscope.analysis.stages.measures import MEASURES
from infoscope.analysis.stages.one_step import ONE_STEP
from infoscope.analysis.stages.planes import NODE_PLANE
from infoscope.analysis.study import Study
from infoscope.analysis.switches import COUNTS, INSTANTANEOUS
from infoscope.analysis.switches import FLOW as FLOW_MEASURE
from infoscope.description.facts import Facts
from infoscope.description.recommend import recommended
from infoscope.estimators import Discrete
from infoscope.flow.groups import Groups, members_of
from infoscope.recordings.reading.read import read
from infoscope.recordings.recording import Recording
from infoscope.runs.run_folder import RunFolder
from infoscope.surrogates.catalogue import NULLS
from infoscope.surrogates.default import AUTO

_OF_NODES: tuple[Stage, ...] = (FLOW, MEASURES, ONE_STEP, COUNT_TRANSFER, NODE_PLANE, LEARNING)
# Prefix of the stages of groups.
GROUPS = "groups-"
# Argument → setting.
_SETTINGS = {
    "measure": "measure",
    "estimator": "flow_by",
    "null": "nulls",
    "surrogates": "surrogates",
    "lag": "lag",
    "aligned": "aligned",
    "unrecorded": "unrecorded",
}
# What a graph means if units are missing.
_UNRECORDED = Choice(
    "unrecorded units",
    "state one step earlier as covariates",
    "Units of the network are missing from the recording, so that the graph is one of dependence "
    "given what was recorded; false edges are not controlled.",
)


def analyze(
    recording: Any,
    *,
    groups: Groups | None = None,
    measure: str | None = None,
    estimator: str | None = None,
    null: str | None = None,
    surrogates: int | None = None,
    lag: int | None = None,
    aligned: str | None = None,
    unrecorded: bool = False,
    influence: xr.Dataset | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    random_state: int = 0,
    progress: bool = False,
) -> Results:
    """Analyse a recording: flow with error rates, graph, ranking, curves of learning.

    Parameters
    ----------
    recording : Recording, path or object
        Of a network (`record`), or of anything that `read` takes: arrays, tables, files.
    groups : {"layers", "blocks", "roles", "given"} or mapping, optional
        Estimate flow between groups of nodes too, each a vector (`information_flow`).
    measure : str, optional
        The measure that decides edges: "flow" or "instantaneous", tested by surrogates;
        "count_transfer_entropy", of spikes; or ``full_conditional``,
        ``partial_correlation``, ``conditional_transfer_entropy``, ``transfer_entropy``, tested in
        closed form (`flow_measures`); or "one_step", influence within one step: edges are the
        sources that each target needs, in bits (`OneStepInfluence.edges`). Those of "FDR 10%" are
        chosen at a family-wise error rate of 10 % for each target, so that the expected share of
        false edges is at most 10 % if targets need a source or more on average; those of "FWER 5%"
        are the chosen ones whose p passes Bonferroni's correction for all pairs. The others stand
        next to it.
    estimator : {"copula", "neighbours", "auto"}, optional
        Estimator of the flow: the Gaussian copula, for hundreds of nodes; nearest neighbours, also
        for non-monotone relations; or a choice by the data, as in `pairwise_information`.
    null : str, optional
        One null of `nulls.describe_nulls` instead of those that the data suggest.
    surrogates : int, optional
        Surrogates of each null.
    lag : int, optional
        Rows between source and target.
    aligned : {"auto", "layers", "none"}, optional
        Steps of the layers that are compared (`information_flow`).
    unrecorded : bool
        Whether units of the network are missing from the recording. One-step influence then has the
        state one step earlier as covariates, which makes fewer false edges but does not control
        their number: every graph is one of dependence given what was recorded.
    influence : Dataset, optional
        From `influence` or `network_influence`: the effect of each node on others in the network
        itself, to compare with. With ``causal``, ``calibration`` says how well each measure
        recovers it.
    out : path, optional
        Folder that keeps finished stages, so that an interrupted analysis can be resumed.
    resume : bool
        Finish an interrupted analysis in ``out``.
    random_state : int
        Seed of all random numbers.
    progress : bool
        Show progress on standard error.

    Returns
    -------
    Results
        ``flow``, ``significance``, ``graphs``, ``rankings``, ``measures``, ``one_step``,
        ``connectivity``, ``calibration``, ``nodes``, ``curves`` and ``groups``; ``choices`` states
        each default with its reason.

    Raises
    ------
    InputError
        If an argument is out of range, or the recording does not allow the analysis.
    EstimationError
        If no estimate is possible.

    Examples
    --------
    >>> import infoscope as isc
    >>> chain = isc.synthetic_systems()["S1"].recording(1000)
    >>> results = isc.analyze(chain, estimator="copula", surrogates=39)
    >>> sorted(results.graphs["FWER 5%"].edges)[:3]
    [('x0', 'x1'), ('x1', 'x2'), ('x2', 'x3')]
    """
    if not isinstance(recording, Recording):
        recording = read(recording)
    settings, recording, choices = settings_for(
        recording, groups=groups, measure=measure, estimator=estimator, null=null,
        surrogates=surrogates, lag=lag, aligned=aligned, unrecorded=unrecorded, seed=random_state,
    )  # fmt: skip
    if out is None:
        if resume:
            raise InputError("resume needs out, the folder to resume; pass out=...")
        keep: Keep = computed
        return analyse_recording(recording, settings, keep, progress, choices, influence)
    run = RunFolder.begin(path_of(out, "out"), settings, resume)
    with run.held():
        results = analyse_in(run, recording, ["isc.analyze"], choices, influence, progress)
        run.note_end()
    return results


def settings_for(
    recording: Recording, *, groups: Groups | None, seed: int, data: str = "", **asked: Any
) -> tuple[RecordingSettings, Recording, tuple[Choice, ...]]:
    """Return the settings: those asked for, else chosen by the data; the recording with its groups.

    Raises
    ------
    InputError
        If a setting is out of its range, or no two units change.
    """
    if isinstance(groups, Mapping):
        recording = with_groups(recording, groups)
        groups = "given"
    given = {_SETTINGS[name]: value for name, value in asked.items() if value is not None}
    if "nulls" in given:
        given["nulls"] = (given["nulls"],)
    chosen, choices = _recommended(recording, given)
    settings = RecordingSettings(data=data, groups=groups or "", seed=seed, **{**chosen, **given})
    if settings.unrecorded:
        choices = (*choices, _UNRECORDED)
    return settings, recording, choices


def _recommended(
    recording: Recording, given: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[Choice, ...]]:
    """Return the settings that the data recommend, and those not given with their reasons."""
    facts = Facts.of(recording, None)
    if facts.pairs == 0:
        raise InputError(
            f"recording must have two or more units that change, got {facts.moving.sum()} of "
            f"{len(facts.moving)}; flow is between units: record more of them"
        )
    found = recommended(facts)
    chosen: dict[str, Any] = {"measure": found.tested, "flow_by": "copula"}
    if isinstance(found.estimator, Discrete) and found.tested == "transfer_entropy":
        chosen["measure"] = COUNTS
    elif found.estimator == AUTO:
        chosen["flow_by"] = AUTO
    if found.null in NULLS and chosen["measure"] != COUNTS:
        chosen["nulls"] = (found.null,)
    chosen["lag"] = found.lags[-1]
    named = {"measure": "measure", "flow_by": "estimator", "nulls": "null", "lag": "lags"}
    reasons = {**found.reasons, "measure": found.reasons["tested"]}
    said = {"measure": found.tested, "estimator": brief(found.estimator), "null": found.null}
    said["lags"] = ", ".join(map(str, found.lags))
    return chosen, tuple(
        Choice(name, said[name], reasons[name])
        for setting, name in named.items()
        if setting not in given
    )


def with_groups(recording: Recording, groups: Mapping[str, Sequence[str]]) -> Recording:
    """Return the recording with these named groups of nodes instead of its own."""
    members_of(recording, recording.nodes, groups)
    named = {str(group): list(nodes) for group, nodes in groups.items()}
    fixed = recording.fixed.assign_attrs(groups=named)
    return Recording(fixed, recording.epochs, recording.read)


def analyse_in(
    run: RunFolder[RecordingSettings],
    recording: Recording,
    command: list[str],
    choices: tuple[Choice, ...] = (),
    influence: xr.Dataset | None = None,
    progress: bool = False,
) -> Results:
    """Analyse a recording in a run folder, which keeps it and every finished stage.

    Raises
    ------
    InputError
        If an earlier start of the run had another recording.
    """
    run.note_start(command, hash_of(recording))
    if not run.recording.exists():
        recording.save(run.recording)
    return analyse_recording(recording, run.settings, run.stage, progress, choices, influence)


def analyse_recording(
    recording: Recording,
    settings: RecordingSettings,
    keep: Keep,
    progress: bool,
    choices: tuple[Choice, ...] = (),
    influence: xr.Dataset | None = None,
) -> Results:
    """Run every stage that the recording supports, for nodes and for groups."""
    study = Study(replace(settings, groups=""), recording)
    results = analyse(study, recording_stages(study), keep, progress)
    between = None
    if settings.groups:
        study = Study(group_settings(settings), recording)
        between = analyse(study, recording_stages(study), _named(keep, GROUPS), progress)
    choices = choices_of(keep("choices", lambda: _stage_of(choices)))
    if influence is not None:
        given = influence
        influence = influence_of(keep("influence", given.copy))
    return replace(results, groups=between, choices=choices, influence=influence)


def recording_stages(study: Study) -> tuple[Stage, ...]:
    """Return the stages of a recording: flow and its nulls alone where nodes are groups."""
    first = (FLOW,) if study.settings.groups else _OF_NODES
    return (*first, *edge_nulls(study))


def group_settings(settings: RecordingSettings) -> RecordingSettings:
    """Return the settings for flow between groups, which surrogates test."""
    measure = INSTANTANEOUS if settings.measure == INSTANTANEOUS else FLOW_MEASURE
    return replace(settings, measure=measure)


def choices_of(stage: xr.Dataset) -> tuple[Choice, ...]:
    """Return the choices in a stage."""
    return tuple(Choice(*row) for row in stage.attrs["choices"])


def influence_of(stage: xr.Dataset) -> xr.Dataset:
    """Return the influence in a stage, as it was given."""
    return stage.drop_attrs(deep=False)


def _stage_of(choices: tuple[Choice, ...]) -> xr.Dataset:
    rows = [[choice.what, choice.chosen, choice.reason] for choice in choices]
    return xr.Dataset(attrs={"choices": rows})


def _named(keep: Keep, prefix: str) -> Keep:
    """Return ``keep`` for stages with a prefix to their names."""
    return lambda name, compute: keep(f"{prefix}{name}", compute)


def hash_of(recording: Recording) -> str:
    """Return the SHA-256 of all values of a recording, its nodes and its groups."""
    found = hashlib.sha256(repr((list(recording.nodes.index), recording.groups)).encode())
    for dataset in (recording.fixed, *(recording.read(epoch) for epoch in recording.epochs)):
        for name in sorted(map(str, dataset.data_vars)):
            values = np.ascontiguousarray(dataset[name].to_numpy())
            if values.dtype != object:
                found.update(name.encode() + b"\0" + values.tobytes())
    return found.hexdigest()
