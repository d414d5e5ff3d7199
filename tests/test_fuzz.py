"""Whatever finite numbers come in: a finite estimate or a named error, never NaN, crash or hang."""

import re
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import infoscope as isc
from infoscope import EstimationError, InputError

# The deadline is for a search without end; compilation is done before.
fuzz = settings(
    max_examples=120,
    deadline=timedelta(seconds=20),
    suppress_health_check=[HealthCheck.too_slow],
)

DTYPES = ["float64", "float32", "float16", "int8", "int64", "uint8", "bool"]
UNITS = [1.0, 0.1, 5e-324, 1e-310, 1e-300, 1e-160, 1e-12, 1e8, 1e100, 1e149]
KINDS = ["continuous", "grid", "constant", "binary", "one far off", "copies", "magnitudes"]

INFORMATION = [
    isc.KSG(k=3),
    isc.KSG(k=3, variant=2),
    isc.KSG(k=1, scale="rank"),
    isc.KSG(k=3, scale="zscore", jitter=1e-10),
    isc.KSG(k=2, theiler=2),
    isc.MixedKSG(k=3),
    isc.MixedKSG(k=3, form="paper"),
    isc.MixedKSG(k=3, form="mesner-shalizi", scale="rank"),
    isc.Ross(k=3),
    isc.Gaussian(),
    isc.Gaussian(copula=True),
    isc.Binned(bins=4),
    isc.Binned(bins=4, by="mass"),
    isc.Discrete(),
    isc.LinearDecoder(folds=2),
    isc.NoiseProbe(sigma=0.1),
    isc.NoiseProbe(sigma=0.1, policy="relative"),
    "auto",
]
ENTROPY = [
    isc.KozachenkoLeonenko(k=2),
    isc.KozachenkoLeonenko(k=2, norm="euclidean"),
    isc.KozachenkoLeonenko(k=2, jitter=1e-10),
    isc.Gaussian(),
    isc.Binned(bins=4),
    isc.Discrete(),
]


@st.composite
def columns(draw, n: int):
    """An array (n,) or (n, d) of any kind of numbers, in any unit and of any type."""
    d = draw(st.integers(1, 3))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(KINDS))
    values = {
        "continuous": lambda: random.normal(size=(n, d)),
        "grid": lambda: random.integers(0, 5, (n, d)),
        "constant": lambda: np.full((n, d), 0.3),
        "binary": lambda: random.integers(0, 2, (n, d)),
        "one far off": lambda: np.where(
            np.arange(n)[:, None] == 0, 1e6, random.normal(size=(n, d))
        ),
        "copies": lambda: np.repeat(random.normal(size=(n, d)), 3, axis=0)[:n],
        "magnitudes": lambda: 10.0 ** random.uniform(-100, 100, (n, d)),
    }[kind]()
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    if dtype == np.float64:
        unit = draw(st.sampled_from(UNITS))
        values = np.clip(values * min(unit, 1e149 / max(np.abs(values).max(), 1.0)), -1e150, 1e150)
    else:
        limit = {"b": 1.0, "f": 6e4}.get(dtype.kind, 100.0)
        values = np.clip(np.nan_to_num(values), 0 if dtype.kind in "bu" else -limit, limit)
    values = values.astype(dtype)
    return values[:, 0] if d == 1 and draw(st.booleans()) else values


@st.composite
def several(draw, count: int):
    """That many arrays of equally many rows."""
    n = draw(st.integers(1, 40))
    return [draw(columns(n)) for _ in range(count)]


def unless_refused(estimate):
    """Return what is estimated, or nothing if it is refused by name with what to do."""
    try:
        return estimate()
    except (InputError, EstimationError) as error:
        what_to_do = re.search(r"[;:] ", str(error))
    assert what_to_do
    return None


def finite_or_refused(estimate) -> None:
    found = unless_refused(estimate)
    if found is None:
        return
    assert np.isfinite(found.nats)
    assert len(found.warnings) == len(found.flags)
    assert not np.isnan(found.ceiling_nats)
    assert found.n >= 1
    assert 1.0 <= found.n_effective <= found.n


@pytest.mark.parametrize("estimator", INFORMATION, ids=str)
@fuzz
@given(arrays=several(3), with_condition=st.booleans())
def test_information_of_any_numbers(estimator, arrays, with_condition: bool) -> None:
    x, y, z = arrays
    given_z = z if with_condition else None
    finite_or_refused(
        lambda: isc.mutual_information(x, y, given=given_z, estimator=estimator, n_jobs=1)
    )


@pytest.mark.parametrize("estimator", ENTROPY, ids=str)
@fuzz
@given(arrays=several(1))
def test_entropy_of_any_numbers(estimator, arrays) -> None:
    finite_or_refused(lambda: isc.entropy(arrays[0], estimator=estimator, n_jobs=1))


@pytest.mark.parametrize(
    "estimator", [isc.KSG(k=2), isc.KSG(k=2, variant=2), isc.Gaussian()], ids=str
)
@fuzz
@given(arrays=several(2), lag=st.integers(0, 3), history=st.integers(0, 3))
def test_transfer_entropy_of_any_numbers(estimator, arrays, lag: int, history: int) -> None:
    source, target = arrays
    finite_or_refused(
        lambda: isc.transfer_entropy(
            source, target, lag=lag, history=history, estimator=estimator, n_jobs=1
        )
    )


@pytest.mark.parametrize(
    "measure",
    [
        isc.total_correlation,
        isc.dual_total_correlation,
        isc.o_information,
        isc.s_information,
        isc.tse_complexity,
    ],
)
@fuzz
@given(arrays=several(1))
def test_measures_of_many_variables_of_any_numbers(measure, arrays) -> None:
    found = unless_refused(lambda: measure(arrays[0], n_jobs=1))
    assert found is None or np.isfinite(found.nats)


@pytest.mark.parametrize("variant", [1, 2])
@fuzz
@given(arrays=several(1), lag=st.integers(0, 2))
def test_all_pairs_of_any_numbers(variant: int, arrays, lag: int) -> None:
    data = arrays[0].reshape(len(arrays[0]), -1)
    estimator = isc.KSG(k=2, variant=variant)
    found = unless_refused(
        lambda: isc.pairwise_information(data, lag=lag, estimator=estimator, n_jobs=1)
    )
    if found is None:
        return
    expected_nan = np.eye(data.shape[1], dtype=bool) if lag == 0 else np.zeros(found.shape, bool)
    now, later = data[: len(data) - lag].astype(float), data[lag:].astype(float)
    still = [np.ptp(part, axis=0) == 0.0 for part in (now, later)]
    expected_nan |= still[0][:, np.newaxis] | still[1]
    np.testing.assert_array_equal(np.isnan(found), expected_nan)


def test_single_precision_is_read_as_double_before_anything_is_added() -> None:
    # A jitter of 1e-10 next to 1000 is lost in single precision, and ties would stay.
    x = (np.random.default_rng(0).integers(0, 5, 200) + 1000).astype(np.float32)
    y = np.random.default_rng(1).normal(size=200)
    estimator = isc.KSG(k=3, jitter=1e-10)
    found = isc.mutual_information(x, y, estimator=estimator)
    double = isc.mutual_information(x.astype(float), y, estimator=estimator)
    assert repr(found.to_dict()) == repr(double.to_dict())
    assert "ties-broken" not in found.flags
