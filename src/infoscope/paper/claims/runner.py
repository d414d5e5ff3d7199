"""A resumable study of claims: train all seeds, estimate each, decide."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import xarray as xr

from infoscope._errors import EstimationError, InputError
from infoscope._files import write_text
from infoscope._progress import Progress
from infoscope.analysis.stage import Stage
from infoscope.analysis.written.tables import write_table
from infoscope.paper.claims.evaluation import ClaimVerdict, asked, evaluate
from infoscope.paper.claims.seed_data import SeedData
from infoscope.paper.claims.settings import ClaimSettings
from infoscope.paper.claims.stages.of_seed import stages_of
from infoscope.paper.claims.study import SeedStudy
from infoscope.paper.claims.table import gate_facts, to_json, to_markdown, verdict_table
from infoscope.paper.claims.training import (
    SHUFFLED,
    TRAINED,
    larger_name,
    needed,
    train_gated_seeds,
    train_seeds,
)
from infoscope.runs.run_folder import RunFolder

# Stages that train networks on their own data.
_OTHER_NETWORKS = ("systems", "feedforward", "influence-systems", "influence-feedforward")


@dataclass(frozen=True)
class ClaimResults:
    """Results of a study of claims.

    Parameters
    ----------
    verdicts : dict of str to dict
        Mode → claim → verdict.
    studies : dict of str to list
        Mode → estimates of each seed.
    """

    verdicts: dict[str, dict[str, ClaimVerdict]]
    studies: dict[str, list[SeedStudy]]


def run_claims(run: RunFolder, progress: bool) -> ClaimResults:
    """Run or resume a study of claims in a run folder, and write its verdicts there.

    Parameters
    ----------
    run : RunFolder
        With `ClaimSettings`; finished stages are not recomputed.
    progress : bool
        Show progress on standard error.

    Returns
    -------
    ClaimResults
        Its verdicts are written as claims.md, claims.csv and claims.json.

    Raises
    ------
    InputError
        If the data cannot be read or are too few for training.
    """
    settings = run.settings
    if not isinstance(settings, ClaimSettings):
        raise InputError(
            f"run must have ClaimSettings, got {type(settings).__name__}; create it with these"
        )
    data = SeedData(settings)
    modes = settings.modes
    weights = {mode: _all_weights(run, settings, data, mode, progress) for mode in modes}
    pieces = settings.seeds * sum(len(stages_of(mode, settings, {})) for mode in modes)
    with Progress(pieces, "estimates of all seeds", progress) as bar:
        studies = {
            mode: [
                _study(run, mode, seed, data, weights[mode], bar) for seed in settings.every_seed
            ]
            for mode in modes
        }
    verdicts = {mode: evaluate(found, mode, asked(settings)) for mode, found in studies.items()}
    _write(run, settings, verdicts, gate_facts(studies))
    return ClaimResults(verdicts, studies)


def _all_weights(
    run: RunFolder, settings: ClaimSettings, data: SeedData, mode: str, progress: bool
) -> dict[str, xr.Dataset]:
    """Return the weights of all seeds: trained, with shuffled targets, and of larger networks.

    Of gated units, and of the study of influence, those of the trained networks alone.
    """
    names = (TRAINED, SHUFFLED) if settings.of_the_paper else (TRAINED,)
    kinds = {name: (settings, settings.snapshots(mode), name == SHUFFLED) for name in names}
    for nodes in settings.larger:
        larger = settings.of_size(nodes)
        kept = [larger.epochs] if mode == "published" else larger.snapshots("larger")
        kinds[larger_name(nodes)] = (larger, kept, False)
    return {
        name: run.stage(f"{mode}-{name}", partial(_trained, *kind, data, mode, progress))
        for name, kind in kinds.items()
    }


def _trained(
    settings: ClaimSettings, epochs: list[int], shuffled: bool, data: SeedData, mode: str,
    progress: bool,
) -> xr.Dataset:  # fmt: skip
    of_seed, windows = data.for_training(mode, settings)
    if settings.gated:
        return train_gated_seeds(settings.cell, of_seed, windows, epochs, progress)
    return train_seeds(of_seed, windows, epochs, shuffled, progress)


def _study(
    run: RunFolder,
    mode: str,
    seed: int,
    data: SeedData,
    weights: dict[str, xr.Dataset],
    bar: Progress,
) -> SeedStudy:
    """Return all stages of one seed, from disk if present, with reasons for missing ones."""
    settings = run.settings
    assert isinstance(settings, ClaimSettings)
    of_seed = {kind: of_all.sel(seed=seed) for kind, of_all in weights.items()}
    diverged = {kind for kind, known in of_seed.items() if known["weights"].isnull().any()}
    studies = data.studies(mode, seed, of_seed)
    study = studies[TRAINED]
    parts: dict[str, xr.Dataset] = {}
    missing: dict[str, str] = {}
    for stage in stages_of(mode, settings, studies):
        reason = _reason(stage, settings, diverged, missing)
        try:
            if reason:
                raise EstimationError(reason)
            compute = partial(stage.whole, study, parts)
            parts[stage.name] = run.stage(f"{mode}-{seed:03d}-{stage.name}", compute)
        except EstimationError as error:
            missing[stage.name] = str(error)
        bar.advance()
    return SeedStudy(seed, mode, parts, missing, study)


def _reason(
    stage: Stage, settings: ClaimSettings, diverged: set[str], missing: dict[str, str]
) -> str:
    """Return why a stage cannot be computed; empty if it can."""
    if stage.name in _OTHER_NETWORKS and "published" not in settings.data_set.modes:
        return f"it asks of other networks than those of {settings.data}"
    lost = diverged & set(needed(stage.name, settings))
    if lost:
        of = "" if lost == {TRAINED} else f" ({', '.join(sorted(lost))})"
        return f"training{of} diverged"
    return next((missing[name] for name in stage.needs if name in missing), "")


def _write(
    run: RunFolder,
    settings: ClaimSettings,
    verdicts: dict[str, dict[str, ClaimVerdict]],
    gates: dict[str, Any],
) -> None:
    about = {"seeds": list(settings.every_seed), "epochs": settings.epochs, "data": settings.data,
             "cell": settings.cell, "about": settings.about, "gates": gates}  # fmt: skip
    table = verdict_table(verdicts)
    write_table(run.root / "claims.csv", table)
    words = settings.data_set.words
    said = to_markdown(verdicts, asked(settings), gates=gates, words=words)
    write_text(run.root / "claims.md", said)
    write_text(run.root / "claims.json", to_json(verdicts, about))
