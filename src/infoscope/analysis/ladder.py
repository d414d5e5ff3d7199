"""The ladder: from the published to the corrected analysis, one repair after another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from types import MappingProxyType
from typing import Any

import pandas as pd
import xarray as xr

from infoscope.analysis.flaws import FLAWS, REPAIRS
from infoscope.analysis.pipeline import STAGES, analyse
from infoscope.analysis.results import Results
from infoscope.analysis.settings import Settings
from infoscope.analysis.stage import Stage
from infoscope.analysis.stages.flow import NULLS
from infoscope.analysis.study import Study
from infoscope.analysis.study_data.load import load_data
from infoscope.graphs.graph import degree_correlation
from infoscope.graphs.ranking import class_order
from infoscope.runs.run_folder import RunFolder

# Repair → the stages that it changes on the same recording; all others are bit-identical. A repair
# not listed here changes everything, training included.
CHANGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "true_targets": ("nodes", "curves-*", "indicators-*", "planes-*"),
        "free_of_scale": ("flow", "reference", "nodes", "indicators-*", "planes-*", "null-*"),
        "gaussian_complexity": ("indicators-*", "planes-*"),
        "structural_edges": ("null-*",),
        "significant_edges": ("flow", "reference", "null-*"),
        "bounded_normalisation": (),
        "whole_gradient": ("gradients",),
        "exact_ranks": (),
    }
)
_ENDS = ("curves", "indicators", "planes")
_FOLLOWED = ("flow", "reference", "nodes", *_ENDS, *[f"null-{name}" for name in NULLS])


@dataclass(frozen=True)
class Step:
    """One step of the ladder: settings and the added repairs.

    Parameters
    ----------
    name : str
        "published", or the added repairs.
    flaw : int
        Number of the repaired flaw; 0 for the published analysis.
    added : tuple of str
        Names of the repairs.
    settings : Settings
        Of the analysis.
    """

    name: str
    flaw: int
    added: tuple[str, ...]
    settings: Settings


def steps_of(published: Settings) -> list[Step]:
    """Return the steps from the published settings to all repairs, in order of the flaws."""
    steps = [Step("published", 0, (), published)]
    for flaw in range(1, len(FLAWS) + 1):
        added = tuple(name for name, (number, _) in REPAIRS.items() if number == flaw)
        left = [name for name, (number, _) in REPAIRS.items() if number > flaw]
        steps.append(Step(", ".join(added), flaw, added, published.corrected(keep=left)))
    return steps


def run_ladder(run: RunFolder[Settings], progress: bool) -> pd.DataFrame:
    """Run, or resume, every step of the ladder in subfolders of a run.

    Networks are trained once for each kind of data. Planes use the first and last snapshot.

    Parameters
    ----------
    run : RunFolder
        With the published settings.
    progress : bool
        Show progress on standard error.

    Returns
    -------
    DataFrame
        One row per step: flaw, repairs, edges, and statistics of graph and training.

    Raises
    ------
    InputError, EstimationError
        If the data cannot be used for training or estimation, with the remedy.
    """
    rows: list[dict[str, Any]] = []
    trained, done = run, dict[str, xr.Dataset]()
    for number, step in enumerate(steps_of(run.settings)):
        within = run.part(f"ladder-{number:02d}", step.settings)
        data = load_data(step.settings)
        anew = [pattern for name in step.added for pattern in CHANGES.get(name, ("*",))]
        if "*" in anew:
            trained = within
        study = Study(step.settings, data.record(trained, progress), data)
        results = analyse(study, STEP_STAGES, _keeping(within, done, anew), progress)
        rows.append({"flaw": step.flaw, "repairs": step.name, **row_of(results)})
    return pd.DataFrame(rows)


def _keeping(
    run: RunFolder[Settings], done: dict[str, xr.Dataset], anew: list[str]
) -> Callable[[str, Callable[[], xr.Dataset]], xr.Dataset]:
    """Return a function that reuses unchanged stages of the previous step."""

    def keep(name: str, compute: Callable[[], xr.Dataset]) -> xr.Dataset:
        if name not in done or any(fnmatch(name, pattern) for pattern in anew):
            done[name] = run.stage(name, compute)
        return done[name]

    return keep


def _ends(study: Study) -> list[int]:
    return [study.recording.epochs[0], study.epoch]


STEP_STAGES: tuple[Stage, ...] = tuple(
    replace(stage, epochs=_ends) if stage.name in _ENDS else stage
    for stage in STAGES
    if stage.name in _FOLLOWED
)


def row_of(results: Results) -> dict[str, Any]:
    """Return the numbers that compare steps."""
    graph, planes = results.graphs[results.main], results.planes
    test = results.forecast[results.forecast["split"] == "test"].set_index("model")
    row = {
        "graph": results.main,
        "edges": graph.number_of_edges(),
        "degree_correlation": degree_correlation(graph),
        "kendall_tau": class_order(results.rankings[results.main])["kendall_tau"],
        "plane_correlation": results.nodes.correlation("hidden"),
    }
    for name in ("hidden_input_information", "hidden_target_information", "tse_complexity"):
        row |= {f"{name}_{end}": float(planes[name][at]) for end, at in _FIRST_AND_LAST}
    error = results.curves["error"].sel(part="held-out")
    row |= {f"error_{end}": float(error[at]) for end, at in _FIRST_AND_LAST}
    targets = list(results.windows.target_names)
    return row | {"test_error": float(test.loc["network", targets].to_numpy(float).mean())}


_FIRST_AND_LAST = (("first", 0), ("last", -1))
