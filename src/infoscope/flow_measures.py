"""Measures of directed influence beside flow, for every two nodes, on the same rows."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import xarray as xr
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
from infoscope.estimators import Gaussian
from infoscope.information import InformationEstimator
from infoscope.pair_measures import GaussianPairs, SampledPairs
from infoscope.paired_rows import PairedRows
from infoscope.recording import Recording
from infoscope.results import NATS_PER_BIT

# What each measure is computed from; in the order of the result.
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
_DEFAULT = Gaussian()


def flow_measures(
    data: Any,
    measures: Iterable[str] = MEASURES,
    estimator: InformationEstimator = _DEFAULT,
    lag: int = 1,
    inputs: Iterable[str] | None = None,
    noise: float = 0.01,
    epoch: int | None = None,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    progress: bool = False,
) -> xr.Dataset:
    """Estimate how strongly each node influences each other one, by several measures.

    Parameters
    ----------
    data : Recording or array, shape (row, node)
        A recording is aligned, and its rows are paired, as by `information_flow`. The rows of a
        table are one series in the order of time; a DataFrame or DataArray lends its names, a
        DataArray with a coordinate ``role`` also the roles.
    measures : iterable of str
        Some of those below.
    estimator : InformationEstimator
        `Gaussian`, in closed form for all pairs at once, or one that takes a condition, for
        example ``KSG(k=4)``.
    lag : int
        Rows between source and target.
    inputs : iterable of str, optional
        Names of the nodes that ``conditional_transfer_entropy`` is given; by default those with
        the role input.
    noise : float
        Independent normal noise on the target of ``full_conditional``, in its own standard
        deviations: what a noiseless network makes of all its nodes is determined by them, and
        informations given them are infinite without.
    epoch : int, optional
        Which snapshot of a recording; the last by default.
    random_state : int, Generator or None
        Where an estimator's jitter, and noise beside `Gaussian`, come from.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Dataset
        Matrices (source, target) in bits, NaN on the diagonal; 0 for a node that never changes
        (named in the attribute ``constant``), which is left out of what is given. `Gaussian` also
        names ``determined`` nodes, linear functions of others in the same row: they tell nothing
        beyond these, 0. Of source a, target b, rows t and t' = t + lag, with X all inputs but a:

        ============================= ========================================================
        instantaneous                 I(a_t; b_t)
        delayed                       I(a_t; b_t')
        flow                          delayed - instantaneous, F
        delayed_asymmetry             delayed less that from b to a; also that of F
        transfer_entropy              T = I(a_t; b_t' | b_t)
        residual                      T - F = I(a_t; b_t | b_t'), never negative in truth: what
                                      a shares with the present of b and no longer with its future
        conditional_transfer_entropy  I(a_t; b_t' | b_t, X_t): at lag 1 the rows of a recording
                                      are such that X_t are the inputs in the very step of a
                                      hidden b_t'; T where there are no inputs
        full_conditional              I(a_t; b_t' + noise | all other nodes at t)
        partial_correlation           |correlation of a_t and b_t' given all other nodes at t|,
                                      from 0 to 1, whatever the estimator
        ============================= ========================================================

    Raises
    ------
    InputError
        If an argument is unknown or out of range, or there are too few rows.
    EstimationError
        If an information is infinite: a target is a linear function of a source, and of others
        that are given.

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
    wanted = [one_of(m, "measures", MEASURES) for m in several(measures, "measures", "['flow']")]
    if not wanted:
        raise InputError("measures is empty; list at least one, or omit it to estimate all")
    capable(estimator, "mutual_information", "Gaussian()")
    threads(n_jobs)
    random = generator(random_state)
    width = real_number(noise, "noise", 0.0)
    rows = PairedRows.of(data, lag, epoch)
    if epoch is not None and not isinstance(data, Recording):
        raise InputError(
            f"epoch must be None for a table, which has no snapshots, got {described(epoch)}; "
            "leave it out"
        )
    given = _given(rows, inputs)
    moving = ~rows.constant
    terms = list(dict.fromkeys(term for name in wanted for term in _TERMS[name]))
    pairs = int(moving.sum()) * (int(moving.sum()) - 1)
    with Progress(len(terms) * pairs, "flow measures", progress) as bar:
        linear = GaussianPairs(
            rows, moving, estimator if isinstance(estimator, Gaussian) else _DEFAULT
        )
        engine: Any = linear
        if not isinstance(estimator, Gaussian):
            engine = SampledPairs(rows, moving, estimator, random, n_jobs, bar)
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
    told = {}
    if isinstance(estimator, Gaussian):
        told["determined"] = rows.nodes.index[moving][linear.determined].tolist()
    return _dataset(found, wanted, rows, {
        **told,
        "lag": rows.lag,
        "n": len(rows.current),
        "estimator": str(estimator),
        "noise": width,
        "inputs": rows.nodes.index[given].tolist(),
        "constant": rows.nodes.index[~moving].tolist(),
    })  # fmt: skip


def _given(rows: PairedRows, inputs: Iterable[str] | None) -> NDArray[np.bool_]:
    """Which nodes are inputs."""
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
    """Bits, or a share, of all nodes: 0 for those that stand still, NaN on the diagonal."""
    matrix = np.zeros((len(moving),) * 2)
    matrix[np.ix_(moving, moving)] = values
    np.fill_diagonal(matrix, np.nan)
    return matrix


def _dataset(
    found: dict[str, Floats], wanted: list[str], rows: PairedRows, attributes: dict[str, Any]
) -> xr.Dataset:
    """The measures wanted, from their terms in nats."""
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
    return xr.Dataset(matrices, attrs=attributes)
