"""The card of accuracy: calibration where the model is at hand, else the nearest test bed."""

from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import infoscope as isc
from infoscope.analysis.analyze import analyze
from infoscope.report.accuracy import accuracy_of, calibration_reading
from infoscope.report.document import Accuracy, Captioned, Document
from infoscope.report.documents import recording_document
from infoscope.report.page import render
from infoscope.report.paper_tables import captioned

OPTIONS = {"estimator": "copula", "surrogates": 39, "lag": 1, "measure": "one_step"}


@pytest.fixture(scope="module")
def known():
    torch.manual_seed(0)
    model, x = nn.RNN(3, 8, batch_first=True), torch.randn(20, 40, 3)
    influence = isc.influence(model, x, measures="causal", contexts=200)
    return analyze(isc.record(model, x), influence=influence, **OPTIONS)


@pytest.fixture(scope="module")
def recorded():
    """A bed recorded anew: 100 linear units in a table of values."""
    values = isc.models.connectivity_beds()["linear"].recording(random_state=7)
    return analyze(values.activations().to_numpy()[0], **OPTIONS)


def test_a_known_network_shows_its_calibration(known) -> None:
    card = accuracy_of(known)
    scores, pairs = known.calibration.scores, known.calibration.pairs
    precision, both = (table.rows for table in card.tables)
    # One row per measure, and chance; h→h first, best first.
    assert len(precision) == scores["measure"].nunique() + 1
    h_h = scores[scores["block"] == "h→h"].sort_values("auprc", ascending=False, kind="stable")
    shown = [float(cell.split(" ")[0]) for cell in precision.iloc[:-1, 1]]
    np.testing.assert_allclose(shown, h_h["auprc"].to_numpy(), atol=0.005)
    assert float(precision.iloc[-1, 1]) == pytest.approx(h_h["prevalence"].iloc[0], abs=0.005)
    best, low = h_h.iloc[0], f"{h_h.iloc[0]['auprc_low']:.2f}"
    assert f"{best['auprc']:.2f} ({low}" in precision.iloc[0, 1]
    assert f"{best['auprc']:.2f}" in card.reading
    # C and F next to each other, in bits.
    assert both["source"].tolist() == pairs["source"].tolist()
    for column, name in (("causal flow C, bits", "causal"), ("information flow F, bits", "flow")):
        np.testing.assert_allclose(both[column], pairs[name], atol=1e-4)
    assert set(card.tables[1].bars) <= set(both)


def test_the_reading_says_when_flow_is_no_better_than_chance(known) -> None:
    found = known.calibration
    rows = found.scores["measure"] == "flow"

    def with_flow(low: float) -> str:
        scores = found.scores.copy()
        scores.loc[rows, ["auprc", "auprc_low", "auprc_high"]] = [0.3, low, 0.6]
        return calibration_reading(replace(found, scores=scores))

    assert "no better than chance" in with_flow(0.1)
    assert "no better than chance" not in with_flow(0.29)


def test_a_recording_shows_the_nearest_bed(recorded) -> None:
    bed = recorded.nearest_bed
    own = isc.models.nearest_bed(recorded.recording)
    assert (bed.bed, bed.distance) == (own.bed, pytest.approx(own.distance))
    assert bed.near
    assert recorded.calibration is None
    card = accuracy_of(recorded)
    assert bed.bed in card.reading
    assert f"{bed.table['auprc'].max():.2f}" in card.reading
    scores = card.tables[0].rows
    assert len(scores) == len(bed.table)
    shown = scores["AUPRC"].astype(float).to_numpy()
    np.testing.assert_allclose(shown, np.sort(bed.table["auprc"])[::-1], atol=0.005)
    assert len(card.tables[1].rows) == len(bed.features)


def test_far_beds_give_no_scores(recorded) -> None:
    far = replace(
        recorded.nearest_bed, near=False, distance=2.5, table=recorded.nearest_bed.table.iloc[:0]
    )

    class Far(type(recorded)):
        @cached_property
        def nearest_bed(self):
            return far

    card = accuracy_of(Far(recorded.study, recorded.stages))
    assert len(card.tables) == 1
    assert "unknown" in card.reading
    assert "2.5" in card.reading


def test_without_one_step_influence_there_is_no_card() -> None:
    rows = np.random.default_rng(0).normal(size=(8, 2))
    found = analyze(rows, **(OPTIONS | {"measure": "flow"}))
    assert found.nearest_bed is None
    assert accuracy_of(found) is None
    assert 'id="accuracy"' not in render(recording_document(found))


def test_the_page_has_captions_scopes_and_a_finding(known) -> None:
    document = recording_document(known)
    page = render(document)
    assert page.count("<caption>") == len(document.accuracy.tables) == 2
    assert '<a href="#accuracy">' in page
    reading = calibration_reading(known.calibration)
    assert reading in [finding.text for finding in document.findings]


def test_bars_share_one_scale_and_text_is_escaped() -> None:
    rows = pd.DataFrame({"name": ["<b>x", "y"], "one": [1.0, -0.5], "two": [4.0, np.nan]})
    table = Captioned("<i>caption", rows, ("one", "two"))
    found = captioned(table)
    assert [[cell.width for cell in row] for row in found.rows] == [
        [None, 25.0, 100.0], [None, 0.0, 0.0],
    ]  # fmt: skip
    page = render(Document("t", accuracy=Accuracy("<u>title", "<s>reading", (table,))))
    for text in ("<b>x", "<i>caption", "<u>title", "<s>reading"):
        assert text not in page
