"""Tasks that need recurrence: independent trials, each an unbroken stretch of the series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from infoscope._validate import Floats
from infoscope.analysis.data_sets.data_set import DataSet, Words
from infoscope.synthetic.tasks import Task
from infoscope.weather.daily_series import DailySeries
from infoscope.weather.windows import Windows

if TYPE_CHECKING:
    from infoscope.analysis.settings import Settings


@dataclass(frozen=True)
class TaskTrials(DataSet):
    """Trials of a task, drawn by the seed; a window is a trial.

    Parameters
    ----------
    name : str
        Name of the task.
    task : Task
        Draws the trials and judges the network.
    """

    modes: ClassVar[tuple[str, ...]] = ("corrected",)
    words: ClassVar[Words] = Words(
        "step", "steps of trials", "at the last step of a trial", "of the same step",
        "in their trials and first weights: one task",
    )  # fmt: skip
    dated: ClassVar[bool] = False
    fitted_rate: ClassVar[float | None] = None
    # The epochs are those of the task.
    gated_training: ClassVar[Mapping[str, Any]] = {"learning_rate": 0.003}
    reference: ClassVar[str] = Task.reference
    # Trials are independent.
    block: ClassVar[int] = 1

    task: Task

    @property
    def defaults(self) -> Mapping[str, Any]:
        """All rows of all trials, with the training that reaches the task's criterion."""
        # Trials start as in training, without a transient.
        of_trials = {"start": "", "end": "", "window_length": self.task.length, "burn_in": 0}
        return {"targets": self.task.target_names, **of_trials, **self.task.training}

    def series(self, settings: "Settings") -> DailySeries:
        """Draw the trials."""
        return self.task.series(settings.generator("split"))

    def content(self, settings: "Settings") -> bytes:
        """Return inputs and targets of all trials."""
        series = self.series(settings)
        return series.inputs.tobytes() + series.targets.tobytes()

    def error(self, forecast: Floats, windows: Windows) -> Floats:
        """Return the error of the task."""
        return self.task.error(forecast, windows)

    def error_unit(self, targets: Sequence[str]) -> str:
        """Return the unit of the task's error."""
        return self.task.unit
