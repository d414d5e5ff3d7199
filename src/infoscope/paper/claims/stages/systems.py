"""Average precision of flow and its two terms on synthetic systems."""

from dataclasses import replace

import numpy as np
import xarray as xr

from infoscope.analysis.estimators import flow_estimator
from infoscope.analysis.settings import Settings
from infoscope.flow.edge_scores import score_edges
from infoscope.flow.information_flow import information_flow
from infoscope.synthetic import SparseRecurrent, SyntheticSystem, synthetic_systems

SYSTEMS = ("S2", "S2b", "S8")
MEASURES = ("flow", "delayed", "instantaneous")


def system_precision(settings: Settings, rows: int) -> xr.Dataset:
    """Return the area under the precision-recall curve of each measure, (system, measure).

    Each seed has new samples of ``rows`` rows, and new wirings of networks.
    """
    seed, estimator = settings.seed, flow_estimator(settings)
    found = np.full((len(SYSTEMS), len(MEASURES)), np.nan)
    for s, name in enumerate(SYSTEMS):
        system = system_of_seed(name, seed)
        recording = system.recording(rows, seed)
        flow = information_flow(recording, estimator=estimator, random_state=seed)
        measured = xr.Dataset({measure: getattr(flow, measure) for measure in MEASURES})
        scores = score_edges(measured, system.edges).set_index("measure")["auprc"]
        found[s] = [float(scores[measure]) for measure in MEASURES]
    return xr.Dataset(
        {"auprc": (("system", "measure"), found)},
        coords={"system": list(SYSTEMS), "measure": list(MEASURES)},
    )


def system_of_seed(name: str, seed: int) -> SyntheticSystem:
    """Return a system by name, a network with the wiring of the seed."""
    system = synthetic_systems()[name]
    return replace(system, seed=seed) if isinstance(system, SparseRecurrent) else system
