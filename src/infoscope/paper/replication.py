"""Replicate the paper: train, analyse, draw and write."""

import sys
import time
from pathlib import Path
from typing import Any

from infoscope._files import write_text
from infoscope._terminal import note, say
from infoscope.analysis.dry_run import describe_runs
from infoscope.analysis.ladder import run_ladder, steps_of
from infoscope.analysis.pipeline import run_analysis
from infoscope.analysis.results import Results
from infoscope.analysis.settings import Settings
from infoscope.analysis.study_data.load import data_hash, load_data
from infoscope.analysis.written.exports import write_graphs
from infoscope.analysis.written.page import whole_page
from infoscope.analysis.written.summary import to_json, whole_summary
from infoscope.analysis.written.tables import write_tables
from infoscope.figures import ladder
from infoscope.figures._save import save
from infoscope.figures.files import NOTHING, changes, write_figures, write_overview
from infoscope.plots.style import style
from infoscope.report.files import NAME, replication_of, report_of_run, write_report
from infoscope.runs.run_folder import RunFolder

# Name of the data of an analysis in notes → its mode.
_MODES = {"data": "published", "corrected data": "corrected"}


def run_replication(
    settings: Settings,
    corrected: Settings | None,
    published: bool,
    out: Path,
    dry_run: bool,
    resume: bool,
) -> None:
    """Train and analyse in one mode or both, and write figures, tables, graphs and the report.

    Raises
    ------
    InputError, EstimationError
        If the data, the folder or a setting do not allow the run.
    """
    chosen = {"data": settings} if published else {}
    chosen |= {} if corrected is None else {"corrected data": corrected}
    data = {name: load_data(each) for name, each in chosen.items()}
    if dry_run:
        say(describe_runs({_MODES[name]: (each, data[name]) for name, each in chosen.items()}))
        return
    if resume and not RunFolder.begun(out):
        note(f"resume: no run in {out} yet, starting one")
    run = RunFolder.begin(out, settings, resume)
    runs = {"data": run} if published else {}
    runs |= {} if corrected is None else {"corrected data": run.part("corrected", corrected)}
    for name, each in data.items():
        for remark in each.notes:
            note(f"{name}: {remark}")
    with run.held():
        note_start(run)
        found = {name: run_analysis(runs[name], each, progress=True) for name, each in data.items()}
        write_replication(run, found.get("data"), found.get("corrected data"))
        run.note_end()
        results = {_MODES[name]: each for name, each in found.items()}
        write_report(replication_of(run.root, results, []), run.root / NAME)
    recorded = [each.recording for each in runs.values()]
    say(
        f"{out / NAME} shows the results; {out / 'summary.md'} has all numbers; figures are in\n"
        f"{out / 'figures'}, tables in {out / 'tables'}, graphs in {out / 'graphs'}, every "
        "activation in "
        f"{' and '.join(str(path) for path in recorded)}"
    )


def run_steps(settings: Settings, out: Path, dry_run: bool, resume: bool) -> None:
    """Run the ladder from published to corrected, one repair a step."""
    steps = steps_of(settings)
    for step in steps:
        load_data(step.settings)  # every obstacle, before hours of work
    if dry_run:
        for number, step in enumerate(steps):
            say(f"step {number:2d}  flaw {step.flaw:2d}  {step.name}")
        return
    if resume and not RunFolder.begun(out):
        note(f"resume: no run in {out} yet, starting one")
    run = RunFolder.begin(out, settings, resume)
    with run.held():
        note_start(run)
        table = run_ladder(run, progress=True)
        with style():
            save(ladder.draw(table), table, run.root / "figures", ladder.NAME)
        write_text(run.root / "ladder.md", ladder.page(table))
        run.note_end()
        write_report(report_of_run(run.root), run.root / NAME)
    say(
        f"{out / NAME} shows every step; {out / 'ladder.md'} has them as text, the figure is in "
        f"{out / 'figures'}"
    )


def note_start(run: RunFolder[Any]) -> None:
    """Record the start of a run, and print what differs from earlier ones."""
    changes = run.note_start(sys.argv, data_hash(run.settings))
    if changes:
        note(f"resume: the run continues with {', '.join(changes)}; its numbers may differ")


def write_replication(
    run: RunFolder[Settings], published: Results | None, corrected: Results | None
) -> None:
    """Write the figures, tables, graphs and summary of a replication."""
    began, folder = time.monotonic(), run.root / "figures"
    before = after = NOTHING
    if published is not None:
        before = write_figures(published, folder, progress=True)
        write_tables(published, run.root / "tables")
        write_graphs(published, run.root / "graphs")
    if corrected is not None:
        after = write_figures(corrected, folder, mode="corrected", progress=True)
        write_tables(corrected, run.root / "tables")
        write_graphs(corrected, run.root / "graphs")
    if published is not None and corrected is not None:
        write_overview(published, corrected, folder)
    facts = {"published": before.facts, "corrected": after.facts}
    summary = whole_summary(published, corrected, time.monotonic() - began, facts)
    write_text(run.root / "summary.json", to_json(summary))
    said = whole_page(summary, before.captions, after.captions, changes(before, after))
    write_text(run.root / "summary.md", said)
