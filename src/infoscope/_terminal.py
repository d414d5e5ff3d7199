"""The process that a command runs in: what it says and where, and the signals that stop it."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn, TextIO

from infoscope._errors import WriteError
from infoscope._escaping import printable


class _Lenient(io.TextIOBase):
    """Standard error that work survives: a line that cannot be written is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str, /) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            return

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - as tqdm asks
        return self._stream.encoding


def open_streams() -> None:
    """Make standard output and error writable, whatever the process was started with.

    A closed one leads nowhere; a letter that the encoding lacks is written by its number.
    """
    # In the order of their numbers, for the system gives the lowest that is free.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if not isinstance(sys.stderr, _Lenient):
        sys.stderr = _Lenient(sys.stderr)


def say(text: str) -> None:
    """Write lines to standard output.

    Raises
    ------
    WriteError
        As `flush_output`.
    """
    with _output():
        print("\n".join(printable(line) for line in text.splitlines()), flush=True)


def flush_output() -> None:
    """Write out what waits to be written to standard output.

    Raises
    ------
    WriteError
        If it cannot be written. A reader who has left, such as ``head``, is no mistake.
    """
    with _output():
        sys.stdout.flush()


def note(text: str) -> None:
    """Write one line to standard error."""
    print(printable(text), file=sys.stderr, flush=True)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let a request to terminate end the work as Ctrl-C does: by KeyboardInterrupt.

    Its argument is the number of the signal, and missing for Ctrl-C.
    """

    def stop(number: int, _: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt(number)

    before: Any = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def end_now(status: int) -> NoReturn:
    """End the process without waiting for the kernels that its threads still run."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


@contextmanager
def _output() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        _forget_output()
    except OSError as error:
        _forget_output()
        reason = error.strerror or str(error)
        raise WriteError(
            f"cannot write to standard output: {reason}; all files are written; send the output "
            "elsewhere"
        ) from error


def _forget_output() -> None:
    """Lead standard output nowhere: at exit the system would try, and fail, again."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
