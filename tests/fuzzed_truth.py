"""Systems drawn at random whose information is known, in forms drawn at random, and a verdict.

A case is drawn from a seed. Its value is right if it lies within five standard errors of the
truth, the standard error being the standard deviation over ten independent samples. What every
estimator of finite samples is off by beyond that is granted separately and counted separately:
`ALLOWED` bits or a tenth of the truth, the same for every kind, fixed before the first run.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

import infoscope as isc
from fuzzed_forms import codes, in_some_layout, numbers
from hard_truth import (
    bistable,
    crossed,
    gauss_legendre,
    labelled,
    labelled_line,
    rate_coded,
    rectified,
    rounded,
    shared_counts,
    spike_and_rate,
    table_information,
)
from truth import (
    coupled,
    gamma_exponential,
    gaussian_information,
    pair,
    rolled,
    student,
    uniform_step,
    uniform_sum,
    zero_inflated_poisson,
)

REPEATS, ERRORS = 10, 5.0
ALLOWED, SHARE = 0.05, 0.1
# Of a result that a formula gives exactly, rounding.
_ROUNDING = 1e-6
# Flags that say of a value that it may be far off.
DOUBTS = {"point-masses", "saturated", "high-dimensional", "above-ceiling", "few-samples"}
_LN2 = float(np.log(2))

Random = np.random.Generator


@dataclass(frozen=True)
class Case:
    """A quantity whose true value is known.

    Parameters
    ----------
    kind, name : str
        What it is.
    bits : float
        The truth; NaN where no finite value is right, so that only an error or a doubt is.
    rows : int
        Rows of a sample.
    draw : function of n and a Generator
        Arguments of ``measure``.
    measure : function of arrays
        Returns bits and flags.
    coordinates : int
        Of a differential entropy, over which errors add up: the allowance is for each.
    """

    kind: str
    name: str
    bits: float
    rows: int
    draw: Callable[[int, Random], tuple[Any, ...]]
    measure: Callable[..., tuple[float, tuple[str, ...]]]
    coordinates: int = 0

    @property
    def allowance(self) -> float:
        """Bits beyond the standard errors; a differential entropy has no meaningful share."""
        return ALLOWED * self.coordinates if self.coordinates else max(ALLOWED, SHARE * self.bits)


@dataclass(frozen=True)
class Verdict:
    """What became of a case.

    Parameters
    ----------
    case : Case
        What was asked.
    outcome : {"within", "allowance", "refused", "doubted", "wrong"}
        Within five standard errors; within those and the allowance; a named error; beyond both,
        with a flag that says that the value may be far off; beyond both without a word.
    bits, error : float
        The value of the first sample, and its standard error.
    bias : float
        Mean of all samples less the truth.
    words : str
        Flags, or the error.
    """

    case: Case
    outcome: str
    bits: float = np.nan
    error: float = np.nan
    bias: float = np.nan
    words: str = ""

    def __str__(self) -> str:
        """One line, truth and value in bits."""
        return (
            f"{self.outcome}: {self.case.kind}, {self.case.name}, {self.case.rows} rows: "
            f"{self.bits:.3f} ± {self.error:.3f} for {self.case.bits:.3f} {self.words}"
        )


def judge(case: Case, seed: int, repeats: int = REPEATS) -> Verdict:
    """Estimate a case from one sample and compare with the truth, in units of the scatter."""
    streams = [np.random.default_rng([seed, i]) for i in range(repeats)]
    try:
        value, flags = case.measure(*case.draw(case.rows, streams[0]))
    except (isc.InputError, isc.EstimationError) as error:
        return Verdict(case, "refused", words=str(error))
    values, words = [value], " ".join(flags)
    doubted = bool(DOUBTS & {*flags})
    if np.isnan(case.bits):
        return Verdict(case, "doubted" if doubted else "wrong", value, words=words)
    for stream in streams[1:]:
        try:
            values.append(case.measure(*case.draw(case.rows, stream))[0])
        except (isc.InputError, isc.EstimationError):
            continue
    error = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    off = abs(value - case.bits)
    if off <= ERRORS * error + _ROUNDING:
        outcome = "within"
    elif off <= ERRORS * error + case.allowance:
        outcome = "allowance"
    else:
        outcome = "doubted" if doubted else "wrong"
    return Verdict(case, outcome, value, error, float(np.mean(values)) - case.bits, words)


def _estimated(estimate: isc.Estimate) -> tuple[float, tuple[str, ...]]:
    return estimate.bits, estimate.flags


def information(
    x: Any, y: Any, given: Any = None, *, estimator: Any = "auto"
) -> tuple[float, tuple[str, ...]]:
    """I(X; Y), or I(X; Y | Z)."""
    return _estimated(isc.mutual_information(x, y, given=given, estimator=estimator, n_jobs=1))


def transfer(source: Any, target: Any) -> tuple[float, tuple[str, ...]]:
    """The transfer entropy of history 1."""
    return _estimated(isc.transfer_entropy(source, target, n_jobs=1))


def entropy(x: Any, estimator: Any = "auto") -> tuple[float, tuple[str, ...]]:
    """H(X)."""
    return _estimated(isc.entropy(x, estimator=estimator, n_jobs=1))


def of_a_pair(a: int, b: int, data: Any) -> tuple[float, tuple[str, ...]]:
    """One entry of the matrix of all pairs; it is NaN where there is a reason."""
    found = isc.pairwise_information(data, n_jobs=1)
    if np.isnan(found[a, b]) and (reasons := found.attrs["not_estimated"]):
        raise isc.EstimationError("; ".join(reasons))
    return float(found[a, b]), ()


def dressed(
    kind: str, system: Any, rows: int, forms: list[tuple[str, Any]], random: Random, **options: Any
) -> Case:
    """Return a case of a system whose variables come in forms, sides swapped half of the time."""
    swapped = options.pop("swap", True) and random.random() < 0.5

    def draw(n: int, stream: Random) -> tuple[Any, ...]:
        parts = [f(np.asarray(v)) for (_, f), v in zip(forms, system.draw(n, stream), strict=True)]
        if swapped:
            parts[:2] = parts[1::-1]
        return tuple(parts)

    name = f"{system.name} [{' | '.join(word for word, _ in forms)}]"
    return Case(kind, name, system.bits, rows, draw, options.pop("measure", information), **options)


@dataclass(frozen=True)
class Known:
    """A system of this file: its truth in bits."""

    name: str
    bits: float
    draw: Callable[[int, Random], tuple[NDArray, ...]]


# Tables of whole numbers.


def random_joint(random: Random, shape: tuple[int, ...]) -> NDArray:
    """A joint table: any, of few entries, of independent variables, or of a function."""
    kind = random.choice(["any", "sparse", "even", "independent", "function"])
    size = int(np.prod(shape))
    if kind in ("any", "sparse", "even"):
        amount = {"any": 1.0, "sparse": 0.1, "even": 20.0}[str(kind)]
        return random.dirichlet(np.full(size, amount)).reshape(shape)
    joint = random.dirichlet(np.full(shape[0], 2.0)).reshape(-1, *[1] * (len(shape) - 1))
    if kind == "independent":
        for axis in range(1, len(shape)):
            each = random.dirichlet(np.full(shape[axis], 2.0))
            joint = joint * each.reshape([-1 if i == axis else 1 for i in range(len(shape))])
        return joint
    of = random.integers(0, shape[1], size=shape[0])
    apart = np.eye(shape[1])[of].reshape(shape[0], shape[1], *[1] * (len(shape) - 2))
    return np.broadcast_to(joint * apart, shape) / np.prod(shape[2:], dtype=float)


def of_table(joint: NDArray, bits: float) -> Known:
    """Variables of a joint table, as whole numbers."""

    def draw(n: int, stream: Random) -> tuple[NDArray, ...]:
        return np.unravel_index(stream.choice(joint.size, size=n, p=joint.ravel()), joint.shape)

    return Known(f"table {' × '.join(map(str, joint.shape))}", bits, draw)


def bits_of(p: NDArray) -> float:
    """The entropy of probabilities, in bits."""
    return float(-xlogy(p, p).sum() / _LN2)


def tables(random: Random) -> Case:
    """Two discrete variables of a random table."""
    shape = tuple(int(s) for s in random.integers(1, 10, 2))
    joint = random_joint(random, shape)
    system = of_table(joint, table_information(joint) / _LN2)
    rows = int(random.choice([200, 1000, 3000]))
    return dressed("tables", system, rows, [codes(random, m) for m in shape], random)


def counts(random: Random) -> Case:
    """Counts that share a part, or whose mean is the exponential of a Gaussian."""
    mean = float(10 ** random.uniform(-1, 1.3))
    rows = int(random.choice([300, 1000, 2000]))
    if random.random() < 0.5:
        system = shared_counts(mean, float(random.uniform(0.01, 0.95)))
        forms = [("counts", _count_form(random)) for _ in range(2)]
        return dressed("counts", system, rows, forms, random)
    forms = [numbers(random, 1), ("counts", _count_form(random))]
    return dressed("counts", rate_coded(mean), rows, forms, random)


def _count_form(random: Random) -> Callable[[NDArray], Any]:
    layout = in_some_layout(random)
    dtype = str(random.choice(["int32", "uint16", "int64", "float32", "float64"]))
    return lambda x: layout(x.astype(dtype))


# Gaussians and functions of them.


def random_covariance(random: Random, d: int) -> NDArray:
    """A correlation matrix: a few common factors, of a random weight, and own noise."""
    weight, factors = random.uniform(0, 0.9), int(random.integers(1, d + 2))
    loading = random.normal(size=(d, factors))
    loading /= np.linalg.norm(loading, axis=1, keepdims=True)
    return weight * loading @ loading.T + (1 - weight) * np.eye(d)


def gaussian_block(random: Random, sizes: list[int]) -> Known:
    """Jointly Gaussian X, Y and, of three sizes, a given Z."""
    d = sum(sizes)
    covariance = np.eye(d) if random.random() < 0.15 else random_covariance(random, d)
    root = np.linalg.cholesky(covariance)
    bits = gaussian_information(covariance, sizes[0], sizes[1]) / _LN2

    def draw(n: int, stream: Random) -> tuple[NDArray, ...]:
        both = stream.normal(size=(n, d)) @ root.T
        return tuple(np.split(both, np.cumsum(sizes)[:-1], axis=1))

    return Known(f"Gaussian {' + '.join(map(str, sizes))}", bits, draw)


def random_size(random: Random) -> int:
    """Coordinates of a side: mostly few, up to 20."""
    return int(random.choice([1, 1, 1, 2, 3, int(random.integers(4, 21))]))


def gaussians(random: Random) -> Case:
    """Blocks of 1 to 20 Gaussians, through monotone functions."""
    sizes = [random_size(random), random_size(random)]
    rows = max(int(random.choice([200, 500, 1000, 2000])), 10 * sum(sizes))
    forms = [numbers(random, d) for d in sizes]
    return dressed("gaussians", gaussian_block(random, sizes), rows, forms, random)


def masses(random: Random) -> Case:
    """Point masses: rectified, rain, or a shared or own coin that makes zeros."""
    rho, share = float(random.uniform(-0.95, 0.95)), float(random.uniform(0.05, 0.95))
    rows = int(random.choice([300, 1000, 2000]))
    if random.random() < 0.5:
        both = random.random() < 0.6
        system = rectified(rho, share, both, bool(both and random.random() < 0.3))
        sizes = [1, 1]
    else:
        sizes = [int(random.choice([1, 1, 2, 3])), int(random.choice([1, 1, 2]))]
        system = zero_inflated(gaussian_block(random, sizes), share, random.random() < 0.5)
    return dressed("masses", system, rows, [numbers(random, d) for d in sizes], random)


def zero_inflated(system: Known, share: float, shared: bool) -> Known:
    """Zeros by a coin for Y alone, or for X and Y together, whatever they would be.

    For Y: I(X; Y B) = (1 - share) I(X; Y); together the coin itself adds its entropy.
    """
    bits = (1 - share) * system.bits
    bits += bits_of(np.array([share, 1 - share])) if shared else 0.0

    def draw(n: int, stream: Random) -> tuple[NDArray, ...]:
        x, y = system.draw(n, stream)
        kept = stream.random((n, 1)) >= share
        return x * kept if shared else x, y * kept

    words = "shared" if shared else "own"
    return Known(f"{system.name}, {share:.0%} zeros by {words} coin", bits, draw)


def roundings(random: Random) -> Case:
    """Correlated Gaussians of few levels."""
    rho, levels = float(random.uniform(-0.95, 0.95)), int(10 ** random.uniform(0.4, 2.2))
    both = random.random() < 0.6
    rows = int(random.choice([300, 1000, 2000]))
    form = numbers(random, 1)
    forms = [form, form if both else numbers(random, 1)]
    return dressed("rounded", rounded(rho, levels, both), rows, forms, random)


def shapes(random: Random) -> Case:
    """Densities that are no Gaussian copula, and mixed variables."""
    makers: list[Callable[[], tuple[Any, int, int]]] = [
        lambda: (student(1, int(random.integers(1, 6))), 1, 1),
        lambda: (student(2, int(random.integers(2, 6))), 2, 2),
        lambda: (uniform_sum(float(random.uniform(0.1, 1.5))), 1, 1),
        lambda: (gamma_exponential(float(random.uniform(1, 4))), 1, 1),
        lambda: (rolled(float(random.uniform(0.2, 0.8))), 2, 1),
        lambda: (crossed(float(random.uniform(0.3, 0.95))), 1, 1),
        lambda: (bistable(float(random.uniform(0.3, 1.5))), 1, 1),
        lambda: (uniform_step(int(random.integers(2, 8))), 1, 1),
        lambda: (zero_inflated_poisson(float(random.uniform(0, 0.6))), 1, 1),
        lambda: (spike_and_rate(float(random.uniform(0.02, 0.5))), 1, 1),
    ]
    system, d_x, d_y = makers[random.integers(len(makers))]()
    rows = int(random.choice([500, 1000, 2000]))
    # A function of each coordinate changes what is far in the plane, not the information.
    forms = [numbers(random, d_x), numbers(random, d_y)]
    return dressed("shapes", system, rows, forms, random)


# Labels beside numbers.


def two_clouds(share: float, distance: float, d: int) -> Known:
    """Two classes of unequal shares and a Gaussian cloud of each, in d dimensions."""
    x, w = gauss_legendre(np.linspace(-9, 9 + distance, 401), 6)
    rows = np.exp(-0.5 * (x - np.array([[0.0], [distance]])) ** 2) / np.sqrt(2 * np.pi)
    p = np.array([[1 - share], [share]])
    marginal = (p * rows).sum(axis=0)
    bits = float((p * (xlogy(rows, rows) - xlogy(rows, marginal)) * w).sum()) / _LN2

    def draw(n: int, stream: Random) -> tuple[NDArray, ...]:
        label = (stream.random(n) < share).astype(int)
        cloud = stream.normal(size=(n, d)) + distance / np.sqrt(d) * label[:, np.newaxis]
        return cloud, label

    return Known(f"2 labels, share {share:.2f}, distance {distance:.1f}, {d} d", bits, draw)


def labels(random: Random) -> Case:
    """Labels of 2 to 10 classes beside 1 to 50 dimensions."""
    rows, draw = int(random.choice([500, 1000])), random.random()
    if draw < 0.5:
        d, classes = int(random.choice([1, 1, 2, 3, 5, 20, 50])), 2
        shares = float(random.uniform(0.05, 0.5))
        system: Any = two_clouds(shares, float(random.uniform(0, 4)), d)
    elif draw < 0.7:
        d, classes = 1, int(random.integers(2, 8))
        system = labelled_line(classes, float(random.uniform(0.5, 4)))
    else:
        classes = int(random.choice([2, 3, 5, 10]))
        d = classes + int(random.choice([0, 1, 5, 40]))
        system = labelled(classes, d, float(random.choice([1.0, 2.5, 4.0])))
    form = codes(random, classes)
    forms = [numbers(random, d), (form[0], lambda x: form[1](x.astype(int)))]
    return dressed("labels", system, rows, forms, random)


# Compositions: what is side by side and independent adds.


def part(random: Random) -> Any:
    """One pair of scalars of any kind, in plain numbers."""
    rho, share = float(random.uniform(-0.9, 0.9)), float(random.uniform(0.1, 0.9))
    joint = random_joint(random, tuple(int(s) for s in random.integers(2, 5, 2)))
    makers: list[Callable[[], Any]] = [
        lambda: pair(rho),
        lambda: rectified(rho, share, random.random() < 0.5),
        lambda: zero_inflated(gaussian_block(random, [1, 1]), share, random.random() < 0.5),
        lambda: of_table(joint, table_information(joint) / _LN2),
        lambda: labelled_line(int(random.integers(2, 5)), float(random.uniform(0.5, 4))),
        lambda: shared_counts(float(random.uniform(0.5, 8)), float(random.uniform(0.1, 0.9))),
    ]
    return makers[random.integers(len(makers))]()


def compositions(random: Random) -> Case:
    """Two or three independent pairs side by side."""
    parts = [part(random) for _ in range(int(random.choice([2, 2, 3])))]

    def draw(n: int, stream: Random) -> tuple[NDArray, ...]:
        drawn = [[np.reshape(v, (n, 1)) * 1.0 for v in p.draw(n, stream)] for p in parts]
        return tuple(np.hstack(side) for side in zip(*drawn, strict=True))

    system = Known(" & ".join(p.name for p in parts), sum(p.bits for p in parts), draw)
    forms = [numbers(random, len(parts)) for _ in range(2)]
    return dressed("compositions", system, int(random.choice([500, 1000, 2000])), forms, random)


def constants(random: Random) -> Case:
    """A side that never changes, of any type: exactly nothing is shared."""
    value = random.choice(np.array([0.0, 7.3, -1e6, 1e-30, 1e6]))
    d = int(random.integers(1, 4))
    form = codes(random, 1) if random.random() < 0.5 else numbers(random, 1)

    def draw(n: int, stream: Random) -> tuple[NDArray, ...]:
        still = np.full(n, value) if form[0] not in _of_codes() else np.zeros(n, int)
        return stream.normal(size=(n, d)), still

    system = Known("constant", 0.0, draw)
    return dressed("constants", system, 300, [numbers(random, d), form], random)


def _of_codes() -> set[str]:
    return {"whole", "real", "half", "one-hot", "digits", "objects", "text", "numerals", "category"}


def copies(random: Random) -> Case:
    """A variable and itself: the entropy of what recurs, no finite value of what does not."""
    if random.random() < 0.5:
        many = int(random.integers(1, 9))
        joint = np.diag(random.dirichlet(np.full(many, 2.0)))
        system = of_table(joint, bits_of(np.diag(joint)))
        return dressed("copies", system, 1000, [codes(random, many) for _ in range(2)], random)
    d = int(random.choice([1, 1, 2, 3, 6]))

    def draw(n: int, stream: Random) -> tuple[NDArray, ...]:
        x = stream.normal(size=(n, d))
        return x, x

    plain = ("plain", np.ascontiguousarray)
    system = Known(f"{d} continuous numbers and themselves", np.nan, draw)
    return dressed("copies", system, 500, [plain, plain], random)


# Conditions and series.


def conditions(random: Random) -> Case:
    """I(X; Y | Z) of Gaussians, of tables, and of Gaussians whose correlation a label sets."""
    rows, draw = int(random.choice([500, 1000, 2000])), random.random()
    if draw < 0.4:
        sizes = [int(random.choice([1, 1, 2, 5])) for _ in range(3)]
        forms = [numbers(random, d) for d in sizes]
        return dressed("conditions", gaussian_block(random, sizes), rows, forms, random)
    if draw < 0.7:
        shape = tuple(int(s) for s in random.integers(2, 5, 3))
        joint = random_joint(random, shape)
        h_xz, h_yz, h_z = (bits_of(joint.sum(axis=axis)) for axis in (1, 0, (0, 1)))
        system = of_table(joint, h_xz + h_yz - h_z - bits_of(joint))
        forms = [codes(random, m) for m in shape]
        return dressed("conditions", system, rows, forms, random)
    classes = int(random.integers(2, 4))
    rho, centre = random.uniform(-0.9, 0.9, classes), random.normal(0, 2, size=(classes, 2))
    bits = float(np.mean(-0.5 * np.log2(1 - rho**2)))

    def by_label(n: int, stream: Random) -> tuple[NDArray, ...]:
        z = stream.integers(0, classes, size=n)
        u, e = stream.normal(size=(2, n))
        v = rho[z] * u + np.sqrt(1 - rho[z] ** 2) * e
        return u + centre[z, 0], v + centre[z, 1], z

    system = Known(f"Gaussians by {classes} labels", bits, by_label)
    forms = [numbers(random, 1), numbers(random, 1), codes(random, classes)]
    return dressed("conditions", system, rows, forms, random)


def transfers(random: Random) -> Case:
    """Transfer entropy of random Markov chains and of coupled linear series."""
    rows = int(random.choice([500, 1000, 2000]))
    if random.random() < 0.4:
        coupling = float(random.choice([0.0, random.uniform(-1, 1)]))
        system = coupled(float(random.uniform(-0.8, 0.8)), coupling)
        forms = [numbers(random, 1), numbers(random, 1)]
        return dressed("transfers", system, rows, forms, random, measure=transfer, swap=False)
    a, b = (int(m) for m in random.integers(2, 5, 2))
    system = markov_chain(random, a, b)
    forms = [codes(random, a), codes(random, b)]
    return dressed("transfers", system, rows, forms, random, measure=transfer, swap=False)


def markov_chain(random: Random, a: int, b: int) -> Known:
    """A source of a values, and a target of b values that depends on both."""
    own = random.dirichlet(np.full(a, 1.0), size=a)
    target = random.dirichlet(np.full(b, 1.0), size=(a, b))
    if random.random() < 0.25:
        target[:] = target[:1]  # nothing is transferred
    step = (own[:, np.newaxis, :, np.newaxis] * target[:, :, np.newaxis]).reshape(a * b, a * b)
    stationary = np.linalg.matrix_power(step, 4096)[0].reshape(a, b)
    joint = stationary[:, :, np.newaxis] * target  # source, target, later target
    h_st, h_tl, h_t = (bits_of(joint.sum(axis=axis)) for axis in (2, 0, (0, 2)))
    bits = h_st + h_tl - h_t - bits_of(joint)

    def draw(n: int, stream: Random) -> tuple[NDArray, ...]:
        states, coins = np.empty(n, int), stream.random(n)
        states[0] = stream.choice(a * b, p=stationary.ravel())
        border = step.cumsum(axis=1)
        for t in range(1, n):
            states[t] = min(np.searchsorted(border[states[t - 1]], coins[t], "right"), a * b - 1)
        return np.unravel_index(states, (a, b))

    return Known(f"Markov chain {a} → {b}", bits, draw)


# One variable, many variables.


def entropies(random: Random) -> Case:
    """Entropy of values in any form, and differential entropy in any unit."""
    rows = int(random.choice([500, 1000, 2000]))
    if random.random() < 0.5:
        p = random.dirichlet(np.full(int(random.integers(1, 20)), 1.0))
        form = codes(random, len(p))
        return Case(
            "entropies", f"{len(p)} values [{form[0]}]", bits_of(p), rows,
            lambda n, stream: (form[1](stream.choice(len(p), size=n, p=p)),), entropy,
        )  # fmt: skip
    d, unit = int(random.choice([1, 1, 2, 3, 5])), 10.0 ** random.uniform(-30, 30)
    root = np.linalg.cholesky(random_covariance(random, d))
    layout, dtype = in_some_layout(random), str(random.choice(["float64", "float32"]))
    densities: dict[str, tuple[float, Callable[[Random, int], NDArray]]] = {
        "Gaussian": (
            0.5 * d * np.log2(2 * np.pi * np.e) + np.log2(np.diag(root)).sum(),
            lambda stream, n: stream.normal(size=(n, d)) @ root.T,
        ),
        "uniform": (0.0, lambda stream, n: stream.random((n, d))),
        "exponential": (d / _LN2, lambda stream, n: stream.exponential(size=(n, d))),
        "Laplace": (d * np.log2(2 * np.e), lambda stream, n: stream.laplace(size=(n, d))),
    }
    word = str(random.choice(list(densities)))
    bits, density = densities[word]
    return Case(
        "entropies", f"{word}, {d} d × {unit:.0e} [{dtype}]", bits + d * np.log2(unit), rows,
        lambda n, stream: (layout((unit * density(stream, n)).astype(dtype)),), entropy,
        coordinates=d,
    )  # fmt: skip


def of_many(random: Random) -> Case:
    """Total correlation and its kin, of 2 to 8 Gaussians or of 2 or 3 discrete variables."""
    word = str(random.choice(["total_correlation", "dual_total_correlation", "o_information"]))
    rows = int(random.choice([500, 1000, 2000]))
    layout = in_some_layout(random)

    def measure(data: Any) -> tuple[float, tuple[str, ...]]:
        return _estimated(getattr(isc, word)(data, n_jobs=1))

    if random.random() < 0.6:
        d = int(random.integers(2, 9))
        covariance = random_covariance(random, d)
        root = np.linalg.cholesky(covariance)
        total = -0.5 * np.linalg.slogdet(covariance)[1]
        others = [np.linalg.slogdet(np.delete(np.delete(covariance, i, 0), i, 1))[1]
                  for i in range(d)]  # fmt: skip
        whole = np.linalg.slogdet(covariance)[1]
        dual = 0.5 * (sum(others) - (d - 1) * whole)
        units = 10.0 ** random.uniform(-30, 30, d)
        system = Known(
            f"{word} of {d} Gaussians", 0.0,
            lambda n, stream: (stream.normal(size=(n, d)) @ root.T * units,),
        )  # fmt: skip
        total, dual = total / _LN2, dual / _LN2
    else:
        shape = tuple(int(s) for s in random.integers(2, 5, int(random.integers(2, 4))))
        joint, axes = random_joint(random, shape), set(range(len(shape)))
        whole = bits_of(joint)
        alone = [bits_of(joint.sum(axis=tuple(axes - {i}))) for i in axes]
        others = [bits_of(joint.sum(axis=i)) for i in axes]
        total, dual = sum(alone) - whole, sum(others) - (len(shape) - 1) * whole
        table = of_table(joint, 0.0)
        system = Known(
            f"{word} of {table.name}", 0.0,
            lambda n, stream: (np.column_stack(table.draw(n, stream)),),
        )  # fmt: skip
    bits = {"total_correlation": total, "dual_total_correlation": dual}.get(word, total - dual)
    return Case(
        "many variables", system.name, float(bits), rows,
        lambda n, stream: (layout(system.draw(n, stream)[0]),), measure,
    )  # fmt: skip


def pairs(random: Random) -> Case:
    """One of all pairs of columns: the two of a system, or two that are independent."""
    systems = [part(random), part(random)]
    a, b = (int(i) for i in random.choice(4, size=2, replace=False))
    together = a // 2 == b // 2
    system = systems[a // 2]
    form = numbers(random, 4)

    def draw(n: int, stream: Random) -> tuple[Any, ...]:
        columns = [v * 1.0 for s in systems for v in s.draw(n, stream)]
        return (form[1](np.column_stack([np.reshape(c, n) for c in columns])),)

    name = system.name if together else f"{systems[0].name} beside {systems[1].name}"
    return Case(
        "pairs", f"{name} [{form[0]}]", system.bits if together else 0.0,
        int(random.choice([500, 1000, 2000])), draw, partial(of_a_pair, a, b),
    )  # fmt: skip


# Explicit estimators, on what they assume.


def explicit(random: Random) -> Case:
    """Every estimator by its name, on data that fit its assumptions."""
    k, rows = int(random.integers(3, 8)), int(random.choice([500, 1000, 2000]))
    rho = float(random.uniform(-0.9, 0.9))
    sizes = [int(random.choice([1, 1, 2])), 1]
    joint = random_joint(random, tuple(int(s) for s in random.integers(2, 5, 2)))
    table = of_table(joint, table_information(joint) / _LN2)
    plain = ("plain", lambda x: x)
    shares = float(random.uniform(0.2, 0.5)), float(random.uniform(0.5, 4))

    def gaussian(d: list[int], linear: bool) -> tuple[Any, list[Any]]:
        return gaussian_block(random, d), [numbers(random, i, linear) for i in d]

    def discrete() -> tuple[Any, list[Any]]:
        return table, [codes(random, m, text=False) for m in joint.shape]

    many = int(random.integers(2, 20))
    states = of_table(np.eye(many) / many, float(np.log2(many)))
    blocks = [random_size(random), random_size(random)]
    makers: list[Callable[[], tuple[Any, tuple[Any, list[Any]]]]] = [
        lambda: (isc.KSG(k=k), (pair(rho), [plain, plain])),
        lambda: (isc.KSG(k=k, variant=2), (pair(rho), [plain, plain])),
        lambda: (isc.KSG(k=k, scale="rank"), gaussian(sizes, False)),
        lambda: (isc.KSG(k=k, scale="zscore"), gaussian(sizes, True)),
        lambda: (isc.MixedKSG(k=k), (pair(rho), [plain, plain])),
        lambda: (isc.MixedKSG(k=k), (uniform_step(many), [plain, plain])),
        lambda: (
            isc.MixedKSG(k=k, form="mesner-shalizi", scale="rank"),
            (uniform_step(many), [plain, plain]),
        ),
        lambda: (isc.Ross(k=k, scale="rank"), (two_clouds(*shares, 1), [plain, plain])),
        lambda: (isc.LabelDecoder(), (two_clouds(*shares, 10), [plain, plain])),
        lambda: (isc.LinearDecoder(), gaussian([min(blocks), 1], True)),
        lambda: (isc.Gaussian(), gaussian(blocks, True)),
        lambda: (isc.Gaussian(copula=True), gaussian(blocks, False)),
        lambda: (isc.Discrete(), discrete()),
        lambda: (isc.Discrete(correction="miller-madow"), discrete()),
        lambda: (isc.Binned(bins=many), (states, [plain, plain])),
        lambda: (isc.NoiseProbe(sigma=0.05), (states, [plain, plain])),
    ]
    estimator, (system, forms) = makers[random.integers(len(makers))]()
    measure = partial(information, estimator=estimator)
    rows = max(rows, 10 * sum(blocks))
    # The label decoder and the noise probe ask which side is which.
    case = dressed("estimators", system, rows, forms, random, measure=measure, swap=False)
    return replace(case, name=f"{estimator} of {case.name}")


def few_rows(random: Random) -> Case:
    """Two to forty rows of anything."""
    makers = [
        tables,
        counts,
        gaussians,
        masses,
        roundings,
        shapes,
        conditions,
        transfers,
        entropies,
    ]
    case = makers[random.integers(len(makers))](random)
    return replace(case, kind="few rows", rows=int(random.integers(2, 41)))


def mixtures_refused(random: Random) -> Case:
    """The entropy of what is part mass, part density is infinite in size."""
    share = float(random.uniform(0.1, 0.7))

    def draw(n: int, stream: Random) -> tuple[NDArray, ...]:
        return (stream.normal(size=n) * (stream.random(n) >= share),)

    return Case("no finite value", f"entropy, {share:.0%} zeros", np.nan, 500, draw, entropy)


KINDS: dict[str, Callable[[Random], Case]] = {
    "tables": tables,
    "counts": counts,
    "gaussians": gaussians,
    "masses": masses,
    "rounded": roundings,
    "shapes": shapes,
    "labels": labels,
    "compositions": compositions,
    "constants": constants,
    "copies": copies,
    "conditions": conditions,
    "transfers": transfers,
    "entropies": entropies,
    "many variables": of_many,
    "pairs": pairs,
    "estimators": explicit,
    "few rows": few_rows,
    "no finite value": mixtures_refused,
}


def case_of(kind: str, seed: int) -> Case:
    """Return the case of a kind that a seed draws."""
    return KINDS[kind](np.random.default_rng([seed, *kind.encode()]))
