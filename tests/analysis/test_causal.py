"""Causal flow of the paper's network in closed form, and as a stage of the corrected analysis."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd

from infoscope import Recording, influence
from infoscope.analysis.flaws import REPAIRS
from infoscope.analysis.stages.causal import CAUSAL, causal_flow
from infoscope.analysis.stages.measures import MEASURES
from infoscope.analysis.stages.one_step import ONE_STEP
from infoscope.analysis.stored import stored_replication
from infoscope.analysis.written.tables import _tables
from infoscope.flow.paired_rows import PairedRows
from infoscope.measures.statistics import spearman
from infoscope.recordings.weights import RecurrentWeights
from infoscope.report.documents import replication_document


def network(seed: int = 0, units: int = 8) -> RecurrentWeights:
    random = np.random.default_rng(seed)
    mask = random.random((units, units)) < 0.4
    return RecurrentWeights(
        random.normal(size=(3, units)), 0.7 * mask * random.normal(size=(units, units)),
        0.1 * random.normal(size=units), random.normal(size=(units, 2)), np.zeros(2),
        np.zeros(units),
    )  # fmt: skip


def test_causal_flow_equals_that_of_interventions() -> None:
    weights = network()
    x = np.random.default_rng(1).normal(size=(20, 60, 3))
    hidden, outputs = weights.run(x)
    rec = Recording.from_arrays(inputs=x, hidden=hidden, outputs=outputs)
    study = SimpleNamespace(pairs=PairedRows.of(rec, 1, aligned="layers"))
    found = causal_flow(weights, study, np.random.default_rng(2))["causal"].to_numpy()

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


def test_its_error_is_the_scatter_over_recordings() -> None:
    weights, values, errors = network(), [], []
    for seed in range(16):
        x = np.random.default_rng(seed).normal(size=(1, 400, 3))
        hidden, outputs = weights.run(x)
        rec = Recording.from_arrays(inputs=x, hidden=hidden, outputs=outputs)
        study = SimpleNamespace(pairs=PairedRows.of(rec, 1, aligned="layers"))
        found = causal_flow(weights, study, np.random.default_rng(100 + seed))
        values.append(found["causal"].to_numpy())
        errors.append(found["causal_error"].to_numpy())
    there = np.isfinite(values[0]) & (values[0] > 0.0)
    ratio = np.mean(errors, axis=0)[there] / np.std(values, axis=0, ddof=1)[there]
    assert 0.7 < np.median(ratio) < 1.4
    none = np.isfinite(values[0]) & (values[0] == 0.0)
    assert none.any()
    assert (np.array(errors)[:, none] == 0.0).all()


def test_the_corrected_network_has_its_causal_flow(corrected_results) -> None:
    """Against the mean over all values that a source takes instead of a few random ones."""
    study, weights = corrected_results.study, corrected_results.study.network().arrays()
    nodes, pairs = study.nodes, study.pairs
    role = nodes["role"].to_numpy()
    x, h = role == "input", role == "hidden"
    now, later = pairs.table[pairs.current], pairs.table[pairs.later]
    drive = now[:, x] @ weights["W_in"] + now[:, h] @ weights["W"] + weights["b_h"]
    matrix = np.vstack([weights["W_in"], weights["W"]])
    found = corrected_results.stages["causal"]
    places = np.flatnonzero(x | h)
    for row, source in zip(matrix, places, strict=True):
        values = now[:, source]
        changed = drive[:, None] + (values - values[:, None])[..., None] * row
        share = np.tanh(changed).var(axis=1).mean(axis=0) / later[:, h].var(axis=0)
        own = found.isel(source=source, target=np.flatnonzero(h))
        exact = np.where(places[places >= x.sum()] == source, np.nan, 0.5 * np.log2(1.0 + share))
        error = 5.0 * own["causal_error"].to_numpy() + 0.05 * np.nan_to_num(exact) + 1e-12
        np.testing.assert_array_equal(np.isnan(own["causal"]), np.isnan(exact))
        assert (
            np.nan_to_num(np.abs(own["causal"].to_numpy() - exact)) <= np.nan_to_num(error)
        ).all()


def test_the_corrected_report_has_the_calibration(corrected_root, corrected_results) -> None:
    document = replication_document({"corrected": corrected_results})
    assert len(document.accuracy.tables) == 2
    calibration = corrected_results.calibration
    assert {"flow", "one_step_score"} <= set(calibration.scores["measure"])
    tables = _tables(corrected_results)
    assert tables["calibration"] is calibration.scores
    stored, missing = stored_replication(corrected_root / "run", corrected_results.settings)
    assert missing == []
    pd.testing.assert_frame_equal(stored.calibration.scores, calibration.scores)


def test_the_published_analysis_has_none_of_it(corrected_results) -> None:
    study = replace(
        corrected_results.study, settings=corrected_results.settings.corrected(keep=REPAIRS)
    )
    assert not [stage.name for stage in (CAUSAL, MEASURES, ONE_STEP) if stage.applies(study)]
