"""The data of all seeds, and the study of each of their networks."""

from collections.abc import Mapping
from dataclasses import replace

import xarray as xr

from infoscope.analysis.settings import Settings
from infoscope.analysis.study import Study
from infoscope.analysis.study_data.load import load_data
from infoscope.paper.claims.settings import ClaimSettings
from infoscope.paper.claims.training import (
    gated_snapshots,
    larger_name,
    nodes_of,
    snapshots_of,
)
from infoscope.weather import Windows


class SeedData:
    """The data of all seeds: published windows of each, and its corrected days or trials.

    Parameters
    ----------
    settings : ClaimSettings
        Settings of the data.
    """

    def __init__(self, settings: ClaimSettings) -> None:
        self._settings = settings
        self.of = {
            mode: {seed: load_data(settings.of_seed(mode, seed)) for seed in settings.every_seed}
            for mode in settings.modes
        }

    def for_training(
        self, mode: str, settings: ClaimSettings
    ) -> tuple[list[Settings], list[Windows]]:
        """Return settings and windows of each seed, for networks of the size in the settings."""
        seeds = settings.every_seed
        return (
            [settings.of_seed(mode, seed) for seed in seeds],
            [self.of[mode][seed].windows for seed in seeds],
        )

    def studies(self, mode: str, seed: int, weights: Mapping[str, xr.Dataset]) -> dict[str, Study]:
        """Return the study of each network of a seed, from the weights of each kind of training."""
        settings = {larger_name(n): self._settings.of_size(n) for n in self._settings.larger}
        return {
            kind: self._study(mode, seed, known, settings.get(kind, self._settings))
            for kind, known in weights.items()
        }

    def _study(self, mode: str, seed: int, known: xr.Dataset, settings: ClaimSettings) -> Study:
        of_seed = settings.of_seed(mode, seed)
        data = replace(self.of[mode][seed], settings=of_seed)
        nodes = nodes_of(of_seed, data.windows)
        if settings.gated:
            snapshots = gated_snapshots(known, settings.cell, nodes)
        else:
            snapshots = snapshots_of(known, nodes)
        return Study(of_seed, data.replayed(snapshots), data)
