"""The object of an analysis: a recording with its data, if known, and settings."""

from dataclasses import dataclass
from functools import cached_property

from infoscope.analysis.fitted import analysed_epoch, until
from infoscope.analysis.settings import Settings
from infoscope.analysis.study_data.load import StudyData
from infoscope.networks import FullyRecurrent
from infoscope.networks.gated import Weights, weights_in
from infoscope.recordings.recording import Recording
from infoscope.recordings.weights import RecurrentWeights


@dataclass(frozen=True, eq=False)
class Study:
    """One network or recording with the settings of its analysis.

    Parameters
    ----------
    settings : Settings
        The switches.
    recording : Recording
        All rows in every snapshot.
    data : StudyData or None
        Training data; None for a recording of unknown origin, of which every row is analysed.
    """

    settings: Settings
    recording: Recording
    data: StudyData | None = None

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
        if self.settings.fitted_network and "validation" in self.parts:
            return analysed_epoch(self.parts["validation"], self.settings.patience)
        return self.recording.epochs[-1]

    @cached_property
    def analysed(self) -> Recording:
        """The same rows, up to the analysed snapshot."""
        return until(self.rows, self.epoch)

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

    def network(self, epoch: int | None = None) -> FullyRecurrent:
        """Return the fully recurrent network of a snapshot, by default the analysed one.

        Raises
        ------
        InputError
            If the recording has no weights, or those of other cells.
        """
        snapshot = self.recording.snapshot(self.epoch if epoch is None else epoch)
        return FullyRecurrent.from_weights(RecurrentWeights.in_snapshot(snapshot))
