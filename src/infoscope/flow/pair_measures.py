"""Conditional information between all pairs of nodes: in closed form, or pair by pair."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import EstimationError
from infoscope._parallel import run_spans, spans
from infoscope._progress import Progress
from infoscope._validate import Floats
from infoscope.estimators import Gaussian, Samples
from infoscope.estimators.gaussian import SINGULAR
from infoscope.estimators.protocols import MutualInformation
from infoscope.flow.paired_rows import PairedRows
from infoscope.measures.estimation import samples_of
from infoscope.measures.information import pair_informations
from infoscope.measures.pair_reasons import INFINITE, Pair, both_ways

# An eigenvalue of a correlation matrix below this means a linear dependence.
_SINGULAR = SINGULAR
# A linear dependence involves the nodes with more than this share of its squared coefficients.
_INVOLVED = 1e-10
_PAIRS_AT_ONCE = 8
_NOT_IDENTIFIABLE = (
    "the source is a linear function of other nodes in the same row, so that its own contribution "
    "is not identifiable; omit copies, or use a pairwise measure"
)
_DETERMINED = (
    "the target is a linear function of all nodes before, so that the information is infinite; "
    "set noise > 0, or use partial_correlation"
)


@dataclass(frozen=True)
class GaussianPairs:
    """Closed forms from correlations, for all pairs at once, nats (node, node).

    Every information of scalars a and b given Z is -1/2 ln(1 - r^2), with r the partial
    correlation. Without a residual of a or b the information is exactly 0: a function of Z adds
    nothing to Z. It is NaN where infinite, and where a source is not identifiable; ``reasons``
    receives why, by measure.

    Parameters
    ----------
    rows : PairedRows
        Activations.
    moving : array of bool, shape (node,)
        Non-constant nodes, to be measured.
    estimator : Gaussian
        Sets whether normal scores are used and the bias is corrected.
    """

    rows: PairedRows
    moving: NDArray[np.bool_]
    estimator: Gaussian
    reasons: dict[str, dict[Pair, str]] = field(default_factory=dict)

    @cached_property
    def now(self) -> Floats:
        """The nodes in the current rows, (n, node), columns of mean 0 and length 1."""
        return self.estimator.unit_columns(self.rows.table[self.rows.current][:, self.moving])

    @cached_property
    def later(self) -> Floats:
        """The same, later by the lag."""
        return self.estimator.unit_columns(self.rows.table[self.rows.later][:, self.moving])

    @property
    def names(self) -> list[str]:
        """Names of the nodes, for messages."""
        return self.rows.nodes.index[self.moving].tolist()

    def instantaneous(self) -> Floats:
        """I(a_t; b_t)."""
        return self._alone("instantaneous", self.now, self.rows.current)

    def delayed(self) -> Floats:
        """I(a_t; b_{t+lag})."""
        return self._alone("delayed", self.later, self.rows.later)

    def transfer_entropy(self) -> Floats:
        """I(a_t; b_{t+lag} | b_t)."""
        nobody = np.zeros(len(self.names), bool)
        squared = self._given_own_past(self._from_others(nobody), nobody)
        return self._because("transfer_entropy", INFINITE, self._nats(squared, 1))

    def conditional_transfer_entropy(self, inputs: NDArray[np.bool_]) -> Floats:
        """I(a_t; b_{t+lag} | b_t, X_t) with X all inputs but a."""
        found, rank = np.zeros((len(inputs),) * 2), _basis(self.now[:, inputs]).shape[1]
        for sources, left, given in (
            (~inputs, self._from_others, rank),
            (inputs, self._from_inputs, rank - 1),
        ):
            if sources.any():
                squared = self._given_own_past(left(inputs), inputs)
                # A conditioning input is its own past.
                for targets, own in ((inputs, 0), (~inputs, 1)):
                    nats = self._nats(squared[:, targets], given + own)
                    found[np.ix_(sources, targets)] = nats
        return self._because("conditional_transfer_entropy", INFINITE, found)

    def full_conditional(self, noise: float) -> Floats:
        """I(a_t; b_{t+lag} + noise Z | all other nodes at t)."""
        explained, left = self._explained
        beyond = left + noise**2
        nothing = (explained < _SINGULAR) & (beyond < _SINGULAR)
        share = np.sqrt(explained / np.where(nothing, 1.0, explained + beyond))
        rank = len(self.names) - int(self._inverse[2])
        found = self._nats(np.where(nothing, np.nan, self._of_others(share)), rank - 1)
        found = self._because("full_conditional", _DETERMINED, found)
        return self._of_identifiable("full_conditional", found)

    def partial_correlation(self) -> Floats:
        """|correlation of a_t and b_{t+lag} given all other nodes at t|."""
        explained, left = self._explained
        whole = explained + left
        # Without a residual of b only rounding is left to correlate with.
        found = np.sqrt(np.where(whole < _SINGULAR, 0.0, explained) / np.maximum(whole, _SINGULAR))
        return self._of_identifiable("partial_correlation", found)

    def _alone(self, measure: str, partner: Floats, rows: NDArray[np.int64]) -> Floats:
        """I(a_t; b) with nothing given, b in some rows."""
        squared = self._of_others(self.now.T @ partner)
        table = self.rows.table[:, self.moving]
        singular = self.estimator.rounding(squared, table[self.rows.current], table[rows])
        found = self.estimator.nats(squared, len(self.now), singular=singular)
        return self._because(measure, INFINITE, found)

    def _of_identifiable(self, measure: str, found: Floats) -> Floats:
        """Set NaN for sources that are linear functions of others in the same row."""
        found[self.determined] = np.nan
        return self._because(measure, _NOT_IDENTIFIABLE, found)

    def _because(self, measure: str, why: str, found: Floats) -> Floats:
        """Note a reason for each pair that has no value and no reason yet."""
        known = self.reasons.setdefault(measure, {})
        missing = np.isnan(found) & ~np.eye(len(found), dtype=bool)
        for a, b in np.argwhere(missing):
            known.setdefault((int(a), int(b)), why)
        return found

    @cached_property
    def _explained(self) -> tuple[Floats, Floats]:
        """Variance of b explained by a alone, (a, b), and by no node, (b,)."""
        n, d = self.now.shape
        precision, determined, dependences = self._inverse
        if n < d - dependences + 3:
            raise EstimationError(
                f"an information given all {d - 1} other nodes needs more than {d + 2} rows, got "
                f"{n}; record more, or omit full_conditional and partial_correlation"
            )
        weights = precision @ (self.now.T @ self.later)
        left = ((self.later - self.now @ weights) ** 2).sum(axis=0)
        alone = np.where(determined, 0.0, np.reciprocal(precision.diagonal()))
        return weights**2 * alone[:, np.newaxis], left

    @cached_property
    def determined(self) -> NDArray[np.bool_]:
        """Which nodes are linear functions of the others in the same row, (node,).

        Uses the values, because normal scores hide their linear relations.
        """
        found = self._inverse[1]
        if self.estimator.copula:
            raw = Gaussian().unit_columns(self.rows.table[self.rows.current][:, self.moving])
            found = found | _inverse(raw.T @ raw)[1]
        return found

    @cached_property
    def _inverse(self) -> tuple[Floats, NDArray[np.bool_], int]:
        return _inverse(self.now.T @ self.now)

    def _from_others(self, inputs: NDArray[np.bool_]) -> "_Left":
        """Residuals of each non-input source, and of the targets, given all inputs."""
        now, later = self.now, self.later
        if inputs.any():
            basis = _basis(now[:, inputs])
            now, later = (part - basis @ (basis.T @ part) for part in (now, later))
        sources = now[:, ~inputs]
        return _Left(
            np.flatnonzero(~inputs),
            alone=(sources**2).sum(axis=0)[:, np.newaxis],
            together=sources.T @ now,
            across=sources.T @ later,
            before=(now**2).sum(axis=0),
            own=(now * later).sum(axis=0),
            after=(later**2).sum(axis=0),
        )

    def _from_inputs(self, inputs: NDArray[np.bool_]) -> "_Left":
        """Residuals of each input, and of the targets, given the other inputs.

        Residuals given all inputs, plus the part that this input alone explains: its regression
        weights times its own residual.
        """
        fixed = self.now[:, inputs]
        precision, determined, _ = _inverse(fixed.T @ fixed)
        alone = np.where(determined, 0.0, np.reciprocal(precision.diagonal()))[:, np.newaxis]
        now, later = (precision @ (fixed.T @ part) for part in (self.now, self.later))
        beyond = self._from_others(inputs)
        return _Left(
            np.flatnonzero(inputs),
            alone=alone,
            together=alone * now,
            across=alone * later,
            before=beyond.before + alone * now**2,
            own=beyond.own + alone * now * later,
            after=beyond.after + alone * later**2,
        )

    def _given_own_past(self, left: "_Left", inputs: NDArray[np.bool_]) -> Floats:
        """Squared correlation (source, node) given b_t too, unless b is an input.

        0 for a = b, and NaN where either has no residual.
        """
        standing = inputs | (left.before < _SINGULAR)
        before = np.where(standing, 1.0, left.before)
        together, own = (np.where(standing, 0.0, part) for part in (left.together, left.own))
        alone = left.alone - together**2 / before
        after = np.broadcast_to(left.after - own**2 / before, alone.shape)
        nothing = (alone < _SINGULAR) | (after < _SINGULAR)
        across = (left.across - together * own / before) ** 2
        squared = np.where(nothing, np.nan, across / np.where(nothing, 1.0, alone * after))
        squared[np.arange(len(left.sources)), left.sources] = 0.0
        return squared

    def _nats(self, squared: Floats, given: int = 0) -> Floats:
        nothing = np.isnan(squared)
        nats = self.estimator.nats(np.where(nothing, 0.0, squared), len(self.now), given)
        return np.where(nothing, 0.0, nats)

    def _of_others(self, correlation: Floats) -> Floats:
        """Square, with 0 on the diagonal."""
        return np.where(np.eye(len(correlation), dtype=bool), 0.0, correlation**2)


@dataclass(frozen=True)
class SampledPairs:
    """The same measures by any estimator, pair by pair on threads, nats (node, node).

    Parameters
    ----------
    rows : PairedRows
        Activations.
    moving : array of bool, shape (node,)
        Non-constant nodes, to be measured.
    estimator : MutualInformation
        A conditional estimator.
    random : Generator
        Source of jitter and noise: the same for each estimate, so that it cancels in differences.
    n_jobs : int
        Threads.
    bar : Progress
        Counts pairs.
    """

    rows: PairedRows
    moving: NDArray[np.bool_]
    estimator: MutualInformation
    random: np.random.Generator
    n_jobs: int | None
    bar: Progress
    reasons: dict[str, dict[Pair, str]] = field(default_factory=dict)

    @cached_property
    def _parts(self) -> tuple[Floats, Floats]:
        table = self.rows.table[:, self.moving]
        return table[self.rows.current], table[self.rows.later]

    @cached_property
    def _others(self) -> NDArray[np.bool_]:
        return ~np.eye(int(self.moving.sum()), dtype=bool)

    def instantaneous(self) -> Floats:
        """I(a_t; b_t)."""
        found = self._pairs("instantaneous", self.rows.current, np.triu(self._others))
        self.reasons["instantaneous"] = both_ways(self.reasons["instantaneous"])
        return np.where(np.isnan(found), found.T, found)

    def delayed(self) -> Floats:
        """I(a_t; b_{t+lag})."""
        return self._pairs("delayed", self.rows.later, self._others)

    def transfer_entropy(self) -> Floats:
        """I(a_t; b_{t+lag} | b_t)."""
        now, later = self._parts
        return self._given("transfer_entropy", later, lambda _, b: now[:, [b]])

    def conditional_transfer_entropy(self, inputs: NDArray[np.bool_]) -> Floats:
        """I(a_t; b_{t+lag} | b_t, X_t) with X all inputs but a."""
        now, later = self._parts

        def given(a: int, b: int) -> Floats:
            chosen = inputs.copy()
            chosen[b] = True
            chosen[a] = False
            return now[:, chosen]

        return self._given("conditional_transfer_entropy", later, given)

    def full_conditional(self, noise: float) -> Floats:
        """I(a_t; b_{t+lag} + noise Z | all other nodes at t)."""
        now, later = self._parts
        if noise:
            spread = noise * later.std(axis=0)
            later = later + spread * deepcopy(self.random).normal(size=later.shape)
        return self._given("full_conditional", later, lambda a, _: np.delete(now, a, axis=1))

    def _pairs(self, measure: str, partner: NDArray[np.int64], wanted: NDArray[np.bool_]) -> Floats:
        every = np.zeros((len(self.moving),) * 2, bool)
        every[np.ix_(self.moving, self.moving)] = wanted
        reasons: dict[Pair, str] = {}
        found = pair_informations(
            self.rows.table, self.rows.current, partner, every, self.estimator,
            deepcopy(self.random), self.n_jobs, self.bar, reasons=reasons, **self.rows.near,
        )  # fmt: skip
        place = np.cumsum(self.moving) - 1
        self.reasons[measure] = {
            (int(place[a]), int(place[b])): why for (a, b), why in reasons.items()
        }
        return found[np.ix_(self.moving, self.moving)]

    def _given(self, measure: str, later: Floats, given: Callable[[int, int], Floats]) -> Floats:
        now = self._parts[0]
        near = {key: np.asarray(of)[self.rows.current] for key, of in self.rows.near.items()}
        trials, times = near.get("trials"), near.get("times")
        pairs = np.argwhere(self._others)
        reasons = self.reasons.setdefault(measure, {})

        def estimate(start: int, stop: int) -> list[float]:
            found = []
            for a, b in pairs[start:stop]:
                samples: Samples = samples_of(now[:, a], later[:, b], given(a, b), trials, times)
                try:
                    # One thread per estimate: the pairs keep all threads busy.
                    estimated = self.estimator.mutual_information(
                        samples, deepcopy(self.random), 1
                    ).nats
                except EstimationError as error:
                    estimated, reasons[int(a), int(b)] = np.nan, str(error)
                found.append(estimated)
            return found

        pieces = run_spans(estimate, spans(len(pairs), _PAIRS_AT_ONCE), self.n_jobs, self.bar)
        matrix = np.full(self._others.shape, np.nan)
        matrix[self._others] = np.concatenate(pieces)
        return matrix


@dataclass(frozen=True)
class _Left:
    """Covariances of the residuals of source a and target b, given some nodes at t.

    ``sources`` are the indices of a. ``alone`` is of a_t, ``together`` of a_t and b_t,
    ``across`` of a_t and b_{t+lag}, ``before`` of b_t, ``own`` of b_t and b_{t+lag}, ``after`` of
    b_{t+lag}: (source, node), or broadcastable to it.
    """

    sources: NDArray[np.int64]
    alone: Floats
    together: Floats
    across: Floats
    before: Floats
    own: Floats
    after: Floats


def _inverse(correlation: Floats) -> tuple[Floats, NDArray[np.bool_], int]:
    """Pseudo-inverse, linearly dependent nodes, and number of dependences."""
    values, vectors = np.linalg.eigh(correlation)
    null = values < _SINGULAR
    determined = (vectors[:, null] ** 2).sum(axis=1) > _INVOLVED
    kept = vectors[:, ~null]
    return kept / values[~null] @ kept.T, determined, int(null.sum())


def _basis(columns: Floats) -> Floats:
    """Orthonormal basis of the span of columns (n, d) of length 1."""
    basis, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return basis[:, sizes**2 > _SINGULAR]
