"""The claims asked of flow, one-step influence and causal flow."""

from types import SimpleNamespace

import numpy as np
import pytest

from infoscope import InputError, Recording, influence
from infoscope.flow.paired_rows import PairedRows
from infoscope.measures.statistics import spearman
from infoscope.paper.claims.evaluation import asked, evaluate
from infoscope.paper.claims.influence_claims import INFLUENCE_CLAIMS
from infoscope.paper.claims.settings import ClaimSettings
from infoscope.paper.claims.stages.feedforward import LAYERS, feedforward_recordings
from infoscope.paper.claims.stages.influence import causal_flow, influence_precision
from infoscope.paper.claims.study import SeedStudy
from infoscope.recordings.weights import RecurrentWeights


def _network(seed=0, units=8):
    random = np.random.default_rng(seed)
    mask = random.random((units, units)) < 0.4
    return RecurrentWeights(
        random.normal(size=(3, units)), 0.7 * mask * random.normal(size=(units, units)),
        0.1 * random.normal(size=units), random.normal(size=(units, 2)), np.zeros(2),
        np.zeros(units),
    )  # fmt: skip


def test_causal_flow_equals_that_of_interventions():
    weights = _network()
    x = np.random.default_rng(1).normal(size=(20, 60, 3))
    hidden, outputs = weights.run(x)
    rec = Recording.from_arrays(inputs=x, hidden=hidden, outputs=outputs)
    study = SimpleNamespace(pairs=PairedRows.of(rec, 1, aligned="layers"))
    found = causal_flow(weights, study, np.random.default_rng(2)).to_numpy()

    def step(x_t, h):
        after = np.tanh(x_t @ weights.W_in + h @ weights.W + weights.b_h)
        return after @ weights.W_out + weights.b_o, after

    state = np.zeros((20, 8))
    other = influence(step, x, state=state, measures="causal", contexts=1000).causal.to_numpy()
    hidden_targets = np.zeros(found.shape, bool)
    hidden_targets[:11, 3:11] = True
    there = hidden_targets & np.isfinite(found)
    assert there.sum() == 3 * 8 + 8 * 7
    np.testing.assert_array_equal(found[there] == 0.0, other[there] == 0.0)
    assert spearman(found[there], other[there]) > 0.98
    np.testing.assert_allclose(found[there], other[there], atol=0.03, rtol=0.25)
    # Outputs are linear: T = w^2 var(source) / var(target).
    spread = study.pairs.table[study.pairs.current].var(axis=0)[3:11]
    of_outputs = study.pairs.table[study.pairs.later].var(axis=0)[11:]
    exact = 0.5 * np.log2(1.0 + weights.W_out**2 * spread[:, np.newaxis] / of_outputs)
    np.testing.assert_allclose(found[3:11, 11:], exact, rtol=0.15)
    # Inputs hear nobody, and no input reaches an output in one hop.
    assert np.isnan(found[:, :3]).all()
    assert np.isnan(found[:3, 11:]).all()


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
