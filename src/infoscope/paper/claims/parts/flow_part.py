"""Flow, graphs and surrogates of one network, trained and untrained."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import EstimationError
from infoscope._validate import Floats
from infoscope.analysis.settings import Settings
from infoscope.estimators import KozachenkoLeonenko
from infoscope.flow.information_flow import FlowMatrix
from infoscope.flow.surrogate_flows import surrogate_flows
from infoscope.graphs.graph import largest_entries
from infoscope.measures.information import entropy
from infoscope.recordings.recording import Recording
from infoscope.recordings.weights import RecurrentWeights
from infoscope.significance import FlowSignificance, significance_of
from infoscope.surrogates import null_of

# Range of a low flow in the paper; the first value is its lowest threshold.
LOW_FLOW = (0.06, 0.3)
_TERMS = ("flow", "delayed", "instantaneous")


def flow_part(
    flow: FlowMatrix,
    allowed: xr.DataArray,
    edges: Mapping[str, xr.DataArray],
    main: str,
    strength: Floats,
) -> xr.Dataset:
    """Return the part ``flow`` of a `SeedStudy`.

    ``edges`` has the edges (source, target) of each graph; ``strength`` comes from
    `structural_strength`.
    """
    result = xr.Dataset({term: getattr(flow, term) for term in _TERMS})
    result["edge"] = xr.concat(
        [edge.drop_attrs() for edge in edges.values()], pd.Index(list(edges), name="graph")
    )
    result["allowed"] = allowed
    result["strength"] = (("source", "target"), strength)
    for column in ("role", "layer"):
        result[column] = ("source", flow.nodes[column].to_numpy())
    return result.assign_attrs(main=main, n=flow.n)


def node_entropies(recording: Recording, estimator: KozachenkoLeonenko) -> Floats:
    """Return the entropy of every node in bits, NaN for tied values."""
    found = []
    for column in recording.rows("all").T:
        try:
            found.append(entropy(column, estimator=estimator, random_state=0).bits)
        except EstimationError:
            found.append(np.nan)
    return np.array(found)


def structural_strength(weights: RecurrentWeights, recording: Recording) -> Floats:
    """Return abs(weight) times the standard deviation of its source, (source, target).

    NaN without a connection.
    """
    return np.abs(weights.matrix(np.nan)) * recording.rows("all").std(axis=0)[:, np.newaxis]


def untrained_part(trained: xr.Dataset, flow: FlowMatrix) -> xr.Dataset:
    """Return the flow of an untrained network, with graphs as dense as the trained ones."""
    counts = trained["edge"].sum(("source", "target"))
    edges = [largest_entries(flow.flow, int(count), trained["allowed"]) for count in counts]
    names = trained["graph"].to_numpy()
    return xr.Dataset({"flow": flow.flow, "edge": xr.concat(edges, pd.Index(names, name="graph"))})


def null_of_flow(
    flow: FlowMatrix, tested: xr.DataArray, name: str, settings: Settings
) -> FlowSignificance:
    """Test the flow of pairs against surrogates, pooled over pairs of the same roles."""
    assert flow.rows is not None
    drawn, sampler = surrogate_flows(
        flow.rows,
        tested.to_numpy(),
        flow.estimator,
        null_of(name),
        settings.surrogates,
        settings.generator("nulls"),
    )
    return significance_of(
        flow.flow,
        drawn,
        # A nearly constant node may be constant in a surrogate: its pairs are not tested.
        tested=tested.to_numpy() & np.isfinite(drawn).all(axis=0),
        nodes=flow.nodes,
        null=name,
        pool=True,
        alike=sampler.alike(len(drawn)),
    )


def null_part(
    nulls: Mapping[str, FlowSignificance], tested: xr.DataArray, share: float
) -> xr.Dataset:
    """Return the pairs significant by every null, and the share of surrogates above the threshold.

    ``share`` is the false discovery rate; the attribute ``null_share`` is the share of
    circular-shift surrogate flows above the lowest published threshold.
    """
    both = np.logical_and.reduce(
        [null.significant(share, correction="fdr").to_numpy() for null in nulls.values()]
    )
    chance = float((nulls["circular-shift"].draws > LOW_FLOW[0]).mean())
    return xr.Dataset(
        {"tested": tested, "significant": tested.copy(data=both)},
        attrs={"null_share": chance, "nulls": list(nulls)},
    )
