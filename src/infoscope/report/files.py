"""Reports of run folders: rebuilt from what a run has on disk."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infoscope._errors import InputError
from infoscope._files import write_text
from infoscope._terminal import as_typed, say
from infoscope.analysis.recording_settings import RecordingSettings
from infoscope.analysis.results import Results
from infoscope.analysis.settings import Settings
from infoscope.analysis.stored import stored_analysis, stored_replication
from infoscope.monitor.watching.kept import METADATA
from infoscope.report.document import Document
from infoscope.report.documents import (
    claims_document,
    ladder_document,
    pictures_of,
    recording_document,
    replication_document,
)
from infoscope.report.page import render
from infoscope.report.paper_parts import (
    claims_in,
    claims_pictures,
    ladder_in,
    ladder_pictures,
    paper_parts,
)

NAME = "report.html"
_OVERVIEW = {"published-and-corrected": "Published (left) and corrected (right)."}


def write_report(document: Document, path: Path) -> Path:
    """Write the page of a document, whole or not at all, and return its path.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    write_text(path, render(document))
    return path


def write_results(results: Results, path: Path) -> Path:
    """Write the page of results in memory, and return its path.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    if results.study.data is None:
        return write_report(recording_document(results), path)
    name = "corrected" if results.settings.repairs else "published"
    return write_report(replication_document({name: results}), path)


def run_report(root: Path, out: Path | None) -> None:
    """Rebuild the report of a run from its folder.

    Raises
    ------
    InputError
        As `report_of_run`.
    """
    path = write_report(report_of_run(root), out or root / NAME)
    say(f"{path} shows the results")


def write_watch(root: Path, path: Path | None = None) -> Path:
    """Write the page of a watched training from the folder of its store, and return its path.

    Raises
    ------
    InputError
        As `report_of_run`, or if it cannot be written.
    """
    return write_report(report_of_run(root), path or root / NAME)


def report_of_run(root: Path) -> Document:
    """Return the document of a run folder as it stands; it says which stages are missing.

    Parameters
    ----------
    root : Path
        Folder of `infoscope replicate`, ``analyze`` or ``claims``, or store of a `watch`.

    Raises
    ------
    InputError
        If the folder is no run, or lacks what every report needs.
    """
    if (root / METADATA).exists():
        # Imported here: other runs are read without torch.
        from infoscope.report.watching import watch_document

        return watch_document(root)
    config = root / "config.toml"
    about: dict[str, Any] = {"provenance": provenance_of(root), "rerun": command_of(root)}
    if (claims := claims_in(root)) is not None:
        return claims_document(claims, pictures=claims_pictures(root), **about)
    if not config.exists():
        raise InputError(
            f"run must be a folder of infoscope replicate, analyze or claims, or of isc.watch, got "
            f"{root}, which has no config.toml; name such a folder"
        )
    kind = _settings_in(config)
    if kind is RecordingSettings:
        results, missing = stored_analysis(root, RecordingSettings.from_toml(config))
        return recording_document(results, missing=missing, **about)
    found: dict[str, Results] = {}
    missing = []
    corrected = root / "corrected" / "config.toml"
    replicated = (root / "estimates.zarr").exists() or corrected.exists()
    if not replicated and (ladder := ladder_in(root)) is not None:
        return ladder_document(ladder, pictures=ladder_pictures(root), **about)
    if (root / "recording.zarr").exists():
        found["published"], lacking = stored_replication(root, Settings.from_toml(config))
        missing += lacking
    if corrected.exists():
        settings = Settings.from_toml(corrected)
        found["corrected"], lacking = stored_replication(corrected.parent, settings)
        missing += lacking
    if not found:
        raise InputError(
            f"run must have a recording, got {root} without one; finish it with --resume"
        )
    return replication_of(root, found, missing)


def replication_of(root: Path, results: Mapping[str, Results], missing: list[str]) -> Document:
    """Return the document of a replication with ladder, claims and pictures of its folder."""
    command = command_of(root)
    parts = paper_parts(root, Settings.from_toml(root / "config.toml"), command)
    return replication_document(
        results,
        pictures=[*pictures_of(root / "figures", _OVERVIEW), *parts.pictures],
        ladder=parts.ladder,
        claims=parts.claims,
        absent=parts.absent,
        provenance=provenance_of(root),
        rerun=command,
        missing=missing,
    )


def provenance_of(root: Path) -> dict[str, Any]:
    """Return versions, machine, data and times of a run; empty if the folder has none."""
    found = _provenance(root)
    if not found:
        return {}
    last = found["starts"][-1] if found.get("starts") else {}
    versions = last.get("versions", found.get("versions", {}))
    return {
        "data (SHA-256)": found.get("data_sha256", ""),
        "seed": found.get("seed", ""),
        "started": last.get("start", ""),
        "ended": last.get("end") or "not yet",
        "Python": last.get("python", ""),
        "versions": ", ".join(f"{name} {number}" for name, number in versions.items()),
        "source (SHA-256)": str(last.get("source_sha256", ""))[:16],
        "machine": ", ".join(str(v) for v in found.get("hardware", {}).values()),
    }


def command_of(root: Path) -> str:
    """Return the command line of the first start of a run; empty if unknown."""
    starts = _provenance(root).get("starts", [])
    if not starts or not starts[0].get("command"):
        return ""
    program, *words = starts[0]["command"]
    if not words:  # from the library
        return ""
    return as_typed(program, [word for word in words if word != "--resume"])


def _provenance(root: Path) -> dict[str, Any]:
    try:
        found = json.loads((root / "provenance.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(
            f"{root / 'provenance.json'} must hold the provenance that the run wrote, got "
            f"something else ({error}); restore or remove it"
        ) from error
    return found if isinstance(found, dict) else {}


def _settings_in(config: Path) -> type[Settings] | type[RecordingSettings]:
    """Return the class of the settings in a file, by what only one of them has."""
    try:
        table = tomllib.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{config} must hold the settings of a run, got something else ({error}); restore it"
        ) from error
    return Settings if "hidden_nodes" in table else RecordingSettings
