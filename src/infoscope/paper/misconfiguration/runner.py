"""The misconfiguration study: train every case, classify, judge the signatures."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr
from joblib import Parallel, delayed
from numpy.typing import NDArray

from infoscope._errors import InputError, require
from infoscope._files import write_text
from infoscope._progress import Progress
from infoscope._validate import threads
from infoscope.analysis.written.tables import write_table
from infoscope.paper.misconfiguration.alarms import RULE, alarm_table, earned
from infoscope.paper.misconfiguration.classification import (
    Score,
    confusions,
    gains,
    scores,
    verdict,
)
from infoscope.paper.misconfiguration.confusion_figure import write_confusion_figure
from infoscope.paper.misconfiguration.page import page
from infoscope.paper.misconfiguration.settings import Case, MisconfigurationSettings
from infoscope.paper.misconfiguration.setups import CLASSES, HEALTHY
from infoscope.paper.misconfiguration.training import SHARES, features_of, trial_of
from infoscope.runs.run_folder import RunFolder


@dataclass(frozen=True)
class StudyResults:
    """Results of the study.

    Parameters
    ----------
    table : DataFrame
        One row per training and share: what was drawn, and the features.
    confusions : dict
        (share, feature set) → trainings (seed, label, predicted), labels as in `CLASSES`.
    scores, gains : dict
        (share or None for their mean, feature set) → macro-F1, and what information adds to it.
    alarms : DataFrame
        From `alarm_table`.
    """

    table: pd.DataFrame
    confusions: Mapping[tuple[float, str], NDArray]
    scores: Mapping[tuple[float | None, str], Score]
    gains: Mapping[tuple[float | None, str], Score]
    alarms: pd.DataFrame


def run_study(run: RunFolder, jobs: int = 1, progress: bool = True) -> StudyResults:
    """Run or resume the study in a run folder, and write its page, tables and figure there.

    Parameters
    ----------
    run : RunFolder
        With `MisconfigurationSettings`; finished trainings are not repeated.
    jobs : int
        Processes that train; results do not depend on it.
    progress : bool
        Show progress on standard error.

    Raises
    ------
    InputError
        If the run is another one, or a file cannot be written.
    MissingDependency
        If torch or scikit-learn are not installed.
    """
    settings = run.settings
    if not isinstance(settings, MisconfigurationSettings):
        raise InputError(
            f"run must have MisconfigurationSettings, got {type(settings).__name__}; create it "
            "with these"
        )
    threads(jobs)
    require("sklearn", "the misconfiguration study", "study")
    cases, parts = settings.cases, []
    with Progress(len(cases), "trainings", progress) as bar:
        # Each process writes the stages of its own trainings.
        pool = Parallel(n_jobs=jobs, return_as="generator")
        for part in pool(delayed(_training)(run, case) for case in cases):
            parts.append(part)
            bar.advance()
    table = pd.concat(parts, ignore_index=True)
    counts = confusions(table, progress)
    found = StudyResults(table, counts, scores(counts), gains(counts), alarm_table(table))
    _write(run, found)
    return found


def describe_study(settings: MisconfigurationSettings) -> str:
    """Return the plan of the study, with the time of a training measured on this machine."""
    case = settings.cases[0]
    features_of(case.setup, case.seed, False, settings.updates)  # loads and compiles
    began = time.monotonic()
    features_of(case.setup, case.seed, False, settings.updates)
    seconds, count = time.monotonic() - began, len(settings.cases)
    return "\n".join([
        f"trainings  {count}: {len(CLASSES) - 1} faults and as many healthy twins, of seeds "
        f"{settings.seed} to {settings.seed + settings.seeds - 1}; {settings.updates} updates each",
        f"features   at {', '.join(f'{share:.0%}' for share in SHARES)} of each training",
        f"time       about {count * seconds / 60.0:.0f} minutes for one process, at this machine's "
        "current load, and a few for the classifiers",
        f"size       about {0.05 * count:.0f} MB on disk",
    ])  # fmt: skip


def _training(run: RunFolder, case: Case) -> pd.DataFrame:
    """Return one row for each share, from disk if it was trained before."""
    stage = run.stage(case.name, partial(_features, case, run.settings.updates))
    trial, _ = trial_of(case.setup, case.seed, case.faulty)
    draw = trial.draw
    about = {
        "setup": case.setup, "seed": case.seed, "label": case.setup if case.faulty else HEALTHY,
        "source": type(draw.source).__name__.lower(), "cell": draw.cell, "hidden": draw.hidden,
        "start": draw.start, "optimiser": draw.optimiser, "rate": trial.rate, "clip": trial.clip,
        "seconds": stage.attrs["seconds"],
    }  # fmt: skip
    columns = [str(name) for name in stage["feature"].to_numpy()]
    values = pd.DataFrame(stage["features"].to_numpy(), columns=columns)
    return pd.concat([pd.DataFrame(about | {"share": stage["share"].to_numpy()}), values], axis=1)


def _features(case: Case, updates: int) -> xr.Dataset:
    found = features_of(case.setup, case.seed, case.faulty, updates)
    names = list(found[max(SHARES)])
    return xr.Dataset(
        {
            "features": (
                ("share", "feature"),
                [[of[name] for name in names] for of in found.values()],
            )
        },
        coords={"share": list(found), "feature": names},
    )


def _write(run: RunFolder, found: StudyResults) -> None:
    write_table(run.root / "trainings.csv", found.table)
    write_table(run.root / "diagnoses.csv", found.alarms)
    write_confusion_figure(found.confusions, run.root)
    write_text(run.root / "misconfiguration.md", page(found.scores, found.gains, found.alarms))
    summary = {
        "C39": verdict(found.gains),
        "earned": earned(found.alarms),
        "rule": vars(RULE),
        "classes": list(CLASSES),
        "macro_f1": _by_share(found.scores),
        "gains": _by_share(found.gains),
        "confusions": [
            {"share": share, "features": name, "counts": np.asarray(counts.sum(0)).tolist()}
            for (share, name), counts in found.confusions.items()
        ],
    }
    write_text(run.root / "summary.json", json.dumps(summary, indent=2) + "\n")


def _by_share(found: Mapping[tuple[float | None, str], Score]) -> list[dict[str, object]]:
    return [
        {"share": "mean" if share is None else share, "features": name, **vars(score)}
        for (share, name), score in found.items()
    ]
