"""Standard streams and signals of the process that runs a command."""

import io
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO

from infoscope._errors import WriteError
from infoscope._escaping import printable


class _Stream(io.TextIOBase):
    """A standard stream that handles its first failure and then discards text.

    Parameters
    ----------
    stream : TextIO
        The stream to write to.
    failed : callable
        Called with the first failure.
    """

    def __init__(self, stream: TextIO, failed: Callable[[OSError], None]) -> None:
        self._stream, self._failed = stream, failed

    def write(self, text: str, /) -> int:
        with self._handled():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._handled():
            self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - libraries ask
        return self._stream.encoding

    @contextmanager
    def _handled(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            # Discard all later text: at exit the system would try, and fail, again.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            self._failed(error)


def open_streams() -> None:
    """Make standard output and error writable, however the process was started.

    A closed stream discards its text; a character that the encoding lacks is escaped. Failure to
    write output raises `WriteError`, unless the reader, such as ``head``, has closed the pipe;
    failure to write standard error is ignored.
    """
    # In the order of their numbers, because the system assigns the lowest free one.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # The process keeps it open to its end.
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - stays open
    for name, failed in (("stdout", _no_output), ("stderr", lambda _: None)):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
            setattr(sys, name, _Stream(stream, failed))


def say(text: str) -> None:
    """Write lines to standard output."""
    print("\n".join(printable(line) for line in text.splitlines()), flush=True)


def note(text: str) -> None:
    """Write one line to standard error."""
    print(printable(text), file=sys.stderr, flush=True)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt on a termination signal, as Ctrl-C does.

    Its argument is the number of the signal; Ctrl-C has none.
    """

    def stop(number: int, _: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt(number)

    before: Any = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def end_now(status: int) -> NoReturn:
    """End the process without waiting for kernels that still run on its threads."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


def _no_output(error: OSError) -> None:
    if not isinstance(error, BrokenPipeError):
        raise WriteError(
            f"cannot write to standard output: {error.strerror or error}; all files are written; "
            "redirect the output"
        ) from error


def as_typed(program: str, words: Sequence[str]) -> str:
    """Return a command line as typed in a shell, from the path of its program and its words.

    Code without a file, as of ``python -c``, goes by the name of the installed program.
    """
    if program in ("", "-c"):
        return shlex.join(["infoscope", *words])
    name = Path(program).stem
    if name == "__main__":
        return shlex.join(["python", "-m", "infoscope", *words])
    # A program on the path is called by its name; another by where it is.
    known = shutil.which(name)
    on_path = known is not None and Path(known).resolve() == Path(program).resolve()
    return shlex.join([name if on_path else program, *words])
