"""What a corrected plane is made of, beside exact values, twins and identities."""

import numpy as np
import pytest
from scipy.stats import norm

from infoscope import (
    EstimationError,
    Gaussian,
    InputError,
    LinearDecoder,
    NoiseProbe,
    Recording,
    mutual_information,
    o_information,
    total_correlation,
    tse_complexity,
)
from infoscope.learning.held_out.decoding import cross_decoding, held_out_decoding
from infoscope.learning.held_out.jackknife import jackknife_error, rows_without_each_block
from infoscope.learning.held_out.layer_state import participation_ratio, state_measures
from infoscope.learning.held_out.resolution import (
    mistaken_states,
    probe_measures,
    singleton_share,
)
from infoscope.learning.held_out.rows import (
    DailyRows,
    daily_splits,
    independent_inputs,
    with_independent_inputs,
)
from infoscope.learning.held_out.skill import skills
from infoscope.learning.held_out.smoothed_gaussian import SmoothedGaussian
from reference import parametric as twin

RANDOM = np.random.default_rng(0)


def related(n, d, seed, rho=0.6):
    x, noise = np.random.default_rng(seed).normal(size=(2, n, d))
    return x, rho * x + (1 - rho**2) ** 0.5 * noise


@pytest.mark.parametrize("ridge", [0.0, 1e-3, 0.3])
@pytest.mark.parametrize("flat", [False, True])
def test_decoding_is_that_of_the_linear_decoder(ridge, flat):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(83, 6))
    y = np.tanh(x[:, :3]) @ rng.normal(size=(3, 2)) + 0.3 * rng.normal(size=(83, 2))
    if flat:  # a column that is constant, and one that is twice another
        x[:, 5], x[:, 4] = 1.0, 2.0 * x[:, 0]
    decoder = LinearDecoder(folds=4, ridge=ridge)
    found = cross_decoding(x, y, decoder).bits()
    assert found == pytest.approx(mutual_information(x, y, estimator=decoder).bits, abs=1e-9)
    if not flat:  # the twin divides by the spread
        assert found == pytest.approx(
            twin.held_out_information(x, y, 4, ridge) / np.log(2), abs=1e-9
        )


def test_each_target_is_decoded_as_if_alone():
    x, y = related(120, 4, 0)
    together = cross_decoding(x, y, LinearDecoder())
    alone = cross_decoding(x, y[:, 1:3], LinearDecoder())
    assert together.columns(slice(1, 3)).bits() == pytest.approx(alone.bits(), abs=1e-12)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_decoded_information_of_gaussians_is_exact(rho):
    exact = -3 * 0.5 * np.log2(1 - rho**2)
    for seed in range(3):
        x, y = related(6000, 3, seed, rho)
        # The variance of -1/2 ln(1 - r^2) is r^2 / n for each of the three; 5 of its errors, and
        # the three coordinates that each fold fits cost 3 / 2n for each target.
        tolerance = (5 * rho * np.sqrt(3 / 6000) + 3 * 3 / 2000) / np.log(2)
        assert cross_decoding(x, y, LinearDecoder()).bits() == pytest.approx(exact, abs=tolerance)
        half = held_out_decoding(x[:3000], y[:3000], x[3000:], y[3000:], LinearDecoder())
        assert half.bits() == pytest.approx(exact, abs=1.5 * tolerance)


def test_held_out_bits_are_zero_for_what_tells_nothing():
    x, y = related(100, 2, 0)
    nothing = held_out_decoding(0 * x[:50], y[:50], 0 * x[50:], y[50:] + 3.0, LinearDecoder())
    assert nothing.bits() == pytest.approx(0.0, abs=1e-12)


def test_training_rows_that_mislead_give_less_than_nothing():
    x, y = related(400, 1, 0, rho=0.9)
    assert held_out_decoding(x[:200], y[:200], x[200:], -y[200:], LinearDecoder()).bits() < -0.5


def test_constant_target_is_refused():
    x, y = related(50, 1, 0)
    with pytest.raises(EstimationError, match="decoder's information is not defined"):
        cross_decoding(x, 0 * y, LinearDecoder()).bits()


def test_jackknife_error_is_the_scatter_over_samples():
    kept = rows_without_each_block(400, 10)
    values, errors = [], []
    for seed in range(60):
        decoding = cross_decoding(*related(400, 1, seed), LinearDecoder())
        values.append(decoding.bits())
        errors.append(float(jackknife_error(decoding.replicates(kept))))
    # The scatter of 60 is known to 9 %, the mean of 60 errors from 10 blocks to 3 %: 4 of both.
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(values, ddof=1), rel=0.4)


def test_blocks_cover_all_rows_once():
    kept = rows_without_each_block(23, 5)
    left_out = np.concatenate([np.setdiff1d(np.arange(23), rows) for rows in kept])
    assert left_out.tolist() == list(range(23))
    with pytest.raises(InputError, match="blocks must leave two rows in each, got 5 blocks and 9"):
        rows_without_each_block(9, 5)


def test_probe_brackets_the_information_of_a_known_mixture():
    centres = np.random.default_rng(3).normal(size=(40, 1))
    kept = rows_without_each_block(40, 4)
    sigmas = [0.01, 0.1, 0.5, 2.0]
    found = probe_measures(centres, sigmas, kept, RANDOM, 1)
    for p, spread in enumerate((1.0, centres.std())):
        for s, sigma in enumerate(sigmas):
            scale = sigma * spread
            grid = np.arange(centres.min() - 9 * scale, centres.max() + 9 * scale, scale / 50)
            density = norm.pdf(grid[:, np.newaxis], centres.T, scale).mean(axis=1)
            density = density[density > 0]
            entropy = -(density * np.log2(density)).sum() * scale / 50
            exact = entropy - 0.5 * np.log2(2 * np.pi * np.e * scale**2)
            assert float(found["probe_lower"][p, s]) <= exact + 1e-6
            assert float(found["probe_upper"][p, s]) >= exact - 1e-6


def test_probe_is_the_estimator_and_its_replicates_are_those_of_the_rows():
    states = np.tanh(np.random.default_rng(0).normal(size=(30, 5)))
    kept = rows_without_each_block(30, 3)
    found = probe_measures(states, [0.2], kept, RANDOM, 1)
    lower, upper = twin.mixture_bounds(states, 0.2)
    assert float(found["probe_lower"][0, 0]) == pytest.approx(lower / np.log(2), abs=1e-9)
    assert float(found["probe_upper"][0, 0]) == pytest.approx(upper / np.log(2), abs=1e-9)
    for block, rows in enumerate(kept):
        part = twin.mixture_bounds(states[rows], 0.2)[0] / np.log(2)
        assert float(found["probe_lower_replicates"][0, 0, block]) == pytest.approx(part, abs=1e-9)


def test_singletons_are_states_told_from_all_others():
    states = np.array([[0.0], [0.0], [1.0], [50.0]])
    assert singleton_share(mistaken_states(states, NoiseProbe(sigma=0.01))) == 0.5
    assert singleton_share(mistaken_states(states, NoiseProbe(sigma=1.0))) == 0.25
    assert singleton_share(mistaken_states(states, NoiseProbe(sigma=1e3))) == 0.0
    scaled = NoiseProbe(sigma=1.0, policy="relative")
    assert singleton_share(mistaken_states(states, scaled)) == singleton_share(
        mistaken_states(1e3 * states, scaled)
    )
    assert singleton_share(mistaken_states(0 * states, scaled)) == 0.0


def with_correlation(matrix, n=60):
    """Samples whose correlation matrix is exactly this one."""
    d = len(matrix)
    raw = np.random.default_rng(0).normal(size=(n, d))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(raw.T @ raw / n)).T
    return white @ np.linalg.cholesky(matrix).T


# Of equicorrelated Gaussians, computed from the closed form.
@pytest.mark.parametrize(("d", "rho", "bits"), [(3, 0.5, 0.29248), (6, 0.3, 0.55085)])
def test_complexity_of_equicorrelated_nodes_is_exact(d, rho, bits):
    data = with_correlation(np.full((d, d), rho) + (1 - rho) * np.eye(d))
    plain = SmoothedGaussian(sigma=0.0, copula=False)
    assert tse_complexity(data, subsets="all", estimator=plain).bits == pytest.approx(
        bits, abs=5e-6
    )


@pytest.mark.parametrize("quantity", [total_correlation, o_information])
def test_without_noise_it_is_the_gaussian_estimator(quantity):
    data = np.random.default_rng(2).normal(size=(50, 5)) @ np.random.default_rng(3).normal(
        size=(5, 5)
    )
    for copula in (False, True):
        found = quantity(data, estimator=SmoothedGaussian(0.0, copula)).bits
        expected = quantity(data, estimator=Gaussian(copula=copula, bias_correction=False)).bits
        assert found == pytest.approx(expected, abs=1e-9)


def test_smoothing_is_noise_of_that_size():
    matrix = np.array([[1.0, 0.8, 0.3], [0.8, 1.0, 0.5], [0.3, 0.5, 1.0]])
    found = total_correlation(
        with_correlation(matrix), estimator=SmoothedGaussian(0.5, copula=False)
    ).bits
    noisy = (matrix + 0.25 * np.eye(3)) / 1.25
    assert found == pytest.approx(-0.5 * np.log2(np.linalg.det(noisy)), abs=1e-9)


def test_singular_nodes_share_an_infinity_without_noise_and_a_number_with_it():
    x = np.random.default_rng(0).normal(size=(50, 2))
    data = np.column_stack([x, x.sum(axis=1)])
    with pytest.raises(EstimationError, match="linear functions of others; drop them, or raise"):
        total_correlation(np.column_stack([x, x]), estimator=SmoothedGaussian(sigma=0.0))
    assert 1.0 < total_correlation(data, estimator=SmoothedGaussian(sigma=0.1)).bits < 10.0
    with pytest.raises(EstimationError, match="coordinate 1 of the samples is constant"):
        total_correlation(np.column_stack([x[:, 0], np.ones(50)]), estimator=SmoothedGaussian())


@pytest.mark.parametrize(("scales", "expected"), [([1, 1, 1], 3.0), ([1, 0, 0], 1.0)])
def test_participation_ratio_counts_directions(scales, expected):
    data = with_correlation(np.eye(3)) * np.array(scales)
    for unit in (1.0, 1e-160):
        assert participation_ratio(unit * data) == pytest.approx(expected, abs=1e-9)
    # (4 + 1)^2 / (16 + 1) for variances 4 and 1.
    assert participation_ratio(data[:, :2] * [2, 1]) == pytest.approx(
        25 / 17 if scales[1] else 1.0, abs=1e-9
    )


def test_a_layer_that_stands_still_has_no_state_to_speak_of():
    found = state_measures(np.full((20, 4), 0.99), SmoothedGaussian(), 5, 0, 1)
    for name in ("spread", "participation_ratio", "total_correlation", "tse_complexity"):
        assert float(found[name]) == pytest.approx(0.0, abs=1e-12)
    assert float(found["saturation"]) == 1.0
    assert float(found["still_nodes"]) == 4.0


def windows(days, length):
    """Sliding windows over a series of days: inputs that name the day, and targets."""
    starts = np.arange(len(days) - length + 1)
    return starts[:, np.newaxis] + np.arange(length)


def test_history_is_what_the_network_saw():
    places = windows(np.arange(9), 4)
    inputs = np.stack([10.0 + places, -places], axis=-1)
    hidden, targets = places[..., np.newaxis] + 0.5, places[..., np.newaxis] + 1.0
    rec = Recording.from_arrays(inputs, hidden, hidden, targets, days=places)
    rows = DailyRows.of(rec, 3, "recording")
    np.testing.assert_array_equal(rows.inputs[:, 0], 10.0 + np.arange(9))
    np.testing.assert_array_equal(rows.history[2:, 0, 0], 12.0 + np.arange(7))
    np.testing.assert_array_equal(rows.history[2:, 2, 0], 10.0 + np.arange(7))
    np.testing.assert_array_equal(rows.before[1:, 0], np.arange(1.0, 9.0))
    assert np.isnan(rows.before[0, 0])
    assert rows.whole_history.tolist() == list(range(2, 9))
    assert np.isnan(rows.history[1, 2]).all()
    assert np.isfinite(rows.history[1, 1]).all()


def test_history_does_not_cross_a_gap():
    days = np.array([[0, 1, 2, 10, 11, 12]])
    block = days[..., np.newaxis] + 0.0
    rows = DailyRows.of(Recording.from_arrays(block, block, block, block, days), 2, "recording")
    np.testing.assert_array_equal(rows.history[:, 1, 0], [np.nan, 0, 1, np.nan, 10, 11])
    assert rows.whole_history.tolist() == [1, 2, 4, 5]


def test_inputs_that_depend_on_others_are_left_out():
    x = np.random.default_rng(0).normal(size=(40, 3, 5))
    x[..., 1] = 7.0
    x[..., 4] = 2 * x[..., 0] - x[..., 2] + 1
    rec = Recording.from_arrays(x, x, x[..., :1], x[..., :1])
    kept = independent_inputs(daily_splits(rec, None, 2)["train"])
    assert kept.tolist() == [0, 2, 3]
    assert with_independent_inputs(rec).rows("inputs").shape == (120, 3)
    np.testing.assert_array_equal(
        with_independent_inputs(rec).rows("inputs"), rec.rows("inputs")[:, [0, 2, 3]]
    )
    flat = Recording.from_arrays(0 * x, x, x[..., :1], x[..., :1])
    with pytest.raises(EstimationError, match="memory of the inputs is not defined: every input"):
        independent_inputs(daily_splits(flat, None, 2)["train"])


def test_skill_is_one_less_the_ratio_of_squared_errors():
    targets = np.array([[[1.0], [2.0], [4.0]]])
    rec = Recording.from_arrays(targets, targets, targets, targets)
    rows = daily_splits(rec, None, 1)["train"]
    outputs = np.array([[1.0], [3.0], [4.0]])
    over_mean, over_persistence = skills(outputs, rows, np.array([2.0]))
    assert over_mean == pytest.approx(1 - (1 / 3) / (5 / 3))
    assert over_persistence == pytest.approx(1 - (1 / 2) / (5 / 2))  # errors 1, 0 against 1, 2
    alone = Recording.from_arrays(*[targets[:, :1]] * 4)
    assert np.isnan(skills(outputs[:1], daily_splits(alone, None, 1)["train"], np.zeros(1))[1])
    with pytest.raises(EstimationError, match="skill over climatology is not defined"):
        skills(outputs[:1], daily_splits(alone, None, 1)["train"], np.ones(1))
