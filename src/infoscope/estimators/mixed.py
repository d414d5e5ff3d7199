"""Mutual information of discrete, continuous and mixed variables."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, neighbours_fit, one_of, whole_number
from infoscope.estimators._neighbours import joint_radius, near_counts
from infoscope.estimators._samples import (
    ROUNDING,
    SCALES,
    Samples,
    distinct_rows,
    flags_of,
    scaled,
    unconditional,
)
from infoscope.estimators._ties import untied
from infoscope.estimators.estimate import Estimate


@dataclass(frozen=True)
class MixedKSG:
    """Nearest-neighbour information of discrete, continuous and mixed variables, or conditional.

    With rho_i the distance to the k-th neighbour in the max norm, and k_i = k or, where
    rho_i = 0, the number of copies of sample i, for a pair:
    I = mean of psi(k_i) + ln n - ln(n_x + 1) - ln(n_y + 1), n_x and n_y the points within rho_i
    (Gao and others); given z: I = mean of psi(k_i) - psi(n_xz) - psi(n_yz) + psi(n_z) (Mesner
    and Shalizi). Both papers ignore that several points may be at the same distance rho_i > 0,
    as in rounded measurements; then only the form "mesner-shalizi" is accurate.

    Parameters
    ----------
    k : int
        Number of neighbours.
    form : {"code", "paper", "mesner-shalizi"}
        The authors' public code, or the equations of their papers. For a pair, the code of Gao
        and others has psi instead of ln, counts strictly where rho_i > 0 and, where rho_i = 0,
        includes the sample itself among its copies; their paper's form is consistent only as k
        grows: for k = 4 and a continuous variable it is low by up to ln 5 - psi(4) = 0.35 nats.
        With a condition, k_i in the code of Mesner and Shalizi counts all points within rho_i,
        ties included; "mesner-shalizi" does so for pairs, too, with psi(n) for psi(n_z).
    scale : {"none", "zscore", "rank"}
        Rescaling of each coordinate, as for `KSG`.

    References
    ----------
    W. Gao, S. Kannan, S. Oh, P. Viswanath, NeurIPS 2017, arXiv:1709.06212, algorithm 1. O. C.
    Mesner, C. R. Shalizi, IEEE Trans. Inf. Theory 67, 464 (2021), arXiv:1912.03387.

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
        one_of(self.form, "form", ("code", "paper", "mesner-shalizi"))
        one_of(self.scale, "scale", SCALES)

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y), or I(X; Y | Z)."""
        n = samples.n
        neighbours_fit(self.k, n)
        pair = samples.given is None
        of_gao = pair and self.form != "mesner-shalizi"
        terms = self._gao(samples, n_jobs) if of_gao else self._mesner_shalizi(samples, n_jobs)
        nats = float(np.mean(terms))
        if of_gao:
            # The code counts k or more, the sample itself included; the paper's form is at most
            # the entropy of n values.
            ceiling = float(np.log(n) - (digamma(self.k) if self.form == "code" else 0.0))
        else:  # every count is k or more
            ceiling = float(digamma(n if pair else n - 1) - digamma(self.k))
        return Estimate(nats, n, self, ceiling, _flags(samples, nats))

    def _gao(self, samples: Samples, n_jobs: int | None) -> Floats:
        strict = self.form == "code"
        copies, _, x, y, _ = self._counts(samples, strict, n_jobs)
        used = np.where(copies >= self.k, copies + strict, self.k)
        log = digamma if strict else np.log
        return digamma(used) + np.log(samples.n) - log(x + 1.0) - log(y + 1.0)

    def _mesner_shalizi(self, samples: Samples, n_jobs: int | None) -> Floats:
        copies, within, xz, yz, z = self._counts(samples, False, n_jobs)
        used = within
        if self.form == "paper":
            used = np.where(copies >= self.k, copies, self.k)
        if samples.given is None:
            z = np.full(samples.n, samples.n)
        return np.asarray(digamma(used) - digamma(xz) - digamma(yz) + digamma(z), float)

    def _counts(
        self, samples: Samples, strict: bool, n_jobs: int | None
    ) -> tuple[NDArray[np.int64], ...]:
        """Count the copies of each sample, others up to its k-th neighbour, and those in parts.

        The parts are (x, z), (y, z) and z. With ``strict``, their counts include only points
        nearer than the k-th neighbour, unless it is a copy. Copies are 0 where fewer than k.
        """
        n = samples.n
        given = np.empty((n, 0)) if samples.given is None else scaled(samples.given, self.scale)
        x, y = scaled(samples.x, self.scale), scaled(samples.y, self.scale)
        joint = np.hstack([x, given, y])
        radius = joint_radius(joint, self.k, n_jobs)
        up_to = np.nextafter(radius, np.inf)  # "at most" as "strictly below the next float"
        within = near_counts(joint, up_to, n_jobs)
        copies = np.where(radius == 0.0, within, 0)
        limits = np.where(strict & (radius > 0.0), radius, up_to)
        parts = (np.hstack([x, given]), np.hstack([y, given]), given)
        near = [
            near_counts(part, limits, n_jobs) if part.shape[1] else np.full(n, n - 1)
            for part in parts
        ]
        return copies, within, *near


@dataclass(frozen=True)
class Ross:
    """The estimator of Ross for a discrete X and a continuous Y.

    With N_c the number of samples in the class of i, d_i the distance to the k-th neighbour in
    that class and m_i the number of samples of all classes within d_i, including i:
    I = psi(n) + psi(k) - <psi(N_c)> - <psi(m)>.

    Ties of Y with more than k copies are broken at random first, as in `KSG`.

    Parameters
    ----------
    k : int
        Number of neighbours; in a smaller class, all others.
    scale : {"none", "zscore", "rank"}
        Rescaling of each coordinate of Y, as for `KSG`.

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

    takes_labels: ClassVar[bool] = True

    k: int = 4
    scale: str = "none"

    def __post_init__(self) -> None:
        """Check both parameters."""
        whole_number(self.k, "k", 1)
        one_of(self.scale, "scale", SCALES)

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y) of discrete x and continuous y, leaving out classes of one sample.

        The discrete one is whichever of x and y has fewer distinct rows.
        """
        unconditional(samples, "Ross")
        (classes, of), values = _classes(samples.x), samples.y
        others = _classes(samples.y)
        if len(others[0]) < len(classes):
            (classes, of), values = others, samples.x
        if len(classes) == samples.n:
            raise InputError(
                f"x must be discrete for Ross, got {samples.n} distinct rows of {samples.n}; use "
                "KSG for two continuous variables"
            )
        kept = classes[of] > 1
        if not kept.any():
            raise EstimationError("no class of x has two samples; give more samples")
        of, prepared = of[kept], scaled(values[kept], self.scale)
        values = untied(prepared, random, spared=self.k)
        n = len(of)
        radius, used = np.empty(n), np.empty(n)
        for members in (np.flatnonzero(of == c) for c in np.unique(of)):
            used[members] = k = min(self.k, len(members) - 1)
            radius[members] = joint_radius(values[members], k, n_jobs)
        # Count copies even if the k-th neighbour is one.
        limits = np.where(radius > 0.0, radius, np.nextafter(0.0, 1.0))
        within = near_counts(values, limits, n_jobs) + 1
        sizes = classes[of]
        nats = float(digamma(n) + np.mean(digamma(used) - digamma(sizes) - digamma(within)))
        ceiling = float(digamma(n) - digamma(sizes).mean())  # of separate classes
        flags = _flags(samples, nats)
        if n < samples.n:
            flags = (*flags, "single-members")
        if values is not prepared:
            flags = (*flags, "ties-broken")
        return Estimate(nats, n, self, ceiling, flags)


def _classes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    _, of, sizes = distinct_rows(values, return_inverse=True, return_counts=True)
    return sizes, of.astype(np.int64)


def _flags(samples: Samples, nats: float) -> tuple[str, ...]:
    found = [flag for flag in flags_of(samples.together) if flag != "duplicates"]
    if nats < -ROUNDING:
        found.append("negative")
    return tuple(found)
