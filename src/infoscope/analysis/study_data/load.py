"""Load the data of a study: its data set, split by the settings."""

from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd
import xarray as xr

from infoscope import networks
from infoscope.analysis.settings import Settings
from infoscope.analysis.study_data.daily_blocks import DailyBlocks
from infoscope.analysis.study_data.sliding_windows import SlidingWindows
from infoscope.networks.of_snapshot import Weights
from infoscope.recordings.recording import Recording
from infoscope.runs.run_folder import RunFolder, sha256
from infoscope.runs.settings import KnowsData
from infoscope.surrogates.networks import Run
from infoscope.weather import Windows


class StudyData(Protocol):
    """Interface of study data: training, and running a network over them."""

    @property
    def settings(self) -> Settings:
        """Settings of the data and of the training."""
        ...

    @property
    def windows(self) -> Windows:
        """Windows; the network is trained on all except test windows."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on the data, one sentence each."""
        ...

    def record(self, run: RunFolder[Settings], progress: bool) -> Recording:
        """Train and record the network, or resume an earlier start."""
        ...

    def replayed(self, snapshots: Mapping[int, xr.Dataset]) -> Recording:
        """Return the recording of weights known at some epochs (``parameter_<name>``)."""
        ...

    def parts(self, recording: Recording) -> dict[str, Recording]:
        """Return the rows by part: "train", "validation" if present, and "held-out"."""
        ...

    def analysed(self, recording: Recording) -> Recording:
        """Return the rows used for flow and nodes."""
        ...

    def forecast(
        self, network: "networks.FullyRecurrent", last: "networks.FullyRecurrent | None"
    ) -> pd.DataFrame:
        """Return the errors of a network, of its last epoch if given, and of baselines."""
        ...

    def gates(self, weights: Weights) -> dict[str, Any]:
        """Return whether the network does its task and needs recurrence."""
        ...

    def replay(self, analysed: Recording) -> Run:
        """Return a function that records other weights on the analysed rows."""
        ...

    def facts(self, analysed: Recording) -> Mapping[str, Any]:
        """Return plain facts for a summary."""
        ...


def load_data(settings: Settings) -> SlidingWindows | DailyBlocks:
    """Return the data of a run, checked against its settings.

    Raises
    ------
    InputError
        If the data cannot be read, or leave too few rows for the estimates.
    """
    if settings.in_blocks:
        return DailyBlocks.of(settings)
    return SlidingWindows.of(settings)


def data_hash(settings: KnowsData) -> str:
    """Return the SHA-256 of the whole data set of the settings.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    return sha256(settings.content())
