"""Normal scores of selections of rows equal those of the selected values, sorted anew."""

import numpy as np
import pytest

from infoscope import Gaussian
from infoscope.estimators._ranks import RankedTable
from infoscope.estimators._samples import scaled
from infoscope.surrogates import CircularShift, LagSwap, Layout, flow_surrogates


@pytest.mark.parametrize("decimals", [None, 1, 0])
def test_scores_of_selected_rows(decimals):
    random = np.random.default_rng(0)
    table = random.normal(size=(200, 3))
    table[:, 2] = 1.0
    if decimals is not None:
        table = table.round(decimals)
    ranked = RankedTable.of(table)
    for rows in (np.arange(200), random.permutation(200)[:90], random.integers(200, size=300)):
        expected = scaled(table[rows], "rank")
        assert np.array_equal(ranked.scores(rows), expected)
        assert np.array_equal(ranked.remembering(rows)(rows), expected)


@pytest.mark.parametrize("null", [CircularShift(), LagSwap(block=5)])
def test_flows_of_surrogates_equal_the_estimates_of_each_pair(null):
    random = np.random.default_rng(1)
    table = random.normal(size=(150, 3)).round(1)
    layout, copula = Layout.of_rows(150), Gaussian(copula=True)
    wanted = ~np.eye(3, dtype=bool)
    flows, sampler = flow_surrogates(table, layout, wanted, copula, null, 3)
    for flow, drawn in zip(flows, map(sampler.draw, range(3)), strict=True):
        source = table[drawn.source]
        later, now = (
            copula.pairs(source, table[rows], wanted) for rows in (drawn.later, drawn.now)
        )
        assert np.array_equal(flow, (later - now) / np.log(2), equal_nan=True)
