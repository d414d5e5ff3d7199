"""Study whether indicators diagnose misconfigured trainings, and write the result."""

from pathlib import Path

from infoscope._terminal import note, say
from infoscope.paper.misconfiguration.runner import describe_study, run_study
from infoscope.paper.misconfiguration.settings import MisconfigurationSettings
from infoscope.paper.replication import note_start
from infoscope.runs.run_folder import RunFolder


def run_misconfiguration(
    settings: MisconfigurationSettings, out: Path, jobs: int, dry_run: bool, resume: bool
) -> None:
    """Run the study of misconfigured trainings, or print its plan.

    Raises
    ------
    InputError, EstimationError
        If the folder or a setting do not allow the study.
    """
    for line in describe_study(settings).splitlines():
        (say if dry_run else note)(line)
    if dry_run:
        return
    if resume and not RunFolder.begun(out):
        note(f"resume: no run in {out} yet, starting one")
    run = RunFolder.begin(out, settings, resume)
    with run.held():
        note_start(run)
        run_study(run, jobs=jobs, progress=True)
        run.note_end()
    say(f"{out / 'misconfiguration.md'} has the results; summary.json and the tables every number")
