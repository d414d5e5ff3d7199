"""A run on disk: its settings, its provenance, and results that survive a kill."""

import fcntl
import hashlib
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import xarray as xr

from infoscope._errors import DamagedError, InputError
from infoscope._files import clear_partial, write_text, write_whole, writing
from infoscope.replication.settings import Settings
from infoscope.storage import read_zarr, write_zarr

# Raised whenever a stage holds other variables, or means something else by them.
_STAGE_FORMAT = 1
# Where a stage says what wrote it.
_WRITTEN = "written"
_PACKAGES = (
    "infoscope",
    "numpy",
    "scipy",
    "numba",
    "pandas",
    "xarray",
    "zarr",
    "networkx",
    "matplotlib",
)


class RunFolder:
    """The folder of one run. Make it with `begin`.

    Parameters
    ----------
    root : Path
        The folder.
    settings : Settings
        What the run computes.
    """

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.settings = settings

    @classmethod
    def begin(cls, root: Path, settings: Settings, resume: bool) -> "RunFolder":
        """Start a run in an empty or new folder, or take up one of the same settings.

        Raises
        ------
        InputError
            If the folder holds something else, or a run of other settings, or holds a run and
            ``resume`` is false.
        """
        config = root / "config.toml"
        run = cls(root, settings)
        with writing(root):
            if config.exists():
                _same_run(config, settings, resume)
            elif root.exists() and (not root.is_dir() or any(_visible(root))):
                raise InputError(
                    f"out must be a new or empty folder, got {root}, which holds something else; "
                    "name another with --out"
                )
            else:
                write_text(config, settings.to_toml())
        return run

    @staticmethod
    def begun(root: Path) -> bool:
        """Whether there is a run in a folder."""
        return (root / "config.toml").exists()

    def part(self, name: str, settings: Settings) -> "RunFolder":
        """Start, or take up, another run in a folder within this one.

        Raises
        ------
        InputError
            As `begin`.
        """
        return RunFolder.begin(self.root / name, settings, resume=True)

    @property
    def recording(self) -> Path:
        """Where the recording is."""
        return self.root / "recording.zarr"

    @property
    def estimates(self) -> Path:
        """Where the results of the stages are."""
        return self.root / "estimates.zarr"

    def stage(self, name: str, compute: Callable[[], xr.Dataset]) -> xr.Dataset:
        """Return a stage's result: from disk if an earlier start of the run finished it.

        One that is damaged, or was written by another version, is computed again, with a note.
        The seconds it took and the peak memory so far stand in its attributes.
        """
        path = self.estimates / name
        if path.exists():
            try:
                return _read_stage(path)
            except DamagedError as error:
                print(f"resume: {error}", file=sys.stderr, flush=True)
        began = time.monotonic()
        result = compute()
        result.attrs |= {"seconds": time.monotonic() - began, "peak_memory_mb": peak_memory_mb()}
        stamped = result.assign_attrs({_WRITTEN: _stage_of(result)})
        write_whole(path, lambda passing: write_zarr(stamped, passing))
        return _read_stage(path)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for this process; the system lets go of it however the process ends.

        Raises
        ------
        InputError
            If another process holds it.
        """
        with writing(self.root):
            held = (self.root / ".lock").open("w")
        with held as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise InputError(
                    f"out must not be in use, got {self.root}, in which another process is "
                    "running; wait for it, or name another folder with --out"
                ) from error
            for folder in (self.root, self.root / "figures", self.root / "tables"):
                clear_partial(folder)
            for estimates in [self.estimates, *self.root.glob(f"*/{self.estimates.name}")]:
                clear_partial(estimates)
            yield

    def note_start(self, command: list[str], data_hash: str) -> None:
        """Add this start to provenance.json.

        Raises
        ------
        InputError
            If an earlier start of the run had other data.
        """
        path = self.root / "provenance.json"
        fresh: dict[str, Any] = _provenance(self.settings) | {"data_sha256": data_hash}
        provenance = _read_provenance(path) if path.exists() else fresh
        if provenance["data_sha256"] != data_hash:
            raise InputError(
                "--resume must continue with the data that the run began with, got "
                f"{data_hash[:12]} as the hash of {self.settings.data} instead of "
                f"{provenance['data_sha256'][:12]}; "
                "restore the file, or start anew in another folder with --out"
            )
        provenance["starts"].append({"command": command, "start": _now(), "end": None})
        write_text(path, json.dumps(provenance, indent=2) + "\n")

    def note_end(self) -> None:
        """Mark the latest start as finished in provenance.json."""
        path = self.root / "provenance.json"
        provenance = _read_provenance(path)
        provenance["starts"][-1]["end"] = _now()
        write_text(path, json.dumps(provenance, indent=2) + "\n")


def _stage_of(result: xr.Dataset) -> str:
    """Return what a stage must have to be taken up: format, version of the code, variables."""
    stage = {
        "format": _STAGE_FORMAT,
        "infoscope": version("infoscope"),
        "variables": sorted(map(str, result.data_vars)),
    }
    return json.dumps(stage)


def _read_stage(path: Path) -> xr.Dataset:
    """Read a finished stage.

    Raises
    ------
    DamagedError
        If it is damaged, or of another version.
    """
    result = read_zarr(path, "it is computed again")
    written, expected = result.attrs.pop(_WRITTEN, "none"), _stage_of(result)
    if written != expected:
        raise DamagedError(
            f"{path} is a stage of another version, {written} instead of {expected}; it is "
            "computed again"
        )
    return result


def sha256(data: bytes) -> str:
    """Return the SHA-256 of data in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def peak_memory_mb() -> float:
    """Return the largest resident memory of this process so far, in MB (10^6 bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _same_run(config: Path, settings: Settings, resume: bool) -> None:
    if not resume:
        finished = (config.parent / "summary.json").exists()
        advice = "" if finished else "finish that run with --resume, or "
        raise InputError(
            f"out must be a new or empty folder, got {config.parent}, which holds a "
            f"{'finished' if finished else 'begun'} run; {advice}name another folder with --out"
        )
    found = type(settings).from_toml(config)
    if found != settings:
        different = [
            f"{name} is {getattr(found, name)!r} there and {value!r} now"
            for name, value in vars(settings).items()
            if getattr(found, name) != value
        ]
        raise InputError(
            f"--resume must continue the run in {config.parent} with its own settings, got others: "
            f"{'; '.join(different)}; give the same options, or name another folder with --out"
        )


def _read_provenance(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not {"starts", "data_sha256"} <= set(found):
            raise ValueError("starts or data_sha256 is missing")
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"{path} must hold the provenance that the run wrote, got something else ({error}); "
            "restore it, or start anew in another folder with --out"
        ) from error
    return found


def _visible(root: Path) -> list[Path]:
    passing = (".partial-", ".lock")
    return [path for path in root.iterdir() if not path.name.startswith(passing)]


def _provenance(settings: Settings) -> dict[str, Any]:
    versions = {name: version(name) for name in (*_PACKAGES, "torch")}
    return {
        "python": platform.python_version(),
        "versions": versions,
        "seed": settings.seed,
        "hardware": {
            "machine": platform.machine(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": platform.platform(),
        },
        "starts": [],
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
