"""A thread that writes snapshots while training continues."""

import threading
import time
from collections.abc import Callable
from queue import Queue

from infoscope.monitor.watching.overhead import Overhead

# Snapshots in memory at a time; a slower disk makes training wait, which counts as overhead.
_WAITING = 2


class Writer:
    """Runs jobs one after another in a thread of its own, in the order given.

    A disk can take a tenth of a second to confirm a file: training need not wait for it. What is
    written does not depend on the thread.

    Parameters
    ----------
    overhead : Overhead
        Gets the processor time of the jobs.

    Examples
    --------
    >>> writer, done = Writer(Overhead(0.02)), []
    >>> writer.open()
    >>> for number in range(3):
    ...     writer.submit(lambda number=number: done.append(number))
    >>> writer.close()
    >>> done
    [0, 1, 2]
    """

    def __init__(self, overhead: Overhead) -> None:
        self._overhead = overhead
        self._jobs: Queue[Callable[[], None] | None] = Queue(_WAITING)
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None

    def open(self) -> None:
        """Start the thread."""
        self._error = None
        self._thread = threading.Thread(target=self._run, name="infoscope-watch", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[], None]) -> None:
        """Run a job after those before; raise the error of an earlier one."""
        self._raise()
        self._jobs.put(job)

    def drain(self) -> None:
        """Wait for all jobs; raise the error of any."""
        if self._thread is not None:
            self._jobs.join()
        self._raise()

    def close(self) -> None:
        """Wait for all jobs and end the thread."""
        try:
            self.drain()
        finally:
            if self._thread is not None:
                self._jobs.put(None)
                self._thread.join()
                self._thread = None

    def _raise(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            begun = time.thread_time()
            try:
                job()
            except Exception as error:  # noqa: BLE001 - raised in the thread that trains
                self._error = error
            finally:
                self._overhead.elsewhere += time.thread_time() - begun
                self._jobs.task_done()
        self._jobs.task_done()
