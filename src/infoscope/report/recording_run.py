"""Analyse a recording from the command line, and write its run folder."""

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from infoscope._files import write_text
from infoscope._progress import Progress, duration
from infoscope._terminal import note, say
from infoscope.analysis.analyze import analyse_in, recording_stages, settings_for
from infoscope.analysis.recording_settings import RecordingSettings
from infoscope.analysis.results import Results
from infoscope.analysis.study import Study
from infoscope.analysis.written.exports import write_graphs
from infoscope.analysis.written.recording_tables import recording_summary, write_recording_tables
from infoscope.analysis.written.summary import to_json
from infoscope.figures._save import save
from infoscope.flow.surrogate_flows import flow_terms, terms_of
from infoscope.plots.style import style
from infoscope.recordings.recording import Recording
from infoscope.report.documents import recording_document
from infoscope.report.files import (
    NAME,
    command_of,
    provenance_of,
    write_report,
)
from infoscope.runs.run_folder import RunFolder

# Nodes of the piece that a plan times.
_SAMPLED = 12


def run_recording(
    recording: Recording, data: str, out: Path, dry_run: bool, resume: bool, **asked: Any
) -> None:
    """Analyse a recording and write numbers, tables, graphs, figures and the report.

    Raises
    ------
    InputError, EstimationError
        As `analyze`.
    """
    settings, recording, choices = settings_for(recording, data=data, **asked)
    for choice in choices:
        note(f"{choice.what}: {choice.chosen}. {choice.reason}")
    for remark in recording.notes:
        note(f"data: {remark}")
    if dry_run:
        say(plan_of(recording, settings))
        return
    if resume and not RunFolder.begun(out):
        note(f"resume: no run in {out} yet, starting one")
    run = RunFolder.begin(out, settings, resume)
    with run.held():
        results = analyse_in(run, recording, sys.argv, choices, progress=True)
        write_recording(run, results)
        run.note_end()
        write_report(
            recording_document(
                results, provenance=provenance_of(run.root), rerun=command_of(run.root)
            ),
            run.root / NAME,
        )
    say(
        f"{out / NAME} shows the results; numbers are in {out / 'summary.json'} and "
        f"{out / 'tables'}, graphs in {out / 'graphs'}, figures in {out / 'figures'}"
    )


def write_recording(run: RunFolder[RecordingSettings], results: Results) -> None:
    """Write numbers, tables, graphs and figures of an analysis into its folder."""
    write_recording_tables(results, run.root / "tables")
    write_graphs(results, run.root / "graphs")
    write_text(run.root / "summary.json", to_json(recording_summary(results)))
    pictures: dict[str, Any] = {"flow": results.flow, "edges": results.test}
    pictures["ranks"] = results.rankings[results.main]
    if results.groups is not None:
        pictures["groups"] = results.groups.test
    with style():
        for name, result in pictures.items():
            save(result.plot(), result.to_frame(), run.root / "figures", name)


def plan_of(recording: Recording, settings: RecordingSettings) -> str:
    """Return the plan: what would be computed, with time and disk space."""
    study = Study(replace(settings, groups=""), recording)
    rows = study.pairs
    n = len(rows.nodes)
    moving = int((~rows.constant).sum())
    pairs = moving * (moving - 1)
    drawn = settings.surrogates * len(study.nulls) * 2
    seconds = _pair_seconds(study) * pairs * (1.5 + drawn)
    size = sum(recording.read(epoch).nbytes for epoch in recording.epochs[-1:]) * len(
        recording.epochs
    )
    stages = ", ".join(stage.name for stage in recording_stages(study) if stage.applies(study))
    return "\n".join(
        [
            f"recording  {n} nodes, {len(rows.current):,} compared rows, lag {rows.lag}",
            f"measure    {settings.measure}, flow by {settings.flow_by}",
            f"stages     {stages}",
            f"estimates  {pairs:,} pairs and {settings.surrogates} surrogates of "
            f"{', '.join(null.name for null in study.nulls)}",
            f"time       about {duration(seconds)} for flow and surrogates, at this "
            "machine's current load",
            f"size       about {(size + 8 * drawn * n * n) / 1e6:.0f} MB on disk",
        ]
    )


def _pair_seconds(study: Study) -> float:
    """Time the flow of a few nodes, and return the seconds of one information."""
    rows = study.pairs
    some = np.flatnonzero(~rows.constant)[:_SAMPLED]
    wanted = np.zeros((len(rows.nodes),) * 2, bool)
    wanted[np.ix_(some, some)] = True
    np.fill_diagonal(wanted, False)
    if not wanted.any():
        return 0.0
    estimator, random = study.estimator, study.settings.generator("flow")
    took = 0.0
    for _ in range(2):  # the first loads or compiles
        began = time.monotonic()
        flow_terms(rows, wanted, estimator, random, -1, Progress(0, "", show=False))
        took = time.monotonic() - began
    return took / terms_of(wanted)
