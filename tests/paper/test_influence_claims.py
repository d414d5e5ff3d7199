"""The claims asked of flow, one-step influence and causal flow."""

import pytest

from infoscope import InputError
from infoscope.paper.claims.evaluation import asked, evaluate
from infoscope.paper.claims.influence_claims import INFLUENCE_CLAIMS
from infoscope.paper.claims.settings import ClaimSettings
from infoscope.paper.claims.stages.feedforward import LAYERS, feedforward_recordings
from infoscope.paper.claims.stages.influence import influence_precision
from infoscope.paper.claims.study import SeedStudy


def test_one_step_influence_finds_a_network_better_than_flow():
    settings = ClaimSettings.of("chicago", about="influence", seeds=1, epochs=10)
    found = influence_precision(settings.corrected_of(0), 1000)["auprc"]
    network = found.sel(system="S8")
    assert float(network.sel(measure="one_step")) > float(network.sel(measure="flow"))
    assert bool(((found >= 0.0) & (found <= 1.0)).all())


def test_layers_of_the_feedforward_recordings():
    settings = ClaimSettings.of("chicago", about="influence", seeds=1, epochs=10).corrected_of(0)
    recordings = list(feedforward_recordings(settings, 200))
    assert len(recordings) == 2
    for recording, nodes in recordings:
        assert len(recording.nodes) == sum(LAYERS)
        assert nodes["layer"].value_counts(sort=False).tolist() == list(LAYERS)


def test_settings_of_the_study():
    settings = ClaimSettings.of("chicago", about="influence")
    assert settings.modes == ("corrected",)
    assert settings.larger == ()
    assert settings.corrected_of(3).flow_by == "copula"
    assert asked(settings) == INFLUENCE_CLAIMS
    assert len({claim.id for claim in INFLUENCE_CLAIMS}) == len(INFLUENCE_CLAIMS)
    with pytest.raises(InputError, match="about"):
        ClaimSettings.of("chicago", about="weights")
    with pytest.raises(InputError, match="about"):
        ClaimSettings.of("flip-flop", about="influence", cell="gru")


def test_nothing_is_decided_without_runs():
    studies = [SeedStudy(seed, "corrected", {}) for seed in range(12)]
    found = evaluate(studies, "corrected", INFLUENCE_CLAIMS)
    assert {verdict.word for verdict in found.values()} == {"missing"}
