"""Differential entropy from k nearest neighbours (Kozachenko, Leonenko 1987)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln

from infoscope._errors import EstimationError
from infoscope._parallel import run_spans, spans
from infoscope._validate import Floats, neighbours_fit, one_of, real_number, whole_number
from infoscope.estimators._neighbours import joint_radius
from infoscope.estimators._samples import JITTER_UNITS, flags_of, jittered
from infoscope.estimators.estimate import Estimate
from infoscope.kernels.neighbours import prefix_log_distances


@dataclass(frozen=True)
class KozachenkoLeonenko:
    """The Kozachenko-Leonenko estimator of differential entropy.

    H = psi(n) - psi(k) + ln c + (d / n) sum_i ln eps_i, with eps_i the distance from sample i
    to its k-th neighbour and c the volume of the unit ball, 2^d in the max norm. A differential
    entropy depends on the unit and may be negative: do not divide by it, and do not read it as an
    amount of information.

    Parameters
    ----------
    k : int
        Number of neighbours.
    jitter : float
        Uniform noise from [0, jitter) is added to every value. Without it, more than k copies
        of one sample make the entropy minus infinity, which is an error.
    jitter_unit : {"absolute", "sd"}
        Whether jitter is in the unit of the data, as published, or in standard deviations of
        each coordinate.
    norm : {"max", "euclidean"}
        Norm of distances.

    Raises
    ------
    InputError
        If a parameter is out of its range.

    References
    ----------
    L. F. Kozachenko, N. N. Leonenko, Probl. Inf. Transm. 23, 9 (1987), in the form of
    equation (20) of A. Kraskov, H. Stögbauer, P. Grassberger, Phys. Rev. E 69, 066138 (2004).

    Examples
    --------
    >>> from infoscope import entropy
    >>> x = np.random.default_rng(0).uniform(0, 8, size=4000)
    >>> round(entropy(x, estimator=KozachenkoLeonenko(k=4)).bits, 1)
    3.0
    """

    k: int = 4
    jitter: float = 0.0
    norm: str = "max"
    jitter_unit: str = "absolute"

    def __post_init__(self) -> None:
        """Check every parameter."""
        whole_number(self.k, "k", 1)
        real_number(self.jitter, "jitter", 0.0)
        one_of(self.jitter_unit, "jitter_unit", JITTER_UNITS)
        one_of(self.norm, "norm", ("max", "euclidean"))

    def entropy(self, x: Floats, random: np.random.Generator, n_jobs: int | None) -> Estimate:
        """Estimate H(X) from samples x (n, d)."""
        n, d = x.shape
        neighbours_fit(self.k, n)
        samples = jittered(x, self.jitter, self.jitter_unit, random)
        if self.norm == "max":
            radius = joint_radius(samples, self.k, n_jobs)
        else:
            radius = self._euclidean(samples)
        if not radius.all():
            raise EstimationError(
                f"the entropy is minus infinity: {int((radius == 0.0).sum())} of {n} samples have "
                f"k = {self.k} identical copies; raise k, or add noise with jitter"
            )
        nats = self._nats(float(np.log(radius).mean()), n, d)
        return Estimate(nats, n, self, flags=tuple(flags_of(x)))

    def prefix_entropies(
        self,
        x: Floats,
        prefixes: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
        random: np.random.Generator,
        n_jobs: int | None,
    ) -> list[Floats]:
        """Estimate the entropies, in nats, of many growing sets of the coordinates of x (n, d).

        Each prefix is an order of the coordinates and increasing sizes. Returns, for each prefix
        and size, the entropy of its first ``size`` coordinates.
        """
        n = len(x)
        neighbours_fit(self.k, n)
        samples = jittered(x, self.jitter, self.jitter_unit, random)
        points = np.ascontiguousarray(samples.T)

        def part(start: int, stop: int) -> list[Floats]:
            found = []
            for order, sizes in prefixes[start:stop]:
                totals = np.empty(len(sizes))
                if self.norm == "max":
                    prefix_log_distances(points, order, sizes, self.k, totals)
                else:
                    with np.errstate(divide="ignore"):  # refused below
                        for s, size in enumerate(sizes):
                            radius = self._euclidean(samples[:, order[:size]])
                            totals[s] = np.log(radius).sum()
                if not np.isfinite(totals).all():
                    raise EstimationError(
                        f"an entropy is minus infinity: in some coordinates of x, samples have "
                        f"k = {self.k} identical copies; raise k, or add noise with jitter"
                    )
                found.append(
                    np.array(
                        [self._nats(t / n, n, int(d)) for t, d in zip(totals, sizes, strict=True)]
                    )
                )
            return found

        parts = run_spans(part, spans(len(prefixes), 1), n_jobs)
        return [entropies for part in parts for entropies in part]

    def _euclidean(self, samples: Floats) -> Floats:
        from scipy.spatial import KDTree  # slow to import, rarely needed

        # In units of the widest coordinate, since squares of tiny numbers are 0. The first
        # neighbour in the tree is the sample itself, or a copy.
        width = np.ptp(samples, axis=0).max() or 1.0
        unit = samples / width
        return width * np.asarray(KDTree(unit).query(unit, [self.k + 1])[0])[:, 0]

    def _nats(self, mean_log_distance: float, n: int, d: int) -> float:
        if self.norm == "max":
            log_ball = d * np.log(2.0)
        else:
            log_ball = 0.5 * d * np.log(np.pi) - gammaln(0.5 * d + 1.0)
        return float(digamma(n) - digamma(self.k) + log_ball + d * mean_log_distance)
