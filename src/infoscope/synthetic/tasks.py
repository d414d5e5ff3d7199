"""Tasks that need recurrence, as data sets like the weather's."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import Floats, generator, several, whole_number
from infoscope.synthetic._checks import fraction, positive
from infoscope.weather.daily_series import PARTS, DailySeries
from infoscope.weather.windows import Windows

_FIRST_DAY = np.datetime64("2001-01-01", "D")
# Standard deviation of the noise on every input: values are continuous, without ties.
_INPUT_NOISE = 0.1


@dataclass(frozen=True, kw_only=True)
class Task(ABC):
    """Trials of equal length with inputs, targets of 1 or -1, and a criterion.

    Parameters
    ----------
    length : int
        Steps of a trial, at least 2.
    trials : tuple of int
        Trials for training, validation and test.

    Raises
    ------
    InputError
        If a parameter is out of range.
    """

    # Unit of errors, and the largest error of a trained network.
    unit: ClassVar[str] = "share of wrong signs"
    criterion: ClassVar[float] = 0.05
    # Baseline that a network must beat; its trials are independent (block 1).
    reference: ClassVar[str] = "climatology"
    # Settings of network and training that reach the criterion.
    training: ClassVar[Mapping[str, Any]]
    input_names: ClassVar[tuple[str, ...]]
    target_names: ClassVar[tuple[str, ...]]

    length: int
    trials: tuple[int, int, int] = (200, 60, 150)

    def __post_init__(self) -> None:
        """Check the parameters common to all tasks."""
        whole_number(self.length, "length", 2)
        counts = several(self.trials, "trials", "(200, 60, 150)")
        if len(counts) != len(PARTS):
            raise InputError(
                f"trials must be numbers for training, validation and test, got {self.trials!r}; "
                "try (200, 60, 150)"
            )
        for count in counts:
            whole_number(count, "trials", 1)

    @abstractmethod
    def draw(self, trials: int, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw inputs (trial, time, input) and targets (trial, time, target)."""

    def series(self, random_state: Any = 0) -> DailySeries:
        """Return trials as a `DailySeries`: a step is a day, a trial an unbroken stretch of days.

        ``series.windows(length, length)`` has one window per trial. The three parts are drawn
        independently.
        """
        random = generator(random_state)
        drawn = [self.draw(count, random) for count in self.trials]
        # A missing day after each trial ends the stretch.
        first = np.arange(sum(self.trials))[:, np.newaxis] * (self.length + 1)
        return DailySeries(
            inputs=np.concatenate([x.reshape(-1, x.shape[2]) for x, _ in drawn]),
            targets=np.concatenate([y.reshape(-1, y.shape[2]) for _, y in drawn]),
            days=_FIRST_DAY + (first + np.arange(self.length)).ravel(),
            part=np.repeat(PARTS, [count * self.length for count in self.trials]),
            input_names=self.input_names,
            target_names=self.target_names,
            centre=np.zeros(len(self.target_names)),
            spread=np.ones(len(self.target_names)),
            constant=(),
            dropped=(),
            tied={},
            filled={},
            notes=(),
        )

    def error(self, forecast: Floats, windows: Windows) -> Floats:
        """Return 1.0 where the last step's sign is wrong, else 0.0, (window, target)."""
        return ((forecast > 0.0) != (windows.targets[:, -1] > 0.0)).astype(float)


@dataclass(frozen=True, kw_only=True)
class FlipFlop(Task):
    """3-bit flip-flop: each output holds the sign of the last pulse of its own input.

    Each input is 0 except for pulses of 1 or -1; every trial begins with a pulse in all three. Only
    input i matters for output i, and a step without a pulse is uninformative about the bit: without
    memory, a share of (1 - rate) / 2 is wrong.

    Parameters
    ----------
    length, trials
        As in `Task`.
    rate : float
        Probability of a pulse in each input and step.

    References
    ----------
    D. Sussillo, O. Barak, Neural Comput. 25, 626 (2013).

    Examples
    --------
    >>> series = FlipFlop().series(random_state=0)
    >>> series.inputs.shape, series.parts
    ((4400, 3), ('train', 'validation', 'test'))
    """

    training = MappingProxyType(
        {"hidden_nodes": 25, "initial_scale": 0.01, "learning_rate": 0.005, "epochs": 150}
    )
    input_names = ("pulse_1", "pulse_2", "pulse_3")
    target_names = ("bit_1", "bit_2", "bit_3")

    length: int = 20
    trials: tuple[int, int, int] = (100, 40, 80)
    rate: float = 0.2

    def __post_init__(self) -> None:
        """Check the rate, too."""
        super().__post_init__()
        fraction(self.rate, "rate")

    def draw(self, trials: int, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw pulses and the bits they set."""
        shape = (trials, self.length, len(self.input_names))
        due = random.random(shape) < self.rate
        due[:, 0] = True
        pulses = random.choice([-1.0, 1.0], shape) * due
        # The step of the last pulse up to each step.
        steps = np.arange(self.length)[:, np.newaxis]
        last = np.maximum.accumulate(np.where(due, steps, 0), axis=1)
        bits = np.take_along_axis(pulses, last, axis=1)
        return pulses + random.normal(0.0, _INPUT_NOISE, shape), bits


@dataclass(frozen=True, kw_only=True)
class ContextDecision(Task):
    """Context-dependent decision: the sign of one of two noisy streams, selected by the context.

    Two streams of evidence have a mean of ``coherence`` times a sign each, and standard deviation
    ``noise``; two context inputs, 1 and -1, select the stream throughout the trial. The last
    ``delay`` steps have no evidence: without memory, half of the decisions are wrong.

    Parameters
    ----------
    length, trials
        As in `Task`.
    delay : int
        Steps without evidence at the end of a trial.
    coherence, noise : float
        Mean and standard deviation of a step's evidence.

    References
    ----------
    V. Mante, D. Sussillo, K. V. Shenoy, W. T. Newsome, Nature 503, 78 (2013).

    Examples
    --------
    >>> inputs, targets = ContextDecision().draw(3, np.random.default_rng(0))
    >>> inputs.shape, targets.shape
    ((3, 15, 4), (3, 15, 1))
    """

    training = MappingProxyType(
        {"hidden_nodes": 25, "initial_scale": 0.2, "learning_rate": 0.001, "epochs": 150}
    )
    input_names = ("evidence_1", "evidence_2", "context_1", "context_2")
    target_names = ("decision",)

    length: int = 15
    delay: int = 5
    coherence: float = 0.5
    noise: float = 0.5

    def __post_init__(self) -> None:
        """Check the evidence, too."""
        super().__post_init__()
        whole_number(self.delay, "delay", 0, self.length - 1)
        positive(self.coherence, "coherence")
        positive(self.noise, "noise")

    def draw(self, trials: int, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw evidence, context and the correct sign."""
        signs = random.choice([-1.0, 1.0], (trials, 2))
        context = random.integers(0, 2, trials)
        shape = (trials, self.length - self.delay, 2)
        inputs = np.zeros((trials, self.length, 4))
        inputs[:, : shape[1], :2] = self.coherence * signs[:, np.newaxis] + random.normal(
            0.0, self.noise, shape
        )
        inputs[:, :, 2:] = np.where(context[:, np.newaxis] == np.arange(2), 1.0, -1.0)[
            :, np.newaxis
        ]
        decision = signs[np.arange(trials), context]
        targets = np.broadcast_to(decision[:, np.newaxis, np.newaxis], (trials, self.length, 1))
        return inputs + random.normal(0.0, _INPUT_NOISE, inputs.shape), targets


def recurrent_tasks() -> dict[str, Task]:
    """Return the tasks by name, with their usual parameters.

    Examples
    --------
    >>> list(recurrent_tasks())
    ['flip-flop', 'context-decision']
    """
    return {"flip-flop": FlipFlop(), "context-decision": ContextDecision()}
