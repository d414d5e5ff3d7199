"""Ladder and claims of a replication: from its folder, else the command that adds them."""

import shlex
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from infoscope.analysis.data_sets.catalogue import DATA_SETS, TASKS
from infoscope.analysis.settings import Settings
from infoscope.report.document import Absent, Picture
from infoscope.report.documents import pictures_of

# Options of a replication that its ladder does not have.
_NOT_OF_LADDER = ("--mode", "--keep-flaws", "--out")
_LADDER = {"ladder": "One repair a row, from the published analysis to the corrected one."}
_CLAIMS = {
    "claims-graphs": "Claims about graphs: values of all seeds, and the rule.",
    "claims-training": "Claims about training: values of all seeds, and the rule.",
    "claims-curves": "Learning curves: median and quantiles over networks.",
}


@dataclass(frozen=True, eq=False)
class PaperParts:
    """Ladder and claims of a folder.

    Parameters
    ----------
    ladder, claims : DataFrame or None
        Their tables.
    pictures : tuple of Picture
        Their figures.
    absent : tuple of Absent
        What the folder lacks.
    """

    ladder: pd.DataFrame | None = None
    claims: pd.DataFrame | None = None
    pictures: tuple[Picture, ...] = ()
    absent: tuple[Absent, ...] = ()


def paper_parts(root: Path, settings: Settings, command: str) -> PaperParts:
    """Return ladder and claims of the folder of a replication.

    Parameters
    ----------
    root : Path
        Folder of the run. A ladder in the same folder, and claims in its subfolder ``claims``,
        belong to it.
    settings : Settings
        Of the run.
    command : str
        Command line of the run; empty if unknown.
    """
    ladder, claims = ladder_in(root), claims_in(root / "claims")
    absent, kept = [], _kept(command)
    program = kept[: kept.index("replicate")] if "replicate" in kept else ["infoscope"]
    if claims is None and settings.data in DATA_SETS:
        task = ["--task", settings.data] if settings.data in TASKS else []
        words = [*program, "claims", *task, "--out", str(root / "claims")]
        text = "The claims of the paper were not tested on many networks. To add their verdicts:"
        again = shlex.join([*program, "report", str(root)])
        absent.append(Absent(text, f"{shlex.join(words)} && {again}"))
    if ladder is None and "published" in settings.data_set.modes:
        words = [*kept, "--mode", "ladder", "--out", str(root), "--resume"]
        text = "The effect of each single repair was not computed. To add the ladder of repairs:"
        absent.append(Absent(text, shlex.join(words)))
    pictures = [*ladder_pictures(root), *claims_pictures(root / "claims")]
    return PaperParts(ladder, claims, tuple(pictures), tuple(absent))


def ladder_in(root: Path) -> pd.DataFrame | None:
    """Return the ladder that a run wrote, as text with headings; None if there is none."""
    path = root / "figures" / "ladder.csv"
    if not path.exists():
        return None
    # Imported here: only a page with a ladder needs matplotlib.
    from infoscope.figures.ladder import cells

    return cells(pd.read_csv(path))


def claims_in(root: Path) -> pd.DataFrame | None:
    """Return the verdicts that a study wrote; None if there are none."""
    path = root / "claims.csv"
    return pd.read_csv(path) if path.exists() else None


def ladder_pictures(root: Path) -> tuple[Picture, ...]:
    """Return the figure of the ladder, if there is one."""
    return pictures_of(root / "figures", _LADDER)


def claims_pictures(root: Path) -> tuple[Picture, ...]:
    """Return the figures of a study of claims that exist."""
    return pictures_of(root, _CLAIMS)


def _kept(command: str) -> list[str]:
    """Return the words of a replication's command that its ladder has too."""
    kept, words = [], iter(shlex.split(command))
    for word in words:
        name, equals, _ = word.partition("=")
        if name in _NOT_OF_LADDER:
            if not equals:
                next(words, None)
        else:
            kept.append(word)
    return kept or ["infoscope", "replicate"]
