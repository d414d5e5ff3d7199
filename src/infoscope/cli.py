"""The command line: parse, call, write."""

import logging
import signal
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal, NoReturn

from cyclopts import App, CycloptsError, Parameter

from infoscope._errors import EstimationError, InputError, MissingDependency, WriteError
from infoscope._options import GUESSED, WHOLE, Reading, data_of, groups_of, numbers, words
from infoscope._terminal import as_typed, end_now, note, open_streams, say, stopped_by_signals

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
        Print the plan with estimated time and disk space (of the ladder, its steps), then exit.
    resume
        Finish an interrupted run in --out; the results equal an uninterrupted run.
    """
    if keep_flaws and mode in ("published", "ladder"):
        raise InputError(
            f"keep_flaws must be left out with --mode {mode}, got {keep_flaws!r}; choose --mode "
            "corrected or both"
        )
    # Imported here, so that --help and typing mistakes do not wait seconds for numba and torch.
    from infoscope.analysis.settings import Settings
    from infoscope.paper.replication import run_replication, run_steps

    settings = Settings.of(
        data_of(task, data),
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
        run_steps(settings, out, dry_run, resume)
        return
    corrected = None
    if mode != "published":
        given = {} if k is None else {"k": k}
        corrected = settings.corrected(keep=words(keep_flaws), **given)
    run_replication(settings, corrected, mode != "corrected", out, dry_run, resume)


@app.command
def claims(
    *,
    task: str = "",
    cell: str = "rnn",
    about: str = "paper",
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
    cell
        Test a network of other cells instead, for the claims that must carry over to them, in
        corrected mode: gru or lstm.
    about
        Ask all claims of the paper; or "influence", those about its graph of three measures: flow,
        influence within one step, and causal flow.
    out
        Folder for the study: new or empty, or with --resume the folder of the study to finish.
    seeds
        Total number of networks trained in each mode; a verdict needs 20.
    seed
        The first seed.
    epochs
        Number of training epochs (1200 for weather; 150 for a task and for other cells).
    dry_run
        Print the plan with estimated time and disk space, then exit.
    resume
        Finish an interrupted study in --out; the results equal an uninterrupted study.
    """
    # Imported here, as in replicate.
    from infoscope.paper.claims.command import run_study
    from infoscope.paper.claims.settings import ClaimSettings

    settings = ClaimSettings.of(
        data_of(task), cell=cell, about=about, epochs=epochs, seeds=seeds, seed=seed
    )
    run_study(settings, out, dry_run, resume)


@app.command
def analyze(
    recording: Path,
    /,
    *,
    groups: str = "",
    measure: str | None = None,
    estimator: Literal["copula", "neighbours", "auto"] | None = None,
    null: str | None = None,
    surrogates: Annotated[int | None, WHOLE] = None,
    lag: Annotated[int | None, WHOLE] = None,
    aligned: Literal["auto", "layers", "none"] | None = None,
    unrecorded: Annotated[bool, Parameter(negative=())] = False,
    reading: Reading = GUESSED,
    seed: Annotated[int, WHOLE] = 0,
    out: Path = Path("runs/analysis"),
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    resume: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Analyse a recording: flow with error rates, graph, ranking, and a report to look at.

    Parameters
    ----------
    recording
        A file or folder that infoscope.read takes: CSV, Parquet, NumPy, MATLAB, netCDF, Zarr.
    groups
        Estimate flow between groups of units too: layers, blocks, roles, given (with the
        recording); a JSON file that maps names to lists of units; or front=1-10,15,back=11-14. A
        unit is its name or its number, from 1 on; first-last are all units in between.
    measure
        The measure that decides edges: flow, instantaneous, transfer_entropy,
        conditional_transfer_entropy, full_conditional, partial_correlation, one_step for the
        sources that each unit needs, or count_transfer_entropy for spike counts; chosen by the data
        if omitted.
    estimator
        Estimator of the flow; chosen by the data if omitted.
    null
        One null instead of those that the data suggest.
    surrogates
        Surrogates of each null (100).
    lag
        Rows between source and target; chosen by the data if omitted.
    aligned
        Steps of the layers to compare: layers if each is computed from the one before within a
        step, none if each step acts on the next.
    unrecorded
        Units of the network are missing from the recording: one-step influence takes the state one
        step earlier as covariates. Edges then are dependence given what was recorded.
    seed
        Seed of all random numbers.
    out
        Folder for the run: new or empty, or with --resume the folder of the run to finish.
    dry_run
        Print the plan with estimated time and disk space, then exit.
    resume
        Finish an interrupted run in --out; the results equal an uninterrupted run.
    """
    from infoscope.report.recording_run import run_recording

    found = reading.recording(recording)
    run_recording(
        found, str(recording), out, dry_run, resume,
        groups=groups_of(groups, found), measure=measure, estimator=estimator, null=null,
        surrogates=surrogates, lag=lag, aligned=aligned, unrecorded=unrecorded, seed=seed,
    )  # fmt: skip


@app.command
def report(run: Path, /, *, out: Path | None = None) -> None:
    """Rebuild the report of a run from its folder: one HTML file that opens offline.

    Parameters
    ----------
    run
        Folder of infoscope replicate, analyze or claims, finished or not, or of isc.watch.
    out
        The file to write; report.html in the folder by default.
    """
    from infoscope.report.files import run_report

    run_report(run, out)


@app.command
def info(
    recording: Path, /, *, units: Annotated[bool, Parameter(negative=())] = False,
    reading: Reading = GUESSED,
) -> None:  # fmt: skip
    """Describe a recording: size, defects, autocorrelation, drift, and which analyses suit it.

    Parameters
    ----------
    recording
        A file or folder that can be read: .npy, .npz, .csv, .parquet, .mat, .nc, Zarr, or a run.
    units
        Print one row per unit too.
    """
    from infoscope.description.describe import describe

    found = describe(reading.recording(recording))
    say(found.to_text())
    if units:
        say("\n" + found.to_frame().to_string(float_format="%.3g"))


@app.command
def convert(
    source: Path, out: Path, /, *, reading: Reading = GUESSED,
) -> None:  # fmt: skip
    """Convert a recording of any known format to a Zarr store of infoscope.

    Parameters
    ----------
    source
        A file or folder that can be read: .npy, .npz, .csv, .parquet, .mat, .nc or Zarr.
    out
        The new folder, such as recording.zarr.
    """
    if out.exists():
        raise InputError(f"out must be free, got {out}, which exists; choose another")
    recording = reading.recording(source)
    for remark in recording.notes:
        note(remark)
    recording.save(out)
    say(f"{out}: {recording!r}")


@app.command
def misconfiguration(
    *,
    out: Path = Path("runs/misconfiguration"),
    seeds: Annotated[int, WHOLE] = 10,
    seed: Annotated[int, WHOLE] = 0,
    jobs: Annotated[int, WHOLE] = 1,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    resume: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Test claim C39: do indicators diagnose misconfigured trainings?

    Parameters
    ----------
    out
        Folder for the study: new or empty, or with --resume the folder of the study to finish.
    seeds
        Number of seeds; each trains a network with every fault and its healthy twin.
    seed
        The first seed; limits of the signatures were set on seeds from 1000 on.
    jobs
        Processes that train; results do not depend on it.
    dry_run
        Print the plan with estimated time and disk space, then exit.
    resume
        Finish an interrupted study in --out; the results equal an uninterrupted study.
    """
    # Imported here, as in replicate.
    from infoscope.paper.misconfiguration.command import run_misconfiguration
    from infoscope.paper.misconfiguration.settings import MisconfigurationSettings

    run_misconfiguration(
        MisconfigurationSettings(seed=seed, seeds=seeds), out, jobs, dry_run, resume
    )


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
        listing = as_typed(sys.argv[0], [*given, "--help"])
        _fail(f"{str(error).rstrip('.')}; {listing} lists the options")
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
    resume = "" if "--dry-run" in again else f"; to go on, run: {as_typed(sys.argv[0], again)}"
    note(f"infoscope: stopped{resume}")
    end_now(128 + number)
