"""Base class of synthetic systems: truth and sampling."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import EstimationError
from infoscope._validate import Floats, generator, truth, whole_number
from infoscope.recordings.blocks import ROLES
from infoscope.recordings.recording import Recording

_BURN_IN = 500
_BLOCKS = {"input": "inputs", "hidden": "hidden", "output": "outputs"}


class SyntheticSystem(ABC):
    """A process with known edges, delays and ranks.

    `synthetic_systems` lists ready ones; each is a frozen dataclass of its parameters; make
    variants with `dataclasses.replace`. Systems with equal parameters are identical, wiring
    included; only `sample` and `recording` are random.

    Examples
    --------
    >>> from infoscope import synthetic_systems
    >>> chain = synthetic_systems()["S1"]
    >>> chain.sample(200, random_state=1).shape
    (200, 8)
    >>> bool(chain.edges.sel(source="x0", target="x1"))
    True
    """

    @property
    @abstractmethod
    def nodes(self) -> pd.DataFrame:
        """Role and layer of every observed node, indexed by name, as in `Recording.nodes`."""

    @property
    @abstractmethod
    def delays(self) -> xr.DataArray:
        """Rows from cause to effect, (source, target); 0 without an edge.

        Self-connections are not edges.
        """

    @abstractmethod
    def _simulate(self, rows: int, random: np.random.Generator) -> Floats:
        """Return n rows of all observed nodes after a burn-in, (row, node)."""

    @property
    def edges(self) -> xr.DataArray:
        """Whether the source drives the target directly, (source, target)."""
        return (self.delays > 0).rename("edges")

    @property
    def ranks(self) -> pd.Series | None:
        """True rank of every node, the lowest 0; None without a true order."""
        return None

    def information(self) -> xr.Dataset | None:
        """Exact information of every ordered pair, bits (source, target); None where unknown.

        Returns
        -------
        Dataset or None
            With source a, target b and X all nodes of role input: ``instantaneous``
            I(a_t; b_t), ``delayed`` I(a_t; b_{t+1}), their difference ``flow``,
            ``transfer_entropy`` I(a_t; b_{t+1} | b_t), ``conditional_transfer_entropy``
            I(a_t; b_{t+1} | b_t, X_t) and ``full_conditional`` I(a_t; b_{t+1} | all other nodes
            at t). NaN on the diagonal.
        """
        return None

    def graph(self) -> nx.DiGraph:
        """Return the true graph: nodes carry role and layer, edges their ``delay``."""
        graph: nx.DiGraph = nx.DiGraph()
        for name, attributes in self.nodes.iterrows():
            graph.add_node(name, **{str(key): value for key, value in attributes.items()})
        names, delays = list(self.nodes.index), self.delays.to_numpy()
        for a, b in np.argwhere(delays > 0):
            graph.add_edge(names[a], names[b], delay=int(delays[a, b]))
        return graph

    def sample(self, n: int, random_state: Any = 0, *, standardise: bool = True) -> xr.DataArray:
        """Draw n rows of all observed nodes, each of mean 0 and variance 1.

        Parameters
        ----------
        n : int
            Rows, after a burn-in of 500.
        random_state : int, Generator or None
            Source of noise and inputs; the wiring is the system's own.
        standardise : bool
            Whether to standardise; otherwise values are those of the system's equations.

        Returns
        -------
        DataArray
            (time, node). Edges act after `delays` rows, 1 or more.

        Raises
        ------
        InputError
            If n is not a whole number >= 2.
        EstimationError
            If a node is constant.
        """
        rows = _BURN_IN + whole_number(n, "n", 2)
        table = self._simulate(rows, generator(random_state))[_BURN_IN:]
        nodes = self.nodes
        if truth(standardise, "standardise"):
            table = _standardised(table, nodes.index)
        return xr.DataArray(
            table,
            dims=("time", "node"),
            coords={
                "node": list(nodes.index),
                **{key: ("node", nodes[key].to_numpy()) for key in nodes},
            },
        )

    def recording(self, n: int, random_state: Any = 0) -> Recording:
        """Draw a recording of one sequence of n steps.

        Each hop between roles is within a step, and the recording states it (``aligned`` of
        `Recording.from_arrays`). Aligned rows are rows of `sample`: with m + 1 roles, rows m to n -
        1 of ``sample(n + m, random_state)``.

        Parameters
        ----------
        n : int
            Steps of the recording.
        random_state : int, Generator or None
            Source of noise and inputs.

        Raises
        ------
        InputError
            If n is not a whole number >= 2.
        EstimationError
            If a node is constant.
        """
        steps = whole_number(n, "n", 2)
        roles = self.nodes["role"].to_numpy()
        present = [role for role in ROLES if role in roles]
        table = self.sample(steps + len(present) - 1, random_state).to_numpy()
        blocks = {
            _BLOCKS[role]: table[np.newaxis, first : first + steps, roles == role]
            for first, role in enumerate(present)
        }
        names = {_BLOCKS[role]: list(self.nodes.index[roles == role]) for role in present}
        return Recording.from_arrays(**blocks, names=names, aligned="layers")  # pyright: ignore[reportArgumentType]


class RecursiveSystem(SyntheticSystem):
    """A system whose next row is a function of the last few rows and new noise.

    Unobserved variables, if any, precede the observed ones.
    """

    @property
    @abstractmethod
    def memory(self) -> int:
        """Number of past rows that the next one depends on."""

    @property
    @abstractmethod
    def couplings(self) -> NDArray[np.int64]:
        """`delays` as an array, over all variables."""

    @abstractmethod
    def step(self, past: Floats, noise: Floats) -> Floats:
        """Return the next row.

        Parameters
        ----------
        past : array, shape (memory, variable)
            The previous rows, oldest first.
        noise : array, shape (variable,)
            Independent, standard normal.
        """

    @property
    def delays(self) -> xr.DataArray:
        """Rows from cause to effect, (source, target); 0 without an edge."""
        seen = len(self.nodes)
        return pairwise_array(self.couplings[-seen:, -seen:], list(self.nodes.index), "delays")

    def _simulate(self, rows: int, random: np.random.Generator) -> Floats:
        variables, depth = len(self.couplings), self.memory
        noise = random.normal(size=(rows, variables))
        table = np.zeros((depth + rows, variables))
        for row, of_row in enumerate(noise):
            table[depth + row] = self.step(table[row : row + depth], of_row)
        return table[depth:, -len(self.nodes) :]


def _standardised(table: Floats, names: pd.Index) -> Floats:
    """Return columns of mean 0 and variance 1."""
    spread = table.std(axis=0)
    if not spread.all():
        raise EstimationError(
            f"node {names[int(np.argmin(spread))]} cannot be standardised: it is constant; add "
            "noise to the system"
        )
    return (table - table.mean(axis=0)) / spread


def pairwise_array(values: NDArray[Any], names: Sequence[str], name: str) -> xr.DataArray:
    """Return a matrix labelled with source and target names."""
    coordinates = {"source": list(names), "target": list(names)}
    return xr.DataArray(values, dims=("source", "target"), coords=coordinates, name=name)


def node_frame(
    names: Sequence[str], roles: Sequence[str] | None = None, layers: Sequence[int] | None = None
) -> pd.DataFrame:
    """Return role and layer of nodes; by default all hidden, and layer by role."""
    of_node = ["hidden"] * len(names) if roles is None else list(roles)
    present = [role for role in ROLES if role in of_node]
    at = [present.index(role) for role in of_node] if layers is None else list(layers)
    index = pd.Index(list(names), name="node")
    return pd.DataFrame({"role": of_node, "layer": at}, index=index)
