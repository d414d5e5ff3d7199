"""The law of a product of normals, and p, corrections and thresholds from it."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.integrate import quad
from scipy.special import k0
from scipy.stats import false_discovery_control, norm

from infoscope import InputError
from infoscope.significance.closed_form_flow import (
    ClosedFormFlow,
    product_quantile,
    product_tail,
)

NODES = pd.DataFrame({"role": ["hidden"] * 6}, index=pd.Index([f"n{i}" for i in range(6)]))


def of_noise(shift: float = 2.0) -> ClosedFormFlow:
    random = np.random.default_rng(0)
    names = list(NODES.index)
    values = 0.01 * random.normal(size=(6, 6)) + shift * 0.02 * (random.uniform(size=(6, 6)) < 0.3)
    np.fill_diagonal(values, np.nan)
    flow = xr.DataArray(
        values, dims=("source", "target"), coords={"source": names, "target": names}, name="flow"
    )
    scale, error = random.uniform(0.002, 0.01, (2, 6, 6))
    return ClosedFormFlow.of(flow, scale, error, NODES, "closed-form", "no flow")


@pytest.mark.parametrize("x", [0.01, 0.5, 0.999, 1.0, 1.5, 4.0, 12.0, 60.0])
def test_tail_is_the_integral_of_the_density(x: float) -> None:
    expected = quad(lambda u: k0(u) / np.pi, x, x + 60.0, epsabs=0.0, epsrel=1e-12, limit=200)[0]
    assert float(product_tail(np.array(x))) == pytest.approx(expected, rel=1e-10)
    assert float(product_tail(np.array(-x))) == pytest.approx(1.0 - expected, rel=1e-12)
    assert product_quantile(float(product_tail(np.array(x)))) == pytest.approx(x, rel=1e-9)


def test_tail_is_that_of_simulated_products() -> None:
    one, other = np.random.default_rng(0).normal(size=(2, 400_000))
    for x in (-1.0, 0.0, 1.0, 3.0, 5.0):
        p = float(product_tail(np.array(x)))
        share = np.mean(one * other >= x)
        assert abs(share - p) <= 4.0 * np.sqrt(p * (1.0 - p) / len(one))


def test_quantile_of_nothing_is_infinite() -> None:
    assert product_quantile(0.0) == np.inf
    assert product_quantile(0.5) == 0.0
    assert product_quantile(0.8) == pytest.approx(-product_quantile(0.2))


def test_p_is_the_larger_of_both_and_corrected_by_holm() -> None:
    found = of_noise()
    mask = found.tested.to_numpy()
    bits, scale = found.flow.to_numpy()[mask], found.scale.to_numpy()[mask]
    existence = product_tail(bits / scale)
    direction = norm.sf(bits / found.standard_error.to_numpy()[mask])
    p = np.maximum(existence, direction)
    np.testing.assert_allclose(found.p.to_numpy()[mask], p)
    np.testing.assert_allclose(found.q.to_numpy()[mask], false_discovery_control(p, method="bh"))
    ordered = np.sort(p)
    holm = [max((30 - j) * ordered[j] for j in range(i + 1)) for i in range(30)]
    np.testing.assert_allclose(np.sort(found.p_fwer.to_numpy()[mask]), np.minimum(1.0, holm))
    assert (existence != direction).any()


@pytest.mark.parametrize("shift", [0.0, 2.0, 6.0])
def test_thresholds_are_reached_by_the_significant_edges(shift: float) -> None:
    found = of_noise(shift)
    for level in (0.01, 0.05, 0.2):
        for correction, threshold in (
            ("fwer", found.threshold_fwer),
            ("fdr", found.threshold_fdr),
        ):
            significant = found.significant(level, correction=correction)
            assert (found.tested & (found.flow > threshold(level))).equals(significant)
            above = found.tested & (found.flow > threshold(level, unit="bits"))
            assert not (above & ~significant).any()
    left = 30 - int(found.significant(0.05).sum())
    expected = found.expected_false_edges(found.threshold_fwer(0.05))
    assert expected == pytest.approx(0.05 * 30 / left, rel=1e-6)
    table = found.thresholds()
    assert table.loc["FWER 5 %", "edges"] == int(found.significant(0.05).sum())
    assert table.loc["0.3 bit", "edges"] == 0


def test_graph_holds_the_significant_edges() -> None:
    found = of_noise(6.0)
    graph = found.graph(0.1, correction="fdr")
    assert graph.number_of_edges() == int(found.significant(0.1, correction="fdr").sum()) > 0
    for a, b, attributes in graph.edges(data=True):
        assert attributes["flow"] == float(found.flow.sel(source=a, target=b))
        assert attributes["q"] == float(found.q.sel(source=a, target=b))
    assert graph.graph["null"] == "closed-form"
    assert found.describe().count("\n") >= 2


def test_no_flow_at_all_is_refused() -> None:
    found = of_noise()
    with pytest.raises(InputError, match="flow must have a value"):
        ClosedFormFlow.of(
            found.flow * np.nan, np.ones((6, 6)), np.ones((6, 6)), NODES, "closed-form", ""
        )
