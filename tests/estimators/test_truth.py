"""The systems of truth.py: their exact values by other ways, and who finds them."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from infoscope import Discrete, Estimate, Gaussian, MixedKSG, mutual_information, transfer_entropy
from reference import parametric
from truth import (
    SYSTEMS,
    System,
    conditional,
    coupled,
    dense,
    gamma_exponential,
    gate,
    half_cube,
    pair,
    rolled,
    student,
    swiss_roll,
    transformed,
    two_pairs,
    uniform_step,
    uniform_sum,
    zero_inflated_poisson,
)

EVERY = [system for group in SYSTEMS.values() for system in group]


def gaussian_ratio(correlation, d):
    def ratio(x, y):
        whole, zero = np.hstack([x, y]), np.zeros(2 * d)
        log = stats.multivariate_normal(zero, correlation).logpdf
        apart = [
            stats.multivariate_normal(zero[:d], block).logpdf(part)
            for block, part in ((correlation[:d, :d], x), (correlation[d:, d:], y))
        ]
        return log(whole) - apart[0] - apart[1]

    return ratio


def sparse_correlation(d):
    across = np.zeros((d, d))
    across[[0, 1], [0, 1]] = 0.8
    return np.block([[np.eye(d), across], [across.T, np.eye(d)]])


def student_ratio(d, freedom):
    def log(samples):
        return stats.multivariate_t(shape=np.eye(samples.shape[1]), df=freedom).logpdf(samples)

    return lambda x, y: log(np.hstack([x, y])) - log(x) - log(y)


def gamma_ratio(shape):
    # Y alone is a Lomax variable: the integral over x of x exp(-x y) times the gamma density.
    return lambda x, y: stats.expon.logpdf(y, scale=1 / x) - stats.lomax.logpdf(y, shape)


def sum_ratio(width):
    def ratio(x, y):
        overlap = np.minimum(y + width, 1) - np.maximum(y - width, 0)
        return -np.log(overlap)  # 1 / (2 width) over overlap / (2 width)

    return ratio


def step_ratio(m):
    def ratio(x, y):
        covering = sum((v <= y) & (y < v + 2) for v in range(m))
        return np.log(m / covering)

    return ratio


# The density ratio p(x, y) / p(x) p(y), from scipy or by hand, of samples that the system draws:
# its mean logarithm is the information, whatever the formula in truth.py says.
DENSITIES = [
    (pair(0.6), gaussian_ratio(np.array([[1, 0.6], [0.6, 1]]), 1)),
    (pair(0.99), gaussian_ratio(np.array([[1, 0.99], [0.99, 1]]), 1)),
    *(
        (dense(d), gaussian_ratio(np.full((2 * d, 2 * d), 0.5) + np.eye(2 * d) / 2, d))
        for d in (2, 25)
    ),
    *((two_pairs(d), gaussian_ratio(sparse_correlation(d), d)) for d in (2, 25)),
    *((student(d, dof), student_ratio(d, dof)) for d, dof in ((1, 1), (2, 1), (3, 2), (5, 3))),
    *((uniform_sum(width), sum_ratio(width)) for width in (0.1, 0.5, 0.75)),
    *((gamma_exponential(shape), gamma_ratio(shape)) for shape in (0.3, 3.0)),
    *((uniform_step(m), step_ratio(m)) for m in (2, 5)),
]


@pytest.mark.parametrize(
    ("system", "ratio"), DENSITIES, ids=[system.name for system, _ in DENSITIES]
)
def test_information_is_the_mean_logarithm_of_the_density_ratio(system: System, ratio) -> None:
    found = ratio(*system.draw(40_000, np.random.default_rng(0)))
    error = float(np.std(found)) / 200
    assert np.mean(found) == pytest.approx(system.nats, abs=4 * error + 1e-12)
    assert error < 0.02


@pytest.mark.parametrize("p", [0.0, 0.15, 0.6])
def test_zero_inflated_information_by_quadrature(p: float) -> None:
    def term(x, y, marginal):
        q = (1 - p) * stats.poisson.pmf(y, x) + p * (y == 0)
        return np.exp(-x) * q * np.log(q / marginal) if q > 0 else 0.0

    total = 0.0
    for y in range(30):
        marginal = (1 - p) * 0.5 ** (y + 1) + p * (y == 0)
        total += quad(term, 0, 60, args=(y, marginal), limit=200, points=[y + 0.01])[0]
    assert zero_inflated_poisson(p).nats == pytest.approx(total, abs=1e-6)


def test_the_stated_form_of_zero_inflation_is_an_upper_bound() -> None:
    # Gao and others (2017), section 5: (1 - p) 0.3012, exact without zeros.
    assert zero_inflated_poisson(0.0).nats == pytest.approx(0.3012, abs=5e-5)
    assert zero_inflated_poisson(0.15).nats < 0.85 * 0.3012 - 0.02


@pytest.mark.parametrize("name", ["XOR", "AND"])
@pytest.mark.parametrize(
    ("seen", "x", "z"), [("both", (0, 1), ()), ("one", (0,), ()), ("given", (0,), (1,))]
)
def test_gates_by_enumeration(name: str, seen: str, x, z) -> None:
    rule = {"XOR": lambda a, b: a != b, "AND": lambda a, b: a and b}[name]
    table = np.array([[a, b, rule(a, b)] for a, b in product((0, 1), repeat=2)])
    known = parametric.information(parametric.discrete(table), x, (2,), z)
    words = {"both": "both coins", "one": "one coin", "given": "one coin, the other given"}
    (system,) = (s for s in SYSTEMS["gates"] if s.name == f"{name}, {words[seen]}")
    assert system.nats == pytest.approx(known, abs=1e-12)


def test_a_gate_draws_what_it_says() -> None:
    a, y, b = gate("AND", np.bitwise_and, 0.0, "given").draw(100, np.random.default_rng(0))
    assert (y == a * b).all()
    assert {(0, 0), (0, 1), (1, 0), (1, 1)} == set(zip(a.tolist(), b.tolist(), strict=True))


@pytest.mark.parametrize("direct", [0.0, 0.6])
def test_conditional_information_by_partial_correlation(direct: float) -> None:
    x, y, z = (part.ravel() for part in conditional(direct, "").draw(200_000, *randoms(1)))
    a, b = (part - np.polyval(np.polyfit(z, part, 1), z) for part in (x, y))
    partial = np.corrcoef(a, b)[0, 1]
    # The partial correlation scatters by (1 - r^2) / sqrt(n).
    known = np.sqrt(1 - np.exp(-2 * conditional(direct, "").nats))
    assert partial == pytest.approx(known, abs=4 / 200_000**0.5)


@pytest.mark.parametrize(("own", "coupling"), [(0.5, 0.4), (0.8, 0.0), (0.3, -1.0)])
def test_transfer_entropy_by_regression_and_an_endless_sum(own: float, coupling: float) -> None:
    a = np.array([[own, 0.0], [coupling, own]])
    powers = np.array([np.linalg.matrix_power(a, i) for i in range(400)])
    now = np.einsum("pij,pkj->ik", powers, powers)
    # Given both pasts only the noise, of variance 1, is left; given the target's alone, more.
    ahead, of_own = (a @ now @ a.T + np.eye(2))[1, 1], (a @ now)[1, 1]
    alone = ahead - of_own**2 / now[1, 1]
    system = coupled(own, coupling)
    assert system.nats == pytest.approx(0.5 * np.log(alone), abs=1e-10)
    source, target = system.draw(100_000, *randoms(1))
    assert np.cov(source, target) == pytest.approx(now, abs=0.1)


def test_transforms_are_those_of_the_suite_and_can_be_undone() -> None:
    base = pair(0.75)
    x, y = base.draw(500, *randoms(1))
    for f, back in (
        (half_cube, lambda v: np.sign(v) * np.abs(v) ** (2 / 3)),
        (np.arcsinh, np.sinh),
    ):
        system = transformed(base, "f", f)
        a, b = system.draw(500, *randoms(1))
        assert back(a) == pytest.approx(x, abs=1e-12)
        assert back(b) == pytest.approx(y, abs=1e-12)
        assert (system.nats, system.kind) == (base.nats, "copula")
    roll, uniform = rolled(0.75).draw(500, *randoms(1))
    assert uniform == pytest.approx(stats.norm.cdf(y), abs=1e-12)
    angle = 21 * np.hypot(*roll.T)
    assert angle / (3 * np.pi) - 0.5 == pytest.approx(stats.norm.cdf(x).ravel(), abs=1e-12)
    assert swiss_roll(np.array([[0.5]])) == pytest.approx(np.array([[-np.pi / 7, 0.0]]))


def randoms(count: int) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in range(count)]


def found_by(estimator, system: System, n: int = 500) -> list[float]:
    measure: Callable[..., Estimate] = transfer_entropy if system.transfer else mutual_information
    names = ("source", "target") if system.transfer else ("x", "y", "given")
    return [
        measure(**dict(zip(names, system.draw(n, random), strict=False)), estimator=estimator).nats
        for random in randoms(20)
    ]


@pytest.mark.parametrize(
    "system", [s for s in EVERY if s.kind in ("gaussian", "copula", "mixed", "discrete")],
    ids=lambda system: system.name,
)  # fmt: skip
def test_the_estimator_made_for_a_system_finds_it(system: System) -> None:
    # Slack: normal scores of n ranks are not quite normal; a density's border costs k / n; a
    # plug-in information is high by the number of cells over 2 n, at most 4 of 500.
    estimator, slack = {
        "gaussian": (Gaussian(), 1e-12),
        "copula": (Gaussian(copula=True), 0.01),
        "mixed": (MixedKSG(), 0.01),
        "discrete": (Discrete(), 0.004),
    }[system.kind]
    found = found_by(estimator, system)
    assert abs(np.mean(found) - system.nats) < 4 * np.std(found, ddof=1) / 20**0.5 + slack


def test_every_system_has_its_own_name_and_draws_what_was_asked() -> None:
    assert len({system.name for system in EVERY}) == len(EVERY)
    for system in EVERY:
        parts = system.draw(50, np.random.default_rng(0))
        assert {len(part) for part in parts} == {50}
        assert all(np.isfinite(part).all() for part in parts)
        again = system.draw(50, np.random.default_rng(0))
        assert all((a == b).all() for a, b in zip(parts, again, strict=True))
        assert system.bits == pytest.approx(system.nats / np.log(2), abs=1e-15)
