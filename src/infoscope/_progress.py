"""Progress of long tasks: a bar with the time left on a terminal, plain lines elsewhere."""

import sys
import time
from types import TracebackType

from tqdm import tqdm

from infoscope._validate import truth

# Seconds between two lines in a log file.
_SECONDS_BETWEEN_LINES = 10.0
# The time left is not shown before this share is done: beginnings compile and load.
_ENOUGH = 0.03


class Progress:
    """Count units of work and show the progress.

    Parameters
    ----------
    total : int or None
        Number of units; None if it is not known.
    label : str
        Name of the task.
    show : bool
        Whether to write progress to standard error.

    Examples
    --------
    >>> with Progress(3, "training", show=False) as progress:
    ...     for _ in range(3):
    ...         progress.advance()
    >>> progress.done
    3
    """

    def __init__(self, total: int | None, label: str, show: bool = True) -> None:
        self.total, self.label, self.done, self.text = total, label, 0, ""
        self._show = truth(show, "progress")
        self._bar: tqdm | None = None
        self._start = self._last_line = time.monotonic()
        self._at_start = 0

    def __enter__(self) -> "Progress":
        if self._show and sys.stderr.isatty():
            self._bar = tqdm(total=self.total, desc=self.label, unit_scale=True, file=sys.stderr)
        self._start = self._last_line = time.monotonic()
        return self

    def skip(self, units: int) -> None:
        """Count units that an earlier run completed; they do not enter the time left."""
        self.done += units
        self._at_start += units
        if self._bar is not None:
            self._bar.initial = units
            self._bar.n = units
            self._bar.refresh()

    def note(self, text: str) -> None:
        """Set a text that is shown after the count, such as the loss."""
        self.text = text
        if self._bar is not None:
            self._bar.set_postfix_str(text, refresh=False)

    def advance(self, units: int = 1) -> None:
        """Count units as done."""
        self.done += units
        if self._bar is not None:
            self._bar.update(units)
        elif self._show and time.monotonic() - self._last_line >= _SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            self._line(self._time_left())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._show and kind is None:
            self._line(f"{time.monotonic() - self._start:.1f} s")

    def _time_left(self) -> str:
        """Return the time left in words; none before enough is done to judge by."""
        here, whole = self.done - self._at_start, (self.total or 0) - self._at_start
        if here < _ENOUGH * whole or whole <= 0:
            return ""
        return f"about {duration((time.monotonic() - self._start) / here * (whole - here))} left"

    def _line(self, ending: str) -> None:
        count = str(self.done) if self.total is None else f"{self.done}/{self.total}"
        line = ", ".join(filter(None, (f"{self.label}: {count}", self.text, ending)))
        print(line, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it.

    >>> duration(23), duration(500), duration(95605)
    ('23 s', '8.3 minutes', '26.6 hours')
    """
    if seconds < 100.0:
        return f"{seconds:.0f} s"
    return f"{seconds / 60.0:.1f} minutes" if seconds < 7200.0 else f"{seconds / 3600.0:.1f} hours"
