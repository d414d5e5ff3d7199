"""Settings that make a stage cheaper change what it computes, and no number of it."""

from dataclasses import replace

import numpy as np
import pytest

from infoscope import InputError
from infoscope.analysis.settings import Settings
from infoscope.analysis.stage import whole_stages
from infoscope.analysis.stages.flow import FLOW, TERMS, null_flows
from infoscope.graphs.connections import connections
from infoscope.surrogates import ChosenNull, null_of


def test_surrogates_of_some_pairs_are_those_of_all(corrected_results) -> None:
    stages, study = corrected_results.stages, corrected_results.study
    some = np.random.default_rng(0).random(stages["flow"]["flow"].shape) < 0.3
    swap = ChosenNull(null_of("lag-swap"), "lag-swap")
    found = null_flows(study, stages["flow"], swap, some=some)
    whole = stages["null-lag-swap"]["flow"].to_numpy()
    np.testing.assert_array_equal(found["flow"], np.where(some, whole, np.nan))


def test_flow_by_the_copula_is_the_reference(corrected_results) -> None:
    study = corrected_results.study
    copula = replace(study, settings=replace(study.settings, flow_by="copula"))
    found = whole_stages(copula, (FLOW,))["flow"]
    reference = corrected_results.stages["reference"]
    known = reference["flow"].notnull().to_numpy()
    assert (known <= connections(study.analysed.nodes)).all()
    assert known.any()
    for term in TERMS:
        np.testing.assert_allclose(found[term].to_numpy()[known], reference[term].to_numpy()[known])
    with pytest.raises(InputError, match="flow_by must be one of"):
        Settings(flow_by="guess")


def test_late_snapshots_have_a_complexity_now_and_then() -> None:
    settings = Settings(epochs=310, complexity_every=50)
    assert settings.with_complexity(range(0, 320, 10)) == [*range(0, 110, 10), 150, 200, 250, 300,
                                                           310]  # fmt: skip
    assert Settings().with_complexity([10, 1190]) == [10, 1190]
