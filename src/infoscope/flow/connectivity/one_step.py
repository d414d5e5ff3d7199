"""Influence of every node on every other within one step, from a recording."""

from typing import Any

import networkx as nx
import numpy as np
import xarray as xr
from scipy.stats import rankdata

from infoscope._errors import InputError
from infoscope._progress import Progress
from infoscope._validate import generator, one_of, truth
from infoscope.flow.connectivity.counts import CountFit, chosen_for_counts
from infoscope.flow.connectivity.layer_models import (
    MODELS,
    Layer,
    Model,
    layer_model,
    name_of,
    related,
    values_of,
)
from infoscope.flow.connectivity.links import Link
from infoscope.flow.connectivity.regression import LinkFit, chosen_sources, fit_links
from infoscope.flow.connectivity.step_rows import StepRows, constant_nodes, steps_of
from infoscope.flow.paired_rows import matrix_of
from infoscope.graphs.graph import threshold_graph
from infoscope.graphs.matrix_dataset import MatrixDataset, with_roles
from infoscope.significance.measure_significance import MeasureSignificance
from infoscope.significance.p_values import checked_level

# Units of the matrices.
_NEEDED = {"needed": "1", "needed_bits": "bit", "needed_p": "1"}
_UNITS = {"score": "1", "effect": "1", "standard_error": "1", "t": "1", "bits": "bit"}


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
        """Test for every pair whether there is an edge, by its t, corrected for all pairs.

        Returns
        -------
        MeasureSignificance
            p, p_fwer and q of every pair, thresholds, and graphs.

        Raises
        ------
        InputError
            If no pair has a t: quadratic models and gated cells have none.

        Notes
        -----
        The t holds if errors are noise of the process, and rows are at least four times the
        sources: 7 to 11 % false edges at FDR 10 % in tanh networks. Noise of the recording, in few
        dimensions, makes far too many pairs significant (60 % of the edges of an echo state network
        with 1 % noise); take `edges` then.
        """
        freedom = self["freedom"].to_numpy()
        t = self["t"].to_numpy()
        r = t / np.sqrt(t**2 + freedom)
        return MeasureSignificance.of(
            self["effect"], r, np.broadcast_to(freedom, t.shape), self._nodes
        )

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
        found = self.needed(level)
        graph = threshold_graph(found["needed_bits"].where(found["needed"]), self._nodes, -1.0)
        for source, target, attributes in graph.edges(data=True):
            at = {"source": source, "target": target}
            attributes["p"] = float(found["needed_p"].sel(at))
            attributes["effect"] = float(self["effect"].sel(at))
        graph.graph.update(level=level, correction="fwer per target", measure="mte", null="greedy")
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
            elif isinstance(model, LinkFit) and needed[known].mean() <= _SPARSE:
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
            if isinstance(model, CountFit):
                of_targets = chosen_for_counts(model, rows, level)
            elif isinstance(model, LinkFit):
                of_targets = chosen_sources(model, rows, level)
            else:
                plain = fit_links(rows, Link("identity"), history=False, weigh=False)
                of_targets = chosen_sources(plain, rows, level)
            for j, found in enumerate(of_targets):
                at = rows.sources, rows.targets[j]
                bits[at], p[at], chosen[at] = found.bits, found.p, found.sources
        matrices = {"needed": chosen, "needed_bits": bits, "needed_p": p}
        return xr.Dataset({name: matrix_of(of, names, name, _NEEDED[name])
                           for name, of in matrices.items()})  # fmt: skip


def one_step_influence(
    data: Any,
    *,
    model: str = "best",
    unrecorded: bool = False,
    epoch: int | None = None,
    aligned: str | bool = "auto",
    random_state: Any = 0,
    progress: bool = False,
) -> OneStepInfluence:
    """Estimate the influence of every node on every other within one step.

    The nodes of each layer are predicted from all nodes that can act on them: those of the layer a
    step before, and those computed earlier in the same step, such as the inputs. The rows of each
    layer are paired on their own, so that the first transition of a sequence counts.

    Parameters
    ----------
    data : Recording or array, shape (row, node)
        In the units in which the nodes compute: a tanh unit from -1 to 1. The rows of a table are
        one series in time order.
    model : {"best", "linear", "tanh", "logistic", "exponential", "quadratic", "gated", "counts"}
        Regression on the scale of the node's link; a polynomial of second degree in all sources;
        one gated cell for each node; or Poisson regression. "best" decides for each layer: counts
        by their values, links by their likelihood on a third of the rows that was held out, and a
        polynomial if it leaves less than 80 % of the error of the best link, or explains a fifth
        more (and 2 % of the variance). If it leaves less error at all, a gated cell is tried, for
        layers of up to 60,000 pairs, by the same rule.
    unrecorded : bool
        Whether units of the network are missing from the recording. The state one step earlier then
        joins the covariates, which reduces false edges but does not bound them. Counts always
        have the slow activity of all nodes as a covariate, and nothing else here.
    epoch : int, optional
        Snapshot of a recording; the last by default.
    aligned : {"auto", "layers", "none"}
        Order of the layers within a step, as in `information_flow`.
    random_state : int, Generator or None
        Source of a gated cell's first parameters and batches, and of the parts left out.
    progress : bool
        Show a progress bar.

    Returns
    -------
    OneStepInfluence
        A Dataset of matrices (source, target), NaN on the diagonal, where the network has no
        connection, and where ``not_estimated`` says so:

        ==============  ========================================================================
        score           |effect| less its standard error: the default order of edges
        effect          how strong: change of the target, in its standard deviations, for a change
                        of the source by one of its own, with the target's mean slope; without a
                        link the mean absolute derivative
        standard_error  of the effect; without a link a jackknife of three refits, each without
                        another third of the sequences or steps
        t               is there an edge: coefficient in its standard errors. NaN without a link
        bits            information of the source about the target given all others, log2(1 +
                        t^2 / freedom) / 2. NaN without a link
        ==============  ========================================================================

        and for each target: ``unexplained``, the held-out one-step error as a share of the variance
        (what can be believed of the edges is bounded by what it leaves above the noise),
        ``freedom``, and ``penalty``. ``models`` and ``errors`` say which model was chosen for each
        layer, and the held-out errors of all that were compared; ``flags`` has "unpredicted" if the
        model of some node leaves all of its variance; its values are NaN then, unless the model has
        a link.

    Raises
    ------
    InputError
        If an argument is out of range, or there are too few rows.

    Notes
    -----
    Effect and t answer different questions. Where all units were recorded, t asks whether there is
    a connection, and the effect how much it carries: strong sources that others nearly determine
    have a large effect and a small t. With units missing, an edge means dependence given what was
    recorded: with half of them hidden, 46 to 73 % of the edges at FDR 10 % are no connections.

    References
    ----------
    Bias of a wrong link under strong correlation: A. Das, I. R. Fiete, Nat. Neurosci. 23, 1286
    (2020).

    Examples
    --------
    >>> from infoscope.synthetic import SparseRecurrent
    >>> rng = np.random.default_rng(0)
    >>> weights = rng.normal(size=(5, 5)) * (rng.random((5, 5)) < 0.5)
    >>> h = np.zeros((500, 5))
    >>> for t in range(1, 500):
    ...     h[t] = np.tanh(h[t - 1] @ weights + 0.5 * rng.normal(size=5))
    >>> found = one_step_influence(h)
    >>> found.attrs["models"]
    {'0': 'tanh'}
    """
    one_of(model, "model", MODELS)
    hidden = truth(unrecorded, "unrecorded")
    random = generator(random_state)
    layers = [Layer(rows) for rows in steps_of(data, epoch, aligned, hidden)]
    nodes = layers[0].rows.nodes
    size = len(nodes)
    matrices = {name: np.full((size, size), np.nan) for name in _UNITS}
    of_target = {name: np.full(size, np.nan) for name in ("unexplained", "freedom", "penalty")}
    models, errors, flags = {}, {}, []
    unclear = [f"{name} is constant" for name in constant_nodes(layers[0].rows)]
    kept = []
    with Progress(len(layers), "one-step models", truth(progress, "progress")) as bar:
        for layer in layers:
            rows, name = layer.rows, layer.rows.layer
            found, errors[name] = layer_model(layer, model, random)
            models[name] = name_of(found)
            values, left = values_of(layer, found)
            unclear_sources = related(layer)
            names = nodes.index[rows.sources[unclear_sources]].tolist()
            if names:
                unclear.append(
                    f"{', '.join(names)} are linear functions of others in the same row, so that "
                    "the effect of each is not identifiable"
                )
            for of_layer in values.values():
                of_layer[unclear_sources] = np.nan
            lost = left["unexplained"] >= 1.0
            if lost.any() and "unpredicted" not in flags:
                flags.append("unpredicted")
            if lost.any() and models[name] in ("quadratic", "gated"):
                few = ", ".join(nodes.index[rows.targets[lost]])
                unclear.append(f"{few}: a {models[name]} model does not predict held-out steps")
                for of_layer in values.values():
                    of_layer[:, lost] = np.nan
            at = np.ix_(rows.sources, rows.targets)
            for measure, of_layer in values.items():
                matrices[measure][at] = of_layer
            for measure, of_layer in left.items():
                of_target[measure][rows.targets] = of_layer
            kept.append((rows, found))
            bar.advance()
    for matrix in matrices.values():
        np.fill_diagonal(matrix, np.nan)
    result = OneStepInfluence(
        {
            name: matrix_of(values, nodes.index, name, _UNITS[name])
            for name, values in matrices.items()
        }
    )
    for name, values in of_target.items():
        result[name] = ("target", values)
    result.attrs = with_roles(
        {"n": min(len(layer.rows) for layer in layers), "models": models, "errors": errors,
         "flags": flags, "not_estimated": unclear, "lag": 1},
        nodes,
    )  # fmt: skip
    result._layers = kept
    return result
