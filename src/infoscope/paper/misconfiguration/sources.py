"""Data of the trainings: long series, cut into windows with their targets."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from infoscope._validate import Floats
from infoscope.weather import DailySeries, daily_series, load_chicago

# Steps of a window.
LENGTH = 20
# Steps of a synthetic series: enough that a healthy training does not overfit.
_STEPS = 15000
_HELD_OUT = 0.4
_SETTLING = 200


class Source(ABC):
    """A series with inputs, and what is to be said of them at each step."""

    @abstractmethod
    def segments(self, random: np.random.Generator) -> tuple[list[Floats], list[Floats]]:
        """Return the unbroken stretches (step, input) of the training and the held-out part."""

    @abstractmethod
    def targets(self, windows: Floats) -> Floats:
        """Return the targets (window, step, target) of windows with one step more than that."""


@dataclass(frozen=True)
class Weather(Source):
    """Daily weather of Chicago; the targets are the temperatures of the next day.

    Parameters
    ----------
    inputs : int
        Number of its variables, three of them the temperatures.
    """

    inputs: int

    def segments(self, random: np.random.Generator) -> tuple[list[Floats], list[Floats]]:
        """Return stretches without a missing day; variables are drawn, the days are the same."""
        days = _days()
        own = [days.input_names.index(name) for name in days.target_names]
        others = np.setdiff1d(np.arange(len(days.input_names)), own)
        chosen = [*own, *random.choice(others, self.inputs - len(own), replace=False)]
        of_part = {
            part: [days.inputs[s][:, chosen] for s in days.stretches if days.part[s.start] == part]
            for part in days.parts
        }
        return of_part["train"], of_part["test"]

    def targets(self, windows: Floats) -> Floats:
        """Return the temperatures of the next day."""
        return windows[:, 1:, : len(_days().target_names)]


class _Synthetic(Source):
    """A series that is drawn, cut at the same share as the weather."""

    def segments(self, random: np.random.Generator) -> tuple[list[Floats], list[Floats]]:
        """Return one stretch for each part, in units of the training part."""
        values = self.draw(_STEPS + LENGTH, random)
        end = round((1.0 - _HELD_OUT) * _STEPS)
        values = (values - values[:end].mean(0)) / values[:end].std(0)
        return [values[:end]], [values[end + LENGTH :]]

    @abstractmethod
    def draw(self, steps: int, random: np.random.Generator) -> Floats:
        """Draw the series (step, input)."""


@dataclass(frozen=True)
class Oscillators(_Synthetic):
    """Noisy damped oscillators, observed with noise; the targets are the next values of two.

    One value does not hold the phase, so that the past helps.

    Parameters
    ----------
    inputs : int
        Number of oscillators.
    noise : float
        Standard deviation of the noise of observation, in that of the oscillator.
    """

    inputs: int
    noise: float = 0.3

    def draw(self, steps: int, random: np.random.Generator) -> Floats:
        """Draw x_t = 2 r cos(w) x_(t-1) - r^2 x_(t-2) + noise, with a period of 6 to 16 steps."""
        radius = random.uniform(0.9, 0.97, self.inputs)
        first = 2.0 * radius * np.cos(2.0 * np.pi / random.uniform(6.0, 16.0, self.inputs))
        values = random.normal(size=(steps + _SETTLING, self.inputs))
        for t in range(2, len(values)):
            values[t] += first * values[t - 1] - radius**2 * values[t - 2]
        values = values[_SETTLING:] / values[_SETTLING:].std(0)
        return values + self.noise * random.normal(size=values.shape)

    def targets(self, windows: Floats) -> Floats:
        """Return the next values of the first two."""
        return windows[:, 1:, :2]


@dataclass(frozen=True)
class Delayed(_Synthetic):
    """Noise; the target is the present value of one input and an earlier one of another.

    Parameters
    ----------
    inputs : int
        Number of inputs.
    lag : int
        Steps by which the second value is earlier; before the window it is 0.
    """

    inputs: int
    lag: int

    def draw(self, steps: int, random: np.random.Generator) -> Floats:
        """Draw independent values."""
        return random.normal(size=(steps, self.inputs))

    def targets(self, windows: Floats) -> Floats:
        """Return 0.4 of the present value of input 0, and 0.9 of the earlier one of input 1."""
        now = windows[:, :-1]
        earlier = np.zeros_like(now[..., 1:2])
        earlier[:, self.lag :] = now[:, : -self.lag, 1:2]
        return 0.4 * now[..., :1] + 0.9 * earlier


def cut(segments: Sequence[Floats], offset: int, stride: int = LENGTH) -> Floats:
    """Cut each segment into windows of `LENGTH` + 1 steps, every ``stride`` steps.

    Examples
    --------
    >>> cut([np.arange(50.0)[:, np.newaxis]], offset=3)[:, [0, -1], 0].tolist()
    [[3.0, 23.0], [23.0, 43.0]]
    """
    return np.concatenate(
        [
            np.lib.stride_tricks.sliding_window_view(each, LENGTH + 1, axis=0)[
                offset::stride
            ].transpose(0, 2, 1)
            for each in segments
            if len(each) > LENGTH + offset
        ]
    )


@cache
def _days() -> DailySeries:
    return daily_series(load_chicago(), held_out=_HELD_OUT, gap=LENGTH)
