"""The held-out linear decoder and the noise probe: twins, bounds, known truths and errors."""

import numpy as np
import pytest

from infoscope import EstimationError, InputError, LinearDecoder, NoiseProbe, mutual_information
from infoscope.learning.held_out.decoding import target_decoding
from reference import parametric as twin

SEEDS = range(20)


def related(n, d_x, d_y, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d_x)) * 10.0 ** rng.integers(-2, 3, size=d_x) + 5
    y = (x - 5) @ rng.normal(size=(d_x, d_y)) / 10 + rng.normal(size=(n, d_y))
    return x, y


def decoded(x, y, **settings):
    return mutual_information(x, y, estimator=LinearDecoder(**settings)).nats


@pytest.mark.parametrize("ridge", [0.0, 1e-3, 2.0])
@pytest.mark.parametrize("folds", [2, 5, 7])
@pytest.mark.parametrize(("d_x", "d_y"), [(1, 1), (3, 1), (1, 2), (4, 3)])
def test_decoder_equals_the_twin(d_x: int, d_y: int, folds: int, ridge: float) -> None:
    x, y = related(103, d_x, d_y)
    expected = twin.held_out_information(x, y, folds, ridge)
    assert decoded(x, y, folds=folds, ridge=ridge) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_decoder_finds_the_information_of_a_linear_relation(rho: float) -> None:
    """1/2 ln(1 / (1 - R^2)), less what estimating a slope costs: about 1 / 2n for each."""
    found = []
    for seed in SEEDS:
        x, noise = np.random.default_rng(seed).normal(size=(2, 3000))
        found.append(decoded(x, rho * x + np.sqrt(1 - rho**2) * noise))
    truth = 0.5 * np.log(1 / (1 - rho**2))
    assert abs(np.mean(found) - truth) < 4 * np.std(found, ddof=1) / 20**0.5 + 1e-3


def test_decoder_of_vectors_finds_the_determinant() -> None:
    mixing = np.array([[1.0, 0.5], [0.0, 1.0], [0.3, -1.0]])
    # y = x M + noise: the covariance of y is M'M + 1.
    truth = 0.5 * np.linalg.slogdet(mixing.T @ mixing + np.eye(2))[1]
    found = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(3000, 3))
        found.append(decoded(x, x @ mixing + rng.normal(size=(3000, 2))))
    assert abs(np.mean(found) - truth) < 4 * np.std(found, ddof=1) / 20**0.5 + 5e-3


def test_decoder_is_negative_where_there_is_nothing_to_learn() -> None:
    found = [
        mutual_information(
            rng.normal(size=(40, 10)), rng.normal(size=40), estimator=LinearDecoder()
        )
        for rng in map(np.random.default_rng, SEEDS)
    ]
    assert np.mean([e.nats for e in found]) < 0
    assert {("negative" in e.flags) == (e.nats < 0) for e in found} == {True}


def test_folds_are_unbroken_stretches_of_rows() -> None:
    """A level of each half that no other row has helps only where halves are mixed."""
    half = np.repeat([0.0, 1.0], 100)
    y = half + 0.01 * np.random.default_rng(0).normal(size=200)
    x = half + 0.01 * np.random.default_rng(1).normal(size=200)
    order = np.random.default_rng(2).permutation(200)
    assert decoded(x[order], y[order], folds=2) > 3
    assert decoded(x, y, folds=2) < 1


def test_decoder_ignores_units_and_constant_columns_of_x() -> None:
    x, y = related(100, 3, 2)
    expected = decoded(x, y)
    assert decoded(x * [1e-6, 1, 1e6] - 3, y * [1e4, -1] + 9) == pytest.approx(expected, abs=1e-8)
    assert decoded(np.column_stack([x, np.ones(100)]), y) == pytest.approx(expected, abs=1e-10)
    assert decoded(np.zeros(100), y) == pytest.approx(0.0, abs=1e-12)


def test_decoder_draws_no_random_number() -> None:
    rng = np.random.default_rng(9)
    x, y = related(50, 1, 1)
    mutual_information(x, y, estimator=LinearDecoder(), random_state=rng)
    assert rng.random() == np.random.default_rng(9).random()


@pytest.mark.parametrize(
    "y",
    [
        np.zeros(60),
        np.full(60, 0.1),
        np.random.default_rng(1).normal(size=(60, 1)) * [1.0, 2.0],
        np.random.default_rng(1).normal(size=(60, 1)) * [1.0, 1 / 3],
        np.random.default_rng(1).normal(size=(60, 2)) @ [[1, 0, 0.1], [0, 1, 0.7]],
    ],
    ids=["zero", "constant", "twice", "a third", "a sum"],
)
def test_decoder_refuses_a_target_without_a_density(y) -> None:
    x = np.random.default_rng(0).normal(size=60)
    with pytest.raises(EstimationError, match=r"information is not defined: .*linearly dependent"):
        decoded(x, y)


X = np.random.default_rng(0).normal(size=20)


@pytest.mark.parametrize(
    ("x", "z", "estimator", "message"),
    [
        (
            X,
            X,
            LinearDecoder(),
            r"^given must be None with LinearDecoder, got a condition; use KSG",
        ),
        (X, X, NoiseProbe(), r"^given must be None with NoiseProbe, got a condition; use KSG"),
        (X, None, LinearDecoder(folds=11), r"^folds must leave two rows in each, got 11 folds and"),
        (X[:0], None, LinearDecoder(), r"^(x|folds) must .* got .*0 rows; "),
        (np.round(X), None, NoiseProbe(), r"^y must be a function of x for NoiseProbe, got rows"),
        (X[:0], None, NoiseProbe(), r"^(x|y) must .* got .*; "),
    ],
)
def test_unsuitable_samples_are_refused(x, z, estimator, message) -> None:
    with pytest.raises(InputError, match=message):
        mutual_information(x, X[: len(x)] ** 2, given=z, estimator=estimator)


@pytest.mark.parametrize(
    ("kind", "setting", "message"),
    [
        (LinearDecoder, {"folds": 1}, r"folds must be a whole number >= 2, got 1; "),
        (LinearDecoder, {"folds": 2.0}, r"folds must be a whole number >= 2, got 2.0; "),
        (LinearDecoder, {"ridge": -1.0}, r"ridge must be a finite number >= 0, got -1.0; "),
        (LinearDecoder, {"ridge": np.nan}, r"ridge must be a finite number >= 0, got nan; "),
        (NoiseProbe, {"sigma": 0}, r"sigma must be above 0, got 0; without noise"),
        (NoiseProbe, {"sigma": -0.1}, r"sigma must be a finite number >= 0, got -0.1; "),
        (NoiseProbe, {"sigma": np.inf}, r"sigma must be a finite number >= 0, got inf; "),
        (NoiseProbe, {"policy": "auto"}, r"policy must be one of 'absolute', 'relative', got 'au"),
    ],
)
def test_parameters_out_of_range_are_refused(kind, setting, message) -> None:
    with pytest.raises(InputError, match="^" + message):
        kind(**setting)


def probed(y, x=None, **settings):
    x = np.arange(len(y)) if x is None else x
    return mutual_information(x, y, estimator=NoiseProbe(**settings))


@pytest.mark.parametrize("sigma", [0.01, 0.3, 5.0])
@pytest.mark.parametrize("d", [1, 4])
def test_probe_equals_the_twin(d: int, sigma: float) -> None:
    y = np.tanh(np.random.default_rng(0).normal(size=(60, d)))
    found = probed(y, sigma=sigma)
    lower, upper = twin.mixture_bounds(y, sigma)
    assert found.nats == pytest.approx(lower, abs=1e-10)
    assert found.upper_nats == pytest.approx(upper, abs=1e-10)
    assert found.upper_bits == pytest.approx(upper / np.log(2), abs=1e-10)
    assert (found.n, found.ceiling_nats) == (60, np.log(60))
    spread = y * [1, 10, 100, 1000][:d] if d > 1 else 50 * y
    relative = probed(spread, sigma=sigma, policy="relative")
    expected = twin.mixture_bounds(spread / spread.std(axis=0), sigma)
    assert (relative.nats, relative.upper_nats) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("n_jobs", [2, -1, None])
def test_threads_change_no_bit(n_jobs: int | None) -> None:
    x = np.random.default_rng(0).normal(size=(700, 3))
    one, many = (
        mutual_information(x, np.tanh(x), estimator=NoiseProbe(), n_jobs=jobs)
        for jobs in (1, n_jobs)
    )
    assert (many.nats, many.upper_nats) == (one.nats, one.upper_nats)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sigma", [1e-4, 0.1, 1.0, 1e3])
def test_bounds_are_in_order_and_below_the_logarithm_of_the_samples(sigma, seed) -> None:
    found = probed(np.random.default_rng(seed).normal(size=(50, 2)), sigma=sigma)
    assert -1e-12 <= found.nats <= found.upper_nats + 1e-12 <= np.log(50) + 2e-12
    assert ("saturated" in found.flags) == (found.upper_nats > 0.9 * np.log(50))


def test_bounds_hold_the_information_of_two_states() -> None:
    """Two equally likely states d apart in noise of 1: quadrature of h(T) - h(noise)."""
    t = np.linspace(-12, 16, 200_001)
    for apart in (0.5, 1.0, 2.0, 4.0):
        density = (np.exp(-(t**2) / 2) + np.exp(-((t - apart) ** 2) / 2)) / np.sqrt(8 * np.pi)
        h = -np.sum(density * np.log(density)) * (t[1] - t[0])
        truth = h - 0.5 * np.log(2 * np.pi * np.e)
        found = probed(np.repeat([0.0, apart], 20), sigma=1.0)
        assert found.nats < truth < found.upper_nats


@pytest.mark.parametrize("copies", [1, 5])
@pytest.mark.parametrize("states", [2, 7, 16])
def test_states_far_apart_are_told_apart_for_sure(states: int, copies: int) -> None:
    y = np.repeat(np.arange(states) * 3.0, copies)
    found = probed(y, sigma=0.1)
    assert found.nats == pytest.approx(np.log(states), abs=1e-12)
    assert found.upper_nats == pytest.approx(np.log(states), abs=1e-12)
    assert probed(np.zeros(20)).nats == pytest.approx(0.0, abs=1e-12)
    assert probed(np.zeros(20), policy="relative").upper_nats == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("offset", [1e3, 1e6, 1e8])
def test_where_the_states_lie_does_not_matter(offset: float) -> None:
    y = np.repeat([0.0, 1.0, 5.0], 10)  # exact in binary at every offset
    expected, found = probed(y, sigma=0.5), probed(y + offset, sigma=0.5)
    assert found.nats == pytest.approx(expected.nats, abs=1e-9)
    assert found.upper_nats == pytest.approx(expected.upper_nats, abs=1e-9)


def test_a_far_outlier_does_not_blur_the_others() -> None:
    y = np.append(np.repeat([0.0, 1.0], 10), 1e9)
    expected = twin.mixture_bounds(y, 0.5)
    found = probed(y, sigma=0.5)
    assert (found.nats, found.upper_nats) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("unit", [1e-150, 1e150])
def test_extreme_units_with_a_noise_to_match(unit: float) -> None:
    y = np.random.default_rng(0).normal(size=20) / 4
    expected = probed(y, sigma=0.1).nats
    assert probed(unit * y, sigma=unit * 0.1).nats == pytest.approx(expected, abs=1e-9)
    assert probed(unit * y, sigma=0.1, policy="relative").nats == pytest.approx(
        probed(y, sigma=0.1, policy="relative").nats, abs=1e-9
    )


def test_states_too_far_apart_to_square_are_told_apart() -> None:
    found = probed(np.array([0.0, 1e140, -1e140]), sigma=1e-30)
    assert found.nats == pytest.approx(np.log(3), abs=1e-12)


def test_more_noise_leaves_less() -> None:
    y = np.random.default_rng(0).normal(size=(60, 2))
    found = [probed(y, sigma=s).nats for s in (0.01, 0.1, 0.3, 1.0, 3.0)]
    assert (np.diff(found) < 0).all()


@pytest.mark.parametrize("spread", [0.5, 1.0, 2.0])
def test_a_label_is_decoded_up_to_its_exact_information(spread: float) -> None:
    random = np.random.default_rng(3)
    bit = random.integers(0, 2, 8000)
    x = 2.0 * bit - 1.0 + spread * random.normal(size=8000)
    # I(x; bit) = 1 - E[log2(1 + exp(-2 x / spread^2))] of the bit 1, by quadrature.
    grid = np.linspace(-1.0, 1.0, 20001) * 12.0 * spread + 1.0
    density = np.exp(-0.5 * ((grid - 1.0) / spread) ** 2) / np.sqrt(2.0 * np.pi) / spread
    lost = np.logaddexp(0.0, -2.0 * grid / spread**2) / np.log(2.0)
    exact = 1.0 - float(np.trapezoid(density * lost, grid))
    found = mutual_information(x, bit, estimator=LinearDecoder())
    assert found.bits == pytest.approx(exact, abs=0.03)
    assert "label-decoded" in found.flags
    halves = x[:4000, None], bit[:4000, None], LinearDecoder(), (x[4000:, None], bit[4000:, None])
    assert target_decoding(*halves).bits() == pytest.approx(exact, abs=0.05)
    assert target_decoding(*halves[:3]).bits() == pytest.approx(exact, abs=0.05)


def test_numbers_are_decoded_as_numbers_and_many_values_are_no_label() -> None:
    random = np.random.default_rng(4)
    for y in (np.arange(400) % 17, np.arange(300) % 16, random.normal(size=400)):
        x = y + random.normal(size=len(y))
        assert "label-decoded" not in mutual_information(x, y, estimator=LinearDecoder()).flags
    y = np.arange(320) % 16
    found = mutual_information(y + random.normal(size=320), y, estimator=LinearDecoder())
    assert "label-decoded" in found.flags
