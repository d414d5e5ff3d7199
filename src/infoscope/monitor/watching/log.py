"""The log of a training: JSON lines, appended, of which a torn last one is dropped."""

import json
import threading
import time
from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
from torch import Tensor

from infoscope._arrays import described
from infoscope._errors import DamagedError, InputError
from infoscope._files import writing

# Longest time in seconds for which lines stay in memory: what a kill can lose.
_KEPT = 0.5
# Columns that the log writes itself.
_RESERVED = ("step", "seconds", "snapshot", "resumed")


class Log:
    """Append-only log of the updates of a training.

    Every line is a JSON object: a row ``{"step": 3, "seconds": 0.5, "loss": 0.1}``, a snapshot
    ``{"snapshot": 3}``, or ``{"resumed": 3}``, which takes back all later steps before it.

    Parameters
    ----------
    path : Path
        The file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: list[dict[str, Any]] = []
        self._file: BinaryIO | None = None
        self._flushed = time.monotonic()
        # Training appends rows, the thread that writes appends snapshots.
        self._lock = threading.RLock()

    def open(self) -> None:
        """Open the file to append, without its torn last line."""
        with writing(self.path):
            self._file = self.path.open("ab")
            whole = _whole(self.path.read_bytes()) if self.path.stat().st_size else b""
            self._file.truncate(len(whole))

    def append(self, line: Mapping[str, Any]) -> None:
        """Append a line, at once or within half a second; values may be tensors of one number."""
        with self._lock:
            self._waiting.append(dict(line))
            if time.monotonic() - self._flushed > _KEPT:
                self.flush()

    def flush(self) -> None:
        """Hand all lines to the operating system, which keeps them if the process is killed."""
        with self._lock:
            self._flushed = time.monotonic()
            if self._file is None or not self._waiting:
                return
            waiting, self._waiting = self._waiting, []
            lines = [json.dumps({k: _number(v) for k, v in line.items()}) for line in waiting]
            with writing(self.path):
                self._file.write(("\n".join(lines) + "\n").encode())
                self._file.flush()

    def close(self) -> None:
        """Flush and close the file."""
        try:
            self.flush()
        finally:
            if self._file is not None:
                self._file.close()
                self._file = None

    def rows(self) -> pd.DataFrame:
        """Return one row per logged update: step, seconds, the logged values, snapshot or not."""
        rows, taken = self._read()
        table = pd.DataFrame(list(rows.values()))
        if table.empty:
            table = pd.DataFrame({"step": pd.Series(dtype=int), "seconds": pd.Series(dtype=float)})
        return table.assign(snapshot=table["step"].isin(taken))

    def snapshots(self) -> list[int]:
        """Return the steps of the snapshots that were completed."""
        return sorted(self._read()[1])

    def _read(self) -> tuple[dict[int, dict[str, Any]], set[int]]:
        self.flush()
        rows: dict[int, dict[str, Any]] = {}
        taken: set[int] = set()
        text = _whole(self.path.read_bytes()) if self.path.exists() else b""
        for number, line in enumerate(text.splitlines(), 1):
            try:
                found = json.loads(line)
                if "resumed" in found:
                    rows = {step: row for step, row in rows.items() if step <= found["resumed"]}
                    taken = {step for step in taken if step <= found["resumed"]}
                elif "snapshot" in found:
                    taken.add(int(found["snapshot"]))
                else:
                    rows[int(found["step"])] = found
            except (ValueError, KeyError, TypeError) as error:
                raise DamagedError(
                    f"{self.path} is damaged in line {number}; delete that line, or restore it"
                ) from error
        return rows, taken


def one_number(value: Any, name: str) -> Any:
    """Return a float, or a tensor of one number that is still on its device."""
    if name in _RESERVED:
        raise InputError(f"step must not be given {name!r}, which it logs itself; rename the value")
    if isinstance(value, Tensor) and value.numel() == 1 and not value.is_complex():
        # To read it now would wait for the device.
        return value.detach().clone() if value.is_cuda else float(value.detach())
    if isinstance(value, np.ndarray | np.generic) and value.size == 1:
        value = value.item()
    if isinstance(value, Real):
        return float(value)
    raise InputError(
        f"{name} must be one number, got {described(value)}; pass for example {name}.mean()"
    )


def _whole(text: bytes) -> bytes:
    """Return the text up to its last line break: a line without one was torn by a kill."""
    return text[: text.rfind(b"\n") + 1]


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, Tensor) else value
