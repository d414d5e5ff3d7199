"""What a process says when its streams are closed, full or narrow, and when it is stopped."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infoscope._terminal import as_typed

_MAIN = [sys.executable, "-m", "infoscope"]
_SAYING = """
from infoscope._terminal import note, open_streams, say
open_streams()
say("one \\u6c17\\nctl\\x01")
note("two \\u6c17\\x1b[31m")
note("end")
"""


def _shell(line: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, **options)


def _says(after: str, **options) -> subprocess.CompletedProcess:
    command = shlex.join([sys.executable, "-c", _SAYING])
    return _shell(f"{command} {after}", **options)


def test_lines_go_out_without_control_characters() -> None:
    done = _says("")
    assert (done.returncode, done.stdout) == (0, "one 気\nctl\\x01\n")
    assert done.stderr == "two 気\\x1b[31m\nend\n"


def test_letters_that_the_encoding_lacks_are_written_by_number() -> None:
    done = _says("", env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert (done.returncode, done.stdout) == (0, "one \\u6c17\nctl\\x01\n")
    assert done.stderr.startswith("two \\u6c17")


@pytest.mark.parametrize("after", ["2>&-", "1>&-", "1>&- 2>&- 0>&-", "2>/dev/full"])
def test_streams_that_are_closed_or_full_end_no_work(after: str) -> None:
    done = _says(after)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert ("one" in done.stdout) == ("1>" not in after)


def test_a_reader_who_leaves_is_no_mistake() -> None:
    done = _says("2>errors | true; echo ${PIPESTATUS[0]}; cat errors; rm errors")
    assert done.stdout.splitlines()[0] == "0"
    assert "end" in done.stdout
    assert "Traceback" not in done.stdout
    # The same of standard error, which goes on being written to.
    assert _says("2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}").returncode == 0


@pytest.mark.parametrize("command", [["--help"], ["replicate", "--help"], ["--version"]])
def test_a_full_output_is_one_message(command: list[str]) -> None:
    done = _shell(f"{shlex.join([*_MAIN, *command])} >/dev/full")
    assert done.returncode == 2
    assert done.stderr.startswith("infoscope: cannot write to standard output: No space left")
    assert len(done.stderr.splitlines()) == 1


def test_the_package_runs_as_a_module(tmp_path: Path) -> None:
    done = subprocess.run([*_MAIN, "--version"], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout[0].isdigit()
    wrong = subprocess.run([*_MAIN, "replicate", "-x"], capture_output=True, text=True)
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("infoscope: Unknown option: -x; python -m infoscope replicate")
    assert "--help lists" in wrong.stderr


_WAITING = """
import sys, time
from infoscope import cli
def wait():
    print("begun", flush=True)
    time.sleep(60)
cli.app = lambda **_: wait()
sys.argv = ["infoscope", *{words}]
cli.main()
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["replicate", "--data", "my days.csv"],
            "stopped; to go on, run: infoscope replicate --data 'my days.csv' --resume",
        ),
        (["claims", "--resume", "--seeds", "3"], "run: infoscope claims --seeds 3 --resume"),
        (["replicate", "--dry-run"], "infoscope: stopped\n"),
    ],
)
def test_stopping_names_the_command_to_go_on(number, status, words, said) -> None:
    code = _WAITING.format(words=words)
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(number)
    _, complained = process.communicate(timeout=60)
    assert process.returncode == status
    assert said in complained
    assert len(complained.splitlines()) == 1


def test_a_program_is_called_as_a_shell_finds_it(tmp_path: Path, monkeypatch) -> None:
    program = tmp_path / "my bin" / "infoscope"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", "")
    assert shlex.split(as_typed(str(program), ["info", "a b"])) == [str(program), "info", "a b"]
    assert as_typed(".venv/bin/infoscope", ["info"]) == ".venv/bin/infoscope info"
    monkeypatch.setenv("PATH", str(program.parent))
    assert as_typed(str(program), ["info"]) == "infoscope info"
    # Another program of this name is on the path.
    assert as_typed(".venv/bin/infoscope", ["info"]) == ".venv/bin/infoscope info"
    assert as_typed("/lib/infoscope/__main__.py", ["info"]) == "python -m infoscope info"
    assert as_typed("-c", ["info"]) == "infoscope info"
