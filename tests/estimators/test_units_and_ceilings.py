"""What an estimate must not depend on, and what it says where it does."""

import subprocess
import sys

import numpy as np
import pytest

import infoscope as isc
from infoscope import InputError, mutual_information, pairwise_information

RNG = np.random.default_rng(0)
X, NOISE = RNG.normal(size=(2, 2000))
Y = 0.6 * X + 0.8 * NOISE  # 0.322 bits, known to 0.03 from 2,000 samples
TRUTH = -0.5 * np.log2(1 - 0.36)


@pytest.mark.parametrize("factor", [1e-12, 1e-3, 1e3])
def test_unequal_units_are_flagged_and_made_equal_by_scaling(factor: float) -> None:
    raw = mutual_information(X * factor, Y, estimator=isc.KSG())
    assert "uneven-scales" in raw.flags
    assert any("zscore" in sentence for sentence in raw.warnings)
    scaled = mutual_information(X * factor, Y, estimator=isc.KSG(scale="zscore"))
    assert scaled.bits == pytest.approx(TRUTH, abs=0.12)
    assert "uneven-scales" not in scaled.flags


@pytest.mark.parametrize("factor", [1e-12, 1e8])
def test_default_pairs_do_not_know_the_unit_of_the_table(factor: float) -> None:
    data = np.round(np.column_stack([X, Y]) * 2) / 2
    expected = pairwise_information(data, estimator="published").to_numpy()[0, 1]
    assert pairwise_information(data * factor, estimator="published").to_numpy()[
        0, 1
    ] == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("change", ["outlier", "cube", "exponential"])
def test_auto_is_not_disturbed_by_outliers_or_increasing_transforms(change: str) -> None:
    x = {
        "outlier": np.where(np.arange(2000) == 0, 1e6, X),
        "cube": X**9,
        "exponential": np.exp(3 * X),
    }[change]
    assert mutual_information(x, Y, estimator="auto").bits == pytest.approx(TRUTH, abs=0.12)


@pytest.mark.parametrize("k", [2, 4, 10])
def test_a_ramp_beyond_the_ceiling_says_so(k: int) -> None:
    found = mutual_information(np.arange(100), np.arange(100), estimator=isc.KSG(k=k))
    assert found.nats > found.ceiling_nats
    assert "above-ceiling" in found.flags


def test_a_wide_theiler_window_says_that_it_raises_the_estimate() -> None:
    x, y = RNG.normal(size=(2, 1000))
    wide, narrow = (
        mutual_information(x, y, estimator=isc.KSG(theiler=window)) for window in (100, 5)
    )
    assert "wide-window" in wide.flags
    assert "wide-window" not in narrow.flags
    with pytest.raises(InputError, match="estimator must have no Theiler window for a drift test"):
        isc.subsampling_drift(x, y, estimator=isc.KSG(theiler=5))


@pytest.mark.parametrize("k", [1, 4])
def test_mixed_estimates_of_a_copy_reach_their_ceiling(k: int) -> None:
    found = mutual_information(X, X, estimator=isc.MixedKSG(k=k))
    assert found.nats == pytest.approx(found.ceiling_nats, abs=1e-12)


def test_corrected_entropy_of_different_values_is_at_its_ceiling() -> None:
    found = isc.entropy(np.arange(10), estimator=isc.Discrete("miller-madow"))
    assert found.nats == pytest.approx(found.ceiling_nats, abs=1e-12)


def test_the_decoder_follows_time_whatever_the_order_of_rows() -> None:
    walk = np.random.default_rng(2).normal(size=(2, 600)).cumsum(axis=1)
    shuffled = np.random.default_rng(3).permutation(600)
    found = mutual_information(*walk[:, shuffled], times=shuffled, estimator=isc.LinearDecoder())
    expected = mutual_information(*walk, estimator=isc.LinearDecoder())
    assert found.nats == pytest.approx(expected.nats, abs=1e-9)


def test_a_decoder_without_ridge_refuses_what_is_infinite() -> None:
    with pytest.raises(isc.EstimationError, match="infinite: y is a linear function of x"):
        mutual_information(X, 2 * X, estimator=isc.LinearDecoder(ridge=0))


def test_transfer_entropy_refuses_rows_out_of_time() -> None:
    shuffled = np.random.default_rng(3).permutation(2000)
    with pytest.raises(InputError, match="times must increase from row to row of a trial"):
        isc.transfer_entropy(X[shuffled], Y[shuffled], times=shuffled)


def test_without_lag_and_history_trials_need_no_order_of_time() -> None:
    trials = np.repeat([0, 1], 1000)
    found = isc.transfer_entropy(X, Y, lag=0, history=0, trials=trials, estimator=isc.KSG())
    assert found.nats == mutual_information(X, Y, estimator=isc.KSG()).nats


@pytest.mark.parametrize("unit", [1e-200, 1e100])
def test_entropy_and_probe_know_any_unit(unit: float) -> None:
    points = np.column_stack([X, Y])
    euclidean = isc.KozachenkoLeonenko(norm="euclidean")
    shift = (
        isc.entropy(points * unit, estimator=euclidean).nats
        - isc.entropy(points, estimator=euclidean).nats
    )
    assert shift == pytest.approx(2 * np.log(unit), abs=1e-6)
    h, probe = np.tanh(points[:50]), isc.NoiseProbe(policy="relative")
    found = mutual_information(np.arange(50), h * unit, estimator=probe).nats
    assert found == pytest.approx(mutual_information(np.arange(50), h, estimator=probe).nats)


def test_labels_of_several_types_are_refused() -> None:
    labels = np.array(["a", 1] * 1000, object)
    with pytest.raises(InputError, match="trials must be labels of one type, got int, str"):
        mutual_information(X, Y, trials=labels, estimator=isc.KSG())


def test_nullable_and_object_columns_of_numbers_are_numbers() -> None:
    import pandas as pd

    frame = pd.DataFrame({"a": X, "b": NOISE}).convert_dtypes()
    expected = mutual_information(np.column_stack([X, NOISE]), Y, estimator=isc.KSG())
    assert mutual_information(frame, Y, estimator=isc.KSG()).nats == expected.nats
    assert (
        mutual_information(X.astype(object), Y, estimator=isc.KSG()).nats
        == mutual_information(X, Y, estimator=isc.KSG()).nats
    )


def test_pairs_say_their_ceiling_and_which_columns_are_doubtful() -> None:
    data = {"tied": np.round(X), "constant": 0.0 * X, "fine": Y}
    import pandas as pd

    found = pairwise_information(pd.DataFrame(data), estimator=isc.KSG(k=3))
    assert found.attrs["ties"] == ["tied", "constant"]
    assert found.attrs["constant"] == ["constant"]
    expected = mutual_information(X, Y, estimator=isc.KSG(k=3)).ceiling_bits
    assert found.attrs["ceiling_bits"] == pytest.approx(expected)


def test_parameters_of_any_float_type_raise_no_warning() -> None:
    assert isc.KSG(theiler=np.float32(2)).theiler == 2
    assert isc.NoiseProbe(sigma=np.float16(0.5)).sigma == 0.5


def test_functions_that_name_the_package_travel_to_other_processes() -> None:
    program = (
        "import infoscope as isc, numpy as np\n"
        "from joblib import Parallel, delayed\n"
        "def estimate(seed):\n"
        "    x, y = np.random.default_rng(seed).normal(size=(2, 50))\n"
        "    return isc.mutual_information(x, y).nats\n"
        "print(Parallel(2)(delayed(estimate)(s) for s in range(2)))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(",") == 1


@pytest.mark.parametrize("window", [0, 2])
def test_a_window_excludes_nothing_where_every_row_is_a_trial(window: int) -> None:
    # Looked through once for each trial, so many rows took half a minute.
    x, y = np.random.default_rng(1).normal(size=(2, 20_000))
    every = np.arange(20_000)
    found = mutual_information(x, y, estimator=isc.KSG(theiler=window), trials=every)
    assert found.nats == pytest.approx(
        mutual_information(x, y, estimator=isc.KSG()).nats, abs=1e-12
    )
