"""Anything may come to the front door: out comes a finite number, or an error that helps."""

import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.lib.recfunctions import structured_to_unstructured
from scipy import sparse

from infoscope import (
    KSG,
    Discrete,
    EstimationError,
    Gaussian,
    InputError,
    KozachenkoLeonenko,
    LinearDecoder,
    NoiseProbe,
    Ross,
    entropy,
    mutual_information,
    pairwise_information,
    transfer_entropy,
)
from infoscope.estimators.auto import RULES
from infoscope.estimators.estimate import FLAGS

fuzz = settings(max_examples=150, deadline=None)

# What was required of which argument, what came, and what to do next.
HELPFUL = re.compile(
    r"^(x|y|data|k|arrays|lag|trials|theiler) must .+ got .+; .+"
    r"|^the entropy is minus infinity: .+ k = \d+ identical copies; raise k",
    re.DOTALL,
)

# Numbers below the smallest normal one are left to test_kernels.py: there, a search that never
# ends is killed.
anything = st.one_of(
    st.none(),
    st.text(max_size=3),
    st.floats(),
    st.integers(),
    st.lists(st.one_of(st.floats(), st.text(max_size=2), st.none(), st.booleans()), max_size=6),
    st.lists(st.lists(st.integers(-9, 9), max_size=3), max_size=6),
    st.dictionaries(st.text(max_size=2), st.floats(), max_size=2),
)
shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=9)
any_array = npst.arrays(
    st.one_of(npst.scalar_dtypes(), st.just(np.dtype(object))),
    shapes,
)
number_dtypes = npst.boolean_dtypes() | npst.integer_dtypes() | npst.floating_dtypes()
samples = npst.arrays(
    number_dtypes,
    st.tuples(st.integers(5, 12)) | st.tuples(st.integers(5, 12), st.integers(1, 4)),
    elements={"allow_nan": False, "allow_infinity": False},
)
ksg = st.builds(
    KSG,
    k=st.integers(1, 6),
    variant=st.sampled_from([1, 2]),
    scale=st.sampled_from(["none", "zscore", "rank"]),
    jitter=st.sampled_from([0.0, 1e-10, 1.0]),
    theiler=st.sampled_from([0.0, 1.0, 2.5]),
)
kozachenko = st.builds(
    KozachenkoLeonenko, k=st.integers(1, 6), jitter=st.sampled_from([0.0, 1e-10, 1.0])
)


def finite_or_helpful(estimate) -> None:
    try:
        found = estimate()
    except (InputError, EstimationError) as error:
        message = str(error)
        if not HELPFUL.search(message):
            pytest.fail(f"the message does not say what to change: {message}")
        return
    if hasattr(found, "nats"):
        assert np.isfinite(found.nats)
        assert isinstance(found.flags, tuple)
    else:
        matrix = found.to_numpy()
        known = np.isfinite(matrix[~np.eye(len(matrix), dtype=bool) | (found.attrs["lag"] > 0)])
        # What is missing has a reason.
        assert known.all() or found.attrs["not_estimated"]


@fuzz
@given(st.one_of(any_array, anything), st.one_of(any_array, anything), ksg)
def test_mutual_information_of_anything(x, y, estimator) -> None:
    finite_or_helpful(lambda: mutual_information(x, y, estimator=estimator))


@fuzz
@given(st.one_of(any_array, anything), kozachenko)
def test_entropy_of_anything(x, estimator) -> None:
    finite_or_helpful(lambda: entropy(x, estimator=estimator))


@fuzz
@given(st.one_of(any_array, anything), st.integers(0, 3), ksg)
def test_pairwise_information_of_anything(data, lag, estimator) -> None:
    finite_or_helpful(lambda: pairwise_information(data, lag=lag, estimator=estimator))


@fuzz
@given(samples, samples, ksg)
def test_mutual_information_of_any_numbers(x, y, estimator) -> None:
    n = min(len(x), len(y))
    finite_or_helpful(lambda: mutual_information(x[:n], y[:n], estimator=estimator))


@fuzz
@given(samples, kozachenko)
def test_entropy_of_any_numbers(x, estimator) -> None:
    finite_or_helpful(lambda: entropy(x, estimator=estimator))


@fuzz
@given(samples, st.integers(0, 3), ksg, st.data())
def test_pairwise_information_of_any_numbers(data, lag, estimator, draw) -> None:
    data = data.reshape(len(data), -1)
    labels = st.lists(st.integers(0, 1), min_size=len(data), max_size=len(data))
    trials = draw.draw(st.none() | labels, label="trials")
    finite_or_helpful(
        lambda: pairwise_information(data, lag=lag, estimator=estimator, trials=trials)
    )


@fuzz
@given(st.one_of(any_array, anything), st.one_of(st.integers(0, 9), anything))
def test_pairwise_information_with_any_trials_and_lag(trials, lag) -> None:
    data = np.random.default_rng(0).normal(size=(9, 2))
    finite_or_helpful(
        lambda: pairwise_information(data, lag=lag, estimator=KSG(k=2), trials=trials)
    )


HUGE = np.array([-1.7e308, 1.1, 0.0, 1.7e308, 2.0, 5.0, 7.0])
ZSCORE = KSG(k=2, scale="zscore")


@pytest.mark.parametrize(
    "estimate",
    [
        lambda: mutual_information(HUGE, np.arange(7.0), estimator=ZSCORE),
        lambda: mutual_information(1e200 * np.arange(7.0), np.arange(7.0), estimator=ZSCORE),
        lambda: mutual_information(1e-200 * np.arange(7.0), np.arange(7.0), estimator=ZSCORE),
        lambda: mutual_information(HUGE[[0, 3]], HUGE[[0, 3]], estimator=KSG(k=1, variant=2)),
        lambda: entropy(HUGE[[0, 3, 2]], estimator=KozachenkoLeonenko(k=2)),
        lambda: entropy([1, 2, np.longdouble("1e4000")], estimator=KozachenkoLeonenko(k=1)),
        lambda: entropy([[1], [1, 2]]),
        lambda: mutual_information([1, 2], [[1], [1, 2]]),
        lambda: pairwise_information([[1], [1, 2]]),
        lambda: pairwise_information(np.zeros((0, 2)), estimator=ZSCORE),
        lambda: pairwise_information(np.ones((9, 2)), trials=[[0], [0, 1]]),
        lambda: pairwise_information(np.ones((9, 2)), lag=10**30),
        lambda: pairwise_information(HUGE[:, np.newaxis], lag=1, estimator=ZSCORE),
    ],
    ids=[
        "huge, z-score", "1e200, z-score", "1e-200, z-score", "huge, algorithm 2", "huge, entropy",
        "beyond doubles", "ragged x", "ragged y", "ragged data", "no rows, z-score",
        "ragged trials", "huge lag", "huge data, z-score",
    ],
)  # fmt: skip
def test_corners_give_a_finite_number_or_a_helpful_error(estimate) -> None:
    finite_or_helpful(estimate)


@fuzz
@given(
    st.one_of(st.integers(), anything), st.one_of(st.integers(0, 3), anything),
    st.one_of(st.sampled_from(["none", "rank"]), anything), st.one_of(st.floats(), anything),
)  # fmt: skip
def test_settings_of_any_kind_are_taken_or_refused_by_name(k, variant, scale, jitter) -> None:
    try:
        estimator = KSG(k, variant, scale, jitter)
    except InputError as error:
        message = str(error)
        if not re.search(r"^(k|variant|scale|jitter) must .+ got .+; .+", message, re.DOTALL):
            pytest.fail(f"the message does not say what to change: {message}")
        return
    assert estimator.k >= 1
    assert estimator.variant in (1, 2)
    assert 0.0 <= estimator.jitter < np.inf


@pytest.mark.parametrize(
    "bad",
    [
        np.ma.masked_array(np.arange(9.0), mask=[True] + [False] * 8),
        pd.Series([1, None, 3], dtype="Int64"),
        pd.Series(["a", "b"]),
        {1.0, 2.0},
        (value for value in range(9)),
    ],
    ids=["masked", "missing integer", "text", "set", "iterator"],
)
def test_missing_or_unordered_values_are_refused_by_name(bad) -> None:
    with pytest.raises(InputError, match=r"^x must .*got .*; "):
        entropy(bad, estimator=KozachenkoLeonenko(k=1))


@pytest.mark.parametrize("options", [{}, {"requires_grad": True}, {"dtype": "bfloat16"}], ids=str)
def test_tensors_of_any_kind_are_read(options) -> None:
    torch = pytest.importorskip("torch")
    dtype = getattr(torch, options.pop("dtype", "float64"))
    values = torch.tensor([0.0, 1.0, 4.0, 9.0, 16.0, 25.0], dtype=dtype, **options)
    expected = entropy(np.arange(6.0) ** 2)  # whole numbers up to 256 are exact in bfloat16
    assert entropy(values).nats == expected.nats
    assert entropy(list(values)).nats == expected.nats


def test_sparse_matrices_are_read_unless_they_fill_the_memory() -> None:
    x = np.random.default_rng(0).poisson(0.5, (40, 3)).astype(float)
    found = mutual_information(sparse.csr_array(x), x[:, 0], estimator=Discrete())
    assert found.nats == mutual_information(x, x[:, 0], estimator=Discrete()).nats
    with pytest.raises(InputError, match=r"^x must .* \(100000, 100000\); .*toarray"):
        entropy(sparse.csr_array((100_000, 100_000)))


@pytest.mark.parametrize(
    ("x", "works"),
    [
        (np.array(["0.5", "1.5", "2.5", "9"]), lambda x: np.asarray(x).astype(float)),
        (np.array([1, 2, 4, 9], "M8[D]"), lambda x: (x - x.min()) / np.timedelta64(1, "D")),
        (np.array([1, 2, 4, 9], "m8[h]"), lambda x: x / np.timedelta64(1, "D")),
        (np.array([1, 2, 4, 9j]), lambda x: np.column_stack([x.real, x.imag])),
        (np.array([(1.0, 2.0), (3.0, 5.0), (4.0, 9.0)], [("a", float), ("b", float)]),
         structured_to_unstructured),
    ],
    ids=["numbers as text", "dates", "durations", "complex", "fields"],
)  # fmt: skip
def test_the_advice_for_what_is_no_number_works_on_it(x, works) -> None:
    with pytest.raises(InputError, match=r"^x must .* got dtype .*; (convert|pass) "):
        entropy(x, estimator=KozachenkoLeonenko(k=1))
    assert np.isfinite(entropy(works(x), estimator=KozachenkoLeonenko(k=1)).nats)


NAMES = np.array(["left", "mid", "right"])


@pytest.mark.parametrize("shape", [np.asarray, list, lambda y: y.astype(object), pd.Categorical])
def test_labels_in_text_are_classes(shape) -> None:
    # Classes that x tells apart for sure share their entropy with it: H = 1.5 bits.
    codes = np.repeat([0, 1, 2], [100, 50, 50])
    x = 10.0 * codes + np.random.default_rng(0).random(200)
    found = mutual_information(x, shape(NAMES[codes]), estimator=Ross())
    assert found.bits == pytest.approx(1.5, abs=0.02)
    assert "labels" in found.flags
    assert entropy(shape(NAMES[codes]), estimator=Discrete()).bits == pytest.approx(1.5, abs=1e-12)
    past = transfer_entropy(shape(NAMES[codes]), codes, estimator=Discrete())
    assert past.nats == transfer_entropy(codes, codes, estimator=Discrete()).nats


def test_class_names_of_digits_are_labels_and_measurements_as_text_are_not() -> None:
    digits = np.repeat(["3", "1", "4"], 20)
    assert entropy(digits, estimator=Discrete()).bits == pytest.approx(np.log2(3), abs=1e-12)
    with pytest.raises(InputError, match=r"^x must .*astype\(float\)"):
        entropy(np.arange(30.0).astype(str), estimator=Discrete())


@pytest.mark.parametrize("estimator", [KSG(), Gaussian(), LinearDecoder(), NoiseProbe()], ids=str)
def test_labels_are_refused_where_distances_count(estimator) -> None:
    x, y = np.arange(60.0), NAMES[np.arange(60) % 3]
    with pytest.raises(InputError, match=r"^y must be numbers for .* got labels .*'auto'"):
        mutual_information(x, y, estimator=estimator)
    assert np.isfinite(mutual_information(x, y, estimator="auto").nats)


@pytest.mark.parametrize("estimator", ["ksg", KSG, None, KozachenkoLeonenko()])
def test_what_is_no_estimator_of_information_is_refused_by_name(estimator) -> None:
    x = np.arange(9.0)
    with pytest.raises(InputError, match=r"^estimator must .*, got .*; "):
        mutual_information(x, x, estimator=estimator)
    with pytest.raises(InputError, match=r"^estimator must .*, got .*; "):
        pairwise_information(x[:, np.newaxis], lag=1, estimator=estimator)


@pytest.mark.parametrize("estimator", ["kl", KozachenkoLeonenko, None, KSG()])
def test_what_is_no_estimator_of_entropy_is_refused_by_name(estimator) -> None:
    with pytest.raises(InputError, match=r"^estimator must .*, got .*; "):
        entropy(np.arange(9.0), estimator=estimator)


@pytest.mark.parametrize("n_jobs", [0, "two", 1.5, np.nan])
@pytest.mark.parametrize("d", [1, 2])
def test_n_jobs_is_checked(d: int, n_jobs) -> None:
    x = np.random.default_rng(0).normal(size=(20, d))
    with pytest.raises(InputError, match=r"^n_jobs must be a whole number other than 0, .* got "):
        mutual_information(x, x, n_jobs=n_jobs)
    with pytest.raises(InputError, match=r"^n_jobs must be a whole number other than 0, .* got "):
        entropy(x, n_jobs=n_jobs)
    with pytest.raises(InputError, match=r"^n_jobs must be a whole number other than 0, .* got "):
        pairwise_information(x, lag=1, n_jobs=n_jobs)


@pytest.mark.parametrize("random_state", [-1, 1.5, "seed", True, np.random.RandomState(0)])
def test_random_state_is_checked(random_state) -> None:
    x = np.arange(20.0)
    message = r"^random_state must be an int >= 0, a numpy Generator or None, got .*; "
    for estimate in (
        lambda: mutual_information(x, x, random_state=random_state),
        lambda: entropy(x, random_state=random_state),
        lambda: pairwise_information(x[:, None], lag=1, random_state=random_state),
    ):
        with pytest.raises(InputError, match=message):
            estimate()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"k": 0}, r"k must be a whole number >= 1, got 0; "),
        ({"k": -3}, r"k must be a whole number >= 1, got -3; "),
        ({"k": 2.0}, r"k must be a whole number >= 1, got 2.0; "),
        ({"k": True}, r"k must be a whole number >= 1, got True; "),
        ({"k": None}, r"k must be a whole number >= 1, got None; "),
        ({"jitter": -0.1}, r"jitter must be a finite number >= 0, got -0.1; "),
        ({"jitter": np.nan}, r"jitter must be a finite number >= 0, got nan; "),
        ({"jitter": np.inf}, r"jitter must be a finite number >= 0, got inf; "),
        ({"jitter": "1"}, r"jitter must be a finite number >= 0, got '1'; "),
        ({"jitter": 10**400}, r"jitter must be a finite number >= 0, got 1000"),
    ],
)
@pytest.mark.parametrize("kind", [KSG, KozachenkoLeonenko])
def test_parameters_out_of_range_are_refused(kind, setting, message) -> None:
    with pytest.raises(InputError, match="^" + message):
        kind(**setting)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"variant": 0}, r"variant must be a whole number >= 1 and <= 2, got 0; "),
        ({"variant": 3}, r"variant must be a whole number >= 1 and <= 2, got 3; "),
        ({"variant": "1"}, r"variant must be a whole number >= 1 and <= 2, got '1'; "),
        ({"scale": "z"}, r"scale must be one of 'none', 'zscore', 'rank', got 'z'; "),
        ({"scale": None}, r"scale must be one of 'none', 'zscore', 'rank', got None; "),
        ({"theiler": -1}, r"theiler must be a finite number >= 0, got -1; "),
        ({"theiler": np.nan}, r"theiler must be a finite number >= 0, got nan; "),
        ({"theiler": None}, r"theiler must be a finite number >= 0, got None; "),
        ({"scale": np.array(["rank", "none"])}, r"scale must be one of .*, got array\("),
    ],
)
def test_ksg_parameters_out_of_range_are_refused(setting, message) -> None:
    with pytest.raises(InputError, match="^" + message):
        KSG(**setting)


def test_no_warning_contradicts_a_right_value() -> None:
    # Uniform on half a unit: ln 0.5 nats, and nothing is wrong with that.
    found = entropy(np.random.default_rng(0).uniform(0, 0.5, 2000), estimator=KozachenkoLeonenko())
    assert found.nats == pytest.approx(np.log(0.5), abs=0.05)
    assert found.warnings == ()
    assert (
        entropy(0.1 * np.random.default_rng(0).normal(size=500), estimator=Gaussian()).warnings
        == ()
    )


def test_every_warning_says_what_to_do_or_what_was_done() -> None:
    of_choice = {rule.reason for rule in RULES} | {"recurring-values", "continuous"}
    done = {"labels"} | {flag for flag in FLAGS if flag.startswith("auto-")} | of_choice
    assert [flag for flag, words in FLAGS.items() if ";" not in words and flag not in done] == []


def test_a_signalling_nan_is_a_missing_entry() -> None:
    x = np.array([Decimal("sNaN"), *range(20)], dtype=object)
    with pytest.raises(InputError, match=r"x must be .*got Decimal\('sNaN'\) at index .*; fill"):
        entropy(x)
    with pytest.raises(InputError, match=r"x must have no missing label, got one in row 0"):
        mutual_information(np.array([Decimal("sNaN"), *"ab" * 10], dtype=object), np.arange(21.0))
