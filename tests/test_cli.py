"""The command as a user meets it: on files, killed and resumed, in a process of its own or here."""

import fcntl
import io
import json
import logging
import os
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time
import warnings
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import infoscope as isc
from conftest import pictures_left_out
from infoscope._errors import InputError
from infoscope.analysis.settings import Settings
from infoscope.analysis.stored import stored_replication
from infoscope.analysis.study import Study
from infoscope.cli import main
from infoscope.runs.run_folder import RunFolder
from weather_file import write_weather

# Published mode takes these 70 days, corrected mode the same season of all four years.
_DAYS = 70
_BASE = ["--epochs", "30", "--k", "3", "--targets", "high,low",
         "--start", "2020-01-01", "--end", "2020-03-10"]  # fmt: skip
_SMALL = ["--mode", "published", *_BASE]


def _command(arguments) -> list[str]:
    return [sys.executable, "-c", "from infoscope.cli import main; main()", *map(str, arguments)]


def in_own_process(*arguments, **options):
    return subprocess.run(
        _command(arguments), capture_output=True, text=True, check=False, **options
    )


def infoscope(*arguments):
    """The command in this process, with what a process of its own would have said."""
    said, complained, status = io.StringIO(), io.StringIO(), 0
    with (
        pytest.MonkeyPatch.context() as patch,
        warnings.catch_warnings(),
        redirect_stdout(said),
        redirect_stderr(complained),
    ):
        patch.setattr(sys, "argv", ["infoscope", *map(str, arguments)])
        patch.setattr(logging.getLogger("asyncio"), "level", logging.NOTSET)  # main sets it
        warnings.filterwarnings("ignore", "Cyclopts application invoked without tokens")
        try:
            main()
        except SystemExit as end:
            status = end.code or 0
    return subprocess.CompletedProcess(arguments, status, said.getvalue(), complained.getvalue())


@pytest.fixture(scope="module")
def weather(tmp_path_factory):
    # So many days behind, the two forecasts of a shortly trained network are not one.
    path = tmp_path_factory.mktemp("data") / "weather.csv"
    return write_weather(path, days=4 * 365, behind=14)


@pytest.fixture(scope="module")
def undisturbed(weather, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "undisturbed"
    with pictures_left_out():
        done = infoscope("replicate", "--data", weather, "--out", out, *_SMALL)
    assert done.returncode == 0, done.stderr
    return out


def numbers(out: Path) -> dict:
    """Everything a run says that does not depend on the clock."""
    summary = json.loads((out / "summary.json").read_text())
    del summary["timing"], summary["peak_memory_mb"]
    files = [*sorted((out / "tables").glob("*.csv")), *sorted((out / "figures").glob("*.csv"))]
    return {"summary": summary} | {path.name: path.read_text() for path in files}


def test_a_run_leaves_what_the_readme_lists(undisturbed):
    for name in ("config.toml", "provenance.json", "summary.md", "summary.json"):
        assert (undisturbed / name).stat().st_size > 0, name
    assert (undisturbed / "recording.zarr").is_dir()
    pictures = {p.stem for p in (undisturbed / "figures").glob("*.png")}
    assert {p.stem for p in (undisturbed / "figures").glob("*.csv")} == pictures
    assert {p.stem for p in (undisturbed / "figures").glob("*.svg")} == pictures
    for number in range(1, 14):
        assert any(stem.startswith(f"figure-{number:02d}-") for stem in pictures), number
    graphs = {p.name for p in (undisturbed / "graphs").iterdir()}
    assert {"main.graphml", "main.gexf", "main.json", "main.csv", "main-nodes.csv"} <= graphs
    assert not list(undisturbed.rglob(".partial-*"))
    page = (undisturbed / "summary.md").read_text()
    assert all(f"figures/{stem}.png" in page for stem in pictures)


def test_summary_has_the_promised_numbers(undisturbed):
    summary = json.loads((undisturbed / "summary.json").read_text())
    for model in ("network", "linear_regression", "persistence"):
        for split in ("train", "test"):
            assert set(summary["forecast"][model][split]) == {"mae_high", "mae_low"}
    assert summary["flow"]["n"] == 7 * summary["data"]["windows_train"]
    assert summary["flow"]["min"] < summary["flow"]["max"]
    assert set(summary["graph"]) == {"0.06", "0.3", "0.4"}
    wanted = {"edges", "isolated", "degree_correlation", "mean_rank", "class_auc"}
    assert all(wanted <= set(graph) for graph in summary["graph"].values())
    wanted = {"correlation_hidden", "correlation_hidden_entropy_normalised"}
    assert wanted <= set(summary["plane"])
    for curve in ("error", "hidden_input_information", "tse_complexity", "gradient_mean"):
        assert set(summary["training"][curve]) == {
            "first", "last", "max", "epoch_of_max", "first_epoch",
        }  # fmt: skip
    assert summary["training"]["error"]["last"] == 0.0  # the reference is the final output
    assert summary["data"]["constant_columns"] == ["station"]


def test_provenance_tells_what_was_run(undisturbed):
    provenance = json.loads((undisturbed / "provenance.json").read_text())
    assert len(provenance["data_sha256"]) == 64
    assert {"infoscope", "numpy", "torch"} <= set(provenance["versions"])
    (start,) = provenance["starts"]
    assert start["start"] <= start["end"]
    assert "replicate" in start["command"]


def test_persistence_error_is_the_mean_absolute_change(undisturbed, weather):
    """The persistence forecast of a window is its last day, so its error is |change| a day on."""
    table = pd.read_csv(weather).head(_DAYS)
    change = table["high"].diff().abs().to_numpy()[10:]
    forecast = json.loads((undisturbed / "summary.json").read_text())["forecast"]["persistence"]
    counts = json.loads((undisturbed / "summary.json").read_text())["data"]
    weights = np.array([counts["windows_train"], counts["windows_test"]])
    errors = [forecast["train"]["mae_high"], forecast["test"]["mae_high"]]
    assert np.average(errors, weights=weights) == pytest.approx(change.mean(), rel=1e-9)


def test_killed_and_stopped_and_resumed_gives_the_same_numbers(
    weather, undisturbed, tmp_path, without_pictures
):
    out = tmp_path / "killed"
    arguments = ["replicate", "--data", weather, "--out", out, *_SMALL]
    kill_after_snapshots(1, out, arguments)
    again = infoscope(*arguments)
    assert again.returncode == 2
    assert "--resume" in again.stderr
    for snapshots, number in ((2, signal.SIGTERM), (3, signal.SIGINT)):
        said = kill_after_snapshots(snapshots, out, [*arguments, "--resume"], number)
        again = shlex.join(["infoscope", *map(str, arguments), "--resume"])
        assert said.splitlines()[-1] == f"infoscope: stopped; to go on, run: {again}"
        assert not list(out.rglob(".partial-*"))
    resumed = infoscope(*arguments, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert numbers(out) == numbers(undisturbed)
    assert len(json.loads((out / "provenance.json").read_text())["starts"]) == 4


def kill_after_snapshots(wanted: int, out: Path, arguments, number=signal.SIGKILL) -> str:
    """Send a signal to a run that has written so many snapshots; return what it said."""
    process = subprocess.Popen(
        _command(arguments), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    snapshots = out / "recording.zarr" / "snapshots"
    deadline = time.monotonic() + 120
    while len(list(snapshots.glob("0*"))) < wanted:
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline, "no snapshot appeared"
        time.sleep(0.005)
    process.send_signal(number)
    _, said = process.communicate()
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
    assert not (out / "summary.json").exists()
    return said


def test_resume_refuses_other_settings_and_other_data(weather, undisturbed, tmp_path):
    base = ["replicate", "--data", weather, "--out", undisturbed, *_SMALL, "--resume"]
    other = infoscope(*base, "--seed", "1")
    assert other.returncode == 2
    assert "seed is 0 there and 1 now" in other.stderr
    before = weather.read_text()
    try:
        weather.write_text(before.replace("7.0", "8.0"))
        changed = infoscope(*base)
    finally:
        weather.write_text(before)
    assert changed.returncode == 2
    assert "hash" in changed.stderr


def test_resume_before_there_is_a_run_begins_one_and_another_seed_gives_other_numbers(
    weather, undisturbed, tmp_path, without_pictures
):
    out = tmp_path / "other"
    arguments = ["--data", weather, "--out", out, *_SMALL, "--seed", "5"]
    done = infoscope("replicate", *arguments, "--resume")
    assert done.returncode == 0, done.stderr
    assert "no run in" in done.stderr
    assert numbers(out)["flow.csv"] != numbers(undisturbed)["flow.csv"]


def test_dry_run_plans_and_writes_nothing(weather, tmp_path):
    out = tmp_path / "planned"
    done = infoscope("replicate", "--data", weather, "--out", out, *_SMALL, "--dry-run")
    assert done.returncode == 0, done.stderr
    for word in ("windows", "mutual informations", "in total", "MB"):
        assert word in done.stdout
    assert not out.exists()


def table_with(tmp_path, change) -> Path:
    path = write_weather(tmp_path / "bad.csv")
    table = pd.read_csv(path, dtype=str)
    change(table).to_csv(path, index=False)
    return path


def _set(row, column, value):
    def change(table):
        table.loc[row, column] = value
        return table

    return change


_BAD_TABLES = {
    "no date column": (lambda t: t.drop(columns="date"), "date"),
    "unparsable date": (_set(4, "date", "soon"), "line 6"),
    "duplicate date": (_set(4, "date", "2020-01-02"), "2020-01-02"),
    "text in a number": (_set(7, "low", "cold"), "line 9"),
    "days of the week": (
        lambda t: t.assign(date=pd.to_datetime(t["date"]).dt.strftime("%A")),
        "year-month-day",
    ),
    "target without a number": (lambda t: t.assign(high="much"), "another column"),
    "column without a name": (lambda t: t.rename(columns={"rain": ""}), "name for every column"),
    "infinity": (_set(7, "low", "inf"), "'low'"),
    "all days missing": (lambda t: t.assign(high=""), "'high'"),
    "two stations": (
        lambda t: pd.concat([t.assign(place="A"), t.assign(place="B")]),
        "A (70 days, 2020-01-01 to 2020-03-10), B",
    ),
    "several at once": (
        lambda t: _set(7, "low", "cold")(_set(4, "date", "soon")(t)),
        "(2) column 'low' must be numeric, got 'cold' in line 9",
    ),
    "fewer days than a window": (lambda t: t.head(9), "consecutive days"),
}


@pytest.mark.parametrize("case", list(_BAD_TABLES))
def test_bad_tables_end_in_one_message(tmp_path, case):
    change, said = _BAD_TABLES[case]
    path = table_with(tmp_path, change)
    done = infoscope("replicate", "--data", path, "--out", tmp_path / "out", *_SMALL)
    assert_one_message(done, said)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--targets", "high,humidity"], "humidity"),
        (["--targets", ""], "targets"),
        (["--k", "5000"], "k must be below"),
        (["--k", "0"], "k must be"),
        (["--k", "ten"], "--k"),
        (["--epochs", "0"], "epochs"),
        (["--seed", "-1"], "seed"),
        (["--thresholds", "a,b"], "thresholds"),
        (["--thresholds", "0.3,0.3"], "thresholds must differ"),
        (["--thresholds", "0.3,0.30000001"], "thresholds must differ"),
        (["--start", "2031-01-01"], "start and end"),
        (["--start", "someday"], "start"),
        (["--epochs", "1.5"], "--epochs: must be a whole number, got '1.5'"),
        (["--epochs", "1e3"], "--epochs: must be a whole number, got '1e3'"),
        (["--seed", "0.5"], "--seed: must be a whole number, got '0.5'"),
        (["--k", "2.5"], "--k: must be a whole number, got '2.5'"),
        (["--keep-flaws", "no_noise"], "keep_flaws must be left out with --mode published"),
        (["--column", "x"], "replicate --help lists"),
    ],
)
def test_bad_options_end_in_one_message(weather, tmp_path, arguments, said):
    done = infoscope("replicate", *with_option(weather, tmp_path / "out", arguments))
    assert_one_message(done, said)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("k", "said"), [("5000", "k must be below"), ("ten", "--k")])
def test_a_process_ends_as_the_command_does_here(weather, tmp_path, k, said):
    words = ["replicate", *with_option(weather, tmp_path / "out", ["--k", k])]
    alone, here = in_own_process(*words), infoscope(*words)
    assert_one_message(alone, said)
    assert (alone.returncode, alone.stdout, alone.stderr) == (2, here.stdout, here.stderr)


def with_option(weather, out, arguments):
    """The usual options, one of them replaced."""
    pairs = zip(_SMALL[::2], _SMALL[1::2], strict=True)
    usual = [word for pair in pairs if pair[0] != arguments[0] for word in pair]
    return ["--data", weather, "--out", out, *usual, *arguments]


def test_missing_and_unreadable_files(tmp_path):
    for path, said in ((tmp_path / "none.csv", "does not exist"), (tmp_path, "cannot be read")):
        done = infoscope("replicate", "--data", path, "--out", tmp_path / "out", *_SMALL)
        assert_one_message(done, said)


@pytest.mark.parametrize("mode", ["published", "corrected"])
@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"rain": "h24", "low": "h0"}, "got 'h0', 'h24'"),
        ({"rain": "low forecast"}, "got 'low forecast'"),
        ({"high": "model"}, "targets must not be named model or split"),
    ],
)
def test_columns_named_like_nodes_are_refused_before_training(tmp_path, mode, names, said):
    path = tmp_path / "weather.csv"
    table = pd.read_csv(write_weather(path, days=400)).rename(columns=names)
    table.to_csv(path, index=False)
    targets = f"{names.get('high', 'high')},{names.get('low', 'low')}"
    out = tmp_path / "out"
    done = infoscope(
        "replicate", "--data", path, "--out", out, "--mode", mode, "--k", "3", "--targets", targets
    )
    assert_one_message(done, said)
    assert "rename them" in done.stderr
    assert not out.exists()


@pytest.mark.parametrize("column", ["low", "rain"])
def test_numbers_too_large_to_square_are_refused(tmp_path, column):
    path = table_with(tmp_path, _set(7, column, "-1e200"))
    done = infoscope("replicate", "--data", path, "--out", tmp_path / "out", *_SMALL)
    assert_one_message(done, f"column {column!r}")
    assert "line 9" in done.stderr
    assert "1e+150" in done.stderr


def test_files_that_are_no_files_are_refused(tmp_path):
    pipe, loop, unknown = tmp_path / "pipe", tmp_path / "loop", tmp_path / ("x" * 300)
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    for path in (pipe, Path("/dev/zero"), Path("/dev/full"), loop, unknown):
        done = infoscope("replicate", "--data", path, "--out", tmp_path / "out", *_SMALL)
        assert_one_message(done, path.name)
    strange = tmp_path / os.fsdecode(b"\xff.csv")
    write_weather(strange)
    done = infoscope("replicate", "--data", strange, "--out", tmp_path / "out", *_SMALL)
    assert_one_message(done, "data must have a UTF-8 path")
    linked = tmp_path / "linked.csv"
    linked.symlink_to(write_weather(tmp_path / "weather.csv"))
    done = infoscope("replicate", "--data", linked, "--k", "5000", "--targets", "high")
    assert_one_message(done, "k must be below")


def test_seeds_are_whole_too(tmp_path):
    done = infoscope("claims", "--seeds", "1.5", "--out", tmp_path / "out")
    assert_one_message(done, "--seeds: must be a whole number, got '1.5'")
    assert "claims --help" in done.stderr


def test_a_study_of_misconfiguration_needs_three_seeds(tmp_path):
    pytest.importorskip("torch")
    done = infoscope("misconfiguration", "--seeds", "2", "--out", tmp_path / "out")
    assert_one_message(done, "seeds must be")
    assert not (tmp_path / "out").exists()


def test_options_choose_what_is_read_of_a_table(tmp_path):
    path = write_weather(tmp_path / "weather.csv")
    table = pd.read_csv(path).assign(place="A", seen=lambda t: t["date"], other=1.0)
    table.loc[3, "rain"] = np.nan
    both = pd.concat([table, table.assign(place="B", high=0.0)])
    both.to_csv(path, index=False, sep=";", decimal=",")
    words = ["--data", path, "--out", tmp_path / "out", *_SMALL, "--dry-run"]
    chosen = ["--station", "A", "--date-column", "seen", "--missing", "drop",
              "--columns", '"rain",high', "--drop", "other"]  # fmt: skip
    done = infoscope("replicate", *words, *chosen)
    assert done.returncode == 0, done.stderr
    for said in ("3 variables", "station A of 2 in column place", "1 row with a missing value"):
        assert said in done.stdout, said
    assert_one_message(infoscope("replicate", *words, *chosen[2:]), "--station")
    refused = infoscope("replicate", *words, *chosen[:4], "--missing", "refuse")
    assert_one_message(refused, "column 'rain' must have no missing value, got 1 (line 5)")


def test_options_for_a_table_of_ones_own_do_not_fit_the_shipped_one(tmp_path):
    for words in (["--drop", "dew"], ["--station", "A"], ["--missing", "drop"]):
        done = infoscope("replicate", "--out", tmp_path / "out", "--dry-run", *words)
        assert_one_message(done, "is for your own table")


def test_options_of_a_table_are_settings_that_a_resume_compares(tmp_path):
    chosen = Settings(data="own.csv", drop=("a, b",), columns=("c",), station="A", missing="drop")
    (tmp_path / "config.toml").write_text(chosen.to_toml())
    assert Settings.from_toml(tmp_path / "config.toml") == chosen
    with pytest.raises(InputError, match=r"drop is \('a, b',\) there and \(\) now"):
        RunFolder.begin(tmp_path, replace(chosen, drop=()), resume=True)


def test_a_finished_run_is_called_finished(weather, undisturbed):
    done = infoscope("replicate", "--data", weather, "--out", undisturbed, *_SMALL)
    assert_one_message(done, "a finished run")
    assert "--resume" not in done.stderr


@pytest.mark.parametrize(
    ("damaged", "said"),
    [
        ("provenance.json", "provenance.json must hold"),
        ("config.toml", "start anew"),
        ("recording.zarr/snapshots/000030/hidden/zarr.json", "snapshots/000030 cannot be read"),
    ],
)
def test_a_damaged_file_is_named(weather, undisturbed, tmp_path, damaged, said):
    out = tmp_path / "copy"
    shutil.copytree(undisturbed, out)
    (out / damaged).write_text("{")
    # What zarr's tasks leave behind is said at the end of a process, if at all.
    run = in_own_process if "zarr" in damaged else infoscope
    done = run("replicate", "--data", weather, "--out", out, *_SMALL, "--resume")
    assert_one_message(done, said)


def test_a_damaged_stage_is_computed_again(weather, undisturbed, tmp_path, without_pictures):
    out = tmp_path / "copy"
    shutil.copytree(undisturbed, out)
    (out / "estimates.zarr" / "flow" / "flow" / "c" / "0" / "0").unlink()
    done = infoscope("replicate", "--data", weather, "--out", out, *_SMALL, "--resume")
    assert done.returncode == 0, done.stderr
    assert "estimates.zarr/flow cannot be read" in done.stderr
    assert "it is computed again" in done.stderr
    assert numbers(out) == numbers(undisturbed)


def test_a_lost_snapshot_is_named_and_trained_anew(
    weather, undisturbed, tmp_path, without_pictures
):
    out = tmp_path / "copy"
    shutil.copytree(undisturbed, out)
    shutil.rmtree(out / "recording.zarr" / "snapshots" / "000010")
    arguments = ["replicate", "--data", weather, "--out", out, *_SMALL, "--resume"]
    assert_one_message(infoscope(*arguments), "none of epoch 10; delete")
    shutil.rmtree(out / "recording.zarr")
    done = infoscope(*arguments)
    assert done.returncode == 0, done.stderr
    assert numbers(out) == numbers(undisturbed)


def test_two_processes_do_not_share_a_folder(weather, undisturbed, tmp_path):
    out = tmp_path / "copy"
    shutil.copytree(undisturbed, out)
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = infoscope("replicate", "--data", weather, "--out", out, *_SMALL, "--resume")
    assert_one_message(done, "another process")


def test_a_folder_that_cannot_be_held_is_named(weather, undisturbed, tmp_path):
    out = tmp_path / "copy"
    shutil.copytree(undisturbed, out)
    (out / ".lock").unlink()
    (out / ".lock").mkdir()  # stands in for a folder without the right to write
    done = infoscope("replicate", "--data", weather, "--out", out, *_SMALL, "--resume")
    assert_one_message(done, "cannot write")


def test_out_that_holds_something_else(weather, tmp_path):
    (tmp_path / "letter.txt").write_text("dear reader")
    done = infoscope("replicate", "--data", weather, "--out", tmp_path, *_SMALL)
    assert_one_message(done, "--out")
    assert (tmp_path / "letter.txt").read_text() == "dear reader"
    assert not (tmp_path / "config.toml").exists()


def test_no_room_left_is_one_message_and_can_be_resumed(
    weather, undisturbed, tmp_path, without_pictures
):
    """A limit on the size of a file stands in for a full disk: the system refuses the write.

    `undisturbed` has put all kernels on disk, so that numba has nothing to write.
    """
    out = tmp_path / "full"
    arguments = ["replicate", "--data", weather, "--out", out, *_SMALL]

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    refused = in_own_process(*arguments, preexec_fn=limit)
    assert_one_message(refused, "--resume")
    assert not (out / "summary.json").exists()
    assert not list(out.rglob(".partial-*"))
    finished = infoscope(*arguments, "--resume")
    assert finished.returncode == 0, finished.stderr
    assert numbers(out) == numbers(undisturbed)


def assert_one_message(done, said):
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    messages = [line for line in done.stderr.splitlines() if line.startswith("infoscope: ")]
    assert len(messages) == 1, done.stderr
    assert said in messages[0]


@pytest.fixture(scope="module")
def both(weather, tmp_path_factory):
    """A run of both modes in one go."""
    out = tmp_path_factory.mktemp("runs") / "both"
    with pictures_left_out():
        done = infoscope("replicate", "--data", weather, "--out", out, *_BASE)
    assert done.returncode == 0, done.stderr
    return out


def test_both_modes_stand_side_by_side(both):
    out = both
    summary = json.loads((out / "summary.json").read_text())
    assert {"forecast", "flow", "graph", "corrected", "nulls", "timing"} <= set(summary)
    assert set(summary["nulls"]) == {"circular-shift", "lag-swap", "untrained", "weight-shuffled"}
    assert summary["timing"]["total"] > 0.0
    assert "corrected_null" in summary["timing"]
    pictures = {p.stem for p in (out / "figures").glob("*.png")}
    pair = "published-and-corrected"
    published = {name for name in pictures - {pair} if not name.endswith("-corrected")}
    assert pictures == {pair} | published | {f"{name}-corrected" for name in published}
    files = {f"{name}.{ending}" for name in pictures for ending in ("png", "svg", "csv")}
    assert {p.name for p in (out / "figures").iterdir() if p.stat().st_size > 0} == files
    page = (out / "summary.md").read_text()
    assert f"![{pair}](figures/{pair}.png)" in page
    for name in published:
        first, second = (f"![{n}](figures/{n}.png)" for n in (name, f"{name}-corrected"))
        assert f"| {first} | {second} |" in page
    assert page.count("**What changed.**") == len(published)
    assert {"corrected_edges.csv", "flow.csv"} <= {p.name for p in (out / "tables").iterdir()}
    graph = isc.graphs.read_graph(out / "graphs" / "corrected_main.graphml")
    ranks = pd.read_csv(out / "tables" / "corrected_ranks.csv").set_index("node")["rank"]
    assert set(graph) == set(ranks.index)
    assert all({"flow", "p", "q"} <= set(own) for _, _, own in graph.edges(data=True))
    assert (out / "corrected" / "config.toml").exists()


_LOADED = """
import sys
sys.argv = ["infoscope", "report", *{arguments}]
from infoscope.cli import main
main()
print("loaded:", *sorted({{"torch", "matplotlib"}} & set(sys.modules)))
"""


def test_the_page_is_rebuilt_from_what_it_shows(both, tmp_path):
    """To the letter, without torch; parts that it shows must be whole, the others are not read."""
    copy, page = tmp_path / "copy", tmp_path / "page.html"
    shutil.copytree(both, copy)
    damage(copy / "corrected" / "estimates.zarr" / "null-untrained")  # not on the page
    code = _LOADED.format(arguments=[str(copy), "--out", str(page)])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded:"
    rebuilt = page.read_text(encoding="utf-8").replace(str(copy), str(both))  # in its commands
    assert rebuilt == (both / "report.html").read_text(encoding="utf-8")
    settings = Settings.from_toml(copy / "corrected" / "config.toml")
    results, missing = stored_replication(copy / "corrected", settings)
    study = results.study
    assert missing == []
    assert study.chosen == Study(settings, study.recording, study.data).epoch
    damage(copy / "corrected" / "estimates.zarr" / "null-lag-swap")
    assert_one_message(infoscope("report", copy), "null-lag-swap")


def damage(stage):
    """Change a bit of a number."""
    path = next(path for path in sorted(stage.rglob("c/*")) if path.is_file())
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


def test_published_numbers_do_not_depend_on_the_corrected_ones(
    weather, undisturbed, both, tmp_path, without_pictures
):
    one, other = numbers(undisturbed), numbers(both)
    assert {"corrected", "nulls"} == set(other["summary"]) - set(one["summary"])
    for name, found in one.items():
        if name == "summary":
            assert {key: other[name][key] for key in found} == found
        else:
            assert other[name] == found, name
    # What was begun in one mode is finished in the other; what a kill left of it, too.
    out = tmp_path / "alone"
    shutil.copytree(undisturbed, out)
    shutil.copytree(both / "corrected", out / "corrected")
    for lost in ("nodes", "gradients"):
        shutil.rmtree(out / "corrected" / "estimates.zarr" / lost)
    done = infoscope("replicate", "--data", weather, "--out", out, *_BASE, "--resume")
    assert done.returncode == 0, done.stderr
    assert numbers(out) == other


def test_corrected_mode_alone_and_planned(weather, tmp_path, without_pictures):
    words = ["--data", weather, "--out", tmp_path / "alone", *_BASE]
    planned = infoscope("replicate", "--mode", "corrected", "--dry-run", *words)
    assert planned.returncode == 0, planned.stderr
    assert "repairs    all" in planned.stdout
    assert "surrogates of two nulls" in planned.stdout
    assert not (tmp_path / "alone").exists()
    kept = ["--keep-flaws", "significant_edges,true_targets"]
    done = infoscope("replicate", "--mode", "corrected", *words, *kept)
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "alone" / "summary.json").read_text())
    assert set(summary) == {"timing", "peak_memory_mb", "corrected", "nulls"}
    assert summary["nulls"] == {}
    assert summary["corrected"]["repairs"]["true_targets"] is False
    assert summary["corrected"]["training"]["error"]["last"] == 0.0
    page = (tmp_path / "alone" / "summary.md").read_text()
    assert "corrected mode" in page.splitlines()[0]
    assert "Not repaired" in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--mode", "right"], "--mode"),
        (["--mode", "corrected", "--keep-flaws", "magic"], "keep_flaws"),
        (["--mode", "both"], "--mode published"),
    ],
)
def test_bad_modes_end_in_one_message(tmp_path, arguments, said):
    short = write_weather(tmp_path / "weather.csv")
    done = infoscope("replicate", "--data", short, "--out", tmp_path / "out", *_BASE, *arguments)
    assert_one_message(done, said)
    assert not (tmp_path / "out").exists()


def test_a_task_runs_through_the_pipeline(tmp_path, without_pictures, monkeypatch):
    from infoscope.analysis.data_sets.catalogue import DATA_SETS
    from infoscope.analysis.data_sets.task_trials import TaskTrials
    from infoscope.synthetic.tasks import FlipFlop

    short = TaskTrials("flip-flop", FlipFlop(trials=(12, 8, 12), length=8))
    monkeypatch.setitem(DATA_SETS, "flip-flop", short)
    out = tmp_path / "task"
    done = infoscope("replicate", "--task", "flip-flop", "--epochs", "3", "--out", out)
    assert done.returncode == 0, done.stderr
    summary = json.loads((out / "summary.json").read_text())["corrected"]
    gates = summary["gates"]
    assert gates["unit"] == FlipFlop.unit
    assert gates["reference"] == FlipFlop.reference
    assert 0.0 <= gates["test_error"] <= 1.0
    assert summary["data"]["days_train"] == 12 * 8
    assert set(summary["forecast"]) >= {"network", "climatology", "ridge_1_day"}
    assert "persistence" not in summary["forecast"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--task", "juggling"], "task must be one of"),
        (["--task", "flip-flop", "--mode", "published"], "mode must be corrected with flip-flop"),
        (["--task", "flip-flop", "--start", "2015-05-01"], "start is for your own table"),
        (["--task", "flip-flop", "--data", "a.csv"], "got --data a.csv too"),
    ],
)
def test_what_does_not_fit_a_task_is_named(tmp_path, arguments, said):
    done = infoscope("replicate", "--out", tmp_path / "out", *arguments)
    assert_one_message(done, said)
    assert not (tmp_path / "out").exists()
