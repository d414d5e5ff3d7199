"""Every public result shows itself in the same ways."""

import copy
import functools
import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr

import infoscope as isc
from infoscope._results import Result
from infoscope.graphs.matrix_dataset import MatrixDataset
from infoscope.graphs.matrix_result import MatrixResult
from infoscope.significance.closed_form import ClosedForm


@functools.cache
def recording() -> isc.Recording:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 8, 2))
    h = np.tanh(np.stack([0.1 * x, x]) + 0.1 * rng.normal(size=(2, 20, 8, 2)))
    o = h[..., :1] + 0.1 * rng.normal(size=(2, 20, 8, 1))
    return isc.Recording.from_arrays(
        inputs=x, hidden=h, outputs=o, targets=x[..., :1], epochs=[0, 1]
    )


@functools.cache
def flow() -> isc.FlowMatrix:
    return isc.information_flow(recording(), estimator=isc.Gaussian())


def sides() -> tuple[np.ndarray, np.ndarray]:
    return recording().rows("inputs")[:, 0], recording().rows("hidden")[:, 0]


@functools.cache
def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.GRU(2, 3, batch_first=True)


def probe() -> torch.Tensor:
    return torch.from_numpy(recording().rows("inputs").reshape(20, 8, 2)).float()


@functools.cache
def training() -> Any:
    with isc.watch(network(), probe=(probe(), probe()[..., :1]), progress=False) as watch:
        for _ in range(3):
            watch.step(loss=1.0)
    return watch


MAKE: dict[str, Callable[[], Any]] = {
    "Estimate": lambda: isc.mutual_information(*sides(), standard_error=True, significance=19),
    "FlowMatrix": flow,
    "FlowMeasures": lambda: isc.flow_measures(recording()),
    "FlowSignificance": lambda: flow().significance("circular-shift", surrogates=19),
    "ClosedFormFlow": lambda: flow().significance("closed-form"),
    "LagScan": lambda: isc.lag_scan(*sides(), lags=range(3), surrogates=19),
    "MeasureSignificance": lambda: isc.flow_measures(recording()).significance(),
    "RankSignificance": lambda: isc.graphs.rank_significance(
        flow().graph(0.0), null="degree", surrogates=9
    ),
    "Ranking": lambda: isc.rank_nodes(flow().graph(0.0)),
    "OneStepInfluence": lambda: isc.one_step_influence(recording()),
    "Influence": lambda: isc.influence(network(), probe(), contexts=20),
    "HeldOutPlane": lambda: isc.held_out_plane(
        recording(), sigmas=[0.3], lags=2, subsets=2, blocks=2
    ),
    "InformationPlane": lambda: isc.information_plane(recording()),
    "LearningIndicators": lambda: isc.learning_indicators(recording(), subsets=2),
    "SeedTest": lambda: isc.learning.seed_test([1.0, 2.0, np.nan, 3.0], resamples=9),
    "ModelCheck": lambda: isc.check(network(), probe()),
    "NearestBed": lambda: isc.models.nearest_bed(recording()),
    "Knockout": lambda: isc.knockout(network(), probe(), torch.zeros(20, 8, 3), nodes="x0"),
    "Curves": lambda: training().curves(),
    "Diagnoses": lambda: training().diagnose(),
    "Check": lambda: isc.ceiling_check([0.5, 0.9], ceiling=0.95),
    "Description": lambda: isc.describe(recording()),
    "Recommendations": lambda: isc.describe(recording()).recommendations,
    "SubsamplingDrift": lambda: isc.subsampling_drift(*sides()),
}
made = functools.cache(lambda name: MAKE[name]())
every_result = pytest.mark.parametrize("name", sorted(MAKE))


def test_every_public_result_is_tested() -> None:
    assert set(isc.results.__all__) == set(MAKE)
    assert {getattr(isc.results, name).__name__ for name in MAKE} == set(MAKE)
    bases = {Result, MatrixResult, MatrixDataset, ClosedForm}
    classes = {cls for base in bases for cls in base.__subclasses__()} - bases
    # Results of a whole analysis have a test of their own, analysis/test_stages.py.
    of_instruments = {cls for cls in classes if not cls.__module__.startswith("infoscope.analysis")}
    assert {cls.__name__ for cls in of_instruments} == set(MAKE)


@every_result
def test_a_result_is_one_short_line_and_a_table(name: str) -> None:
    result = made(name)
    assert type(result) is getattr(isc.results, name)
    assert 10 < len(repr(result)) < 120
    assert "\n" not in repr(result)
    page = result._repr_html_()
    assert "<table" in page
    assert page.count("<tr") <= 30
    table = result.to_frame()
    assert isinstance(table, pd.DataFrame)
    assert len(table) >= 1


@every_result
def test_a_result_is_written_as_json_and_holds_its_table(name: str) -> None:
    result = made(name)
    read = json.loads(json.dumps(result.to_dict()))
    table = result.to_frame()
    if name == "Estimate":
        assert read["bits"] == result.bits
        return
    for column in table:
        assert len(read[str(column)]) == len(table)


@every_result
def test_a_result_is_copied_whole_and_equals_only_itself(name: str) -> None:
    result = made(name)
    for again in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result)):
        assert type(again) is type(result)
        assert repr(again) == repr(result)
        pd.testing.assert_frame_equal(again.to_frame(), result.to_frame())
        if not isinstance(result, xr.Dataset):  # a Dataset compares value by value
            assert again != result
            assert result == result
            assert len({result, again}) == 2


def test_copied_measures_keep_their_tests() -> None:
    measures = isc.flow_measures(recording(), measures=["transfer_entropy"])
    for again in (pickle.loads(pickle.dumps(measures)), copy.deepcopy(measures)):
        np.testing.assert_array_equal(again.significance().p, measures.significance().p)


@pytest.mark.parametrize("name", ["FlowMatrix", "FlowSignificance", "MeasureSignificance"])
def test_matrices_are_a_dataset(name: str) -> None:
    data = made(name).data
    assert dict(data.sizes) == {"source": 5, "target": 5}
    assert data["flow" if name != "MeasureSignificance" else "statistic"].identical(made(name).flow)


@pytest.mark.parametrize("name", ["ClosedFormFlow", "Estimate", "FlowSignificance", "LagScan",
                                  "MeasureSignificance", "RankSignificance",
                                  "SeedTest"])  # fmt: skip
def test_a_test_has_a_p(name: str) -> None:
    p = np.asarray(made(name).p, float)
    assert ((p[np.isfinite(p)] > 0.0) & (p[np.isfinite(p)] <= 1.0)).all()


@pytest.mark.parametrize(
    ("nats", "error", "shown"),
    [
        (0.3212, 0.0213, "0.32 ± 0.02 bits (n = 5000, KSG k = 4)"),
        (0.3212, 0.0137, "0.321 ± 0.014 bits (n = 5000, KSG k = 4)"),
        (12.3, 3.2, "12 ± 3 bits (n = 5000, KSG k = 4)"),
        (0.3212, np.nan, "0.3212 bits (n = 5000, KSG k = 4)"),
    ],
)
def test_an_estimate_reads_as_a_number_with_its_error(
    nats: float, error: float, shown: str
) -> None:
    bit = np.log(2.0)
    found = isc.Estimate(nats * bit, 5000, isc.KSG(k=4), standard_error_nats=error * bit)
    assert repr(found) == shown
