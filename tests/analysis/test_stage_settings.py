"""Settings that make a stage cheaper change what it computes, and no number of it."""

from dataclasses import replace

import numpy as np
import pytest

from infoscope import Gaussian, InputError
from infoscope.analysis.estimators import neighbours
from infoscope.analysis.flaws import REPAIRS
from infoscope.analysis.settings import Settings
from infoscope.analysis.stage import whole_stages
from infoscope.analysis.stages.flow import FLOW, FLOW_REFERENCE, TERMS, null_flows
from infoscope.graphs.connections import connections
from infoscope.surrogates import ChosenNull, null_of


def test_surrogates_of_some_pairs_are_those_of_all(corrected_results) -> None:
    """But for rounding: the copula takes the pairs of a matrix together."""
    stages, study = corrected_results.stages, corrected_results.study
    some = np.random.default_rng(0).random(stages["flow"]["flow"].shape) < 0.3
    swap = ChosenNull(null_of("lag-swap"), "lag-swap")
    found = null_flows(study, stages["flow"], swap, some=some)
    whole = stages["null-lag-swap"]["flow"].to_numpy()
    np.testing.assert_allclose(found["flow"], np.where(some, whole, np.nan), rtol=0, atol=1e-12)


def test_the_copula_decides_and_neighbours_are_the_reference_or_the_reverse(
    corrected_results,
) -> None:
    study = corrected_results.study
    assert study.settings.flow_by == "copula"
    assert corrected_results.flow.estimator == Gaussian(copula=True)
    assert corrected_results.reference.estimator == neighbours(study.settings)
    reverse = replace(study, settings=replace(study.settings, flow_by="neighbours"))
    found = whole_stages(reverse, (FLOW, FLOW_REFERENCE))
    own = corrected_results.stages
    known = own["reference"]["flow"].notnull().to_numpy()
    assert (known <= connections(study.analysed.nodes)).all()
    assert known.any()
    for one, other in ((own, found), (found, own)):
        for term in TERMS:
            np.testing.assert_allclose(
                one["reference"][term].to_numpy()[known], other["flow"][term].to_numpy()[known],
                rtol=0, atol=1e-12,
            )  # fmt: skip


def test_significant_edges_are_decided_by_the_copula_unless_another_is_asked_for() -> None:
    published = Settings()
    assert published.flow_by == "neighbours"
    assert published.corrected().flow_by == "copula"
    assert published.corrected(flow_by="neighbours").flow_by == "neighbours"
    assert Settings(flow_by="auto").corrected().flow_by == "auto"
    # Thresholds in bits are the paper's, of its estimator.
    assert published.corrected(keep=("significant_edges",)).flow_by == "neighbours"
    assert published.corrected(significant_edges=False).flow_by == "neighbours"
    assert published.corrected(keep=REPAIRS).flow_by == "neighbours"
    with pytest.raises(InputError, match="flow_by must be one of"):
        Settings(flow_by="guess")


def test_late_snapshots_have_a_complexity_now_and_then() -> None:
    settings = Settings(epochs=310, complexity_every=50)
    assert settings.with_complexity(range(0, 320, 10)) == [*range(0, 110, 10), 150, 200, 250, 300,
                                                           310]  # fmt: skip
    assert Settings().with_complexity([10, 1190]) == [10, 1190]
