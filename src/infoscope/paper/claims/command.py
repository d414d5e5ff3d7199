"""Test the claims of the paper over many networks, and write verdicts, figures and the report."""

from pathlib import Path

from infoscope._terminal import note, say
from infoscope.paper.claims.curves_figure import write_curve_figure
from infoscope.paper.claims.figures import write_claim_figures
from infoscope.paper.claims.plan import describe_claims
from infoscope.paper.claims.runner import run_claims
from infoscope.paper.claims.settings import ClaimSettings
from infoscope.paper.replication import note_start
from infoscope.report.files import NAME, report_of_run, write_report
from infoscope.runs.run_folder import RunFolder


def run_study(settings: ClaimSettings, out: Path, dry_run: bool, resume: bool) -> None:
    """Run a study of claims, or print its plan.

    Raises
    ------
    InputError, EstimationError
        If the folder or a setting do not allow the study.
    """
    if dry_run:
        say(describe_claims(settings))
        return
    if resume and not RunFolder.begun(out):
        note(f"resume: no run in {out} yet, starting one")
    run = RunFolder.begin(out, settings, resume)
    with run.held():
        note_start(run)
        found = run_claims(run, progress=True)
        write_claim_figures(found.verdicts, run.root)
        if settings.about == "paper":
            write_curve_figure(found.studies, run.root)
        run.note_end()
        write_report(report_of_run(run.root), run.root / NAME)
    say(
        f"{out / NAME} shows the verdicts; {out / 'claims.md'} has them as text, claims.csv and "
        "claims.json every number"
    )
