import numpy as np
import pytest

from infoscope import EstimationError
from infoscope.paper.claims.statistics.dip import dip, dip_p_value
from reference import dips as twin


def draw(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    return {
        "uniform": lambda: rng.random(n),
        "normal": lambda: rng.normal(size=n),
        "heaps": lambda: rng.normal(size=n) + 6.0 * (np.arange(n) % 2),
        "tied": lambda: np.r_[rng.integers(0, 4, n - 1), 9].astype(float),
    }[kind]()


@pytest.mark.parametrize("kind", ["uniform", "normal", "heaps", "tied"])
def test_dip_is_that_of_the_linear_program_where_the_sides_meet(kind: str) -> None:
    # Never above it; below it only where the two sides do not meet, in one sample of fifteen.
    rng = np.random.default_rng(0)
    samples = [draw(kind, int(rng.integers(4, 13)), rng) for _ in range(20)]
    apart = np.array([dip(values) - twin.dip(values) for values in samples])
    assert (apart < 1e-7).all()
    assert (np.abs(apart) < 1e-7).mean() >= 0.8
    assert apart.min() > -0.02


def test_dip_has_its_known_bounds_and_no_unit() -> None:
    # Hartigan and Hartigan (1985): 1 / 2n for evenly spaced values, 1 / 4 for two far atoms.
    assert dip(np.arange(20.0)) == pytest.approx(1 / 40)
    assert dip(np.repeat([0.0, 1.0], 10)) == pytest.approx(0.25)
    values = np.random.default_rng(0).normal(size=30)
    assert dip(3.0 * values - 7.0) == pytest.approx(dip(values), abs=1e-12)
    assert dip(-values) == pytest.approx(dip(values), abs=1e-12)


def test_p_is_uniform_for_uniform_values_and_small_for_two_heaps() -> None:
    rng = np.random.default_rng(1)
    found = np.array([dip_p_value(rng.random(25)) for _ in range(200)])
    # A share of 0.1 within 4 standard errors, sqrt(0.1 * 0.9 / 200) = 0.021.
    assert abs((found <= 0.1).mean() - 0.1) < 0.085
    assert dip_p_value(np.r_[rng.normal(size=12), rng.normal(size=13) + 8]) < 0.01


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.0], [2.0] * 9])
def test_few_or_equal_values_have_no_dip(values: list[float]) -> None:
    with pytest.raises(EstimationError, match="is not defined"):
        dip(values)
