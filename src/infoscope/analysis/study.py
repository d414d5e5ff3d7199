"""The object of an analysis: a recording with its data, if known, and settings."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from infoscope import networks
from infoscope._errors import InputError
from infoscope.analysis.estimators import flow_estimator
from infoscope.analysis.fitted import analysed_epoch, until
from infoscope.analysis.settings import Settings
from infoscope.analysis.study_data.load import StudyData
from infoscope.analysis.switches import FLOW, INSTANTANEOUS, AnalysisSettings
from infoscope.estimators.protocols import MutualInformation
from infoscope.flow.groups import between_groups, members_of, table_of_groups
from infoscope.flow.paired_rows import PairedRows
from infoscope.networks.of_snapshot import Weights, weights_in
from infoscope.recordings.recording import Recording
from infoscope.recordings.weights import RecurrentWeights
from infoscope.surrogates import ChosenNull, LagSwap, chosen_nulls


@dataclass(frozen=True, eq=False)
class Study:
    """One network or recording with the settings of its analysis.

    Parameters
    ----------
    settings : AnalysisSettings
        The switches.
    recording : Recording
        All rows in every snapshot.
    data : StudyData or None
        Training data; None for a recording of unknown origin, of which every row is analysed.
    chosen : int or None
        The analysed snapshot if it is known, as in a run on disk: to choose it reads them all.
    """

    settings: AnalysisSettings
    recording: Recording
    data: StudyData | None = None
    chosen: int | None = None

    @cached_property
    def parts(self) -> dict[str, Recording]:
        """The rows by part: "train", "validation" if present, and "held-out"."""
        if self.data is None:
            return {"train": self.recording, "held-out": self.recording}
        return self.data.parts(self.recording)

    @cached_property
    def rows(self) -> Recording:
        """The analysed rows, in every snapshot."""
        return self.recording if self.data is None else self.data.analysed(self.recording)

    @cached_property
    def epoch(self) -> int:
        """The analysed snapshot: by early stopping, or the last."""
        if self.chosen in self.recording.epochs:
            return self.chosen
        if self.settings.fitted_network and "validation" in self.parts:
            return analysed_epoch(self.parts["validation"], self.settings.patience)
        return self.recording.epochs[-1]

    @cached_property
    def analysed(self) -> Recording:
        """The same rows, up to the analysed snapshot."""
        return until(self.rows, self.epoch)

    @cached_property
    def pairs(self) -> PairedRows:
        """The rows that the flow compares."""
        settings = self.settings
        return PairedRows.of(
            self.analysed, lag=settings.lag, aligned=settings.aligned, epoch=self.epoch
        )

    @cached_property
    def _members(self) -> dict[str, list[int]] | None:
        groups = self.settings.groups
        return members_of(self.analysed, self.pairs.nodes, groups) if groups else None

    @cached_property
    def nodes(self) -> pd.DataFrame:
        """The nodes of the flow, or the groups that are its nodes, with role and layer."""
        nodes = self.pairs.nodes
        return nodes if self._members is None else table_of_groups(nodes, self._members)

    @property
    def estimator(self) -> MutualInformation:
        """The estimator of the flow."""
        chosen = flow_estimator(self.settings)
        return chosen if self._members is None else between_groups(self._members, chosen)

    @property
    def statistic(self) -> str:
        """The term of the flow that surrogates test: the whole flow, or "instantaneous"."""
        measure = self.settings.measure
        return measure if measure == INSTANTANEOUS else FLOW

    @cached_property
    def nulls(self) -> list[ChosenNull]:
        """The nulls that an edge must pass, in the order of the settings."""
        layout, table = self.pairs.layout, self.pairs.table
        asked = self.settings.nulls
        nulls = [chosen for null in asked for chosen in chosen_nulls(null, layout, table)]
        if self.statistic == INSTANTANEOUS:  # it has no direction
            return [chosen for chosen in nulls if not isinstance(chosen.null, LagSwap)] or nulls
        return nulls

    @property
    def replication(self) -> Settings:
        """The settings of the network's data and training.

        Raises
        ------
        InputError
            If the data are unknown.
        """
        return self.known_data.settings

    @property
    def known_data(self) -> StudyData:
        """The training data.

        Raises
        ------
        InputError
            If they are unknown.
        """
        if self.data is None:
            raise InputError(
                "study must have data and a trained network, got a recording alone; omit what "
                "needs training data"
            )
        return self.data

    @property
    def has_targets(self) -> bool:
        """Whether the recording has targets."""
        return self.recording.targets is not None

    @property
    def has_network(self) -> bool:
        """Whether the weights of every snapshot are known."""
        return self.data is not None

    def weights(self, epoch: int | None = None) -> Weights:
        """Return the network of a snapshot, of whichever cell, by default the analysed one.

        Raises
        ------
        InputError
            If the recording has no weights.
        """
        return weights_in(self.recording.snapshot(self.epoch if epoch is None else epoch))

    def network(self, epoch: int | None = None) -> "networks.FullyRecurrent":
        """Return the fully recurrent network of a snapshot, by default the analysed one.

        Raises
        ------
        InputError
            If the recording has no weights, or those of other cells.
        """
        snapshot = self.recording.snapshot(self.epoch if epoch is None else epoch)
        return networks.FullyRecurrent.from_weights(RecurrentWeights.in_snapshot(snapshot))
