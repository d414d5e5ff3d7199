"""Atomic writing of files and folders."""

import errno
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infoscope._errors import WriteError


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file or folder atomically: under a temporary name, then renamed.

    A killed run leaves at most a file whose name begins with ``.partial-``, which is never read.
    An existing file or folder is replaced. A file is flushed to disk before it is renamed, so it
    is complete even after a power cut. The files of a folder are not flushed; a folder needs a
    checksum of its own (`infoscope.recordings.groups`).
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Keep the extension: writers choose their format by it.
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
    """Write a text file atomically."""
    write_whole(path, lambda passing: passing.write_text(text, encoding="utf-8"))


def _flush(path: Path) -> None:
    """Flush a file to disk."""
    with path.open("r+b") as file:  # Windows flushes only writable files
        os.fsync(file.fileno())


def clear_partial(folder: Path) -> None:
    """Remove the partial files of an interrupted `write_whole` from a folder."""
    for left in folder.glob(".partial-*"):
        _remove(left)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise file-system failures, such as a full disk, as a `WriteError`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        remedy = "free some space" if full else "choose a writable path"
        failure = WriteError(f"cannot write {path}: {reason}; {remedy}")
        failure.full = full
        raise failure from error
