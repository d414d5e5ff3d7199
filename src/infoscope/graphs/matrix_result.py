"""Results that are matrices between nodes: as a Dataset, as pictures, and in a notebook."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from html import escape
from typing import TYPE_CHECKING, Any, cast

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._results import Result
from infoscope._validate import Floats, one_of, real_number
from infoscope.graphs.connections import connections
from infoscope.graphs.graph import largest_entries
from infoscope.graphs.node_order import ordered
from infoscope.graphs.ranking import rank_nodes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("matrix", "bipartite", "graph")
# More edges than this are a hairball; more nodes than that without a drawn edge are left out.
MOST_EDGES, _MOST_ALONE = 60, 60
# Distance of a title from a matrix with a legend between, in points.
_ABOVE_LEGEND = 24.0
# Height of a picture in a notebook, in inches.
_INLINE_INCHES = 4.6
# Negative values up to this share of the largest count as scatter about 0.
_SMALL = 0.1


@dataclass(frozen=True)
class Drawn:
    """A matrix between nodes, with all that a picture of it says.

    Parameters
    ----------
    values : DataArray (source, target)
        NaN where unknown.
    nodes : DataFrame
        One row per node, indexed by name, with its role where known.
    label : str
        The quantity with its unit.
    title : str
        Of the picture.
    edges : array of bool (source, target)
        The pairs that are edges of a graph.
    signed : bool
        Whether values can be negative.
    marks : mapping of str to array of bool (source, target)
        Name → cells to mark: the first with discs, others with rings.
    blank : array of bool (source, target), optional
        Cells that are NaN because nothing was asked about them; others are hatched.
    blank_means : str
        What these are.
    notes : tuple of str
        Further sentences for the caption.
    lag : int, optional
        Rows between source and target, where known.
    """

    values: xr.DataArray
    nodes: pd.DataFrame
    label: str
    title: str
    edges: NDArray[np.bool_]
    signed: bool = True
    marks: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    blank: NDArray[np.bool_] | None = None
    blank_means: str = "not asked for"
    notes: tuple[str, ...] = ()
    lag: int | None = None

    def plot(
        self,
        kind: str = "matrix",
        order: Any = "role",
        threshold: float | None = None,
        ax: Any = None,
    ) -> "Figure":
        """Draw the matrix or its graph (`MatrixResult.plot`)."""
        one_of(kind, "kind", KINDS)
        edges = self.edges
        if threshold is not None:
            edges = edges & (self._array > real_number(threshold, "threshold"))
        ranks = None
        if kind == "graph" or (isinstance(order, str) and order == "rank"):
            ranks = self._ranks(edges)
        places = ordered(self.nodes, order, ranks=ranks, values=self._array)
        if kind == "matrix":
            return self._matrix(places, ax)
        return self._graph(kind, edges, places, ranks, ax)

    @property
    def _array(self) -> Floats:
        return self.values.to_numpy()

    def _ranks(self, edges: NDArray[np.bool_]) -> pd.Series:
        return rank_nodes(self.values.copy(data=edges.astype(float))).ranks

    def _matrix(self, places: NDArray[np.int64], ax: Any) -> "Figure":
        from infoscope.plots.canvas import canvas, caption, figure_of
        from infoscope.plots.matrix_panel import Mark, matrix_panel

        grid, roles = np.ix_(places, places), self._roles
        marks = [
            Mark(name, cells[grid], filled=number == 0)
            for number, (name, cells) in enumerate(self.marks.items())
        ]
        with canvas(ax, *_size(len(places))) as axes:
            words = matrix_panel(
                axes, self._array[grid], list(self.nodes.index[places]),
                [roles[place] for place in places], label=self.label, signed=self.signed,
                blank=self._blank[grid], marks=marks, blank_means=self.blank_means,
            )  # fmt: skip
            axes.set_ylabel("source")
            axes.set_title(self.title, pad=_ABOVE_LEGEND if axes.get_legend() else None)
            caption(axes, "target", [*words, *self.notes])
            return figure_of(axes)

    @property
    def _blank(self) -> NDArray[np.bool_]:
        """The diagonal and, where only connections of a network have a value, all other pairs."""
        alone = np.eye(len(self.nodes), dtype=bool)
        if self.blank is not None:
            alone |= self.blank
        if "role" not in self.nodes:
            return alone
        connected = connections(self.nodes)
        known = ~np.isnan(self._array)
        # Without any value, nothing says that pairs were left out.
        structural = known.any() and not known[~connected].any()
        return alone | ~connected if structural else alone

    def _graph(
        self, kind: str, edges: NDArray[np.bool_], places: NDArray[np.int64],
        ranks: pd.Series | None, ax: Any,
    ) -> "Figure":  # fmt: skip
        from infoscope.plots.bipartite_panel import bipartite_panel
        from infoscope.plots.canvas import canvas, caption, figure_of
        from infoscope.plots.graph_panel import PANEL_HEIGHT, graph_panel
        from infoscope.plots.nodes import role_key

        graph, notes = self._selection(edges, places)
        names = list(graph)
        words = [*notes, "edges have the colour of their source"]
        if any(flow < 0.0 for _, _, flow in graph.edges(data="flow")):
            words.append("dashed: negative")
        words.append(role_key(self._roles))
        bipartite = kind == "bipartite"
        size = (6.4, 1.4 + max(2.4, 0.13 * len(names))) if bipartite else (11.0, PANEL_HEIGHT + 0.7)
        with canvas(ax, *size) as axes:
            if bipartite:
                later = "later" if self.lag is None else f"t + {self.lag}"
                bipartite_panel(axes, graph, names, ("source, t", f"target, {later}"))
            else:
                assert ranks is not None
                graph_panel(axes, graph, ranks)
            axes.set_title(self.title)
            caption(axes, "" if bipartite else "rank", [*words, *self.notes])
            return figure_of(axes)

    def _selection(
        self, edges: NDArray[np.bool_], places: NDArray[np.int64]
    ) -> tuple[nx.DiGraph, list[str]]:
        """Return the graph to draw, its nodes in order, and what was left out."""
        count = int(edges.sum())
        # An infinite value is larger than all others, and no reason to leave out its edge.
        sizes = np.nan_to_num(np.abs(self._array), nan=np.nan, posinf=np.finfo(float).max)
        chosen: NDArray[np.bool_] = largest_entries(
            self.values.copy(data=sizes), MOST_EDGES, edges
        ).to_numpy()
        notes = [f"{count} edges"]
        if count > MOST_EDGES:
            notes = [f"the largest {MOST_EDGES} of {count} edges"]
        linked = np.logical_or(chosen.any(axis=0), chosen.any(axis=1))
        alone = int((~linked).sum())
        if len(places) > _MOST_ALONE and alone and linked.any():
            places = places[linked[places]]
            notes.append(f"{alone} nodes without one of them are left out")
        graph: nx.DiGraph = nx.DiGraph()
        names, roles = list(self.nodes.index), self._roles
        for place in places:
            graph.add_node(names[place], role=roles[place])
        for a, b in np.argwhere(chosen):
            graph.add_edge(names[a], names[b], flow=float(self._array[a, b]))
        return graph, notes

    @property
    def _roles(self) -> list[str]:
        from infoscope.plots.nodes import roles_of

        return roles_of(self.nodes)


def _size(n: int) -> tuple[float, float]:
    """Return width and height in inches of the picture of a matrix."""
    side = float(np.clip(2.6 + 0.1 * n, 3.2, 7.5))
    return side + 1.7, side + 1.0


class MatrixResult(Result):
    """Base of results that are dataclasses of matrices."""

    @property
    def data(self) -> xr.Dataset:
        """All matrices (source, target), by name."""
        held = {field.name: getattr(self, field.name) for field in fields(cast(Any, self))}
        return xr.Dataset({k: part for k, part in held.items() if isinstance(part, xr.DataArray)})

    @abstractmethod
    def _drawn(self) -> Drawn:
        """Return the main matrix, as pictures show it."""

    def plot(
        self,
        *,
        kind: str = "matrix",
        order: str | Sequence[Any] = "role",
        threshold: float | None = None,
        ax: Any = None,
    ) -> "Figure":
        """Draw the matrix, or the graph of its edges.

        Parameters
        ----------
        kind : {"matrix", "bipartite", "graph"}
            Rows send and columns receive, readable for hundreds of nodes; each node twice, as
            source now and as target later; or each node at its rank, in the band of its role. A
            graph of more than 60 edges is not readable: the largest 60 are drawn, and the caption
            says so.
        order : {"role", "rank", "cluster", "name"} or sequence of nodes
            Order of the nodes (`infoscope.graphs.node_order`); a sequence serves to draw several
            results in the order of one.
        threshold : float, optional
            Value above which a pair is an edge, for ranks and graphs; by default 0 for a flow or
            measure, and the significant pairs for a test.
        ax : matplotlib Axes, optional
            Where to draw; by default in a new figure.

        Returns
        -------
        matplotlib.figure.Figure
            Not registered with pyplot. Cells without an estimate are hatched. Of signed values,
            negative ones are lighter than the middle of the colours and positive ones darker.

        Raises
        ------
        InputError
            If an argument is out of range.

        Examples
        --------
        >>> from infoscope import information_flow, synthetic_systems
        >>> flow = information_flow(synthetic_systems()["S1"].sample(300))
        >>> figure = flow.plot(order="rank")
        >>> figure.axes[0].get_ylabel()
        'source'
        """
        return self._drawn().plot(kind, order, threshold, ax)

    def _picture(self) -> str:
        return picture(self._drawn(), repr(self))


def with_sign(values: xr.DataArray) -> bool:
    """Return whether a matrix has negative values that are not small next to the largest.

    Estimates of a quantity that cannot be negative scatter about 0.
    """
    known = values.to_numpy()[np.isfinite(values.to_numpy())]
    return bool(known.min(initial=0.0) < -_SMALL * known.max(initial=0.0))


def picture(drawn: Drawn, line: str) -> str:
    """Return the picture of a matrix for a notebook, described by a line of text."""
    from infoscope.plots.canvas import inline_image
    from infoscope.plots.style import new_figure

    if len(drawn.nodes) < 2:
        return ""
    figure = new_figure(_INLINE_INCHES + 1.0, _INLINE_INCHES)
    drawn.plot(ax=figure.subplots())
    return inline_image(figure, escape(line))
