import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infoscope.report.rounding import Grid, grid_for, rounded


def test_a_decimal_threshold_is_a_place_of_the_grid() -> None:
    grid = Grid(1, 3)
    places = np.arange(-2000, 2000)
    decimals = np.array([float(f"{place}e-3") for place in places])
    np.testing.assert_array_equal(grid.below(decimals), places)
    assert [grid.reaching(value) for value in decimals] == places.tolist()


@given(
    values=st.lists(st.floats(-50, 50), min_size=1, max_size=40),
    thresholds=st.lists(st.floats(-1, 1), max_size=3),
    error=st.floats(1e-4, 3.0),
)
def test_rounding_selects_the_same_edges(values, thresholds, error) -> None:
    exact = np.array(values)
    grid = grid_for(error, float(np.abs(exact).max()), thresholds)
    codes = rounded(exact, grid, thresholds)
    step = grid.multiple / 10.0**grid.digits
    assert step <= error * (1 + 1e-9)
    assert np.abs(grid.value(codes) - exact).max() <= step * (1 + 1e-9)
    named = {grid.reaching(t): t for t in thresholds}
    if len(named) == len(set(thresholds)):
        for place, threshold in named.items():
            np.testing.assert_array_equal(codes >= place, exact >= threshold)
    # On all places without a name the rounded numbers decide as the exact ones do.
    for place in set(codes.tolist()) - set(named):
        at = grid.value(np.array([place]))[0]
        np.testing.assert_array_equal(codes >= place, exact >= at)


@pytest.mark.parametrize(
    ("error", "step"), [(0.0014, 0.001), (0.002, 0.002), (0.0049, 0.002), (0.03, 0.02), (7.0, 5.0)]
)
def test_the_step_is_the_largest_round_number_up_to_the_error(error: float, step: float) -> None:
    grid = grid_for(error, 1.0, [])
    assert grid.multiple / 10**grid.digits == step


def test_thresholds_closer_than_the_error_stay_apart() -> None:
    grid = grid_for(0.05, 1.0, [0.300, 0.304])
    assert grid.reaching(0.300) < grid.reaching(0.304)
    exact = np.array([0.299, 0.301, 0.305])
    codes = rounded(exact, grid, [0.300, 0.304])
    assert (codes >= grid.reaching(0.300)).tolist() == [False, True, True]
    assert (codes >= grid.reaching(0.304)).tolist() == [False, False, True]


def test_large_values_get_a_coarser_grid_that_fits_32_bits() -> None:
    exact = np.array([1e12, -3e11, 5.0])
    grid = grid_for(0.001, 1e12, [])
    assert np.abs(rounded(exact, grid, [])).max() < 2**31 - 10
