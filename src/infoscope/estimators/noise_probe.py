"""Information about x in a deterministic layer y with added noise."""

from dataclasses import dataclass

import numpy as np

from infoscope._errors import InputError
from infoscope._parallel import run_spans, spans
from infoscope._validate import Floats, one_of, real_number
from infoscope.estimators._samples import Samples, distinct_rows, scaled, some_rows, unconditional
from infoscope.estimators.estimate import Estimate

_ROWS_AT_ONCE = 256
# States this many sigmas apart are distinguished with certainty; larger squares would overflow.
_FAR = 1e100


@dataclass(frozen=True)
class NoiseProbe:
    """I(X; Y + sigma Z) with Z standard normal noise, for y a function of x.

    The information of a deterministic continuous layer about its input is infinite, or the log
    of the number of samples. With noise it is finite and measures how well the states can be
    distinguished at the resolution sigma. For a mixture of Gaussians around the n states it lies
    between -1/n sum_i ln 1/n sum_j exp(-d_ij^2 / (8 sigma^2)) (returned) and the same with
    2 sigma^2 (``upper_nats``).

    Parameters
    ----------
    sigma : float
        Size of the noise.
    policy : {"absolute", "relative"}
        Sigma in the unit of y, or in standard deviations of each coordinate of y.

    References
    ----------
    A. Kolchinsky, B. D. Tracey, Entropy 19, 361 (2017), equations (10) and (11).

    Examples
    --------
    Two states far apart are always distinguished: one bit.

    >>> from infoscope import mutual_information
    >>> x = np.repeat([0.0, 1.0], 50)
    >>> round(mutual_information(x, 9 * x, estimator=NoiseProbe(sigma=0.1)).bits, 6)
    1.0
    """

    sigma: float = 0.1
    policy: str = "absolute"

    def __post_init__(self) -> None:
        """Check every parameter."""
        if real_number(self.sigma, "sigma", 0.0) == 0.0:
            raise InputError(
                "sigma must be above 0, got 0; without noise the information is infinite"
            )
        one_of(self.policy, "policy", ("absolute", "relative"))

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Return lower and upper bounds of I(X; Y + noise)."""
        unconditional(samples, "NoiseProbe")
        some_rows(samples.n)
        both, x_only = distinct_rows(samples.together), distinct_rows(samples.x)
        if len(both) > len(x_only):
            raise InputError(
                "y must be a function of x for NoiseProbe, got rows of equal x and different y; "
                "include in x everything that y depends on, for example the whole history"
            )
        if self.policy == "relative":
            states = scaled(samples.y, "zscore") / self.sigma
        else:
            states = (samples.y - samples.y.mean(axis=0)) / self.sigma
        lower, upper = (self._bound(states, width, n_jobs) for width in (8.0, 2.0))
        n = samples.n
        return Estimate(lower, n, self, float(np.log(n)), self._flags(upper, n), upper_nats=upper)

    def _bound(self, states: Floats, width: float, n_jobs: int | None) -> float:
        logs = np.empty(len(states))

        def part(start: int, stop: int) -> None:
            # By coordinate: a matrix product would lose precision for states far from 0.
            apart = np.zeros((stop - start, len(states)))
            for column in states.T:
                apart += np.minimum(np.abs(column[start:stop, np.newaxis] - column), _FAR) ** 2
            logs[start:stop] = np.log(np.exp(-apart / width).mean(axis=1))

        run_spans(part, spans(len(states), _ROWS_AT_ONCE), n_jobs)
        return float(-logs.mean())

    def _flags(self, upper: float, n: int) -> tuple[str, ...]:
        return ("saturated",) if upper > 0.9 * np.log(n) else ()
