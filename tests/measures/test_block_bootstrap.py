import numpy as np
import pytest

from infoscope._errors import InputError
from infoscope.measures.block_bootstrap import block_bootstrap


def resampled(values, block, resamples, random_state):
    """Draw blocks of a circle one by one."""
    n, means = len(values), []
    starts = np.random.default_rng(random_state).integers(0, n, (resamples, -(-n // block)))
    for row in starts:
        drawn = [values[(start + i) % n] for start in row for i in range(block)]
        means.append(np.mean(drawn[:n]))
    return np.quantile(means, [0.025, 0.975])


@pytest.mark.parametrize(("n", "block"), [(20, 1), (20, 7), (21, 7), (9, 9)])
def test_interval_is_that_of_blocks_drawn_one_by_one(n, block):
    values = np.random.default_rng(n).normal(3.0, 1.0, n)
    found = block_bootstrap(values, block=block, resamples=300, random_state=4)
    assert found == pytest.approx(resampled(values, block, 300, 4), abs=1e-12)


def test_blocks_cover_the_mean_of_a_slow_series_where_single_rows_do_not():
    random = np.random.default_rng(0)
    covered = {1: 0, 40: 0}
    for _ in range(100):
        series = np.empty(600)
        series[0] = random.normal()
        for t, noise in enumerate(random.normal(size=599)):
            series[t + 1] = 0.8 * series[t] + 0.6 * noise
        for block in covered:
            low, high = block_bootstrap(series, block=block, resamples=300)
            covered[block] += low <= 0.0 <= high
    assert covered[40] >= 85
    assert covered[1] <= 70


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"values": np.ones((3, 2))}, r"values must be one series \(n,\), got shape \(3, 2\)"),
        ({"values": [1.0, np.nan]}, "values must be finite"),
        ({"block": 11}, "block must be a whole number >= 1 and <= 10"),
        ({"level": 1.0}, "level must be above 0 and below 1"),
        ({"resamples": 0}, "resamples must be"),
    ],
)
def test_bad_arguments_are_named(changes, said):
    with pytest.raises(InputError, match=said):
        block_bootstrap(**{"values": np.arange(10.0), "block": 2, **changes})
