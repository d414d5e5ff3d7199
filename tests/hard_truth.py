"""Systems as people bring them, whose information is known: masses, counts, labels, tails.

Each truth is a closed form, a sum over a table, or a quadrature; that of many classes is the mean
of exact posteriors over a million draws (error 0.001 bit). They import nothing of infoscope.
Everything is in nats.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp, ndtr, ndtri, xlogy

from truth import System, pair, two_pairs

_EDGE = 9.0  # standard deviations beyond which a Gaussian is nothing


def gauss_legendre(edges: NDArray, points: int = 12) -> tuple[NDArray, NDArray]:
    """Nodes and weights of all intervals between edges."""
    node, weight = np.polynomial.legendre.leggauss(points)
    half = 0.5 * np.diff(edges)[:, np.newaxis]
    middle = 0.5 * (edges[1:] + edges[:-1])[:, np.newaxis]
    return (middle + half * node).ravel(), (half * weight).ravel()


def table_information(joint: NDArray) -> float:
    """I of two discrete variables from their joint probabilities."""
    across, down = joint.sum(axis=1, keepdims=True), joint.sum(axis=0, keepdims=True)
    return float((xlogy(joint, joint) - xlogy(joint, across) - xlogy(joint, down)).sum())


def cell_probabilities(rho: float, edges_x: NDArray, edges_y: NDArray) -> NDArray:
    """P(U in cell, V in cell) of correlated Gaussians; the outer edges are infinite."""
    inner = np.clip(edges_x, -_EDGE, _EDGE)
    x, w = gauss_legendre(inner)
    sd = np.sqrt(1 - rho**2)
    below = ndtr((edges_y[np.newaxis] - rho * x[:, np.newaxis]) / sd)
    mass = (w * np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi))[:, np.newaxis] * np.diff(below, axis=1)
    return mass.reshape(len(inner) - 1, -1, mass.shape[1]).sum(axis=1)


@lru_cache
def half_cut_information(rho: float, cut: float, both: bool) -> float:
    """I of max(U, cut) and V, or max(V, cut), for correlated Gaussians U and V.

    The sum over the mass and the density of p ln(p / (p_x p_y)).
    """
    u, w = gauss_legendre(np.linspace(cut, _EDGE, 41))
    lowest = cut if both else -_EDGE
    v, wv = gauss_legendre(np.linspace(lowest, _EDGE, 61))
    sd = np.sqrt(1 - rho**2)

    def density(x: NDArray) -> NDArray:
        return np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)

    residual = (v[np.newaxis] - rho * u[:, np.newaxis]) / sd
    log_ratio = -0.5 * residual**2 + 0.5 * v[np.newaxis] ** 2 - np.log(sd)
    joint = density(u)[:, np.newaxis] * density(residual) / sd
    total = float((w[:, np.newaxis] * wv[np.newaxis] * joint * log_ratio).sum())
    mass = ndtr(cut)
    given = ndtr((cut - rho * v) / sd)  # P(U below the cut | v)
    total += float((wv * density(v) * xlogy(given, given / mass)).sum())
    if both:
        given_u = ndtr((cut - rho * u) / sd)
        total += float((w * density(u) * xlogy(given_u, given_u / mass)).sum())
        corner = cell_probabilities(rho, np.array([-np.inf, cut]), np.array([-np.inf, cut]))[0, 0]
        total += float(xlogy(corner, corner / mass**2))
    return total


def rectified(rho: float, share: float, both: bool = True, rain: bool = False) -> System:
    """Correlated Gaussians, of which all below a cut are 0: rectified units, or rain."""
    cut = float(ndtri(share))

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        u, e = random.normal(size=(2, n))
        v = rho * u + np.sqrt(1 - rho**2) * e
        x = np.maximum(u - cut, 0.0)
        y = np.maximum(v - cut, 0.0) if both else v
        return (np.expm1(2 * x), np.expm1(2 * y)) if rain else (x, y)

    words = ("rain" if rain else "rectified") + ("" if both else " and continuous")
    name = f"{words}, {share:.0%} zeros, ρ = {rho:g}"
    return System(name, half_cut_information(rho, cut, both), draw, "mixed")


def from_table(name: str, joint: NDArray, x_values=None, y_values=None) -> System:
    """Two discrete variables of a joint table of probabilities."""
    joint = joint / joint.sum()
    x_values = np.arange(joint.shape[0]) if x_values is None else x_values
    y_values = np.arange(joint.shape[1]) if y_values is None else y_values

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        code = random.choice(joint.size, size=n, p=joint.ravel())
        a, b = np.unravel_index(code, joint.shape)
        return x_values[a].astype(float), y_values[b].astype(float)

    return System(name, table_information(joint), draw, "discrete")


def poisson(mean: float | NDArray, values: NDArray) -> NDArray:
    """Probabilities of counts."""
    mean = np.asarray(mean, float)[..., np.newaxis]
    return np.exp(xlogy(values, mean) - mean - gammaln(values + 1))


def shared_counts(mean: float, share: float = 0.7) -> System:
    """X = A + C and Y = B + C: Poisson counts of a mean, of which a share is common."""
    top = int(mean + 10 * np.sqrt(mean) + 12)
    k = np.arange(top)
    common, own = poisson(share * mean, k), poisson((1 - share) * mean, k)
    joint = np.zeros((top, top))
    for c in range(top):
        rest = own[: top - c]
        joint[c:, c:] += common[c] * np.outer(rest, rest)
    return from_table(f"Poisson counts of mean {mean:g}, {share:.0%} shared", joint)


def rate_coded(mean: float) -> System:
    """X Gaussian, Y a Poisson count of mean proportional to exp(X)."""
    x, w = gauss_legendre(np.linspace(-_EDGE, _EDGE, 101))
    weight = w * np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    top = int(mean * np.exp(4.0) + 60)
    rows = poisson(mean * np.exp(0.8 * x), np.arange(top))
    marginal = weight @ rows
    nats = float(weight @ (xlogy(rows, rows) - xlogy(rows, marginal)).sum(axis=1))

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        x = random.normal(size=n)
        return x, random.poisson(mean * np.exp(0.8 * x)).astype(float)

    return System(f"rate code, mean count {mean:g}", nats, draw, "mixed")


def rounded(rho: float, levels: int, both: bool = True) -> System:
    """Correlated Gaussians rounded to some levels from -3 to 3 standard deviations."""
    step = 6.0 / levels
    edges = np.append(np.insert((np.arange(-levels, levels) + 0.5) * step, 0, -np.inf), np.inf)
    fine = edges if both else np.concatenate([[-np.inf], np.linspace(-8, 8, 1601), [np.inf]])
    nats = table_information(cell_probabilities(rho, edges, fine))

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        u, e = random.normal(size=(2, n))
        v = rho * u + np.sqrt(1 - rho**2) * e
        return np.round(u / step) * step, np.round(v / step) * step if both else v

    words = "" if both else " and continuous"
    name = f"rounded to {levels} levels{words}, ρ = {rho:g}"
    return System(name, nats, draw, "mixed")


def half_precision(rho: float, bits: int) -> System:
    """Activations tanh(2 U) kept with so many bits: float16 has 11, bfloat16 has 8."""

    def kept(x: NDArray) -> NDArray:
        mantissa, exponent = np.frexp(np.tanh(2 * x))
        return np.ldexp(np.round(mantissa * 2.0**bits) / 2.0**bits, exponent)

    system = pair(rho)

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        x, y = system.draw(n, random)
        return kept(x), kept(y)

    # Cells of the units near 1, where float16 loses most; elsewhere cells are finer still.
    top = np.arctanh(1 - (np.arange(2**bits // 2) + 0.5) * 2.0**-bits)[::-1] / 2
    middle = np.linspace(-top[0], top[0], 2**bits)[1:-1]
    edges = np.concatenate([[-np.inf], -top[::-1], middle, top, [np.inf]])
    nats = table_information(cell_probabilities(rho, edges, edges)) if bits <= 8 else system.nats
    return System(f"{bits} bits of tanh, ρ = {rho:g}", nats, draw, "mixed")


@lru_cache
def classes_information(classes: int, distance: float) -> float:
    """I of a class and a Gaussian around its own corner, corners all at one distance."""
    random = np.random.default_rng(0)
    scale, total, draws = distance / np.sqrt(2), 0.0, 1_000_000
    for _ in range(20):
        noise = random.normal(size=(draws // 20, classes))
        log_ratio = scale * (noise - noise[:, :1] - scale)  # of each class against the true one
        log_ratio[:, 0] = 0.0
        total += float(logsumexp(log_ratio, axis=1).sum())
    return float(np.log(classes)) - total / draws


def labelled(classes: int, dimensions: int, distance: float = 2.5) -> System:
    """A label and a layer: Gaussian clouds whose centres are equally far from one another."""
    many = max(classes, dimensions)
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(many, many)))[0]

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        label = random.integers(0, classes, size=n)
        centres = np.eye(classes, many) * distance / np.sqrt(2)
        cloud = (centres[label] + random.normal(size=(n, many))) @ rotation
        return cloud[:, :dimensions], label.astype(float)

    nats = classes_information(classes, distance)
    return System(f"{classes} labels, {dimensions} dimensions", nats, draw, "label")


def labelled_line(classes: int, step: float) -> System:
    """A label and one number: Gaussians at equal steps on a line."""
    centres = np.arange(classes) * step
    edges = np.linspace(-_EDGE, centres[-1] + _EDGE, 40 * classes + 200)
    x, w = gauss_legendre(edges, 6)
    rows = np.exp(-0.5 * (x - centres[:, np.newaxis]) ** 2) / np.sqrt(2 * np.pi)
    marginal = rows.mean(axis=0)
    nats = float(((xlogy(rows, rows) - xlogy(rows, marginal)) * w).sum() / classes)

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        label = random.integers(0, classes, size=n)
        return centres[label] + random.normal(size=n), label.astype(float)

    return System(f"{classes} labels on a line, step {step:g}", nats, draw, "label")


def through(system: System, word: str, f: Callable) -> System:
    """Apply an increasing function to both scalars."""

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        x, y = system.draw(n, random)
        return f(x), f(y)

    return replace(system, name=f"{word}, {system.name}", draw=draw, kind="copula")


def cauchy(x: NDArray) -> NDArray:
    """Standard Cauchy quantile of a standard normal number."""
    return np.tan(np.pi * (ndtr(x) - 0.5))


def crossed(rho: float) -> System:
    """Half of the rows correlate by rho, half by -rho: nothing for a covariance to see."""
    x, w = gauss_legendre(np.linspace(-_EDGE, _EDGE, 241), 8)
    sd = np.sqrt(1 - rho**2)

    def normal(z: NDArray) -> NDArray:
        return np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)

    a, b = x[:, np.newaxis], x[np.newaxis]
    given = 0.5 * (normal((b - rho * a) / sd) + normal((b + rho * a) / sd)) / sd
    integrand = normal(a) * xlogy(given, np.where(given > 0, given / normal(b), 1.0))
    nats = float((w[:, np.newaxis] * w[np.newaxis] * integrand).sum())

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        u, e = random.normal(size=(2, n))
        sign = random.choice([-1.0, 1.0], size=n)
        return u, sign * rho * u + sd * e

    return System(f"crossed, ρ = ±{rho:g}", nats, draw)


def bistable(gap: float) -> System:
    """X = -1 or 1 and narrow noise, as a unit that holds a value; Y = X + noise."""
    narrow, noise = 0.2, gap
    wide = np.sqrt(narrow**2 + noise**2)
    y, w = gauss_legendre(np.linspace(-1 - _EDGE * wide, 1 + _EDGE * wide, 801), 8)
    p = 0.5 * sum(np.exp(-0.5 * ((y - m) / wide) ** 2) for m in (-1, 1)) / wide / np.sqrt(2 * np.pi)
    nats = float(-(w * xlogy(p, p)).sum() - 0.5 * np.log(2 * np.pi * np.e * noise**2))

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        x = random.choice([-1.0, 1.0], size=n) + narrow * random.normal(size=n)
        return x, x + noise * random.normal(size=n)

    return System(f"bistable unit, noise {noise:g}", nats, draw)


def spikes(rate: float) -> System:
    """Two spike trains of 0 and 1: half of the second's spikes are the first's."""
    both, one = 0.5 * rate, 0.5 * rate
    joint = np.array([[1 - both - 2 * one, one], [one, both]])
    return from_table(f"spikes, rate {rate:g}", joint)


def spike_and_rate(rate: float) -> System:
    """A spike whose probability follows a Gaussian drive, against that drive."""
    x, w = gauss_legendre(np.linspace(-_EDGE, _EDGE, 201))
    weight = w * np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    offset = np.log(rate / (1 - rate)) - 0.5

    def chance(x: NDArray) -> NDArray:
        return 1 / (1 + np.exp(-(offset + 1.5 * x)))

    p = chance(x)
    mean = weight @ p
    terms = xlogy(p, p / mean) + xlogy(1 - p, (1 - p) / (1 - mean))

    def draw(n: int, random: np.random.Generator) -> tuple[NDArray, ...]:
        x = random.normal(size=n)
        return x, (random.random(n) < chance(x)).astype(float)

    return System(f"spike and drive, rate {rate:g}", float(weight @ terms), draw, "label")


HARD: dict[str, tuple[System, ...]] = {
    "point masses": (
        *(rectified(rho, share) for share in (0.1, 0.5, 0.9, 0.99) for rho in (0.0, 0.6, 0.9)),
        *(rectified(0.6, share, both=False) for share in (0.1, 0.5, 0.9, 0.99)),
        *(rectified(0.8, share, rain=True) for share in (0.1, 0.5, 0.9)),
        *(spikes(rate) for rate in (0.01, 0.1)),
        *(spike_and_rate(rate) for rate in (0.02, 0.2)),
    ),
    "counts": (
        *(shared_counts(mean) for mean in (0.1, 0.5, 1, 3, 8, 20)),
        *(shared_counts(mean, 0.0) for mean in (0.5, 20)),
        *(rate_coded(mean) for mean in (0.1, 0.5, 1, 3, 8, 20)),
    ),
    "rounded": (
        *(rounded(0.6, levels) for levels in (5, 10, 20, 50, 100, 200)),
        *(rounded(0.9, levels) for levels in (5, 20, 50, 200)),
        *(rounded(0.0, levels) for levels in (5, 20, 50, 200)),
        *(rounded(0.6, levels, both=False) for levels in (5, 20, 50, 200)),
        *(half_precision(rho, bits) for bits in (8, 11) for rho in (0.0, 0.6, 0.9)),
    ),
    "labels": (
        *(labelled_line(classes, 2.0) for classes in (2, 4, 26)),
        *(labelled(classes, d) for classes in (2, 4) for d in (5, 20, 50, 100, 250)),
        *(labelled(26, d, 4.0) for d in (26, 50, 100, 250)),
    ),
    "tails": (
        *(through(pair(0.6), f"exp of {s} ×", lambda x, s=s: np.exp(s * x)) for s in (1, 3, 6)),
        through(pair(0.6), "Cauchy", cauchy),
        through(pair(0.9), "Cauchy", cauchy),
    ),
    "mixtures": (crossed(0.9), bistable(0.3), bistable(1.0)),
    "sparse": tuple(two_pairs(d) for d in (2, 3, 5, 10, 25, 50)),
}
