"""Experiment trackers behind one small protocol: TensorBoard, MLflow, Weights & Biases."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from infoscope._errors import require

_PREFIX = "infoscope/"


@runtime_checkable
class Tracker(Protocol):
    """Receives numbers of a training."""

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Log numbers by name at an update."""
        ...


class TensorBoardTracker:
    """Write scalars to TensorBoard.

    Parameters
    ----------
    to : path or SummaryWriter
        Folder of the log, or a writer that exists.

    Raises
    ------
    MissingDependency
        If tensorboard is not installed.

    Examples
    --------
    >>> class Writer:
    ...     def add_scalar(self, name, value, step):
    ...         print(name, value, step)
    >>> TensorBoardTracker(Writer()).log({"loss": 0.5}, step=10)
    infoscope/loss 0.5 10
    """

    def __init__(self, to: Any) -> None:
        if isinstance(to, str | Path):
            require("tensorboard", "TensorBoardTracker", "trackers")
            module = require("torch.utils.tensorboard", "TensorBoardTracker")
            to = module.SummaryWriter(str(to))
        self.writer = to

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Log numbers by name at an update."""
        for name, value in values.items():
            self.writer.add_scalar(_PREFIX + name, value, step)


class MLflowTracker:
    """Log metrics to the active run of MLflow.

    Parameters
    ----------
    client : module or object with ``log_metrics``, optional
        By default the module mlflow.

    Raises
    ------
    MissingDependency
        If mlflow is not installed.
    """

    def __init__(self, client: Any = None) -> None:
        self.client = require("mlflow", "MLflowTracker", "trackers") if client is None else client

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Log numbers by name at an update."""
        self.client.log_metrics({_PREFIX + name: v for name, v in values.items()}, step=step)


class WandbTracker:
    """Log to a run of Weights & Biases.

    The number of updates is logged as ``infoscope/step``: the run's own counter stays the user's.

    Parameters
    ----------
    run : wandb.Run, optional
        By default the active run of the module wandb.

    Raises
    ------
    MissingDependency
        If wandb is not installed.
    """

    def __init__(self, run: Any = None) -> None:
        self.run = require("wandb", "WandbTracker", "trackers") if run is None else run

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Log numbers by name at an update."""
        self.run.log({_PREFIX + name: v for name, v in values.items()} | {_PREFIX + "step": step})
