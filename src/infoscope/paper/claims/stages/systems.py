"""Average precision of flow and its two terms on synthetic systems."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import xarray as xr

from infoscope.analysis.estimators import flow_estimator
from infoscope.analysis.settings import Settings
from infoscope.flow.edge_scores import score_edges
from infoscope.flow.information_flow import information_flow
from infoscope.recordings.recording import Recording
from infoscope.synthetic import SparseRecurrent, SyntheticSystem, synthetic_systems

SYSTEMS = ("S2", "S2b", "S8")
MEASURES = ("flow", "delayed", "instantaneous")


def system_precision(settings: Settings, rows: int) -> xr.Dataset:
    """Return the area under the precision-recall curve of each measure, (system, measure).

    Each seed has new samples of ``rows`` rows, and new wirings of networks.
    """
    seed, estimator = settings.seed, flow_estimator(settings)

    def measured(recording: Recording) -> xr.Dataset:
        flow = information_flow(recording, estimator=estimator, random_state=seed)
        return xr.Dataset({measure: getattr(flow, measure) for measure in MEASURES})

    return precision_on_systems(seed, rows, measured)


def precision_on_systems(
    seed: int, rows: int, measured: Callable[[Recording], xr.Dataset]
) -> xr.Dataset:
    """Return the area under the precision-recall curve of measures of recordings of the systems."""
    found = {}
    for name in SYSTEMS:
        system = system_of_seed(name, seed)
        scores = score_edges(measured(system.recording(rows, seed)), system.edges)
        found[name] = scores.set_index("measure")["auprc"]
    table = pd.DataFrame(found).T
    return xr.Dataset(
        {"auprc": (("system", "measure"), table.to_numpy())},
        coords={"system": list(table.index), "measure": list(table.columns)},
    )


def system_of_seed(name: str, seed: int) -> SyntheticSystem:
    """Return a system by name, a network with the wiring of the seed."""
    system = synthetic_systems()[name]
    return replace(system, seed=seed) if isinstance(system, SparseRecurrent) else system
