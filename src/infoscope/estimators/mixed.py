"""Mutual information where a variable is discrete, or partly so."""

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma

from infoscope._errors import EstimationError, InputError
from infoscope._parallel import run_spans, spans
from infoscope._validate import neighbours_fit, one_of, whole_number
from infoscope.estimators._samples import ROUNDING, SCALES, Samples, distinct_rows, flags_of, scaled
from infoscope.kernels.mixed import class_neighbours, mixed_neighbours
from infoscope.results import Estimate

_ROWS_AT_ONCE = 128


@dataclass(frozen=True)
class MixedKSG:
    """The estimator of Gao and others for discrete, continuous and mixed variables.

    With rho_i the distance to the k-th neighbour (max norm), k_i = k, or where rho_i = 0 the
    number of copies, and n_x, n_y the points within rho_i:
    I = mean of psi(k_i) + ln n - ln(n_x + 1) - ln(n_y + 1).

    The paper's form is consistent only as k grows: for k = 4 and a continuous variable it is low
    by up to ln 5 - psi(4) = 0.35 nats. What the authors' code computes is not, and the default.

    Parameters
    ----------
    k : int
        Number of neighbours.
    form : {"code", "paper"}
        What the authors' public code computes: psi instead of ln, strict counts where rho_i > 0
        and, where it is 0, the sample itself among its copies; or the paper's equation, counting
        points at distance up to rho_i.
    scale : {"none", "zscore", "rank"}
        What is done to each coordinate first, as for `KSG`.

    References
    ----------
    W. Gao, S. Kannan, S. Oh, P. Viswanath, NeurIPS 2017, arXiv:1709.06212, algorithm 1.

    Examples
    --------
    X uniform on 0 ... 4 and Y uniform on [X, X + 2] share ln 5 - 4/5 ln 2 nats.

    >>> from infoscope import mutual_information
    >>> random = np.random.default_rng(0)
    >>> x = random.integers(0, 5, size=2000)
    >>> y = x + 2 * random.random(2000)
    >>> bool(abs(mutual_information(x, y, estimator=MixedKSG()).nats - 1.055) < 0.1)
    True
    """

    k: int = 4
    form: str = "code"
    scale: str = "none"

    def __post_init__(self) -> None:
        """Check every parameter."""
        whole_number(self.k, "k", 1)
        one_of(self.form, "form", ("paper", "code"))
        one_of(self.scale, "scale", SCALES)

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y)."""
        unconditional(samples, "MixedKSG")
        n = samples.n
        neighbours_fit(self.k, n)
        x = np.ascontiguousarray(scaled(samples.x, self.scale).T)
        y = np.ascontiguousarray(scaled(samples.y, self.scale).T)
        counts = np.empty((3, n), np.int64)
        strict = self.form == "code"

        def part(start: int, stop: int) -> None:
            mixed_neighbours(x, y, self.k, start, stop, strict, counts)

        run_spans(part, spans(n, _ROWS_AT_ONCE), n_jobs)
        used, n_x, n_y = counts
        log = digamma if strict else np.log
        nats = float(np.mean(digamma(used) + np.log(n) - log(n_x + 1.0) - log(n_y + 1.0)))
        return Estimate(nats, n, self, float(np.log(n)), _flags(samples, nats))


@dataclass(frozen=True)
class Ross:
    """The estimator of Ross between a discrete X and a continuous Y.

    With N_c the samples of the class of i, d_i the distance to the k-th neighbour of that class
    and m_i the samples of all classes within d_i, i among them:
    I = psi(n) + psi(k) - <psi(N_c)> - <psi(m)>.

    Parameters
    ----------
    k : int
        Number of neighbours; in a class of fewer, as many as it has.

    References
    ----------
    B. C. Ross, PLoS ONE 9, e87357 (2014), equation (2).

    Examples
    --------
    >>> from infoscope import mutual_information
    >>> x = np.random.default_rng(0).integers(0, 2, size=1000)
    >>> y = 10 * x + np.random.default_rng(1).random(1000)
    >>> round(mutual_information(x, y, estimator=Ross()).bits, 2)
    1.0
    """

    k: int = 4

    def __post_init__(self) -> None:
        """Check the parameter."""
        whole_number(self.k, "k", 1)

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y) of discrete x and continuous y; single members of a class are left out.

        Whichever of x and y has fewer different rows is taken for the discrete one.
        """
        unconditional(samples, "Ross")
        (classes, of), values = _classes(samples.x), samples.y
        others = _classes(samples.y)
        if len(others[0]) < len(classes):
            (classes, of), values = others, samples.x
        if len(classes) == samples.n:
            raise InputError(
                f"x must be discrete for Ross, got {samples.n} different rows of {samples.n}; use "
                "KSG for two continuous variables"
            )
        kept = classes[of] > 1
        if not kept.any():
            raise EstimationError("no class of x has two samples; give more samples")
        of, values = of[kept], values[kept]
        n = len(of)
        points = np.ascontiguousarray(values.T)
        counts = np.empty((2, n), np.int64)

        def part(start: int, stop: int) -> None:
            class_neighbours(points, of, self.k, start, stop, counts)

        run_spans(part, spans(n, _ROWS_AT_ONCE), n_jobs)
        used, within = counts
        sizes = classes[of]
        nats = float(digamma(n) + np.mean(digamma(used) - digamma(sizes) - digamma(within)))
        share = sizes[np.unique(of, return_index=True)[1]] / n
        ceiling = float(-(share * np.log(share)).sum())
        flags = _flags(samples, nats)
        if n < samples.n:
            flags = (*flags, "single-members")
        return Estimate(nats, n, self, ceiling, flags)


def unconditional(samples: Samples, name: str) -> None:
    """Refuse a condition that an estimator cannot take."""
    if samples.given is not None:
        raise InputError(
            f"given must be left out with {name}, got one; use KSG, Gaussian, Discrete or Binned "
            "for a conditional information"
        )


def _classes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    _, of, sizes = distinct_rows(values, return_inverse=True, return_counts=True)
    return sizes, of.astype(np.int64)


def _flags(samples: Samples, nats: float) -> tuple[str, ...]:
    found = [flag for flag in flags_of(samples.together) if flag != "duplicates"]
    if nats < -ROUNDING:
        found.append("negative")
    return tuple(found)
