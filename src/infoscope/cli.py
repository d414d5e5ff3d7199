"""The command line: parse, call, write."""

import csv
import logging
import sys
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter

from infoscope._errors import EstimationError, InputError, MissingDependency, WriteError

if TYPE_CHECKING:
    from infoscope.replication.corrected.results import CorrectedResults
    from infoscope.replication.corrected.settings import CorrectedSettings
    from infoscope.replication.results import PublishedResults
    from infoscope.replication.run_folder import RunFolder
    from infoscope.replication.settings import Settings

Mode = Literal["published", "corrected", "both"]

app = App(
    name="infoscope",
    help="An information-theoretic microscope for recurrent neural networks.",
    version=lambda: version("infoscope"),
)


@app.command
def replicate(
    *,
    mode: Mode = "both",
    out: Path = Path("runs/replication"),
    seed: int = 0,
    epochs: int = 1200,
    data: str = "chicago",
    targets: str = "",
    start: str | None = None,
    end: str | None = None,
    date_column: str = "",
    columns: str = "",
    drop: str = "",
    station: str = "",
    missing: Literal["mean", "interpolate", "drop", "refuse"] = "mean",
    k: int | None = None,
    thresholds: Annotated[str, Parameter(allow_leading_hyphen=True)] = "0.06,0.3,0.4",
    keep_flaws: str = "",
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    resume: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Rebuild the paper: train its network on daily weather, estimate everything, draw everything.

    Parameters
    ----------
    mode
        The published pipeline to the letter, the corrected one on all years, or both side by side.
    out
        Folder for the run: new or empty, or with --resume that of the run to finish.
    seed
        Decides the split, the first weights, the noise that breaks ties and the subsets.
    epochs
        Length of training.
    data
        A CSV file with one row per day, as weather services write it; or chicago, the table that is
        shipped.
    targets
        The columns to forecast a day ahead, separated by commas; for a file of your own. A name
        that contains a comma stands in double quotes.
    start
        First day to use (2015-05-01 for chicago, else the first of the table).
    end
        Last day to use (2015-10-04 for chicago, else the last of the table).
    date_column
        Column of the dates, where the file does not tell.
    columns
        Columns to use besides the targets, separated by commas; all columns of numbers by default.
    drop
        Columns to leave out, separated by commas.
    station
        Station to use of a file of several.
    missing
        What becomes of missing values: mean fills them with the column's mean (corrected mode: that
        of the training part), interpolate fills gaps of up to a week linearly in time and the rest
        with the mean, drop leaves their days out, refuse ends with a list of them.
    k
        Neighbours of every estimate (10 as published, 4 corrected).
    thresholds
        Flows in bits above which there is an edge as published, separated by commas.
    keep_flaws
        Repairs that corrected mode leaves out, separated by commas: true_targets, distinct_days,
        blocked_split, no_noise, free_of_scale, gaussian_complexity, structural_edges,
        significant_edges, bounded_normalisation, whole_gradient, exact_ranks.
    dry_run
        Say what would be computed, how long it takes here and how big it gets; compute nothing.
    resume
        Finish an interrupted run in --out, with the numbers of an undisturbed one.
    """
    chicago = data == "chicago"
    settings = _settings(
        seed=seed,
        epochs=epochs,
        # Not resolved: that fails on a loop of links, which the reader names.
        data=data if chicago else str(Path(data).absolute()),
        targets=_words(targets) or (("temp_max", "temp_min") if chicago else ()),
        start=start if start is not None else ("2015-05-01" if chicago else ""),
        end=end if end is not None else ("2015-10-04" if chicago else ""),
        date_column=date_column,
        columns=_words(columns),
        drop=_words(drop),
        station=station,
        missing=missing,
        k=10 if k is None else k,
        thresholds=_numbers(thresholds),
    )
    corrected = None
    if mode != "published":
        corrected = _corrected_settings(settings, _words(keep_flaws), k)
    _replicate(settings, corrected, mode != "corrected", out, dry_run, resume)


@app.command
def claims(
    *,
    out: Path = Path("runs/claims"),
    seeds: int = 20,
    seed: int = 0,
    epochs: int = 1200,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    resume: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Put the claims of the paper to networks of many seeds, published and corrected.

    Parameters
    ----------
    out
        Folder for the study: new or empty, or with --resume that of the study to finish.
    seeds
        How many networks are trained in each mode, all together; 20 are what a verdict asks for.
    seed
        The first of them.
    epochs
        Length of training.
    dry_run
        Say what would be computed, how long it takes here and how big it gets; compute nothing.
    resume
        Finish an interrupted study in --out, with the numbers of an undisturbed one.
    """
    # Imported here, as in _replicate.
    from infoscope.figures.claim_curves import write_curve_figure
    from infoscope.figures.claims import write_claim_figures
    from infoscope.replication.claims.plan import describe_claims
    from infoscope.replication.claims.runner import run_claims
    from infoscope.replication.claims.settings import ClaimSettings
    from infoscope.replication.published import table_hash
    from infoscope.replication.run_folder import RunFolder

    settings = ClaimSettings(seeds=seeds, seed=seed, epochs=epochs)
    if dry_run:
        print(describe_claims(settings))
        return
    if resume and not RunFolder.begun(out):
        print(f"resume: there is no run in {out} yet, one begins", file=sys.stderr)
    run = RunFolder.begin(out, settings, resume)
    with run.held():
        run.note_start(sys.argv, table_hash(settings))
        found = run_claims(run, progress=True)
        write_claim_figures(found.verdicts, run.root)
        write_curve_figure(found.studies, run.root)
        run.note_end()
    print(
        f"{out / 'claims.md'} has the verdicts, claims.csv and claims.json beside it every number"
    )


def main() -> None:
    """Run the command line; a mistake in the input ends in one message and exit status 2."""
    # Zarr reads in tasks of its own; of those that a damaged file leaves behind, asyncio would
    # print a traceback at exit, after our message.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        app(exit_on_error=False, print_error=False)
    except WriteError as error:
        again = ", then run the same command with --resume" if error.full else ""
        print(f"infoscope: {error}{again}", file=sys.stderr)
        sys.exit(2)
    except (InputError, EstimationError, MissingDependency, CycloptsError) as error:
        print(f"infoscope: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("infoscope: stopped; run the same command with --resume to go on", file=sys.stderr)
        sys.exit(130)


def _settings(**given: Any) -> "Settings":
    from infoscope.replication.settings import Settings

    return Settings(**given)


def _corrected_settings(
    published: "Settings", flaws: tuple[str, ...], k: int | None
) -> "CorrectedSettings":
    from infoscope.replication.corrected.settings import CorrectedSettings

    settings = CorrectedSettings.keeping(published, flaws)
    return settings if k is None else replace(settings, k=k)


def _replicate(
    settings: "Settings",
    corrected: "CorrectedSettings | None",
    published: bool,
    out: Path,
    dry_run: bool,
    resume: bool,
) -> None:
    # Imported here: torch and numba take seconds that --help and a typing mistake should not.
    from infoscope.replication.corrected.pipeline import load_series, run_corrected
    from infoscope.replication.dry_run import describe_corrected, describe_run
    from infoscope.replication.published import load_windows, run_published, table_hash
    from infoscope.replication.run_folder import RunFolder

    windows = load_windows(settings)[0] if published else None
    series = None if corrected is None else load_series(corrected)
    if dry_run:
        if windows is not None:
            print(describe_run(settings, windows))
        if corrected is not None and series is not None:
            print(describe_corrected(corrected, series))
        return
    if resume and not RunFolder.begun(out):
        print(f"resume: there is no run in {out} yet, one begins", file=sys.stderr)
    run = RunFolder.begin(out, settings, resume)
    within = None if corrected is None else run.part("corrected", corrected)
    for name, data in (("data", windows), ("corrected data", series)):
        for note in () if data is None else data.notes:
            print(f"{name}: {note}", file=sys.stderr)
    with run.held():
        run.note_start(sys.argv, table_hash(settings))
        first = second = None
        if windows is not None:
            first = run_published(run, windows, progress=True)
        if within is not None and series is not None:
            second = run_corrected(within, series, progress=True)
        _write(run, first, second)
        run.note_end()
    recorded = [each.recording for each in (run if published else None, within) if each]
    print(f"{out / 'summary.md'} has the results, beginning with the forecast; figures stand in")
    print(
        f"{out / 'figures'}, tables in {out / 'tables'}, every activation in "
        f"{' and '.join(str(path) for path in recorded)}"
    )


def _write(
    run: "RunFolder", published: "PublishedResults | None", corrected: "CorrectedResults | None"
) -> None:
    from infoscope._files import write_text
    from infoscope.figures.files import write_corrected_figures, write_figures
    from infoscope.replication.corrected.tables import write_corrected_tables
    from infoscope.replication.summary import to_json
    from infoscope.replication.tables import write_tables
    from infoscope.replication.whole_summary import whole_page, whole_summary

    began = time.monotonic()
    captions, shown = [], []
    if published is not None:
        captions = write_figures(published, run.root / "figures", progress=True)
        write_tables(published, run.root / "tables")
    if corrected is not None:
        shown = write_corrected_figures(corrected, published, run.root / "figures", progress=True)
        write_corrected_tables(corrected, run.root / "tables")
    summary = whole_summary(published, corrected, time.monotonic() - began)
    write_text(run.root / "summary.json", to_json(summary))
    write_text(run.root / "summary.md", whole_page(summary, captions, shown))


def _words(text: str) -> tuple[str, ...]:
    row = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(word.strip() for word in row if word.strip())


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in _words(text))
    except ValueError as error:
        raise InputError(
            f"thresholds must be numbers separated by commas, got {text!r}; write 0.06,0.3,0.4"
        ) from error
