"""A run on disk: settings, provenance, and results that survive an interruption."""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Generic, TypeVar

import xarray as xr

from infoscope._errors import DamagedError, InputError
from infoscope._files import clear_partial, write_text, write_whole, writing
from infoscope._system import lock, peak_memory_mb
from infoscope.recordings.groups import read_zarr, write_zarr
from infoscope.runs import provenance
from infoscope.runs.settings import RunSettings

# Format version, increased when the variables of a stage or their meanings change.
_STAGE_FORMAT = 1
# Attribute of a stage with the version that wrote it.
_WRITTEN = "written"
# Folders of files for readers.
_SHOWN = ("figures", "tables", "graphs")


S = TypeVar("S", bound=RunSettings)
P = TypeVar("P", bound=RunSettings)


class RunFolder(Generic[S]):
    """The folder of a run; create it with `begin`.

    Parameters
    ----------
    root : Path
        The folder.
    settings : RunSettings
        Settings of the run.
    """

    def __init__(self, root: Path, settings: S) -> None:
        self.root = root
        self.settings = settings

    @classmethod
    def begin(cls, root: Path, settings: S, resume: bool) -> "RunFolder[S]":
        """Start a run in an empty or new folder, or resume a run with the same settings.

        Raises
        ------
        InputError
            If the folder holds something else or a run with other settings, or a run and
            ``resume`` is false, or a file has the name of one of its folders.
        """
        config = root / "config.toml"
        run = cls(root, settings)
        with writing(root):
            if not config.exists():
                _must_be_free(root)
                root.mkdir(parents=True, exist_ok=True)
                # Of two simultaneous starts, one writes its settings and the other reads them.
                with run._locked():
                    if not config.exists():
                        write_text(config, settings.to_toml())
                        return run
            _same_run(config, settings, resume)
            _must_be_folders(root)
        return run

    @staticmethod
    def begun(root: Path) -> bool:
        """Whether a folder contains a run.

        Raises
        ------
        InputError
            If the folder cannot be read.
        """
        with writing(root):
            return (root / "config.toml").exists()

    def part(self, name: str, settings: P) -> "RunFolder[P]":
        """Start or resume another run in a subfolder.

        Raises
        ------
        InputError
            As `begin`.
        """
        return RunFolder.begin(self.root / name, settings, resume=True)

    @property
    def recording(self) -> Path:
        """Path of the recording."""
        return self.root / "recording.zarr"

    @property
    def estimates(self) -> Path:
        """Path of the results of the stages."""
        return self.root / "estimates.zarr"

    def stage(self, name: str, compute: Callable[[], xr.Dataset]) -> xr.Dataset:
        """Return a stage's result, from disk if an earlier start of the run finished it.

        A result that is damaged or from another version is computed again, with a note. Its
        attributes have the time in seconds and the peak memory so far.
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

    def has(self, name: str) -> bool:
        """Whether a stage's result is on disk."""
        return (self.estimates / name).exists()

    def stored(self, name: str) -> xr.Dataset | None:
        """Return a stage's result as it is on disk, whatever version made it; None if absent.

        Raises
        ------
        DamagedError
            If it is damaged.
        """
        path = self.estimates / name
        return read_zarr(path, "run again with --resume") if path.exists() else None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the folder for this process; the system releases the lock when the process ends.

        Raises
        ------
        InputError
            If another process holds the lock.
        """
        with self._locked():
            for folder in (self.root, *(self.root / name for name in _SHOWN)):
                clear_partial(folder)
            for estimates in [self.estimates, *self.root.glob(f"*/{self.estimates.name}")]:
                clear_partial(estimates)
            yield

    def note_start(self, command: list[str], data_hash: str) -> list[str]:
        """Add this start to provenance.json; return the differences from earlier starts.

        Raises
        ------
        InputError
            If an earlier start had other data, or its data are unknown.
        """
        path = self._provenance
        if not path.exists() and _holds_results(self.root):
            raise InputError(
                f"{path} is missing, so that the data of the results in that folder are unknown; "
                "restore the file, or start again in another folder with --out"
            )
        return provenance.note_start(path, command, self.settings, data_hash)

    def note_end(self) -> None:
        """Mark the latest start as finished in provenance.json."""
        provenance.note_end(self._provenance)

    @property
    def _provenance(self) -> Path:
        return self.root / "provenance.json"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with writing(self.root):
            file = (self.root / ".lock").open("w")
        with file:
            if not lock(file):
                raise InputError(
                    f"out must not be in use, got {self.root}, in which another process is "
                    "running; wait for it, or choose another folder with --out"
                )
            yield


def _stage_of(result: xr.Dataset) -> str:
    """Return the key that a stage must match to be reused: format, version, code, variables."""
    stage = {
        "format": _STAGE_FORMAT,
        "infoscope": version("infoscope"),
        "code": provenance.code_version()[:16],
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


def _same_run(config: Path, settings: RunSettings, resume: bool) -> None:
    if not resume:
        finished = (config.parent / "summary.json").exists()
        advice = "" if finished else "finish that run with --resume, or "
        raise InputError(
            f"out must be a new or empty folder, got {config.parent}, which holds a "
            f"{'finished' if finished else 'begun'} run; {advice}choose another folder with --out"
        )
    found = type(settings).from_toml(config)
    if found != settings:
        different = [
            f"{name} is {getattr(found, name)!r} there and {value!r} now"
            for name, value in vars(settings).items()
            if getattr(found, name) != value
        ]
        raise InputError(
            f"--resume must continue the run in {config.parent} with its own settings, got "
            f"differences from {config.name}: {'; '.join(different)}; give the same options, or "
            "choose another folder with --out"
        )


def _must_be_free(root: Path) -> None:
    """Raise if a folder without a config.toml cannot be used for a run."""
    if root.is_symlink() and not root.exists():
        held, advice = "is a symbolic link that leads nowhere", "remove it, or "
    elif not root.exists() or (root.is_dir() and not _visible(root)):
        return
    elif root.is_dir() and _holds_results(root):
        held, advice = "holds a run without its config.toml", "restore that file, or "
    else:
        held, advice = "holds something else", ""
    raise InputError(
        f"out must be a new or empty folder, got {root}, which {held}; {advice}choose "
        "another folder with --out"
    )


def _must_be_folders(root: Path) -> None:
    """Raise if a file is in the place of a folder of the run, before hours of work."""
    for name in ("recording.zarr", "estimates.zarr", *_SHOWN):
        if (root / name).exists() and not (root / name).is_dir():
            raise InputError(
                f"{root / name} must be a folder of the run, got a file; remove or rename it, "
                "then run the same command with --resume"
            )


def _holds_results(root: Path) -> bool:
    """Return whether a run, or a part of it, has begun to write."""
    names = ("recording.zarr", "estimates.zarr")
    return any(path.name in names for path in (*root.glob("*.zarr"), *root.glob("*/*.zarr")))


def _visible(root: Path) -> list[Path]:
    passing = (".partial-", ".lock")
    return [path for path in root.iterdir() if not path.name.startswith(passing)]
