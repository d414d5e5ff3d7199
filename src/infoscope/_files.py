"""Files that are either whole or not there."""

import errno
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infoscope._errors import WriteError


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` make a file or folder under a passing name, then give it its own.

    Killed in between, a run leaves at most a file that begins with ``.partial-``, which nothing
    reads. An existing file or folder of the name is replaced. A file is on the disk before it gets
    its name, so that it is whole after a power cut, too; a folder of many files would wait for each
    of them, and needs a checksum of its own (`infoscope.recordings.storage`).
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # The name keeps its ending: writers choose their format by it.
        passing = path.parent / f".partial-{uuid.uuid4().hex[:8]}-{path.name}"
        try:
            write(passing)
            if passing.is_file():
                _flush(passing)
            elif path.exists():
                _remove(path)
            passing.replace(path)
        finally:
            if passing.is_dir():
                shutil.rmtree(passing, ignore_errors=True)
            else:
                passing.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file as a whole."""
    write_whole(path, lambda passing: passing.write_text(text, encoding="utf-8"))


def _flush(path: Path) -> None:
    """Wait until the disk holds a file."""
    with path.open("r+b") as file:  # Windows flushes only what may be written
        os.fsync(file.fileno())


def clear_partial(folder: Path) -> None:
    """Remove what an interrupted `write_whole` left in a folder."""
    for left in folder.glob(".partial-*"):
        _remove(left)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a failure of the file system, such as a full disk, into one clear error."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        remedy = "free some space" if full else "choose a place that can be written"
        failure = WriteError(f"cannot write {path}: {reason}; {remedy}")
        failure.full = full
        raise failure from error
