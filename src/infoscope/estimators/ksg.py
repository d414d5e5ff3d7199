"""Mutual information from k nearest neighbours (Kraskov, Stögbauer, Grassberger 2004)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from infoscope._errors import InputError
from infoscope._parallel import run_spans, spans
from infoscope._progress import Progress
from infoscope._validate import Floats, neighbours_fit, one_of, real_number, whole_number
from infoscope.estimators._neighbours import Window, neighbours
from infoscope.estimators._samples import (
    JITTER_UNITS,
    ROUNDING,
    SCALES,
    Samples,
    digammas,
    flags_of,
    jittered,
    neighbours_outside,
    scaled,
    uneven,
    wide_window,
)
from infoscope.estimators._ties import untied
from infoscope.estimators.estimate import Estimate
from infoscope.kernels.pairwise import (
    BYTES_PER_VALUE,
    columns_of,
    ksg1_pairs,
    slab_count,
    slabs_of,
)

# Points of pairs that one thread takes at a time: small enough to share the work evenly.
_POINTS_AT_ONCE = 32_000
# Most columns in a block of pairs, because the list of pairs takes memory too.
_COLUMNS_AT_ONCE = 1024
# Largest number of copies that each treatment of ties leaves alone, for k neighbours.
_COPIES: dict[str, Callable[[int], float]] = {
    "auto": lambda k: k,
    "random": lambda k: 0,
    "strict": lambda k: np.inf,
}
# Default memory for all pairs in bytes, in addition to data and result.
MEMORY = 256e6

# Spaces in which neighbours are counted, for blocks (x, y) and (x, z, y).
_PAIR = np.array([[0, 1], [1, 2]])
_CONDITIONAL = np.array([[0, 2], [1, 3], [1, 2]])


@dataclass(frozen=True)
class KSG:
    """The Kraskov-Stögbauer-Grassberger estimator of mutual information, in the max norm.

    Parameters
    ----------
    k : int
        Number of neighbours. A larger k has less variance and more bias under strong dependence.
    variant : {1, 2}
        Algorithm 1 counts neighbours strictly nearer than the k-th joint distance, equation
        (8) of the paper; algorithm 2 within the rectangle of the k neighbours, equation (9). If
        several are at the k-th distance, as on a grid, algorithm 2 takes the first rows.
    scale : {"none", "zscore", "rank"}
        Rescaling of each coordinate. Without scaling, the max norm over a vector (and so the
        estimate) depends on the relative scale of its coordinates; "rank" is the normal score.
    jitter : float
        Uniform noise up to this size is added to every (scaled) value. It breaks ties; within a
        cluster of ties the estimate then describes the noise. Noise below the floating-point
        resolution leaves the values tied, with flags.
    jitter_unit : {"absolute", "sd"}
        Whether jitter is in the unit of the (scaled) data, as published, or in standard
        deviations of each coordinate that is not constant.
    ties : {"auto", "random", "strict"}
        Treatment of equal values of a coordinate. "random" breaks ties by noise of 1e-10
        standard deviations, which leaves the information unchanged (flag ``ties-broken``).
        "strict" follows equation (8), as other tools do; if a value has more than k copies the
        result is meaningless, 1.9 bits for two independent integers. "auto" is strict as long as
        no value has more than k copies, and random otherwise.
    draws : int
        Number of random tie-breaks to average; one for all pairs.
    theiler : float
        Theiler window: rows of the same trial whose times differ by at most this are neither
        neighbours nor counted; 0 excludes nothing. In rows, unless times are given. psi(n) is
        unchanged, as in JIDT, although fewer rows can be neighbours: the estimate is too high by
        about ln(n / rows outside), with the flag ``wide-window`` from 0.05 nats on.

    Raises
    ------
    InputError
        If a parameter is out of its range.

    Notes
    -----
    The largest possible value for n samples is psi(n) - psi(k) nats for algorithm 1, and
    psi(n) - psi(k) - 1/k for algorithm 2; with a condition psi(n) - psi(k) and
    psi(n - 1) - psi(k). Equal distances can exceed it, since fewer than k may be nearer than the
    k-th (flag ``above-ceiling``).

    References
    ----------
    A. Kraskov, H. Stögbauer, P. Grassberger, Phys. Rev. E 69, 066138 (2004). Conditional: S.
    Frenzel, B. Pompe, Phys. Rev. Lett. 99, 204101 (2007), and for algorithm 2 M. Wibral, R.
    Vicente, M. Lindner, in Directed Information Measures in Neuroscience, Springer (2014).
    Excluded rows: J. Theiler, Phys. Rev. A 34, 2427 (1986).

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
    theiler: float = 0.0
    jitter_unit: str = "absolute"
    ties: str = "auto"
    draws: int = 1

    def __post_init__(self) -> None:
        """Check every parameter."""
        whole_number(self.k, "k", 1)
        one_of(self.ties, "ties", tuple(_COPIES))
        whole_number(self.draws, "draws", 1)
        whole_number(self.variant, "variant", 1, 2)
        one_of(self.scale, "scale", SCALES)
        real_number(self.jitter, "jitter", 0.0)
        one_of(self.jitter_unit, "jitter_unit", JITTER_UNITS)
        real_number(self.theiler, "theiler", 0.0)

    def ceiling_nats(self, n: int) -> float:
        """Return the largest value that n samples can give, in nats."""
        correction = 0.0 if self.variant == 1 else 1.0 / self.k
        return float(digamma(n) - digamma(self.k)) - correction

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y), or I(X; Y | Z) where samples have a given Z."""
        n, k = samples.n, self.k
        neighbours_fit(k, n)
        if self.theiler > 0:
            neighbours_outside(samples, self.theiler, k)
        raw = [samples.x, *([] if samples.given is None else [samples.given]), samples.y]
        blocks = np.cumsum([0, *[block.shape[1] for block in raw]])
        found = [self._drawn(raw, blocks, samples, random, n_jobs)]
        while found[-1].broken and len(found) < self.draws:
            found.append(self._drawn(raw, blocks, samples, random, n_jobs))
        nats, ceiling = float(np.mean([draw.nats for draw in found])), found[-1].ceiling
        flags = self._flags(samples, found[-1].prepared, nats, ceiling)
        if found[-1].broken:
            flags = (*flags, "ties-broken")
        return Estimate(nats, n, self, ceiling, flags)

    def _drawn(
        self,
        raw: Sequence[Floats],
        blocks: NDArray[np.int64],
        samples: Samples,
        random: np.random.Generator,
        n_jobs: int | None,
    ) -> "_Drawn":
        """Estimate once, with one random tie-break if ties are broken."""
        scaled_only = np.hstack([self._scaled(block, random) for block in raw])
        prepared = self._apart(scaled_only, random)
        nats, ceiling = self._nats(prepared, blocks, samples, n_jobs)
        return _Drawn(nats, ceiling, prepared, broken=prepared is not scaled_only)

    def _nats(
        self, prepared: Floats, blocks: NDArray[np.int64], samples: Samples, n_jobs: int | None
    ) -> tuple[float, float]:
        """Return the information of prepared samples and its largest possible value."""
        n, k = samples.n, self.k
        if samples.given is not None:
            # At most all other rows are near in the condition, at least k in the other spaces.
            ceiling = float(digamma(n if self.variant == 1 else n - 1) - digamma(k))
            return self._conditional(prepared, blocks, samples, n_jobs), ceiling
        if self.variant == 1 and self.theiler == 0 and prepared.shape[1] == 2:
            psi = self._sweep(prepared[:, :1], prepared[:, 1:], np.zeros((1, 2), np.int64))[0]
        else:
            counts = self._counts(prepared, blocks, _PAIR, samples, n_jobs)
            psi = digammas(n)[counts + self._shift].sum(axis=0).mean()
        return float(self._constant(n) - psi), self.ceiling_nats(n)

    def set_informations(
        self, data: Floats, random: np.random.Generator, n_jobs: int | None
    ) -> tuple[float, float]:
        """Estimate total and dual total correlation of the columns of data (n, d), in nats.

        All entropies use the distance of the k-th neighbour in the joint space, so that their
        dependence on dimension cancels. The dual is NaN for algorithm 2, which has no such form.
        """
        n, d = data.shape
        if self.theiler > 0:
            raise InputError(
                f"theiler must be 0 for quantities of many variables, got {self.theiler!r}; take "
                "rows farther apart in time instead"
            )
        neighbours_fit(self.k, n)
        prepared = self._prepared(data, random)
        each = np.arange(d)
        alone = np.column_stack([each, each + 1])
        if self.variant == 2:
            counts = self._counts(prepared, np.arange(d + 1), alone, None, n_jobs)
            constant = digamma(self.k) - (d - 1) / self.k + (d - 1) * digamma(n)
            return float(constant - digammas(n)[counts].sum(axis=0).mean()), float("nan")
        # With the columns repeated once, all columns but one are consecutive blocks.
        others = np.column_stack([each + 1, each + d])
        twice = np.hstack([prepared, prepared[:, :-1]])
        spaces = np.vstack([alone, others])
        counts = self._counts(twice, np.arange(2 * d), spaces, None, n_jobs)
        psi = digammas(n)[counts + 1].reshape(2, d, n)
        of_alone, of_others = psi.sum(axis=1).mean(axis=1)
        total = digamma(self.k) + (d - 1) * digamma(n) - of_alone
        dual = digamma(n) + (d - 1) * digamma(self.k) - of_others
        return float(total), float(dual)

    def pairs(
        self,
        sources: Floats,
        targets: Floats,
        wanted: NDArray[np.bool_],
        n_jobs: int | None,
        progress: Progress,
        memory: float = MEMORY,
    ) -> Floats:
        """Estimate I(source; target) for many pairs of scalars, in nats.

        sources (n, p) and targets (n, q) hold columns that `prepared_columns` has prepared;
        wanted (p, q) says which pairs. Columns are processed in blocks that fit into memory, in
        bytes. Returns (p, q), NaN where not wanted.
        """
        n, p = sources.shape
        q = targets.shape[1]
        neighbours_fit(self.k, n)
        matrix = np.full((p, q), np.nan)
        at_once = max(1, min(_COLUMNS_AT_ONCE, int(memory / (2 * n * BYTES_PER_VALUE))))
        for of_sources in (slice(*span) for span in spans(p, at_once)):
            for of_targets in (slice(*span) for span in spans(q, at_once)):
                chosen = wanted[of_sources, of_targets]
                if chosen.any():
                    block, other = sources[:, of_sources], targets[:, of_targets]
                    same = sources is targets and of_sources == of_targets
                    count = self._sweep if self.variant == 1 else self._search
                    matrix[of_sources, of_targets][chosen] = self._constant(n) - count(
                        block, block if same else other, np.argwhere(chosen), n_jobs, progress
                    )
        return matrix

    def prepared_columns(self, data: Floats, random: np.random.Generator) -> Floats:
        """Scale and jitter the columns of data (n, nodes), each a separate variable."""
        return self._prepared(data, random)

    def _prepared(self, samples: Floats, random: np.random.Generator) -> Floats:
        return self._apart(self._scaled(samples, random), random)

    def _scaled(self, samples: Floats, random: np.random.Generator) -> Floats:
        return jittered(scaled(samples, self.scale), self.jitter, self.jitter_unit, random)

    def _apart(self, prepared: Floats, random: np.random.Generator) -> Floats:
        """Break ties if requested or needed; otherwise return the same array."""
        return untied(prepared, random, _COPIES[self.ties](self.k))

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
        """Return the mean of psi(n_x + 1) + psi(n_y + 1) for pairs (m, 2) of columns (n, nodes)."""
        n = len(sources)
        of_sources = columns_of(sources.T)
        of_targets = of_sources if targets is sources else columns_of(targets.T)
        slabs, begin = slabs_of(of_sources, slab_count(n))
        psi = digammas(n)
        counted = np.empty(len(pairs))

        def part(start: int, stop: int) -> None:
            ksg1_pairs(
                of_sources, slabs, begin, of_targets, pairs[start:stop],
                self.k, psi, counted[start:stop],
            )  # fmt: skip

        run_spans(part, spans(len(pairs), max(1, _POINTS_AT_ONCE // n)), n_jobs, progress)
        return counted

    def _search(
        self,
        sources: Floats,
        targets: Floats,
        pairs: NDArray[np.int64],
        n_jobs: int | None,
        progress: Progress,
    ) -> Floats:
        """Return the mean of psi(n_x) + psi(n_y) (KSG-2) for pairs (m, 2) of columns."""
        counted = np.empty(len(pairs))
        for p, (a, b) in enumerate(pairs):
            both = np.column_stack([sources[:, a], targets[:, b]])
            counts = self._counts(both, np.arange(3), _PAIR, None, n_jobs)
            counted[p] = digammas(len(both))[counts].sum(axis=0).mean()
            progress.advance()
        return counted

    @property
    def _shift(self) -> int:
        """Addend of a count: algorithm 1 counts the point itself, algorithm 2 does not."""
        return 1 if self.variant == 1 else 0

    def _conditional(
        self, prepared: Floats, blocks: NDArray[np.int64], samples: Samples, n_jobs: int | None
    ) -> float:
        """Return I(X; Y | Z): Frenzel and Pompe (2007); algorithm 2, Wibral et al. (2014)."""
        counts = self._counts(prepared, blocks, _CONDITIONAL, samples, n_jobs)
        psi = digammas(len(prepared))
        if self.variant == 1:
            xz, zy, z = psi[counts + 1]
            return float(digamma(self.k) - (xz + zy - z).mean())
        xz, zy, z = counts
        terms = psi[z] - psi[xz] + 1.0 / xz - psi[zy] + 1.0 / zy
        return float(digamma(self.k) - 2.0 / self.k + terms.mean())

    def _counts(
        self,
        prepared: Floats,
        blocks: NDArray[np.int64],
        spaces: NDArray[np.int64],
        samples: Samples | None,
        n_jobs: int | None,
    ) -> NDArray[np.int64]:
        """Count, for every point, the other near points in each space."""
        n = len(prepared)
        window = Window.none(n)
        if self.theiler > 0 and samples is not None:
            window = Window(samples.trials, samples.times, float(self.theiler))
        return neighbours(prepared, blocks, spaces, self.k, self.variant == 2, window, n_jobs)[1]

    def _flags(
        self, samples: Samples, prepared: Floats, nats: float, ceiling: float
    ) -> tuple[str, ...]:
        found = flags_of(samples.together)
        if uneven(prepared):
            found.append("uneven-scales")
        if self.theiler > 0 and wide_window(samples, self.theiler):
            found.append("wide-window")
        if nats > 0.9 * ceiling:
            found.append("saturated")
        if nats < -ROUNDING:
            found.append("negative")
        return tuple(found)


@dataclass(frozen=True)
class _Drawn:
    """An estimate with one random tie-break."""

    nats: float
    ceiling: float
    prepared: Floats
    broken: bool
