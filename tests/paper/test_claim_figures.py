"""The figure of the claims shows what the seeds say, and nothing else."""

import matplotlib.colors as mcolors
import numpy as np
import pytest

from infoscope.paper.claims import CLAIMS, Claim, ClaimVerdict, Rule, decide
from infoscope.paper.claims.evaluation import PartVerdict
from infoscope.paper.claims.figures import PAGES, draw, table, write_claim_figures
from infoscope.paper.claims.influence_claims import INFLUENCE_CLAIMS
from infoscope.plots.style import style

HIGH = tuple(np.linspace(1.0, 2.0, 20).tolist())


def verdict_of(claim: Claim, values: tuple[float, ...], mode: str, rule: Rule) -> ClaimVerdict:
    part = PartVerdict("a number", rule, decide(values, rule), values)
    return ClaimVerdict(claim, mode, part.verdict.word, (part,))


def verdicts(values: tuple[float, ...] = HIGH, rule: Rule | None = None):
    known = [claim for claim in CLAIMS if claim.parts]
    return {
        mode: {c.id: verdict_of(c, values, mode, rule or Rule("above", 0.0)) for c in known}
        for mode in ("published", "corrected")
    }


def dots(axis) -> np.ndarray:
    return next(line.get_xdata() for line in axis.lines if line.get_marker() == "o")


@pytest.mark.parametrize(
    ("values", "word"), [(HIGH, "supported"), (tuple(-x for x in HIGH), "refuted")]
)
def test_every_seed_the_interval_and_the_limit_are_drawn(values, word) -> None:
    with style():
        figure = draw(verdicts(values), ["C1", "C2"])
    assert len(figure.axes) == 2 * 3
    axis = figure.axes[1]
    np.testing.assert_allclose(dots(axis), values)
    found = decide(values, Rule("above", 0.0))
    bar = next(line for line in axis.lines if line.get_linewidth() == 2.5)
    np.testing.assert_allclose(bar.get_xdata(), found.interval)
    assert axis.texts[0].get_text() == word
    low, high = axis.get_xlim()
    assert low <= 0.0 <= high  # the limit of the rule is in sight
    colours = {"supported": "#009E73", "refuted": "#D55E00"}
    assert mcolors.to_hex(bar.get_color()).upper() == colours[word]


def test_infinite_values_stand_at_the_edge_and_missing_ones_are_left_out() -> None:
    values = (-np.inf, np.nan, *HIGH[2:])
    with style():
        figure = draw(verdicts(values), ["C30"])
    shown = dots(figure.axes[1])
    assert len(shown) == 19
    assert shown.min() == 0.0  # the limit of the rule is the lowest finite number
    assert np.isfinite(shown).all()


def test_how_much_seeds_vary_is_drawn_without_them() -> None:
    with style():
        figure = draw(verdicts(rule=Rule("below", 0.5, summary="variation")), ["C25"])
    assert len(dots(figure.axes[1])) == 0


def test_a_summary_that_is_infinite_is_said_in_words() -> None:
    with style():
        figure = draw(verdicts((-np.inf,) * 20), ["C32"])
    said = [text.get_text() for text in figure.axes[1].texts]
    assert {"refuted", "−∞ in most seeds"} <= set(said)


def test_what_no_seed_has_is_said_in_words() -> None:
    with style():
        figure = draw(verdicts((np.nan,) * 20), ["C1"])
    assert "missing" in [text.get_text() for text in figure.axes[1].texts]
    assert not figure.axes[1].lines


def test_pages_have_every_claim_that_is_measured_once(tmp_path) -> None:
    write_claim_figures(verdicts(), tmp_path)
    drawn = [claim.id for claims in PAGES.values() for claim in claims]
    assert drawn == [claim.id for claim in (*CLAIMS, *INFLUENCE_CLAIMS)]
    # The claims about influence are those of a study of their own.
    for name in ("claims-graphs", "claims-training"):
        assert {path.suffix for path in tmp_path.glob(f"{name}.*")} == {".png", ".svg", ".csv"}
    assert not list(tmp_path.glob("claims-influence.*"))
    assert set(table(verdicts(), ["C1"])["claim"]) == {"C1"}
