"""A resumable study of claims: train all seeds, estimate each, decide."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import xarray as xr

from infoscope._errors import EstimationError, InputError
from infoscope._files import write_text
from infoscope._progress import Progress
from infoscope.analysis.settings import Settings
from infoscope.analysis.study_data.daily_blocks import DailyBlocks
from infoscope.analysis.study_data.load import load_data
from infoscope.analysis.tables import write_table
from infoscope.paper.claims.evaluation import ClaimVerdict, evaluate
from infoscope.paper.claims.parts.corrected_part import CorrectedSeed
from infoscope.paper.claims.parts.published_part import PublishedSeed
from infoscope.paper.claims.parts.training import (
    SHUFFLED,
    TRAINED,
    larger_name,
    needed,
    train_seeds,
)
from infoscope.paper.claims.settings import ClaimSettings
from infoscope.paper.claims.study import SeedStudy
from infoscope.paper.claims.table import gate_facts, to_json, to_markdown, verdict_table
from infoscope.runs.run_folder import RunFolder
from infoscope.weather import Windows

KINDS: dict[str, type[PublishedSeed] | type[CorrectedSeed]] = {
    "published": PublishedSeed,
    "corrected": CorrectedSeed,
}
# Parts that train networks on their own data.
_OTHER_NETWORKS = ("systems", "feedforward")


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
        With `ClaimSettings`; finished parts are not recomputed.
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
    pieces = settings.seeds * sum(len(KINDS[mode].parts) for mode in modes)
    with Progress(pieces, "estimates of all seeds", progress) as bar:
        studies = {
            mode: [
                _study(run, mode, seed, data, weights[mode], bar) for seed in settings.every_seed
            ]
            for mode in modes
        }
    verdicts = {mode: evaluate(found, mode) for mode, found in studies.items()}
    _write(run, settings, verdicts, gate_facts(studies))
    return ClaimResults(verdicts, studies)


class SeedData:
    """The data of all seeds: published windows of each, and its corrected days or trials.

    Parameters
    ----------
    settings : ClaimSettings
        Settings of the data.
    """

    def __init__(self, settings: ClaimSettings) -> None:
        self._settings = settings
        seeds = settings.every_seed
        published = seeds if "published" in settings.modes else ()
        self.windows = {s: load_data(settings.published_of(s)).windows for s in published}
        self.blocks: dict[int, DailyBlocks] = {}
        for seed in seeds:
            blocks = load_data(settings.corrected_of(seed))
            assert isinstance(blocks, DailyBlocks)
            self.blocks[seed] = blocks

    def of_mode(
        self, mode: str, settings: ClaimSettings | None = None
    ) -> tuple[list[Settings], list[Windows]]:
        """Return settings and windows of each seed; by default for networks of the usual size."""
        settings = settings or self._settings
        seeds = settings.every_seed
        if mode == "published":
            return [settings.published_of(s) for s in seeds], [self.windows[s] for s in seeds]
        return [settings.corrected_of(s) for s in seeds], [self.blocks[s].windows for s in seeds]


def _all_weights(
    run: RunFolder, settings: ClaimSettings, data: SeedData, mode: str, progress: bool
) -> dict[str, xr.Dataset]:
    """Return the weights of all seeds: trained, with shuffled targets, and of larger networks."""
    kinds = {name: (settings, settings.snapshots(mode), name == SHUFFLED)
             for name in (TRAINED, SHUFFLED)}  # fmt: skip
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
    return train_seeds(*data.of_mode(mode, settings), epochs, shuffled, progress)


def _study(
    run: RunFolder,
    mode: str,
    seed: int,
    data: SeedData,
    weights: dict[str, xr.Dataset],
    bar: Progress,
) -> SeedStudy:
    """Return all parts of one seed, from disk if present, with reasons for missing ones."""
    settings = run.settings
    assert isinstance(settings, ClaimSettings)
    of_seed = {name: of_all.sel(seed=seed) for name, of_all in weights.items()}
    kind = KINDS[mode]
    source: Any = data.windows[seed] if mode == "published" else data.blocks[seed]
    diverged = {name for name, known in of_seed.items() if known["weights"].isnull().any()}
    pieces = kind(settings, seed, source, of_seed)
    parts, missing = {}, {}
    for name in kind.parts:
        if name in _OTHER_NETWORKS and "published" not in settings.modes:
            missing[name] = f"it asks of other networks than those of {settings.data}"
            bar.advance()
            continue
        lost = diverged & set(needed(name, settings))
        if lost:
            of = "" if lost == {TRAINED} else f" ({', '.join(sorted(lost))})"
            missing[name] = f"training{of} diverged"
            bar.advance()
            continue
        try:
            parts[name] = run.stage(f"{mode}-{seed:03d}-{name}", getattr(pieces, name))
        except EstimationError as error:
            missing[name] = str(error)
        bar.advance()
    return SeedStudy(seed, mode, parts, missing)


def _write(
    run: RunFolder,
    settings: ClaimSettings,
    verdicts: dict[str, dict[str, ClaimVerdict]],
    gates: dict[str, Any],
) -> None:
    about = {"seeds": list(settings.every_seed), "epochs": settings.epochs, "data": settings.data,
             "gates": gates}  # fmt: skip
    table = verdict_table(verdicts)
    write_table(run.root / "claims.csv", table)
    write_text(run.root / "claims.md", to_markdown(verdicts, gates=gates))
    write_text(run.root / "claims.json", to_json(verdicts, about))
