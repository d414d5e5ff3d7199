"""Measures of directed influence between all nodes, on the rows that flow uses."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._progress import Progress
from infoscope._validate import (
    Floats,
    capable,
    described,
    generator,
    one_of,
    real_number,
    several,
    threads,
)
from infoscope.estimators import Auto, Gaussian, resolved
from infoscope.estimators._collinearity import constant_columns, copies
from infoscope.estimators._samples import zscored
from infoscope.estimators._ties import most_copies, untied
from infoscope.estimators._ties import moving as moving_columns
from infoscope.estimators.estimate import NATS_PER_BIT, listed
from infoscope.estimators.protocols import MutualInformation
from infoscope.flow.connectivity.best import BEST, best_order
from infoscope.flow.measure_tests import TESTED, MeasureTests
from infoscope.flow.pair_measures import GaussianPairs, SampledPairs
from infoscope.flow.paired_rows import PairedRows, snapshots_for
from infoscope.graphs.matrix_dataset import MatrixDataset, with_roles
from infoscope.measures.estimation import Estimator
from infoscope.measures.pair_reasons import sentences
from infoscope.significance.measure_significance import MeasureSignificance

# Terms of each measure, in the order of the result.
_TERMS = {
    "instantaneous": ("instantaneous",),
    "delayed": ("delayed",),
    "flow": ("delayed", "instantaneous"),
    "delayed_asymmetry": ("delayed",),
    "transfer_entropy": ("transfer_entropy",),
    "residual": ("transfer_entropy", "delayed", "instantaneous"),
    "conditional_transfer_entropy": ("conditional_transfer_entropy",),
    "full_conditional": ("full_conditional",),
    "partial_correlation": ("partial_correlation",),
}
MEASURES = tuple(_TERMS)
# Tests the measures of an estimator without a closed form.
_COPULA = Gaussian(copula=True)
# "auto" uses the copula above this number of copies of a value, or this excess kurtosis of a node:
# a few rows then dominate correlations of the values.
_COPIES, _HEAVY = 4, 6.0


class FlowMeasures(MatrixDataset):
    """Measures of directed influence: a Dataset of matrices (source, target), and their tests."""

    __slots__ = ("_tests",)

    def _line(self) -> str:
        about = [f"{len(self.data_vars)} measures"]
        about += [f"{len(self['source'])} nodes"] if "source" in self.dims else []
        about += [f"{name} = {self.attrs[name]}" for name in ("lag", "n") if name in self.attrs]
        return f"{', '.join(about)}; {self.attrs.get('estimator', 'selection')}"

    @property
    def tests(self) -> MeasureTests:
        """The tests of these measures, with the activations that they need.

        Raises
        ------
        InputError
            If these measures do not come directly from `flow_measures`.
        """
        tests = getattr(self, "_tests", None)
        if tests is None:
            raise InputError(
                "measures must be as flow_measures returned them, got a selection, copy or file "
                "without the activations; estimate them again, then select from the result of "
                "significance"
            )
        return tests

    def significance(self, measure: str | None = None) -> MeasureSignificance:
        """Test whether a measure is zero for each pair, in closed form, corrected for all pairs.

        Parameters
        ----------
        measure : str, optional
            ``full_conditional`` or ``partial_correlation`` (an edge, given all recorded nodes),
            ``conditional_transfer_entropy`` or ``transfer_entropy`` (dependence in time); by
            default the first of these that was estimated.

        Returns
        -------
        MeasureSignificance
            p, p_fwer and q of every pair, thresholds, and graphs.

        Raises
        ------
        InputError
            If the measure was not estimated or has no test, or these measures do not come directly
            from `flow_measures`.
        EstimationError
            If there are too few rows for the conditions.

        Notes
        -----
        The test of a squared partial correlation of Gaussian variables, with degrees of freedom
        from the effective sample size of the residuals (Bartlett's formula). It conditions on more
        than the measure: all slow components, of periods beyond 65 rows, and source, target and
        conditions one row before. Otherwise slow nodes, or a shared trend, look like edges: of 20
        independent nodes (AR 0.95, 300 rows) ``full_conditional`` has a false edge at FWER 5 % in
        57 % of samples. A shared cycle of a shorter period, or a sudden shift in level of all
        nodes, still looks like an edge: add the sine and cosine of such a cycle as nodes.
        `Gaussian` assumes finite variances; for heavy tails use ``Gaussian(copula=True)``, which
        also tests for any estimator other than `Gaussian`. The test detects only monotone
        dependence; other dependence may remain undetected.

        Examples
        --------
        >>> from infoscope import synthetic_systems
        >>> chain = synthetic_systems()["S1"].sample(1000)
        >>> tested = flow_measures(chain, measures=["full_conditional"]).significance()
        >>> sorted(tested.graph(0.01).edges)[:3]
        [('x0', 'x1'), ('x1', 'x2'), ('x2', 'x3')]
        """
        tests = self.tests
        if measure is None:
            measure = next((name for name in TESTED if name in self), TESTED[0])
        one_of(measure, "measure", TESTED)
        if measure not in self:
            raise InputError(
                f"measure must be one of those estimated, {', '.join(map(str, self))}, got "
                f"{measure!r}; pass it to flow_measures, or test one_step_influence"
            )
        return tests.significance(self[measure])


def flow_measures(
    data: Any,
    *,
    measures: Iterable[str] = MEASURES,
    estimator: Estimator = "auto",
    lag: int = 1,
    inputs: Iterable[str] | None = None,
    noise: float = 0.01,
    epoch: int | None = None,
    aligned: str | bool = "auto",
    random_state: Any = 0,
    n_jobs: int | None = -1,
    progress: bool = False,
) -> FlowMeasures:
    """Estimate several measures of directed influence between all nodes.

    Parameters
    ----------
    data : Recording or array, shape (row, node)
        A recording is aligned, and its rows are paired, as in `information_flow`. The rows of a
        table are one series in time order; a DataFrame or DataArray supplies names, a DataArray
        with a coordinate ``role`` also roles.
    measures : iterable of str
        Names from the table below; all but "best" by default.
    estimator : "auto" or MutualInformation
        "auto" uses `Gaussian` for all measures, in closed form for all pairs at once: given many
        nodes, other estimators have no power, and differences need one scale. Where a node has ties
        (a value with more than four copies) or heavy tails (an excess kurtosis above 6), it uses
        ``Gaussian(copula=True)`` with ties broken at random; the attribute ``estimator`` says
        which. Both miss non-monotone dependence, such as a product of two nodes. Or any conditional
        estimator, for example ``KSG(k=4)``.
    lag : int
        Rows between source and target.
    inputs : iterable of str, optional
        Names of the nodes that ``conditional_transfer_entropy`` is given; by default those with
        the role input.
    noise : float
        Independent normal noise on the target of ``full_conditional``, in standard deviations of
        the target: all nodes of a noiseless network determine the target, so that information given
        them is infinite without noise.
    epoch : int, optional
        Snapshot of a recording; the last by default.
    aligned : {"auto", "layers", "none"}
        Steps of a recording's layers to compare, as in `information_flow`.
    random_state : int, Generator or None
        Source of an estimator's jitter, and of the noise unless `Gaussian`.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show a progress bar.

    Returns
    -------
    FlowMeasures
        A Dataset of matrices (source, target) in bits, NaN on the diagonal, with `significance`
        for measures that condition on a past. Pairs without a value are NaN, and the attribute
        ``not_estimated`` says why: a node never changes (``constant``; it is omitted from the
        conditions); the nodes are ``copies``, with infinite information; or, given all others, the
        source is a linear function of others in the same row (``determined``), so that its effect
        is not identifiable. The attribute ``alignment`` says how layers were aligned. For source a,
        target b, rows t and t' = t + lag, X all inputs except a:

        ============================= ========================================================
        instantaneous                 I(a_t; b_t). Dependence now
        delayed                       I(a_t; b_t'). Dependence of b later on a, by any
                                      path: also a common driver or b's own past
        flow                          delayed - instantaneous, F. More dependence later than now;
                                      not a test of an edge
        delayed_asymmetry             delayed a→b minus delayed b→a; also that of F
        transfer_entropy              T = I(a_t; b_t' | b_t). Dependence of b later on a, beyond
                                      b's past: also via other nodes and common drivers
        residual                      T - F = I(a_t; b_t | b_t'), true value >= 0: what a
                                      shares with the present of b but not with its future
        conditional_transfer_entropy  I(a_t; b_t' | b_t, X_t): at lag 1 of a recording, X_t are
                                      the inputs in the same step as a hidden b_t'; T without
                                      inputs. As T, but excludes inputs as common drivers
        full_conditional              I(a_t; b_t' + noise | all other nodes at t). An edge
                                      given all recorded nodes; unrecorded drivers and slower
                                      paths can still cause false ones
        partial_correlation           |correlation of a_t and b_t' given all other nodes at t|,
                                      from 0 to 1, whatever the estimator. The same test
        best                          The order that suits the data, which the attribute
                                      ``best`` describes: `OneStepInfluence.order`, from 0 to
                                      1; transfer entropy where all sources together predict
                                      less than a node's own past; or partial correlation within
                                      the row where lags do not show who acts on whom
        ============================= ========================================================

    Raises
    ------
    InputError
        If an argument is unknown or out of range, or there are too few rows.
    EstimationError
        If there are too few rows to hold all other nodes fixed.

    References
    ----------
    F: Ivanovic, Kha, Muruganantham (2018), section 4; the residual is the chain rule for
    I(a_t; b_t, b_t'). T: T. Schreiber, Phys. Rev. Lett. 85, 461 (2000); of Gaussians, L. Barnett,
    A. B. Barrett, A. K. Seth, Phys. Rev. Lett. 103, 238701 (2009).

    Examples
    --------
    >>> from infoscope import synthetic_systems
    >>> chain = synthetic_systems()["S1"].sample(2000)
    >>> found = flow_measures(chain).sel(source="x0", target="x2")  # by way of x1
    >>> round(float(found.transfer_entropy), 2), round(abs(float(found.full_conditional)), 2)
    (0.02, 0.0)
    """
    named = several(measures, "measures", "['flow']")
    wanted = [one_of(measure, "measures", (*MEASURES, BEST)) for measure in named]
    if not wanted:
        raise InputError("measures is empty; list at least one, or omit it to estimate all")
    chosen = resolved(estimator)
    capable(chosen, MutualInformation, "Gaussian()")
    threads(n_jobs)
    random = generator(random_state)
    width = real_number(noise, "noise", 0.0)
    rows = PairedRows.of(data, lag, epoch, aligned)
    snapshots_for(data, epoch)
    given = _given(rows, inputs)
    moving = ~(
        constant_columns(rows.table[rows.current]) | constant_columns(rows.table[rows.later])
    )
    if isinstance(chosen, Auto):
        chosen = Gaussian(copula=_needs_ranks(rows.table))
        if chosen.copula:
            rows = replace(rows, table=untied(rows.table, random))
    terms = list(dict.fromkeys(term for name in wanted for term in _TERMS.get(name, ())))
    pairs = int(moving.sum()) * (int(moving.sum()) - 1)
    with Progress(len(terms) * pairs, "flow measures", progress) as bar:
        linear = GaussianPairs(rows, moving, chosen if isinstance(chosen, Gaussian) else Gaussian())
        engine: Any = linear
        if not isinstance(chosen, Gaussian):
            engine = SampledPairs(rows, moving, chosen, random, n_jobs, bar)
        estimate: dict[str, Callable[[], Floats]] = {
            "instantaneous": engine.instantaneous,
            "delayed": engine.delayed,
            "transfer_entropy": engine.transfer_entropy,
            "conditional_transfer_entropy": lambda: engine.conditional_transfer_entropy(
                given[moving]
            ),
            "full_conditional": lambda: engine.full_conditional(width),
            "partial_correlation": linear.partial_correlation,
        }
        found: dict[str, Floats] = {}
        for done, term in enumerate(terms, 1):
            found[term] = _of_all_nodes(estimate[term](), moving)
            bar.advance(done * pairs - bar.done)
    tests = MeasureTests(rows, moving, given, chosen if isinstance(chosen, Gaussian) else _COPULA)
    told = {}
    names = rows.nodes.index[moving].tolist()
    if isinstance(chosen, Gaussian):
        told["determined"] = rows.nodes.index[moving][linear.determined].tolist()
    groups = copies(rows.table[rows.current][:, moving])
    reasons = engine.reasons | linear.reasons
    result = _dataset(found, [name for name in wanted if name != BEST], rows, tests, {
        **told,
        "copies": [listed([names[node] for node in group]) for group in groups],
        "not_estimated": [
            *(f"{name} is constant" for name in rows.nodes.index[~moving]),
            *(line for term in terms for line in sentences(names, reasons.get(term, {}), term)),
        ],
        "lag": rows.lag,
        "alignment": str(rows.alignment),
        "n": len(rows.current),
        "estimator": str(chosen),
        "noise": width,
        "inputs": rows.nodes.index[given].tolist(),
        "constant": rows.nodes.index[~moving].tolist(),
    })  # fmt: skip
    if BEST in wanted:

        def transfer(lag: int) -> Floats:
            one = ["transfer_entropy"]
            found = flow_measures(data, measures=one, lag=lag, epoch=epoch, aligned=aligned)
            return found[one[0]].to_numpy()

        found_best = best_order(data, rows, epoch, aligned, random, transfer)
        result[BEST], result.attrs[BEST] = found_best
    return result


def _needs_ranks(table: Floats) -> bool:
    """Return whether any column has ties or heavy tails."""
    squares = zscored(table)[0] ** 2
    heavy = (squares**2).mean(axis=0) > _HEAVY + 3.0
    tied = most_copies(moving_columns(table)) > _COPIES
    return bool(heavy.any() or tied.any())


def _given(rows: PairedRows, inputs: Iterable[str] | None) -> NDArray[np.bool_]:
    """Return which nodes are inputs."""
    if inputs is None:
        return (rows.nodes["role"] == "input").to_numpy()
    names = several(inputs, "inputs", f"[{rows.nodes.index[0]!r}]")
    if unknown := [described(name) for name in names if name not in list(rows.nodes.index)]:
        known = ", ".join(rows.nodes.index[:12])
        raise InputError(
            f"inputs must be names of nodes, got {', '.join(unknown)}; the first nodes are {known}"
        )
    return rows.nodes.index.isin(names)


def _of_all_nodes(values: Floats, moving: NDArray[np.bool_]) -> Floats:
    """Return a matrix over all nodes, NaN for constant nodes and on the diagonal."""
    matrix = np.full((len(moving),) * 2, np.nan)
    matrix[np.ix_(moving, moving)] = values
    np.fill_diagonal(matrix, np.nan)
    return matrix


def _dataset(
    found: dict[str, Floats],
    wanted: list[str],
    rows: PairedRows,
    tests: MeasureTests,
    attributes: dict[str, Any],
) -> FlowMeasures:
    """Return the requested measures from their terms in nats."""
    bits = {
        name: term if name == "partial_correlation" else term / NATS_PER_BIT
        for name, term in found.items()
    }
    combined: dict[str, Callable[[], Floats]] = {
        "flow": lambda: bits["delayed"] - bits["instantaneous"],
        "delayed_asymmetry": lambda: bits["delayed"] - bits["delayed"].T,
        "residual": lambda: bits["transfer_entropy"] - (bits["delayed"] - bits["instantaneous"]),
    }
    matrices = {
        name: rows.matrix(
            combined[name]() if name in combined else bits[name],
            name,
            "1" if name == "partial_correlation" else "bit",
        )
        for name in wanted
    }
    measures = FlowMeasures(matrices, attrs=with_roles(attributes, rows.nodes))
    measures._tests = tests
    return measures
