"""The command line: parse, call, write."""

import logging
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, CycloptsError, Parameter

from infoscope._errors import EstimationError, InputError, MissingDependency, WriteError

if TYPE_CHECKING:
    from infoscope.replication.results import PublishedResults
    from infoscope.replication.run_folder import RunFolder
    from infoscope.replication.settings import Settings

app = App(
    name="infoscope",
    help="An information-theoretic microscope for recurrent neural networks.",
    version=lambda: version("infoscope"),
)


@app.command
def replicate(
    *,
    out: Path = Path("runs/published"),
    seed: int = 0,
    epochs: int = 1200,
    data: str = "chicago",
    targets: str = "",
    start: str | None = None,
    end: str | None = None,
    k: int = 10,
    thresholds: Annotated[str, Parameter(allow_leading_hyphen=True)] = "0.06,0.3,0.4",
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    resume: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Rebuild the paper: train its network on daily weather, estimate everything, draw everything.

    Parameters
    ----------
    out
        Folder for the run: new or empty, or with --resume that of the run to finish.
    seed
        Decides the split, the first weights, the noise that breaks ties and the subsets.
    epochs
        Length of training.
    data
        A CSV file with a date column and one row per day; or chicago, the table that is shipped.
    targets
        The columns to forecast a day ahead, separated by commas; for a file of your own.
    start
        First day to use (2015-05-01 for chicago, else the first of the table).
    end
        Last day to use (2015-10-04 for chicago, else the last of the table).
    k
        Neighbours of every estimate.
    thresholds
        Flows in bits above which there is an edge, separated by commas.
    dry_run
        Say what would be computed, how long it takes here and how big it gets; compute nothing.
    resume
        Finish an interrupted run in --out, with the numbers of an undisturbed one.
    """
    chicago = data == "chicago"
    settings = _settings(
        seed=seed,
        epochs=epochs,
        data=data if chicago else str(Path(data).resolve()),
        targets=_words(targets) or (("temp_max", "temp_min") if chicago else ()),
        start=start if start is not None else ("2015-05-01" if chicago else ""),
        end=end if end is not None else ("2015-10-04" if chicago else ""),
        k=k,
        thresholds=_numbers(thresholds),
    )
    _replicate(settings, out, dry_run, resume)


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


def _replicate(settings: "Settings", out: Path, dry_run: bool, resume: bool) -> None:
    # Imported here: torch and numba take seconds that --help and a typing mistake should not.
    from infoscope.replication.dry_run import describe_run
    from infoscope.replication.published import load_windows, run_published
    from infoscope.replication.run_folder import RunFolder

    windows, data_hash = load_windows(settings)
    if dry_run:
        print(describe_run(settings, windows))
        return
    if resume and not (out / "config.toml").exists():
        print(f"resume: there is no run in {out} yet, one begins", file=sys.stderr)
    run = RunFolder.begin(out, settings, resume)
    for note in windows.notes:
        print(f"data: {note}", file=sys.stderr)
    with run.held():
        run.note_start(sys.argv, data_hash)
        results = run_published(run, windows, progress=True)
        _write(run, results)
        run.note_end()
    print(f"{out / 'summary.md'} has the results, beginning with the forecast; figures stand in")
    print(f"{out / 'figures'}, tables in {out / 'tables'}, every activation in {run.recording}")


def _write(run: "RunFolder", results: "PublishedResults") -> None:
    from infoscope._files import write_text
    from infoscope.figures.files import write_figures
    from infoscope.replication.run_folder import peak_memory_mb
    from infoscope.replication.summary import summary_of, to_json, to_markdown
    from infoscope.replication.tables import write_tables

    began = time.monotonic()
    captions = write_figures(results, run.root / "figures", progress=True)
    write_tables(results, run.root / "tables")
    peak = max(peak_memory_mb(), results.peak_memory_mb)
    summary = summary_of(results, {"figures": time.monotonic() - began}, peak)
    write_text(run.root / "summary.json", to_json(summary))
    write_text(run.root / "summary.md", to_markdown(summary, captions))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in _words(text))
    except ValueError as error:
        raise InputError(
            f"thresholds must be numbers separated by commas, got {text!r}; write 0.06,0.3,0.4"
        ) from error
