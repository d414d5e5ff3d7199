"""Systems whose information is known exactly, as objects; they import nothing of infoscope.

The families are those of the BMI suite (Czyż and others, Beyond Normal, NeurIPS 2023,
arXiv:2306.11078, and its code), of Kraskov, Stögbauer, Grassberger, Phys. Rev. E 69, 066138
(2004), and of Gao and others, NeurIPS 2017, arXiv:1709.06212. Everything is in nats.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_discrete_lyapunov
from scipy.special import digamma, gammaln, ndtr

Draw = Callable[[int, np.random.Generator], tuple[NDArray, ...]]


@dataclass(frozen=True)
class System:
    """Variables of which one quantity is known.

    Parameters
    ----------
    name : str
        What it is, with its parameters.
    nats : float
        The exact value.
    draw : function of n and a Generator
        Samples (x, y) or (x, y, given); of a transfer, the series (source, target).
    kind : str
        Who can find the truth: "gaussian", "copula" (an increasing function of each Gaussian
        coordinate), "continuous", "mixed" (one variable has atoms) or "discrete".
    transfer : bool
        The quantity is the transfer entropy of history 1, not I(X; Y) or I(X; Y | given).
    """

    name: str
    nats: float
    draw: Draw
    kind: str = "continuous"
    transfer: bool = False

    @property
    def bits(self) -> float:
        """The exact value in bits."""
        return float(self.nats / np.log(2))


def log_determinant(covariance: NDArray) -> float:
    """ln |S|, 0 for a matrix of no rows."""
    return float(np.linalg.slogdet(covariance)[1])


def gaussian_information(covariance: NDArray, d_x: int, d_y: int) -> float:
    """I(X; Y | Z) of Gaussian X (first d_x coordinates), Y (next d_y) and Z (the rest, if any).

    1/2 ln(|S_xz| |S_yz| / (|S| |S_z|)).
    """
    every = np.arange(len(covariance))
    x, y, z = np.split(every, [d_x, d_x + d_y])
    h_xz, h_yz, h, h_z = (
        log_determinant(covariance[np.ix_(part, part)])
        for part in (np.append(x, z), np.append(y, z), every, z)
    )
    return 0.5 * (h_xz + h_yz - h - h_z)


def gaussian(name: str, covariance: NDArray, d_x: int, d_y: int) -> System:
    """Jointly Gaussian X, Y and, of the coordinates left, a given Z."""
    root = np.linalg.cholesky(covariance)
    cuts = [d_x, d_x + d_y][: 1 + (len(covariance) > d_x + d_y)]

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        return tuple(np.split(random.normal(size=(n, len(root))) @ root.T, cuts, axis=1))

    return System(name, gaussian_information(covariance, d_x, d_y), draw, "gaussian")


def pair(rho: float) -> System:
    """Two Gaussians of one correlation: -1/2 ln(1 - rho^2)."""
    return gaussian(f"Gaussian, ρ = {rho:g}", np.array([[1.0, rho], [rho, 1.0]]), 1, 1)


def dense(d: int) -> System:
    """BMI, multinormal (dense): all 2d variables correlate by 0.5."""
    return gaussian(f"dense Gaussian, {d} + {d}", 0.5 * (np.eye(2 * d) + 1.0), d, d)


def two_pairs(d: int) -> System:
    """BMI, multinormal (2-pair): X_1 with Y_1 and X_2 with Y_2 by 0.8, nothing else."""
    correlation = np.eye(2 * d)
    for i in range(2):
        correlation[i, d + i] = correlation[d + i, i] = 0.8
    return gaussian(f"sparse Gaussian, {d} + {d}", correlation, d, d)


def transformed(system: System, word: str, f: Callable, g: Callable | None = None) -> System:
    """Apply f to X and g, or f, to Y: what is injective changes no information."""
    g = f if g is None else g

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        x, y = system.draw(n, random)
        return f(x), g(y)

    kind = "copula" if system.kind == "gaussian" else system.kind
    return replace(system, name=f"{word} of {system.name}", draw=draw, kind=kind)


def half_cube(x: NDArray) -> NDArray:
    """BMI: x sqrt|x|, which lengthens tails."""
    return x * np.sqrt(np.abs(x))


def swiss_roll(x: NDArray) -> NDArray:
    """BMI: a number of [0, 1] (n, 1) on a spiral in the plane (n, 2)."""
    angle = 1.5 * np.pi * (1 + 2 * x)
    return np.hstack([angle * np.cos(angle), angle * np.sin(angle)]) / 21


def rolled(rho: float) -> System:
    """BMI, Swiss roll: of two correlated uniforms one is rolled into the plane."""
    system = transformed(pair(rho), "Swiss roll", lambda x: swiss_roll(ndtr(x)), ndtr)
    return replace(system, kind="continuous")


def student(d: int, freedom: int) -> System:
    """BMI, Student-t of d + d dimensions and dispersion 1: all of it is the correction term.

    It is h(d) + h(d) - h(2d) with h the entropy of so many dimensions: R. B. Arellano-Valle, J.
    E. Contreras-Reyes, M. G. Genton, Scand. J. Stat. 40, 42 (2013), equation (7).
    """

    def entropy(k: int) -> float:
        half = 0.5 * (freedom + k)
        constant = gammaln(0.5 * freedom) - gammaln(half) + 0.5 * k * np.log(freedom * np.pi)
        return float(constant + half * (digamma(half) - digamma(0.5 * freedom)))

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        spread = np.sqrt(random.chisquare(freedom, size=(n, 1)) / freedom)
        return tuple(np.split(random.normal(size=(n, 2 * d)) / spread, 2, axis=1))

    name = f"Student-t, {d} + {d}, ν = {freedom}"
    return System(name, 2 * entropy(d) - entropy(2 * d), draw)


def uniform_sum(width: float) -> System:
    """BMI, additive noise: X uniform on [0, 1], Y = X + N, N uniform on [-width, width]."""
    nats = 0.25 / width if width > 0.5 else width - np.log(2 * width)

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        x = random.random(n)
        return x, x + random.uniform(-width, width, size=n)

    return System(f"uniform + uniform noise, ±{width:g}", float(nats), draw)


def gamma_exponential(shape: float) -> System:
    """X of a gamma density, Y exponential with rate X: psi(shape + 1) - ln(shape).

    G. A. Darbellay, I. Vajda, IEEE Trans. Inf. Theory 46, 709 (2000), used by Kraskov and others.
    """

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        x = random.gamma(shape, size=n)
        return x, random.exponential(size=n) / x

    nats = float(digamma(shape + 1) - np.log(shape))
    return System(f"gamma-exponential, θ = {shape:g}", nats, draw)


def uniform_step(values: int) -> System:
    """Gao and others: X uniform on 0 ... m - 1, Y on [X, X + 2]: ln m - (m - 1) / m ln 2."""

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        x = random.integers(0, values, size=n)
        return x, x + 2 * random.random(n)

    nats = float(np.log(values) - (values - 1) / values * np.log(2))
    return System(f"step of {values} + uniform noise", nats, draw, "mixed")


def zero_inflated_poisson(p: float) -> System:
    """X ~ Exp(1), Y = 0 with probability p and else Poisson(X).

    Gao and others (2017) state (1 - p) c, c = 2 ln 2 - gamma - sum of ln(i) / 2^i = 0.3012. That
    is the information that Y and the coin give together: of Y = 0 alone one does not see whether
    the coin or the Poisson made it, so I(X; Y) is less for p > 0. With q = p + (1 - p) exp(-X)
    the probability of Y = 0, uniform on [p, 1], that term alone differs; here it is exact.
    """
    i = np.arange(1, 200)
    without_coin = 2 * np.log(2) - np.euler_gamma - np.sum(np.log(i) / 2.0**i)
    above_zero = (1 - p) * (without_coin - 0.5 * np.log(2) + 0.25)  # less the term of p = 0
    marginal = (1 + p) / 2
    lowest = p**2 / 2 * np.log(p) - p**2 / 4 if p > 0 else 0.0
    at_zero = (-0.25 - lowest) / (1 - p) - marginal * np.log(marginal)

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        x = random.exponential(size=n)
        return x, random.poisson(x) * (random.random(n) >= p)

    return System(f"zero-inflated Poisson, p = {p:g}", float(above_zero + at_zero), draw, "mixed")


def gate(name: str, rule: Callable, nats: float, seen: str) -> System:
    """Two fair coins and a gate of them; what is seen is "both", "one" or one "given" the other."""

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        a, b = random.integers(0, 2, size=(2, n))
        y = rule(a, b)
        return {"both": (np.column_stack([a, b]), y), "one": (a, y), "given": (a, y, b)}[seen]

    words = {"both": "both coins", "one": "one coin", "given": "one coin, the other given"}
    return System(f"{name}, {words[seen]}", nats, draw, "discrete")


def coupled(own: float, coupling: float) -> System:
    """Two linear series: a drives b. The transfer entropy of history 1 from the covariance."""
    a = np.array([[own, 0.0], [coupling, own]])
    now = solve_discrete_lyapunov(a, np.eye(2))
    later = a @ now
    # Source and target at t, target at t + 1: I(source; later target | target).
    joint = np.block([[now, later[1:].T], [later[1:], now[1:, 1:]]])[np.ix_([0, 2, 1], [0, 2, 1])]
    root = np.linalg.cholesky(now)

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        states, noise = np.empty((n, 2)), random.normal(size=(n, 2))
        states[0] = root @ noise[0]
        for t in range(1, n):
            states[t] = a @ states[t - 1] + noise[t]
        return states[:, 0], states[:, 1]

    name = f"VAR(1), own {own:g}, coupling {coupling:g}"
    return System(name, gaussian_information(joint, 1, 1), draw, "gaussian", transfer=True)


def conditional(direct: float, name: str) -> System:
    """X drives Z drives Y, and X drives Y directly: I(X; Y | Z), 0 for a Markov chain."""
    mixing = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [0.8 * 0.8 + direct, 0.8 * 0.6, 0.6]])
    covariance = mixing @ mixing.T  # of X, Z, Y
    order = [0, 2, 1]
    return gaussian(name, covariance[np.ix_(order, order)], 1, 1)


_AND = 2 * np.log(2) - 0.75 * np.log(3)  # the entropy of a coin of 1/4
_PAIR_75 = pair(0.75)

SYSTEMS: dict[str, tuple[System, ...]] = {
    "scalars": (
        *(pair(rho) for rho in (0.0, 0.3, 0.6, 0.9, 0.99)),
        transformed(_PAIR_75, "half-cube", half_cube),
        transformed(_PAIR_75, "arsinh", np.arcsinh),
        transformed(_PAIR_75, "normal CDF", ndtr),
        student(1, 1),
        transformed(student(1, 1), "arsinh", np.arcsinh),
        uniform_sum(0.1),
        uniform_sum(0.75),
        gamma_exponential(0.3),
        gamma_exponential(3.0),
    ),
    "vectors": (
        *(dense(d) for d in (2, 3, 5, 10, 25)),
        *(two_pairs(d) for d in (2, 3, 5, 10, 25)),
        transformed(two_pairs(3), "half-cube", half_cube),
        student(2, 1),
        student(3, 2),
        student(5, 3),
        rolled(0.75),
    ),
    "atoms": (
        uniform_step(2),
        uniform_step(5),
        zero_inflated_poisson(0.0),
        zero_inflated_poisson(0.15),
    ),
    "gates": (
        gate("XOR", np.bitwise_xor, float(np.log(2)), "both"),
        gate("XOR", np.bitwise_xor, 0.0, "one"),
        gate("XOR", np.bitwise_xor, float(np.log(2)), "given"),
        gate("AND", np.bitwise_and, float(_AND), "both"),
        gate("AND", np.bitwise_and, float(_AND - 0.5 * np.log(2)), "one"),
        gate("AND", np.bitwise_and, float(0.5 * np.log(2)), "given"),
    ),
    "given and transfer": (
        conditional(0.0, "Markov chain X, Z, Y"),
        conditional(0.6, "chain with a direct path"),
        coupled(0.5, 0.4),
        coupled(0.8, 0.0),
    ),
}
