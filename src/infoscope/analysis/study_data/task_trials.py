"""Data of a task that needs recurrence: independent trials, analysed like days."""

from dataclasses import dataclass
from typing import Any

from infoscope._validate import one_of
from infoscope.analysis.settings import Settings
from infoscope.analysis.study_data.daily_blocks import DailyBlocks
from infoscope.networks import FullyRecurrent
from infoscope.networks.gates import network_gates
from infoscope.synthetic.tasks import TASKS, Task


@dataclass(frozen=True, eq=False)
class TaskTrials(DailyBlocks):
    """Trials of a task, each an unbroken stretch of the series.

    Parameters
    ----------
    settings, series
        As in `DailyBlocks`.
    task : Task
        The task, which also defines the error.
    """

    task: Task

    @classmethod
    def drawn(cls, settings: Settings) -> "TaskTrials":
        """Draw the trials of the task in the settings.

        Raises
        ------
        InputError
            If the trials leave too few rows for the estimates.
        """
        task = TASKS[settings.data]
        data = cls(settings, task.series(settings.generator("split")), task)
        data.check()
        return data

    def gates(self, network: FullyRecurrent) -> dict[str, Any]:
        """Return whether the network learned the task and needs recurrence."""
        task = self.task
        return network_gates(
            network,
            self.every_window,
            error=task.error,
            reference=task.reference,
            block=1,
            unit=task.unit,
        )


def task_settings(
    name: str, *, seed: int = 0, epochs: int | None = None, **changes: Any
) -> Settings:
    """Return the corrected settings for a task: its trials are its windows.

    Parameters
    ----------
    name : str
        A key of `TASKS`.
    seed : int
        Seed of trials, weights and nulls.
    epochs : int, optional
        Number of training epochs; by default the task's own.
    **changes
        Other settings to change, as in `Settings.corrected`.

    Raises
    ------
    InputError
        If the task is unknown, or a setting is out of range.
    """
    task = TASKS[one_of(name, "task", tuple(TASKS))]
    trained = dict(task.training) if epochs is None else {**task.training, "epochs": epochs}
    kept = changes.pop("keep", ())
    published = Settings(
        data=name,
        targets=task.target_names,
        start="",
        end="",
        seed=seed,
        window_length=task.length,
        **trained,
    )
    # Every row of a trial counts: trials start as in training, without a transient.
    of_trials = {"gap": task.length, "window_stride": task.length, "burn_in": 0}
    return published.corrected(keep=kept, **of_trials, **changes)
