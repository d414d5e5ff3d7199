"""Information flow: time-delayed minus instantaneous mutual information."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal, overload

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._progress import Progress
from infoscope._results import brief
from infoscope._validate import Floats, between_nodes, fields_are, generator, one_of
from infoscope.estimators import resolved
from infoscope.estimators.estimate import NATS_PER_BIT
from infoscope.estimators.protocols import ceiling_bits
from infoscope.flow.flow_test import closed_form_significance
from infoscope.flow.groups import Groups, between_groups, members_of, table_of_groups
from infoscope.flow.paired_rows import PairedRows, matrix_of
from infoscope.flow.surrogate_flows import flow_terms, surrogate_significance, terms_of
from infoscope.graphs.connections import connections
from infoscope.graphs.graph import threshold_graph
from infoscope.graphs.matrix_result import Drawn, MatrixResult
from infoscope.measures.estimation import Estimator
from infoscope.measures.pair_reasons import Pair, ceilings_of, limits_of, sentences
from infoscope.recordings.alignment import Alignment
from infoscope.recordings.recording import Recording
from infoscope.significance import FlowSignificance
from infoscope.significance.closed_form_flow import ClosedFormFlow
from infoscope.surrogates import RecordingSurrogate, RowSurrogate
from infoscope.surrogates.catalogue import CLOSED_FORM


@dataclass(frozen=True, eq=False, repr=False)
class FlowMatrix(MatrixResult):
    """Information flow between all nodes of a recording.

    Flow is positive if the target shares more with the source later than now. This is not
    influence, and its sign can mislead (`information_flow`, Notes).

    Parameters
    ----------
    flow : DataArray (source, target)
        F(a→b) = I(a_t; b_{t+lag}) - I(a_t; b_t), bits. NaN on the diagonal, without such an edge,
        or without an estimate (``not_estimated``).
    delayed, instantaneous : DataArray (source, target)
        The two terms, bits.
    nodes : DataFrame
        Role, layer, whether the node is constant and whether it has ties, indexed by name.
    lag : int
        Rows between a and b.
    n : int
        Samples in each mutual information.
    estimator : object
        The estimator.
    not_estimated : tuple of str
        Nodes and pairs without an estimate, with the reason: their flow is NaN.
    rows : PairedRows, optional
        The activations and the compared rows; `significance` draws surrogates from them.
    aligned : Alignment, optional
        How far ahead each layer was read, and why.
    saturated : tuple of str
        Terms of pairs at the ceiling of the estimator for this sample size, such as copies: their
        flow reflects only the sample size.
    """

    flow: xr.DataArray
    delayed: xr.DataArray
    instantaneous: xr.DataArray
    nodes: pd.DataFrame
    lag: int
    n: int
    estimator: Any
    not_estimated: tuple[str, ...] = ()
    rows: PairedRows | None = None
    aligned: Alignment | None = None
    saturated: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the fields."""
        fields_are(self, nodes=pd.DataFrame, lag=Integral, n=Integral)
        for name in ("flow", "delayed", "instantaneous"):
            between_nodes(getattr(self, name), name, self.nodes.index)

    def _line(self) -> str:
        about = f"{len(self.nodes)} nodes, lag {self.lag}, n = {self.n}, {brief(self.estimator)}"
        return f"{about}; {self.alignment or 'alignment not known'}"

    def _drawn(self) -> Drawn:
        edges = (self.flow > 0.0).to_numpy()
        title = f"Information flow, lag {self.lag}"
        return Drawn(self.flow, self.nodes, "flow (bits)", title, edges, lag=self.lag)

    def _facts(self) -> dict[str, Any]:
        return {
            "lag": self.lag,
            "n": self.n,
            "estimator": str(self.estimator),
            "alignment": self.alignment,
            "flags": self.flags,
            "not_estimated": self.not_estimated,
        }

    @property
    def alignment(self) -> str:
        """How far ahead each layer was read, and why, as text; empty if unknown."""
        return "" if self.aligned is None else self.aligned.reason

    @property
    def flags(self) -> tuple[str, ...]:
        """Warnings about the sign of flows: from `Recording.alignment`, and saturation."""
        own = () if self.aligned is None else self.aligned.flags
        return (*own, "saturated") if self.saturated else own

    @property
    def ceiling_bits(self) -> float:
        """The ceiling of either term, bits; inf if none."""
        return ceiling_bits(self.estimator, self.n)

    def graph(self, threshold: float = 0.0, *, measure: str = "flow") -> nx.DiGraph:
        """Return the graph of edges whose measure exceeds a threshold in bits.

        Parameters
        ----------
        threshold : float
            In bits, exclusive.
        measure : {"flow", "delayed"}
            The measure to threshold; edges carry it as ``flow``.

        Raises
        ------
        InputError
            If threshold is not a finite number or measure is unknown.
        """
        one_of(measure, "measure", ("flow", "delayed"))
        return threshold_graph(getattr(self, measure), self.nodes, threshold)

    @overload
    def significance(  # pyright: ignore[reportOverlappingOverload] - every other name is a null
        self, null: Literal["closed-form"]
    ) -> ClosedFormFlow: ...

    @overload
    def significance(
        self,
        null: str | RowSurrogate | RecordingSurrogate | None = "auto",
        *,
        surrogates: int = 200,
        random_state: Any = 0,
        pool: bool = False,
        n_jobs: int | None = -1,
        progress: bool = False,
    ) -> FlowSignificance: ...

    def significance(
        self,
        null: str | RowSurrogate | RecordingSurrogate | None = "auto",
        *,
        surrogates: int = 200,
        random_state: Any = 0,
        pool: bool = False,
        n_jobs: int | None = -1,
        progress: bool = False,
    ) -> FlowSignificance | ClosedFormFlow:
        """Test the flow of every edge against surrogates without flow, or without learned flow.

        Pairs against the direction in which the network computes (hidden to input, output to
        hidden, output to input) are not tested but serve as a control: the share of them that is
        significant shows the dependence that the null ignores.

        Parameters
        ----------
        null : str, RowSurrogate or RecordingSurrogate
            ``"auto"`` (or None): an edge must pass a null of existence and one of direction.
            Existence: with trials, whole trials are exchanged at equal time since onset; otherwise
            series are shifted, while a detected trend or season stays in place. Direction:
            ``"lag-swap"``. ``notes`` of the result gives the choice and its reason
            (`infoscope.surrogates.default_nulls`). Or one null: ``"circular-shift"`` (any
            dependence in time), ``"lag-swap"`` (more after than before) or another of
            `describe_nulls`; or other networks (more than before training), as `untrained_networks`
            and `shuffled_weights` return them. ``"closed-form"``: existence and direction without
            surrogates, for Gaussian information; the other arguments are not used.
        surrogates : int
            Number of surrogates; fewer if fewer distinct ones exist.
        random_state : int, Generator or None
            Source of surrogates, and of an estimator's jitter.
        pool : bool
            Compare with the surrogates of all edges between the same two roles
            (`significance_of`).
        n_jobs : int
            Threads; -1 for one per core. The result does not depend on it.
        progress : bool
            Show a progress bar.

        Returns
        -------
        FlowSignificance or ClosedFormFlow
            p of every edge, uncorrected and corrected, and thresholds in bits. Its ``hypothesis``
            says what a significant edge means: dependence in time between two nodes, not a
            connection.

        Raises
        ------
        InputError
            If the flow does not come from `information_flow`, the null is unknown, the data allow
            no surrogates, drawn recordings have other nodes or rows, or the closed form is asked
            for where flow is not Gaussian.

        References
        ----------
        As `significance_of`.

        Examples
        --------
        >>> x = np.random.default_rng(0).normal(size=(1, 200, 1))
        >>> rec = Recording.from_arrays(inputs=x, hidden=np.tanh(x + 0.1 * x[:, ::-1]))
        >>> significance = information_flow(rec, edges="structural").significance(surrogates=49)
        >>> float(significance.p.sel(source="x0", target="h0"))
        0.02
        """
        if self.rows is None:
            raise InputError(
                "flow must come from information_flow to be compared with surrogates, got one "
                "without its activations; estimate it again"
            )
        if isinstance(null, str) and null == CLOSED_FORM.name:
            return closed_form_significance(self.flow, self.nodes, self.rows, self.estimator)
        return surrogate_significance(
            self.flow, self.nodes, self.rows, self.estimator, null, surrogates, random_state, pool,
            n_jobs, progress,
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """Return one row per ordered pair: source, target, flow and its two terms, in bits."""
        parts = {
            "flow": self.flow,
            "delayed": self.delayed,
            "instantaneous": self.instantaneous,
        }
        table = pd.DataFrame({name: part.to_series() for name, part in parts.items()})
        return table.dropna(subset=["flow"]).reset_index()


def information_flow(
    recording: Recording,
    *,
    lag: int = 1,
    estimator: Estimator = "auto",
    edges: str = "all",
    groups: Groups | None = None,
    epoch: int | None = None,
    aligned: str | bool = "auto",
    random_state: Any = 0,
    n_jobs: int | None = -1,
    progress: bool = False,
) -> FlowMatrix:
    """Estimate the information flow between all pairs of nodes of a recording.

    Parameters
    ----------
    recording : Recording
        Activations (sequence, time, node); or a table (row, node) in time order.
    lag : int
        Rows between source and target.
    estimator : "auto", "published" or MutualInformation
        As in `pairwise_information`; "published" is the paper's, ``KSG(k=10)`` with noise of 1e-10.
    edges : {"all", "structural"}
        Every ordered pair, or only connections of a network without feedback: input to hidden,
        hidden to hidden, hidden to output.
    groups : {"layers", "blocks", "roles", "given"} or mapping, optional
        Estimate flow between groups of nodes, each a vector, instead of nodes: by what the
        recording knows of them, or names of nodes by group. "auto" then is the Gaussian copula.
    epoch : int, optional
        Snapshot; the last by default.
    aligned : {"auto", "layers", "none"}
        Steps of the layers to compare. "layers": each layer (inputs, hidden, outputs) is computed
        from the previous one within a step; this hop counts as a step, so that an output is
        compared with the input of the day it predicts (published). "none": as recorded, for areas
        of a brain, where activity in one step acts on the next. "auto": as the recording states;
        otherwise, layer by layer, as the data show (`Recording.alignment`). ``alignment`` of the
        result gives the choice.
    random_state : int, Generator or None
        Source of an estimator's jitter.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show a progress bar.

    Returns
    -------
    FlowMatrix
        In bits. Both terms use the same samples: the rows of all sequences with another row ``lag``
        later and no gap in days between (`Recording.stretches`). A Theiler window counts days
        across sequences if the recording has days; otherwise rows within a sequence.

    Raises
    ------
    InputError
        If the sequences or their unbroken stretches are too short for the lag, there are too few
        samples for k, or an activation is NaN or infinite.

    Notes
    -----
    A positive flow means that the target shares more with the source later than now. As a sign of
    influence it is wrong where the target shares most with the source now:

    * a target that forecasts or anticipates its source. A unit that predicts the next value of a
      slow oscillation had a flow of -1.48 bits from its own input, its strongest connection;
    * two units that are slow, or share a source: they share more in the same step than later, and
      flow is negative in both directions;
    * two layers computed in turn within a step, unless the recording separates them (flag
      ``within-step``; pass them as ``hidden={...}`` to `Recording.from_arrays`).

    For influence use ``transfer_entropy``, which conditions on the target's past, or
    ``conditional_transfer_entropy``, which also conditions on the inputs, of `flow_measures`; the
    true value of neither is negative.

    References
    ----------
    Ivanovic, Kha, Muruganantham (2018), section 4.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(100, 8, 1))
    >>> rec = Recording.from_arrays(inputs=x, hidden=np.tanh(x))
    >>> flow = information_flow(rec)
    >>> bool(flow.flow.sel(source="x0", target="h0") > 1)
    True
    """
    one_of(edges, "edges", ("all", "structural"))
    chosen = resolved(estimator)
    rows = PairedRows.of(recording, lag, epoch, aligned)
    nodes, members = rows.nodes, None
    if groups is not None:
        members = members_of(recording, rows.nodes, groups)
        nodes = table_of_groups(rows.nodes, members)
        chosen = between_groups(members, chosen)
    allowed = _allowed(nodes, edges)
    random = generator(random_state)
    with Progress(terms_of(allowed), "mutual informations", progress) as bar:
        reasons: dict[Pair, str] = {}
        delayed, together = flow_terms(rows, allowed, chosen, random, n_jobs, bar, reasons)
    ordered = np.sort(rows.table, axis=0)
    same = ordered[1:] == ordered[:-1]
    constant, ties = same.all(axis=0), same.any(axis=0)
    if members is not None:
        constant = np.array([constant[group].all() for group in members.values()])
        ties = np.array([ties[group].any() for group in members.values()])
    terms = {"flow": delayed - together, "delayed": delayed, "instantaneous": together}
    return FlowMatrix(
        **{name: matrix_of(values, nodes.index, name) for name, values in terms.items()},
        nodes=nodes.assign(constant=constant, ties=ties),
        lag=rows.lag,
        n=len(rows.current),
        estimator=chosen,
        not_estimated=tuple(sentences(list(nodes.index), reasons)),
        rows=rows,
        aligned=rows.alignment,
        saturated=() if groups is not None else _saturated(rows, chosen, delayed, together),
    )


def _saturated(
    rows: PairedRows, estimator: Any, delayed: Floats, together: Floats
) -> tuple[str, ...]:
    """Return a sentence for each term of a pair at the ceiling of the estimator."""
    now, after = rows.table[rows.current], rows.table[rows.later]
    ceilings = ceilings_of(estimator, np.full(delayed.shape, len(now))) / NATS_PER_BIT
    limited = {"delayed": (delayed, after), "instantaneous": (together, now)}
    return tuple(
        sentence
        for term, (found, targets) in limited.items()
        for sentence in sentences(
            list(rows.nodes.index), limits_of(found, ceilings, now, targets), term
        )
    )


def _allowed(nodes: pd.DataFrame, edges: str) -> NDArray[np.bool_]:
    return ~np.eye(len(nodes), dtype=bool) if edges == "all" else connections(nodes)
