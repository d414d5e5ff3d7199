"""Provenance of a run: versions and source of the code, machine, data and starts."""

import ast
import hashlib
import json
import os
import platform
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from infoscope._errors import InputError
from infoscope._files import write_text
from infoscope.runs.settings import RunSettings

# Modules that only show results and change no computed number.
_SHOWING = ("figures", "plots", "report", "cli.py", "_terminal.py", "_escaping.py", "__main__.py")
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
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
    "torch",
)


def note_start(path: Path, command: list[str], settings: RunSettings, data_hash: str) -> list[str]:
    """Add a start to the provenance of a run.

    Parameters
    ----------
    path : Path
        Provenance file, created if missing.
    command : list of str
        Command line.
    settings : RunSettings
        Settings of the run.
    data_hash : str
        SHA-256 of the data.

    Returns
    -------
    list of str
        Differences from earlier starts of the run: versions, or the source of infoscope.

    Raises
    ------
    InputError
        If an earlier start had other data, or the file is damaged.
    """
    provenance = _read(path) if path.exists() else _of_first(settings, data_hash)
    if provenance["data_sha256"] != data_hash:
        raise InputError(
            "--resume must continue with the data that the run began with, got "
            f"{data_hash[:12]} as the hash of {settings.data} instead of "
            f"{provenance['data_sha256'][:12]}; "
            "restore the file, or start again in another folder with --out"
        )
    start = {"command": command, "start": _now(), "end": None} | _software()
    changes = _changes(provenance, start)
    provenance["starts"].append(start)
    _write(path, provenance)
    return changes


def note_end(path: Path) -> None:
    """Mark the latest start as finished."""
    provenance = _read(path)
    provenance["starts"][-1]["end"] = _now()
    _write(path, provenance)


def _software() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _PACKAGES},
        "source_sha256": _source_hash(),
    }


@cache
def _source_hash() -> str:
    """Return a hash of all modules: edits of the code do not change the version."""
    found = hashlib.sha256()
    root = Path(str(files("infoscope")))
    for path in sorted(root.rglob("*.py")):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


@cache
def code_version() -> str:
    """Return a hash of all modules except those that only show results.

    Comments, docstrings and layout do not count, so that results stay valid when only these change.
    """
    found = hashlib.sha256(platform.python_version_tuple()[1].encode())
    root = Path(str(files("infoscope")))
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        if place.parts[0] in _SHOWING:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        found.update(place.as_posix().encode() + b"\0" + ast.dump(tree).encode())
    return found.hexdigest()


def _changes(provenance: dict[str, Any], start: dict[str, Any]) -> list[str]:
    """Return the differences of a start from earlier ones, a few words each."""
    # Old files have only the versions of the first start, which hold for all.
    earlier = [provenance | each for each in provenance["starts"]]
    now = _flat(start)
    changes = []
    for name, value in now.items():
        before = dict.fromkeys(str(_flat(each).get(name, value)) for each in earlier)
        others = [each for each in before if each != value]
        if others and name != "source of infoscope":
            changes.append(f"{name} {value} instead of {' and '.join(others)}")
        elif others:
            changes.append("an edited source of infoscope")
    return changes


def _flat(start: dict[str, Any]) -> dict[str, str]:
    found = {"python": start.get("python"), **start.get("versions", {})}
    found["source of infoscope"] = start.get("source_sha256")
    return {name: value for name, value in found.items() if value is not None}


def _of_first(settings: RunSettings, data_hash: str) -> dict[str, Any]:
    return _software() | {
        "seed": settings.seed,
        "hardware": {
            "machine": platform.machine(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": platform.platform(),
        },
        "starts": [],
        "data_sha256": data_hash,
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        starts, data_hash = found["starts"], found["data_sha256"]
        if not isinstance(starts, list) or not all(isinstance(each, dict) for each in starts):
            raise ValueError("starts is no list of starts")
        if not isinstance(data_hash, str):
            raise ValueError("data_sha256 is no text")
        if not all(isinstance(each.get("versions", {}), dict) for each in (found, *starts)):
            raise ValueError("versions is no table")
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"{path} must hold the provenance that the run wrote, got something else "
            f"({type(error).__name__}: {error}); restore it, or start again in another folder with "
            "--out"
        ) from error
    return found


def _write(path: Path, provenance: dict[str, Any]) -> None:
    write_text(path, json.dumps(provenance, indent=2) + "\n")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
