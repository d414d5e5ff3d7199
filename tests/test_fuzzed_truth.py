"""Random systems in random forms: a value is true, or an error or a flag says that it is not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzzed_truth import KINDS, REPEATS, case_of, judge

FEWER = 5  # samples behind a standard error; ten where five do not settle it

# Derandomized: a chance of one in thousands for each case would fail some run or other.
fuzz = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.parametrize("kind", KINDS)
@fuzz
@given(seed=st.integers(0, 2**32 - 1))
def test_a_value_is_true_or_refused_or_doubted(kind: str, seed: int) -> None:
    case = case_of(kind, seed)
    verdict = judge(case, seed, FEWER)
    if verdict.outcome == "wrong":
        verdict = judge(case, seed, REPEATS)
    assert verdict.outcome != "wrong", str(verdict)
    if np.isfinite(case.bits) and case.kind not in ("few rows", "copies"):
        assert verdict.outcome != "refused", str(verdict)


def test_the_same_seed_draws_the_same_case() -> None:
    first, again = case_of("gaussians", 5), case_of("gaussians", 5)
    assert (first.name, first.bits, first.rows) == (again.name, again.bits, again.rows)
    assert case_of("gaussians", 6).name != first.name
    assert judge(first, 5, 3).bits == judge(again, 5, 3).bits


def test_a_wrong_value_is_called_wrong() -> None:
    case = case_of("tables", 0)
    off = replace(case, bits=case.bits + 1.0)
    assert judge(off, 0, 4).outcome == "wrong"
    assert judge(replace(case, bits=np.nan), 0, 4).outcome == "wrong"
