"""Mutual information from k nearest neighbours (Kraskov, Stögbauer, Grassberger 2004)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from infoscope._parallel import run_spans, spans
from infoscope._progress import Progress
from infoscope._validate import Floats, neighbours_fit, one_of, real_number, whole_number
from infoscope.estimators._samples import ROUNDING, SCALES, flags_of, jittered, scaled
from infoscope.kernels.neighbours import joint_neighbours
from infoscope.kernels.pairwise import ksg1_pairs, strip_count
from infoscope.results import Estimate

# Rows or pairs that one thread takes at a time: small enough to share the work evenly.
_ROWS_AT_ONCE = 128
_PAIRS_AT_ONCE = 32


@dataclass(frozen=True)
class KSG:
    """The Kraskov-Stögbauer-Grassberger estimator of mutual information, in the max norm.

    Parameters
    ----------
    k : int
        Number of neighbours. More lowers the variance and raises the bias of strong dependence.
    variant : {1, 2}
        Algorithm 1 counts neighbours nearer than the k-th joint distance (strictly), equation
        (8) of the paper; algorithm 2 within the rectangle of the k neighbours, equation (9).
    scale : {"none", "zscore", "rank"}
        What is done to each coordinate first. Without scaling, the max norm over a vector (and
        so the estimate) depends on the relative scale of its coordinates; "rank" is the normal
        score.
    jitter : float
        Uniform noise from [0, jitter) is added to every (scaled) value. It breaks ties, and
        inside a cluster of tied values the estimate then describes the noise.

    Raises
    ------
    InputError
        If a parameter is out of its range.

    Notes
    -----
    The largest possible value for n samples is psi(n) - psi(k) nats for algorithm 1, and
    psi(n) - psi(k) - 1/k for algorithm 2, unless more than k samples are copies of one another
    (flag ``coincident``): then the distance to the k-th neighbour is zero, nothing is nearer,
    and the formula gives a number that describes neither the data nor a bound of it.

    References
    ----------
    A. Kraskov, H. Stögbauer, P. Grassberger, Phys. Rev. E 69, 066138 (2004).

    Examples
    --------
    >>> from infoscope import mutual_information
    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> mutual_information(x, -x, estimator=KSG(k=4)).flags
    ('saturated',)
    """

    k: int = 4
    variant: int = 1
    scale: str = "none"
    jitter: float = 0.0

    def __post_init__(self) -> None:
        """Check every parameter."""
        whole_number(self.k, "k", 1)
        whole_number(self.variant, "variant", 1, 2)
        one_of(self.scale, "scale", SCALES)
        real_number(self.jitter, "jitter", 0.0)

    def ceiling_nats(self, n: int) -> float:
        """Return the largest value that n samples can give, in nats."""
        correction = 0.0 if self.variant == 1 else 1.0 / self.k
        return float(digamma(n) - digamma(self.k)) - correction

    def mutual_information(
        self, x: Floats, y: Floats, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y) from samples x (n, d_x) and y (n, d_y)."""
        n = len(x)
        neighbours_fit(self.k, n)
        both = np.hstack([x, y])
        prepared = np.hstack([self._prepared(block, random) for block in (x, y)])
        blocks = np.array([0, x.shape[1], both.shape[1]])
        if self.variant == 1 and both.shape[1] == 2:
            columns = np.ascontiguousarray(prepared.T)
            psi_of_counts = self._sweep(columns[:1], columns[1:], np.zeros((1, 2), np.int64))[0]
        else:
            psi_of_counts = self._brute_force(prepared, blocks, n_jobs)
        nats = float(self._constant(n) - psi_of_counts)
        return Estimate(nats, n, self, self.ceiling_nats(n), self._flags(both, prepared, nats))

    def pairs(
        self,
        sources: Floats,
        targets: Floats,
        pairs: NDArray[np.int64],
        n_jobs: int | None,
        progress: Progress | None = None,
    ) -> Floats:
        """Estimate I(source; target) for many pairs of scalars, in nats.

        sources (n, p) and targets (n, q) hold columns that `prepared_columns` has prepared;
        pairs (m, 2) holds a column of each. Returns (m,).
        """
        n = len(sources)
        neighbours_fit(self.k, n)
        if self.variant == 1:
            counted = self._sweep(sources.T, targets.T, pairs, n_jobs, progress)
        else:
            blocks = np.array([0, 1, 2])
            counted = np.empty(len(pairs))
            for p, (a, b) in enumerate(pairs):
                both = np.column_stack([sources[:, a], targets[:, b]])
                counted[p] = self._brute_force(both, blocks, n_jobs)
                if progress is not None:
                    progress.advance()
        return self._constant(n) - counted

    def prepared_columns(self, data: Floats, random: np.random.Generator) -> Floats:
        """Scale and jitter the columns of data (n, nodes), each a variable of its own."""
        return self._prepared(data, random)

    def _prepared(self, samples: Floats, random: np.random.Generator) -> Floats:
        return jittered(scaled(samples, self.scale), self.jitter, random)

    def _constant(self, n: int) -> float:
        correction = 0.0 if self.variant == 1 else 1.0 / self.k
        return float(digamma(self.k) + digamma(n)) - correction

    def _sweep(
        self,
        sources: Floats,
        targets: Floats,
        pairs: NDArray[np.int64],
        n_jobs: int | None = 1,
        progress: Progress | None = None,
    ) -> Floats:
        n = sources.shape[1]
        sources, targets = np.ascontiguousarray(sources), np.ascontiguousarray(targets)
        orders = np.argsort(sources, axis=1, kind="stable")
        target_orders = np.argsort(targets, axis=1, kind="stable")
        ranks = np.empty_like(target_orders)
        np.put_along_axis(ranks, target_orders, np.arange(n)[np.newaxis], axis=1)
        ordered = np.take_along_axis(targets, target_orders, axis=1)
        psi = np.concatenate([[np.nan], digamma(np.arange(1.0, n + 1))])
        strips = strip_count(n, self.k)
        counted = np.empty(len(pairs))

        def part(start: int, stop: int) -> None:
            ksg1_pairs(
                sources, orders, targets, ranks, ordered, pairs[start:stop],
                self.k, strips, psi, counted[start:stop],
            )  # fmt: skip

        run_spans(part, spans(len(pairs), _PAIRS_AT_ONCE), n_jobs, progress)
        return counted

    def _brute_force(self, both: Floats, blocks: NDArray[np.int64], n_jobs: int | None) -> float:
        n = len(both)
        points = np.ascontiguousarray(both.T)
        counts = np.empty((len(blocks) - 1, n), np.int64)
        radius = np.empty(n)
        rectangles = self.variant == 2

        def part(start: int, stop: int) -> None:
            joint_neighbours(points, blocks, self.k, start, stop, rectangles, radius, counts)

        run_spans(part, spans(n, _ROWS_AT_ONCE), n_jobs)
        shift = 0 if rectangles else 1
        return float(digamma(counts + shift).sum(axis=0).mean())

    def _flags(self, both: Floats, prepared: Floats, nats: float) -> tuple[str, ...]:
        found = flags_of(both, self.k, prepared)
        if nats > 0.9 * self.ceiling_nats(len(both)):
            found.append("saturated")
        if nats < -ROUNDING:
            found.append("negative")
        return tuple(found)
