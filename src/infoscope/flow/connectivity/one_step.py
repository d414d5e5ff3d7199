"""Influence of every node on every other within one step, from a recording."""

from typing import Any

import numpy as np

from infoscope._progress import Progress
from infoscope._validate import generator, one_of, truth
from infoscope.flow.connectivity.influence_result import OneStepInfluence
from infoscope.flow.connectivity.layer_models import (
    MODELS,
    Layer,
    layer_model,
    name_of,
    related,
    values_of,
)
from infoscope.flow.connectivity.step_rows import constant_nodes, steps_of
from infoscope.flow.paired_rows import matrix_of
from infoscope.graphs.matrix_dataset import with_roles

# Units of the matrices.
_UNITS = {"score": "1", "effect": "1", "standard_error": "1", "t": "1", "bits": "bit"}


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
