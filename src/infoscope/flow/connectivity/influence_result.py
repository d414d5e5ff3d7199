"""Influence within one step as a result: matrices, tests and edges."""

from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import rankdata

from infoscope._errors import InputError
from infoscope._validate import generator
from infoscope.flow.connectivity.columns import Columns
from infoscope.flow.connectivity.counts import CountFit
from infoscope.flow.connectivity.greedy import greedy
from infoscope.flow.connectivity.knockoffs import compared, threshold
from infoscope.flow.connectivity.layer_models import Model
from infoscope.flow.connectivity.regression import LinkFit, robust_t
from infoscope.flow.connectivity.step_rows import StepRows
from infoscope.flow.paired_rows import matrix_of
from infoscope.graphs.graph import threshold_graph
from infoscope.graphs.matrix_dataset import MatrixDataset
from infoscope.significance.measure_significance import MeasureSignificance
from infoscope.significance.p_values import checked_level

# Units of the matrices.
_NEEDED = {"needed": "1", "needed_bits": "bit", "needed_p": "1"}
# Name of the matrix of `OneStepInfluence.robust_t`.
ROBUST_T = "robust_t"
# Largest share of the sources that the nodes of a sparsely connected layer need.
_SPARSE = 0.5


class OneStepInfluence(MatrixDataset):
    """Influence within one step: a Dataset of matrices (source, target), with tests and edges."""

    __slots__ = ("_layers",)

    def _line(self) -> str:
        models = self.attrs.get("models", {})
        about = ", ".join(f"{layer}: {model}" for layer, model in models.items())
        return f"{self.sizes.get('source', 0)} nodes, n = {self.attrs.get('n')}; {about}"

    @property
    def layers(self) -> list[tuple[StepRows, Model]]:
        """Rows and model of each layer.

        Raises
        ------
        InputError
            If the result does not come directly from `one_step_influence`.
        """
        layers = getattr(self, "_layers", None)
        if layers is None:
            raise InputError(
                "influence must be as one_step_influence returned it, got a selection, copy or "
                "file without the activations; estimate it again"
            )
        return layers

    def significance(self) -> MeasureSignificance:
        """Test for every pair whether there is an edge, by `robust_t`, corrected for all pairs.

        Returns
        -------
        MeasureSignificance
            p, p_fwer and q of every pair, thresholds, and graphs.

        Raises
        ------
        InputError
            If no pair has a t: quadratic models and gated cells have none; or as `robust_t`.

        Notes
        -----
        The false discovery rate is that of each kind of pair, such as x→h and h→h, on its own: if
        nearly all inputs act, they would otherwise allow for more false edges among hidden units.
        The test holds if errors are noise of the process, and rows are at least four times the
        sources: 7 to 11 % false edges at FDR 10 % in tanh networks and in spiking ones. Noise of
        the recording, in few dimensions, makes far too many pairs significant (half of the edges of
        an echo state network with 1 % noise); take `edges` then.
        """
        freedom = self["freedom"].to_numpy()
        t = self.robust_t().to_numpy()
        r = t / np.sqrt(t**2 + freedom)
        return MeasureSignificance.of(
            self["effect"], r, np.broadcast_to(freedom, t.shape), self._nodes
        )

    def robust_t(self) -> xr.DataArray:
        """Return t of every pair without a penalty, with errors that allow for unequal variances.

        Of counts, and where rows are less than twice the sources, ``t``; NaN without a link.

        Returns
        -------
        DataArray (source, target)

        Raises
        ------
        InputError
            If the result does not come directly from `one_step_influence`, and has no ``robust_t``
            that was stored.

        References
        ----------
        J. G. MacKinnon, H. White, J. Econom. 29, 305 (1985): HC3.
        """
        if ROBUST_T in self:
            return self[ROBUST_T]
        values = self["t"].to_numpy().copy()
        for rows, model in self.layers:
            if isinstance(model, LinkFit):
                of_layer = np.ix_(rows.sources, rows.targets)
                found = robust_t(model, rows)
                values[of_layer] = np.where(np.isfinite(values[of_layer]), found, np.nan)
        return matrix_of(values, self["source"].to_numpy().tolist(), ROBUST_T, "1")

    def edges(self, level: float = 0.1) -> nx.DiGraph:
        """Return the graph of the sources that each target needs, chosen greedily.

        Multivariate transfer entropy on the scale of the link: sources are added by their
        information about the target given its own past and those chosen before, while its p,
        corrected for all sources of the target, is at most the level, and removed if the others
        make them superfluous. Of counts, on filtered counts; on the values where a model has no
        link.

        Parameters
        ----------
        level : float
            Family-wise error rate of each target.

        Returns
        -------
        DiGraph
            Edges carry ``flow`` (bits, given all other chosen sources), ``p`` and ``effect``.

        Raises
        ------
        InputError
            If the result does not come directly from `one_step_influence`, or level is out of
            range.

        References
        ----------
        As `infoscope.flow.connectivity.greedy`.
        """
        found = self.needed(level).assign(effect=self["effect"])
        return needed_graph(found, self._nodes, level)

    def knockoffs(self, level: float = 0.1, random_state: Any = 0) -> nx.DiGraph:
        """Return the graph of the sources that explain their targets better than their knockoffs.

        A second control of false edges, without p-values: each source competes with a copy that
        correlates with all other sources as it does, but acts on nothing. The number of copies
        above a threshold estimates the number of false edges above it. Finds 1 / level edges or
        more, or none. False edges at 0.1: 7 to 15 % in networks with noise of the process alone,
        17 % with 1 % noise of the recording, 17 % in spikes with an unrecorded rhythm; 58 % of a
        quadratic network, in whose linear columns copies compete.

        Parameters
        ----------
        level : float
            False discovery rate over all pairs.
        random_state : int, Generator or None
            Source of the knockoffs; another draw exchanges edges near the threshold.

        Returns
        -------
        DiGraph
            Edges carry ``flow`` (bits, given the other needed sources), ``effect``, and
            ``statistic``, the log-likelihood ratio of the source to its knockoff.

        Raises
        ------
        InputError
            As `edges`, or if there are fewer rows than twice the sources.

        References
        ----------
        As `infoscope.flow.connectivity.knockoffs`, which has the assumptions.
        """
        checked_level(level)
        statistic, bits = compared(self.layers, generator(random_state))
        least = threshold(statistic, level)
        names = self["source"].to_numpy().tolist()
        flow = matrix_of(np.where(statistic >= least, bits, np.nan), names, "flow")
        graph = threshold_graph(flow, self._nodes, -1.0)
        for source, target, attributes in graph.edges(data=True):
            at = names.index(source), names.index(target)
            attributes["statistic"] = float(statistic[at])
            attributes["effect"] = float(self["effect"].to_numpy()[at])
        graph.graph.update(level=level, correction="fdr", null="knockoffs")
        return graph

    def order(self, level: float = 0.1) -> xr.DataArray:
        """Return the order of all pairs that suits the data, likeliest connections first.

        Where connections are sparse, the question is whether there is one: the sources of `edges`
        precede all others, and |t| decides among each. Where each node needs more than half of the
        sources, almost every connection is there, and the question is how strong it is: the order
        of ``score``, as for quadratic models and gated cells, which have no t. Of counts, |t|.

        Parameters
        ----------
        level : float
            Family-wise error rate of each target, of `edges`.

        Returns
        -------
        DataArray (source, target)
            For each layer of targets the share of its pairs that a pair exceeds or equals, 0 to 1.
            The attribute ``orders`` says of each layer which order it has.

        Raises
        ------
        InputError
            As `edges`.
        """
        chosen = self.needed(level)["needed"]
        score, t = self["score"].to_numpy(), np.abs(self["t"].to_numpy())
        places, orders = np.full(score.shape, np.nan), {}
        for rows, model in self.layers:
            of_layer = np.ix_(rows.sources, rows.targets)
            needed = chosen.to_numpy()[of_layer]
            known = np.isfinite(score[of_layer])
            if isinstance(model, CountFit):
                values, word = t[of_layer], "t"
            elif isinstance(model, LinkFit) and needed[known].sum() <= _SPARSE * known.sum():
                values, word = t[of_layer], "needed sources first, then t"
                values = np.where(needed, 1.0 + values[known].max(initial=0.0), 0.0) + values
            else:
                values, word = score[of_layer], "effect less its standard error"
            ranked = np.full(values.shape, np.nan)
            ranked[known] = rankdata(values[known]) / max(int(known.sum()), 1)
            places[of_layer] = ranked
            orders[rows.layer] = word
        return matrix_of(places, self["source"].to_numpy().tolist(), "best", "1").assign_attrs(
            orders=orders
        )

    def needed(self, level: float = 0.1) -> xr.Dataset:
        """Return the sources that each target needs, and the test of every source, as matrices.

        The greedy choice of `edges`, with the numbers of the sources that it leaves out.

        Parameters
        ----------
        level : float
            Family-wise error rate of each target.

        Returns
        -------
        Dataset (source, target)
            ``needed``, whether the target needs the source; ``needed_bits``, the information of the
            source about the target given the needed others and the target's own past; and
            ``needed_p``, its p, uncorrected. Both NaN where a pair is no candidate.

        Raises
        ------
        InputError
            As `edges`.
        """
        checked_level(level)
        names = self["source"].to_numpy().tolist()
        bits, p = (np.full((len(names),) * 2, np.nan) for _ in range(2))
        chosen = np.zeros((len(names),) * 2, bool)
        for rows, model in self.layers:
            columns = Columns.of(rows, model)
            for j, products in enumerate(columns.products(columns.sources)):
                found = greedy(products, int(rows.own[j]), len(rows), level)
                at = rows.sources, rows.targets[j]
                bits[at], p[at], chosen[at] = found.bits, found.p, found.sources
        matrices = {"needed": chosen, "needed_bits": bits, "needed_p": p}
        return xr.Dataset({name: matrix_of(of, names, name, _NEEDED[name])
                           for name, of in matrices.items()})  # fmt: skip


def needed_graph(found: xr.Dataset, nodes: pd.DataFrame, level: float) -> nx.DiGraph:
    """Return the graph of `OneStepInfluence.edges` from ``needed`` at a level and ``effect``."""
    chosen = found["needed_bits"].where(found["needed"].astype(bool))
    graph = threshold_graph(chosen, nodes, -1.0)
    for source, target, values in graph.edges(data=True):
        at = {"source": source, "target": target}
        values.update(p=float(found["needed_p"].sel(at)), effect=float(found["effect"].sel(at)))
    graph.graph.update(level=level, correction="fwer per target", measure="mte", null="greedy")
    return graph
