"""Gaussian and Gaussian-copula information against determinants, closed forms and errors."""

import dataclasses

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import rankdata

from infoscope import (
    EstimationError,
    Gaussian,
    InputError,
    dual_total_correlation,
    entropy,
    mutual_information,
    o_information,
    total_correlation,
    transfer_entropy,
)
from reference import parametric as twin

SEEDS = range(50)
SIZES = [(1, 1, 0), (1, 1, 1), (3, 2, 0), (2, 1, 4), (4, 5, 3)]


def information_of(x, y, given=None, **options):
    return mutual_information(x, y, given=given, **options)


def blocks(sizes, n=120, seed=0):
    """Correlated Gaussian samples of x, y and, if any, z."""
    rng = np.random.default_rng(seed)
    d = sum(sizes)
    data = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) * 10.0 ** rng.integers(-2, 3, size=d)
    x, y, z = np.split(data, np.cumsum(sizes)[:2], axis=1)
    return x, y, z if sizes[2] else None


def members(sizes):
    places = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:2])
    return [tuple(part.tolist()) for part in places]


def scores(data):
    return ndtri(rankdata(data, axis=0) / (len(data) + 1))


def joined(x, y, z):
    return np.hstack([x, y] if z is None else [x, y, z])


@pytest.mark.parametrize("copula", [False, True])
@pytest.mark.parametrize("bias_correction", [False, True])
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("n", [25, 120])
def test_information_equals_the_twin(n, sizes, bias_correction, copula) -> None:
    x, y, z = blocks(sizes, n)
    data = joined(x, y, z)
    data = scores(data) if copula else data
    expected = twin.information(twin.gaussian(data, bias_correction), *members(sizes))
    estimator = Gaussian(copula, bias_correction)
    found = mutual_information(x, y, given=z, estimator=estimator)
    assert found.nats == pytest.approx(expected, abs=1e-9)
    assert (found.n, found.estimator, found.ceiling_nats) == (n, estimator, np.inf)


@pytest.mark.parametrize("bias_correction", [False, True])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_entropy_equals_the_twin(d: int, bias_correction: bool) -> None:
    x = blocks((d, 1, 0))[0]
    expected = twin.gaussian(x, bias_correction)(tuple(range(d)))
    found = entropy(x, estimator=Gaussian(bias_correction=bias_correction))
    assert found.nats == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("bias_correction", [False, True])
def test_prefix_entropies_equal_the_twin(bias_correction: bool) -> None:
    x = blocks((6, 1, 0))[0]
    rng = np.random.default_rng(0)
    prefixes = [(rng.permutation(6), np.array(s)) for s in ([1, 3, 6], [2], [6])]
    known = twin.gaussian(x, bias_correction)
    found = Gaussian(bias_correction=bias_correction).prefix_entropies(x, prefixes, rng, 1)
    assert [len(part) for part in found] == [3, 1, 1]
    for entropies, (order, sizes) in zip(found, prefixes, strict=True):
        expected = [known(tuple(order[:size].tolist())) for size in sizes]
        np.testing.assert_allclose(entropies, expected, rtol=0, atol=1e-9)


def test_two_correlated_variables_by_hand() -> None:
    # Correlation 1/2 exactly: -1/2 ln(1 - 1/4).
    x, y = np.array([1.0, -1.0, 0.0, 0.0]), np.array([1.0, -1.0, 1.0, -1.0])
    r = np.corrcoef(x, y)[0, 1]
    assert r == pytest.approx(0.5**0.5)
    found = mutual_information(x, y, estimator=Gaussian(bias_correction=False))
    assert found.bits == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("sizes", [(1, 1, 0), (2, 3, 0), (2, 2, 2), (5, 5, 5)])
@pytest.mark.parametrize("n", [20, 50])
def test_corrected_information_of_independent_variables_is_zero_on_average(n, sizes) -> None:
    found, raw = [], []
    for seed in range(200):
        x, y, z = np.split(
            np.random.default_rng(seed).normal(size=(n, sum(sizes))), np.cumsum(sizes)[:2], axis=1
        )
        z = z if sizes[2] else None
        found.append(mutual_information(x, y, given=z, estimator=Gaussian()).nats)
        raw.append(
            mutual_information(x, y, given=z, estimator=Gaussian(bias_correction=False)).nats
        )
    error = np.std(found, ddof=1) / 200**0.5
    assert abs(np.mean(found)) < 4 * error < np.mean(raw)
    assert min(raw) >= 0.0 > min(found)


@pytest.mark.parametrize("d", [1, 3])
def test_corrected_entropy_is_unbiased(d: int) -> None:
    covariance = 0.5 * np.eye(d) + 0.5
    truth = 0.5 * np.linalg.slogdet(2 * np.pi * np.e * covariance)[1]
    found = [
        entropy(
            np.random.default_rng(s).multivariate_normal(np.zeros(d), covariance, size=15),
            estimator=Gaussian(),
        ).nats
        for s in range(300)
    ]
    assert abs(np.mean(found) - truth) < 4 * np.std(found, ddof=1) / 300**0.5


@pytest.mark.parametrize("estimator", [Gaussian(), Gaussian(copula=True)], ids=str)
@pytest.mark.parametrize("rho", [0.0, 0.6, 0.95])
def test_gaussian_truth_is_found_on_average(rho: float, estimator: Gaussian) -> None:
    found = []
    for seed in SEEDS:
        x, noise = np.random.default_rng(seed).normal(size=(2, 4000))
        y = rho * x + np.sqrt(1 - rho**2) * noise
        found.append(mutual_information(x, y, estimator=estimator).nats)
    truth = -0.5 * np.log(1 - rho**2)
    # Normal scores of finite samples fall short by the order of ln(n) / n.
    slack = np.log(4000) / 1000 if estimator.copula else 0.0
    assert abs(np.mean(found) - truth) < 4 * np.std(found, ddof=1) / 50**0.5 + slack


def test_a_markov_chain_shares_nothing_beyond_its_middle() -> None:
    found = []
    for seed in range(100):
        a, b, c = np.random.default_rng(seed).normal(size=(3, 200))
        middle = a + b
        found.append(mutual_information(a, middle + c, given=middle, estimator=Gaussian()).nats)
    assert abs(np.mean(found)) < 4 * np.std(found, ddof=1) / 10


@pytest.mark.parametrize("bias_correction", [False, True])
def test_chain_rule_and_symmetry(bias_correction: bool) -> None:
    x, y, z = blocks((2, 1, 2))
    estimator = Gaussian(bias_correction=bias_correction)

    def information(*parts):
        return information_of(*parts, estimator=estimator).nats

    whole = information(x, np.hstack([y, z]))
    assert whole == pytest.approx(information(x, z) + information(x, y, z), abs=1e-10)
    assert information(y, x, z) == pytest.approx(information(x, y, z), abs=1e-10)
    order = np.random.default_rng(0).permutation(len(x))
    shuffled = information(x[order], y[order], z[order][:, ::-1])
    assert shuffled == pytest.approx(information(x, y, z), abs=1e-10)


@pytest.mark.parametrize("estimator", [Gaussian(), Gaussian(copula=True)], ids=str)
def test_units_and_offsets_do_not_matter(estimator: Gaussian) -> None:
    x, y, z = blocks((2, 1, 1))
    expected = mutual_information(x, y, given=z, estimator=estimator).nats
    for unit in (1e-9, 1e9):
        found = mutual_information(x * [unit, 1], 3 - y / unit, given=z + 5, estimator=estimator)
        assert found.nats == pytest.approx(expected, abs=1e-8)


def test_extreme_units_do_not_matter() -> None:
    x, y, _ = blocks((1, 1, 0))
    expected = mutual_information(x, y, estimator=Gaussian()).nats
    for unit in (1e-160, 1e140):
        found = mutual_information(x * unit, y, estimator=Gaussian()).nats
        assert found == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("transform", [np.exp, np.cbrt, lambda v: v**5])
def test_the_copula_ignores_increasing_transforms_exactly(transform) -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 100))
    y = y + x
    expected = mutual_information(x, y, estimator=Gaussian(copula=True)).nats
    assert mutual_information(transform(x), y, estimator=Gaussian(copula=True)).nats == expected
    plain = mutual_information(x, y, estimator=Gaussian()).nats
    assert mutual_information(transform(x), y, estimator=Gaussian()).nats != plain


def test_flags_name_what_makes_an_estimate_doubtful() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 100))
    y = y + x

    def flags(*parts):
        return set(information_of(*parts, estimator=Gaussian()).flags)

    assert flags(x, y) == set()
    assert flags(np.round(x, 1), y) == {"ties"}
    assert flags(np.tile(x[:50], 2), np.tile(y[:50], 2)) == {"ties", "duplicates"}
    assert flags(x[:19], y[:19]) == {"few-samples"}
    assert flags(x[:20], y[:20]) == set()
    found = [
        mutual_information(*np.random.default_rng(s).normal(size=(2, 90)), estimator=Gaussian())
        for s in range(20)
    ]
    assert {("negative" in e.flags) == (e.nats < 0) for e in found} == {True}
    assert {"negative" in e.flags for e in found} == {True, False}


X = np.random.default_rng(0).normal(size=(30, 3))
Y = np.random.default_rng(1).normal(size=30)


@pytest.mark.parametrize("bias_correction", [False, True])
def test_a_relation_between_both_sides_is_infinite_and_named(bias_correction: bool) -> None:
    estimator = Gaussian(bias_correction=bias_correction)
    for y, named in (
        (X[:, 0], r"y\[0\] is a linear function of x\[0\]; leave"),
        (-7 * X[:, 1] + 2, r"y\[0\] is a linear function of x\[1\]; leave"),
        (X.sum(axis=1), r"y\[0\] is a linear function of x\[0\], x\[1\], x\[2\]; leave"),
        (1e-5 * X[:, 0] + 1e3, r"y\[0\] is a linear function of x\[0\]; leave"),
        (np.c_[Y, Y - X[:, 2]], r"y\[1\] is a linear function of x\[2\], y\[0\]; leave"),
    ):
        with pytest.raises(EstimationError, match=f"^a Gaussian information is infinite: {named}"):
            mutual_information(X, y, estimator=estimator)
    with pytest.raises(EstimationError, match=r"y\[0\] is a linear function of given\[0\], x\[0\]"):
        mutual_information(X[:, 0], X[:, 0] - 3 * X[:, 1], given=X[:, 1], estimator=estimator)


@pytest.mark.parametrize("estimator", [Gaussian(), Gaussian(copula=True)], ids=str)
def test_redundant_coordinates_leave_the_information_as_it_is(estimator: Gaussian) -> None:
    """Given what makes it redundant, a coordinate adds nothing: the chain rule."""
    a, b = X[:, 0], X[:, :2] @ [0.5, 1.0]
    cube = a**3 if estimator.copula else -3 * a + 1e3  # a copy to the estimator
    for parts, alone, left_out in (
        ((np.c_[a, cube], b), (a, b), ("x[1]",)),
        ((b, np.c_[a, cube]), (b, a), ("y[1]",)),
        ((a, b, np.c_[Y, 2 * Y]), (a, b, Y), ("given[1]",)),
        ((np.c_[a, Y], b, Y), (a, b, Y), ("x[1]",)),
        ((np.c_[X, np.ones(30)], b + Y), (X, b + Y), ("x[3]",)),
        ((a, b, np.full(30, 0.1)), (a, b), ("given[0]",)),
    ):
        found = information_of(*parts, estimator=estimator)
        assert found.nats == pytest.approx(
            information_of(*alone, estimator=estimator).nats, abs=1e-12
        )
        assert found.left_out == left_out
        flag = "constant" if "[3]" in left_out[0] or left_out == ("given[0]",) else "redundant"
        assert flag in found.flags
        assert any(f"({left_out[0]})" in warning for warning in found.warnings)
    for parts in ((a, b, a), (a, a, a), (a, b, np.c_[cube, Y]), (np.full(30, 1e9), b), (a, a * 0)):
        assert information_of(*parts, estimator=estimator).nats == 0.0


def test_linear_combinations_are_redundant_too() -> None:
    b = X @ [1.0, -0.5, 0.2] + Y
    mixed = np.c_[X, X @ np.random.default_rng(1).normal(size=(3, 20))]
    expected = mutual_information(X, b, estimator=Gaussian()).nats
    found = mutual_information(mixed, b, estimator=Gaussian())
    assert found.nats == pytest.approx(expected, abs=1e-12)
    assert found.left_out == tuple(f"x[{i}]" for i in range(3, 23))


@pytest.mark.parametrize("estimator", [Gaussian(), Gaussian(copula=True)], ids=str)
def test_a_series_transfers_nothing_to_itself(estimator: Gaussian) -> None:
    series = np.sin(0.3 * np.arange(300)) + np.random.default_rng(2).normal(size=300)
    for history in (1, 3):
        assert transfer_entropy(series, series, history=history, estimator=estimator).nats == 0.0


@pytest.mark.parametrize("size", [1e-3, 1e-6])
def test_a_small_difference_is_no_relation(size: float) -> None:
    """Correlation 1 - size^2 / 2, down to 1 - 5e-13: -1/2 ln(size^2 / (1 + size^2))."""
    a, noise = np.random.default_rng(0).normal(size=(2, 4000))
    exact = 0.5 * np.log1p(size**-2)
    for unit, offset in ((1.0, 0.0), (1e-150, 0.0), (1e140, 0.0), (1.0, 1e3)):
        y = unit * (a + size * noise + offset)
        found = mutual_information(a, y, estimator=Gaussian()).nats
        assert found == pytest.approx(exact, abs=0.06)  # five standard errors, 1 / sqrt(n) each


@pytest.mark.parametrize("offset", [0.0, 10.0, 1000.0])
def test_single_precision_copies_are_copies(offset: float) -> None:
    a, b = (np.random.default_rng(0).normal(size=(2, 500)) + offset).astype(np.float32)
    y = np.float32(3) * a - np.float32(7)
    with pytest.raises(EstimationError, match=r"y\[0\] is a linear function of x\[0\]"):
        mutual_information(a, y, estimator=Gaussian())
    together = mutual_information(np.c_[a, y], a - b, estimator=Gaussian())
    assert together.left_out == ("x[1]",)
    alone = mutual_information(a, a - b, estimator=Gaussian())
    assert together.nats == pytest.approx(alone.nats, abs=1e-12)


def test_hundreds_of_coordinates_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(900, 200))
    mixed = np.hstack([x, x @ rng.normal(size=(200, 100))])[:, rng.permutation(300)]
    y = x[:, 0] + rng.normal(size=900)
    found = mutual_information(mixed, y, estimator=Gaussian())
    assert len(found.left_out) == 100
    expected = mutual_information(x, y, estimator=Gaussian()).nats
    assert found.nats == pytest.approx(expected, abs=1e-9)
    with pytest.raises(EstimationError, match=r"y\[0\] is a linear function of .* and 194 more;"):
        mutual_information(x, x @ rng.normal(size=200), estimator=Gaussian())


def test_entropies_of_constants_and_of_related_coordinates_are_refused() -> None:
    for constant in (0.0, 0.1, 1e9):
        with pytest.raises(
            EstimationError, match=r"minus infinity: coordinate 1 of the samples is"
        ):
            entropy(np.c_[Y, np.full(30, constant)], estimator=Gaussian())
    message = r"coordinate 2 of the samples is a linear function of coordinates 0: .* drop it"
    with pytest.raises(EstimationError, match=message):
        entropy(X[:, [0, 1, 0]], estimator=Gaussian())
    with pytest.raises(EstimationError, match=message):
        total_correlation(X[:, [0, 1, 0]], estimator=Gaussian())


def test_a_constant_shares_nothing_with_others() -> None:
    still = np.c_[X, np.full(30, 0.3)]
    for of in (total_correlation, dual_total_correlation, o_information):
        assert of(still, estimator=Gaussian()).nats == pytest.approx(
            of(X, estimator=Gaussian()).nats, abs=1e-12
        )


@pytest.mark.parametrize("n", [0, 1, 2, 4])
def test_too_few_rows_are_refused(n: int) -> None:
    wanted = rf"^(data|x) must have (more rows than the 3|at least one row).* got {n}"
    with pytest.raises(InputError, match=wanted):
        mutual_information(X[:n, :2], X[:n, 2], estimator=Gaussian())
    assert np.isfinite(mutual_information(X[:5, :2], X[:5, 2], estimator=Gaussian()).nats)


def test_the_copula_has_no_entropy() -> None:
    with pytest.raises(InputError, match=r"^estimator must be Gaussian\(copula=False\) for an ent"):
        entropy(X, estimator=Gaussian(copula=True))


@pytest.mark.parametrize("setting", ["copula", "bias_correction"])
def test_settings_are_checked(setting: str) -> None:
    with pytest.raises(InputError, match=rf"^{setting} must be .*, got 'yes'; "):
        Gaussian(**{setting: "yes"})


def test_estimators_are_frozen_values() -> None:
    assert Gaussian() == Gaussian(False, True) != Gaussian(True)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'copula'"):
        Gaussian().copula = True
