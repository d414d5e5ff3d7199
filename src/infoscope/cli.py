"""The command line: parse, call, write."""

import logging
import shlex
import signal
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

from cyclopts import App, CycloptsError, Parameter

from infoscope._errors import EstimationError, InputError, MissingDependency, WriteError
from infoscope._options import WHOLE, numbers, table_path, words
from infoscope._terminal import end_now, note, open_streams, say, stopped_by_signals
from infoscope._validate import one_of
from infoscope.commands.reading import convert, info

if TYPE_CHECKING:
    from infoscope.analysis.results import Results
    from infoscope.analysis.settings import Settings
    from infoscope.runs.run_folder import RunFolder

Mode = Literal["published", "corrected", "both", "ladder"]


app = App(
    name="infoscope",
    help="An information-theoretic microscope for recurrent neural networks.",
    version=lambda: version("infoscope"),
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)


@app.command
def replicate(
    *,
    mode: Mode | None = None,
    task: str = "",
    out: Path = Path("runs/replication"),
    seed: Annotated[int, WHOLE] = 0,
    epochs: Annotated[int | None, WHOLE] = None,
    data: str | None = None,
    targets: str = "",
    start: str | None = None,
    end: str | None = None,
    date_column: str = "",
    columns: str = "",
    drop: str = "",
    station: str = "",
    missing: Literal["mean", "interpolate", "drop", "refuse"] = "mean",
    k: Annotated[int | None, WHOLE] = None,
    thresholds: Annotated[str, Parameter(allow_leading_hyphen=True)] = "0.06,0.3,0.4",
    keep_flaws: str = "",
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    resume: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Reproduce the paper: train its network on daily weather, compute and draw all results.

    Parameters
    ----------
    mode
        The published analysis, the corrected one on all years, or both side by side (the default);
        or the ladder from published to corrected, repair by repair.
    task
        Analyse a network that needs its recurrence instead, in corrected mode: flip-flop (three
        bits to remember) or context-decision (evidence to accumulate, as a context says).
    out
        Folder for the run: new or empty, or with --resume the folder of the run to finish.
    seed
        Seed of the split, the initial weights, the noise that breaks ties and the subsets.
    epochs
        Number of training epochs (1200 for weather, 150 for a task).
    data
        A CSV file with one row per day, as weather services write it; or chicago, the included
        table and default.
    targets
        The columns to forecast a day ahead, separated by commas; for your own file. Put a name that
        contains a comma in double quotes.
    start
        First day to use (2015-05-01 for chicago, else the first of the table).
    end
        Last day to use (2015-10-04 for chicago, else the last of the table).
    date_column
        Column of the dates, if it is not recognised.
    columns
        Columns to use besides the targets, separated by commas; all numeric columns by default.
    drop
        Columns to leave out, separated by commas.
    station
        Station to use, if the file holds several.
    missing
        Treatment of missing values: mean fills them with the column's mean (corrected mode: the
        mean of the training part), interpolate fills gaps of up to a week linearly in time and the
        rest with the mean, drop omits their days, refuse stops and lists them.
    k
        Number of nearest neighbours of every estimate (10 as published, 4 corrected).
    thresholds
        Flow thresholds of published edges in bits, separated by commas.
    keep_flaws
        Repairs that corrected mode omits, separated by commas: true_targets, distinct_days,
        blocked_split, no_noise, free_of_scale, gaussian_complexity, structural_edges,
        significant_edges, bounded_normalisation, whole_gradient, exact_ranks,
        fitted_network.
    dry_run
        Print the plan with estimated time and disk space, then exit.
    resume
        Finish an interrupted run in --out; the results equal an uninterrupted run.
    """
    if keep_flaws and mode in ("published", "ladder"):
        raise InputError(
            f"keep_flaws must be left out with --mode {mode}, got {keep_flaws!r}; choose --mode "
            "corrected or both"
        )
    # Imported here, so that --help and typing mistakes do not wait seconds for numba.
    from infoscope.analysis.settings import Settings

    settings = Settings.of(
        _data_of(task, data),
        seed=seed,
        epochs=epochs,
        targets=words(targets) or None,
        start=start,
        end=end,
        date_column=date_column,
        columns=words(columns),
        drop=words(drop),
        station=station,
        missing=missing,
        k=k,
        thresholds=numbers(thresholds),
    )
    modes = settings.data_set.modes
    mode = mode or ("both" if "published" in modes else "corrected")
    if "published" not in modes and mode != "corrected":
        raise InputError(
            f"mode must be corrected with {settings.data}, which has no published analysis, got "
            f"{mode}; omit --mode"
        )
    if mode == "ladder":
        _ladder(settings, out, dry_run, resume)
        return
    corrected = None
    if mode != "published":
        given = {} if k is None else {"k": k}
        corrected = settings.corrected(keep=words(keep_flaws), **given)
    _replicate(settings, corrected, mode != "corrected", out, dry_run, resume)


@app.command
def claims(
    *,
    task: str = "",
    out: Path = Path("runs/claims"),
    seeds: Annotated[int, WHOLE] = 20,
    seed: Annotated[int, WHOLE] = 0,
    epochs: Annotated[int | None, WHOLE] = None,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    resume: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Test the claims of the paper on networks of many seeds, published and corrected.

    Parameters
    ----------
    task
        Test networks that need their recurrence instead, in corrected mode: flip-flop or
        context-decision.
    out
        Folder for the study: new or empty, or with --resume the folder of the study to finish.
    seeds
        Total number of networks trained in each mode; a verdict needs 20.
    seed
        The first seed.
    epochs
        Number of training epochs (1200 for weather, 150 for a task).
    dry_run
        Print the plan with estimated time and disk space, then exit.
    resume
        Finish an interrupted study in --out; the results equal an uninterrupted study.
    """
    # Imported here, as in _replicate.
    from infoscope.paper.claims.curves_figure import write_curve_figure
    from infoscope.paper.claims.figures import write_claim_figures
    from infoscope.paper.claims.plan import describe_claims
    from infoscope.paper.claims.runner import run_claims
    from infoscope.paper.claims.settings import ClaimSettings
    from infoscope.runs.run_folder import RunFolder

    settings = ClaimSettings.of(_data_of(task), epochs=epochs, seeds=seeds, seed=seed)
    if dry_run:
        say(describe_claims(settings))
        return
    if resume and not RunFolder.begun(out):
        note(f"resume: no run in {out} yet, starting one")
    run = RunFolder.begin(out, settings, resume)
    with run.held():
        _note_start(run)
        found = run_claims(run, progress=True)
        write_claim_figures(found.verdicts, run.root)
        write_curve_figure(found.studies, run.root)
        run.note_end()
    say(f"{out / 'claims.md'} has the verdicts; claims.csv and claims.json every number")


app.command(info)
app.command(convert)


def main() -> None:
    """Run the command line; a mistake in the input ends in one message and exit status 2."""
    open_streams()
    # Zarr reads in its own asyncio tasks; a damaged file leaves some pending, and asyncio would
    # print their traceback at exit, after our message.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        with stopped_by_signals():
            app(exit_on_error=False, print_error=False)
            sys.stdout.flush()
    except WriteError as error:
        again = ", then run the same command with --resume" if error.full else ""
        _fail(f"{error}{again}")
    except CycloptsError as error:
        given = [word for word in sys.argv[1:2] if word in app]
        _fail(f"{str(error).rstrip('.')}; {_command([*given, '--help'])} lists the options")
    except (InputError, EstimationError, MissingDependency) as error:
        _fail(str(error))
    except KeyboardInterrupt as stop:
        _stopped(*stop.args)


def _fail(message: str) -> NoReturn:
    note(f"infoscope: {message}")
    sys.exit(2)


def _stopped(number: int = signal.SIGINT) -> NoReturn:
    """Print how to continue the interrupted work, and exit as the system expects."""
    again = [word for word in sys.argv[1:] if word != "--resume"] + ["--resume"]
    resume = "" if "--dry-run" in again else f"; to go on, run: {_command(again)}"
    note(f"infoscope: stopped{resume}")
    end_now(128 + number)


def _command(words: list[str]) -> str:
    """Return a command line as typed in a shell."""
    program = "python -m infoscope" if Path(sys.argv[0]).name == "__main__.py" else "infoscope"
    return f"{program} {shlex.join(words)}"


def _data_of(task: str, data: str | None = None) -> str:
    """Return the setting ``data`` by the options --task and --data."""
    from infoscope.analysis.data_sets.catalogue import DATA_SETS, TASKS
    from infoscope.analysis.settings import Settings

    if task and data is not None:
        raise InputError(f"task brings its own data, got --data {data} too; omit one of them")
    if task:
        return one_of(task, "task", TASKS)
    if data is None:
        return Settings.data
    return data if data in DATA_SETS else table_path(data)


def _replicate(
    settings: "Settings",
    corrected: "Settings | None",
    published: bool,
    out: Path,
    dry_run: bool,
    resume: bool,
) -> None:
    # Imported here, so that --help and typing mistakes do not wait seconds for torch and numba.
    from infoscope.analysis.dry_run import describe_run
    from infoscope.analysis.pipeline import run_analysis
    from infoscope.analysis.study_data.load import load_data
    from infoscope.runs.run_folder import RunFolder

    chosen = {"data": settings} if published else {}
    chosen |= {} if corrected is None else {"corrected data": corrected}
    data = {name: load_data(each) for name, each in chosen.items()}
    if dry_run:
        for name, each in chosen.items():
            say(describe_run(each, data[name]))
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
        _note_start(run)
        found = {name: run_analysis(runs[name], each, progress=True) for name, each in data.items()}
        _write(run, found.get("data"), found.get("corrected data"))
        run.note_end()
    recorded = [each.recording for each in runs.values()]
    say(
        f"{out / 'summary.md'} has the results, beginning with the forecast; figures are in\n"
        f"{out / 'figures'}, tables in {out / 'tables'}, every activation in "
        f"{' and '.join(str(path) for path in recorded)}"
    )


def _ladder(settings: "Settings", out: Path, dry_run: bool, resume: bool) -> None:
    from infoscope._files import write_text
    from infoscope.analysis.ladder import run_ladder, steps_of
    from infoscope.analysis.study_data.load import load_data
    from infoscope.figures import ladder
    from infoscope.figures._style import save, style
    from infoscope.runs.run_folder import RunFolder

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
        _note_start(run)
        table = run_ladder(run, progress=True)
        with style():
            save(ladder.draw(table), table, run.root / "figures", ladder.NAME)
        write_text(run.root / "ladder.md", ladder.page(table))
        run.note_end()
    say(f"{out / 'ladder.md'} has every step; the figure is in {out / 'figures'}")


def _note_start(run: "RunFolder[Any]") -> None:
    from infoscope.analysis.study_data.load import data_hash

    changes = run.note_start(sys.argv, data_hash(run.settings))
    if changes:
        note(f"resume: the run continues with {', '.join(changes)}; its numbers may differ")


def _write(
    run: "RunFolder[Settings]", published: "Results | None", corrected: "Results | None"
) -> None:
    from infoscope._files import write_text
    from infoscope.analysis.page import whole_page
    from infoscope.analysis.summary import to_json, whole_summary
    from infoscope.analysis.tables import write_tables
    from infoscope.figures.files import NOTHING, changes, write_figures, write_overview

    began, folder = time.monotonic(), run.root / "figures"
    before = after = NOTHING
    if published is not None:
        before = write_figures(published, folder, progress=True)
        write_tables(published, run.root / "tables")
    if corrected is not None:
        after = write_figures(corrected, folder, mode="corrected", progress=True)
        write_tables(corrected, run.root / "tables")
    if published is not None and corrected is not None:
        write_overview(published, corrected, folder)
    facts = {"published": before.facts, "corrected": after.facts}
    summary = whole_summary(published, corrected, time.monotonic() - began, facts)
    write_text(run.root / "summary.json", to_json(summary))
    said = whole_page(summary, before.captions, after.captions, changes(before, after))
    write_text(run.root / "summary.md", said)
