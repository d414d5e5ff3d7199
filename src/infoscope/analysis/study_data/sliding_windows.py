"""Data as published: windows that slide by a day, test windows drawn at random."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import xarray as xr

from infoscope import networks
from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.analysis.fitted import gates_of
from infoscope.analysis.settings import Settings
from infoscope.analysis.study_data.training import (
    check_names,
    fixed_part,
    node_names,
    record_training,
)
from infoscope.networks.of_snapshot import Weights
from infoscope.recordings.blocks import activation_dataset
from infoscope.recordings.recording import Recording
from infoscope.recordings.snapshots import Changed, Rerun
from infoscope.recordings.weights import RecurrentWeights
from infoscope.runs.run_folder import RunFolder
from infoscope.surrogates.networks import Run, activations_in_place_of
from infoscope.weather import Windows, forecast_errors


@dataclass(frozen=True, eq=False)
class SlidingWindows:
    """The published data of one season.

    Parameters
    ----------
    settings : Settings
        Settings of the windows.
    windows : Windows
        All windows.
    """

    settings: Settings
    windows: Windows

    @classmethod
    def of(cls, settings: Settings) -> "SlidingWindows":
        """Cut the data set of the settings.

        Raises
        ------
        InputError
            If it cannot be read, or too few windows remain for the estimates.
        """
        windows = settings.data_set.windows(settings)
        n_train = int((~windows.is_test).sum())
        rows = min(n_train * (settings.window_length - 3), settings.plane_rows)
        if settings.k >= rows:
            raise InputError(
                f"k must be below the number of rows of the estimates, got k = "
                f"{settings.k} and {rows} rows from {n_train} training windows; lower k or use "
                "more days"
            )
        check_names(windows, settings)
        return cls(settings, windows)

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on the windows."""
        return self.windows.notes

    def record(self, run: RunFolder[Settings], progress: bool) -> Recording:
        """Train the network and record the training windows in every snapshot."""
        return record_training(run, self.windows, progress)

    def parts(self, recording: Recording) -> dict[str, Recording]:
        """Return the training windows, and the test windows run with each snapshot's weights."""
        again = self._run_again("test")
        held_out = Recording(
            fixed_part(self.windows, "test"), recording.epochs, Changed(recording.read, again)
        )
        return {"train": recording, "held-out": held_out}

    def replayed(self, snapshots: Mapping[int, xr.Dataset]) -> Recording:
        """Return the recording of known weights, run over the training windows."""
        read = Rerun(snapshots, self._run_again("train"))
        return Recording(fixed_part(self.windows, "train"), tuple(snapshots), read)

    def _run_again(self, part: str) -> "_RunAgain":
        names = node_names(self.settings, self.windows.target_names)
        return _RunAgain(self.windows.split(part)[0], names)

    def analysed(self, recording: Recording) -> Recording:
        """Return the training windows, which the paper analyses."""
        return recording

    def forecast(
        self, network: "networks.FullyRecurrent", last: "networks.FullyRecurrent | None"
    ) -> pd.DataFrame:
        """Return the errors on training and test windows."""
        return forecast_errors(self.windows, {"network": network_outputs(network, self.windows)})

    def gates(self, weights: Weights) -> dict[str, Any]:
        """Return whether the network beats its baselines on the test windows."""
        return gates_of(weights, self.windows, self.settings)

    def replay(self, analysed: Recording) -> Run:
        """Return a function that runs other weights over the training windows."""
        inputs, put = self.windows.split("train")[0], activations_in_place_of(analysed)

        def run(weights: Mapping[str, Floats]) -> Recording:
            return put(*RecurrentWeights.of(weights).run(inputs))

        return run

    def facts(self, analysed: Recording) -> Mapping[str, Any]:
        """Return number of windows, constant columns, filled values and notes."""
        return {
            "windows_train": int((~self.windows.is_test).sum()),
            "windows_test": int(self.windows.is_test.sum()),
            "constant_columns": list(self.windows.constant),
            "filled_values": dict(self.windows.filled),
            "notes": list(self.windows.notes),
        }


@dataclass(frozen=True, eq=False)
class _RunAgain:
    """Recompute the activations of a snapshot on other inputs."""

    inputs: Floats
    names: Mapping[str, list[str]]

    def __call__(self, snapshot: xr.Dataset) -> xr.Dataset:
        hidden, outputs = RecurrentWeights.in_snapshot(snapshot).run(self.inputs)
        return activation_dataset(hidden, outputs, dict(self.names))


def network_outputs(network: "networks.FullyRecurrent", windows: Windows) -> Floats:
    """Return the outputs of a network for all windows."""
    import torch

    with torch.no_grad():
        return network(torch.as_tensor(windows.inputs))[1].numpy()
