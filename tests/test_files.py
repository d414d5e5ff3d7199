import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infoscope import InputError
from infoscope._files import clear_partial, write_text, write_whole, writing


def full_disk(passing: Path) -> None:
    """Write a part and fail as the system does when the disk is full."""
    passing.write_text("half")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(passing))


def full_disk_in_folder(passing: Path) -> None:
    passing.mkdir()
    full_disk(passing / "part")


def stopped(passing: Path) -> None:
    passing.write_text("half")
    raise KeyboardInterrupt("stopped")


def stopped_in_folder(passing: Path) -> None:
    passing.mkdir()
    stopped(passing / "part")


def folder_with(text: str) -> Callable[[Path], None]:
    def write(passing: Path) -> None:
        passing.mkdir()
        (passing / "part").write_text(text)

    return write


def test_text_is_written_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "table.csv"
    write_text(path, "psi ψ\nlast\n")
    assert path.read_bytes() == "psi ψ\nlast\n".encode()
    assert os.listdir(path.parent) == ["table.csv"]  # noqa: PTH208 - names, hidden ones too
    write_text(path, "new")
    assert path.read_text() == "new"


def test_writer_sees_a_passing_name_with_the_same_ending(tmp_path: Path) -> None:
    seen = []

    def write(passing: Path) -> None:
        seen.append(passing)
        assert not (tmp_path / "figure.svg").exists()
        passing.write_text("picture")

    write_whole(tmp_path / "figure.svg", write)
    assert seen[0].parent == tmp_path
    assert seen[0].name.startswith(".partial-")
    assert seen[0].suffix == ".svg"
    assert (tmp_path / "figure.svg").read_text() == "picture"


def test_folder_takes_its_place_as_a_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "group", folder_with("old"))
    (tmp_path / "group" / "left over").write_text("")
    write_whole(tmp_path / "group", folder_with("new"))
    assert [path.name for path in (tmp_path / "group").iterdir()] == ["part"]
    assert (tmp_path / "group" / "part").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["group"]


@pytest.mark.parametrize("write", [full_disk, full_disk_in_folder])
@pytest.mark.parametrize("before", [None, "file", "folder"])
def test_full_disk_leaves_what_was_there_and_names_the_path(
    tmp_path: Path, write: Callable[[Path], None], before: str | None
) -> None:
    path = tmp_path / "table.csv"
    if before == "file":
        path.write_text("old")
    elif before == "folder":
        folder_with("old")(path)
    match = r"cannot write .*table\.csv: No space left on device; free some space"
    with pytest.raises(InputError, match=match) as caught:
        write_whole(path, write)
    assert ".partial" not in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)
    assert_untouched(path, before)


@pytest.mark.parametrize("write", [stopped, stopped_in_folder])
@pytest.mark.parametrize("before", [None, "file", "folder"])
def test_interrupted_writer_leaves_what_was_there(
    tmp_path: Path, write: Callable[[Path], None], before: str | None
) -> None:
    path = tmp_path / "table.csv"
    if before == "file":
        path.write_text("old")
    elif before == "folder":
        folder_with("old")(path)
    with pytest.raises(KeyboardInterrupt, match="stopped"):
        write_whole(path, write)
    assert_untouched(path, before)


def assert_untouched(path: Path, before: str | None) -> None:
    assert [found.name for found in path.parent.iterdir()] == ([path.name] if before else [])
    if before == "file":
        assert path.read_text() == "old"
    elif before == "folder":
        assert (path / "part").read_text() == "old"


def test_mistake_of_the_writer_is_not_called_a_full_disk(tmp_path: Path) -> None:
    def mistaken(passing: Path) -> None:
        passing.write_text("half")
        raise ValueError("columns differ")

    with pytest.raises(ValueError, match=r"^columns differ$") as caught:
        write_whole(tmp_path / "table.csv", mistaken)
    assert not isinstance(caught.value, InputError)
    assert list(tmp_path.iterdir()) == []


def test_killed_writer_leaves_nothing_of_the_name(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\n"
        "from infoscope._files import write_whole\n"
        "def write(passing):\n"
        "    passing.write_text('half')\n"
        "    os.kill(os.getpid(), 9)\n"
        "write_whole(pathlib.Path(sys.argv[1]), write)\n"
    )
    path = tmp_path / "table.csv"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True)
    assert done.returncode == -9
    assert not path.exists()
    left = [found.name for found in tmp_path.iterdir()]
    assert len(left) == 1
    assert left[0].startswith(".partial-")
    (tmp_path / "kept").write_text("")
    folder_with("half")(tmp_path / ".partial-0123-000010")
    clear_partial(tmp_path)
    assert [found.name for found in tmp_path.iterdir()] == ["kept"]


def test_nothing_to_clear_is_no_mistake(tmp_path: Path) -> None:
    clear_partial(tmp_path)
    clear_partial(tmp_path / "missing")


LIMITED = """
import resource, sys, warnings
from pathlib import Path
import numpy as np
from infoscope import InputError, Recording
from infoscope._files import write_text
values = np.random.default_rng(0).normal(size=(200, 10, 4))
rec = Recording.from_arrays(hidden=values)
root = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
try:
    write_text(root / "a.txt", "x" * 100000) if sys.argv[2] == "text" else rec.save(root / "a.zarr")
except InputError as error:
    print(error)
    sys.exit(7)
"""


@pytest.mark.parametrize(("what", "name"), [("text", "a.txt"), ("recording", "a.zarr")])
def test_limit_on_the_size_of_files_is_reported(tmp_path: Path, what: str, name: str) -> None:
    command = [sys.executable, "-c", LIMITED, str(tmp_path), what]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 7, done.stderr
    assert done.stdout.startswith(f"cannot write {tmp_path / name}")
    assert "File too large; free some space" in done.stdout
    left = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")]
    assert not [path for path in left if ".partial-" in path]
    assert not [path for path in left if path.endswith((".txt", "snapshots/000000"))]


def test_folder_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match=r"cannot write .*file/deep/a\.txt: "):
        write_text(tmp_path / "file" / "deep" / "a.txt", "text")
    assert (tmp_path / "file").read_text() == "mine"


def test_error_without_a_reason_of_the_system_keeps_its_words(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with pytest.raises(InputError, match=r"cannot write .*a\.txt: codec is gone"), writing(path):
        raise OSError("codec is gone")
